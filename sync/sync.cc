#include "sync/sync.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/platform/process.h"
#include "base/status.h"
#include "sync/git_files.h"
#include "sync/place.h"

namespace ameide::sync {
namespace {

// The oldest first commit that leads to HEAD: the same for everybody who has this repository.
absl::StatusOr<std::string> RootCommit(const git::Repository& repository) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, repository.Head());
  if (!head) return std::string();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commits,
                          repository.History(*head, {}, std::numeric_limits<size_t>::max()));
  std::string smallest;
  for (const git::CommitSummary& commit : commits) {
    if (commit.parents.empty() && (smallest.empty() || commit.id.hex < smallest)) smallest = commit.id.hex;
  }
  return smallest;
}

absl::Status NoRemote() {
  return absl::FailedPreconditionError(
      "this repository follows no remote; name one with: git remote add origin URL");
}

absl::StatusOr<std::string> MustHaveRemote(const git::Repository& repository) {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<std::string> remote, repository.DefaultRemote());
  if (!remote) return NoRemote();
  return *std::move(remote);
}

// Changes below the workspace that its commits take along, its log left out, in workspace paths. What else is
// hidden (.gitmodules, .github) is git's and other programs' own.
std::vector<git::ChangedPath> WithoutLog(const Place& place, const std::vector<git::ChangedPath>& changes) {
  std::vector<git::ChangedPath> out;
  for (const git::ChangedPath& change : changes) {
    git::ChangedPath own{place.InWorkspace(change.path), change.change};
    if (!IsHidden(own.path) || IsWorkspaceSetting(own.path)) out.push_back(std::move(own));
  }
  return out;
}

absl::Status FillStatus(const Place& place, StatusReport& report) {
  const git::Repository& repository = place.repository;
  AMEIDE_ASSIGN_OR_RETURN(report.branch, repository.Branch());
  AMEIDE_ASSIGN_OR_RETURN(report.head, repository.Head());
  AMEIDE_ASSIGN_OR_RETURN(report.remote, repository.DefaultRemote());
  if (report.remote) {
    AMEIDE_ASSIGN_OR_RETURN(report.remote_url, repository.RemoteUrl(*report.remote));
    if (report.branch && report.head) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> upstream,
                              repository.RemoteHead(*report.remote, *report.branch));
      if (upstream) {
        AMEIDE_ASSIGN_OR_RETURN(report.apart, repository.Compare(*report.head, *upstream));
      }
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          repository.WorkingChanges(place.Folder()));
  report.changes = WithoutLog(place, changes);
  const std::filesystem::path log = place.repository.folder() / place.InRepository(".uaf/log");
  const auto folders = PosixFileSystem().List(log);
  for (const FolderEntry& folder : folders.ok() ? *folders : std::vector<FolderEntry>()) {
    const std::string stream = folder.name.substr(0, folder.name.find('~'));
    const bool known = !report.forked.empty() && report.forked.back() == stream;
    if (folder.kind == EntryKind::kFolder && stream != folder.name && !known) report.forked.push_back(stream);
  }
  return absl::OkStatus();
}

}  // namespace

uaf::Actor ActorFor(const std::filesystem::path& folder, std::string_view tool) {
  uaf::Actor actor;
  actor.tool = tool;
  const absl::StatusOr<git::Repository> repository = git::Repository::Open(folder);
  if (repository.ok()) {
    actor.name = repository->Config("user.name").value_or("");
    actor.email = repository->Config("user.email").value_or("");
    if (const absl::StatusOr<git::Identity> author = repository->Author(); author.ok()) {
      actor.name = author->name;
      actor.email = author->email;
    }
  } else {
    git::Identity account = git::AccountIdentity();
    actor.name = std::move(account.name);
    actor.email = std::move(account.email);
  }
  if (actor.name.empty()) actor.name = UserName();
  if (actor.name.empty()) actor.name = "unknown";
  return actor;
}

