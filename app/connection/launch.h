#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "app/connection/connection.h"
#include "base/platform/child_process.h"

namespace ameide::connection {

/// Where a profile's backend can be found while it runs.
struct LaunchFiles {
  std::filesystem::path socket;  ///< before SocketPath() makes it short enough
  std::filesystem::path token;   ///< mode 0600
  std::filesystem::path log;     ///< what the backend says on standard error
};

/// The same for everybody who knows the profile.
LaunchFiles LaunchFilesOf(const ProfilePaths& profile);

/// A backend that was started and is not known to be ready.
struct Launch {
  ChildProcess process;
  uint64_t log_start = 0;  ///< where in the log file this launch begins
};

/// Exit code of `ameided` when another one owns the data folder; the same constant as in backend/server.
inline constexpr int kExitOwned = 3;

/// Starts `ameided`. FAILED_PRECONDITION when there is no such program.
absl::StatusOr<Launch> StartBackend(const ConnectOptions& options, bool ends_with_parent);

/// Waits until it is ready and returns its launch token. ALREADY_EXISTS: another backend owns the data
/// folder. FAILED_PRECONDITION: it ended; the message holds the last that it said. DEADLINE_EXCEEDED: it was
/// ended by force.
absl::StatusOr<std::string> AwaitReady(Launch& launch, const ConnectOptions& options);

/// The profile's running backend. UNAVAILABLE when none runs.
absl::StatusOr<std::unique_ptr<Connection>> FindRunning(const ProfilePaths& profile);

/// As FindRunning, again and again until `deadline`.
absl::StatusOr<std::unique_ptr<Connection>> WaitForRunning(const ProfilePaths& profile,
                                                           std::chrono::steady_clock::time_point deadline);

}  // namespace ameide::connection
