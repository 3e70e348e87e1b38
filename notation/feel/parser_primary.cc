// What operators stand between: names, literals, calls, paths, filters, ranges, lists, contexts.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/feel/duration.h"
#include "notation/feel/parser.h"

namespace ameide::feel {
namespace {

std::vector<std::string_view> SplitWords(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    words.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return words;
}

}  // namespace

NodeOr Parser::Postfix() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t value, Primary());
  for (;;) {
    if (TakeSymbol(".")) {
      AMEIDE_ASSIGN_OR_RETURN(std::string name, PropertyName());
      Node added{NodeOp::kPath};
      added.a = value;
      added.b = NameIndex(name);
      AMEIDE_ASSIGN_OR_RETURN(value, Add(added, begin, {value}));
    } else if (IsSymbol("[") && !EndsRange()) {
      ++at_;
      ++filters_;
      bound_.push_back("item");
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t condition, ParseExpression());
      bound_.pop_back();
      --filters_;
      AMEIDE_RETURN_IF_ERROR(Want("]"));
      AMEIDE_ASSIGN_OR_RETURN(value, AddBinary(NodeOp::kFilter, begin, value, condition));
    } else if (IsSymbol("(")) {
      return NotSupported(Peek().span, "only built-in functions can be called");
    } else {
      return value;
    }
  }
}

bool Parser::EndsRange() const {
  if (!in_range_) return false;
  const Token& next = Peek(1);
  if (next.kind == TokenKind::kSymbol)
    return next.text != "(" && next.text != "[" && next.text != "-" && next.text != "{";
  return next.kind == TokenKind::kEnd ||
         (next.kind == TokenKind::kName && IsKeyword(next.text) && next.text != "null" &&
          next.text != "true" && next.text != "false" && next.text != "if");
}

absl::StatusOr<std::string> Parser::PropertyName() {
  const Token& token = Peek();
  if (token.kind != TokenKind::kQuotedName && token.kind != TokenKind::kName) return Unexpected("a name");
  ++at_;
  if (token.kind == TokenKind::kName && token.text == "time" && TakeWord("offset"))
    return std::string("time offset");
  return token.text;
}

NodeOr Parser::Primary() {
  const Token token = Peek();
  const uint32_t begin = token.span.begin;
  switch (token.kind) {
    case TokenKind::kNumber: {
      ++at_;
      const absl::StatusOr<Decimal> number = Decimal::Parse(token.text);
      if (!number.ok()) return SyntaxError(token.span, "the number is outside the range of decimal128");
      return AddConstant(Value(*number), begin);
    }
    case TokenKind::kString:
      ++at_;
      return AddConstant(Value(token.text), begin);
    case TokenKind::kTemporal:
      ++at_;
      return Temporal(token);
    case TokenKind::kQuotedName:
      ++at_;
      return AddName(token.text, begin);
    case TokenKind::kName:
      return Name();
    case TokenKind::kSymbol:
      break;
    case TokenKind::kEnd:
      return Unexpected("an expression");
  }
  if (token.text == "(") return Parenthesis();
  if (token.text == "[") return Bracket();
  if (token.text == "]") return ReversedBracketRange();
  if (token.text == "{") return ContextLiteral();
  if (token.text == "?") {
    if (!unary_) return SyntaxError(token.span, "'?' has a meaning in unary tests only");
    ++at_;
    Node added{NodeOp::kInput};
    added.reads_input = true;
    return Add(added, begin, {});
  }
  return Unexpected("an expression");
}

NodeOr Parser::Temporal(const Token& token) {
  if (const auto value = ParseDateAndTime(token.text); value.ok())
    return AddConstant(Value(*value), token.span.begin);
  if (const auto value = ParseDate(token.text); value.ok())
    return AddConstant(Value(*value), token.span.begin);
  if (const auto value = ParseTimeOfDay(token.text); value.ok())
    return AddConstant(Value(*value), token.span.begin);
  if (const auto value = ParseDuration(token.text); value.ok()) return AddConstant(*value, token.span.begin);
  const bool zone = token.text.find('@') != std::string::npos;
  if (zone)
    return NotSupported(token.span, "named time zones are not supported; write an offset like +01:00");
  return SyntaxError(token.span, "not a date, time, date and time or duration in ISO 8601");
}

