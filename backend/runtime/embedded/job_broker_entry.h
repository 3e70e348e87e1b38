#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "backend/runtime/embedded/job_broker.h"

/// What the broker knows of a job and of a stream; private to job_broker*.cc.
namespace ameide::runtime {

/// A job that is here.
struct JobBroker::Entry {
  PooledJob job;
  uint64_t held = 0;    ///< bytes of its variables, as far as they count
  uint64_t place = 0;   ///< in its queue: the lowest comes first
  bool queued = false;  ///< waits there
  bool leased = false;
  bool was_leased = false;  ///< when it was claimed
  bool given_back = false;  ///< once, before its time
  bool unwanted = false;    ///< while its report was under way
  std::string worker;
  std::string token;               ///< of the newest lease; empty: none yet
  WallTime leased_until;           ///< also when it is over
  std::shared_ptr<Outlet> outlet;  ///< of the stream that it was given out over
  Id id() const { return {job.instance, static_cast<int64_t>(job.key)}; }
};

/// A stream of a worker.
struct JobBroker::Outlet {
  JobStreamOptions options;
  size_t next_type = 0;
  size_t credit = 0;
  std::set<Id> jobs;  ///< on lease
  std::vector<std::string> withdrawn;
  bool told_ending = false;
  bool ended = false;

  /// Held during callbacks. Never taken while the broker's own lock is held.
  std::mutex calling;
  bool closed = false;  ///< under `calling`
};

}  // namespace ameide::runtime
