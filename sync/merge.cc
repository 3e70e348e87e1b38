#include "sync/merge.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/platform/file_system.h"
#include "base/status.h"
#include "sync/log_in_commits.h"
#include "uaf/log/segment.h"

namespace ameide::sync {
namespace {

constexpr char kLog[] = ".uaf/log/";
constexpr char kKeys[] = ".uaf/keys/";
constexpr char kBlobs[] = ".uaf/blobs/";

/// Both are sound and end in the same event: one of them has lost values, or was signed anew.
bool EndAlike(const std::string& one, const std::string& other) {
  const auto a = uaf::DecodePack(one);
  const auto b = uaf::DecodePack(other);
  // What is no segment is for the store to refuse, in its place.
  if (!a.ok() || !b.ok()) return true;
  return a->back().segment.head == b->back().segment.head &&
         a->front().segment.first == b->front().segment.first;
}

}  // namespace

bool IsSettings(std::string_view path) {
  return path == ".uaf/workspace.yaml" || path == ".uaf/policy.yaml" || path == ".uaf/.gitignore" ||
         path == ".uaf/.gitattributes";
}

absl::StatusOr<std::optional<std::string>> PutBeside(const uaf::Workspace& workspace, const Place& place,
                                                     const git::CommitId& commit, const std::string& path) {
  PosixFileSystem posix;
  FileSystem& files = posix;
  if (!absl::StartsWith(path, kLog) || !files.Exists(workspace.root() / path))
    return std::optional<std::string>();
  AMEIDE_ASSIGN_OR_RETURN(const std::string present,
                          files.Read(workspace.root() / path, uaf::kLargestSegment));
  AMEIDE_ASSIGN_OR_RETURN(const std::string theirs,
                          place.repository.ReadFile(commit, place.InRepository(path)));
  if (present == theirs || EndAlike(present, theirs)) return std::optional<std::string>();
  const std::string beside = uaf::PlaceBeside(path, theirs);
  const std::filesystem::path target = workspace.root() / beside;
  AMEIDE_RETURN_IF_ERROR(files.CreateFolders(target.parent_path()));
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(target, theirs));
  return std::optional<std::string>(beside);
}

absl::Status RestoreHistory(const uaf::Workspace& workspace, Place& place,
                            const std::optional<git::CommitId>& from, const git::CommitId& to) {
  size_t count = std::numeric_limits<size_t>::max();
  if (from) {
    AMEIDE_ASSIGN_OR_RETURN(const git::AheadBehind apart, place.repository.Compare(to, *from));
    count = apart.ahead;
  }
  if (count == 0) return absl::OkStatus();
  const std::string folder = place.InRepository(".uaf");
  const std::vector<std::string> paths = {folder};
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commits,
                          place.repository.History(to, paths, count));
  const PosixFileSystem files;
  for (const git::CommitSummary& each : commits) {
    if (each.parents.empty()) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                            place.repository.Changes(each.parents.front(), each.id, folder));
    std::vector<std::string> gone;
    bool segments = false;
    for (const git::ChangedPath& change : changes) {
      const std::string path = place.InWorkspace(change.path);
      const std::filesystem::path file = workspace.root() / path;
      if (change.change != git::PathChange::kRemoved || files.Exists(file)) continue;
      const bool log = absl::StartsWith(path, kLog);
      if (log && IsPacked(file)) continue;
      segments = segments || log;
      if (log || IsKeyPath(path) || absl::StartsWith(path, kBlobs)) gone.push_back(change.path);
    }
    for (const std::string& path : gone) {
      // Without a segment that goes with it, a file's bytes were taken out of the log for good.
      if (!segments && absl::StartsWith(place.InWorkspace(path), kBlobs)) continue;
      AMEIDE_ASSIGN_OR_RETURN(const bool plain, place.repository.IsPlainFile(each.parents.front(), path));
      if (!plain) continue;
      const std::vector<std::string> file = {path};
      AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(each.parents.front(), file));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAllCommitted(const uaf::Workspace& workspace, const Place& place) {
  AMEIDE_ASSIGN_OR_RETURN(const uint64_t unsealed, workspace.UnsealedEvents());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place.repository.WorkingChanges(place.Folder()));
  const bool changed = std::any_of(changes.begin(), changes.end(), [&](const git::ChangedPath& change) {
    return !IsLogPath(place.InWorkspace(change.path)) && !IsHidden(place.InWorkspace(change.path));
  });
  if (unsealed == 0 && !changed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "both sides have commits of their own, and something here is in no commit yet. Commit it (ameide "
      "commit), "
      "then pull again; nothing was moved");
}

absl::StatusOr<git::CommitId> MakeMergeCommit(uaf::Workspace& workspace, Place& place,
                                              const git::CommitId& other, const std::string& message) {
  AMEIDE_ASSIGN_OR_RETURN(const git::Identity author, place.repository.Author());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place.repository.Head());
  std::map<std::string, std::optional<std::string>> files;
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::SealedFile> sealed, workspace.Seal());
  for (uaf::SealedFile& file : sealed) {
    if (IsLogPath(file.path) && !IsSettings(file.path)) files[file.path] = std::move(file.bytes);
  }
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::SealedFile> lacking, LackingIn(head, workspace, place));
  for (uaf::SealedFile& file : lacking) files.try_emplace(file.path, std::move(file.bytes));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace.Artifacts());
  const std::map<std::string_view, const uaf::Artifact*> by_path = FilesOf(artifacts);
  std::set<std::string> without_file;
  for (const uaf::Artifact& artifact : artifacts)
    if (IsFolder(by_path, artifact.path)) without_file.insert(artifact.path);
  std::set<std::string> differing;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> apart,
                          place.repository.Changes(head, other, place.Folder()));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> here,
                          place.repository.WorkingChanges(place.Folder()));
  for (const auto* changes : {&apart, &here}) {
    for (const git::ChangedPath& change : *changes) differing.insert(place.InWorkspace(change.path));
  }
  // What was an artifact's file on one of the sides.
  std::set<std::string> were;
  for (const git::CommitId& side : {*head, other}) {
    const absl::StatusOr<uaf::Cut> cut = workspace.ResolveCut(side.hex);
    if (!cut.ok()) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> there, workspace.ArtifactsAt(*cut));
    for (const uaf::Artifact& artifact : there)
      if (!artifact.retired) were.insert(artifact.path);
  }
  for (const std::string& path : differing) {
    if (IsLogPath(path) || IsHidden(path)) continue;
    const auto found = by_path.find(path);
    if (without_file.contains(path)) {
      files[path];
      continue;
    }
    if (found == by_path.end()) {
      // Retired or renamed: the log says so for both. What never was an artifact, git merges.
      const absl::StatusOr<uaf::Artifact> gone = workspace.FindArtifact(path);
      const bool moved = were.contains(path) || (gone.ok() && gone->retired);
      if (moved && (IsFolder(by_path, path) || !PosixFileSystem().Exists(workspace.root() / path)))
        files[path];
      continue;
    }
    if (!found->second->read_only_because.empty()) continue;
    AMEIDE_ASSIGN_OR_RETURN(files[path], workspace.Render(found->second->id));
  }
  std::vector<git::StagedFile> staged;
  for (auto& [path, bytes] : files) staged.push_back({place.InRepository(path), std::move(bytes)});
  return place.repository.MergeCommit(other, staged, author, SystemClock().Now(), message);
}

}  // namespace ameide::sync
