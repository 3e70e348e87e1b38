#include "uaf/document/text_splices.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "uaf/document/encoding.h"
#include "uaf/document/sequence.h"

namespace ameide::uaf::document {
namespace {

/// More places than these are a rewrite.
constexpr size_t kMostSplices = 200;
/// From here on scripts (Chinese, Japanese, Korean) write without blanks between words.
constexpr char32_t kFirstUnspaced = 0x2e80;

bool IsBlank(char32_t c) { return c == ' ' || c == '\t' || c == '\r'; }
bool IsWordCharacter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (c >= 0x80 && c < kFirstUnspaced);
}

size_t EndOfReference(std::string_view text, size_t at) {
  constexpr size_t kLongestReference = 32;
  for (size_t end = at + 1; end < text.size() && end < at + kLongestReference; ++end) {
    if (text[end] == ';') return end + 1;
    if (!IsWordCharacter(static_cast<unsigned char>(text[end])) && text[end] != '#') break;
  }
  return at + 1;
}

uint32_t CodePoints(std::string_view text) {
  return static_cast<uint32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// One place that changed, in words: [a0, a1) became [b0, b1).
struct Hunk {
  size_t a0, a1, b0, b1;
};

/// Equal words have equal symbols, and only those.
class Symbols {
 public:
  uint64_t Of(std::string_view word) {
    constexpr size_t kShort = 7;
    if (word.size() > kShort) return kLong | numbers_.try_emplace(word, numbers_.size()).first->second;
    // Most are short, and say themselves which they are.
    uint64_t symbol = word.size();
    for (const char c : word) symbol = symbol << 8 | static_cast<unsigned char>(c);
    return symbol;
  }

 private:
  static constexpr uint64_t kLong = uint64_t{1} << 63;
  std::unordered_map<std::string_view, uint64_t> numbers_;
};

/// Equals between two changes that are shorter than either are an accident, not what stayed.
std::vector<Hunk> JoinNear(const std::vector<Hunk>& hunks, const std::vector<Word>& a,
                           const std::vector<Word>& b) {
  const auto length = [](const std::vector<Word>& words, size_t begin, size_t end) {
    return begin == end ? 0 : words[end - 1].end - words[begin].begin;
  };
  const auto changed = [&](const Hunk& hunk) {
    return std::max(length(a, hunk.a0, hunk.a1), length(b, hunk.b0, hunk.b1));
  };
  std::vector<Hunk> joined;
  for (Hunk hunk : hunks) {
    while (!joined.empty()) {
      const Hunk& before = joined.back();
      const size_t equal = length(a, before.a1, hunk.a0);
      if (equal > changed(before) || equal > changed(hunk)) break;
      hunk.a0 = before.a0;
      hunk.b0 = before.b0;
      joined.pop_back();
    }
    joined.push_back(hunk);
  }
  return joined;
}

}  // namespace

std::vector<Word> SplitWords(std::string_view text) {
  std::vector<Word> words;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t first = NextCodePoint(text, at);
    const bool blank = IsBlank(first);
    if (first == '&') {
      at = EndOfReference(text, begin);
    } else if (blank || IsWordCharacter(first)) {
      for (size_t next = at; next < text.size(); at = next) {
        const char32_t c = NextCodePoint(text, next);
        if (blank ? !IsBlank(c) : !IsWordCharacter(c)) break;
      }
    }
    words.push_back({begin, at, blank || first == '\n'});
  }
  return words;
}

std::optional<std::vector<SpliceTextOp>> SplicesBetween(const NodeId& node, std::string_view from,
                                                        std::string_view to) {
  const std::vector<Word> a = SplitWords(from);
  const std::vector<Word> b = SplitWords(to);
  const auto written = [](std::string_view text, const Word& word) {
    return text.substr(word.begin, word.end - word.begin);
  };
  // Both ends that they have in common need no looking up.
  const size_t least = std::min(a.size(), b.size());
  size_t head = 0, tail = 0;
  while (head < least && written(from, a[head]) == written(to, b[head])) ++head;
  while (tail < least - head && written(from, a[a.size() - 1 - tail]) == written(to, b[b.size() - 1 - tail]))
    ++tail;
  Symbols known;
  const auto symbols = [&](std::string_view text, const std::vector<Word>& words) {
    std::vector<uint64_t> out;
    out.reserve(words.size() - head - tail);
    for (size_t i = head; i < words.size() - tail; ++i) out.push_back(known.Of(written(text, words[i])));
    return out;
  };
  const std::vector<uint64_t> before = symbols(from, a);
  Pairs equal = CommonSubsequence(before, symbols(to, b));
  equal.emplace_back(before.size(), b.size() - head - tail);
  std::vector<Hunk> hunks;
  size_t i = head, j = head;
  for (auto [next_i, next_j] : equal) {
    next_i += head;
    next_j += head;
    if (i < next_i || j < next_j) hunks.push_back({i, next_i, j, next_j});
    i = next_i + 1;
    j = next_j + 1;
  }
  hunks = JoinNear(hunks, a, b);
  const bool whole = hunks.size() == 1 && hunks[0].a0 == 0 && hunks[0].a1 == a.size();
  if (hunks.empty() || whole || hunks.size() > kMostSplices) return std::nullopt;
  const auto cut = [](std::string_view text, const std::vector<Word>& words, size_t begin, size_t end) {
    if (begin == end) return std::string_view();
    return text.substr(words[begin].begin, words[end - 1].end - words[begin].begin);
  };
  std::vector<SpliceTextOp> ops;
  uint32_t offset = 0;
  size_t counted = 0;
  for (const Hunk& hunk : hunks) {
    const size_t begin = hunk.a0 == a.size() ? from.size() : a[hunk.a0].begin;
    offset += CodePoints(from.substr(counted, begin - counted));
    counted = begin;
    ops.push_back({node, offset, CodePoints(cut(from, a, hunk.a0, hunk.a1)),
                   std::string(cut(to, b, hunk.b0, hunk.b1))});
  }
  std::reverse(ops.begin(), ops.end());
  return ops;
}

}  // namespace ameide::uaf::document
