// Pull: fetch, take in the log, derive what commits of others say, fast-forward or merge.
#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "sync/branches.h"
#include "sync/log_in_commits.h"
#include "sync/merge.h"
#include "sync/place.h"
#include "sync/segments.h"
#include "sync/sync.h"

namespace ameide::sync {
namespace {

constexpr size_t kPathsInMessage = 10;

// A repository whose remote has what it lacks, ready to follow.
struct Incoming {
  std::optional<git::CommitId> head;
  git::CommitId target;
  std::string branch;
  bool diverged = false;                // HEAD has commits that the remote lacks
  std::vector<git::ChangedPath> log;    // below .uaf
  std::vector<git::ChangedPath> files;  // the others
};

void SetChanges(const Place& place, const std::vector<git::ChangedPath>& changes, Incoming& incoming) {
  incoming.log.clear();
  incoming.files.clear();
  for (const git::ChangedPath& change : changes) {
    git::ChangedPath own{place.InWorkspace(change.path), change.change};
    // A commit's log is what it and its ancestors have: nothing of it goes because one of them took it away.
    if (IsLogPath(own.path) && own.change == git::PathChange::kRemoved) continue;
    (IsLogPath(own.path) ? incoming.log : incoming.files).push_back(std::move(own));
  }
}

absl::StatusOr<Incoming> FindIncoming(const Place& place, const std::string& remote) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> branch, place.repository.Branch());
  if (!branch)
    return absl::FailedPreconditionError("HEAD is on no branch; switch to one with git before pulling");
  Incoming incoming;
  AMEIDE_ASSIGN_OR_RETURN(incoming.head, place.repository.Head());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> target,
                          place.repository.RemoteHead(remote, *branch));
  if (!target) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", remote, "' has no branch ", *branch, " yet; push yours with: ameide push"));
  }
  incoming.target = *target;
  incoming.branch = *branch;
  if (incoming.head) {
    AMEIDE_ASSIGN_OR_RETURN(const bool has_all, place.repository.Reaches(*incoming.head, *target));
    if (has_all) {
      incoming.target = *incoming.head;
      return incoming;
    }
    AMEIDE_ASSIGN_OR_RETURN(const git::AheadBehind apart, place.repository.Compare(*incoming.head, *target));
    incoming.diverged = apart.ahead > 0;
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place.repository.Changes(incoming.head, *target, place.Folder()));
  SetChanges(place, changes, incoming);
  return incoming;
}

absl::Status CheckNoOverlap(const uaf::Workspace& workspace, const Place& place, const Incoming& incoming) {
  std::set<std::string> coming;
  for (const git::ChangedPath& change : incoming.files) coming.insert(change.path);
  std::set<std::string> both;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> local,
                          place.repository.WorkingChanges(place.Folder()));
  for (const git::ChangedPath& change : local) {
    const std::string path = place.InWorkspace(change.path);
    if (coming.contains(path)) both.insert(path);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  for (const uaf::Artifact& artifact : artifacts) {
    if (artifact.pending_write && coming.contains(artifact.path)) both.insert(artifact.path);
  }
  // A pull that was killed half way has written new files already: those are no changes of anybody here.
  std::erase_if(both, [&](const std::string& path) {
    const absl::StatusOr<std::string> wanted =
        place.repository.ReadFile(incoming.target, place.InRepository(path));
    const absl::StatusOr<std::string> present =
        PosixFileSystem().Read(workspace.root() / path, kLargestArtifact);
    return wanted.ok() && present.ok() && *wanted == *present;
  });
  // Nor is what the store wrote because the last commit's file is not what the log says there (it was
  // broken).
  if (incoming.head && !both.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut committed, workspace.ResolveCut(incoming.head->hex));
    for (const uaf::Artifact& artifact : artifacts) {
      if (!both.contains(artifact.path)) continue;
      const absl::StatusOr<std::string> then = workspace.Render(artifact.id, committed);
      const absl::StatusOr<std::string> present =
          PosixFileSystem().Read(workspace.root() / artifact.path, kLargestArtifact);
      if (then.ok() && present.ok() && *then == *present) both.erase(artifact.path);
    }
  }
  if (both.empty()) return absl::OkStatus();
  std::vector<std::string> named(both.begin(), both.end());
  if (named.size() > kPathsInMessage) named.resize(kPathsInMessage);
  return absl::FailedPreconditionError(absl::StrCat(
      "changed here without a commit, and by the new commits: ", absl::StrJoin(named, ", "),
      ". Take your changes back (ameide undo) or keep a copy (ameide export), then pull again; nothing "
      "was moved"));
}

