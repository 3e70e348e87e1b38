#pragma once

#include <initializer_list>
#include <map>
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

/// A node of the tree being built. An error's status says nothing: the finding does.
using NodeOr = absl::StatusOr<uint32_t>;

/// Words that cannot be names.
bool IsKeyword(std::string_view word);
/// Those of them that expressions begin with.
bool BeginsExpression(std::string_view keyword);

/// Recursive descent over the tokens; precedence as in DMN 1.5, 10.3.1.2. Names are resolved while reading,
/// since what a name is depends on what is in scope. In files by what they read: parser.cc tokens and nodes,
/// parser_names.cc names and scopes, parser_calls.cc functions and their arguments, parser_expression.cc
/// operators, parser_primary.cc operands and literals, parser_types.cc types, parser_hints.cc what is wrong.
class Parser {
 public:
  /// The whole text as an expression, or as unary tests.
  static Parsed Run(std::string_view text, const ParseOptions& options, bool unary);

 private:
  /// A name that the expression binds.
  struct Binding {
    enum class What : uint8_t { kLocal, kSelf, kItem };
    What what = What::kLocal;
    std::string name;
    Type type;
    uint32_t place = 0;  // in its frame
    size_t frame = 0;
    size_t owner = 0;  // what binds it: the number of its first binding
  };
  /// What a function's body, or the whole expression, keeps its names in.
  struct Frame {
    uint32_t top = 0, most = 0;
    std::vector<uint64_t> captured;  // keys of bindings and slots
    std::vector<uint32_t> nodes;     // what to capture, read in the frame around
  };
  /// What `?` is in the tests of `in`.
  struct Tested {
    Type type;
    size_t frame = 0;
    uint64_t number = 0;
  };
  /// A name that the text at hand begins with.
  struct Match {
    size_t tokens = 0;
    std::string name;
    Type type;
    bool entry = false;  // of a filter's item
    size_t owner = 0;
  };

  // ---- Tokens
  const Token& Peek(size_t ahead = 0) const;
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const;
  bool IsWord(std::string_view word, size_t ahead = 0) const;
  bool TakeSymbol(std::string_view symbol);
  bool TakeWord(std::string_view word);
  uint32_t Begin() const { return Peek().span.begin; }
  uint32_t End() const { return at_ > 0 ? tokens_[at_ - 1].span.end : 0; }
  absl::Status Want(std::string_view symbol);
  absl::Status WantWord(std::string_view word);

  // ---- Findings
  absl::Status Fail(Span span, std::string message, std::string hint = "",
                    std::optional<Fix> fix = std::nullopt);
  absl::Status Unexpected(std::string_view wanted);
  void Warn(std::string rule, Span span, std::string message, std::string hint = "",
            std::optional<Fix> fix = std::nullopt);

  // ---- Hints for what other languages write (parser_hints.cc)
  absl::Status FailBad(const Token& token);
  /// Of a text that goes on without the bracket that it lacks; nullptr when `wanted` names no bracket or none
  /// is open.
  const Token* OpenBracket(std::string_view wanted) const;
  /// Of a `)`, `]` or `}` that stands where the expression could end.
  absl::Status FailUnopened();
  /// How the property of another language is called here: "write string length(…)"; empty for others.
  static std::string CallHint(std::string_view property);
  /// To write `near` for `name`; certain only where they differ in capitals and spaces alone.
  static std::optional<Fix> NearFix(std::string_view verb, std::string_view name, const std::string& near,
                                    Span place);
  void WarnUnknownName(const std::string& name, Span place);
  void WarnUnknownFunction(const std::string& name, Span place);
  /// now and today are rarely meant as functions.
  /// Whether the name just read is all of the text, but for parentheses.
  bool StandsAlone() const;
  /// What follows parentheses that hold names and types only: `(a, b: number) a + b`.
  enum class Follows : uint8_t { kNothing, kMaybeBody, kBody };
  Follows AfterParameters() const;
  /// Whether the text so far ends with a call of a function that there is not: `lambda(x)`.
  bool CallsUnknown() const;
  /// An error where the word `function` is meant.
  absl::Status FailMiswrittenFunction(const std::string& name, Span place);
  void WarnUnlessCalled(const Builtin& builtin, Span place);
  /// Of a date without quotes at this place.
  void WarnOfDate();
  /// Of a number that `read` is not exactly.
  void WarnOfRounding(Span place, const Decimal& read);

