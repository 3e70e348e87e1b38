#include "notation/bpmn/format.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/status.h"
#include "notation/bpmn/metamodel.h"
#include "notation/xml/intake.h"
#include "notation/xml/within.h"

namespace ameide::bpmn {

using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;

namespace {

/// "exclusiveGateway" → "Exclusive gateway", "BPMNShape" → "BPMN shape".
std::string TypeAsTitle(std::string_view type) {
  if (type.starts_with("BPMN"))
    return "BPMN " + std::string(1, static_cast<char>(type[4] | 0x20)) + std::string(type.substr(5));
  std::string words;
  for (const char c : type) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !words.empty()) words += ' ';
    words += upper ? static_cast<char>(c | 0x20) : c;
  }
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] & ~0x20);
  return words;
}

/// The element a shape or edge draws: its name makes the label of the shape too. Looked for in the whole
/// document, but only for what has `bpmnElement`.
NodeIndex DrawnElement(const Document& document, NodeIndex node) {
  if (document.namespace_uri(node) != kDiagramNamespace) return kNoNode;
  const std::optional<std::string> reference = document.attribute(node, "bpmnElement");
  const NodeIndex root = document.root_element();
  if (!reference || root == kNoNode) return kNoNode;
  const std::string wanted =
      reference->substr(reference->find(':') == std::string::npos ? 0 : reference->find(':') + 1);
  for (const NodeIndex each : document.Descendants(root)) {
    if (document.kind(each) != NodeKind::kElement || document.attribute(each, "id") != wanted) continue;
    if (document.namespace_uri(each) == kModelNamespace) return each;
  }
  return kNoNode;
}

constexpr std::array<std::string_view, 5> kDiagramReferences = {
    "bpmnElement", "sourceElement", "targetElement", "choreographyActivityShape", "labelStyle"};
constexpr std::array<std::string_view, 3> kZeebeReferences = {"processId", "decisionId", "formId"};

template <size_t kSize>
bool IsOneOf(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether the metamodel has a reference of this name in such an element.
bool IsReference(const Document& document, NodeIndex owner, std::string_view name, bool as_element) {
  if (owner == kNoNode || document.namespace_uri(owner) != kModelNamespace) return false;
  const ElementType* const type = FindElementType(document.local_name(owner));
  if (type == nullptr) return false;
  const auto references = ReferencesOf(*type);
  return std::any_of(references.begin(), references.end(), [&](const ReferenceType* each) {
    return each->name == name && each->as_element == as_element;
  });
}

class BpmnFormat final : public uaf::document::Format {
 public:
  std::string_view name() const override { return "bpmn"; }

  bool Claims(std::string_view path, std::string_view head) const override {
    if (xml::HasSuffix(path, ".bpmn .bpmn20.xml .bpmn2")) return true;
    const size_t name = head.find("definitions");
    if (name == std::string_view::npos) return false;
    const size_t tag = head.rfind('<', name);  // between it and the name there may be a prefix only
    if (tag == std::string_view::npos ||
        head.substr(tag, name - tag).find_first_of(" \t\r\n>") != std::string_view::npos)
      return false;
    return head.substr(name, head.find('>', name) - name).find(kModelNamespace) != std::string_view::npos;
  }

  absl::StatusOr<uaf::document::Intake> Accept(std::string_view bytes) const override {
    return xml::Accept(bytes);
  }

  std::string DisplayName(const Document& document, NodeIndex node) const override {
    if (document.kind(node) != NodeKind::kElement) return "";
    const std::optional<std::string> name = document.attribute(node, "name");
    if (name && name->find_first_not_of(" \t\r\n") != std::string::npos) return *name;
    if (const NodeIndex drawn = DrawnElement(document, node); drawn != kNoNode)
      return DisplayName(document, drawn);
    const std::string_view type = document.local_name(node);
    if (document.namespace_uri(node) == kModelNamespace &&
        (type == "conditionExpression" || type == "text" || type == "script")) {
      return document.text(node);
    }
    return TypeAsTitle(type);
  }

  bool IsLayout(const Document& document, NodeIndex node) const override {
    for (NodeIndex at = node; at != kNoNode; at = document.parent(at)) {
      if (document.kind(at) == NodeKind::kElement && document.local_name(at) == "BPMNDiagram" &&
          document.namespace_uri(at) == kDiagramNamespace) {
        // What was pasted there from the model says more than how something is drawn.
        return !xml::IsWithin(document, node, at, kModelNamespace);
      }
    }
    return false;
  }

  std::vector<std::string> ReferencesIn(const Document& document, NodeIndex node,
                                        std::string_view attribute) const override {
    if (document.kind(node) != NodeKind::kElement) return {};
    const std::string_view uri = document.namespace_uri(node);
    if (attribute.empty()) {
      if (uri != kModelNamespace ||
          !IsReference(document, document.parent(node), document.local_name(node), true))
        return {};
      return xml::ReferencesOf(document.text(node));
    }
    const bool refers = uri == kModelNamespace     ? IsReference(document, node, attribute, false)
                        : uri == kDiagramNamespace ? IsOneOf(kDiagramReferences, attribute)
                        : uri == kZeebeNamespace   ? IsOneOf(kZeebeReferences, attribute)
                                                   : false;
    return refers ? xml::References(document, node, attribute) : std::vector<std::string>();
  }

  bool IsProse(const Document& document, NodeIndex node) const override {
    const NodeIndex element = document.kind(node) == NodeKind::kElement ? node : document.parent(node);
    if (element == kNoNode || document.namespace_uri(element) != kModelNamespace) return false;
    const std::string_view name = document.local_name(element);
    return name == "documentation" ||
           (name == "text" && document.local_name(document.parent(element)) == "textAnnotation");
  }
};

}  // namespace

std::unique_ptr<uaf::document::Format> MakeBpmnFormat() { return std::make_unique<BpmnFormat>(); }

}  // namespace ameide::bpmn
