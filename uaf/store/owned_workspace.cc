#include "uaf/store/owned_workspace.h"

#include <algorithm>
#include <future>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"
#include "uaf/store/first_policy.h"
#include "uaf/store/profile.h"
#include "uaf/store/replay.h"

namespace ameide::uaf {
namespace {

/// Commands in one transaction at most, so that the first of many does not wait for all.
constexpr size_t kLargestGroup = 512;

absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

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
      own_(store_->log().own()) {
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
  if (const absl::Status followed = FollowCheckedOut(); !followed.ok()) {
    LogError("the branch that is checked out could not be followed", {{"reason", Text(followed)}});
  }
  if (absl::StatusOr<std::vector<WorkingFileNote>> left = working_files_.CleanUp(); left.ok()) {
    Append(*std::move(left));
  } else {
    LogWarning("what an earlier crash left could not be cleaned up", {{"reason", Text(left.status())}});
  }
  absl::StatusOr<std::vector<WorkingFileNote>> notes = working_files_.Sync({});
  if (notes.ok()) {
    Append(*std::move(notes));
  } else {
    LogError("working files could not be synchronised", {{"reason", Text(notes.status())}});
  }
  working_files_.TakeEvents();
  exchange_.TakeEvents();
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
  for (const auto& [artifact, behind] : behind_) {
    const auto notes = working_files_.Flush(artifact);
    if (!notes.ok()) LogError("a working file could not be written", {{"reason", Text(notes.status())}});
  }
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

void OwnedWorkspace::Post(std::variant<GroupTask, LoneTask> work) const {
  {
    const std::scoped_lock lock(queue_mutex_);
    Task& task = queue_.emplace_back(Task{std::move(work), std::nullopt});
    if (!guests_.empty()) {
      const auto guest = guests_.find(std::this_thread::get_id());
      if (guest != guests_.end()) task.guest = guest->second;
    }
  }
  queue_changed_.notify_one();
}

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
  Post(std::move(task));
  return future.get();
}

void OwnedWorkspace::Run() {
  std::unique_lock lock(queue_mutex_);
  while (true) {
    const auto ready = [this] { return stopping_ || !queue_.empty(); };
    if (const std::optional<Steady::time_point> deadline = NextDeadline()) {
      queue_changed_.wait_until(lock, *deadline, ready);
      // Also under steady load files are written in time.
      if (*deadline <= Steady::now() && !stopping_) {
        lock.unlock();
        Idle();
        lock.lock();
        continue;
      }
    } else {
      queue_changed_.wait(lock, ready);
    }
    if (queue_.empty()) {
      if (stopping_) return;
      lock.unlock();
      Idle();
      lock.lock();
      continue;
    }
    std::vector<Task> group;
    while (!queue_.empty() && group.size() < kLargestGroup &&
           std::holds_alternative<GroupTask>(queue_.front().work)) {
      group.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    if (!group.empty()) {
      lock.unlock();
      RunGroup(group);
    } else {
      const Task task = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      const GuestScope scope(*store_, task.guest);
      std::get<LoneTask>(task.work)();
      AfterLoneTask();
    }
    lock.lock();
  }
}

void OwnedWorkspace::RunGroup(std::vector<Task>& group) {
  absl::Status fate = store_->Begin();
  for (Task& task : group) {
    if (!fate.ok()) break;
    const GuestScope scope(*store_, task.guest);
    std::get<GroupTask>(task.work).record(*store_);
    if (store_->broken())
      fate = absl::UnavailableError("the store failed while recording; nothing of this was kept, try again");
  }
  std::vector<StoredEvent> events;
  if (fate.ok()) {
    absl::StatusOr<std::vector<StoredEvent>> committed = store_->Commit();
    fate = committed.status();
    if (committed.ok()) events = *std::move(committed);
  }
  if (!fate.ok()) {
    LogError("a group of commands could not be recorded", {{"reason", Text(fate)}});
    const absl::Status reopened = store_->Abort();
    if (!reopened.ok()) LogError("the store could not be reopened", {{"reason", Text(reopened)}});
    ReopenReader();
  }
  AfterCommit(events);
  for (Task& task : group) std::get<GroupTask>(task.work).finish(fate);
}

void OwnedWorkspace::ReopenReader() {
  absl::StatusOr<std::unique_ptr<Database>> reader =
      Database::Open(layout_.store, Database::Mode::kReader, options_.database_driver);
  if (reader.ok()) ReplaceDatabase(*std::move(reader));
}

void OwnedWorkspace::AfterCommit(const std::vector<StoredEvent>& events) {
  EventGroup group;
  group.moved = store_->TakeMoved();
  if (events.empty() && group.moved.empty()) return;
  const Steady::time_point now = Steady::now();
  std::set<ArtifactId> changed(group.moved.begin(), group.moved.end());
  for (const StoredEvent& event : events) {
    if (event.elsewhere) continue;
    const ChangeSet& change_set = event.change_set;
    ChangeSetSummary line;
    line.id = change_set.id;
    line.artifact = change_set.artifact;
    line.kind = change_set.kind;
    line.label = change_set.label;
    line.author = change_set.author;
    line.tool = change_set.tool;
    line.time = change_set.wall_time;
    if (!change_set.artifact.name.empty()) changed.insert(change_set.artifact);
    group.events.push_back(std::move(line));
  }
  index_behind_ = true;
  std::map<ArtifactId, std::string> paths;
  for (const ArtifactId& artifact : changed) {
    const absl::StatusOr<Artifact> found = store_->log().reader().GetArtifact(artifact);
    if (!found.ok()) continue;
    paths[artifact] = found->path;
    if (found->pending_write && !found->retired) {
      auto [entry, fresh] = behind_.try_emplace(artifact, Behind{now, now});
      entry->second.changed = now;
    } else {
      behind_.erase(artifact);
    }
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

void OwnedWorkspace::AfterLoneTask() {
  std::vector<StoredEvent> events = std::exchange(events_, {});
  for (StoredEvent& event : exchange_.TakeEvents()) events.push_back(std::move(event));
  for (StoredEvent& event : working_files_.TakeEvents()) events.push_back(std::move(event));
  if (store_->broken()) {
    if (const absl::Status status = store_->Abort(); !status.ok()) {
      LogError("the store could not be reopened", {{"reason", Text(status)}});
    }
    ReopenReader();
  }
  AfterCommit(events);
}

std::optional<OwnedWorkspace::Steady::time_point> OwnedWorkspace::NextDeadline() const {
  std::optional<Steady::time_point> next;
  for (const auto& [artifact, behind] : behind_) {
    const Steady::time_point due =
        std::min(behind.changed + options_.idle_wait, behind.since + options_.longest_wait);
    if (!next || due < *next) next = due;
  }
  return next;
}

void OwnedWorkspace::Idle() {
  const Steady::time_point now = Steady::now();
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
  AfterLoneTask();
}

absl::Status OwnedWorkspace::UpdateIndex() const {
  return Call([this] { return index_.CatchUp(); });
}

void OwnedWorkspace::SubmitAsync(Command command, SubmitDone done) {
  struct State {
    Command command;
    SubmitDone done;
    absl::StatusOr<Store::Recorded> result = absl::UnknownError("not recorded");
  };
  auto state = std::make_shared<State>(State{std::move(command), std::move(done)});
  GroupTask task;
  task.record = [state](Store& store) { state->result = store.Record(std::move(state->command), {}); };
  task.finish = [state](const absl::Status& fate) {
    if (!fate.ok()) return state->done(fate);
    if (!state->result.ok()) return state->done(state->result.status());
    state->done(state->result->receipt);
  };
  Post(std::move(task));
}

absl::StatusOr<std::vector<Receipt>> OwnedWorkspace::SubmitAll(std::vector<Command> commands) {
  return InGroup([&](Store& store) { return store.RecordAll(std::move(commands)); });
}

absl::StatusOr<Receipt> OwnedWorkspace::Submit(Command command) {
  std::promise<absl::StatusOr<Receipt>> promise;
  SubmitAsync(std::move(command),
              [&](const absl::StatusOr<Receipt>& receipt) { promise.set_value(receipt); });
  return promise.get_future().get();
}

absl::StatusOr<Receipt> OwnedWorkspace::ResolveConflict(std::string_view key, const merge::Choice& choice) {
  AMEIDE_ASSIGN_OR_RETURN(const merge::Conflict conflict, FindConflict(key));
  if (conflict.kind == merge::ConflictKind::kPath) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<merge::NamedArtifact> renames,
                            merge::ResolutionPaths(conflict, choice));
    Receipt last;
    for (const merge::NamedArtifact& each : renames) {
      AMEIDE_ASSIGN_OR_RETURN(last, Rename(each.artifact, each.path));
    }
    return last;
  }
  if (conflict.kind == merge::ConflictKind::kApproval)
    return Say([&](LifecycleCommands& commands) { return commands.ResolveApproval(conflict, choice); });
  return InGroup([&](Store& store) { return store.ResolveConflict(conflict, choice); });
}

absl::StatusOr<Receipt> OwnedWorkspace::Say(std::function<absl::StatusOr<Receipt>(LifecycleCommands&)> say,
                                            std::function<absl::Status()> after) {
  return InGroup(
      [&](Store& store) {
        LifecycleCommands commands(&store);
        return say(commands);
      },
      std::move(after));
}

absl::StatusOr<Receipt> OwnedWorkspace::Record(RecordRequest request) {
  return Say([&](LifecycleCommands& commands) { return commands.Record(std::move(request)); });
}
absl::StatusOr<std::vector<Receipt>> OwnedWorkspace::RecordAll(std::vector<RecordRequest> requests) {
  return InGroup([&](Store& store) { return LifecycleCommands(&store).RecordAll(std::move(requests)); });
}
absl::StatusOr<Receipt> OwnedWorkspace::Approve(const ArtifactId& artifact, std::string_view purpose) {
  return Say([&](LifecycleCommands& commands) { return commands.Approve(artifact, purpose); });
}
absl::StatusOr<Receipt> OwnedWorkspace::Promote(const PromoteRequest& request) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<merge::Conflict> open, Conflicts(request.artifact));
  return Say([&](LifecycleCommands& commands) { return commands.Promote(request, open); });
}
absl::StatusOr<Receipt> OwnedWorkspace::ApprovePolicy(std::string_view policy) {
  return Say([&](LifecycleCommands& commands) { return commands.ApprovePolicy(policy); });
}
absl::StatusOr<Receipt> OwnedWorkspace::ChangePolicy(std::string_view policy) {
  return Say([&](LifecycleCommands& commands) { return commands.ChangePolicy(policy); },
             [&]() -> absl::Status {
               AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> first,
                                       FirstPolicyInStore(store_->log().reader()));
               absl::Status written = options_.files->WriteAtomically(layout_.policy_yaml, policy);
               if (written.ok() && first) written = WriteFirstPolicy(layout_, *options_.files, *first);
               if (written.ok()) return written;
               return absl::Status(
                   written.code(),
                   absl::StrCat("the policy is in force, but its files could not be written: ",
                                written.message(), "; `ameide doctor` says what is missing"));
             });
}
absl::StatusOr<Receipt> OwnedWorkspace::CertifyKey(std::string_view fingerprint, std::string_view person) {
  return Say([&](LifecycleCommands& commands) { return commands.CertifyKey(fingerprint, person); });
}
absl::StatusOr<Receipt> OwnedWorkspace::RotateKey() {
  const Ed25519PrivateKey next = Ed25519PrivateKey::Generate(*options_.random);
  return Say([&](LifecycleCommands& commands) { return commands.RotateKey(next); },
             [&]() -> absl::Status {
               AMEIDE_ASSIGN_OR_RETURN(
                   const Ed25519PrivateKey before,
                   LoadOrMakeDeviceKey(options_.profile, *options_.files, *options_.random));
               return ReplaceDeviceKey(options_.profile, *options_.files, before, next);
             });
}
absl::StatusOr<Receipt> OwnedWorkspace::RevokeKey(std::string_view fingerprint, std::string_view reason) {
  return Say([&](LifecycleCommands& commands) { return commands.RevokeKey(fingerprint, reason); });
}

