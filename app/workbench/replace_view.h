#pragma once

#include <QTimer>
#include <QWidget>

#include "app/workbench/replacing.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QToolButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace ameide::workbench {

class Theme;
class WorkspaceService;

/// Find and replace in the whole workspace: every value that would change, old and new, to be ticked; all
/// that is ticked changes at once and can be undone at once.
class ReplaceView : public QWidget {
  Q_OBJECT

 public:
  ReplaceView(const Theme* theme, WorkspaceService* workspace, QWidget* parent = nullptr);

  void FocusWords();
  /// The search is done and its result is shown.
  bool idle() const { return !searching_ && !pause_.isActive(); }

 Q_SIGNALS:
  void activated(QString path, QString element, int line);
  /// What became of it; for people.
  void told(QString text);
  /// What was typed and not recorded yet has to be, before anything is replaced.
  void flushWanted();

 private:
  QCheckBox* AddKind(const QString& text, const QString& name, bool checked, class QBoxLayout* row);
  ReplaceQuery Query() const;
  void Search();
  void Show(const absl::StatusOr<std::vector<Replacement>>& found);
  void Replace();
  void Refresh();
  std::vector<Replacement> Chosen() const;

  const Theme* theme_;
  WorkspaceService* workspace_;
  QLineEdit* find_;
  QLineEdit* replacement_;
  QToolButton* case_;
  QToolButton* words_;
  QToolButton* regular_;
  QCheckBox* names_;
  QCheckBox* documentation_;
  QCheckBox* values_;
  QCheckBox* lines_;
  QPushButton* replace_;
  QLabel* empty_;
  QStackedWidget* stack_;
  QTreeWidget* list_;
  QTimer pause_;
  std::vector<Replacement> found_;
  bool searching_ = false;
  bool again_ = false;
};

}  // namespace ameide::workbench
