#include "backend/runtime/embedded/job_broker.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/job_broker_entry.h"
#include "backend/runtime/embedded/reasons.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "notation/feel/json.h"

namespace ameide::runtime {

using std::chrono::steady_clock;

namespace {

/// Leases are looked at so often while somebody waits for a job.
constexpr std::chrono::milliseconds kLook{500};
/// A job whose variables could not be read is given out again after that.
constexpr std::chrono::seconds kReadAgain{5};
constexpr size_t kLaunchBytes = 8;
constexpr std::chrono::hours kLongestLease{24};

}  // namespace

JobLease JobBroker::LeaseOf(const Entry& entry) {
  return {entry.job.instance, entry.job.key, entry.job.activation, entry.job.job.attempt,
          entry.worker,       entry.token,   entry.leased_until};
}

JobBroker::JobBroker(const Clock* clock, const QuotaBook& quotas)
    : clock_(clock),
      quotas_(quotas),
      launch_(HexEncode(SystemRandom().Bytes(kLaunchBytes))),
      thread_([this] { Run(); }) {}

JobBroker::~JobBroker() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = ended_ = look_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void JobBroker::Look() {
  {
    std::lock_guard lock(mutex_);
    look_ = true;
  }
  wake_.notify_all();
}

void JobBroker::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    look_ = true;
  }
  wake_.notify_all();
}

void JobBroker::KeepLeases() {
  std::lock_guard lock(mutex_);
  keeps_ = true;
}

void JobBroker::ReadFrom(ReadVariables read, uint64_t most_held) {
  std::lock_guard lock(mutex_);
  read_ = std::move(read);
  most_held_ = most_held;
}

/// Counts the variables of a job that comes, or leaves them to the journal.
void JobBroker::Hold(Entry& entry) {
  if (!read_ || entry.job.unread) return;
  uint64_t bytes = 0;
  for (const auto& [name, value] : entry.job.variables) bytes += name.size() + feel::ExtentOf(value).size;
  if (held_ + bytes > most_held_) {
    entry.job.variables = {};
    entry.job.unread = true;
    return;
  }
  entry.held = bytes;
  held_ += bytes;
}

void JobBroker::Enlist(const std::shared_ptr<Entry>& entry) {
  jobs_[entry->id()] = entry;
  if (!entry->token.empty()) ++with_token_;
}

void JobBroker::Strike(const std::shared_ptr<Entry>& entry) {
  jobs_.erase(entry->id());
  if (!entry->token.empty()) --with_token_;
  LetGo(*entry);
  Dequeue(*entry);
  EndLease(entry);
}

void JobBroker::Enqueue(const std::shared_ptr<Entry>& entry) {
  waiting_[{entry->job.job.tenant, entry->job.job.method}][entry->place] = entry;
  entry->queued = true;
}

void JobBroker::MoveToTheEnd(const std::shared_ptr<Entry>& entry) { entry->place = ++last_place_; }

void JobBroker::Dequeue(Entry& entry) {
  if (!std::exchange(entry.queued, false)) return;
  const auto queue = waiting_.find({entry.job.job.tenant, entry.job.job.method});
  queue->second.erase(entry.place);
  if (queue->second.empty()) waiting_.erase(queue);
}

void JobBroker::SetToken(Entry& entry, std::string token) {
  if (entry.token.empty()) ++with_token_;
  entry.token = std::move(token);
}

void JobBroker::LetGo(Entry& entry) { held_ -= std::exchange(entry.held, 0); }

void JobBroker::Keep(std::unique_ptr<LeaseLog> log) {
  std::lock_guard lock(mutex_);
  log_ = std::move(log);
}

void JobBroker::Remember(const std::vector<JobLease>& leases) {
  if (!log_) return;
  log_->Append(leases);
  if (!log_->IsLong(with_token_ + reported_.size())) return;
  std::vector<JobLease> live;
  live.reserve(with_token_ + reported_.size());
  for (const auto& [id, entry] : reported_) live.push_back(LeaseOf(*entry));
  for (const auto& [id, entry] : jobs_) {
    if (!entry->token.empty()) live.push_back(LeaseOf(*entry));
  }
  log_->Rewrite(std::move(live), clock_->Now());
}

