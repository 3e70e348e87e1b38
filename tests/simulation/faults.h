#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/simulated_disk.h"

namespace ameide::uaf::simulation {

/// Which faults of one seed's run are tried.
struct FaultPlan {
  uint64_t seed = 1;
  size_t steps = 30;
  /// Every so many operations of the run; all at 1.
  uint64_t stride = 1;
  /// Only this one, for looking at a failure.
  std::optional<Fault> only;
  unsigned threads = 2;
};

/// What came of it.
struct FaultReport {
  uint64_t operations = 0;  ///< of the run without faults
  uint64_t runs = 0;
  uint64_t struck = 0;    ///< runs in which the fault came
  uint64_t told = 0;      ///< errors that a step gave
  uint64_t reopened = 0;  ///< runs after which the workspace had to be opened again
  std::vector<std::string> problems;
};

/// Runs the same work again and again, each time with another fault of the disk: full, input and output
/// errors, failed syncs, once or for some steps. What failed must say what to do; what was acknowledged must
/// still be there when the disk is sound again, after another opening, and after a crash; and work must go
/// on.
FaultReport TryFaults(const FaultPlan& plan);

}  // namespace ameide::uaf::simulation
