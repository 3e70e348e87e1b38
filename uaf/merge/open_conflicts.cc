#include "uaf/merge/open_conflicts.h"

#include <algorithm>
#include <utility>

#include "uaf/merge/namespaces.h"

namespace ameide::uaf::merge {

using document::Document;
using document::Op;

void OpenConflicts::Watch(const Document& document, const NodeId& node, Aspect aspect,
                          const std::string& name) {
  if (const auto found = document.Find(node))
    watched_.emplace(Key{static_cast<uint32_t>(*found), aspect, name}, conflicts_.size() - 1);
}

void OpenConflicts::Settle(Open& open, const EventId& by) {
  if (open.decisions.empty() || open.decisions.back() != by) open.decisions.push_back(by);
}

void OpenConflicts::Wrote(const Document& document, const NodeId& node, Aspect aspect,
                          const std::string& name, const EventId& by) {
  const auto found = document.Find(node);
  if (!found) return;
  const auto [first, last] = watched_.equal_range(Key{static_cast<uint32_t>(*found), aspect, name});
  for (auto each = first; each != last; ++each) Settle(conflicts_[each->second], by);
}

void OpenConflicts::Add(std::vector<Conflict> conflicts, const Document& document) {
  for (Conflict& each : conflicts) {
    conflicts_.push_back({.conflict = std::move(each)});
    const Conflict& conflict = conflicts_.back().conflict;
    switch (conflict.kind) {
      case ConflictKind::kAttribute:
      case ConflictKind::kReconnect:
        Watch(document, conflict.node, Aspect::kAttribute, conflict.attribute);
        break;
      case ConflictKind::kType:
        Watch(document, conflict.node, Aspect::kName, "");
        break;
      case ConflictKind::kText:
        Watch(document, conflict.node, Aspect::kText, "");
        break;
      case ConflictKind::kOrder:
        Watch(document, conflict.other, Aspect::kPlace, "");
        for (const NodeId& moved : conflict.together) Watch(document, moved, Aspect::kPlace, "");
        [[fallthrough]];
      case ConflictKind::kDeletedEdit:
      case ConflictKind::kPlace:
      case ConflictKind::kCycle:
        Watch(document, conflict.node, Aspect::kPlace, "");
        break;
      case ConflictKind::kDeletedEnd:  // told by the state alone
      case ConflictKind::kContent:     // by the next import
      case ConflictKind::kPath:
      case ConflictKind::kRetired:
      case ConflictKind::kApproval:
        break;
    }
  }
}

void OpenConflicts::AddSettled(Conflict conflict, const EventId& decision, const Document& document) {
  std::vector<Conflict> one;
  one.push_back(std::move(conflict));
  Add(std::move(one), document);
  Settle(conflicts_.back(), decision);
}

void OpenConflicts::See(const ChangeSet& change_set, const Document& document) {
  const EventId& by = change_set.id;
  for (const Op& op : OpsOf(change_set.body)) {
    if (const auto* set = std::get_if<document::SetAttributeOp>(&op)) {
      Wrote(document, set->node, Aspect::kAttribute, set->name, by);
    } else if (const auto* shift = std::get_if<document::ShiftAttributesOp>(&op)) {
      for (const auto& target : shift->targets)
        Wrote(document, target.node, Aspect::kAttribute, target.name, by);
    } else if (const auto* name = std::get_if<document::SetNameOp>(&op)) {
      Wrote(document, name->node, Aspect::kName, "", by);
    } else if (const auto* text = std::get_if<document::SetTextOp>(&op)) {
      Wrote(document, text->node, Aspect::kText, "", by);
    } else if (const auto* splice = std::get_if<document::SpliceTextOp>(&op)) {
      Wrote(document, splice->node, Aspect::kText, "", by);
    } else if (const auto* move = std::get_if<document::MoveNodeOp>(&op)) {
      Wrote(document, move->node, Aspect::kPlace, "", by);
    } else if (std::holds_alternative<document::ImportOp>(op)) {
      // Another whole file: whoever chose it saw all of this.
      for (Open& open : conflicts_) Settle(open, by);
    }
  }
  SeeUndo(change_set);
}

void OpenConflicts::SeeUndo(const ChangeSet& change_set) {
  const auto* edit = std::get_if<Edit>(&change_set.body);
  if (edit == nullptr || edit->role == UndoRole::kNone) return;
  const auto reverted = [&](const EventId& event) {
    return std::find(edit->reverts.begin(), edit->reverts.end(), event) != edit->reverts.end();
  };
  for (Open& open : conflicts_) {
    if (std::erase_if(open.decisions, reverted) > 0) {
      // What it writes meanwhile is what stood there before.
      std::erase(open.decisions, change_set.id);
      open.undone.push_back(change_set.id);
    } else if (std::erase_if(open.undone, reverted) > 0) {
      Settle(open, change_set.id);
    }
  }
}

std::vector<Conflict> OpenConflicts::Left(const Document& document, const document::Format& format) const {
  std::vector<Conflict> left;
  for (const Open& open : conflicts_) {
    if (open.decisions.empty() && Matters(open.conflict, document, format)) left.push_back(open.conflict);
  }
  return left;
}

bool Matters(const Conflict& conflict, const Document& document, const document::Format& format) {
  if (conflict.kind == ConflictKind::kContent) return true;
  const auto node = document.Find(conflict.node);
  if (!node) return false;
  const bool gone = document.InTrash(*node);
  if (conflict.kind == ConflictKind::kDeletedEdit) return gone;
  if (IsLostNamespace(conflict)) return !gone && NamesAreLost(document, *node, conflict);
  if (conflict.kind != ConflictKind::kDeletedEnd) return !gone;
  const auto other = document.Find(conflict.other);
  if (!gone || !other || document.InTrash(*other)) return false;
  const std::vector<std::string> named = format.ReferencesIn(document, *other, conflict.attribute);
  return std::any_of(conflict.sides.begin(), conflict.sides.end(), [&](const ConflictSide& side) {
    return side.value && std::find(named.begin(), named.end(), *side.value) != named.end();
  });
}

}  // namespace ameide::uaf::merge
