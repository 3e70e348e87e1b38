#include "uaf/store/owned_workspace.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "uaf/store/first_policy.h"
#include "uaf/store/policy_file.h"

namespace ameide::uaf {
namespace {

/// Commands in one transaction at most, so that the first of many does not wait for all.
constexpr size_t kLargestGroup = 512;
/// What may wait to be recorded: far more than people do, and little memory.
constexpr size_t kMostWaiting = 16'384;
constexpr uint64_t kMostWaitingBytes = uint64_t{64} << 20;

std::string_view Text(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

/// While it lives, the store records for `guest`, where there is one.
class GuestScope {
 public:
  GuestScope(Store& store, const std::optional<Actor>& guest) : store_(store) {
    if (guest) host_ = store.ExchangeActor(*guest);
  }
  ~GuestScope() {
    if (host_) store_.ExchangeActor(*std::move(host_));
  }
  GuestScope(const GuestScope&) = delete;
  GuestScope& operator=(const GuestScope&) = delete;

 private:
  Store& store_;
  std::optional<Actor> host_;
};

}  // namespace

/// Observers, shared with their subscriptions, which may outlive the workspace.
class OwnedWorkspace::ObserverList {
 public:
  uint64_t Add(Observer observer) {
    const std::scoped_lock lock(mutex_);
    observers_.emplace(++last_, std::move(observer));
    return last_;
  }
  /// Does not return while the observer is being called by another thread.
  void Remove(uint64_t number) {
    const std::scoped_lock lock(mutex_);
    observers_.erase(number);
  }
  bool Any() {
    const std::scoped_lock lock(mutex_);
    return !observers_.empty();
  }
  void Tell(const EventGroup& group) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [number, observer] : observers_) observer(group);
  }
  class Token final : public Subscription {
   public:
    Token(std::shared_ptr<ObserverList> list, uint64_t number) : list_(std::move(list)), number_(number) {}
    ~Token() override { list_->Remove(number_); }

   private:
    std::shared_ptr<ObserverList> list_;
    uint64_t number_;
  };

 private:
  std::recursive_mutex mutex_;
  std::map<uint64_t, Observer> observers_;
  uint64_t last_ = 0;
};

OwnedWorkspace::OwnedWorkspace(const WorkspaceOptions& options, std::string id,
                               std::unique_ptr<FileLock> lock, std::unique_ptr<Store> store,
                               std::unique_ptr<Database> reader)
    : ReadingWorkspace(options, std::move(id), std::move(reader), {}),
      lock_(std::move(lock)),
      store_(std::move(store)),
      working_files_(store_.get()),
      exchange_(store_.get(), &working_files_),
      index_(store_.get()),
      observers_(std::make_shared<ObserverList>()),
      own_(store_->log().own()),
      room_(kMostWaiting, kMostWaitingBytes) {
  BelieveFirstPolicy();
  // Before anybody sees the workspace: what came by git, and what happened to the files while it was closed.
  if (const absl::StatusOr<uint64_t> received = exchange_.Receive(); !received.ok()) {
    LogError("a log segment was not taken in", {{"reason", Text(received.status())}});
    WorkingFileNote note;
    note.what = WorkingFileNote::What::kFailed;
    note.path = ".uaf/log";
    note.message = std::string(received.status().message());
    untold_.push_back(std::move(note));
  }
  MendStore();
  FollowNames();
  if (const absl::Status followed = FollowCheckedOut(); !followed.ok()) {
    LogError("the branch that is checked out could not be followed", {{"reason", Text(followed)}});
  }
  if (const absl::Status written = FinishPolicyFile(*store_); !written.ok())
    LogError("a policy's file could not be written", {{"reason", Text(written)}});
  MendStore();
  if (absl::StatusOr<std::vector<WorkingFileNote>> left = working_files_.CleanUp(); left.ok()) {
    Append(*std::move(left));
  } else {
    LogWarning("what an earlier crash left could not be cleaned up", {{"reason", Text(left.status())}});
  }
  MendStore();
  absl::StatusOr<std::vector<WorkingFileNote>> notes = working_files_.Sync({});
  if (notes.ok()) {
    Append(*std::move(notes));
  } else {
    LogError("working files could not be synchronised", {{"reason", Text(notes.status())}});
  }
  for (const std::vector<StoredEvent>& events : {working_files_.TakeEvents(), exchange_.TakeEvents()}) {
    for (const StoredEvent& event : events) sparse_.insert(event.change_set.artifact);
  }
  thread_ = std::thread([this] { Run(); });
}

