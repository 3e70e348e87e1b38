#include "modeler/host/names.h"

namespace ameide::modeler {

using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;

std::pair<std::string, std::string> SplitExpandedName(std::string_view name) {
  const size_t end = name.find('}');
  if (name.empty() || name[0] != '{' || end == std::string_view::npos) return {"", std::string(name)};
  return {std::string(name.substr(1, end - 1)), std::string(name.substr(end + 1))};
}

std::string AttributePrefix(const Document& document, NodeIndex node, std::string_view uri) {
  for (NodeIndex at = node; at != kNoNode; at = document.parent(at)) {
    for (const auto& attribute : document.attributes(at)) {
      if (attribute.name.substr(0, 6) != "xmlns:" || attribute.raw != uri) continue;
      const std::string_view prefix = attribute.name.substr(6);
      if (document.LookupNamespace(node, prefix) == uri) return std::string(prefix);
    }
  }
  return "";
}

std::string UsualPrefix(std::string_view uri) {
  static constexpr std::pair<std::string_view, std::string_view> kUsual[] = {
      {"http://www.omg.org/spec/BPMN/20100524/MODEL", "bpmn"},
      {"http://www.omg.org/spec/BPMN/20100524/DI", "bpmndi"},
      {"http://www.omg.org/spec/DD/20100524/DC", "dc"},
      {"http://www.omg.org/spec/DD/20100524/DI", "di"},
      {"http://camunda.org/schema/zeebe/1.0", "zeebe"},
      {"http://ameide.io/schema/bpmn/1.0", "ameide"},
      {"http://bpmn.io/schema/bpmn/biocolor/1.0", "bioc"},
      {"http://www.omg.org/spec/BPMN/non-normative/color/1.0", "color"},
      {kXsiNamespace, "xsi"},
  };
  for (const auto& [known, prefix] : kUsual) {
    if (known == uri) return std::string(prefix);
  }
  return "ns";
}

}  // namespace ameide::modeler
