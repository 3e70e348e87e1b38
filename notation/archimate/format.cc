#include "notation/archimate/format.h"

#include <algorithm>
#include <array>
#include <string>

#include "notation/xml/intake.h"

namespace ameide::archimate {
namespace {

using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;

constexpr std::array<std::string_view, 11> kReferences = {"source",
                                                          "target",
                                                          "archimateElement",
                                                          "archimateRelationship",
                                                          "targetConnections",
                                                          "relationship",
                                                          "elementRef",
                                                          "relationshipRef",
                                                          "viewRef",
                                                          "identifierRef",
                                                          "propertyDefinitionRef"};
/// What views are made of: in Archi's files, and in exchange files.
constexpr std::array<std::string_view, 6> kInViews = {"child",     "bounds", "sourceConnection",
                                                      "bendpoint", "node",   "connection"};
constexpr std::array<std::string_view, 4> kProse = {"documentation", "purpose", "content", "notes"};

template <size_t kSize>
bool IsOneOf(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class ArchimateFormat final : public xml::XmlFormat {
 public:
  ArchimateFormat() : XmlFormat("archimate", ".archimate") {}

  bool Claims(std::string_view path, std::string_view head) const override {
    return XmlFormat::Claims(path, head) || xml::HasRoot(head, "model", "archimatetool.com/archimate") ||
           xml::HasRoot(head, "model", "opengroup.org/xsd/archimate/");
  }

  bool IsLayout(const Document& document, NodeIndex node) const override {
    for (NodeIndex at = node; at != kNoNode; at = document.parent(at)) {
      if (document.kind(at) == NodeKind::kElement && IsOneOf(kInViews, document.local_name(at))) return true;
    }
    return false;
  }

  std::vector<std::string> ReferencesIn(const Document& document, NodeIndex node,
                                        std::string_view attribute) const override {
    if (!IsOneOf(kReferences, attribute)) return {};
    return xml::References(document, node, attribute);
  }

  bool IsProse(const Document& document, NodeIndex node) const override {
    const NodeIndex element = document.kind(node) == NodeKind::kElement ? node : document.parent(node);
    return IsOneOf(kProse, document.local_name(element));
  }
};

}  // namespace

std::unique_ptr<uaf::document::Format> MakeArchimateFormat() { return std::make_unique<ArchimateFormat>(); }

}  // namespace ameide::archimate
