// Commit: absorb, seal, one git commit, tell the store.
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "sync/branches.h"
#include "sync/git_files.h"
#include "sync/log_in_commits.h"
#include "sync/merge.h"
#include "sync/place.h"
#include "sync/sync.h"

namespace ameide::sync {
namespace {

using uaf::Artifact;

// Collects what goes into one commit, each path once, only what differs from HEAD.
class CommitContents {
 public:
  CommitContents(const Place& place, std::optional<git::CommitId> head)
      : place_(place), head_(std::move(head)) {}

  void Put(const std::string& path, std::optional<std::string> bytes) {
    const std::string full = place_.InRepository(path);
    std::optional<git::CommittedFile> before;
    if (head_) {
      absl::StatusOr<git::CommittedFile> old = place_.repository.FindFile(*head_, full);
      if (old.ok()) before = *std::move(old);
    }
    if (IsAsBefore(full, before, bytes) || !seen_.insert(path).second) return;
    if (IsLogPath(path)) {
      ++log_files_;
    } else {
      using enum git::PathChange;
      changes_.push_back({path, !before ? kAdded : bytes ? kModified : kRemoved});
    }
    files_.push_back(git::StagedFile{full, std::move(bytes)});
  }

  const std::vector<git::StagedFile>& files() const { return files_; }
  std::vector<git::ChangedPath> TakeChanges() {
    std::sort(changes_.begin(), changes_.end());
    return std::move(changes_);
  }
  size_t log_files() const { return log_files_; }

 private:
  // A permission to run that was given or taken away is a change, too.
  bool IsAsBefore(const std::string& full, const std::optional<git::CommittedFile>& before,
                  const std::optional<std::string>& bytes) const {
    if (!before || !bytes) return !before && !bytes;
    if (before->bytes != *bytes) return false;
    if (IsLogPath(place_.InWorkspace(full))) return true;
    std::error_code error;
    const std::filesystem::file_status now =
        std::filesystem::symlink_status(place_.repository.folder() / full, error);
    if (error || now.type() != std::filesystem::file_type::regular) return true;
    const bool executable =
        (now.permissions() & std::filesystem::perms::owner_exec) != std::filesystem::perms::none;
    return executable == before->executable;
  }

  const Place& place_;
  std::optional<git::CommitId> head_;
  std::set<std::string> seen_;
  std::vector<git::StagedFile> files_;
  std::vector<git::ChangedPath> changes_;
  size_t log_files_ = 0;
};

// The bytes that the log gives for every file that differs from HEAD. They, not what a program may be writing
// this moment, belong beside the segment that holds their history.
absl::Status PutRenderedFiles(const uaf::Workspace& workspace, const Place& place, CommitContents& contents) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, workspace.Artifacts());
  const std::map<std::string_view, const Artifact*> by_path = FilesOf(artifacts);
  std::set<std::string> changed;
  for (const Artifact& artifact : artifacts) {
    if (artifact.pending_write) changed.insert(artifact.path);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> differing,
                          place.repository.WorkingChanges(place.Folder()));
  for (const git::ChangedPath& change : differing) {
    const std::string path = place.InWorkspace(change.path);
    if (IsWorkspaceSetting(path) || !IsHidden(path)) changed.insert(path);
  }
  for (const std::string& path : changed) {
    const auto found = by_path.find(path);
    if (found != by_path.end() && !found->second->read_only_because.empty()) {
      continue;  // what the log holds of it is not all: the file stays as the commit before has it
    }
    if (found != by_path.end()) {
      AMEIDE_ASSIGN_OR_RETURN(std::string bytes, workspace.Render(found->second->id));
      contents.Put(path, std::move(bytes));
      continue;
    }
    const std::filesystem::path file = workspace.root() / path;
    if (IsWorkspaceSetting(path)) {
      absl::StatusOr<std::string> bytes = PosixFileSystem().Read(file, uint64_t{1} << 20);
      if (absl::IsNotFound(bytes.status())) continue;  // the commit keeps it
      AMEIDE_RETURN_IF_ERROR(bytes.status());
      contents.Put(path, *std::move(bytes));
    } else if (!PosixFileSystem().Exists(file) || IsFolder(by_path, path)) {
      contents.Put(path, std::nullopt);
    }
  }
  return absl::OkStatus();
}

// Without a part of the log, what that part brought would be committed as taken back. What somebody removed
// that HEAD has comes back.
absl::Status CompleteLog(uaf::Workspace& workspace, Place& place, const std::optional<git::CommitId>& head,
                         std::vector<uaf::WorkingFileNote>& notes) {
  const auto follow = [&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(workspace.ReceiveSegments().status());
    if (!head) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::WorkingFileNote> told, workspace.FollowCommits(head->hex));
    notes.insert(notes.end(), told.begin(), told.end());
    return absl::OkStatus();
  };
  if (head) AMEIDE_RETURN_IF_ERROR(BringBackKeys(*head, place));
  AMEIDE_RETURN_IF_ERROR(follow());
  if (head && !workspace.LogIncompleteBecause().empty()) {
    AMEIDE_RETURN_IF_ERROR(BringBack(*head, workspace, place));
    // Somebody may have committed segments without their key: only another branch's commits have it.
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> keys, MissingKeys(workspace));
    if (!keys.empty()) AMEIDE_RETURN_IF_ERROR(FindInCommits(keys, workspace, place));
    AMEIDE_RETURN_IF_ERROR(RestoreHistory(workspace, place, std::nullopt, *head));
    AMEIDE_RETURN_IF_ERROR(follow());
  }
  const std::string why = workspace.LogIncompleteBecause();
  if (why.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("nothing was committed, the log is incomplete: ", why));
}

