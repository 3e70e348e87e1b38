#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "notation/dmn/cell.h"

namespace ameide::dmn {

/// A set of small numbers (rules, segments) as bits.
class BitSet {
 public:
  BitSet() = default;
  explicit BitSet(size_t size, bool full = false);

  size_t size() const { return size_; }
  bool Has(size_t i) const { return (words_[i / 64] >> (i % 64) & 1u) != 0; }
  void Add(size_t i) { words_[i / 64] |= uint64_t{1} << (i % 64); }
  void Remove(size_t i) { words_[i / 64] &= ~(uint64_t{1} << (i % 64)); }
  bool empty() const;
  size_t count() const;
  bool Contains(const BitSet& other) const;
  bool Intersects(const BitSet& other) const;
  BitSet& operator&=(const BitSet& other);
  BitSet& operator|=(const BitSet& other);
  BitSet Complement() const;
  std::span<const uint64_t> words() const { return words_; }
  friend bool operator==(const BitSet& a, const BitSet& b) { return a.words_ == b.words_; }
  friend bool operator<(const BitSet& a, const BitSet& b) { return a.words_ < b.words_; }

 private:
  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

/// One column's values cut into segments such that no test of the column can tell two values of a segment
/// apart: for n ends in order the segments before, at and behind each (2n + 1), for text that is only tested
/// for equality one per value and one for all others, for booleans false and true. Immutable.
class Partition {
 public:
  Partition() = default;
  /// By the tests of a column; opaque cells take no part. Nothing is cut (`usable()` is false) when they are
  /// of different kinds or when all of them are opaque or `-`.
  explicit Partition(std::span<const CellTests> cells);

  bool usable() const { return shape_ != Shape::kNone; }
  feel::Kind kind() const { return kind_; }
  size_t size() const;
  /// The segment that a value lies in; nullopt for values of other kinds (null too).
  std::optional<size_t> Locate(const feel::Value& value) const;
  /// The segments that a cell accepts; all for `-` and for opaque cells. The cell's values must have been
  /// among those the partition was made of.
  BitSet Accepts(const CellTests& cell) const;
  /// Segments that hold a value at all: none lies between two neighbouring days.
  BitSet Possible() const;
  /// Segments in words about `name`: `Age > 65`, `Risk in ("high", "low")`. Empty when they are all.
  std::string Describe(std::string_view name, const BitSet& segments) const;

 private:
  enum class Shape : uint8_t { kNone, kOrdered, kPoints, kBoolean };

  size_t IndexOf(const feel::Value& end) const;
  void AddInterval(const Interval& interval, BitSet& to) const;
  std::string DescribeOrdered(std::string_view name, const BitSet& segments) const;
  std::string DescribePoints(std::string_view name, const BitSet& segments) const;

  Shape shape_ = Shape::kNone;
  feel::Kind kind_ = feel::Kind::kNull;
  std::vector<feel::Value> ends_;                    // in order, distinct
  std::unordered_map<std::string, size_t> by_text_;  // of kPoints
  std::vector<int64_t> small_;                       // ends_ as integers, when all of them are
};

}  // namespace ameide::dmn
