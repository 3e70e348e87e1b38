#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ameide::sync::git {

/// Whether a program of this name is found on PATH.
bool ProgramExists(std::string_view name);

/// How the git program is run.
struct ProgramOptions {
  std::filesystem::path folder;  ///< where it works
  std::stop_token cancel;
  /// Each piece of standard error up to a carriage return or line end: where git writes its progress.
  std::function<void(std::string_view)> on_line;
  bool may_prompt =
      false;  ///< stays on the terminal; otherwise cut off from it, so that nothing waits for an answer
};

/// Runs `git arguments…` to its end and gives its standard output. CANCELLED when it was stopped; UNAVAILABLE
/// with the last lines of its standard error, credentials taken out, when it failed.
absl::StatusOr<std::string> RunGit(std::span<const std::string> arguments, const ProgramOptions& options);

}  // namespace ameide::sync::git