absl::Status OwnedWorkspace::Serve(const std::filesystem::path& socket) {
  AMEIDE_ASSIGN_OR_RETURN(
      server_,
      owner::Server::Start(socket, this, [this](const Actor& guest, const std::function<void()>& work) {
        ActFor(guest, work);
      }));
  return absl::OkStatus();
}

OwnedWorkspace::~OwnedWorkspace() {
  server_.reset();  // first: its calls use everything else
  {
    const std::scoped_lock lock(queue_mutex_);
    stopping_ = true;
  }
  queue_changed_.notify_all();
  thread_.join();
  MendStore();
  for (const auto& [artifact, behind] : behind_) {
    const auto notes = working_files_.Flush(artifact);
    if (!notes.ok()) LogError("a working file could not be written", {{"reason", Text(notes.status())}});
  }
  // Whoever opens it next need not fold what was done since the last one.
  for (const ArtifactId& artifact : sparse_) store_->SnapshotIfDue(artifact).IgnoreError();
  if (const absl::Status status = store_->WriteStreamToken(); !status.ok()) {
    LogWarning("the stream token could not be written", {{"reason", Text(status)}});
  }
  // The owner's connection goes last, so that it makes the last checkpoint.
  ReplaceDatabase(nullptr);
}

void OwnedWorkspace::Append(std::vector<WorkingFileNote> notes) {
  for (WorkingFileNote& note : notes) {
    if (note.what != WorkingFileNote::What::kWritten) untold_.push_back(std::move(note));
  }
}

void OwnedWorkspace::SetActor(Actor actor) {
  ReadingWorkspace::SetActor(actor);
  Post(LoneTask([this, actor = std::move(actor)]() mutable { store_->SetActor(std::move(actor)); }));
}

void OwnedWorkspace::ActFor(const Actor& guest, const std::function<void()>& work) {
  {
    const std::scoped_lock lock(queue_mutex_);
    guests_[std::this_thread::get_id()] = guest;
  }
  work();
  const std::scoped_lock lock(queue_mutex_);
  guests_.erase(std::this_thread::get_id());
}

OwnedWorkspace::Task OwnedWorkspace::TaskOf(std::variant<GroupTask, LoneTask> work, uint64_t bytes) const {
  Task task{std::move(work), std::nullopt, bytes};
  if (!guests_.empty()) {
    const auto guest = guests_.find(std::this_thread::get_id());
    if (guest != guests_.end()) task.guest = guest->second;
  }
  return task;
}

void OwnedWorkspace::Push(std::variant<GroupTask, LoneTask> work, uint64_t bytes) const {
  {
    const std::scoped_lock lock(queue_mutex_);
    queue_.push_back(TaskOf(std::move(work), bytes));
  }
  queue_changed_.notify_one();
}

void OwnedWorkspace::Post(std::variant<GroupTask, LoneTask> work, uint64_t bytes) const {
  room_.Enter(bytes);
  Push(std::move(work), bytes);
}

void OwnedWorkspace::PostOrRecord(GroupTask work, uint64_t bytes) {
  room_.Enter(bytes);
  std::vector<Task> group;
  {
    const std::scoped_lock lock(queue_mutex_);
    if (!at_work_ && queue_.empty() && !stopping_) {
      at_work_ = true;
      group.push_back(TaskOf(std::move(work), bytes));
    }
  }
  if (group.empty()) return Push(std::move(work), bytes);
  RunGroup(std::move(group), /*more=*/false);
  const Steady::time_point due = NextDeadline().value_or(Steady::time_point::max());
  bool wake = false;
  {
    const std::scoped_lock lock(queue_mutex_);
    at_work_ = false;
    wake = !queue_.empty() || stopping_ || due < due_ || due_ <= Steady::now();
    due_ = due;
  }
  if (wake) queue_changed_.notify_one();
}

absl::Status OwnedWorkspace::TryPost(std::variant<GroupTask, LoneTask> work, uint64_t bytes) const {
  if (!room_.TryEnter(bytes)) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "too much waits to be recorded already (at most ", room_.most(), " commands and ",
        room_.most_bytes() >> 20, " MiB); wait until some of it is acknowledged, then submit this again"));
  }
  Push(std::move(work), bytes);
  return absl::OkStatus();
}

