// What is asked of the writing half of a workspace, each handed to the store's thread.
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"
#include "uaf/store/lifecycle_checks.h"
#include "uaf/store/owned_workspace.h"
#include "uaf/store/policy_file.h"
#include "uaf/store/profile.h"
#include "uaf/store/replay.h"

namespace ameide::uaf {
namespace {

/// The text that an operation brings along; what is large in it.
struct TextBytes {
  uint64_t operator()(const document::InsertNodeOp& op) const { return op.raw.size(); }
  uint64_t operator()(const document::SetTextOp& op) const { return op.raw.size(); }
  uint64_t operator()(const document::SpliceTextOp& op) const { return op.insert.size(); }
  uint64_t operator()(const document::SetAttributeOp& op) const { return op.text ? op.text->raw.size() : 0; }
  uint64_t operator()(const document::ShiftAttributesOp& op) const {
    return op.targets.size() * sizeof(document::ShiftAttributesOp::Target);
  }
  template <typename Op>
  uint64_t operator()(const Op&) const {
    return 0;
  }
};

/// About what a command takes of memory while it waits.
uint64_t BytesOf(const Command& command) {
  uint64_t bytes = sizeof(Command) + command.label.size() + command.ops.size() * sizeof(document::Op);
  for (const document::Op& op : command.ops) bytes += std::visit(TextBytes(), op);
  return bytes;
}

}  // namespace

absl::Status OwnedWorkspace::UpdateIndex() const {
  return Call([this] { return index_.CatchUp(); });
}

OwnedWorkspace::GroupTask OwnedWorkspace::TaskFor(Command command, SubmitDone done) {
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
  return task;
}

void OwnedWorkspace::SubmitAsync(Command command, SubmitDone done) {
  const uint64_t bytes = BytesOf(command);
  const absl::Status posted = TryPost(TaskFor(std::move(command), done), bytes);
  if (!posted.ok()) done(posted);
}

absl::StatusOr<std::vector<Receipt>> OwnedWorkspace::SubmitAll(std::vector<Command> commands) {
  return InGroup([&](Store& store) { return store.RecordAll(std::move(commands)); });
}

absl::StatusOr<Receipt> OwnedWorkspace::Submit(Command command) {
  std::promise<absl::StatusOr<Receipt>> promise;
  const uint64_t bytes = BytesOf(command);
  PostOrRecord(TaskFor(std::move(command),
                       [&](const absl::StatusOr<Receipt>& receipt) { promise.set_value(receipt); }),
               bytes);
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
  AMEIDE_ASSIGN_OR_RETURN(const Receipt receipt,
                          Say([&](LifecycleCommands& commands) { return commands.ChangePolicy(policy); }));
  AMEIDE_RETURN_IF_ERROR(Call([this] { return FinishPolicyFile(*store_); }));
  return receipt;
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

OwnedWorkspace::GroupTask OwnedWorkspace::TaskFor(const ArtifactId& artifact, UndoRole role, UndoDone done) {
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
  return task;
}

absl::StatusOr<UndoReceipt> OwnedWorkspace::UndoOrRedo(const ArtifactId& artifact, UndoRole role) {
  std::promise<absl::StatusOr<UndoReceipt>> promise;
  PostOrRecord(TaskFor(artifact, role,
                       [&](const absl::StatusOr<UndoReceipt>& receipt) { promise.set_value(receipt); }));
  return promise.get_future().get();
}

absl::StatusOr<UndoReceipt> OwnedWorkspace::Undo(const ArtifactId& artifact) {
  return UndoOrRedo(artifact, UndoRole::kUndo);
}
absl::StatusOr<UndoReceipt> OwnedWorkspace::Redo(const ArtifactId& artifact) {
  return UndoOrRedo(artifact, UndoRole::kRedo);
}
void OwnedWorkspace::UndoAsync(const ArtifactId& artifact, UndoDone done) {
  const absl::Status posted = TryPost(TaskFor(artifact, UndoRole::kUndo, done));
  if (!posted.ok()) done(posted);
}
void OwnedWorkspace::RedoAsync(const ArtifactId& artifact, UndoDone done) {
  const absl::Status posted = TryPost(TaskFor(artifact, UndoRole::kRedo, done));
  if (!posted.ok()) done(posted);
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
    if (const absl::Status written = FinishPolicyFile(*store_); !written.ok()) {
      WorkingFileNote note;
      note.what = WorkingFileNote::What::kFailed;
      note.path = ".uaf/policy.yaml";
      note.message = std::string(written.message());
      all.push_back(std::move(note));
    }
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

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::SwitchBranch(std::string_view name) {
  return Call([&] { return SwitchHere(std::string(name)); });
}

absl::StatusOr<Receipt> OwnedWorkspace::StartBranch(const NewBranch& branch) {
  // Here, because branches that git alone started are followed whatever they are called.
  if (const std::string meaning = WhatElseItMeans(branch.name); !meaning.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("`", branch.name, "` cannot name a branch: it reads as ",
                                                   meaning, "; choose another name"));
  }
  return Call([&]() -> absl::StatusOr<Receipt> {
    AMEIDE_RETURN_IF_ERROR(exchange_.SealStream(store_->log().own()));
    return store_->InTransaction([&] { return store_->StartBranch(branch); }, events_);
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
    AMEIDE_ASSIGN_OR_RETURN(
        Receipt receipt,
        store_->InTransaction([&] { return store_->MergeBranch(std::string(name)); }, events_));
    AMEIDE_RETURN_IF_ERROR(store_->blobs().BringBack());
    AMEIDE_ASSIGN_OR_RETURN(std::vector<WorkingFileNote> notes, FollowView());
    Append(std::move(notes));
    return receipt;
  });
}

absl::StatusOr<Receipt> OwnedWorkspace::CloseBranch(std::string_view name, std::string_view reason) {
  return Call([&] {
    return store_->InTransaction([&] { return store_->CloseBranch(std::string(name), std::string(reason)); },
                                 events_);
  });
}

absl::StatusOr<Receipt> OwnedWorkspace::LiftQuarantine(const EventId& event) {
  return Call([&]() -> absl::StatusOr<Receipt> {
    AMEIDE_ASSIGN_OR_RETURN(Receipt receipt,
                            store_->InTransaction([&] { return store_->LiftQuarantine(event); }, events_));
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

absl::Status OwnedWorkspace::NoteBranch(std::string_view branch, std::span<const std::string> segment_paths) {
  return Call([&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(exchange_.NoteBranch(std::string(branch), segment_paths));
    return FollowMoved();
  });
}

absl::StatusOr<uint64_t> OwnedWorkspace::PackSegments(uint64_t least) {
  return Call([&] { return exchange_.Pack(least); });
}

absl::Status OwnedWorkspace::FollowFile(const ArtifactId& artifact) {
  if (artifact.name.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<WorkingFileNote>> notes = working_files_.Flush(artifact);
  if (absl::IsNotFound(notes.status())) return absl::OkStatus();  // of another branch
  AMEIDE_RETURN_IF_ERROR(notes.status());
  Append(*std::move(notes));
  return absl::OkStatus();
}

absl::StatusOr<Receipt> OwnedWorkspace::Redact(const EventId& event, std::string_view reason) {
  absl::StatusOr<Receipt> receipt = Call([&]() -> absl::StatusOr<Receipt> {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> found, store_->log().reader().Find(event));
    const ArtifactId artifact = found ? found->change_set.artifact : ArtifactId{};
    // What somebody saved over the values is an edit of them; afterwards it would bring them back.
    if (found) AMEIDE_RETURN_IF_ERROR(FollowFile(artifact));
    AMEIDE_ASSIGN_OR_RETURN(Receipt redacted, exchange_.Redact(event, reason));
    AMEIDE_RETURN_IF_ERROR(FollowFile(artifact));
    return redacted;
  });
  ForgetFolded();
  return receipt;
}

absl::StatusOr<Receipt> OwnedWorkspace::AbsorbCommit(const ForeignChange& change) {
  return Call([&] { return exchange_.AbsorbCommit(change); });
}

absl::Status OwnedWorkspace::ExportHistory(const std::filesystem::path& file) {
  return Call([&] { return exchange_.Export(file); });
}

absl::StatusOr<std::vector<WorkingFileNote>> OwnedWorkspace::FollowCommits(std::string_view commit) {
  absl::StatusOr<std::vector<WorkingFileNote>> notes =
      Call([&] { return FollowCommitsHere(std::string(commit)); });
  ForgetFolded();
  return notes;
}

absl::Status OwnedWorkspace::ExpectSegments(std::string_view branch, std::string_view commit) {
  return Call([&] { return exchange_.Expect({std::string(branch), std::string(commit)}); });
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

std::string OwnedWorkspace::LogIncompleteBecause() const {
  return Call([this] { return working_files_.held(); });
}

absl::Status OwnedWorkspace::Rebuild() {
  const absl::Status status = Call([this]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(store_->Begin());
    absl::Status rebuilt = store_->Noted(store_->projection().Rebuild());
    if (rebuilt.ok()) rebuilt = store_->Commit().status();
    if (!rebuilt.ok()) {
      store_->Abort();
      return rebuilt;
    }
    // What follows from the log was built anew; the rest is kept as it reads.
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<uint64_t> changed, store_->database().ChangedPages());
    if (!changed.empty()) AMEIDE_RETURN_IF_ERROR(store_->Noted(store_->database().WriteAnew()));
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, store_->log().reader().Artifacts(false));
    for (const Artifact& artifact : artifacts) sparse_.insert(artifact.id);
    return index_.CatchUp();
  });
  ForgetFolded();
  return status;
}

}  // namespace ameide::uaf
