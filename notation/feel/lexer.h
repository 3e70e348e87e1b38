#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notation/feel/finding.h"

namespace ameide::feel {

/// What a token is.
enum class TokenKind : uint8_t {
  kEnd,
  kName,        ///< letters and digits; also the keywords
  kQuotedName,  ///< `name` in backticks: never a keyword; text is the name
  kNumber,
  kString,    ///< text is what stands between the quotes, escapes as written
  kTemporal,  ///< @"…"; text as of kString
  kSymbol,    ///< one of + - * / ** ( ) [ ] { } , : . .. = != < <= > >= ?
  kBad,       ///< nothing that FEEL has; `why` says so. May still be a part of a name that is in scope.
};

/// One token and where it stands. `text` is a part of the text that was split.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  Span span;
  const char* why = nullptr;
};

/// Splits an expression into tokens, the last of which is kEnd; white space and comments are dropped.
std::vector<Token> Tokenize(std::string_view text);

/// The text of a string literal's inside with its escapes resolved: \n \r \t \" \\ \' \uXXXX (also in
/// surrogate pairs) \UXXXXXX. A back-slash before anything else is itself.
std::string Unescape(std::string_view inside);

/// Characters that names begin with and go on with (grammar rules 28, 29). A `?` alone is no name but the
/// input of unary tests.
bool IsNameStart(uint32_t code);
bool IsNamePart(uint32_t code);

}  // namespace ameide::feel
