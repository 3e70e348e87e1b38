#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/engine/command.h"

/// What crosses instances: who gets a message or a signal. Pure, like the engine; every host has one.
namespace ameide::engine {

/// A process instance, numbered by the host.
using InstanceId = uint64_t;

/// A message on its way.
struct Message {
  std::string name;
  std::optional<std::string> key;  ///< nullopt: for whoever waits for the name
  std::string receiver;            ///< the only process that may get it; empty: any
  feel::Context variables;
  bool keep = true;                 ///< false: for whoever waits now, or nobody
  uint64_t id = 0;                  ///< the host's own number, if it wants to find it again
  std::optional<WallTime> expires;  ///< for the host: when to Drop it
};

/// Somebody who waits: an instance (with its subscription), or a process that an event begins.
struct Receiver {
  std::string process;
  std::optional<InstanceId> instance;
  Key subscription = kNoKey;  ///< with an instance
  Index node = kNone;
  uint32_t definition = 0;  ///< without an instance
};

/// Something for one receiver.
struct Delivery {
  Receiver receiver;
  feel::Context variables;
  std::optional<Message> message;  ///< of messages: publish it again if the receiver refuses it
  bool was_kept = false;           ///< the message had to wait before
  bool ends_wait = false;          ///< the receiver waits no longer
};

/// All who wait, and all messages that nobody waited for. Each message goes to exactly one receiver: the
/// instance that has waited longest, else a process that it begins, else whoever waits for it first. A signal
/// goes to everybody who waits at that moment. Not thread-safe.
class Correlation {
 public:
  /// Lets a receiver wait. `once`: the first delivery ends it. What was kept for it is returned.
  std::vector<Delivery> Wait(Trigger trigger, const std::string& name, std::optional<std::string> key,
                             Receiver receiver, bool once);
  /// Ends an instance's wait.
  void StopWaiting(InstanceId instance, Key subscription);
  /// Ends what begins instances of a process.
  void StopStarting(const std::string& process);

  /// Empty when the message has to wait: it is kept.
  std::vector<Delivery> Publish(Message message);
  /// To all but the instance that threw it, which has heard it already.
  std::vector<Delivery> Broadcast(const std::string& name, const feel::Context& variables,
                                  std::optional<InstanceId> thrower = std::nullopt);
  /// From outside: a signal that nobody waits for is kept for the first who does.
  std::vector<Delivery> BroadcastOrKeep(const std::string& name, const feel::Context& variables);

  /// Keeps a message that nobody here waits for: how a host fills this again.
  void Keep(Message message);
  /// Forgets the kept message with that id.
  void Drop(uint64_t id);

  size_t kept_messages() const { return messages_.size(); }

 private:
  struct Waiting {
    Trigger trigger = Trigger::kMessage;
    std::string name;
    std::optional<std::string> key;
    Receiver receiver;
    bool once = true;
  };
  struct Signal {
    std::string name;
    feel::Context variables;
  };

  /// Numbers by correlation key, nullopt for those without.
  using ByKey = std::map<std::optional<std::string>, std::set<uint64_t>>;
  class InOrder;

  static bool Fits(const Waiting& waiting, const Message& message);
  void Forget(std::map<uint64_t, Waiting>::iterator waiting);
  Message Take(std::map<uint64_t, Message>::iterator message);
  Delivery Deliver(std::map<uint64_t, Waiting>::iterator waiting, const feel::Context& variables);

  uint64_t next_ = 0;
  std::map<uint64_t, Waiting> waiting_;  ///< in the order in which they began to wait
  std::map<std::pair<InstanceId, Key>, uint64_t> by_subscription_;
  std::map<std::string, std::set<uint64_t>> by_process_;  ///< what begins instances
  std::map<std::pair<Trigger, std::string>, ByKey> by_name_;
  std::map<uint64_t, Message> messages_;  ///< in the order in which they came
  std::map<std::string, ByKey> messages_by_name_;
  std::map<uint64_t, uint64_t> messages_by_id_;
  std::deque<Signal> signals_;
};

}  // namespace ameide::engine
