#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"

struct git_repository;

namespace ameide::sync::git {

class WriteMark;

/// Names one commit: 40 lower-case hexadecimal digits.
struct CommitId {
  std::string hex;
  auto operator<=>(const CommitId&) const = default;
};

/// Who git says somebody is.
struct Identity {
  std::string name;
  std::string email;
  auto operator<=>(const Identity&) const = default;
};

/// Who git says that this account is, where no repository says otherwise; fields that nobody has set are
/// empty.
Identity AccountIdentity();

/// What people read about one commit.
struct CommitSummary {
  CommitId id;
  std::vector<CommitId> parents;
  Identity author;
  WallTime time{};
  std::string message;
};

/// What became of a file from one tree to the other.
enum class PathChange : uint8_t { kAdded, kModified, kRemoved };

/// A file that differs between two trees, or between a tree and the working folder. Paths are relative to the
/// repository's working folder, with '/'.
struct ChangedPath {
  std::string path;
  PathChange change = PathChange::kModified;
  auto operator<=>(const ChangedPath&) const = default;
};

/// One file of a commit that is about to be made; `bytes` nullopt removes it.
struct StagedFile {
  std::string path;
  std::optional<std::string> bytes;
};

/// A file as a commit has it.
struct CommittedFile {
  std::string bytes;
  bool executable = false;  ///< there is the permission to run it
};

/// How far a branch and what it follows have grown apart.
struct AheadBehind {
  size_t ahead = 0;
  size_t behind = 0;
};

/// How far a long step is. `total` is 0 while unknown.
struct Progress {
  std::string_view phase;  ///< "Receiving objects", "Writing objects", "Checking out"
  uint64_t done = 0;
  uint64_t total = 0;
};

/// What a transfer over the network may do with its caller.
struct Transfer {
  /// Called on the calling thread, at most some times a second; may be empty.
  std::function<void(const Progress&)> progress;
  /// Ends the transfer with CANCELLED; the repository stays as it was.
  std::stop_token cancel;
  /// Whether the git program may ask for a password on the terminal. Otherwise only credential helpers and
  /// agents answer.
  bool may_prompt = false;
};

/// A git repository with a working folder: a thin, honest wrapper over libgit2 (the only one). Every path is
/// relative to the working folder. One thread at a time. Errors carry git's own reason; credentials are taken
/// out of them.
class Repository {
 public:
  /// The repository whose working folder is `folder` or the nearest one above it. NOT_FOUND when there is
  /// none, FAILED_PRECONDITION when it is bare or belongs to another user.
  static absl::StatusOr<Repository> Open(const std::filesystem::path& folder);
  /// Makes a repository in `folder` (created where missing). Its first branch is what the user's
  /// configuration says (init.defaultBranch), else `main`.
  static absl::StatusOr<Repository> Create(const std::filesystem::path& folder);
  /// Copies `url` into `folder`, which must be missing or empty. Works in a folder beside it that is renamed
  /// at the end, so that a clone that was killed leaves no half repository under the wanted name.
  static absl::StatusOr<Repository> Clone(const std::string& url, const std::filesystem::path& folder,
                                          const Transfer& transfer);

  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  /// The working folder, absolute, without a slash at the end.
  std::filesystem::path folder() const;
  /// The folder that git keeps its data in (`.git`, or that of a worktree).
  std::filesystem::path git_folder() const;

  // Configuration.
  /// Author by GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL, else user.name and user.email. FAILED_PRECONDITION,
  /// saying what to set, when there is none.
  absl::StatusOr<Identity> Author() const;
  std::optional<std::string> Config(const std::string& key) const;
  /// Sets a value for this repository alone.
  absl::Status SetConfig(const std::string& key, const std::string& value);

