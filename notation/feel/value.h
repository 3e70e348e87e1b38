#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "notation/feel/decimal.h"

namespace ameide::feel {

class Value;
class Context;
class Function;
struct Extent;
struct Range;
using List = std::vector<Value>;

/// What a value is. The order is part of the binary codec: only append.
enum class Kind : uint8_t {
  kNull = 0,
  kBoolean = 1,
  kNumber = 2,
  kString = 3,
  kList = 4,
  kContext = 5,
  kDate = 6,
  kTime = 7,
  kDateTime = 8,
  kDayTimeDuration = 9,
  kYearMonthDuration = 10,
  kRange = 11,
  kFunction = 12,  ///< has no binary form and no JSON; written as null
};

/// FEEL's name of a kind: "number", "date and time", "days and time duration", …
std::string_view KindName(Kind kind);

/// A day of the proleptic Gregorian calendar; years -999,999,999 … 999,999,999.
struct Date {
  int32_t year = 1970;
  uint8_t month = 1;
  uint8_t day = 1;
  auto operator<=>(const Date&) const = default;
};

/// An IANA time zone: its place in the table of names that is compiled in (zones.h), counted from 1; 0 is
/// none.
using ZoneIndex = uint16_t;

/// A time of day; without an offset it is local.
struct Time {
  uint32_t second = 0;            ///< of the day, 0 … 86,399
  uint32_t nanos = 0;             ///< 0 … 999,999,999
  std::optional<int32_t> offset;  ///< seconds east of UTC, less than 18 hours; always there with a zone
  ZoneIndex zone = 0;             ///< of a time without a date, `offset` is the zone's standard offset
  bool operator==(const Time&) const = default;
};

/// A day and a time of it.
struct DateTime {
  Date date;
  Time time;
  bool operator==(const DateTime&) const = default;
};

/// An exact span of time: seconds + nanos / 10^9, where 0 ≤ nanos < 10^9 also for negative spans.
struct DayTimeDuration {
  int64_t seconds = 0;
  uint32_t nanos = 0;
  auto operator<=>(const DayTimeDuration&) const = default;
};

/// A span of calendar months.
struct YearMonthDuration {
  int64_t months = 0;
  auto operator<=>(const YearMonthDuration&) const = default;
};

/// A FEEL value: immutable, cheap to copy (lists, contexts and ranges are shared). Thread-safe to read.
class Value {
 public:
  /// null.
  Value() = default;
  Value(std::nullptr_t) {}                                      // NOLINT
  Value(bool value) : data_(value) {}                           // NOLINT
  Value(Decimal value) : data_(value) {}                        // NOLINT
  Value(int value) : data_(Decimal(value)) {}                   // NOLINT
  Value(int64_t value) : data_(Decimal(value)) {}               // NOLINT
  Value(std::string value) : data_(std::move(value)) {}         // NOLINT
  Value(std::string_view value) : data_(std::string(value)) {}  // NOLINT
  Value(const char* value) : data_(std::string(value)) {}       // NOLINT
  Value(List value);                                            // NOLINT
  Value(Context value);                                         // NOLINT
  Value(Date value) : data_(value) {}                           // NOLINT
  Value(Time value) : data_(value) {}                           // NOLINT
  Value(DateTime value) : data_(value) {}                       // NOLINT
  Value(DayTimeDuration value) : data_(value) {}                // NOLINT
  Value(YearMonthDuration value) : data_(value) {}              // NOLINT
  Value(Range value);                                           // NOLINT
  Value(std::shared_ptr<const Function> value);                 // NOLINT
  /// The number, or null when there is none.
  Value(std::optional<Decimal> value) {
    if (value) data_ = *value;
  }  // NOLINT

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  /// True only for the boolean true: what a condition must be to be taken.
  bool is_true() const { return kind() == Kind::kBoolean && std::get<bool>(data_); }

  /// The payload when the value is of that kind, else nullptr.
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const Decimal* number() const { return std::get_if<Decimal>(&data_); }
  const std::string* string() const { return std::get_if<std::string>(&data_); }
  const List* list() const;
  const Context* context() const;
  const Date* date() const { return std::get_if<Date>(&data_); }
  const Time* time() const { return std::get_if<Time>(&data_); }
  const DateTime* date_time() const { return std::get_if<DateTime>(&data_); }
  const DayTimeDuration* day_time_duration() const { return std::get_if<DayTimeDuration>(&data_); }
  const YearMonthDuration* year_month_duration() const { return std::get_if<YearMonthDuration>(&data_); }
  const Range* range() const;
  const Function* function() const;
  /// The function with its ownership; nullptr for other kinds.
  std::shared_ptr<const Function> shared_function() const;

