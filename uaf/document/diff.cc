#include "uaf/document/diff.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf::document {
namespace {

/// Above so many cells an exact longest common subsequence is not worth its time; unique equals are anchors
/// instead.
constexpr size_t kMostCells = 4'000'000;

using Pairs = std::vector<std::pair<size_t, size_t>>;

/// Pairs whose second members grow: the longest such subsequence of pairs sorted by their first.
Pairs LongestIncreasing(const Pairs& pairs) {
  std::vector<size_t> tails;
  std::vector<size_t> previous(pairs.size(), SIZE_MAX);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto at = std::lower_bound(tails.begin(), tails.end(), pairs[i].second,
                                     [&](size_t tail, size_t value) { return pairs[tail].second < value; });
    if (at != tails.begin()) previous[i] = *(at - 1);
    if (at == tails.end())
      tails.push_back(i);
    else
      *at = i;
  }
  Pairs kept;
  for (size_t i = tails.empty() ? SIZE_MAX : tails.back(); i != SIZE_MAX; i = previous[i])
    kept.push_back(pairs[i]);
  std::reverse(kept.begin(), kept.end());
  return kept;
}

using Hashes = std::span<const size_t>;

/// Exact longest common subsequence by dynamic programming; for lists that differ from end to end.
Pairs Exact(Hashes a, Hashes b) {
  std::vector<uint32_t> length((a.size() + 1) * (b.size() + 1), 0);
  const auto at = [&](size_t i, size_t j) -> uint32_t& { return length[i * (b.size() + 1) + j]; };
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      at(i, j) = a[i] == b[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  Pairs pairs;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j])
      pairs.emplace_back(i++, j++);
    else if (at(i + 1, j) >= at(i, j + 1))
      ++i;
    else
      ++j;
  }
  return pairs;
}

/// Equals that occur once on either side, in an order that both have.
Pairs Anchors(Hashes a, Hashes b) {
  struct Seen {
    size_t index = 0;
    size_t times = 0;
    size_t times_in_b = 0;
  };
  std::unordered_map<size_t, Seen> seen;
  for (size_t i = 0; i < a.size(); ++i) seen[a[i]] = {i, seen[a[i]].times + 1, 0};
  for (const size_t hash : b) {
    if (const auto found = seen.find(hash); found != seen.end()) ++found->second.times_in_b;
  }
  Pairs unique;
  for (size_t j = 0; j < b.size(); ++j) {
    const auto found = seen.find(b[j]);
    if (found == seen.end() || found->second.times != 1 || found->second.times_in_b != 1) continue;
    unique.emplace_back(found->second.index, j);
  }
  std::sort(unique.begin(), unique.end());
  return LongestIncreasing(unique);
}

/// A long common subsequence of two lists of hashes: the longest where its cost is bounded, else patience
/// diff.
Pairs CommonSubsequence(Hashes a, Hashes b) {
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  Pairs pairs;
  for (size_t i = 0; i < head; ++i) pairs.emplace_back(i, i);
  const Hashes left = a.subspan(head, a.size() - head - tail);
  const Hashes right = b.subspan(head, b.size() - head - tail);
  const auto add = [&](const Pairs& found, size_t i, size_t j) {
    for (const auto& [x, y] : found) pairs.emplace_back(head + i + x, head + j + y);
  };
  if (left.empty() || right.empty()) {
    // Nothing is left to be matched.
  } else if (left.size() <= kMostCells / right.size()) {
    add(Exact(left, right), 0, 0);
  } else if (Pairs anchors = Anchors(left, right); !anchors.empty()) {
    anchors.emplace_back(left.size(), right.size());
    size_t i = 0;
    size_t j = 0;
    for (const auto& [next_i, next_j] : anchors) {
      add(CommonSubsequence(left.subspan(i, next_i - i), right.subspan(j, next_j - j)), i, j);
      if (next_i < left.size()) pairs.emplace_back(head + next_i, head + next_j);
      i = next_i + 1;
      j = next_j + 1;
    }
  }
  for (size_t i = tail; i-- > 0;) pairs.emplace_back(a.size() - 1 - i, b.size() - 1 - i);
  return pairs;
}

