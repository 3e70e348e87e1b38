#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"

namespace ameide::cli {

/// The beginning of a file, as formats look at it.
std::string_view FileHead(std::string_view bytes);

/// The files below a folder that some notation claims by name, sorted; hidden files and folders are left out.
/// NOT_FOUND when it cannot be read.
absl::StatusOr<std::vector<std::string>> FilesBelow(const uaf::document::FormatRegistry& formats,
                                                    const std::string& folder);

}  // namespace ameide::cli
