#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace ameide::sync::git {

/// What differs between two versions of a file, line by line, in the unified format; nullopt: no such file.
/// Of two equal ones under different paths the heading alone, which names both.
absl::StatusOr<std::string> DiffLines(const std::string& old_path, const std::optional<std::string>& before,
                                      const std::string& new_path, const std::optional<std::string>& after);

}  // namespace ameide::sync::git
