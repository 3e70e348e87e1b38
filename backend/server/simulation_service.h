#pragma once

#include <memory>

#include "base/clock.h"
#include "base/random.h"

namespace grpc {
class Service;
}

namespace ameide::server {

/// Sessions that one tenant has at most; the one that was not used for longest makes place.
inline constexpr size_t kMostSessions = 32;
/// A session that nobody uses ends after that.
inline constexpr std::chrono::minutes kIdleSession{30};

/// ameide.simulation.v1.SimulationService: plays with processes, in memory only. `clock` (for sessions that
/// nobody uses) and `random` (for their ids; cryptographic, thread-safe) outlive it.
std::unique_ptr<grpc::Service> MakeSimulationService(const Clock* clock, Random* random);

}  // namespace ameide::server
