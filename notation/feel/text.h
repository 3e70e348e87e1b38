#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Small things on UTF-8 texts, for this folder.
namespace ameide::feel {

namespace text_internal {
/// Appends one part of Cat.
inline void Append(std::string& out, std::string_view part) { out += part; }
/// Appends one part of Cat.
inline void Append(std::string& out, char part) { out += part; }
/// Appends one part of Cat, in decimal.
template <typename T>
requires std::is_integral_v<T>
void Append(std::string& out, T part) { out += std::to_string(part); }
}  // namespace text_internal

/// The parts one after another: texts, characters and integers.
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  (text_internal::Append(out, parts), ...);
  return out;
}

/// Whether a byte begins a character.
constexpr bool IsLead(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }
/// Characters in a text.
int64_t LengthOf(std::string_view text);
/// Byte offset of the `index`-th character (from 0); the size when there are not that many.
size_t ByteOf(std::string_view text, int64_t index);
/// Decodes the character at `at` and moves on; malformed bytes stand for themselves.
uint32_t NextCharacter(std::string_view text, size_t& at);
void AppendCharacter(std::string& out, uint32_t code);
/// Whether every byte belongs to a well-formed character.
bool IsUtf8(std::string_view text);
/// FEEL's white space (grammar rule 61).
bool IsSpace(uint32_t code);

/// The text in upper or lower case by Unicode's mappings, several characters for one where it says so ("ß" →
/// "SS"); a sigma that ends a word becomes "ς".
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);

/// A string literal as FEEL writes it, with quotes and escapes.
std::string Quoted(std::string_view text);

}  // namespace ameide::feel
