#include "sync/log_in_commits.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/status.h"
#include "uaf/log/change_set.h"
#include "uaf/log/redact.h"
#include "uaf/log/segment.h"
#include "uaf/store/workspace_files.h"

namespace ameide::sync {
namespace {

constexpr char kLog[] = ".uaf/log/";
constexpr char kBlobs[] = ".uaf/blobs/";
constexpr char kKeys[] = ".uaf/keys/";
constexpr char kKeyEnd[] = ".pub";
/// Commits that are asked for a file that is missing.
constexpr size_t kMostCommits = 2000;

/// The stream that a file of the log has its folder from.
uaf::StreamId StreamIn(std::string_view path) {
  path.remove_prefix(std::string_view(kLog).size());
  return uaf::StreamId{std::string(path.substr(0, path.find('/')))};
}

/// Whether a segment, or the first of a pack, is within a cut.
bool IsWithin(const uaf::Cut& cut, const std::string& path, const std::string& bytes) {
  const auto segments = uaf::DecodePack(bytes);
  return segments.ok() && segments->front().segment.first <= cut.HeadOf(StreamIn(path));
}

/// Whose key the file of one says that it is.
std::string_view FingerprintIn(std::string_view path) {
  path.remove_prefix(std::string_view(kKeys).size());
  return path.substr(0, path.rfind(kKeyEnd));
}

/// Those of `paths` that `commit` has, as the repository names them.
absl::StatusOr<std::vector<std::string>> In(const git::CommitId& commit, const Place& place,
                                            const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    const std::string file = place.InRepository(path);
    AMEIDE_ASSIGN_OR_RETURN(const bool plain, place.repository.IsPlainFile(commit, file));
    if (!plain) continue;
    if (absl::StartsWith(path, kKeys)) {
      // Anybody may commit anything under the name of a key: then another commit has the key.
      AMEIDE_ASSIGN_OR_RETURN(const std::string text, place.repository.ReadFile(commit, file));
      if (!uaf::ParsePublicKeyFile(text, FingerprintIn(path)).ok()) continue;
    }
    found.push_back(file);
  }
  return found;
}

/// Takes from a list what a commit has.
using Take = std::function<absl::Status(const git::CommitId& commit, std::vector<std::string>& paths)>;

void Remove(const std::vector<std::string>& found, const Place& place, std::vector<std::string>& paths) {
  const std::set<std::string> gone(found.begin(), found.end());
  std::erase_if(paths, [&](const std::string& path) { return gone.contains(place.InRepository(path)); });
}

/// Writes those of `missing` that `commit` has, and takes them from the list.
absl::Status TakeFrom(const git::CommitId& commit, Place& place, std::vector<std::string>& missing) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> found, In(commit, place, missing));
  if (found.empty()) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(commit, found));
  Remove(found, place, missing);
  return absl::OkStatus();
}

/// Asks one commit after the other until nothing is left: branches, commits behind HEAD, and what was dropped
/// and git still remembers.
absl::Status AskCommits(const git::Repository& repository, const Place& place, std::vector<std::string>& left,
                        const Take& take) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> branches, repository.Branches());
  for (const std::string& branch : branches) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> commit, repository.BranchHead(branch));
    if (commit && !left.empty()) AMEIDE_RETURN_IF_ERROR(take(*commit, left));
  }
  if (left.empty()) return absl::OkStatus();
  // What a revert took away: the newest commit before HEAD that has it.
  constexpr size_t kMostChanges = 10;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, repository.Head());
  for (const std::string& path : std::vector<std::string>(left)) {
    const std::vector<std::string> file = {place.InRepository(path)};
    std::vector<std::string> wanted = {path};
    if (!head) break;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commits,
                            repository.History(*head, file, kMostChanges));
    for (const git::CommitSummary& commit : commits) {
      if (!wanted.empty()) AMEIDE_RETURN_IF_ERROR(take(commit.id, wanted));
    }
    if (wanted.empty()) std::erase(left, path);
  }
  if (left.empty()) return absl::OkStatus();
  // What a reset, a rebase or somebody's forced push dropped.
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitId> remembered, repository.Remembered(kMostCommits));
  for (const git::CommitId& commit : remembered) {
    if (!left.empty()) AMEIDE_RETURN_IF_ERROR(take(commit, left));
  }
  return absl::OkStatus();
}

