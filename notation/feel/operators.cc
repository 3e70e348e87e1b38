// FEEL's operators on two values (DMN 1.5, 10.3.2.3), null where the kinds do not fit.
#include <algorithm>
#include <limits>
#include <optional>

#include "notation/feel/builtins.h"
#include "notation/feel/duration.h"
#include "notation/feel/zones.h"

namespace ameide::feel {
namespace {

__extension__ typedef __int128 Int128;

constexpr int64_t kDay = 86'400;
constexpr int64_t kNanos = 1'000'000'000;
constexpr int32_t kMaxYear = 999'999'999;

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

/// Nanoseconds from 1970 in the value's own clock, minus its offset.
Int128 Instant(const DateTime& value) {
  const Int128 seconds =
      static_cast<Int128>(DaysOf(value.date)) * kDay + value.time.second - value.time.offset.value_or(0);
  return seconds * kNanos + value.time.nanos;
}

Int128 Instant(const Time& value) {
  return (static_cast<Int128>(value.second) - value.offset.value_or(0)) * kNanos + value.nanos;
}

Int128 TotalNanos(const DayTimeDuration& value) {
  return static_cast<Int128>(value.seconds) * kNanos + value.nanos;
}

/// The duration of that many nanoseconds; null when 64 bits do not hold its seconds.
Value MakeDuration(Int128 nanos) {
  Int128 seconds = nanos / kNanos;
  Int128 rest = nanos % kNanos;
  if (rest < 0) {
    rest += kNanos;
    --seconds;
  }
  if (seconds > std::numeric_limits<int64_t>::max() || seconds < std::numeric_limits<int64_t>::min())
    return {};
  return DayTimeDuration{static_cast<int64_t>(seconds), static_cast<uint32_t>(rest)};
}

/// Months further by the calendar, on the last day where the month is shorter.
std::optional<Date> AddMonths(const Date& date, int64_t months) {
  const Int128 total = static_cast<Int128>(date.year) * 12 + (date.month - 1) + months;
  const Int128 year = total >= 0 ? total / 12 : (total - 11) / 12;
  if (year > kMaxYear || year < -kMaxYear) return std::nullopt;
  Date out{static_cast<int32_t>(year), static_cast<uint8_t>(total - year * 12 + 1), date.day};
  while (!IsValid(out)) --out.day;
  return out;
}

/// A date and time that many nanoseconds later, in the same offset or zone.
Value Shift(const DateTime& value, Int128 nanos) {
  if (value.time.zone != 0) {
    DateTime utc = value;
    utc.time.zone = 0;
    utc.time.offset.reset();
    const Value moved = Shift(utc, nanos - static_cast<Int128>(value.time.offset.value_or(0)) * kNanos);
    const DateTime* at = moved.date_time();
    if (at == nullptr) return {};
    return AtInstant(DaysOf(at->date) * kDay + at->time.second, at->time.nanos, value.time.zone);
  }
  const Int128 local = Instant(value) + static_cast<Int128>(value.time.offset.value_or(0)) * kNanos + nanos;
  const Int128 day_nanos = static_cast<Int128>(kDay) * kNanos;
  Int128 days = local / day_nanos;
  Int128 rest = local % day_nanos;
  if (rest < 0) {
    rest += day_nanos;
    --days;
  }
  constexpr Int128 kMaxDays = static_cast<Int128>(kMaxYear) * 365;
  if (days > kMaxDays || days < -kMaxDays) return {};
  return DateTime{
      DateOfDays(static_cast<int64_t>(days)),
      {static_cast<uint32_t>(rest / kNanos), static_cast<uint32_t>(rest % kNanos), value.time.offset}};
}

Value AddToTemporal(const Value& value, const DayTimeDuration& duration) {
  const Int128 nanos = TotalNanos(duration);
  if (const DateTime* at = value.date_time()) return Shift(*at, nanos);
  if (const Date* date = value.date()) {
    const Value moved = Shift({*date, {}}, nanos);
    return moved.date_time() != nullptr ? Value(moved.date_time()->date) : Value();
  }
  if (const Time* time = value.time()) {
    Time local = *time;
    local.zone = 0;
    const Value moved = Shift({{}, local}, nanos);
    if (moved.date_time() == nullptr) return {};
    local = moved.date_time()->time;
    local.zone = time->zone;
    return local;
  }
  return {};
}

Value AddToTemporal(const Value& value, const YearMonthDuration& duration) {
  const Date* date = value.date_time() != nullptr ? &value.date_time()->date : value.date();
  if (date == nullptr) return {};
  const std::optional<Date> moved = AddMonths(*date, duration.months);
  if (!moved) return {};
  return value.date_time() != nullptr ? Value(InZone({*moved, value.date_time()->time})) : Value(*moved);
}

std::optional<DayTimeDuration> Negated(const DayTimeDuration& value) {
  const Value out = MakeDuration(-TotalNanos(value));
  return out.day_time_duration() != nullptr ? std::optional(*out.day_time_duration()) : std::nullopt;
}

Value Months(Int128 months) {
  constexpr Int128 kMost = static_cast<Int128>(kMaxYear) * 24;
  return months > kMost || months < -kMost ? Value() : Value(YearMonthDuration{static_cast<int64_t>(months)});
}

/// Midnight UTC for a date among dates and times.
std::optional<DateTime> AsDateTime(const Value& value) {
  if (value.date_time() != nullptr) return *value.date_time();
  if (value.date() != nullptr) return DateTime{*value.date(), {0, 0, 0}};
  return std::nullopt;
}

std::optional<Decimal> SecondsOf(const DayTimeDuration& value) {
  const Int128 nanos = TotalNanos(value);
  return Decimal::Make(nanos < 0, static_cast<Uint128>(nanos < 0 ? -nanos : nanos), -9);
}

/// Parts below a nanosecond are cut off.
Value DurationOfSeconds(const std::optional<Decimal>& seconds) {
  const std::optional<Decimal> whole = seconds ? Round(*seconds, 0, Rounding::kFloor) : std::nullopt;
  const std::optional<int64_t> count = whole ? whole->ToInt64() : std::nullopt;
  if (!count) return {};
  const std::optional<Decimal> rest = Subtract(*seconds, *whole);
  const std::optional<Decimal> nanos = rest ? Multiply(*rest, Decimal(kNanos)) : std::nullopt;
  const std::optional<Decimal> cut = nanos ? Round(*nanos, 0, Rounding::kDown) : std::nullopt;
  const std::optional<int64_t> below = cut ? cut->ToInt64() : std::nullopt;
  return below ? MakeDuration(static_cast<Int128>(*count) * kNanos + *below) : Value();
}

Value ScaleDuration(const Value& duration, const Decimal& factor, bool divide) {
  const auto scaled = [&](const Decimal& by) { return divide ? Divide(by, factor) : Multiply(by, factor); };
  if (const DayTimeDuration* time = duration.day_time_duration()) {
    const std::optional<Decimal> seconds = SecondsOf(*time);
    return seconds ? DurationOfSeconds(scaled(*seconds)) : Value();
  }
  const std::optional<Decimal> months = scaled(Decimal(duration.year_month_duration()->months));
  const std::optional<Decimal> whole = months ? Round(*months, 0, Rounding::kDown) : std::nullopt;
  const std::optional<int64_t> count = whole ? whole->ToInt64() : std::nullopt;
  return count ? Months(*count) : Value();
}

bool IsDuration(const Value& value) {
  return value.day_time_duration() != nullptr || value.year_month_duration() != nullptr;
}

}  // namespace

std::optional<int64_t> Whole(const Value& value) {
  return value.number() != nullptr ? value.number()->ToInt64() : std::nullopt;
}

namespace {

/// Equality of moments is that of their properties; one that has an offset never equals one that has none.
/// The standard has no precision of seconds; the conformance kit takes what is within a millisecond for the
/// same (0068, time_005 and datetime_003_a), which its own text does not ask for.
template <typename T>
bool SameMoment(const T& a, const T& b, const std::optional<int32_t>& a_offset,
                const std::optional<int32_t>& b_offset) {
  if (a_offset.has_value() != b_offset.has_value()) return false;
  constexpr int64_t kPrecision = 1'000'000;
  const auto cut = [](Int128 nanos) {
    return nanos >= 0 ? nanos / kPrecision : (nanos - kPrecision + 1) / kPrecision;
  };
  return cut(Instant(a)) == cut(Instant(b));
}

/// Of two moments the one without an offset uses that of the other (table 54).
template <typename T>
int OrderOfMoments(const T& a, const T& b, const std::optional<int32_t>& a_offset,
                   const std::optional<int32_t>& b_offset) {
  if (a_offset.has_value() == b_offset.has_value()) return Sign(Instant(a), Instant(b));
  const Int128 shift = static_cast<Int128>(a_offset ? *a_offset : *b_offset) * kNanos;
  return a_offset ? Sign(Instant(a), Instant(b) - shift) : Sign(Instant(a) - shift, Instant(b));
}

Truth EqualLists(const List& a, const List& b) {
  if (a.size() != b.size()) return Truth::kFalse;
  Truth all = Truth::kTrue;
  for (size_t i = 0; i < a.size() && all != Truth::kFalse; ++i) all = And(all, IsEqual(a[i], b[i]));
  return all;
}

Truth EqualContexts(const Context& a, const Context& b) {
  if (a.size() != b.size()) return Truth::kFalse;
  Truth all = Truth::kTrue;
  for (const auto& [name, value] : a) {
    const Value* other = b.Find(name);
    if (other == nullptr) return Truth::kFalse;
    all = And(all, IsEqual(value, *other));
  }
  return all;
}

Truth EqualRanges(const Range& a, const Range& b) {
  if (a.form != b.form || a.start_included != b.start_included || a.end_included != b.end_included)
    return Truth::kFalse;
  return And(IsEqual(a.start, b.start), IsEqual(a.end, b.end));
}

bool IsZero(const Value& duration) {
  if (const DayTimeDuration* time = duration.day_time_duration())
    return time->seconds == 0 && time->nanos == 0;
  return duration.year_month_duration()->months == 0;
}

/// Values of two kinds are not compared (10.3.2.3), but empty durations are the same of both kinds.
Truth EqualAcross(const Value& a, const Value& b) {
  return IsDuration(a) && IsDuration(b) && IsZero(a) && IsZero(b) ? Truth::kTrue : Truth::kNull;
}

}  // namespace

Truth IsEqual(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return TruthOf(a.is_null() && b.is_null());
  if (a.kind() != b.kind()) return EqualAcross(a, b);
  switch (a.kind()) {
    case Kind::kNumber:
      return TruthOf(Compare(*a.number(), *b.number()) == 0);
    case Kind::kString:
      return TruthOf(*a.string() == *b.string());
    case Kind::kList:
      return EqualLists(*a.list(), *b.list());
    case Kind::kContext:
      return EqualContexts(*a.context(), *b.context());
    case Kind::kRange:
      return EqualRanges(*a.range(), *b.range());
    case Kind::kFunction:
      return TruthOf(a.function()->Equals(*b.function()));
    case Kind::kTime:
      return TruthOf(SameMoment(*a.time(), *b.time(), a.time()->offset, b.time()->offset));
    case Kind::kDateTime:
      return TruthOf(
          SameMoment(*a.date_time(), *b.date_time(), a.date_time()->time.offset, b.date_time()->time.offset));
    default:
      return TruthOf(a == b);
  }
}

Truth IsInRange(const Value& value, const Range& range) {
  if (range.form == Range::Form::kNotEqual) return Not(IsEqual(value, range.start));
  if (range.form == Range::Form::kComparison && !range.start.is_null() && !range.end.is_null())
    return IsEqual(value, range.start);
  if (range.start.is_null() && range.end.is_null()) return Truth::kNull;
  // An interval's end that is null is not known; a comparison has none on that side.
  const bool open = range.form == Range::Form::kComparison;
  Truth within = Truth::kTrue;
  if (!range.start.is_null() || !open) {
    const std::optional<int> order = Order(value, range.start);
    within = order ? TruthOf(*order > 0 || (*order == 0 && range.start_included)) : Truth::kNull;
  }
  if ((!range.end.is_null() || !open) && within != Truth::kFalse) {
    const std::optional<int> order = Order(value, range.end);
    within = And(within, order ? TruthOf(*order < 0 || (*order == 0 && range.end_included)) : Truth::kNull);
  }
  return within;
}

Truth IsMatch(const Value& value, const Value& test) {
  if (test.range() != nullptr)
    return value.range() != nullptr ? IsEqual(value, test) : IsInRange(value, *test.range());
  if (test.list() == nullptr) return IsEqual(value, test);
  if (value.list() != nullptr && IsEqual(value, test) == Truth::kTrue) return Truth::kTrue;
  // As list contains: what cannot be compared is not it.
  return TruthOf(std::any_of(test.list()->begin(), test.list()->end(), [&](const Value& item) {
    const bool within = item.range() != nullptr && value.range() == nullptr;
    return (within ? IsInRange(value, *item.range()) : IsEqual(value, item)) == Truth::kTrue;
  }));
}

Value Equal(const Value& a, const Value& b) { return ValueOf(IsEqual(a, b)); }
Value Matches(const Value& value, const Value& test) { return ValueOf(IsMatch(value, test)); }

std::optional<int> Order(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case Kind::kNumber:
      return Compare(*a.number(), *b.number());
    case Kind::kString:
      return Sign(*a.string(), *b.string());
    case Kind::kDate:
      return Sign(*a.date(), *b.date());
    case Kind::kTime:
      return OrderOfMoments(*a.time(), *b.time(), a.time()->offset, b.time()->offset);
    case Kind::kDateTime:
      return OrderOfMoments(*a.date_time(), *b.date_time(), a.date_time()->time.offset,
                            b.date_time()->time.offset);
    case Kind::kDayTimeDuration:
      return Sign(*a.day_time_duration(), *b.day_time_duration());
    case Kind::kYearMonthDuration:
      return Sign(*a.year_month_duration(), *b.year_month_duration());
    default:
      return std::nullopt;
  }
}