/// A job that somebody had when the program ended is still his until his lease is over.
bool JobBroker::TakeUpLease(const std::shared_ptr<Entry>& entry) {
  if (!log_) return false;
  std::optional<JobLease> lease =
      log_->Take(entry->job.instance, entry->job.key, entry->job.activation, entry->job.job.attempt);
  if (!lease) return false;
  SetToken(*entry, std::move(lease->token));
  // The clock may have been ahead: nobody waits for longer than a lease can be.
  entry->leased_until = std::min(lease->until, clock_->Now() + kLongestLease);
  if (entry->leased_until <= clock_->Now()) return false;
  entry->worker = std::move(lease->worker);
  Lease(entry, entry->leased_until);
  return true;
}

void JobBroker::Add(std::vector<PooledJob> jobs) {
  if (jobs.empty()) return;
  {
    std::lock_guard lock(mutex_);
    for (PooledJob& job : jobs) {
      auto entry = std::make_shared<Entry>();
      entry->job = std::move(job);
      if (const auto old = jobs_.find(entry->id()); old != jobs_.end())
        Strike(std::shared_ptr<Entry>(old->second));
      Hold(*entry);
      Enlist(entry);
      MoveToTheEnd(entry);
      if (!TakeUpLease(entry)) Enqueue(entry);
    }
    look_ = true;
  }
  wake_.notify_one();
}

void JobBroker::Lease(const std::shared_ptr<Entry>& entry, WallTime until) {
  Dequeue(*entry);
  entry->leased = true;
  entry->leased_until = until;
  leases_[{until, entry->id()}] = entry;
  ++in_flight_[entry->job.job.tenant];
}

void JobBroker::MoveLease(const std::shared_ptr<Entry>& entry, WallTime until) {
  leases_.erase({entry->leased_until, entry->id()});
  entry->leased_until = until;
  leases_[{until, entry->id()}] = entry;
}

void JobBroker::EndLease(const std::shared_ptr<Entry>& entry) {
  if (entry->outlet) entry->outlet->jobs.erase(entry->id());
  if (!entry->leased) return;
  entry->leased = false;
  leases_.erase({entry->leased_until, entry->id()});
  const std::string& tenant = entry->job.job.tenant;
  // Somebody may be waiting for the room.
  if (in_flight_[tenant]-- >= quotas_.Of(tenant).jobs_in_flight) {
    look_ = true;
    wake_.notify_one();
  }
}

absl::Status JobBroker::CheckQuota(const std::string& tenant, const std::string& type) const {
  const int64_t limit = quotas_.Of(tenant).jobs_in_flight;
  const auto used = in_flight_.find(tenant);
  if (used == in_flight_.end() || used->second < limit || !waiting_.contains({tenant, type}))
    return absl::OkStatus();
  return QuotaExceeded("jobs_in_flight", tenant, used->second, limit, "report jobs that are done");
}

void JobBroker::Release(const std::shared_ptr<Entry>& entry) {
  EndLease(entry);
  entry->worker.clear();
  entry->outlet = nullptr;
  Enqueue(entry);
}

void JobBroker::GiveBack(const std::shared_ptr<Entry>& entry) {
  if (std::exchange(entry->given_back, true)) MoveToTheEnd(entry);
  Release(entry);
  entry->leased_until = clock_->Now();
}

void JobBroker::Return(const std::string& tenant, const std::vector<HeldJob>& jobs) {
  {
    std::lock_guard lock(mutex_);
    std::vector<JobLease> changed;
    for (const HeldJob& job : jobs) {
      const auto id = ParsePart(job.job);
      const auto found = id ? jobs_.find({id->instance, id->part}) : jobs_.end();
      if (found == jobs_.end() || found->second->job.job.tenant != tenant) continue;
      const std::shared_ptr<Entry> entry = found->second;
      if (!entry->leased || entry->token != job.lease_token) continue;
      Release(entry);
      entry->leased_until = clock_->Now();
      changed.push_back(LeaseOf(*entry));
    }
    Remember(changed);
    look_ = true;
  }
  wake_.notify_one();
}

