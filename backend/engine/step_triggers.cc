// Events that are waited for: how they begin to wait, and what happens when they occur.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/calendar.h"
#include "backend/engine/step.h"

namespace ameide::engine {

std::optional<TimerStart> NextTimer(const Timer& timer) {
  if (!timer.cycle || (timer.repetitions && *timer.repetitions <= 1)) return std::nullopt;
  TimerStart next{timer.due, true, timer.repetitions, timer.interval, timer.end, timer.cron};
  if (next.repetitions) --*next.repetitions;
  if (timer.cron.empty()) {
    next.due = feel::AddDuration(timer.due, timer.interval);
    return next;
  }
  const std::optional<WallTime> due = NextInCalendar(timer.cron, timer.due);
  if (!due) return std::nullopt;
  next.due = *due;
  return next;
}

bool IsUsedUp(const Node& node) {
  const bool beside = node.kind == NodeKind::kBoundaryEvent || node.kind == NodeKind::kStartEvent;
  return !beside || node.interrupting || node.parallel_multiple;
}

/// The waiting form of one event definition. Triggers that are not waited for (errors, escalations,
/// compensation, cancel) find their catchers when they are thrown.
Outcome<Armed> Stepper::Prepare(Key owner, Index node_index, uint32_t index, bool correlates) const {
  const Node& node = plan_.nodes[node_index];
  const EventDefinition& definition = node.definitions[index];
  Armed armed{node_index, index, definition.trigger, {}, {}, {}};
  if (definition.trigger == Trigger::kTimer) {
    Outcome<TimerStart> start = EvaluateTimer(definition, node.id, owner);
    if (!start.ok()) return {{}, std::move(start.problem)};
    armed.timer = std::move(start.value);
    if (armed.timer.cycle && armed.timer.repetitions == 0 && node.kind == NodeKind::kCatchEvent) {
      return {{},
              Problem{IncidentKind::kExpression,
                      absl::StrCat("the timer of ", node.id,
                                   " repeats zero times, so it never fires; correct the variables and "
                                   "resolve the incident")}};
    }
  }
  if (definition.trigger == Trigger::kMessage || definition.trigger == Trigger::kSignal) {
    Outcome<std::string> name = EvaluateText(definition.name, owner, "a name (a string)");
    if (!name.ok()) return {{}, std::move(name.problem)};
    armed.name = std::move(name.value);
  }
  if (correlates && definition.correlation != kNone) {
    Outcome<feel::Value> key = Evaluate(definition.correlation, owner);
    if (key.ok() && key.value.is_null()) {
      key.problem = Problem{
          IncidentKind::kExpression,
          absl::StrCat("the correlation key of ", node.id,
                       " is null, so no message can be told apart; correct the variables and resolve the "
                       "incident")};
    }
    if (!key.ok()) return {{}, std::move(key.problem)};
    armed.correlation = feel::ToText(key.value);
  }
  return {std::move(armed), {}};
}

/// Lets `owner` wait for the events of the nodes: all of them or, with an incident, none. `key`: of messages,
/// instead of what their expressions say.
bool Stepper::Arm(Key owner, const std::vector<Index>& nodes, const std::optional<std::string>& key) {
  std::vector<Armed> all;
  for (const Index node : nodes) {
    for (uint32_t index = 0; index < plan_.nodes[node].definitions.size(); ++index) {
      Outcome<Armed> armed = Prepare(owner, node, index, !key);
      if (!armed.ok()) {
        Raise(owner, std::move(*armed.problem));
        return false;
      }
      if (key && armed.value.trigger == Trigger::kMessage) armed.value.correlation = key;
      all.push_back(std::move(armed.value));
    }
  }
  for (Armed& armed : all) {
    if (armed.trigger == Trigger::kTimer) {
      Schedule(owner, armed.node, armed.definition, armed.timer);
      continue;
    }
    if (armed.trigger != Trigger::kMessage && armed.trigger != Trigger::kSignal &&
        armed.trigger != Trigger::kConditional)
      continue;
    const Key subscription = state_.next_key;
    if (armed.trigger == Trigger::kConditional) {
      changed_ = true;
    } else {
      decision_.commands.push_back(OpenSubscription{subscription, owner, armed.node, armed.trigger,
                                                    armed.name, armed.correlation,
                                                    IsUsedUp(plan_.nodes[armed.node])});
    }
    Emit(Subscribed{subscription, owner, armed.node, armed.definition, armed.trigger, std::move(armed.name),
                    std::move(armed.correlation)});
  }
  return true;
}

void Stepper::Schedule(Key element, Index node, uint32_t definition, const TimerStart& start) {
  if (start.cycle && start.repetitions == 0) return;
  if (start.end && start.due > *start.end) return;
  const Key timer = state_.next_key;
  Emit(TimerScheduled{timer, element, node, start.due, start.cycle, start.repetitions, start.interval,
                      start.end, definition, start.cron});
  decision_.commands.push_back(ScheduleTimer{timer, node, start.due});
}

/// Whether `owner` still waits for some event of the node.
bool Stepper::Waits(Key owner, Index node) const {
  const ElementInstance& element = Element(owner);
  return std::any_of(element.timers.begin(), element.timers.end(),
                     [&](Key key) { return state_.timers.find(key)->second.node == node; }) ||
         std::any_of(element.subscriptions.begin(), element.subscriptions.end(),
                     [&](Key key) { return state_.subscriptions.find(key)->second.node == node; });
}

/// An event that `owner` waits for has occurred (clauses 13.5.1 to 13.5.4).
void Stepper::Occur(Key owner, Index node_index, const feel::Context& payload) {
  const Node& node = plan_.nodes[node_index];
  if (node.parallel_multiple && Waits(owner, node_index)) {
    Propagate(owner, payload);  // and the others are still to come
    return;
  }
  const ElementInstance& element = Element(owner);
  if (node_index == element.node) {
    WorkDone(owner, payload);
  } else if (node.kind == NodeKind::kBoundaryEvent) {
    FireBoundary(owner, node_index, payload);
  } else if (NodeOf(element).kind == NodeKind::kEventGateway) {
    FireGateway(owner, node_index, payload);
  } else if (node.parent == element.node) {
    EnterTriggered(node_index, owner, payload);  // a start event once more, of the conversation that goes on
  } else {
    FireEventSubProcess(owner, node_index, payload);
  }
}

/// Enters an event (or receive task) that has occurred already.
void Stepper::EnterTriggered(Index node_index, Key scope, const feel::Context& payload) {
  if (plan_.nodes[node_index].passing) {
    if (!payload.empty()) Propagate(scope, payload);
    Pass(node_index, scope, kNone);
    return;
  }
  const Key key = Activate(node_index, scope, kNone, Phase::kActive);
  WorkDone(key, payload);
}

void Stepper::FireBoundary(Key host, Index boundary_index, const feel::Context& payload) {
  const Node& boundary = plan_.nodes[boundary_index];
  const Key scope = Element(host).scope;
  if (boundary.interrupting) {
    Terminate(host);
  } else if (boundary.parallel_multiple && !Arm(host, {boundary_index})) {
    return;
  }
  EnterTriggered(boundary_index, scope, payload);
}

void Stepper::FireEventSubProcess(Key scope, Index start_index, const feel::Context& payload) {
  const Node& start = plan_.nodes[start_index];
  if (start.interrupting) {
    Interrupt(scope);
  } else if (start.parallel_multiple && !Arm(scope, {start_index})) {
    return;
  }
  StartEventSubProcess(scope, start_index, payload);
}

/// The event's payload belongs to the event subprocess.
void Stepper::StartEventSubProcess(Key scope, Index start, const feel::Context& payload) {
  const Key key = Activate(plan_.nodes[start].parent, scope, kNone, Phase::kActive);
  if (!payload.empty() && plan_.nodes[start].outputs.empty()) Emit(VariablesSet{key, payload});
  opening_.push_back(key);
  if (ArmEventSubProcesses(key))
    EnterTriggered(start, key, plan_.nodes[start].outputs.empty() ? feel::Context() : payload);
  opening_.pop_back();
  AfterExit(key);
}

/// Everything in a scope ends, and none of its event subprocesses can start any more; the scope goes on with
/// what interrupts it (clause 13.5.4).
void Stepper::Interrupt(Key scope) {
  TerminateInside(scope);
  if (Element(scope).inside != 0) Emit(TokensCleared{scope});
  CancelWaits(scope, true);
}

void Stepper::CancelWaits(Key owner, bool only_event_subprocesses) {
  const auto stays = [&](Index node) {
    return only_event_subprocesses && plan_.nodes[node].kind != NodeKind::kStartEvent;
  };
  const ElementInstance& element = Element(owner);
  const std::vector<Key> timers = element.timers, subscriptions = element.subscriptions;
  for (const Key key : timers) {
    if (stays(state_.timers.find(key)->second.node)) continue;
    decision_.commands.push_back(CancelTimer{key});
    Emit(TimerCanceled{key});
  }
  for (const Key key : subscriptions) {
    const Subscription& subscription = state_.subscriptions.find(key)->second;
    if (stays(subscription.node)) continue;
    if (subscription.trigger != Trigger::kConditional) decision_.commands.push_back(CloseSubscription{key});
    Emit(SubscriptionClosed{key});
  }
}

/// Asks the conditions that events wait for. An event occurs when its condition becomes true, not while it
/// stays so (clause 10.5.5, table 10.84).
void Stepper::CheckConditions() {
  changed_ = false;
  if (state_.subscriptions.empty()) return;
  std::vector<Key> conditions;
  for (const auto& [key, subscription] : state_.subscriptions) {
    if (subscription.trigger == Trigger::kConditional) conditions.push_back(key);
  }
  for (const Key key : conditions) {
    const auto found = state_.subscriptions.find(key);
    if (found == state_.subscriptions.end()) continue;
    const Subscription subscription = found->second;
    const EventDefinition& definition = plan_.nodes[subscription.node].definitions[subscription.definition];
    const bool holds = EvaluateCondition(definition.condition, subscription.element).value;
    if (holds == subscription.holds) continue;
    ++moved_;
    const bool used_up = holds && IsUsedUp(plan_.nodes[subscription.node]);
    if (used_up) {
      Emit(SubscriptionClosed{key});
    } else {
      Emit(ConditionChanged{key, holds});
    }
    if (holds) Occur(subscription.element, subscription.node, {});
  }
}

std::optional<StartTrigger> NextStart(const StartTrigger& trigger) {
  Timer timer;
  timer.due = trigger.due;
  timer.cycle = trigger.interval.has_value() || !trigger.cron.empty();
  timer.repetitions = trigger.repetitions;
  timer.interval = trigger.interval.value_or(feel::IsoDuration());
  timer.end = trigger.end;
  timer.cron = trigger.cron;
  const std::optional<TimerStart> start = NextTimer(timer);
  if (!start || (start->end && start->due > *start->end)) return std::nullopt;
  StartTrigger next = trigger;
  next.due = start->due;
  next.repetitions = start->repetitions;
  return next;
}

absl::StatusOr<std::vector<StartTrigger>> StartTriggers(const Plan& plan, WallTime at,
                                                        const feel::Context& variables) {
  // Expressions see what the host gives every instance; there is no instance yet.
  InstanceState state;
  ElementInstance& process = state.elements[kProcessKey];
  process.key = kProcessKey;
  process.node = 0;
  process.variables = variables;
  const Stepper stepper(plan, state, at);
  std::vector<StartTrigger> triggers;
  for (Index index = 0; index < plan.nodes.size(); ++index) {
    const Node& node = plan.nodes[index];
    if (!node.instantiates || node.parent != 0) continue;
    for (uint32_t definition = 0; definition < node.definitions.size(); ++definition) {
      // A message that begins an instance has no key to compare with.
      Outcome<Armed> armed = stepper.Prepare(kProcessKey, index, definition, false);
      if (!armed.ok()) return absl::InvalidArgumentError(armed.problem->message);
      StartTrigger trigger{index, definition, armed.value.trigger, std::move(armed.value.name), {}, {}, {},
                           {},    {}};
      trigger.due = armed.value.timer.due;
      trigger.cron = std::move(armed.value.timer.cron);
      if (armed.value.timer.cycle && trigger.cron.empty()) trigger.interval = armed.value.timer.interval;
      trigger.repetitions = armed.value.timer.repetitions;
      trigger.end = armed.value.timer.end;
      triggers.push_back(std::move(trigger));
    }
  }
  return triggers;
}

}  // namespace ameide::engine
