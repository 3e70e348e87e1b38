#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/runtime/embedded/batch.h"
#include "backend/runtime/embedded/request.h"
#include "base/clock.h"

namespace ameide::runtime {

/// The one thread that writes. Takes all requests that have come in, works them off in one transaction,
/// commits, and only then lets out what they caused: answers, jobs, news. When the transaction fails, all of
/// it is as if it had never been: callers get the error, the runtime's own requests are tried again. Also the
/// alarm clock: due timers and jobs whose pause is over become requests.
class Writer {
 public:
  /// What leaves after a commit; called on the writer's thread.
  struct Outlets {
    std::function<void(std::vector<PooledJob>)> jobs;
    std::function<void(const std::vector<InstanceNumber>&)> changed;
    std::function<void(const std::vector<std::pair<InstanceNumber, engine::Key>>&)> canceled;
    /// True while jobs are on their way, for WaitUntilIdle.
    std::function<bool()> jobs_busy;
    /// Of each transaction, where somebody watches; else empty.
    std::function<void(const CommitReport&)> committed;
    std::function<void()> failed;
  };

  /// Begins with what `resumed` holds: timers, jobs and requests of before the restart. Its jobs are with
  /// whoever does them when this returns.
  Writer(std::unique_ptr<BatchWork> work, const Clock* clock, Outlets outlets, BatchEffects resumed);
  /// Works off what was accepted.
  ~Writer();

  /// Any thread.
  void Add(Request request);
  void Wake();
  void WaitUntilIdle();
  /// Of what is said there, queue, alarms and instances.
  RuntimeLoad Load() const;

 private:
  /// Something to do at a time: fire a timer, or give out a job whose pause is over, or a request; without
  /// any, the instance goes on. Without an instance the timer is that of a start event, by its number.
  struct Alarm {
    WallTime due;
    InstanceNumber instance = 0;
    engine::Key timer = engine::kNoKey;
    std::shared_ptr<PooledJob> job;
    std::shared_ptr<Request> request;
    bool operator>(const Alarm& other) const { return due > other.due; }
  };

  void Run();
  void Perform(std::vector<Request> batch);
  void Release(BatchEffects effects);
  /// Requests of a failed transaction, each in one of its own: what can never be written must not hold up the
  /// others. Ends with the first that fails again.
  void TryAgain();
  void Ring();
  bool Settled() const;
  std::chrono::steady_clock::time_point NextLook() const;

  const std::unique_ptr<BatchWork> work_;
  const Clock* const clock_;
  const Outlets outlets_;

  // The thread's own.
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  std::vector<Request> again_;  ///< the runtime's own, after a failed transaction
  std::chrono::steady_clock::time_point retry_at_;

  std::atomic<size_t> alarms_held_ = 0;
  std::atomic<size_t> instances_held_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<Request> queue_;
  bool look_at_clock_ = false;
  bool working_ = true;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ameide::runtime
