#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "notation/feel/value.h"

/// ISO 8601 texts, for FEEL's temporal values and for BPMN's timers.
namespace ameide::feel {

/// An ISO 8601 duration with both parts, as a timer may have: P1M2DT3H. Months count by the calendar.
struct IsoDuration {
  YearMonthDuration months;
  DayTimeDuration time;
  auto operator<=>(const IsoDuration&) const = default;
};

/// A repeating interval: `R3/PT10M`, `R/2026-03-01T12:00:00Z/PT1H`, `R3/PT10M/2026-03-01T12:00:00Z`.
struct IsoCycle {
  std::optional<uint64_t> repetitions;  ///< nullopt: without end
  std::optional<WallTime> start;        ///< the first time; nullopt: one interval after activation
  std::optional<WallTime> end;          ///< nothing fires after it
  IsoDuration interval;                 ///< positive
};

/// `P1Y2M3DT4H5M6.5S` with any of its parts, or weeks (`P2W`), optionally with a sign in front.
/// INVALID_ARGUMENT says what is wrong.
absl::StatusOr<IsoDuration> ParseIsoDuration(std::string_view text);
/// INVALID_ARGUMENT also for an interval that is not positive.
absl::StatusOr<IsoCycle> ParseIsoCycle(std::string_view text);
/// A timer's date: a date with time (without an offset it is UTC), or a date alone (midnight UTC).
absl::StatusOr<WallTime> ParseIsoDateTime(std::string_view text);

/// `time` moved by the calendar months first (to the month's last day where needed), then by the exact span;
/// sub- microsecond parts are cut off. Saturates at the ends of WallTime.
WallTime AddDuration(WallTime time, const IsoDuration& duration);

/// What a FEEL expression of a timer gave: a duration of either kind, or a string that holds one.
absl::StatusOr<IsoDuration> DurationFromValue(const Value& value);
/// As above for a date: a date and time, a date, or a string that holds one.
absl::StatusOr<WallTime> TimeFromValue(const Value& value);
/// As above for a cycle: a string that holds one, or a duration (without end).
absl::StatusOr<IsoCycle> CycleFromValue(const Value& value);
/// The moment as a FEEL date and time with offset zero.
DateTime ToDateTime(WallTime time);

/// FEEL's own literals and conversions. INVALID_ARGUMENT for other texts, days that do not exist, and zones
/// that tzdata does not have.
absl::StatusOr<Date> ParseDate(std::string_view text);
absl::StatusOr<Time> ParseTimeOfDay(std::string_view text);
absl::StatusOr<DateTime> ParseDateAndTime(std::string_view text);
/// The duration of the kind that FEEL gives it: years and months only, or days and time only.
absl::StatusOr<Value> ParseDuration(std::string_view text);

/// The texts that the functions above read, in their shortest form.
std::string FormatDate(const Date& date);
/// As FormatDate: 12:30:00, 12:30:00.5Z, 12:30:00+01:00, 12:30:00@Europe/Paris.
std::string FormatTimeOfDay(const Time& time);
/// As FormatDate: 2026-03-01T12:30:00Z.
std::string FormatDateTime(const DateTime& value);
/// As FormatDate: P1DT2H3M4.5S, -PT1S, PT0S.
std::string FormatDuration(const DayTimeDuration& value);
/// As FormatDate: P1Y2M, P0M.
std::string FormatDuration(const YearMonthDuration& value);

/// A date and time whose zone's offset is that of the date; a reading that the zone's clocks skip becomes a
/// later one.
DateTime InZone(const DateTime& value);
/// What the zone's clocks show at a moment (seconds since 1970 in UTC). The zone must not be 0.
DateTime AtInstant(int64_t instant, uint32_t nanos, ZoneIndex zone);

/// Days since 1970-01-01, and back.
int64_t DaysOf(const Date& date);
Date DateOfDays(int64_t days);
/// Whether the month has that day.
bool IsValid(const Date& date);

}  // namespace ameide::feel
