// How points and ranges lie to one another (DMN 1.5, table 78; after Allen's interval algebra).
#include <optional>

#include "notation/feel/builtins.h"

namespace ameide::feel {
namespace {

/// An end of a range: a value, or beyond all values on its side.
struct End {
  const Value* value;  // null: without end
  int side;            // -1: a start, 1: an end, 0: a point
};

/// A point, or a range.
struct Stretch {
  End start, end;
  bool start_included, end_included;
};

/// Compares ends, and remembers when two have no order: then nothing of the result holds.
class Relation {
 public:
  explicit Relation(Call& call) : call_(call) {}

  Stretch Of(size_t index) const {
    const Value& value = call_[index];
    const Range* range = value.range();
    if (range == nullptr) return {{&value, 0}, {&value, 0}, true, true};
    return {{&range->start, -1}, {&range->end, 1}, range->start_included, range->end_included};
  }
  bool IsPoint(size_t index) const { return call_[index].range() == nullptr; }

  int Compare(const End& a, const End& b) {
    if (a.value->is_null() || b.value->is_null()) {
      const int x = a.value->is_null() ? a.side : 0, y = b.value->is_null() ? b.side : 0;
      return x < y ? -1 : x > y ? 1 : 0;
    }
    const std::optional<int> order = Order(*a.value, *b.value);
    unordered_ = unordered_ || !order;
    return order.value_or(0);
  }
  Value Answer(bool holds) {
    return unordered_ ? call_.Null("the values have no common order") : Value(holds);
  }

 private:
  Call& call_;
  bool unordered_ = false;
};

using Holds = bool (*)(Relation& r, const Stretch& a, const Stretch& b);

bool IsBefore(Relation& r, const Stretch& a, const Stretch& b) {
  const int order = r.Compare(a.end, b.start);
  return order < 0 || (order == 0 && (!a.end_included || !b.start_included));
}

bool Meet(Relation& r, const Stretch& a, const Stretch& b) {
  return r.Compare(a.end, b.start) == 0 && a.end_included && b.start_included;
}

/// They have a point in common, or could have.
bool Touch(Relation& r, const Stretch& a, const Stretch& b) {
  const int order = r.Compare(a.end, b.start);
  return order > 0 || (order == 0 && a.end_included && b.start_included);
}

bool Overlap(Relation& r, const Stretch& a, const Stretch& b) { return Touch(r, a, b) && Touch(r, b, a); }

bool OverlapBefore(Relation& r, const Stretch& a, const Stretch& b) {
  const int starts = r.Compare(a.start, b.start), ends = r.Compare(a.end, b.end);
  return (starts < 0 || (starts == 0 && a.start_included && !b.start_included)) && Touch(r, a, b) &&
         (ends < 0 || (ends == 0 && (!a.end_included || b.end_included)));
}

bool Finish(Relation& r, const Stretch& a, const Stretch& b) {
  const int starts = r.Compare(a.start, b.start);
  return a.end_included == b.end_included && r.Compare(a.end, b.end) == 0 &&
         (starts > 0 || (starts == 0 && (!a.start_included || b.start_included)));
}

bool FinishPoint(Relation& r, const Stretch& point, const Stretch& range) {
  return range.end_included && r.Compare(point.end, range.end) == 0;
}

bool Start(Relation& r, const Stretch& a, const Stretch& b) {
  const int ends = r.Compare(a.end, b.end);
  return a.start_included == b.start_included && r.Compare(a.start, b.start) == 0 &&
         (ends < 0 || (ends == 0 && (!a.end_included || b.end_included)));
}

bool StartPoint(Relation& r, const Stretch& point, const Stretch& range) {
  return range.start_included && r.Compare(point.start, range.start) == 0;
}

bool Include(Relation& r, const Stretch& a, const Stretch& b) {
  const int starts = r.Compare(a.start, b.start), ends = r.Compare(a.end, b.end);
  return (starts < 0 || (starts == 0 && (a.start_included || !b.start_included))) &&
         (ends > 0 || (ends == 0 && (a.end_included || !b.end_included)));
}

bool Coincide(Relation& r, const Stretch& a, const Stretch& b) {
  const bool same = r.Compare(a.start, b.start) == 0 && r.Compare(a.end, b.end) == 0;
  return same && a.start_included == b.start_included && a.end_included == b.end_included;
}

template <Holds kHolds>
Value Of(Call& call) {
  Relation relation(call);
  return relation.Answer(kHolds(relation, relation.Of(0), relation.Of(1)));
}

/// The relation from the second to the first.
template <Holds kHolds>
Value Reversed(Call& call) {
  Relation relation(call);
  return relation.Answer(kHolds(relation, relation.Of(1), relation.Of(0)));
}

template <Holds kPoint, Holds kRange>
Value PointOrRange(Call& call) {
  Relation relation(call);
  return relation.Answer((relation.IsPoint(0) ? kPoint : kRange)(relation, relation.Of(0), relation.Of(1)));
}

template <Holds kPoint, Holds kRange>
Value PointOrRangeReversed(Call& call) {
  Relation relation(call);
  return relation.Answer((relation.IsPoint(1) ? kPoint : kRange)(relation, relation.Of(1), relation.Of(0)));
}

constexpr const char* kAll =
    "point1:point,point2:point|point:point,range:range|range:range,point:point|range1:range,range2:range";
constexpr const char* kRanges = "range1:range,range2:range";
constexpr const char* kPointFirst = "point:point,range:range|range1:range,range2:range";
constexpr const char* kRangeFirst = "range:range,point:point|range1:range,range2:range";
constexpr const char* kAlike = "point1:point,point2:point|range1:range,range2:range";

constexpr BuiltinRow kRows[] = {
    {"before", kAll, "boolean", Of<IsBefore>},
    {"after", kAll, "boolean", Reversed<IsBefore>},
    {"meets", kRanges, "boolean", Of<Meet>},
    {"met by", kRanges, "boolean", Reversed<Meet>},
    {"overlaps", kRanges, "boolean", Of<Overlap>},
    {"overlaps before", kRanges, "boolean", Of<OverlapBefore>},
    {"overlaps after", kRanges, "boolean", Reversed<OverlapBefore>},
    {"finishes", kPointFirst, "boolean", PointOrRange<FinishPoint, Finish>},
    {"finished by", kRangeFirst, "boolean", PointOrRangeReversed<FinishPoint, Finish>},
    {"includes", kRangeFirst, "boolean", Of<Include>},
    {"during", kPointFirst, "boolean", Reversed<Include>},
    {"starts", kPointFirst, "boolean", PointOrRange<StartPoint, Start>},
    {"started by", kRangeFirst, "boolean", PointOrRangeReversed<StartPoint, Start>},
    {"coincides", kAlike, "boolean", Of<Coincide>},
};

}  // namespace

std::span<const BuiltinRow> RangeBuiltins() { return kRows; }

}  // namespace ameide::feel
