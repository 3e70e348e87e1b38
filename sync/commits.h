#pragma once

#include <filesystem>

#include "uaf/workspace.h"

namespace ameide::sync {

/// The commits of the repository that `root` is in, for `uaf::WorkspaceOptions::commits`: those behind the
/// newest thousand, and those from before there was a workspace, are left out. To be called by one thread at
/// a time.
uaf::CommitWalk CommitsOf(const std::filesystem::path& root);

}  // namespace ameide::sync
