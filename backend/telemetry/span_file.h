#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "backend/telemetry/metrics.h"
#include "backend/telemetry/span.h"

namespace ameide::telemetry {

/// Where spans go, and the bounds.
struct SpanFileOptions {
  std::filesystem::path file;
  std::string version;                    ///< of the program
  uint64_t largest = uint64_t{64} << 20;  ///< bytes; then it becomes FILE.old, and a new one begins
  size_t most_waiting = 100000;           ///< spans that are not written yet; further ones are dropped
};

/// Writes spans to a file, one OTLP/JSON request (`{"resourceSpans":…}`) a line, as OpenTelemetry's file
/// exporter does and its collector reads (`otlpjsonfile`). For the user only (0600). Thread-safe; adding
/// never waits for the disk: what cannot be written is dropped and counted.
class SpanFile : public SpanSink {
 public:
  /// Goes on behind what is in the file. FAILED_PRECONDITION when it cannot be written. `metrics` outlives
  /// it.
  static absl::StatusOr<std::unique_ptr<SpanFile>> Open(SpanFileOptions options, Metrics& metrics);
  // Its end writes what waits.
};

}  // namespace ameide::telemetry