std::string StartTag(const Document& document, NodeIndex node) {
  std::string text(document.name(node));
  for (const Attribute& attribute : document.attributes(node)) {
    const auto spelled = document.attribute_text(node, attribute.name);
    absl::StrAppend(&text, spelled->lead, std::string(attribute.name), spelled->equals,
                    std::string(1, spelled->quote), spelled->raw, std::string(1, spelled->quote));
  }
  return text;
}

class Differ {
 public:
  Differ(const Document& from, const Document& to, bool across_parents)
      : work_(from.Clone()), to_(to), across_parents_(across_parents) {}

  absl::StatusOr<std::vector<Op>> Run() {
    if (to_.kind() == TreeKind::kXml) IndexIds();
    AMEIDE_RETURN_IF_ERROR(Nodes(kDocumentNode, kDocumentNode));
    if (work_.Render() != to_.Render())
      return absl::InternalError("the operations do not render to the wanted bytes");
    return std::move(ops_);
  }

 private:
  absl::Status Do(Op op) {
    AMEIDE_RETURN_IF_ERROR(work_.Apply(op, EventId{}).status());
    ops_.push_back(std::move(op));
    return absl::OkStatus();
  }

  static std::map<std::string, NodeIndex> UniqueIds(const Document& document) {
    std::map<std::string, NodeIndex> ids;
    std::set<std::string> doubled;
    for (const NodeIndex node : document.Descendants(kDocumentNode)) {
      if (document.kind(node) != NodeKind::kElement) continue;
      if (const auto id = document.attribute(node, "id"); id && !ids.emplace(*id, node).second)
        doubled.insert(*id);
    }
    for (const std::string& id : doubled) ids.erase(id);
    return ids;
  }

  void IndexIds() {
    const auto before = UniqueIds(work_);
    for (const auto& [id, node] : UniqueIds(to_)) {
      const auto found = before.find(id);
      if (found == before.end()) continue;
      counterpart_[static_cast<uint32_t>(node)] = found->second;
      claimed_.insert(static_cast<uint32_t>(found->second));
    }
  }

  bool Claimed(NodeIndex node) const { return claimed_.contains(static_cast<uint32_t>(node)); }
  NodeIndex Counterpart(NodeIndex node) const {
    const auto found = counterpart_.find(static_cast<uint32_t>(node));
    return found == counterpart_.end() ? kNoNode : found->second;
  }

  static std::vector<NodeIndex> Children(const Document& document, NodeIndex node) {
    std::vector<NodeIndex> children;
    for (NodeIndex child = document.first_child(node); child != kNoNode; child = document.next_sibling(child))
      children.push_back(child);
    return children;
  }

  /// Which child of `a` becomes which child of `b`; kNoNode where one is new.
  std::vector<NodeIndex> Match(const std::vector<NodeIndex>& a, const std::vector<NodeIndex>& b,
                               NodeIndex parent) {
    std::vector<NodeIndex> match(b.size(), kNoNode);
    std::set<uint32_t> taken;
    for (size_t j = 0; j < b.size(); ++j) {
      const NodeIndex found = Counterpart(b[j]);
      if (found == kNoNode) continue;
      // Below itself it cannot go, and a node of another parent only when that is wanted.
      if (work_.parent(found) != parent && (!across_parents_ || IsAbove(found, parent))) continue;
      match[j] = found;
      taken.insert(static_cast<uint32_t>(found));
    }
    std::vector<size_t> left, right, left_hash, right_hash;
    for (size_t i = 0; i < a.size(); ++i) {
      if (taken.contains(static_cast<uint32_t>(a[i])) || Claimed(a[i])) continue;
      left.push_back(i);
      left_hash.push_back(std::hash<std::string>()(work_.RenderSubtree(a[i])));
    }
    for (size_t j = 0; j < b.size(); ++j) {
      if (match[j] != kNoNode) continue;
      right.push_back(j);
      right_hash.push_back(std::hash<std::string>()(to_.RenderSubtree(b[j])));
    }
    // Equal text first; what lies between two equals is paired by kind and name, in order.
    Pairs equal = CommonSubsequence(left_hash, right_hash);
    equal.emplace_back(left.size(), right.size());
    size_t i = 0;
    size_t j = 0;
    for (const auto& [next_i, next_j] : equal) {
      for (; j < next_j; ++j) {
        size_t k = i;
        while (k < next_i && !Alike(a[left[k]], b[right[j]])) ++k;
        if (k == next_i) continue;
        match[right[j]] = a[left[k]];
        i = k + 1;
      }
      if (next_i < left.size()) match[right[next_j]] = a[left[next_i]];
      i = next_i + 1;
      j = next_j + 1;
    }
    return match;
  }

