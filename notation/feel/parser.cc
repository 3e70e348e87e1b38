#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/feel/builtins.h"
#include "notation/feel/duration.h"
#include "notation/feel/lexer.h"
#include "notation/feel/syntax.h"

namespace ameide::feel {
namespace {

constexpr size_t kMaxText = 1 << 20;
constexpr int kMaxNesting = 256;
constexpr uint16_t kMaxDepth = 1000;

using NodeOr = absl::StatusOr<uint32_t>;

bool IsKeyword(std::string_view word) {
  static constexpr std::string_view kWords[] = {"and",  "or",     "if",   "then",     "else",      "for",
                                                "in",   "return", "some", "every",    "satisfies", "between",
                                                "true", "false",  "null", "instance", "function"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

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

/// Recursive descent over the tokens; precedence as in DMN 1.5, 10.3.1.2.
class Parser {
 public:
  static absl::StatusOr<Expression> Run(std::string_view text, bool unary) {
    if (text.size() > kMaxText) return absl::InvalidArgumentError("1-1: the expression is longer than 1 MiB");
    Parser parser;
    parser.syntax_->text = std::string(text);
    const size_t first = text.find_first_not_of(" \t\r\n");
    std::string body(text);
    if (!unary && first != std::string::npos && body[first] == '=') body[first] = ' ';
    AMEIDE_ASSIGN_OR_RETURN(parser.tokens_, Tokenize(body));
    AMEIDE_ASSIGN_OR_RETURN(parser.syntax_->root, unary ? parser.UnaryTests() : parser.ParseExpression());
    if (parser.Peek().kind != TokenKind::kEnd)
      return parser.Unexpected("an operator or the end of the expression");
    for (const std::string& name : parser.free_) parser.syntax_->variables.push_back(name);
    return Expression(std::move(parser.syntax_));
  }

 private:
  // ---- Tokens
  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kSymbol && Peek(ahead).text == symbol;
  }
  bool IsWord(std::string_view word, size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kName && Peek(ahead).text == word;
  }
  bool TakeSymbol(std::string_view symbol) {
    if (!IsSymbol(symbol)) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!IsWord(word)) return false;
    ++at_;
    return true;
  }
  absl::Status Unexpected(std::string_view wanted) const {
    const Token& token = Peek();
    const std::string found =
        token.kind == TokenKind::kEnd ? "the end" : absl::StrCat("'", token.text.substr(0, 40), "'");
    if (token.kind == TokenKind::kName && at_ > 0 && Peek().kind == TokenKind::kName &&
        tokens_[at_ - 1].kind == TokenKind::kName && !IsKeyword(tokens_[at_ - 1].text) &&
        !IsKeyword(token.text)) {
      return SyntaxError(token.span,
                         absl::StrCat("unexpected ", found, "; write a name with spaces between backticks: `",
                                      tokens_[at_ - 1].text, " ", token.text, "`"));
    }
    return SyntaxError(token.span, absl::StrCat("unexpected ", found, "; wanted ", std::string(wanted)));
  }
  absl::Status Want(std::string_view symbol) {
    if (TakeSymbol(symbol)) return absl::OkStatus();
    return Unexpected(absl::StrCat("'", std::string(symbol), "'"));
  }
  absl::Status WantWord(std::string_view word) {
    if (TakeWord(word)) return absl::OkStatus();
    return Unexpected(absl::StrCat("'", std::string(word), "'"));
  }
  uint32_t Begin() const { return Peek().span.begin; }

  // ---- Nodes
  Node& node(uint32_t index) { return syntax_->nodes[index]; }

  /// Adds a node over [begin, the last token taken) whose node children are given.
  NodeOr Add(Node added, uint32_t begin, std::initializer_list<uint32_t> children,
             std::span<const uint32_t> more = {}) {
    added.span = {begin, at_ > 0 ? tokens_[at_ - 1].span.end : begin};
    const auto take = [&](uint32_t child) {
      added.depth = std::max<uint16_t>(added.depth, static_cast<uint16_t>(node(child).depth + 1));
      added.reads_input = added.reads_input || node(child).reads_input;
    };
    for (const uint32_t child : children) take(child);
    for (const uint32_t child : more) take(child);
    if (added.depth > kMaxDepth) return SyntaxError(added.span, "nested or chained deeper than 1,000 levels");
    syntax_->nodes.push_back(added);
    return static_cast<uint32_t>(syntax_->nodes.size() - 1);
  }

  NodeOr AddList(NodeOp op, uint32_t begin, const std::vector<uint32_t>& items, uint8_t flags = 0,
                 uint32_t a = 0) {
    Node added{op, flags};
    added.a = a;
    added.b = static_cast<uint32_t>(syntax_->lists.size());
    added.c = static_cast<uint32_t>(items.size());
    syntax_->lists.insert(syntax_->lists.end(), items.begin(), items.end());
    if (op == NodeOp::kIn) return Add(added, begin, {a}, items);
    return Add(added, begin, {}, items);
  }

  NodeOr AddConstant(Value value, uint32_t begin) {
    Node added{NodeOp::kConstant};
    added.a = static_cast<uint32_t>(syntax_->constants.size());
    syntax_->constants.push_back(std::move(value));
    return Add(added, begin, {});
  }

  NodeOr AddBinary(NodeOp op, uint32_t begin, uint32_t a, uint32_t b, uint8_t flags = 0) {
    Node added{op, flags};
    added.a = a;
    added.b = b;
    return Add(added, begin, {a, b});
  }

  uint32_t NameIndex(const std::string& name) {
    const auto at = std::find(syntax_->names.begin(), syntax_->names.end(), name);
    if (at != syntax_->names.end()) return static_cast<uint32_t>(at - syntax_->names.begin());
    syntax_->names.push_back(name);
    return static_cast<uint32_t>(syntax_->names.size() - 1);
  }

  // ---- Scopes: names bound by what surrounds the place that is being read
  bool IsBound(std::string_view name) const {
    return std::find(bound_.begin(), bound_.end(), name) != bound_.end();
  }

  NodeOr AddName(const std::string& name, uint32_t begin) {
    const bool bound = IsBound(name);
    if (name == "partial" && bound) reads_partial_ = true;
    if (!bound) free_.insert(name);
    Node added{bound || filters_ > 0 ? NodeOp::kName : NodeOp::kVariable};
    added.a = NameIndex(name);
    return Add(added, begin, {});
  }

  // ---- Grammar
  NodeOr ParseExpression() {
    if (++nesting_ > kMaxNesting) return SyntaxError(Peek().span, "nested deeper than 256 levels");
    NodeOr result = ExpressionBody();
    --nesting_;
    return result;
  }

  NodeOr ExpressionBody() {
    if (IsWord("if")) return If();
    if (IsWord("for")) return For();
    if (IsWord("some") || IsWord("every")) return Quantified();
    if (IsWord("function")) return NotSupported(Peek().span, "function literals are not supported");
    return Disjunction();
  }

  NodeOr If() {
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

  absl::StatusOr<std::string> WantName(std::string_view what) {
    const Token& token = Peek();
    if (token.kind != TokenKind::kQuotedName && (token.kind != TokenKind::kName || IsKeyword(token.text))) {
      return Unexpected(what);
    }
    ++at_;
    return token.text;
  }

  /// `x in domain, y in domain`: the names stay bound.
  absl::Status Iterators(std::vector<uint32_t>& list, std::vector<uint32_t>& children) {
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

  NodeOr Iteration(NodeOp op, std::string_view before_body) {
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

  NodeOr For() { return Iteration(NodeOp::kFor, "return"); }
  NodeOr Quantified() { return Iteration(IsWord("some") ? NodeOp::kSome : NodeOp::kEvery, "satisfies"); }

  NodeOr Disjunction() {
    const uint32_t begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Conjunction());
    while (TakeWord("or")) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Conjunction());
      AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(NodeOp::kOr, begin, left, right));
    }
    return left;
  }

