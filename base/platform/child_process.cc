#include "base/platform/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/status.h"

extern char** environ;

namespace ameide {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

/// A pipe whose ends are closed on exec and lie above the descriptors that the child gets.
absl::Status OpenPipe(int ends[2]) {
  int low[2];
  if (::pipe2(low, O_CLOEXEC) != 0)
    return absl::ResourceExhaustedError(absl::StrCat("pipe: ", std::strerror(errno)));
  for (int i = 0; i < 2; ++i) {
    ends[i] = ::fcntl(low[i], F_DUPFD_CLOEXEC, 16);
    ::close(low[i]);
  }
  if (ends[0] >= 0 && ends[1] >= 0) return absl::OkStatus();
  return absl::ResourceExhaustedError("no file descriptors left");
}

int MillisecondsUntil(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<int64_t>(0, left.count()));
}

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::Start(const ChildOptions& options) {
  int ready[2] = {-1, -1};
  int life[2] = {-1, -1};
  AMEIDE_RETURN_IF_ERROR(OpenPipe(ready));
  ChildProcess child;
  child.ready_ = ready[0];
  if (options.ends_with_parent) {
    if (absl::Status status = OpenPipe(life); !status.ok()) {
      ::close(ready[1]);
      return status;
    }
    child.life_ = life[1];
  }

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string output = options.output.empty() ? "/dev/null" : options.output.string();
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_adddup2(&actions, ready[1], kReadyDescriptor);
  if (options.ends_with_parent) posix_spawn_file_actions_adddup2(&actions, life[0], kLifeDescriptor);
  posix_spawn_file_actions_addclosefrom_np(&actions,
                                           options.ends_with_parent ? kLifeDescriptor + 1 : kLifeDescriptor);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);

  const std::string program = options.program.string();
  std::vector<char*> arguments{const_cast<char*>(program.c_str())};
  for (const std::string& argument : options.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t id = 0;
  const int error = ::posix_spawn(&id, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ready[1]);
  if (life[0] >= 0) ::close(life[0]);
  if (error != 0) {
    return absl::FailedPreconditionError(absl::StrCat("cannot start ", program, ": ", std::strerror(error)));
  }
  child.id_ = id;
  return child;
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(ready_, other.ready_);
  std::swap(life_, other.life_);
  std::swap(ended_, other.ended_);
  return *this;
}

ChildProcess::~ChildProcess() {
  Close(ready_);
  Close(life_);
}

void ChildProcess::Close(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

absl::StatusOr<std::string> ChildProcess::WaitReady(std::chrono::milliseconds timeout) {
  static constexpr size_t kLongestLine = 4096;
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  std::string line;
  while (line.size() < kLongestLine) {
    pollfd waiting{ready_, POLLIN, 0};
    const int found = ::poll(&waiting, 1, MillisecondsUntil(deadline));
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0)
      return absl::DeadlineExceededError(absl::StrCat("process ", id_, " did not become ready in time"));
    char byte;
    const ssize_t count = ::read(ready_, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    if (byte == '\n') return line;
    line.push_back(byte);
  }
  return absl::UnavailableError(absl::StrCat("process ", id_, " ended before it was ready"));
}

std::optional<int> ChildProcess::WaitEnd(std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  while (!ended_) {
    int status = 0;
    const pid_t found = ::waitpid(id_, &status, WNOHANG);
    if (found == id_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    } else if (found < 0 && errno != EINTR) {
      ended_ = -1;  // Not ours to wait for any more.
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  return ended_;
}

void ChildProcess::ReleaseLife() { Close(life_); }

void ChildProcess::Signal(int number) {
  if (id_ > 0 && !ended_) ::kill(id_, number);
}

void ChildProcess::Terminate() { Signal(SIGTERM); }
void ChildProcess::Kill() { Signal(SIGKILL); }

}  // namespace ameide
