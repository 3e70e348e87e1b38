#include "notation/feel/text.h"

#include <algorithm>
#include <span>

#include "notation/feel/case_table.h"

namespace ameide::feel {

int64_t LengthOf(std::string_view text) { return std::count_if(text.begin(), text.end(), IsLead); }

size_t ByteOf(std::string_view text, int64_t index) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (IsLead(text[at]) && index-- == 0) return at;
  }
  return at;
}

uint32_t NextCharacter(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  int tail = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  uint32_t code = tail == 3 ? lead & 0x07u : tail == 2 ? lead & 0x0fu : tail == 1 ? lead & 0x1fu : lead;
  for (; tail > 0 && at < text.size() && !IsLead(text[at]); --tail)
    code = code << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  return code;
}

void AppendCharacter(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr unsigned kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[tail] | (code >> (6 * tail)));
  for (int i = tail - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t code = NextCharacter(text, at);
    std::string again;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    AppendCharacter(again, code);
    if (text.substr(begin, at - begin) != again) return false;
  }
  return true;
}

bool IsSpace(uint32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || c == 0x180e ||
         (c >= 0x2000 && c <= 0x200b) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000 || c == 0xfeff;
}

namespace {

/// The character's other case, appended.
void AppendCased(std::string& out, uint32_t code, std::span<const CaseRun> runs,
                 std::span<const CaseExpansion> expansions) {
  const auto expansion =
      std::lower_bound(expansions.begin(), expansions.end(), code,
                       [](const CaseExpansion& known, uint32_t wanted) { return known.from < wanted; });
  if (expansion != expansions.end() && expansion->from == code) {
    out += expansion->to;
    return;
  }
  const auto run =
      std::lower_bound(runs.begin(), runs.end(), code,
                       [](const CaseRun& known, uint32_t wanted) { return known.last < wanted; });
  const bool mapped = run != runs.end() && code >= run->first && (code - run->first) % run->step == 0;
  AppendCharacter(out, mapped ? static_cast<uint32_t>(static_cast<int64_t>(code) + run->distance) : code);
}

bool HasCase(uint32_t code) {
  std::string upper, lower;
  AppendCased(upper, code, {kUpperRuns, kUpperRunCount}, {kUpperExpansions, kUpperExpansionCount});
  AppendCased(lower, code, {kLowerRuns, kLowerRunCount}, {kLowerExpansions, kLowerExpansionCount});
  return upper != lower;
}

}  // namespace

std::string ToUpper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();)
    AppendCased(out, NextCharacter(text, at), {kUpperRuns, kUpperRunCount},
                {kUpperExpansions, kUpperExpansionCount});
  return out;
}

std::string ToLower(std::string_view text) {
  constexpr uint32_t kSigma = 0x3a3, kFinalSigma = 0x3c2;
  std::string out;
  out.reserve(text.size());
  bool after_letter = false;
  for (size_t at = 0; at < text.size();) {
    const uint32_t code = NextCharacter(text, at);
    size_t next = at;
    const bool ends =
        code == kSigma && after_letter && (at == text.size() || !HasCase(NextCharacter(text, next)));
    if (ends) {
      AppendCharacter(out, kFinalSigma);
    } else {
      AppendCased(out, code, {kLowerRuns, kLowerRunCount}, {kLowerExpansions, kLowerExpansionCount});
    }
    after_letter = HasCase(code);
  }
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  out += '"';
  return out;
}

}  // namespace ameide::feel
