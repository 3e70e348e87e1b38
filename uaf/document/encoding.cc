#include "uaf/document/encoding.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace ameide::uaf::document {
namespace {

/// windows-1252 0x80 … 0x9f; 0 where the byte is not assigned.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

absl::Status Invalid(size_t offset, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("byte ", offset + 1, ": ", std::string(why)));
}

/// Length of the UTF-8 sequence at `at`, or 0 when it is invalid (RFC 3629, table 3-7 of the Unicode
/// standard).
size_t SequenceLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

/// Offset of the first byte that is not valid UTF-8, or the text's size.
size_t InvalidUtf8(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    // Eight ASCII bytes at a time: most files are nothing else.
    while (at + 8 <= bytes.size()) {
      uint64_t word;
      __builtin_memcpy(&word, bytes.data() + at, 8);
      if ((word & 0x8080808080808080u) != 0) break;
      at += 8;
    }
    if (at >= bytes.size()) break;
    const size_t length = SequenceLength(bytes, at);
    if (length == 0) return at;
    at += length;
  }
  return bytes.size();
}

absl::StatusOr<std::string> DecodeUtf8(std::string_view bytes) {
  const size_t at = InvalidUtf8(bytes);
  if (at < bytes.size()) return Invalid(at, "not valid UTF-8");
  return std::string(bytes);
}

absl::StatusOr<std::string> DecodeUtf16(std::string_view bytes, bool big_endian) {
  if (bytes.size() % 2 != 0) return Invalid(bytes.size() - 1, "an odd number of bytes in UTF-16");
  std::string text;
  text.reserve(bytes.size());
  const auto unit = [&](size_t at) -> char32_t {
    const auto low = static_cast<unsigned char>(bytes[at + (big_endian ? 1 : 0)]);
    const auto high = static_cast<unsigned char>(bytes[at + (big_endian ? 0 : 1)]);
    return static_cast<char32_t>(high << 8 | low);
  };
  for (size_t at = 0; at < bytes.size(); at += 2) {
    char32_t character = unit(at);
    if (character >= 0xdc00 && character <= 0xdfff) return Invalid(at, "a lone low surrogate in UTF-16");
    if (character >= 0xd800 && character <= 0xdbff) {
      const char32_t low = at + 2 < bytes.size() ? unit(at + 2) : 0;
      if (low < 0xdc00 || low > 0xdfff) return Invalid(at, "a lone high surrogate in UTF-16");
      character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
      at += 2;
    }
    AppendCodePoint(character, text);
  }
  return text;
}

absl::StatusOr<std::string> DecodeSingleByte(std::string_view bytes, bool windows) {
  std::string text;
  text.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size(); ++at) {
    char32_t character = static_cast<unsigned char>(bytes[at]);
    if (windows && character >= 0x80 && character < 0xa0) {
      character = kWindows1252[character - 0x80];
      if (character == 0) return Invalid(at, "a byte that windows-1252 does not assign");
    }
    AppendCodePoint(character, text);
  }
  return text;
}

int Windows1252Byte(char32_t character) {
  if (character < 0x80 || (character >= 0xa0 && character < 0x100)) return static_cast<int>(character);
  for (size_t i = 0; i < kWindows1252.size(); ++i) {
    if (kWindows1252[i] == character && character != 0) return static_cast<int>(0x80 + i);
  }
  return -1;
}

}  // namespace

void AppendCodePoint(char32_t c, std::string& out) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

char32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  const char32_t first = byte(at);
  const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length == 1 || at + length > text.size()) {
    ++at;
    return first;
  }
  char32_t character = first & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) character = character << 6 | (byte(at + i) & 0x3f);
  at += length;
  return character;
}

bool IsValidUtf8(std::string_view text) { return InvalidUtf8(text) == text.size(); }

bool Holds(Encoding encoding, char32_t character) {
  switch (encoding) {
    case Encoding::kLatin1:
      return character < 0x100;
    case Encoding::kWindows1252:
      return Windows1252Byte(character) >= 0;
    default:
      return true;
  }
}

absl::StatusOr<std::string> DecodeText(std::string_view bytes, Encoding encoding, bool byte_order_mark) {
  if (byte_order_mark)
    bytes.remove_prefix(std::min<size_t>(bytes.size(), encoding == Encoding::kUtf8 ? 3 : 2));
  switch (encoding) {
    case Encoding::kUtf8:
      return DecodeUtf8(bytes);
    case Encoding::kUtf16Le:
      return DecodeUtf16(bytes, false);
    case Encoding::kUtf16Be:
      return DecodeUtf16(bytes, true);
    case Encoding::kLatin1:
      return DecodeSingleByte(bytes, false);
    case Encoding::kWindows1252:
      return DecodeSingleByte(bytes, true);
  }
  return absl::InvalidArgumentError("unknown encoding");
}

std::string EncodeText(std::string_view text, Encoding encoding, bool byte_order_mark) {
  std::string bytes;
  const auto unit = [&](char32_t value) {
    const char high = static_cast<char>(value >> 8);
    const char low = static_cast<char>(value & 0xff);
    bytes.push_back(encoding == Encoding::kUtf16Be ? high : low);
    bytes.push_back(encoding == Encoding::kUtf16Be ? low : high);
  };
  if (encoding == Encoding::kUtf8) {
    bytes = byte_order_mark ? "\xef\xbb\xbf" : "";
    bytes.append(text);
    return bytes;
  }
  const bool wide = encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be;
  if (wide && byte_order_mark) unit(0xfeff);
  for (size_t at = 0; at < text.size();) {
    const char32_t character = NextCodePoint(text, at);
    if (wide && character >= 0x10000) {
      unit(0xd800 + ((character - 0x10000) >> 10));
      unit(0xdc00 + ((character - 0x10000) & 0x3ff));
    } else if (wide) {
      unit(character);
    } else if (!Holds(encoding, character)) {
      bytes += absl::StrCat("&#", static_cast<uint32_t>(character), ";");
    } else {
      bytes.push_back(static_cast<char>(encoding == Encoding::kLatin1 ? static_cast<int>(character)
                                                                      : Windows1252Byte(character)));
    }
  }
  return bytes;
}

}  // namespace ameide::uaf::document
