#include "uaf/projection/touched.h"

namespace ameide::uaf {
namespace {

using document::Document;
using document::NodeIndex;
using document::NodeKind;

/// Visits the operations of one event.
class Describer {
 public:
  Describer(const Document& document, std::set<NodeIndex>& nodes) : document_(document), nodes_(nodes) {}
  void SetEvent(const EventId& event) { event_ = event; }
  bool everything() const { return everything_; }

  void operator()(const document::ImportOp&) { everything_ = true; }
  void operator()(const document::InsertNodeOp& op) {
    Node(op.place.parent);
    NodeId made{event_, op.first_ordinal};
    for (auto node = document_.Find(made); node; node = document_.Find(made)) {
      Text(*node);
      ++made.ordinal;
    }
  }
  void operator()(const document::MoveNodeOp& op) {
    Subtree(op.node);
    const auto node = document_.Find(op.node);
    if (!node) return;
    // Only text in an element says something about the element.
    for (const NodeIndex parent : document_.EverParents(*node)) nodes_.insert(parent);
  }
  void operator()(const document::SetNameOp& op) { Subtree(op.node); }
  void operator()(const document::SetAttributeOp& op) {
    // A namespace counts for everything below.
    if (op.name.starts_with("xmlns")) {
      Subtree(op.node);
    } else {
      Node(op.node);
    }
  }
  void operator()(const document::ShiftAttributesOp& op) {
    for (const auto& target : op.targets) Node(target.node);
  }
  template <typename TextOp>
  void operator()(const TextOp& op) {
    Node(op.node);
  }

 private:
  void Node(const NodeId& id) {
    if (const auto node = document_.Find(id)) Text(*node);
  }
  void Text(NodeIndex node) {
    nodes_.insert(node);
    const NodeIndex parent = document_.parent(node);
    if (document_.kind(node) != NodeKind::kElement && parent != document::kNoNode) nodes_.insert(parent);
  }
  void Subtree(const NodeId& id) {
    const auto node = document_.Find(id);
    if (!node) return;
    for (const NodeIndex below : document_.Descendants(*node)) nodes_.insert(below);
  }

  const Document& document_;
  std::set<NodeIndex>& nodes_;
  EventId event_;
  bool everything_ = false;
};

struct Toucher {
  std::set<NodeId>& nodes;
  void operator()(const document::ImportOp&) const {}
  void operator()(const document::InsertNodeOp& op) const { nodes.insert(op.place.parent); }
  void operator()(const document::MoveNodeOp& op) const {
    nodes.insert(op.node);
    if (op.to) nodes.insert(op.to->parent);
  }
  void operator()(const document::ShiftAttributesOp& op) const {
    for (const auto& target : op.targets) nodes.insert(target.node);
  }
  template <typename NodeOp>
  void operator()(const NodeOp& op) const {
    nodes.insert(op.node);
  }
};

}  // namespace

std::optional<std::set<NodeIndex>> NodesToDescribe(const Document& document,
                                                   std::span<const ChangeSet* const> events) {
  std::set<NodeIndex> nodes;
  Describer describer(document, nodes);
  for (const ChangeSet* event : events) {
    if (std::holds_alternative<ArtifactCreated>(event->body)) return std::nullopt;
    describer.SetEvent(event->id);
    for (const document::Op& op : OpsOf(event->body)) std::visit(describer, op);
    if (describer.everything()) return std::nullopt;
  }
  return nodes;
}

std::set<NodeId> TouchedNodes(const ChangeSet& event) {
  std::set<NodeId> nodes;
  for (const document::Op& op : OpsOf(event.body)) std::visit(Toucher{nodes}, op);
  std::erase_if(nodes, [&](const NodeId& node) { return node.event == event.id; });
  return nodes;
}

}  // namespace ameide::uaf