void OwnedWorkspace::PostUndo(const ArtifactId& artifact, UndoRole role, UndoDone done) {
  struct State {
    UndoDone done;
    absl::StatusOr<UndoReceipt> result = absl::UnknownError("not recorded");
  };
  auto state = std::make_shared<State>(State{std::move(done)});
  GroupTask task;
  task.record = [state, artifact, role](Store& store) { state->result = store.UndoOrRedo(artifact, role); };
  task.finish = [state](const absl::Status& fate) {
    state->done(fate.ok() ? state->result : absl::StatusOr<UndoReceipt>(fate));
  };
  Post(std::move(task));
}

absl::StatusOr<UndoReceipt> OwnedWorkspace::UndoOrRedo(const ArtifactId& artifact, UndoRole role) {
  std::promise<absl::StatusOr<UndoReceipt>> promise;
  PostUndo(artifact, role, [&](const absl::StatusOr<UndoReceipt>& receipt) { promise.set_value(receipt); });
  return promise.get_future().get();
}

absl::StatusOr<UndoReceipt> OwnedWorkspace::Undo(const ArtifactId& artifact) {
  return UndoOrRedo(artifact, UndoRole::kUndo);
}
absl::StatusOr<UndoReceipt> OwnedWorkspace::Redo(const ArtifactId& artifact) {
  return UndoOrRedo(artifact, UndoRole::kRedo);
}
void OwnedWorkspace::UndoAsync(const ArtifactId& artifact, UndoDone done) {
  PostUndo(artifact, UndoRole::kUndo, std::move(done));
}
void OwnedWorkspace::RedoAsync(const ArtifactId& artifact, UndoDone done) {
  PostUndo(artifact, UndoRole::kRedo, std::move(done));
}