void OwnedWorkspace::Run() {
  std::unique_lock lock(queue_mutex_);
  while (true) {
    std::vector<Task> group;
    while (!queue_.empty() && group.size() < kLargestGroup &&
           std::holds_alternative<GroupTask>(queue_.front().work)) {
      group.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    const bool more = !queue_.empty() && std::holds_alternative<GroupTask>(queue_.front().work);
    lock.unlock();
    if (!group.empty()) RunGroup(std::move(group), more);
    // Also under steady load files are written in time.
    const std::optional<Steady::time_point> deadline = NextDeadline();
    const bool late = deadline && *deadline <= Steady::now();
    if (late || !more) FinishCommitting();
    lock.lock();
    if (late && !stopping_) {
      lock.unlock();
      Idle();
      lock.lock();
    } else if (queue_.empty()) {
      if (stopping_) return;
      due_ = deadline.value_or(Steady::time_point::max());
      at_work_ = false;
      AwaitWork(lock);
      at_work_ = true;
    } else if (!more) {
      RunLoneTask(lock);
    }
  }
}

void OwnedWorkspace::AwaitWork(std::unique_lock<std::mutex>& lock) {
  while (true) {
    const bool late = due_ <= Steady::now();
    if (!at_work_ && (late || stopping_ || !queue_.empty())) return;
    if (late || due_ == Steady::time_point::max()) {
      queue_changed_.wait(lock);  // whoever is at work wakes this one where it is late
    } else {
      queue_changed_.wait_until(lock, Steady::time_point(due_));
    }
  }
}

void OwnedWorkspace::RunLoneTask(std::unique_lock<std::mutex>& lock) {
  if (!std::holds_alternative<LoneTask>(queue_.front().work)) return;
  const Task task = std::move(queue_.front());
  queue_.pop_front();
  lock.unlock();
  room_.Leave(task.bytes);
  {
    MendStore();
    const GuestScope scope(*store_, task.guest);
    std::get<LoneTask>(task.work)();
    AfterLoneTask();
  }
  quiet_since_ = Steady::now();
  lock.lock();
}

void OwnedWorkspace::RunGroup(std::vector<Task> group, bool more) {
  if (!committing_) MendStore();  // the disk may be sound by now
  store_->Defer(more || committing_);
  absl::Status fate = store_->Begin();
  for (Task& task : group) {
    if (!fate.ok()) break;
    const GuestScope scope(*store_, task.guest);
    std::get<GroupTask>(task.work).record(*store_);
    if (store_->broken())
      fate = absl::UnavailableError("the store failed while recording; nothing of this was kept, try again");
  }
  // Those before them come first. What was recorded behind something that failed is lost with it.
  std::optional<CommittingGroup> before = std::exchange(committing_, std::nullopt);
  if (before) {
    const absl::Status settled = store_->Settle();
    if (fate.ok()) fate = settled;
  }
  if (fate.ok() && more) {
    absl::StatusOr<Store::Committing> commit = store_->BeginCommit();
    fate = commit.status();
    if (commit.ok()) committing_ = CommittingGroup{std::move(group), *std::move(commit)};
  } else if (fate.ok()) {
    store_->Defer(false);
  }
  if (!fate.ok()) Recover(fate);
  if (before) {
    const bool durable = *before->commit.durable;
    if (durable) AfterCommit(before->commit.events, /*by_commands=*/true);
    Finish(before->group, durable ? absl::OkStatus() : fate);
  }
  if (committing_) return;
  if (fate.ok()) {
    const absl::StatusOr<std::vector<StoredEvent>> committed = store_->Commit();
    fate = committed.status();
    if (committed.ok()) {
      AfterCommit(*committed, /*by_commands=*/true);
    } else {
      Recover(fate);
    }
  }
  Finish(group, fate);
  quiet_since_ = Steady::now();
}

void OwnedWorkspace::FinishCommitting() {
  if (!committing_) return;
  CommittingGroup last = *std::exchange(committing_, std::nullopt);
  const absl::Status fate = store_->Settle();
  store_->Defer(false);
  if (!fate.ok()) Recover(fate);
  if (fate.ok()) AfterCommit(last.commit.events, /*by_commands=*/true);
  Finish(last.group, fate);
  quiet_since_ = Steady::now();
}

void OwnedWorkspace::Finish(std::vector<Task>& group, const absl::Status& fate) {
  for (Task& task : group) {
    room_.Leave(task.bytes);  // first: whoever hears of this may have the next
    std::get<GroupTask>(task.work).finish(fate);
  }
}

void OwnedWorkspace::Recover(const absl::Status& why) {
  LogError("a group of commands could not be recorded", {{"reason", Text(why)}});
  store_->Abort();
  MendStore();
  AfterCommit({}, /*by_commands=*/false);
  // They were of a history that is not there.
  const std::scoped_lock lock(undo_mutex_);
  undo_labels_.clear();
}

void OwnedWorkspace::MendStore() {
  if (!store_->broken()) return;
  if (const absl::Status mended = store_->Mend(); !mended.ok()) {
    LogError("the store could not be reopened", {{"reason", Text(mended)}});
  }
  ReopenReader();
}

void OwnedWorkspace::ReopenReader() {
  absl::StatusOr<std::unique_ptr<Database>> reader =
      Database::Open(layout_.store, Database::Mode::kReader, options_.database_driver);
  if (reader.ok()) ReplaceDatabase(*std::move(reader));
}

void OwnedWorkspace::AfterCommit(const std::vector<StoredEvent>& events, bool by_commands) {
  EventGroup group;
  group.moved = store_->TakeMoved();
  if (events.empty() && group.moved.empty()) return;
  by_commands = by_commands && group.moved.empty();
  const bool told = observers_->Any();
  std::set<ArtifactId> changed(group.moved.begin(), group.moved.end());
  for (const StoredEvent& event : events) {
    if (event.elsewhere) continue;
    const ChangeSet& change_set = event.change_set;
    if (!change_set.artifact.name.empty()) changed.insert(change_set.artifact);
    if (!told) continue;
    ChangeSetSummary line;
    line.id = change_set.id;
    line.artifact = change_set.artifact;
    line.kind = change_set.kind;
    line.label = change_set.label;
    line.author = change_set.author;
    line.tool = change_set.tool;
    line.time = change_set.wall_time;
    group.events.push_back(std::move(line));
  }
  index_behind_ = true;
  sparse_.insert(changed.begin(), changed.end());
  std::map<ArtifactId, std::string> paths;
  for (const ArtifactId& artifact : changed) {
    const std::optional<std::string> path = NoteBehind(artifact, by_commands);
    if (!path) continue;
    paths[artifact] = *path;
    UndoLabels labels;
    if (const absl::StatusOr<const UndoHistory*> history = store_->History(artifact); history.ok()) {
      if ((*history)->NextUndo() != nullptr) labels.undo = (*history)->NextUndo()->label;
      if ((*history)->NextRedo() != nullptr) labels.redo = (*history)->NextRedo()->label;
    }
    const std::scoped_lock lock(undo_mutex_);
    undo_labels_[artifact] = std::move(labels);
  }
  for (ChangeSetSummary& line : group.events) line.path = paths[line.artifact];
  observers_->Tell(group);
}

std::optional<std::string> OwnedWorkspace::NoteBehind(const ArtifactId& artifact, bool by_commands) {
  std::string path;
  bool behind = false;
  if (by_commands) {
    // From memory: the next group may be on its way into the tables.
    const absl::StatusOr<const ArtifactState*> found = store_->projection().Find(artifact);
    if (!found.ok()) return std::nullopt;
    path = (*found)->path;
    behind = !(*found)->retired;
  } else {
    const absl::StatusOr<Artifact> found = store_->log().reader().GetArtifact(artifact);
    if (!found.ok()) return std::nullopt;
    path = found->path;
    behind = found->pending_write && !found->retired;
  }
  const Steady::time_point now = Steady::now();
  if (behind) {
    behind_.try_emplace(artifact, Behind{now, now}).first->second.changed = now;
  } else {
    behind_.erase(artifact);
  }
  return path;
}

void OwnedWorkspace::AfterLoneTask() {
  std::vector<StoredEvent> events = std::exchange(events_, {});
  for (StoredEvent& event : exchange_.TakeEvents()) events.push_back(std::move(event));
  for (StoredEvent& event : working_files_.TakeEvents()) events.push_back(std::move(event));
  MendStore();
  FollowNames();
  AfterCommit(events, /*by_commands=*/false);
}

void OwnedWorkspace::FollowNames() {
  if (!exchange_.TakeRenamed()) return;
  ReopenReader();
  index_behind_ = true;
  const std::scoped_lock lock(undo_mutex_);
  own_ = store_->log().own();
  undo_labels_.clear();
}

std::optional<OwnedWorkspace::Steady::time_point> OwnedWorkspace::NextDeadline() const {
  std::optional<Steady::time_point> next;
  for (const auto& [artifact, behind] : behind_) {
    const Steady::time_point due =
        std::min(behind.changed + options_.idle_wait, behind.since + options_.longest_wait);
    if (!next || due < *next) next = due;
  }
  if (!next && !sparse_.empty()) next = quiet_since_ + options_.idle_wait;
  return next;
}

void OwnedWorkspace::Idle() {
  MendStore();
  const Steady::time_point now = Steady::now();
  if (behind_.empty() && !sparse_.empty() && quiet_since_ + options_.idle_wait <= now) {
    KeepSnapshots();
  } else {
    WriteFiles(now);
  }
  AfterLoneTask();
}

void OwnedWorkspace::KeepSnapshots() {
  const ArtifactId artifact = *sparse_.begin();
  absl::Status status = store_->SnapshotIfDue(artifact);
  absl::StatusOr<bool> filled = status.ok() ? store_->FillSnapshots(artifact) : status;
  if (filled.ok() && *filled) return;  // there may be more
  sparse_.erase(artifact);
  // What is read-only, retired or gone needs none.
  if (!filled.ok() && !absl::IsFailedPrecondition(filled.status()) && !absl::IsNotFound(filled.status()))
    LogWarning("a snapshot could not be taken", {{"reason", Text(filled.status())}});
}

void OwnedWorkspace::WriteFiles(Steady::time_point now) {
  std::vector<ArtifactId> due;
  for (const auto& [artifact, behind] : behind_) {
    if (std::min(behind.changed + options_.idle_wait, behind.since + options_.longest_wait) <= now) {
      due.push_back(artifact);
    }
  }
  for (const ArtifactId& artifact : due) {
    behind_.erase(artifact);
    absl::StatusOr<std::vector<WorkingFileNote>> notes = working_files_.Flush(artifact);
    const absl::StatusOr<Artifact> after = store_->log().reader().GetArtifact(artifact);
    if (!notes.ok() || (after.ok() && after->pending_write && !after->retired)) {
      // Full disk, read-only file: again later, and not in a tight loop.
      behind_[artifact] = {now + options_.longest_wait, now + options_.longest_wait};
      LogWarning("a working file could not be written",
                 {{"reason", notes.ok() ? (notes->empty() ? "unknown" : notes->back().message)
                                        : Text(notes.status())}});
    }
    if (notes.ok()) Append(*std::move(notes));
    if (const absl::Status status = store_->SnapshotIfDue(artifact);
        !status.ok() && !absl::IsFailedPrecondition(status)) {
      LogWarning("a snapshot could not be taken", {{"reason", Text(status)}});
    }
  }
  if (!due.empty() && index_behind_) {
    index_behind_ = false;
    if (const absl::Status status = index_.CatchUp(); !status.ok()) {
      LogWarning("the search index could not be updated", {{"reason", Text(status)}});
    }
  }
}

std::unique_ptr<Workspace::Subscription> OwnedWorkspace::Subscribe(Observer observer) {
  const uint64_t number = observers_->Add(std::move(observer));
  return std::make_unique<ObserverList::Token>(observers_, number);
}

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::FollowView() {
  ForgetFolded();
  index_behind_ = true;
  absl::StatusOr<std::vector<WorkingFileNote>> notes = working_files_.Sync({});
  const std::scoped_lock lock(undo_mutex_);
  own_ = store_->log().own();
  undo_labels_.clear();
  return notes;
}

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::SwitchHere(const std::string& branch) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, working_files_.Sync({}));
  if (branch == store_->log().branch()) return notes;
  if (!working_files_.held().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the branch was not changed, the log is incomplete: ", working_files_.held()));
  }
  for (const WorkingFileNote& note : notes) {
    if (note.what != WorkingFileNote::What::kFailed) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the branch was not changed, ", note.path, " cannot follow: ", note.message));
  }
  AMEIDE_RETURN_IF_ERROR(exchange_.SealStream(store_->log().own()));
  AMEIDE_RETURN_IF_ERROR(store_->WriteStreamToken());
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction([&] { return store_->SwitchTo(branch); }, events_));
  AMEIDE_RETURN_IF_ERROR(exchange_.HideElsewhere());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<WorkingFileNote> after, FollowView());
  notes.insert(notes.end(), after.begin(), after.end());
  return notes;
}

