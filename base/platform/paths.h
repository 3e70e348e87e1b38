#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace ameide {

/// Where a person's data lives. Everything follows the XDG base directory specification; AMEIDE_PROFILE_DIR,
/// when set, replaces all of it (data there, sockets in its `run` folder), so that tests and several profiles
/// stay apart.
struct ProfilePaths {
  /// Keys, backend data, settings: $XDG_DATA_HOME/ameide or ~/.local/share/ameide.
  std::filesystem::path data;
  /// Sockets and launch tokens, mode 0700: $XDG_RUNTIME_DIR/ameide, else `run` inside `data`.
  std::filesystem::path runtime;
};

/// The paths of the current user; creates both folders with mode 0700 where they are missing.
/// FAILED_PRECONDITION when there is no home folder, PERMISSION_DENIED when they can't be created.
absl::StatusOr<ProfilePaths> CurrentProfile();

/// `wanted` if a Unix-domain socket can be bound at that path (at most 107 bytes), otherwise a short path in
/// a 0700 folder below the system's temporary folder whose name is a hash of `wanted`. The same input gives
/// the same path.
absl::StatusOr<std::filesystem::path> SocketPath(const std::filesystem::path& wanted);

}  // namespace ameide
