#include "backend/runtime/batch/scenario.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "base/yaml/yaml.h"
#include "notation/feel/duration.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

using yaml::At;
using yaml::CheckFields;
using yaml::ReadText;

constexpr size_t kLargestScenario = 256 * 1024;
constexpr uint64_t kMostOfOneResource = 1'000'000;

struct KindName {
  std::string_view name;
  Distribution::Kind kind;
  std::string_view parameters;  ///< for messages
};
constexpr KindName kKinds[] = {
    {"constant", Distribution::Kind::kConstant, "DURATION"},
    {"uniform", Distribution::Kind::kUniform, "[LEAST, MOST]"},
    {"triangular", Distribution::Kind::kTriangular, "[LEAST, MODE, MOST]"},
    {"normal", Distribution::Kind::kNormal, "[MEAN, DEVIATION]"},
    {"lognormal", Distribution::Kind::kLogNormal, "[MEAN, DEVIATION]"},
    {"exponential", Distribution::Kind::kExponential, "MEAN"},
    {"gamma", Distribution::Kind::kGamma, "[MEAN, DEVIATION]"},
    {"weibull", Distribution::Kind::kWeibull, "[SCALE, SHAPE]"},
};

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

absl::StatusOr<double> ReadNumber(const YAML::Node& node, std::string_view what) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string text, ReadText(node, what));
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0.0)
    return At(node, absl::StrCat(std::string(what), " must be a number, zero or more"));
  return number;
}

absl::StatusOr<uint64_t> ReadCount(const YAML::Node& node, std::string_view what, uint64_t least,
                                   uint64_t most) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string text, ReadText(node, what));
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return At(node, absl::StrCat(std::string(what), " must be a whole number from ", least, " to ", most));
  }
  return number;
}

absl::StatusOr<Span> ReadSpan(const YAML::Node& node, std::string_view what) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string text, ReadText(node, what));
  const absl::StatusOr<feel::IsoDuration> duration = feel::ParseIsoDuration(text);
  const bool exact = duration.ok() && *duration == feel::IsoDuration{{}, duration->time};
  const WallTime zero;
  if (exact && feel::AddDuration(zero, *duration) >= zero) return feel::AddDuration(zero, *duration) - zero;
  return At(node,
            absl::StrCat(std::string(what), " must be a length of time without months, like PT10M or P2D"));
}

absl::StatusOr<Distribution> ReadChoice(const YAML::Node& node, std::string_view what) {
  if (!node.IsMap()) return At(node, absl::StrCat(std::string(what), ": choice needs {DURATION: WEIGHT, …}"));
  std::vector<Span> values;
  std::vector<double> weights;
  for (const auto& entry : node) {
    AMEIDE_ASSIGN_OR_RETURN(const Span value, ReadSpan(entry.first, what));
    AMEIDE_ASSIGN_OR_RETURN(const double weight, ReadNumber(entry.second, "a weight"));
    values.push_back(value);
    weights.push_back(weight);
  }
  absl::StatusOr<Distribution> choice = Distribution::Choice(std::move(values), std::move(weights));
  if (!choice.ok()) return At(node, absl::StrCat(std::string(what), ": ", choice.status().message()));
  return choice;
}

