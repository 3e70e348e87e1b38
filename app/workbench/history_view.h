#pragma once

#include <QAbstractListModel>
#include <QDateTime>
#include <QTimer>
#include <QWidget>
#include <optional>
#include <vector>

#include "app/workbench/artifact_tab.h"
#include "sync/sync.h"
#include "uaf/workspace.h"

class QComboBox;
class QLabel;
class QListView;
class QStackedWidget;

namespace ameide::workbench {

/// One line of the history: a change set or a commit.
struct HistoryEntry {
  bool is_commit = false;
  QString label;
  QString author;
  QDateTime time;
  QString path;            ///< of the artifact; empty for commits
  QString file;            ///< its name, where the list holds several artifacts
  QString revision;        ///< what Workspace::ResolveCut takes
  bool committed = false;  ///< a change set that a commit holds
};

/// Change sets and commits in one list, newest first.
class HistoryModel : public QAbstractListModel {
  Q_OBJECT

 public:
  enum Role { kIsCommitRole = Qt::UserRole + 1, kDetailRole, kCommittedRole };

  explicit HistoryModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}
  void Set(std::vector<HistoryEntry> entries);
  const HistoryEntry& At(int row) const { return entries_[static_cast<size_t>(row)]; }

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  std::vector<HistoryEntry> entries_;
};

/// The History side view: of the artifact in front, or of the whole workspace. Picking an entry asks to show
/// the artifact as it was.
class HistoryView : public QWidget {
  Q_OBJECT

 public:
  HistoryView(const Theme* theme, WorkspaceService* workspace, QWidget* parent = nullptr);

  /// The artifact in front; nullopt when there is none.
  void SetArtifact(const std::optional<uaf::Artifact>& artifact);
  HistoryModel* model() { return model_; }
  /// Nothing is looked at any more (Back): the selection goes.
  void ClearSelection();
  void Refresh();
  /// As if the user picked that row.
  void PickRow(int row);

 Q_SIGNALS:
  /// Show the artifact at `path` (or, when empty, the one in front) as it was.
  void picked(QString path, PastState past);

 private:
  void Take(std::vector<HistoryEntry> entries);

  WorkspaceService* workspace_;
  std::optional<uaf::Artifact> artifact_;
  HistoryModel* model_;
  QComboBox* scope_;
  QListView* list_;
  QLabel* empty_;
  QStackedWidget* stack_;
  QTimer pause_;
};

}  // namespace ameide::workbench
