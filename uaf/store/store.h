#pragma once

#include <atomic>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/blob_store.h"
#include "uaf/store/event_log.h"
#include "uaf/store/fold.h"
#include "uaf/store/lifecycle_log.h"
#include "uaf/store/profile.h"
#include "uaf/store/projections.h"
#include "uaf/store/replay.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/undo_history.h"
#include "uaf/store/workspace_files.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// The owner's side of a store: validates commands against live documents and records them. All of it lives
/// on one thread. Changes happen between Begin and Commit; several commands may share one transaction (group
/// commit).
///
/// A rejected command (its status is returned) has changed nothing and the transaction goes on. When the
/// database fails, `broken()` turns true: the caller then calls Abort, which forgets the whole transaction,
/// tells everybody in the group, and calls Mend, which opens the database anew.
class Store {
 public:
  static absl::StatusOr<std::unique_ptr<Store>> Open(const WorkspaceOptions& options,
                                                     const std::string& workspace);

  absl::Status Begin();
  /// Makes everything since Begin durable and returns it, in order.
  absl::StatusOr<std::vector<StoredEvent>> Commit();
  /// What is on its way to the disk.
  struct Committing {
    std::vector<StoredEvent> events;
    std::shared_ptr<std::atomic<bool>> durable;  ///< they are
  };
  /// While commits follow each other closely: what is recorded is deferred (Database), so that the next
  /// commands are judged while SQLite writes and the disk syncs those before them.
  void Defer(bool deferred) { database_->Defer(deferred); }
  /// As Commit, but only begins it; nobody may be told before Settle has returned. Deferred only.
  absl::StatusOr<Committing> BeginCommit();
  /// Waits for what was deferred. After an error the store is broken: what was recorded since is lost, and
  /// what was on its way is durable only where it says so.
  absl::Status Settle();
  /// Rolls back. A store that is broken stays so until Mend.
  void Abort();
  /// Opens a broken store anew; should that fail, what was open stays, and it stays broken. What this store
  /// gave a reference to is gone: never to be called in the middle of a piece of work, which may hold one.
  absl::Status Mend();
  /// Runs `change` (a Status or StatusOr) in a transaction of its own: commits when it succeeds and adds what
  /// was recorded to `events`, else aborts.
  template <typename Change>
  auto InTransaction(Change change, std::vector<StoredEvent>& events) -> decltype(change()) {
    if (absl::Status begun = Begin(); !begun.ok()) {
      Abort();
      return begun;
    }
    decltype(change()) result = change();
    if (result.ok()) {
      absl::StatusOr<std::vector<StoredEvent>> committed = Commit();
      if (committed.ok()) {
        events.insert(events.end(), std::make_move_iterator(committed->begin()),
                      std::make_move_iterator(committed->end()));
        return result;
      }
      result = committed.status();
    }
    Abort();
    return result;
  }
  bool broken() const { return broken_; }

  /// What is recorded beside the operations.
  struct EditTraits {
    UndoRole role = UndoRole::kNone;
    std::vector<EventId> reverts;
    std::string tool = {};               ///< empty: the actor's
    std::string batch = {};              ///< of edits of several artifacts that are one
    std::optional<EventId> origin = {};  ///< of an edit that travelled here: what it was first
    bool pass_over_failing = false;  ///< leave out operations that do not apply; count them in `passed_over`,
                                     ///< and those that only touch what is in the trash
  };
  struct Recorded {
    Receipt receipt;
    std::vector<document::Op> ops;  ///< as recorded; of undo and redo only
    size_t passed_over = 0;
  };
  absl::StatusOr<Recorded> Record(Command command, const EditTraits& traits);
  /// All or none; see Workspace::SubmitAll.
  absl::StatusOr<std::vector<Receipt>> RecordAll(std::vector<Command> commands);
  absl::StatusOr<UndoReceipt> UndoOrRedo(const ArtifactId& artifact, UndoRole role);
  /// Begins an artifact with `bytes` judged by the format for `path`.
  absl::StatusOr<Receipt> CreateArtifact(const std::string& path, std::string_view bytes,
                                         std::string_view label);
  /// Begins an artifact with a file that was committed before there was a workspace; nullopt when it had a
  /// beginning already, or its notation refuses the file.
  absl::StatusOr<std::optional<Receipt>> BeginCommitted(const std::string& path, const CommittedFile& file);
  absl::StatusOr<Receipt> RenameArtifact(const ArtifactId& artifact, const std::string& path,
                                         std::string_view label);
  absl::StatusOr<Receipt> RetireArtifact(const ArtifactId& artifact, std::string_view label);
  /// An event of any body; the caller has judged it. Valid until the next change.
  absl::StatusOr<const StoredEvent*> RecordBody(const ArtifactId& artifact, std::string_view label,
                                                EventBody body, std::string_view idempotency_key = {});
  /// Records a choice in an open conflict that is not about paths. INVALID_ARGUMENT says what can be chosen.
  absl::StatusOr<Receipt> ResolveConflict(const merge::Conflict& conflict, const merge::Choice& choice);
  /// Takes in a verified segment, projections included. What its events ask to be taken out of earlier ones
  /// is taken out; gives how many. `came_with`: the branch whose commit it came with, where that counts.
  absl::StatusOr<size_t> TakeSegment(const Segment& segment, const std::optional<std::string>& came_with);
  /// The events of `tail.base` behind `tail.after` are called after `tail` from here on
  /// (EventLog::RenameTail): who recorded them here goes on in a stream of its own. Everything that follows
  /// from the log is built anew. In the caller's transaction.
  absl::Status RenameTail(const Tail& tail);
  /// Takes in a derived event, projections included. Without effect when it is here.
  absl::Status TakeDerived(const ChangeSet& change_set);
  /// The artifact's document is folded anew when it is needed.
  void ForgetLive(const ArtifactId& artifact) { live_.erase(artifact); }

