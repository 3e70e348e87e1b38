#include "uaf/document/diff.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/document/match.h"
#include "uaf/document/sequence.h"
#include "uaf/document/text_splices.h"

namespace ameide::uaf::document {
namespace {

uint32_t Raw(NodeIndex node) { return static_cast<uint32_t>(node); }

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool HoldsChildren(NodeKind kind) { return kind == NodeKind::kElement || kind == NodeKind::kDocument; }

/// What the children of a node are to be, and the white space behind them.
struct Content {
  std::vector<NodeIndex> children;
  std::string_view tail;
};

/// Writes operations parents first: when a node gets its place, all above it stand where they belong, so no
/// move can go below itself.
class Differ {
 public:
  Differ(const Document& from, const Document& to)
      : work_(from.Clone()), to_(to), matching_(MatchNodes(from, to)) {}

  absl::StatusOr<std::vector<Op>> Run() {
    FindKnownNodesBelow();
    open_.push_back({kDocumentNode, kDocumentNode});
    while (!open_.empty()) {
      const auto [a, b] = open_.back();
      open_.pop_back();
      AMEIDE_RETURN_IF_ERROR(Own(a, b));
      if (HoldsChildren(to_.kind(b))) AMEIDE_RETURN_IF_ERROR(Arrange(a, b));
    }
    for (const NodeIndex node : emptied_) {
      AMEIDE_RETURN_IF_ERROR(Do(MoveNodeOp{work_.id(node), std::nullopt}));
    }
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

  /// A new node with nodes below it that were there before is written empty, and fetches them.
  void FindKnownNodesBelow() {
    known_below_.assign(to_.node_count(), false);
    gone_with_known_.assign(work_.node_count(), false);
    const auto mark = [](const Document& document, NodeIndex node, std::vector<bool>& marks) {
      for (NodeIndex at = document.parent(node); at != kNoNode && !marks[Raw(at)]; at = document.parent(at))
        marks[Raw(at)] = true;
    };
    for (const NodeIndex node : to_.Descendants(kDocumentNode)) {
      const NodeIndex before = matching_.Before(node);
      if (before == kNoNode) continue;
      mark(to_, node, known_below_);
      mark(work_, before, gone_with_known_);
    }
  }

  Content ContentOf(NodeIndex b) const {
    Content content;
    content.tail = to_.trivia(b, Trivia::kTail);
    for (NodeIndex child = to_.first_child(b); child != kNoNode; child = to_.next_sibling(child))
      content.children.push_back(child);
    // White space alone in an element is text there; where the element was not empty before, it is the space
    // before the end tag that stays.
    if (content.children.size() == 1 && to_.kind(content.children[0]) == NodeKind::kText &&
        matching_.Before(content.children[0]) == kNoNode && IsBlank(to_.raw_text(content.children[0]))) {
      content.tail = to_.raw_text(content.children[0]);
      content.children.clear();
    }
    return content;
  }

  /// Inserts, moves and removes until the children of `a` are those wanted, in order.
  absl::Status Arrange(NodeIndex a, NodeIndex b) {
    const Content content = ContentOf(b);
    if (work_.trivia(a, Trivia::kTail) != content.tail)
      AMEIDE_RETURN_IF_ERROR(Do(SetTriviaOp{work_.id(a), Trivia::kTail, std::string(content.tail)}));
    const std::vector<NodeIndex>& wanted = content.children;
    std::unordered_map<uint32_t, size_t> rank;
    std::vector<NodeIndex> gone;
    for (NodeIndex child = work_.first_child(a); child != kNoNode; child = work_.next_sibling(child)) {
      const NodeIndex after = matching_.After(child);
      if (after == kNoNode) {
        (gone_with_known_[Raw(child)] ? emptied_ : gone).push_back(child);
      } else if (to_.parent(after) == b) {
        rank.emplace(Raw(child), rank.size());
      }
      // A node that another parent wants stays for now: it will be fetched.
    }
    AMEIDE_RETURN_IF_ERROR(PutInOrder(a, wanted, rank));
    for (const NodeIndex node : gone) AMEIDE_RETURN_IF_ERROR(Do(MoveNodeOp{work_.id(node), std::nullopt}));
    return absl::OkStatus();
  }

  absl::Status PutInOrder(NodeIndex a, const std::vector<NodeIndex>& wanted,
                          const std::unordered_map<uint32_t, size_t>& rank) {
    Pairs order;
    for (size_t j = 0; j < wanted.size(); ++j) {
      const NodeIndex before = matching_.Before(wanted[j]);
      if (before == kNoNode) continue;
      if (const auto found = rank.find(Raw(before)); found != rank.end())
        order.emplace_back(j, found->second);
    }
    std::vector<bool> stays(wanted.size(), false);
    for (const auto& [j, position] : LongestIncreasing(order)) stays[j] = true;
    NodeIndex previous = kNoNode;
    for (size_t j = 0; j < wanted.size(); ++j) {
      const NodeIndex before = matching_.Before(wanted[j]);
      if (stays[j]) {
        previous = before;
      } else {
        Place place{work_.id(a), std::nullopt, std::nullopt};
        const NodeIndex next = previous == kNoNode ? work_.first_child(a) : work_.next_sibling(previous);
        if (previous != kNoNode) place.left = work_.id(previous);
        if (next != kNoNode) place.right = work_.id(next);
        if (before != kNoNode) {
          AMEIDE_RETURN_IF_ERROR(Do(MoveNodeOp{work_.id(before), place}));
          previous = before;
        } else {
          AMEIDE_ASSIGN_OR_RETURN(previous, Insert(place, wanted[j]));
        }
      }
      if (before != kNoNode && !matching_.SameText(before, wanted[j])) open_.push_back({before, wanted[j]});
    }
    return absl::OkStatus();
  }

  absl::StatusOr<NodeIndex> Insert(const Place& place, NodeIndex node) {
    const bool alone = known_below_[Raw(node)];
    const uint32_t ordinal = ordinal_;
    const uint32_t before = work_.node_count();
    std::string raw;
    if (alone) {
      raw.append(to_.trivia(node, Trivia::kLead)).append("<").append(to_.name(node));
      for (const Attribute& attribute : to_.attributes(node)) raw.append(attribute.markup);
      raw.append(to_.trivia(node, Trivia::kTagEnd)).append("></").append(to_.name(node));
      raw.append(to_.trivia(node, Trivia::kEndTagEnd)).append(">");
    } else {
      raw = to_.RenderSubtree(node);
    }
    AMEIDE_RETURN_IF_ERROR(Do(InsertNodeOp{place, ordinal, std::move(raw), 1}));
    ordinal_ += work_.node_count() - before;
    const NodeIndex inserted = *work_.Find(NodeId{EventId{}, ordinal});
    if (alone) open_.push_back({inserted, node});
    return inserted;
  }

  /// Name, attributes, text and white space of one node.
  absl::Status Own(NodeIndex a, NodeIndex b) {
    const bool element = to_.kind(b) == NodeKind::kElement;
    for (const Trivia which : {Trivia::kLead, Trivia::kTagEnd, Trivia::kEndTagEnd, Trivia::kSelfClosing}) {
      if (!element && which != Trivia::kLead) continue;
      // How an element without children would be written shows only without children.
      if (which == Trivia::kSelfClosing && to_.first_child(b) != kNoNode && !ContentOf(b).children.empty())
        continue;
      const std::string wanted(to_.trivia(b, which));
      if (work_.trivia(a, which) != wanted)
        AMEIDE_RETURN_IF_ERROR(Do(SetTriviaOp{work_.id(a), which, wanted}));
    }
    if (!HoldsChildren(to_.kind(b))) return SetText(a, to_.raw_text(b));
    if (!element) return absl::OkStatus();
    if (work_.name(a) != to_.name(b))
      AMEIDE_RETURN_IF_ERROR(Do(SetNameOp{work_.id(a), std::string(to_.name(b))}));
    return SetAttributes(a, b);
  }

  absl::Status SetText(NodeIndex a, std::string_view wanted) {
    if (work_.raw_text(a) == wanted) return absl::OkStatus();
    const NodeId id = work_.id(a);
    if (auto splices = SplicesBetween(id, work_.raw_text(a), wanted)) {
      const size_t before = ops_.size();
      bool good = true;
      for (SpliceTextOp& splice : *splices) good = good && Do(std::move(splice)).ok();
      if (good && work_.raw_text(a) == wanted) return absl::OkStatus();
      // Half way through, the text would not be well-formed.
      ops_.resize(before);
    }
    return Do(SetTextOp{id, std::string(wanted)});
  }

  absl::Status SetAttributes(NodeIndex a, NodeIndex b) {
    const std::vector<Attribute> wanted = to_.attributes(b);
    std::unordered_set<std::string_view> names;
    for (const Attribute& attribute : wanted) names.insert(attribute.name);
    std::vector<std::string> removed;
    std::unordered_map<std::string, std::string> present;  // as written, by name
    for (const Attribute& attribute : work_.attributes(a)) {
      if (!names.contains(attribute.name)) removed.emplace_back(attribute.name);
      present.emplace(attribute.name, attribute.markup);
    }
    for (const std::string& name : removed)
      AMEIDE_RETURN_IF_ERROR(Do(SetAttributeOp{work_.id(a), name, std::nullopt, ""}));
    std::string after;
    for (const Attribute& attribute : wanted) {
      const std::string name(attribute.name);
      if (const auto found = present.find(name); found == present.end() || found->second != attribute.markup)
        AMEIDE_RETURN_IF_ERROR(Do(SetAttributeOp{work_.id(a), name, to_.attribute_text(b, name), after}));
      after = name;
    }
    return OrderAttributes(a, wanted);
  }

  /// Names as few attributes as say the order: those up to the last that is out of it.
  absl::Status OrderAttributes(NodeIndex a, const std::vector<Attribute>& wanted) {
    const std::vector<Attribute> present = work_.attributes(a);
    size_t in_order = wanted.size();
    for (size_t i = present.size(); in_order > 0; --in_order) {
      while (i > 0 && present[i - 1].name != wanted[in_order - 1].name) --i;
      if (i == 0) break;
      --i;
    }
    if (in_order == 0) return absl::OkStatus();
    OrderAttributesOp op{work_.id(a), {}};
    for (size_t i = 0; i < in_order; ++i) op.names.emplace_back(wanted[i].name);
    return Do(std::move(op));
  }

  Document work_;
  const Document& to_;
  const Matching matching_;
  std::vector<Op> ops_;
  uint32_t ordinal_ = 0;
  std::vector<std::pair<NodeIndex, NodeIndex>> open_;  ///< placed, but not yet looked into
  std::vector<NodeIndex> emptied_;     ///< to be removed when what others want of them is fetched
  std::vector<bool> known_below_;      ///< by node of `to_`
  std::vector<bool> gone_with_known_;  ///< by node of `work_`
};

}  // namespace

absl::StatusOr<std::vector<Op>> DiffDocuments(const Document& from, const Document& to) {
  if (from.kind() != to.kind() || from.kind() == TreeKind::kOpaque ||
      from.import().encoding != to.import().encoding ||
      from.import().byte_order_mark != to.import().byte_order_mark) {
    return absl::FailedPreconditionError("the two files differ in kind or encoding");
  }
  auto ops = Differ(from, to).Run();
  if (ops.ok()) return ops;
  return absl::FailedPreconditionError(
      absl::StrCat("the change cannot be said in operations on elements (", ops.status().message(), ")"));
}

}  // namespace ameide::uaf::document
