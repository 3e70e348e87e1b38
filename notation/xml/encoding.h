#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "uaf/document/op.h"

namespace ameide::xml {

/// How a file's bytes are to be read.
struct DetectedEncoding {
  uaf::document::Encoding encoding = uaf::document::Encoding::kUtf8;
  bool byte_order_mark = false;
  bool ascii_only = false;  ///< declared US-ASCII: bytes above 127 are invalid
};

/// Detects the encoding by byte order mark, the first bytes, and the XML declaration (XML 1.0 appendix F).
/// INVALID_ARGUMENT `1:1: why` for an encoding that is not known here or contradicts the byte order mark.
absl::StatusOr<DetectedEncoding> DetectEncoding(std::string_view bytes);

}  // namespace ameide::xml
