#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/crash_check.h"

namespace ameide::uaf::simulation {

/// Which crashes of one seed's run are tried.
struct CrashPlan {
  uint64_t seed = 1;
  size_t steps = 60;
  /// At each point of the run: one disk as the last syncs left it, one with everything, one with the newest
  /// write torn, and so many with random parts.
  int random_choices = 3;
  /// Every so many points of the run; all at 1.
  uint64_t stride = 1;
  /// Only this point, for looking at a failure.
  std::optional<CrashPoint> only;
  unsigned threads = 2;
};

/// The crash that `random` stands for: it also decides how thoroughly is looked, so that a failure can be
/// seen again.
CrashPoint MakeCrashPoint(Point at, Survival survival, uint64_t random);

/// What came of it.
struct CrashReport {
  uint64_t operations = 0;  ///< of the recorded run
  uint64_t groups = 0;      ///< acknowledged in it
  uint64_t crashes = 0;
  std::set<uint32_t> kinds;  ///< of events
  /// The first problem of each kind, with how to see it again.
  std::vector<std::string> problems;
};

/// Records a run of `plan.seed`, crashes it at every point, and checks each disk that is left.
CrashReport TryCrashes(const CrashPlan& plan);

}  // namespace ameide::uaf::simulation
