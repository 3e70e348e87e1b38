#include "sync/git/write_mark.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/log.h"
#include "base/platform/process.h"

namespace ameide::sync::git {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "ameide-writing-";

void RemoveLock(const fs::path& lock, fs::file_time_type since) {
  std::error_code error;
  const fs::file_time_type written = fs::last_write_time(lock, error);
  if (error || written < since) return;
  if (fs::remove(lock, error))
    LogWarning("removed the lock of a git operation that was killed", {{"file", lock.native()}});
}

void RemoveLocks(const fs::path& folder, fs::file_time_type since) {
  for (const char* name : {"index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "FETCH_HEAD.lock"}) {
    RemoveLock(folder / name, since);
  }
  std::error_code error;
  std::vector<fs::path> locks;
  for (fs::recursive_directory_iterator walk(folder / "refs", error), end; !error && walk != end;
       walk.increment(error)) {
    if (walk->path().extension() == ".lock") locks.push_back(walk->path());
  }
  for (const fs::path& lock : locks) RemoveLock(lock, since);
}

// Marks of processes that have ended without removing them.
std::vector<fs::path> DeadMarks(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator walk(folder, error), end; !error && walk != end; walk.increment(error)) {
    const std::string name = walk->path().filename().string();
    if (name.rfind(kPrefix, 0) != 0) continue;
    const int pid = std::atoi(name.c_str() + sizeof kPrefix - 1);
    if (pid != ::getpid() && !ProcessAlive(pid)) out.push_back(walk->path());
  }
  return out;
}

}  // namespace

WriteMark::WriteMark(const fs::path& git_folder, const fs::path& common_folder)
    : path_(git_folder / (kPrefix + std::to_string(::getpid()))) {
  std::error_code error;
  for (const fs::path& mark : DeadMarks(git_folder)) {
    const fs::file_time_type since = fs::last_write_time(mark, error);
    if (error) continue;
    RemoveLocks(git_folder, since);
    if (common_folder != git_folder) RemoveLocks(common_folder, since);
    fs::remove(mark, error);
  }
  std::ofstream(path_) << "";
}

WriteMark::~WriteMark() {
  std::error_code error;
  fs::remove(path_, error);
}

}  // namespace ameide::sync::git
