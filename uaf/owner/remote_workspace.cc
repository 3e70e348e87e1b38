#include "uaf/owner/remote_workspace.h"

#include <utility>

#include "absl/strings/str_cat.h"
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

absl::StatusOr<std::string> RemoteWorkspace::Exchange(std::string_view request) const {
  const std::scoped_lock lock(owner_mutex_);
  AMEIDE_RETURN_IF_ERROR(owner_->Send(request));
  return owner_->Receive(kLargestFrame);
}

template <typename Result, typename... Arguments>
Result RemoteWorkspace::Ask(std::string_view name, const Arguments&... arguments) const {
  ByteWriter request;
  request.String(name);
  Write(request, actor());
  (Write(request, static_cast<const KeptType<Arguments>&>(KeptType<Arguments>(arguments))), ...);
  const absl::StatusOr<std::string> reply = Exchange(request.bytes());
  if (!reply.ok()) {
    return Answer<Result>::Failed(absl::UnavailableError(
        absl::StrCat("the program that has ", root().string(), " open ended before it answered (",
                     reply.status().message(), "); look whether it was done, then try again")));
  }
  ByteReader in(*reply);
  return Answer<Result>::Read(in);
}

absl::StatusOr<Receipt> RemoteWorkspace::Submit(Command command) {
  return Ask<absl::StatusOr<Receipt>>("Submit", command);
}
void RemoteWorkspace::SubmitAsync(Command command, SubmitDone done) { done(Submit(std::move(command))); }
absl::StatusOr<std::vector<Receipt>> RemoteWorkspace::SubmitAll(std::vector<Command> commands) {
  return Ask<absl::StatusOr<std::vector<Receipt>>>("SubmitAll", commands);
}
absl::StatusOr<Receipt> RemoteWorkspace::StartBranch(const NewBranch& branch) {
  return Ask<absl::StatusOr<Receipt>>("StartBranch", branch);
}
absl::StatusOr<std::vector<WorkingFileNote>> RemoteWorkspace::SwitchBranch(std::string_view name) {
  return Ask<absl::StatusOr<std::vector<WorkingFileNote>>>("SwitchBranch", name);
}
absl::StatusOr<Receipt> RemoteWorkspace::MergeBranch(std::string_view name) {
  return Ask<absl::StatusOr<Receipt>>("MergeBranch", name);
}
absl::StatusOr<Receipt> RemoteWorkspace::CloseBranch(std::string_view name, std::string_view reason) {
  return Ask<absl::StatusOr<Receipt>>("CloseBranch", name, reason);
}
absl::StatusOr<Receipt> RemoteWorkspace::LiftQuarantine(const EventId& event) {
  return Ask<absl::StatusOr<Receipt>>("LiftQuarantine", event);
}
absl::StatusOr<Receipt> RemoteWorkspace::Import(const std::filesystem::path& path) {
  return Ask<absl::StatusOr<Receipt>>("Import", path);
}
absl::StatusOr<Receipt> RemoteWorkspace::Create(std::string_view path, std::string_view bytes,
                                                std::string_view label) {
  return Ask<absl::StatusOr<Receipt>>("Create", path, bytes, label);
}
absl::StatusOr<Receipt> RemoteWorkspace::Rename(const ArtifactId& artifact, std::string_view new_path) {
  return Ask<absl::StatusOr<Receipt>>("Rename", artifact, new_path);
}
absl::StatusOr<Receipt> RemoteWorkspace::Retire(const ArtifactId& artifact) {
  return Ask<absl::StatusOr<Receipt>>("Retire", artifact);
}
absl::StatusOr<Receipt> RemoteWorkspace::ResolveConflict(std::string_view key, const merge::Choice& choice) {
  return Ask<absl::StatusOr<Receipt>>("ResolveConflict", key, choice);
}
absl::StatusOr<UndoReceipt> RemoteWorkspace::Undo(const ArtifactId& artifact) {
  return Ask<absl::StatusOr<UndoReceipt>>("Undo", artifact);
}
absl::StatusOr<UndoReceipt> RemoteWorkspace::Redo(const ArtifactId& artifact) {
  return Ask<absl::StatusOr<UndoReceipt>>("Redo", artifact);
}
void RemoteWorkspace::UndoAsync(const ArtifactId& artifact, UndoDone done) { done(Undo(artifact)); }
void RemoteWorkspace::RedoAsync(const ArtifactId& artifact, UndoDone done) { done(Redo(artifact)); }
std::optional<std::string> RemoteWorkspace::CanUndo(const ArtifactId& artifact) const {
  return Ask<std::optional<std::string>>("CanUndo", artifact);
}
std::optional<std::string> RemoteWorkspace::CanRedo(const ArtifactId& artifact) const {
  return Ask<std::optional<std::string>>("CanRedo", artifact);
}
absl::StatusOr<Receipt> RemoteWorkspace::Record(RecordRequest request) {
  return Ask<absl::StatusOr<Receipt>>("Record", request);
}
absl::StatusOr<std::vector<Receipt>> RemoteWorkspace::RecordAll(std::vector<RecordRequest> requests) {
  return Ask<absl::StatusOr<std::vector<Receipt>>>("RecordAll", requests);
}
absl::StatusOr<Receipt> RemoteWorkspace::Approve(const ArtifactId& artifact, std::string_view purpose) {
  return Ask<absl::StatusOr<Receipt>>("Approve", artifact, purpose);
}
absl::StatusOr<Receipt> RemoteWorkspace::Promote(const PromoteRequest& request) {
  return Ask<absl::StatusOr<Receipt>>("Promote", request);
}
absl::StatusOr<Receipt> RemoteWorkspace::ApprovePolicy(std::string_view policy) {
  return Ask<absl::StatusOr<Receipt>>("ApprovePolicy", policy);
}
absl::StatusOr<Receipt> RemoteWorkspace::ChangePolicy(std::string_view policy) {
  return Ask<absl::StatusOr<Receipt>>("ChangePolicy", policy);
}
absl::StatusOr<Receipt> RemoteWorkspace::CertifyKey(std::string_view fingerprint, std::string_view person) {
  return Ask<absl::StatusOr<Receipt>>("CertifyKey", fingerprint, person);
}
absl::StatusOr<Receipt> RemoteWorkspace::RotateKey() { return Ask<absl::StatusOr<Receipt>>("RotateKey"); }
absl::StatusOr<Receipt> RemoteWorkspace::RevokeKey(std::string_view fingerprint, std::string_view reason) {
  return Ask<absl::StatusOr<Receipt>>("RevokeKey", fingerprint, reason);
}
absl::StatusOr<std::vector<WorkingFileNote>> RemoteWorkspace::SyncWorkingFiles(
    const WorkingFileOptions& options) {
  return Ask<absl::StatusOr<std::vector<WorkingFileNote>>>("SyncWorkingFiles", options);
}
absl::StatusOr<std::vector<WorkingFileNote>> RemoteWorkspace::FlushWorkingFile(const ArtifactId& artifact) {
  return Ask<absl::StatusOr<std::vector<WorkingFileNote>>>("FlushWorkingFile", artifact);
}
absl::StatusOr<std::vector<SealedFile>> RemoteWorkspace::Seal() {
  return Ask<absl::StatusOr<std::vector<SealedFile>>>("Seal");
}
absl::Status RemoteWorkspace::MarkCommitted(std::string_view commit) {
  return Ask<absl::Status>("MarkCommitted", commit);
}
absl::Status RemoteWorkspace::NoteCommit(std::string_view commit,
                                         std::span<const std::string> segment_paths) {
  return Ask<absl::Status>("NoteCommit", commit,
                           std::vector<std::string>(segment_paths.begin(), segment_paths.end()));
}
absl::StatusOr<uint64_t> RemoteWorkspace::PackSegments(uint64_t least) {
  return Ask<absl::StatusOr<uint64_t>>("PackSegments", least);
}
absl::StatusOr<Receipt> RemoteWorkspace::Redact(const EventId& event, std::string_view reason) {
  absl::StatusOr<Receipt> receipt = Ask<absl::StatusOr<Receipt>>("Redact", event, reason);
  ForgetFolded();
  return receipt;
}
absl::StatusOr<Receipt> RemoteWorkspace::AbsorbCommit(const ForeignChange& change) {
  return Ask<absl::StatusOr<Receipt>>("AbsorbCommit", change);
}
absl::Status RemoteWorkspace::ExportHistory(const std::filesystem::path& file) {
  return Ask<absl::Status>("ExportHistory", std::filesystem::absolute(file));
}
absl::StatusOr<uint64_t> RemoteWorkspace::ReceiveSegments() {
  return Ask<absl::StatusOr<uint64_t>>("ReceiveSegments");
}
std::string RemoteWorkspace::LogIncompleteBecause() const { return Ask<std::string>("LogIncompleteBecause"); }
absl::Status RemoteWorkspace::UpdateIndex() const { return Ask<absl::Status>("UpdateIndex"); }
absl::Status RemoteWorkspace::Rebuild() {
  const absl::Status status = Ask<absl::Status>("Rebuild");
  ForgetFolded();
  return status;
}

}  // namespace ameide::uaf::owner