// Every part of the log that HEAD lacks, and all that it needs to be taken in elsewhere.
absl::Status PutLog(uaf::Workspace& workspace, Place& place, const std::optional<git::CommitId>& head,
                    CommitContents& contents) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> missing, workspace.MissingLogFiles());
  if (!missing.empty()) AMEIDE_RETURN_IF_ERROR(FindInCommits(missing, workspace, place));
  // What no commit has, but was recorded here, the store writes again.
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::SealedFile> sealed, workspace.Seal());
  if (!missing.empty()) AMEIDE_RETURN_IF_ERROR(RestoreLogFiles(workspace));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::SealedFile> lacking, LackingIn(head, workspace, place));
  sealed.insert(sealed.end(), std::make_move_iterator(lacking.begin()),
                std::make_move_iterator(lacking.end()));
  const auto in_head = [&](const std::string& path) -> absl::StatusOr<bool> {
    if (!head) return false;
    return place.repository.IsPlainFile(*head, place.InRepository(path));
  };
  const PosixFileSystem files;
  for (const uaf::SealedFile& file : sealed) {
    if (!file.bytes || !absl::StartsWith(file.path, ".uaf/log/")) continue;
    AMEIDE_ASSIGN_OR_RETURN(const bool known, in_head(file.path));
    if (known) continue;
    for (const std::string& blob : BlobsNamedBy(*file.bytes)) {
      AMEIDE_ASSIGN_OR_RETURN(const bool held, in_head(blob));
      if (held) continue;
      absl::StatusOr<std::string> bytes = files.Read(workspace.root() / blob, kLargestArtifact);
      if (absl::IsNotFound(bytes.status())) {
        const std::filesystem::path name = std::filesystem::path(blob).filename();
        bytes = files.Read(workspace.root() / uaf::kKeptBlobs / name, kLargestArtifact);
      }
      if (absl::IsNotFound(bytes.status())) {
        return absl::FailedPreconditionError(absl::StrCat("nothing was committed: ", blob, ", which ",
                                                          file.path,
                                                          " needs, is missing; restore it from a copy"));
      }
      AMEIDE_RETURN_IF_ERROR(bytes.status());
      contents.Put(blob, *std::move(bytes));
    }
  }
  for (uaf::SealedFile& file : sealed) contents.Put(file.path, std::move(file.bytes));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommitReport> Commit(uaf::Workspace& workspace, const CommitOptions& options) {
  if (options.message.find_first_not_of(" \t\r\n") == std::string::npos) {
    return absl::InvalidArgumentError("a commit needs a message that says what was changed and why");
  }
  AMEIDE_ASSIGN_OR_RETURN(Place place, FindPlace(workspace.root()));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<FileLock> alone, WaitForCommits(place));
  git::Identity author;
  if (options.author) {
    author = *options.author;
  } else {
    AMEIDE_ASSIGN_OR_RETURN(author, place.repository.Author());
  }
  AMEIDE_RETURN_IF_ERROR(place.repository.CheckAtRest());
  PosixFileSystem files;
  AMEIDE_RETURN_IF_ERROR(WriteGitFiles(files, workspace.root(), GitFiles::kMissing));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place.repository.Head());
  CommitReport report;
  AMEIDE_RETURN_IF_ERROR(CompleteLog(workspace, place, head, report.notes));
  uaf::WorkingFileOptions working;
  working.new_files = uaf::NewFiles::kAll;
  working.ignored = IgnoredBy(workspace.root());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::WorkingFileNote> told, workspace.SyncWorkingFiles(working));
  report.notes.insert(report.notes.end(), told.begin(), told.end());

  CommitContents contents(place, head);
  AMEIDE_RETURN_IF_ERROR(PutLog(workspace, place, head, contents));
  AMEIDE_RETURN_IF_ERROR(PutRenderedFiles(workspace, place, contents));
  if (contents.files().empty()) {
    // Killed between an earlier commit and telling the store about it, everything may be in HEAD already.
    if (head) AMEIDE_RETURN_IF_ERROR(workspace.MarkCommitted(head->hex));
    return report;
  }
  const WallTime now = options.clock != nullptr ? options.clock->Now() : SystemClock().Now();
  AMEIDE_ASSIGN_OR_RETURN(const git::CommitId commit,
                          place.repository.Commit(contents.files(), author, now, options.message));
  AMEIDE_RETURN_IF_ERROR(workspace.MarkCommitted(commit.hex));
  report.commit = commit;
  report.log_files = contents.log_files();
  report.files = contents.TakeChanges();
  return report;
}

}  // namespace ameide::sync
