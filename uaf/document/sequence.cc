#include "uaf/document/sequence.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
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

/// Exact, by dynamic programming: the most pairs; of equally many, those with the most symbols that occur
/// once on either side, which say more about where something belongs.
Pairs Exact(Symbols a, Symbols b) {
  // No more pairs than this are possible within kMostCells, so that many once-only symbols never outweigh
  // one.
  constexpr uint32_t kPair = 1024;
  std::unordered_map<uint64_t, std::pair<size_t, size_t>> times;
  for (const uint64_t symbol : a) ++times[symbol].first;
  for (const uint64_t symbol : b) ++times[symbol].second;
  std::vector<uint32_t> worth;
  worth.reserve(a.size());
  for (const uint64_t symbol : a)
    worth.push_back(times[symbol] == std::pair<size_t, size_t>(1, 1) ? kPair + 1 : kPair);
  const size_t width = b.size() + 1;
  std::vector<uint32_t> best((a.size() + 1) * width, 0);
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      best[i * width + j] = a[i] == b[j] ? best[(i + 1) * width + j + 1] + worth[i]
                                         : std::max(best[(i + 1) * width + j], best[i * width + j + 1]);
    }
  }
  Pairs pairs;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j])
      pairs.emplace_back(i++, j++);
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1])
      ++i;
    else
      ++j;
  }
  return pairs;
}

/// Exact for long lists with few differences (Myers 1986); nullopt when they have more than kMostDifferences,
/// or finding them takes too long.
std::optional<Pairs> FewDifferences(Symbols a, Symbols b) {
  constexpr ptrdiff_t kMostDifferences = 500;
  size_t steps_left = 20'000'000;
  const auto n = static_cast<ptrdiff_t>(a.size()), m = static_cast<ptrdiff_t>(b.size());
  if (std::abs(n - m) > kMostDifferences) return std::nullopt;
  // furthest[d][k + d]: how far in `a` one gets on diagonal k (of a, less of b) with d differences.
  std::vector<std::vector<ptrdiff_t>> furthest;
  const auto reach = [&](ptrdiff_t d, ptrdiff_t k) {
    return std::abs(k) > d ? ptrdiff_t{-1} : furthest[static_cast<size_t>(d)][static_cast<size_t>(k + d)];
  };
  const auto comes_down = [&](ptrdiff_t d, ptrdiff_t k) {  // by what only `b` has
    return k == -d || (k != d && reach(d - 1, k - 1) < reach(d - 1, k + 1));
  };
  for (ptrdiff_t d = 0; d <= kMostDifferences; ++d) {
    furthest.emplace_back(static_cast<size_t>(2 * d + 1), -1);
    for (ptrdiff_t k = -d; k <= d; k += 2) {
      ptrdiff_t i = d == 0 ? 0 : comes_down(d, k) ? reach(d - 1, k + 1) : reach(d - 1, k - 1) + 1;
      const ptrdiff_t begin = i;
      while (i < n && i - k < m && a[static_cast<size_t>(i)] == b[static_cast<size_t>(i - k)]) ++i;
      furthest.back()[static_cast<size_t>(k + d)] = i;
      const auto steps = static_cast<size_t>(i - begin) + 1;
      if (steps > steps_left) return std::nullopt;
      steps_left -= steps;
      if (i < n || i - k < m) continue;
      Pairs pairs;
      ptrdiff_t at = k;
      for (ptrdiff_t left = d; left >= 0; --left) {
        const bool down = left > 0 && comes_down(left, at);
        const ptrdiff_t from = left == 0 ? 0 : down ? reach(left - 1, at + 1) : reach(left - 1, at - 1) + 1;
        for (ptrdiff_t end = reach(left, at); end > from; --end)
          pairs.emplace_back(static_cast<size_t>(end - 1), static_cast<size_t>(end - 1 - at));
        at += down ? 1 : -1;
      }
      std::reverse(pairs.begin(), pairs.end());
      return pairs;
    }
  }
  return std::nullopt;
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
    const Symbols a = a_.subspan(a0, a1 - a0), b = b_.subspan(b0, b1 - b0);
    if (a.size() <= kMostCells / b.size()) return Add(Exact(a, b), a0, b0);
    if (depth == 0) {
      if (const std::optional<Pairs> pairs = FewDifferences(a, b)) return Add(*pairs, a0, b0);
    }
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
    if (anchors.empty()) anchors = Rarest(occurrences, a0, a1, b0, b1);
    Between(anchors, a0, a1, b0, b1, depth);
  }

  void Add(const Pairs& pairs, size_t a0, size_t b0) {
    for (const auto& [i, j] : pairs) pairs_.emplace_back(a0 + i, b0 + j);
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