void JobBroker::EndLeases() {
  const WallTime now = clock_->Now();
  while (!leases_.empty() && leases_.begin()->first.first <= now) {
    const std::shared_ptr<Entry> entry = leases_.begin()->second;
    MoveToTheEnd(entry);
    Release(entry);
  }
}

std::vector<JobBroker::Given> JobBroker::TakeNow(const std::string& tenant, const std::string& type,
                                                 const std::string& worker, std::chrono::milliseconds lease,
                                                 size_t most) {
  std::vector<Given> taken;
  std::vector<JobLease> leases;
  const int64_t limit = quotas_.Of(tenant).jobs_in_flight;
  while (taken.size() < most && in_flight_[tenant] < limit) {
    const auto queue = waiting_.find({tenant, type});
    if (queue == waiting_.end()) break;
    const std::shared_ptr<Entry> entry = queue->second.begin()->second;
    entry->worker = worker;
    SetToken(*entry, absl::StrCat(launch_, "-", ++last_lease_));
    Lease(entry, clock_->Now() + lease);
    taken.push_back({entry, entry->token, entry->leased_until});
    leases.push_back(LeaseOf(*entry));
  }
  Remember(leases);
  return taken;
}

/// The variables that only the journal has; jobs without are gone, or (of `failed`) cannot be read now.
JobBroker::Read JobBroker::ReadUnread(const std::vector<Given>& given) const {
  std::map<InstanceNumber, std::vector<engine::Key>> unread;
  for (const Given& it : given) {
    if (it.entry->job.unread) unread[it.entry->job.instance].push_back(it.entry->job.key);
  }
  Read read;
  absl::Status failed;
  for (const auto& [instance, keys] : unread) {
    absl::StatusOr<std::map<engine::Key, feel::Context>> variables = read_(instance, keys);
    if (!variables.ok()) {
      if (absl::IsNotFound(variables.status())) continue;
      read.failed.insert(instance);
      if (!absl::IsCancelled(variables.status())) failed.Update(variables.status());
      continue;
    }
    for (auto& [key, context] : *variables)
      read.variables.emplace(Id(instance, static_cast<int64_t>(key)), std::move(context));
  }
  if (!failed.ok()) {
    LogError("the variables of jobs cannot be read; the jobs are given out again in a moment",
             {{"error", std::string(failed.message())}});
  }
  return read;
}

/// A job that nobody was told of is nobody's: it must not be held by signs of life, nor cost room.
void JobBroker::TakeBack(const std::vector<Given>& untold, const std::vector<Given>& gone, Outlet* outlet) {
  {
    std::lock_guard lock(mutex_);
    const auto is_still = [](const Given& it) { return it.entry->leased && it.entry->token == it.token; };
    for (const Given& it : gone) {
      if (is_still(it)) Strike(it.entry);
    }
    const WallTime until = clock_->Now() + kReadAgain;
    std::vector<JobLease> changed;
    for (const Given& it : untold) {
      if (!is_still(it)) continue;
      if (it.entry->outlet) it.entry->outlet->jobs.erase(it.entry->id());
      it.entry->outlet = nullptr;
      MoveLease(it.entry, std::min(it.entry->leased_until, until));
      changed.push_back(LeaseOf(*it.entry));
    }
    Remember(changed);
    if (outlet != nullptr) outlet->credit += untold.size() + gone.size();
    look_ = true;
  }
  wake_.notify_one();
}

