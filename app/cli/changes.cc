#include "app/cli/changes.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "app/cli/console.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using uaf::diff::ChangeKind;
using uaf::diff::ElementChange;

std::string_view Name(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded:
      return "added";
    case ChangeKind::kRemoved:
      return "removed";
    case ChangeKind::kChanged:
      return "changed";
    case ChangeKind::kMoved:
      return "moved";
  }
  return "changed";
}

std::string Quoted(const std::optional<std::string>& value) {
  return value ? absl::StrCat("'", *value, "'") : "none";
}

}  // namespace

ordered_json ToJson(const ElementChange& change) {
  ordered_json out = {{"change", Name(change.kind)}, {"element", change.element},
                      {"type", change.type},         {"name", change.name},
                      {"layout", change.layout},     {"node", uaf::FormatId(change.node)}};
  if (change.kind == ChangeKind::kAdded || change.kind == ChangeKind::kRemoved) out["nodes"] = change.nodes;
  if (change.moved) out["moved"] = true;
  for (const uaf::diff::ValueChange& value : change.values) {
    ordered_json entry = {{"name", value.name}};
    entry["before"] = value.before ? ordered_json(*value.before) : ordered_json(nullptr);
    entry["after"] = value.after ? ordered_json(*value.after) : ordered_json(nullptr);
    out["values"].push_back(entry);
  }
  return out;
}

void PrintChanges(const Console& console, std::span<const ElementChange> changes) {
  size_t layout = 0;
  for (const ElementChange& change : changes) {
    if (change.layout) {
      ++layout;
      continue;
    }
    std::string line = absl::StrCat("  ", std::string(Name(change.kind)), "  ", change.type);
    if (!change.element.empty()) absl::StrAppend(&line, " ", change.element);
    if (!change.name.empty() && change.name != change.element)
      absl::StrAppend(&line, " \"", change.name, "\"");
    if (change.nodes > 1) absl::StrAppend(&line, " with ", change.nodes - 1, " inside");
    if (change.moved && change.kind == ChangeKind::kChanged) absl::StrAppend(&line, ", moved");
    console.Line(line);
    for (const uaf::diff::ValueChange& value : change.values) {
      const std::string name = value.name == "#text" ? "text" : value.name == "#type" ? "type" : value.name;
      console.Line(absl::StrCat("      ", name, ": ", Quoted(value.before), " → ", Quoted(value.after)));
    }
  }
  if (layout > 0) console.Line(absl::StrCat("  layout  ", layout, " change", layout == 1 ? "" : "s"));
}

}  // namespace ameide::cli
