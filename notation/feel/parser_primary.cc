// What operators stand between: names, literals, paths, filters, ranges, lists, contexts.
#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "notation/feel/duration.h"
#include "notation/feel/parser.h"

namespace ameide::feel {

bool BeginsExpression(std::string_view keyword) {
  return keyword == "null" || keyword == "true" || keyword == "false" || keyword == "if" ||
         keyword == "for" || keyword == "some" || keyword == "every" || keyword == "function";
}

NodeOr Parser::Postfix() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t value, Primary());
  for (;;) {
    NodeOr next = value;
    if (IsSymbol(".")) {
      next = Path(value, begin);
    } else if (IsSymbol("[") && !EndsRange()) {
      next = Filter(value, begin);
    } else if (IsSymbol("(")) {
      next = InvocationOf(value, begin);
    } else {
      return value;
    }
    AMEIDE_ASSIGN_OR_RETURN(value, std::move(next));
  }
}

NodeOr Parser::Path(uint32_t value, uint32_t begin) {
  ++at_;
  const Type of = type(value);
  const Span place = Peek().span;
  AMEIDE_ASSIGN_OR_RETURN(const std::string name, PropertyName(of));
  const Type& owner = of.kind() == Type::Kind::kList ? of.element() : of;
  if (owner.kind() == Type::Kind::kContext && !owner.fields().empty() && owner.field(name) == nullptr) {
    std::vector<std::string> names;
    for (const Type::Field& field : owner.fields()) names.push_back(field.name);
    const std::string near = NearestName(name, names);
    const Span whole{place.begin, End()};
    Warn("unknown-name", whole,
         Cat("there is no entry `", Shortened(name), "` in ", Shortened(owner.ToString(), 120)),
         near.empty() ? "" : Cat("did you mean `", near, "`?"), NearFix("Write ", name, near, whole));
  }
  const std::vector<std::string_view> parts = PartsOf(owner);
  const bool simple = owner.kind() == Type::Kind::kNumber || owner.kind() == Type::Kind::kString ||
                      owner.kind() == Type::Kind::kBoolean || !parts.empty();
  if (simple && std::find(parts.begin(), parts.end(), name) == parts.end()) {
    Warn("type", {place.begin, End()},
         Cat("a ", owner.ToString(), " has no ", Shortened(name), ": this part is always null"),
         parts.empty()
             ? CallHint(name)
             : Cat("it has ", absl::StrJoin(std::vector<std::string>(parts.begin(), parts.end()), ", ")));
  }
  Node added{NodeOp::kPath};
  added.a = value;
  added.b = NameIndex(name);
  return Add(added, PathType(of, name), begin, {value});
}

NodeOr Parser::Filter(uint32_t value, uint32_t begin) {
  ++at_;
  const size_t outer = bindings_.size();
  const uint32_t top = frames_.back().top;
  const uint32_t place = NewPlace();
  const Type of = type(value);
  const Type element = of.kind() == Type::Kind::kList ? of.element() : of;
  AMEIDE_RETURN_IF_ERROR(Bind(Binding::What::kItem, "item", element, place));
  const bool outer_range = std::exchange(in_range_, false);
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t condition, ParseExpression());
  in_range_ = outer_range;
  Unbind(outer, top);
  AMEIDE_RETURN_IF_ERROR(Want("]"));
  const Type& by = type(condition);
  if (!by.is_any() && by.kind() != Type::Kind::kNumber && by.kind() != Type::Kind::kBoolean &&
      by.kind() != Type::Kind::kNull) {
    Warn("type", span(condition),
         Cat("a list is filtered by a condition or a position, and a ", Shortened(by.ToString()),
             " is neither: nothing is left"),
         "compare it with something: item = …");
  }
  const bool position = type(condition).kind() == Type::Kind::kNumber;
  const bool filters = type(condition).kind() == Type::Kind::kBoolean;
  Node added{NodeOp::kFilter};
  added.a = value;
  added.b = condition;
  added.c = place;
  return Add(added, position ? element : filters ? Type::ListOf(element) : Type(), begin, {value, condition});
}

