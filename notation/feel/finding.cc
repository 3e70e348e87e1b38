#include "notation/feel/finding.h"

#include <algorithm>
#include <span>

#include "notation/feel/text.h"

namespace ameide::feel {
namespace {

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), IsLead));
}

struct CodeRange {
  uint32_t first, last;
};
/// What terminals draw two columns wide (Unicode, East Asian Width W and F, in blocks) …
constexpr CodeRange kWide[] = {{0x1100, 0x115f},  {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97c},
                               {0xac00, 0xd7a3},  {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                               {0xffe0, 0xffe6},  {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff},
                               {0x20000, 0x3fffd}};
/// … and what they draw over the character before it.
constexpr CodeRange kNarrow[] = {{0x300, 0x36f},   {0x200b, 0x200f}, {0x20d0, 0x20ff},
                                 {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}};

/// How wide a terminal draws the text.
size_t ColumnsOf(std::string_view text) {
  const auto in = [](std::span<const CodeRange> ranges, uint32_t code) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [code](const CodeRange& range) { return range.first <= code && code <= range.last; });
  };
  size_t columns = 0;
  for (size_t at = 0; at < text.size();) {
    const uint32_t code = NextCharacter(text, at);
    columns += in(kWide, code) ? 2 : in(kNarrow, code) ? 0 : 1;
  }
  return columns;
}

/// The number of letters to add, drop, change or swap with the next one; more than `most` may be any larger
/// number.
size_t Distance(std::string_view a, std::string_view b, size_t most) {
  if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > most) return most + 1;
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

std::string Diagnostics::Summary() const {
  std::string out;
  for (const Diagnostic& item : items) {
    out += Cat(out.empty() ? "" : "; ", "at ", item.span.begin + 1, ": ", item.message);
  }
  return out;
}

std::string RenderExcerpt(std::string_view text, Span span, std::string_view severity,
                          std::string_view message, std::string_view hint, std::string_view where) {
  const size_t begin = std::min<size_t>(span.begin, text.size());
  const size_t line_begin = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;  // npos + 1 is 0
  const size_t line_end = std::min(text.find('\n', begin), text.size());
  const auto line =
      static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(begin), '\n')) + 1;
  const size_t column = Characters(text.substr(line_begin, begin - line_begin)) + 1;
  const size_t end = std::clamp<size_t>(span.end, begin, line_end);

  // Long lines are cut around the place.
  constexpr size_t kAround = 60;
  size_t from = begin - line_begin > kAround ? begin - kAround : line_begin;
  while (from > line_begin && !IsLead(text[from])) --from;
  size_t to = line_end - begin > 2 * kAround ? begin + 2 * kAround : line_end;
  while (to < line_end && !IsLead(text[to])) ++to;
  std::string excerpt(text.substr(from, to - from));
  for (char& c : excerpt) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  const std::string_view front = from > line_begin ? "…" : "", back = to < line_end ? "…" : "";

  const std::string number = Cat(line);
  const std::string margin(number.size(), ' ');
  std::string out;
  if (!severity.empty()) out += Cat(severity, ": ");
  out += Cat(message, "\n", margin, "--> ");
  if (!where.empty()) out += Cat(where, ":");
  out += Cat(line, ":", column, "\n", margin, " |\n", number, " | ", front, excerpt, back, "\n");
  const size_t indent = ColumnsOf(text.substr(from, begin - from)) + (front.empty() ? 0 : 1);
  const size_t width = std::max<size_t>(ColumnsOf(text.substr(begin, std::min(end, to) - begin)), 1);
  out += Cat(margin, " | ", std::string(indent, ' '), std::string(width, '^'), "\n");
  if (!hint.empty()) out += Cat(margin, " = help: ", hint, "\n");
  return out;
}

std::string Render(std::string_view text, const Finding& finding, std::string_view where) {
  const bool error = finding.severity == Finding::Severity::kError;
  return RenderExcerpt(text, finding.span, error ? "error" : "warning", finding.message, finding.hint, where);
}

std::string Render(std::string_view text, const Diagnostic& diagnostic, std::string_view where) {
  return RenderExcerpt(text, diagnostic.span, "null", diagnostic.message, "", where);
}

std::string Shortened(std::string_view name, size_t most) {
  const int64_t length = LengthOf(name);
  if (length <= static_cast<int64_t>(most)) return std::string(name);
  const auto tail = static_cast<int64_t>(most / 3);
  const auto head = static_cast<int64_t>(most) - 1 - tail;
  return Cat(name.substr(0, ByteOf(name, head)), "…", name.substr(ByteOf(name, length - tail)));
}

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr size_t kLongest = 100;
  if (name.size() > kLongest) return "";
  const std::string wanted = Lower(name);
  std::string best;
  // All names of one letter are one letter apart: no reason to take one for another.
  size_t best_distance = name.size() == 1 ? 1 : std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate == name || candidate.size() > kLongest) continue;
    const size_t distance = Distance(wanted, Lower(candidate), best_distance);
    if (distance < best_distance || (distance == best_distance && !best.empty() && candidate < best)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace ameide::feel
