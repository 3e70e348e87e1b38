#include "tests/uaf/merge/oracle.h"

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::Op;

/// Node, what of it, name.
using Target = std::tuple<uint32_t, std::string, std::string>;

class Oracle {
 public:
  Oracle(const Graph& graph, const Merged& merged) : graph_(graph), document_(*merged.document) {
    for (const Conflict& conflict : merged.conflicts) {
      for (const ConflictSide& side : conflict.sides) told_.insert(side.events.begin(), side.events.end());
    }
    for (const Note& note : merged.notes) told_.insert(note.event);
    for (const auto& event : graph.events()) {
      for (const Op& op : OpsOf(event->body)) {
        for (const Target& target : TargetsOf(op)) writers_[target].push_back(event.get());
      }
    }
  }

  std::string Run() const {
    for (const auto& event : graph_.events()) {
      for (const Op& op : OpsOf(event->body)) {
        for (const Target& target : TargetsOf(op)) {
          if (!Accounted(*event, op, target)) {
            return "the edit of " + std::get<1>(target) + " " + std::get<2>(target) + " by " +
                   FormatId(event->id) + " (" + std::to_string(op.index()) + ") of node " +
                   FormatId(document_.id(NodeIndex{std::get<0>(target)})) + " got lost in\n" +
                   document_.Render();
          }
        }
      }
    }
    return {};
  }

 private:
  std::vector<Target> TargetsOf(const Op& op) const {
    std::vector<Target> targets;
    const auto add = [&](const NodeId& id, const char* what, const std::string& name) {
      if (const auto node = document_.Find(id))
        targets.emplace_back(static_cast<uint32_t>(*node), what, name);
    };
    if (const auto* set = std::get_if<document::SetAttributeOp>(&op)) add(set->node, "attribute", set->name);
    if (const auto* set = std::get_if<document::SetNameOp>(&op)) add(set->node, "name", "");
    if (const auto* set = std::get_if<document::SetTextOp>(&op)) add(set->node, "text", "");
    if (const auto* set = std::get_if<document::SpliceTextOp>(&op)) add(set->node, "text", "");
    if (const auto* move = std::get_if<document::MoveNodeOp>(&op)) add(move->node, "place", "");
    if (const auto* set = std::get_if<document::SetTriviaOp>(&op))
      add(set->node, "trivia", std::to_string(static_cast<int>(set->which)));
    if (const auto* shift = std::get_if<document::ShiftAttributesOp>(&op)) {
      for (const auto& each : shift->targets) add(each.node, "attribute", each.name);
    }
    return targets;
  }

  bool SawAfter(const ChangeSet& later, const ChangeSet& earlier) const {
    return later.id != earlier.id && graph_.causality().Saw(later.id, earlier.id);
  }

  /// Somebody who had seen the event wrote the same, or put what is around it away.
  bool Overruled(const ChangeSet& event, const Target& target) const {
    const auto later = [&](const Target& each) {
      const auto found = writers_.find(each);
      if (found == writers_.end()) return false;
      for (const ChangeSet* writer : found->second) {
        if (SawAfter(*writer, event)) return true;
      }
      return false;
    };
    if (later(target)) return true;
    for (NodeIndex at{std::get<0>(target)}; at != kNoNode; at = document_.parent(at)) {
      if (later({static_cast<uint32_t>(at), "place", ""})) return true;
    }
    return false;
  }

  bool Accounted(const ChangeSet& event, const Op& op, const Target& target) const {
    if (told_.contains(event.id) || Overruled(event, target) || WroteTwice(event, target)) return true;
    const NodeIndex node{std::get<0>(target)};
    if (const auto* move = std::get_if<document::MoveNodeOp>(&op)) {
      if (!move->to) return document_.InTrash(node);
      if (!document_.InTrash(node)) return document_.Find(move->to->parent) == document_.parent(node);
    }
    if (document_.InTrash(node)) {
      // It put the node away itself, in the same event or before.
      for (NodeIndex at = node; at != kNoNode; at = document_.parent(at)) {
        const auto found = writers_.find({static_cast<uint32_t>(at), "place", ""});
        if (found == writers_.end()) continue;
        for (const ChangeSet* writer : found->second) {
          if (graph_.causality().Saw(event.id, writer->id)) return true;
        }
      }
      return false;
    }
    if (const auto* set = std::get_if<document::SetAttributeOp>(&op)) {
      const auto text = document_.attribute_text(node, set->name);
      if (!set->text || !text) return set->text.has_value() == text.has_value();
      // Style may be somebody else's; then it is told.
      return ValueOf(*text) == ValueOf(*set->text) || OnlyStyled(event, *set, node, *text);
    }
    if (const auto* set = std::get_if<document::SetNameOp>(&op)) return document_.name(node) == set->name;
    if (const auto* set = std::get_if<document::SetTriviaOp>(&op))
      return document_.trivia(node, set->which) == set->raw;
    // Texts merge by pieces: with nobody else in it, it is what was written.
    return true;
  }

  static std::string ValueOf(const document::AttributeText& text) { return document::UnescapeXml(text.raw); }

  /// The event left the value as its writer saw it, and what it changed around that stands in `now`.
  bool OnlyStyled(const ChangeSet& event, const document::SetAttributeOp& set, NodeIndex node,
                  const document::AttributeText& now) const {
    std::vector<const ChangeSet*> seen;
    for (const auto& each : graph_.events()) {
      if (SawAfter(event, *each)) seen.push_back(each.get());
    }
    const Document writers = *graph_.Of(std::move(seen)).document;
    const auto there = writers.Find(document_.id(node));
    if (!there) return false;
    const auto before = writers.attribute_text(*there, set.name);
    if (!before || ValueOf(*before) != ValueOf(*set.text)) return false;
    const auto stands = [&](auto part) {
      return (*set.text).*part == (*before).*part || (*set.text).*part == now.*part;
    };
    return stands(&document::AttributeText::lead) && stands(&document::AttributeText::equals) &&
           stands(&document::AttributeText::quote);
  }

  /// An event may write the same thing more than once; then the last time counts.
  bool WroteTwice(const ChangeSet& event, const Target& target) const {
    size_t times = 0;
    for (const Op& op : OpsOf(event.body)) {
      for (const Target& each : TargetsOf(op)) times += each == target ? 1 : 0;
    }
    return times > 1;
  }

  const Graph& graph_;
  const Document& document_;
  std::set<EventId> told_;
  std::map<Target, std::vector<const ChangeSet*>> writers_;
};

}  // namespace

std::string UnaccountedEdit(const Graph& graph, const Merged& merged) { return Oracle(graph, merged).Run(); }

}  // namespace ameide::uaf::merge