/// The files in `folders` of the workspace and below them, hidden ones apart.
absl::StatusOr<std::vector<std::string>> FilesBelow(const uaf::Workspace& workspace,
                                                    std::vector<std::string> folders) {
  std::vector<std::string> paths;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    const auto entries = PosixFileSystem().List(workspace.root() / folder);
    if (absl::IsNotFound(entries.status())) continue;
    AMEIDE_RETURN_IF_ERROR(entries.status());
    for (const FolderEntry& entry : *entries) {
      std::string path = absl::StrCat(folder, "/", entry.name);
      if (entry.kind == EntryKind::kFolder)
        folders.push_back(std::move(path));
      else if (entry.kind == EntryKind::kFile && !entry.name.starts_with('.'))
        paths.push_back(std::move(path));
    }
  }
  return paths;
}

}  // namespace

bool IsKeyPath(std::string_view path) {
  if (!path.starts_with(kKeys) || !path.ends_with(kKeyEnd)) return false;
  const std::string_view name = FingerprintIn(path);
  return !name.empty() && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsPacked(const std::filesystem::path& segment) {
  const std::string number = segment.stem().string();
  if (number.find_first_not_of("0123456789") != std::string::npos) return true;  // a pack itself
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(segment.parent_path(), ignored)) {
    const std::string name = entry.path().stem().string();
    const size_t dash = name.find('-');
    if (entry.path().extension() != ".pack" || dash == std::string::npos) continue;
    const auto value = [](const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); };
    if (value(name.substr(0, dash)) <= value(number) && value(number) <= value(name.substr(dash + 1)))
      return true;
  }
  return false;
}

absl::StatusOr<std::vector<uaf::SealedFile>> LackingIn(const std::optional<git::CommitId>& head,
                                                       const uaf::Workspace& workspace, const Place& place) {
  std::set<std::string> held;
  if (head) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                            place.repository.ListFiles(*head, place.InRepository(".uaf")));
    held.insert(files.begin(), files.end());
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                          FilesBelow(workspace, {".uaf/log", ".uaf/blobs", ".uaf/keys"}));
  std::optional<uaf::Cut> cut;
  std::vector<uaf::SealedFile> lacking;
  for (const std::string& path : paths) {
    if (held.contains(place.InRepository(path))) continue;
    absl::StatusOr<std::string> bytes = PosixFileSystem().Read(workspace.root() / path, uaf::kLargestSegment);
    if (absl::IsNotFound(bytes.status())) continue;  // it went meanwhile
    AMEIDE_RETURN_IF_ERROR(bytes.status());
    if (absl::StartsWith(path, kLog)) {
      if (!cut) {
        AMEIDE_ASSIGN_OR_RETURN(cut, workspace.CurrentCut());
      }
      // Segments of other branches wait for a commit of theirs.
      if (!IsWithin(*cut, path, *bytes)) continue;
    }
    lacking.push_back({path, *std::move(bytes)});
  }
  std::sort(lacking.begin(), lacking.end(),
            [](const uaf::SealedFile& a, const uaf::SealedFile& b) { return a.path < b.path; });
  return lacking;
}

std::vector<std::string> BlobsNamedBy(const std::string& segment) {
  std::set<std::string> paths;
  const auto add = [&](const std::string& canonical) {
    const auto event = uaf::DecodeChangeSet(canonical);
    if (!event.ok()) return;
    for (const Hash256& blob : uaf::BlobsOf(event->body)) {
      if (blob != Sha256("")) paths.insert(absl::StrCat(kBlobs, blob.Hex()));  // what was taken out
    }
  };
  const auto segments = uaf::DecodePack(segment);
  for (const uaf::SignedSegment& each : segments.ok() ? *segments : std::vector<uaf::SignedSegment>()) {
    for (const std::string& canonical : each.segment.events) add(canonical);
    for (const std::string& canonical : each.segment.carried) add(canonical);
  }
  return {paths.begin(), paths.end()};
}

