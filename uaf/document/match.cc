#include "uaf/document/match.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "uaf/document/likeness.h"
#include "uaf/document/sequence.h"
#include "uaf/document/subtree_hash.h"

namespace ameide::uaf::document {
namespace {

/// Above so many pairs in one gap, nodes are paired in order instead of by the best likeness.
constexpr size_t kMostComparisons = 40'000;

/// How alike an element must be to one that another element came or went around.
constexpr float kSameThoughWrapped = 0.8F;

uint32_t Raw(NodeIndex node) { return static_cast<uint32_t>(node); }

/// An element with an `id` that no other element of its document has.
struct Identified {
  std::string_view id;
  NodeIndex node = kNoNode;
};

/// Sorted by id.
std::vector<Identified> UniqueIds(const Document& document, const std::vector<NodeIndex>& order) {
  std::vector<Identified> ids;
  for (const NodeIndex node : order) {
    if (document.kind(node) != NodeKind::kElement) continue;
    for (const Attribute& attribute : document.attributes(node)) {
      if (attribute.name == "id") ids.push_back({attribute.raw, node});
    }
  }
  std::sort(ids.begin(), ids.end(), [](const Identified& a, const Identified& b) { return a.id < b.id; });
  std::vector<Identified> unique;
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool doubled =
        (i > 0 && ids[i - 1].id == ids[i].id) || (i + 1 < ids.size() && ids[i + 1].id == ids[i].id);
    if (!doubled) unique.push_back(ids[i]);
  }
  return unique;
}

std::vector<NodeIndex> Children(const Document& document, NodeIndex node) {
  std::vector<NodeIndex> children;
  for (NodeIndex child = document.first_child(node); child != kNoNode; child = document.next_sibling(child))
    children.push_back(child);
  return children;
}

}  // namespace

class Matcher {
 public:
  Matcher(const Document& from, const Document& to)
      : from_(from),
        to_(to),
        from_order_(from.Descendants(kDocumentNode)),
        to_order_(to.Descendants(kDocumentNode)),
        from_hashes_(from),
        to_hashes_(to),
        likeness_(from, to, from_hashes_, to_hashes_) {}

  Matching Run() {
    matching_.after_.assign(from_.node_count(), kNoNode);
    matching_.before_.assign(to_.node_count(), kNoNode);
    matching_.from_text_ = HashText(from_, from_order_);
    matching_.to_text_ = HashText(to_, to_order_);
    Pair(kDocumentNode, kDocumentNode);
    MatchIds();
    for (const NodeIndex node : to_order_) Descend(node);
    MatchStrays();
    return std::move(matching_);
  }

 private:
  void Pair(NodeIndex a, NodeIndex b) {
    matching_.after_[Raw(a)] = b;
    matching_.before_[Raw(b)] = a;
  }
  bool Free(NodeIndex a, NodeIndex b) const {
    return matching_.After(a) == kNoNode && matching_.Before(b) == kNoNode;
  }

  void MatchIds() {
    if (to_.kind() != TreeKind::kXml) return;
    const std::vector<Identified> before = UniqueIds(from_, from_order_);
    auto at = before.begin();
    for (const Identified& after : UniqueIds(to_, to_order_)) {
      while (at != before.end() && at->id < after.id) ++at;
      if (at != before.end() && at->id == after.id) Pair(at->node, after.node);
    }
  }

