#include "backend/telemetry/runtime_telemetry.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/trace_ids.h"
#include "base/log.h"

namespace ameide::telemetry {

Span SpanOf(const runtime::EndedElement& element) {
  const runtime::ElementRun& run = element.run;
  Span span;
  span.trace_id = runtime::TraceIdOf(element.tenant, element.instance);
  span.span_id = runtime::SpanIdOf(element.tenant, element.instance, run.key, run.number);
  if (run.scope != 0) span.parent_id = runtime::SpanIdOf(element.tenant, element.instance, run.scope, 0);
  span.name = absl::StrCat(run.type, " ", run.element);
  span.start = run.started_at;
  span.end = run.ended_at.value_or(run.started_at);
  span.attributes = {{"tenant_id", element.tenant},
                     {"controller_type", "process"},
                     {"controller_name", element.process},
                     {"process.version", absl::StrCat(element.version)},
                     {"process.instance", element.instance},
                     {"element.id", run.element},
                     {"element.type", run.type},
                     {"element.outcome", run.outcome},
                     {"element.waited_ms", absl::StrCat(run.waited.count() / 1000)}};
  return span;
}

void RuntimeTelemetry::Committed(const runtime::CommitReport& report) {
  metrics_.CountCommit(report);
  for (const runtime::NewIncident& incident : report.incidents) {
    LogInfo("incident", {{"trace_id", runtime::TraceIdOf(incident.tenant, incident.instance)},
                         {"tenant_id", incident.tenant},
                         {"controller_type", "process"},
                         {"controller_name", incident.process},
                         {"instance", incident.instance},
                         {"element", incident.element},
                         {"kind", incident.kind}});
  }
  for (const runtime::OperationDone& done : report.operations) {
    LogInfo("operation", {{"trace_id", runtime::TraceIdOf(done.tenant, done.instance)},
                          {"tenant_id", done.tenant},
                          {"controller_type", "process"},
                          {"controller_name", done.process},
                          {"instance", done.instance},
                          {"action", done.action}});
  }
  if (spans_ == nullptr || report.elements.empty()) return;
  std::vector<Span> spans;
  spans.reserve(report.elements.size());
  for (const runtime::EndedElement& element : report.elements) spans.push_back(SpanOf(element));
  spans_->Add(std::move(spans));
}

}  // namespace ameide::telemetry
