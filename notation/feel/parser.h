#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "notation/feel/builtins.h"
#include "notation/feel/lexer.h"
#include "notation/feel/syntax.h"

namespace ameide::feel {

/// A node of the tree being built, or why the text is no expression.
using NodeOr = absl::StatusOr<uint32_t>;

/// Words that cannot be names.
bool IsKeyword(std::string_view word);

/// Recursive descent over the tokens; precedence as in DMN 1.5, 10.3.1.2. In three files: parser.cc holds
/// what reads tokens and makes nodes, parser_expression.cc the operators, parser_primary.cc operands, calls
/// and literals.
class Parser {
 public:
  /// The whole text as an expression, or as unary tests.
  static absl::StatusOr<Expression> Run(std::string_view text, bool unary);

 private:
  // ---- Tokens
  const Token& Peek(size_t ahead = 0) const;
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const;
  bool IsWord(std::string_view word, size_t ahead = 0) const;
  bool TakeSymbol(std::string_view symbol);
  bool TakeWord(std::string_view word);
  absl::Status Unexpected(std::string_view wanted) const;
  absl::Status Want(std::string_view symbol);
  absl::Status WantWord(std::string_view word);
  uint32_t Begin() const;

  // ---- Nodes
  Node& node(uint32_t index);
  /// Adds a node over [begin, the last token taken) whose node children are given.
  NodeOr Add(Node added, uint32_t begin, std::initializer_list<uint32_t> children,
             std::span<const uint32_t> more = {});
  NodeOr AddList(NodeOp op, uint32_t begin, const std::vector<uint32_t>& items, uint8_t flags = 0,
                 uint32_t a = 0);
  NodeOr AddConstant(Value value, uint32_t begin);
  NodeOr AddBinary(NodeOp op, uint32_t begin, uint32_t a, uint32_t b, uint8_t flags = 0);
  uint32_t NameIndex(const std::string& name);

  // ---- Scopes: names bound by what surrounds the place that is being read
  bool IsBound(std::string_view name) const;
  NodeOr AddName(const std::string& name, uint32_t begin);

  // ---- Grammar
  NodeOr ParseExpression();
  NodeOr ExpressionBody();
  NodeOr If();
  absl::StatusOr<std::string> WantName(std::string_view what);
  /// `x in domain, y in domain`: the names stay bound.
  absl::Status Iterators(std::vector<uint32_t>& list, std::vector<uint32_t>& children);
  NodeOr Iteration(NodeOp op, std::string_view before_body);
  NodeOr For();
  NodeOr Quantified();
  NodeOr Disjunction();
  NodeOr Conjunction();
  std::optional<NodeOp> TakeComparison();
  NodeOr Comparison();
  NodeOr In(uint32_t begin, uint32_t value);
  /// `< 5`, a range, or any expression.
  NodeOr PositiveTest();
  /// As a value, only the comparisons that are ranges have a meaning: `(< 5)`.
  NodeOr ExpressionOrOpenRange();
  NodeOr UnaryTests();
  /// Whether the bracket at `open` is closed by the last token.
  bool ClosesAtEnd(size_t open) const;
  NodeOr Additive();
  NodeOr Multiplicative();
  NodeOr Exponentiation();
  NodeOr Negation();
  NodeOr InstanceOf();
  absl::StatusOr<uint8_t> TypeName();

  // ---- Operands
  NodeOr Postfix();
  /// Whether the `[` here is the exclusive end of a range (`]1..5[`) rather than a filter: nothing that could
  /// be the filter's condition follows.
  bool EndsRange() const;
  absl::StatusOr<std::string> PropertyName();
  NodeOr Primary();
  NodeOr Temporal(const Token& token);
  NodeOr Name();
  /// How many words from here, followed by `(`, name a function, built in or refused; 0 when none do.
  int BuiltinWords() const;
  NodeOr Function(int words);
  absl::Status PositionalArguments(std::vector<uint32_t>& arguments);
  bool IsNamedArgument() const;
  absl::Status NamedArguments(const Builtin& builtin, Span span, std::vector<uint32_t>& arguments);
  static absl::Status CheckArity(const Builtin& builtin, Span span, size_t count);
  NodeOr Parenthesis();
  /// `]a..b]`: another spelling of `(a..b]`.
  NodeOr ReversedBracketRange();
  NodeOr RangeRest(uint32_t begin, uint32_t start, bool start_included);
  NodeOr Bracket();
  absl::StatusOr<std::string> ContextKey();
  NodeOr ContextLiteral();

  static constexpr int kMaxNesting = 256;

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

}  // namespace ameide::feel
