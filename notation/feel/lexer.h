#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "notation/feel/expression.h"

namespace ameide::feel {

/// What a token is.
enum class TokenKind : uint8_t {
  kEnd,
  kName,        ///< also the keywords; `text` is the name
  kQuotedName,  ///< `name` in backticks: never a keyword
  kNumber,      ///< text as written
  kString,      ///< text with escapes resolved
  kTemporal,    ///< @"…"; text is what stands between the quotes
  kSymbol,      ///< one of + - * / ** ( ) [ ] { } , : . .. = != < <= > >= ?
};

/// One token and where it stands.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  Span span;
};

/// Splits an expression into tokens, the last of which is kEnd; white space and comments are dropped.
/// INVALID_ARGUMENT `BEGIN-END: why` for what no token begins with, and for strings and comments without end.
absl::StatusOr<std::vector<Token>> Tokenize(std::string_view text);

/// The status of something wrong at a place of an expression.
absl::Status SyntaxError(Span span, std::string_view why);
/// The same for what FEEL has and this subset has not: UNIMPLEMENTED.
absl::Status NotSupported(Span span, std::string_view why);

}  // namespace ameide::feel
