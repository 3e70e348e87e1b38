#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "backend/engine/correlation.h"
#include "backend/engine/engine.h"

namespace ameide::runtime {

/// A signal on its way; from outside when nobody threw it.
struct Signal {
  std::string name;
  feel::Context variables;
  std::optional<size_t> thrower;
};

/// Process instances in memory under one virtual clock: what all simulations share. Everything that can move
/// moves in the order in which it became possible; only then does the clock jump. Derived classes say who
/// does the work. Not thread-safe.
class VirtualHost {
 public:
  /// `variables` are those of every instance, and what start events' expressions see.
  VirtualHost(WallTime start, feel::Context variables) : now_(start), variables_(std::move(variables)) {}
  virtual ~VirtualHost() = default;
  VirtualHost(const VirtualHost&) = delete;
  VirtualHost& operator=(const VirtualHost&) = delete;

  /// Lets messages, signals, conditions and, where `timers`, timers begin instances of the process from now
  /// on; `plan` must outlive the host. INVALID_ARGUMENT when an expression of a start event gives nothing
  /// usable.
  absl::Status Deploy(const engine::Plan& plan, bool timers = true);
  /// Starts an instance at its none start event; its number.
  size_t Start(const engine::Plan& plan);
  /// Something from outside; moves with RunToRest.
  void Send(engine::Message message) { work_.emplace_back(std::move(message)); }
  void Send(Signal signal) { work_.emplace_back(std::move(signal)); }

  /// Moves everything that can move without time.
  void RunToRest();
  /// Moves one thing of that; false when nothing can move.
  bool MoveOne();
  /// Moves the clock to what is due next, lets that happen, and comes to rest; false when nothing is due at
  /// or before `until`, or the host does not come to rest.
  bool RunNext(std::optional<WallTime> until);

  WallTime now() const { return now_; }
  /// False when it was stopped because it does not come to rest.
  bool at_rest() const { return steps_ < most_steps_; }

 protected:
  struct Instance {
    const engine::Plan* plan = nullptr;
    engine::InstanceState state;
  };

  // What derived classes decide. Each is called while a step's commands are carried out: they queue, they do
  // not feed.
  virtual void OnJob(size_t instance, const engine::ActivateJob& job) = 0;
  virtual void OnUserTask(size_t instance, const engine::CreateUserTask& task) = 0;
  /// A job or task is done or no longer wanted.
  virtual void OnWithdrawn(size_t /*instance*/, engine::Key /*work*/) {}
  /// An instance waits for a message or signal, besides what the host itself does about it.
  virtual void OnWait(size_t /*instance*/, const engine::OpenSubscription& /*wait*/) {}
  virtual void OnFacts(size_t /*instance*/, std::span<const engine::Fact> /*facts*/) {}
  /// After a step of the instance.
  virtual void OnStep(size_t /*instance*/) {}
  virtual bool MayFire(size_t /*instance*/, engine::Key /*timer*/) { return true; }
  /// Whether a cycle without end that has fired `times` at a start event goes on.
  virtual bool MayBegin(uint64_t /*times*/) { return true; }
  /// The time of a CallAt has come.
  virtual void OnDue(uint64_t /*what*/) {}

  /// Gives an instance an event once everything that was possible before has moved.
  void Queue(size_t instance, decltype(engine::Event::what) what) {
    work_.emplace_back(Work{instance, std::move(what)});
  }
  /// Gives an instance an event at once; the engine's answer when it cannot happen.
  absl::Status Feed(size_t instance, const decltype(engine::Event::what)& what);
  void CallAt(WallTime due, uint64_t what) { AddDue(due, kOurs, what); }
  /// Nothing that is due before may be left.
  void MoveClock(WallTime to) { now_ = std::max(now_, to); }
  void set_most_steps(uint64_t most) { most_steps_ = most; }
  /// An event moves no tokens but those that it makes, and each move is that of one token.
  void MoveStepwise() { stepwise_ = true; }
  /// As RunNext, but nothing moves before or after.
  bool LetDueHappen(std::optional<WallTime> until);
  std::optional<WallTime> next_due() const;
  bool can_move() const { return !work_.empty(); }
  const engine::Correlation& correlation() const { return correlation_; }
  std::deque<Instance>& instances() { return instances_; }
  const std::deque<Instance>& instances() const { return instances_; }

 private:
  struct Work {
    size_t instance = 0;
    decltype(engine::Event::what) what;
  };
  /// The timer of a start event.
  struct StartTimer {
    const engine::Plan* plan = nullptr;
    engine::StartTrigger trigger;
    uint64_t fired = 0;
  };
  using Due = std::tuple<WallTime, uint64_t, size_t, uint64_t>;  ///< when, order, instance, timer
  static constexpr size_t kStart = static_cast<size_t>(-1);  ///< not an instance's: a start timer's number
  static constexpr size_t kOurs = static_cast<size_t>(-2);   ///< what a CallAt gave

  void Do(const Work& work);
  void Do(const engine::Message& message);
  void Do(const Signal& signal);
  void Do(const engine::Delivery& delivery);
  void DeliverAll(std::vector<engine::Delivery> deliveries);
  void Begin(const engine::Plan& plan, engine::Index node, uint32_t definition, const feel::Context& payload,
             const std::optional<std::string>& key = {});
  void AddDue(WallTime due, size_t instance, uint64_t timer);
  void FireStart(size_t number);
  void Take(size_t instance, const engine::ActivateJob& command) { OnJob(instance, command); }
  void Take(size_t instance, const engine::CreateUserTask& command) { OnUserTask(instance, command); }
  void Take(size_t instance, const engine::ScheduleTimer& command);
  void Take(size_t instance, const engine::CancelTimer& command);
  void Take(size_t instance, const engine::ContinueLater& command);
  void Take(size_t instance, const engine::OpenSubscription& command);
  void Take(size_t instance, const engine::CloseSubscription& command);
  void Take(size_t instance, const engine::PublishMessage& command);
  void Take(size_t instance, const engine::BroadcastSignal& command);
  void Take(size_t instance, const engine::CancelJob& command) { OnWithdrawn(instance, command.job); }
  void Take(size_t instance, const engine::CloseUserTask& command) { OnWithdrawn(instance, command.task); }
  void Take(size_t, const engine::EndInstance&) {}

  WallTime now_;
  const feel::Context variables_;
  std::deque<Instance> instances_;
  std::map<std::string, const engine::Plan*> deployed_;  ///< by process
  engine::Correlation correlation_;
  std::deque<std::variant<Work, engine::Message, Signal, engine::Delivery>> work_;
  std::vector<StartTimer> start_timers_;
  /// Parallel multiple start events: definitions that have occurred, with what they brought.
  std::map<std::pair<const engine::Plan*, engine::Index>, std::pair<std::set<uint32_t>, feel::Context>>
      begun_;
  std::set<Due> due_;
  std::map<std::pair<size_t, uint64_t>, Due> places_;  ///< of instances' timers in due_
  uint64_t order_ = 0;
  uint64_t steps_ = 0;
  uint64_t most_steps_ = 1'000'000;
  bool stepwise_ = false;
};

}  // namespace ameide::runtime
