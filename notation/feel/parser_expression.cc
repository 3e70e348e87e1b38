// Conditions, iterations, tests and operators, from the loosest to the tightest.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/feel/parser.h"

namespace ameide::feel {

NodeOr Parser::ParseExpression() {
  if (++nesting_ > kMaxNesting) return SyntaxError(Peek().span, "nested deeper than 256 levels");
  NodeOr result = ExpressionBody();
  --nesting_;
  return result;
}

NodeOr Parser::ExpressionBody() {
  if (IsWord("if")) return If();
  if (IsWord("for")) return For();
  if (IsWord("some") || IsWord("every")) return Quantified();
  if (IsWord("function")) return NotSupported(Peek().span, "function literals are not supported");
  return Disjunction();
}

NodeOr Parser::If() {
  const uint32_t begin = Begin();
  ++at_;
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t condition, ParseExpression());
  AMEIDE_RETURN_IF_ERROR(WantWord("then"));
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t yes, ParseExpression());
  AMEIDE_RETURN_IF_ERROR(WantWord("else"));
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t no, ParseExpression());
  Node added{NodeOp::kIf};
  added.a = condition;
  added.b = yes;
  added.c = no;
  return Add(added, begin, {condition, yes, no});
}

absl::StatusOr<std::string> Parser::WantName(std::string_view what) {
  const Token& token = Peek();
  if (token.kind != TokenKind::kQuotedName && (token.kind != TokenKind::kName || IsKeyword(token.text))) {
    return Unexpected(what);
  }
  ++at_;
  return token.text;
}

absl::Status Parser::Iterators(std::vector<uint32_t>& list, std::vector<uint32_t>& children) {
  do {
    AMEIDE_ASSIGN_OR_RETURN(const std::string name, WantName("the name of a variable"));
    AMEIDE_RETURN_IF_ERROR(WantWord("in"));
    const uint32_t begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(uint32_t domain, Additive());
    if (TakeSymbol("..")) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t end, Additive());
      AMEIDE_ASSIGN_OR_RETURN(domain, AddBinary(NodeOp::kSpan, begin, domain, end));
    }
    list.push_back(NameIndex(name));
    list.push_back(domain);
    children.push_back(domain);
    bound_.push_back(name);
  } while (TakeSymbol(","));
  return absl::OkStatus();
}

NodeOr Parser::Iteration(NodeOp op, std::string_view before_body) {
  const uint32_t begin = Begin();
  ++at_;
  const size_t outer = bound_.size();
  const bool outer_partial = std::exchange(reads_partial_, false);
  std::vector<uint32_t> list, children;
  AMEIDE_RETURN_IF_ERROR(Iterators(list, children));
  AMEIDE_RETURN_IF_ERROR(WantWord(before_body));
  if (op == NodeOp::kFor) bound_.push_back("partial");
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t body, ParseExpression());
  bound_.resize(outer);
  list.push_back(body);
  children.push_back(body);
  Node added{op, reads_partial_ ? kReadsPartial : uint8_t{0}};
  reads_partial_ = outer_partial || reads_partial_;
  added.b = static_cast<uint32_t>(syntax_->lists.size());
  added.c = static_cast<uint32_t>(list.size());
  syntax_->lists.insert(syntax_->lists.end(), list.begin(), list.end());
  return Add(added, begin, {}, children);
}

NodeOr Parser::For() { return Iteration(NodeOp::kFor, "return"); }

NodeOr Parser::Quantified() {
  return Iteration(IsWord("some") ? NodeOp::kSome : NodeOp::kEvery, "satisfies");
}

NodeOr Parser::Disjunction() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Conjunction());
  while (TakeWord("or")) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Conjunction());
    AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(NodeOp::kOr, begin, left, right));
  }
  return left;
}

