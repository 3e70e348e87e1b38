#include "uaf/owner/remote_workspace.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/status.h"
#include "uaf/owner/methods.h"

namespace ameide::uaf::owner {
namespace {

/// Reads an answer as what the call gives.
template <typename T>
struct Answer {
  static T Read(ByteReader& in) {
    T value{};
    if (ReadStatus(in).ok()) owner::Read(in, value);
    return in.ok() ? value : T{};
  }
  static T Failed(const absl::Status&) { return T{}; }
};
template <>
struct Answer<absl::Status> {
  static absl::Status Read(ByteReader& in) { return ReadStatus(in); }
  static absl::Status Failed(const absl::Status& why) { return why; }
};
template <typename T>
struct Answer<absl::StatusOr<T>> {
  static absl::StatusOr<T> Read(ByteReader& in) {
    AMEIDE_RETURN_IF_ERROR(ReadStatus(in));
    T value{};
    owner::Read(in, value);
    AMEIDE_RETURN_IF_ERROR(in.Finish());
    return value;
  }
  static absl::StatusOr<T> Failed(const absl::Status& why) { return why; }
};

/// Makes a command that can be sent again without being recorded twice. True when it had no key of its own.
template <typename T>
bool NameForRepeats(T& command) {
  if (!command.idempotency_key.empty()) return false;
  command.idempotency_key = HexEncode(SystemRandom().Bytes(16));
  return true;
}

/// That a command was sent again is of no interest to whoever gave it no key.
absl::StatusOr<Receipt> Named(bool by_us, absl::StatusOr<Receipt> receipt) {
  if (by_us && receipt.ok()) receipt->repeated = false;
  return receipt;
}
absl::StatusOr<std::vector<Receipt>> Named(bool by_us, absl::StatusOr<std::vector<Receipt>> receipts) {
  if (!by_us || !receipts.ok()) return receipts;
  for (Receipt& receipt : *receipts) receipt.repeated = false;
  return receipts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalConnection>> RemoteWorkspace::Greet(const std::filesystem::path& socket) {
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<LocalConnection> owner, LocalConnection::Connect(socket));
  AMEIDE_RETURN_IF_ERROR(owner->Send(kGreeting));
  AMEIDE_ASSIGN_OR_RETURN(const std::string greeting, owner->Receive(kGreeting.size()));
  if (greeting != kGreeting) {
    return absl::FailedPreconditionError(
        "the program that has the workspace open is of another version; close it or use the same version");
  }
  return owner;
}

RemoteWorkspace::RemoteWorkspace(const WorkspaceOptions& options, std::string id,
                                 std::unique_ptr<Database> reader, std::unique_ptr<LocalConnection> owner)
    : ReadingWorkspace(options, std::move(id), std::move(reader), {}), owner_(std::move(owner)) {}

RemoteWorkspace::~RemoteWorkspace() {
  // The owner's connection to the store goes last.
  ReplaceDatabase(nullptr);
}

void RemoteWorkspace::SetActor(Actor actor) {
  ReadingWorkspace::SetActor(actor);
  const std::scoped_lock lock(owner_mutex_);
  if (own_ != nullptr) own_->SetActor(std::move(actor));
}

absl::Status RemoteWorkspace::FindOwner() const {
  WorkspaceOptions options = options_;
  options.actor = actor();
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<Workspace> next, Workspace::OpenShared(options));
  if (auto* const remote = dynamic_cast<RemoteWorkspace*>(next.get())) {
    owner_ = std::move(remote->owner_);
  } else {
    own_ = std::move(next);
    owner_.reset();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> RemoteWorkspace::Exchange(std::string_view request,
                                                                     Repeat repeat) const {
  // Each of many programs that begin at once may be the owner for a moment.
  constexpr int kMostOwners = 100;
  const std::scoped_lock lock(owner_mutex_);
  for (int owners = 0; own_ == nullptr; ++owners) {
    // What did not arrive whole is not carried out.
    absl::Status failed = owner_->Send(request);
    if (failed.ok()) {
      absl::StatusOr<std::string> reply = owner_->Receive(kLargestFrame);
      if (reply.ok() && *reply != kClosing) return *std::move(reply);
      if (absl::IsResourceExhausted(reply.status())) return reply.status();
      if (!reply.ok() && repeat == Repeat::kNever) {
        return absl::UnavailableError(
            absl::StrCat("the program that has ", root().string(), " open ended before it answered (",
                         reply.status().message(), "); look whether it was done, then try again"));
      }
      failed = reply.ok() ? absl::UnavailableError("it is closing") : reply.status();
    }
    if (owners == kMostOwners) {
      return absl::UnavailableError(absl::StrCat("the programs that have ", root().string(),
                                                 " open end before they answer (", failed.message(),
                                                 "); nothing was done, try again"));
    }
    AMEIDE_RETURN_IF_ERROR(FindOwner());
  }
  return std::nullopt;
}

template <typename Member, typename... Arguments>
auto RemoteWorkspace::Ask(Repeat repeat, std::string_view name, Member member,
                          const Arguments&... arguments) const {
  using Result = std::remove_cvref_t<std::invoke_result_t<Member, Workspace&, const Arguments&...>>;
  ByteWriter request;
  request.String(name);
  Write(request, actor());
  (Write(request, static_cast<const KeptType<Arguments>&>(KeptType<Arguments>(arguments))), ...);
  const absl::StatusOr<std::optional<std::string>> reply = Exchange(request.bytes(), repeat);
  if (!reply.ok()) return Answer<Result>::Failed(reply.status());
  if (!*reply) return Result(((*own_).*member)(arguments...));
  ByteReader in(**reply);
  return Answer<Result>::Read(in);
}

absl::StatusOr<Receipt> RemoteWorkspace::Submit(Command command) {
  const bool named = NameForRepeats(command);
  return Named(named, Ask(Repeat::kAllowed, "Submit", &Workspace::Submit, command));
}
void RemoteWorkspace::SubmitAsync(Command command, SubmitDone done) { done(Submit(std::move(command))); }
absl::StatusOr<std::vector<Receipt>> RemoteWorkspace::SubmitAll(std::vector<Command> commands) {
  bool named = false;
  for (Command& command : commands) named = NameForRepeats(command) || named;
  return Named(named, Ask(Repeat::kAllowed, "SubmitAll", &Workspace::SubmitAll, commands));
}
absl::StatusOr<Receipt> RemoteWorkspace::StartBranch(const NewBranch& branch) {
  return Ask(Repeat::kNever, "StartBranch", &Workspace::StartBranch, branch);
}
absl::StatusOr<std::vector<WorkingFileNote>> RemoteWorkspace::SwitchBranch(std::string_view name) {
  return Ask(Repeat::kAllowed, "SwitchBranch", &Workspace::SwitchBranch, name);
}
absl::StatusOr<Receipt> RemoteWorkspace::MergeBranch(std::string_view name) {
  return Ask(Repeat::kNever, "MergeBranch", &Workspace::MergeBranch, name);
}
absl::StatusOr<Receipt> RemoteWorkspace::CloseBranch(std::string_view name, std::string_view reason) {
  return Ask(Repeat::kNever, "CloseBranch", &Workspace::CloseBranch, name, reason);
}
absl::StatusOr<Receipt> RemoteWorkspace::LiftQuarantine(const EventId& event) {
  return Ask(Repeat::kNever, "LiftQuarantine", &Workspace::LiftQuarantine, event);
}
absl::StatusOr<Receipt> RemoteWorkspace::Import(const std::filesystem::path& path) {
  return Ask(Repeat::kNever, "Import", &Workspace::Import, path);
}
absl::StatusOr<Receipt> RemoteWorkspace::Create(std::string_view path, std::string_view bytes,
                                                std::string_view label) {
  return Ask(Repeat::kNever, "Create", &Workspace::Create, path, bytes, label);
}
absl::StatusOr<Receipt> RemoteWorkspace::Rename(const ArtifactId& artifact, std::string_view new_path) {
  return Ask(Repeat::kNever, "Rename", &Workspace::Rename, artifact, new_path);
}
absl::StatusOr<Receipt> RemoteWorkspace::Retire(const ArtifactId& artifact) {
  return Ask(Repeat::kNever, "Retire", &Workspace::Retire, artifact);
}
absl::StatusOr<Receipt> RemoteWorkspace::ResolveConflict(std::string_view key, const merge::Choice& choice) {
  return Ask(Repeat::kNever, "ResolveConflict", &Workspace::ResolveConflict, key, choice);
}
absl::StatusOr<UndoReceipt> RemoteWorkspace::Undo(const ArtifactId& artifact) {
  return Ask(Repeat::kNever, "Undo", &Workspace::Undo, artifact);
}
absl::StatusOr<UndoReceipt> RemoteWorkspace::Redo(const ArtifactId& artifact) {
  return Ask(Repeat::kNever, "Redo", &Workspace::Redo, artifact);
}
void RemoteWorkspace::UndoAsync(const ArtifactId& artifact, UndoDone done) { done(Undo(artifact)); }
void RemoteWorkspace::RedoAsync(const ArtifactId& artifact, UndoDone done) { done(Redo(artifact)); }
std::optional<std::string> RemoteWorkspace::CanUndo(const ArtifactId& artifact) const {
  return Ask(Repeat::kAllowed, "CanUndo", &Workspace::CanUndo, artifact);
}
std::optional<std::string> RemoteWorkspace::CanRedo(const ArtifactId& artifact) const {
  return Ask(Repeat::kAllowed, "CanRedo", &Workspace::CanRedo, artifact);
}
absl::StatusOr<Receipt> RemoteWorkspace::Record(RecordRequest request) {
  const bool named = NameForRepeats(request);
  return Named(named, Ask(Repeat::kAllowed, "Record", &Workspace::Record, request));
}
absl::StatusOr<std::vector<Receipt>> RemoteWorkspace::RecordAll(std::vector<RecordRequest> requests) {
  bool named = false;
  for (RecordRequest& request : requests) named = NameForRepeats(request) || named;
  return Named(named, Ask(Repeat::kAllowed, "RecordAll", &Workspace::RecordAll, requests));
}
absl::StatusOr<Receipt> RemoteWorkspace::Approve(const ArtifactId& artifact, std::string_view purpose) {
  return Ask(Repeat::kNever, "Approve", &Workspace::Approve, artifact, purpose);
}
absl::StatusOr<Receipt> RemoteWorkspace::Promote(const PromoteRequest& request) {
  return Ask(Repeat::kNever, "Promote", &Workspace::Promote, request);
}
absl::StatusOr<Receipt> RemoteWorkspace::ApprovePolicy(std::string_view policy) {
  return Ask(Repeat::kNever, "ApprovePolicy", &Workspace::ApprovePolicy, policy);
}
absl::StatusOr<Receipt> RemoteWorkspace::ChangePolicy(std::string_view policy) {
  return Ask(Repeat::kNever, "ChangePolicy", &Workspace::ChangePolicy, policy);
}
absl::StatusOr<Receipt> RemoteWorkspace::CertifyKey(std::string_view fingerprint, std::string_view person) {
  return Ask(Repeat::kNever, "CertifyKey", &Workspace::CertifyKey, fingerprint, person);
}
absl::StatusOr<Receipt> RemoteWorkspace::RotateKey() {
  return Ask(Repeat::kNever, "RotateKey", &Workspace::RotateKey);
}
absl::StatusOr<Receipt> RemoteWorkspace::RevokeKey(std::string_view fingerprint, std::string_view reason) {
  return Ask(Repeat::kNever, "RevokeKey", &Workspace::RevokeKey, fingerprint, reason);
}
absl::StatusOr<std::vector<WorkingFileNote>> RemoteWorkspace::SyncWorkingFiles(
    const WorkingFileOptions& options) {
  return Ask(Repeat::kAllowed, "SyncWorkingFiles", &Workspace::SyncWorkingFiles, options);
}
absl::StatusOr<std::vector<WorkingFileNote>> RemoteWorkspace::FlushWorkingFile(const ArtifactId& artifact) {
  return Ask(Repeat::kAllowed, "FlushWorkingFile", &Workspace::FlushWorkingFile, artifact);
}
absl::StatusOr<std::vector<SealedFile>> RemoteWorkspace::Seal() {
  return Ask(Repeat::kAllowed, "Seal", &Workspace::Seal);
}
absl::Status RemoteWorkspace::MarkCommitted(std::string_view commit) {
  return Ask(Repeat::kAllowed, "MarkCommitted", &Workspace::MarkCommitted, commit);
}
absl::Status RemoteWorkspace::NoteCommit(std::string_view commit,
                                         std::span<const std::string> segment_paths) {
  return Ask(Repeat::kAllowed, "NoteCommit", &Workspace::NoteCommit, commit,
             std::vector<std::string>(segment_paths.begin(), segment_paths.end()));
}
absl::Status RemoteWorkspace::NoteBranch(std::string_view branch,
                                         std::span<const std::string> segment_paths) {
  absl::Status status = Ask(Repeat::kAllowed, "NoteBranch", &Workspace::NoteBranch, branch,
                            std::vector<std::string>(segment_paths.begin(), segment_paths.end()));
  ForgetFolded();
  return status;
}
absl::StatusOr<uint64_t> RemoteWorkspace::PackSegments(uint64_t least) {
  return Ask(Repeat::kAllowed, "PackSegments", &Workspace::PackSegments, least);
}
absl::StatusOr<Receipt> RemoteWorkspace::Redact(const EventId& event, std::string_view reason) {
  absl::StatusOr<Receipt> receipt = Ask(Repeat::kNever, "Redact", &Workspace::Redact, event, reason);
  ForgetFolded();
  return receipt;
}
absl::StatusOr<Receipt> RemoteWorkspace::AbsorbCommit(const ForeignChange& change) {
  return Ask(Repeat::kAllowed, "AbsorbCommit", &Workspace::AbsorbCommit, change);
}
absl::StatusOr<std::vector<WorkingFileNote>> RemoteWorkspace::FollowCommits(std::string_view commit) {
  auto notes = Ask(Repeat::kAllowed, "FollowCommits", &Workspace::FollowCommits, commit);
  ForgetFolded();
  return notes;
}
absl::Status RemoteWorkspace::ExportHistory(const std::filesystem::path& file) {
  return Ask(Repeat::kAllowed, "ExportHistory", &Workspace::ExportHistory, std::filesystem::absolute(file));
}
absl::Status RemoteWorkspace::ExpectSegments(std::string_view branch, std::string_view commit) {
  return Ask(Repeat::kAllowed, "ExpectSegments", &Workspace::ExpectSegments, branch, commit);
}
absl::StatusOr<uint64_t> RemoteWorkspace::ReceiveSegments() {
  return Ask(Repeat::kAllowed, "ReceiveSegments", &Workspace::ReceiveSegments);
}
std::string RemoteWorkspace::LogIncompleteBecause() const {
  return Ask(Repeat::kAllowed, "LogIncompleteBecause", &Workspace::LogIncompleteBecause);
}
absl::Status RemoteWorkspace::UpdateIndex() const {
  return Ask(Repeat::kAllowed, "UpdateIndex", &Workspace::UpdateIndex);
}
absl::Status RemoteWorkspace::Rebuild() {
  const absl::Status status = Ask(Repeat::kAllowed, "Rebuild", &Workspace::Rebuild);
  ForgetFolded();
  return status;
}

}  // namespace ameide::uaf::owner