Value AddValues(const Value& a, const Value& b) {
  if (a.number() != nullptr && b.number() != nullptr) return Add(*a.number(), *b.number());
  if (a.string() != nullptr && b.string() != nullptr) return *a.string() + *b.string();
  if (a.day_time_duration() != nullptr && b.day_time_duration() != nullptr) {
    return MakeDuration(TotalNanos(*a.day_time_duration()) + TotalNanos(*b.day_time_duration()));
  }
  if (a.year_month_duration() != nullptr && b.year_month_duration() != nullptr) {
    return Months(static_cast<Int128>(a.year_month_duration()->months) + b.year_month_duration()->months);
  }
  if (b.day_time_duration() != nullptr) return AddToTemporal(a, *b.day_time_duration());
  if (b.year_month_duration() != nullptr) return AddToTemporal(a, *b.year_month_duration());
  if (a.day_time_duration() != nullptr) return AddToTemporal(b, *a.day_time_duration());
  if (a.year_month_duration() != nullptr) return AddToTemporal(b, *a.year_month_duration());
  return {};
}

Value SubtractValues(const Value& a, const Value& b) {
  if (a.number() != nullptr && b.number() != nullptr) return Subtract(*a.number(), *b.number());
  if (const DayTimeDuration* time = b.day_time_duration()) {
    const std::optional<DayTimeDuration> negated = Negated(*time);
    return negated ? AddValues(a, Value(*negated)) : Value();
  }
  if (const YearMonthDuration* months = b.year_month_duration())
    return AddValues(a, Value(YearMonthDuration{-months->months}));
  if (a.time() != nullptr && b.time() != nullptr) {
    if (a.time()->offset.has_value() != b.time()->offset.has_value()) return {};
    return MakeDuration(Instant(*a.time()) - Instant(*b.time()));
  }
  const std::optional<DateTime> left = AsDateTime(a), right = AsDateTime(b);
  if (!left || !right || left->time.offset.has_value() != right->time.offset.has_value()) return {};
  return MakeDuration(Instant(*left) - Instant(*right));
}

