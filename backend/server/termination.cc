#include "backend/server/termination.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace ameide::server {
namespace {

// A signal handler can reach nothing but globals; this pipe is the one way from it to Wait.
int wake_pipe[2] = {-1, -1};
// Signals to end that came: they must not be lost where many others have filled the pipe.
volatile sig_atomic_t must_end = 0;

void Wake(char reason) {
  const int saved = errno;
  // A full pipe wakes Wait as well, which looks at must_end first.
  [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], &reason, 1);
  errno = saved;
}

void OnSignal(int signal) {
  if (signal != SIGHUP) must_end = 1;
  Wake(signal == SIGHUP ? 'h' : 's');
}

bool HasTerminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

}  // namespace

Termination::Termination(int life_descriptor)
    : life_descriptor_(life_descriptor), had_terminal_(HasTerminal()) {
  must_end = 0;
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

void Termination::Ask() { Wake('a'); }

const char* Termination::Wait(const std::function<void()>& reload) {
  while (true) {
    pollfd waiting[2] = {{wake_pipe[0], POLLIN, 0}, {life_descriptor_, POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0) {
      if (errno != EINTR) return "cannot wait";
      if (must_end != 0) return "signal";
      continue;
    }
    char byte = 0;
    if (waiting[0].revents != 0 && ::read(wake_pipe[0], &byte, 1) == 1) {
      if (must_end != 0) return "signal";
      if (byte != 'h') return "asked";
      // The same signal says that the terminal is gone in which people started the program.
      if (had_terminal_ && !HasTerminal()) return "terminal closed";
      reload();
      continue;
    }
    if (waiting[1].revents != 0 && ::read(life_descriptor_, &byte, 1) == 0) return "parent ended";
  }
}

}  // namespace ameide::server
