#pragma once

#include <string>
#include <utility>
#include <vector>

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

/// Where spans go. Thread-safe; adding never waits for a disk or a network.
class SpanSink {
 public:
  virtual ~SpanSink() = default;
  virtual void Add(std::vector<Span> spans) = 0;
};

/// Both of two sinks, which outlive it.
class SpanTee final : public SpanSink {
 public:
  SpanTee(SpanSink& one, SpanSink& other) : one_(one), other_(other) {}
  void Add(std::vector<Span> spans) override {
    one_.Add(spans);
    other_.Add(std::move(spans));
  }

 private:
  SpanSink& one_;
  SpanSink& other_;
};

}  // namespace ameide::telemetry
