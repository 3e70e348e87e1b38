#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace ameide {

/// How a child is started.
struct ChildOptions {
  std::filesystem::path program;
  std::vector<std::string> arguments;  ///< without the program's name
  /// File that gets the child's standard output and error, appended; empty is /dev/null.
  std::filesystem::path output;
  /// The child is told when this process ends: it then reads the end of descriptor kLifeDescriptor.
  bool ends_with_parent = false;
};

/// A program that this process started. It says when it is ready, with a line on a descriptor that it
/// inherits; so what it says there is seen by no one else. Destruction leaves it running. Not thread-safe,
/// but for `Kill` and `id`.
class ChildProcess {
 public:
  /// Descriptors that the child finds open.
  static constexpr int kReadyDescriptor = 3;
  static constexpr int kLifeDescriptor = 4;

  /// Starts the program in a session of its own, with standard input closed and no other descriptor
  /// inherited. FAILED_PRECONDITION when it cannot be started.
  static absl::StatusOr<ChildProcess> Start(const ChildOptions& options);

  ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  int id() const { return id_; }
  /// The line that the child writes on kReadyDescriptor, without its end. UNAVAILABLE when the child closed
  /// it or ended without one, DEADLINE_EXCEEDED.
  absl::StatusOr<std::string> WaitReady(std::chrono::milliseconds timeout);
  /// Waits for the end: exit code, or minus the number of the signal that ended it; nullopt when it still
  /// runs.
  std::optional<int> WaitEnd(std::chrono::milliseconds timeout);
  /// Tells a child with `ends_with_parent` to end in order.
  void ReleaseLife();
  /// SIGTERM or SIGKILL, only while the child has not been waited for.
  void Terminate();
  void Kill();

 private:
  ChildProcess() = default;
  void Signal(int number);
  void Close(int& descriptor);

  int id_ = 0;
  int ready_ = -1;  ///< read end
  int life_ = -1;   ///< write end
  std::optional<int> ended_;
};

}  // namespace ameide
