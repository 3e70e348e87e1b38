#include "app/connection/launch.h"

#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/platform/process.h"
#include "base/status.h"

namespace ameide::connection {
namespace {

constexpr uint64_t kLargestLog = 16 << 20;
constexpr size_t kShownOutput = 2000;

uint64_t SizeOf(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

/// What the launch wrote to the log, the end of it.
std::string OutputOf(const Launch& launch, const std::filesystem::path& log) {
  const PosixFileSystem system;
  const auto text = system.Read(log, 2 * kLargestLog);
  if (!text.ok() || text->size() <= launch.log_start) return "it said nothing";
  std::string output = text->substr(launch.log_start);
  if (output.size() > kShownOutput) output = "…" + output.substr(output.size() - kShownOutput);
  return std::string(absl::StripAsciiWhitespace(output));
}

}  // namespace

LaunchFiles LaunchFilesOf(const ProfilePaths& profile) {
  return {profile.runtime / "backend.sock", profile.runtime / "backend.token", profile.data / "ameided.log"};
}

absl::StatusOr<Launch> StartBackend(const ConnectOptions& options, bool ends_with_parent) {
  const std::filesystem::path program =
      options.program.empty() ? ProgramFolder() / "ameided" : options.program;
  std::error_code error;
  if (!std::filesystem::exists(program, error)) {
    return absl::FailedPreconditionError(absl::StrCat("cannot start the backend: there is no ",
                                                      program.string(), "; install or build `ameided`"));
  }
  const LaunchFiles files = LaunchFilesOf(options.profile);
  if (SizeOf(files.log) > kLargestLog) {
    std::filesystem::rename(files.log, files.log.string() + ".old", error);
  }
  ChildOptions child;
  child.program = program;
  child.arguments = {"--embedded",
                     "--data-folder",
                     options.profile.data.string(),
                     "--runtime-folder",
                     options.profile.runtime.string(),
                     "--announce"};
  child.arguments.insert(child.arguments.end(), options.arguments.begin(), options.arguments.end());
  if (ends_with_parent) child.arguments.push_back("--end-with-parent");
  child.output = files.log;
  child.ends_with_parent = ends_with_parent;
  const uint64_t log_start = SizeOf(files.log);
  AMEIDE_ASSIGN_OR_RETURN(ChildProcess process, ChildProcess::Start(child));
  return Launch{std::move(process), log_start};
}

absl::StatusOr<std::string> AwaitReady(Launch& launch, const ConnectOptions& options) {
  auto token = launch.process.WaitReady(options.start_timeout);
  if (token.ok()) return token;
  const LaunchFiles files = LaunchFilesOf(options.profile);
  if (absl::IsDeadlineExceeded(token.status())) {
    launch.process.Kill();
    launch.process.WaitEnd(std::chrono::seconds(1));
    return absl::DeadlineExceededError(
        absl::StrCat("the backend did not become ready in ", options.start_timeout.count(),
                     " ms and was ended; it said: ", OutputOf(launch, files.log)));
  }
  const auto code = launch.process.WaitEnd(std::chrono::seconds(2));
  const std::string output = OutputOf(launch, files.log);
  if (code == kExitOwned) return absl::AlreadyExistsError(output);
  return absl::FailedPreconditionError(absl::StrCat("the backend ended at its start (",
                                                    code ? absl::StrCat("code ", *code) : "still ending",
                                                    "; log: ", files.log.string(), "): ", output));
}

}  // namespace ameide::connection