absl::StatusOr<std::vector<std::string>> MissingKeys(const uaf::Workspace& workspace) {
  const PosixFileSystem files;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesBelow(workspace, {".uaf/log"}));
  std::set<std::string> missing;
  for (const std::string& path : paths) {
    const absl::StatusOr<std::string> bytes = files.Read(workspace.root() / path, uaf::kLargestSegment);
    if (absl::IsNotFound(bytes.status())) continue;  // it went meanwhile
    AMEIDE_RETURN_IF_ERROR(bytes.status());
    const auto segments = uaf::DecodePack(*bytes);
    if (!segments.ok()) continue;  // for the store to refuse
    for (const uaf::SignedSegment& each : *segments) {
      const std::string key = absl::StrCat(kKeys, each.segment.key, kKeyEnd);
      if (IsKeyPath(key) && !files.Exists(workspace.root() / key)) missing.insert(key);
    }
  }
  return std::vector<std::string>(missing.begin(), missing.end());
}

absl::Status BringBack(const git::CommitId& commit, const uaf::Workspace& workspace, Place& place) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                          place.repository.ListFiles(commit, place.InRepository(".uaf")));
  const PosixFileSystem disk;
  std::vector<std::string> keys;
  std::vector<std::string> segments;
  std::set<std::string> blobs;
  for (const std::string& file : files) {
    const std::string path = place.InWorkspace(file);
    const bool log = absl::StartsWith(path, kLog);
    if ((!log && !IsKeyPath(path)) || disk.Exists(workspace.root() / path)) continue;
    if (log && IsPacked(workspace.root() / path) && !absl::EndsWith(path, ".pack")) continue;
    AMEIDE_ASSIGN_OR_RETURN(const bool plain, place.repository.IsPlainFile(commit, file));
    if (!plain) continue;
    (log ? segments : keys).push_back(file);
    if (!log) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, place.repository.ReadFile(commit, file));
    for (const std::string& blob : BlobsNamedBy(bytes)) {
      if (!disk.Exists(workspace.root() / blob)) blobs.insert(blob);
    }
  }
  std::vector<std::string> named(blobs.begin(), blobs.end());
  AMEIDE_RETURN_IF_ERROR(TakeFrom(commit, place, named));
  AMEIDE_RETURN_IF_ERROR(place.repository.WriteOut(commit, keys));
  return place.repository.WriteOut(commit, segments);
}

absl::Status BringBackKeys(const git::CommitId& commit, Place& place) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<std::string> keys,
                          place.repository.ListFiles(commit, place.InRepository(".uaf/keys")));
  const PosixFileSystem disk;
  std::vector<std::string> missing;
  for (std::string& file : keys) {
    if (!IsKeyPath(place.InWorkspace(file)) || disk.Exists(place.repository.folder() / file)) continue;
    AMEIDE_ASSIGN_OR_RETURN(const bool plain, place.repository.IsPlainFile(commit, file));
    if (plain) missing.push_back(std::move(file));
  }
  if (missing.empty()) return absl::OkStatus();
  return place.repository.WriteOut(commit, missing);
}

absl::Status FindInCommits(const std::vector<std::string>& missing, const uaf::Workspace& workspace,
                           Place& place) {
  std::vector<std::string> left = missing;
  const PosixFileSystem disk;
  std::erase_if(left, [&](const std::string& path) { return disk.Exists(workspace.root() / path); });
  return AskCommits(place.repository, place, left,
                    [&](const git::CommitId& commit, std::vector<std::string>& paths) {
                      return TakeFrom(commit, place, paths);
                    });
}

absl::StatusOr<std::vector<std::string>> NotInCommits(std::vector<std::string> paths, const Place& place) {
  AMEIDE_RETURN_IF_ERROR(
      AskCommits(place.repository, place, paths,
                 [&](const git::CommitId& commit, std::vector<std::string>& asked) -> absl::Status {
                   AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> found, In(commit, place, asked));
                   Remove(found, place, asked);
                   return absl::OkStatus();
                 }));
  return paths;
}

}  // namespace ameide::sync
