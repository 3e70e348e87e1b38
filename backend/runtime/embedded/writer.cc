#include "backend/runtime/embedded/writer.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/log.h"

namespace ameide::runtime {
namespace {

using std::chrono::steady_clock;

/// The longest transaction: longer ones only make callers wait.
constexpr size_t kMostRequests = 4096;
/// Callers beyond that are told to come again. The runtime's own requests always find room.
constexpr size_t kMostQueued = 100000;
constexpr std::chrono::seconds kPauseAfterFailure{1};
constexpr std::chrono::seconds kRest{1};
/// The wall clock can be set; so it is looked at now and then, however far the next alarm.
constexpr std::chrono::seconds kLongestSleep{30};

}  // namespace

Writer::Writer(std::unique_ptr<BatchWork> work, const Clock* clock, Outlets outlets, BatchEffects resumed)
    : work_(std::move(work)), clock_(clock), outlets_(std::move(outlets)) {
  // The thread begins with these; until then nobody else touches what is its own. Whoever calls from now on
  // finds them: a report must not come before its job.
  std::promise<void> released;
  std::future<void> ready = released.get_future();
  thread_ = std::thread([this, resumed = std::make_shared<BatchEffects>(std::move(resumed)),
                         released = std::make_shared<std::promise<void>>(std::move(released))]() mutable {
    Release(std::move(*resumed));
    resumed.reset();
    released->set_value();
    released.reset();
    Run();
  });
  ready.wait();
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Writer::Add(Request request) {
  bool sleeping = false;
  bool full = false;
  {
    std::lock_guard lock(mutex_);
    full = request.done && queue_.size() >= kMostQueued;
    if (!full) queue_.push_back(std::move(request));
    sleeping = !working_;
  }
  if (full) {
    request.done(
        absl::ResourceExhaustedError("more requests wait than the backend can take; try again in a moment"));
  } else if (sleeping) {
    wake_.notify_one();
  }
}

void Writer::Wake() {
  {
    std::lock_guard lock(mutex_);
    look_at_clock_ = true;
  }
  wake_.notify_one();
}

bool Writer::Settled() const {
  return queue_.empty() && !working_ && !look_at_clock_ && !outlets_.jobs_busy();
}

void Writer::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  // A job leaves the pool only after its report is in the queue, so there is no moment at which it is
  // nowhere; but its leaving itself wakes nobody, therefore the short waits.
  while (!Settled()) idle_.wait_for(lock, std::chrono::milliseconds(1));
}

steady_clock::time_point Writer::NextLook() const {
  const auto now = steady_clock::now();
  const auto latest = again_.empty() ? now + kLongestSleep : retry_at_;
  if (alarms_.empty()) return latest;
  const auto until_due = alarms_.top().due - clock_->Now();
  return std::min(latest, now + std::clamp<std::chrono::microseconds>(until_due, std::chrono::microseconds(0),
                                                                      kLongestSleep));
}

void Writer::Run() {
  while (true) {
    std::vector<Request> batch;
    {
      std::unique_lock lock(mutex_);
      const auto until = NextLook();
      while (queue_.empty() && !look_at_clock_ && !stopping_ && steady_clock::now() < until) {
        working_ = false;
        idle_.notify_all();
        wake_.wait_until(lock, until);
      }
      working_ = true;
      if (stopping_ && queue_.empty()) return;
      look_at_clock_ = false;
      if (queue_.size() <= kMostRequests) {
        batch.swap(queue_);
      } else {
        const auto end = queue_.begin() + kMostRequests;
        batch.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
        queue_.erase(queue_.begin(), end);
      }
    }
    TryAgain();
    Ring();
    if (!batch.empty()) Perform(std::move(batch));
  }
}

void Writer::TryAgain() {
  if (again_.empty() || steady_clock::now() < retry_at_) return;
  std::vector<Request> waiting = std::exchange(again_, {});
  auto next = waiting.begin();
  while (next != waiting.end() && again_.empty()) {
    std::vector<Request> alone;
    alone.push_back(std::move(*next++));
    Perform(std::move(alone));
  }
  // Those that had no turn come before the one that failed.
  again_.insert(again_.begin(), std::make_move_iterator(next), std::make_move_iterator(waiting.end()));
}

void Writer::Ring() {
  const WallTime now = clock_->Now();
  std::vector<PooledJob> jobs;
  std::vector<Request> timers;
  while (!alarms_.empty() && alarms_.top().due <= now) {
    const Alarm& alarm = alarms_.top();
    if (alarm.job) {
      if (work_->IsWanted(*alarm.job)) jobs.push_back(std::move(*alarm.job));
    } else if (alarm.request) {
      timers.push_back(std::move(*alarm.request));
    } else {
      Request request;
      if (alarm.instance == 0) {
        request.what = StartTimerRequest{static_cast<int64_t>(alarm.timer)};
      } else {
        EventRequest event;
        event.instance = alarm.instance;
        event.what = engine::Continue{};
        if (alarm.timer != engine::kNoKey) event.what = engine::FireTimer{alarm.timer};
        request.what = std::move(event);
      }
      timers.push_back(std::move(request));
    }
    alarms_.pop();
  }
  outlets_.jobs(std::move(jobs));
  for (size_t begin = 0; begin < timers.size(); begin += kMostRequests) {
    const auto first = timers.begin() + static_cast<ptrdiff_t>(begin);
    const auto last = timers.begin() + static_cast<ptrdiff_t>(std::min(timers.size(), begin + kMostRequests));
    Perform({std::make_move_iterator(first), std::make_move_iterator(last)});
  }
}

void Writer::Perform(std::vector<Request> batch) {
  absl::StatusOr<BatchEffects> effects = work_->Do(batch, clock_->Now());
  if (effects.ok()) {
    Release(*std::move(effects));
    return;
  }
  if (outlets_.failed) outlets_.failed();
  LogError("transaction failed", {{"error", std::string(effects.status().message())}});
  retry_at_ = steady_clock::now() + kPauseAfterFailure;
  for (Request& request : batch) {
    if (request.done)
      request.done(effects.status());
    else
      again_.push_back(std::move(request));
  }
}

RuntimeLoad Writer::Load() const {
  RuntimeLoad load;
  load.alarms = static_cast<int64_t>(alarms_held_.load());
  load.instances_in_memory = static_cast<int64_t>(instances_held_.load());
  std::lock_guard lock(mutex_);
  load.requests_queued = static_cast<int64_t>(queue_.size());
  return load;
}

void Writer::Release(BatchEffects effects) {
  if (effects.report && outlets_.committed) outlets_.committed(*effects.report);
  outlets_.canceled(effects.canceled_jobs);
  const WallTime now = clock_->Now();
  std::vector<PooledJob> jobs;
  for (DueJob& due : effects.jobs) {
    if (!work_->IsWanted(due.job)) continue;  // begun and canceled in one transaction
    if (due.not_before <= now) {
      jobs.push_back(std::move(due.job));
    } else {
      alarms_.push({due.not_before, due.job.instance, engine::kNoKey,
                    std::make_shared<PooledJob>(std::move(due.job)), nullptr});
    }
  }
  outlets_.jobs(std::move(jobs));
  for (const WrittenTimer& timer : effects.timers)
    alarms_.push({timer.due, timer.instance, timer.key, nullptr, nullptr});
  for (const StartTimer& timer : effects.start_timers)
    alarms_.push({timer.due, 0, static_cast<engine::Key>(timer.number), nullptr, nullptr});
  for (const InstanceNumber instance : effects.resting)
    alarms_.push({now + kRest, instance, engine::kNoKey, nullptr, nullptr});
  for (auto& [due, request] : effects.later)
    alarms_.push({due, 0, engine::kNoKey, nullptr, std::make_shared<Request>(std::move(request))});
  alarms_held_ = alarms_.size();
  instances_held_ = work_->instances_in_memory();
  for (Request& request : effects.requests) Add(std::move(request));
  for (BatchEffects::Answer& answer : effects.answers) answer.done(std::move(answer.result));
  outlets_.changed(effects.changed);
}

}  // namespace ameide::runtime
