#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notation/dmn/compiler.h"

namespace ameide::dmn {

using feel::Scope;
using feel::Type;
using uaf::document::Severity;

namespace {

HitPolicy PolicyOf(std::string_view text) {
  if (text == "FIRST") return HitPolicy::kFirst;
  if (text == "PRIORITY") return HitPolicy::kPriority;
  if (text == "ANY") return HitPolicy::kAny;
  if (text == "COLLECT") return HitPolicy::kCollect;
  if (text == "RULE ORDER") return HitPolicy::kRuleOrder;
  if (text == "OUTPUT ORDER") return HitPolicy::kOutputOrder;
  return HitPolicy::kUnique;
}

Aggregation AggregationOf(std::string_view text) {
  if (text == "SUM") return Aggregation::kSum;
  if (text == "COUNT") return Aggregation::kCount;
  if (text == "MIN") return Aggregation::kMin;
  if (text == "MAX") return Aggregation::kMax;
  return Aggregation::kNone;
}

}  // namespace

std::unique_ptr<Box> Compiler::CompileTable(UnitState& state, const Element& element, const Scope& scope) {
  auto table = std::make_unique<TableBox>();
  table->policy = PolicyOf(element.attribute("hitPolicy").value_or("UNIQUE"));
  table->aggregation = AggregationOf(element.attribute("aggregation").value_or(""));
  CompileInputs(state, element, scope, *table);
  CompileOutputs(state, element, scope, *table);
  CompileRules(state, element, scope, *table);
  if (table->outputs.empty()) {
    Report(Severity::kError, "dmn/missing-output", state.file, element,
           "the table has no output column; add one");
    auto refused = std::make_unique<RefusedBox>();
    refused->why = "the table has no output column, so it has no value";
    return refused;
  }
  if (table->policy == HitPolicy::kCollect && table->aggregation != Aggregation::kNone) {
    Scope names;
    names.Add("outputs", Type::ListOf(Type()), 0);
    const char* const function = table->aggregation == Aggregation::kSum   ? "sum(outputs)"
                                 : table->aggregation == Aggregation::kMin ? "min(outputs)"
                                 : table->aggregation == Aggregation::kMax ? "max(outputs)"
                                                                           : "count(outputs)";
    table->aggregate.expression = feel::Read(function, {.scope = &names}).expression;
    table->aggregate.file = state.file;
    table->aggregate.element = NearestId(element);
    table->aggregate.where = state.where;
    table->aggregate.source.start = PlaceOf(state, element).position;
  }
  table->Index();
  return table;
}

void Compiler::CompileInputs(UnitState& state, const Element& element, const Scope& scope, TableBox& table) {
  for (const Element& clause : element.children("input")) {
    TableBox::Input input;
    const Element expression = clause.child("inputExpression");
    if (!expression || expression.child("text").text().empty()) {
      Report(Severity::kError, "dmn/missing-expression", state.file, clause,
             absl::StrCat("input ", table.inputs.size() + 1, " has no expression; name what it tests"));
    } else {
      input.expression = ReadText(state, expression, scope);
    }
    input.label = input.expression.source.text;
    input.declared = types_.Resolve(state.file, expression, expression.type_ref(), findings_);
    if (input.declared != nullptr && input.expression.expression)
      CheckGives(*input.declared, input.expression.expression->type(), state.file, expression);
    if (const Element values = clause.child("inputValues"); values && !values.child("text").text().empty()) {
      TextOptions options;
      options.unary = true;
      options.input = input.declared != nullptr     ? input.declared->type
                      : input.expression.expression ? input.expression.expression->type()
                                                    : Type();
      input.allowed = ReadText(state, values, scope, options);
    }
    table.inputs.push_back(std::move(input));
  }
}

void Compiler::CompileOutputs(UnitState& state, const Element& element, const Scope& scope, TableBox& table) {
  const std::vector<Element> clauses = element.children("output");
  for (const Element& clause : clauses) {
    TableBox::Output output;
    output.name = clause.name();
    output.declared = types_.Resolve(state.file, clause, clause.type_ref(), findings_);
    if (clauses.size() > 1 && output.name.empty()) {
      Report(Severity::kError, "dmn/missing-name", state.file, clause,
             absl::StrCat("output ", table.outputs.size() + 1, " of ", clauses.size(),
                          " has no name; name it, its value is found under that in the result"));
    }
    if (const Element values = clause.child("outputValues"); values && !values.child("text").text().empty()) {
      TextOptions options;
      options.unary = true;
      options.input = FeelType(output.declared.get());
      output.allowed = ReadText(state, values, scope, options);
      output.order = Alternatives(CellOf(*output.allowed));
    }
    // Without output values the order is that of the type's allowed values.
    for (const ItemType* type = output.declared.get(); type != nullptr && output.order.empty();
         type = type->base.get()) {
      if (type->allowed) output.order = Alternatives(CellFrom(type->allowed->expression));
      if (type->constraint && output.order.empty())
        output.order = Alternatives(CellFrom(type->constraint->expression));
    }
    if (const Element otherwise = clause.child("defaultOutputEntry");
        otherwise && !otherwise.child("text").text().empty()) {
      output.otherwise = ReadText(state, otherwise, scope);
      if (output.declared != nullptr && output.otherwise->expression)
        CheckGives(*output.declared, output.otherwise->expression->type(), state.file, otherwise);
    }
    table.outputs.push_back(std::move(output));
  }
}

void Compiler::CompileRules(UnitState& state, const Element& element, const Scope& scope, TableBox& table) {
  for (const Element& row : element.children("rule")) {
    TableBox::Rule rule;
    const std::string where = absl::StrCat("rule ", table.rules.size() + 1);
    const std::vector<Element> tests = row.children("inputEntry"), outputs = row.children("outputEntry");
    const auto count = [&](size_t found, size_t wanted, const char* what) {
      if (found == wanted) return;
      Report(Severity::kError, "dmn/wrong-number-of-cells", state.file, row,
             absl::StrCat(where, " has ", found, " ", what, found == 1 ? " entry" : " entries", " for ",
                          wanted, " columns; give it one for each"));
    };
    count(tests.size(), table.inputs.size(), "input");
    count(outputs.size(), table.outputs.size(), "output");
    for (size_t c = 0; c < table.inputs.size(); ++c) {
      const TableBox::Input& input = table.inputs[c];
      TextOptions options;
      options.unary = true;
      options.input = input.declared != nullptr     ? input.declared->type
                      : input.expression.expression ? input.expression.expression->type()
                                                    : Type();
      // A missing cell tests nothing, as an empty one.
      const bool empty = c >= tests.size() || tests[c].child("text").text().empty();
      rule.tests.push_back(empty ? Text() : ReadText(state, tests[c], scope, options));
      if (empty) {
        CellTests any;
        any.any = true;
        rule.cells.push_back(any);
      } else {
        rule.cells.push_back(CellOf(rule.tests.back()));
      }
    }
    for (size_t c = 0; c < table.outputs.size(); ++c) {
      const bool empty = c >= outputs.size() || outputs[c].child("text").text().empty();
      Text text;
      if (empty) {
        text.constant = feel::Value();
        text.file = state.file;
        text.where = state.where;
        if (c < outputs.size()) {
          Report(Severity::kWarning, "dmn/missing-expression", state.file, outputs[c],
                 absl::StrCat(
                     where,
                     " has an empty output, which is null; write a value, or `null` where that is meant"));
        }
      } else {
        text = ReadText(state, outputs[c], scope);
        if (table.outputs[c].declared != nullptr && text.expression)
          CheckGives(*table.outputs[c].declared, text.expression->type(), state.file, outputs[c]);
      }
      rule.outputs.push_back(std::move(text));
    }
    table.rules.push_back(std::move(rule));
  }
}

}  // namespace ameide::dmn
