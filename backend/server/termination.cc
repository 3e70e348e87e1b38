#include "backend/server/termination.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace ameide::server {
namespace {

// A signal handler can reach nothing but globals. What happened stands in these, so that nothing is lost
// where many signals have filled the pipe, whose bytes only wake Wait.
int wake_pipe[2] = {-1, -1};
std::atomic<const char*> end_reason{nullptr};
std::atomic<bool> hung_up{false};
static_assert(std::atomic<const char*>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void Wake() {
  const int saved = errno;
  [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], "", 1);
  errno = saved;
}

void End(const char* reason) {
  const char* none = nullptr;
  end_reason.compare_exchange_strong(none, reason);
  Wake();
}

void OnSignal(int signal) {
  if (signal != SIGHUP) return End("signal");
  hung_up = true;
  Wake();
}

bool HasTerminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

}  // namespace

Termination::Termination(int life_descriptor)
    : life_descriptor_(life_descriptor), had_terminal_(HasTerminal()) {
  end_reason = nullptr;
  hung_up = false;
  if (::pipe(wake_pipe) != 0) return;
  for (const int end : wake_pipe) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGHUP, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Termination::~Termination() {
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGHUP, SIG_DFL);
  ::close(wake_pipe[0]);
  ::close(wake_pipe[1]);
}

void Termination::Ask() { End("asked"); }

const char* Termination::Wait(const std::function<void()>& reload) {
  while (true) {
    pollfd waiting[2] = {{wake_pipe[0], POLLIN, 0}, {life_descriptor_, POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) {
      if (errno != EINTR) return "cannot wait";
      continue;
    }
    char bytes[256];
    while (::read(wake_pipe[0], bytes, sizeof bytes) == static_cast<ssize_t>(sizeof bytes)) {
    }
    if (hung_up.exchange(false)) {
      // The same signal says that the terminal is gone in which people started the program.
      if (had_terminal_ && !HasTerminal()) return "terminal closed";
      reload();
    }
    if (const char* const reason = end_reason) return reason;
    if (waiting[1].revents == 0) continue;
    const ssize_t read = ::read(life_descriptor_, bytes, sizeof bytes);
    if (read == 0 || (read < 0 && errno != EINTR && errno != EAGAIN)) return "parent ended";
  }
}

}  // namespace ameide::server
