#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/fact.h"
#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/job.h"
#include "notation/feel/value.h"

namespace ameide::runtime {

/// A job on its way to a thread: its variables become JSON there, not on the writer's thread.
struct PooledJob {
  InstanceNumber instance = 0;
  engine::Key key = engine::kNoKey;
  engine::Key element = engine::kNoKey;
  uint32_t activation = 1;
  Job job;
  feel::Context variables;
  bool unread = false;  ///< the variables are in the journal alone; of jobs for workers
  std::string process;
  uint32_t retries = 1;  ///< attempts left, this one included
};

/// Equal for all attempts of one activation, of no other one.
std::string IdempotencyKey(const PooledJob& job);

/// Threads that perform jobs. Thread-safe.
class JobPool {
 public:
  /// Does a job, and hears what became of it; both on the pool's threads.
  using Perform = std::function<JobOutcome(const Job& job)>;
  using Report = std::function<void(const PooledJob& job, JobOutcome outcome)>;

  JobPool(Perform perform, int threads, Report report);
  /// Stops.
  ~JobPool();
  /// Waits for jobs that run; those that wait are dropped, their report never comes. Later jobs are dropped
  /// too.
  void Stop();

  void Add(std::vector<PooledJob> jobs);
  /// They are no longer wanted: those that wait are dropped.
  void Withdraw(const std::vector<std::pair<InstanceNumber, engine::Key>>& jobs);
  /// Jobs that run or wait.
  size_t busy() const;

 private:
  void Run();

  const Perform perform_;
  const Report report_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<PooledJob> ready_;
  size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// What an answer of JobHandler::Perform means.
JobOutcome ToOutcome(absl::StatusOr<std::string> result);

}  // namespace ameide::runtime
