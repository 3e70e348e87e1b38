#include "backend/runtime/simulation/host.h"

#include <algorithm>

#include "base/status.h"

namespace ameide::runtime {

using engine::Index;

absl::Status VirtualHost::Deploy(const engine::Plan& plan, bool timers) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<engine::StartTrigger> triggers,
                          engine::StartTriggers(plan, now_, variables_));
  deployed_[plan.process_id()] = &plan;
  for (const engine::StartTrigger& trigger : triggers) {
    const engine::Receiver receiver{plan.process_id(), {}, engine::kNoKey, trigger.node, trigger.definition};
    switch (trigger.trigger) {
      case engine::Trigger::kMessage:
      case engine::Trigger::kSignal:
        DeliverAll(correlation_.Wait(trigger.trigger, trigger.name, {}, receiver, false));
        break;
      case engine::Trigger::kTimer:
        if (!timers) break;
        start_timers_.push_back({&plan, trigger, 0});
        AddDue(trigger.due, kStart, start_timers_.size() - 1);
        break;
      case engine::Trigger::kConditional: {
        const engine::Index condition = plan.nodes[trigger.node].definitions[trigger.definition].condition;
        if (feel::Evaluate(plan.expressions[condition], variables_).is_true())
          work_.push_back(engine::Delivery{receiver, {}, std::nullopt});
        break;
      }
      default:
        break;
    }
  }
  return absl::OkStatus();
}

size_t VirtualHost::Start(const engine::Plan& plan) {
  instances_.emplace_back().plan = &plan;
  Feed(instances_.size() - 1, engine::StartInstance{variables_}).IgnoreError();
  return instances_.size() - 1;
}

bool VirtualHost::MoveOne() {
  if (work_.empty() || !at_rest()) return false;
  const auto work = std::move(work_.front());
  work_.pop_front();
  std::visit([&](const auto& it) { Do(it); }, work);
  return true;
}

void VirtualHost::RunToRest() {
  while (MoveOne()) {
  }
}

bool VirtualHost::RunNext(std::optional<WallTime> until) {
  RunToRest();
  if (!LetDueHappen(until)) return false;
  RunToRest();
  return true;
}

std::optional<WallTime> VirtualHost::next_due() const {
  return due_.empty() ? std::nullopt : std::optional(std::get<0>(*due_.begin()));
}

bool VirtualHost::LetDueHappen(std::optional<WallTime> until) {
  if (due_.empty() || !at_rest()) return false;
  const auto [due, order, instance, timer] = *due_.begin();
  if (until && due > *until) return false;
  due_.erase(due_.begin());
  now_ = std::max(now_, due);
  if (instance == kOurs) {
    OnDue(timer);
  } else if (instance == kStart) {
    FireStart(timer);
  } else {
    places_.erase({instance, timer});
    if (instances_[instance].state.timers.contains(timer) && MayFire(instance, timer))
      Feed(instance, engine::FireTimer{timer}).IgnoreError();
  }
  return true;
}

/// What became impossible meanwhile, because its element has ended, is dropped.
void VirtualHost::Do(const Work& work) { Feed(work.instance, work.what).IgnoreError(); }

void VirtualHost::Do(const engine::Message& message) { DeliverAll(correlation_.Publish(message)); }

void VirtualHost::Do(const Signal& signal) {
  DeliverAll(signal.thrower ? correlation_.Broadcast(signal.name, signal.variables, *signal.thrower)
                            : correlation_.BroadcastOrKeep(signal.name, signal.variables));
}

void VirtualHost::Do(const engine::Delivery& delivery) {
  const engine::Receiver& receiver = delivery.receiver;
  if (receiver.instance) {
    // Refused when its element has ended meanwhile.
    const absl::Status taken =
        Feed(*receiver.instance, engine::DeliverEvent{receiver.subscription, delivery.variables});
    if (!taken.ok() && delivery.message) work_.push_front(*delivery.message);
  } else if (delivery.was_kept && delivery.message) {
    work_.push_front(*delivery.message);  // what another one has begun meanwhile may wait for it
  } else {
    Begin(*deployed_[receiver.process], receiver.node, receiver.definition, delivery.variables,
          delivery.message ? delivery.message->key : std::nullopt);
  }
}

/// Deliveries are next, before anything else can end the wait that they are for.
void VirtualHost::DeliverAll(std::vector<engine::Delivery> deliveries) {
  for (auto it = deliveries.rbegin(); it != deliveries.rend(); ++it) work_.push_front(std::move(*it));
}

/// An event begins an instance; where several must come together, the last of them does.
void VirtualHost::Begin(const engine::Plan& plan, engine::Index node_index, uint32_t definition,
                        const feel::Context& payload, const std::optional<std::string>& key) {
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
  Feed(instances_.size() - 1, engine::StartInstanceAt{node_index, variables_, std::move(all), key})
      .IgnoreError();
}

void VirtualHost::FireStart(size_t number) {
  StartTimer& timer = start_timers_[number];
  const engine::StartTrigger fired = timer.trigger;
  ++timer.fired;
  const bool endless = !fired.repetitions && !fired.end;
  const std::optional<engine::StartTrigger> next = engine::NextStart(fired);
  if (next && (!endless || MayBegin(timer.fired))) {
    timer.trigger = *next;
    AddDue(next->due, kStart, number);
  }
  Begin(*timer.plan, fired.node, fired.definition, {});
}

absl::Status VirtualHost::Feed(size_t index, const decltype(engine::Event::what)& what) {
  Instance& instance = instances_[index];
  const size_t tokens = !stepwise_                                       ? engine::kLongestStep
                        : std::holds_alternative<engine::Continue>(what) ? 1
                                                                         : 0;
  const absl::StatusOr<engine::Decision> decision =
      engine::Step(*instance.plan, instance.state, {now_, what}, tokens);
  if (!decision.ok()) return decision.status();
  steps_ += decision->facts.size() + 1;
  OnFacts(index, decision->facts);
  for (const engine::Command& command : decision->commands) {
    std::visit([&](const auto& it) { Take(index, it); }, command);
  }
  OnStep(index);
  return absl::OkStatus();
}

void VirtualHost::AddDue(WallTime due, size_t instance, uint64_t timer) {
  const Due place{due, order_++, instance, timer};
  due_.insert(place);
  if (instance != kOurs && instance != kStart) places_[{instance, timer}] = place;
}

void VirtualHost::Take(size_t index, const engine::ScheduleTimer& command) {
  AddDue(command.due, index, command.timer);
}

void VirtualHost::Take(size_t index, const engine::CancelTimer& command) {
  const auto place = places_.find({index, command.timer});
  if (place == places_.end()) return;
  due_.erase(place->second);
  places_.erase(place);
}

void VirtualHost::Take(size_t index, const engine::ContinueLater&) { Queue(index, engine::Continue{}); }

void VirtualHost::Take(size_t index, const engine::OpenSubscription& command) {
  const engine::Receiver receiver{instances_[index].plan->process_id(), index, command.subscription,
                                  command.node, 0};
  DeliverAll(correlation_.Wait(command.trigger, command.name, command.correlation, receiver, command.once));
  OnWait(index, command);
}

void VirtualHost::Take(size_t index, const engine::CloseSubscription& command) {
  correlation_.StopWaiting(index, command.subscription);
}

void VirtualHost::Take(size_t, const engine::PublishMessage& command) {
  work_.push_back(engine::Message{command.name, command.correlation, command.receiver, command.variables});
}

void VirtualHost::Take(size_t index, const engine::BroadcastSignal& command) {
  work_.push_back(Signal{command.name, command.variables, index});
}

}  // namespace ameide::runtime
