#pragma once

#include <set>
#include <utility>
#include <vector>

#include "backend/engine/fact.h"
#include "backend/runtime/embedded/ids.h"

namespace ameide::runtime {

/// Jobs that were given out, or wait for their next attempt, and have not reported. What a transaction does
/// to them is undone with it. Not thread-safe.
class GivenOut {
 public:
  using Job = std::pair<InstanceNumber, engine::Key>;

  void Insert(const Job& job) {
    if (jobs_.insert(job).second) changes_.emplace_back(job, true);
  }
  void Erase(const Job& job) {
    if (jobs_.erase(job) > 0) changes_.emplace_back(job, false);
  }
  bool Contains(const Job& job) const { return jobs_.contains(job); }

  void Commit() { changes_.clear(); }
  void Rollback() {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (change->second)
        jobs_.erase(change->first);
      else
        jobs_.insert(change->first);
    }
    changes_.clear();
  }

 private:
  std::set<Job> jobs_;
  std::vector<std::pair<Job, bool>> changes_;  ///< of the transaction: inserted, else erased
};

}  // namespace ameide::runtime
