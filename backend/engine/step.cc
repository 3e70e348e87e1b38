#include "backend/engine/step.h"

#include <algorithm>
#include <set>

#include "base/status.h"

namespace ameide::engine {
namespace {

constexpr int kMostLevels = 256;  // more than any value has

/// Nodes that never wait and have nothing of their own: they are passed without an element instance.
bool IsPassing(const Node& node) {
  if (!node.inputs.empty() || !node.outputs.empty() || !node.boundaries.empty()) return false;
  switch (node.kind) {
    case NodeKind::kStartEvent:
    case NodeKind::kPassThrough:
    case NodeKind::kExclusiveGateway:
    case NodeKind::kParallelGateway:
    case NodeKind::kBoundaryEvent:
    case NodeKind::kThrowEvent:
      return true;
    case NodeKind::kEndEvent:
      return node.trigger == Trigger::kNone;
    default:
      return false;
  }
}

}  // namespace

void Stepper::Emit(Fact fact) {
  Apply(plan_, state_, fact);
  if (const auto* set = std::get_if<VariablesSet>(&fact)) {
    for (const auto& [name, value] : set->values)
      weight_ += feel::Measure(value, kHeaviestStep, kMostLevels).size;
  }
  decision_.facts.push_back(std::move(fact));
}

void Stepper::Raise(Key element, Problem problem) {
  Emit(IncidentCreated{state_.next_key, element, problem.kind, std::move(problem.message)});
}

void Stepper::Drain() {
  for (size_t moved = 0; !state_.ready.empty(); ++moved) {
    if (moved == kLongestStep || (moved > 0 && weight_ > kHeaviestStep)) {
      decision_.commands.push_back(ContinueLater{});
      return;
    }
    Arrive(state_.ready.front());
  }
}

/// A token comes to the end of its flow: a join waits until every incoming flow has one (clause 13.4.1).
void Stepper::Arrive(Token token) {
  const Index target = plan_.flows[token.flow].target;
  const Node& node = plan_.nodes[target];
  if (IsJoin(node)) {
    const auto parked = state_.parked.find({token.scope, target});
    const size_t waiting = parked == state_.parked.end() ? 0 : parked->second.size();
    const bool again = waiting > 0 && parked->second.contains(token.flow);
    if (waiting + (again ? 0 : 1) < node.incoming.size()) {
      Emit(TokenParked{token.scope, token.flow});
      return;
    }
  }
  Enter(target, token.scope, token.flow);
}

void Stepper::Enter(Index node_index, Key scope, Index via) {
  const Node& node = plan_.nodes[node_index];
  if (IsPassing(node)) {
    Pass(node_index, scope, via);
    return;
  }
  const bool prepares = !node.inputs.empty() || !node.boundaries.empty();
  const Key key = Activate(node_index, scope, via, prepares ? Phase::kActivating : Phase::kActive);
  if (prepares) {
    ContinueActivation(key);
  } else {
    Behave(key);
  }
}

void Stepper::Pass(Index node, Key scope, Index via) {
  Outcome<std::vector<Index>> flows = ChooseFlows(node, scope);
  if (!flows.ok()) {
    const Key key = Activate(node, scope, via, Phase::kLeaving);
    Raise(key, std::move(*flows.problem));
    return;
  }
  Emit(ElementPassed{node, scope, via, std::move(flows.value)});
  AfterExit(scope);
}

Key Stepper::Activate(Index node, Key scope, Index via, Phase phase) {
  const Key key = state_.next_key;
  Emit(ElementActivated{key, node, scope, via, phase});
  return key;
}

void Stepper::ContinueActivation(Key key) {
  if (!MapInputs(key) || !ArmBoundaries(key)) return;
  Emit(PhaseChanged{key, Phase::kActive});
  Behave(key);
}

void Stepper::WorkDone(Key key, const feel::Context& results) {
  if (!results.empty()) {
    if (NodeOf(Element(key)).outputs.empty()) {
      Propagate(key, results);
    } else {
      Emit(VariablesSet{key, results});
    }
  }
  Finish(key);
}

/// Output mappings, then the choice of flows. Either may stop the element with an incident; it goes on from
/// there.
void Stepper::Finish(Key key) {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  if (element.phase != Phase::kLeaving && !node.outputs.empty()) {
    Outcome<feel::Context> outputs = Map(node.outputs, key, element.scope);
    if (!outputs.ok()) {
      if (element.phase != Phase::kCompleting) Emit(PhaseChanged{key, Phase::kCompleting});
      Raise(key, std::move(*outputs.problem));
      return;
    }
    Propagate(element.scope, outputs.value);
  }
  Outcome<std::vector<Index>> flows = ChooseFlows(element.node, key);
  if (!flows.ok()) {
    if (element.phase != Phase::kLeaving) Emit(PhaseChanged{key, Phase::kLeaving});
    Raise(key, std::move(*flows.problem));
    return;
  }
  Complete(key, std::move(flows.value));
}

void Stepper::Complete(Key key, std::vector<Index> taken) {
  const ElementInstance& element = Element(key);
  const Key scope = element.scope;
  for (const Key timer : element.timers) decision_.commands.push_back(CancelTimer{timer});
  Emit(ElementCompleted{key, std::move(taken)});
  if (key != kProcessKey) {
    AfterExit(scope);
    return;
  }
  Emit(InstanceEnded{EndState::kCompleted});
  decision_.commands.push_back(EndInstance{EndState::kCompleted});
}

/// A scope is complete when no token is left in it (clause 13.3.4 and 13.5.6).
void Stepper::AfterExit(Key scope) {
  const ElementInstance* element = state_.FindElement(scope);
  if (element == nullptr || element->inside != 0 || element->phase != Phase::kActive) return;
  if (std::find(opening_.begin(), opening_.end(), scope) != opening_.end()) return;
  WorkDone(scope, {});
}

void Stepper::Terminate(Key key) {
  TerminateInside(key);
  const ElementInstance& element = Element(key);
  if (element.job != kNoKey) decision_.commands.push_back(CancelJob{element.job});
  if (element.user_task != kNoKey) decision_.commands.push_back(CloseUserTask{element.user_task});
  for (const Key timer : element.timers) decision_.commands.push_back(CancelTimer{timer});
  Emit(ElementTerminated{key});
}

/// Ends everything in a scope, innermost first. Keys grow inwards, so one pass in the order of keys finds
/// all.
void Stepper::TerminateInside(Key scope) {
  std::set<Key> scopes = {scope};
  std::vector<Key> inside;
  for (auto it = state_.elements.upper_bound(scope); it != state_.elements.end(); ++it) {
    if (!scopes.contains(it->second.scope)) continue;
    inside.push_back(it->first);
    if (it->second.inside != 0) scopes.insert(it->first);
  }
  for (auto it = inside.rbegin(); it != inside.rend(); ++it) {
    const ElementInstance& element = Element(*it);
    if (element.job != kNoKey) decision_.commands.push_back(CancelJob{element.job});
    if (element.user_task != kNoKey) decision_.commands.push_back(CloseUserTask{element.user_task});
    for (const Key timer : element.timers) decision_.commands.push_back(CancelTimer{timer});
    Emit(ElementTerminated{*it});
  }
}

/// Goes on where an incident stopped an element.
void Stepper::Resume(Key key) {
  switch (Element(key).phase) {
    case Phase::kActivating:
      ContinueActivation(key);
      return;
    case Phase::kActive:
      Behave(key);
      return;
    case Phase::kCompleting:
    case Phase::kLeaving:
      Finish(key);
      return;
  }
}

absl::StatusOr<Decision> Step(const Plan& plan, InstanceState& state, const Event& event) {
  Stepper stepper(plan, state, event.at);
  AMEIDE_RETURN_IF_ERROR(std::visit([&](const auto& what) { return stepper(what); }, event.what));
  stepper.Drain();
  return stepper.TakeDecision();
}

absl::StatusOr<Decision> Decide(const Plan& plan, const InstanceState& state, const Event& event) {
  InstanceState copy = state;
  return Step(plan, copy, event);
}

std::vector<Command> OpenCommands(const Plan& plan, const InstanceState& state) {
  std::vector<std::pair<Key, Command>> open;
  for (const auto& [key, job] : state.jobs) {
    if (job.retries > 0) open.emplace_back(key, JobCommand(plan, state, job));
  }
  for (const auto& [key, task] : state.user_tasks) open.emplace_back(key, TaskCommand(plan, state, task));
  for (const auto& [key, timer] : state.timers)
    open.emplace_back(key, ScheduleTimer{key, timer.node, timer.due});
  std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Command> commands;
  commands.reserve(open.size() + 1);
  for (auto& [key, command] : open) commands.push_back(std::move(command));
  if (!state.ready.empty()) commands.push_back(ContinueLater{});
  return commands;
}

}  // namespace ameide::engine
