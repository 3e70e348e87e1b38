#include "uaf/merge/line_ends.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "uaf/document/sequence.h"
#include "uaf/merge/file_version.h"

namespace ameide::uaf::merge {
namespace {

using Lines = std::vector<std::string_view>;

/// Those that end.
Lines EndedLines(std::string_view text) {
  Lines lines;
  for (size_t at = 0, end = text.find('\n'); end != std::string_view::npos;
       at = end + 1, end = text.find('\n', at))
    lines.push_back(text.substr(at, end - at));
  return lines;
}

/// By line of `to` the line of `from` that it is: equal ones, and between these as many as there are on both
/// sides, in order.
std::vector<std::optional<size_t>> Counterparts(const Lines& from, const Lines& to) {
  std::unordered_map<std::string_view, uint64_t> numbers;
  const auto symbols = [&](const Lines& lines) {
    std::vector<uint64_t> list;
    list.reserve(lines.size());
    for (const std::string_view line : lines)
      list.push_back(numbers.try_emplace(line, numbers.size()).first->second);
    return list;
  };
  const std::vector<uint64_t> before = symbols(from);
  document::Pairs equal = document::CommonSubsequence(before, symbols(to));
  equal.emplace_back(from.size(), to.size());
  std::vector<std::optional<size_t>> found(to.size());
  size_t i = 0, j = 0;
  for (const auto& [next_i, next_j] : equal) {
    if (next_i - i == next_j - j) {
      for (; j < next_j; ++i, ++j) found[j] = i;
    }
    if (next_j < to.size()) found[next_j] = next_i;
    i = next_i + 1;
    j = next_j + 1;
  }
  return found;
}

}  // namespace

EndedText EndsApart(std::string_view text) {
  EndedText ended;
  ended.text.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    const bool returns = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
    if (returns) ++at;
    if (text[at] == '\n') ended.returns.push_back(returns);
    ended.text += text[at];
  }
  return ended;
}

bool EndsDiffer(const EndedText& one, const EndedText& other) {
  const std::vector<std::optional<size_t>> counterparts =
      Counterparts(EndedLines(one.text), EndedLines(other.text));
  for (size_t i = 0; i < counterparts.size(); ++i) {
    if (counterparts[i] && one.returns[*counterparts[i]] != other.returns[i]) return true;
  }
  return false;
}

std::string WithEndsOf(const std::array<EndedText, 3>& versions, std::string_view merged) {
  const Lines lines = EndedLines(merged);
  std::array<std::vector<std::optional<size_t>>, 3> at;
  for (size_t i = 0; i < versions.size(); ++i) at[i] = Counterparts(EndedLines(versions[i].text), lines);
  const auto end_in = [&](size_t version, size_t line) -> std::optional<bool> {
    if (!at[version][line]) return std::nullopt;
    return versions[version].returns[*at[version][line]];
  };
  std::string text;
  size_t written = 0;
  bool last = !versions[0].returns.empty() && versions[0].returns.front();
  for (size_t line = 0; line < lines.size(); ++line) {
    const std::optional<bool> base = end_in(0, line), a = end_in(1, line), b = end_in(2, line);
    last = a && b ? Either(base.value_or(*a), *a, *b) : a ? *a : b ? *b : base.value_or(last);
    text += lines[line];
    text += last ? "\r\n" : "\n";
    written += lines[line].size() + 1;
  }
  return text.append(merged.substr(written));
}

}  // namespace ameide::uaf::merge