/// `PT10M`, or `{normal: [PT10M, PT2M]}`.
absl::StatusOr<Distribution> ReadDistribution(const YAML::Node& node, std::string_view what) {
  if (node.IsScalar()) {
    AMEIDE_ASSIGN_OR_RETURN(const Span span, ReadSpan(node, what));
    return Distribution::Constant(span);
  }
  if (!node.IsMap() || node.size() != 1) {
    return At(node,
              absl::StrCat(std::string(what),
                           " must be a length of time or one distribution, like {normal: [PT10M, PT2M]}"));
  }
  const auto& entry = *node.begin();
  AMEIDE_ASSIGN_OR_RETURN(const std::string name, ReadText(entry.first, what));
  if (name == "choice") return ReadChoice(entry.second, what);
  const auto* const known = std::find_if(std::begin(kKinds), std::end(kKinds),
                                         [&](const KindName& kind) { return kind.name == name; });
  if (known == std::end(kKinds)) {
    std::string names = "choice";
    for (const KindName& kind : kKinds) absl::StrAppend(&names, ", ", std::string(kind.name));
    return At(entry.first, absl::StrCat("there is no distribution `", name, "`; there are: ", names));
  }
  std::vector<YAML::Node> values;
  if (entry.second.IsSequence()) {
    for (const YAML::Node& value : entry.second) values.push_back(value);
  } else {
    values.push_back(entry.second);
  }
  std::vector<double> parameters;
  for (const YAML::Node& value : values) {
    const bool is_shape = known->kind == Distribution::Kind::kWeibull && parameters.size() == 1;
    if (is_shape) {
      AMEIDE_ASSIGN_OR_RETURN(const double shape, ReadNumber(value, "a shape"));
      parameters.push_back(shape);
      continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(const Span span, ReadSpan(value, what));
    parameters.push_back(std::chrono::duration<double>(span).count());
  }
  absl::StatusOr<Distribution> made = Distribution::Make(known->kind, std::move(parameters));
  if (!made.ok()) {
    return At(entry.second, absl::StrCat(std::string(what), ": ", name, " takes ",
                                         std::string(known->parameters), "; ", made.status().message()));
  }
  return made;
}

/// Any YAML as a FEEL value: numbers, true, false, null and texts by how they look, unless they are quoted.
feel::Value ToValue(const YAML::Node& node) {
  if (node.IsSequence()) {
    feel::List list;
    for (const YAML::Node& item : node) list.push_back(ToValue(item));
    return list;
  }
  if (node.IsMap()) {
    feel::Context context;
    for (const auto& entry : node) context.Set(entry.first.Scalar(), ToValue(entry.second));
    return context;
  }
  if (!node.IsScalar()) return {};
  if (node.Tag() != "!") {  // not quoted
    if (const auto plain = feel::FromJson(node.Scalar()); plain.ok() && plain->context() == nullptr)
      return *plain;
  }
  return feel::Value(node.Scalar());
}

absl::StatusOr<feel::Context> ReadVariables(const YAML::Node& node, std::string_view what) {
  AMEIDE_RETURN_IF_ERROR(CheckFields(node, what, {}));
  return *ToValue(node).context();
}

/// "09:00" → nine hours.
std::optional<Span> TimeOfDay(std::string_view text) {
  int hour = -1, minute = -1;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto read = [](std::string_view digits, int& number) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() && digits.size() == 2;
  };
  if (!read(text.substr(0, colon), hour) || !read(text.substr(colon + 1), minute)) return std::nullopt;
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

/// `{days: [mon, tue], hours: ["09:00-12:00", "13:00-17:00"]}`.
absl::StatusOr<Calendar> ReadCalendar(const YAML::Node& node, std::string_view what) {
  AMEIDE_RETURN_IF_ERROR(CheckFields(node, what, {"days", "hours"}));
  if (!node["days"] || !node["hours"])
    return At(node, absl::StrCat(std::string(what), " needs `days` and `hours`"));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> days, yaml::ReadTexts(node["days"], "`days`"));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> hours, yaml::ReadTexts(node["hours"], "`hours`"));
  std::vector<std::pair<Span, Span>> open;
  for (const std::string& day : days) {
    const auto* const known = std::find(kDays.begin(), kDays.end(), day);
    if (known == kDays.end())
      return At(node["days"],
                absl::StrCat("`", day, "` is no day; there are: mon, tue, wed, thu, fri, sat, sun"));
    const Span midnight = std::chrono::hours(24) * (known - kDays.begin());
    for (const std::string& interval : hours) {
      const size_t dash = interval.find('-');
      const auto from = TimeOfDay(std::string_view(interval).substr(0, dash));
      const auto to =
          dash == std::string::npos ? std::nullopt : TimeOfDay(std::string_view(interval).substr(dash + 1));
      if (!from || !to || *to <= *from) {
        return At(node["hours"], absl::StrCat("`", interval, "` must be hours of one day, like 09:00-17:00"));
      }
      open.emplace_back(midnight + *from, midnight + *to);
    }
  }
  absl::StatusOr<Calendar> calendar = Calendar::Weekly(std::move(open));
  if (!calendar.ok()) return At(node, absl::StrCat(std::string(what), ": ", calendar.status().message()));
  return calendar;
}