// A symbolic link among the log's files could lead anywhere.
absl::Status CheckLogFiles(const Place& place, const Incoming& incoming) {
  for (const git::ChangedPath& change : incoming.log) {
    AMEIDE_ASSIGN_OR_RETURN(const bool plain,
                            place.repository.IsPlainFile(incoming.target, place.InRepository(change.path)));
    if (plain || change.change == git::PathChange::kRemoved) continue;
    return absl::DataLossError(absl::StrCat(change.path, " of commit ", incoming.target.hex,
                                            " is no plain file; nothing was moved. Do not trust its author"));
  }
  return absl::OkStatus();
}

// The new log files come first, into a store that checks their signatures; on a bad one they leave again.
absl::StatusOr<uint64_t> TakeInLog(uaf::Workspace& workspace, Place& place, const Incoming& incoming) {
  // What came and was taken away again between the two.
  AMEIDE_RETURN_IF_ERROR(RestoreHistory(workspace, place, incoming.head, incoming.target));
  if (incoming.log.empty()) return workspace.ReceiveSegments();
  std::vector<std::string> paths;  // sorted: blobs and keys come before the log that needs them
  std::vector<std::string> beside;
  for (const git::ChangedPath& change : incoming.log) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> aside,
                            PutBeside(workspace, place, incoming.target, change.path));
    if (aside) {
      beside.push_back(*aside);
    } else if (!incoming.diverged || !IsSettings(change.path)) {
      paths.push_back(place.InRepository(change.path));
    }
  }
  AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(incoming.target, paths));
  absl::StatusOr<uint64_t> events = workspace.ReceiveSegments();
  if (!events.ok()) {
    AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(incoming.head, paths));
    for (const std::string& path : beside) {
      AMEIDE_RETURN_IF_ERROR(PosixFileSystem().Remove(workspace.root() / path));
    }
    workspace.ReceiveSegments().IgnoreError();  // what is there now is complete again, or was not before
  }
  return events;
}

// Looks only at the files that came: commits made without Ameide change them without any event.
uaf::WorkingFileOptions OnlyIncoming(const Incoming& incoming) {
  std::set<std::string> wanted;
  for (const git::ChangedPath& change : incoming.files) {
    wanted.insert(change.path);
    for (size_t slash = change.path.find('/'); slash != std::string::npos;
         slash = change.path.find('/', slash + 1)) {
      wanted.insert(change.path.substr(0, slash + 1));
    }
  }
  uaf::WorkingFileOptions options;
  options.new_files = uaf::NewFiles::kAll;
  options.ignored = [wanted = std::move(wanted)](std::string_view path) {
    return !wanted.contains(std::string(path));
  };
  return options;
}

// Of the files that come, those that the store wrote as its log says: a commit may have one otherwise, that
// was broken or squashed.
absl::StatusOr<std::set<std::string>> RenderedFiles(const uaf::Workspace& workspace,
                                                    const Incoming& incoming) {
  std::set<std::string> coming;
  for (const git::ChangedPath& change : incoming.files) coming.insert(change.path);
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  std::set<std::string> rendered;
  const std::map<std::string_view, const uaf::Artifact*> by_path = FilesOf(artifacts);
  // The store has taken the file there away, because others lie below it: renamed, removed or waiting. A link
  // is git's to take away.
  for (const std::string& path : coming) {
    std::error_code error;
    if (IsFolder(by_path, path) && !std::filesystem::is_symlink(workspace.root() / path, error))
      rendered.insert(path);
  }
  for (const uaf::Artifact& artifact : artifacts) {
    if (!coming.contains(artifact.path) || !artifact.read_only_because.empty()) continue;
    const absl::StatusOr<std::string> present =
        PosixFileSystem().Read(workspace.root() / artifact.path, kLargestArtifact);
    const absl::StatusOr<std::string> says = workspace.Render(artifact.id);
    if (present.ok() && says.ok() && *present == *says) rendered.insert(artifact.path);
  }
  return rendered;
}

// Whether git has every log file of this workspace: only then the store may be told so.
absl::StatusOr<bool> LogIsCommitted(const Place& place) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place.repository.WorkingChanges(place.InRepository(".uaf")));
  return changes.empty();
}

}  // namespace