bool Parser::EndsRange() const {
  if (!in_range_) return false;
  const Token& next = Peek(1);
  if (next.kind == TokenKind::kSymbol)
    return next.text != "(" && next.text != "[" && next.text != "-" && next.text != "{";
  return next.kind == TokenKind::kEnd ||
         (next.kind == TokenKind::kName && IsKeyword(next.text) && !BeginsExpression(next.text));
}

bool Parser::BeginsTest() const {
  static constexpr std::string_view kOperators[] = {"=", "!=", "<", "<=", ">", ">="};
  const auto compares = [](const Token& token) {
    return token.kind == TokenKind::kSymbol &&
           std::find(std::begin(kOperators), std::end(kOperators), token.text) != std::end(kOperators);
  };
  // `==` and `<>` are no FEEL: those of other languages get a hint.
  return compares(Peek()) && (at_ == 0 || !compares(tokens_[at_ - 1]));
}

NodeOr Parser::Primary() {
  const Token token = Peek();
  const uint32_t begin = token.span.begin;
  switch (token.kind) {
    case TokenKind::kNumber: {
      WarnOfDate();
      ++at_;
      bool exact = true;
      const absl::StatusOr<Decimal> number = Decimal::Parse(token.text, &exact);
      if (!number.ok()) return Fail(token.span, "the number is outside the range of decimal128");
      if (!exact) WarnOfRounding(token.span, *number);
      return AddConstant(Value(*number), begin);
    }
    case TokenKind::kString:
      return String(token);
    case TokenKind::kTemporal:
      return Temporal(token);
    case TokenKind::kQuotedName: {
      ++at_;
      const std::string name(token.text);
      const std::optional<std::string> known = InSight(name);
      return known ? Lookup(*known, begin) : Unknown(name, begin);
    }
    case TokenKind::kName:
      return Name();
    case TokenKind::kSymbol:
      break;
    case TokenKind::kBad:
      if (LongestName().tokens > 0) return Name();
      return FailBad(token);
    case TokenKind::kEnd:
      return Unexpected("an expression");
  }
  if (token.text == "(") return Parenthesis();
  if (token.text == "[") return Bracket();
  if (token.text == "]") return ReversedBracketRange();
  if (token.text == "{") return ContextLiteral();
  if (token.text == "?") return Input();
  if (BeginsTest()) return PositiveTest();
  return Unexpected("an expression");
}

NodeOr Parser::String(const Token& token) {
  ++at_;
  return AddConstant(Value(Unescape(token.text)), token.span.begin);
}

NodeOr Parser::Temporal(const Token& token) {
  ++at_;
  const std::string text = Unescape(token.text);
  const uint32_t begin = token.span.begin;
  if (const auto value = ParseDateAndTime(text); value.ok()) return AddConstant(Value(*value), begin);
  if (const auto value = ParseDate(text); value.ok()) return AddConstant(Value(*value), begin);
  if (const auto value = ParseTimeOfDay(text); value.ok()) return AddConstant(Value(*value), begin);
  if (const auto value = ParseDuration(text); value.ok()) return AddConstant(*value, begin);
  const bool digits = !text.empty() && text[0] >= '0' && text[0] <= '9';
  const bool span = text.starts_with("P") || text.starts_with("-P");
  const absl::Status why = digits && text.find('T') != std::string::npos   ? ParseDateAndTime(text).status()
                           : digits && text.find(':') != std::string::npos ? ParseTimeOfDay(text).status()
                           : digits                                        ? ParseDate(text).status()
                           : span                                          ? ParseDuration(text).status()
                                                                           : absl::OkStatus();
  if (!why.ok()) {
    Warn("type", token.span, Cat(std::string(why.message()), ": it is null"));
  } else {
    Warn("type", token.span, "not a date, time, date and time or duration in ISO 8601: it is null",
         "write it like @\"2026-03-01\", @\"12:30:00\", @\"2026-03-01T12:30:00@Europe/Paris\", @\"PT10M\" "
         "or @\"P1Y\"");
  }
  return AddConstant(Value(), begin);
}

