#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/platform/file_system.h"
#include "uaf/owner/server.h"
#include "uaf/projection/element_index.h"
#include "uaf/store/exchange.h"
#include "uaf/store/lifecycle_commands.h"
#include "uaf/store/reading_workspace.h"
#include "uaf/store/store.h"
#include "uaf/store/working_files.h"

namespace ameide::uaf {

/// The writing half: one thread that owns the Store, fed by a queue. Commands that wait together are recorded
/// in one transaction with one fsync (group commit) and acknowledged after it.
class OwnedWorkspace final : public ReadingWorkspace {
 public:
  OwnedWorkspace(const WorkspaceOptions& options, std::string id, std::unique_ptr<FileLock> lock,
                 std::unique_ptr<Store> store, std::unique_ptr<Database> reader);
  ~OwnedWorkspace() override;

  /// From now on other programs of the user are served at `socket` (uaf/owner).
  absl::Status Serve(const std::filesystem::path& socket);

  void SetActor(Actor actor) override;
  absl::StatusOr<Receipt> StartBranch(const NewBranch& branch) override;
  absl::StatusOr<std::vector<WorkingFileNote>> SwitchBranch(std::string_view name) override;
  absl::StatusOr<Receipt> MergeBranch(std::string_view name) override;
  absl::StatusOr<Receipt> CloseBranch(std::string_view name, std::string_view reason) override;
  absl::StatusOr<Receipt> LiftQuarantine(const EventId& event) override;
  absl::StatusOr<Receipt> Submit(Command command) override;
  void SubmitAsync(Command command, SubmitDone done) override;
  absl::StatusOr<std::vector<Receipt>> SubmitAll(std::vector<Command> commands) override;
  absl::StatusOr<Receipt> Import(const std::filesystem::path& path) override;
  absl::StatusOr<Receipt> Create(std::string_view path, std::string_view bytes,
                                 std::string_view label) override;
  absl::StatusOr<Receipt> Rename(const ArtifactId& artifact, std::string_view new_path) override;
  absl::StatusOr<Receipt> Retire(const ArtifactId& artifact) override;
  absl::StatusOr<Receipt> ResolveConflict(std::string_view key, const merge::Choice& choice) override;
  absl::StatusOr<UndoReceipt> Undo(const ArtifactId& artifact) override;
  absl::StatusOr<UndoReceipt> Redo(const ArtifactId& artifact) override;
  void UndoAsync(const ArtifactId& artifact, UndoDone done) override;
  void RedoAsync(const ArtifactId& artifact, UndoDone done) override;
  std::optional<std::string> CanUndo(const ArtifactId& artifact) const override;
  std::optional<std::string> CanRedo(const ArtifactId& artifact) const override;
  absl::StatusOr<Receipt> Record(RecordRequest request) override;
  absl::StatusOr<std::vector<Receipt>> RecordAll(std::vector<RecordRequest> requests) override;
  absl::StatusOr<Receipt> Approve(const ArtifactId& artifact, std::string_view purpose) override;
  absl::StatusOr<Receipt> Promote(const PromoteRequest& request) override;
  absl::StatusOr<Receipt> ApprovePolicy(std::string_view policy) override;
  absl::StatusOr<Receipt> ChangePolicy(std::string_view policy) override;
  absl::StatusOr<Receipt> CertifyKey(std::string_view fingerprint, std::string_view person) override;
  absl::StatusOr<Receipt> RotateKey() override;
  absl::StatusOr<Receipt> RevokeKey(std::string_view fingerprint, std::string_view reason) override;
  absl::StatusOr<std::vector<WorkingFileNote>> SyncWorkingFiles(const WorkingFileOptions& options) override;
  absl::StatusOr<std::vector<WorkingFileNote>> FlushWorkingFile(const ArtifactId& artifact) override;
  std::unique_ptr<Subscription> Subscribe(Observer observer) override;
  absl::StatusOr<std::vector<SealedFile>> Seal() override;
  absl::Status MarkCommitted(std::string_view commit) override;
  absl::Status NoteCommit(std::string_view commit, std::span<const std::string> segment_paths) override;
  absl::StatusOr<uint64_t> PackSegments(uint64_t least) override;
  absl::StatusOr<Receipt> Redact(const EventId& event, std::string_view reason) override;
  absl::Status ExportHistory(const std::filesystem::path& file) override;
  absl::StatusOr<Receipt> AbsorbCommit(const ForeignChange& change) override;
  absl::StatusOr<uint64_t> ReceiveSegments() override;
  std::string LogIncompleteBecause() const override;
  absl::Status UpdateIndex() const override;
  absl::Status Rebuild() override;

