#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/runtime/batch/scenario.h"
#include "backend/runtime/batch/statistics.h"

namespace ameide::runtime {

/// What one kind of length of time came to, in seconds: `mean` over the runs, the rest over all observations.
struct Duration {
  Estimate mean;
  double median = 0.0;
  double p95 = 0.0;
  double most = 0.0;
};

/// One element of the model over all runs.
struct ElementReport {
  std::string id, name, type;
  std::string resource;
  Estimate count;    ///< how often it was done in a run (tasks), came (events) or was passed (flows of odds)
  Duration waiting;  ///< from being due to its beginning: for the resource, and while that is not there
  Duration working;  ///< from its beginning to its end, pauses of the calendar included
  Estimate cost;     ///< in a run
  double share = 0.0;  ///< of all waiting in the process, 0 to 1
};

/// One resource over all runs.
struct ResourceReport {
  std::string name;
  uint32_t count = 0;
  Estimate utilization;  ///< share of its open hours in which it worked
  Estimate queue;        ///< tasks that waited for it, averaged over time
  double longest_queue = 0.0;
  Estimate cost;
};

/// What came of a scenario. Everything that began in the warm-up is left out.
struct BatchReport {
  std::string process;
  uint64_t seed = 0;
  uint32_t runs = 0;
  std::string currency;
  Estimate started, completed, failed;  ///< instances in a run
  Estimate unfinished;                  ///< that were still active when the run ended
  Duration cycle;                       ///< of completed instances, from start to end
  Duration waiting;                     ///< in one, all its waiting together
  Estimate cost;                        ///< of a completed instance
  Estimate length;                      ///< of a run, in seconds
  std::vector<ElementReport> elements;  ///< in the order of the model
  std::vector<ResourceReport> resources;
  /// Tasks without a duration: they took no time.
  std::vector<std::string> instant;
  /// Why instances failed or stand still, each reason once, with the number of instances; the first 20.
  std::vector<std::pair<std::string, uint64_t>> problems;
};

/// Simulates `scenario` on a BPMN file (its bytes), as often as it says, each run with a generator of its own
/// from the seed: the same input gives the same report, on any number of `threads`.
///
/// Tasks take their duration once their resource is free, first come, first served, in the resource's hours.
/// Gateways with odds are decided by them, others by their conditions; events of `after` come by themselves,
/// timers by the virtual clock, messages between the processes of the file by the engine's own correlation.
///
/// INVALID_ARGUMENT when the scenario does not fit the model, or the model does not compile (the findings, a
/// line each); RESOURCE_EXHAUSTED when a run does not come to rest.
absl::StatusOr<BatchReport> RunBatch(std::string_view file, const Scenario& scenario, unsigned threads = 1);

}  // namespace ameide::runtime
