#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/telemetry/metrics.h"
#include "backend/telemetry/span.h"
#include "base/clock.h"

namespace ameide::telemetry {

/// To whom telemetry is pushed, and the bounds.
struct OtlpPushOptions {
  std::string endpoint;  ///< `http://host:4318` or https; `/v1/traces` and `/v1/metrics` are added
  std::vector<std::pair<std::string, std::string>> headers;  ///< of each request; may hold secrets
  std::string version;                                       ///< of the program
  std::chrono::milliseconds metrics_every{60'000};
  std::chrono::milliseconds timeout{10'000};     ///< of one request
  std::chrono::milliseconds first_pause{1'000};  ///< before another attempt; doubles up to a minute
  size_t most_waiting = 100'000;                 ///< spans; further ones are dropped
};

/// Pushes spans as they come and all metrics at intervals to an OpenTelemetry collector, as OTLP/JSON over
/// HTTP. A collector that is away or asks for patience (429, 502, 503, 504) is asked again with the same
/// spans, after a pause that grows, differs from that of others, and is as long as it asks for (Retry-After,
/// ten minutes at most); what it refuses is dropped, told in the log once, and counted. Thread-safe; adding
/// never waits.
class OtlpPush : public SpanSink {
 public:
  /// INVALID_ARGUMENT for an endpoint that is no http or https URL, or has a user or password in it: those
  /// would be logged. `metrics` and `clock` outlive it.
  static absl::StatusOr<std::unique_ptr<OtlpPush>> Start(OtlpPushOptions options, Metrics& metrics,
                                                         const Clock* clock);
  // Its end sends what waits, then metrics, for a second at most in all; spans that are left are counted as
  // dropped.
};

}  // namespace ameide::telemetry
