#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ameide::uaf::merge {

/// Merges two descendants of `base` as lines: both sides' changes, where at least one unchanged line lies
/// between any change of one and any of the other; else nullopt. Symmetric. Knows no structure, so what it
/// gives is only one opinion about a file that has one.
std::optional<std::string> MergeLines(std::string_view base, std::string_view a, std::string_view b);

}  // namespace ameide::uaf::merge
