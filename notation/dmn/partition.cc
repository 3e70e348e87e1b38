#include "notation/dmn/partition.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ameide::dmn {

using feel::Kind;
using feel::Value;

// ---- BitSet

BitSet::BitSet(size_t size, bool full) : size_(size), words_((size + 63) / 64, full ? ~uint64_t{0} : 0) {
  if (full && size % 64 != 0) words_.back() = (uint64_t{1} << (size % 64)) - 1;
}

bool BitSet::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; });
}

size_t BitSet::count() const {
  size_t count = 0;
  for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
  return count;
}

bool BitSet::Contains(const BitSet& other) const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if ((other.words_[i] & ~words_[i]) != 0) return false;
  }
  return true;
}

bool BitSet::Intersects(const BitSet& other) const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if ((other.words_[i] & words_[i]) != 0) return true;
  }
  return false;
}

BitSet& BitSet::operator&=(const BitSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  return *this;
}

BitSet& BitSet::operator|=(const BitSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

BitSet BitSet::Complement() const {
  BitSet result(size_, true);
  for (size_t i = 0; i < words_.size(); ++i) result.words_[i] &= ~words_[i];
  return result;
}

// ---- Partition

namespace {

/// Integers of a size whose order int64_t keeps; the usual numbers of a table.
std::optional<int64_t> SmallInteger(const Value& value) {
  const feel::Decimal* const number = value.number();
  if (number == nullptr || number->exponent() != 0 || number->coefficient() > (uint64_t{1} << 62))
    return std::nullopt;
  const auto size = static_cast<int64_t>(number->coefficient());
  return number->negative() ? -size : size;
}

}  // namespace

Partition::Partition(std::span<const CellTests> cells) {
  bool only_points = true, mixed = false;
  for (const CellTests& cell : cells) {
    if (cell.opaque || cell.any) continue;
    for (const Interval& interval : cell.intervals) {
      only_points = only_points && interval.is_point();
      for (const auto* end : {&interval.low, &interval.high}) {
        if (!*end) continue;
        if (kind_ == Kind::kNull) kind_ = (*end)->kind();
        mixed = mixed || kind_ != (*end)->kind();
        ends_.push_back(**end);
      }
    }
  }
  if (mixed || ends_.empty()) {
    ends_.clear();
    kind_ = Kind::kNull;
    return;
  }
  std::sort(ends_.begin(), ends_.end(),
            [](const Value& a, const Value& b) { return CompareScalars(a, b) < 0; });
  ends_.erase(std::unique(ends_.begin(), ends_.end(),
                          [](const Value& a, const Value& b) { return CompareScalars(a, b) == 0; }),
              ends_.end());
  shape_ = kind_ == Kind::kBoolean                 ? Shape::kBoolean
           : kind_ == Kind::kString && only_points ? Shape::kPoints
                                                   : Shape::kOrdered;
  if (shape_ == Shape::kPoints) {
    for (size_t i = 0; i < ends_.size(); ++i) by_text_.emplace(*ends_[i].string(), i);
  }
  for (const Value& end : ends_) {
    const std::optional<int64_t> small = SmallInteger(end);
    if (!small) {
      small_.clear();
      break;
    }
    small_.push_back(*small);
  }
}

size_t Partition::size() const {
  switch (shape_) {
    case Shape::kOrdered:
      return 2 * ends_.size() + 1;
    case Shape::kPoints:
      return ends_.size() + 1;
    case Shape::kBoolean:
      return 2;
    case Shape::kNone:
      break;
  }
  return 1;
}

std::optional<size_t> Partition::Locate(const Value& value) const {
  if (value.kind() != kind_) return std::nullopt;
  switch (shape_) {
    case Shape::kBoolean:
      return *value.boolean() ? 1 : 0;
    case Shape::kPoints: {
      const auto found = by_text_.find(*value.string());
      return found == by_text_.end() ? ends_.size() : found->second;
    }
    case Shape::kOrdered: {
      if (!IsSegmentable(value)) return std::nullopt;
      if (!small_.empty()) {
        if (const std::optional<int64_t> small = SmallInteger(value)) {
          const auto at = std::lower_bound(small_.begin(), small_.end(), *small);
          const auto index = static_cast<size_t>(at - small_.begin());
          return at != small_.end() && *at == *small ? 2 * index + 1 : 2 * index;
        }
      }
      const size_t index = IndexOf(value);
      return index < ends_.size() && CompareScalars(ends_[index], value) == 0 ? 2 * index + 1 : 2 * index;
    }
    case Shape::kNone:
      break;
  }
  return std::nullopt;
}

size_t Partition::IndexOf(const Value& end) const {
  const auto at = std::lower_bound(ends_.begin(), ends_.end(), end,
                                   [](const Value& a, const Value& b) { return CompareScalars(a, b) < 0; });
  return static_cast<size_t>(at - ends_.begin());
}

void Partition::AddInterval(const Interval& interval, BitSet& to) const {
  if (shape_ != Shape::kOrdered) {  // only points were among the cells
    to.Add(shape_ == Shape::kBoolean ? (*interval.low->boolean() ? 1 : 0) : IndexOf(*interval.low));
    return;
  }
  const size_t first = !interval.low         ? 0
                       : interval.low_closed ? 2 * IndexOf(*interval.low) + 1
                                             : 2 * IndexOf(*interval.low) + 2;
  const size_t last = !interval.high         ? 2 * ends_.size()
                      : interval.high_closed ? 2 * IndexOf(*interval.high) + 1
                                             : 2 * IndexOf(*interval.high);
  for (size_t i = first; i <= last; ++i) to.Add(i);
}

BitSet Partition::Accepts(const CellTests& cell) const {
  if (!usable() || cell.any || cell.opaque) return BitSet(size(), true);
  BitSet segments(size());
  for (const Interval& interval : cell.intervals) AddInterval(interval, segments);
  return cell.negated ? segments.Complement() : segments;
}

BitSet Partition::Possible() const {
  BitSet segments(size(), true);
  if (shape_ != Shape::kOrdered) return segments;
  for (size_t i = 0; i + 1 < ends_.size(); ++i) {
    const bool adjacent_days = kind_ == Kind::kDate && ends_[i].date()->year == ends_[i + 1].date()->year &&
                               ends_[i].date()->month == ends_[i + 1].date()->month &&
                               ends_[i].date()->day + 1 == ends_[i + 1].date()->day;
    const bool adjacent_months =
        kind_ == Kind::kYearMonthDuration &&
        ends_[i].year_month_duration()->months + 1 == ends_[i + 1].year_month_duration()->months;
    if (adjacent_days || adjacent_months) segments.Remove(2 * i + 2);
  }
  return segments;
}

std::string Partition::Describe(std::string_view name, const BitSet& segments) const {
  if (!usable() || segments.Contains(Possible())) return "";
  switch (shape_) {
    case Shape::kBoolean:
      return absl::StrCat(std::string(name), " = ", segments.Has(1) ? "true" : "false");
    case Shape::kPoints:
      return DescribePoints(name, segments);
    default:
      return DescribeOrdered(name, segments);
  }
}

std::string Partition::DescribePoints(std::string_view name, const BitSet& segments) const {
  std::vector<std::string> in, out;
  for (size_t i = 0; i < ends_.size(); ++i) (segments.Has(i) ? in : out).push_back(FeelText(ends_[i]));
  const std::string subject(name);
  if (segments.Has(ends_.size())) {
    return out.size() == 1 ? absl::StrCat(subject, " != ", out[0])
                           : absl::StrCat("not(", subject, " in (", absl::StrJoin(out, ", "), "))");
  }
  return in.size() == 1 ? absl::StrCat(subject, " = ", in[0])
                        : absl::StrCat(subject, " in (", absl::StrJoin(in, ", "), ")");
}

std::string Partition::DescribeOrdered(std::string_view name, const BitSet& segments) const {
  const std::string subject(name);
  const BitSet possible = Possible();
  std::vector<std::string> runs;
  for (size_t first = 0; first < segments.size(); ++first) {
    if (!segments.Has(first)) continue;
    size_t last = first;
    while (last + 1 < segments.size() && (segments.Has(last + 1) || !possible.Has(last + 1))) ++last;
    while (!segments.Has(last)) --last;
    // Odd segments are ends, even ones lie before them.
    const bool has_low = first > 0, has_high = last + 1 < segments.size();
    const std::string low = has_low ? FeelText(ends_[(first - 1) / 2]) : "";
    const std::string high = has_high ? FeelText(ends_[last / 2]) : "";
    const bool low_closed = first % 2 == 1, high_closed = last % 2 == 1;
    if (first == last && low_closed) {
      runs.push_back(absl::StrCat(subject, " = ", low));
    } else if (!has_low) {
      runs.push_back(absl::StrCat(subject, high_closed ? " <= " : " < ", high));
    } else if (!has_high) {
      runs.push_back(absl::StrCat(subject, low_closed ? " >= " : " > ", low));
    } else {
      runs.push_back(
          absl::StrCat(subject, " in ", low_closed ? "[" : "(", low, "..", high, high_closed ? "]" : ")"));
    }
    first = last;
  }
  if (runs.size() == 1) return runs[0];
  return absl::StrCat("(", absl::StrJoin(runs, " or "), ")");
}

}  // namespace ameide::dmn
