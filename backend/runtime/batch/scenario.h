#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/runtime/batch/calendar.h"
#include "backend/runtime/batch/distribution.h"
#include "base/clock.h"
#include "notation/feel/value.h"

namespace ameide::runtime {

/// People or machines of one kind.
struct Resource {
  uint32_t count = 1;          ///< how many there are
  double cost_per_hour = 0.0;  ///< of one of them, while it works
  std::string calendar;        ///< empty: always there
};

/// What a simulation must know of one element of the model.
struct ElementScenario {
  std::optional<Distribution> duration;  ///< of a task: working time
  std::string resource;                  ///< of a task: who does it; empty: nobody has to be free
  uint32_t units = 1;                    ///< of the resource
  double cost = 0.0;                     ///< of a task: each time it is done
  feel::Context results;                 ///< of a task: the variables that it leaves
  std::optional<Distribution> after;     ///< of a caught message, signal or condition: until it comes
  /// Of a caught event, also an error on a task's boundary: how probable it is that it comes, 0 to 1.
  std::optional<double> probability;
  /// Of a gateway, by outgoing flow: weights of an exclusive one, probabilities of an inclusive one.
  std::map<std::string, double> odds;
};

/// One simulation of a process: how often what comes in, how long what takes, who does it.
struct Scenario {
  std::string process;  ///< id; empty: the file has only one
  uint64_t seed = 1;    ///< of everything that is drawn
  uint32_t runs = 10;   ///< independent repetitions
  WallTime start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5);  ///< a Monday
  std::optional<Span> until;          ///< the run stops so long after the start; else when all is done
  Span warm_up{};                     ///< what begins before is not counted
  std::optional<uint64_t> count;      ///< instances that arrive; else for as long as the run lasts
  std::optional<Distribution> every;  ///< between two arrivals; absent: all at the start
  feel::Context variables;            ///< of every instance
  std::string currency;               ///< for reports: "EUR"
  std::map<std::string, Calendar> calendars;
  std::map<std::string, Resource> resources;
  std::map<std::string, ElementScenario> elements;  ///< by id
};

/// Arrivals of one run at most.
inline constexpr uint64_t kMostArrivals = 1'000'000;
/// Runs at most.
inline constexpr uint32_t kMostRuns = 10'000;

/// Reads a scenario as docs/guide/simulation.md describes it (YAML, so JSON too). INVALID_ARGUMENT reads
/// `LINE: why`. What it says of the model's elements is checked by who has the model.
absl::StatusOr<Scenario> ReadScenario(std::string_view text);

}  // namespace ameide::runtime
