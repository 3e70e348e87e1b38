#pragma once

#include <filesystem>
#include <string_view>

#include "absl/status/status.h"

/// Files that commands write because somebody asked for them.
namespace ameide::cli {

class Session;

/// Whether `file` may be written. INVALID_ARGUMENT inside a workspace's own folder, also behind links: what
/// lies there is history.
absl::Status CheckOutput(const Session& session, const std::filesystem::path& file);

/// Writes atomically, after CheckOutput.
absl::Status WriteOutput(Session& session, const std::filesystem::path& file, std::string_view bytes);

}  // namespace ameide::cli
