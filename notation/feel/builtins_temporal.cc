// Functions that make and take apart dates, times and durations.
#include <optional>

#include "notation/feel/builtins.h"
#include "notation/feel/duration.h"
#include "notation/feel/zones.h"

namespace ameide::feel {
namespace {

constexpr int64_t kNanos = 1'000'000'000;

template <typename T>
Value Parsed(Call& call, const absl::StatusOr<T>& value) {
  return value.ok() ? Value(*value) : call.Null(std::string(value.status().message()));
}

std::optional<Date> DateOfParts(const Value& year_value, const Value& month_value, const Value& day_value) {
  const std::optional<int64_t> year = Whole(year_value), month = Whole(month_value), day = Whole(day_value);
  constexpr int64_t kMaxYear = 999'999'999;
  if (!year || !month || !day || *year > kMaxYear || *year < -kMaxYear || *month < 1 || *month > 12 ||
      *day < 1 || *day > 31)
    return std::nullopt;
  const Date date{static_cast<int32_t>(*year), static_cast<uint8_t>(*month), static_cast<uint8_t>(*day)};
  return IsValid(date) ? std::optional<Date>(date) : std::nullopt;
}

/// Parts of a second below a nanosecond are cut off.
std::optional<Time> TimeOfParts(const Value& hour_value, const Value& minute_value, const Decimal& second) {
  const std::optional<int64_t> hour = Whole(hour_value), minute = Whole(minute_value);
  if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 || second < Decimal(0) ||
      !(second < Decimal(60)))
    return std::nullopt;
  const std::optional<Decimal> nanos = Multiply(second, Decimal(kNanos));
  const std::optional<Decimal> cut = nanos ? Round(*nanos, 0, Rounding::kDown) : std::nullopt;
  const int64_t whole = cut ? cut->ToInt64().value_or(0) : 0;
  return Time{static_cast<uint32_t>(*hour * 3600 + *minute * 60 + whole / kNanos),
              static_cast<uint32_t>(whole % kNanos), std::nullopt};
}

/// Sets the time's offset from a duration, or its zone from a name; false when that is none.
bool SetPlace(Time& time, const Value& place) {
  if (place.is_null()) return true;
  if (const std::string* name = place.string()) {
    time.zone = FindZone(*name);
    time.offset = StandardOffset(time.zone);
    return time.zone != 0;
  }
  constexpr int64_t kMost = 18 * 3600;
  const DayTimeDuration& offset = *place.day_time_duration();
  if (offset.nanos != 0 || offset.seconds <= -kMost || offset.seconds >= kMost) return false;
  time.offset = static_cast<int32_t>(offset.seconds);
  return true;
}

Value DateFunction(Call& call) {
  if (call.size() == 3) {
    const std::optional<Date> date = DateOfParts(call[0], call[1], call[2]);
    return date ? Value(*date) : call.Null("there is no such day");
  }
  if (const DateTime* at = call[0].date_time()) return at->date;
  if (call[0].date() != nullptr) return call[0];
  return Parsed(call, ParseDate(*call[0].string()));
}

Value TimeFunction(Call& call) {
  if (call.size() >= 3) {
    std::optional<Time> time = TimeOfParts(call[0], call[1], *call[2].number());
    if (!time) return call.Null("hour, minute and second are outside of a day");
    return SetPlace(*time, call[3]) ? Value(*time) : call.Null("the offset is not within 18 hours");
  }
  if (const DateTime* at = call[0].date_time()) return at->time;
  if (call[0].time() != nullptr) return call[0];
  if (call[0].date() != nullptr) return Time{0, 0, 0};
  return Parsed(call, ParseTimeOfDay(*call[0].string()));
}

/// A date alone is its midnight, also with an offset or zone behind it (10.3.2.13.4: "2012-03-07Z").
absl::StatusOr<DateTime> DateTimeOf(std::string_view text) {
  absl::StatusOr<DateTime> whole = ParseDateAndTime(text);
  if (whole.ok() || text.size() > 100 || text.find('T') < text.find('@')) return whole;
  for (size_t end = text.size(); end >= 10; --end) {
    if (!ParseDate(text.substr(0, end)).ok()) continue;
    const std::string made = Cat(text.substr(0, end), "T00:00:00", text.substr(end));
    if (absl::StatusOr<DateTime> midnight = ParseDateAndTime(made); midnight.ok()) return midnight;
  }
  return whole;
}

Value DateAndTimeFunction(Call& call) {
  if (call.size() >= 6) {
    const std::optional<Date> date = DateOfParts(call[0], call[1], call[2]);
    std::optional<Time> time = TimeOfParts(call[3], call[4], *call[5].number());
    if (!date || !time) return call.Null("there is no such day, or no such time of a day");
    if (!SetPlace(*time, call[6]))
      return call.Null("the offset is not within 18 hours, or the zone is unknown");
    return InZone({*date, *time});
  }
  if (call.size() == 2) {
    const Date& date = call[0].date_time() != nullptr ? call[0].date_time()->date : *call[0].date();
    return InZone({date, *call[1].time()});
  }
  if (call[0].date_time() != nullptr) return call[0];
  if (call[0].date() != nullptr) return DateTime{*call[0].date(), {}};
  return Parsed(call, DateTimeOf(*call[0].string()));
}

Value DurationFunction(Call& call) {
  if (call[0].string() == nullptr) return call[0];
  return Parsed(call, ParseDuration(*call[0].string()));
}

const Date& DateOf(const Value& value) {
  return value.date_time() != nullptr ? value.date_time()->date : *value.date();
}

/// Whole months between two days, cut towards zero. The standard wants both of one kind; the conformance kit
/// (1121, 031 and 032) takes a date and a date and time together.
Value YearsAndMonths(Call& call) {
  const Date& from = DateOf(call[0]);
  const Date& to = DateOf(call[1]);
  int64_t months = (static_cast<int64_t>(to.year) - from.year) * 12 + to.month - from.month;
  if (months > 0 && to.day < from.day) --months;
  if (months < 0 && to.day > from.day) ++months;
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
  const Date& date = DateOf(call[0]);
  return DaysOf(date) - DaysOf({date.year, 1, 1}) + 1;
}
Value DayOfWeek(Call& call) { return kDayNames[WeekDay(DateOf(call[0]))]; }
Value MonthOfYear(Call& call) { return kMonthNames[DateOf(call[0]).month - 1]; }

/// ISO 8601: the week that holds the year's first Thursday is the first.
Value WeekOfYear(Call& call) {
  const Date& date = DateOf(call[0]);
  const int64_t thursday = DaysOf(date) - WeekDay(date) + 3;
  const Date of_thursday = DateOfDays(thursday);
  return (thursday - DaysOf({of_thursday.year, 1, 1})) / 7 + 1;
}

constexpr std::string_view kNoClock =
    "there is no clock here: the same input must always give the same result";

Value Now(Call& call) {
  return call.options().now != nullptr ? Value(*call.options().now) : call.Null(kNoClock);
}
Value Today(Call& call) {
  return call.options().now != nullptr ? Value(call.options().now->date) : call.Null(kNoClock);
}

constexpr BuiltinRow kRows[] = {
    {"date", "from:string|from:day|year:number,month:number,day:number", "date", DateFunction},
    {"time", "from:string|from:time|from:day|hour:number,minute:number,second:number,offset?:dtd", "time",
     TimeFunction},
    {"date and time",
     "from:string|from:day|date:day,time:time"
     "|year:number,month:number,day:number,hour:number,minute:number,second:number,offset?:dtd"
     "|year:number,month:number,day:number,hour:number,minute:number,second:number,timezone:string",
     "date and time", DateAndTimeFunction},
    {"duration", "from:string|from:duration", "Any", DurationFunction},
    {"years and months duration", "from:day,to:day", "years and months duration", YearsAndMonths},
    {"day of year", "date:day", "number", DayOfYear},
    {"day of week", "date:day", "string", DayOfWeek},
    {"month of year", "date:day", "string", MonthOfYear},
    {"week of year", "date:day", "number", WeekOfYear},
    {"now", "", "date and time", Now},
    {"today", "", "date", Today},
};

}  // namespace

std::span<const BuiltinRow> TemporalBuiltins() { return kRows; }

}  // namespace ameide::feel
