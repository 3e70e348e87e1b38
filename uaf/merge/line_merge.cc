#include "uaf/merge/line_merge.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "uaf/document/sequence.h"

namespace ameide::uaf::merge {
namespace {

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    const size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

std::vector<uint64_t> Symbols(const std::vector<std::string_view>& lines) {
  std::vector<uint64_t> symbols;
  symbols.reserve(lines.size());
  for (const std::string_view line : lines) symbols.push_back(std::hash<std::string_view>()(line));
  return symbols;
}

/// Lines [begin, end) of the base became other ones.
struct Hunk {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};

std::vector<Hunk> HunksOf(const std::vector<uint64_t>& base, std::string_view version) {
  const std::vector<std::string_view> lines = Lines(version);
  document::Pairs equal = document::CommonSubsequence(base, Symbols(lines));
  equal.emplace_back(base.size(), lines.size());
  std::vector<Hunk> hunks;
  size_t i = 0, j = 0;
  for (const auto& [next_i, next_j] : equal) {
    if (i < next_i || j < next_j) {
      Hunk hunk{i, next_i, {}};
      for (; j < next_j; ++j) hunk.text += lines[j];
      hunks.push_back(std::move(hunk));
    }
    i = next_i + 1;
    j = next_j + 1;
  }
  return hunks;
}

}  // namespace

std::optional<std::string> MergeLines(std::string_view base, std::string_view a, std::string_view b) {
  const std::vector<std::string_view> lines = Lines(base);
  const std::vector<uint64_t> symbols = Symbols(lines);
  const std::vector<Hunk> of_a = HunksOf(symbols, a);
  const std::vector<Hunk> of_b = HunksOf(symbols, b);
  std::string merged;
  size_t at = 0;
  for (size_t i = 0, j = 0; i < of_a.size() || j < of_b.size();) {
    const bool first_is_a = j == of_b.size() || (i < of_a.size() && of_a[i].begin <= of_b[j].begin);
    const Hunk& hunk = first_is_a ? of_a[i++] : of_b[j++];
    const std::vector<Hunk>& others = first_is_a ? of_b : of_a;
    const size_t next = first_is_a ? j : i;
    if (next < others.size() && others[next].begin <= hunk.end) return std::nullopt;
    for (; at < hunk.begin; ++at) merged += lines[at];
    merged += hunk.text;
    at = hunk.end;
  }
  for (; at < lines.size(); ++at) merged += lines[at];
  return merged;
}

}  // namespace ameide::uaf::merge
