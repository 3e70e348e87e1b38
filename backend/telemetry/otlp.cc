// The JSON form of OpenTelemetry's protocol (OTLP 1.x): 64-bit numbers are strings, ids are hexadecimal.
#include "backend/telemetry/otlp.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace ameide::telemetry {
namespace {

using nlohmann::ordered_json;

constexpr int kStatusOk = 1;  // OTLP's numbers
constexpr int kStatusError = 2;
constexpr int kCumulative = 2;

ordered_json Attribute(const std::string& key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

std::string Nanoseconds(WallTime time) {
  return absl::StrCat(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

ordered_json ToJson(const Span& span) {
  ordered_json json = {{"traceId", span.trace_id}, {"spanId", span.span_id}};
  if (!span.parent_id.empty()) json["parentSpanId"] = span.parent_id;
  json["name"] = span.name;
  json["kind"] = static_cast<int>(span.kind);
  json["startTimeUnixNano"] = Nanoseconds(span.start);
  json["endTimeUnixNano"] = Nanoseconds(span.end);
  json["attributes"] = ordered_json::array();
  for (const auto& [key, value] : span.attributes) json["attributes"].push_back(Attribute(key, value));
  json["status"] = {{"code", span.failed ? kStatusError : kStatusOk}};
  return json;
}

/// One request of this program: `what` in its scope, in its resource.
std::string Request(const char* resources, const char* scopes, const char* what, ordered_json list,
                    const std::string& version) {
  const ordered_json resource = {
      {"attributes", {Attribute("service.name", "ameided"), Attribute("service.version", version)}}};
  const ordered_json scope = {{"scope", {{"name", "ameide"}, {"version", version}}}, {what, std::move(list)}};
  const ordered_json request = {
      {resources, ordered_json::array({{{"resource", resource}, {scopes, ordered_json::array({scope})}}})}};
  return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ordered_json HistogramPoint(const prometheus::ClientMetric::Histogram& histogram) {
  ordered_json counts = ordered_json::array(), bounds = ordered_json::array();
  uint64_t below = 0;
  for (size_t i = 0; i < histogram.bucket.size(); ++i) {
    const prometheus::ClientMetric::Bucket& bucket = histogram.bucket[i];
    counts.push_back(absl::StrCat(bucket.cumulative_count - below));
    below = bucket.cumulative_count;
    if (i + 1 < histogram.bucket.size()) bounds.push_back(bucket.upper_bound);  // the last one has no end
  }
  return {{"count", absl::StrCat(histogram.sample_count)},
          {"sum", histogram.sample_sum},
          {"bucketCounts", std::move(counts)},
          {"explicitBounds", std::move(bounds)}};
}

ordered_json ToJson(const prometheus::MetricFamily& family, const std::string& start,
                    const std::string& now) {
  ordered_json points = ordered_json::array();
  for (const prometheus::ClientMetric& metric : family.metric) {
    ordered_json point;
    if (family.type == prometheus::MetricType::Histogram) {
      point = HistogramPoint(metric.histogram);
    } else {
      point["asDouble"] =
          family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
    }
    point["attributes"] = ordered_json::array();
    for (const prometheus::ClientMetric::Label& label : metric.label)
      point["attributes"].push_back(Attribute(label.name, label.value));
    point["startTimeUnixNano"] = start;
    point["timeUnixNano"] = now;
    points.push_back(std::move(point));
  }
  ordered_json json = {{"name", family.name}, {"description", family.help}};
  ordered_json data = {{"dataPoints", std::move(points)}};
  if (family.type == prometheus::MetricType::Gauge) {
    json["gauge"] = std::move(data);
    return json;
  }
  data["aggregationTemporality"] = kCumulative;
  if (family.type == prometheus::MetricType::Counter) data["isMonotonic"] = true;
  json[family.type == prometheus::MetricType::Counter ? "sum" : "histogram"] = std::move(data);
  return json;
}

}  // namespace

std::string SpansToOtlp(std::span<const Span> spans, const std::string& version) {
  ordered_json list = ordered_json::array();
  for (const Span& span : spans) list.push_back(ToJson(span));
  return Request("resourceSpans", "scopeSpans", "spans", std::move(list), version);
}

std::string MetricsToOtlp(const std::vector<prometheus::MetricFamily>& families, const std::string& version,
                          WallTime start, WallTime now) {
  ordered_json list = ordered_json::array();
  for (const prometheus::MetricFamily& family : families) {
    if (!family.metric.empty()) list.push_back(ToJson(family, Nanoseconds(start), Nanoseconds(now)));
  }
  return Request("resourceMetrics", "scopeMetrics", "metrics", std::move(list), version);
}

PartialSuccess ReadPartialSuccess(const std::string& answer) {
  PartialSuccess said;
  const ordered_json json = ordered_json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("partialSuccess") || !json["partialSuccess"].is_object())
    return said;
  for (const auto& [name, value] : json["partialSuccess"].items()) {
    if (name == "errorMessage" && value.is_string()) said.message = value.get<std::string>();
    if (name != "rejectedSpans" && name != "rejectedDataPoints") continue;
    // A 64-bit number is a string; some write a number all the same.
    if (value.is_number_integer()) said.rejected = value.get<int64_t>();
    if (value.is_string() && !absl::SimpleAtoi(value.get<std::string>(), &said.rejected)) said.rejected = 0;
  }
  said.rejected = std::max<int64_t>(said.rejected, 0);
  return said;
}

}  // namespace ameide::telemetry
