#pragma once

#include <string_view>

namespace ameide {

/// Whether brackets of any kind stand more than `levels` deep inside each other, outside of quotes and of
/// comments like this one or /* this */. For texts of others, before a parser that recurses reads them.
bool NestsDeeper(std::string_view text, int levels);

}  // namespace ameide
