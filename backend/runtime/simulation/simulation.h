#pragma once

#include <deque>
#include <iosfwd>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "backend/engine/engine.h"
#include "backend/runtime/simulation/script.h"

namespace ameide::runtime {

/// Instances in memory under one virtual clock. Everything that can move moves in the order in which it
/// became possible; only then does the clock jump. Not thread-safe.
class Simulation {
 public:
  /// `out` gets the trace, one JSON line an event, when `trace` is set.
  Simulation(Script script, const RunOptions& options, std::ostream& out)
      : script_(std::move(script)), options_(options), out_(out), now_(options.start) {}

  /// Starts an instance; `plan` must outlive the simulation.
  void Start(const engine::Plan& plan);
  /// Moves everything that can move without time.
  void RunToRest();
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
    std::map<engine::Key, engine::Index> nodes;  ///< of element instances, for the trace
    std::map<std::pair<engine::Key, engine::Index>, uint64_t> endless_firings;
  };
  struct Work {
    size_t instance = 0;
    decltype(engine::Event::what) what;
  };
  using DueTimer = std::tuple<WallTime, uint64_t, size_t, engine::Key>;  ///< due, order, instance, timer

  void Feed(size_t instance, const decltype(engine::Event::what)& what);
  void Take(size_t instance, const engine::ActivateJob& command);
  void Take(size_t instance, const engine::CreateUserTask& command);
  void Take(size_t instance, const engine::ScheduleTimer& command);
  void Take(size_t instance, const engine::CancelTimer& command);
  void Take(size_t instance, const engine::ContinueLater& command);
  void Take(size_t, const engine::CancelJob&) {}
  void Take(size_t, const engine::CloseUserTask&) {}
  void Take(size_t, const engine::EndInstance&) {}
  bool MayFire(Instance& instance, engine::Key timer);
  void Trace(Instance& instance, const engine::Fact& fact);
  void TraceLine(const Instance& instance, engine::Index node, std::string_view event);
  std::string_view StateOf(const Instance& instance) const;

  Script script_;
  const RunOptions& options_;
  std::ostream& out_;
  WallTime now_;
  std::deque<Instance> instances_;
  std::deque<Work> work_;
  std::set<DueTimer> timers_;
  std::map<std::pair<size_t, engine::Key>, DueTimer> timer_places_;
  uint64_t timer_order_ = 0;
  uint64_t steps_ = 0;
};

}  // namespace ameide::runtime