  // Reading.
  /// The commit that HEAD is at; nullopt before the first one.
  absl::StatusOr<std::optional<CommitId>> Head() const;
  /// The branch that HEAD is on, also before its first commit; nullopt when HEAD is detached.
  absl::StatusOr<std::optional<std::string>> Branch() const;
  /// Local branches, sorted.
  absl::StatusOr<std::vector<std::string>> Branches() const;
  /// The newest commit of a local branch; nullopt when there is no such branch.
  absl::StatusOr<std::optional<CommitId>> BranchHead(const std::string& branch) const;
  /// Commits that branches, remote branches and HEAD are at or were at as far as git remembers (reflogs),
  /// each once, the present ones first; at most `limit`. What a reset or a rebase dropped is among them until
  /// git forgets it.
  absl::StatusOr<std::vector<CommitId>> Remembered(size_t limit) const;
  /// The branch that people begin with: what the remote says, else one of the usual names, else the only one.
  absl::StatusOr<std::string> MainBranch() const;
  /// A commit by any name that git understands (id or its beginning, branch, tag, HEAD~2). NOT_FOUND
  /// otherwise.
  absl::StatusOr<CommitId> Resolve(const std::string& name) const;
  absl::StatusOr<CommitSummary> Summary(const CommitId& commit) const;
  /// A file as a commit has it. NOT_FOUND when it has none of that name.
  absl::StatusOr<std::string> ReadFile(const CommitId& commit, const std::string& path) const;
  /// The same with its mode.
  absl::StatusOr<CommittedFile> FindFile(const CommitId& commit, const std::string& path) const;
  /// Whether a commit has a file of that name that is neither a symbolic link nor a submodule.
  absl::StatusOr<bool> IsPlainFile(const CommitId& commit, const std::string& path) const;
  /// All files of a commit below `folder` ("" for all), sorted.
  absl::StatusOr<std::vector<std::string>> ListFiles(const CommitId& commit, const std::string& folder) const;
  /// What changed from one commit to another; `from` nullopt is the empty tree. Below `folder` only ("" for
  /// all).
  absl::StatusOr<std::vector<ChangedPath>> Changes(const std::optional<CommitId>& from, const CommitId& to,
                                                   const std::string& folder) const;
  /// How the working folder differs from HEAD below `folder` ("" for all), ignored files left out.
  absl::StatusOr<std::vector<ChangedPath>> WorkingChanges(const std::string& folder) const;
  /// Commits reachable from `from`, newest first, at most `limit`; with `paths` only those that changed one
  /// of them against their first parent.
  absl::StatusOr<std::vector<CommitSummary>> History(const CommitId& from, std::span<const std::string> paths,
                                                     size_t limit) const;
  /// Of a commit with two parents, the files that git makes so of theirs, or that one of them has so. Empty
  /// for other commits.
  absl::StatusOr<std::set<std::string>> MergedByGit(const CommitId& commit) const;
  /// Whether git ignores this path.
  absl::StatusOr<bool> Ignored(const std::string& path) const;
  /// Whether `ancestor` is `commit` or reachable from it.
  absl::StatusOr<bool> Reaches(const CommitId& commit, const CommitId& ancestor) const;
  absl::StatusOr<AheadBehind> Compare(const CommitId& local, const CommitId& upstream) const;

  /// FAILED_PRECONDITION while git is in the middle of a merge, rebase or the like.
  absl::Status CheckAtRest() const;

  // Writing.
  /// Puts exactly `files` on top of HEAD's tree in one commit of the current branch, whatever else the index
  /// holds (which stays). File modes of existing entries are kept. Synced to disk when it returns. ABORTED
  /// when somebody else moved the branch meanwhile; FAILED_PRECONDITION on a detached HEAD or during a merge
  /// or rebase.
  absl::StatusOr<CommitId> Commit(std::span<const StagedFile> files, const Identity& author, WallTime time,
                                  const std::string& message);
  /// Makes a commit of HEAD and `other` as its parents: git's own merge of the two with `files` in place of
  /// what that makes of them. Nothing moves; FastForward does. FAILED_PRECONDITION with the files that git
  /// cannot merge and `files` does not give.
  absl::StatusOr<CommitId> MergeCommit(const CommitId& other, std::span<const StagedFile> files,
                                       const Identity& author, WallTime time, const std::string& message);
  /// Brings these files of the working folder to what `commit` has (nullopt: nothing), each atomically and
  /// synced to disk, in the order given; those that are so already are not touched. HEAD and index stay.
  /// DATA_LOSS, with nothing written, where a file of `commit` leads out of the folder or into git's own
  /// files.
  absl::Status WriteOut(const std::optional<CommitId>& commit, std::span<const std::string> paths);
  /// Moves the current branch and the working folder from HEAD to `target`, a descendant, but for the paths
  /// that `left_alone` names, which the caller has written. FAILED_PRECONDITION with the files in the way
  /// when some were changed here; then nothing has moved.
  absl::Status FastForward(const CommitId& target,
                           const std::function<bool(const std::string&)>& left_alone = {});

  /// ALREADY_EXISTS when there is such a branch.
  absl::Status CreateBranch(const std::string& branch, const CommitId& commit);
  /// Makes another local branch the current one: HEAD, index, and the working folder but for the paths that
  /// `left_alone` names, which the caller has written. FAILED_PRECONDITION with the files in the way when
  /// some were changed here; then nothing has moved. Killed in the middle, HEAD is where it was.
  absl::Status SwitchTo(const std::string& branch, const std::function<bool(const std::string&)>& left_alone);

  // Remotes.
  /// The remote that the current branch follows, else the only one, else `origin`; nullopt when there is
  /// none.
  absl::StatusOr<std::optional<std::string>> DefaultRemote() const;
  /// Its address, without credentials.
  absl::StatusOr<std::string> RemoteUrl(const std::string& remote) const;
  absl::Status AddRemote(const std::string& remote, const std::string& url);
  /// The commit of `branch` at `remote` as of the last fetch or push; nullopt when it has none.
  absl::StatusOr<std::optional<CommitId>> RemoteHead(const std::string& remote,
                                                     const std::string& branch) const;
  absl::Status Fetch(const std::string& remote, const Transfer& transfer);
  /// Sends the current branch and makes it follow the remote's. FAILED_PRECONDITION when the remote has
  /// commits that are not here.
  absl::Status Push(const std::string& remote, const Transfer& transfer);

 private:
  struct Close {
    void operator()(git_repository* repository) const;
  };
  explicit Repository(git_repository* repository) : repository_(repository) {}
  WriteMark MarkWriting() const;
  absl::Status FollowBranch(const std::string& remote, const std::string& branch);
  absl::StatusOr<std::string> RawRemoteUrl(const std::string& remote) const;

  std::unique_ptr<git_repository, Close> repository_;
};

}  // namespace ameide::sync::git
