#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "notation/bpmn/view.h"

/// What a Definitions holds; private to this folder.
namespace ameide::bpmn {

/// Looks texts up without making a string of them.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// By text.
template <typename T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// The part of an attribute or reference behind its prefix.
inline std::string_view LocalPart(std::string_view qualified_name) {
  return qualified_name.substr(qualified_name.find(':') + 1);
}

/// Without white space at its ends.
inline std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// What is not there has none.
inline const std::vector<Element> kNoElements;

/// Everything found out in one walk over the document.
struct Definitions::Index {
  enum class Space : uint8_t { kForeign, kModel, kDiagram };
  struct NodeFacts {
    Space space = Space::kForeign;
    const ElementType* type = nullptr;
    uint32_t flows = 0;   // index into `flow_lists` + 1; 0 when no flow touches the node
    uint32_t ends = 0;    // index into `ends` + 1; 0 when nothing is kept
    bool listed = false;  // in the list of its space
  };
  /// What the references that are asked for most refer to: a sequence flow's ends, or what a shape or edge
  /// shows.
  struct Ends {
    NodeIndex source = kNoNode, target = kNoNode, shown = kNoNode;
  };
  struct FlowLists {
    std::vector<Element> outgoing, incoming, boundary_events;
  };

  NodeIndex root = kNoNode;
  std::string target_namespace;
  std::vector<NodeFacts> facts;  // by NodeIndex
  std::vector<FlowLists> flow_lists;
  std::vector<Ends> ends;
  /// Elements in document order.
  struct Lists {
    std::vector<Element> model_elements, diagram_elements;
    TextMap<std::vector<Element>> by_type;

    std::vector<Element>& OfSpace(Space space) {
      return space == Space::kModel ? model_elements : diagram_elements;
    }
  };
  Lists all;
  std::optional<Lists> narrow;  // what is shown instead of all; see LiveDefinitions::Narrow
  TextMap<std::vector<Element>> by_id;
  TextMap<std::vector<Element>> diagram_by_id;   // ids of the diagram's own elements
  TextMap<std::vector<Element>> diagram_by_ref;  // by the local part of bpmnElement

  NodeFacts& of(NodeIndex node) { return facts[static_cast<uint32_t>(node)]; }
  const NodeFacts& of(NodeIndex node) const { return facts[static_cast<uint32_t>(node)]; }

  FlowLists& MadeFlowsOf(NodeIndex node) {
    NodeFacts& found = of(node);
    if (found.flows == 0) {
      flow_lists.emplace_back();
      found.flows = static_cast<uint32_t>(flow_lists.size());
    }
    return flow_lists[found.flows - 1];
  }
  const FlowLists* FlowsOf(NodeIndex node) const {
    const uint32_t flows = of(node).flows;
    return flows == 0 ? nullptr : &flow_lists[flows - 1];
  }

  const Lists& shown() const { return narrow ? *narrow : all; }
  const std::vector<Element>& OfType(std::string_view type) const {
    const auto at = all.by_type.find(type);
    return at == all.by_type.end() ? kNoElements : at->second;
  }

  void Walk(const Definitions& view);
  /// Finds out what an element is; false for those of other namespaces.
  bool Classify(const Document& document, NodeIndex node);
  void AddNames(const Document& document, const Element& element);
  void Take(const Definitions& view, NodeIndex node);
  /// Looks up what a sequence flow, shape or edge refers to.
  void KeepEnds(const Element& element);
  void LinkFlows();
  /// The kept reference of that name, or nullptr when it is to be looked up.
  const NodeIndex* Kept(NodeIndex node, std::string_view name) const {
    const uint32_t kept = of(node).ends;
    if (kept == 0) return nullptr;
    const Ends& found = ends[kept - 1];
    if (of(node).space == Space::kDiagram) return name == "bpmnElement" ? &found.shown : nullptr;
    return name == "sourceRef" ? &found.source : name == "targetRef" ? &found.target : nullptr;
  }
};

}  // namespace ameide::bpmn
