#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "uaf/workspace.h"

namespace ameide::sync {

/// The commits of the repository that `root` is in, for `uaf::WorkspaceOptions::commits`: those behind the
/// newest thousand, and those that the workspace began with, are left out. To be called by one thread at
/// a time.
uaf::CommitWalk CommitsOf(const std::filesystem::path& root);

/// Files as they were committed before the folder became a workspace, for
/// `uaf::WorkspaceOptions::committed_before`. Of files that none of the newest thousand of those commits
/// changed, the first commit of all is told. To be called by one thread at a time.
std::function<std::optional<uaf::CommittedFile>(std::string_view path)> CommittedBefore(
    const std::filesystem::path& root);

}  // namespace ameide::sync
