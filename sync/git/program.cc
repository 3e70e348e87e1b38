#include "sync/git/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "sync/git/url.h"

extern char** environ;

namespace ameide::sync::git {
namespace {

constexpr size_t kMostOutput = size_t{64} << 20;
constexpr size_t kKeptErrorLines = 12;

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  void Set(int value) { value_ = value; }
  void Close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_;
};

// The environment with git's messages in English and, unless prompting is wanted, its prompts off.
std::vector<std::string> ChildEnvironment(bool may_prompt) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view text = *entry;
    if (absl::StartsWith(text, "LC_ALL=") || absl::StartsWith(text, "LANGUAGE=") ||
        absl::StartsWith(text, "GIT_TERMINAL_PROMPT=") || absl::StartsWith(text, "GIT_DIR=") ||
        absl::StartsWith(text, "GIT_WORK_TREE=") || absl::StartsWith(text, "GIT_INDEX_FILE=")) {
      continue;
    }
    out.emplace_back(*entry);
  }
  out.push_back("LC_ALL=C");
  if (!may_prompt) out.push_back("GIT_TERMINAL_PROMPT=0");
  return out;
}

// Splits what git writes to standard error into lines, keeps the last ones for a message, hands each on.
class ErrorLines {
 public:
  explicit ErrorLines(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}

  void Take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n' || c == '\r') {
        Finish(c == '\n');
      } else if (line_.size() < 4096) {
        line_.push_back(c);
      }
    }
  }

  std::string Message() {
    Finish(true);
    return WithoutCredentials(absl::StrJoin(kept_, "; "));
  }

 private:
  void Finish(bool keep) {
    if (line_.empty()) return;
    if (on_line_) on_line_(line_);
    // What ends in a carriage return is progress, and hints are written for people who type git commands.
    if (keep && !absl::StartsWith(line_, "hint:")) {
      kept_.push_back(line_);
      if (kept_.size() > kKeptErrorLines) kept_.pop_front();
    }
    line_.clear();
  }

  const std::function<void(std::string_view)>& on_line_;
  std::string line_;
  std::deque<std::string> kept_;
};

struct Child {
  pid_t pid = -1;
  Descriptor out;
  Descriptor err;
};

absl::Status Spawn(std::span<const std::string> arguments, const ProgramOptions& options, Child& child) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return absl::InternalError("cannot make a pipe for the git program");
  child.out.Set(out[0]);
  Descriptor out_end(out[1]);
  if (::pipe2(err, O_CLOEXEC) != 0) return absl::InternalError("cannot make a pipe for the git program");
  child.err.Set(err[0]);
  Descriptor err_end(err[1]);

  std::vector<std::string> words = {"git", "-C", options.folder.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = ChildEnvironment(options.may_prompt);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out_end.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, err_end.get(), 2);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // A session of its own has no terminal: neither git nor ssh can then wait for somebody to type.
  if (!options.may_prompt) ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const int failed = ::posix_spawnp(&child.pid, "git", &actions, &attributes, argv.data(), envp.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return absl::UnavailableError(absl::StrCat("cannot run the git program: ", std::strerror(failed)));
  }
  return absl::OkStatus();
}

// Reads both pipes until the child closed them; false when it had to be stopped.
bool Drain(Child& child, const ProgramOptions& options, std::string& output, ErrorLines& errors) {
  bool stopped = false;
  std::array<char, 16384> buffer;
  while (child.out.get() >= 0 || child.err.get() >= 0) {
    if (!stopped && options.cancel.stop_requested()) {
      stopped = true;
      ::kill(options.may_prompt ? child.pid : -child.pid, SIGTERM);
    }
    std::array<pollfd, 2> waits = {pollfd{child.out.get(), POLLIN, 0}, pollfd{child.err.get(), POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), 100) < 0 && errno != EINTR) break;
    for (size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      const ssize_t size = ::read(waits[i].fd, buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) {
        (i == 0 ? child.out : child.err).Close();
      } else if (i == 1) {
        errors.Take({buffer.data(), static_cast<size_t>(size)});
      } else if (output.size() < kMostOutput) {
        output.append(buffer.data(), static_cast<size_t>(size));
      }
    }
  }
  return !stopped;
}

}  // namespace

bool ProgramExists(std::string_view name) {
  const char* path = std::getenv("PATH");
  if (path == nullptr) return false;
  for (const absl::string_view folder : absl::StrSplit(path, ':')) {
    if (folder.empty()) continue;
    if (::access(absl::StrCat(folder, "/", std::string(name)).c_str(), X_OK) == 0) return true;
  }
  return false;
}

absl::StatusOr<std::string> RunGit(std::span<const std::string> arguments, const ProgramOptions& options) {
  Child child;
  AMEIDE_RETURN_IF_ERROR(Spawn(arguments, options, child));
  std::string output;
  ErrorLines errors(options.on_line);
  const bool finished = Drain(child, options, output, errors);
  int state = 0;
  while (::waitpid(child.pid, &state, 0) < 0 && errno == EINTR) {
  }
  if (!finished) return absl::CancelledError("cancelled; nothing has changed");
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return output;
  std::string why = errors.Message();
  if (why.empty()) why = "it gave no reason";
  return absl::UnavailableError(
      absl::StrCat("git ", arguments.empty() ? "" : arguments.front(), " failed: ", why));
}

}  // namespace ameide::sync::git