  /// Matches the children of a matched node.
  void Descend(NodeIndex b) {
    const NodeIndex a = matching_.Before(b);
    if (a == kNoNode || from_.first_child(a) == kNoNode || to_.first_child(b) == kNoNode) return;
    if (matching_.SameText(a, b) && SameShape(a, b)) return;
    const auto here = [](const Document& document, NodeIndex parent, NodeIndex counterpart) {
      return counterpart == kNoNode || document.parent(counterpart) == parent;
    };
    std::vector<NodeIndex> left, right;
    std::vector<uint64_t> left_symbols, right_symbols;
    for (const NodeIndex child : Children(from_, a)) {
      const NodeIndex after = matching_.After(child);
      if (!here(to_, b, after)) continue;
      left.push_back(child);
      left_symbols.push_back(after == kNoNode ? matching_.from_text_[Raw(child)] : SymbolOf(after));
    }
    for (const NodeIndex child : Children(to_, b)) {
      const NodeIndex before = matching_.Before(child);
      if (!here(from_, a, before)) continue;
      right.push_back(child);
      right_symbols.push_back(before == kNoNode ? matching_.to_text_[Raw(child)] : SymbolOf(child));
    }
    const Pairs equal = CommonSubsequence(left_symbols, right_symbols);
    for (const auto& [i, j] : equal) {
      if (Free(left[i], right[j])) Pair(left[i], right[j]);
    }
    EachGap(equal, left, right,
            [this](const auto& more_left, const auto& more_right) { MatchLoosely(more_left, more_right); });
  }

  /// A symbol for a pair that is matched already; texts' hashes are smaller.
  static uint64_t SymbolOf(NodeIndex to_node) { return (uint64_t{1} << 62) + Raw(to_node); }

  /// Calls `match` with what is still free between pairs.
  template <typename Match>
  void EachGap(const Pairs& pairs, const std::vector<NodeIndex>& left, const std::vector<NodeIndex>& right,
               const Match& match) const {
    Pairs ends = pairs;
    ends.emplace_back(left.size(), right.size());
    size_t i = 0, j = 0;
    for (const auto& [next_i, next_j] : ends) {
      std::vector<NodeIndex> more_left, more_right;
      for (; i < next_i; ++i) {
        if (matching_.After(left[i]) == kNoNode) more_left.push_back(left[i]);
      }
      for (; j < next_j; ++j) {
        if (matching_.Before(right[j]) == kNoNode) more_right.push_back(right[j]);
      }
      if (!more_left.empty() && !more_right.empty()) match(more_left, more_right);
      i = next_i + 1;
      j = next_j + 1;
    }
  }

  void MatchLoosely(const std::vector<NodeIndex>& left, const std::vector<NodeIndex>& right) {
    std::vector<uint64_t> left_symbols, right_symbols;
    for (const NodeIndex node : left) left_symbols.push_back(from_hashes_.Of(node));
    for (const NodeIndex node : right) right_symbols.push_back(to_hashes_.Of(node));
    const Pairs equal = CommonSubsequence(left_symbols, right_symbols);
    for (const auto& [i, j] : equal) Pair(left[i], right[j]);
    EachGap(equal, left, right, [this](const auto& more_left, const auto& more_right) {
      MatchAlike(more_left, more_right);
      MatchWrapped(more_left, more_right);
      MatchRenamed(more_left, more_right);
    });
  }

  /// A leaf whose id and name were both changed has little else to be known by: it is the same one where it
  /// is alone in its gap with what is left of it, and what referred to it does so still. One that nothing
  /// refers to may as well be another.
  void MatchRenamed(const std::vector<NodeIndex>& left, const std::vector<NodeIndex>& right) {
    if (left.size() > kMostComparisons / right.size()) return;
    const auto only = [](const std::vector<NodeIndex>& nodes, const auto& fits) {
      NodeIndex found = kNoNode;
      for (const NodeIndex node : nodes) {
        if (!fits(node)) continue;
        if (found != kNoNode) return kNoNode;
        found = node;
      }
      return found;
    };
    for (const NodeIndex b : right) {
      if (matching_.Before(b) != kNoNode) continue;
      const NodeIndex a = only(left, [&](NodeIndex node) { return MayBeRenamed(node, b); });
      if (a == kNoNode || only(right, [&](NodeIndex node) { return MayBeRenamed(a, node); }) != b) continue;
      const size_t references = References(from_, from_order_, from_references_, *from_.attribute(a, "id"));
      if (references > 0 && references == References(to_, to_order_, to_references_, *to_.attribute(b, "id")))
        Pair(a, b);
    }
  }

