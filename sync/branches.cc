#include "sync/branches.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/status.h"
#include "sync/log_in_commits.h"
#include "sync/place.h"
#include "sync/segments.h"

namespace ameide::sync {
namespace {

constexpr char kBlobs[] = ".uaf/blobs/";
constexpr char kProposals[] = "proposal/";

absl::StatusOr<std::string> GitName(const git::Repository& repository, const std::string& branch) {
  if (branch == uaf::kMainBranch) return repository.MainBranch();
  return branch;
}

bool InLog(const std::vector<uaf::Branch>& branches, const std::string& name) {
  return std::any_of(branches.begin(), branches.end(),
                     [&](const uaf::Branch& branch) { return branch.name == name; });
}

// The commit of a branch that only the remote has makes the local branch.
absl::StatusOr<std::optional<git::CommitId>> FindCommit(git::Repository& repository,
                                                        const std::string& name) {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<git::CommitId> commit, repository.BranchHead(name));
  if (commit) return commit;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> remote, repository.DefaultRemote());
  if (!remote) return commit;
  AMEIDE_ASSIGN_OR_RETURN(commit, repository.RemoteHead(*remote, name));
  if (commit) AMEIDE_RETURN_IF_ERROR(repository.CreateBranch(name, *commit));
  return commit;
}

// The log files of a commit of `branch` that are not in the folder, blobs and keys before the segments that
// need them.
absl::Status TakeInLogOf(uaf::Workspace& workspace, Place& place, const std::string& branch,
                         const git::CommitId& commit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                          place.repository.ListFiles(commit, place.InRepository(".uaf")));
  std::vector<std::string> missing;
  for (const std::string& file : files) {
    const std::string path = place.InWorkspace(file);
    const bool log = absl::StartsWith(path, ".uaf/log/") || absl::StartsWith(path, kBlobs) || IsKeyPath(path);
    if (!log || PosixFileSystem().Exists(workspace.root() / path)) continue;
    AMEIDE_ASSIGN_OR_RETURN(const bool plain, place.repository.IsPlainFile(commit, file));
    if (!plain) {
      return absl::DataLossError(
          absl::StrCat(path, " of commit ", commit.hex, " is no plain file; do not trust its author"));
    }
    missing.push_back(file);
  }
  if (!missing.empty()) {
    AMEIDE_RETURN_IF_ERROR(workspace.ExpectSegments(branch, commit.hex));
    AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(commit, missing));
  }
  AMEIDE_RETURN_IF_ERROR(workspace.ReceiveSegments().status());
  AMEIDE_ASSIGN_OR_RETURN(const HeldLog held, SegmentWalk(place).Of(commit));
  return workspace.NoteBranch(branch, SegmentWalk::Newest(held));
}

// Where somebody started the branch with git alone: from here on the log knows it.
absl::Status StartInLog(uaf::Workspace& workspace, const std::string& branch, const git::CommitId& commit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Branch> branches, workspace.Branches());
  if (InLog(branches, branch)) return absl::OkStatus();
  uaf::NewBranch started{branch, uaf::BranchKind::kBranch, {}, {}};
  if (absl::StartsWith(branch, kProposals)) started.kind = uaf::BranchKind::kProposal;
  AMEIDE_ASSIGN_OR_RETURN(uaf::Cut from, workspace.ResolveCut(commit.hex));
  if (!from.heads.empty()) started.from = std::move(from);
  return workspace.StartBranch(started).status();
}

// Blobs that only the branch before had: git would remove them, but its states are still asked for.
absl::Status KeepBlobs(const uaf::Workspace& workspace, const Place& place,
                       const std::optional<git::CommitId>& head, const git::CommitId& target) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place.repository.Changes(head, target, place.InRepository(kBlobs)));
  PosixFileSystem posix;
  FileSystem& files = posix;
  for (const git::ChangedPath& change : changes) {
    if (change.change != git::PathChange::kRemoved) continue;
    const std::string path = place.InWorkspace(change.path);
    const absl::StatusOr<std::string> bytes = files.Read(workspace.root() / path, kLargestArtifact);
    if (absl::IsNotFound(bytes.status())) continue;
    AMEIDE_RETURN_IF_ERROR(bytes.status());
    const std::filesystem::path kept =
        workspace.root() / uaf::kKeptBlobs / std::filesystem::path(path).filename();
    AMEIDE_RETURN_IF_ERROR(files.CreateFolders(kept.parent_path()));
    AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(kept, *bytes));
  }
  return absl::OkStatus();
}