/// What is read of an entry here never changes.
std::vector<LeasedJob> JobBroker::ToLeased(const std::vector<Given>& given, Outlet* outlet) {
  Read read = ReadUnread(given);
  std::vector<LeasedJob> jobs;
  std::vector<Given> untold, gone;
  jobs.reserve(given.size());
  for (const Given& it : given) {
    const PooledJob& job = it.entry->job;
    const auto found = read.variables.find(it.entry->id());
    if (job.unread && found == read.variables.end()) {
      (read.failed.contains(job.instance) ? untold : gone).push_back(it);
      continue;
    }
    const feel::Context& variables = job.unread ? found->second : job.variables;
    LeasedJob leased;
    leased.id = FormatPart({job.instance, static_cast<int64_t>(job.key)});
    leased.type = job.job.method;
    leased.instance = FormatInstance(job.instance);
    leased.process = job.process;
    leased.element = job.job.element;
    leased.headers = job.job.headers;
    leased.variables_json = feel::ToJson(feel::Value(variables));
    leased.idempotency_key = IdempotencyKey(job);
    leased.attempt = job.job.attempt;
    leased.retries = static_cast<int>(job.retries);
    leased.leased_until = it.until;
    leased.lease_token = it.token;
    jobs.push_back(std::move(leased));
  }
  if (!untold.empty() || !gone.empty()) TakeBack(untold, gone, outlet);
  return jobs;
}

JobBroker::News JobBroker::Serve() {
  News news;
  EndLeases();
  const auto now = steady_clock::now();
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    const JobsWanted& wanted = waiter->wanted;
    std::vector<Given> jobs;
    if (!stopping_) jobs = TakeNow(wanted.tenant, wanted.type, wanted.worker, wanted.lease, wanted.most);
    if (jobs.empty() && !stopping_ && now < waiter->until) {
      ++waiter;
      continue;
    }
    const absl::Status status =
        jobs.empty() && !stopping_ ? CheckQuota(wanted.tenant, wanted.type) : absl::OkStatus();
    news.answers.push_back({std::move(waiter->done), std::move(jobs), status});
    waiter = waiters_.erase(waiter);
  }
  ServeStreams(news);
  return news;
}

void JobBroker::Tell(News news) {
  for (const News::Answer& answer : news.answers) {
    if (answer.status.ok())
      answer.done(ToLeased(answer.jobs, nullptr));
    else
      answer.done(answer.status);
  }
  for (News::ToStream& to : news.streams) {
    std::vector<LeasedJob> jobs = ToLeased(to.jobs, to.outlet.get());
    std::lock_guard lock(to.outlet->calling);
    if (to.outlet->closed) continue;  // whoever has closed it gives back the jobs
    const JobStreamOptions& options = to.outlet->options;
    if (!to.withdrawn.empty()) {
      const size_t untold = options.withdrawn(std::move(to.withdrawn));
      std::lock_guard credit_lock(mutex_);
      to.outlet->credit += untold;
      look_ = look_ || untold > 0;
    }
    if (!jobs.empty()) options.jobs(std::move(jobs));
    if (to.ending) options.ending();
  }
}

void JobBroker::Take(const JobsWanted& wanted,
                     std::function<void(absl::StatusOr<std::vector<LeasedJob>>)> done) {
  std::vector<Given> jobs;
  absl::Status status;
  {
    std::lock_guard lock(mutex_);
    EndLeases();
    if (!stopping_) jobs = TakeNow(wanted.tenant, wanted.type, wanted.worker, wanted.lease, wanted.most);
    if (jobs.empty() && wanted.wait.count() > 0 && !stopping_) {
      waiters_.push_back({wanted, steady_clock::now() + wanted.wait, std::move(done)});
      look_ = true;
      wake_.notify_one();
      return;
    }
    if (jobs.empty() && !stopping_) status = CheckQuota(wanted.tenant, wanted.type);
  }
  if (status.ok()) return done(ToLeased(jobs, nullptr));
  done(status);
}

bool JobBroker::SomebodyWaits() const {
  return !waiters_.empty() ||
         std::any_of(outlets_.begin(), outlets_.end(), [](const auto& outlet) { return outlet->credit > 0; });
}

