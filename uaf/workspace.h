#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "uaf/document/document.h"
#include "uaf/document/format.h"
#include "uaf/lifecycle/gate.h"
#include "uaf/lifecycle/state.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/merge.h"

namespace ameide::uaf {

/// Who acts, and through which program ("ameide 0.1.0").
struct Actor {
  std::string name;
  std::string email;
  std::string tool;
};

/// Finds the log segments of a git revision, commit or branch: paths below the workspace
/// (".uaf/log/<stream>/<n>.seg", packs) in its tree. NOT_FOUND when it names nothing. Injected, because the
/// kernel knows no git.
using RevisionResolver = std::function<absl::StatusOr<std::vector<std::string>>(std::string_view revision)>;

/// What a folder has checked out, by those who keep its history for people (git).
struct CheckedOut {
  std::string branch;  ///< as the log calls it
  std::string commit;  ///< its name; empty: none yet
};

/// A file that a commit changed.
struct CommitFile {
  std::string path;                  ///< below the workspace
  std::optional<std::string> bytes;  ///< as the commit has it; nullopt: removed
  /// Nobody said anything by it: in a commit with several parents it is what git makes of theirs, or one of
  /// them has it so; in any commit, it came with a part of the log whose beginning the commit lacks.
  bool merged = false;
  /// Parts of the log that the commit has and that explain the file, paths below `.uaf`; until what lies
  /// before them has come, the file is read-only.
  std::vector<std::string> explained_by;
  /// Of a commit without a workspace: as its first parent has it; nullopt: it has none.
  std::optional<std::string> before;
};

/// A commit, as those who keep the folder's history for people know it.
struct MadeCommit {
  std::string id;
  std::vector<std::string> parents;
  std::string root;  ///< the history's first commit
  Author author;
  WallTime time;                  ///< the author's
  std::vector<std::string> log;   ///< files of the log that it has, at least the last one of each stream
  std::vector<CommitFile> files;  ///< that differ from its first parent's, the log left out
  bool in_workspace = true;       ///< false: it knows no workspace, being of a line beside the first that did
};

/// A file of the newest commit that knows no workspace yet.
struct CommittedFile {
  std::string bytes;
  std::string newest;  ///< the commit that is meant
  std::string commit;  ///< the newest one that changed it
  Author author;       ///< of that commit
  WallTime time;
  std::string root;  ///< the history's first commit
};

/// Visits the commits that lead to `commit`, it included, and that are not behind one that is `known`, oldest
/// first; stops at the first error.
using CommitWalk = std::function<absl::Status(const std::string& commit,
                                              const std::function<bool(const std::string&)>& known,
                                              const std::function<absl::Status(const MadeCommit&)>& visit)>;

/// Blobs of other branches, which git takes out of `.uaf/blobs` when it switches; relative to the workspace.
inline constexpr std::string_view kKeptBlobs = ".uaf/aside/blobs";

/// How a workspace is opened. The pointers must outlive the workspace.
struct WorkspaceOptions {
  std::filesystem::path root;  ///< the folder that holds (or gets) `.uaf`
  std::filesystem::path
      profile;  ///< the person's data folder (base/platform/paths.h), for keys and stream tokens
  Actor actor;
  const Clock* clock = nullptr;
  Random* random = nullptr;
  FileSystem* files = nullptr;
  /// The SQLite driver ("VFS") that reaches the same files as `files`, by the name that it is registered
  /// under. Empty: the default one, which belongs to the real file system.
  std::string database_driver;
  const document::FormatRegistry* formats = nullptr;
  RevisionResolver resolver;  ///< may be empty
  /// Which branch the files in the folder are of, so that the workspace follows when somebody else switched
  /// it; nullopt: no word about it. Asked on the store's thread when it is opened and before working files
  /// are synchronised. May be empty.
  std::function<std::optional<CheckedOut>()> checked_out;
  /// The commits that lead to what is checked out, for FollowCommits; asked on the store's thread. May be
  /// empty.
  CommitWalk commits;
  /// The file at a path of the workspace as it was committed before there was one; nullopt: there was none.
  /// Everybody who makes the same repository a workspace then begins its artifacts with the same events.
  /// Asked on the store's thread. May be empty.
  std::function<std::optional<CommittedFile>(std::string_view path)> committed_before;
  /// A folder that only this user may enter (0700), the same for all of their programs: the owner of the
  /// workspace listens there for the others. Empty: they are turned away.
  std::filesystem::path sockets;
  /// Paths that are none of our business (WorkingFileOptions::ignored), for callers that cannot say it
  /// themselves. May be empty.
  std::function<bool(std::string_view path)> ignored;

