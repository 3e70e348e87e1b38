#include "notation/dmn/cell.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notation/feel/expression.h"
#include "notation/feel/json.h"

namespace ameide::dmn {

using feel::Kind;
using feel::Value;

CellTests CellFrom(const feel::Expression& tests) {
  CellTests opaque;
  opaque.opaque = true;
  const std::optional<feel::ConstantTests> constant = feel::ReadConstantTests(tests);
  if (!constant) return opaque;
  CellTests cell;
  if (constant->ranges.empty()) {
    if (!constant->negated) return opaque;
    cell.any = true;
    return cell;
  }
  cell.negated = constant->negated;
  Kind kind = Kind::kNull;
  for (const feel::Range& range : constant->ranges) {
    Interval interval;
    if (range.form == feel::Range::Form::kNotEqual) {
      if (constant->ranges.size() > 1 || cell.negated) return opaque;
      cell.negated = true;
      interval = {range.start, range.start, true, true};
    } else {
      if (!range.start.is_null()) interval.low = range.start;
      if (!range.end.is_null()) interval.high = range.end;
      interval.low_closed = range.start_included;
      interval.high_closed = range.end_included;
    }
    if (!interval.low && !interval.high) return opaque;
    for (const auto* end : {&interval.low, &interval.high}) {
      if (!*end) continue;
      if (!IsSegmentable(**end)) return opaque;
      if (kind == Kind::kNull) kind = (*end)->kind();
      if ((*end)->kind() != kind) return opaque;
    }
    if (kind == Kind::kBoolean && !interval.is_point()) return opaque;
    cell.intervals.push_back(std::move(interval));
  }
  return cell;
}

CellTests ReadCell(std::string_view text) {
  const feel::Parsed parsed = feel::ReadUnaryTests(text);
  if (parsed.expression) return CellFrom(*parsed.expression);
  CellTests opaque;
  opaque.opaque = true;
  return opaque;
}

std::vector<CellTests> Alternatives(const CellTests& cell) {
  std::vector<CellTests> each;
  if (cell.any || cell.opaque || cell.negated) return each;
  for (const Interval& interval : cell.intervals) {
    each.emplace_back();
    each.back().intervals.push_back(interval);
  }
  return each;
}

bool IsSegmentable(const Value& value) {
  switch (value.kind()) {
    case Kind::kBoolean:
    case Kind::kNumber:
    case Kind::kString:
    case Kind::kDate:
    case Kind::kDayTimeDuration:
    case Kind::kYearMonthDuration:
      return true;
    case Kind::kTime:
      return !value.time()->offset;
    case Kind::kDateTime:
      return !value.date_time()->time.offset;
    default:
      return false;
  }
}

int CompareScalars(const Value& a, const Value& b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  switch (a.kind()) {
    case Kind::kBoolean:
      return order(*a.boolean(), *b.boolean());
    case Kind::kNumber:
      return Compare(*a.number(), *b.number());
    case Kind::kString:
      return order(*a.string(), *b.string());
    case Kind::kDate:
      return order(*a.date(), *b.date());
    case Kind::kDayTimeDuration:
      return order(*a.day_time_duration(), *b.day_time_duration());
    case Kind::kYearMonthDuration:
      return order(*a.year_month_duration(), *b.year_month_duration());
    case Kind::kTime: {
      if (const int seconds = order(a.time()->second, b.time()->second); seconds != 0) return seconds;
      return order(a.time()->nanos, b.time()->nanos);
    }
    case Kind::kDateTime: {
      if (const int days = order(a.date_time()->date, b.date_time()->date); days != 0) return days;
      return CompareScalars(Value(a.date_time()->time), Value(b.date_time()->time));
    }
    default:
      return 0;
  }
}

std::string FeelText(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return feel::ToJson(value);
    case Kind::kDate:
      return absl::StrCat("date(\"", feel::ToText(value), "\")");
    case Kind::kTime:
      return absl::StrCat("time(\"", feel::ToText(value), "\")");
    case Kind::kDateTime:
      return absl::StrCat("date and time(\"", feel::ToText(value), "\")");
    case Kind::kDayTimeDuration:
    case Kind::kYearMonthDuration:
      return absl::StrCat("duration(\"", feel::ToText(value), "\")");
    case Kind::kNull:
      return "null";
    default:
      return feel::ToText(value);
  }
}

}  // namespace ameide::dmn