absl::Status TakeInClone(uaf::Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place.repository.Head());
  if (!head) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(RestoreHistory(workspace, place, std::nullopt, *head));
  AMEIDE_RETURN_IF_ERROR(workspace.ReceiveSegments().status());
  AMEIDE_RETURN_IF_ERROR(workspace.FollowCommits(head->hex).status());
  AMEIDE_RETURN_IF_ERROR(NoteCommits(workspace, place, std::nullopt, *head));
  return workspace.MarkCommitted(head->hex);
}

absl::StatusOr<PullReport> Pull(uaf::Workspace& workspace, const git::Transfer& transfer) {
  PullReport report;
  AMEIDE_ASSIGN_OR_RETURN(report.remote, Fetch(workspace.root(), transfer));
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(Incoming incoming, FindIncoming(place, report.remote));
  report.from = incoming.head;
  report.to = incoming.target;
  // Nobody believes a segment without the key that it is signed with.
  if (incoming.head) AMEIDE_RETURN_IF_ERROR(BringBackKeys(*incoming.head, place));
  if (incoming.head == incoming.target) {
    AMEIDE_ASSIGN_OR_RETURN(report.events, workspace.ReceiveSegments());
    return report;
  }
  AMEIDE_RETURN_IF_ERROR(place.repository.CheckAtRest());
  AMEIDE_RETURN_IF_ERROR(CheckLogFiles(place, incoming));
  // Outside edits become events before anything is overwritten.
  AMEIDE_ASSIGN_OR_RETURN(report.notes, workspace.SyncWorkingFiles());
  AMEIDE_RETURN_IF_ERROR(incoming.diverged ? CheckAllCommitted(workspace, place)
                                           : CheckNoOverlap(workspace, place, incoming));
  AMEIDE_ASSIGN_OR_RETURN(report.events, TakeInLog(workspace, place, incoming));
  if (!workspace.LogIncompleteBecause().empty()) {
    AMEIDE_RETURN_IF_ERROR(RestoreHistory(workspace, place, std::nullopt, incoming.target));
    AMEIDE_RETURN_IF_ERROR(workspace.ReceiveSegments().status());
  }
  // What people who know nothing of us did in these commits, before the files that say so come.
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::WorkingFileNote> derived,
                          workspace.FollowCommits(incoming.target.hex));
  report.notes.insert(report.notes.end(), derived.begin(), derived.end());
  // The store writes what its log says; git then finds those files as it would write them.
  AMEIDE_RETURN_IF_ERROR(workspace.SyncWorkingFiles().status());
  // That was for what is checked out still: files that wait for a part of the new log wait again.
  AMEIDE_RETURN_IF_ERROR(workspace.FollowCommits(incoming.target.hex).status());
  if (incoming.diverged) {
    AMEIDE_ASSIGN_OR_RETURN(
        report.to, MakeMergeCommit(workspace, place, incoming.target,
                                   absl::StrCat("Merge branch '", incoming.branch, "' of ", report.remote)));
    report.merged = true;
    // Not what their side has otherwise than ours, but what the commit of both changes here.
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> merged,
                            place.repository.Changes(incoming.head, report.to, place.Folder()));
    SetChanges(place, merged, incoming);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::set<std::string> rendered, RenderedFiles(workspace, incoming));
  AMEIDE_RETURN_IF_ERROR(place.repository.FastForward(report.to, [&](const std::string& path) {
    return absl::StartsWith(path, place.prefix) && rendered.contains(place.InWorkspace(path));
  }));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::WorkingFileNote> after,
                          workspace.SyncWorkingFiles(OnlyIncoming(incoming)));
  report.notes.insert(report.notes.end(), after.begin(), after.end());
  AMEIDE_RETURN_IF_ERROR(NoteCommits(workspace, place, incoming.head, incoming.target));
  // What a revert took out of the folder is still said.
  AMEIDE_RETURN_IF_ERROR(RestoreHistory(workspace, place, incoming.head, incoming.target));
  RestoreLogFiles(workspace).IgnoreError();  // what nobody has, the next commit tells
  AMEIDE_ASSIGN_OR_RETURN(const bool committed, LogIsCommitted(place));
  // What waits for a part of the log is looked at again.
  const bool complete = workspace.LogIncompleteBecause().empty();
  if (committed && complete) AMEIDE_RETURN_IF_ERROR(workspace.MarkCommitted(report.to.hex));
  report.files = std::move(incoming.files);
  return report;
}

}  // namespace ameide::sync
