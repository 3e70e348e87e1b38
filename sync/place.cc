#include "sync/place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/platform/system_calls.h"
#include "base/status.h"

namespace ameide::sync {
namespace {

constexpr char kCommitLock[] = "ameide-commit";
constexpr char kSwitchLock[] = "ameide-switch";

absl::StatusOr<std::unique_ptr<FileLock>> WaitForLock(const Place& place, const char* name,
                                                      const char* what_it_does) {
  constexpr std::chrono::seconds kPatience(60);
  constexpr std::chrono::milliseconds kPause(20);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    absl::StatusOr<std::unique_ptr<FileLock>> lock =
        PosixFileSystem().TryLock(place.repository.git_folder() / name, absl::StrCat("process ", ::getpid()));
    if (!absl::IsFailedPrecondition(lock.status())) return lock;
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::UnavailableError(absl::StrCat("another program ", what_it_does, " here (",
                                                 lock.status().message(), "); try again when it has ended"));
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

absl::StatusOr<Place> FindPlace(const std::filesystem::path& root) {
  absl::StatusOr<git::Repository> repository = git::Repository::Open(root);
  if (absl::IsNotFound(repository.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(root.string(), " is in no git repository; make one there with: git init"));
  }
  AMEIDE_RETURN_IF_ERROR(repository.status());
  std::error_code error;
  const std::filesystem::path top = std::filesystem::weakly_canonical(repository->folder(), error);
  const std::filesystem::path here = std::filesystem::weakly_canonical(root, error);
  std::string prefix = here.lexically_relative(top).generic_string();
  if (prefix == ".") prefix.clear();
  if (!prefix.empty()) prefix += '/';
  return Place{*std::move(repository), std::move(prefix)};
}

absl::StatusOr<std::unique_ptr<FileLock>> WaitForCommits(const Place& place) {
  return WaitForLock(place, kCommitLock, "commits");
}

absl::StatusOr<std::unique_ptr<FileLock>> WaitForSwitches(const Place& place) {
  return WaitForLock(place, kSwitchLock, "switches branches");
}

bool IsSwitching(const Place& place) {
  SystemCalls& calls = RealSystemCalls();
  const std::filesystem::path file = place.repository.git_folder() / kSwitchLock;
  const int descriptor = calls.Open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  if (descriptor < 0) return false;
  // Shared, so that two who ask do not take each other for somebody who switches.
  const bool held = calls.Lock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  calls.Close(descriptor);
  return held;
}

bool IsLogPath(std::string_view path) { return path.substr(0, 5) == ".uaf/"; }

bool IsHidden(std::string_view path) {
  return path.substr(0, 1) == "." || path.find("/.") != std::string_view::npos;
}

bool IsWorkspaceSetting(std::string_view path) { return path == ".gitattributes" || path == ".gitignore"; }

std::map<std::string_view, const uaf::Artifact*> FilesOf(const std::vector<uaf::Artifact>& artifacts) {
  std::map<std::string_view, const uaf::Artifact*> files;
  for (const uaf::Artifact& artifact : artifacts) files.emplace(artifact.path, &artifact);
  std::erase_if(files, [&, all = files](const auto& file) { return IsFolder(all, file.second->path); });
  return files;
}

bool IsFolder(const std::map<std::string_view, const uaf::Artifact*>& files, const std::string& path) {
  const std::string folder = path + "/";
  const auto below = files.lower_bound(folder);
  return below != files.end() && below->first.starts_with(folder);
}

}  // namespace ameide::sync
