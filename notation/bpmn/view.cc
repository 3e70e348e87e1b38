#include "notation/bpmn/view.h"

#include "notation/bpmn/view_index.h"

namespace ameide::bpmn {

using uaf::document::NodeKind;

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

bool Definitions::Index::Classify(const Document& document, NodeIndex node) {
  const std::string_view uri = document.namespace_uri(node);
  NodeFacts& found = of(node);
  found.space = uri == kModelNamespace     ? Space::kModel
                : uri == kDiagramNamespace ? Space::kDiagram
                                           : Space::kForeign;
  found.type = found.space == Space::kModel ? FindElementType(document.local_name(node)) : nullptr;
  return found.space != Space::kForeign;
}

void Definitions::Index::AddNames(const Document& document, const Element& element) {
  const auto id = document.attribute(element.node(), "id");
  if (of(element.node()).space == Space::kModel) {
    if (id) by_id[std::string(Trimmed(*id))].push_back(element);
    return;
  }
  if (id) diagram_by_id[*id].push_back(element);
  if (const auto reference = document.attribute(element.node(), "bpmnElement"))
    diagram_by_ref[std::string(LocalPart(*reference))].push_back(element);
}

void Definitions::Index::Take(const Definitions& view, NodeIndex node) {
  const Document& document = view.document();
  if (!Classify(document, node)) return;
  const Element element(&view, node);
  of(node).listed = true;
  all.OfSpace(of(node).space).push_back(element);
  const std::string_view name = document.local_name(node);
  auto list = all.by_type.find(name);
  if (list == all.by_type.end()) list = all.by_type.try_emplace(std::string(name)).first;
  list->second.push_back(element);
  AddNames(document, element);
}

void Definitions::Index::KeepEnds(const Element& element) {
  const bool drawn = of(element.node()).space == Space::kDiagram;
  const uint32_t kept = std::exchange(of(element.node()).ends, 0);
  if (drawn && !element.attribute("bpmnElement")) return;
  Ends found;
  if (drawn) {
    found.shown = element.reference("bpmnElement").node();
  } else {
    found.source = element.reference("sourceRef").node();
    found.target = element.reference("targetRef").node();
  }
  if (kept == 0) {
    ends.push_back(found);
  } else {
    ends[kept - 1] = found;
  }
  of(element.node()).ends = kept == 0 ? static_cast<uint32_t>(ends.size()) : kept;
}

void Definitions::Index::LinkFlows() {
  for (const Element& flow : OfType("sequenceFlow")) {
    if (const Element source = flow.reference("sourceRef"))
      MadeFlowsOf(source.node()).outgoing.push_back(flow);
    if (const Element target = flow.reference("targetRef"))
      MadeFlowsOf(target.node()).incoming.push_back(flow);
  }
  for (const Element& event : OfType("boundaryEvent")) {
    if (const Element host = event.reference("attachedToRef"))
      MadeFlowsOf(host.node()).boundary_events.push_back(event);
  }
}

// ---- Element

const Document& Element::document() const { return definitions_->document(); }

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

Definitions::Definitions(const Document& document) : document_(document), index_(std::make_unique<Index>()) {
  index_->Walk(*this);
  for (const Element& flow : index_->OfType("sequenceFlow")) index_->KeepEnds(flow);
  for (const Element& drawn : index_->all.diagram_elements) index_->KeepEnds(drawn);
  index_->LinkFlows();
}

Definitions::~Definitions() = default;

Element Definitions::root() const { return {this, index_->root}; }
std::string Definitions::target_namespace() const { return index_->target_namespace; }
std::vector<Element> Definitions::processes() const { return OfType("process"); }
const std::vector<Element>& Definitions::diagram_elements() const { return index_->shown().diagram_elements; }
const std::vector<Element>& Definitions::model_elements() const { return index_->shown().model_elements; }

const std::vector<Element>& Definitions::OfType(std::string_view type) const {
  const auto& lists = index_->shown().by_type;
  const auto at = lists.find(type);
  return at == lists.end() ? kNoElements : at->second;
}

bool Definitions::Has(std::string_view type) const { return !index_->OfType(type).empty(); }

const std::vector<Element>& Definitions::WithId(std::string_view id) const {
  const auto at = index_->by_id.find(id);
  return at == index_->by_id.end() ? kNoElements : at->second;
}

const std::vector<Element>& Definitions::DrawnWithId(std::string_view id) const {
  const auto at = index_->diagram_by_id.find(id);
  return at == index_->diagram_by_id.end() ? kNoElements : at->second;
}

Element Definitions::Find(std::string_view id) const {
  if (const std::vector<Element>& found = WithId(id); !found.empty()) return found.front();
  const std::vector<Element>& drawn = DrawnWithId(id);
  return drawn.empty() ? Element() : drawn.front();
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
  return at == index_->diagram_by_ref.end() ? Element() : at->second.front();
}

bool IsBpmn(const Document& document) {
  const NodeIndex root = document.root_element();
  return root != kNoNode && document.local_name(root) == "definitions" &&
         document.namespace_uri(root) == kModelNamespace;
}

}  // namespace ameide::bpmn
