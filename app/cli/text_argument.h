#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace ameide::cli {

/// INVALID_ARGUMENT with the first place where a text of the command line is not UTF-8; `what` names the
/// argument.
absl::Status CheckUtf8(std::string_view what, std::string_view text);

}  // namespace ameide::cli
