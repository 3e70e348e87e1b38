// Pull: fetch, take in the log, fast-forward.
#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "sync/place.h"
#include "sync/segments.h"
#include "sync/sync.h"

namespace ameide::sync {
namespace {

constexpr size_t kPathsInMessage = 10;

// A repository whose remote is ahead of it, ready to follow.
struct Incoming {
  std::optional<git::CommitId> head;
  git::CommitId target;
  std::vector<git::ChangedPath> log;    // below .uaf
  std::vector<git::ChangedPath> files;  // the others
};

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
  if (incoming.head) {
    AMEIDE_ASSIGN_OR_RETURN(const bool has_all, place.repository.Reaches(*incoming.head, *target));
    if (has_all) {
      incoming.target = *incoming.head;
      return incoming;
    }
    AMEIDE_ASSIGN_OR_RETURN(const git::AheadBehind apart, place.repository.Compare(*incoming.head, *target));
    if (apart.ahead > 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("the histories have diverged: branch ", *branch, " has ", apart.ahead,
                       " commit(s) that '", remote, "' lacks, and lacks ", apart.behind,
                       " of its commits. Merging them is not supported by this version; nothing was moved"));
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place.repository.Changes(incoming.head, *target, place.Folder()));
  for (const git::ChangedPath& change : changes) {
    git::ChangedPath own{place.InWorkspace(change.path), change.change};
    (IsLogPath(own.path) ? incoming.log : incoming.files).push_back(std::move(own));
  }
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
  if (incoming.log.empty()) return workspace.ReceiveSegments();
  std::vector<std::string> paths;  // sorted: blobs and keys come before the log that needs them
  for (const git::ChangedPath& change : incoming.log) paths.push_back(place.InRepository(change.path));
  AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(incoming.target, paths));
  absl::StatusOr<uint64_t> events = workspace.ReceiveSegments();
  if (!events.ok()) {
    AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(incoming.head, paths));
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

// Whether git has every log file of this workspace: only then the store may be told so.
absl::StatusOr<bool> LogIsCommitted(const Place& place) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place.repository.WorkingChanges(place.InRepository(".uaf")));
  return changes.empty();
}

}  // namespace

absl::Status TakeInClone(uaf::Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place.repository.Head());
  if (!head) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(workspace.ReceiveSegments().status());
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
  if (incoming.head == incoming.target) {
    AMEIDE_ASSIGN_OR_RETURN(report.events, workspace.ReceiveSegments());
    return report;
  }
  AMEIDE_RETURN_IF_ERROR(place.repository.CheckAtRest());
  AMEIDE_RETURN_IF_ERROR(CheckLogFiles(place, incoming));
  // Outside edits become events before anything is overwritten.
  AMEIDE_ASSIGN_OR_RETURN(report.notes, workspace.SyncWorkingFiles());
  AMEIDE_RETURN_IF_ERROR(CheckNoOverlap(workspace, place, incoming));
  AMEIDE_ASSIGN_OR_RETURN(report.events, TakeInLog(workspace, place, incoming));
  // The store writes what its log says; git then finds those files as it would write them.
  AMEIDE_RETURN_IF_ERROR(workspace.SyncWorkingFiles().status());
  AMEIDE_RETURN_IF_ERROR(place.repository.FastForward(incoming.target));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::WorkingFileNote> after,
                          workspace.SyncWorkingFiles(OnlyIncoming(incoming)));
  report.notes.insert(report.notes.end(), after.begin(), after.end());
  AMEIDE_RETURN_IF_ERROR(NoteCommits(workspace, place, incoming.head, incoming.target));
  AMEIDE_ASSIGN_OR_RETURN(const bool committed, LogIsCommitted(place));
  if (committed) AMEIDE_RETURN_IF_ERROR(workspace.MarkCommitted(incoming.target.hex));
  report.files = std::move(incoming.files);
  return report;
}

}  // namespace ameide::sync
