#include "app/connection/backend_process.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "app/connection/launch.h"
#include "base/platform/child_process.h"
#include "base/status.h"

namespace ameide::connection {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kWatchPause{100};
constexpr milliseconds kForeignPause{1000};
constexpr milliseconds kFirstBackOff{200};
constexpr milliseconds kLongestBackOff{10000};
constexpr milliseconds kOrderlyEnd{5000};
/// A backend that ran so long was well: the count of failures begins anew.
constexpr std::chrono::seconds kWell{30};
constexpr int kMostFailures = 6;

class SupervisedBackend final : public BackendProcess {
 public:
  SupervisedBackend(ConnectOptions options, OnChange on_change)
      : options_(std::move(options)), on_change_(std::move(on_change)), thread_([this] { Run(); }) {}

  ~SupervisedBackend() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::shared_ptr<Connection> connection() const override {
    std::lock_guard lock(mutex_);
    return state_ == BackendState::kRunning ? connection_ : nullptr;
  }

  BackendState state() const override {
    std::lock_guard lock(mutex_);
    return state_;
  }

  int process_id() const override {
    std::lock_guard lock(mutex_);
    return process_id_;
  }

  absl::StatusOr<std::shared_ptr<Connection>> WaitUntilRunning(milliseconds timeout) override {
    std::unique_lock lock(mutex_);
    const auto settled = [this] {
      return state_ == BackendState::kRunning || state_ == BackendState::kFailed;
    };
    if (!changed_.wait_for(lock, timeout, settled)) {
      return absl::DeadlineExceededError(
          absl::StrCat("the backend did not start in ", timeout.count(), " ms"));
    }
    if (state_ == BackendState::kRunning) return connection_;
    return absl::FailedPreconditionError(message_);
  }

  void Restart() override {
    {
      std::lock_guard lock(mutex_);
      restart_ = true;
      if (state_ == BackendState::kFailed) state_ = BackendState::kStarting;
    }
    changed_.notify_all();
  }

 private:
  void Run() {
    int failures = 0;
    while (!stopping()) {
      const auto begin = steady_clock::now();
      const absl::Status ended = RunOnce();
      if (stopping()) break;
      failures = steady_clock::now() - begin > kWell ? 1 : failures + 1;
      if (failures >= kMostFailures || absl::IsNotFound(ended)) {
        Report(BackendState::kFailed, std::string(ended.message()));
        WaitForRestart(std::nullopt);
        failures = 0;
      } else {
        Report(BackendState::kRestarting, std::string(ended.message()));
        WaitForRestart(std::min(kFirstBackOff * (1 << failures), kLongestBackOff));
      }
    }
    Report(BackendState::kStopped, "");
  }

  /// One life of a backend: from finding or starting it to its end, and why it ended.
  absl::Status RunOnce() {
    Report(BackendState::kStarting, "");
    auto running = FindRunning(options_.profile);
    if (running.ok()) return WatchForeign(*std::move(running));
    auto launch = StartBackend(options_, /*ends_with_parent=*/true);
    if (!launch.ok()) return absl::NotFoundError(launch.status().message());
    auto token = AwaitReady(*launch, options_);
    if (absl::IsAlreadyExists(token.status())) {
      AMEIDE_ASSIGN_OR_RETURN(auto winner,
                              WaitForRunning(options_.profile, steady_clock::now() + options_.start_timeout));
      return WatchForeign(std::move(winner));
    }
    AMEIDE_RETURN_IF_ERROR(token.status());
    AMEIDE_ASSIGN_OR_RETURN(const auto socket, SocketPath(LaunchFilesOf(options_.profile).socket));
    SetRunning(ConnectTo(socket, *std::move(token)), launch->process.id());
    return WatchChild(launch->process);
  }

  absl::Status WatchChild(ChildProcess& process) {
    while (true) {
      if (const auto code = process.WaitEnd(milliseconds(0))) {
        return absl::UnavailableError(*code < 0 ? absl::StrCat("the backend was ended by signal ", -*code)
                                                : absl::StrCat("the backend ended with code ", *code));
      }
      if (PauseUnlessStopping(kWatchPause)) continue;
      process.ReleaseLife();
      if (!process.WaitEnd(kOrderlyEnd)) {
        process.Kill();
        process.WaitEnd(kOrderlyEnd);
      }
      return absl::OkStatus();
    }
  }

  /// A backend that another process started: it is asked now and then, and left running at the end.
  absl::Status WatchForeign(std::shared_ptr<Connection> connection) {
    SetRunning(connection, 0);
    while (PauseUnlessStopping(kForeignPause)) {
      if (const absl::Status health = CheckHealth(*connection, kCallTimeout); !health.ok()) return health;
    }
    return absl::OkStatus();
  }

  bool stopping() const {
    std::lock_guard lock(mutex_);
    return stopping_;
  }

  /// False when this object is being destroyed.
  bool PauseUnlessStopping(milliseconds pause) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, pause, [this] { return stopping_; });
  }

  void WaitForRestart(std::optional<milliseconds> pause) {
    std::unique_lock lock(mutex_);
    const auto asked = [this] { return stopping_ || restart_; };
    if (pause)
      changed_.wait_for(lock, *pause, asked);
    else
      changed_.wait(lock, asked);
    restart_ = false;
  }

  void SetRunning(std::shared_ptr<Connection> connection, int process_id) {
    {
      std::lock_guard lock(mutex_);
      connection_ = std::move(connection);
      process_id_ = process_id;
    }
    Report(BackendState::kRunning, "");
  }

  void Report(BackendState state, std::string message) {
    {
      std::lock_guard lock(mutex_);
      state_ = state;
      message_ = message;
      if (state != BackendState::kRunning) process_id_ = 0;
    }
    changed_.notify_all();
    if (on_change_) on_change_(state, std::move(message));
  }

  const ConnectOptions options_;
  const OnChange on_change_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  BackendState state_ = BackendState::kStarting;
  std::string message_;
  std::shared_ptr<Connection> connection_;
  int process_id_ = 0;
  bool stopping_ = false;
  bool restart_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<BackendProcess> BackendProcess::Start(ConnectOptions options, OnChange on_change) {
  return std::make_unique<SupervisedBackend>(std::move(options), std::move(on_change));
}

}  // namespace ameide::connection