  bool MayBeRenamed(NodeIndex a, NodeIndex b) const {
    if (!Free(a, b) || from_.kind(a) != NodeKind::kElement || to_.kind(b) != NodeKind::kElement) return false;
    if (from_.name(a) != to_.name(b) || from_.first_child(a) != kNoNode || to_.first_child(b) != kNoNode)
      return false;
    const auto rest = [](const Document& document, NodeIndex node) {
      std::vector<std::pair<std::string_view, std::string_view>> attributes;
      for (const Attribute& each : document.attributes(node)) {
        const bool named = each.name == "id" || each.name == "name";
        attributes.emplace_back(each.name, named ? std::string_view() : each.raw);
      }
      std::sort(attributes.begin(), attributes.end());
      return attributes;
    };
    const auto id = from_.attribute(a, "id"), name = from_.attribute(a, "name");
    return id && name && id != to_.attribute(b, "id") && name != to_.attribute(b, "name") &&
           rest(from_, a) == rest(to_, b);
  }

  /// How many attributes and texts are `id`; `known` is filled when first asked.
  static size_t References(const Document& document, const std::vector<NodeIndex>& order,
                           std::unordered_map<std::string, size_t>& known, const std::string& id) {
    if (known.empty()) {
      for (const NodeIndex node : order) {
        if (document.kind(node) == NodeKind::kText) ++known[Collapsed(document.raw_text(node))];
        if (document.kind(node) != NodeKind::kElement) continue;
        for (const Attribute& each : document.attributes(node)) {
          if (each.name != "id") ++known[std::string(each.raw)];
        }
      }
    }
    const auto found = known.find(id);
    return found == known.end() ? 0 : found->second;
  }

  /// What got a new element around it, or lost the one that it was in, and was changed besides.
  void MatchWrapped(const std::vector<NodeIndex>& left, const std::vector<NodeIndex>& right) {
    if (left.size() > kMostComparisons / right.size()) return;
    const auto like_enough = [this](NodeIndex a, NodeIndex b) {
      return from_.kind(a) == NodeKind::kElement && likeness_.Of(a, b) >= kSameThoughWrapped;
    };
    for (const NodeIndex b : right) {
      if (matching_.Before(b) != kNoNode) continue;
      for (const NodeIndex inside : Children(to_, b)) {
        if (matching_.Before(inside) != kNoNode) continue;
        const auto found = std::find_if(left.begin(), left.end(), [&](NodeIndex a) {
          return matching_.After(a) == kNoNode && like_enough(a, inside);
        });
        if (found != left.end()) Pair(*found, inside);
      }
    }
    for (const NodeIndex a : left) {
      if (matching_.After(a) != kNoNode) continue;
      for (const NodeIndex inside : Children(from_, a)) {
        if (matching_.After(inside) != kNoNode) continue;
        const auto found = std::find_if(right.begin(), right.end(), [&](NodeIndex b) {
          return matching_.Before(b) == kNoNode && like_enough(inside, b);
        });
        if (found != right.end()) Pair(inside, *found);
      }
    }
  }

  /// The pairs, in order, whose likenesses add up to the most.
  void MatchAlike(const std::vector<NodeIndex>& left, const std::vector<NodeIndex>& right) {
    if (left.size() > kMostComparisons / right.size()) return MatchInOrder(left, right);
    const size_t width = right.size() + 1;
    std::vector<float> likeness(left.size() * right.size());
    std::vector<float> best((left.size() + 1) * width, 0);
    for (size_t i = left.size(); i-- > 0;) {
      for (size_t j = right.size(); j-- > 0;) {
        const float alike = likeness_.Of(left[i], right[j]);
        likeness[i * right.size() + j] = alike;
        const float skip = std::max(best[(i + 1) * width + j], best[i * width + j + 1]);
        best[i * width + j] = alike > 0 ? std::max(skip, alike + best[(i + 1) * width + j + 1]) : skip;
      }
    }
    for (size_t i = 0, j = 0; i < left.size() && j < right.size();) {
      const float alike = likeness[i * right.size() + j];
      const float here = best[i * width + j];
      if (alike > 0 && here == alike + best[(i + 1) * width + j + 1]) {
        Pair(left[i++], right[j++]);
      } else if (here == best[(i + 1) * width + j]) {
        ++i;
      } else {
        ++j;
      }
    }
  }

