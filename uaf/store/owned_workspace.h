#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/platform/file_system.h"
#include "base/room.h"
#include "uaf/owner/server.h"
#include "uaf/projection/element_index.h"
#include "uaf/store/commit_follower.h"
#include "uaf/store/exchange.h"
#include "uaf/store/lifecycle_commands.h"
#include "uaf/store/reading_workspace.h"
#include "uaf/store/store.h"
#include "uaf/store/working_files.h"

namespace ameide::uaf {

/// The writing half: one thread at a time works on the Store, most of the time a thread of its own that is
/// fed by a queue. Commands that wait together are recorded in one transaction with one fsync (group commit)
/// and acknowledged after it. Who waits for a command while nobody works records it himself, as in LevelDB's
/// queue of writers: waking another thread and being woken by it costs a good part of what the disk takes.
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
  absl::Status NoteBranch(std::string_view branch, std::span<const std::string> segment_paths) override;
  absl::StatusOr<uint64_t> PackSegments(uint64_t least) override;
  absl::StatusOr<Receipt> Redact(const EventId& event, std::string_view reason) override;
  absl::Status ExportHistory(const std::filesystem::path& file) override;
  absl::StatusOr<Receipt> AbsorbCommit(const ForeignChange& change) override;
  absl::StatusOr<std::vector<WorkingFileNote>> FollowCommits(std::string_view commit) override;
  absl::Status ExpectSegments(std::string_view branch, std::string_view commit) override;
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
    uint64_t bytes = 0;  ///< that it takes of the room for what waits
  };
  using Steady = std::chrono::steady_clock;
  /// When an artifact's working file fell behind, and when it was last changed.
  struct Behind {
    Steady::time_point since;
    Steady::time_point changed;
  };
  /// A group whose commit has begun.
  struct CommittingGroup {
    std::vector<Task> group;
    Store::Committing commit;
  };
  class ObserverList;
  struct UndoLabels {
    std::optional<std::string> undo;
    std::optional<std::string> redo;
  };

  /// Puts it behind what waits, for which there is a bound: waits for room.
  void Post(std::variant<GroupTask, LoneTask> work, uint64_t bytes = 0) const;
  /// The same without waiting. RESOURCE_EXHAUSTED where there is no room.
  absl::Status TryPost(std::variant<GroupTask, LoneTask> work, uint64_t bytes = 0) const;
  void Push(std::variant<GroupTask, LoneTask> work, uint64_t bytes) const;
  /// As Post, for callers that wait: records it in this thread where nobody is at work and nothing waits.
  void PostOrRecord(GroupTask work, uint64_t bytes = 0);
  /// With `queue_mutex_` held.
  Task TaskOf(std::variant<GroupTask, LoneTask> work, uint64_t bytes) const;
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
  static GroupTask TaskFor(Command command, SubmitDone done);
  static GroupTask TaskFor(const ArtifactId& artifact, UndoRole role, UndoDone done);
  absl::StatusOr<UndoReceipt> UndoOrRedo(const ArtifactId& artifact, UndoRole role);
  absl::StatusOr<UndoLabels> LabelsOf(const ArtifactId& artifact) const;

  // The store's thread: the one that is `at_work_`.
  /// As SwitchBranch.
  absl::StatusOr<std::vector<WorkingFileNote>> SwitchHere(const std::string& branch);
  /// Somebody else switched the folder to another branch: so does the store, without taking for edits what
  /// came with it. A branch that only git knows is started.
  absl::Status FollowCheckedOut();
  /// Absorbs and writes the artifact's file, where there is one.
  absl::Status FollowFile(const ArtifactId& artifact);
  /// As FollowCommits; without effect where nobody knows the commits.
  absl::StatusOr<std::vector<WorkingFileNote>> FollowCommitsHere(const std::string& commit);
  /// After commits moved what is "now": files are looked at, nothing folded before counts.
  absl::Status FollowMoved();
  /// After what is "now" moved: files follow, nothing folded before counts.
  absl::StatusOr<std::vector<WorkingFileNote>> FollowView();
  void Run();
  /// Waits until there is something to do and nobody else does it.
  void AwaitWork(std::unique_lock<std::mutex>& lock);
  /// Records a group. Where `more` wait behind it, it is left committing.
  void RunGroup(std::vector<Task> group, bool more);
  /// Runs the first task of the queue, which `lock` guards, if it runs alone.
  void RunLoneTask(std::unique_lock<std::mutex>& lock);
  /// Tells those in a group, which is durable where `fate` is OK.
  void Finish(std::vector<Task>& group, const absl::Status& fate);
  /// Waits for the group that is committing, if there is one, and tells those in it.
  void FinishCommitting();
  /// Opens a broken store anew, between two pieces of work.
  void MendStore();
  /// After a failure: nothing in memory is believed any more.
  void Recover(const absl::Status& why);
  void Idle();
  /// Writes working files that are due.
  void WriteFiles(Steady::time_point now);
  /// One step of keeping snapshots of what changed, while nobody asks for anything.
  void KeepSnapshots();
  std::optional<Steady::time_point> NextDeadline() const;
  /// `by_commands`: working files are behind the events.
  void AfterCommit(const std::vector<StoredEvent>& events, bool by_commands);
  /// Notes whether the artifact's working file is behind. Its path; nullopt: there is no such artifact (now).
  std::optional<std::string> NoteBehind(const ArtifactId& artifact, bool by_commands);
  /// Hands on what working files and segments recorded.
  void AfterLoneTask();
  void ReopenReader();
  /// After events got other names: what was read before is void, and the own stream may be another one.
  void FollowNames();
  /// Remembers the first policy that workspace.yaml names, unless one is known; names there what is known.
  void BelieveFirstPolicy();
  void Append(std::vector<WorkingFileNote> notes);

  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Store> store_;
  WorkingFiles working_files_;
  SegmentExchange exchange_;
  mutable ElementIndex index_;
  /// Recorded by this thread itself, for observers.
  std::vector<StoredEvent> events_;
  std::optional<CommittingGroup> committing_;
  std::map<ArtifactId, Behind> behind_;
  bool index_behind_ = true;
  /// Artifacts that changed: states of theirs may be far from any snapshot.
  std::set<ArtifactId> sparse_;
  /// When somebody last wanted something.
  Steady::time_point quiet_since_ = Steady::now();
  /// What happened to files while nobody asked: told by the next SyncWorkingFiles.
  std::vector<WorkingFileNote> untold_;
  std::shared_ptr<ObserverList> observers_;

  mutable std::mutex undo_mutex_;
  mutable std::map<ArtifactId, UndoLabels> undo_labels_;
  StreamId own_;  ///< guarded by undo_mutex_

  mutable std::mutex queue_mutex_;
  mutable std::condition_variable queue_changed_;
  mutable std::deque<Task> queue_;
  mutable Room room_;  ///< for what is in the queue, and in the group that is being recorded
  std::map<std::thread::id, Actor> guests_;  ///< threads that act for somebody else, by queue_mutex_
  bool stopping_ = false;
  /// Some thread works on the store, and on what is said above to be the store's thread's. By queue_mutex_.
  bool at_work_ = true;
  /// When the own thread has something to do although nobody asks. By queue_mutex_.
  Steady::time_point due_ = Steady::time_point::max();
  std::thread thread_;
  std::unique_ptr<owner::Server> server_;
};

template <typename Work>
auto OwnedWorkspace::Call(Work work) const -> decltype(work()) {
  std::promise<decltype(work())> promise;
  auto future = promise.get_future();
  Post(LoneTask([&] { promise.set_value(work()); }));
  return future.get();
}

template <typename Recording>
auto OwnedWorkspace::InGroup(Recording record, std::function<absl::Status()> after)
    -> decltype(record(std::declval<Store&>())) {
  using Result = decltype(record(std::declval<Store&>()));
  struct State {
    std::promise<Result> promise;
    Result result = absl::UnknownError("not recorded");
  };
  // Shared: the one who waits may go on before the store's thread has let go of the promise.
  const auto state = std::make_shared<State>();
  auto future = state->promise.get_future();
  GroupTask task;
  task.record = [state, &record](Store& store) { state->result = record(store); };
  task.finish = [state, &after](const absl::Status& fate) {
    if (!fate.ok()) return state->promise.set_value(fate);
    if (state->result.ok() && after) {
      if (absl::Status done = after(); !done.ok()) return state->promise.set_value(done);
    }
    state->promise.set_value(std::move(state->result));
  };
  PostOrRecord(std::move(task));
  return future.get();
}

}  // namespace ameide::uaf
