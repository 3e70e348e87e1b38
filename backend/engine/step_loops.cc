// Activities that repeat themselves: standard loops and multiple instances (clauses 13.3.6, 13.3.7). The body
// is an element instance of the activity's node, its instances are element instances of the same node inside
// it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {

bool Stepper::IsInner(const ElementInstance& element) const {
  if (NodeOf(element).loop.kind == LoopKind::kNone) return false;
  const ElementInstance* scope = state_.FindElement(element.scope);
  return scope != nullptr && scope->node == element.node;
}

bool Stepper::IsBody(const ElementInstance& element) const {
  return NodeOf(element).loop.kind != LoopKind::kNone && !IsInner(element) && !IsContainer(element.key);
}

/// Goes on with a repetition until it has to wait for an instance.
void Stepper::AdvanceLoop(Key key) {
  if (IsOpening(key)) return;
  opening_.push_back(key);
  LoopStep next = LoopStep::kWait;
  while (Exists(key) && Element(key).incident == kNoKey) {
    if (!state_.loops.contains(key) && !OpenLoop(key)) break;
    if (TakesLong()) {
      if (std::find(state_.postponed.begin(), state_.postponed.end(), key) == state_.postponed.end())
        Emit(ElementPostponed{key});
      break;
    }
    next = NodeOf(Element(key)).loop.kind == LoopKind::kStandard ? NextOfStandardLoop(key)
                                                                 : NextOfMultiInstance(key);
    if (next != LoopStep::kStart) break;
    ++moved_;
    StartInner(key);
  }
  std::erase(opening_, key);
  if (next == LoopStep::kEnd && Exists(key)) WorkDone(key, {});
}

/// How many instances there will be. False when that cannot be said: an incident.
bool Stepper::OpenLoop(Key key) {
  const Loop& loop = NodeOf(Element(key)).loop;
  if (loop.kind == LoopKind::kStandard) {
    Emit(LoopOpened{key, std::nullopt, {}});
    return true;
  }
  const bool counted = loop.cardinality != kNone;
  Outcome<feel::Value> value = Evaluate(counted ? loop.cardinality : loop.collection, key);
  if (!value.ok()) {
    Raise(key, std::move(*value.problem));
    return false;
  }
  std::optional<int64_t> total;
  if (counted && value.value.number() != nullptr) total = value.value.number()->ToInt64();
  if (!counted && value.value.list() != nullptr) total = static_cast<int64_t>(value.value.list()->size());
  if (!total || *total < 0 || static_cast<uint64_t>(*total) > kMostInstances) {
    Raise(key, {IncidentKind::kExpression,
                absl::StrCat("the instances of ", NodeOf(Element(key)).id, " cannot be counted: ",
                             plan_.expressions[counted ? loop.cardinality : loop.collection].text(), " gave ",
                             feel::ToText(value.value).substr(0, 200), ", but ",
                             counted ? "a number" : "a list", " of at most ", kMostInstances,
                             " is needed; correct the variables and resolve the incident")});
    return false;
  }
  Emit(LoopOpened{key, static_cast<uint64_t>(*total), counted ? feel::Value() : std::move(value.value)});
  return true;
}

Stepper::LoopStep Stepper::NextOfStandardLoop(Key key) {
  const Loop& loop = NodeOf(Element(key)).loop;
  const uint64_t started = state_.loops.find(key)->second.started;
  if (Element(key).inside != 0) return LoopStep::kWait;
  if (loop.maximum && started >= *loop.maximum) return LoopStep::kEnd;
  if (loop.condition == kNone || (started == 0 && !loop.test_before)) return LoopStep::kStart;
  feel::Context extra = finished_body_ == key ? finished_variables_ : feel::Context();
  extra.Set("loopCounter", static_cast<int64_t>(started));
  Outcome<bool> holds = EvaluateCondition(loop.condition, key, &extra);
  if (!holds.ok()) {
    Raise(key, std::move(*holds.problem));
    return LoopStep::kWait;
  }
  return holds.value ? LoopStep::kStart : LoopStep::kEnd;
}

/// Table 10.32's attributes of the running activity, and what the instance that completed last knew.
feel::Context Stepper::LoopVariables(Key key) const {
  const LoopState& loop = state_.loops.find(key)->second;
  feel::Context variables = finished_body_ == key ? finished_variables_ : feel::Context();
  const auto set = [&](const char* name, uint64_t value) {
    variables.Set(name, static_cast<int64_t>(value));
  };
  set("numberOfInstances", loop.total.value_or(loop.started));
  set("numberOfActiveInstances", loop.started - loop.completed - loop.terminated);
  set("numberOfCompletedInstances", loop.completed);
  set("numberOfTerminatedInstances", loop.terminated);
  return variables;
}

Stepper::LoopStep Stepper::NextOfMultiInstance(Key key) {
  const Loop& loop = NodeOf(Element(key)).loop;
  const LoopState& state = state_.loops.find(key)->second;
  if (state.completed > state.checked) {
    const feel::Context variables = LoopVariables(key);
    Outcome<bool> ends;
    if (loop.condition != kNone) ends = EvaluateCondition(loop.condition, key, &variables);
    if (!ends.ok()) {
      Raise(key, std::move(*ends.problem));
      return LoopStep::kWait;
    }
    const bool first = state.checked == 0;
    Emit(LoopChecked{key, state.completed});
    for (const LoopEvent& event : loop.events) {
      if (loop.behavior == LoopBehavior::kAll || (loop.behavior == LoopBehavior::kOne && !first)) continue;
      if (event.condition != kNone && !EvaluateCondition(event.condition, key, &variables).value) continue;
      ThrowOne(key, event.event);
      if (!Exists(key)) return LoopStep::kWait;
    }
    if (ends.value) {
      TerminateInside(key);
      return LoopStep::kEnd;
    }
  }
  if (state.started < state.total.value_or(0)) {
    const bool waits = loop.kind == LoopKind::kSequential && Element(key).inside != 0;
    return waits ? LoopStep::kWait : LoopStep::kStart;
  }
  return Element(key).inside == 0 ? LoopStep::kEnd : LoopStep::kWait;
}

void Stepper::StartInner(Key body) {
  const Index node_index = Element(body).node;
  const Loop& loop = plan_.nodes[node_index].loop;
  const LoopState& state = state_.loops.find(body)->second;
  feel::Context variables;
  variables.Set("loopCounter", static_cast<int64_t>(state.started + 1));
  if (const feel::List* items = state.items.list(); items != nullptr && !loop.item.empty()) {
    variables.Set(loop.item, (*items)[state.started]);
  }
  // What each instance puts out must not mix with what the others do.
  if (!loop.output_variable.empty() && loop.output_variable != loop.item)
    variables.Set(loop.output_variable, nullptr);
  const Key key = Activate(node_index, body, kNone, Phase::kActivating);
  Emit(VariablesSet{key, std::move(variables)});
  ContinueActivation(key);
}

}  // namespace ameide::engine