  /// Initialize only: the first commit's hash and the folder inside the repository, so that two people who
  /// initialize the same repository get the same workspace id. Empty: a random id.
  std::string root_commit;
  std::string folder_in_repository;

  /// A working file is written when its artifact was idle this long, or at latest after `longest_wait`.
  std::chrono::milliseconds idle_wait{1000};
  std::chrono::milliseconds longest_wait{10000};
};

/// One artifact as it is now.
struct Artifact {
  ArtifactId id;
  std::string path;    ///< relative, '/' between folders
  std::string format;  ///< "bpmn", "markdown", … "opaque"
  document::TreeKind kind = document::TreeKind::kOpaque;
  EventId head;  ///< the newest event of this artifact
  uint64_t events = 0;
  WallTime changed;
  Author changed_by;
  bool retired = false;
  bool pending_write = false;  ///< the working file is behind the store
  /// Not empty: why it cannot be changed ("holds an event of a newer version of Ameide …").
  std::string read_only_because;
};

/// A line of the history.
struct ChangeSetSummary {
  EventId id;
  ArtifactId artifact;  ///< empty for events of the workspace
  std::string path;     ///< the artifact's present path
  uint32_t kind = 0;
  std::string label;
  Author author;
  std::string tool;
  WallTime time;        ///< the author's wall time
  bool sealed = false;  ///< part of a signed segment
  std::string commit;   ///< the commit that took it, where this workspace made or saw it; else empty
};

/// The branch of every stream that names none.
inline constexpr std::string_view kMainBranch = "main";

/// One branch, as the log says it is: everybody who has the same events has the same branches.
struct Branch {
  std::string name;
  BranchKind kind = BranchKind::kBranch;
  std::string title;
  Author owner;  ///< who started it; empty for main, as is `started`
  WallTime started;
  Cut head;             ///< everything that belongs to its present state
  uint64_t ahead = 0;   ///< events that main has not
  uint64_t behind = 0;  ///< events of main that it has not
  bool closed = false;
  std::string closed_because;
  bool current = false;
};

/// A branch to be started.
struct NewBranch {
  std::string name;
  BranchKind kind = BranchKind::kBranch;
  std::string title;
  std::optional<Cut> from;  ///< nullopt: the current state
};

/// An event that is in the store and not believed yet, because its clock ran more than a day ahead when it
/// came; nor is what was built on it.
struct QuarantinedEvent {
  EventId event;
  WallTime claims;  ///< the time that it claims to be of
  Author author;
  std::string label;
  std::string branch;
  uint64_t count = 0;  ///< events that wait for it, in its stream
};

/// What Log lists: newest first.
struct LogQuery {
  std::optional<Cut> cut;  ///< nullopt: now, on the current branch
  std::optional<ArtifactId> artifact;
  std::optional<WallTime> since;  ///< inclusive
  std::optional<WallTime> until;  ///< exclusive
  std::string author;             ///< part of name or e-mail, any case; empty: everybody
  bool workspace_events = false;  ///< also keys and other events that belong to no artifact
  size_t limit = 1000;
  std::optional<EventId> after;  ///< paging: only what is listed behind this event
  /// With `artifact`: only events whose operations touch this node, or one that stands or ever stood below
  /// it.
  std::optional<NodeId> node;
};

/// What Timeline lists: newest first.
struct TimelineQuery {
  std::optional<ArtifactId> artifact;  ///< nullopt: the whole workspace
  std::optional<NodeId> node;          ///< with `artifact`: as in LogQuery
  std::optional<WallTime> since;       ///< inclusive
  std::optional<WallTime> until;       ///< exclusive
  std::string author;                  ///< as in LogQuery
  size_t limit = 100;                  ///< entries
  std::optional<EventId> after;        ///< paging: `newest` of the last entry of the page before
};

/// A session of work, or a milestone.
struct TimelineEntry {
  enum class Kind : uint8_t {
    kSession,      ///< changes of one author with less than 30 minutes between one and the next
    kRevision,     ///< a revision was tagged
    kReview,       ///< a review was requested or submitted
    kApproval,     ///< an approval was given
    kPromotion,    ///< a promotion was requested, took place or was refused
    kPublication,  ///< a bundle went out
    kBranch,       ///< a branch was started, merged or closed
  };
  /// An artifact that was changed in a session.
  struct Changed {
    ArtifactId artifact;
    std::string path;
    size_t changes = 0;
  };
  Kind kind = Kind::kSession;
  EventId newest;
  EventId oldest;
  WallTime begin;
  WallTime end;
  Author author;
  size_t changes = 0;
  std::vector<std::string> labels;   ///< of the changes, newest first, each once, the newest 20
  std::vector<Changed> artifacts;    ///< by number of changes, most first
  std::vector<std::string> commits;  ///< that took the changes, newest first
};

/// A typed command: what somebody wants to be recorded.
struct Command {
  ArtifactId artifact;
  std::string label;  ///< for people: "Rename task"; not empty
  /// Applied in order, all or none. Inserted nodes are numbered from ordinal 0 within the command; NodeIds
  /// with the empty EventId{} mean nodes that this command inserts.
  std::vector<document::Op> ops;
  /// A repeat with the same key returns the first receipt and records nothing. Empty: none.
  std::string idempotency_key;
  /// Refused with ABORTED when the artifact's newest event is another one.
  std::optional<EventId> expected_head;
  std::string intent = "edit";
  /// Consecutive commands with the same non-empty key are undone as one (typing in a field).
  std::string coalesce_key;
};

/// Something said about an artifact, or (with no artifact) about the workspace: RevisionTagged, CommentAdded,
/// CommentResolved, ReviewRequested, ReviewSubmitted, PromotionRequested, PromotionRefused, Published,
/// LinkAdded or LinkRemoved. Hashes in their cuts are filled in.
struct RecordRequest {
  ArtifactId artifact;
  std::string label;  ///< for people; empty: a fitting one
  EventBody body;
  std::string idempotency_key;           ///< as in Command
  std::optional<EventId> expected_head;  ///< as in Command; with an artifact only
  bool move_revision = false;            ///< a revision of that name may be another state until now
};

/// A wish to bring an artifact to another state of the policy.
struct PromoteRequest {
  ArtifactId artifact;
  std::string to;
  /// What the artifact's notation finds wrong with it, where the caller has looked.
  std::vector<document::Finding> findings;
};

/// What was recorded, durably.
struct Receipt {
  EventId event;
  WallTime time;
  bool repeated = false;  ///< the idempotency key was known
};

/// An undo or redo: the new event and what it did, with real NodeIds, so that an editor can follow.
struct UndoReceipt {
  Receipt receipt;
  std::string label;  ///< of what was undone or redone
  std::vector<document::Op> ops;
};

/// A document and the event it stands at.
struct LoadedDocument {
  document::Document document;
  EventId head;
};

/// A search hit.
struct SearchHit {
  /// Bytes of `excerpt`.
  struct Range {
    size_t begin = 0;
    size_t end = 0;
    auto operator<=>(const Range&) const = default;
  };
  ArtifactId artifact;
  std::string path;
  NodeId node;          ///< whose text matches
  std::string element;  ///< the id of the nearest element, itself first, that has an id; else empty
  std::string name;     ///< of that element; empty when it has none
  std::string type;     ///< of that element, else of the node: "userTask"
  std::string excerpt;
  std::vector<Range> marks;  ///< the words in the excerpt that were looked for
};

/// A place where an element is used: a value that names it, or a link.
struct Reference {
  ArtifactId artifact;
  std::string path;
  NodeId node;            ///< that names it; of a link: its other end, the document for a whole artifact
  std::string element;    ///< as in SearchHit
  std::string name;       ///< as in SearchHit
  std::string type;       ///< as in SearchHit
  std::string attribute;  ///< that names it; empty: the character data, or a link
  bool layout = false;    ///< only draws it
  std::optional<EventId> link;  ///< the event that made the link
  std::string link_type;
};

/// What became of one file in SyncWorkingFiles.
struct WorkingFileNote {
  enum class What {
    kWritten,    ///< the store's state was written
    kAbsorbed,   ///< an outside edit became a change set
    kCreated,    ///< a new file became an artifact
    kRenamed,    ///< an artifact's file was moved outside
    kRetired,    ///< an artifact's file was removed outside
    kKeptAside,  ///< could not be understood; `aside` holds its bytes, the store's state stands
    kFailed,     ///< an I/O error or refusal; nothing was changed
  };
  What what = What::kWritten;
  std::string path;
  std::optional<EventId> event;
  std::string aside;    ///< workspace-relative path of the copy
  std::string message;  ///< for people
};

/// Which files that are no artifacts yet SyncWorkingFiles takes in.
enum class NewFiles : uint8_t {
  kLeave,          ///< none
  kKnownNotation,  ///< those that a notation claims
  kAll,            ///< also opaque ones
};

/// What SyncWorkingFiles looks at.
struct WorkingFileOptions {
  NewFiles new_files = NewFiles::kLeave;
  /// True for paths (relative; folders end in '/') that are none of our business: what git ignores. May be
  /// empty. Hidden files and folders are always ignored.
  std::function<bool(std::string_view path)> ignored;
};

/// A file for git: path relative to the workspace.
struct SealedFile {
  std::string path;
  std::optional<std::string> bytes;  ///< nullopt: commits hold it, but it is there no more
};

/// Where a file of the log (`.uaf/log/<stream>/<n>.seg`, a pack) may be put whose place another file has: two
/// machines wrote one stream. ReceiveSegments puts it where it belongs. `log_path` itself when it is none.
std::string PlaceBeside(std::string_view log_path, std::string_view bytes);

/// A file of a commit that was made without us, of an artifact that the commit's first parent has.
struct ForeignChange {
  ArtifactId artifact;
  std::vector<EventId> base;  ///< the heads of the log of the commit's first parent, sorted by stream
  std::string commit;         ///< its name
  Author author;
  WallTime time;      ///< the author's
  std::string bytes;  ///< the artifact's file in it
};

/// What happened durably, told to observers: one or more events that became durable together.
struct EventGroup {
  std::vector<ChangeSetSummary> events;
  /// Artifacts whose present state became another one without an event of theirs: another branch became the
  /// current one, or was merged, or what waited to be believed was. Load them anew.
  std::vector<ArtifactId> moved;
};

/// One event-sourced workspace: a folder, its artifacts and their whole history (uaf.md).
///
/// Exactly one process may have it open for writing; it may be read by others at the same time. All functions
/// may be called from any thread. One thread inside owns the store: it takes commands in the order they come,
/// records many with one fsync, acknowledges after it, and writes working files when idle.
///
/// Errors: NOT_FOUND (no such artifact, event, workspace), FAILED_PRECONDITION (locked by another program,
/// read-only, nothing to undo), INVALID_ARGUMENT (operations that do not apply, unknown WHEN), ABORTED
/// (expected head), ALREADY_EXISTS (path taken), RESOURCE_EXHAUSTED (disk full, file too large, too much that
/// waits), DATA_LOSS (damage: run `ameide doctor`). Messages say what to do.
///
/// What waits for that thread is bounded: 16,384 commands, 64 MiB of them. Functions that return when it is
/// done wait for room; those that return at once (…Async) do not, and are refused where there is none.
class Workspace {
 public:
  /// Called after each durable group by the thread that recorded it, the store's or one that waits in Submit
  /// and its like, never by two at once; must not block nor call back into the workspace.
  using Observer = std::function<void(const EventGroup&)>;
  using SubmitDone = std::function<void(const absl::StatusOr<Receipt>&)>;
  using UndoDone = std::function<void(const absl::StatusOr<UndoReceipt>&)>;
  /// Ends a subscription when it is destroyed; may outlive the workspace.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  /// Makes the folder a workspace: `.uaf` with workspace.yaml, policy.yaml (asks for no approval),
  /// `.gitignore` and
  /// `.gitattributes` lines, a key in the profile when there is none. ALREADY_EXISTS when it is one. Does not
  /// open.
  static absl::Status Initialize(const WorkspaceOptions& options);
  /// Opens for writing. FAILED_PRECONDITION names the owner when another program has it open;
  /// PERMISSION_DENIED when the folder cannot be written (use OpenReadOnly). Takes in segments that are not
  /// in the store yet.
  static absl::StatusOr<std::unique_ptr<Workspace>> Open(const WorkspaceOptions& options);
  /// As Open; but when another program of this user has the workspace open, what changes something is done by
  /// that program (uaf/owner): the caller notices nothing but its speed, and that Subscribe stays silent.
  /// FAILED_PRECONDITION names an owner that cannot be reached.
  static absl::StatusOr<std::unique_ptr<Workspace>> OpenShared(const WorkspaceOptions& options);
  /// Opens for reading, also beside an owner. Every change is refused with FAILED_PRECONDITION. A store that
  /// is not there yet, as after `git clone`, is made first where the folder can be written.
  static absl::StatusOr<std::unique_ptr<Workspace>> OpenReadOnly(const WorkspaceOptions& options);
  /// For a store that is damaged: moves it into `.uaf/aside`, so that the next Open builds a new one from the
  /// log, and returns where it is. Edits that no commit held are then only in the working files, and in what
  /// was set aside. FAILED_PRECONDITION names the owner when another program has it open.
  static absl::StatusOr<std::filesystem::path> SetStoreAside(const WorkspaceOptions& options);
  /// Checks what lies in `.uaf` without opening the store: also of one that cannot be opened. Empty: all is
  /// well.
  static std::vector<document::Finding> VerifyFolder(const WorkspaceOptions& options);
  /// Makes `options.root` the workspace that a file of ExportHistory holds: the same id, artifacts and
  /// history. Everything is verified before anything is written. ALREADY_EXISTS when the folder is a
  /// workspace; DATA_LOSS names what is wrong with the file. Does not open.
  static absl::Status ImportHistory(const WorkspaceOptions& options, const std::filesystem::path& file);
  /// The nearest folder at or above `start` that is a workspace; NOT_FOUND says how to make one.
  static absl::StatusOr<std::filesystem::path> FindRoot(const std::filesystem::path& start);

