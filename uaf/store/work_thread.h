#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace ameide::uaf {

/// A thread that carries out work in the order in which it is given, while the one who gives it goes on. Once
/// something failed, what was given behind it is dropped. Given and waited for by one thread at a time.
class WorkThread {
 public:
  using Work = std::function<absl::Status()>;

  WorkThread();
  /// Carries out what is left.
  ~WorkThread();
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  /// Puts `work` behind all that was given. The thread may wait for more of it before it begins.
  void Give(Work work);
  /// It begins now.
  void Begin();
  /// Waits until all is done, lending a hand. The first failure since Settle.
  absl::Status Wait();
  /// As Wait; gives the first failure, and forgets it.
  absl::Status Settle();
  /// Whether the caller is the thread itself, at work.
  bool IsThis() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void Run();
  /// Carries out what was given so far. Called with `lock` held, and returns so.
  void Carry(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable given_;
  std::condition_variable done_;
  std::vector<Work> work_;
  bool begun_ = false;  ///< what was given is worth waking up for
  bool busy_ = false;
  bool stopping_ = false;
  absl::Status failure_;
  bool outstanding_ = false;  ///< the giver's: something was given since Wait
  std::thread thread_;
};

}  // namespace ameide::uaf
