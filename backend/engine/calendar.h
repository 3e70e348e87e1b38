#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace ameide::engine {

/// Whether the text is a calendar as cron writes it: five fields (minute, hour, day of month, month, day of
/// week), six with seconds in front, or `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`,
/// `@annually`. A field is `*` or `?`, a number or name (JAN, MON), a range, a step (`*/5`, `10-30/2`), or
/// several of them with commas; Sunday is 0 or 7. Where both kinds of days are restricted, either will do.
bool IsCalendar(std::string_view text);

/// The first time after `after` that fits, in UTC; nullopt when none does within eight years, or for no
/// calendar.
std::optional<WallTime> NextInCalendar(std::string_view text, WallTime after);

}  // namespace ameide::engine
