// What expressions decide: flows, mappings, texts and timers. Nothing here changes the state but Propagate.
#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "backend/engine/calendar.h"
#include "backend/engine/step.h"
#include "notation/feel/duration.h"

namespace ameide::engine {
namespace {

const feel::Value* Lookup(const InstanceState& state, Key scope, std::string_view name) {
  for (const ElementInstance* at = state.FindElement(scope); at != nullptr;
       at = state.FindElement(at->scope)) {
    if (const feel::Value* value = at->variables.Find(name)) return value;
    if (state.calls.contains(at->key)) break;
  }
  return nullptr;
}

Problem Unusable(const feel::Expression& expression, std::string_view wanted, const feel::Value& got,
                 const feel::Diagnostics& diagnostics) {
  std::string message =
      absl::StrCat("the expression ", expression.text().substr(0, 200), " gave ",
                   feel::ToText(got).substr(0, 200), " where ", std::string(wanted), " is needed");
  const std::string reasons = diagnostics.Summary();
  if (!reasons.empty()) absl::StrAppend(&message, " (", reasons, ")");
  absl::StrAppend(&message, "; correct the variables and resolve the incident, or publish a corrected model");
  return {IncidentKind::kExpression, std::move(message)};
}

feel::Context VariablesFor(const feel::Expression& expression, const InstanceState& state, Key scope,
                           const feel::Context* inner) {
  feel::Context variables;
  for (const std::string& name : expression.variables()) {
    const feel::Value* value = inner != nullptr ? inner->Find(name) : nullptr;
    if (value == nullptr) value = Lookup(state, scope, name);
    if (value != nullptr) variables.Set(name, *value);
  }
  return variables;
}

/// `base` with `value` at the path [at, end) of names.
feel::Value WithPath(const feel::Value* base, const std::vector<std::string>& path, size_t at,
                     feel::Value value) {
  if (at == path.size()) return value;
  const feel::Context* old = base != nullptr ? base->context() : nullptr;
  feel::Context context = old != nullptr ? *old : feel::Context();
  const feel::Value inner = WithPath(context.Find(path[at]), path, at + 1, std::move(value));
  context.Set(path[at], inner);
  return context;
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  for (const absl::string_view part : absl::StrSplit(absl::string_view(text.data(), text.size()), ',')) {
    const absl::string_view name = absl::StripAsciiWhitespace(part);
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

}  // namespace

/// now() is the step's own time, which is recorded with it.
feel::Value Stepper::Run(const feel::Expression& expression, const feel::Context& variables,
                         feel::Diagnostics& diagnostics) const {
  const feel::DateTime now = feel::ToDateTime(at_);
  feel::EvaluationOptions options;
  options.diagnostics = &diagnostics;
  options.now = &now;
  return feel::Evaluate(expression, variables, options);
}

Outcome<feel::Value> Stepper::Evaluate(Index expression_index, Key scope, const feel::Context* inner) const {
  const feel::Expression& expression = plan_.expressions[expression_index];
  feel::Diagnostics diagnostics;
  feel::Value value = Run(expression, VariablesFor(expression, state_, scope, inner), diagnostics);
  if (diagnostics.exhausted)
    return {{}, Unusable(expression, "a result within the limits of time and size", value, diagnostics)};
  return {std::move(value), {}};
}

/// Which flows get a token (clauses 13.3.2, 13.4.1, 13.4.2; 8.4.13 for conditional and default flows of
/// activities).
Outcome<std::vector<Index>> Stepper::ChooseFlows(Index node_index, Key scope,
                                                 const feel::Context* extra) const {
  if (plan_.branches != nullptr) {
    if (auto chosen = plan_.branches->Choose(plan_, node_index)) return {*std::move(chosen), {}};
  }
  const Node& node = plan_.nodes[node_index];
  const bool exclusive = node.kind == NodeKind::kExclusiveGateway;
  std::vector<Index> taken;
  bool condition_held = false;
  for (const Index flow : node.outgoing) {
    const Index condition = plan_.flows[flow].condition;
    if (flow == node.default_flow) continue;
    if (condition != kNone) {
      const feel::Expression& expression = plan_.expressions[condition];
      feel::Diagnostics diagnostics;
      const feel::Value value = Run(expression, VariablesFor(expression, state_, scope, extra), diagnostics);
      if (value.boolean() == nullptr) return {{}, Unusable(expression, "true or false", value, diagnostics)};
      if (!*value.boolean()) continue;
      condition_held = true;
    }
    taken.push_back(flow);
    if (exclusive) return {std::move(taken), {}};  // gateways have no quantities
  }
  if (node.default_flow != kNone && !condition_held) {
    // In the order of the flows, like every other choice.
    taken.push_back(node.default_flow);
    std::sort(taken.begin(), taken.end(), [&](Index a, Index b) {
      return std::find(node.outgoing.begin(), node.outgoing.end(), a) <
             std::find(node.outgoing.begin(), node.outgoing.end(), b);
    });
  }
  if (taken.empty() && !node.outgoing.empty()) {
    return {
        {},
        Problem{IncidentKind::kNoFlow,
                absl::StrCat("no outgoing flow of ", node.id,
                             " has a true condition and there is no default flow; correct the variables and "
                             "resolve the incident, or publish a model with a default flow")}};
  }
  if (node.completion_quantity > 1) {
    std::vector<Index> many;
    for (const Index flow : taken) many.insert(many.end(), node.completion_quantity, flow);
    return {std::move(many), {}};
  }
  return {std::move(taken), {}};
}

/// A condition that is asked again and again (of an event, a loop, a gateway): only true is true, and what is
/// not known yet is not true yet.
Outcome<bool> Stepper::EvaluateCondition(Index expression, Key scope, const feel::Context* inner) const {
  Outcome<feel::Value> value = Evaluate(expression, scope, inner);
  if (!value.ok()) return {false, std::move(value.problem)};
  return {value.value.is_true(), {}};
}

Outcome<std::string> Stepper::EvaluateText(const Parameter& parameter, Key scope,
                                           std::string_view what) const {
  if (parameter.expression == kNone) return {parameter.text, {}};
  Outcome<feel::Value> value = Evaluate(parameter.expression, scope);
  if (!value.ok()) return {{}, std::move(value.problem)};
  if (const std::string* text = value.value.string(); text != nullptr) return {*text, {}};
  return {{}, Unusable(plan_.expressions[parameter.expression], what, value.value, {})};
}

Outcome<UserTaskDetails> Stepper::EvaluateDetails(const Node& node, Key key) const {
  UserTaskDetails details;
  Outcome<std::vector<std::string>> users =
      EvaluateNames(node.candidate_users, key, "the candidate users (a list of strings)");
  if (!users.ok()) return {{}, std::move(users.problem)};
  details.candidate_users = std::move(users.value);
  const std::pair<const Parameter*, std::optional<WallTime>*> dates[] = {
      {&node.due_date, &details.due}, {&node.follow_up_date, &details.follow_up}};
  for (const auto& [parameter, date] : dates) {
    if (parameter->empty()) continue;
    feel::Value value(parameter->text);
    if (parameter->expression != kNone) {
      Outcome<feel::Value> evaluated = Evaluate(parameter->expression, key);
      if (!evaluated.ok()) return {{}, std::move(evaluated.problem)};
      value = std::move(evaluated.value);
    }
    if (value.is_null()) continue;
    const absl::StatusOr<WallTime> time = feel::TimeFromValue(value);
    if (!time.ok()) {
      return {{},
              Problem{IncidentKind::kExpression,
                      absl::StrCat("a date of the user task ", node.id,
                                   " is no date and time: ", std::string(time.status().message()),
                                   "; correct the variables and resolve the incident")}};
    }
    *date = *time;
  }
  if (node.priority.empty()) return {std::move(details), {}};
  feel::Value priority;
  if (node.priority.expression != kNone) {
    Outcome<feel::Value> evaluated = Evaluate(node.priority.expression, key);
    if (!evaluated.ok()) return {{}, std::move(evaluated.problem)};
    priority = std::move(evaluated.value);
  } else if (const absl::StatusOr<feel::Expression> number = feel::Parse(node.priority.text); number.ok()) {
    priority = feel::Evaluate(*number, {});
  }
  const std::optional<int64_t> number =
      priority.number() != nullptr ? priority.number()->ToInt64() : std::nullopt;
  if (!number || *number < 0 || *number > 100) {
    return {{},
            Problem{IncidentKind::kExpression,
                    absl::StrCat("the priority of the user task ", node.id,
                                 " is no whole number from 0 to 100; correct the variables and resolve the "
                                 "incident")}};
  }
  details.priority = static_cast<uint64_t>(*number);
  return {std::move(details), {}};
}

Outcome<std::vector<std::string>> Stepper::EvaluateNames(const Parameter& parameter, Key scope,
                                                         std::string_view what) const {
  if (parameter.expression == kNone) return {SplitNames(parameter.text), {}};
  Outcome<feel::Value> value = Evaluate(parameter.expression, scope);
  if (!value.ok()) return {{}, std::move(value.problem)};
  if (const std::string* text = value.value.string()) return {SplitNames(*text), {}};
  const feel::List* list = value.value.list();
  std::vector<std::string> names;
  for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const std::string* name = (*list)[i].string();
    if (name == nullptr) {
      list = nullptr;
      break;
    }
    names.push_back(*name);
  }
  if (list == nullptr) return {{}, Unusable(plan_.expressions[parameter.expression], what, value.value, {})};
  return {std::move(names), {}};
}

/// Mappings in their order; later ones see the results of earlier ones. Expressions read from `scope`
/// outwards. With `merge_scope` a path into a variable keeps what the variable holds there.
Outcome<feel::Context> Stepper::Map(const std::vector<Mapping>& mappings, Key scope, Key merge_scope) const {
  feel::Context results;
  for (const Mapping& mapping : mappings) {
    Outcome<feel::Value> value = Evaluate(mapping.source, scope, &results);
    if (!value.ok()) return {{}, std::move(value.problem)};
    const std::vector<std::string> path = absl::StrSplit(mapping.target, '.');
    const feel::Value* base = results.Find(path[0]);
    if (base == nullptr && merge_scope != kNoKey) base = Lookup(state_, merge_scope, path[0]);
    results.Set(path[0], WithPath(base, path, 1, std::move(value.value)));
  }
  return {std::move(results), {}};
}

Outcome<TimerStart> Stepper::EvaluateTimer(const EventDefinition& definition, const std::string& id,
                                           Key scope) const {
  feel::Value value;
  if (definition.timer.expression != kNone) {
    Outcome<feel::Value> evaluated = Evaluate(definition.timer.expression, scope);
    if (!evaluated.ok()) return {{}, std::move(evaluated.problem)};
    value = std::move(evaluated.value);
  } else {
    value = feel::Value(definition.timer.text);
  }
  TimerStart start;
  absl::Status status;
  if (definition.timer_kind == TimerKind::kDate) {
    const absl::StatusOr<WallTime> date = feel::TimeFromValue(value);
    status = date.status();
    if (date.ok()) start.due = *date;
  } else if (definition.timer_kind == TimerKind::kDuration) {
    const absl::StatusOr<feel::IsoDuration> duration = feel::DurationFromValue(value);
    status = duration.status();
    if (duration.ok()) start.due = feel::AddDuration(at_, *duration);
  } else {
    const absl::StatusOr<feel::IsoCycle> cycle = feel::CycleFromValue(value);
    const std::string* text = value.string();
    status = cycle.status();
    if (!cycle.ok() && text != nullptr && IsCalendar(*text)) {
      const std::optional<WallTime> due = NextInCalendar(*text, at_);
      status = due ? absl::OkStatus() : absl::InvalidArgumentError("no time ever fits the calendar");
      start.cycle = true;
      start.cron = *text;
      if (due) start.due = *due;
    } else if (cycle.ok()) {
      start.cycle = true;
      start.repetitions = cycle->repetitions;
      start.interval = cycle->interval;
      start.end = cycle->end;
      start.due = cycle->start ? *cycle->start : feel::AddDuration(at_, cycle->interval);
    }
  }
  if (status.ok()) return {std::move(start), {}};
  return {{},
          Problem{IncidentKind::kExpression,
                  absl::StrCat(
                      "the timer of ", id, " has no usable time: ", std::string(status.message()),
                      "; correct the variables and resolve the incident, or publish a corrected model")}};
}

void Stepper::Propagate(Key scope, const feel::Context& values) {
  std::map<Key, feel::Context> by_scope;
  for (const auto& [name, value] : values) {
    Key target = kProcessKey;
    for (const ElementInstance* at = state_.FindElement(scope); at != nullptr;
         at = state_.FindElement(at->scope)) {
      if (at->variables.Find(name) != nullptr || state_.calls.contains(at->key)) {
        target = at->key;
        break;
      }
    }
    by_scope[target].Set(name, value);
  }
  for (auto& [target, context] : by_scope) Emit(VariablesSet{target, std::move(context)});
}

feel::Context VisibleVariables(const InstanceState& state, Key element) {
  feel::Context visible;
  for (const ElementInstance* at = state.FindElement(element); at != nullptr;
       at = state.FindElement(at->scope)) {
    for (const auto& [name, value] : at->variables) {
      if (visible.Find(name) == nullptr) visible.Set(name, value);
    }
    if (state.calls.contains(at->key)) break;
  }
  return visible;
}

}  // namespace ameide::engine
