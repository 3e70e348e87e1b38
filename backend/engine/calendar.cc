#include "backend/engine/calendar.h"

#include <array>
#include <bitset>
#include <charconv>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace ameide::engine {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// A field that leap years make rare (29 February) fits within eight years.
constexpr int kMostDays = 366 * 8 + 1;

using Values = std::bitset<64>;

struct Field {
  int least = 0, most = 0;
  std::vector<std::string_view> names;  ///< of the values from `least` on
};

struct Calendar {
  Values seconds, minutes, hours, days, months, weekdays;
  bool any_day = false, any_weekday = false;
};

std::optional<int> ValueIn(std::string_view text, const Field& field) {
  const std::string upper = absl::AsciiStrToUpper(absl::string_view(text.data(), text.size()));
  for (size_t i = 0; i < field.names.size(); ++i) {
    if (upper == field.names[i]) return field.least + static_cast<int>(i);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < field.least || value > field.most) return std::nullopt;
  return value;
}

/// One of the parts between commas.
bool ReadPart(std::string_view text, const Field& field, Values& values) {
  int step = 1;
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::optional<int> read = ValueIn(text.substr(slash + 1), {1, field.most, {}});
    if (!read) return false;
    step = *read;
    text = text.substr(0, slash);
  }
  int first = field.least, last = field.most;
  if (text != "*" && text != "?") {
    const size_t dash = text.find('-');
    const std::optional<int> from = ValueIn(text.substr(0, dash), field);
    if (!from) return false;
    first = last = *from;
    if (dash != std::string_view::npos) {
      const std::optional<int> to = ValueIn(text.substr(dash + 1), field);
      if (!to || *to < first) return false;
      last = *to;
    } else if (slash != std::string_view::npos) {
      last = field.most;  // `5/10` is from five on
    }
  }
  for (int value = first; value <= last; value += step) values.set(static_cast<size_t>(value));
  return true;
}

bool ReadField(std::string_view text, const Field& field, Values& values) {
  for (const absl::string_view part : absl::StrSplit(absl::string_view(text.data(), text.size()), ',')) {
    if (!ReadPart({part.data(), part.size()}, field, values)) return false;
  }
  return true;
}

std::optional<Calendar> Read(std::string_view given) {
  std::string text(absl::StripAsciiWhitespace(absl::string_view(given.data(), given.size())));
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNamed = {
      {{"@hourly", "0 * * * *"},
       {"@daily", "0 0 * * *"},
       {"@midnight", "0 0 * * *"},
       {"@weekly", "0 0 * * 0"},
       {"@monthly", "0 0 1 * *"},
       {"@yearly", "0 0 1 1 *"},
       {"@annually", "0 0 1 1 *"}}};
  for (const auto& [name, meaning] : kNamed) {
    if (text == name) text = std::string(meaning);
  }
  std::vector<std::string> fields = absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (fields.size() == 5) fields.insert(fields.begin(), "0");
  if (fields.size() != 6) return std::nullopt;
  Calendar it;
  const bool good =
      ReadField(fields[0], {0, 59, {}}, it.seconds) && ReadField(fields[1], {0, 59, {}}, it.minutes) &&
      ReadField(fields[2], {0, 23, {}}, it.hours) && ReadField(fields[3], {1, 31, {}}, it.days) &&
      ReadField(fields[4],
                {1, 12, {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
                it.months) &&
      ReadField(fields[5], {0, 7, {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}, it.weekdays);
  if (!good) return std::nullopt;
  if (it.weekdays.test(7)) it.weekdays.set(0);
  it.any_day = fields[3][0] == '*' || fields[3][0] == '?';
  it.any_weekday = fields[5][0] == '*' || fields[5][0] == '?';
  return it;
}

bool Fits(const Calendar& calendar, sys_days day) {
  const year_month_day date(day);
  if (!calendar.months.test(static_cast<unsigned>(date.month()))) return false;
  const bool fits_day = calendar.days.test(static_cast<unsigned>(date.day()));
  const bool fits_weekday = calendar.weekdays.test(std::chrono::weekday(day).c_encoding());
  return calendar.any_day || calendar.any_weekday ? fits_day && fits_weekday : fits_day || fits_weekday;
}

}  // namespace

bool IsCalendar(std::string_view text) { return Read(text).has_value(); }

std::optional<WallTime> NextInCalendar(std::string_view text, WallTime after) {
  const std::optional<Calendar> calendar = Read(text);
  if (!calendar) return std::nullopt;
  const auto first = std::chrono::floor<seconds>(after) + seconds(1);
  const sys_days begin = std::chrono::floor<days>(first);
  for (int passed = 0; passed < kMostDays; ++passed) {
    const sys_days day = begin + days(passed);
    if (!Fits(*calendar, day)) continue;
    const seconds from = passed == 0 ? first - begin : seconds(0);
    for (int hour = 0; hour < 24; ++hour) {
      if (!calendar->hours.test(static_cast<size_t>(hour)) || hours(hour + 1) <= from) continue;
      for (int minute = 0; minute < 60; ++minute) {
        const seconds at_minute = hours(hour) + minutes(minute);
        if (!calendar->minutes.test(static_cast<size_t>(minute)) || at_minute + minutes(1) <= from) continue;
        for (int second = 0; second < 60; ++second) {
          const seconds at = at_minute + seconds(second);
          if (calendar->seconds.test(static_cast<size_t>(second)) && at >= from) return WallTime(day + at);
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace ameide::engine