  /// Structural equality, null equal to null and values of different kinds unequal; numbers by value, times
  /// and date-times field by field, contexts regardless of the order of their entries. (FEEL's own `=`, which
  /// may answer null, is feel::Equal in expression.h.)
  friend bool operator==(const Value& a, const Value& b);

 private:
  friend class ListBuilder;
  friend Extent ExtentOf(const Value& value);
  /// Lists, contexts and ranges are always held with their extents (value.cc).
  std::variant<std::monostate, bool, Decimal, std::string, std::shared_ptr<const List>,
               std::shared_ptr<const Context>, Date, Time, DateTime, DayTimeDuration, YearMonthDuration,
               std::shared_ptr<const Range>, std::shared_ptr<const Function>>
      data_;
};

/// How much a value is once it is written out: values and bytes of text, and how deep it is nested. Lists,
/// contexts and functions are shared in memory, so a small one may have no end on paper; it is known when
/// they are made, so asking costs nothing.
struct Extent {
  uint64_t size = 1;
  uint32_t depth = 0;  ///< 0: nothing is in it
  /// Adds what lies inside.
  void Include(const Extent& part);
  /// Nothing larger is made by evaluating: comparing, copying and destroying it would have no end.
  bool too_large() const { return size > kMostSize || depth > kMostDepth; }
  static constexpr uint64_t kMostSize = 10'000'000;
  static constexpr uint32_t kMostDepth = 1'000;
};
/// What was counted when the value was made.
Extent ExtentOf(const Value& value);

/// A list in the making, which may be read meanwhile as far as it is. Not thread-safe.
class ListBuilder {
 public:
  ListBuilder();
  void Add(Value item);
  /// The list so far. While anybody else holds it, Add works on a copy.
  Value Share() const;
  bool shared() const { return list_.use_count() > 1; }
  size_t size() const;
  const Extent& extent() const;

 private:
  struct Held;
  friend class Value;
  friend Extent ExtentOf(const Value& value);
  std::shared_ptr<Held> list_;
};

/// Named values in the order they were first set. Not thread-safe while being changed.
class Context {
 public:
  using Entry = std::pair<std::string, Value>;

  Context() = default;
  Context(std::initializer_list<Entry> entries);

  /// nullptr when there is none; valid until the next Set or Erase.
  const Value* Find(std::string_view name) const;
  /// Replaces the value in its place, or appends.
  void Set(std::string name, Value value);
  bool Erase(std::string_view name);

  const std::vector<Entry>& entries() const { return entries_; }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  void Reserve(size_t size) { entries_.reserve(size); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  static constexpr size_t kIndexed = 16;  ///< larger ones are looked up by an index

  size_t Position(std::string_view name) const;
  void BuildIndex();

  std::vector<Entry> entries_;
  std::map<std::string, size_t, std::less<>> index_;
};

/// An interval or a unary comparison as a value: `[1..10)`, `(< 5)` (no start), `(= 5)`. Null where it has no
/// end. Ranges are equal only when they are of one form: `(= 5)` is not `[5..5]` (DMN TCK 0068).
struct Range {
  enum class Form : uint8_t { kInterval, kComparison, kNotEqual };
  Value start;
  Value end;
  bool start_included = false;
  bool end_included = false;
  Form form = Form::kInterval;  ///< kComparison: `<`, `<=`, `>`, `>=`, `=`; kNotEqual: all but `start`
};

/// FEEL's text of a value, as string() gives: strings without quotes at top level; "null" for null.
std::string ToText(const Value& value);

/// The one binary form: equal values have equal bytes (contexts keep their order). Part of plans and
/// journals: frozen.
void EncodeValue(const Value& value, ByteWriter& writer);
/// Inverse; on malformed input the reader is failed and null returned. Nesting is at most 256 deep.
Value DecodeValue(ByteReader& reader);

}  // namespace ameide::feel