namespace {

/// Where the program is missing, git's own merge does what it always did.
constexpr char kMergeDriver[] =
    "if command -v ameide >/dev/null 2>&1; then ameide merge %O %A %B -o %A --path %P; "
    "else git merge-file -q --marker-size=%L %A %O %B; fi";

absl::Status InstallMergeDriver(git::Repository& repository) {
  AMEIDE_RETURN_IF_ERROR(repository.SetConfig("merge.ameide.name", "Ameide, element by element"));
  return repository.SetConfig("merge.ameide.driver", kMergeDriver);
}

}  // namespace

absl::StatusOr<InitReport> Initialize(uaf::WorkspaceOptions options) {
  InitReport report;
  std::error_code error;
  report.root = std::filesystem::absolute(options.root, error).lexically_normal();
  if (std::filesystem::exists(report.root / ".uaf" / "workspace.yaml", error)) {
    return absl::AlreadyExistsError(absl::StrCat(report.root.string(), " is a workspace already"));
  }
  const absl::StatusOr<git::Repository> present = git::Repository::Open(report.root);
  if (absl::IsNotFound(present.status())) {
    AMEIDE_RETURN_IF_ERROR(git::Repository::Create(report.root).status());
    report.made_repository = true;
  } else {
    AMEIDE_RETURN_IF_ERROR(present.status());
  }
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(report.root));
  AMEIDE_ASSIGN_OR_RETURN(options.root_commit, RootCommit(place.repository));
  options.folder_in_repository = place.Folder();
  options.root = report.root;
  AMEIDE_RETURN_IF_ERROR(uaf::Workspace::Initialize(options));
  AMEIDE_RETURN_IF_ERROR(WriteGitFiles(*options.files, options.root, GitFiles::kAll));
  AMEIDE_RETURN_IF_ERROR(InstallMergeDriver(place.repository));
  return report;
}

absl::StatusOr<CloneReport> Clone(const std::string& url, const std::filesystem::path& folder,
                                  const git::Transfer& transfer) {
  AMEIDE_ASSIGN_OR_RETURN(git::Repository repository, git::Repository::Clone(url, folder, transfer));
  CloneReport report;
  report.folder = repository.folder();
  std::error_code error;
  report.is_workspace = std::filesystem::exists(report.folder / ".uaf" / "workspace.yaml", error);
  // Configuration does not travel with a repository.
  if (report.is_workspace) AMEIDE_RETURN_IF_ERROR(InstallMergeDriver(repository));
  return report;
}

uaf::RevisionResolver ResolverFor(const std::filesystem::path& root) {
  return [root](std::string_view revision) -> absl::StatusOr<std::vector<std::string>> {
    AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(root));
    const absl::StatusOr<git::CommitId> commit = place.repository.Resolve(std::string(revision));
    // What is no name of a commit at all is none; only of the beginnings of several there is more to say.
    constexpr size_t kShortestPrefix = 4;
    if (absl::IsInvalidArgument(commit.status()) &&
        (revision.size() < kShortestPrefix ||
         !absl::StrContains(commit.status().message(), absl::string_view("ambiguous")))) {
      return absl::NotFoundError(commit.status().message());
    }
    AMEIDE_RETURN_IF_ERROR(commit.status());
    AMEIDE_ASSIGN_OR_RETURN(std::vector<std::string> paths,
                            place.repository.ListFiles(*commit, place.InRepository(".uaf/log")));
    for (std::string& path : paths) path = place.InWorkspace(path);
    return paths;
  };
}

std::function<bool(std::string_view)> IgnoredBy(const std::filesystem::path& root) {
  absl::StatusOr<Place> found = FindPlace(root);
  if (!found.ok()) return {};
  const auto place = std::make_shared<const Place>(*std::move(found));
  return [place](std::string_view path) {
    const absl::StatusOr<bool> ignored = place->repository.Ignored(place->InRepository(path));
    return ignored.ok() && *ignored;
  };
}

