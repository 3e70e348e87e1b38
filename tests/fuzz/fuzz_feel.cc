#include <cstdint>
#include <string>
#include <string_view>

#include "notation/feel/expression.h"
#include "notation/feel/json.h"
#include "notation/feel/regex.h"

using namespace ameide::feel;

namespace {

/// A few names as models have them.
const Scope& Names() {
  static const Scope* const scope = [] {
    auto* made = new Scope();
    made->Add("x", Type::Kind::kNumber, 0);
    made->Add("Monthly Income", {}, 1);
    made->Add("a-b", Type::Kind::kString, 2);
    made->Add("list", Type::ListOf(Type::ContextOf({{"unit price", Type::Kind::kNumber}})), 3);
    return made;
  }();
  return *scope;
}

EvaluationOptions Bounded(Budget& budget, Diagnostics& diagnostics) {
  budget.steps = 50'000;
  EvaluationOptions options;
  options.budget = &budget;
  options.diagnostics = &diagnostics;
  return options;
}

/// Any text is read and evaluated within bounds; what is printed of it is read again as the same, and
/// findings and reasons lie within the text.
void TryText(std::string_view text, bool unary, const Scope* scope) {
  ParseOptions options;
  options.scope = scope;
  const Parsed parsed = unary ? ReadUnaryTests(text, options) : Read(text, options);
  if (parsed.expression.has_value() == !parsed.status().ok()) __builtin_trap();
  for (const Finding& finding : parsed.findings) (void)Render(text, finding, "here");
  if (!parsed.expression) return;
  Budget budget;
  Diagnostics diagnostics;
  const Value input(3);
  EvaluationOptions evaluation = Bounded(budget, diagnostics);
  evaluation.input = &input;
  const Value slots[] = {Value(1), Value(), Value("text"), List{Context{{"unit price", Value(2)}}}};
  const Value value = scope != nullptr ? Evaluate(*parsed.expression, slots, evaluation)
                                       : Evaluate(*parsed.expression, Context(), evaluation);
  for (const Diagnostic& diagnostic : diagnostics.items) (void)Render(text, diagnostic, "");
  (void)ReadConstantTests(*parsed.expression);
  if (scope != nullptr) return;
  const std::string printed = Print(*parsed.expression);
  if (printed.size() > (1 << 19)) return;
  const Parsed again = unary ? ReadUnaryTests(printed, options) : Read(printed, options);
  // Parentheses that printing adds may pass the bound of nesting.
  if (!again.expression) {
    if (again.status().message().find("nested") == std::string::npos) __builtin_trap();
    return;
  }
  if (Print(*again.expression) != printed) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TryText(text, false, nullptr);
  TryText(text, true, nullptr);
  TryText(text, false, &Names());
  if (const auto value = FromJson(text); value.ok()) {
    const auto again = FromJson(ToJson(*value));
    if (!again.ok() || !(*again == *value)) __builtin_trap();
  }
  // A pattern, a line end, a text.
  const size_t line = text.find('\n');
  if (line != std::string_view::npos && line < 200) {
    Budget budget;
    const auto regex = Regex::Compile(text.substr(0, line), "", budget);
    if (regex.ok()) (void)(*regex)->Find(text.substr(line + 1).substr(0, 500), 0, budget);
  }
  return 0;
}