void JobBroker::Run() {
  std::unique_lock lock(mutex_);
  while (look_ || !ended_) {
    if (!look_) {
      if (SomebodyWaits() && !stopping_) {
        auto until = steady_clock::now() + kLook;
        for (const Waiter& waiter : waiters_) until = std::min(until, waiter.until);
        wake_.wait_until(lock, until);
      } else {
        wake_.wait(lock, [this] { return look_ || ended_; });
      }
    }
    look_ = false;
    News news = Serve();
    lock.unlock();
    Tell(std::move(news));
    lock.lock();
  }
}

absl::StatusOr<WallTime> JobBroker::Extend(const std::string& tenant, PartId id, const std::string& worker,
                                           std::chrono::milliseconds lease) {
  std::lock_guard lock(mutex_);
  EndLeases();
  const auto found = jobs_.find({id.instance, id.part});
  if (found == jobs_.end() || found->second->job.job.tenant != tenant || !found->second->leased ||
      found->second->worker != worker) {
    return absl::NotFoundError(absl::StrCat("the worker does not have the job ", FormatPart(id),
                                            "; its lease is over, or the job is done or canceled"));
  }
  const std::shared_ptr<Entry>& entry = found->second;
  MoveLease(entry, clock_->Now() + lease);
  Remember({LeaseOf(*entry)});
  return entry->leased_until;
}

absl::StatusOr<std::shared_ptr<JobBroker::Entry>> JobBroker::Claim(const std::string& tenant, PartId id,
                                                                   const std::string& lease_token) {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find({id.instance, id.part});
  if (found == jobs_.end() || found->second->job.job.tenant != tenant) {
    return absl::NotFoundError(absl::StrCat("no job ", FormatPart(id),
                                            " waits for a report; it was reported, ",
                                            "canceled, or waits for its next attempt"));
  }
  const std::shared_ptr<Entry> entry = found->second;
  if (entry->token.empty() || lease_token != entry->token) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "the job ", FormatPart(id),
                          " is not on this lease any more: the lease was over and another worker has it, or "
                          "the backend does not know it; drop the result, the job is given out again")),
                      kLeaseLost);
  }
  entry->was_leased = entry->leased;
  Strike(entry);
  reported_.emplace(entry->id(), entry);
  return entry;
}

void JobBroker::PutBack(const std::shared_ptr<Entry>& entry) {
  {
    std::lock_guard lock(mutex_);
    EndReport(entry);
    if (entry->unwanted || jobs_.contains(entry->id())) return;  // or it was given out anew
    auto again = std::make_shared<Entry>(*entry);
    if (again->outlet && again->outlet->ended) again->outlet = nullptr;
    Hold(*again);
    Enlist(again);
    if (again->was_leased) {
      Lease(again, again->leased_until);
      if (again->outlet) again->outlet->jobs.insert(again->id());
    } else {
      Enqueue(again);
    }
    look_ = true;
  }
  wake_.notify_one();
}

void JobBroker::Settle(const std::shared_ptr<Entry>& entry) {
  std::lock_guard lock(mutex_);
  EndReport(entry);
}

void JobBroker::EndReport(const std::shared_ptr<Entry>& entry) {
  const auto [begin, end] = reported_.equal_range(entry->id());
  for (auto it = begin; it != end; ++it) {
    if (it->second == entry) return static_cast<void>(reported_.erase(it));
  }
}

void JobBroker::Withdraw(PartId id) {
  {
    std::lock_guard lock(mutex_);
    const auto [begin, end] = reported_.equal_range({id.instance, id.part});
    for (auto it = begin; it != end; ++it) it->second->unwanted = true;
    const auto found = jobs_.find({id.instance, id.part});
    if (found == jobs_.end()) return;
    const std::shared_ptr<Entry> entry = found->second;
    Strike(entry);
    if (!entry->outlet) return;
    entry->outlet->withdrawn.push_back(FormatPart(id));
    look_ = true;
  }
  wake_.notify_one();
}

size_t JobBroker::FailedAttempts(const Entry& entry) {
  return static_cast<size_t>(entry.job.job.attempt) - 1;
}

}  // namespace ameide::runtime
