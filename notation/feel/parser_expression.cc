// Conditions, iterations, tests and operators, from the loosest to the tightest.
#include <algorithm>
#include <utility>

#include "base/status.h"
#include "notation/feel/parser.h"

namespace ameide::feel {

NodeOr Parser::ParseExpression() {
  if (++nesting_ > kMaxNesting)
    return Fail(Peek().span, "nested deeper than 256 levels", "split it into several expressions");
  NodeOr result = ExpressionBody();
  --nesting_;
  return result;
}

NodeOr Parser::ExpressionBody() {
  if (LongestName().tokens > 0) return Disjunction();  // a name may begin like anything
  if (IsWord("if")) return If();
  if (IsWord("for")) return Iteration(NodeOp::kFor, "return");
  if (IsWord("some")) return Iteration(NodeOp::kSome, "satisfies");
  if (IsWord("every")) return Iteration(NodeOp::kEvery, "satisfies");
  if (IsWord("function")) return FunctionLiteral("");
  return Disjunction();
}

NodeOr Parser::If() {
  const uint32_t begin = Begin();
  ++at_;
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t condition, ParseExpression());
  AMEIDE_RETURN_IF_ERROR(WantWord("then"));
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t yes, ParseExpression());
  if (!IsWord("else") && Peek().kind == TokenKind::kEnd)
    return Fail(Peek().span, "unexpected end; wanted 'else'",
                "FEEL's if always has an else; write 'else null'",
                Fix{"Add else null", {End(), End()}, " else null"});
  AMEIDE_RETURN_IF_ERROR(WantWord("else"));
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t no, ParseExpression());
  const Type& asked = type(condition);
  if (!asked.is_any() && asked.kind() != Type::Kind::kBoolean && asked.kind() != Type::Kind::kNull) {
    Warn("type", span(condition),
         Cat("a ", Shortened(asked.ToString()), " is never true: 'else' is always taken"),
         "compare it with something");
  }
  Node added{NodeOp::kIf};
  added.a = condition;
  added.b = yes;
  added.c = no;
  return Add(added, CommonType(type(yes), type(no)), begin, {condition, yes, no});
}

absl::Status Parser::Iterators(std::vector<uint32_t>& parts, std::vector<uint32_t>& children) {
  do {
    AMEIDE_ASSIGN_OR_RETURN(const std::string name, NewName("the name of a variable and 'in'", {"in"}));
    AMEIDE_RETURN_IF_ERROR(WantWord("in"));
    const uint32_t begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(uint32_t domain, ParseExpression());
    Type item = type(domain).kind() == Type::Kind::kList || type(domain).kind() == Type::Kind::kRange
                    ? type(domain).element()
                    : type(domain);
    if (TakeSymbol("..")) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t end, ParseExpression());
      AMEIDE_ASSIGN_OR_RETURN(domain, AddBinary(NodeOp::kSpan, begin, domain, end));
      item = type(domain).element();
    }
    const uint32_t place = NewPlace();
    parts.insert(parts.end(), {NameIndex(name), place, domain});
    children.push_back(domain);
    AMEIDE_RETURN_IF_ERROR(Bind(Binding::What::kLocal, name, std::move(item), place));
  } while (TakeSymbol(","));
  return absl::OkStatus();
}

NodeOr Parser::Iteration(NodeOp op, std::string_view before_body) {
  const uint32_t begin = Begin();
  ++at_;
  const size_t outer = bindings_.size();
  const uint32_t top = frames_.back().top;
  std::vector<uint32_t> parts, children;
  AMEIDE_RETURN_IF_ERROR(Iterators(parts, children));
  AMEIDE_RETURN_IF_ERROR(WantWord(before_body));
  uint32_t partial = kNone;
  const size_t first = syntax_->nodes.size();
  if (op == NodeOp::kFor) {
    partial = NewPlace();
    AMEIDE_RETURN_IF_ERROR(Bind(Binding::What::kLocal, "partial", Type::Kind::kList, partial));
  }
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t body, ParseExpression());
  Unbind(outer, top);
  if (op != NodeOp::kFor) WarnUnlessTruth("satisfies", body);
  parts.push_back(body);
  children.push_back(body);
  // What the results so far cost is only paid where they are read.
  const uint32_t partial_name = NameIndex("partial");
  const bool reads =
      partial != kNone && std::any_of(syntax_->nodes.begin() + static_cast<ptrdiff_t>(first),
                                      syntax_->nodes.end(), [&](const Node& node) {
                                        return (node.op == NodeOp::kLocal || node.op == NodeOp::kCaptured) &&
                                               node.b == partial_name;
                                      });
  Type result = op == NodeOp::kFor ? Type::ListOf(type(body)) : Type(Type::Kind::kBoolean);
  return AddList(op, std::move(result), begin, parts, children, reads ? kReadsPartial : uint8_t{0}, partial);
}

