#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "uaf/document/format.h"

namespace ameide::text {

/// A notation of lines: Markdown, proto, YAML, JSON. Any text is taken: UTF-8, or UTF-16 with a byte order
/// mark. A file that is no text (a NUL byte, invalid UTF-8) is taken as opaque, so nothing is refused and
/// nothing lost. `suffixes`: lower-case file name endings, separated by spaces.
std::unique_ptr<uaf::document::Format> MakeTextFormat(std::string name, std::string suffixes);

/// Claims every file; whole-file versions only.
std::unique_ptr<uaf::document::Format> MakeOpaqueFormat();

}  // namespace ameide::text
