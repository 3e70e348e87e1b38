#include "backend/runtime/embedded/ids.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"

namespace ameide::runtime {
namespace {

constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kInstanceSize = 13;
constexpr int kBitsPerDigit = 5;
constexpr int kCountBits = 20;

}  // namespace

InstanceNumber NextInstanceNumber(InstanceNumber last, WallTime now) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return std::max(last + 1, static_cast<int64_t>(milliseconds) << kCountBits);
}

std::string FormatInstance(InstanceNumber number) {
  std::string text(kInstanceSize, '0');
  auto rest = static_cast<uint64_t>(number);
  for (size_t i = kInstanceSize; i-- > 0; rest >>= kBitsPerDigit) text[i] = kDigits[rest & 31];
  return text;
}

std::optional<InstanceNumber> ParseInstance(std::string_view text) {
  if (text.size() != kInstanceSize) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    const std::string_view digits(kDigits, 32);
    const size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number << kBitsPerDigit | digit;
  }
  // 13 digits hold 65 bits: the first one must leave a positive number.
  if (text[0] > '7') return std::nullopt;
  return static_cast<InstanceNumber>(number);
}

std::string FormatPart(PartId id) { return absl::StrCat(FormatInstance(id.instance), "-", id.part); }

std::optional<PartId> ParsePart(std::string_view text) {
  if (text.size() < kInstanceSize + 2 || text[kInstanceSize] != '-') return std::nullopt;
  const auto instance = ParseInstance(text.substr(0, kInstanceSize));
  if (!instance) return std::nullopt;
  PartId id{*instance, 0};
  const char* begin = text.data() + kInstanceSize + 1;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(begin, end, id.part);
  if (error != std::errc() || parsed != end || id.part < 0) return std::nullopt;
  return id;
}

}  // namespace ameide::runtime