  void MatchInOrder(const std::vector<NodeIndex>& left, const std::vector<NodeIndex>& right) {
    size_t i = 0;
    for (const NodeIndex b : right) {
      constexpr size_t kLookAhead = 16;
      for (size_t k = i; k < std::min(left.size(), i + kLookAhead); ++k) {
        if (likeness_.Of(left[k], b) <= 0) continue;
        Pair(left[k], b);
        i = k + 1;
        break;
      }
    }
  }

  /// Pairs two subtrees of equal text node by node. False, and nothing paired, when they are split into nodes
  /// in different ways (white space that is text here and between markup there).
  bool SameShape(NodeIndex a, NodeIndex b) {
    std::vector<std::pair<NodeIndex, NodeIndex>> pairs = {{a, b}};
    for (size_t at = 0; at < pairs.size(); ++at) {
      NodeIndex left = from_.first_child(pairs[at].first);
      NodeIndex right = to_.first_child(pairs[at].second);
      for (; left != kNoNode && right != kNoNode;
           left = from_.next_sibling(left), right = to_.next_sibling(right)) {
        const bool taken = matching_.After(left) != kNoNode || matching_.Before(right) != kNoNode;
        if (from_.kind(left) != to_.kind(right) || (taken && matching_.After(left) != right)) return false;
        pairs.emplace_back(left, right);
      }
      if (left != right) return false;  // one has more children
    }
    for (const auto& [left, right] : pairs) Pair(left, right);
    return true;
  }

  /// Elements and comments without a place so far that are equal but for white space, and the only ones: they
  /// moved.
  void MatchStrays() {
    if (to_.kind() != TreeKind::kXml) return;
    struct Stray {
      NodeIndex node = kNoNode;
      size_t times = 0;
      size_t times_after = 0;
    };
    std::unordered_map<uint64_t, Stray> strays;
    for (const NodeIndex node : from_order_) {
      if (matching_.After(node) != kNoNode || !SaysSomething(from_, node)) continue;
      Stray& stray = strays[from_hashes_.Of(node)];
      stray.node = node;
      ++stray.times;
    }
    if (strays.empty()) return;
    const auto find = [&](NodeIndex node) {
      return matching_.Before(node) == kNoNode && SaysSomething(to_, node) ? strays.find(to_hashes_.Of(node))
                                                                           : strays.end();
    };
    for (const NodeIndex node : to_order_) {
      if (const auto found = find(node); found != strays.end()) ++found->second.times_after;
    }
    for (const NodeIndex node : to_order_) {
      const auto found = find(node);
      if (found != strays.end() && found->second.times == 1 && found->second.times_after == 1 &&
          Free(found->second.node, node)) {
        Pair(found->second.node, node);
        for (const NodeIndex below : to_.Descendants(node)) Descend(below);
      }
    }
  }

  static bool SaysSomething(const Document& document, NodeIndex node) {
    switch (document.kind(node)) {
      case NodeKind::kElement:
        return document.first_child(node) != kNoNode || !document.attributes(node).empty();
      case NodeKind::kComment:
      case NodeKind::kInstruction:
        return !Collapsed(document.raw_text(node)).empty();
      default:
        return false;
    }
  }

  const Document& from_;
  const Document& to_;
  const std::vector<NodeIndex> from_order_;
  const std::vector<NodeIndex> to_order_;
  LooseHashes from_hashes_;
  LooseHashes to_hashes_;
  Likeness likeness_;
  std::unordered_map<std::string, size_t> from_references_;
  std::unordered_map<std::string, size_t> to_references_;
  Matching matching_;
};

Matching MatchNodes(const Document& from, const Document& to) { return Matcher(from, to).Run(); }

}  // namespace ameide::uaf::document
