#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "notation/dmn/cell.h"
#include "notation/dmn/partition.h"

namespace ameide::dmn {

/// How much may still be looked at; shared by the questions about one table.
struct Effort {
  uint64_t left = 1'000'000'000;
  /// Takes `amount`; false when there is not that much left.
  bool Spend(uint64_t amount) {
    left = left > amount ? left - amount : 0;
    return left > 0;
  }
};

/// A decision table as hyper-rectangles: each rule accepts a set of segments in each column. Rules with
/// opaque cells count as accepting everything there where that keeps a finding from being claimed, and as
/// accepting nothing where that does: what is reported is certain, null inputs aside.
class TableAnalysis {
 public:
  /// `rules[r][c]` is rule r's test of column c; `domains[c]` what the input's allowed values accept (`any`
  /// when nothing is said).
  TableAnalysis(std::vector<std::vector<CellTests>> rules, std::vector<CellTests> domains);

  /// A part of the input space: for each column the segments.
  using Region = std::vector<BitSet>;

  /// Whether no input can satisfy rule `r` by itself (an interval without values, a value that is not
  /// allowed).
  bool IsImpossible(size_t r) const;
  /// Whether some input certainly satisfies both rules.
  bool Overlap(size_t a, size_t b) const;
  /// The inputs that satisfy both.
  Region Intersection(size_t a, size_t b) const;
  /// Whether the rules `by` together accept all that rule `r` may accept; nullopt when that is too much work
  /// to find out.
  std::optional<bool> IsCovered(size_t r, std::span<const size_t> by, Effort& effort) const;

  /// Inputs for which no rule can hold: disjoint regions in order, at most `most`.
  struct Gaps {
    std::vector<Region> regions;
    bool complete = true;  ///< false when there are more or the search was given up
  };
  Gaps FindGaps(size_t most, Effort& effort) const;

  /// A region in words, `names[c]` being the input's expression: `Age > 65 and Risk = "high"`. "any input"
  /// for the whole space.
  std::string Describe(const Region& region, std::span<const std::string> names) const;

  size_t rule_count() const { return rules_.size(); }
  size_t column_count() const { return partitions_.size(); }
  const Partition& partition(size_t column) const { return partitions_[column]; }
  /// The segments of `column` that the input's allowed values leave.
  const BitSet& domain(size_t column) const { return domains_[column]; }

 private:
  struct Search;

  std::vector<Partition> partitions_;
  std::vector<BitSet> domains_;
  std::vector<std::vector<BitSet>> certain_;   // [rule][column]: accepted for sure
  std::vector<std::vector<BitSet>> possible_;  // [rule][column]: may be accepted
  std::vector<std::vector<CellTests>> rules_;
};

}  // namespace ameide::dmn
