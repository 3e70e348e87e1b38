#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "base/platform/file_system.h"
#include "uaf/store/workspace_files.h"

/// A whole workspace out of its folder into one file, and back.
namespace ameide::uaf {

/// Writes `file` with everything of `paths` (relative to the workspace), durably.
absl::Status WriteHistory(const WorkspaceLayout& layout, FileSystem& files, const std::string& workspace,
                          std::span<const std::string> paths, const std::filesystem::path& file);

/// Makes `layout.root` the workspace that `file` holds. Nothing is written before every segment's checksum,
/// chain and signature and every blob was checked; the folder is a workspace only when all is there.
/// ALREADY_EXISTS when it is one; DATA_LOSS names what is wrong.
absl::Status ReadHistory(const WorkspaceLayout& layout, FileSystem& files, const std::filesystem::path& file);

}  // namespace ameide::uaf