void Parser::WarnUnlessTruth(std::string_view word, uint32_t side) {
  const Type& of = type(side);
  if (of.is_any() || of.kind() == Type::Kind::kBoolean || of.kind() == Type::Kind::kNull) return;
  Warn("type", span(side),
       Cat("a ", Shortened(of.ToString()), " is neither true nor false: '", word, "' takes it for null"),
       word == "or" ? "to compare with several values write x in (a, b)" : "compare it with something");
}

NodeOr Parser::Disjunction() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Conjunction());
  while (TakeWord("or")) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Conjunction());
    for (const uint32_t side : {left, right}) WarnUnlessTruth("or", side);
    AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(NodeOp::kOr, begin, left, right));
  }
  return left;
}

NodeOr Parser::Conjunction() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Comparison());
  while (TakeWord("and")) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Comparison());
    for (const uint32_t side : {left, right}) WarnUnlessTruth("and", side);
    AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(NodeOp::kAnd, begin, left, right));
  }
  return left;
}

std::optional<NodeOp> Parser::TakeComparison() {
  static constexpr std::pair<std::string_view, NodeOp> kOperators[] = {
      {"=", NodeOp::kEqual},      {"!=", NodeOp::kNotEqual}, {"<", NodeOp::kLess},
      {"<=", NodeOp::kLessEqual}, {">", NodeOp::kGreater},   {">=", NodeOp::kGreaterEqual}};
  for (const auto& [symbol, op] : kOperators) {
    if (TakeSymbol(symbol)) return op;
  }
  return std::nullopt;
}

NodeOr Parser::Comparison() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Additive());
  for (bool chained = false;; chained = true) {
    NodeOr next = left;
    if (const std::optional<NodeOp> op = TakeComparison()) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Additive());
      const bool ordered = *op != NodeOp::kEqual && *op != NodeOp::kNotEqual;
      if (chained && ordered) {
        Warn("type", {begin, End()}, "a comparison's true or false has no order: the result is always null",
             "for a range write x in [1..5]");
      } else {
        CheckComparable(*op, left, right, begin);
      }
      next = AddBinary(*op, begin, left, right);
    } else if (TakeWord("between")) {
      next = Between(begin, left);
    } else if (TakeWord("in")) {
      next = In(begin, left);
    } else {
      return left;
    }
    AMEIDE_ASSIGN_OR_RETURN(left, std::move(next));
  }
}

NodeOr Parser::Between(uint32_t begin, uint32_t value) {
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t low, Additive());
  AMEIDE_RETURN_IF_ERROR(WantWord("and"));
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t high, Additive());
  CheckComparable(NodeOp::kGreaterEqual, value, low, begin);
  CheckComparable(NodeOp::kLessEqual, value, high, begin);
  Node added{NodeOp::kBetween};
  added.a = value;
  added.b = low;
  added.c = high;
  return Add(added, Type::Kind::kBoolean, begin, {value, low, high});
}

