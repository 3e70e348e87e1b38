#pragma once

#include <QSet>
#include <QTimer>
#include <QWidget>
#include <optional>

#include "app/workbench/artifact_tab.h"
#include "app/workbench/history_model.h"
#include "uaf/workspace.h"

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace ameide::workbench {

class HistoryFilter;

/// The History side view: one timeline of the artifact in front, or of the whole workspace: sessions of work
/// with their changes, revisions, reviews, publications and commits, newest first. Picking one asks to show
/// the artifact as it was; picking two asks to compare them. UI thread; reads happen off it.
class HistoryView : public QWidget {
  Q_OBJECT

 public:
  HistoryView(const Theme* theme, WorkspaceService* workspace, QWidget* parent = nullptr);

  /// The artifact in front; nullopt when there is none.
  void SetArtifact(const std::optional<uaf::Artifact>& artifact);
  /// The element of it that is selected; empty for none.
  void SetElement(const QString& id, const QString& name);
  HistoryModel* model() { return model_; }
  /// Nothing is looked at any more (Back): the selection goes.
  void ClearSelection();
  void Refresh();
  /// Opens every session of the first level and reads its changes.
  void ExpandAll();
  /// As if the user picked that entry.
  void Pick(const QModelIndex& index);
  /// Puts the keyboard into the list, or into the filter while it is empty.
  void FocusList();
  /// Asks to compare what is selected: two entries, or one with now. False when nothing is selected.
  bool CompareSelected();

 Q_SIGNALS:
  /// Show the artifact at `path` (or, when empty, the one in front) as it was.
  void picked(QString path, PastState past);
  /// Compare two states, the earlier one first: of the artifact at `path`, or, when empty, of what the view
  /// is about.
  void compareWanted(QString path, PastState before, PastState after);

 private:
  void Take(absl::StatusOr<LoadedHistory> loaded);
  void ReadChanges(const QModelIndex& session);
  HistoryQuery Query() const;
  bool Whole() const;
  PastState StateOf(const HistoryEntry& entry) const;
  QString PathFor(const HistoryEntry& entry) const;
  void SayEmpty(const absl::Status& status);

  WorkspaceService* workspace_;
  std::optional<uaf::Artifact> artifact_;
  HistoryModel* model_;
  QComboBox* scope_;
  HistoryFilter* filter_;
  QTreeView* tree_;
  QPushButton* older_;
  QLabel* empty_;
  QPushButton* everything_;
  QStackedWidget* stack_;
  QTimer pause_;
  size_t limit_;
  uint64_t asked_ = 0;  ///< counts the readings, so that late answers of an older question are dropped
  QSet<QString> open_;  ///< keys of the sessions that are unfolded
  QString selected_;    ///< key of the entry that is looked at
};

}  // namespace ameide::workbench