absl::StatusOr<StatusReport> GetStatus(const uaf::Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(StatusReport report, GetStatus(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(report.unsealed_events, workspace.UnsealedEvents());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  for (const uaf::Artifact& artifact : artifacts) {
    if (artifact.pending_write) report.pending.push_back(artifact.path);
  }
  return report;
}

absl::StatusOr<StatusReport> GetStatus(const std::filesystem::path& root) {
  AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(root));
  StatusReport report;
  AMEIDE_RETURN_IF_ERROR(FillStatus(place, report));
  return report;
}

absl::StatusOr<std::string> Fetch(const std::filesystem::path& root, const git::Transfer& transfer) {
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(root));
  AMEIDE_ASSIGN_OR_RETURN(std::string remote, MustHaveRemote(place.repository));
  AMEIDE_RETURN_IF_ERROR(place.repository.Fetch(remote, transfer));
  return remote;
}

absl::StatusOr<std::string> Push(const std::filesystem::path& root, const git::Transfer& transfer) {
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(root));
  AMEIDE_ASSIGN_OR_RETURN(std::string remote, MustHaveRemote(place.repository));
  AMEIDE_RETURN_IF_ERROR(place.repository.Push(remote, transfer));
  return remote;
}

absl::StatusOr<SyncReport> Sync(uaf::Workspace& workspace, const CommitOptions& options,
                                const git::Transfer& transfer) {
  constexpr int kMostRounds = 5;
  SyncReport report;
  {
    AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(workspace.root()));
    AMEIDE_ASSIGN_OR_RETURN(report.remote, MustHaveRemote(place.repository));
  }
  const auto note = [&](const std::vector<uaf::WorkingFileNote>& notes) {
    report.notes.insert(report.notes.end(), notes.begin(), notes.end());
  };
  for (int round = 0; round < kMostRounds; ++round) {
    if (transfer.cancel.stop_requested()) return absl::CancelledError("the sync was cancelled");
    AMEIDE_ASSIGN_OR_RETURN(CommitReport committed, Commit(workspace, options));
    note(committed.notes);
    if (committed.commit) report.commits.push_back(*committed.commit);
    report.sent.insert(report.sent.end(), committed.files.begin(), committed.files.end());

    AMEIDE_RETURN_IF_ERROR(Fetch(workspace.root(), transfer).status());
    AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(workspace.root()));
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> branch, place.repository.Branch());
    if (!branch) return absl::FailedPreconditionError("HEAD is on no branch; switch to one with git first");
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> there,
                            place.repository.RemoteHead(report.remote, *branch));
    if (there) {
      AMEIDE_ASSIGN_OR_RETURN(PullReport pulled, Pull(workspace, transfer));
      note(pulled.notes);
      report.events += pulled.events;
      report.files.insert(report.files.end(), pulled.files.begin(), pulled.files.end());
    }
    AMEIDE_ASSIGN_OR_RETURN(report.head, place.repository.Head());
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> now,
                            place.repository.RemoteHead(report.remote, *branch));
    if (!report.head || report.head == now) return report;
    const absl::StatusOr<std::string> sent = Push(workspace.root(), transfer);
    if (sent.ok()) {
      report.pushed = true;
      return report;
    }
    if (!absl::IsFailedPrecondition(sent.status())) return sent.status();
    // Refused: because it moved, or for another reason, which stays.
    AMEIDE_RETURN_IF_ERROR(Fetch(workspace.root(), transfer).status());
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> moved,
                            place.repository.RemoteHead(report.remote, *branch));
    if (moved == now) return sent.status();
  }
  return absl::UnavailableError(
      absl::StrCat("'", report.remote,
                   "' kept changing while this was sent; what came is taken in, and what is here is "
                   "committed: try again"));
}

absl::StatusOr<std::vector<git::CommitSummary>> History(const std::filesystem::path& root,
                                                        std::span<const std::string> paths, size_t limit) {
  AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(root));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place.repository.Head());
  if (!head) return std::vector<git::CommitSummary>();
  std::vector<std::string> in_repository;
  for (const std::string& path : paths) in_repository.push_back(place.InRepository(path));
  if (paths.empty() && !place.prefix.empty()) in_repository.push_back(place.Folder());
  return place.repository.History(*head, in_repository, limit);
}

}  // namespace ameide::sync
