#include "backend/runtime/embedded/job_pool.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

bool FailsForEver(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kPermissionDenied:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string IdempotencyKey(const PooledJob& job) {
  return absl::StrCat(job.job.tenant, "/", FormatInstance(job.instance), "/", job.element, "/",
                      job.activation);
}

JobOutcome ToOutcome(absl::StatusOr<std::string> result) {
  if (result.ok()) return {JobOutcome::Done{*std::move(result)}};
  return {JobOutcome::Failed{std::string(result.status().message()), FailsForEver(result.status().code()),
                             std::nullopt}};
}

JobPool::JobPool(Perform perform, int threads, Report report)
    : perform_(std::move(perform)), report_(std::move(report)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

JobPool::~JobPool() { Stop(); }

void JobPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void JobPool::Add(std::vector<PooledJob> jobs) {
  if (jobs.empty()) return;
  const bool many = jobs.size() > 1;
  {
    std::lock_guard lock(mutex_);
    for (PooledJob& job : jobs) ready_.push_back(std::move(job));
  }
  if (many)
    wake_.notify_all();
  else
    wake_.notify_one();
}

void JobPool::Withdraw(const std::vector<std::pair<InstanceNumber, engine::Key>>& jobs) {
  const std::set<std::pair<InstanceNumber, engine::Key>> unwanted(jobs.begin(), jobs.end());
  std::lock_guard lock(mutex_);
  std::erase_if(ready_, [&](const PooledJob& job) { return unwanted.contains({job.instance, job.key}); });
}

size_t JobPool::busy() const {
  std::lock_guard lock(mutex_);
  return ready_.size() + running_;
}

void JobPool::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
    if (stopping_) return;
    PooledJob job = std::move(ready_.front());
    ready_.pop_front();
    ++running_;
    lock.unlock();
    job.job.instance = FormatInstance(job.instance);
    job.job.idempotency_key = IdempotencyKey(job);
    job.job.variables_json = feel::ToJson(feel::Value(job.variables));
    JobOutcome outcome = perform_(job.job);
    if (!std::holds_alternative<JobOutcome::Unknown>(outcome.what)) report_(job, std::move(outcome));
    lock.lock();
    --running_;
  }
}

}  // namespace ameide::runtime
