#include "backend/runtime/simulation/simulation.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::runtime {

using engine::Fact;
using engine::Index;
using engine::Key;

absl::Status Simulation::Deploy(const engine::Plan& plan) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<engine::StartTrigger> triggers,
                          engine::StartTriggers(plan, now_, script_.variables));
  deployed_[plan.process_id()] = &plan;
  for (const engine::StartTrigger& trigger : triggers) {
    const engine::Receiver receiver{plan.process_id(), {}, engine::kNoKey, trigger.node, trigger.definition};
    switch (trigger.trigger) {
      case engine::Trigger::kMessage:
      case engine::Trigger::kSignal:
        DeliverAll(correlation_.Wait(trigger.trigger, trigger.name, {}, receiver, false));
        break;
      case engine::Trigger::kTimer:
        start_timers_.push_back({&plan, trigger, 0});
        AddTimer(trigger.due, kNoInstance, start_timers_.size() - 1);
        break;
      case engine::Trigger::kConditional: {
        const engine::Index condition = plan.nodes[trigger.node].definitions[trigger.definition].condition;
        if (feel::Evaluate(plan.expressions[condition], script_.variables).is_true())
          work_.push_back(engine::Delivery{receiver, {}, std::nullopt});
        break;
      }
      default:
        break;
    }
  }
  return absl::OkStatus();
}

void Simulation::Start(const engine::Plan& plan) {
  instances_.emplace_back().plan = &plan;
  Feed(instances_.size() - 1, engine::StartInstance{script_.variables});
}

void Simulation::RunToRest() {
  while (!work_.empty() && at_rest()) {
    const auto work = std::move(work_.front());
    work_.pop_front();
    std::visit([&](const auto& it) { Do(it); }, work);
  }
}

void Simulation::SendAll() {
  for (const SentEvent& sent : script_.sent) {
    if (sent.signal) {
      work_.push_back(Signal{sent.name, {}, std::nullopt});
    } else {
      work_.push_back(engine::Message{sent.name, sent.key, "", sent.variables});
    }
    RunToRest();
  }
}

void Simulation::RunTime(std::optional<WallTime> until) {
  RunToRest();
  while (!timers_.empty() && at_rest()) {
    const auto [due, order, instance, timer] = *timers_.begin();
    if (until && due > *until) return;
    timers_.erase(timers_.begin());
    timer_places_.erase({instance, timer});
    now_ = std::max(now_, due);
    if (instance == kNoInstance) {
      FireStart(timer);
    } else if (MayFire(instances_[instance], timer)) {
      Feed(instance, engine::FireTimer{timer});
    }
    RunToRest();
  }
}

void Simulation::Do(const Work& work) { Feed(work.instance, work.what); }

void Simulation::Do(const engine::Message& message) { DeliverAll(correlation_.Publish(message)); }

void Simulation::Do(const Signal& signal) {
  DeliverAll(signal.thrower ? correlation_.Broadcast(signal.name, signal.variables, *signal.thrower)
                            : correlation_.BroadcastOrKeep(signal.name, signal.variables));
}

void Simulation::Do(const engine::Delivery& delivery) {
  const engine::Receiver& receiver = delivery.receiver;
  if (receiver.instance) {
    const bool taken =
        Feed(*receiver.instance, engine::DeliverEvent{receiver.subscription, delivery.variables});
    if (!taken && delivery.message) work_.push_front(*delivery.message);
  } else {
    Begin(*deployed_[receiver.process], receiver.node, receiver.definition, delivery.variables);
  }
}

/// Deliveries are next, before anything else can end the wait that they are for.
void Simulation::DeliverAll(std::vector<engine::Delivery> deliveries) {
  for (auto it = deliveries.rbegin(); it != deliveries.rend(); ++it) work_.push_front(std::move(*it));
}

/// An event begins an instance; where several must come together, the last of them does.
void Simulation::Begin(const engine::Plan& plan, engine::Index node_index, uint32_t definition,
                       const feel::Context& payload) {
  const engine::Node& node = plan.nodes[node_index];
  feel::Context all = payload;
  if (node.parallel_multiple) {
    auto& [occurred, variables] = begun_[{&plan, node_index}];
    occurred.insert(definition);
    for (const auto& [name, value] : payload) variables.Set(name, value);
    if (occurred.size() < node.definitions.size()) return;
    all = std::move(variables);
    begun_.erase({&plan, node_index});
  }
  instances_.emplace_back().plan = &plan;
  Feed(instances_.size() - 1, engine::StartInstanceAt{node_index, script_.variables, std::move(all)});
}

void Simulation::FireStart(size_t number) {
  StartTimer& timer = start_timers_[number];
  const engine::StartTrigger& trigger = timer.trigger;
  ++timer.fired;
  const bool endless = trigger.interval && !trigger.repetitions && !trigger.end;
  const uint64_t most =
      endless ? kMostEndlessFirings : trigger.repetitions.value_or(trigger.interval ? timer.fired + 1 : 1);
  const WallTime due = trigger.interval ? feel::AddDuration(now_, *trigger.interval) : now_;
  if (timer.fired < most && !(trigger.end && due > *trigger.end)) AddTimer(due, kNoInstance, number);
  Begin(*timer.plan, trigger.node, trigger.definition, {});
}