absl::Status OwnedWorkspace::FollowCheckedOut() {
  if (!options_.checked_out) return absl::OkStatus();
  const std::optional<CheckedOut> out = options_.checked_out();
  if (!out || !CheckBranchName(out->branch).ok()) return absl::OkStatus();
  if (out->branch == store_->log().branch()) {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> told, FollowCommitsHere(out->commit));
    Append(std::move(told));
    return absl::OkStatus();
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<WorkingFiles::Travelling> travelling,
                          working_files_.FindTravelling());
  AMEIDE_RETURN_IF_ERROR(exchange_.SealStream(store_->log().own()));
  AMEIDE_RETURN_IF_ERROR(store_->WriteStreamToken());
  if (!store_->log().graph().HasBranch(out->branch)) {
    NewBranch started{out->branch, BranchKind::kBranch, {}, {}};
    if (out->branch.starts_with("proposal/")) started.kind = BranchKind::kProposal;
    // At the commit where we are it begins with all that is here; elsewhere with what that commit holds.
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> newest, store_->log().reader().NewestCommit());
    if (!out->commit.empty() && newest != out->commit) {
      AMEIDE_ASSIGN_OR_RETURN(started.from, store_->log().reader().OfCommit(out->commit));
    }
    AMEIDE_RETURN_IF_ERROR(
        store_->InTransaction([&] { return store_->StartBranch(started); }, events_).status());
  }
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction([&] { return store_->SwitchTo(out->branch); }, events_));
  AMEIDE_RETURN_IF_ERROR(exchange_.HideElsewhere());
  AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> told, FollowCommitsHere(out->commit));
  Append(std::move(told));
  AMEIDE_RETURN_IF_ERROR(working_files_.Reissue(travelling));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Cut> commit, store_->log().reader().OfCommit(out->commit));
  if (commit) AMEIDE_RETURN_IF_ERROR(working_files_.CameWithCommit(store_->moved(), *commit));
  AMEIDE_RETURN_IF_ERROR(working_files_.Reconcile(store_->moved()));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, FollowView());
  Append(std::move(notes));
  return absl::OkStatus();
}