NodeOr Parser::Conjunction() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Comparison());
  while (TakeWord("and")) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Comparison());
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
  if (const std::optional<NodeOp> op = TakeComparison()) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Additive());
    AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(*op, begin, left, right));
    if (TakeComparison()) {
      --at_;
      return SyntaxError(Peek().span, "comparisons cannot be chained; put one of them in parentheses");
    }
  } else if (TakeWord("between")) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t low, Additive());
    AMEIDE_RETURN_IF_ERROR(WantWord("and"));
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t high, Additive());
    Node added{NodeOp::kBetween};
    added.a = left;
    added.b = low;
    added.c = high;
    return Add(added, begin, {left, low, high});
  } else if (TakeWord("in")) {
    return In(begin, left);
  }
  return left;
}

NodeOr Parser::In(uint32_t begin, uint32_t value) {
  std::vector<uint32_t> tests;
  const uint32_t range_begin = Begin();
  const bool listed = TakeSymbol("(");
  do {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t test, PositiveTest());
    if (listed && tests.empty() && IsSymbol("..")) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t range, RangeRest(range_begin, test, false));
      return AddList(NodeOp::kIn, begin, {range}, 0, value);
    }
    tests.push_back(test);
  } while (listed && TakeSymbol(","));
  if (listed) AMEIDE_RETURN_IF_ERROR(Want(")"));
  return AddList(NodeOp::kIn, begin, tests, 0, value);
}

NodeOr Parser::PositiveTest() {
  const uint32_t begin = Begin();
  if (const std::optional<NodeOp> op = TakeComparison()) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t operand, Additive());
    Node added{NodeOp::kCompareTest, static_cast<uint8_t>(*op)};
    added.a = operand;
    return Add(added, begin, {operand});
  }
  return ParseExpression();
}

NodeOr Parser::ExpressionOrOpenRange() {
  if (IsSymbol("=") || IsSymbol("!=")) return Unexpected("an expression");
  return PositiveTest();
}

NodeOr Parser::UnaryTests() {
  const uint32_t begin = Begin();
  unary_ = true;
  if (IsSymbol("-") && Peek(1).kind == TokenKind::kEnd) {
    ++at_;
    return AddConstant(Value(true), begin);
  }
  const bool negated = IsWord("not") && IsSymbol("(", 1) && ClosesAtEnd(at_ + 1);
  if (negated) at_ += 2;
  std::vector<uint32_t> tests;
  do {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t test, PositiveTest());
    tests.push_back(test);
  } while (TakeSymbol(","));
  if (negated) AMEIDE_RETURN_IF_ERROR(Want(")"));
  return AddList(negated ? NodeOp::kNotTests : NodeOp::kTests, begin, tests);
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
  if (++nesting_ > kMaxNesting) return SyntaxError(Peek().span, "nested deeper than 256 levels");
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t operand, Negation());
  --nesting_;
  Node added{NodeOp::kNegate};
  added.a = operand;
  return Add(added, begin, {operand});
}

NodeOr Parser::InstanceOf() {
  const uint32_t begin = Begin();
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t value, Postfix());
  if (!IsWord("instance") || !IsWord("of", 1)) return value;
  at_ += 2;
  AMEIDE_ASSIGN_OR_RETURN(const uint8_t kind, TypeName());
  Node added{NodeOp::kInstanceOf, kind};
  added.a = value;
  return Add(added, begin, {value});
}

absl::StatusOr<uint8_t> Parser::TypeName() {
  const Token first = Peek();
  std::string name;
  std::optional<uint8_t> found;
  size_t found_words = 0;
  for (size_t words = 0; words < 5 && Peek(words).kind == TokenKind::kName; ++words) {
    absl::StrAppend(&name, words > 0 ? " " : "", Peek(words).text);
    if (name == "Any") found = kAnyKind;
    for (uint8_t kind = 0; kind <= static_cast<uint8_t>(Kind::kRange); ++kind) {
      if (name == KindName(static_cast<Kind>(kind))) found = kind;
    }
    if (found && found_words == 0) found_words = words + 1;
    if (found && (name == "date and time")) found_words = 3;
  }
  if (!found) return SyntaxError(first.span, "wanted one of FEEL's built-in types after 'instance of'");
  at_ += found_words;
  if (IsSymbol("<")) return NotSupported(Peek().span, "types with parameters are not supported");
  return *found;
}

}  // namespace ameide::feel