absl::StatusOr<OwnedWorkspace::UndoLabels> OwnedWorkspace::LabelsOf(const ArtifactId& artifact) const {
  {
    const std::scoped_lock lock(undo_mutex_);
    if (const auto known = undo_labels_.find(artifact); known != undo_labels_.end()) return known->second;
  }
  UndoLabels labels;
  const std::scoped_lock lock(mutex_, undo_mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const UndoHistory history, ReadUndoHistory(reader_, artifact, own_));
  if (history.NextUndo() != nullptr) labels.undo = history.NextUndo()->label;
  if (history.NextRedo() != nullptr) labels.redo = history.NextRedo()->label;
  // The store's thread may have been faster; its word is newer.
  return undo_labels_.emplace(artifact, std::move(labels)).first->second;
}

std::optional<std::string> OwnedWorkspace::CanUndo(const ArtifactId& artifact) const {
  const absl::StatusOr<UndoLabels> labels = LabelsOf(artifact);
  return labels.ok() ? labels->undo : std::nullopt;
}

std::optional<std::string> OwnedWorkspace::CanRedo(const ArtifactId& artifact) const {
  const absl::StatusOr<UndoLabels> labels = LabelsOf(artifact);
  return labels.ok() ? labels->redo : std::nullopt;
}

absl::StatusOr<Receipt> OwnedWorkspace::Import(const std::filesystem::path& path) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string relative, ArtifactPath(options_.root, path));
  return Call([&] { return working_files_.Import(relative); });
}

