#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "backend/telemetry/metrics.h"

namespace ameide::telemetry {

/// `http://127.0.0.1:PORT/metrics`, for Prometheus. The loopback interface only; two connections at a time,
/// small requests, five seconds for each. Whoever can open a connection on this machine can read it, so it
/// exists only where somebody asks for it.
class MetricsEndpoint {
 public:
  /// `port` 0: any free one. `metrics` outlives it. FAILED_PRECONDITION when the port cannot be had.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Open(Metrics& metrics, int port);
  virtual ~MetricsEndpoint() = default;

  virtual int port() const = 0;
};

}  // namespace ameide::telemetry
