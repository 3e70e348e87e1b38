#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/document/check.h"
#include "uaf/document/edit.h"
#include "uaf/document/sequence.h"
#include "uaf/merge/merge.h"

/// What to do so that a choice comes about.
namespace ameide::uaf::merge {
namespace {

using document::AttributeText;
using document::Document;
using document::kNoNode;
using document::MoveNodeOp;
using document::NodeIndex;
using document::NodeKind;
using document::Op;

using Ops = absl::StatusOr<std::vector<Op>>;

class Resolving {
 public:
  Resolving(const Document& document, const Conflict& conflict, const document::Format& format)
      : document_(document), conflict_(conflict), format_(format) {}

  Ops Run(const Choice& choice) {
    if (choice.side && *choice.side >= conflict_.sides.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the conflict has ", conflict_.sides.size(), " sides; choose A", " to ",
                       std::string(1, static_cast<char>('A' + conflict_.sides.size() - 1))));
    }
    if (choice.side.has_value() == choice.value.has_value()) {
      return absl::InvalidArgumentError("choose one side of the conflict, or give a value of your own");
    }
    AMEIDE_ASSIGN_OR_RETURN(node_, Node(conflict_.node));
    const std::optional<std::string> value = choice.side ? conflict_.sides[*choice.side].value : choice.value;
    switch (conflict_.kind) {
      case ConflictKind::kAttribute:
      case ConflictKind::kReconnect:
        return Attribute(node_, value);
      case ConflictKind::kType:
        return Type(*value);
      case ConflictKind::kText:
        if (document_.kind(node_) == NodeKind::kLine && !choice.side) return Line(*value);
        return Text(*value);
      default:
        break;
    }
    if (!choice.side) {
      return absl::InvalidArgumentError(absl::StrCat("a conflict about ", std::string(NameOf(conflict_.kind)),
                                                     " takes no value; choose A or B"));
    }
    return Side(*choice.side);
  }

 private:
  absl::StatusOr<NodeIndex> Node(const NodeId& id) const {
    const auto node = document_.Find(id);
    if (node) return *node;
    return absl::FailedPreconditionError(
        absl::StrCat("node ", FormatId(id), " is not in this state; load the artifact again"));
  }

  /// Written anew also where it stands, so that everybody who has this event knows it was meant.
  Ops Attribute(NodeIndex node, const std::optional<std::string>& value) const {
    std::vector<Op> ops = document::SetAttributeOps(document_, node, conflict_.attribute, value);
    if (!ops.empty()) return ops;
    return std::vector<Op>{document::SetAttributeOp{
        document_.id(node), conflict_.attribute, document_.attribute_text(node, conflict_.attribute), {}}};
  }

  Ops Type(const std::string& name) const {
    AMEIDE_RETURN_IF_ERROR(document::CheckName(name, "an element"));
    return std::vector<Op>{document::SetNameOp{conflict_.node, name}};
  }

  Ops Text(const std::string& value) const {
    const std::string raw = document_.kind(node_) == NodeKind::kText
                                ? document::EscapeXml(value, 0, document_.import().encoding)
                                : value;
    AMEIDE_RETURN_IF_ERROR(document::CheckText(document_.kind(node_), raw));
    return std::vector<Op>{document::SetTextOp{conflict_.node, raw}};
  }

  /// A line stays one: its end is not part of the value. What further lines the value has come behind it.
  Ops Line(std::string_view value) const {
    const auto end_of = [](std::string_view raw) {
      const size_t begin = raw.ends_with("\r\n") ? raw.size() - 2
                           : raw.ends_with('\n') ? raw.size() - 1
                                                 : raw.size();
      return std::string(raw.substr(begin));
    };
    const std::string last_end = end_of(document_.raw_text(node_));
    std::string end = last_end;
    // The last line of a file may have none; the first one says what is customary there.
    if (end.empty()) end = end_of(document_.raw_text(document_.first_child(document::kDocumentNode)));
    if (end.empty()) end = "\n";
    value.remove_suffix(end_of(value).size());
    std::vector<std::string> lines;
    for (size_t at = 0; at <= value.size();) {
      const size_t newline = std::min(value.find('\n', at), value.size());
      std::string_view line = value.substr(at, newline - at);
      if (newline < value.size() && line.ends_with('\r')) line.remove_suffix(1);
      lines.push_back(absl::StrCat(std::string(line), newline < value.size() ? end : last_end));
      at = newline + 1;
    }
    // A line of no characters at all is none.
    if (lines.back().empty() && lines.size() > 1) lines.pop_back();
    std::vector<Op> ops = {document::SetTextOp{conflict_.node, lines.front()}};
    document::Place place{document_.id(document_.parent(node_)), conflict_.node, std::nullopt};
    if (const NodeIndex next = document_.next_sibling(node_); next != kNoNode)
      place.right = document_.id(next);
    for (size_t i = 1; i < lines.size(); ++i)
      ops.emplace_back(document::InsertNodeOp{place, static_cast<uint32_t>(i - 1), lines[i], 1});
    return ops;
  }

