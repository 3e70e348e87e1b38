#include "uaf/diff/diff.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "uaf/document/match.h"

namespace ameide::uaf::diff {
namespace {

using document::Attribute;
using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;

bool IsUnit(const Document& document, NodeIndex node) {
  return document.kind(node) == NodeKind::kElement || document.kind(node) == NodeKind::kLine;
}

uint32_t Number(NodeIndex node) { return static_cast<uint32_t>(node); }

// The units of one state, in document order.
std::vector<NodeIndex> Units(const Document& document) {
  std::vector<NodeIndex> out;
  for (const NodeIndex node : document.Descendants(document::kDocumentNode)) {
    if (IsUnit(document, node)) out.push_back(node);
  }
  return out;
}

std::string IdOf(const Document& document, NodeIndex node) {
  if (document.kind(node) != NodeKind::kElement) return "";
  return document.attribute(node, "id").value_or("");
}

std::string NearestId(const Document& document, NodeIndex node) {
  for (; node != kNoNode && node != document::kDocumentNode; node = document.parent(node)) {
    if (std::string id = IdOf(document, node); !id.empty()) return id;
  }
  return "";
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// An element's character data, blank text between elements counted as none; a line's text.
std::string TextOf(const Document& document, NodeIndex node) {
  if (document.kind(node) == NodeKind::kLine) {
    std::string line(document.raw_text(node));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return line;
  }
  std::string text = document.text(node);
  return IsBlank(text) ? "" : text;
}

class Comparison {
 public:
  Comparison(const Document& before, const Document& after, const document::Format& format)
      : before_(before),
        after_(after),
        format_(format),
        old_units_(Units(before)),
        new_units_(Units(after)),
        to_old_(after.node_count(), kNoNode),
        to_new_(before.node_count(), kNoNode),
        moved_(after.node_count(), false) {}

  std::vector<ElementChange> Run() {
    Match();
    FindMoved();
    std::vector<ElementChange> out;
    for (const NodeIndex node : new_units_) {
      const NodeIndex old_node = to_old_[Number(node)];
      if (old_node == kNoNode) {
        if (IsTop(after_, node, to_old_)) out.push_back(Describe(after_, node, ChangeKind::kAdded));
        continue;
      }
      std::vector<ValueChange> values = Values(old_node, node);
      const bool moved = moved_[Number(node)];
      if (values.empty() && !moved) continue;
      ElementChange change = Describe(after_, node, ChangeKind::kChanged);
      change.values = std::move(values);
      change.moved = moved;
      if (change.values.empty()) change.kind = ChangeKind::kMoved;
      change.nodes = 1;
      out.push_back(std::move(change));
    }
    for (const NodeIndex node : old_units_) {
      if (to_new_[Number(node)] == kNoNode && IsTop(before_, node, to_new_)) {
        out.push_back(Describe(before_, node, ChangeKind::kRemoved));
      }
    }
    MarkFollowing(out);
    return out;
  }

 private:
  /// By node; kNoNode for those without a counterpart.
  using Matches = std::vector<NodeIndex>;

  void Pair(NodeIndex old_node, NodeIndex new_node) {
    to_old_[Number(new_node)] = old_node;
    to_new_[Number(old_node)] = new_node;
  }

  void Match() {
    // Two files that share no history are matched by what they say.
    if (before_.id(document::kDocumentNode) != after_.id(document::kDocumentNode)) {
      matching_ = document::MatchNodes(before_, after_);
      for (const NodeIndex node : new_units_) {
        if (const NodeIndex old_node = matching_->Before(node); old_node != kNoNode) Pair(old_node, node);
      }
      return;
    }
    for (const NodeIndex node : new_units_) {
      const std::optional<NodeIndex> old_node = before_.Find(after_.id(node));
      if (old_node && !before_.InTrash(*old_node) && before_.kind(*old_node) == after_.kind(node)) {
        Pair(*old_node, node);
      }
    }
    // A file that was imported anew has new nodes throughout; its elements still carry their ids.
    std::map<std::pair<std::string, std::string>, NodeIndex> by_id;
    for (const NodeIndex node : old_units_) {
      if (to_new_[Number(node)] != kNoNode) continue;
      if (std::string id = IdOf(before_, node); !id.empty()) {
        by_id.emplace(std::pair(std::string(before_.local_name(node)), std::move(id)), node);
      }
    }
    for (const NodeIndex node : new_units_) {
      if (to_old_[Number(node)] != kNoNode) continue;
      const std::string id = IdOf(after_, node);
      if (id.empty()) continue;
      const auto found = by_id.find(std::pair(std::string(after_.local_name(node)), id));
      if (found == by_id.end()) continue;
      Pair(found->second, node);
      by_id.erase(found);
    }
    MatchAnonymous();
  }

  // Elements without an id inside matched parents: the n-th of its type stands for the n-th of its type.
  void MatchAnonymous() {
    // Where the search for the next one of a parent and type goes on.
    std::map<std::pair<uint32_t, std::string>, NodeIndex> next;
    for (const NodeIndex node : new_units_) {
      if (to_old_[Number(node)] != kNoNode || after_.kind(node) != NodeKind::kElement) continue;
      const std::optional<NodeIndex> old_parent = OldParent(node);
      if (!old_parent || !IdOf(after_, node).empty()) continue;
      const std::string type(after_.local_name(node));
      NodeIndex& old_node =
          next.try_emplace(std::pair(Number(*old_parent), type), before_.first_child(*old_parent))
              .first->second;
      while (old_node != kNoNode && !IsAnonymous(old_node, type)) old_node = before_.next_sibling(old_node);
      if (old_node == kNoNode) continue;
      Pair(old_node, node);
      old_node = before_.next_sibling(old_node);
    }
  }

  bool IsAnonymous(NodeIndex old_node, std::string_view type) const {
    return before_.kind(old_node) == NodeKind::kElement && to_new_[Number(old_node)] == kNoNode &&
           before_.local_name(old_node) == type && IdOf(before_, old_node).empty();
  }

  std::optional<NodeIndex> OldParent(NodeIndex node) const {
    const NodeIndex parent = after_.parent(node);
    if (parent == document::kDocumentNode) return document::kDocumentNode;
    const NodeIndex found = to_old_[Number(parent)];
    if (found == kNoNode) return std::nullopt;
    return found;
  }

  // Another parent, or outside the longest run of siblings that kept their order.
  void FindMoved() {
    std::vector<uint32_t> old_order(before_.node_count());
    for (uint32_t i = 0; i < old_units_.size(); ++i) old_order[Number(old_units_[i])] = i;
    std::unordered_map<uint32_t, std::vector<NodeIndex>> stayed;  // by parent in the later state
    for (const NodeIndex node : new_units_) {
      const NodeIndex old_node = to_old_[Number(node)];
      if (old_node == kNoNode) continue;
      const std::optional<NodeIndex> old_parent = OldParent(node);
      if (!old_parent || *old_parent != before_.parent(old_node)) {
        moved_[Number(node)] = true;
      } else {
        stayed[Number(after_.parent(node))].push_back(node);
      }
    }
    for (const auto& [parent, siblings] : stayed) {
      std::vector<uint32_t> orders;
      for (const NodeIndex node : siblings) orders.push_back(old_order[Number(to_old_[Number(node)])]);
      MarkOutOfOrder(siblings, orders);
    }
  }

  // Longest increasing subsequence by patience sorting; the others moved.
  void MarkOutOfOrder(const std::vector<NodeIndex>& siblings, const std::vector<uint32_t>& orders) {
    std::vector<size_t> tails;  // index of the smallest last element of a run of each length
    std::vector<size_t> previous(orders.size(), orders.size());
    for (size_t i = 0; i < orders.size(); ++i) {
      const auto place = std::lower_bound(tails.begin(), tails.end(), orders[i],
                                          [&](size_t tail, uint32_t order) { return orders[tail] < order; });
      if (place != tails.begin()) previous[i] = *(place - 1);
      if (place == tails.end()) {
        tails.push_back(i);
      } else {
        *place = i;
      }
    }
    std::set<size_t> in_run;
    for (size_t i = tails.empty() ? orders.size() : tails.back(); i < orders.size(); i = previous[i])
      in_run.insert(i);
    for (size_t i = 0; i < orders.size(); ++i) {
      if (!in_run.contains(i)) moved_[Number(siblings[i])] = true;
    }
  }

  bool IsTop(const Document& document, NodeIndex node, const Matches& matches) const {
    const NodeIndex parent = document.parent(node);
    return parent == document::kDocumentNode || matches[Number(parent)] != kNoNode;
  }

  ElementChange Describe(const Document& document, NodeIndex node, ChangeKind kind) const {
    ElementChange change;
    change.kind = kind;
    change.node = document.id(node);
    const bool line = document.kind(node) == NodeKind::kLine;
    change.element = NearestId(document, node);
    change.type = line ? "line" : std::string(document.local_name(node));
    change.layout = format_.IsLayout(document, node);
    change.name = line ? TextOf(document, node) : NameOf(document, node, change.layout);
    if (kind == ChangeKind::kAdded || kind == ChangeKind::kRemoved) {
      change.nodes = 0;
      for (const NodeIndex below : document.Descendants(node))
        change.nodes += IsUnit(document, below) ? 1 : 0;
    }
    return change;
  }

  // A shape is called what the element is called that it draws.
  std::string NameOf(const Document& document, NodeIndex node, bool layout) const {
    if (!layout || document.kind(node) != NodeKind::kElement) return format_.DisplayName(document, node);
    for (const Attribute& attribute : document.attributes(node)) {
      const std::vector<std::string> drawn = format_.ReferencesIn(document, node, attribute.name);
      if (drawn.empty()) continue;
      const auto& ids = IdsOf(document);
      if (const auto found = ids.find(drawn[0]); found != ids.end())
        return format_.DisplayName(document, found->second);
      return "";
    }
    return format_.DisplayName(document, node);
  }

  const std::unordered_map<std::string, NodeIndex>& IdsOf(const Document& document) const {
    const bool later = &document == &after_;
    std::unordered_map<std::string, NodeIndex>& ids = later ? new_ids_ : old_ids_;
    if (ids.empty()) {
      for (const NodeIndex node : later ? new_units_ : old_units_) {
        if (std::string id = IdOf(document, node); !id.empty()) ids.emplace(std::move(id), node);
      }
    }
    return ids;
  }

  bool SameMarkup(NodeIndex old_node, NodeIndex new_node) const {
    if (before_.name(old_node) != after_.name(new_node)) return false;
    const std::vector<Attribute> old_attributes = before_.attributes(old_node);
    const std::vector<Attribute> new_attributes = after_.attributes(new_node);
    return std::equal(
        old_attributes.begin(), old_attributes.end(), new_attributes.begin(), new_attributes.end(),
        [](const Attribute& a, const Attribute& b) { return a.name == b.name && a.raw == b.raw; });
  }

  std::vector<ValueChange> Values(NodeIndex old_node, NodeIndex new_node) const {
    if (matching_ && matching_->SameText(old_node, new_node)) return {};
    std::vector<ValueChange> out;
    if (before_.kind(old_node) == NodeKind::kElement && !SameMarkup(old_node, new_node)) {
      if (before_.name(old_node) != after_.name(new_node)) {
        out.push_back({"#type", std::string(before_.name(old_node)), std::string(after_.name(new_node))});
      }
      std::map<std::string, ValueChange> values;
      for (const Attribute& attribute : before_.attributes(old_node)) {
        values[std::string(attribute.name)].before = attribute.Value();
      }
      for (const Attribute& attribute : after_.attributes(new_node)) {
        values[std::string(attribute.name)].after = attribute.Value();
      }
      for (auto& [name, change] : values) {
        if (change.before == change.after) continue;
        change.name = name;
        out.push_back(std::move(change));
      }
    }
    std::string old_text = TextOf(before_, old_node);
    std::string new_text = TextOf(after_, new_node);
    if (old_text != new_text) out.push_back({"#text", std::move(old_text), std::move(new_text)});
    return out;
  }

  // References to an element whose id was changed.
  void MarkFollowing(std::vector<ElementChange>& changes) const {
    std::map<std::string, std::string> renamed;
    for (const ElementChange& change : changes) {
      for (const ValueChange& value : change.values) {
        if (value.name == "id" && value.before && value.after) renamed.emplace(*value.before, *value.after);
      }
    }
    if (renamed.empty()) return;
    for (ElementChange& change : changes) {
      const std::optional<NodeIndex> node = after_.Find(change.node);
      if (change.values.empty() || !node) continue;
      for (ValueChange& value : change.values) {
        const std::string attribute = value.name == "#text" ? "" : value.name;
        std::vector<std::string> expected = format_.ReferencesIn(before_, to_old_[Number(*node)], attribute);
        bool any = false;
        for (std::string& id : expected) {
          const auto found = renamed.find(id);
          if (found == renamed.end()) continue;
          id = found->second;
          any = true;
        }
        value.follows = any && value.after && expected == format_.ReferencesIn(after_, *node, attribute);
      }
    }
  }

  const Document& before_;
  const Document& after_;
  const document::Format& format_;
  const std::vector<NodeIndex> old_units_;
  const std::vector<NodeIndex> new_units_;
  Matches to_old_;
  Matches to_new_;
  std::optional<document::Matching> matching_;                  ///< of files that share no history
  mutable std::unordered_map<std::string, NodeIndex> old_ids_;  ///< made when first asked for
  mutable std::unordered_map<std::string, NodeIndex> new_ids_;
  std::vector<bool> moved_;  ///< by node of the later state
};

}  // namespace

bool ElementChange::OnlyFollows() const {
  return kind == ChangeKind::kChanged && !moved &&
         std::all_of(values.begin(), values.end(), [](const ValueChange& value) { return value.follows; });
}

std::vector<ElementChange> Compare(const Document& before, const Document& after,
                                   const document::Format& format) {
  return Comparison(before, after, format).Run();
}

}  // namespace ameide::uaf::diff