/// Reads one document into one Scenario.
class Reader {
 public:
  absl::StatusOr<Scenario> Read(const YAML::Node& root) {
    AMEIDE_RETURN_IF_ERROR(
        CheckFields(root, "a scenario",
                    {"version", "process", "seed", "runs", "start", "until", "warm_up", "arrivals",
                     "variables", "currency", "calendars", "resources", "elements"}));
    const YAML::Node version = root["version"];
    if (!version || !version.IsScalar() || version.Scalar() != "1")
      return At(root, "`version: 1` is missing; this program reads version 1");
    AMEIDE_RETURN_IF_ERROR(ReadRun(root));
    if (const YAML::Node node = root["arrivals"]) AMEIDE_RETURN_IF_ERROR(ReadArrivals(node));
    if (!scenario_.count && !(scenario_.until && scenario_.every)) {
      return At(root,
                "nothing says how many instances there are: give `arrivals: {count: 100}`, or `every` and "
                "`until`");
    }
    if (const YAML::Node node = root["calendars"]) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`calendars`", {}));
      for (const auto& entry : node) {
        AMEIDE_ASSIGN_OR_RETURN(Calendar calendar, ReadCalendar(entry.second, Quoted(entry.first)));
        scenario_.calendars.emplace(entry.first.Scalar(), std::move(calendar));
      }
    }
    if (const YAML::Node node = root["resources"]) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`resources`", {}));
      for (const auto& entry : node) AMEIDE_RETURN_IF_ERROR(ReadResource(entry.first.Scalar(), entry.second));
    }
    if (const YAML::Node node = root["elements"]) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`elements`", {}));
      for (const auto& entry : node) AMEIDE_RETURN_IF_ERROR(ReadElement(entry.first.Scalar(), entry.second));
    }
    return std::move(scenario_);
  }

 private:
  static std::string Quoted(const YAML::Node& name) { return absl::StrCat("`", name.Scalar(), "`"); }

  absl::Status ReadRun(const YAML::Node& root) {
    if (const YAML::Node node = root["process"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.process, ReadText(node, "`process`"));
    }
    if (const YAML::Node node = root["currency"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.currency, ReadText(node, "`currency`"));
    }
    if (const YAML::Node node = root["seed"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.seed, ReadCount(node, "`seed`", 0, UINT64_MAX));
    }
    if (const YAML::Node node = root["runs"]) {
      AMEIDE_ASSIGN_OR_RETURN(const uint64_t runs, ReadCount(node, "`runs`", 1, kMostRuns));
      scenario_.runs = static_cast<uint32_t>(runs);
    }
    if (const YAML::Node node = root["start"]) {
      AMEIDE_ASSIGN_OR_RETURN(const std::string text, ReadText(node, "`start`"));
      const absl::StatusOr<WallTime> start = ParseTime(text);
      if (!start.ok()) return At(node, std::string(start.status().message()));
      scenario_.start = *start;
    }
    if (const YAML::Node node = root["until"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.until, ReadSpan(node, "`until`"));
    }
    if (const YAML::Node node = root["warm_up"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.warm_up, ReadSpan(node, "`warm_up`"));
    }
    if (const YAML::Node node = root["variables"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.variables, ReadVariables(node, "`variables`"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadArrivals(const YAML::Node& node) {
    AMEIDE_RETURN_IF_ERROR(CheckFields(node, "`arrivals`", {"count", "every"}));
    if (node["count"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.count, ReadCount(node["count"], "`count`", 1, kMostArrivals));
    }
    if (node["every"]) {
      AMEIDE_ASSIGN_OR_RETURN(scenario_.every, ReadDistribution(node["every"], "`every`"));
      if (!(scenario_.every->mean() > 0.0)) return At(node["every"], "`every` must be more than zero");
    }
    return absl::OkStatus();
  }

  absl::Status ReadResource(const std::string& name, const YAML::Node& node) {
    AMEIDE_RETURN_IF_ERROR(
        CheckFields(node, absl::StrCat("`", name, "`"), {"count", "cost_per_hour", "calendar"}));
    Resource resource;
    if (node["count"]) {
      AMEIDE_ASSIGN_OR_RETURN(const uint64_t count,
                              ReadCount(node["count"], "`count`", 1, kMostOfOneResource));
      resource.count = static_cast<uint32_t>(count);
    }
    if (node["cost_per_hour"]) {
      AMEIDE_ASSIGN_OR_RETURN(resource.cost_per_hour, ReadNumber(node["cost_per_hour"], "`cost_per_hour`"));
    }
    if (node["calendar"]) {
      AMEIDE_ASSIGN_OR_RETURN(resource.calendar, ReadText(node["calendar"], "`calendar`"));
      if (!scenario_.calendars.contains(resource.calendar))
        return At(node["calendar"],
                  absl::StrCat("there is no calendar `", resource.calendar, "`; add it to `calendars`"));
    }
    scenario_.resources.emplace(name, resource);
    return absl::OkStatus();
  }

  absl::Status ReadElement(const std::string& id, const YAML::Node& node) {
    AMEIDE_RETURN_IF_ERROR(
        CheckFields(node, absl::StrCat("`", id, "`"),
                    {"duration", "resource", "units", "cost", "results", "after", "probability", "odds"}));
    ElementScenario element;
    if (node["duration"]) {
      AMEIDE_ASSIGN_OR_RETURN(element.duration, ReadDistribution(node["duration"], "`duration`"));
    }
    if (node["resource"]) {
      AMEIDE_ASSIGN_OR_RETURN(element.resource, ReadText(node["resource"], "`resource`"));
      const auto known = scenario_.resources.find(element.resource);
      if (known == scenario_.resources.end())
        return At(node["resource"],
                  absl::StrCat("there is no resource `", element.resource, "`; add it to `resources`"));
      if (node["units"]) {
        AMEIDE_ASSIGN_OR_RETURN(const uint64_t units,
                                ReadCount(node["units"], "`units`", 1, known->second.count));
        element.units = static_cast<uint32_t>(units);
      }
    } else if (node["units"]) {
      return At(node["units"], "`units` are those of a `resource`, which is missing");
    }
    if (node["cost"]) {
      AMEIDE_ASSIGN_OR_RETURN(element.cost, ReadNumber(node["cost"], "`cost`"));
    }
    if (node["results"]) {
      AMEIDE_ASSIGN_OR_RETURN(element.results, ReadVariables(node["results"], "`results`"));
    }
    if (node["after"]) {
      AMEIDE_ASSIGN_OR_RETURN(element.after, ReadDistribution(node["after"], "`after`"));
    }
    if (node["probability"]) {
      AMEIDE_ASSIGN_OR_RETURN(element.probability, ReadNumber(node["probability"], "`probability`"));
      if (*element.probability > 1.0) return At(node["probability"], "`probability` lies between 0 and 1");
    }
    if (node["odds"]) {
      AMEIDE_RETURN_IF_ERROR(CheckFields(node["odds"], "`odds`", {}));
      for (const auto& entry : node["odds"]) {
        AMEIDE_ASSIGN_OR_RETURN(element.odds[entry.first.Scalar()], ReadNumber(entry.second, "a weight"));
      }
    }
    scenario_.elements.emplace(id, std::move(element));
    return absl::OkStatus();
  }

  Scenario scenario_;
};

}  // namespace

absl::StatusOr<Scenario> ReadScenario(std::string_view text) {
  AMEIDE_ASSIGN_OR_RETURN(const YAML::Node root, yaml::ReadDocument(text, "a scenario", kLargestScenario));
  try {
    return Reader().Read(root);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::max(error.mark.line, 0) + 1, ": it is no YAML: ", error.msg));
  }
}

}  // namespace ameide::runtime
