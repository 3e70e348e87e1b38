#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "uaf/document/op.h"

namespace ameide::uaf::document {

/// The file's characters as UTF-8, without a byte order mark. INVALID_ARGUMENT with the byte's offset for
/// bytes that are invalid in the encoding (overlong forms, lone surrogates, an odd byte, 0x81 and its like in
/// windows-1252).
absl::StatusOr<std::string> DecodeText(std::string_view bytes, Encoding encoding, bool byte_order_mark);

/// Inverse of DecodeText. Characters that the encoding lacks cannot occur: writers make them references;
/// should one occur all the same it becomes a decimal character reference.
std::string EncodeText(std::string_view text, Encoding encoding, bool byte_order_mark);

/// True for valid UTF-8 (RFC 3629).
bool IsValidUtf8(std::string_view text);

/// True when the encoding has the character.
bool Holds(Encoding encoding, char32_t character);

/// Reads one code point at `at` of valid UTF-8 and moves `at` behind it.
char32_t NextCodePoint(std::string_view text, size_t& at);
/// Appends a code point as UTF-8.
void AppendCodePoint(char32_t character, std::string& out);

}  // namespace ameide::uaf::document