absl::StatusOr<Receipt> OwnedWorkspace::Create(std::string_view path, std::string_view bytes,
                                               std::string_view label) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string relative,
                          ArtifactPath(options_.root, std::filesystem::path(path)));
  AMEIDE_RETURN_IF_ERROR(CheckInside(options_.root, relative));
  if (options_.files->Exists(options_.root / relative)) {
    return absl::AlreadyExistsError(
        absl::StrCat(relative, " exists already; import it or choose another name"));
  }
  return InGroup([&](Store& store) { return store.CreateArtifact(relative, bytes, label); });
}

absl::StatusOr<Receipt> OwnedWorkspace::Rename(const ArtifactId& artifact, std::string_view new_path) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string path,
                          ArtifactPath(options_.root, std::filesystem::path(new_path)));
  return Call([&] { return working_files_.Rename(artifact, path); });
}

absl::StatusOr<Receipt> OwnedWorkspace::Retire(const ArtifactId& artifact) {
  return Call([&] { return working_files_.Retire(artifact); });
}

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::SyncWorkingFiles(
    const WorkingFileOptions& options) {
  return Call([&]() -> absl::StatusOr<std::vector<WorkingFileNote>> {
    WorkingFileOptions wanted = options;
    if (!wanted.ignored) wanted.ignored = options_.ignored;
    AMEIDE_RETURN_IF_ERROR(FollowCheckedOut());
    AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, working_files_.Sync(wanted));
    std::vector<WorkingFileNote> all = std::exchange(untold_, {});
    all.insert(all.end(), std::make_move_iterator(notes.begin()), std::make_move_iterator(notes.end()));
    behind_.clear();
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, store_->log().reader().Artifacts(false));
    const Steady::time_point later = Steady::now() + options_.longest_wait;
    for (const Artifact& artifact : artifacts) {
      if (artifact.pending_write) behind_[artifact.id] = {later, later};
    }
    return all;
  });
}

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::FlushWorkingFile(const ArtifactId& artifact) {
  return Call([&]() -> absl::StatusOr<std::vector<WorkingFileNote>> {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, working_files_.Flush(artifact));
    const absl::StatusOr<Artifact> after = store_->log().reader().GetArtifact(artifact);
    if (after.ok() && !after->pending_write) behind_.erase(artifact);
    return notes;
  });
}

