#include "app/cli/process_client.h"

#include <cstdlib>

#include "base/status.h"

namespace ameide::cli {

using nlohmann::ordered_json;

absl::StatusOr<ProcessBackend> ProcessBackend::Connect() {
  ProcessBackend backend;
  AMEIDE_ASSIGN_OR_RETURN(backend.connection, ConnectToBackend(StartBackend::kIfMissing));
  backend.stub = process::v1::ProcessService::NewStub(backend.connection->channel());
  return backend;
}

std::string ProcessBackend::UserName() {
  for (const char* const name : {"USER", "LOGNAME", "USERNAME"}) {
    if (const char* const value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return "";
}

absl::Status CheckVariables(const std::string& text) {
  if (text.empty()) return absl::OkStatus();
  const ordered_json value = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_object()) return absl::OkStatus();
  return absl::InvalidArgumentError("--vars must be a JSON object, like {\"amount\": 12}");
}

ordered_json Nullable(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

}  // namespace ameide::cli
