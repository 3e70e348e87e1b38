#include "backend/engine/correlation.h"

#include <algorithm>

namespace ameide::engine {

bool Correlation::Fits(const Waiting& waiting, const Message& message) {
  const bool addressed = message.receiver.empty() || message.receiver == waiting.receiver.process;
  const bool same_key = !waiting.key || !message.key || *waiting.key == *message.key;
  return addressed && same_key && waiting.name == message.name;
}

void Correlation::Forget(std::map<uint64_t, Waiting>::iterator waiting) {
  const auto named = by_name_.find({waiting->second.trigger, waiting->second.name});
  std::erase(named->second, waiting->first);
  if (named->second.empty()) by_name_.erase(named);
  waiting_.erase(waiting);
}

std::vector<uint64_t> Correlation::WaitingFor(Trigger trigger, const std::string& name) const {
  const auto named = by_name_.find({trigger, name});
  return named == by_name_.end() ? std::vector<uint64_t>() : named->second;
}

Delivery Correlation::Deliver(std::map<uint64_t, Waiting>::iterator waiting, const feel::Context& variables) {
  Delivery delivery{waiting->second.receiver, variables, std::nullopt};
  if (waiting->second.once) {
    const Receiver& receiver = waiting->second.receiver;
    if (receiver.instance) by_subscription_.erase({*receiver.instance, receiver.subscription});
    Forget(waiting);
  }
  return delivery;
}

std::vector<Delivery> Correlation::Wait(Trigger trigger, const std::string& name,
                                        std::optional<std::string> key, Receiver receiver, bool once) {
  const uint64_t number = next_++;
  if (receiver.instance) by_subscription_[{*receiver.instance, receiver.subscription}] = number;
  by_name_[{trigger, name}].push_back(number);
  waiting_[number] = {trigger, name, std::move(key), std::move(receiver), once};
  std::vector<Delivery> deliveries;
  if (trigger == Trigger::kSignal) {
    const auto kept =
        std::find_if(signals_.begin(), signals_.end(), [&](const Signal& it) { return it.name == name; });
    if (kept == signals_.end()) return deliveries;
    const feel::Context variables = kept->variables;
    signals_.erase(kept);
    deliveries.push_back(Deliver(waiting_.find(number), variables));
    return deliveries;
  }
  for (auto kept = messages_.begin(); kept != messages_.end();) {
    const auto waiting = waiting_.find(number);
    if (waiting == waiting_.end()) break;
    if (!Fits(waiting->second, *kept)) {
      ++kept;
      continue;
    }
    deliveries.push_back(Deliver(waiting, kept->variables));
    deliveries.back().message = std::move(*kept);
    kept = messages_.erase(kept);
  }
  return deliveries;
}

void Correlation::StopWaiting(InstanceId instance, Key subscription) {
  const auto found = by_subscription_.find({instance, subscription});
  if (found == by_subscription_.end()) return;
  const auto waiting = waiting_.find(found->second);
  Forget(waiting);
  by_subscription_.erase(found);
}

std::vector<Delivery> Correlation::Publish(Message message) {
  std::vector<Delivery> deliveries;
  auto best = waiting_.end();
  for (const uint64_t number : WaitingFor(Trigger::kMessage, message.name)) {
    const auto waiting = waiting_.find(number);
    if (!Fits(waiting->second, message)) continue;
    if (best == waiting_.end()) best = waiting;
    if (!waiting->second.receiver.instance) continue;
    best = waiting;
    break;
  }
  if (best == waiting_.end()) {
    messages_.push_back(std::move(message));
  } else {
    deliveries.push_back(Deliver(best, message.variables));
    deliveries.back().message = std::move(message);
  }
  return deliveries;
}

std::vector<Delivery> Correlation::Broadcast(const std::string& name, const feel::Context& variables,
                                             std::optional<InstanceId> thrower) {
  std::vector<Delivery> deliveries;
  for (const uint64_t number : WaitingFor(Trigger::kSignal, name)) {
    const auto waiting = waiting_.find(number);
    if (thrower && waiting->second.receiver.instance == thrower) continue;
    deliveries.push_back(Deliver(waiting, variables));
  }
  return deliveries;
}

std::vector<Delivery> Correlation::BroadcastOrKeep(const std::string& name, const feel::Context& variables) {
  std::vector<Delivery> deliveries = Broadcast(name, variables);
  if (deliveries.empty()) signals_.push_back({name, variables});
  return deliveries;
}

}  // namespace ameide::engine