  // ---- Nodes
  Node& node(uint32_t index) { return syntax_->nodes[index]; }
  const Type& type(uint32_t index) const { return types_[index]; }
  Span span(uint32_t index) const { return syntax_->nodes[index].span; }
  /// Adds a node over [begin, the last token taken) whose node children are given.
  NodeOr Add(Node added, Type type, uint32_t begin, std::initializer_list<uint32_t> children,
             std::span<const uint32_t> more = {});
  NodeOr AddList(NodeOp op, Type type, uint32_t begin, const std::vector<uint32_t>& parts,
                 const std::vector<uint32_t>& children, uint8_t flags = 0, uint32_t a = kNone);
  NodeOr AddConstant(Value value, uint32_t begin);
  NodeOr AddBinary(NodeOp op, uint32_t begin, uint32_t a, uint32_t b, uint8_t flags = 0);
  uint32_t NameIndex(std::string_view name);

  // ---- Names and scopes (parser_names.cc)
  uint32_t NewPlace();
  absl::Status Bind(Binding::What what, std::string name, Type type, uint32_t place,
                    std::optional<size_t> owner = std::nullopt);
  /// Forgets the bindings from `bindings` on, and their places.
  void Unbind(size_t bindings, uint32_t top);
  /// How many tokens from here spell the name; 0 when they do not.
  size_t Spells(std::string_view name) const;
  /// Takes the name where it spells more than `best`; true when it does. `owner`: names of one owner may
  /// differ in spaces around signs.
  bool Consider(Match& best, std::string_view name, const Type& type, bool entry, size_t owner = 0) const;
  /// The same for entries of a context, the last of those that are no closer.
  void ConsiderFields(Match& best, const Type& type, size_t owner) const;
  /// The longest name in scope that the text begins with here.
  Match LongestName() const;
  std::string Words(size_t tokens) const;
  /// Reads the binding or slot `key` whose home is the frame `home`, from `frame`.
  NodeOr ReadFrom(size_t frame, size_t home, uint64_t key, Node direct, const Type& type, uint32_t begin);
  NodeOr ReadBinding(size_t index, uint32_t begin);
  NodeOr ReadSlot(uint32_t slot, std::string_view name, const Type& type, uint32_t begin);
  NodeOr Lookup(const std::string& name, uint32_t begin);
  /// How what is bound or in scope is spelt that has this name; nullopt when nothing has.
  std::optional<std::string> InSight(const std::string& name) const;
  /// A name that nothing in sight has.
  NodeOr Unknown(const std::string& name, uint32_t begin);
  std::vector<std::string> VisibleNames() const;
  NodeOr Name();
  /// A name to bind, of any number of words up to the symbol or word `until`.
  absl::StatusOr<std::string> NewName(std::string_view what, std::initializer_list<std::string_view> until);
  absl::StatusOr<std::string> PropertyName(const Type& of);
  /// Remembers the entries of a context type, so that their names are known where types are not.
  void Know(const Type& type, int levels);

  // ---- Calls (parser_calls.cc)
  struct Argument {
    std::string name;  // empty: by position
    uint32_t value = 0;
    Span name_span;
  };
  /// The words of the built-in function that is called here; 0 when none is.
  size_t BuiltinWords(const Builtin*& builtin) const;
  NodeOr CallOf(const Builtin& builtin, uint32_t begin);
  NodeOr InvocationOf(uint32_t callee, uint32_t begin);
  /// Which of the names an argument's wrong one was meant to be, and the fix that writes it; empty when none
  /// is near.
  static std::string NearParameter(const Argument& argument, const std::vector<std::string>& names,
                                   std::optional<Fix>& fix);
  /// Of arguments by name to a function whose parameters' names are known. `call`: its place.
  void CheckNames(const Type& function, const std::vector<Argument>& arguments, Span call);
  /// Of an argument that can never be what the parameter takes.
  void CheckGiven(uint32_t argument, const Type& parameter);
  absl::StatusOr<std::vector<Argument>> Arguments();
  bool IsNamedArgument() const;
  NodeOr AddInvocation(uint32_t callee, const std::vector<Argument>& arguments, Type result, uint32_t begin);
  /// Finds the overload that has all those names and puts the arguments in its order, null for parameters
  /// that are not given (10.3.2.13.5). `name` is the function's, for findings.
  bool OrderByName(const Builtin& builtin, std::vector<Argument>& arguments, Span name);
  void CheckKinds(const Builtin& builtin, const std::vector<Argument>& arguments);
  Type ResultOf(const Builtin& builtin, const std::vector<Argument>& arguments) const;
  NodeOr FunctionLiteral(std::string_view self, size_t owner = 0);