  bool Alike(NodeIndex a, NodeIndex b) const {
    if (work_.kind(a) != to_.kind(b) || work_.name(a) != to_.name(b)) return false;
    // An element that lost or changed its id is another one.
    return work_.kind(a) != NodeKind::kElement || work_.attribute(a, "id") == to_.attribute(b, "id") ||
           (!work_.attribute(a, "id") || !to_.attribute(b, "id"));
  }

  bool IsAbove(NodeIndex node, NodeIndex below) const {
    for (NodeIndex at = below; at != kNoNode; at = work_.parent(at)) {
      if (at == node) return true;
    }
    return false;
  }

  absl::Status Nodes(NodeIndex a, NodeIndex b) {
    AMEIDE_RETURN_IF_ERROR(Own(a, b));
    if (to_.kind(b) != NodeKind::kElement && to_.kind(b) != NodeKind::kDocument) return absl::OkStatus();
    const std::vector<NodeIndex> wanted = Children(to_, b);
    const std::vector<NodeIndex> match = Match(Children(work_, a), wanted, a);
    AMEIDE_RETURN_IF_ERROR(Arrange(a, wanted, match));
    for (size_t j = 0; j < wanted.size(); ++j) {
      if (match[j] == kNoNode) continue;
      // What the operations cannot say is replaced whole.
      if (!Nodes(match[j], wanted[j]).ok()) AMEIDE_RETURN_IF_ERROR(Replace(match[j], wanted[j]));
    }
    return absl::OkStatus();
  }

  /// Removes, moves and inserts until the children of `a` are those wanted, in order.
  absl::Status Arrange(NodeIndex a, const std::vector<NodeIndex>& wanted,
                       const std::vector<NodeIndex>& match) {
    std::set<uint32_t> matched;
    for (const NodeIndex node : match) matched.insert(static_cast<uint32_t>(node));
    std::map<uint32_t, size_t> rank;
    for (const NodeIndex child : Children(work_, a)) {
      if (matched.contains(static_cast<uint32_t>(child))) {
        rank[static_cast<uint32_t>(child)] = rank.size();
      } else if (!(across_parents_ && Claimed(child))) {
        AMEIDE_RETURN_IF_ERROR(Do(MoveNodeOp{work_.id(child), std::nullopt}));
      }
      // A claimed child stays for now: the parent that wants it will fetch it.
    }
    Pairs order;
    for (size_t j = 0; j < wanted.size(); ++j) {
      if (match[j] == kNoNode) continue;
      if (const auto found = rank.find(static_cast<uint32_t>(match[j])); found != rank.end())
        order.emplace_back(j, found->second);
    }
    std::set<size_t> staying;
    for (const auto& [j, position] : LongestIncreasing(order)) staying.insert(j);
    NodeIndex previous = kNoNode;
    for (size_t j = 0; j < wanted.size(); ++j) {
      if (staying.contains(j)) {
        previous = match[j];
        continue;
      }
      Place place{work_.id(a), std::nullopt, std::nullopt};
      const NodeIndex next = previous == kNoNode ? work_.first_child(a) : work_.next_sibling(previous);
      if (previous != kNoNode) place.left = work_.id(previous);
      if (next != kNoNode) place.right = work_.id(next);
      if (match[j] != kNoNode) {
        AMEIDE_RETURN_IF_ERROR(Do(MoveNodeOp{work_.id(match[j]), place}));
        previous = match[j];
      } else {
        AMEIDE_ASSIGN_OR_RETURN(previous, Insert(place, wanted[j]));
      }
    }
    return absl::OkStatus();
  }

  /// Whether something below `node` is known by its id and can be fetched instead of written anew.
  bool HoldsKnownNodes(NodeIndex node) const {
    if (!across_parents_) return false;
    for (const NodeIndex each : to_.Descendants(node)) {
      if (each != node && Counterpart(each) != kNoNode) return true;
    }
    return false;
  }

