#include "backend/server/telemetry_file.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"

namespace ameide::server {
namespace {

using nlohmann::json;

constexpr uint64_t kLargestFile = 1 << 20;
constexpr int64_t kLongestInterval = 24 * 3600;

absl::Status Wrong(const std::filesystem::path& file, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(file.string(), ": ", what));
}

/// A header's name or value: no line end may begin another one.
bool IsPlain(const std::string& text) {
  return !text.empty() && text.find_first_of("\r\n") == std::string::npos &&
         text.find('\0') == std::string::npos;
}

}  // namespace

absl::StatusOr<std::optional<telemetry::OtlpPushOptions>> ReadTelemetry(const std::filesystem::path& file) {
  const auto text = PosixFileSystem().Read(file, kLargestFile);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  if (!text.ok()) return Wrong(file, std::string(text.status().message()));
  const json all = json::parse(*text, nullptr, false);
  if (all.is_discarded() || !all.is_object() || all.size() != 1 || !all.contains("otlp") ||
      !all["otlp"].is_object())
    return Wrong(file, "it is no JSON object with the one member otlp, an object");
  telemetry::OtlpPushOptions options;
  for (const auto& [name, value] : all["otlp"].items()) {
    if (name == "endpoint" && value.is_string()) {
      options.endpoint = value.get<std::string>();
    } else if (name == "headers" && value.is_object()) {
      for (const auto& [header, content] : value.items()) {
        if (!content.is_string() || !IsPlain(header) || !IsPlain(content.get<std::string>()))
          return Wrong(file, absl::StrCat("the header ", header, " is no text on one line"));
        options.headers.emplace_back(header, content.get<std::string>());
      }
    } else if (name == "metrics_every_seconds" && value.is_number_integer() && value.get<int64_t>() > 0 &&
               value.get<int64_t>() <= kLongestInterval) {
      options.metrics_every = std::chrono::seconds(value.get<int64_t>());
    } else {
      return Wrong(file, absl::StrCat("the member ", name,
                                      " of otlp is unknown or wrong; known are endpoint, headers, "
                                      "metrics_every_seconds (from 1 to 86400)"));
    }
  }
  if (options.endpoint.empty()) return Wrong(file, "the endpoint is missing, like http://127.0.0.1:4318");
  return options;
}

}  // namespace ameide::server
