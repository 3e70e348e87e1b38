#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sync/git/handles.h"
#include "sync/git/repository.h"

/// Steps on working folder and index that more than one way of moving HEAD takes. For the sources of sync/git
/// only; defined in commit.cc.
namespace ameide::sync::git {

/// DATA_LOSS where one of the files that come is none that git itself makes (tree_path.h).
absl::Status CheckTreePaths(std::span<const ChangedPath> changes);
/// The tree of a commit.
absl::Status TreeOf(git_repository* repository, const CommitId& commit, Handle<git_object>& tree);
/// FAILED_PRECONDITION naming those of `paths` whose file is neither as in the old nor as in the new tree.
absl::Status CheckNotInTheWay(git_repository* repository, const std::filesystem::path& root,
                              const Handle<git_object>& old_tree, const Handle<git_object>& new_tree,
                              const std::vector<std::string>& paths);
/// The index's entries of `paths` follow the working folder, or go where the tree has no such file.
absl::Status UpdateIndex(git_repository* repository, const Handle<git_object>& tree,
                         const std::vector<std::string>& paths);
/// The index's entries of `paths` become those of the tree, whatever the files in the working folder hold.
absl::Status IndexFromTree(git_repository* repository, const Handle<git_object>& tree,
                           const std::vector<std::string>& paths);
/// The files at `paths` below `root` get the tree's permissions to run; the others stay as they are.
absl::Status ModesFromTree(const std::filesystem::path& root, const Handle<git_object>& tree,
                           const std::vector<std::string>& paths);

}  // namespace ameide::sync::git