NodeOr Parser::Parenthesis() {
  const uint32_t begin = Begin();
  ++at_;
  const bool outer_range = std::exchange(in_range_, false);
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t inner, PositiveTest());
  in_range_ = outer_range;
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
  CheckComparable(NodeOp::kLessEqual, start, end, begin);
  if (node(start).op == NodeOp::kConstant && node(end).op == NodeOp::kConstant) {
    const std::optional<int> order =
        Order(syntax_->constants[node(start).a], syntax_->constants[node(end).a]);
    if (order && *order > 0)
      Warn("type", {begin, End()}, "the range begins behind its end: it is always null",
           "write the smaller end first");
  }
  const uint8_t flags =
      static_cast<uint8_t>((start_included ? kStartIncluded : 0) | (included ? kEndIncluded : 0));
  return AddBinary(NodeOp::kRange, begin, start, end, flags);
}

NodeOr Parser::Bracket() {
  const uint32_t begin = Begin();
  ++at_;
  // Inside of a list `[` filters again, whatever range is around it.
  const bool outer = std::exchange(in_range_, false);
  NodeOr list = ListRest(begin);
  in_range_ = outer;
  return list;
}

NodeOr Parser::ListRest(uint32_t begin) {
  std::vector<uint32_t> items;
  Type element(Type::Kind::kNull);
  if (!TakeSymbol("]")) {
    do {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t item, PositiveTest());
      if (items.empty() && IsSymbol("..")) return RangeRest(begin, item, true);
      items.push_back(item);
      element = CommonType(element, type(item));
    } while (TakeSymbol(","));
    if (!TakeSymbol("]")) return Unexpected("',' or ']'");
  }
  if (element.kind() == Type::Kind::kNull) element = Type();
  return AddList(NodeOp::kList, Type::ListOf(std::move(element)), begin, items, items);
}

absl::StatusOr<std::string> Parser::ContextKey() {
  if (Peek().kind == TokenKind::kName && IsKeyword(Peek().text) && IsSymbol(":", 1)) {
    const std::string quoted = Quoted(Peek().text);
    return Fail(Peek().span, Cat("'", Peek().text, "' is a word of FEEL and no name"),
                Cat("as a key it stands in quotes: ", quoted),
                Fix{Cat("Write ", quoted), Peek().span, quoted});
  }
  if (Peek().kind != TokenKind::kString) return NewName("an entry's name and ':'", {":"});
  return Unescape(tokens_[at_++].text);
}

NodeOr Parser::ContextLiteral() {
  const uint32_t begin = Begin();
  ++at_;
  const bool outer_range = std::exchange(in_range_, false);
  const size_t outer = bindings_.size();
  const uint32_t top = frames_.back().top;
  std::vector<uint32_t> parts, children;
  std::vector<Type::Field> fields;
  std::set<std::string> keys;
  std::set<std::string> names;  // of those that are no strings, by their tokens
  uint8_t flags = 0;
  while (!TakeSymbol("}")) {
    if (!keys.empty() && !TakeSymbol(",")) return Unexpected("',' or '}'");
    Span span = Peek().span;
    const bool is_name = Peek().kind != TokenKind::kString;
    AMEIDE_ASSIGN_OR_RETURN(const std::string key, ContextKey());
    span.end = End();
    const bool doubled = is_name && !names.insert(NameTokens(key)).second;
    if (!keys.insert(key).second || doubled) {
      flags = kDuplicateKey;
      Warn("duplicate", span, Cat("the entry ", key, " occurs twice: the context is null"),
           "give it another name");
    }
    AMEIDE_RETURN_IF_ERROR(Want(":"));
    // A function may call itself by the name of its entry.
    const bool function = IsWord("function") && IsSymbol("(", 1);
    NodeOr entry = function ? FunctionLiteral(key, outer) : ParseExpression();
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t value, std::move(entry));
    const uint32_t place = NewPlace();
    AMEIDE_RETURN_IF_ERROR(Bind(Binding::What::kLocal, key, type(value), place, outer));
    fields.push_back({key, type(value)});
    parts.insert(parts.end(), {NameIndex(key), place, value});
    children.push_back(value);
  }
  Unbind(outer, top);
  in_range_ = outer_range;
  Type whole = Type::ContextOf(std::move(fields));
  Know(whole, 1);
  return AddList(NodeOp::kContext, std::move(whole), begin, parts, children, flags);
}

}  // namespace ameide::feel