  /// Writes pending working files and closes the store.
  virtual ~Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  virtual const std::filesystem::path& root() const = 0;
  virtual const std::string& id() const = 0;
  /// Not empty: why nothing can be changed here.
  virtual std::string read_only_because() const = 0;
  /// Who the next command is recorded for.
  virtual Actor actor() const = 0;
  /// Commands that are submitted from now on are recorded for `actor`.
  virtual void SetActor(Actor actor) = 0;

  // Reading.

  /// Artifacts by path; retired ones only on request.
  virtual absl::StatusOr<std::vector<Artifact>> Artifacts(bool with_retired = false) const = 0;
  /// Those that there were at a cut, by the paths that they had then; without those that were retired. What
  /// concerns working files is left out. Reads no content: O(artifacts), and a count of events each.
  virtual absl::StatusOr<std::vector<Artifact>> ArtifactsAt(const Cut& cut) const = 0;
  /// By id, unambiguous beginning of an id (at least 6 digits), or path relative to the root.
  virtual absl::StatusOr<Artifact> FindArtifact(std::string_view path_or_id) const = 0;
  /// The artifact as of a cut (default: now). An own copy.
  virtual absl::StatusOr<document::Document> Load(const ArtifactId& artifact,
                                                  const std::optional<Cut>& cut = std::nullopt) const = 0;
  /// The artifact now, and the event to expect as head in the next command.
  virtual absl::StatusOr<LoadedDocument> LoadWithHead(const ArtifactId& artifact) const = 0;
  /// The rendered bytes as of a cut; also of opaque artifacts.
  virtual absl::StatusOr<std::string> Render(const ArtifactId& artifact,
                                             const std::optional<Cut>& cut = std::nullopt) const = 0;
  virtual absl::StatusOr<std::string> BlobRead(const Hash256& hash) const = 0;
  /// Newest first.
  virtual absl::StatusOr<std::vector<ChangeSetSummary>> Log(const LogQuery& query) const = 0;
  /// `event` in full.
  virtual absl::StatusOr<ChangeSet> Show(const EventId& event) const = 0;
  /// WHEN: a time (RFC 3339 or a date; of the current branch), an event (`<stream>:<seq>`, or an unambiguous
  /// beginning of the stream), `now`, a revision's or a branch's name, a commit, or whatever git understands
  /// through the resolver. INVALID_ARGUMENT lists the forms.
  virtual absl::StatusOr<Cut> ResolveCut(std::string_view when) const = 0;
  /// Everything that belongs to the state now: the head of the current branch.
  virtual absl::StatusOr<Cut> CurrentCut() const = 0;
  /// The cut that ends with `event` in the order of folding: the state that a person saw right after it, on
  /// the current branch where it is part of that, else on its own.
  virtual absl::StatusOr<Cut> CutAt(const EventId& event) const = 0;
  /// Elements, comments and lines whose names, identifiers, attribute values and text hold all of the words,
  /// best first: that identifier exactly; words in the name, short names first; anywhere. The last word also
  /// counts as a beginning, unless white space follows it; others with a trailing `*`. Words in quotes must
  /// stand together. Case, accents and ways to write them do not matter (uaf/projection/words.h).
  /// INVALID_ARGUMENT when there is no word in it, or it is longer than 4,000 bytes.
  virtual absl::StatusOr<std::vector<SearchHit>> Search(std::string_view text, size_t limit = 100) const = 0;
  /// Where an element is used, in all artifacts: by values that name its id, and by links. An artifact that
  /// has an element of that id itself means its own, unless the value names the file.
  virtual absl::StatusOr<std::vector<Reference>> ReferencesTo(const ArtifactId& artifact,
                                                              const NodeId& node) const = 0;
  /// The same by what values hold: an id, or `path#id`; whatever element is meant.
  virtual absl::StatusOr<std::vector<Reference>> ReferencesTo(std::string_view element) const = 0;
  /// The history as people remember it: sessions of work and milestones.
  virtual absl::StatusOr<std::vector<TimelineEntry>> Timeline(const TimelineQuery& query) const = 0;

