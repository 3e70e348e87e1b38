#include "backend/runtime/simulation/script.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

/// At most this much of an option is quoted.
constexpr size_t kLongestQuote = 200;

absl::Status Wrong(std::string_view option, const std::string& text, std::string_view form,
                   std::string_view why = "") {
  const std::string quote =
      text.size() > kLongestQuote ? absl::StrCat(text.substr(0, kLongestQuote), "…") : text;
  return absl::InvalidArgumentError(absl::StrCat(std::string(option), " ", quote, ": ", std::string(why),
                                                 why.empty() ? "" : "; ", "it must be ", std::string(option),
                                                 " ", std::string(form)));
}

struct Split {
  std::string name;
  std::optional<std::string> value;
};

Split AtEquals(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

absl::StatusOr<feel::Context> ObjectOf(std::string_view option, const std::string& text, const Split& split,
                                       std::string_view form) {
  if (!split.value) return feel::Context();
  const absl::StatusOr<feel::Value> value = feel::FromJson(*split.value);
  if (!value.ok()) return Wrong(option, text, form, std::string(value.status().message()));
  if (value->context() == nullptr) return Wrong(option, text, form, "the value is not a JSON object");
  return *value->context();
}

}  // namespace

absl::StatusOr<Script> ReadScript(const RunOptions& options) {
  Script script;
  for (const std::string& text : options.variables) {
    const Split split = AtEquals(text);
    if (split.name.empty() || !split.value) return Wrong("--var", text, "NAME=JSON");
    absl::StatusOr<feel::Value> value = feel::FromJson(*split.value);
    if (!value.ok())
      return Wrong("--var", text, "NAME=JSON (text in quotes: NAME='\"text\"')",
                   std::string(value.status().message()));
    script.variables.Set(split.name, *std::move(value));
  }
  for (const std::string& text : options.complete) {
    const Split split = AtEquals(text);
    if (split.name.empty()) return Wrong("--complete", text, "TASK or TASK=JSON");
    AMEIDE_ASSIGN_OR_RETURN(feel::Context results,
                            ObjectOf("--complete", text, split, "TASK={\"name\": value}"));
    script.complete[split.name].Add(std::move(results));
  }
  for (const std::string& text : options.throws) {
    const Split split = AtEquals(text);
    if (split.name.empty() || !split.value || split.value->empty())
      return Wrong("--throw", text, "ELEMENT=CODE");
    script.throws[split.name].Add(*split.value);
  }
  for (const RunOptions::Sent& sent : options.sent) {
    if (sent.signal) {
      if (sent.text.empty()) return Wrong("--signal", sent.text, "NAME");
      script.sent.push_back({true, sent.text, {}, {}});
      continue;
    }
    const Split split = AtEquals(sent.text);
    if (split.name.empty() || split.name[0] == ':') return Wrong("--message", sent.text, "NAME[:KEY][=JSON]");
    SentEvent message{false, split.name, {}, {}};
    if (const size_t colon = split.name.find(':'); colon != std::string::npos) {
      message.name = split.name.substr(0, colon);
      message.key = split.name.substr(colon + 1);
    }
    AMEIDE_ASSIGN_OR_RETURN(message.variables,
                            ObjectOf("--message", sent.text, split, "NAME[:KEY][={\"name\": value}]"));
    script.sent.push_back(std::move(message));
  }
  if (!options.advance.empty()) {
    absl::StatusOr<feel::IsoDuration> duration = feel::ParseIsoDuration(options.advance);
    if (!duration.ok())
      return Wrong("--advance", options.advance, "an ISO 8601 duration like PT1H",
                   std::string(duration.status().message()));
    script.advance = *duration;
  }
  return script;
}

}  // namespace ameide::runtime
