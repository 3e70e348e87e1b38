#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace ameide::xml {

/// Xerces-C++'s verdict on UTF-8 text: OK, or INVALID_ARGUMENT `LINE:COLUMN: why`. Opens nothing; bounded in
/// nesting and entity expansion. Thread-safe.
absl::Status CheckWellFormed(std::string_view text);

}  // namespace ameide::xml
