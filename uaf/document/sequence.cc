#include "uaf/document/sequence.h"

#include <algorithm>
#include <unordered_map>

namespace ameide::uaf::document {
namespace {

using Symbols = std::span<const uint64_t>;

/// Above so many cells an exact longest common subsequence is not worth its time.
constexpr size_t kMostCells = 1'000'000;
/// Splits that go deeper are contrived; what is left then counts as different.
constexpr int kDeepestSplit = 200;
/// More occurrences than these tell nothing about where something belongs.
constexpr size_t kMostOccurrences = 64;

/// Where a symbol occurs in both lists.
struct Occurrences {
  std::vector<size_t> in_a;
  std::vector<size_t> in_b;
};

/// Exact, by dynamic programming.
Pairs Exact(Symbols a, Symbols b) {
  const size_t width = b.size() + 1;
  std::vector<uint32_t> length((a.size() + 1) * width, 0);
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      length[i * width + j] = a[i] == b[j] ? length[(i + 1) * width + j + 1] + 1
                                           : std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
    }
  }
  Pairs pairs;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j])
      pairs.emplace_back(i++, j++);
    else if (length[(i + 1) * width + j] >= length[i * width + j + 1])
      ++i;
    else
      ++j;
  }
  return pairs;
}

class Aligner {
 public:
  Aligner(Symbols a, Symbols b) : a_(a), b_(b) {}

  Pairs Run() {
    Align(0, a_.size(), 0, b_.size(), 0);
    return std::move(pairs_);
  }

 private:
  /// Appends the pairs of a[a0, a1) and b[b0, b1).
  void Align(size_t a0, size_t a1, size_t b0, size_t b1, int depth) {
    while (a0 < a1 && b0 < b1 && a_[a0] == b_[b0]) pairs_.emplace_back(a0++, b0++);
    size_t tail = 0;
    while (tail < a1 - a0 && tail < b1 - b0 && a_[a1 - 1 - tail] == b_[b1 - 1 - tail]) ++tail;
    Middle(a0, a1 - tail, b0, b1 - tail, depth);
    for (size_t i = tail; i > 0; --i) pairs_.emplace_back(a1 - i, b1 - i);
  }

  void Middle(size_t a0, size_t a1, size_t b0, size_t b1, int depth) {
    if (a0 == a1 || b0 == b1 || depth > kDeepestSplit) return;
    std::unordered_map<uint64_t, Occurrences> occurrences;
    for (size_t i = a0; i < a1; ++i) occurrences[a_[i]].in_a.push_back(i);
    for (size_t j = b0; j < b1; ++j) {
      if (const auto found = occurrences.find(b_[j]); found != occurrences.end())
        found->second.in_b.push_back(j);
    }
    Pairs anchors;
    for (size_t i = a0; i < a1; ++i) {
      const Occurrences& here = occurrences.at(a_[i]);
      if (here.in_a.size() == 1 && here.in_b.size() == 1) anchors.emplace_back(i, here.in_b[0]);
    }
    anchors = LongestIncreasing(anchors);
    if (!anchors.empty()) {
      Between(anchors, a0, a1, b0, b1, depth);
    } else if (a1 - a0 <= kMostCells / (b1 - b0)) {
      for (const auto& [i, j] : Exact(a_.subspan(a0, a1 - a0), b_.subspan(b0, b1 - b0)))
        pairs_.emplace_back(a0 + i, b0 + j);
    } else {
      Between(Rarest(occurrences, a0, a1, b0, b1), a0, a1, b0, b1, depth);
    }
  }

  void Between(const Pairs& anchors, size_t a0, size_t a1, size_t b0, size_t b1, int depth) {
    if (anchors.empty()) return;
    for (const auto& [i, j] : anchors) {
      Align(a0, i, b0, j, depth + 1);
      pairs_.emplace_back(i, j);
      a0 = i + 1;
      b0 = j + 1;
    }
    Align(a0, a1, b0, b1, depth + 1);
  }

  /// The longest run of equals around an occurrence of the rarest symbol that both have.
  Pairs Rarest(const std::unordered_map<uint64_t, Occurrences>& occurrences, size_t a0, size_t a1, size_t b0,
               size_t b1) const {
    const Occurrences* rarest = nullptr;
    size_t rarest_count = kMostOccurrences * kMostOccurrences + 1;
    // In the order of the list, so that equal lists give equal results.
    for (size_t i = a0; i < a1; ++i) {
      const Occurrences& here = occurrences.at(a_[i]);
      const size_t count = here.in_a.size() * here.in_b.size();
      if (count == 0 || count >= rarest_count) continue;
      rarest = &here;
      rarest_count = count;
    }
    if (rarest == nullptr) return {};
    size_t best_i = 0, best_j = 0, best_length = 0;
    for (const size_t i : rarest->in_a) {
      for (const size_t j : rarest->in_b) {
        size_t back = 0, ahead = 1;
        while (back < i - a0 && back < j - b0 && a_[i - back - 1] == b_[j - back - 1]) ++back;
        while (i + ahead < a1 && j + ahead < b1 && a_[i + ahead] == b_[j + ahead]) ++ahead;
        if (back + ahead <= best_length) continue;
        best_i = i - back;
        best_j = j - back;
        best_length = back + ahead;
      }
    }
    Pairs run;
    for (size_t k = 0; k < best_length; ++k) run.emplace_back(best_i + k, best_j + k);
    return run;
  }

  const Symbols a_;
  const Symbols b_;
  Pairs pairs_;
};

}  // namespace

Pairs LongestIncreasing(const Pairs& pairs) {
  std::vector<size_t> tails;
  std::vector<size_t> previous(pairs.size(), SIZE_MAX);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto at = std::lower_bound(tails.begin(), tails.end(), pairs[i].second,
                                     [&](size_t tail, size_t value) { return pairs[tail].second < value; });
    if (at != tails.begin()) previous[i] = *(at - 1);
    if (at == tails.end())
      tails.push_back(i);
    else
      *at = i;
  }
  Pairs kept;
  for (size_t i = tails.empty() ? SIZE_MAX : tails.back(); i != SIZE_MAX; i = previous[i])
    kept.push_back(pairs[i]);
  std::reverse(kept.begin(), kept.end());
  return kept;
}

Pairs CommonSubsequence(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  return Aligner(a, b).Run();
}

}  // namespace ameide::uaf::document
