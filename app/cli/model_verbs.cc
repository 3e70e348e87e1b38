// feel, compile, run
#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/str_cat.h"
#include "app/cli/console.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "notation/feel/expression.h"
#include "notation/feel/json.h"

namespace ameide::cli {
namespace {

struct FeelArguments {
  std::string expression;
  std::string context;
  bool unary = false;
};

// Names for the expression: a JSON object. Unary tests take any other value as their input, or the object's
// "?".
struct FeelInput {
  feel::Context variables;
  feel::Value input;
};

absl::StatusOr<FeelInput> ReadContext(const FeelArguments& arguments) {
  FeelInput out;
  if (arguments.context.empty()) return out;
  absl::StatusOr<feel::Value> value = feel::FromJson(arguments.context);
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--context is not JSON: ", std::string(value.status().message())));
  }
  if (const feel::Context* variables = value->context()) {
    out.variables = *variables;
    if (const feel::Value* input = out.variables.Find("?")) out.input = *input;
  } else if (arguments.unary) {
    out.input = *std::move(value);
  } else {
    return absl::InvalidArgumentError("--context must be a JSON object that gives names their values");
  }
  return out;
}

absl::StatusOr<Exit> Feel(Session& session, const FeelArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const FeelInput input, ReadContext(arguments));
  const absl::StatusOr<feel::Expression> expression =
      arguments.unary ? feel::ParseUnaryTests(arguments.expression) : feel::Parse(arguments.expression);
  if (!expression.ok()) {
    session.console().Error(expression.status());
    return Exit::kFinding;
  }
  feel::Diagnostics diagnostics;
  const feel::Value value =
      arguments.unary ? feel::EvaluateUnaryTests(*expression, input.input, input.variables, &diagnostics)
                      : feel::Evaluate(*expression, input.variables, &diagnostics);
  session.console().Bytes(feel::ToJson(value) + "\n");
  if (const std::string why = diagnostics.Summary(); !why.empty()) session.console().Note(why);
  return diagnostics.exhausted ? Exit::kFinding : Exit::kSuccess;
}

}  // namespace

void AddModelVerbs(CLI::App& app, Session& session) {
  const auto feel_arguments = std::make_shared<FeelArguments>();
  CLI::App* feel = app.add_subcommand("feel", "Evaluate a FEEL expression; prints JSON");
  feel->add_option("EXPR", feel_arguments->expression, "The expression")->required();
  feel->add_option("--context", feel_arguments->context, "Values of names, a JSON object");
  feel->add_flag("--unary", feel_arguments->unary, "EXPR is unary tests; their input is the context's \"?\"");
  feel->callback([&session, feel_arguments] { session.Finish(Feel(session, *feel_arguments)); });
}

}  // namespace ameide::cli