  // Branches. "Now", wherever no cut is given, is the current branch at its head.

  virtual absl::StatusOr<std::string> CurrentBranch() const = 0;
  /// Main first, then by name; closed ones too.
  virtual absl::StatusOr<std::vector<Branch>> Branches() const = 0;
  /// NOT_FOUND names the branches that there are.
  virtual absl::StatusOr<Cut> BranchHead(std::string_view name) const = 0;
  /// Begins a branch at the current state, or at `from`, and stays on the current one. INVALID_ARGUMENT for
  /// what git would not take as a name; ALREADY_EXISTS for an open branch of that name.
  virtual absl::StatusOr<Receipt> StartBranch(const NewBranch& branch) = 0;
  /// Makes another branch the current one: outside edits are absorbed first, then the working files follow.
  /// Own change sets that no commit holds stay where they were recorded. FAILED_PRECONDITION while files
  /// cannot be absorbed; nothing has moved then.
  virtual absl::StatusOr<std::vector<WorkingFileNote>> SwitchBranch(std::string_view name) = 0;
  /// Takes all that `name` holds into the current branch. FAILED_PRECONDITION when it has that already.
  virtual absl::StatusOr<Receipt> MergeBranch(std::string_view name) = 0;
  /// Nothing more is expected from the branch. Its events stay; it may be started again.
  virtual absl::StatusOr<Receipt> CloseBranch(std::string_view name, std::string_view reason) = 0;

