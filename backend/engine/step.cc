#include "backend/engine/step.h"

#include <algorithm>
#include <set>

#include "base/status.h"

namespace ameide::engine {
void Stepper::Emit(Fact fact) {
  Apply(plan_, state_, fact);
  if (const auto* set = std::get_if<VariablesSet>(&fact)) {
    changed_ = true;
    for (const auto& [name, value] : set->values)
      weight_ += std::min<uint64_t>(feel::ExtentOf(value).size, kHeaviestStep);
  }
  decision_.facts.push_back(std::move(fact));
}

void Stepper::Raise(Key element, Problem problem) {
  Emit(IncidentCreated{state_.next_key, element, problem.kind, std::move(problem.message)});
}

void Stepper::Drain() {
  while (true) {
    if ((moved_ > 0 || longest_step_ == 0) && TakesLong() &&
        !(state_.ready.empty() && state_.postponed.empty())) {
      decision_.commands.push_back(ContinueLater{});
      return;
    }
    if (changed_) {
      CheckConditions();
    } else if (!state_.ready.empty()) {
      ++moved_;
      Arrive(state_.ready.front());
    } else if (!state_.postponed.empty()) {
      const Key key = state_.postponed.front();
      Emit(ElementResumed{key});
      AdvanceLoop(key);
    } else if (!OpenJoins() && !OpenInputs()) {
      return;
    }
  }
}

/// A token comes to the end of its flow: a parallel join waits until every incoming flow has one
/// (clause 13.4.1).
void Stepper::Arrive(Token token) {
  const Index target = plan_.flows[token.flow].target;
  const Node& node = plan_.nodes[target];
  if (node.join == Join::kParallel) {
    const auto parked = state_.parked.find({token.scope, target});
    const size_t waiting = parked == state_.parked.end() ? 0 : parked->second.size();
    const bool again = waiting > 0 && parked->second.contains(token.flow);
    if (waiting + (again ? 0 : 1) < node.incoming.size()) {
      Emit(TokenParked{token.scope, token.flow});
      return;
    }
  } else if (node.join != Join::kNone) {
    ArriveAtJoin(token, target);
    return;
  }
  Enter(target, token.scope, token.flow);
}

void Stepper::Enter(Index node_index, Key scope, Index via) {
  const Node& node = plan_.nodes[node_index];
  if (node.passing) {
    Pass(node_index, scope, via);
    return;
  }
  const bool repeats = node.loop.kind != LoopKind::kNone;
  const bool prepares =
      !node.boundaries.empty() || !node.input_sets.empty() || (!repeats && !node.inputs.empty());
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

/// An activity is ready, and begins as soon as its data is there (clause 13.3.2).
void Stepper::ContinueActivation(Key key) {
  if (HasData(key)) BeginWork(key);
}

/// An activity that repeats itself is waited for at its border as a whole; each of its instances has its own
/// inputs.
void Stepper::BeginWork(Key key) {
  if (!IsBody(Element(key)) && !MapInputs(key)) return;
  if (!IsInner(Element(key)) && !Arm(key, NodeOf(Element(key)).boundaries)) return;
  SelectInputSet(key);
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
  Finish(key, &results);
}

/// Output mappings, then the choice of flows. Either may stop the element with an incident; it goes on from
/// there.
void Stepper::Finish(Key key, const feel::Context* given) {
  const ElementInstance& element = Element(key);
  if (element.phase != Phase::kLeaving && !MapOutputs(key, given)) return;
  if (IsInner(element)) {
    Complete(key, {});
    return;
  }
  if (element.scope != kNoKey && NodeOf(element).kind == NodeKind::kProcess) {
    EndCall(key);
    return;
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
  Withdraw(element);
  if (plan_.compensates && key != kProcessKey) Record(key);
  Emit(ElementCompleted{key, std::move(taken)});
  if (key != kProcessKey) {
    AfterExit(scope);
    return;
  }
  Emit(InstanceEnded{EndState::kCompleted});
  decision_.commands.push_back(EndInstance{EndState::kCompleted});
}

bool Stepper::IsOpening(Key scope) const {
  return std::find(opening_.begin(), opening_.end(), scope) != opening_.end();
}

/// Something in a scope has ended. A scope is complete when no token is left in it (clause 13.3.4 and
/// 13.5.6).
void Stepper::AfterExit(Key scope) {
  const ElementInstance* element = state_.FindElement(scope);
  if (element == nullptr || IsOpening(scope)) return;
  if (state_.runs.contains(scope)) {
    ContinueCompensation(scope);
    return;
  }
  if (element->phase != Phase::kActive) return;
  if (IsBody(*element)) {
    AdvanceLoop(scope);
  } else if (NodeOf(*element).kind == NodeKind::kAdHocSubProcess) {
    ContinueAdHoc(scope);
  } else if (element->inside == 0) {
    WorkDone(scope, {});
  } else if (IsCompleting(*element)) {
    CancelWaits(scope, true);
  }
}

/// Whether only handlers (event subprocesses) are left of a scope's work: it waits for them, and no other one
/// begins (clause 13.3.2, the state Completing).
bool Stepper::IsCompleting(const ElementInstance& scope) const {
  const bool waits = !scope.timers.empty() || !scope.subscriptions.empty();
  return waits && !NodeOf(scope).event_subprocesses.empty() && HasOnlyHandlers(scope);
}

bool Stepper::HasOnlyHandlers(const ElementInstance& scope) const {
  uint64_t handlers = 0;
  for (auto it = state_.elements.upper_bound(scope.key); it != state_.elements.end(); ++it) {
    if (it->second.scope != scope.key) continue;
    if (NodeOf(it->second).kind != NodeKind::kEventSubProcess) return false;
    ++handlers;
  }
  return handlers == scope.inside;  // the rest would be tokens
}

/// Takes back what an element has asked of the host.
void Stepper::Withdraw(const ElementInstance& element) {
  if (element.job != kNoKey) decision_.commands.push_back(CancelJob{element.job});
  if (element.user_task != kNoKey) decision_.commands.push_back(CloseUserTask{element.user_task});
  for (const Key timer : element.timers) decision_.commands.push_back(CancelTimer{timer});
  for (const Key key : element.subscriptions) {
    if (state_.subscriptions.find(key)->second.trigger != Trigger::kConditional)
      decision_.commands.push_back(CloseSubscription{key});
  }
}

void Stepper::Terminate(Key key) {
  TerminateInside(key);
  Withdraw(Element(key));
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
    Withdraw(Element(*it));
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
    case Phase::kCancelling:
    case Phase::kDetached:
      ContinueCompensation(key);
      return;
  }
}

namespace {

bool HappensWhileSuspended(const Event& event) {
  return std::holds_alternative<ResumeInstance>(event.what) ||
         std::holds_alternative<SuspendInstance>(event.what) ||
         std::holds_alternative<SetVariables>(event.what) ||
         std::holds_alternative<CancelInstance>(event.what);
}

}  // namespace

absl::StatusOr<Decision> Step(const Plan& plan, InstanceState& state, const Event& event,
                              size_t longest_step) {
  if (state.suspended && !HappensWhileSuspended(event)) {
    return absl::FailedPreconditionError("the instance is suspended; resume it first");
  }
  Stepper stepper(plan, state, event.at, longest_step);
  AMEIDE_RETURN_IF_ERROR(std::visit([&](const auto& what) { return stepper(what); }, event.what));
  if (!state.suspended) stepper.Drain();
  return stepper.TakeDecision();
}

absl::StatusOr<Decision> Decide(const Plan& plan, const InstanceState& state, const Event& event,
                                size_t longest_step) {
  InstanceState copy = state;
  return Step(plan, copy, event, longest_step);
}

OpenSubscription SubscriptionCommand(const Plan& plan, const Subscription& it) {
  return {it.key, it.element, it.node, it.trigger, it.name, it.correlation, IsUsedUp(plan.nodes[it.node])};
}

std::vector<Command> OpenCommands(const Plan& plan, const InstanceState& state) {
  std::vector<std::pair<Key, Command>> open;
  for (const auto& [key, job] : state.jobs) {
    if (job.retries > 0) open.emplace_back(key, JobCommand(plan, state, job));
  }
  for (const auto& [key, task] : state.user_tasks) open.emplace_back(key, TaskCommand(plan, state, task));
  for (const auto& [key, timer] : state.timers)
    open.emplace_back(key, ScheduleTimer{key, timer.node, timer.due});
  for (const auto& [key, it] : state.subscriptions) {
    if (it.trigger == Trigger::kConditional) continue;
    open.emplace_back(key, SubscriptionCommand(plan, it));
  }
  if (state.suspended) open.clear();
  std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Command> commands;
  commands.reserve(open.size() + 1);
  for (auto& [key, command] : open) commands.push_back(std::move(command));
  const bool moves = !state.ready.empty() || !state.postponed.empty();
  if (moves && !state.suspended) commands.push_back(ContinueLater{});
  return commands;
}

}  // namespace ameide::engine