// Files of what waits for a part of the log that are as `head` has them, in repository paths: git would
// exchange them, the store leaves them alone.
absl::StatusOr<std::vector<std::string>> FilesThatWait(const uaf::Workspace& workspace, const Place& place,
                                                       const std::optional<git::CommitId>& head) {
  std::vector<std::string> paths;
  if (!head) return paths;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  for (const uaf::Artifact& artifact : artifacts) {
    if (artifact.read_only_because.empty()) continue;
    const std::string file = place.InRepository(artifact.path);
    const absl::StatusOr<std::string> committed = place.repository.ReadFile(*head, file);
    const absl::StatusOr<std::string> present =
        PosixFileSystem().Read(workspace.root() / artifact.path, kLargestArtifact);
    if (committed.ok() && present.ok() && *committed == *present) paths.push_back(file);
  }
  return paths;
}

// What waits for a part of the log is neither absorbed nor rendered: its file is the one of the commit, where
// the store wrote what it knows of it before it was told of that commit.
absl::Status RestoreWaiting(const uaf::Workspace& workspace, Place& place, const git::CommitId& commit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  std::vector<std::string> paths;
  for (const uaf::Artifact& artifact : artifacts) {
    if (artifact.read_only_because.empty()) continue;
    const std::string file = place.InRepository(artifact.path);
    AMEIDE_ASSIGN_OR_RETURN(const bool plain, place.repository.IsPlainFile(commit, file));
    const absl::StatusOr<std::string> known = workspace.Render(artifact.id);
    const absl::StatusOr<std::string> present =
        PosixFileSystem().Read(workspace.root() / artifact.path, kLargestArtifact);
    if (plain && known.ok() && present.ok() && *known == *present) paths.push_back(file);
  }
  return place.repository.WriteOut(commit, paths);
}

absl::StatusOr<std::set<std::string>> ArtifactPaths(const uaf::Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  std::set<std::string> paths;
  for (const uaf::Artifact& artifact : artifacts) paths.insert(artifact.path);
  return paths;
}

}  // namespace

std::function<std::optional<uaf::CheckedOut>()> CheckedOutIn(const std::filesystem::path& root) {
  return [root]() -> std::optional<uaf::CheckedOut> {
    const absl::StatusOr<Place> place = FindPlace(root);
    if (!place.ok() || !place->repository.CheckAtRest().ok() || IsSwitching(*place)) return std::nullopt;
    const auto branch = place->repository.Branch();
    const auto main = place->repository.MainBranch();
    const auto head = place->repository.Head();
    if (!branch.ok() || !*branch || !main.ok() || !head.ok()) return std::nullopt;
    return uaf::CheckedOut{**branch == *main ? std::string(uaf::kMainBranch) : **branch,
                           *head ? (*head)->hex : std::string()};
  };
}

absl::StatusOr<uaf::Receipt> StartBranch(uaf::Workspace& workspace, const uaf::NewBranch& branch) {
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> taken, place.repository.BranchHead(branch.name));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Branch> branches, workspace.Branches());
  if (taken && !InLog(branches, branch.name)) {
    return absl::AlreadyExistsError(
        absl::StrCat("git has a branch `", branch.name, "` already; check it out, or choose another name"));
  }
  // What people see is what the branch begins with.
  AMEIDE_RETURN_IF_ERROR(workspace.SyncWorkingFiles().status());
  AMEIDE_ASSIGN_OR_RETURN(uaf::Receipt receipt, workspace.StartBranch(branch));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place.repository.Head());
  if (head && !taken) AMEIDE_RETURN_IF_ERROR(place.repository.CreateBranch(branch.name, *head));
  return receipt;
}

absl::Status RestoreLogFiles(const uaf::Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> missing, workspace.MissingLogFiles());
  if (missing.empty()) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(FindInCommits(missing, workspace, place));
  // Nobody believes a segment without the key that it is signed with.
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> keys, MissingKeys(workspace));
  if (!keys.empty()) AMEIDE_RETURN_IF_ERROR(FindInCommits(keys, workspace, place));
  for (const std::string& path : missing) {
    if (PosixFileSystem().Exists(workspace.root() / path)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " belongs to this branch and is neither in the folder nor in any commit that git has; "
                     "fetch and check out the branch that it came with, then try again"));
  }
  return absl::OkStatus();
}

