#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "sync/git/repository.h"
#include "uaf/workspace.h"

/// Moves a workspace's history and rendered files through git (uaf.md, In git and Sync). Every step may be
/// killed at any point: the next call finds a consistent state and goes on. Functions that take a folder need
/// no open workspace and may be used beside its owner. They block on disk and network: not for a UI thread.
namespace ameide::sync {

/// Who acts in `folder`: git's author there, else the account's name with no e-mail.
uaf::Actor ActorFor(const std::filesystem::path& folder, std::string_view tool);

/// What Initialize found or made.
struct InitReport {
  std::filesystem::path root;
  bool made_repository = false;  ///< false: the folder was in one already
};

/// Makes `options.root` a workspace, in a git repository of its own where it is in none. Fills
/// `options.root_commit` and `options.folder_in_repository`. ALREADY_EXISTS when it is a workspace.
absl::StatusOr<InitReport> Initialize(uaf::WorkspaceOptions options);

/// What Clone brought.
struct CloneReport {
  std::filesystem::path folder;
  bool is_workspace = false;  ///< false: nobody made it one yet
};

/// Copies a repository. Open the workspace afterwards and hand it to TakeInClone.
absl::StatusOr<CloneReport> Clone(const std::string& url, const std::filesystem::path& folder,
                                  const git::Transfer& transfer);

/// Takes a fresh clone's history into its store (signatures are checked) and notes which commit brought what.
absl::Status TakeInClone(uaf::Workspace& workspace);

/// Finds segments in commits for `uaf::WorkspaceOptions::resolver`.
uaf::RevisionResolver ResolverFor(const std::filesystem::path& root);

/// What git ignores, for `uaf::WorkingFileOptions::ignored`. To be called by one thread at a time.
std::function<bool(std::string_view path)> IgnoredBy(const std::filesystem::path& root);

/// Where a workspace stands towards git. Paths are relative to the workspace.
struct StatusReport {
  std::optional<std::string> branch;  ///< nullopt: on no branch
  std::optional<git::CommitId> head;  ///< nullopt: no commit yet
  std::optional<std::string> remote;  ///< name; nullopt: none
  std::string remote_url;             ///< without credentials
  /// Towards the remote's branch as of the last fetch; nullopt when it has none.
  std::optional<git::AheadBehind> apart;
  /// Files that differ from the last commit; those under `.uaf` left out.
  std::vector<git::ChangedPath> changes;
  /// Paths of artifacts whose file is behind the store.
  std::vector<std::string> pending;
  /// Streams that two copies of one workspace wrote (a fork): their tails have folders of their own.
  std::vector<std::string> forked;
  uint64_t unsealed_events = 0;  ///< recorded here, in no commit
};
/// How the workspace stands towards its last commit and its remote. Local only: asks no remote. NOT_FOUND
/// when there is no repository.
absl::StatusOr<StatusReport> GetStatus(const uaf::Workspace& workspace);
/// As above without what only the store knows.
absl::StatusOr<StatusReport> GetStatus(const std::filesystem::path& root);

/// How a commit is made.
struct CommitOptions {
  std::string message;
  std::optional<git::Identity> author;  ///< instead of git's
  const Clock* clock = nullptr;
};

/// What a commit holds.
struct CommitReport {
  std::optional<git::CommitId> commit;  ///< nullopt: nothing had changed
  std::vector<git::ChangedPath> files;  ///< relative to the workspace; those under `.uaf` left out
  size_t log_files = 0;                 ///< segments, blobs, keys
  std::vector<uaf::WorkingFileNote> notes;
};

/// Absorbs new, changed and removed files, seals the log, and makes one commit of rendered files, signed
/// segment, blobs and keys. FAILED_PRECONDITION with what to set when nobody is known as author.
absl::StatusOr<CommitReport> Commit(uaf::Workspace& workspace, const CommitOptions& options);

/// Brings what the remote has, without moving anything here. Returns the remote's name.
absl::StatusOr<std::string> Fetch(const std::filesystem::path& root, const git::Transfer& transfer);

/// What a pull brought.
struct PullReport {
  std::string remote;
  std::optional<git::CommitId> from;
  git::CommitId to;
  bool merged = false;                  ///< both sides had commits: `to` is a new one that has both
  uint64_t events = 0;                  ///< change sets taken in
  std::vector<git::ChangedPath> files;  ///< relative to the workspace; those under `.uaf` left out
  std::vector<uaf::WorkingFileNote> notes;
};

/// Fetches, takes in the new segments (verified before anything moves), derives what commits by people who
/// know nothing of us say, and fast-forwards. Where both sides have commits of their own it makes a commit of
/// both: the logs united, artifacts as these give them, other files as git merges them. FAILED_PRECONDITION
/// when uncommitted changes and new commits touch the same artifact, or when there is anything uncommitted
/// and something to merge, or files that git cannot merge; then nothing has moved.
absl::StatusOr<PullReport> Pull(uaf::Workspace& workspace, const git::Transfer& transfer);

/// Sends the branch's commits. Returns the remote's name. FAILED_PRECONDITION when the remote has more.
absl::StatusOr<std::string> Push(const std::filesystem::path& root, const git::Transfer& transfer);

/// What a sync did.
struct SyncReport {
  std::string remote;
  std::vector<git::CommitId> commits;   ///< made of what was recorded here, oldest first
  std::vector<git::ChangedPath> sent;   ///< files of these
  uint64_t events = 0;                  ///< change sets taken in
  std::vector<git::ChangedPath> files;  ///< that came
  std::optional<git::CommitId> head;    ///< where both sides are now
  bool pushed = false;                  ///< the remote lacked something
  std::vector<uaf::WorkingFileNote> notes;
};

/// Brings both sides to the same: absorbs and commits, fetches, takes in what came (see Pull), and pushes.
/// Starts again, some times, when the remote moved meanwhile (UNAVAILABLE when it never stands still). Killed
/// anywhere, the next one goes on.
absl::StatusOr<SyncReport> Sync(uaf::Workspace& workspace, const CommitOptions& options,
                                const git::Transfer& transfer);

/// Commits of the current branch, newest first; with `paths` (relative to the workspace) only those that
/// changed one.
absl::StatusOr<std::vector<git::CommitSummary>> History(const std::filesystem::path& root,
                                                        std::span<const std::string> paths, size_t limit);

}  // namespace ameide::sync
