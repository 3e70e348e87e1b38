#include "uaf/store/work_thread.h"

#include <utility>

namespace ameide::uaf {
namespace {

/// Waking a thread costs as much as many small pieces of work.
constexpr size_t kWorthWaking = 64;

}  // namespace

WorkThread::WorkThread() {
  thread_ = std::thread([this] { Run(); });
}

WorkThread::~WorkThread() {
  Wait().IgnoreError();
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  given_.notify_one();
  thread_.join();
}

void WorkThread::Give(Work work) {
  outstanding_ = true;
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    work_.push_back(std::move(work));
    if (work_.size() == kWorthWaking) {
      begun_ = true;
      wake = !busy_;  // it looks again by itself
    }
  }
  if (wake) given_.notify_one();
}

void WorkThread::Begin() {
  {
    const std::scoped_lock lock(mutex_);
    begun_ = true;
  }
  given_.notify_one();
}

absl::Status WorkThread::Wait() {
  if (!outstanding_) return absl::OkStatus();
  // What is carried out below may ask for the same.
  outstanding_ = false;
  std::unique_lock lock(mutex_);
  while (busy_ || !work_.empty()) {
    if (busy_) {
      done_.wait(lock, [this] { return !busy_; });
    } else {
      Carry(lock);
    }
  }
  if (!failure_.ok()) outstanding_ = true;  // it is told until somebody settles it
  return failure_;
}

absl::Status WorkThread::Settle() {
  absl::Status status = Wait();
  if (status.ok()) return status;
  const std::scoped_lock lock(mutex_);
  failure_ = absl::OkStatus();
  outstanding_ = false;
  return status;
}

void WorkThread::Carry(std::unique_lock<std::mutex>& lock) {
  std::vector<Work> work = std::exchange(work_, {});
  absl::Status failure = failure_;
  busy_ = true;
  begun_ = false;
  lock.unlock();
  for (const Work& each : work) {
    if (!failure.ok()) break;
    failure = each();
  }
  work.clear();
  lock.lock();
  busy_ = false;
  failure_ = std::move(failure);
}

void WorkThread::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    given_.wait(lock, [this] { return stopping_ || (begun_ && !busy_ && !work_.empty()); });
    if (stopping_) return;  // nothing is left: its giver waited
    Carry(lock);
    done_.notify_one();
  }
}

}  // namespace ameide::uaf