NodeOr Parser::In(uint32_t begin, uint32_t value) {
  std::vector<uint32_t> tests;
  const size_t open = at_, found = findings_.size();
  const uint32_t range_begin = Begin();
  const bool listed = TakeSymbol("(");
  do {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t test, InTest(value, listed));
    tests.push_back(test);
    if (!listed && IsSymbol("..")) return FailRange(range_begin);
    if (listed && tests.size() == 1 && IsSymbol("..")) {
      AMEIDE_ASSIGN_OR_RETURN(tests[0], RangeRest(range_begin, test, false));
      break;
    }
    if (listed && !IsSymbol(",")) {
      AMEIDE_RETURN_IF_ERROR(Want(")"));
      break;
    }
  } while (listed && TakeSymbol(","));
  // `x in (a + b) * c`: the parenthesis was only the beginning of an expression.
  static constexpr std::string_view kGoesOn[] = {"+", "-", "*", "/", "**", ".", "["};
  const bool goes_on = Peek().kind == TokenKind::kSymbol &&
                       std::find(std::begin(kGoesOn), std::end(kGoesOn), Peek().text) != std::end(kGoesOn) &&
                       !(IsSymbol("[") && EndsRange());
  if (listed && tests.size() == 1 && goes_on) {
    at_ = open;
    findings_.resize(found);
    AMEIDE_ASSIGN_OR_RETURN(tests[0], InTest(value, false));
  }
  std::vector<uint32_t> children = tests;
  children.push_back(value);
  return AddList(NodeOp::kIn, Type::Kind::kBoolean, begin, tests, children, 0, value);
}

absl::Status Parser::FailRange(uint32_t begin) {
  const Span dots = Peek().span;
  ++at_;
  const NodeOr end = Additive();
  if (!end.ok()) return end.status();
  const Span whole{begin, End()};
  const std::string range = Cat("[", syntax_->text.substr(begin, whole.end - begin), "]");
  return Fail(dots, "unexpected '..'", Cat("a range stands in brackets: ", range),
              Fix{Cat("Write ", range), whole, range});
}

NodeOr Parser::InTest(uint32_t value, bool listed) {
  const size_t open = at_, found = findings_.size();
  const auto read = [&]() -> NodeOr {
    // Without parentheses the test ends where `and` or another comparison goes on.
    const bool whole = listed || IsSymbol("<") || IsSymbol("<=") || IsSymbol(">") || IsSymbol(">=") ||
                       IsSymbol("=") || IsSymbol("!=");
    return whole ? PositiveTest() : Additive();
  };
  // In a condition `?` is the value (table 55, rule 49.c), else the input of the unary tests around, if any.
  tested_.push_back({type(value), frames_.size() - 1, ++tests_});
  NodeOr test = read();
  tested_.pop_back();
  if (!test.ok()) return test;
  const bool outer = unary_ || options_->has_input || !tested_.empty();
  if (!node(*test).reads_input) return test;
  if (!outer || type(*test).kind() == Type::Kind::kBoolean) {
    node(*test).own_input = true;
    return test;
  }
  at_ = open;
  findings_.resize(found);
  return read();
}

NodeOr Parser::PositiveTest() {
  const uint32_t begin = Begin();
  if (const std::optional<NodeOp> op = TakeComparison()) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t operand, Additive());
    Node added{NodeOp::kCompareTest, static_cast<uint8_t>(*op)};
    added.a = operand;
    return Add(added, Type::RangeOf(type(operand)), begin, {operand});
  }
  return ParseExpression();
}

NodeOr Parser::UnaryTests() {
  const uint32_t begin = Begin();
  if (IsSymbol("-") && Peek(1).kind == TokenKind::kEnd) {
    ++at_;
    return AddList(NodeOp::kNotTests, Type::Kind::kBoolean, begin, {}, {});
  }
  const bool negated = IsWord("not") && IsSymbol("(", 1) && ClosesAtEnd(at_ + 1);
  if (negated) at_ += 2;
  std::vector<uint32_t> tests;
  const Type& input = options_->input_type;
  do {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t test, PositiveTest());
    tests.push_back(test);
    const Type& tested = type(test);
    const Type& against =
        tested.kind() == Type::Kind::kList || tested.kind() == Type::Kind::kRange ? tested.element() : tested;
    const bool known = !input.is_any() && !against.is_any() && against.kind() != Type::Kind::kNull &&
                       tested.kind() != Type::Kind::kFunction && against.kind() != Type::Kind::kList;
    const bool days = input.kind() == Type::Kind::kDateTime && against.kind() == Type::Kind::kDate;
    if (known && !days && input.kind() != Type::Kind::kList && input.kind() != against.kind() &&
        !node(test).reads_input) {
      const bool condition = against.kind() == Type::Kind::kBoolean && node(test).op != NodeOp::kConstant;
      const std::string moment = node(test).op == NodeOp::kConstant ? MomentHint(input, test) : "";
      Warn("type", span(test),
           Cat("the input is a ", Shortened(input.ToString()), ", which a ", Shortened(against.ToString()),
               " never matches"),
           condition ? "a condition of a cell names its input: ? > 5" : moment);
    }
  } while (TakeSymbol(","));
  if (negated) AMEIDE_RETURN_IF_ERROR(Want(")"));
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t added, AddList(negated ? NodeOp::kNotTests : NodeOp::kTests,
                                                        Type::Kind::kBoolean, begin, tests, tests));
  node(added).varies = true;
  return added;
}

