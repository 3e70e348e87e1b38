#pragma once

#include <prometheus/metric_family.h>

#include <span>
#include <string>
#include <vector>

#include "backend/telemetry/span.h"
#include "base/clock.h"

namespace ameide::telemetry {

/// Spans as an OTLP/JSON request (`{"resourceSpans":…}`, ExportTraceServiceRequest), on one line. `version`
/// of the program.
std::string SpansToOtlp(std::span<const Span> spans, const std::string& version);

/// Metrics as an OTLP/JSON request (`{"resourceMetrics":…}`, ExportMetricsServiceRequest). Counters and
/// histograms are sums since `start`.
std::string MetricsToOtlp(const std::vector<prometheus::MetricFamily>& families, const std::string& version,
                          WallTime start, WallTime now);

/// What a collector says of a request that it took (ExportTracePartialSuccess, ExportMetricsPartialSuccess).
struct PartialSuccess {
  int64_t rejected = 0;  ///< of the request's spans or data points
  std::string message;   ///< why, or a warning; may be empty
};

/// Of the answer's body; what cannot be read says nothing was rejected.
PartialSuccess ReadPartialSuccess(const std::string& answer);

}  // namespace ameide::telemetry