  // Branches (store_branches.cc). Each in the caller's transaction; when one fails, the caller aborts.

  /// Records the beginning of a branch on a new own stream, and stays where it is.
  absl::StatusOr<Receipt> StartBranch(const NewBranch& branch);
  /// Makes `branch` the current one. Working files are the caller's.
  absl::Status SwitchTo(const std::string& branch);
  /// The stream that this profile may continue on a branch; nullopt when it has none there.
  std::optional<StreamId> StreamOn(const std::string& branch) const;
  absl::StatusOr<Receipt> MergeBranch(const std::string& name);
  /// A commit that holds `cut` was checked out on the current branch (EventGraph::Follow). Also takes what
  /// was derived for another branch out of what is "now".
  absl::Status Follow(const Cut& cut);
  /// The same for any branch.
  absl::Status Follow(const std::string& branch, const Cut& cut);
  /// Nothing more is to be derived from this commit, which holds `cut`, and is on the current branch.
  absl::Status NoteFollowed(const std::string& commit, const Cut& cut);
  absl::StatusOr<Receipt> CloseBranch(const std::string& name, const std::string& reason);
  absl::StatusOr<Receipt> LiftQuarantine(const EventId& event);
  /// Lets held events go whose time has come. True when what is "now" changed.
  absl::StatusOr<bool> ReleaseDue();
  const std::vector<ArtifactId>& moved() const { return moved_; }
  /// Artifacts whose state moved without an event of theirs, since the last call.
  std::vector<ArtifactId> TakeMoved() { return {std::exchange(moved_, {})}; }

  /// The live document; valid until the next change. FAILED_PRECONDITION when the artifact is blocked.
  absl::StatusOr<const document::Document*> Live(const ArtifactId& artifact);
  /// The artifact, if it may be changed. Valid until the next change.
  absl::StatusOr<const ArtifactState*> FindLiveArtifact(const ArtifactId& artifact);
  /// The state that had arrived up to `arrival` of what was "now" in `view`.
  absl::StatusOr<document::Document> StateAt(const ArtifactId& artifact, int64_t arrival, int64_t view);
  /// Keeps the artifact's state when a snapshot is due, in a transaction of its own.
  absl::Status SnapshotIfDue(const ArtifactId& artifact);
  /// Keeps the first past state that is too far from any snapshot, in a transaction of its own. False: there
  /// is none.
  absl::StatusOr<bool> FillSnapshots(const ArtifactId& artifact);
  /// The undo history of an artifact of the own stream.
  absl::StatusOr<const UndoHistory*> History(const ArtifactId& artifact);
  /// Arrival number of the artifact's newest event.
  absl::StatusOr<int64_t> ArrivalOf(const ArtifactId& artifact);

  /// Notes in the profile how far the own stream is, so that an older copy of the store will not continue it.
  absl::Status WriteStreamToken();

  Database& database() { return *database_; }
  EventLog& log() { return *log_; }
  BlobStore& blobs() { return blobs_; }
  ArtifactProjection& projection() { return *projection_; }
  LifecycleLog& lifecycle() { return lifecycle_; }
  const WorkspaceOptions& options() const { return options_; }
  void SetActor(Actor actor) { options_.actor = std::move(actor); }
  /// Gives the actor until now.
  Actor ExchangeActor(Actor actor) { return std::exchange(options_.actor, std::move(actor)); }
  const std::string& workspace() const { return workspace_; }
  const WorkspaceLayout& layout() const { return layout_; }
  /// Notes `status` as a failure of the database when it is one, and hands it through.
  absl::Status Noted(absl::Status status);

 private:
  struct LiveArtifact {
    std::optional<document::Document> document;
    std::optional<UndoHistory> history;
    std::map<EventId, std::vector<document::Op>> inverses;  ///< of this session's edits
    bool one_stream = false;                                ///< nobody else ever wrote it
  };

