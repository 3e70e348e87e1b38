#include "uaf/document/milli.h"

#include "absl/strings/str_cat.h"

namespace ameide::uaf::document {

std::optional<int64_t> ParseMilli(std::string_view text) {
  bool negative = false;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  int64_t whole = 0;
  const size_t digits = at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (whole > 1'000'000'000'000) return std::nullopt;
    whole = whole * 10 + (text[at] - '0');
  }
  if (at == digits) return std::nullopt;
  int64_t milli = whole * 1000;
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
      milli += unit * (text[at] - '0');
  }
  if (at != text.size()) return std::nullopt;
  return negative ? -milli : milli;
}

std::string FormatMilli(int64_t milli) {
  std::string text = milli < 0 ? "-" : "";
  const uint64_t size = milli < 0 ? 0 - static_cast<uint64_t>(milli) : static_cast<uint64_t>(milli);
  absl::StrAppend(&text, size / 1000);
  if (const uint64_t rest = size % 1000; rest != 0) {
    std::string digits = absl::StrCat(1000 + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    absl::StrAppend(&text, ".", digits);
  }
  return text;
}

std::optional<AttributeText> Shifted(std::optional<AttributeText> text, int64_t delta_milli) {
  const std::optional<int64_t> milli = text ? ParseMilli(text->raw) : std::nullopt;
  int64_t sum = 0;
  if (milli && !__builtin_add_overflow(*milli, delta_milli, &sum)) text->raw = FormatMilli(sum);
  return text;
}

}  // namespace ameide::uaf::document
