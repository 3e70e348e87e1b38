#include "notation/feel/duration.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/feel/zones.h"

namespace ameide::feel {
namespace {

constexpr int64_t kDay = 86'400;
constexpr uint32_t kNanos = 1'000'000'000;
constexpr int32_t kMaxYear = 999'999'999;

absl::Status Bad(std::string_view text, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", std::string(text.substr(0, 80)), "' is not ", std::string(what)));
}

/// What becomes of digits below a nanosecond.
enum class Below { kCut, kRefused };

/// Reads a text from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  void TakeAll() { at_ = text_.size(); }
  bool Take(char wanted) {
    if (Peek() != wanted || AtEnd()) return false;
    ++at_;
    return true;
  }
  /// Between `least` and `most` digits; nullopt (position undefined) otherwise.
  std::optional<int64_t> Number(int least, int most) {
    int64_t value = 0;
    int count = 0;
    for (; Peek() >= '0' && Peek() <= '9'; ++count, ++at_) {
      if (count == most) return std::nullopt;
      value = value * 10 + (Peek() - '0');
    }
    return count < least ? std::nullopt : std::optional<int64_t>(value);
  }
  /// The digits of a fraction of a second. What is below a nanosecond is cut off of a moment, but refused of
  /// a duration, which is meant exactly.
  std::optional<uint32_t> Fraction(Below below) {
    uint32_t value = 0;
    int count = 0;
    for (; Peek() >= '0' && Peek() <= '9'; ++count, ++at_) {
      if (count == 9 && below == Below::kRefused) return std::nullopt;
      if (count < 9) value = value * 10 + static_cast<uint32_t>(Peek() - '0');
      if (count == 9) --count;
    }
    if (count == 0) return std::nullopt;
    for (; count < 9; ++count) value *= 10;
    return value;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

std::optional<Date> TakeDate(Cursor& in) {
  const bool negative = in.Take('-');
  const size_t before = in.rest().size();
  const bool leading_zero = in.Peek() == '0';
  const std::optional<int64_t> year = in.Number(4, 9);
  if (!year || (leading_zero && before - in.rest().size() > 4) || !in.Take('-')) return std::nullopt;
  const std::optional<int64_t> month = in.Number(2, 2);
  if (!month || !in.Take('-')) return std::nullopt;
  const std::optional<int64_t> day = in.Number(2, 2);
  if (!day) return std::nullopt;
  const Date date{static_cast<int32_t>(negative ? -*year : *year), static_cast<uint8_t>(*month),
                  static_cast<uint8_t>(*day)};
  return IsValid(date) ? std::optional<Date>(date) : std::nullopt;
}

/// `Z`, `+hh:mm`, `-hh:mm[:ss]`, or nothing.
bool TakeOffset(Cursor& in, std::optional<int32_t>& offset) {
  if (in.Take('Z') || in.Take('z')) {  // the standard's own examples have z
    offset = 0;
    return true;
  }
  const bool west = in.Peek() == '-';
  if (!in.Take('+') && !in.Take('-')) return true;
  const std::optional<int64_t> hours = in.Number(2, 2);
  if (!hours || *hours > 17 || !in.Take(':')) return false;
  const std::optional<int64_t> minutes = in.Number(2, 2);
  if (!minutes || *minutes > 59) return false;
  int64_t seconds = 0;
  if (in.Take(':')) {
    const std::optional<int64_t> read = in.Number(2, 2);
    if (!read || *read > 59) return false;
    seconds = *read;
  }
  const auto total = static_cast<int32_t>(*hours * 3600 + *minutes * 60 + seconds);
  offset = west ? -total : total;
  return true;
}

/// Its seconds may be those of a whole day: 24:00:00.
std::optional<Time> TakeTime(Cursor& in) {
  const std::optional<int64_t> hour = in.Number(2, 2);
  if (!hour || *hour > 24 || !in.Take(':')) return std::nullopt;
  const std::optional<int64_t> minute = in.Number(2, 2);
  if (!minute || *minute > 59 || !in.Take(':')) return std::nullopt;
  const std::optional<int64_t> second = in.Number(2, 2);
  if (!second || *second > 59) return std::nullopt;
  Time time{static_cast<uint32_t>(*hour * 3600 + *minute * 60 + *second), 0, std::nullopt};
  if (in.Take('.')) {
    const std::optional<uint32_t> nanos = in.Fraction(Below::kCut);
    if (!nanos) return std::nullopt;
    time.nanos = *nanos;
  }
  // XML Schema's end of a day, which is the beginning of the next.
  if (*hour == 24 && (time.second > kDay || time.nanos != 0)) return std::nullopt;
  if (in.Peek() == '@') {
    in.Take('@');
    time.zone = FindZone(in.rest());
    if (time.zone == 0) return std::nullopt;
    in.TakeAll();
    time.offset = StandardOffset(time.zone);
    return time;
  }
  if (!TakeOffset(in, time.offset)) return std::nullopt;
  return time;
}

/// One `<number><unit>` after another; units must come in the order given. Returns false on anything else.
struct DurationParts {
  int64_t years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0;
  uint32_t nanos = 0;
  bool any_date = false, any_time = false;
};

bool TakeDatePart(Cursor& in, DurationParts& parts) {
  if (in.rest().ends_with('W')) {  // weeks stand alone
    const std::optional<int64_t> weeks = in.Number(1, 12);
    parts.days = weeks.value_or(0) * 7;
    parts.any_date = true;
    return weeks && in.Take('W') && in.AtEnd();
  }
  static constexpr std::string_view kUnits = "YMD";
  size_t next = 0;
  while (!in.AtEnd() && in.Peek() != 'T') {
    const std::optional<int64_t> number = in.Number(1, 15);
    const size_t unit = kUnits.find(in.Peek());
    if (!number || in.AtEnd() || unit == std::string_view::npos || unit < next) return false;
    in.Take(in.Peek());
    next = unit + 1;
    (unit == 0 ? parts.years : unit == 1 ? parts.months : parts.days) = *number;
    parts.any_date = true;
  }
  return true;
}

bool TakeTimePart(Cursor& in, DurationParts& parts) {
  static constexpr std::string_view kUnits = "HMS";
  size_t next = 0;
  while (!in.AtEnd()) {
    const std::optional<int64_t> number = in.Number(1, 15);
    if (!number) return false;
    if (in.Take('.')) {
      if (in.Peek() != 'S') {  // "0.S" is a way to write it
        const std::optional<uint32_t> nanos = in.Fraction(Below::kRefused);
        if (!nanos) return false;
        parts.nanos = *nanos;
      }
      if (in.Peek() != 'S') return false;
    }
    const size_t unit = kUnits.find(in.Peek());
    if (in.AtEnd() || unit == std::string_view::npos || unit < next) return false;
    in.Take(in.Peek());
    next = unit + 1;
    (unit == 0 ? parts.hours : unit == 1 ? parts.minutes : parts.seconds) = *number;
    parts.any_time = true;
  }
  return parts.any_time;
}

std::string Fraction(uint32_t nanos) {
  if (nanos == 0) return "";
  char digits[16];
  std::snprintf(digits, sizeof digits, ".%09u", nanos);
  std::string text(digits);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

/// Whether a repetition of it moves on: at least a microsecond, the resolution of WallTime.
bool IsPositive(const IsoDuration& step) {
  if (step.months.months < 0 || step.time.seconds < 0) return false;
  return step.months.months > 0 || step.time.seconds > 0 || step.time.nanos >= 1000;
}

DayTimeDuration Between(WallTime begin, WallTime end) {
  const std::chrono::microseconds span = end - begin;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(span);
  return {seconds.count(), static_cast<uint32_t>((span - seconds).count() * 1000)};
}

std::vector<std::string_view> SplitSlashes(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

bool IsValid(const Date& date) {
  if (date.year < -kMaxYear || date.year > kMaxYear || date.month < 1 || date.month > 12 || date.day < 1)
    return false;
  static constexpr uint8_t kLength[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  return date.day <= kLength[date.month - 1] + (date.month == 2 && leap ? 1 : 0);
}

// Both by Howard Hinnant's "chrono-compatible low-level date algorithms", with 64 bits for large years.
int64_t DaysOf(const Date& date) {
  const int64_t year = static_cast<int64_t>(date.year) - (date.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date DateOfDays(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), static_cast<uint8_t>(month),
          static_cast<uint8_t>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

absl::StatusOr<Date> ParseDate(std::string_view text) {
  Cursor in(text);
  const std::optional<Date> date = TakeDate(in);
  std::optional<int32_t> offset;  // XML Schema's dates may have one, FEEL's consist of year, month and day
  constexpr int32_t kMostOffset = 14 * 3600;
  const bool known = date && TakeOffset(in, offset) && std::abs(offset.value_or(0)) <= kMostOffset;
  if (known && in.AtEnd()) return *date;
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' &&
                      text.find_first_not_of("0123456789-") == std::string_view::npos;
  if (shaped)
    return absl::InvalidArgumentError(absl::StrCat("there is no day ", std::string(text),
                                                   ": months are 01 to 12, days those of the month"));
  return Bad(text, "a date; write it like 2026-03-01");
}

absl::StatusOr<Time> ParseTimeOfDay(std::string_view text) {
  Cursor in(text);
  const std::optional<Time> time = TakeTime(in);
  if (!time || !in.AtEnd())
    return Bad(text, "a time; write it like 12:30:00, 12:30:00+01:00 or 12:30:00@Europe/Paris");
  Time of_day = *time;
  of_day.second %= kDay;
  return of_day;
}

absl::StatusOr<DateTime> ParseDateAndTime(std::string_view text) {
  Cursor in(text);
  const std::optional<Date> date = TakeDate(in);
  const bool separated = date && in.Take('T');
  const std::optional<Time> time = separated ? TakeTime(in) : std::nullopt;
  if (!time || !in.AtEnd())
    return Bad(text,
               "a date and time; write it like 2026-03-01T12:30:00Z or 2026-03-01T12:30:00@Europe/Paris");
  DateTime moment{*date, *time};
  if (moment.time.second == kDay) {
    if (date->year == kMaxYear) return Bad(text, "a date and time before the year 1,000,000,000");
    moment.date = DateOfDays(DaysOf(*date) + 1);
    moment.time.second = 0;
  }
  return InZone(moment);
}

DateTime InZone(const DateTime& value) {
  if (value.time.zone == 0) return value;
  const int64_t local = DaysOf(value.date) * kDay + value.time.second;
  const int64_t instant = local - ZoneOffsetAtLocal(value.time.zone, local);
  return AtInstant(instant, value.time.nanos, value.time.zone);
}

DateTime AtInstant(int64_t instant, uint32_t nanos, ZoneIndex zone) {
  const int32_t offset = ZoneOffsetAt(zone, instant);
  const int64_t local = instant + offset;
  const int64_t days = local >= 0 ? local / kDay : (local - kDay + 1) / kDay;
  return {DateOfDays(days), {static_cast<uint32_t>(local - days * kDay), nanos, offset, zone}};
}

absl::StatusOr<IsoDuration> ParseIsoDuration(std::string_view text) {
  const auto bad = [&] { return Bad(text, "an ISO 8601 duration; write it like PT10M, P2D or P1Y6M"); };
  Cursor in(text);
  const bool negative = in.Take('-');
  if (!negative) in.Take('+');
  if (!in.Take('P')) return bad();
  DurationParts parts;
  if (!TakeDatePart(in, parts)) return bad();
  if (in.Take('T') && !TakeTimePart(in, parts)) return bad();
  if (!in.AtEnd() || (!parts.any_date && !parts.any_time)) return bad();
  // Numbers have at most 15 digits; only the sums below can pass 64 bits.
  constexpr int64_t kMaxUnits = 100'000'000'000'000;
  if (parts.years > kMaxUnits || parts.days > kMaxUnits / 10 || parts.hours > kMaxUnits) {
    return Bad(text, "a duration within 10^14 years, 10^13 days or 10^14 hours");
  }
  IsoDuration out;
  out.months.months = parts.years * 12 + parts.months;
  out.time.seconds = parts.days * kDay + parts.hours * 3600 + parts.minutes * 60 + parts.seconds;
  out.time.nanos = parts.nanos;
  if (negative) {
    out.months.months = -out.months.months;
    out.time.seconds = -out.time.seconds - (out.time.nanos != 0 ? 1 : 0);
    if (out.time.nanos != 0) out.time.nanos = kNanos - out.time.nanos;
  }
  return out;
}

absl::StatusOr<Value> ParseDuration(std::string_view text) {
  AMEIDE_ASSIGN_OR_RETURN(const IsoDuration duration, ParseIsoDuration(text));
  if (text.starts_with('+')) return Bad(text, "a duration of FEEL: it has no sign but -");
  if (text.ends_with('W')) return Bad(text, "a duration of FEEL: write weeks as days, P14D");
  const size_t time = text.find('T');
  const bool months = text.substr(0, time).find_first_of("YM") != std::string_view::npos;
  const bool days = time != std::string_view::npos || text.find('D') != std::string_view::npos;
  if (months && days)
    return Bad(text, "one of FEEL's durations: years and months cannot be mixed with days and time");
  return months ? Value(duration.months) : Value(duration.time);
}

absl::StatusOr<WallTime> ParseIsoDateTime(std::string_view text) {
  if (absl::StatusOr<WallTime> time = ParseTime(text); time.ok()) return time;
  return Bad(text, "a date and time; write it like 2026-03-01T12:30:00Z");
}

absl::StatusOr<IsoCycle> ParseIsoCycle(std::string_view text) {
  const auto bad = [&] {
    return Bad(text, "an ISO 8601 repeating interval; write it like R3/PT10M or R/PT1H");
  };
  const std::vector<std::string_view> parts = SplitSlashes(text);
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty() || parts[0][0] != 'R') return bad();
  IsoCycle cycle;
  Cursor count(parts[0].substr(1));
  if (!count.AtEnd()) {
    const std::optional<int64_t> number = count.Number(1, 15);
    if (!number || !count.AtEnd()) return bad();
    cycle.repetitions = static_cast<uint64_t>(*number);
  }
  size_t interval = 1;
  const auto is_time = [](std::string_view part) {
    return !part.empty() && part[0] >= '0' && part[0] <= '9';
  };
  if (parts.size() == 3 && is_time(parts[1]) && is_time(parts[2])) {  // the first interval itself
    AMEIDE_ASSIGN_OR_RETURN(cycle.start, ParseIsoDateTime(parts[1]));
    AMEIDE_ASSIGN_OR_RETURN(const WallTime first_end, ParseIsoDateTime(parts[2]));
    cycle.interval.time = Between(*cycle.start, first_end);
    if (!IsPositive(cycle.interval)) return Bad(text, "a cycle whose interval is positive");
    return cycle;
  }
  if (parts.size() == 3 && !parts[1].empty() && parts[1][0] != 'P') {
    interval = 2;
    AMEIDE_ASSIGN_OR_RETURN(cycle.start, ParseIsoDateTime(parts[1]));
  } else if (parts.size() == 3) {
    AMEIDE_ASSIGN_OR_RETURN(cycle.end, ParseIsoDateTime(parts[2]));
  }
  AMEIDE_ASSIGN_OR_RETURN(cycle.interval, ParseIsoDuration(parts[interval]));
  if (!IsPositive(cycle.interval)) return Bad(text, "a cycle whose interval is positive");
  return cycle;
}

WallTime AddDuration(WallTime time, const IsoDuration& duration) {
  using std::chrono::microseconds;
  constexpr int64_t kMicros = 1'000'000;
  int64_t days = time.time_since_epoch().count() / (kDay * kMicros);
  int64_t rest = time.time_since_epoch().count() % (kDay * kMicros);
  if (rest < 0) {
    rest += kDay * kMicros;
    --days;
  }
  if (duration.months.months != 0) {
    Date date = DateOfDays(days);
    constexpr int64_t kFar = 12LL * 600'000;
    const int64_t months = static_cast<int64_t>(date.year) * 12 + date.month - 1 +
                           std::clamp(duration.months.months, -kFar, kFar);
    const int64_t year = months >= 0 ? months / 12 : (months - 11) / 12;
    date.year = static_cast<int32_t>(year);
    date.month = static_cast<uint8_t>(months - year * 12 + 1);
    while (!IsValid(date)) --date.day;
    days = DaysOf(date);
  }
  // 128 bits hold every sum of these; then it is cut to what WallTime holds.
  __extension__ typedef __int128 Int128;
  const Int128 total = static_cast<Int128>(days) * kDay * kMicros + rest +
                       static_cast<Int128>(duration.time.seconds) * kMicros + duration.time.nanos / 1000;
  constexpr Int128 kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();
  return WallTime(microseconds(static_cast<int64_t>(std::clamp(total, kMin, kMax))));
}

absl::StatusOr<IsoDuration> DurationFromValue(const Value& value) {
  if (const DayTimeDuration* time = value.day_time_duration()) return IsoDuration{{}, *time};
  if (const YearMonthDuration* months = value.year_month_duration()) return IsoDuration{*months, {}};
  if (value.string() != nullptr) return ParseIsoDuration(*value.string());
  return absl::InvalidArgumentError(
      absl::StrCat("a duration is needed, not a value of kind ", std::string(KindName(value.kind()))));
}

absl::StatusOr<WallTime> TimeFromValue(const Value& value) {
  if (value.string() != nullptr) return ParseIsoDateTime(*value.string());
  const Date* date = value.date() != nullptr ? value.date()
                     : value.date_time()     ? &value.date_time()->date
                                             : nullptr;
  if (date == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("a date and time is needed, not a value of kind ", std::string(KindName(value.kind()))));
  }
  const Time time = value.date_time() != nullptr ? value.date_time()->time : Time{};
  constexpr int32_t kWallYears = 290'000;
  if (date->year < -kWallYears || date->year > kWallYears) {
    return absl::InvalidArgumentError(absl::StrCat("the year ", date->year, " is too far away for a timer"));
  }
  const int64_t seconds = DaysOf(*date) * kDay + time.second - time.offset.value_or(0);
  return WallTime(std::chrono::microseconds(seconds * 1'000'000 + time.nanos / 1000));
}

absl::StatusOr<IsoCycle> CycleFromValue(const Value& value) {
  if (value.string() != nullptr) return ParseIsoCycle(*value.string());
  AMEIDE_ASSIGN_OR_RETURN(const IsoDuration interval, DurationFromValue(value));
  if (!IsPositive(interval)) return absl::InvalidArgumentError("a cycle's interval must be positive");
  return IsoCycle{std::nullopt, std::nullopt, std::nullopt, interval};
}

DateTime ToDateTime(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const auto rest = duration_cast<microseconds>(time - day).count();
  return {DateOfDays(day.time_since_epoch().count()),
          {static_cast<uint32_t>(rest / 1'000'000), static_cast<uint32_t>(rest % 1'000'000 * 1000), 0}};
}

std::string FormatDate(const Date& date) {
  char text[32];
  std::snprintf(text, sizeof text, "%s%04d-%02u-%02u", date.year < 0 ? "-" : "",
                date.year < 0 ? -date.year : date.year, date.month, date.day);
  return text;
}

std::string FormatTimeOfDay(const Time& time) {
  char text[32];
  std::snprintf(text, sizeof text, "%02u:%02u:%02u", time.second / 3600, time.second / 60 % 60,
                time.second % 60);
  std::string out = text + Fraction(time.nanos);
  if (time.zone != 0) return out + "@" + std::string(ZoneNameOf(time.zone));
  if (!time.offset) return out;
  if (*time.offset == 0) return out + "Z";
  const int32_t offset = *time.offset < 0 ? -*time.offset : *time.offset;
  std::snprintf(text, sizeof text, "%c%02d:%02d", *time.offset < 0 ? '-' : '+', offset / 3600,
                offset / 60 % 60);
  out += text;
  if (offset % 60 != 0) {
    std::snprintf(text, sizeof text, ":%02d", offset % 60);
    out += text;
  }
  return out;
}

std::string FormatDateTime(const DateTime& value) {
  return FormatDate(value.date) + "T" + FormatTimeOfDay(value.time);
}

std::string FormatDuration(const DayTimeDuration& value) {
  if (value.seconds == 0 && value.nanos == 0) return "PT0S";
  const bool negative = value.seconds < 0;
  uint64_t seconds = static_cast<uint64_t>(value.seconds);
  uint32_t nanos = value.nanos;
  if (negative) {
    seconds = 0 - seconds - (nanos != 0 ? 1 : 0);
    if (nanos != 0) nanos = kNanos - nanos;
  }
  std::string out(negative ? "-P" : "P");
  if (seconds >= kDay) absl::StrAppend(&out, seconds / kDay, "D");
  seconds %= kDay;
  if (seconds == 0 && nanos == 0) return out;
  out += "T";
  if (seconds >= 3600) absl::StrAppend(&out, seconds / 3600, "H");
  if (seconds / 60 % 60 != 0) absl::StrAppend(&out, seconds / 60 % 60, "M");
  if (seconds % 60 != 0 || nanos != 0) absl::StrAppend(&out, seconds % 60, Fraction(nanos), "S");
  return out;
}

std::string FormatDuration(const YearMonthDuration& value) {
  if (value.months == 0) return "P0M";
  const uint64_t months =
      value.months < 0 ? 0 - static_cast<uint64_t>(value.months) : static_cast<uint64_t>(value.months);
  std::string out(value.months < 0 ? "-P" : "P");
  if (months >= 12) absl::StrAppend(&out, months / 12, "Y");
  if (months % 12 != 0) absl::StrAppend(&out, months % 12, "M");
  return out;
}

}  // namespace ameide::feel
