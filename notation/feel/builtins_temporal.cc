#include <optional>

#include "notation/feel/builtins.h"
#include "notation/feel/duration.h"

namespace ameide::feel {
namespace {

std::optional<int64_t> Whole(const Value& value) {
  return value.number() != nullptr ? value.number()->ToInt64() : std::nullopt;
}

Value DateFunction(Call& call) {
  if (call.size() == 2) return call.Null("takes a text, a date and time, or year, month and day");
  if (call.size() == 3) {
    const std::optional<int64_t> year = Whole(call[0]), month = Whole(call[1]), day = Whole(call[2]);
    constexpr int64_t kMaxYear = 999'999'999;
    if (!year || !month || !day || *year > kMaxYear || *year < -kMaxYear || *month < 1 || *month > 12 ||
        *day < 1 || *day > 31) {
      return call.Null("year, month and day must be whole numbers in range");
    }
    const Date date{static_cast<int32_t>(*year), static_cast<uint8_t>(*month), static_cast<uint8_t>(*day)};
    return IsValid(date) ? Value(date) : call.Null("there is no such day");
  }
  if (const DateTime* at = call[0].date_time()) return at->date;
  if (call[0].date() != nullptr) return call[0];
  if (call[0].string() == nullptr) return call.Wrong(0, "string, date or date and time");
  const absl::StatusOr<Date> date = ParseDate(*call[0].string());
  return date.ok() ? Value(*date) : call.Null(std::string(date.status().message()));
}

Value TimeFromParts(Call& call) {
  const std::optional<int64_t> hour = Whole(call[0]), minute = Whole(call[1]);
  const Decimal* second = call[2].number();
  if (!hour || !minute || second == nullptr || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 ||
      *second < Decimal(0) || !(*second < Decimal(60))) {
    return call.Null("hour, minute and second must be numbers in range");
  }
  const std::optional<Decimal> nanos = Multiply(*second, Decimal(1'000'000'000));
  const std::optional<int64_t> whole = nanos ? nanos->ToInt64() : std::nullopt;
  if (!whole) return call.Null("seconds are kept to nine digits behind the point");
  Time time{static_cast<uint32_t>(*hour * 3600 + *minute * 60 + *whole / 1'000'000'000),
            static_cast<uint32_t>(*whole % 1'000'000'000), std::nullopt};
  if (call.has(3)) {
    const DayTimeDuration* offset = call[3].day_time_duration();
    constexpr int64_t kMost = 18 * 3600;
    if (offset == nullptr || offset->nanos != 0 || offset->seconds <= -kMost || offset->seconds >= kMost) {
      return call.Wrong(3, "days and time duration below 18 hours");
    }
    time.offset = static_cast<int32_t>(offset->seconds);
  }
  return time;
}

Value TimeFunction(Call& call) {
  if (call.size() >= 3) return TimeFromParts(call);
  if (call.size() == 2) return call.Null("takes a text, a date and time, or hour, minute, second and offset");
  if (const DateTime* at = call[0].date_time()) return at->time;
  if (call[0].time() != nullptr) return call[0];
  if (call[0].date() != nullptr) return Time{0, 0, 0};
  if (call[0].string() == nullptr) return call.Wrong(0, "string, time or date and time");
  const absl::StatusOr<Time> time = ParseTimeOfDay(*call[0].string());
  return time.ok() ? Value(*time) : call.Null(std::string(time.status().message()));
}

Value DateAndTimeFunction(Call& call) {
  if (call.size() == 2) {
    const Date* date = call[0].date_time() != nullptr ? &call[0].date_time()->date : call[0].date();
    if (date == nullptr) return call.Wrong(0, "date or date and time");
    if (call[1].time() == nullptr) return call.Wrong(1, "time");
    return DateTime{*date, *call[1].time()};
  }
  if (call[0].date_time() != nullptr) return call[0];
  if (call[0].date() != nullptr) return DateTime{*call[0].date(), {}};
  if (call[0].string() == nullptr) return call.Wrong(0, "string");
  if (const absl::StatusOr<Date> date = ParseDate(*call[0].string()); date.ok()) return DateTime{*date, {}};
  const absl::StatusOr<DateTime> value = ParseDateAndTime(*call[0].string());
  return value.ok() ? Value(*value) : call.Null(std::string(value.status().message()));
}

Value DurationFunction(Call& call) {
  if (call[0].day_time_duration() != nullptr || call[0].year_month_duration() != nullptr) return call[0];
  if (call[0].string() == nullptr) return call.Wrong(0, "string");
  const absl::StatusOr<Value> value = ParseDuration(*call[0].string());
  return value.ok() ? *value : call.Null(std::string(value.status().message()));
}

const Date* DateOf(const Value& value) {
  return value.date_time() != nullptr ? &value.date_time()->date : value.date();
}

/// Whole months between two days, cut towards zero.
Value YearsAndMonths(Call& call) {
  const Date* from = DateOf(call[0]);
  const Date* to = DateOf(call[1]);
  if (from == nullptr) return call.Wrong(0, "date or date and time");
  if (to == nullptr) return call.Wrong(1, "date or date and time");
  int64_t months = (static_cast<int64_t>(to->year) - from->year) * 12 + to->month - from->month;
  if (months > 0 && to->day < from->day) --months;
  if (months < 0 && to->day > from->day) ++months;
  return YearMonthDuration{months};
}

constexpr std::string_view kDayNames[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                          "Friday", "Saturday", "Sunday"};
constexpr std::string_view kMonthNames[] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};

int64_t WeekDay(const Date& date) {  // 0: Monday
  const int64_t day = (DaysOf(date) + 3) % 7;
  return day < 0 ? day + 7 : day;
}

Value DayOfYear(Call& call) {
  const Date* date = DateOf(call[0]);
  if (date == nullptr) return call.Wrong(0, "date or date and time");
  return DaysOf(*date) - DaysOf({date->year, 1, 1}) + 1;
}

Value DayOfWeek(Call& call) {
  const Date* date = DateOf(call[0]);
  return date == nullptr ? call.Wrong(0, "date or date and time") : Value(kDayNames[WeekDay(*date)]);
}

Value MonthOfYear(Call& call) {
  const Date* date = DateOf(call[0]);
  return date == nullptr ? call.Wrong(0, "date or date and time") : Value(kMonthNames[date->month - 1]);
}

/// ISO 8601: the week that holds the year's first Thursday is the first.
Value WeekOfYear(Call& call) {
  const Date* date = DateOf(call[0]);
  if (date == nullptr) return call.Wrong(0, "date or date and time");
  const int64_t thursday = DaysOf(*date) - WeekDay(*date) + 3;
  const Date of_thursday = DateOfDays(thursday);
  return (thursday - DaysOf({of_thursday.year, 1, 1})) / 7 + 1;
}

constexpr Builtin kBuiltins[] = {
    {"date", "from,month?,day?", DateFunction},
    {"time", "from,minute?,second?,offset?", TimeFunction},
    {"date and time", "from,time?", DateAndTimeFunction},
    {"duration", "from", DurationFunction},
    {"years and months duration", "from,to", YearsAndMonths},
    {"day of year", "date", DayOfYear},
    {"day of week", "date", DayOfWeek},
    {"month of year", "date", MonthOfYear},
    {"week of year", "date", WeekOfYear},
};

}  // namespace

std::span<const Builtin> TemporalBuiltins() { return kBuiltins; }

}  // namespace ameide::feel
