#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "uaf/store/blob_store.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/lifecycle_log.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/undo_history.h"
#include "uaf/store/workspace_files.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// The reading half of a workspace: a connection of its own that never writes, behind a mutex, and a few
/// documents kept folded. By itself it is a workspace that refuses every change.
class ReadingWorkspace : public Workspace {
 public:
  ReadingWorkspace(const WorkspaceOptions& options, std::string id, std::unique_ptr<Database> database,
                   std::string read_only_because);

  const std::filesystem::path& root() const override { return options_.root; }
  const std::string& id() const override { return id_; }
  std::string read_only_because() const override { return read_only_because_; }
  Actor actor() const override;
  void SetActor(Actor actor) override;

  absl::StatusOr<std::vector<Artifact>> Artifacts(bool with_retired) const override;
  absl::StatusOr<std::vector<Artifact>> ArtifactsAt(const Cut& cut) const override;
  absl::StatusOr<Artifact> FindArtifact(std::string_view path_or_id) const override;
  absl::StatusOr<document::Document> Load(const ArtifactId& artifact,
                                          const std::optional<Cut>& cut) const override;
  absl::StatusOr<LoadedDocument> LoadWithHead(const ArtifactId& artifact) const override;
  absl::StatusOr<std::string> Render(const ArtifactId& artifact,
                                     const std::optional<Cut>& cut) const override;
  absl::StatusOr<std::string> BlobRead(const Hash256& hash) const override;
  absl::StatusOr<std::vector<ChangeSetSummary>> Log(const LogQuery& query) const override;
  absl::StatusOr<ChangeSet> Show(const EventId& event) const override;
  absl::StatusOr<Cut> ResolveCut(std::string_view when) const override;
  absl::StatusOr<Cut> CurrentCut() const override;
  absl::StatusOr<Cut> CutAt(const EventId& event) const override;
  absl::StatusOr<std::vector<SearchHit>> Search(std::string_view text, size_t limit) const override;
  absl::StatusOr<std::vector<Reference>> ReferencesTo(const ArtifactId& artifact,
                                                      const NodeId& node) const override;
  absl::StatusOr<std::vector<Reference>> ReferencesTo(std::string_view element) const override;
  absl::StatusOr<std::vector<TimelineEntry>> Timeline(const TimelineQuery& query) const override;
  absl::StatusOr<std::vector<merge::Conflict>> Conflicts(
      const std::optional<ArtifactId>& artifact) const override;

  absl::StatusOr<std::string> CurrentBranch() const override;
  absl::StatusOr<std::vector<Branch>> Branches() const override;
  absl::StatusOr<Cut> BranchHead(std::string_view name) const override;
  absl::StatusOr<Receipt> StartBranch(const NewBranch& branch) override;
  absl::StatusOr<std::vector<WorkingFileNote>> SwitchBranch(std::string_view name) override;
  absl::StatusOr<Receipt> MergeBranch(std::string_view name) override;
  absl::StatusOr<Receipt> CloseBranch(std::string_view name, std::string_view reason) override;
  absl::StatusOr<std::vector<QuarantinedEvent>> Quarantined() const override;
  absl::StatusOr<Receipt> LiftQuarantine(const EventId& event) override;

  absl::StatusOr<Receipt> Submit(Command command) override;
  absl::StatusOr<std::vector<Receipt>> SubmitAll(std::vector<Command> commands) override;
  void SubmitAsync(Command command, SubmitDone done) override;
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
  absl::StatusOr<lifecycle::State> Lifecycle(const std::optional<Cut>& cut) const override;
  absl::StatusOr<std::vector<lifecycle::Reason>> WhatBlocks(const PromoteRequest& request) const override;
  absl::StatusOr<std::map<ArtifactId, std::vector<lifecycle::Reason>>> WhatBlocksPublishing(
      std::span<const ArtifactId> artifacts) const override;
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
  bool HasPendingWrites() const override;
  std::unique_ptr<Subscription> Subscribe(Observer observer) override;
  absl::StatusOr<std::vector<std::string>> MissingLogFiles() const override;
  absl::StatusOr<uint64_t> UnsealedEvents() const override;
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
  std::string LogIncompleteBecause() const override { return {}; }
  absl::Status UpdateIndex() const override { return absl::OkStatus(); }
  absl::StatusOr<std::vector<document::Finding>> Verify() const override;
  absl::Status Rebuild() override;

 protected:
  /// Folded documents, newest use first.
  struct Folded {
    ArtifactId artifact;
    std::optional<Cut> cut;
    EventId head;
    HybridTime time;  ///< of the head
    size_t events = 0;
    Cut heads;  ///< per stream the last event that is in it
    document::Document document;
    std::string blocked;
    int64_t view = 0;  ///< of the present: which one
  };
  absl::Status Refusal() const;
  /// The one open conflict whose key begins so.
  absl::StatusOr<merge::Conflict> FindConflict(std::string_view key) const;
  /// Swaps the connection after the owner had to reopen the store.
  void ReplaceDatabase(std::unique_ptr<Database> database);
  void ForgetFolded() const;

  WorkspaceOptions options_;
  WorkspaceLayout layout_;
  std::string id_;
  std::string read_only_because_;
  BlobStore blobs_;

  mutable std::mutex mutex_;  ///< guards all below, and the actor in `options_`
  std::unique_ptr<Database> database_;
  mutable EventReader reader_;
  mutable LifecycleLog lifecycle_;
  mutable std::list<Folded> folded_;
  struct Judged {
    EventId head;
    uint64_t events = 0;
    int64_t view = 0;
    std::vector<merge::Conflict> conflicts;
  };
  mutable std::map<ArtifactId, Judged> judged_;

 private:
  absl::StatusOr<const Folded*> Fold(const ArtifactId& artifact, const std::optional<Cut>& cut) const;
  absl::StatusOr<const Folded*> FoldPresent(const ArtifactId& artifact) const;
  absl::StatusOr<const Folded*> FoldAll(const ArtifactId& artifact, const std::optional<Cut>& cut) const;
  const Folded* Keep(Folded folded) const;
  /// The events that touch the node of a query; see ChangesOf.
  absl::StatusOr<std::vector<int64_t>> KeysOf(const std::optional<ArtifactId>& artifact,
                                              const NodeId& node) const;
  /// What merging says of one artifact now; remembered until it changes.
  absl::StatusOr<std::vector<merge::Conflict>> ConflictsOf(const Artifact& artifact) const;
  /// Those of edits beside approvals now, of one artifact or of all.
  absl::StatusOr<std::map<ArtifactId, std::vector<merge::Conflict>>> ApprovalConflictsOf(
      const std::optional<ArtifactId>& artifact) const;
  absl::StatusOr<Cut> CutOfRevision(std::string_view revision) const;
  /// The history of lifecycle events that ends with `cut`; valid until the next call.
  absl::StatusOr<lifecycle::History> LifecycleAt(const Cut& cut, const std::optional<Cut>& asked,
                                                 const ArtifactId* only = nullptr) const;
  absl::StatusOr<std::optional<Cut>> CutOfTag(std::string_view name) const;
  absl::StatusOr<std::optional<Cut>> CutOfBranch(std::string_view name) const;
};

}  // namespace ameide::uaf