  // Quarantine.

  /// The first event of each stream that is held.
  virtual absl::StatusOr<std::vector<QuarantinedEvent>> Quarantined() const = 0;
  /// Somebody vouches for `event`: it, and what comes before it in its stream, is believed here and wherever
  /// this word arrives. NOT_FOUND when it is not held.
  virtual absl::StatusOr<Receipt> LiftQuarantine(const EventId& event) = 0;

  // Merging.

  /// What concurrent edits disagree about and nobody has decided: of one artifact, or of all, by path; last
  /// artifacts on one path. An open conflict is no error: one side stands in the state.
  virtual absl::StatusOr<std::vector<merge::Conflict>> Conflicts(
      const std::optional<ArtifactId>& artifact = std::nullopt) const = 0;
  /// Decides the conflict whose key (64 hexadecimal digits) is or unambiguously begins with `key`. Of an edit
  /// beside an approval: the approval's side approves what is there now, as Approve does; the other one lets
  /// the approval lapse.
  /// INVALID_ARGUMENT says what can be chosen; NOT_FOUND when it is not open (any more).
  virtual absl::StatusOr<Receipt> ResolveConflict(std::string_view key, const merge::Choice& choice) = 0;

  // Changing. Each returns when it is durable.

  virtual absl::StatusOr<Receipt> Submit(Command command) = 0;
  /// As Submit, and returns at once; `done` is called on the store's thread and must not block. Where too
  /// much waits already, the command is refused with RESOURCE_EXHAUSTED, nothing of it recorded: `done` is
  /// called before this returns. Whoever produces commands faster than a disk takes them waits for some of
  /// them to be acknowledged, or calls Submit.
  virtual void SubmitAsync(Command command, SubmitDone done) = 0;
  /// Several commands, each for another artifact, as one: all are recorded or none, and they are undone as
  /// one. The first one's label stands for all of them.
  virtual absl::StatusOr<std::vector<Receipt>> SubmitAll(std::vector<Command> commands) = 0;
  /// A file of the workspace becomes an artifact; `path` relative to the root, or absolute below it.
  virtual absl::StatusOr<Receipt> Import(const std::filesystem::path& path) = 0;
  /// A new artifact from bytes; its file follows.
  virtual absl::StatusOr<Receipt> Create(std::string_view path, std::string_view bytes,
                                         std::string_view label) = 0;
  /// Also moves the working file.
  virtual absl::StatusOr<Receipt> Rename(const ArtifactId& artifact, std::string_view new_path) = 0;
  /// Also removes the working file. The history stays.
  virtual absl::StatusOr<Receipt> Retire(const ArtifactId& artifact) = 0;