bool Parser::ClosesAtEnd(size_t open) const {
  int depth = 0;
  for (size_t i = open; i < tokens_.size(); ++i) {
    if (tokens_[i].kind != TokenKind::kSymbol) continue;
    if (tokens_[i].text == "(") ++depth;
    if (tokens_[i].text == ")" && --depth == 0) return tokens_[i + 1].kind == TokenKind::kEnd;
  }
  return false;
}

NodeOr Parser::Additive() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Multiplicative());
  for (;;) {
    const bool plus = IsSymbol("+");
    if (!plus && !IsSymbol("-")) return left;
    ++at_;
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Multiplicative());
    AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(plus ? NodeOp::kAdd : NodeOp::kSubtract, begin, left, right));
  }
}

NodeOr Parser::Multiplicative() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Exponentiation());
  for (;;) {
    const bool times = IsSymbol("*");
    if (!times && !IsSymbol("/")) return left;
    ++at_;
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Exponentiation());
    AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(times ? NodeOp::kMultiply : NodeOp::kDivide, begin, left, right));
  }
}

NodeOr Parser::Exponentiation() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Negation());
  while (TakeSymbol("**")) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Negation());
    AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(NodeOp::kPower, begin, left, right));
  }
  return left;
}

NodeOr Parser::Negation() {
  const uint32_t begin = Begin();
  if (!IsSymbol("-")) return InstanceOf();
  ++at_;
  if (++nesting_ > kMaxNesting)
    return Fail(Peek().span, "nested deeper than 256 levels", "split it into several expressions");
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t operand, Negation());
  --nesting_;
  const Type of = type(operand);
  const bool fits = of.is_any() || of.kind() == Type::Kind::kNumber || of.kind() == Type::Kind::kNull ||
                    of.kind() == Type::Kind::kDayTimeDuration ||
                    of.kind() == Type::Kind::kYearMonthDuration || of.kind() == Type::Kind::kList;
  if (!fits)
    Warn("type", span(operand),
         Cat("a ", Shortened(of.ToString()), " cannot be negated: the result is always null"));
  Node added{NodeOp::kNegate};
  added.a = operand;
  return Add(added, of.kind() == Type::Kind::kList ? Type() : of, begin, {operand});
}

NodeOr Parser::InstanceOf() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t value, Postfix());
  while (IsWord("instance") && IsWord("of", 1)) {
    at_ += 2;
    const uint32_t type_begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(std::optional<Type> type, ParseType());
    // Types that are made of others say of which (table 61).
    const std::string_view word = tokens_[at_ - 1].text;
    static constexpr std::pair<std::string_view, std::string_view> kBare[] = {
        {"list", "list<Any>"},
        {"range", "range<number>"},
        {"context", "context<name: Any>"},
        {"function", "function<Any>->Any"}};
    for (const auto& [name, whole] : kBare) {
      if (!type || word != name || tokens_[at_ - 1].span.begin != type_begin || HasOwnType(name)) continue;
      Warn("unknown-name", tokens_[at_ - 1].span,
           Cat("the type ", name, " is not whole: the result is always null"), Cat("write ", whole));
      type.reset();
    }
    Node added{NodeOp::kInstanceOf, type ? uint8_t{0} : kUnknownType};
    added.a = value;
    added.b = static_cast<uint32_t>(syntax_->types.size());
    syntax_->types.push_back(type.value_or(Type()));
    syntax_->type_texts.push_back(type ? "" : syntax_->text.substr(type_begin, End() - type_begin));
    AMEIDE_ASSIGN_OR_RETURN(value, Add(added, Type::Kind::kBoolean, begin, {value}));
  }
  return value;
}

}  // namespace ameide::feel