NodeOr Parser::Name() {
  const Token token = Peek();
  const uint32_t begin = token.span.begin;
  if (const int words = BuiltinWords(); words > 0) return Function(words);
  if (token.text == "true" || token.text == "false") {
    ++at_;
    return AddConstant(Value(token.text == "true"), begin);
  }
  if (token.text == "null") {
    ++at_;
    return AddConstant(Value(), begin);
  }
  if (token.text == "if" || token.text == "for" || token.text == "some" || token.text == "every")
    return ParseExpression();
  if (IsKeyword(token.text)) return Unexpected("an expression");
  ++at_;
  if (IsSymbol("(")) {
    const std::string_view why = RefusedFunction(token.text);
    return NotSupported(token.span, why.empty() ? absl::StrCat("there is no built-in function ", token.text)
                                                : absl::StrCat(token.text, "() ", std::string(why)));
  }
  return AddName(token.text, begin);
}

int Parser::BuiltinWords() const {
  std::string name;
  for (int words = 1; words <= kMostNameWords && Peek(words - 1).kind == TokenKind::kName; ++words) {
    absl::StrAppend(&name, words > 1 ? " " : "", Peek(words - 1).text);
    if (IsSymbol("(", words) &&
        (FindBuiltin(name) != nullptr || (words > 1 && !RefusedFunction(name).empty())))
      return words;
  }
  return 0;
}

NodeOr Parser::Function(int words) {
  const uint32_t begin = Begin();
  std::string name;
  for (int i = 0; i < words; ++i) absl::StrAppend(&name, i > 0 ? " " : "", tokens_[at_++].text);
  const Span span{begin, tokens_[at_ - 1].span.end};
  const Builtin* builtin = FindBuiltin(name);
  if (builtin == nullptr)
    return NotSupported(span, absl::StrCat(name, "() ", std::string(RefusedFunction(name))));
  ++at_;  // (
  std::vector<uint32_t> arguments;
  if (!TakeSymbol(")")) {
    AMEIDE_RETURN_IF_ERROR(IsNamedArgument() ? NamedArguments(*builtin, span, arguments)
                                             : PositionalArguments(arguments));
    AMEIDE_RETURN_IF_ERROR(Want(")"));
  }
  AMEIDE_RETURN_IF_ERROR(CheckArity(*builtin, span, arguments.size()));
  const auto index = static_cast<uint32_t>(syntax_->builtins.size());
  syntax_->builtins.push_back(builtin);
  return AddList(NodeOp::kCall, begin, arguments, 0, index);
}

absl::Status Parser::PositionalArguments(std::vector<uint32_t>& arguments) {
  do {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t argument, ParseExpression());
    arguments.push_back(argument);
  } while (TakeSymbol(","));
  return absl::OkStatus();
}

bool Parser::IsNamedArgument() const {
  size_t words = 0;
  while (Peek(words).kind == TokenKind::kName && words < 4) ++words;
  return words > 0 && IsSymbol(":", words);
}

absl::Status Parser::NamedArguments(const Builtin& builtin, Span span, std::vector<uint32_t>& arguments) {
  const std::vector<std::string_view> parameters = SplitWords(builtin.parameters, ',');
  std::vector<std::optional<uint32_t>> given(parameters.size());
  do {
    if (!IsNamedArgument()) return Unexpected("a parameter's name and ':'");
    std::string name;
    const Span name_span = Peek().span;
    while (!IsSymbol(":")) absl::StrAppend(&name, name.empty() ? "" : " ", tokens_[at_++].text);
    ++at_;
    const auto match = std::find_if(parameters.begin(), parameters.end(), [&](std::string_view parameter) {
      const bool marked = parameter.back() == '?' || parameter.back() == '*';
      return parameter.substr(0, parameter.size() - (marked ? 1 : 0)) == name;
    });
    if (match == parameters.end()) {
      return SyntaxError(name_span,
                         absl::StrCat(std::string(builtin.name), "() has no parameter named ", name));
    }
    std::optional<uint32_t>& slot = given[static_cast<size_t>(match - parameters.begin())];
    if (slot) return SyntaxError(name_span, absl::StrCat("the parameter ", name, " is given twice"));
    AMEIDE_ASSIGN_OR_RETURN(slot, ParseExpression());
  } while (TakeSymbol(","));
  while (!given.empty() && !given.back()) given.pop_back();
  for (size_t i = 0; i < given.size(); ++i) {
    if (!given[i] && parameters[i].back() != '?') {
      return SyntaxError(span, absl::StrCat("the parameter ", std::string(parameters[i]), " is missing"));
    }
    if (!given[i]) {
      AMEIDE_ASSIGN_OR_RETURN(given[i], AddConstant(Value(), span.begin));
    }
    arguments.push_back(*given[i]);
  }
  return absl::OkStatus();
}