  Ops Side(size_t side) {
    switch (conflict_.kind) {
      case ConflictKind::kDeletedEdit:
        return Deletes(side) ? Ops(std::vector<Op>{MoveNodeOp{conflict_.node, std::nullopt}}) : Restored();
      case ConflictKind::kDeletedEnd:
        return Deletes(side) ? Disconnected() : Restored();
      case ConflictKind::kPlace:
      case ConflictKind::kCycle:
        return Placed(side);
      case ConflictKind::kOrder:
        return Ordered(side);
      case ConflictKind::kContent:
        if (side == conflict_.standing) return std::vector<Op>{};
        return absl::InvalidArgumentError(
            "a whole file cannot be put together from operations on another one; the store puts it in place");
      default:
        return absl::InvalidArgumentError(absl::StrCat("a conflict about ",
                                                       std::string(NameOf(conflict_.kind)),
                                                       " is not settled by operations on one artifact"));
    }
  }

  bool Deletes(size_t side) const { return !conflict_.sides[side].value; }

  /// The place that a node in the trash had.
  MoveNodeOp Back(NodeIndex node) const {
    document::Place place{document_.id(document_.parent(node)), std::nullopt, std::nullopt};
    if (const NodeIndex left = document_.previous_sibling(node); left != kNoNode)
      place.left = document_.id(left);
    if (const NodeIndex right = document_.next_sibling(node); right != kNoNode)
      place.right = document_.id(right);
    return {document_.id(node), place};
  }

  Ops Restored() const {
    std::vector<Op> ops;
    ops.emplace_back(Back(node_));
    for (const NodeId& id : conflict_.together) {
      if (const auto node = document_.Find(id); node && document_.InTrash(*node))
        ops.emplace_back(Back(*node));
    }
    return ops;
  }

  /// What refers to the deleted element does so no more: a changed reference goes back to what it was, an
  /// element that came in with it goes again, with what refers to that one.
  Ops Disconnected() {
    AMEIDE_ASSIGN_OR_RETURN(const NodeIndex other, Node(conflict_.other));
    const bool came_in =
        std::any_of(conflict_.sides.begin(), conflict_.sides.end(), [&](const ConflictSide& side) {
          return std::find(side.events.begin(), side.events.end(), conflict_.other.event) !=
                 side.events.end();
        });
    if (!came_in && !conflict_.attribute.empty()) return Attribute(other, conflict_.base);
    std::vector<Op> ops;
    ops.emplace_back(MoveNodeOp{conflict_.other, std::nullopt});
    const auto id = document_.attribute(other, "id");
    if (!id) return ops;
    for (const NodeIndex node : document_.Descendants(document::kDocumentNode)) {
      if (document_.kind(node) != NodeKind::kElement || node == other || !RefersTo(node, *id)) continue;
      ops.emplace_back(MoveNodeOp{document_.id(node), std::nullopt});
    }
    return ops;
  }

  /// True for what is nothing without the element: a drawing of it, a child that only names it.
  bool RefersTo(NodeIndex node, const std::string& id) const {
    const auto names = [&](std::string_view attribute) {
      const std::vector<std::string> references = format_.ReferencesIn(document_, node, attribute);
      return std::find(references.begin(), references.end(), id) != references.end();
    };
    if (document_.attributes(node).empty() && names("")) return true;
    if (!format_.IsLayout(document_, node)) return false;
    const std::vector<document::Attribute> attributes = document_.attributes(node);
    return std::any_of(attributes.begin(), attributes.end(),
                       [&](const document::Attribute& attribute) { return names(attribute.name); });
  }

