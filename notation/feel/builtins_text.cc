// Functions of strings. FEEL counts characters, so UTF-8 is walked by code points.
#include <optional>

#include "absl/strings/str_cat.h"
#include "notation/feel/builtins.h"

namespace ameide::feel {
namespace {

bool IsLead(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

int64_t Length(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += IsLead(c) ? 1 : 0;
  return count;
}

/// Byte offset of the `index`-th character (from 0); the size when there are not that many.
size_t ByteOf(std::string_view text, int64_t index) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (IsLead(text[at]) && index-- == 0) return at;
  }
  return at;
}

std::optional<int64_t> Whole(const Value& value) {
  return value.number() != nullptr ? value.number()->ToInt64() : std::nullopt;
}

Value Substring(Call& call) {
  const std::string* text = call[0].string();
  if (text == nullptr) return call.Wrong(0, "string");
  const std::optional<int64_t> start = Whole(call[1]);
  const int64_t length = Length(*text);
  if (!start || *start == 0 || *start > length || *start < -length)
    return call.Null("the start position is outside the string");
  const int64_t from = *start > 0 ? *start - 1 : length + *start;
  int64_t count = length - from;
  if (call.has(2)) {
    const std::optional<int64_t> wanted = Whole(call[2]);
    if (!wanted || *wanted < 1) return call.Null("the length must be a whole number from 1");
    count = *wanted < count ? *wanted : count;
  }
  const size_t begin = ByteOf(*text, from);
  const std::string_view rest = std::string_view(*text).substr(begin);
  return rest.substr(0, ByteOf(rest, count));
}

Value StringLength(Call& call) {
  return call[0].string() != nullptr ? Value(Length(*call[0].string())) : call.Wrong(0, "string");
}

/// Decodes the character at `at` and moves on; malformed bytes stand for themselves.
uint32_t Next(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  int tail = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  uint32_t code = tail == 3 ? lead & 0x07u : tail == 2 ? lead & 0x0fu : tail == 1 ? lead & 0x1fu : lead;
  for (; tail > 0 && at < text.size() && !IsLead(text[at]); --tail)
    code = code << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  return code;
}

void Put(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else {  // only letters below U+0800 are ever changed
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

/// The other case of a letter by Unicode's simple mappings, for Latin, Greek and Cyrillic; the letter itself
/// when it has no other case; nullopt for scripts that have cases and are not covered here.
std::optional<uint32_t> OtherCase(uint32_t c, bool upper) {
  const auto shift = [&](uint32_t first_upper, uint32_t last_upper, uint32_t distance) -> uint32_t {
    if (!upper && c >= first_upper && c <= last_upper) return c + distance;
    if (upper && c >= first_upper + distance && c <= last_upper + distance) return c - distance;
    return c;
  };
  if (c < 0x80) return shift('A', 'Z', 32);
  if (c < 0xc0) return c == 0xb5 && upper ? 0x39c : c;
  if (c < 0x100) {
    if (c == 0xd7 || c == 0xf7 || c == 0xdf)
      return c == 0xdf && upper ? std::nullopt : std::optional<uint32_t>(c);
    return c == 0xff ? (upper ? 0x178 : c) : shift(0xc0, 0xde, 32);
  }
  if (c < 0x180) {
    if (c == 0x130 || c == 0x131 || c == 0x149 || c == 0x17f) return std::nullopt;
    if (c == 0x138) return c;
    if (c == 0x178) return upper ? c : 0xff;
    const bool odd_is_upper = (c >= 0x139 && c <= 0x148) || c >= 0x179;
    const bool is_upper = (c % 2 == 1) == odd_is_upper;
    return is_upper == upper ? c : (upper ? c - 1 : c + 1);
  }
  if (c >= 0x391 && c <= 0x3c9 && c != 0x3c2 && c != 0x3b0 && c != 0x390 && (c <= 0x3ab || c >= 0x3b1))
    return shift(0x391, 0x3a9, 32);
  if (c >= 0x400 && c <= 0x45f)
    return c >= 0x410 && c <= 0x44f ? shift(0x410, 0x42f, 32) : shift(0x400, 0x40f, 80);
  const bool caseless = (c >= 0x2b0 && c < 0x370) || (c >= 0x590 && c < 0x10a0) ||
                        (c >= 0x2000 && c < 0x2100) || (c >= 0x2190 && c < 0x2460) ||
                        (c >= 0x2500 && c < 0x2c00) || (c >= 0x2e80 && c < 0xa640) ||
                        (c >= 0xac00 && c < 0xfb00) || (c >= 0x1f000 && c < 0x20000) || c >= 0x20000;
  return caseless ? std::optional<uint32_t>(c) : std::nullopt;
}

Value ChangeCase(Call& call, bool upper) {
  const std::string* text = call[0].string();
  if (text == nullptr) return call.Wrong(0, "string");
  std::string out;
  for (size_t at = 0; at < text->size();) {
    const size_t begin = at;
    const uint32_t code = Next(*text, at);
    const std::optional<uint32_t> other = OtherCase(code, upper);
    if (!other)
      return call.Null(absl::StrCat("the case of the letter at byte ", begin + 1, " is not supported"));
    if (*other == code) {
      out.append(*text, begin, at - begin);
    } else {
      Put(out, *other);
    }
  }
  return out;
}
Value UpperCase(Call& call) { return ChangeCase(call, true); }
Value LowerCase(Call& call) { return ChangeCase(call, false); }

/// The two strings of a function of two; false (and the reason is set) when they are not.
bool TwoStrings(Call& call, Value& wrong) {
  for (size_t i = 0; i < 2; ++i) {
    if (call[i].string() == nullptr) {
      wrong = call.Wrong(i, "string");
      return false;
    }
  }
  return true;
}

Value SubstringBefore(Call& call) {
  Value wrong;
  if (!TwoStrings(call, wrong)) return wrong;
  const size_t at = call[0].string()->find(*call[1].string());
  return at == std::string::npos ? Value("") : Value(call[0].string()->substr(0, at));
}

Value SubstringAfter(Call& call) {
  Value wrong;
  if (!TwoStrings(call, wrong)) return wrong;
  const size_t at = call[0].string()->find(*call[1].string());
  return at == std::string::npos ? Value("") : Value(call[0].string()->substr(at + call[1].string()->size()));
}

Value Contains(Call& call) {
  Value wrong;
  if (!TwoStrings(call, wrong)) return wrong;
  return call[0].string()->find(*call[1].string()) != std::string::npos;
}

Value StartsWith(Call& call) {
  Value wrong;
  if (!TwoStrings(call, wrong)) return wrong;
  return call[0].string()->starts_with(*call[1].string());
}

Value EndsWith(Call& call) {
  Value wrong;
  if (!TwoStrings(call, wrong)) return wrong;
  return call[0].string()->ends_with(*call[1].string());
}

Value StringJoin(Call& call) {
  const List single{call[0]};
  const List& items = call[0].list() != nullptr ? *call[0].list() : single;
  if (call[0].is_null()) return call.Wrong(0, "list");
  if (call.has(1) && call[1].string() == nullptr) return call.Wrong(1, "string");
  std::string out;
  bool first = true;
  for (const Value& item : items) {
    if (item.is_null()) continue;
    if (item.string() == nullptr) return call.Null("an item is not a string");
    if (!first && call.has(1)) out += *call[1].string();
    out += *item.string();
    first = false;
    if (!call.Spend(1 + item.string()->size() / 16)) return {};
  }
  return out;
}

Value Trim(Call& call) {
  if (call[0].string() == nullptr) return call.Wrong(0, "string");
  const std::string_view text = *call[0].string();
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

constexpr Builtin kBuiltins[] = {
    {"substring", "string,start position,length?", Substring},
    {"string length", "string", StringLength},
    {"upper case", "string", UpperCase},
    {"lower case", "string", LowerCase},
    {"substring before", "string,match", SubstringBefore},
    {"substring after", "string,match", SubstringAfter},
    {"contains", "string,match", Contains},
    {"starts with", "string,match", StartsWith},
    {"ends with", "string,match", EndsWith},
    {"string join", "list,delimiter?", StringJoin},
    {"trim", "string", Trim},
};

}  // namespace

std::span<const Builtin> TextBuiltins() { return kBuiltins; }

}  // namespace ameide::feel
