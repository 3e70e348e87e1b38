#pragma once

#include <filesystem>
#include <optional>

#include "absl/status/statusor.h"
#include "backend/telemetry/otlp_push.h"

namespace ameide::server {

/// What people write of where telemetry is pushed: `{"otlp": {"endpoint": "http://127.0.0.1:4318", "headers":
/// {"authorization": "Bearer …"}, "metrics_every_seconds": 60}}`; all but the endpoint may be left out.
/// nullopt: there is no such file, and nothing is pushed. FAILED_PRECONDITION names the file and what is
/// wrong with it.
absl::StatusOr<std::optional<telemetry::OtlpPushOptions>> ReadTelemetry(const std::filesystem::path& file);

}  // namespace ameide::server
