#pragma once

#include <functional>

namespace ameide::server {

/// Waits for the reason to end: SIGTERM, SIGINT, the parent's end, the end of the terminal that the program
/// was started in, or `Ask`. At most one object a process.
class Termination {
 public:
  /// `life_descriptor` is read until its end, which is the parent's; -1 for none.
  explicit Termination(int life_descriptor);
  ~Termination();
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

  /// Blocks; returns why, for the log. Calls `reload` meanwhile on each SIGHUP that is no terminal's end.
  const char* Wait(const std::function<void()>& reload);
  /// Ends the wait. Any thread.
  void Ask();

 private:
  const int life_descriptor_;
  const bool had_terminal_;
};

}  // namespace ameide::server