Value MultiplyValues(const Value& a, const Value& b) {
  if (a.number() != nullptr && b.number() != nullptr) return Multiply(*a.number(), *b.number());
  if (IsDuration(a) && b.number() != nullptr) return ScaleDuration(a, *b.number(), false);
  if (IsDuration(b) && a.number() != nullptr) return ScaleDuration(b, *a.number(), false);
  return {};
}

Value DivideValues(const Value& a, const Value& b) {
  if (a.number() != nullptr && b.number() != nullptr) return Divide(*a.number(), *b.number());
  if (IsDuration(a) && b.number() != nullptr) return ScaleDuration(a, *b.number(), true);
  if (a.day_time_duration() != nullptr && b.day_time_duration() != nullptr) {
    const std::optional<Decimal> x = SecondsOf(*a.day_time_duration()), y = SecondsOf(*b.day_time_duration());
    return x && y ? Value(Divide(*x, *y)) : Value();
  }
  if (a.year_month_duration() != nullptr && b.year_month_duration() != nullptr) {
    return Divide(Decimal(a.year_month_duration()->months), Decimal(b.year_month_duration()->months));
  }
  return {};
}

namespace {

Value DateProperty(const Date& date, std::string_view name) {
  if (name == "year") return date.year;
  if (name == "month") return static_cast<int>(date.month);
  if (name == "day") return static_cast<int>(date.day);
  if (name == "weekday") {
    const int64_t day = (DaysOf(date) + 3) % 7;  // 1970-01-01 was a Thursday
    return (day < 0 ? day + 7 : day) + 1;
  }
  return {};
}

Value TimeProperty(const Time& time, std::string_view name) {
  if (name == "hour") return static_cast<int>(time.second / 3600);
  if (name == "minute") return static_cast<int>(time.second / 60 % 60);
  if (name == "second") {
    return Add(Decimal(time.second % 60), *Decimal::Make(false, time.nanos, -9));
  }
  if (name == "time offset" && time.offset) return DayTimeDuration{*time.offset, 0};
  if (name == "timezone" && time.zone != 0) return ZoneNameOf(time.zone);
  return {};
}

Value DurationProperty(const DayTimeDuration& value, std::string_view name) {
  const Int128 total = TotalNanos(value);
  const int sign = total < 0 ? -1 : 1;
  const Int128 nanos = total < 0 ? -total : total;
  const auto seconds = static_cast<int64_t>(nanos / kNanos);
  if (name == "days") return sign * (seconds / kDay);
  if (name == "hours") return sign * (seconds % kDay / 3600);
  if (name == "minutes") return sign * (seconds / 60 % 60);
  if (name == "seconds") {
    return Decimal::Make(
        sign < 0, static_cast<Uint128>(seconds % 60) * kNanos + static_cast<Uint128>(nanos % kNanos), -9);
  }
  return {};
}

}  // namespace

Value Property(const Value& value, std::string_view name) {
  if (const Range* range = value.range()) {
    if (name == "start") return range->start;
    if (name == "end") return range->end;
    if (name == "start included") return range->start_included;
    if (name == "end included") return range->end_included;
    return {};
  }
  if (value.date() != nullptr) return DateProperty(*value.date(), name);
  if (value.time() != nullptr) return TimeProperty(*value.time(), name);
  if (const DateTime* at = value.date_time()) {
    Value of_date = DateProperty(at->date, name);
    return of_date.is_null() ? TimeProperty(at->time, name) : of_date;
  }
  if (value.day_time_duration() != nullptr) return DurationProperty(*value.day_time_duration(), name);
  if (const YearMonthDuration* months = value.year_month_duration()) {
    if (name == "years") return months->months / 12;
    if (name == "months") return months->months % 12;
  }
  return {};
}

}  // namespace ameide::feel
