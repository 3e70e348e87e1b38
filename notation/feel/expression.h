#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "notation/feel/value.h"

namespace ameide::feel {

struct Syntax;  // the parsed form; private

/// Bytes [begin, end) of an expression's text, from 0.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// Why an evaluation gave null somewhere: FEEL has no exceptions, so reasons are kept beside the result.
struct Diagnostic {
  Span span;
  std::string message;
};

/// Collects the first kLimit reasons of one evaluation.
struct Diagnostics {
  static constexpr size_t kLimit = 16;
  std::vector<Diagnostic> items;
  /// Set when the evaluation was stopped at its bounds (steps or size) and the null result says nothing.
  bool exhausted = false;
  /// "at 5: no variable named total"; empty when there is nothing to say. Positions count bytes from 1.
  std::string Summary() const;
};

/// A parsed expression. Immutable and shared by its copies; thread-safe.
class Expression {
 public:
  const std::string& text() const;
  /// Names of the variables it reads, sorted, without those it binds itself (`for x in xs` reads xs only).
  const std::vector<std::string>& variables() const;
  /// True when the expression is a literal whose value no variable changes.
  bool is_constant() const { return variables().empty(); }

 private:
  explicit Expression(std::shared_ptr<const Syntax> syntax) : syntax_(std::move(syntax)) {}
  std::shared_ptr<const Syntax> syntax_;
  friend class Parser;
  friend class Evaluator;
};

/// Parses one expression of the FEEL subset described in README.md. Errors read `BEGIN-END: why` (bytes from
/// 1, END included): INVALID_ARGUMENT for what is malformed, UNIMPLEMENTED for what FEEL has and the subset
/// has not, and for impure functions (now, today); never a silent misreading. A leading `=`, as zeebe's
/// attributes write it, is taken as a marker and skipped. At most 1 MiB of text and 256 levels of nesting.
absl::StatusOr<Expression> Parse(std::string_view text);

/// Parses unary tests as in a decision table's cell: `< 5`, `"a", "b"`, `not(1, 2)`, `[1..10)`, `-`. `?`
/// names the input.
absl::StatusOr<Expression> ParseUnaryTests(std::string_view text);

/// Evaluates with FEEL's null semantics (DMN 1.5 clause 10). Pure and total: bounded
/// in steps, memory and nesting of the result (200 levels).
Value Evaluate(const Expression& expression, const Context& variables, Diagnostics* diagnostics = nullptr);

/// Evaluates unary tests against `input`: true, false, or null when it cannot be decided.
Value EvaluateUnaryTests(const Expression& tests, const Value& input, const Context& variables,
                         Diagnostics* diagnostics = nullptr);

/// FEEL's `=`: null when the kinds cannot be compared.
Value Equal(const Value& a, const Value& b);

}  // namespace ameide::feel