  Ops Placed(size_t side) const {
    if (side == conflict_.standing) return std::vector<Op>{Back(node_)};
    if (conflict_.places.size() != conflict_.sides.size() || !conflict_.places[side]) {
      return absl::FailedPreconditionError("the conflict does not say where that side put the node");
    }
    document::Place place = *conflict_.places[side];
    // Neighbours that are not there (any more) say nothing.
    for (std::optional<NodeId>* neighbour : {&place.left, &place.right}) {
      const auto known = *neighbour ? document_.Find(**neighbour) : std::nullopt;
      const bool beside = known && *known != node_ && document_.id(document_.parent(*known)) == place.parent;
      if (!beside) neighbour->reset();
    }
    std::vector<Op> ops;
    // What is below the node by now has to give way before the node can go below that.
    AMEIDE_ASSIGN_OR_RETURN(NodeIndex above, Node(place.parent));
    while (above != kNoNode && above != node_ && document_.parent(above) != node_)
      above = document_.parent(above);
    if (above != kNoNode && above != node_) {
      document::Place out = *Back(node_).to;
      out.left = conflict_.node;
      ops.emplace_back(MoveNodeOp{document_.id(above), out});
      if (document_.InTrash(above) && !document_.InTrash(node_))
        ops.emplace_back(MoveNodeOp{document_.id(above), std::nullopt});
    }
    ops.emplace_back(MoveNodeOp{conflict_.node, place});
    return ops;
  }

  /// Puts the children that were moved into the order of that side: what has to move stands behind the one
  /// that it follows there.
  Ops Arranged(size_t side) const {
    const size_t count = conflict_.together.size() / conflict_.sides.size();
    std::vector<NodeIndex> wanted;
    for (size_t i = side * count; i < (side + 1) * count; ++i) {
      const auto node = document_.Find(conflict_.together[i]);
      // Who was deleted or left since has no place here any more.
      if (node && !document_.InTrash(*node) && document_.parent(*node) == document_.parent(node_))
        wanted.push_back(*node);
    }
    std::vector<NodeIndex> children;
    for (NodeIndex child = document_.first_child(document_.parent(node_)); child != kNoNode;
         child = document_.next_sibling(child))
      children.push_back(child);
    const auto at = [&](NodeIndex node) { return std::find(children.begin(), children.end(), node); };
    document::Pairs order;
    for (size_t i = 0; i < wanted.size(); ++i)
      order.emplace_back(i, static_cast<size_t>(at(wanted[i]) - children.begin()));
    const document::Pairs stay = document::LongestIncreasing(order);
    std::vector<Op> ops;
    for (size_t i = 0; i < wanted.size(); ++i) {
      const auto stays = std::lower_bound(stay.begin(), stay.end(), std::pair(i, size_t{0}));
      if (stays != stay.end() && stays->first == i) continue;
      children.erase(at(wanted[i]));
      auto here = children.insert(i > 0 ? at(wanted[i - 1]) + 1 : at(wanted[stays->first]), wanted[i]);
      document::Place place{document_.id(document_.parent(node_)), std::nullopt, std::nullopt};
      if (here != children.begin()) place.left = document_.id(*(here - 1));
      if (here + 1 != children.end()) place.right = document_.id(*(here + 1));
      ops.emplace_back(MoveNodeOp{document_.id(wanted[i]), place});
    }
    if (ops.empty()) ops.emplace_back(Back(node_));
    return ops;
  }

  /// The chosen one comes first.
  Ops Ordered(size_t side) const {
    if (!conflict_.together.empty()) return Arranged(side);
    AMEIDE_ASSIGN_OR_RETURN(const NodeIndex other, Node(conflict_.other));
    const NodeIndex first = side == 0 ? node_ : other;
    const NodeIndex second = side == 0 ? other : node_;
    if (side == conflict_.standing) return std::vector<Op>{Back(first)};
    document::Place place{document_.id(document_.parent(second)), std::nullopt, document_.id(second)};
    if (const NodeIndex left = document_.previous_sibling(second); left != kNoNode)
      place.left = document_.id(left);
    return std::vector<Op>{MoveNodeOp{document_.id(first), place}};
  }

  const Document& document_;
  const Conflict& conflict_;
  const document::Format& format_;
  NodeIndex node_{};
};

}  // namespace

absl::StatusOr<std::vector<Op>> ResolutionOps(const Document& document, const Conflict& conflict,
                                              const Choice& choice, const document::Format& format) {
  return Resolving(document, conflict, format).Run(choice);
}

}  // namespace ameide::uaf::merge