/// A cycle without end fires a limited number of times.
bool Simulation::MayFire(Instance& instance, Key key) {
  const auto found = instance.state.timers.find(key);
  if (found == instance.state.timers.end()) return false;
  const engine::Timer& timer = found->second;
  if (!timer.cycle || timer.repetitions || timer.end) return true;
  return ++instance.endless_firings[{timer.element, timer.node, timer.definition}] <= kMostEndlessFirings;
}

/// False when the event became impossible meanwhile: its element has ended.
bool Simulation::Feed(size_t index, const decltype(engine::Event::what)& what) {
  Instance& instance = instances_[index];
  const absl::StatusOr<engine::Decision> decision =
      engine::Step(*instance.plan, instance.state, {now_, what});
  if (!decision.ok()) return false;
  steps_ += decision->facts.size() + 1;
  for (const Fact& fact : decision->facts) {
    const std::vector<TraceEvent> events = instance.names.Tell(*instance.plan, fact);
    if (!options_.trace) continue;
    for (const TraceEvent& event : events) {
      feel::Context line;
      line.Set("process", event.process);
      line.Set("element", event.element);
      line.Set("type", event.type);
      line.Set("event", event.event);
      line.Set("at", FormatTime(now_));
      out_ << feel::ToJson(line) << '\n';
    }
  }
  for (const engine::Command& command : decision->commands) {
    std::visit([&](const auto& it) { Take(index, it); }, command);
  }
  return true;
}

void Simulation::Take(size_t index, const engine::ActivateJob& command) {
  const std::string& element = instances_[index].plan->nodes[command.node].id;
  if (const auto thrown = script_.throws.find(element); thrown != script_.throws.end()) {
    work_.push_back(
        Work{index, engine::ThrowJobError{command.job, thrown->second.Next(), "thrown by --throw"}});
  } else if (const auto given = script_.complete.find(element); given != script_.complete.end()) {
    work_.push_back(Work{index, engine::CompleteJob{command.job, given->second.Next()}});
  } else {
    work_.push_back(Work{
        index,
        engine::FailJob{command.job,
                        absl::StrCat(command.kind == engine::JobKind::kDomain ? "no domain" : "no worker",
                                     " is there in a simulation to do ", command.type, "; pass --complete ",
                                     element, "=JSON to give its result, or --stub"),
                        true,
                        {}}});
  }
}

void Simulation::Take(size_t index, const engine::CreateUserTask& command) {
  const std::string& element = instances_[index].plan->nodes[command.node].id;
  if (const auto given = script_.complete.find(element); given != script_.complete.end()) {
    work_.push_back(Work{index, engine::CompleteUserTask{command.task, given->second.Next()}});
  } else if (options_.stub) {
    work_.push_back(Work{index, engine::CompleteUserTask{command.task, {}}});
  }
}

void Simulation::AddTimer(WallTime due, size_t instance, Key timer) {
  const DueTimer place{due, timer_order_++, instance, timer};
  timers_.insert(place);
  timer_places_[{instance, timer}] = place;
}

void Simulation::Take(size_t index, const engine::ScheduleTimer& command) {
  AddTimer(command.due, index, command.timer);
}

void Simulation::Take(size_t index, const engine::CancelTimer& command) {
  const auto place = timer_places_.find({index, command.timer});
  if (place == timer_places_.end()) return;
  timers_.erase(place->second);
  timer_places_.erase(place);
}

void Simulation::Take(size_t index, const engine::ContinueLater&) {
  work_.push_back(Work{index, engine::Continue{}});
}

void Simulation::Take(size_t index, const engine::OpenSubscription& command) {
  const engine::Receiver receiver{instances_[index].plan->process_id(), index, command.subscription,
                                  command.node, 0};
  DeliverAll(correlation_.Wait(command.trigger, command.name, command.correlation, receiver, command.once));
}

void Simulation::Take(size_t index, const engine::CloseSubscription& command) {
  correlation_.StopWaiting(index, command.subscription);
}

void Simulation::Take(size_t, const engine::PublishMessage& command) {
  work_.push_back(engine::Message{command.name, command.correlation, command.receiver, command.variables});
}

void Simulation::Take(size_t index, const engine::BroadcastSignal& command) {
  work_.push_back(Signal{command.name, command.variables, index});
}

std::string_view Simulation::StateOf(const Instance& instance) const {
  if (instance.state.status == engine::InstanceStatus::kCompleted) return "completed";
  if (instance.state.status == engine::InstanceStatus::kTerminated) return "terminated";
  return instance.state.incidents.empty() ? "active" : "failed";
}

bool Simulation::failed() const {
  return std::any_of(instances_.begin(), instances_.end(),
                     [this](const Instance& instance) { return StateOf(instance) == "failed"; });
}

std::string Simulation::Outcomes() const {
  feel::List outcomes;
  for (const Instance& instance : instances_) {
    feel::List incidents;
    for (const auto& [key, incident] : instance.state.incidents) {
      const engine::ElementInstance& at = *instance.state.FindElement(incident.element);
      feel::Context entry;
      entry.Set("element", instance.plan->nodes[at.node].id);
      entry.Set("kind", engine::IncidentKindName(incident.kind));
      entry.Set("message", incident.message);
      incidents.push_back(entry);
    }
    feel::Context outcome;
    outcome.Set("process", instance.plan->process_id());
    outcome.Set("state", StateOf(instance));
    outcome.Set("variables", instance.state.variables());
    outcome.Set("incidents", incidents);
    outcomes.push_back(outcome);
  }
  feel::Context line;
  line.Set("outcomes", outcomes);
  return feel::ToJson(line);
}

}  // namespace ameide::runtime
