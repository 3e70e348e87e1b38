#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backend/runtime/embedded/job_pool.h"
#include "backend/runtime/embedded/runtime.h"

namespace ameide::runtime {

/// Jobs that wait for workers outside this process, and those that workers have on lease. In memory: after a
/// restart every job that was not reported waits again. A job whose lease is over waits again, too; the first
/// report counts, whoever it is from. Thread-safe.
class JobBroker {
 public:
  explicit JobBroker(const Clock* clock);
  ~JobBroker();
  /// Answers everybody who waits, and whoever asks from now on, with no jobs.
  void Stop();

  void Add(std::vector<PooledJob> jobs);
  /// Gives out jobs now, or as soon as there is one within `wanted.wait`; then none.
  void Take(const JobsWanted& wanted, std::function<void(std::vector<LeasedJob>)> done);
  /// The end of the lease. NOT_FOUND when the worker does not have the job (any more).
  absl::StatusOr<WallTime> Extend(const std::string& tenant, PartId id, const std::string& worker,
                                  std::chrono::milliseconds lease);

  /// A job, for its report; nullopt when it is not here.
  struct Entry;
  std::shared_ptr<Entry> Remove(PartId id);
  /// Its report was refused for now.
  void PutBack(std::shared_ptr<Entry> entry);
  /// How many attempts failed before this one.
  static size_t FailedAttempts(const Entry& entry);

 private:
  using Type = std::pair<std::string, std::string>;  ///< tenant, type
  using Id = std::pair<InstanceNumber, int64_t>;
  struct Waiter {
    JobsWanted wanted;
    std::chrono::steady_clock::time_point until;
    std::function<void(std::vector<LeasedJob>)> done;
  };
  using Answers = std::vector<std::pair<std::function<void(std::vector<LeasedJob>)>, std::vector<LeasedJob>>>;

  void Run();
  void EndLeases();
  std::vector<LeasedJob> TakeNow(const JobsWanted& wanted);
  /// Serves who waits; with `all` also those whose time is not over.
  Answers Serve(bool stopping);
  static void Tell(Answers answers);

  const Clock* const clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Id, std::shared_ptr<Entry>> jobs_;
  std::map<Type, std::deque<std::shared_ptr<Entry>>> waiting_;
  std::map<std::pair<WallTime, Id>, std::shared_ptr<Entry>> leases_;
  std::list<Waiter> waiters_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ameide::runtime