  /// Takes back this workspace's newest own edit of the artifact that is not taken back yet.
  virtual absl::StatusOr<UndoReceipt> Undo(const ArtifactId& artifact) = 0;
  virtual absl::StatusOr<UndoReceipt> Redo(const ArtifactId& artifact) = 0;
  /// As Undo and Redo, and return at once, as SubmitAsync does.
  virtual void UndoAsync(const ArtifactId& artifact, UndoDone done) = 0;
  virtual void RedoAsync(const ArtifactId& artifact, UndoDone done) = 0;
  /// The label of what Undo or Redo would act on; nullopt when there is nothing.
  virtual std::optional<std::string> CanUndo(const ArtifactId& artifact) const = 0;
  virtual std::optional<std::string> CanRedo(const ArtifactId& artifact) const = 0;

  // Life of artifacts: revisions, comments, reviews, approvals, promotion, links, keys (uaf/lifecycle).

  /// All of it as of a cut (default: now).
  virtual absl::StatusOr<lifecycle::State> Lifecycle(const std::optional<Cut>& cut = std::nullopt) const = 0;
  /// What keeps an artifact from a state of the policy; empty: nothing.
  virtual absl::StatusOr<std::vector<lifecycle::Reason>> WhatBlocks(const PromoteRequest& request) const = 0;
  /// What keeps each of `artifacts` from being published: open conflicts, and the state that the policy asks
  /// for; only those with something in the way. What is wrong with their content, whoever compiles it tells.
  virtual absl::StatusOr<std::map<ArtifactId, std::vector<lifecycle::Reason>>> WhatBlocksPublishing(
      std::span<const ArtifactId> artifacts) const = 0;
  /// NOT_FOUND (no such comment, request, link, element), ALREADY_EXISTS (name taken), FAILED_PRECONDITION
  /// (not asked, settled already).
  virtual absl::StatusOr<Receipt> Record(RecordRequest request) = 0;
  /// As Record, of several things at once: all or none.
  virtual absl::StatusOr<std::vector<Receipt>> RecordAll(std::vector<RecordRequest> requests) = 0;
  /// Says, signed with this device's key, that the artifact as it is may reach the state `purpose`.
  /// FAILED_PRECONDITION when the policy would not count it, with the reason.
  virtual absl::StatusOr<Receipt> Approve(const ArtifactId& artifact, std::string_view purpose) = 0;
  /// FAILED_PRECONDITION with everything that WhatBlocks tells.
  virtual absl::StatusOr<Receipt> Promote(const PromoteRequest& request) = 0;
  /// Says, signed, that these bytes may become the policy. INVALID_ARGUMENT names the line.
  virtual absl::StatusOr<Receipt> ApprovePolicy(std::string_view policy) = 0;
  /// Puts the policy in force, and into policy.yaml. FAILED_PRECONDITION unless the approvals are there that
  /// the present one asks for.
  virtual absl::StatusOr<Receipt> ChangePolicy(std::string_view policy) = 0;
  /// Says, signed, that a key in the log is of `person` (empty: who added it). `fingerprint` may be its
  /// beginning.
  virtual absl::StatusOr<Receipt> CertifyKey(std::string_view fingerprint, std::string_view person) = 0;
  /// Makes a new key for this device, certified by the present one, which stays in the profile.
  /// FAILED_PRECONDITION when the present one is revoked, not certified, or named by the policy.
  virtual absl::StatusOr<Receipt> RotateKey() = 0;
  /// Says, signed, that a key is to be believed no longer.
  virtual absl::StatusOr<Receipt> RevokeKey(std::string_view fingerprint, std::string_view reason) = 0;

