#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/platform/file_system.h"
#include "sync/git/repository.h"
#include "uaf/workspace.h"

namespace ameide::sync {

/// A workspace's place in its repository.
struct Place {
  git::Repository repository;
  std::string prefix;  ///< the workspace's folder in the repository with '/' at the end; empty at the top

  /// A workspace path as the repository names it.
  std::string InRepository(std::string_view path) const { return prefix + std::string(path); }
  /// The reverse.
  std::string InWorkspace(std::string_view path) const { return std::string(path.substr(prefix.size())); }
  /// The workspace's own folder as a filter; empty at the top.
  std::string Folder() const { return prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1); }
};

/// Finds the repository of a workspace. FAILED_PRECONDITION says how to make one.
absl::StatusOr<Place> FindPlace(const std::filesystem::path& root);

/// Waits until no other program commits in this repository; others wait while the lock lives. UNAVAILABLE
/// says who has it, after a minute.
absl::StatusOr<std::unique_ptr<FileLock>> WaitForCommits(const Place& place);

/// As WaitForCommits, for the two steps of a checkout: the log is on the new branch and HEAD is not yet.
absl::StatusOr<std::unique_ptr<FileLock>> WaitForSwitches(const Place& place);
/// Whether somebody is between those two steps, so that HEAD says nothing about the log.
bool IsSwitching(const Place& place);

/// True below `.uaf` (workspace paths).
bool IsLogPath(std::string_view path);
/// True when some folder or the file itself is hidden (workspace paths): never an artifact.
bool IsHidden(std::string_view path);
/// True for those files that are no artifacts and that commits take along all the same (workspace paths).
bool IsWorkspaceSetting(std::string_view path);

/// The artifacts that have a file, by its path: of several on one path the first, and none whose path is a
/// folder of others. `artifacts` (by path and id) must outlive it.
std::map<std::string_view, const uaf::Artifact*> FilesOf(const std::vector<uaf::Artifact>& artifacts);
/// Whether the path of an artifact is a folder of others.
bool IsFolder(const std::map<std::string_view, const uaf::Artifact*>& files, const std::string& path);

}  // namespace ameide::sync
