#include "base/platform/paths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"

namespace ameide {
namespace {

absl::Status MakePrivateFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot create folder ", folder.string(), ": ", std::strerror(errno)));
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(folder.string(), " is not a folder; move it away"));
  }
  if (status.st_uid != ::geteuid()) {
    return absl::PermissionDeniedError(absl::StrCat("folder ", folder.string(), " belongs to another user"));
  }
  return absl::OkStatus();
}

std::filesystem::path FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] == '/' ? std::filesystem::path(value) : std::filesystem::path();
}

}  // namespace

absl::StatusOr<ProfilePaths> CurrentProfile() {
  ProfilePaths paths;
  if (const auto profile = FromEnvironment("AMEIDE_PROFILE_DIR"); !profile.empty()) {
    paths.data = profile;
    paths.runtime = profile / "run";
  } else {
    auto data = FromEnvironment("XDG_DATA_HOME");
    if (data.empty()) {
      const auto home = FromEnvironment("HOME");
      if (home.empty()) {
        return absl::FailedPreconditionError("no home folder: set HOME, XDG_DATA_HOME or AMEIDE_PROFILE_DIR");
      }
      data = home / ".local" / "share";
    }
    paths.data = data / "ameide";
    const auto runtime = FromEnvironment("XDG_RUNTIME_DIR");
    paths.runtime = runtime.empty() ? paths.data / "run" : runtime / "ameide";
  }
  AMEIDE_RETURN_IF_ERROR(MakePrivateFolder(paths.data));
  AMEIDE_RETURN_IF_ERROR(MakePrivateFolder(paths.runtime));
  return paths;
}

absl::StatusOr<std::filesystem::path> SocketPath(const std::filesystem::path& wanted) {
  static constexpr size_t kLongestSocketPath = 107;  // sizeof(sockaddr_un::sun_path) - 1
  if (wanted.string().size() <= kLongestSocketPath) return wanted;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / absl::StrCat("ameide-", ::geteuid());
  AMEIDE_RETURN_IF_ERROR(MakePrivateFolder(folder));
  return folder / (Sha256(wanted.string()).Hex().substr(0, 24) + ".sock");
}

}  // namespace ameide
