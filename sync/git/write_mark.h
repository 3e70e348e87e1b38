#pragma once

#include <filesystem>
#include <string>

/// For the sources of sync/git only.
namespace ameide::sync::git {

/// Says, as a file in git's folder, that this process is changing the repository. A process that is killed
/// leaves it behind together with git's own lock files, which would block every later command for ever; the
/// next process that finds the mark of a dead one removes the lock files that are not older than it.
class WriteMark {
 public:
  /// `git_folder` is that of the working folder, `common_folder` the one that worktrees share (often the
  /// same).
  WriteMark(const std::filesystem::path& git_folder, const std::filesystem::path& common_folder);
  ~WriteMark();
  WriteMark(const WriteMark&) = delete;
  WriteMark& operator=(const WriteMark&) = delete;

 private:
  std::filesystem::path path_;
};

}  // namespace ameide::sync::git
