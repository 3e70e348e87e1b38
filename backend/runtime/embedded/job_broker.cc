#include "backend/runtime/embedded/job_broker.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notation/feel/json.h"

namespace ameide::runtime {

using std::chrono::steady_clock;

namespace {

/// Leases are looked at so often while somebody waits for a job.
constexpr std::chrono::milliseconds kLook{500};

}  // namespace

struct JobBroker::Entry {
  PooledJob job;
  bool present = true;  ///< false: removed, though a queue may still hold it
  std::string worker;   ///< empty: it waits
  WallTime leased_until;
  Id id() const { return {job.instance, static_cast<int64_t>(job.key)}; }
};

JobBroker::JobBroker(const Clock* clock) : clock_(clock), thread_([this] { Run(); }) {}

JobBroker::~JobBroker() {
  Stop();
  thread_.join();
}

void JobBroker::Stop() {
  Answers answers;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    answers = Serve(true);
  }
  wake_.notify_all();
  Tell(std::move(answers));
}

void JobBroker::Tell(Answers answers) {
  for (auto& [done, jobs] : answers) done(std::move(jobs));
}

void JobBroker::Add(std::vector<PooledJob> jobs) {
  if (jobs.empty()) return;
  Answers answers;
  {
    std::lock_guard lock(mutex_);
    for (PooledJob& job : jobs) {
      auto entry = std::make_shared<Entry>();
      entry->job = std::move(job);
      if (const auto old = jobs_.find(entry->id()); old != jobs_.end()) old->second->present = false;
      jobs_[entry->id()] = entry;
      waiting_[{entry->job.job.tenant, entry->job.job.method}].push_back(std::move(entry));
    }
    answers = Serve(false);
  }
  Tell(std::move(answers));
}

void JobBroker::EndLeases() {
  const WallTime now = clock_->Now();
  while (!leases_.empty() && leases_.begin()->first.first <= now) {
    const std::shared_ptr<Entry> entry = leases_.begin()->second;
    leases_.erase(leases_.begin());
    entry->worker.clear();
    waiting_[{entry->job.job.tenant, entry->job.job.method}].push_back(entry);
  }
}

std::vector<LeasedJob> JobBroker::TakeNow(const JobsWanted& wanted) {
  EndLeases();
  std::vector<LeasedJob> taken;
  const auto queue = waiting_.find({wanted.tenant, wanted.type});
  if (queue == waiting_.end()) return taken;
  while (!queue->second.empty() && taken.size() < wanted.most) {
    const std::shared_ptr<Entry> entry = queue->second.front();
    queue->second.pop_front();
    if (!entry->present) continue;
    entry->worker = wanted.worker;
    entry->leased_until = clock_->Now() + wanted.lease;
    leases_[{entry->leased_until, entry->id()}] = entry;
    const PooledJob& job = entry->job;
    LeasedJob leased;
    leased.id = FormatPart({job.instance, static_cast<int64_t>(job.key)});
    leased.type = job.job.method;
    leased.instance = FormatInstance(job.instance);
    leased.process = job.process;
    leased.element = job.job.element;
    leased.headers = job.headers;
    leased.variables_json = feel::ToJson(feel::Value(job.variables));
    leased.idempotency_key = IdempotencyKey(job);
    leased.attempt = job.job.attempt;
    leased.retries = static_cast<int>(job.retries);
    leased.leased_until = entry->leased_until;
    taken.push_back(std::move(leased));
  }
  if (queue->second.empty()) waiting_.erase(queue);
  return taken;
}

JobBroker::Answers JobBroker::Serve(bool stopping) {
  Answers answers;
  const auto now = steady_clock::now();
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    std::vector<LeasedJob> jobs;
    if (!stopping) jobs = TakeNow(waiter->wanted);
    if (jobs.empty() && !stopping && now < waiter->until) {
      ++waiter;
      continue;
    }
    answers.emplace_back(std::move(waiter->done), std::move(jobs));
    waiter = waiters_.erase(waiter);
  }
  return answers;
}

void JobBroker::Take(const JobsWanted& wanted, std::function<void(std::vector<LeasedJob>)> done) {
  std::vector<LeasedJob> jobs;
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) jobs = TakeNow(wanted);
    if (jobs.empty() && wanted.wait.count() > 0 && !stopping_) {
      waiters_.push_back({wanted, steady_clock::now() + wanted.wait, std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  done(std::move(jobs));
}

void JobBroker::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiters_.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !waiters_.empty(); });
      continue;
    }
    auto until = steady_clock::now() + kLook;
    for (const Waiter& waiter : waiters_) until = std::min(until, waiter.until);
    wake_.wait_until(lock, until);
    Answers answers = Serve(stopping_);
    lock.unlock();
    Tell(std::move(answers));
    lock.lock();
  }
}

absl::StatusOr<WallTime> JobBroker::Extend(const std::string& tenant, PartId id, const std::string& worker,
                                           std::chrono::milliseconds lease) {
  std::lock_guard lock(mutex_);
  EndLeases();
  const auto found = jobs_.find({id.instance, id.part});
  if (found == jobs_.end() || found->second->job.job.tenant != tenant || found->second->worker.empty() ||
      found->second->worker != worker) {
    return absl::NotFoundError(absl::StrCat("the worker does not have the job ", FormatPart(id),
                                            "; its lease is over, or the job is done or canceled"));
  }
  Entry& entry = *found->second;
  const auto lease_entry = leases_.extract({entry.leased_until, entry.id()});
  entry.leased_until = clock_->Now() + lease;
  leases_[{entry.leased_until, entry.id()}] = found->second;
  return entry.leased_until;
}

std::shared_ptr<JobBroker::Entry> JobBroker::Remove(PartId id) {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find({id.instance, id.part});
  if (found == jobs_.end()) return nullptr;
  const std::shared_ptr<Entry> entry = found->second;
  jobs_.erase(found);
  leases_.erase({entry->leased_until, entry->id()});
  entry->present = false;
  return entry;
}

void JobBroker::PutBack(std::shared_ptr<Entry> entry) {
  if (entry == nullptr) return;
  std::lock_guard lock(mutex_);
  if (jobs_.contains(entry->id())) return;  // it was given out anew
  auto again = std::make_shared<Entry>(*entry);
  again->present = true;
  jobs_[again->id()] = again;
  if (again->worker.empty()) {
    waiting_[{again->job.job.tenant, again->job.job.method}].push_back(again);
  } else {
    leases_[{again->leased_until, again->id()}] = again;
  }
}

size_t JobBroker::FailedAttempts(const Entry& entry) {
  return static_cast<size_t>(entry.job.job.attempt) - 1;
}

}  // namespace ameide::runtime
