#pragma once

#include <QString>
#include <deque>
#include <optional>
#include <vector>

#include "app/workbench/artifact_tab.h"
#include "app/workbench/comparison.h"
#include "app/workbench/editor_tab.h"

class QDateEdit;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QToolButton;

namespace ameide::modeler {
class CompareCanvas;
}  // namespace ameide::modeler

namespace ameide::workbench {

class CompareList;
class ModelCanvas;

/// What is compared.
struct CompareRequest {
  QString path;  ///< of the one artifact; empty: the whole workspace
  PastState before;
  PastState after;
  QString file;        ///< a file from outside, in the place of `before`
  QString other_file;  ///< another one in the place of `after`: then there is no `path`
  bool dates = false;  ///< the two days can be chosen in the tab
};

/// Shows what differs between two states of an artifact or of the workspace: a diagram with marks and ghosts,
/// or lines of text; beside it a list that walks through the changes. UI thread; reads happen off it, one
/// artifact at a time, so that everything else goes on.
class CompareTab : public EditorTab {
  Q_OBJECT

 public:
  CompareTab(const Theme* theme, WorkspaceService* workspace, QWidget* parent);

  static QString KeyOf(const QString& path) { return QStringLiteral("compare:") + path; }
  QString Key() const override {
    return KeyOf(request_.other_file.isEmpty() ? request_.path : request_.file);
  }
  QString Title() const override;
  QString IconName() const override { return QStringLiteral("compare"); }
  QString ToolTip() const override;
  void FocusContent() override;

  void Show(const CompareRequest& request);
  /// Goes to the next (+1) or previous (-1) change.
  void Step(int by);
  void SetSideBySide(bool side);
  bool side_by_side() const;
  /// Asks where to, then writes the comparison as a page (.html) or for printing (.pdf).
  void OfferReport();
  /// Writes it; `done` gets nothing, or why it did not work.
  void WriteReport(const QString& file, std::function<void(QString error)> done);

  /// Everything is read and shown.
  bool done() const { return !loading_ && painted_; }
  const std::vector<ComparedArtifact>& compared() const { return compared_; }
  const CompareRequest& request() const { return request_; }
  modeler::CompareCanvas* canvas() { return canvas_; }
  ModelCanvas* model_canvas() { return model_canvas_; }

 Q_SIGNALS:
  void commandSearchRequested();

 private:
  QWidget* BuildBar();
  void LoadTouched();
  void LoadNext(size_t all);
  void Take(absl::StatusOr<std::vector<ComparedArtifact>> compared);
  void Finish(const absl::Status& status);
  void ShowArtifact(int number);
  void ShowOnCanvas(const ComparedArtifact& artifact);
  void ShowLines(const ComparedArtifact& artifact);
  /// Neither the whole workspace nor one of its artifacts.
  bool of_files() const { return !request_.other_file.isEmpty(); }
  void OnPicked(int artifact, int element);
  void OnDates();
  void Say(const QString& text);
  QString Summary() const;

  WorkspaceService* workspace_;
  CompareRequest request_;
  QLabel* states_;
  QWidget* dates_;
  QDateEdit* since_;
  QDateEdit* until_;
  QLabel* summary_;
  QProgressBar* progress_;
  QPushButton* cancel_;
  QToolButton* previous_;
  QToolButton* next_;
  QPushButton* side_;
  QPushButton* as_lines_;  ///< of what can be drawn and has lines, too
  QPushButton* report_;
  QSplitter* parts_;
  QStackedWidget* stack_;
  QLabel* said_;
  QPlainTextEdit* text_;
  modeler::CompareCanvas* canvas_ = nullptr;
  ModelCanvas* model_canvas_;
  CompareList* list_;
  std::deque<uaf::Artifact> waiting_;
  std::vector<ComparedArtifact> compared_;
  int shown_ = -1;      ///< which of them
  QString wanted_;      ///< element to be selected when the diagram is there
  uint64_t asked_ = 0;  ///< counts requests, so that late answers of an older one are dropped
  bool loading_ = false;
  bool painted_ = false;
};

}  // namespace ameide::workbench
