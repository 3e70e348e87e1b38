#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/connection/connection.h"

namespace ameide::connection {

/// What the owner of a backend shows.
enum class BackendState {
  kStarting,    ///< started, not answering yet
  kRunning,     ///< answers
  kRestarting,  ///< ended unasked; started again after a pause
  kFailed,      ///< ended too often in a row, or cannot be started; `Restart` tries again
  kStopped,     ///< asked to end
};

/// Keeps a backend running as long as this object lives: connects to the profile's running one or starts
/// `ameided` as a child that ends with this process, gives it the launch token over an inherited descriptor,
/// and starts it again after a crash, each time after a longer pause. A thread of its own does all of it;
/// `on_change` is called on that thread and must not block or destroy this object.
class BackendProcess {
 public:
  /// A change of state: the new one, and for people what happened (empty when there is nothing to say).
  using OnChange = std::function<void(BackendState state, std::string message)>;

  /// Begins at once. `on_change` may be null. The first report comes after this returns or during it.
  static std::unique_ptr<BackendProcess> Start(ConnectOptions options, OnChange on_change);
  /// Ends the child if this object started it, in order (at most 5 s), else by force.
  virtual ~BackendProcess() = default;

  /// The present connection; null unless kRunning. It stays usable (its calls fail with UNAVAILABLE) after
  /// the backend has gone. Any thread.
  virtual std::shared_ptr<Connection> connection() const = 0;
  virtual BackendState state() const = 0;
  /// Waits until kRunning and returns the connection; the reason when kFailed, DEADLINE_EXCEEDED after
  /// `timeout`.
  virtual absl::StatusOr<std::shared_ptr<Connection>> WaitUntilRunning(std::chrono::milliseconds timeout) = 0;
  /// Process id of the child; 0 when none runs or it was started by another.
  virtual int process_id() const = 0;
  /// Ends a failed state and starts again without a pause.
  virtual void Restart() = 0;
};

}  // namespace ameide::connection
