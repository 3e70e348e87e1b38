#include "app/cli/changes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/values.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using uaf::diff::ChangeKind;
using uaf::diff::ElementChange;

/// Files that have another path are renamed; elements move.
std::string_view Name(const ElementChange& change) {
  switch (change.kind) {
    case ChangeKind::kAdded:
      return "added";
    case ChangeKind::kRemoved:
      return "removed";
    case ChangeKind::kChanged:
      return "changed";
    case ChangeKind::kMoved:
      return change.node == uaf::NodeId{} ? "renamed" : "moved";
  }
  return "changed";
}

std::string Quoted(const std::optional<std::string>& value) { return value ? InQuotes(*value) : "none"; }

// Newest first; the rest is counted.
constexpr size_t kMostReasons = 3;

void PrintChange(const Console& console, const ElementChange& change) {
  std::string line = absl::StrCat("  ", std::string(Name(change)), "  ", change.type);
  if (!change.element.empty()) absl::StrAppend(&line, " ", change.element);
  if (!change.name.empty() && change.name != change.element) absl::StrAppend(&line, " \"", change.name, "\"");
  if (change.nodes > 1) absl::StrAppend(&line, " with ", change.nodes - 1, " inside");
  if (change.moved && change.kind == ChangeKind::kChanged) absl::StrAppend(&line, ", moved");
  console.Line(line);
  for (const uaf::diff::ValueChange& value : change.values) {
    const std::string name = value.name == "#text" ? "text" : value.name == "#type" ? "type" : value.name;
    console.Line(absl::StrCat("      ", name, ": ", Quoted(value.before), " → ", Quoted(value.after)));
  }
}

void PrintReasons(const Console& console, std::span<const uaf::ChangeSetSummary> events) {
  for (const uaf::ChangeSetSummary& event : events.first(std::min(kMostReasons, events.size()))) {
    console.Line(
        absl::StrCat("      by ", event.author.name, ", ", LocalTime(event.time), ": ", event.label,
                     event.commit.empty() ? "" : absl::StrCat(" (", event.commit.substr(0, 7), ")")));
  }
  if (events.size() > kMostReasons)
    console.Line(absl::StrCat("      and ", events.size() - kMostReasons, " more"));
}

/// What is counted only.
class Summary {
 public:
  /// True when `change` needs no line of its own.
  bool Counts(const ElementChange& change) {
    if (change.layout) {
      ++layout_;
    } else if (change.OnlyFollows()) {
      ++following_;
    } else {
      return false;
    }
    return true;
  }
  void Print(const Console& console) const {
    if (following_ > 0)
      console.Line(absl::StrCat("  references  ", following_, following_ == 1 ? " follows" : " follow",
                                " a changed id"));
    if (layout_ > 0) console.Line(absl::StrCat("  layout  ", layout_, " change", layout_ == 1 ? "" : "s"));
  }

 private:
  size_t layout_ = 0;
  size_t following_ = 0;
};

}  // namespace

ordered_json ToJson(const ElementChange& change) {
  ordered_json out = {{"change", Name(change)},  {"element", change.element},
                      {"type", change.type},     {"name", change.name},
                      {"layout", change.layout}, {"node", uaf::FormatId(change.node)}};
  if (change.kind == ChangeKind::kAdded || change.kind == ChangeKind::kRemoved) out["nodes"] = change.nodes;
  if (change.moved) out["moved"] = true;
  for (const uaf::diff::ValueChange& value : change.values) {
    ordered_json entry = {{"name", value.name}};
    entry["before"] = value.before ? ordered_json(*value.before) : ordered_json(nullptr);
    entry["after"] = value.after ? ordered_json(*value.after) : ordered_json(nullptr);
    if (value.follows) entry["follows"] = true;
    out["values"].push_back(entry);
  }
  return out;
}

ordered_json ToJson(const uaf::AttributedChange& change) {
  ordered_json out = ToJson(change.change);
  out["by"] = ordered_json::array();
  for (const uaf::ChangeSetSummary& event : change.events) {
    out["by"].push_back({{"event", uaf::FormatId(event.id)},
                         {"author", event.author.name},
                         {"time", FormatTime(event.time)},
                         {"label", event.label},
                         {"commit", event.commit}});
  }
  return out;
}

void PrintInvisible(const Console& console, std::string_view before, std::string_view after) {
  const auto without = [](std::string_view text, std::string_view left_out) {
    std::string kept;
    for (const char c : text) {
      if (left_out.find(c) == std::string_view::npos) kept.push_back(c);
    }
    return kept;
  };
  if (without(before, "\r") == without(after, "\r")) {
    // Line by line: both have the same ones.
    size_t changed = 0;
    for (size_t i = 0, j = 0; i < before.size() || j < after.size();) {
      const size_t end_i = std::min(before.find('\n', i), before.size());
      const size_t end_j = std::min(after.find('\n', j), after.size());
      if (before.substr(i, end_i - i) != after.substr(j, end_j - j)) ++changed;
      i = std::min(end_i + 1, before.size());
      j = std::min(end_j + 1, after.size());
    }
    console.Line(absl::StrCat("  line ends changed (", changed, changed == 1 ? " line)" : " lines)"));
  } else if (without(before, " \t\r\n") == without(after, " \t\r\n")) {
    console.Line("  white space only");
  } else {
    console.Line("  only white space, comments or spelling");
  }
}

void PrintChanges(const Console& console, std::span<const ElementChange> changes) {
  Summary summary;
  for (const ElementChange& change : changes) {
    if (!summary.Counts(change)) PrintChange(console, change);
  }
  summary.Print(console);
}

void PrintChanges(const Console& console, std::span<const uaf::AttributedChange> changes) {
  Summary summary;
  for (const uaf::AttributedChange& change : changes) {
    if (summary.Counts(change.change)) continue;
    PrintChange(console, change.change);
    PrintReasons(console, change.events);
  }
  summary.Print(console);
}

}  // namespace ameide::cli
