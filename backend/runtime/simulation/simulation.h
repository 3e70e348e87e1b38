#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "backend/runtime/simulation/host.h"
#include "backend/runtime/simulation/script.h"
#include "backend/runtime/simulation/trace.h"

namespace ameide::runtime {

/// The host behind `ameide run`: work is done as the options say. Not thread-safe.
class Simulation final : public VirtualHost {
 public:
  /// `out` gets the trace, one JSON line an event, when `trace` is set.
  Simulation(Script script, const RunOptions& options, std::ostream& out)
      : VirtualHost(options.start, script.variables),
        script_(std::move(script)),
        options_(options),
        out_(out) {}

  /// Sends what the options say, each to rest before the next.
  void SendAll();
  /// As RunToRest, and lets time pass: up to and including `until`, or without a limit.
  void RunTime(std::optional<WallTime> until);

  /// The outcomes line; `failed` tells whether an instance has failed.
  std::string Outcomes() const;
  bool failed() const;

 private:
  static constexpr uint64_t kMostEndlessFirings = 100;

  void OnJob(size_t instance, const engine::ActivateJob& job) override;
  void OnUserTask(size_t instance, const engine::CreateUserTask& task) override;
  void OnFacts(size_t instance, std::span<const engine::Fact> facts) override;
  bool MayFire(size_t instance, engine::Key timer) override;
  bool MayBegin(uint64_t times) override { return times < kMostEndlessFirings; }
  std::string_view StateOf(const Instance& instance) const;

  Script script_;
  const RunOptions& options_;
  std::ostream& out_;
  std::vector<ElementNames> names_;  ///< by instance
  std::map<std::tuple<size_t, engine::Key, engine::Index, uint32_t>, uint64_t> endless_firings_;
};

}  // namespace ameide::runtime
