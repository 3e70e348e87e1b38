#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

/// What two lists have in common, in order. The lists are of symbols: equal numbers mean equal things. Pure.
namespace ameide::uaf::document {

/// Positions in two lists, growing in both.
using Pairs = std::vector<std::pair<size_t, size_t>>;

/// Of pairs that are sorted by their first: the longest subsequence whose second members grow too. O(n log
/// n).
Pairs LongestIncreasing(const Pairs& pairs);

/// A long common subsequence: common ends first, then the longest one where finding it is affordable (lists
/// that are short or differ in little), else around what occurs once on either side (patience diff), else
/// around the rarest equals (histogram diff). O(n log n) for lists of mostly distinct symbols; bounded by a
/// constant per symbol otherwise.
Pairs CommonSubsequence(std::span<const uint64_t> a, std::span<const uint64_t> b);

}  // namespace ameide::uaf::document