  Store(const WorkspaceOptions& options, std::string workspace)
      : options_(options),
        workspace_(std::move(workspace)),
        layout_(options.root),
        blobs_(layout_.blobs, options.files),
        lifecycle_(workspace_, &layout_, options.files) {}
  /// DATA_LOSS when what lies in the store's place cannot be one.
  absl::Status CheckStoreFile() const;
  /// Opens the database anew. When that fails, what was open stays, and `broken()`.
  absl::Status OpenDatabase();
  absl::Status OpenParts();
  /// The stream that this profile may continue on a branch, or a new one.
  absl::StatusOr<StreamId> ChooseStream(const std::string& branch);
  absl::Status StartOwnStream();
  absl::Status SetBranch(const StreamId& stream, const std::string& branch);
  StreamTokenFile TokenFile(const std::string& branch) const;
  /// Makes `next` what is "now" in place of `before`: views, projections, live documents. `all_before` is
  /// what the store held before events came in.
  absl::Status MoveView(const Cut& before, const Cut& all_before, const Cut& next);
  absl::Status MoveArtifacts(const std::set<int64_t>& moved);
  /// Artifacts with events that are held, on whatever branch.
  absl::StatusOr<std::vector<ArtifactId>> HeldArtifacts(const Cut& everything);
  absl::StatusOr<Receipt> RecordOfWorkspace(std::string_view label, EventBody body);
  /// What folding reads from.
  ReplaySource Source();
  absl::StatusOr<LiveArtifact*> LoadLive(const ArtifactId& artifact);
  absl::StatusOr<const StoredEvent*> AppendEvent(const ArtifactId& artifact, std::string_view label,
                                                 EventBody body, std::string_view tool,
                                                 std::string_view idempotency_key);
  absl::Status CheckCommand(const Command& command);
  absl::Status ApplyOps(LiveArtifact& live, std::vector<document::Op>& ops, const EventId& id,
                        const EditTraits& traits, std::vector<document::Op>& inverse, size_t& passed_over);
  /// The operations of `groups`, the last group first.
  static std::vector<document::Op> Reversed(std::vector<std::vector<document::Op>> groups);
  absl::Status CheckPathFree(const std::string& path, const ArtifactId* except);
  /// The own events of a batch, oldest first.
  absl::StatusOr<std::vector<StoredEvent>> EventsOfBatch(const EventId& member, const std::string& batch);
  /// Records all of `commands`, or nothing of them. `traits` are one each, or one for all.
  absl::StatusOr<std::vector<Recorded>> RecordTogether(std::vector<Command> commands,
                                                       std::vector<EditTraits> traits);
  /// Takes back the own retirement of an artifact.
  absl::StatusOr<UndoReceipt> BringBack(const ArtifactId& id, const ArtifactState& artifact);
  absl::StatusOr<UndoReceipt> UndoOrRedoBatch(const ArtifactId& artifact, const UndoHistory::Unit& unit,
                                              UndoRole role);
  absl::StatusOr<std::vector<document::Op>> InverseOf(const ArtifactId& artifact,
                                                      const std::vector<EventId>& events);
  /// Of the first of `events`, which grow along one stream, and of those behind it that follow from the same
  /// state: one each.
  absl::StatusOr<std::vector<std::vector<document::Op>>> InversesFrom(const ArtifactId& artifact,
                                                                      std::span<const EventId> events,
                                                                      bool one_stream);
  /// Applies a recorded change set to the state before it; gives what takes it back.
  absl::StatusOr<std::vector<document::Op>> ApplyForInverse(const ChangeSet& change_set,
                                                            document::Document& document);
  /// FAILED_PRECONDITION, naming who, when `inverse` would take back what somebody else said that the undone
  /// events had not seen.
  absl::Status CheckNobodyElse(const ArtifactId& artifact, const UndoHistory::Unit& unit,
                               std::span<const document::Op> inverse);
  /// What makes the artifact into the side that does not stand of a conflict about whole files, where
  /// `choice` means that one; empty: it means something else.
  absl::StatusOr<std::vector<document::Op>> OtherFile(const merge::Conflict& conflict,
                                                      const merge::Choice& choice);
  absl::StatusOr<Receipt> ResolveFate(const merge::Conflict& conflict, const merge::Choice& choice);

  WorkspaceOptions options_;
  std::string workspace_;
  WorkspaceLayout layout_;
  BlobStore blobs_;
  LifecycleLog lifecycle_;
  const BlobSource blob_source_ = [this](const Hash256& hash) { return blobs_.Get(hash); };
  std::unique_ptr<Database> database_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<ArtifactProjection> projection_;
  std::map<ArtifactId, LiveArtifact> live_;
  std::vector<StoredEvent> uncommitted_;
  std::vector<ArtifactId> moved_;
  bool broken_ = false;
};

}  // namespace ameide::uaf
