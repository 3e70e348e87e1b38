#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/workbench/worker.h"
#include "base/clock.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "sync/sync.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

class QFileSystemWatcher;

namespace ameide::workbench {

/// A status message as text for people.
QString MessageOf(const absl::Status& status);
/// `text` as Qt's string.
QString ToQString(std::string_view text);

/// The one open workspace of a window, for the UI thread: every call returns at once, the work happens on
/// threads of its own, results come back here. Watches the folder for edits by other programs and absorbs
/// them.
class WorkspaceService : public QObject {
  Q_OBJECT

 public:
  enum class Access { kWrite, kReadOnly };
  /// Why a folder could not be opened.
  enum class Refusal { kOwnedByOther, kNotWritable, kOther };
  using Events = std::vector<uaf::ChangeSetSummary>;
  using Notes = std::vector<uaf::WorkingFileNote>;

  explicit WorkspaceService(QObject* parent = nullptr);
  /// Waits until everything acknowledged is durable and files are written.
  ~WorkspaceService() override;

  /// Opens a folder, making it a workspace where it is none; ends in opened() or openFailed(). A workspace
  /// that is open is closed first.
  void Open(const QString& folder, Access access);
  void Close();

  bool is_open() const { return workspace_ != nullptr; }
  bool read_only() const { return !read_only_because_.isEmpty(); }
  /// For people; empty when it can be changed.
  const QString& read_only_because() const { return read_only_because_; }
  /// The folder, absolute.
  const QString& root() const { return root_; }
  /// Its last part: what people call the workspace.
  QString name() const;
  const uaf::document::FormatRegistry& formats() const { return *formats_; }

  /// As of the last artifactsChanged(), by path.
  const std::vector<uaf::Artifact>& artifacts() const { return artifacts_; }
  std::optional<uaf::Artifact> Find(const uaf::ArtifactId& id) const;
  std::optional<uaf::Artifact> FindPath(const QString& path) const;
  /// As of the last statusChanged(); nullopt before the first.
  const std::optional<sync::StatusReport>& status() const { return status_; }
  bool pending_writes() const { return pending_writes_; }
  /// Paths that other programs changed since the workspace was opened.
  const std::vector<std::string>& changed_outside() const { return changed_outside_; }

  /// Runs `work(workspace)` off the UI thread and `done(result)` here. Without an open workspace nothing
  /// happens.
  template <typename Work, typename Done>
  void Read(QObject* context, Work work, Done done) {
    if (workspace_ == nullptr) return;
    store_.Run(
        context, [workspace = workspace_, work = std::move(work)]() mutable { return work(*workspace); },
        std::move(done));
  }
  /// As Read, for work that is heavy but needs no order with reads (lint).
  template <typename Work, typename Done>
  void Compute(QObject* context, Work work, Done done) {
    compute_.Run(context, std::move(work), std::move(done));
  }

  /// Records a command; `done` is called here when it is durable (or refused).
  void Submit(uaf::Command command, QObject* context, std::function<void(absl::StatusOr<uaf::Receipt>)> done);
  /// Takes back or repeats an own edit; what changed comes by recorded(), the result by `done`.
  void Undo(const uaf::ArtifactId& artifact, QObject* context,
            std::function<void(absl::StatusOr<uaf::UndoReceipt>)> done);
  void Redo(const uaf::ArtifactId& artifact, QObject* context,
            std::function<void(absl::StatusOr<uaf::UndoReceipt>)> done);

  /// Git: one at a time; each ends in gitFinished().
  void Commit(const QString& message);
  void Push();
  void Pull();
  /// Starts a proposal with this title and goes on working on it.
  void Propose(const QString& title);
  /// Makes another branch the current one, with all files.
  void SwitchTo(const QString& branch);
  /// Brings all that a proposal holds into main, where the workspace is then, and closes it.
  void TakeIn(const QString& branch);
  /// Writes the author into the workspace's git configuration.
  void SetIdentity(const QString& name, const QString& email, QObject* context,
                   std::function<void(absl::Status)> done);
  bool git_busy() const { return git_busy_; }
  /// Asks the running transfer to stop.
  void CancelGit();

  /// Looks at the working files now, as after a hint of the file system.
  void SyncFiles();

 Q_SIGNALS:
  void opened();
  void openFailed(Refusal refusal, QString message);
  void closed();
  void artifactsChanged();
  /// Events became durable, by whomever; after the `done` of the command that made them.
  void recorded(const Events& events);
  /// The present state of these became another one without an event of theirs: another branch became the
  /// current one, say. Whoever shows one loads it anew; after recorded().
  void moved(const std::vector<uaf::ArtifactId>& artifacts);
  void statusChanged();
  /// What happened to working files that is worth telling.
  void filesNoted(const Notes& notes);
  void gitStarted(QString what);
  void gitProgress(QString phase, quint64 done, quint64 total);
  /// `error` is OK, or says what to do; `summary` is for people.
  void gitFinished(QString what, absl::Status error, QString summary);

 private:
  void Adopt(std::shared_ptr<uaf::Workspace> workspace);
  void OnEvents(const uaf::EventGroup& group);
  void RefreshArtifacts();
  void RefreshStatus();
  void WatchFolders();
  void RunGit(
      const QString& what,
      std::function<std::pair<absl::Status, QString>(uaf::Workspace&, const sync::git::Transfer&)> work);

  SystemClock clock_;
  SystemRandom random_;
  PosixFileSystem files_;
  std::shared_ptr<const uaf::document::FormatRegistry> formats_;
  std::shared_ptr<uaf::Workspace> workspace_;
  std::unique_ptr<uaf::Workspace::Subscription> subscription_;
  QString root_;
  QString read_only_because_;
  std::vector<uaf::Artifact> artifacts_;
  std::vector<std::string> changed_outside_;
  std::optional<sync::StatusReport> status_;
  bool pending_writes_ = false;
  bool git_busy_ = false;
  bool syncing_files_ = false;
  std::stop_source git_stop_;
  QFileSystemWatcher* watcher_ = nullptr;
  QTimer files_timer_;
  QTimer status_timer_;
  uint64_t generation_ = 0;  ///< counts openings, so that late answers of an older one are dropped
  // Last, so that they end before what their work uses.
  Worker store_;
  Worker git_;
  Worker compute_;
};

}  // namespace ameide::workbench