absl::StatusOr<uaf::Receipt> MergeBranch(uaf::Workspace& workspace, const std::string& branch) {
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(const std::string name, GitName(place.repository, branch));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> commit, place.repository.BranchHead(name));
  if (commit) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string main, place.repository.MainBranch());
    const std::string in_log = name == main ? std::string(uaf::kMainBranch) : branch;
    AMEIDE_RETURN_IF_ERROR(TakeInLogOf(workspace, place, in_log, *commit));
    AMEIDE_RETURN_IF_ERROR(StartInLog(workspace, in_log, *commit));
    return workspace.MergeBranch(in_log);
  }
  return workspace.MergeBranch(branch);
}

absl::StatusOr<CheckOutReport> CheckOut(uaf::Workspace& workspace, const std::string& branch) {
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<FileLock> alone, WaitForCommits(place));
  AMEIDE_RETURN_IF_ERROR(place.repository.CheckAtRest());
  AMEIDE_ASSIGN_OR_RETURN(const std::string name, GitName(place.repository, branch));
  CheckOutReport report;
  AMEIDE_ASSIGN_OR_RETURN(const std::string main, place.repository.MainBranch());
  report.branch = name == main ? std::string(uaf::kMainBranch) : branch;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place.repository.Head());
  AMEIDE_ASSIGN_OR_RETURN(report.head, FindCommit(place.repository, name));
  if (report.head) AMEIDE_RETURN_IF_ERROR(TakeInLogOf(workspace, place, report.branch, *report.head));
  AMEIDE_ASSIGN_OR_RETURN(report.notes, workspace.SyncWorkingFiles());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Branch> branches, workspace.Branches());
  if (report.head) {
    AMEIDE_RETURN_IF_ERROR(StartInLog(workspace, report.branch, *report.head));
  } else if (!InLog(branches, report.branch)) {
    return absl::NotFoundError(absl::StrCat("neither the log nor git has a branch `", branch,
                                            "`; `ameide branch` lists those that there are"));
  }
  if (!report.head && head) {
    AMEIDE_RETURN_IF_ERROR(place.repository.CreateBranch(name, *head));
    report.head = head;
  }
  AMEIDE_ASSIGN_OR_RETURN(std::set<std::string> artifacts, ArtifactPaths(workspace));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> waited, FilesThatWait(workspace, place, head));
  if (report.head) AMEIDE_RETURN_IF_ERROR(KeepBlobs(workspace, place, head, *report.head));
  // Whoever looks at the files from here on would else take the log back to where HEAD still is.
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<FileLock> switching, WaitForSwitches(place));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::WorkingFileNote> notes,
                          workspace.SwitchBranch(report.branch));
  report.notes.insert(report.notes.end(), notes.begin(), notes.end());
  // The store wrote the files of both branches' artifacts; git moves the others.
  AMEIDE_ASSIGN_OR_RETURN(const std::set<std::string> there, ArtifactPaths(workspace));
  artifacts.insert(there.begin(), there.end());
  AMEIDE_RETURN_IF_ERROR(place.repository.SwitchTo(name, [&](const std::string& path) {
    return absl::StartsWith(path, place.prefix) && artifacts.contains(place.InWorkspace(path));
  }));
  switching.reset();
  AMEIDE_RETURN_IF_ERROR(RestoreLogFiles(workspace));
  if (!report.head) return report;
  // What people who know nothing of us committed there.
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::WorkingFileNote> derived,
                          workspace.FollowCommits(report.head->hex));
  report.notes.insert(report.notes.end(), derived.begin(), derived.end());
  AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(report.head, waited));
  if (!derived.empty() || !waited.empty()) AMEIDE_RETURN_IF_ERROR(workspace.SyncWorkingFiles().status());
  AMEIDE_RETURN_IF_ERROR(RestoreWaiting(workspace, place, *report.head));
  AMEIDE_RETURN_IF_ERROR(NoteCommits(workspace, place, head, *report.head));
  return report;
}

}  // namespace ameide::sync
