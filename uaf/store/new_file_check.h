#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// The path in the workspace that the symbolic link `path` finally leads to; empty when it is no link, or
/// leads out of `root`.
std::string TargetInside(const std::filesystem::path& root, const std::string& path);

/// Which files of the workspace's folder can become artifacts, for one look at all of them. Looks at names
/// and sizes, reads nothing.
class NewFileCheck {
 public:
  /// `artifacts` are those that there are; retired ones do not count.
  NewFileCheck(std::filesystem::path root, std::span<const Artifact> artifacts);

  /// OK when the file `path`, which is no artifact, can become one. Else why not, and what to do:
  /// INVALID_ARGUMENT for its name, ALREADY_EXISTS when an artifact's path is the same for some file systems,
  /// FAILED_PRECONDITION for a link to what is in the workspace already, to a folder or to nothing, and for
  /// the file that an artifact's link leads to, PERMISSION_DENIED for a link that leads out,
  /// RESOURCE_EXHAUSTED.
  absl::Status Check(const std::string& path) const;

 private:
  std::filesystem::path root_;
  std::map<std::string, std::string> folded_;   ///< paths of artifacts by FoldPath
  std::map<std::string, std::string> targets_;  ///< artifacts that are links, by what they lead to
};

}  // namespace ameide::uaf
