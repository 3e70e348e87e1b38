#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notation/feel/expression.h"
#include "notation/feel/value.h"

namespace ameide::dmn {

/// A set of values of one kind: all between two ends. Ends that are absent are open to that side; a single
/// value has itself as both.
struct Interval {
  std::optional<feel::Value> low, high;
  bool low_closed = false, high_closed = false;

  bool is_point() const { return low && high && low_closed && high_closed && *low == *high; }
};

/// What a table's input entry or an `allowedValues` accepts, as far as its text says so without evaluating:
/// constants, comparisons with constants and intervals between them (DMN 1.5 8.3.3, 10.3.1.2 rule 7 to 15).
struct CellTests {
  /// Everything passes: `-`.
  bool any = false;
  /// Only evaluating the text tells: it names variables, calls functions, tests lists, …
  bool opaque = false;
  /// `not(…)`: what passes is what lies outside the intervals.
  bool negated = false;
  std::vector<Interval> intervals;
};

/// What parsed unary tests accept; opaque where only evaluating them tells.
CellTests CellFrom(const feel::Expression& tests);
/// Reads a text of unary tests on its own. Never fails: what cannot be read is opaque.
CellTests ReadCell(std::string_view text);
/// The tests of a cell one by one, in their order; empty for `-`, `not(…)` and opaque cells.
std::vector<CellTests> Alternatives(const CellTests& cell);

/// Kinds whose values have one order that is also FEEL's `<`, or (booleans) at least equality.
bool IsSegmentable(const feel::Value& value);
/// Less than 0, 0 or more for two values of one segmentable kind.
int CompareScalars(const feel::Value& a, const feel::Value& b);
/// The value as it is written in FEEL: `"high"`, `5`, `date("2024-01-31")`.
std::string FeelText(const feel::Value& value);

}  // namespace ameide::dmn
