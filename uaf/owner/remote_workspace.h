#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/platform/local_socket.h"
#include "uaf/owner/wire.h"
#include "uaf/store/reading_workspace.h"

namespace ameide::uaf::owner {

/// A workspace that another program of the same user has open: reads the store itself, beside the owner, and
/// asks the owner for everything that changes something. Observers hear nothing; the owner's do.
///
/// Owners come and go: programs that do one thing own the workspace for a moment. A call that the owner did
/// not carry out because it ended goes to the next owner, which this program may become itself. A call whose
/// answer is lost, because the owner was killed, is repeated where that changes nothing more (see Repeat),
/// else it fails with UNAVAILABLE and may or may not have been carried out.
class RemoteWorkspace final : public ReadingWorkspace {
 public:
  /// FAILED_PRECONDITION when the owner is of another version.
  static absl::StatusOr<std::unique_ptr<LocalConnection>> Greet(const std::filesystem::path& socket);
  RemoteWorkspace(const WorkspaceOptions& options, std::string id, std::unique_ptr<Database> reader,
                  std::unique_ptr<LocalConnection> owner);

  ~RemoteWorkspace() override;

  std::string read_only_because() const override { return {}; }
  void SetActor(Actor actor) override;
  absl::StatusOr<Receipt> Submit(Command command) override;
  void SubmitAsync(Command command, SubmitDone done) override;
  absl::StatusOr<std::vector<Receipt>> SubmitAll(std::vector<Command> commands) override;
  absl::StatusOr<Receipt> StartBranch(const NewBranch& branch) override;
  absl::StatusOr<std::vector<WorkingFileNote>> SwitchBranch(std::string_view name) override;
  absl::StatusOr<Receipt> MergeBranch(std::string_view name) override;
  absl::StatusOr<Receipt> CloseBranch(std::string_view name, std::string_view reason) override;
  absl::StatusOr<Receipt> LiftQuarantine(const EventId& event) override;
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
  /// `options.ignored` does not travel: the owner asks its own (WorkspaceOptions::ignored).
  absl::StatusOr<std::vector<WorkingFileNote>> SyncWorkingFiles(const WorkingFileOptions& options) override;
  absl::StatusOr<std::vector<WorkingFileNote>> FlushWorkingFile(const ArtifactId& artifact) override;
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
  /// Whether a call may be sent again when nobody knows if it was carried out.
  enum class Repeat { kNever, kAllowed };
  /// Sends a call and gives what came back, from its status on; or none: this program owns the workspace by
  /// now, and nothing was carried out.
  absl::StatusOr<std::optional<std::string>> Exchange(std::string_view request, Repeat repeat) const;
  /// After the owner ended: finds the next one, or becomes it.
  absl::Status FindOwner() const;
  /// Asks for the method `name`; a lost answer comes as an error of the result where it can hold one, else as
  /// its default.
  template <typename Member, typename... Arguments>
  auto Ask(Repeat repeat, std::string_view name, Member member, const Arguments&... arguments) const;

  mutable std::mutex owner_mutex_;  ///< guards the two below
  mutable std::unique_ptr<LocalConnection> owner_;
  mutable std::unique_ptr<Workspace> own_;  ///< once this program is the owner; never changed again
};

}  // namespace ameide::uaf::owner