absl::Status OwnedWorkspace::FollowMoved() {
  if (store_->moved().empty()) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(working_files_.Reconcile(store_->moved()));
  ForgetFolded();
  index_behind_ = true;
  const std::scoped_lock lock(undo_mutex_);
  undo_labels_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::FollowCommitsHere(const std::string& commit) {
  // What a missing part of the log says, nobody derives: commits that need it wait.
  if (!options_.commits || commit.empty()) return std::vector<WorkingFileNote>();
  CommitFollower follower(store_.get(), &working_files_);
  absl::StatusOr<std::vector<WorkingFileNote>> notes = follower.Follow(commit);
  for (StoredEvent& event : follower.TakeEvents()) events_.push_back(std::move(event));
  AMEIDE_RETURN_IF_ERROR(FollowMoved());  // git alone merged what was recorded elsewhere
  // Files of such a commit may say what is still to come.
  if (!follower.waiting().empty()) {
    if (working_files_.held().empty()) working_files_.Hold(follower.waiting());
  } else if (notes.ok() && follower.has_pending()) {
    working_files_.Hold({});  // what is missing is missing in the commit, too
  }
  return notes;
}

void OwnedWorkspace::BelieveFirstPolicy() {
  absl::StatusOr<std::optional<Hash256>> named = FirstPolicyInFile(layout_, *options_.files);
  absl::Status status = named.status();
  if (named.ok() && *named) {
    status = NoteFirstPolicy(store_->database(), **named);
  } else if (named.ok()) {
    // A policy was put in force, and a crash came before the file could name it.
    const absl::StatusOr<std::optional<Hash256>> known = FirstPolicyInStore(store_->log().reader());
    status = known.status();
    if (known.ok() && *known) status = WriteFirstPolicy(layout_, *options_.files, **known);
  }
  if (!status.ok()) LogWarning("the first policy could not be noted", {{"reason", Text(status)}});
}

}  // namespace ameide::uaf