  absl::StatusOr<NodeIndex> Insert(const Place& place, NodeIndex node) {
    const bool alone = HoldsKnownNodes(node);
    const uint32_t ordinal = ordinal_;
    const uint32_t before = work_.node_count();
    const std::string raw = alone ? absl::StrCat(std::string(to_.trivia(node, Trivia::kLead)), "<",
                                                 StartTag(to_, node), "></", std::string(to_.name(node)), ">")
                                  : to_.RenderSubtree(node);
    AMEIDE_RETURN_IF_ERROR(Do(InsertNodeOp{place, ordinal, raw, 1}));
    ordinal_ += work_.node_count() - before;
    const NodeIndex inserted = *work_.Find(NodeId{EventId{}, ordinal});
    // What was wrapped keeps its identity: the wrapper comes first and fetches it.
    if (alone) AMEIDE_RETURN_IF_ERROR(Nodes(inserted, node));
    return inserted;
  }

  absl::Status Replace(NodeIndex a, NodeIndex b) {
    Place place{work_.id(work_.parent(a)), std::nullopt, work_.id(a)};
    if (const NodeIndex left = work_.previous_sibling(a); left != kNoNode) place.left = work_.id(left);
    AMEIDE_RETURN_IF_ERROR(Insert(place, b).status());
    return Do(MoveNodeOp{work_.id(a), std::nullopt});
  }

  /// Name, attributes, text and trivia of one node.
  absl::Status Own(NodeIndex a, NodeIndex b) {
    for (const Trivia which :
         {Trivia::kLead, Trivia::kTail, Trivia::kTagEnd, Trivia::kEndTagEnd, Trivia::kSelfClosing}) {
      if (work_.kind(a) != NodeKind::kElement && which != Trivia::kLead && which != Trivia::kTail) continue;
      const std::string wanted(to_.trivia(b, which));
      if (work_.trivia(a, which) != wanted)
        AMEIDE_RETURN_IF_ERROR(Do(SetTriviaOp{work_.id(a), which, wanted}));
    }
    if (to_.kind(b) == NodeKind::kDocument) return absl::OkStatus();
    if (to_.kind(b) != NodeKind::kElement) {
      if (work_.raw_text(a) == to_.raw_text(b)) return absl::OkStatus();
      return Do(SetTextOp{work_.id(a), std::string(to_.raw_text(b))});
    }
    if (work_.name(a) != to_.name(b))
      AMEIDE_RETURN_IF_ERROR(Do(SetNameOp{work_.id(a), std::string(to_.name(b))}));
    std::vector<std::string> removed;
    for (const Attribute& attribute : work_.attributes(a)) {
      if (!to_.attribute_text(b, attribute.name)) removed.emplace_back(attribute.name);
    }
    for (const std::string& name : removed)
      AMEIDE_RETURN_IF_ERROR(Do(SetAttributeOp{work_.id(a), name, std::nullopt, ""}));
    std::string after;
    for (const Attribute& attribute : to_.attributes(b)) {
      const auto wanted = to_.attribute_text(b, attribute.name);
      if (work_.attribute_text(a, attribute.name) != wanted) {
        AMEIDE_RETURN_IF_ERROR(Do(SetAttributeOp{work_.id(a), std::string(attribute.name), wanted, after}));
      }
      after = std::string(attribute.name);
    }
    // Attributes that only changed places cannot be said: the element is replaced.
    if (StartTag(work_, a) != StartTag(to_, b))
      return absl::FailedPreconditionError("attributes in another order");
    return absl::OkStatus();
  }

  Document work_;
  const Document& to_;
  const bool across_parents_;
  std::vector<Op> ops_;
  uint32_t ordinal_ = 0;
  std::unordered_map<uint32_t, NodeIndex> counterpart_;  // node of `to_` -> node of `work_` with the same id
  std::set<uint32_t> claimed_;
};

}  // namespace

absl::StatusOr<std::vector<Op>> DiffDocuments(const Document& from, const Document& to) {
  if (from.kind() != to.kind() || from.kind() == TreeKind::kOpaque ||
      from.import().encoding != to.import().encoding ||
      from.import().byte_order_mark != to.import().byte_order_mark) {
    return absl::FailedPreconditionError("the two files differ in kind or encoding");
  }
  for (const bool across_parents : {true, false}) {
    auto ops = Differ(from, to, across_parents).Run();
    if (ops.ok()) return ops;
  }
  return absl::FailedPreconditionError("the change cannot be said in operations on elements");
}

}  // namespace ameide::uaf::document