std::unique_ptr<Workspace::Subscription> OwnedWorkspace::Subscribe(Observer observer) {
  const uint64_t number = observers_->Add(std::move(observer));
  return std::make_unique<ObserverList::Token>(observers_, number);
}

template <typename Change>
auto OwnedWorkspace::InTransaction(Change change) -> decltype(change()) {
  absl::Status status = store_->Begin();
  if (status.ok()) {
    decltype(change()) result = change();
    if (result.ok()) {
      absl::StatusOr<std::vector<StoredEvent>> committed = store_->Commit();
      status = committed.status();
      if (committed.ok()) {
        events_.insert(events_.end(), committed->begin(), committed->end());
        return result;
      }
    } else {
      status = StatusOf(result);
    }
  }
  if (const absl::Status reopened = store_->Abort(); !reopened.ok()) {
    LogError("the store could not be reopened", {{"reason", Text(reopened)}});
  }
  return status;
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
  AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return store_->SwitchTo(branch); }));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<WorkingFileNote> after, FollowView());
  notes.insert(notes.end(), after.begin(), after.end());
  return notes;
}

absl::Status OwnedWorkspace::FollowCheckedOut() {
  if (!options_.checked_out) return absl::OkStatus();
  const std::optional<CheckedOut> out = options_.checked_out();
  if (!out || out->branch == store_->log().branch() || !CheckBranchName(out->branch).ok()) {
    return absl::OkStatus();
  }
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
    AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return store_->StartBranch(started); }).status());
  }
  AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return store_->SwitchTo(out->branch); }));
  AMEIDE_RETURN_IF_ERROR(working_files_.Reconcile(store_->moved()));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, FollowView());
  Append(std::move(notes));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::SwitchBranch(std::string_view name) {
  return Call([&] { return SwitchHere(std::string(name)); });
}

absl::StatusOr<Receipt> OwnedWorkspace::StartBranch(const NewBranch& branch) {
  return Call([&]() -> absl::StatusOr<Receipt> {
    AMEIDE_RETURN_IF_ERROR(exchange_.SealStream(store_->log().own()));
    return InTransaction([&] { return store_->StartBranch(branch); });
  });
}