  // Working files.

  /// Absorbs what other programs did to the files, and writes what is pending. Problems with single files are
  /// notes.
  virtual absl::StatusOr<std::vector<WorkingFileNote>> SyncWorkingFiles(
      const WorkingFileOptions& options = {}) = 0;
  /// Writes one artifact's file now.
  virtual absl::StatusOr<std::vector<WorkingFileNote>> FlushWorkingFile(const ArtifactId& artifact) = 0;
  virtual bool HasPendingWrites() const = 0;

  /// Tells `observer` of each durable group from now on.
  virtual std::unique_ptr<Subscription> Subscribe(Observer observer) = 0;

  // Git's side.

  /// Files under `.uaf` that the current branch needs and that are not in the folder: segments, and where
  /// some are missing, blobs. A switch by git takes those out that only the other branch's commits hold.
  virtual absl::StatusOr<std::vector<std::string>> MissingLogFiles() const = 0;
  /// Number of events that no signed segment holds yet.
  virtual absl::StatusOr<uint64_t> UnsealedEvents() const = 0;
  /// Signs and writes a segment of all own events since the last one. Returns every `.uaf` file that no
  /// commit is known to hold (segments, blobs, keys, workspace files): write them into the next commit, then
  /// call MarkCommitted.
  virtual absl::StatusOr<std::vector<SealedFile>> Seal() = 0;
  /// Records that `commit` (made or received) holds everything that is sealed now.
  virtual absl::Status MarkCommitted(std::string_view commit) = 0;
  /// Records that `commit` holds the segments of these paths (`.uaf/log/<stream>/<n>.seg`, packs), and
  /// nothing else: that is how the history names the commit that brought an event. Oldest commit first;
  /// unknown segments are passed over.
  virtual absl::Status NoteCommit(std::string_view commit, std::span<const std::string> segment_paths) = 0;
  /// Records that a commit of `branch` holds the segments of these paths, and what comes before them: the
  /// branch has them from now on, also those that came with another branch's commits.
  virtual absl::Status NoteBranch(std::string_view branch, std::span<const std::string> segment_paths) = 0;
  /// Puts runs of at least `least` committed segments that this device signed into one pack each, and removes
  /// their files: the next Seal tells. Returns how many went.
  virtual absl::StatusOr<uint64_t> PackSegments(uint64_t least) = 0;
  /// Takes the values of `event` out of the log for good: of the store, of every segment here, and of the
  /// blobs that nothing else names. Its hash, its operations' kinds, nodes and places stay; empty values
  /// stand in their place. Everybody who takes in the event that records it, signed with this device's key,
  /// does the same. What commits, rendered files and other people's copies hold is not reached. Seals first.
  /// INVALID_ARGUMENT when it holds no values, FAILED_PRECONDITION when the policy does not let the actor
  /// redact; repeating it finishes what a crash left undone.
  virtual absl::StatusOr<Receipt> Redact(const EventId& event, std::string_view reason) = 0;
  /// Takes in what a commit by somebody who knows nothing of us did to an artifact: an event that everybody
  /// who has the commit derives alike, unsigned. Repeated, it says so and records nothing. INVALID_ARGUMENT
  /// when the file is no longer what the artifact is: it belongs aside. NOT_FOUND when the base is not all
  /// here.
  virtual absl::StatusOr<Receipt> AbsorbCommit(const ForeignChange& change) = 0;
  /// Takes in what the commits say that lead to `commit`, as far as no event says it: where somebody who
  /// knows nothing of us changed a file, or added one, everybody who has the commit derives the same event
  /// from it (AbsorbCommit). Their segments are to be here (ReceiveSegments); commits whose log is not all
  /// here wait. Happens by itself for what is checked out when the workspace is opened and before working
  /// files are synchronised. Notes tell what was taken in, and what could not be.
  virtual absl::StatusOr<std::vector<WorkingFileNote>> FollowCommits(std::string_view commit) = 0;
  /// Writes the whole history as one file: log, keys, blobs and settings. Seals first.
  virtual absl::Status ExportHistory(const std::filesystem::path& file) = 0;
  /// Says, before they are written there, that the segments which the folder gets next come with a commit of
  /// another branch than the one that is checked out. Remembered until ReceiveSegments has all of them, also
  /// when this program is killed before.
  virtual absl::Status ExpectSegments(std::string_view branch, std::string_view commit) = 0;
  /// Verifies and takes in segments under `.uaf/log` that the store does not hold; per stream the longest
  /// gap-free prefix. Returns the number of new events. DATA_LOSS names a damaged or forged segment; the ones
  /// before it are in. They come with what is checked out (WorkspaceOptions::checked_out), or as
  /// ExpectSegments says: what another branch's streams have in them is on that branch once a commit of it
  /// holds it, too (FollowCommits, NoteBranch).
  virtual absl::StatusOr<uint64_t> ReceiveSegments() = 0;
  /// Not empty: which part of the log under `.uaf/log` is missing or was refused, and what to do. Until it is
  /// there, files that differ from what was written here are neither taken for edits nor overwritten.
  virtual std::string LogIncompleteBecause() const = 0;

  // Care.

  /// Brings what Search, ReferencesTo, Timeline and Log look up in indexes to the present. They ask for it
  /// themselves; who reads beside an owner that cannot be asked finds what the indexes hold.
  virtual absl::Status UpdateIndex() const = 0;
  /// Checks database, chains, signatures, blobs, projections and rendering. Empty: all is well.
  virtual absl::StatusOr<std::vector<document::Finding>> Verify() const = 0;
  /// Drops and rebuilds every projection from the events.
  virtual absl::Status Rebuild() = 0;

 protected:
  Workspace() = default;
};

}  // namespace ameide::uaf
