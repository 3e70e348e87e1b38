#include "uaf/merge/line_merge.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "uaf/document/sequence.h"

namespace ameide::uaf::merge {
namespace {

using Lines = std::vector<std::string_view>;

Lines Split(std::string_view text) {
  Lines lines;
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    const size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string WithoutEnd(std::string_view line) {
  return std::string(line.substr(0, line.find_last_not_of("\r\n") + 1));
}

/// Equal lines have equal numbers, and only those.
class LineNumbers {
 public:
  std::vector<uint64_t> Of(const Lines& lines) {
    std::vector<uint64_t> numbers;
    numbers.reserve(lines.size());
    for (const std::string_view line : lines)
      numbers.push_back(numbers_.try_emplace(line, numbers_.size()).first->second);
    return numbers;
  }

 private:
  std::unordered_map<std::string_view, uint64_t> numbers_;
};

/// Lines [begin, end) of the base became other ones.
struct Hunk {
  size_t begin = 0;
  size_t end = 0;
  Lines lines;
  size_t at = 0;  ///< of the first of `lines` in the version
  bool operator==(const Hunk& other) const {
    return begin == other.begin && end == other.end && lines == other.lines;
  }
};

/// One descendant.
struct Side {
  Lines lines;
  std::vector<Hunk> hunks;
};

/// Lines that only came in or only went among equal ones may stand further up or down. Down says what is
/// meant: an element begins with what tells it from its copy, and what follows belongs to that.
void SlideDown(const std::vector<uint64_t>& base, const std::vector<uint64_t>& version, Side& side) {
  std::vector<Hunk> slid;  // the last one first
  for (auto hunk = side.hunks.rbegin(); hunk != side.hunks.rend(); ++hunk) {
    size_t count = hunk->lines.size();
    const size_t begin = hunk->begin;
    const size_t last = slid.empty() ? base.size() : slid.back().begin;
    const auto may_slide = [&] {
      if (hunk->end == last || (hunk->begin < hunk->end && count > 0)) return false;
      return base[hunk->end] == (count > 0 ? version[hunk->at] : base[hunk->begin]);
    };
    while (may_slide()) {
      ++hunk->begin;
      ++hunk->end;
      ++hunk->at;
    }
    const bool joins = !slid.empty() && hunk->begin > begin && hunk->end == last;
    if (joins) {
      hunk->end = slid.back().end;
      count += slid.back().lines.size();
      slid.pop_back();
    }
    const auto first = side.lines.begin() + static_cast<ptrdiff_t>(hunk->at);
    hunk->lines.assign(first, first + static_cast<ptrdiff_t>(count));
    slid.push_back(std::move(*hunk));
  }
  side.hunks.assign(std::make_move_iterator(slid.rbegin()), std::make_move_iterator(slid.rend()));
}

Side SideOf(const std::vector<uint64_t>& base, std::string_view version, LineNumbers& numbers) {
  Side side{Split(version), {}};
  const std::vector<uint64_t> symbols = numbers.Of(side.lines);
  document::Pairs equal = document::CommonSubsequence(base, symbols);
  equal.emplace_back(base.size(), side.lines.size());
  size_t i = 0, j = 0;
  for (const auto& [next_i, next_j] : equal) {
    if (i < next_i || j < next_j) {
      const auto first = side.lines.begin();
      side.hunks.push_back(
          {i, next_i, {first + static_cast<ptrdiff_t>(j), first + static_cast<ptrdiff_t>(next_j)}, j});
    }
    i = next_i + 1;
    j = next_j + 1;
  }
  SlideDown(base, symbols, side);
  return side;
}

/// The last line in front of line `at` that says something.
std::optional<std::string_view> Before(const Lines& lines, size_t at) {
  while (at > 0 && IsBlank(lines[at - 1])) --at;
  return at == 0 ? std::nullopt : std::optional(lines[at - 1]);
}

bool Touch(const Hunk& a, const Hunk& b) { return a.begin <= b.end && b.begin <= a.end && a != b; }

/// Finds moves that exclude each other, and takes A's back.
class Moves {
 public:
  Moves(const Lines& base, Side& a, const Side& b)
      : base_(base), a_(a), b_(b), moved_by_a_(MovedBy(a)), moved_by_b_(MovedBy(b)) {}

  std::vector<MovedLines> Run() {
    FindDisputed();
    if (disputed_.empty()) return {};
    std::vector<MovedLines> found;
    std::vector<bool> back(base_.size(), false);
    for (const size_t line : disputed_) {
      back[line] = true;
      if (line == 0 || !disputed_.contains(line - 1)) found.push_back(Told(line));
    }
    // The blank line that keeps a paragraph from the next one goes with it.
    std::vector<bool> gone(base_.size(), false);
    for (const Hunk& hunk : a_.hunks) std::fill(At(gone, hunk.begin), At(gone, hunk.end), true);
    for (const size_t line : disputed_) {
      if (disputed_.contains(line + 1)) continue;
      size_t first = line;
      while (first > 0 && disputed_.contains(first - 1)) --first;
      if (line + 1 < base_.size() && gone[line + 1] && IsBlank(base_[line + 1]))
        back[line + 1] = true;
      else if (first > 0 && gone[first - 1] && IsBlank(base_[first - 1]))
        back[first - 1] = true;
    }
    std::vector<Hunk> hunks;
    for (const Hunk& hunk : a_.hunks) Rewrite(hunk, back, hunks);
    a_.hunks = std::move(hunks);
    return found;
  }

 private:
  /// By line of the base: where the version has it now.
  using Moved = std::map<size_t, size_t>;

  static std::vector<bool>::iterator At(std::vector<bool>& flags, size_t at) {
    return flags.begin() + static_cast<ptrdiff_t>(at);
  }

  /// Lines that say something, are there once, and stand elsewhere now.
  Moved MovedBy(const Side& side) const {
    std::unordered_map<std::string_view, size_t> times, came_in;
    for (const std::string_view line : base_) ++times[line];
    for (const std::string_view line : side.lines) ++came_in[line];
    std::unordered_map<std::string_view, size_t> at;
    for (const Hunk& hunk : side.hunks) {
      for (size_t i = 0; i < hunk.lines.size(); ++i) at[hunk.lines[i]] = hunk.at + i;
    }
    Moved moved;
    for (const Hunk& hunk : side.hunks) {
      for (size_t i = hunk.begin; i < hunk.end; ++i) {
        const auto found = at.find(base_[i]);
        if (found == at.end() || IsBlank(base_[i])) continue;
        if (times[base_[i]] == 1 && came_in[base_[i]] == 1) moved.emplace(i, found->second);
      }
    }
    return moved;
  }

  /// By hunk: lines of the base that moved out of it or into it.
  static std::vector<std::vector<size_t>> ByHunk(const Side& side, const Moved& moved) {
    std::map<size_t, size_t> into;  // by place in the version
    for (const auto& [line, at] : moved) into.emplace(at, line);
    std::vector<std::vector<size_t>> lines(side.hunks.size());
    for (size_t i = 0; i < side.hunks.size(); ++i) {
      const Hunk& hunk = side.hunks[i];
      for (auto at = moved.lower_bound(hunk.begin); at != moved.end() && at->first < hunk.end; ++at)
        lines[i].push_back(at->first);
      const size_t end = hunk.at + hunk.lines.size();
      for (auto at = into.lower_bound(hunk.at); at != into.end() && at->first < end; ++at)
        lines[i].push_back(at->second);
    }
    return lines;
  }

  /// A line that both moved, each elsewhere; and what one moved next to what the other did.
  void FindDisputed() {
    for (const auto& [line, in_a] : moved_by_a_) {
      const auto in_b = moved_by_b_.find(line);
      if (in_b != moved_by_b_.end() && !SamePlace(in_a, in_b->second)) disputed_.insert(line);
    }

    const auto by_hunk_of_a = ByHunk(a_, moved_by_a_), by_hunk_of_b = ByHunk(b_, moved_by_b_);
    size_t first = 0;
    for (size_t i = 0; i < a_.hunks.size(); ++i) {
      const Hunk& a = a_.hunks[i];
      while (first < b_.hunks.size() && b_.hunks[first].end < a.begin) ++first;
      bool touches = false;
      for (size_t j = first; j < b_.hunks.size() && b_.hunks[j].begin <= a.end && !touches; ++j)
        touches = Touch(a, b_.hunks[j]) && !by_hunk_of_b[j].empty();
      if (touches) disputed_.insert(by_hunk_of_a[i].begin(), by_hunk_of_a[i].end());
    }
    for (const size_t line : disputed_) taken_out_.insert(moved_by_a_.at(line));
  }

  MovedLines Told(size_t line) const {
    MovedLines told{line, WithoutEnd(base_[line]), {}};
    const auto in_b = moved_by_b_.find(line);
    const std::array<std::optional<std::string_view>, 2> behind = {
        Before(a_.lines, moved_by_a_.at(line)),
        in_b == moved_by_b_.end() ? Before(base_, line) : Before(b_.lines, in_b->second)};
    for (size_t side = 0; side < 2; ++side) {
      if (behind[side]) told.behind[side] = WithoutEnd(*behind[side]);
    }
    return told;
  }

  /// Appends what is left of a hunk when `back` stays and what is disputed does not come in.
  void Rewrite(const Hunk& hunk, const std::vector<bool>& back, std::vector<Hunk>& hunks) const {
    Lines kept;
    const auto disputed = [&](size_t i) { return taken_out_.contains(hunk.at + i); };
    for (size_t i = 0; i < hunk.lines.size();) {
      const size_t begin = i;
      while (i < hunk.lines.size() && disputed(i)) ++i;
      if (begin == i)
        kept.push_back(hunk.lines[i++]);
      else if (i < hunk.lines.size() && IsBlank(hunk.lines[i]))
        ++i;
      else if (!kept.empty() && IsBlank(kept.back()))
        kept.pop_back();
    }
    Hunk left{hunk.begin, hunk.begin, std::move(kept), hunk.at};
    for (size_t i = hunk.begin; i <= hunk.end; ++i) {
      if (i < hunk.end && !back[i]) {
        left.end = i + 1;
        continue;
      }
      if (left.begin < left.end || !left.lines.empty()) hunks.push_back(left);
      left = {i + 1, i + 1, {}, hunk.at};
    }
  }

  /// Beside the same line that says something, on either side.
  bool SamePlace(size_t in_a, size_t in_b) const {
    const auto behind = [](const Lines& lines, size_t at) {
      ++at;
      while (at < lines.size() && IsBlank(lines[at])) ++at;
      return at == lines.size() ? std::nullopt : std::optional(lines[at]);
    };
    return Before(a_.lines, in_a) == Before(b_.lines, in_b) ||
           behind(a_.lines, in_a) == behind(b_.lines, in_b);
  }

  const Lines& base_;
  Side& a_;
  const Side& b_;
  const Moved moved_by_a_;
  const Moved moved_by_b_;
  std::set<size_t> disputed_;   ///< lines of the base whose moves by A are taken back
  std::set<size_t> taken_out_;  ///< where they stand in A
};

std::string Patched(const Lines& base, const std::vector<Hunk>& hunks) {
  std::string text;
  size_t at = 0;
  const auto copy = [&](size_t end) {
    for (; at < end; ++at) text += base[at];
  };
  for (const Hunk& hunk : hunks) {
    copy(hunk.begin);
    for (const std::string_view line : hunk.lines) text += line;
    at = hunk.end;
  }
  copy(base.size());
  return text;
}

/// Both sides' hunks in order; nullopt when two that differ touch. `twice`: there is one that both have.
std::optional<std::vector<Hunk>> Together(const std::vector<Hunk>& a, const std::vector<Hunk>& b,
                                          bool& twice) {
  std::vector<Hunk> all;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const bool first_is_a = j == b.size() || (i < a.size() && a[i].begin <= b[j].begin);
    const Hunk& hunk = first_is_a ? a[i++] : b[j++];
    const std::vector<Hunk>& others = first_is_a ? b : a;
    size_t& next = first_is_a ? j : i;
    // The same change twice.
    if (next < others.size() && others[next] == hunk) {
      twice = true;
      ++next;
    }
    if (next < others.size() && others[next].begin <= hunk.end) return std::nullopt;
    all.push_back(hunk);
  }
  return all;
}

}  // namespace

LineMerge MergeLines(std::string_view base, std::string_view a, std::string_view b) {
  const Lines lines = Split(base);
  LineNumbers numbers;
  const std::vector<uint64_t> symbols = numbers.Of(lines);
  Side of_a = SideOf(symbols, a, numbers);
  const Side of_b = SideOf(symbols, b, numbers);
  LineMerge merge;
  merge.moved = Moves(lines, of_a, of_b).Run();
  merge.a = merge.moved.empty() ? std::string(a) : Patched(lines, of_a.hunks);
  if (const auto together = Together(of_a.hunks, of_b.hunks, merge.twice))
    merge.text = Patched(lines, *together);
  return merge;
}

}  // namespace ameide::uaf::merge
