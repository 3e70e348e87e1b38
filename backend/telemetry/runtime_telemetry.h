#pragma once

#include "backend/runtime/embedded/observer.h"
#include "backend/telemetry/metrics.h"
#include "backend/telemetry/span.h"

namespace ameide::telemetry {

/// Tells what a runtime does: counts it, logs incidents and operations of people, and (with a sink) makes
/// each element that has ended a span. An instance is a trace; the spans of its elements nest as their scopes
/// do.
class RuntimeTelemetry final : public runtime::CommitObserver {
 public:
  /// Both outlive it; `spans` nullptr: no spans.
  RuntimeTelemetry(Metrics& metrics, SpanSink* spans) : metrics_(metrics), spans_(spans) {}

  bool wants_elements() const override { return spans_ != nullptr; }
  void Committed(const runtime::CommitReport& report) override;
  void Failed() override { metrics_.CountFailedCommit(); }

 private:
  Metrics& metrics_;
  SpanSink* const spans_;
};

/// An element's activation as a span.
Span SpanOf(const runtime::EndedElement& element);

}  // namespace ameide::telemetry
