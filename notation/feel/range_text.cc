#include "notation/feel/range_text.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "notation/feel/expression.h"
#include "notation/feel/lexer.h"
#include "notation/feel/text.h"

namespace ameide::feel {
namespace {

bool IsSymbol(const Token& token, std::string_view symbol) {
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

/// Grammar rule 33, with the sign that rule 37 gives numbers.
bool IsLiteral(std::span<const Token> tokens) {
  if (tokens.size() == 2 && IsSymbol(tokens[0], "-")) return tokens[1].kind == TokenKind::kNumber;
  return tokens.size() == 1 &&
         (tokens[0].kind == TokenKind::kNumber || tokens[0].kind == TokenKind::kString ||
          tokens[0].kind == TokenKind::kTemporal);
}

/// Grammar rule 62: one of the four functions, of literals.
bool IsTemporalCall(std::span<const Token> tokens) {
  const auto open =
      std::find_if(tokens.begin(), tokens.end(), [](const Token& token) { return IsSymbol(token, "("); });
  if (open == tokens.end() || !IsSymbol(tokens.back(), ")")) return false;
  std::string name;
  for (const Token& word : std::span(tokens.begin(), open)) {
    if (word.kind != TokenKind::kName) return false;
    if (!name.empty()) name += ' ';
    name += word.text;
  }
  constexpr std::array<std::string_view, 4> kFunctions = {"date", "time", "date and time", "duration"};
  if (std::find(kFunctions.begin(), kFunctions.end(), name) == kFunctions.end()) return false;
  std::span<const Token> arguments(open + 1, tokens.end() - 1);
  while (true) {
    const auto comma = std::find_if(arguments.begin(), arguments.end(),
                                    [](const Token& token) { return IsSymbol(token, ","); });
    if (!IsLiteral({arguments.begin(), comma})) return false;
    if (comma == arguments.end()) return true;
    arguments = {comma + 1, arguments.end()};
  }
}

/// The value of an end; null where it is none.
Value EndOf(std::string_view text, std::span<const Token> tokens) {
  if (!IsLiteral(tokens) && !IsTemporalCall(tokens)) return {};
  const size_t begin = tokens.front().span.begin;
  const Parsed parsed = Read(text.substr(begin, tokens.back().span.end - begin));
  return parsed.expression ? Evaluate(*parsed.expression, Context()) : Value();
}

}  // namespace

std::optional<Range> ReadRange(std::string_view text, std::string& why) {
  const std::vector<Token> all = Tokenize(text);
  const std::span<const Token> tokens(all.data(), all.size() - 1);
  const auto refuse = [&](std::string reason) {
    why = std::move(reason);
    return std::nullopt;
  };
  const auto dots =
      std::find_if(tokens.begin(), tokens.end(), [](const Token& token) { return IsSymbol(token, ".."); });
  constexpr size_t kBrackets = 2;
  if (tokens.size() <= kBrackets || dots == tokens.end() || dots == tokens.begin() ||
      dots + 1 == tokens.end())
    return refuse("a range is written like [1..5], (1..5), [\"a\"..\"c\") or [1..)");
  const Token &first = tokens.front(), &last = tokens.back();
  Range range;
  range.start_included = IsSymbol(first, "[");
  range.end_included = IsSymbol(last, "]");
  if (!range.start_included && !IsSymbol(first, "(") && !IsSymbol(first, "]"))
    return refuse("a range begins with '[', '(' or ']'");
  if (!range.end_included && !IsSymbol(last, ")") && !IsSymbol(last, "["))
    return refuse("a range ends in ']', ')' or '['");
  const std::span<const Token> start(tokens.begin() + 1, dots), end(dots + 1, tokens.end() - 1);
  if (start.empty() && (range.start_included || end.empty())) return refuse("it has no start");
  if (end.empty() && range.end_included) return refuse("it has no end");
  constexpr std::string_view kEnds =
      "the ends of a range are numbers, texts, dates, times and durations, written out";
  if (!start.empty() && (range.start = EndOf(text, start)).is_null()) return refuse(std::string(kEnds));
  if (!end.empty() && (range.end = EndOf(text, end)).is_null()) return refuse(std::string(kEnds));
  // Without one end it is a comparison: range("[2..)") is >= 2 (table 72).
  if (start.empty() || end.empty()) {
    range.form = Range::Form::kComparison;
    return range;
  }
  const std::optional<int> order = Order(range.start, range.end);
  if (!order) return refuse("the ends of a range are of one kind that has an order");
  if (*order > 0) return refuse("a range begins before it ends");
  return range;
}

}  // namespace ameide::feel
