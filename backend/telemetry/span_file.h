#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/telemetry/metrics.h"
#include "base/clock.h"

namespace ameide::telemetry {

/// Something that took time (OpenTelemetry's span).
struct Span {
  enum class Kind : int { kInternal = 1, kServer = 2 };  ///< OTLP's numbers
  std::string trace_id;                                  ///< 32 hexadecimal digits
  std::string span_id;                                   ///< 16 hexadecimal digits
  std::string parent_id;                                 ///< 16 hexadecimal digits, or empty
  std::string name;
  Kind kind = Kind::kInternal;
  WallTime start, end;
  bool failed = false;
  std::vector<std::pair<std::string, std::string>> attributes;
};

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
class SpanFile {
 public:
  /// Goes on behind what is in the file. FAILED_PRECONDITION when it cannot be written. `metrics` outlives
  /// it.
  static absl::StatusOr<std::unique_ptr<SpanFile>> Open(SpanFileOptions options, Metrics& metrics);
  /// Writes what waits.
  virtual ~SpanFile() = default;

  virtual void Add(std::vector<Span> spans) = 0;
};

}  // namespace ameide::telemetry
