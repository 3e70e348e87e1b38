#pragma once

#include <deque>
#include <iosfwd>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "backend/engine/correlation.h"
#include "backend/engine/engine.h"
#include "backend/runtime/simulation/script.h"
#include "backend/runtime/simulation/trace.h"

namespace ameide::runtime {

/// Instances in memory under one virtual clock. Everything that can move moves in the order in which it
/// became possible; only then does the clock jump. Not thread-safe.
class Simulation {
 public:
  /// `out` gets the trace, one JSON line an event, when `trace` is set.
  Simulation(Script script, const RunOptions& options, std::ostream& out)
      : script_(std::move(script)), options_(options), out_(out), now_(options.start) {}

  /// Lets messages, signals, timers and conditions begin instances of the process from now on; `plan` must
  /// outlive the simulation. INVALID_ARGUMENT when an expression of a start event gives nothing usable.
  absl::Status Deploy(const engine::Plan& plan);
  /// Starts an instance at its none start event.
  void Start(const engine::Plan& plan);
  /// Moves everything that can move without time.
  void RunToRest();
  /// Sends what the options say, each to rest before the next.
  void SendAll();
  /// As RunToRest, and lets time pass: up to and including `until`, or without a limit.
  void RunTime(std::optional<WallTime> until);

  /// False when the run was stopped because it does not come to rest.
  bool at_rest() const { return steps_ < kMostSteps; }
  /// The outcomes line; `failed` tells whether an instance has failed.
  std::string Outcomes() const;
  bool failed() const;

 private:
  static constexpr uint64_t kMostSteps = 1'000'000;
  static constexpr uint64_t kMostEndlessFirings = 100;

  struct Instance {
    const engine::Plan* plan = nullptr;
    engine::InstanceState state;
    ElementNames names;
    std::map<std::tuple<engine::Key, engine::Index, uint32_t>, uint64_t> endless_firings;
  };
  /// Something for an instance.
  struct Work {
    size_t instance = 0;
    decltype(engine::Event::what) what;
  };
  /// A signal on its way.
  struct Signal {
    std::string name;
    feel::Context variables;
    std::optional<size_t> thrower;  ///< none: from outside
  };
  /// The timer of a start event.
  struct StartTimer {
    const engine::Plan* plan = nullptr;
    engine::StartTrigger trigger;
    uint64_t fired = 0;
  };
  using DueTimer = std::tuple<WallTime, uint64_t, size_t, engine::Key>;  ///< due, order, instance, timer
  static constexpr size_t kNoInstance = static_cast<size_t>(-1);  ///< the key is a start timer's number

  void Do(const Work& work);
  void Do(const engine::Message& message);
  void Do(const Signal& signal);
  void Do(const engine::Delivery& delivery);
  void DeliverAll(std::vector<engine::Delivery> deliveries);
  void Begin(const engine::Plan& plan, engine::Index node, uint32_t definition, const feel::Context& payload);
  bool Feed(size_t instance, const decltype(engine::Event::what)& what);
  void AddTimer(WallTime due, size_t instance, engine::Key timer);
  void FireStart(size_t number);
  void Take(size_t instance, const engine::ActivateJob& command);
  void Take(size_t instance, const engine::CreateUserTask& command);
  void Take(size_t instance, const engine::ScheduleTimer& command);
  void Take(size_t instance, const engine::CancelTimer& command);
  void Take(size_t instance, const engine::ContinueLater& command);
  void Take(size_t instance, const engine::OpenSubscription& command);
  void Take(size_t instance, const engine::CloseSubscription& command);
  void Take(size_t instance, const engine::PublishMessage& command);
  void Take(size_t instance, const engine::BroadcastSignal& command);
  void Take(size_t, const engine::CancelJob&) {}
  void Take(size_t, const engine::CloseUserTask&) {}
  void Take(size_t, const engine::EndInstance&) {}
  bool MayFire(Instance& instance, engine::Key timer);
  std::string_view StateOf(const Instance& instance) const;

  Script script_;
  const RunOptions& options_;
  std::ostream& out_;
  WallTime now_;
  std::deque<Instance> instances_;
  std::map<std::string, const engine::Plan*> deployed_;  ///< by process
  engine::Correlation correlation_;
  std::deque<std::variant<Work, engine::Message, Signal, engine::Delivery>> work_;
  std::vector<StartTimer> start_timers_;
  /// Parallel multiple start events: definitions that have occurred, with what they brought.
  std::map<std::pair<const engine::Plan*, engine::Index>, std::pair<std::set<uint32_t>, feel::Context>>
      begun_;
  std::set<DueTimer> timers_;
  std::map<std::pair<size_t, engine::Key>, DueTimer> timer_places_;
  uint64_t timer_order_ = 0;
  uint64_t steps_ = 0;
};

}  // namespace ameide::runtime