  NodeOr Conjunction() {
    const uint32_t begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Comparison());
    while (TakeWord("and")) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Comparison());
      AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(NodeOp::kAnd, begin, left, right));
    }
    return left;
  }

  std::optional<NodeOp> TakeComparison() {
    static constexpr std::pair<std::string_view, NodeOp> kOperators[] = {
        {"=", NodeOp::kEqual},      {"!=", NodeOp::kNotEqual}, {"<", NodeOp::kLess},
        {"<=", NodeOp::kLessEqual}, {">", NodeOp::kGreater},   {">=", NodeOp::kGreaterEqual}};
    for (const auto& [symbol, op] : kOperators) {
      if (TakeSymbol(symbol)) return op;
    }
    return std::nullopt;
  }

  NodeOr Comparison() {
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

  NodeOr In(uint32_t begin, uint32_t value) {
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

  /// `< 5`, a range, or any expression.
  NodeOr PositiveTest() {
    const uint32_t begin = Begin();
    if (const std::optional<NodeOp> op = TakeComparison()) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t operand, Additive());
      Node added{NodeOp::kCompareTest, static_cast<uint8_t>(*op)};
      added.a = operand;
      return Add(added, begin, {operand});
    }
    return ParseExpression();
  }

  /// As a value, only the comparisons that are ranges have a meaning: `(< 5)`.
  NodeOr ExpressionOrOpenRange() {
    if (IsSymbol("=") || IsSymbol("!=")) return Unexpected("an expression");
    return PositiveTest();
  }

  NodeOr UnaryTests() {
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

  /// Whether the bracket at `open` is closed by the last token.
  bool ClosesAtEnd(size_t open) const {
    int depth = 0;
    for (size_t i = open; i < tokens_.size(); ++i) {
      if (tokens_[i].kind != TokenKind::kSymbol) continue;
      if (tokens_[i].text == "(") ++depth;
      if (tokens_[i].text == ")" && --depth == 0) return tokens_[i + 1].kind == TokenKind::kEnd;
    }
    return false;
  }

  NodeOr Additive() {
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

  NodeOr Multiplicative() {
    const uint32_t begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Exponentiation());
    for (;;) {
      const bool times = IsSymbol("*");
      if (!times && !IsSymbol("/")) return left;
      ++at_;
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Exponentiation());
      AMEIDE_ASSIGN_OR_RETURN(left,
                              AddBinary(times ? NodeOp::kMultiply : NodeOp::kDivide, begin, left, right));
    }
  }

  NodeOr Exponentiation() {
    const uint32_t begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(uint32_t left, Negation());
    while (TakeSymbol("**")) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t right, Negation());
      AMEIDE_ASSIGN_OR_RETURN(left, AddBinary(NodeOp::kPower, begin, left, right));
    }
    return left;
  }

  NodeOr Negation() {
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

  NodeOr InstanceOf() {
    const uint32_t begin = Begin();
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t value, Postfix());
    if (!IsWord("instance") || !IsWord("of", 1)) return value;
    at_ += 2;
    AMEIDE_ASSIGN_OR_RETURN(const uint8_t kind, TypeName());
    Node added{NodeOp::kInstanceOf, kind};
    added.a = value;
    return Add(added, begin, {value});
  }

  absl::StatusOr<uint8_t> TypeName() {
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

  NodeOr Postfix() {
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

  /// Whether the `[` here is the exclusive end of a range (`]1..5[`) rather than a filter: nothing that could
  /// be the filter's condition follows.
  bool EndsRange() const {
    if (!in_range_) return false;
    const Token& next = Peek(1);
    if (next.kind == TokenKind::kSymbol)
      return next.text != "(" && next.text != "[" && next.text != "-" && next.text != "{";
    return next.kind == TokenKind::kEnd ||
           (next.kind == TokenKind::kName && IsKeyword(next.text) && next.text != "null" &&
            next.text != "true" && next.text != "false" && next.text != "if");
  }

  absl::StatusOr<std::string> PropertyName() {
    const Token& token = Peek();
    if (token.kind != TokenKind::kQuotedName && token.kind != TokenKind::kName) return Unexpected("a name");
    ++at_;
    if (token.kind == TokenKind::kName && token.text == "time" && TakeWord("offset"))
      return std::string("time offset");
    return token.text;
  }

  NodeOr Primary() {
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

  NodeOr Temporal(const Token& token) {
    if (const auto value = ParseDateAndTime(token.text); value.ok())
      return AddConstant(Value(*value), token.span.begin);
    if (const auto value = ParseDate(token.text); value.ok())
      return AddConstant(Value(*value), token.span.begin);
    if (const auto value = ParseTimeOfDay(token.text); value.ok())
      return AddConstant(Value(*value), token.span.begin);
    if (const auto value = ParseDuration(token.text); value.ok())
      return AddConstant(*value, token.span.begin);
    const bool zone = token.text.find('@') != std::string::npos;
    if (zone)
      return NotSupported(token.span, "named time zones are not supported; write an offset like +01:00");
    return SyntaxError(token.span, "not a date, time, date and time or duration in ISO 8601");
  }

  NodeOr Name() {
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

  /// How many words from here, followed by `(`, name a function, built in or refused; 0 when none do.
  int BuiltinWords() const {
    std::string name;
    for (int words = 1; words <= kMostNameWords && Peek(words - 1).kind == TokenKind::kName; ++words) {
      absl::StrAppend(&name, words > 1 ? " " : "", Peek(words - 1).text);
      if (IsSymbol("(", words) &&
          (FindBuiltin(name) != nullptr || (words > 1 && !RefusedFunction(name).empty())))
        return words;
    }
    return 0;
  }

  NodeOr Function(int words) {
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

  absl::Status PositionalArguments(std::vector<uint32_t>& arguments) {
    do {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t argument, ParseExpression());
      arguments.push_back(argument);
    } while (TakeSymbol(","));
    return absl::OkStatus();
  }

  bool IsNamedArgument() const {
    size_t words = 0;
    while (Peek(words).kind == TokenKind::kName && words < 4) ++words;
    return words > 0 && IsSymbol(":", words);
  }

  absl::Status NamedArguments(const Builtin& builtin, Span span, std::vector<uint32_t>& arguments) {
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

  static absl::Status CheckArity(const Builtin& builtin, Span span, size_t count) {
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

  NodeOr Parenthesis() {
    const uint32_t begin = Begin();
    ++at_;
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t inner, ExpressionOrOpenRange());
    if (IsSymbol("..")) return RangeRest(begin, inner, false);
    AMEIDE_RETURN_IF_ERROR(Want(")"));
    return inner;
  }

  /// `]a..b]`: another spelling of `(a..b]`.
  NodeOr ReversedBracketRange() {
    const uint32_t begin = Begin();
    ++at_;
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t start, Additive());
    return RangeRest(begin, start, false);
  }

  NodeOr RangeRest(uint32_t begin, uint32_t start, bool start_included) {
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

  NodeOr Bracket() {
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

  absl::StatusOr<std::string> ContextKey() {
    if (Peek().kind == TokenKind::kString) return tokens_[at_++].text;
    std::string name;
    while (Peek().kind == TokenKind::kName || Peek().kind == TokenKind::kQuotedName) {
      absl::StrAppend(&name, name.empty() ? "" : " ", tokens_[at_++].text);
    }
    if (name.empty()) return Unexpected("an entry's name");
    return name;
  }

  NodeOr ContextLiteral() {
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

  std::shared_ptr<Syntax> syntax_ = std::make_shared<Syntax>();
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int nesting_ = 0;
  int filters_ = 0;
  bool unary_ = false;
  bool reads_partial_ = false;
  bool in_range_ = false;
  std::vector<std::string> bound_;
  std::set<std::string> free_;
};

const std::string& Expression::text() const { return syntax_->text; }
const std::vector<std::string>& Expression::variables() const { return syntax_->variables; }

absl::StatusOr<Expression> Parse(std::string_view text) { return Parser::Run(text, false); }
absl::StatusOr<Expression> ParseUnaryTests(std::string_view text) { return Parser::Run(text, true); }

}  // namespace ameide::feel
