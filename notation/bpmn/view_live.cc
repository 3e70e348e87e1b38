#include "notation/bpmn/view_live.h"

#include <algorithm>
#include <unordered_set>

#include "notation/bpmn/view_index.h"

namespace ameide::bpmn {
namespace {

/// The node before `at` in document order.
NodeIndex Before(const Document& document, NodeIndex at) {
  NodeIndex before = document.previous_sibling(at);
  if (before == kNoNode) return document.parent(at);
  for (NodeIndex last = document.last_child(before); last != kNoNode; last = document.last_child(last))
    before = last;
  return before;
}

void Remove(TextMap<std::vector<Element>>& map, std::string_view key, const Element& element) {
  const auto at = map.find(key);
  if (at == map.end()) return;
  std::erase(at->second, element);
  if (at->second.empty()) map.erase(at);
}

/// In the order of `list`.
void SortAsIn(const std::vector<Element>& list, std::vector<Element>& elements) {
  if (elements.size() < 2) return;
  std::sort(elements.begin(), elements.end(), [&](const Element& a, const Element& b) {
    return std::find(list.begin(), list.end(), a) < std::find(list.begin(), list.end(), b);
  });
}

}  // namespace

void LiveDefinitions::Forget(std::span<const NodeIndex> elements) {
  Definitions::Index& index = *view_.index_;
  const Document& document = view_.document_;
  std::vector<bool> gone(index.facts.size(), false);
  std::unordered_set<std::string_view> types;
  for (const NodeIndex node : elements) {
    Definitions::Index::NodeFacts& facts = index.of(node);
    if (!facts.listed) continue;
    facts.listed = false;
    gone[static_cast<uint32_t>(node)] = true;
    types.insert(document.local_name(node));
    const Element element(&view_, node);
    const std::string id = document.attribute(node, "id").value_or("");
    if (facts.space == Definitions::Index::Space::kModel) {
      Remove(index.by_id, Trimmed(id), element);
    } else {
      Remove(index.diagram_by_id, id, element);
      Remove(index.diagram_by_ref, LocalPart(document.attribute(node, "bpmnElement").value_or("")), element);
    }
  }
  if (types.empty()) return;
  const auto is_gone = [&](const Element& element) { return gone[static_cast<uint32_t>(element.node())]; };
  std::erase_if(index.all.model_elements, is_gone);
  std::erase_if(index.all.diagram_elements, is_gone);
  for (const std::string_view type : types) {
    if (const auto list = index.all.by_type.find(type); list != index.all.by_type.end())
      std::erase_if(list->second, is_gone);
  }
}

void LiveDefinitions::Insert(const Element& element) {
  Definitions::Index& index = *view_.index_;
  const Document& document = view_.document_;
  const auto space = index.of(element.node()).space;
  NodeIndex before = Before(document, element.node());
  while (before != kNoNode && !(index.of(before).listed && index.of(before).space == space))
    before = Before(document, before);
  std::vector<Element>& list = index.all.OfSpace(space);
  auto at = list.begin();
  if (before != kNoNode) at = std::find(list.begin(), list.end(), Element(&view_, before)) + 1;
  at = list.insert(at, element);
  const std::string_view name = document.local_name(element.node());
  std::vector<Element>& same = index.all.by_type.try_emplace(std::string(name)).first->second;
  auto place = same.begin();
  while (at != list.begin()) {
    --at;
    if (document.local_name(at->node()) != name) continue;
    // Names are shared by elements of both spaces, which have no order among each other.
    const auto found = std::find(same.begin(), same.end(), *at);
    if (found == same.end()) continue;
    place = found + 1;
    break;
  }
  same.insert(place, element);
  index.of(element.node()).listed = true;
}

void LiveDefinitions::Take(std::span<const NodeIndex> elements) {
  Definitions::Index& index = *view_.index_;
  const Document& document = view_.document_;
  index.facts.resize(document.node_count());
  for (const NodeIndex node : elements) {
    if (!index.Classify(document, node)) continue;
    const Element element(&view_, node);
    Insert(element);
    index.AddNames(document, element);
    const std::string id = document.attribute(node, "id").value_or("");
    if (index.of(node).space == Definitions::Index::Space::kModel) {
      if (const auto same = index.by_id.find(Trimmed(id)); same != index.by_id.end())
        SortAsIn(index.all.model_elements, same->second);
    } else {
      if (const auto same = index.diagram_by_id.find(id); same != index.diagram_by_id.end())
        SortAsIn(index.all.diagram_elements, same->second);
      const auto shown =
          index.diagram_by_ref.find(LocalPart(document.attribute(node, "bpmnElement").value_or("")));
      if (shown != index.diagram_by_ref.end()) SortAsIn(index.all.diagram_elements, shown->second);
    }
  }
}

void LiveDefinitions::Relink(std::span<const NodeIndex> elements) {
  Definitions::Index& index = *view_.index_;
  for (const NodeIndex node : elements) {
    const Element element(&view_, node);
    if (!index.of(node).listed) continue;
    if (index.of(node).space == Definitions::Index::Space::kDiagram || element.type() == "sequenceFlow") {
      index.KeepEnds(element);
    } else {
      index.of(node).ends = 0;  // it may have been a flow
    }
  }
}

void LiveDefinitions::ListFlows() {
  Definitions::Index& index = *view_.index_;
  for (Definitions::Index::FlowLists& lists : index.flow_lists) {
    lists.outgoing.clear();
    lists.incoming.clear();
    lists.boundary_events.clear();
  }
  index.LinkFlows();
}

void LiveDefinitions::Narrow(const std::vector<bool>& wanted) {
  Definitions::Index& index = *view_.index_;
  Definitions::Index::Lists narrow;
  const auto add = [&](const std::vector<Element>& all, std::vector<Element>& some) {
    for (const Element& element : all) {
      if (!wanted[static_cast<uint32_t>(element.node())]) continue;
      some.push_back(element);
      narrow.by_type[std::string(element.local_name())].push_back(element);
    }
  };
  add(index.all.model_elements, narrow.model_elements);
  add(index.all.diagram_elements, narrow.diagram_elements);
  if (view_.Has("import")) narrow.by_type["import"] = index.OfType("import");
  index.narrow = std::move(narrow);
}

void LiveDefinitions::Widen() { view_.index_->narrow.reset(); }

}  // namespace ameide::bpmn