  // ---- Operators (parser_expression.cc)
  NodeOr ParseExpression();
  NodeOr ExpressionBody();
  NodeOr If();
  /// `x in domain, y in domain`: the names stay bound.
  absl::Status Iterators(std::vector<uint32_t>& parts, std::vector<uint32_t>& children);
  NodeOr Iteration(NodeOp op, std::string_view before_body);
  /// Of an operand of `and` or `or` that can be neither.
  void WarnUnlessTruth(std::string_view word, uint32_t side);
  NodeOr Disjunction();
  NodeOr Conjunction();
  std::optional<NodeOp> TakeComparison();
  NodeOr Comparison();
  NodeOr Between(uint32_t begin, uint32_t value);
  NodeOr In(uint32_t begin, uint32_t value);
  /// `begin..` without brackets.
  absl::Status FailRange(uint32_t begin);
  /// One test of `in`; `listed`: of those in parentheses.
  NodeOr InTest(uint32_t value, bool listed);
  /// `< 5`, a range, or any expression.
  NodeOr PositiveTest();
  /// A range of one end begins here, `< 5`, as an expression (rule 2.h).
  bool BeginsTest() const;
  NodeOr UnaryTests();
  /// Whether the bracket at `open` is closed by the last token.
  bool ClosesAtEnd(size_t open) const;
  NodeOr Additive();
  NodeOr Multiplicative();
  NodeOr Exponentiation();
  NodeOr Negation();
  NodeOr InstanceOf();

  // ---- Operands (parser_primary.cc)
  NodeOr Postfix();
  NodeOr Path(uint32_t value, uint32_t begin);
  NodeOr Filter(uint32_t value, uint32_t begin);
  /// Whether the `[` here is the exclusive end of a range (`]1..5[`) rather than a filter: nothing that could
  /// be the filter's condition follows.
  bool EndsRange() const;
  NodeOr Primary();
  NodeOr String(const Token& token);
  NodeOr Temporal(const Token& token);
  NodeOr Input();
  NodeOr Parenthesis();
  /// `]a..b]`: another spelling of `(a..b]`.
  NodeOr ReversedBracketRange();
  NodeOr RangeRest(uint32_t begin, uint32_t start, bool start_included);
  NodeOr Bracket();
  NodeOr ListRest(uint32_t begin);
  absl::StatusOr<std::string> ContextKey();
  NodeOr ContextLiteral();

  // ---- Types (parser_types.cc)
  /// A type's name or form; an unknown name gives nullopt and a warning.
  /// The model defines a type of that name.
  bool HasOwnType(std::string_view name) const;
  absl::StatusOr<std::optional<Type>> ParseType();
  absl::Status WantArrow();
  absl::StatusOr<std::optional<Type>> TypeArguments(Type::Kind kind);
  Type BinaryType(NodeOp op, uint32_t a, uint32_t b);
  void CheckComparable(NodeOp op, uint32_t a, uint32_t b, uint32_t begin);
  /// How the text of a constant is written as a date, time or duration; empty when none is wanted.
  std::string MomentHint(const Type& wanted, uint32_t constant) const;
  /// The properties that values of a type have by themselves (table 65).
  static std::vector<std::string_view> PartsOf(const Type& type);
  Type PathType(const Type& of, std::string_view name) const;

  static constexpr int kMaxNesting = 256;
  static constexpr size_t kMostFindings = 100;

  const ParseOptions* options_ = nullptr;
  std::shared_ptr<Syntax> syntax_ = std::make_shared<Syntax>();
  std::vector<Type> types_;  // of nodes
  std::vector<Token> tokens_;
  std::vector<Finding> findings_;
  size_t at_ = 0;
  int nesting_ = 0;
  bool unary_ = false;
  bool in_range_ = false;
  std::vector<Binding> bindings_;
  std::vector<Frame> frames_{1};
  std::vector<Tested> tested_;                                   // innermost last
  uint64_t tests_ = 0;                                           // numbers of `tested_` so far
  std::map<std::string, uint32_t, std::less<>> name_index_;      // of syntax_->names
  std::map<std::string, uint32_t, std::less<>> variable_index_;  // without a scope: the slots given so far
  std::set<std::string, std::less<>> known_;                     // names of contexts' entries
  /// Of the function that was called by name last: the places of its parameters by their names' tokens.
  struct Named {
    Type function;
    std::map<std::string, size_t> places;
    std::string form;  // how it is called
  } named_;
};

}  // namespace ameide::feel
