// ameided: the backend program.
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "backend/server/server.h"
#include "backend/server/termination.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/platform/child_process.h"
#include "base/random.h"
#include "base/status.h"

namespace ameide::server {
namespace {

constexpr int kExitUsage = 2;
constexpr char kVersion[] = AMEIDE_VERSION;  // of the project, by the build

constexpr char kUsage[] =
    R"(usage: ameided --embedded [--data-folder DIR --runtime-folder DIR] [--announce] [--end-with-parent]
               [--metrics-port PORT] [--span-file FILE]

The backend of Ameide Workbench: runs processes and hosts domains, on a Unix-domain socket.

  --embedded            serve this user only (required)
  --data-folder DIR     where data lies; default: the user's profile
  --runtime-folder DIR  where socket and launch token lie; default: the user's profile
  --announce            write the launch token and a line end on descriptor 3 when ready
  --end-with-parent     end when descriptor 4 is closed
  --metrics-port PORT   serve metrics for Prometheus at http://127.0.0.1:PORT/metrics; 0: any free port
  --span-file FILE      write a span (OTLP/JSON) for each call and each element that ends to FILE
  --version, --help
)";

struct Arguments {
  bool embedded = false;
  bool announce = false;
  bool end_with_parent = false;
  bool help = false;
  bool version = false;
  std::string data_folder;
  std::string runtime_folder;
  std::optional<int> metrics_port;
  std::string span_file;
};

absl::StatusOr<int> PortIn(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size() && port >= 0 && port <= 65535) return port;
  return absl::InvalidArgumentError(
      absl::StrCat("--metrics-port `", std::string(text), "` must be a number from 0 to 65535"));
}

absl::StatusOr<Arguments> Parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--embedded")
      arguments.embedded = true;
    else if (word == "--announce")
      arguments.announce = true;
    else if (word == "--end-with-parent")
      arguments.end_with_parent = true;
    else if (word == "--help")
      arguments.help = true;
    else if (word == "--version")
      arguments.version = true;
    else if (word == "--data-folder" && i + 1 < count)
      arguments.data_folder = words[++i];
    else if (word == "--runtime-folder" && i + 1 < count)
      arguments.runtime_folder = words[++i];
    else if (word == "--span-file" && i + 1 < count)
      arguments.span_file = words[++i];
    else if (word == "--metrics-port" && i + 1 < count) {
      AMEIDE_ASSIGN_OR_RETURN(arguments.metrics_port, PortIn(words[++i]));
    } else
      return absl::InvalidArgumentError(
          absl::StrCat("unknown or incomplete argument `", std::string(word), "`"));
  }
  if (!arguments.embedded && !arguments.help && !arguments.version) {
    return absl::InvalidArgumentError("--embedded is missing");
  }
  if (arguments.data_folder.empty() != arguments.runtime_folder.empty()) {
    return absl::InvalidArgumentError("--data-folder and --runtime-folder go together");
  }
  return arguments;
}

absl::StatusOr<ProfilePaths> ProfileOf(const Arguments& arguments) {
  if (arguments.data_folder.empty()) return CurrentProfile();
  return ProfilePaths{arguments.data_folder, arguments.runtime_folder};
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "ameided: %s\n", std::string(status.message()).c_str());
  if (absl::IsAlreadyExists(status)) return kExitOwned;
  return kExitUsage;
}

/// Tells the parent, and nobody else, how to call.
void Announce(const std::string& token) {
  const std::string line = token + "\n";
  if (::write(ChildProcess::kReadyDescriptor, line.data(), line.size()) !=
      static_cast<ssize_t>(line.size())) {
    LogWarning("the parent is gone before it heard that the backend is ready");
  }
  ::close(ChildProcess::kReadyDescriptor);
}

int Run(int count, char** words) {
  const absl::StatusOr<Arguments> arguments = Parse(count, words);
  if (!arguments.ok()) {
    std::fputs(kUsage, stderr);
    return Fail(arguments.status());
  }
  if (arguments->help) return std::fputs(kUsage, stdout) < 0 ? kExitUsage : 0;
  if (arguments->version) return std::printf("ameided %s\n", kVersion) < 0 ? kExitUsage : 0;
  ::umask(0077);
  const SystemClock clock;
  SystemRandom random;
  const absl::StatusOr<ProfilePaths> profile = ProfileOf(*arguments);
  if (!profile.ok()) return Fail(profile.status());
  Termination termination(arguments->end_with_parent ? ChildProcess::kLifeDescriptor : -1);
  ServerOptions options{*profile,
                        &clock,
                        &random,
                        kVersion,
                        [&termination] { termination.Ask(); },
                        arguments->metrics_port,
                        arguments->span_file};
  auto server = Server::Start(std::move(options));
  if (!server.ok()) return Fail(server.status());
  if (arguments->announce) Announce((*server)->token());
  const char* reason = termination.Wait([&server] {
    const absl::Status read = (*server)->Reload();
    if (read.ok()) return LogInfo("the quotas were read again");
    LogError("the quotas cannot be read again; those of before hold on",
             {{"error", std::string(read.message())}});
  });
  LogInfo("ending", {{"reason", reason}});
  server->reset();
  return 0;
}

}  // namespace
}  // namespace ameide::server

int main(int count, char** words) { return ameide::server::Run(count, words); }
