#include "backend/runtime/embedded/job_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

absl::StatusOr<feel::Context> Perform(JobHandler& handler, PooledJob& item) {
  Job& job = item.job;
  job.instance = FormatInstance(item.instance);
  job.idempotency_key = IdempotencyKey(item);
  job.variables_json = feel::ToJson(feel::Value(item.variables));
  AMEIDE_ASSIGN_OR_RETURN(const std::string result, handler.Perform(job));
  if (result.empty()) return feel::Context();
  absl::StatusOr<feel::Value> value = feel::FromJson(result);
  if (value.ok() && value->context() != nullptr) return *value->context();
  return absl::InvalidArgumentError(absl::StrCat("the result of ", job.method, " is not a JSON object"));
}

}  // namespace

std::string IdempotencyKey(const PooledJob& job) {
  return absl::StrCat(job.job.tenant, "/", FormatInstance(job.instance), "/", job.element, "/",
                      job.activation);
}

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

JobPool::JobPool(JobHandler* handler, int threads, Report report)
    : handler_(handler), report_(std::move(report)) {
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
    absl::StatusOr<feel::Context> result = Perform(*handler_, job);
    report_(job, std::move(result));
    lock.lock();
    --running_;
  }
}

}  // namespace ameide::runtime
