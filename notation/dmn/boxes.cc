#include "notation/dmn/boxes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notation/dmn/cell.h"
#include "notation/dmn/run.h"

namespace ameide::dmn {

using feel::Type;
using feel::Value;

Value Box::Evaluate(Run& run, Frame frame) const {
  Value value = run.Bounded(Compute(run, frame), place);
  if (declared == nullptr) return value;
  return run.Conformed(std::move(value), declared.get(), place, "its value");
}

// ---- Literal

Type LiteralBox::type() const {
  if (declared != nullptr) return declared->type;
  return text.expression ? text.expression->type() : Type();
}

Value LiteralBox::Compute(Run& run, Frame frame) const { return run.Evaluate(text, frame); }

Value RefusedBox::Compute(Run& run, Frame frame) const {
  static_cast<void>(frame);
  run.Report(place, why);
  return {};
}

// ---- Context

Type ContextBox::type() const {
  if (declared != nullptr) return declared->type;
  if (result != nullptr) return result->type();
  std::vector<Type::Field> fields;
  for (const Entry& entry : entries) {
    fields.push_back({entry.name, entry.declared != nullptr ? entry.declared->type : entry.value->type()});
  }
  return Type::ContextOf(std::move(fields));
}

Value ContextBox::Compute(Run& run, Frame frame) const {
  for (const Entry& entry : entries) {
    frame[entry.slot] = run.Conformed(entry.value->Evaluate(run, frame), entry.declared.get(),
                                      entry.value->place, "the entry");
  }
  if (result != nullptr) return result->Evaluate(run, frame);
  feel::Context context;
  for (const Entry& entry : entries) context.Set(entry.name, frame[entry.slot]);
  return Value(std::move(context));
}

// ---- List and relation

Type ListBox::type() const {
  if (declared != nullptr) return declared->type;
  Type common(Type::Kind::kNull);
  for (const BoxPointer& item : items) common = feel::CommonType(common, item->type());
  return Type::ListOf(items.empty() ? Type() : common);
}

Value ListBox::Compute(Run& run, Frame frame) const {
  feel::List list;
  list.reserve(items.size());
  for (const BoxPointer& item : items) list.push_back(item->Evaluate(run, frame));
  return Value(std::move(list));
}

Type RelationBox::type() const {
  if (declared != nullptr) return declared->type;
  std::vector<Type::Field> fields;
  for (size_t c = 0; c < columns.size(); ++c) {
    Type common(Type::Kind::kNull);
    for (const auto& row : rows) common = c < row.size() ? feel::CommonType(common, row[c]->type()) : Type();
    if (columns[c].second != nullptr) common = columns[c].second->type;
    fields.push_back({columns[c].first, rows.empty() && columns[c].second == nullptr ? Type() : common});
  }
  return Type::ListOf(Type::ContextOf(std::move(fields)));
}

Value RelationBox::Compute(Run& run, Frame frame) const {
  feel::List list;
  list.reserve(rows.size());
  for (const auto& row : rows) {
    feel::Context context;
    for (size_t c = 0; c < columns.size(); ++c) {
      if (c >= row.size()) {
        context.Set(columns[c].first, Value());
        continue;
      }
      context.Set(columns[c].first, run.Conformed(row[c]->Evaluate(run, frame), columns[c].second.get(),
                                                  row[c]->place, "the cell"));
    }
    list.push_back(Value(std::move(context)));
  }
  return Value(std::move(list));
}

// ---- Invocation

Type InvocationBox::type() const {
  if (declared != nullptr) return declared->type;
  return result;
}

Value InvocationBox::Compute(Run& run, Frame frame) const {
  if (function == nullptr) {
    run.Report(place, "calls nothing; name the function to call");
    return {};
  }
  const Value callee = function->Evaluate(run, frame);
  std::vector<std::pair<std::string, Value>> given;
  given.reserve(arguments.size());
  for (const Argument& argument : arguments) {
    Value value = argument.value == nullptr ? Value() : argument.value->Evaluate(run, frame);
    if (argument.value != nullptr) {
      value = run.Conformed(std::move(value), argument.declared.get(), argument.value->place, "the argument");
    }
    given.emplace_back(argument.name, std::move(value));
  }
  feel::EvaluationOptions options = run.options();
  feel::Diagnostics found;
  if (run.collects()) options.diagnostics = &found;
  Value result = feel::InvokeNamed(callee, given, options);
  for (const feel::Diagnostic& item : found.items) run.Report(place, item.message);
  return result;
}

// ---- Function

Type FunctionBox::type() const {
  if (declared != nullptr && declared->type.kind() == Type::Kind::kFunction) return declared->type;
  return feel::TypeOfFunction(parameters, body == nullptr ? Type() : body->type());
}

Value FunctionBox::Compute(Run& run, Frame frame) const {
  if (body == nullptr) {
    run.Report(place, "the function has no body");
    return {};
  }
  // The closure keeps the model's code, not the run: it may be called later, by another one.
  feel::Extent held;
  for (const Value& value : frame) held.Include(feel::ExtentOf(value));
  if (!run.options().budget->Spend(feel::CostOfCopyingItems(frame))) return {};
  auto captured = std::make_shared<const std::vector<Value>>(frame.begin(), frame.end());
  auto call = [captured, body = body, slots = slots, types = parameter_types, size = frame_size, weak = code,
               place = place](std::span<const Value> arguments,
                              const feel::EvaluationOptions& options) -> Value {
    const std::shared_ptr<const Model::Code> code = weak.lock();
    if (code == nullptr) return {};
    const auto apply = [&](Run& run) -> Value {
      Run::FrameLease lease(run, std::max<size_t>(size, captured->size()));
      if (!lease.ok()) {
        run.Report(place, "calls nest too deep; see that its recursion ends");
        return {};
      }
      if (!run.options().budget->Spend(feel::CostOfCopyingItems(*captured))) return {};
      std::copy(captured->begin(), captured->end(), lease.frame().begin());
      for (size_t i = 0; i < slots.size(); ++i) {
        Value argument = run.Conformed(arguments[i], types[i].get(), place, "an argument");
        if (argument.is_null() && !arguments[i].is_null()) return {};
        lease.frame()[slots[i]] = std::move(argument);
      }
      return body->Evaluate(run, lease.frame());
    };
    if (Run* const current = RunOf(options, *code)) return apply(*current);
    Run alone(code);
    alone.Begin({});
    return apply(alone);
  };
  return feel::MakeFunction(parameters, body->type(), std::move(call), held);
}

// ---- Conditional and iterations

Type ConditionalBox::type() const {
  if (declared != nullptr) return declared->type;
  if (then == nullptr || otherwise == nullptr) return Type();
  return feel::CommonType(then->type(), otherwise->type());
}

Value ConditionalBox::Compute(Run& run, Frame frame) const {
  const Value test = condition == nullptr ? Value() : condition->Evaluate(run, frame);
  if (!test.is_null() && test.boolean() == nullptr) {
    run.Report(condition->place, absl::StrCat("`if` asks for true or false, but its value is the ",
                                              std::string(feel::KindName(test.kind())), " ", FeelText(test),
                                              "; compare it with something"));
    return {};
  }
  const BoxPointer& chosen = test.is_true() ? then : otherwise;
  if (chosen == nullptr) {
    run.Report(place, test.is_true() ? "has no `then`" : "has no `else`");
    return {};
  }
  return chosen->Evaluate(run, frame);
}

Type IterationBox::type() const {
  if (declared != nullptr) return declared->type;
  return text.expression ? text.expression->type() : Type();
}

Value IterationBox::Compute(Run& run, Frame frame) const {
  if (collection != nullptr) {
    frame[collection_slot] = run.Conformed(collection->Evaluate(run, frame), collection_type.get(),
                                           collection->place, "the collection");
  }
  if (each != nullptr) frame[each_slot] = each->Evaluate(run, frame);
  return run.Evaluate(text, frame);
}

}  // namespace ameide::dmn
