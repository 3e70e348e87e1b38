#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace ameide::sync::git {

/// DATA_LOSS for a path that git itself never puts into a tree, as a hostile commit may have it: one that
/// leads out of the folder (`..`, an empty part) or into git's own files, which git runs (`.git`, however a
/// file system that ignores case or ends in dots and blanks spells it; CVE-2014-9390).
absl::Status CheckTreePath(std::string_view path);

}  // namespace ameide::sync::git
