#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "notation/feel/finding.h"
#include "notation/feel/function.h"
#include "notation/feel/scope.h"
#include "notation/feel/type.h"
#include "notation/feel/value.h"

namespace ameide::feel {

struct Syntax;  // the parsed form; private

/// A parsed expression. Immutable and shared by its copies; thread-safe.
class Expression {
 public:
  const std::string& text() const;
  /// Names of the variables it reads, sorted, without those it binds itself (`for x in xs` reads xs only).
  const std::vector<std::string>& variables() const;
  /// True when its value changes with no variable, no clock and no input.
  bool is_constant() const;
  /// The slot of its scope whose value it gives as it stands; nullopt when it does anything else.
  std::optional<uint32_t> slot() const;
  /// It calls now() or today(), so whoever evaluates it has to say what time it is.
  bool reads_clock() const;
  /// It was parsed as unary tests.
  bool is_unary() const;
  /// What its value will be, as far as that is known without running it: a value of this type, or null.
  const Type& type() const;

 private:
  explicit Expression(std::shared_ptr<const Syntax> syntax) : syntax_(std::move(syntax)) {}
  std::shared_ptr<const Syntax> syntax_;
  friend class Parser;
  friend class Evaluator;
  friend class Printer;
  friend struct ConstantTestsReader;
};

/// How a text is read.
struct ParseOptions {
  /// The names that exist. Without a scope every name that the expression does not bind is a variable, looked
  /// up in the Context given to Evaluate; names are then words with single spaces between them, or stand in
  /// backticks.
  const Scope* scope = nullptr;
  /// Of `?`.
  Type input_type;
  /// Named types for `instance of` and parameters beside FEEL's own (item definitions); nullptr: none.
  const std::vector<std::pair<std::string, Type>>* types = nullptr;
  /// `?` has a meaning also outside of unary tests.
  bool has_input = false;
  /// The value is a function to call, so `now` alone is right, where it is all of the text.
  bool names_function = false;
};

/// What came of a text.
struct Parsed {
  std::optional<Expression> expression;  ///< absent exactly when there is a finding of severity error
  std::vector<Finding> findings;         ///< in the order of their places
  /// OK, or the first error as `BEGIN-END: why` (bytes from 1, END included), INVALID_ARGUMENT.
  absl::Status status() const;
};

/// Reads one expression of FEEL (DMN 1.5, 10.3.1.2). A leading `=`, as zeebe's attributes write it, is taken
/// as a marker and skipped. What is well-formed but can only give null (an unknown name or function,
/// arguments that do not fit) is a warning. At most 1 MiB of text and 256 levels of nesting.
Parsed Read(std::string_view text, const ParseOptions& options = {});
/// Reads unary tests as in a decision table's cell: `< 5`, `"a", "b"`, `not(1, 2)`, `[1..10)`, `-`. `?` names
/// the input.
Parsed ReadUnaryTests(std::string_view text, const ParseOptions& options = {});

/// The same for texts that must be right: warnings of functions that do not exist, arguments that do not fit
/// and names given twice are errors, too. What processes are published with; what was published once is read
/// with Read, since later versions may find more.
absl::StatusOr<Expression> Parse(std::string_view text);
absl::StatusOr<Expression> ParseUnaryTests(std::string_view text);
/// With the names of a scope; the status of Read.
absl::StatusOr<Expression> Parse(std::string_view text, const Scope& scope);
absl::StatusOr<Expression> ParseUnaryTests(std::string_view text, const Scope& scope, Type input_type = {});

/// Evaluates with FEEL's null semantics (DMN 1.5 clause 10). Pure and total: bounded in steps, memory and
/// nesting of the result (200 levels).
Value Evaluate(const Expression& expression, const Context& variables, Diagnostics* diagnostics = nullptr);
Value Evaluate(const Expression& expression, const Context& variables, const EvaluationOptions& options);
/// For an expression that was read with a scope: `slots[n]` is the value of the name that has slot n.
Value EvaluateSlots(const Expression& expression, std::span<const Value> slots,
                    const EvaluationOptions& options = {});
template <typename Slots>
requires std::is_convertible_v<const Slots&, std::span<const Value>> Value
Evaluate(const Expression& expression, const Slots& slots, const EvaluationOptions& options = {}) {
  return EvaluateSlots(expression, slots, options);
}

/// Evaluates unary tests against `input`: true, false, or null when it cannot be decided.
Value EvaluateUnaryTests(const Expression& tests, const Value& input, const Context& variables,
                         Diagnostics* diagnostics = nullptr);
Value EvaluateUnaryTestsSlots(const Expression& tests, const Value& input, std::span<const Value> slots,
                              const EvaluationOptions& options = {});
template <typename Slots>
requires std::is_convertible_v<const Slots&, std::span<const Value>> Value EvaluateUnaryTests(
    const Expression& tests, const Value& input, const Slots& slots, const EvaluationOptions& options = {}) {
  return EvaluateUnaryTestsSlots(tests, input, slots, options);
}

/// Unary tests that are known without variables: matched are the values in any of `ranges` (`5` is [5..5]),
/// or with `negated` those in none. `-` is `negated` without ranges.
struct ConstantTests {
  bool negated = false;
  std::vector<Range> ranges;
};
/// nullopt when something else than constants is tested.
std::optional<ConstantTests> ReadConstantTests(const Expression& tests);

/// Whether expressions can say the name without backticks: it begins with a letter, with no word of the
/// language, and has no signs but `. / - ' + *` (grammar rules 25 to 30, 10.3.1.4).
bool IsReadableName(std::string_view name);
/// A name as its tokens (10.3.1.4): spaces between words are one space, those around signs mean nothing and
/// are left out, "a + b" and "a+b" are one name.
std::string NameTokens(std::string_view name);
/// Whether two spellings are of one name.
bool IsSameName(std::string_view a, std::string_view b);

/// The expression in its one normal spelling; reading it gives an equal tree, printing that the same text.
std::string Print(const Expression& expression);

/// FEEL's `=`: null when the kinds cannot be compared.
Value Equal(const Value& a, const Value& b);
/// FEEL's order: -1, 0, 1; nullopt when the two have none.
std::optional<int> Order(const Value& a, const Value& b);
/// `value in test`, where the test is a value, a range, or a list of them.
Value Matches(const Value& value, const Value& test);

}  // namespace ameide::feel
