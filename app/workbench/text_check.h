#pragma once

#include <string_view>
#include <vector>

#include "uaf/document/format.h"

namespace ameide::workbench {

/// What is wrong with a text of that notation ("yaml", "json", "proto", "xml"), by its grammar alone; nothing
/// for notations that have none (Markdown). At most 100. Takes any bytes. Thread-safe.
std::vector<uaf::document::Finding> CheckText(std::string_view format, std::string_view bytes);

}  // namespace ameide::workbench
