#include "notation/bpmn/view.h"

#include <unordered_map>

namespace ameide::bpmn {

using uaf::document::NodeKind;

namespace {

const std::vector<Element> kNoElements;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

template <typename T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

}  // namespace

/// Everything found out in one walk over the document.
struct Definitions::Index {
  enum class Space : uint8_t { kForeign, kModel, kDiagram };
  struct NodeFacts {
    Space space = Space::kForeign;
    const ElementType* type = nullptr;
    uint32_t flows = 0;  // index into `flow_lists` + 1; 0 when no flow touches the node
    uint32_t ends = 0;   // index into `ends` + 1; 0 when nothing is kept
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
  std::vector<Element> model_elements, diagram_elements;
  std::unordered_map<std::string_view, std::vector<Element>> by_type;
  TextMap<std::vector<Element>> by_id;
  TextMap<Element> diagram_by_id;   // ids of the diagram's own elements
  TextMap<Element> diagram_by_ref;  // by bpmnElement

  NodeFacts& of(NodeIndex node) { return facts[static_cast<uint32_t>(node)]; }
  const NodeFacts& of(NodeIndex node) const { return facts[static_cast<uint32_t>(node)]; }

  FlowLists& FlowsOf(NodeIndex node) {
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

  void Walk(const Definitions& view);
  void Take(const Definitions& view, NodeIndex node);
  void LinkFlows();
  void KeepEnds();
  /// The kept reference of that name, or nullptr when it is to be looked up.
  const NodeIndex* Kept(NodeIndex node, std::string_view name) const {
    const uint32_t kept = of(node).ends;
    if (kept == 0) return nullptr;
    const Ends& found = ends[kept - 1];
    if (of(node).space == Space::kDiagram) return name == "bpmnElement" ? &found.shown : nullptr;
    return name == "sourceRef" ? &found.source : name == "targetRef" ? &found.target : nullptr;
  }
};

void Definitions::Index::Walk(const Definitions& view) {
  const Document& document = view.document();
  facts.resize(document.node_count());
  const NodeIndex top = document.root_element();
  if (top == kNoNode || document.local_name(top) != "definitions" ||
      document.namespace_uri(top) != kModelNamespace) {
    return;
  }
  root = top;
  target_namespace = document.attribute(top, "targetNamespace").value_or("");
  for (NodeIndex at = top; at != kNoNode;) {
    if (document.kind(at) == NodeKind::kElement) Take(view, at);
    NodeIndex next = document.first_child(at);
    while (next == kNoNode && at != top) {
      next = document.next_sibling(at);
      if (next == kNoNode) at = document.parent(at);
    }
    at = next;
  }
}

void Definitions::Index::Take(const Definitions& view, NodeIndex node) {
  const Document& document = view.document();
  const std::string_view uri = document.namespace_uri(node);
  const Element element(&view, node);
  if (uri == kDiagramNamespace) {
    of(node).space = Space::kDiagram;
    diagram_elements.push_back(element);
    if (const auto id = document.attribute(node, "id")) diagram_by_id.emplace(*id, element);
    if (const auto reference = document.attribute(node, "bpmnElement")) {
      const size_t colon = reference->find(':');
      diagram_by_ref.emplace(colon == std::string::npos ? *reference : reference->substr(colon + 1), element);
    }
    by_type[document.local_name(node)].push_back(element);
    return;
  }
  if (uri != kModelNamespace) return;
  const std::string_view name = document.local_name(node);
  of(node).space = Space::kModel;
  of(node).type = FindElementType(name);
  model_elements.push_back(element);
  by_type[name].push_back(element);
  if (const auto id = document.attribute(node, "id")) by_id[std::string(Trimmed(*id))].push_back(element);
}

void Definitions::Index::KeepEnds() {
  const auto keep = [this](const Element& element, const Ends& found) {
    ends.push_back(found);
    of(element.node()).ends = static_cast<uint32_t>(ends.size());
  };
  if (const auto flows = by_type.find("sequenceFlow"); flows != by_type.end()) {
    for (const Element& flow : flows->second) {
      keep(flow, {flow.reference("sourceRef").node(), flow.reference("targetRef").node(), kNoNode});
    }
  }
  for (const Element& drawn : diagram_elements) {
    if (drawn.attribute("bpmnElement"))
      keep(drawn, {kNoNode, kNoNode, drawn.reference("bpmnElement").node()});
  }
}

void Definitions::Index::LinkFlows() {
  KeepEnds();
  if (const auto flows = by_type.find("sequenceFlow"); flows != by_type.end()) {
    for (const Element& flow : flows->second) {
      if (const Element source = flow.reference("sourceRef")) FlowsOf(source.node()).outgoing.push_back(flow);
      if (const Element target = flow.reference("targetRef")) FlowsOf(target.node()).incoming.push_back(flow);
    }
  }
  if (const auto events = by_type.find("boundaryEvent"); events != by_type.end()) {
    for (const Element& event : events->second) {
      if (const Element host = event.reference("attachedToRef"))
        FlowsOf(host.node()).boundary_events.push_back(event);
    }
  }
}

// ---- Element

std::string_view Element::type() const {
  if (!*this || definitions_->index_->of(node_).space != Definitions::Index::Space::kModel) return {};
  return definitions_->document().local_name(node_);
}

const ElementType* Element::element_type() const {
  return *this ? definitions_->index_->of(node_).type : nullptr;
}

bool Element::is(Trait trait) const {
  const ElementType* type = element_type();
  return type != nullptr && type->is(trait);
}

std::string_view Element::local_name() const {
  return *this ? definitions_->document().local_name(node_) : std::string_view();
}

std::string_view Element::namespace_uri() const {
  return *this ? definitions_->document().namespace_uri(node_) : std::string_view();
}

std::string Element::id() const { return attribute("id").value_or(""); }
std::string Element::name() const { return attribute("name").value_or(""); }

std::optional<std::string> Element::attribute(std::string_view local_name) const {
  return *this ? definitions_->document().attribute(node_, local_name) : std::nullopt;
}

std::optional<std::string> Element::attribute(std::string_view uri, std::string_view local_name) const {
  if (!*this) return std::nullopt;
  const Document& document = definitions_->document();
  for (const uaf::document::Attribute& attribute : document.attributes(node_)) {
    const size_t colon = attribute.name.find(':');
    if (colon == std::string_view::npos || attribute.name.substr(colon + 1) != local_name) continue;
    if (document.LookupNamespace(node_, attribute.name.substr(0, colon)) != uri) continue;
    return document.attribute(node_, attribute.name);
  }
  return std::nullopt;
}

bool Element::flag(std::string_view local_name, bool fallback) const {
  const std::optional<std::string> value = attribute(local_name);
  if (!value) return fallback;
  const std::string_view text = Trimmed(*value);
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return fallback;
}

std::string Element::text() const {
  return *this ? std::string(Trimmed(definitions_->document().text(node_))) : std::string();
}

Element Element::parent() const {
  if (!*this) return {};
  const NodeIndex up = definitions_->document().parent(node_);
  if (up == kNoNode || definitions_->document().kind(up) != NodeKind::kElement) return {};
  return {definitions_, up};
}

namespace {

template <typename Wanted>
std::vector<Element> ChildrenWhere(const Definitions* view, NodeIndex node, const Wanted& wanted) {
  std::vector<Element> found;
  if (node == kNoNode) return found;
  const Document& document = view->document();
  for (NodeIndex at = document.first_child(node); at != kNoNode; at = document.next_sibling(at)) {
    if (document.kind(at) != NodeKind::kElement) continue;
    const Element child(view, at);
    if (wanted(child)) found.push_back(child);
  }
  return found;
}

template <typename Wanted>
Element ChildWhere(const Definitions* view, NodeIndex node, const Wanted& wanted) {
  if (node == kNoNode) return {};
  const Document& document = view->document();
  for (NodeIndex at = document.first_child(node); at != kNoNode; at = document.next_sibling(at)) {
    if (document.kind(at) != NodeKind::kElement) continue;
    const Element child(view, at);
    if (wanted(child)) return child;
  }
  return {};
}

}  // namespace

std::vector<Element> Element::children() const {
  return ChildrenWhere(definitions_, node_, [](const Element&) { return true; });
}

std::vector<Element> Element::children(std::string_view type) const {
  return ChildrenWhere(definitions_, node_, [&](const Element& child) { return child.type() == type; });
}

Element Element::child(std::string_view type) const {
  return ChildWhere(definitions_, node_, [&](const Element& child) { return child.type() == type; });
}

Element Element::extension(std::string_view uri, std::string_view local_name) const {
  return child("extensionElements").foreign_child(uri, local_name);
}

Element Element::foreign_child(std::string_view uri, std::string_view local_name) const {
  return ChildWhere(definitions_, node_, [&](const Element& child) {
    return child.local_name() == local_name && child.namespace_uri() == uri;
  });
}

std::vector<Element> Element::foreign_children(std::string_view uri, std::string_view local_name) const {
  return ChildrenWhere(definitions_, node_, [&](const Element& child) {
    return child.local_name() == local_name && child.namespace_uri() == uri;
  });
}

Element Element::reference(std::string_view name) const {
  if (!*this) return {};
  if (const NodeIndex* kept = definitions_->index_->Kept(node_, name)) return {definitions_, *kept};
  if (const std::optional<std::string> value = attribute(name))
    return definitions_ ? definitions_->Resolve(*this, *value) : Element();
  const Element written = child(name);
  return written ? definitions_->Resolve(written, written.text()) : Element();
}

Element Element::container() const {
  for (Element at = parent(); at; at = at.parent()) {
    if (at.is(kFlowElementsContainer)) return at;
  }
  return {};
}

// ---- Definitions

Definitions::Definitions(const Document& document) : document_(document) {
  auto index = std::make_unique<Index>();
  Index* const built = index.get();
  index_ = std::move(index);
  built->Walk(*this);
  built->LinkFlows();
}

Definitions::~Definitions() = default;

Element Definitions::root() const { return {this, index_->root}; }
std::string Definitions::target_namespace() const { return index_->target_namespace; }
std::vector<Element> Definitions::processes() const { return OfType("process"); }
const std::vector<Element>& Definitions::diagram_elements() const { return index_->diagram_elements; }
const std::vector<Element>& Definitions::model_elements() const { return index_->model_elements; }

const std::vector<Element>& Definitions::OfType(std::string_view type) const {
  const auto at = index_->by_type.find(type);
  return at == index_->by_type.end() ? kNoElements : at->second;
}

const std::vector<Element>& Definitions::WithId(std::string_view id) const {
  const auto at = index_->by_id.find(id);
  return at == index_->by_id.end() ? kNoElements : at->second;
}

Element Definitions::Find(std::string_view id) const {
  if (const std::vector<Element>& found = WithId(id); !found.empty()) return found.front();
  const auto at = index_->diagram_by_id.find(id);
  return at == index_->diagram_by_id.end() ? Element() : at->second;
}

bool Definitions::IsOutside(const Element& at, std::string_view qualified_name) const {
  const std::string_view name = Trimmed(qualified_name);
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view uri = document_.LookupNamespace(at.node(), name.substr(0, colon));
  return !uri.empty() && uri != index_->target_namespace;
}

Element Definitions::Resolve(const Element& at, std::string_view qualified_name) const {
  const std::string_view name = Trimmed(qualified_name);
  if (Element found = Find(name)) return found;
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos || IsOutside(at, name)) return {};
  return Find(name.substr(colon + 1));
}

std::vector<Element> Definitions::FlowNodes(const Element& container) const {
  return ChildrenWhere(this, container.node(), [](const Element& child) { return child.is(kFlowNode); });
}

std::vector<Element> Definitions::SequenceFlows(const Element& container) const {
  return container.children("sequenceFlow");
}

const std::vector<Element>& Definitions::Outgoing(const Element& flow_node) const {
  const Index::FlowLists* flows = flow_node ? index_->FlowsOf(flow_node.node()) : nullptr;
  return flows == nullptr ? kNoElements : flows->outgoing;
}

const std::vector<Element>& Definitions::Incoming(const Element& flow_node) const {
  const Index::FlowLists* flows = flow_node ? index_->FlowsOf(flow_node.node()) : nullptr;
  return flows == nullptr ? kNoElements : flows->incoming;
}

const std::vector<Element>& Definitions::BoundaryEvents(const Element& activity) const {
  const Index::FlowLists* flows = activity ? index_->FlowsOf(activity.node()) : nullptr;
  return flows == nullptr ? kNoElements : flows->boundary_events;
}

Element Definitions::DiagramElement(std::string_view id) const {
  const auto at = index_->diagram_by_ref.find(id);
  return at == index_->diagram_by_ref.end() ? Element() : at->second;
}

bool IsBpmn(const Document& document) {
  const NodeIndex root = document.root_element();
  return root != kNoNode && document.local_name(root) == "definitions" &&
         document.namespace_uri(root) == kModelNamespace;
}

}  // namespace ameide::bpmn
