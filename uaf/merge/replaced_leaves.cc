#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "absl/hash/hash.h"
#include "uaf/merge/concurrent_fold.h"

// Of ConcurrentFold: several gave one element another id and another name. Nothing else tells that it is the
// same one, so each of them removed it and put another one in its place; that both did makes it clear.

namespace ameide::uaf::merge {

using document::AttributeText;
using document::Document;
using document::InsertNodeOp;
using document::MoveNodeOp;
using document::NodeIndex;
using document::NodeKind;
using document::Op;
using document::SetAttributeOp;

namespace {

constexpr std::array<const char*, 2> kNaming = {"id", "name"};

/// An element without children as it was inserted, apart from what it is called.
struct Leaf {
  std::string rest;
  std::array<AttributeText, 2> naming;  ///< its id and its name
};

/// nullopt: it has children, or lacks an id or a name.
std::optional<Leaf> LeafIn(std::string_view raw) {
  document::ImportOp import;
  import.kind = document::TreeKind::kXml;
  absl::StatusOr<Document> document = Document::Import(import, raw, {});
  if (!document.ok()) return std::nullopt;
  const NodeIndex element = document->root_element();
  if (element == document::kNoNode || document->first_child(element) != document::kNoNode)
    return std::nullopt;
  Leaf leaf;
  for (size_t i = 0; i < kNaming.size(); ++i) {
    std::optional<AttributeText> text = document->attribute_text(element, kNaming[i]);
    if (!text) return std::nullopt;
    leaf.naming[i] = *std::move(text);
    AttributeText blank = leaf.naming[i];
    blank.raw.clear();
    if (!document->Fold(SetAttributeOp{document->id(element), kNaming[i], std::move(blank), ""}, {}).ok())
      return std::nullopt;
  }
  leaf.rest = document->RenderSubtree(element);
  return leaf;
}

/// Whether they are the same one but for its id and its name.
bool IsRenamed(const Leaf& a, const Leaf& b) {
  return a.rest == b.rest && a.naming[0].raw != b.naming[0].raw && a.naming[1].raw != b.naming[1].raw;
}

/// How many leaves like this one an event inserts below a node.
size_t LikeIn(const ChangeSet& change_set, const NodeId& parent, const Leaf& leaf) {
  size_t count = 0;
  for (const Op& op : OpsOf(change_set.body)) {
    const auto* insert = std::get_if<InsertNodeOp>(&op);
    if (insert == nullptr || insert->place.parent != parent) continue;
    const std::optional<Leaf> other = LeafIn(insert->raw);
    if (other && other->rest == leaf.rest) ++count;
  }
  return count;
}

/// Whether something else that the event writes may mean the leaf.
bool Names(const ChangeSet& change_set, const InsertNodeOp& itself, const std::string& id) {
  const std::span<const Op> ops = OpsOf(change_set.body);
  return std::any_of(ops.begin(), ops.end(), [&](const Op& op) {
    if (const auto* insert = std::get_if<InsertNodeOp>(&op))
      return insert != &itself && insert->raw.find(id) != std::string::npos;
    if (const auto* set = std::get_if<SetAttributeOp>(&op))
      return set->text && set->text->raw.find(id) != std::string::npos;
    if (const auto* text = std::get_if<document::SetTextOp>(&op))
      return text->raw.find(id) != std::string::npos;
    const auto* splice = std::get_if<document::SpliceTextOp>(&op);
    return splice != nullptr && splice->insert.find(id) != std::string::npos;
  });
}

}  // namespace

bool ConcurrentFold::Deletes(EventIndex event, const Spot& spot, const std::string& rest) const {
  size_t count = 0;
  bool here = false;
  for (const Op& op : OpsOf(events_[event].body)) {
    const auto* move = std::get_if<MoveNodeOp>(&op);
    if (move == nullptr || move->to) continue;
    const auto node = document_->Find(move->node);
    if (!node || document_->parent(*node) != spot.parent) continue;
    const std::optional<Leaf> leaf = LeafIn(document_->RenderSubtree(*node));
    if (!leaf || leaf->rest != rest) continue;
    ++count;
    here = here || *node == spot.right;
  }
  return here && count == 1;
}

bool ConcurrentFold::ReplacesTheSame(EventIndex event, const InsertNodeOp& insert, const Spot& spot) {
  const auto candidates = spot_index_.find(absl::HashOf(spot.parent, spot.left, spot.right));
  if (!spot.right || candidates == spot_index_.end()) return false;
  const std::optional<Leaf> leaf = LeafIn(insert.raw);
  const std::optional<Leaf> before = leaf ? LeafIn(document_->RenderSubtree(*spot.right)) : std::nullopt;
  if (!before || !IsRenamed(*before, *leaf)) return false;
  for (const uint32_t index : candidates->second) {
    Inserted& other = inserted_[index];
    if (other.parent != spot.parent || other.left != spot.left || other.right != spot.right ||
        other.count != 1 || !events_.Concurrent(other.event, event)) {
      continue;
    }
    const std::optional<Leaf> theirs = LeafIn(other.op->raw);
    if (!theirs || !IsRenamed(*before, *theirs) || theirs->rest != leaf->rest) continue;
    const NodeId& parent = insert.place.parent;
    if (!Deletes(event, spot, before->rest) || !Deletes(other.event, spot, before->rest) ||
        LikeIn(events_[event], parent, *leaf) != 1 || LikeIn(events_[other.event], parent, *leaf) != 1 ||
        Names(events_[event], insert, leaf->naming[0].raw) ||
        Names(events_[other.event], *other.op, theirs->naming[0].raw)) {
      continue;
    }
    if (!document_->Alias(other.first, 1, events_.id(event), insert.first_ordinal).ok()) continue;
    for (size_t i = 0; i < kNaming.size(); ++i) {
      WroteWith(other, kNaming[i], before->naming[i], theirs->naming[i]);
      adjusted_.emplace_back(SetAttributeOp{document_->id(other.first), kNaming[i], leaf->naming[i], ""});
      SetContendedAttribute(RegisterOf(other.first, Aspect::kAttribute, NumberOf(kNaming[i])), event,
                            adjusted_.back(), "");
    }
    return true;
  }
  return false;
}

void ConcurrentFold::WroteWith(const Inserted& inserted, const std::string& attribute, AttributeText base,
                               AttributeText text) {
  Register& known = RegisterOf(inserted.first, Aspect::kAttribute, NumberOf(attribute));
  if (!known.writes.empty() && known.writes.front().event == inserted.event) return;
  adjusted_.emplace_back(SetAttributeOp{document_->id(inserted.first), attribute, std::move(text), ""});
  known.writes.insert(known.writes.begin(), Write{inserted.event, &adjusted_.back()});
  known.attribute_base = std::move(base);
  known.versions.clear();
  known.heads.clear();
  for (const Write& write : known.writes) events_.Advance(known.heads, write.event);
}

}  // namespace ameide::uaf::merge
