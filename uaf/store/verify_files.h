#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/platform/file_system.h"
#include "uaf/document/format.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {

/// Checks what lies in `.uaf` without opening the store: that each thing is what it should be, the settings
/// can be read, each key is the one that its name says, and nothing lies there that is not ours. Findings say
/// what to do; information is about things that somebody may want to look at.
std::vector<document::Finding> VerifyFiles(const WorkspaceLayout& layout, const FileSystem& files);

/// Temporary files beside the files of artifacts (given by their paths), left by writes that were cut short.
std::vector<document::Finding> VerifyLeftovers(const WorkspaceLayout& layout, const FileSystem& files,
                                               std::span<const std::string> paths);

}  // namespace ameide::uaf