absl::Status Parser::CheckArity(const Builtin& builtin, Span span, size_t count) {
  const std::vector<std::string_view> parameters = SplitWords(builtin.parameters, ',');
  const bool variadic = !parameters.empty() && parameters.back().back() == '*';
  const auto least =
      static_cast<size_t>(std::count_if(parameters.begin(), parameters.end(), [](std::string_view p) {
        return p.back() != '?' && p.back() != '*';
      }));
  if (count >= least + (variadic ? 1 : 0) && (variadic || count <= parameters.size()))
    return absl::OkStatus();
  return SyntaxError(span, absl::StrCat(std::string(builtin.name), "(", std::string(builtin.parameters),
                                        ") called with ", count, " arguments"));
}

NodeOr Parser::Parenthesis() {
  const uint32_t begin = Begin();
  ++at_;
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t inner, ExpressionOrOpenRange());
  if (IsSymbol("..")) return RangeRest(begin, inner, false);
  AMEIDE_RETURN_IF_ERROR(Want(")"));
  return inner;
}

NodeOr Parser::ReversedBracketRange() {
  const uint32_t begin = Begin();
  ++at_;
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t start, Additive());
  return RangeRest(begin, start, false);
}

NodeOr Parser::RangeRest(uint32_t begin, uint32_t start, bool start_included) {
  AMEIDE_RETURN_IF_ERROR(Want(".."));
  const bool outer = std::exchange(in_range_, true);
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t end, Additive());
  in_range_ = outer;
  const bool included = IsSymbol("]");
  if (!included && !IsSymbol(")") && !IsSymbol("["))
    return Unexpected("']', ')' or '[' at the end of a range");
  ++at_;
  const uint8_t flags =
      static_cast<uint8_t>((start_included ? kStartIncluded : 0) | (included ? kEndIncluded : 0));
  return AddBinary(NodeOp::kRange, begin, start, end, flags);
}

NodeOr Parser::Bracket() {
  const uint32_t begin = Begin();
  ++at_;
  std::vector<uint32_t> items;
  if (TakeSymbol("]")) return AddList(NodeOp::kList, begin, items);
  do {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t item, ExpressionOrOpenRange());
    if (items.empty() && IsSymbol("..")) return RangeRest(begin, item, true);
    items.push_back(item);
  } while (TakeSymbol(","));
  AMEIDE_RETURN_IF_ERROR(Want("]"));
  return AddList(NodeOp::kList, begin, items);
}

absl::StatusOr<std::string> Parser::ContextKey() {
  if (Peek().kind == TokenKind::kString) return tokens_[at_++].text;
  std::string name;
  while (Peek().kind == TokenKind::kName || Peek().kind == TokenKind::kQuotedName) {
    absl::StrAppend(&name, name.empty() ? "" : " ", tokens_[at_++].text);
  }
  if (name.empty()) return Unexpected("an entry's name");
  return name;
}

NodeOr Parser::ContextLiteral() {
  const uint32_t begin = Begin();
  ++at_;
  const size_t outer = bound_.size();
  std::vector<uint32_t> list, children;
  std::vector<std::string> keys;
  while (!TakeSymbol("}")) {
    if (!keys.empty()) AMEIDE_RETURN_IF_ERROR(Want(","));
    const Span span = Peek().span;
    AMEIDE_ASSIGN_OR_RETURN(const std::string key, ContextKey());
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      return SyntaxError(span, absl::StrCat("the entry ", key, " occurs twice"));
    }
    AMEIDE_RETURN_IF_ERROR(Want(":"));
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t value, ParseExpression());
    keys.push_back(key);
    bound_.push_back(key);
    list.push_back(NameIndex(key));
    list.push_back(value);
    children.push_back(value);
  }
  bound_.resize(outer);
  Node added{NodeOp::kContext};
  added.b = static_cast<uint32_t>(syntax_->lists.size());
  added.c = static_cast<uint32_t>(list.size());
  syntax_->lists.insert(syntax_->lists.end(), list.begin(), list.end());
  return Add(added, begin, {}, children);
}

}  // namespace ameide::feel