 private:
  /// Records something inside the group's transaction; afterwards `Finish` is called with the group's fate.
  struct GroupTask {
    /// False: rejected, nothing recorded.
    std::function<void(Store&)> record;
    /// After the commit: OK, or why the whole group failed.
    std::function<void(const absl::Status&)> finish;
  };
  /// Runs alone, between groups.
  using LoneTask = std::function<void()>;
  /// What the store's thread does next, and for whom, if not for the workspace's own actor.
  struct Task {
    std::variant<GroupTask, LoneTask> work;
    std::optional<Actor> guest;
  };
  using Steady = std::chrono::steady_clock;
  /// When an artifact's working file fell behind, and when it was last changed.
  struct Behind {
    Steady::time_point since;
    Steady::time_point changed;
  };
  class ObserverList;
  struct UndoLabels {
    std::optional<std::string> undo;
    std::optional<std::string> redo;
  };

  void Post(std::variant<GroupTask, LoneTask> work) const;
  /// Runs `record(store)` inside a group's transaction and gives its result, or the group's fate where that
  /// is worse. `after` runs once all is durable, where `record` succeeded, and has the last word.
  template <typename Recording>
  auto InGroup(Recording record, std::function<absl::Status()> after = {})
      -> decltype(record(std::declval<Store&>()));
  /// Runs `work` in this thread so that what it asks for is recorded for `guest`.
  void ActFor(const Actor& guest, const std::function<void()>& work);
  /// Runs `work` on the store's thread and gives its result.
  template <typename Work>
  auto Call(Work work) const -> decltype(work());
  /// Judges and records on the store's thread; `after` runs there when it is durable.
  absl::StatusOr<Receipt> Say(std::function<absl::StatusOr<Receipt>(LifecycleCommands&)> say,
                              std::function<absl::Status()> after = {});
  void PostUndo(const ArtifactId& artifact, UndoRole role, UndoDone done);
  absl::StatusOr<UndoReceipt> UndoOrRedo(const ArtifactId& artifact, UndoRole role);
  absl::StatusOr<UndoLabels> LabelsOf(const ArtifactId& artifact) const;

  // The store's thread.
  /// Runs `change` in a transaction of its own.
  template <typename Change>
  auto InTransaction(Change change) -> decltype(change());
  /// As SwitchBranch.
  absl::StatusOr<std::vector<WorkingFileNote>> SwitchHere(const std::string& branch);
  /// Somebody else switched the folder to another branch: so does the store, without taking for edits what
  /// came with it. A branch that only git knows is started.
  absl::Status FollowCheckedOut();
  /// After what is "now" moved: files follow, nothing folded before counts.
  absl::StatusOr<std::vector<WorkingFileNote>> FollowView();
  void Run();
  void RunGroup(std::vector<Task>& group);
  void Idle();
  std::optional<Steady::time_point> NextDeadline() const;
  void AfterCommit(const std::vector<StoredEvent>& events);
  /// Hands on what working files and segments recorded.
  void AfterLoneTask();
  void ReopenReader();
  /// Remembers the first policy that workspace.yaml names, unless one is known.
  void BelieveFirstPolicy();
  void Append(std::vector<WorkingFileNote> notes);

  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Store> store_;
  WorkingFiles working_files_;
  SegmentExchange exchange_;
  mutable ElementIndex index_;
  /// Recorded by this thread itself, for observers.
  std::vector<StoredEvent> events_;
  std::map<ArtifactId, Behind> behind_;
  bool index_behind_ = true;
  /// What happened to files while nobody asked: told by the next SyncWorkingFiles.
  std::vector<WorkingFileNote> untold_;
  std::shared_ptr<ObserverList> observers_;

  mutable std::mutex undo_mutex_;
  mutable std::map<ArtifactId, UndoLabels> undo_labels_;
  StreamId own_;  ///< guarded by undo_mutex_

  mutable std::mutex queue_mutex_;
  mutable std::condition_variable queue_changed_;
  mutable std::deque<Task> queue_;
  std::map<std::thread::id, Actor> guests_;  ///< threads that act for somebody else, by queue_mutex_
  bool stopping_ = false;
  std::thread thread_;
  std::unique_ptr<owner::Server> server_;
};

}  // namespace ameide::uaf
