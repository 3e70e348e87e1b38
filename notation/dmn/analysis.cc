#include "notation/dmn/analysis.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"

namespace ameide::dmn {

TableAnalysis::TableAnalysis(std::vector<std::vector<CellTests>> rules, std::vector<CellTests> domains)
    : rules_(std::move(rules)) {
  const size_t columns = domains.size();
  for (size_t c = 0; c < columns; ++c) {
    std::vector<CellTests> column;
    for (const auto& rule : rules_) column.push_back(rule[c]);
    column.push_back(domains[c]);
    partitions_.emplace_back(column);
    domains_.push_back(partitions_[c].Accepts(domains[c]));
    domains_[c] &= partitions_[c].Possible();
  }
  for (const auto& rule : rules_) {
    certain_.emplace_back();
    possible_.emplace_back();
    for (size_t c = 0; c < columns; ++c) {
      BitSet accepts = partitions_[c].Accepts(rule[c]);
      accepts &= domains_[c];
      // Tests of another kind than the column's others cannot be compared with them.
      const bool unknown = rule[c].opaque || (!rule[c].any && !partitions_[c].usable());
      possible_.back().push_back(accepts);
      certain_.back().push_back(unknown ? BitSet(partitions_[c].size()) : std::move(accepts));
    }
  }
}

bool TableAnalysis::IsImpossible(size_t r) const {
  for (const BitSet& accepted : possible_[r]) {
    if (accepted.empty()) return true;
  }
  return false;
}

bool TableAnalysis::Overlap(size_t a, size_t b) const {
  for (size_t c = 0; c < partitions_.size(); ++c) {
    if (!certain_[a][c].Intersects(certain_[b][c])) return false;
  }
  return true;
}

TableAnalysis::Region TableAnalysis::Intersection(size_t a, size_t b) const {
  Region region = certain_[a];
  for (size_t c = 0; c < region.size(); ++c) region[c] &= certain_[b][c];
  return region;
}

/// Walks the columns; on each, segments that the same rules accept go together.
struct TableAnalysis::Search {
  const TableAnalysis& table;
  const std::vector<std::vector<BitSet>>& accepted;  // of the covering rules
  const std::vector<size_t>& covering;               // which rows of it
  const std::vector<BitSet>& space;                  // what must be covered
  Effort& effort;
  size_t most = 1;
  bool complete = true;
  std::vector<Region> found;
  Region path;
  std::set<std::pair<size_t, std::vector<size_t>>> covered;  // known to leave nothing

  /// False when a gap was found below.
  bool Visit(size_t column, const std::vector<size_t>& rules) {
    const size_t segments = column < space.size() ? space[column].size() : 1;
    if (!effort.Spend(1 + segments * rules.size()) || found.size() >= most) {
      complete = false;
      return true;
    }
    if (rules.empty()) {
      Region region = path;
      for (size_t c = column; c < space.size(); ++c) region.push_back(space[c]);
      found.push_back(std::move(region));
      return false;
    }
    if (column == space.size()) return true;
    if (covered.contains({column, rules})) return true;
    std::map<std::vector<size_t>, BitSet> groups;
    std::vector<std::vector<size_t>> order;  // as the segments come: low before high
    for (size_t s = 0; s < space[column].size(); ++s) {
      if (!space[column].Has(s)) continue;
      std::vector<size_t> hold;
      for (const size_t rule : rules) {
        if (accepted[rule][column].Has(s)) hold.push_back(rule);
      }
      const auto [group, added] = groups.try_emplace(hold, space[column].size());
      group->second.Add(s);
      if (added) order.push_back(std::move(hold));
    }
    bool whole = true;
    for (const std::vector<size_t>& hold : order) {
      path.push_back(groups.at(hold));
      whole = Visit(column + 1, hold) && whole;
      path.pop_back();
    }
    if (whole && complete) covered.insert({column, rules});
    return whole;
  }
};

std::optional<bool> TableAnalysis::IsCovered(size_t r, std::span<const size_t> by, Effort& effort) const {
  if (IsImpossible(r)) return true;
  std::vector<size_t> covering;
  for (const size_t rule : by) {
    bool meets = true;
    for (size_t c = 0; c < partitions_.size() && meets; ++c)
      meets = certain_[rule][c].Intersects(possible_[r][c]);
    if (meets) covering.push_back(rule);
  }
  Search search{*this, certain_, covering, possible_[r], effort};
  search.Visit(0, covering);
  if (!search.found.empty()) return false;
  if (!search.complete) return std::nullopt;
  return true;
}

TableAnalysis::Gaps TableAnalysis::FindGaps(size_t most, Effort& effort) const {
  std::vector<size_t> all;
  for (size_t r = 0; r < rules_.size(); ++r) {
    if (!IsImpossible(r)) all.push_back(r);
  }
  Search search{*this, possible_, all, domains_, effort, most};
  search.Visit(0, all);
  return {std::move(search.found), search.complete};
}

std::string TableAnalysis::Describe(const Region& region, std::span<const std::string> names) const {
  std::vector<std::string> parts;
  for (size_t c = 0; c < region.size(); ++c) {
    // What the allowed values exclude anyway need not be said.
    if (region[c].Contains(domains_[c])) continue;
    std::string text = partitions_[c].Describe(names[c], region[c]);
    if (!text.empty()) parts.push_back(std::move(text));
  }
  return parts.empty() ? "any input" : absl::StrJoin(parts, " and ");
}

}  // namespace ameide::dmn
