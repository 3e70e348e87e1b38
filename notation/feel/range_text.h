#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "notation/feel/value.h"

namespace ameide::feel {

/// A range literal's text as a range (DMN 1.5, grammar rule 66): `[18..21)`, `("a".."c"]`, and without one
/// end where that side is open: `(..21]`, `[18..)`. Ends are literals: numbers, strings, `@"…"`, and date(…),
/// time(…), date and time(…), duration(…) of literals. nullopt says in `why` what is wrong.
std::optional<Range> ReadRange(std::string_view text, std::string& why);

}  // namespace ameide::feel
