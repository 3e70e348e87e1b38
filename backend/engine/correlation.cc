#include "backend/engine/correlation.h"

#include <algorithm>

namespace ameide::engine {

/// Numbers that may fit a key, the smallest first: those of the key and those without one; for no key all.
class Correlation::InOrder {
 public:
  InOrder(const ByKey* numbers, const std::optional<std::string>& key) {
    if (numbers == nullptr) return;
    if (!key) {
      for (const auto& [other, set] : *numbers) Add(set);
      return;
    }
    for (const auto& wanted : {key, std::optional<std::string>()}) {
      if (const auto found = numbers->find(wanted); found != numbers->end()) Add(found->second);
    }
  }
  std::optional<uint64_t> Next() {
    Range* best = nullptr;
    for (Range& range : ranges_) {
      if (range.at != range.end && (best == nullptr || *range.at < *best->at)) best = &range;
    }
    if (best == nullptr) return std::nullopt;
    return *best->at++;
  }

 private:
  using Iterator = std::set<uint64_t>::const_iterator;
  struct Range {
    Iterator at, end;
  };
  void Add(const std::set<uint64_t>& set) { ranges_.push_back({set.begin(), set.end()}); }
  std::vector<Range> ranges_;
};

namespace {

template <typename Map, typename Key>
const typename Map::mapped_type* FindIn(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

/// Removes a number, and what is empty then.
template <typename Map, typename Name>
void Remove(Map& by_name, const Name& name, const std::optional<std::string>& key, uint64_t number) {
  const auto named = by_name.find(name);
  const auto keyed = named->second.find(key);
  keyed->second.erase(number);
  if (keyed->second.empty()) named->second.erase(keyed);
  if (named->second.empty()) by_name.erase(named);
}

}  // namespace

bool Correlation::Fits(const Waiting& waiting, const Message& message) {
  const bool addressed = message.receiver.empty() || message.receiver == waiting.receiver.process;
  const bool same_key = !waiting.key || !message.key || *waiting.key == *message.key;
  return addressed && same_key && waiting.name == message.name;
}

void Correlation::Forget(std::map<uint64_t, Waiting>::iterator waiting) {
  const Waiting& it = waiting->second;
  Remove(by_name_, std::pair(it.trigger, it.name), it.key, waiting->first);
  if (it.receiver.instance) {
    by_subscription_.erase({*it.receiver.instance, it.receiver.subscription});
  } else if (const auto of = by_process_.find(it.receiver.process); of != by_process_.end()) {
    of->second.erase(waiting->first);
    if (of->second.empty()) by_process_.erase(of);
  }
  waiting_.erase(waiting);
}

Message Correlation::Take(std::map<uint64_t, Message>::iterator message) {
  Remove(messages_by_name_, message->second.name, message->second.key, message->first);
  if (message->second.id != 0) messages_by_id_.erase(message->second.id);
  Message taken = std::move(message->second);
  messages_.erase(message);
  return taken;
}

Delivery Correlation::Deliver(std::map<uint64_t, Waiting>::iterator waiting, const feel::Context& variables) {
  Delivery delivery{waiting->second.receiver, variables, std::nullopt, false, waiting->second.once};
  if (waiting->second.once) Forget(waiting);
  return delivery;
}

std::vector<Delivery> Correlation::Wait(Trigger trigger, const std::string& name,
                                        std::optional<std::string> key, Receiver receiver, bool once) {
  const uint64_t number = next_++;
  if (receiver.instance) {
    by_subscription_[{*receiver.instance, receiver.subscription}] = number;
  } else {
    by_process_[receiver.process].insert(number);
  }
  by_name_[{trigger, name}][key].insert(number);
  waiting_[number] = {trigger, name, key, std::move(receiver), once};
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
  std::vector<uint64_t> fitting;
  InOrder candidates(FindIn(messages_by_name_, name), key);
  while (const std::optional<uint64_t> candidate = candidates.Next()) {
    if (!Fits(waiting_.find(number)->second, messages_.find(*candidate)->second)) continue;
    fitting.push_back(*candidate);
    if (once) break;
  }
  for (const uint64_t it : fitting) {
    Message message = Take(messages_.find(it));
    deliveries.push_back(Deliver(waiting_.find(number), message.variables));
    deliveries.back().message = std::move(message);
    deliveries.back().was_kept = true;
  }
  return deliveries;
}

void Correlation::StopWaiting(InstanceId instance, Key subscription) {
  const auto found = by_subscription_.find({instance, subscription});
  if (found != by_subscription_.end()) Forget(waiting_.find(found->second));
}

void Correlation::StopStarting(const std::string& process) {
  const auto found = by_process_.find(process);
  if (found == by_process_.end()) return;
  const std::set<uint64_t> numbers = found->second;
  for (const uint64_t number : numbers) Forget(waiting_.find(number));
}

std::vector<Delivery> Correlation::Publish(Message message) {
  std::vector<Delivery> deliveries;
  auto best = waiting_.end(), start = waiting_.end(), under_key = waiting_.end();
  InOrder candidates(FindIn(by_name_, std::pair(Trigger::kMessage, message.name)), message.key);
  while (const std::optional<uint64_t> candidate = candidates.Next()) {
    const auto waiting = waiting_.find(*candidate);
    if (!Fits(waiting->second, message)) continue;
    if (!waiting->second.receiver.instance) {
      if (start == waiting_.end()) start = waiting;
    } else if (!message.key && waiting->second.key) {
      // It cannot be told whether it is meant: not where it may as well begin an instance.
      if (under_key == waiting_.end()) under_key = waiting;
    } else {
      best = waiting;
      break;
    }
  }
  if (best == waiting_.end()) best = start;
  if (best == waiting_.end()) best = under_key;
  if (best == waiting_.end()) {
    if (message.keep) Keep(std::move(message));
  } else {
    deliveries.push_back(Deliver(best, message.variables));
    deliveries.back().message = std::move(message);
  }
  return deliveries;
}

void Correlation::Keep(Message message) {
  const uint64_t number = next_++;
  messages_by_name_[message.name][message.key].insert(number);
  if (message.id != 0) messages_by_id_[message.id] = number;
  messages_[number] = std::move(message);
}

void Correlation::Drop(uint64_t id) {
  const auto found = messages_by_id_.find(id);
  if (found != messages_by_id_.end()) Take(messages_.find(found->second));
}

std::vector<Delivery> Correlation::Broadcast(const std::string& name, const feel::Context& variables,
                                             std::optional<InstanceId> thrower) {
  std::vector<uint64_t> numbers;
  InOrder waiting(FindIn(by_name_, std::pair(Trigger::kSignal, name)), std::nullopt);
  while (const std::optional<uint64_t> number = waiting.Next()) numbers.push_back(*number);
  std::vector<Delivery> deliveries;
  for (const uint64_t number : numbers) {
    const auto it = waiting_.find(number);
    if (thrower && it->second.receiver.instance == thrower) continue;
    deliveries.push_back(Deliver(it, variables));
  }
  return deliveries;
}

std::vector<Delivery> Correlation::BroadcastOrKeep(const std::string& name, const feel::Context& variables) {
  std::vector<Delivery> deliveries = Broadcast(name, variables);
  if (deliveries.empty()) signals_.push_back({name, variables});
  return deliveries;
}

}  // namespace ameide::engine
