#include "notation/dmn/format.h"

#include <algorithm>
#include <array>
#include <string>

#include "notation/xml/intake.h"
#include "notation/xml/within.h"

namespace ameide::dmn {
namespace {

using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;

constexpr std::string_view kDiagram = "DMNDI";

/// Elements whose children say something by their order (DMN 1.5 §8.3, §10.3: columns and rows are matched by
/// position, rules by hit policy, entries are evaluated one after the other).
constexpr std::array<std::string_view, 10> kOrdered = {"decisionTable",
                                                       "rule",
                                                       "relation",
                                                       "list",
                                                       "context",
                                                       "functionDefinition",
                                                       "row",
                                                       "encapsulatedLogic",
                                                       "decisionService",
                                                       "functionItem"};
constexpr std::array<std::string_view, 5> kProse = {"description", "question", "allowedAnswers", "annotation",
                                                    "documentation"};

template <size_t kSize>
bool IsOneOf(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class DmnFormat final : public xml::XmlFormat {
 public:
  DmnFormat() : XmlFormat("dmn", ".dmn") {}

  bool Claims(std::string_view path, std::string_view head) const override {
    return XmlFormat::Claims(path, head) || xml::HasRoot(head, "definitions", "/spec/DMN/");
  }

  std::string DisplayName(const Document& document, NodeIndex node) const override {
    for (const char* attribute : {"name", "label"}) {
      if (auto name = document.attribute(node, attribute); name && !name->empty()) return *std::move(name);
    }
    return document.attribute(node, "id").value_or("");
  }

  bool IsLayout(const Document& document, NodeIndex node) const override {
    for (NodeIndex at = node; at != kNoNode; at = document.parent(at)) {
      if (document.kind(at) == NodeKind::kElement && document.local_name(at) == kDiagram)
        // What was pasted there from the model says more than how something is drawn.
        return !xml::IsWithin(document, node, at, document.namespace_uri(document.root_element()));
    }
    return false;
  }

  std::vector<std::string> ReferencesIn(const Document& document, NodeIndex node,
                                        std::string_view attribute) const override {
    if (attribute != "href" && attribute != "dmnElementRef") return {};
    return xml::References(document, node, attribute);
  }

  bool IsOrdered(const Document& document, NodeIndex parent) const override {
    return IsOneOf(kOrdered, document.local_name(parent)) && !IsLayout(document, parent);
  }

  bool IsProse(const Document& document, NodeIndex node) const override {
    const NodeIndex element = document.kind(node) == NodeKind::kElement ? node : document.parent(node);
    const std::string_view name = document.local_name(element);
    if (name != "text") return IsOneOf(kProse, name);
    // Of a literal expression it is code.
    const std::string_view above = document.local_name(document.parent(element));
    return above == "textAnnotation" || above == "annotationEntry";
  }
};

}  // namespace

std::unique_ptr<uaf::document::Format> MakeDmnFormat() { return std::make_unique<DmnFormat>(); }

}  // namespace ameide::dmn
