#include "app/cli/backend_client.h"

#include <utility>

#include "base/clock.h"
#include "base/platform/paths.h"
#include "base/status.h"

namespace ameide::cli {

absl::StatusOr<std::unique_ptr<connection::Connection>> ConnectToBackend(StartBackend start,
                                                                         std::vector<std::string> arguments) {
  connection::ConnectOptions options;
  AMEIDE_ASSIGN_OR_RETURN(options.profile, CurrentProfile());
  options.start_if_missing = start == StartBackend::kIfMissing;
  options.arguments = std::move(arguments);
  return connection::Connect(options);
}

Exit Failed(const Console& console, const absl::Status& status) {
  console.Error(status);
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status) ? Exit::kFinding : Exit::kError;
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return FormatTime(
      WallTime(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000)));
}

}  // namespace ameide::cli
