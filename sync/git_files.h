#pragma once

#include <filesystem>

#include "absl/status/status.h"
#include "base/platform/file_system.h"

namespace ameide::sync {

/// Which of `.gitattributes` and `.gitignore` of a workspace are written.
enum class GitFiles { kAll, kMissing };

/// Sees to it that git changes no byte of an artifact, merges models element by element, and passes over what
/// a write that was killed leaves behind. What people wrote into these files stays, and wins. With kMissing
/// only a file that is not there is written.
absl::Status WriteGitFiles(FileSystem& files, const std::filesystem::path& root, GitFiles which);

}  // namespace ameide::sync
