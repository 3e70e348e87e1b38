#pragma once

#include <QAbstractItemModel>
#include <QDateTime>
#include <QStringList>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/workspace.h"

namespace ameide::workbench {

/// One line of the history.
struct HistoryEntry {
  enum class Kind {
    kChange,       ///< one change set
    kSession,      ///< several of one person in a row; they are its children
    kCommit,       ///< of git
    kRevision,     ///< a state got a name
    kReview,       ///< a review was asked for or given
    kApproval,     ///< an approval
    kPromotion,    ///< a promotion was asked for, took place or was refused
    kPublication,  ///< it went to a backend
    kBranch,       ///< a branch began, was merged or was closed
  };
  Kind kind = Kind::kChange;
  QString label;
  QString author;
  QDateTime time;          ///< of a session: of its last change
  QDateTime begin;         ///< of a session: of its first change
  QString path;            ///< of the artifact that was changed (most); empty where none is named
  QStringList paths;       ///< of all that were changed; empty in the history of one artifact
  QString revision;        ///< what Workspace::ResolveCut takes
  bool committed = false;  ///< a commit holds all of it
  int changes = 1;         ///< of a session: how many
  QString key;             ///< stays the same when the list is read again, also of a session that goes on
  uaf::Author person;      ///< as the log names the author
  WallTime from;           ///< `begin` and `time` in full
  WallTime to;
};

/// Which part of the history.
struct HistoryQuery {
  std::optional<uaf::Artifact> artifact;  ///< nullopt: the whole workspace
  QString element;                        ///< with an artifact: only what touched the element of this id
  QString author;                         ///< a part of name or e-mail; empty: everybody
  std::optional<QDateTime> since;         ///< inclusive
  std::optional<QDateTime> until;         ///< exclusive
  QString words;                          ///< label, file or author hold all of them; empty: everything
  size_t limit = 100;                     ///< entries

  /// Something is left out.
  bool Filters() const;
};

/// The history, newest first.
struct LoadedHistory {
  std::vector<HistoryEntry> entries;
  bool more = false;  ///< older entries were left out
};

/// Sessions, milestones and commits in one list. Reads the store and git: not for the UI thread.
absl::StatusOr<LoadedHistory> LoadHistory(const uaf::Workspace& workspace, const HistoryQuery& query);
/// The single changes of a session that LoadHistory gave for the same query, newest first. Not for the UI
/// thread.
absl::StatusOr<std::vector<HistoryEntry>> LoadSession(const uaf::Workspace& workspace,
                                                      const HistoryQuery& query, const HistoryEntry& session);

/// The history as a tree of two levels: sessions hold their changes, which are read when they are looked at.
class HistoryModel : public QAbstractItemModel {
  Q_OBJECT

 public:
  enum Role { kKindRole = Qt::UserRole + 1, kDetailRole, kCommittedRole };

  explicit HistoryModel(QObject* parent = nullptr) : QAbstractItemModel(parent) {}
  void Set(std::vector<HistoryEntry> entries);
  /// Puts its changes below the session with this key, when it is still there.
  void SetChanges(const QString& key, std::vector<HistoryEntry> changes);

  /// The entry of the first level in this row.
  const HistoryEntry& At(int row) const { return rows_[static_cast<size_t>(row)].entry; }
  const HistoryEntry& Entry(const QModelIndex& index) const;
  /// A session whose changes are not there yet.
  bool WantsChanges(const QModelIndex& index) const;
  /// The entry with this key, on either level; invalid when there is none.
  QModelIndex Find(const QString& key) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& = {}) const override { return 1; }
  bool hasChildren(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  struct Row {
    HistoryEntry entry;
    std::vector<HistoryEntry> changes;
  };
  std::vector<Row> rows_;
};

/// What an entry is, in words: "session of 3 changes", "commit".
QString KindInWords(const HistoryEntry& entry);

}  // namespace ameide::workbench