absl::StatusOr<Receipt> OwnedWorkspace::MergeBranch(std::string_view name) {
  return Call([&]() -> absl::StatusOr<Receipt> {
    // What was saved outside belongs to the state before.
    AMEIDE_RETURN_IF_ERROR(working_files_.Sync({}).status());
    // A branch that was only started here, and never left, is not sealed yet.
    if (const std::optional<StreamId> stream = store_->StreamOn(std::string(name))) {
      AMEIDE_RETURN_IF_ERROR(exchange_.SealStream(*stream));
    }
    AMEIDE_ASSIGN_OR_RETURN(Receipt receipt,
                            InTransaction([&] { return store_->MergeBranch(std::string(name)); }));
    AMEIDE_RETURN_IF_ERROR(store_->blobs().BringBack());
    AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, FollowView());
    Append(std::move(notes));
    return receipt;
  });
}

absl::StatusOr<Receipt> OwnedWorkspace::CloseBranch(std::string_view name, std::string_view reason) {
  return Call([&] {
    return InTransaction([&] { return store_->CloseBranch(std::string(name), std::string(reason)); });
  });
}

absl::StatusOr<Receipt> OwnedWorkspace::LiftQuarantine(const EventId& event) {
  return Call([&]() -> absl::StatusOr<Receipt> {
    AMEIDE_ASSIGN_OR_RETURN(Receipt receipt, InTransaction([&] { return store_->LiftQuarantine(event); }));
    AMEIDE_RETURN_IF_ERROR(working_files_.Reconcile(store_->moved()));
    AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, FollowView());
    Append(std::move(notes));
    return receipt;
  });
}

absl::StatusOr<std::vector<SealedFile>> OwnedWorkspace::Seal() {
  return Call([this] { return exchange_.Seal(); });
}

absl::Status OwnedWorkspace::MarkCommitted(std::string_view commit) {
  return Call([&] { return exchange_.MarkCommitted(commit); });
}

absl::Status OwnedWorkspace::NoteCommit(std::string_view commit, std::span<const std::string> segment_paths) {
  return Call([&] { return exchange_.NoteCommit(commit, segment_paths); });
}

absl::StatusOr<uint64_t> OwnedWorkspace::PackSegments(uint64_t least) {
  return Call([&] { return exchange_.Pack(least); });
}

absl::StatusOr<Receipt> OwnedWorkspace::Redact(const EventId& event, std::string_view reason) {
  absl::StatusOr<Receipt> receipt = Call([&] { return exchange_.Redact(event, reason); });
  ForgetFolded();
  return receipt;
}

absl::StatusOr<Receipt> OwnedWorkspace::AbsorbCommit(const ForeignChange& change) {
  return Call([&] { return exchange_.AbsorbCommit(change); });
}

absl::Status OwnedWorkspace::ExportHistory(const std::filesystem::path& file) {
  return Call([&] { return exchange_.Export(file); });
}

absl::StatusOr<uint64_t> OwnedWorkspace::ReceiveSegments() {
  absl::StatusOr<uint64_t> received = Call([this] {
    BelieveFirstPolicy();
    return exchange_.Receive();
  });
  // Values may have left past states, too.
  ForgetFolded();
  return received;
}

void OwnedWorkspace::BelieveFirstPolicy() {
  absl::StatusOr<std::optional<Hash256>> named = FirstPolicyInFile(layout_, *options_.files);
  absl::Status status = named.status();
  if (named.ok() && *named) status = NoteFirstPolicy(store_->database(), **named);
  if (!status.ok()) LogWarning("the first policy could not be noted", {{"reason", Text(status)}});
}

std::string OwnedWorkspace::LogIncompleteBecause() const {
  return Call([this] { return working_files_.held(); });
}

absl::Status OwnedWorkspace::Rebuild() {
  const absl::Status status = Call([this]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(store_->Begin());
    absl::Status rebuilt = store_->Noted(store_->projection().Rebuild());
    if (rebuilt.ok()) rebuilt = store_->Commit().status();
    if (!rebuilt.ok()) {
      store_->Abort().IgnoreError();
      return rebuilt;
    }
    return index_.CatchUp();
  });
  ForgetFolded();
  return status;
}

}  // namespace ameide::uaf
