#pragma once

#include <functional>

namespace ameide::server {

/// Waits for the reason to end: SIGTERM, SIGINT, the parent's end, or `Ask`. At most one object a process.
class Termination {
 public:
  /// `life_descriptor` is read until its end, which is the parent's; -1 for none.
  explicit Termination(int life_descriptor);
  ~Termination();
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

  /// Blocks; returns why, for the log. Calls `reload` meanwhile on each SIGHUP.
  const char* Wait(const std::function<void()>& reload);
  /// Ends the wait. Any thread.
  void Ask();

 private:
  int life_descriptor_;
};

}  // namespace ameide::server
