#include "uaf/store/foreign_edit.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "uaf/document/diff.h"
#include "uaf/log/change_set.h"

namespace ameide::uaf {

using document::Document;
using document::ImportOp;
using document::Op;

std::optional<std::vector<Op>> ElementEdits(const Document& base, const ImportOp& import,
                                            std::string_view bytes, const EventId& event) {
  if (import.kind != base.kind() || import.kind == document::TreeKind::kOpaque ||
      import.encoding != base.import().encoding || import.byte_order_mark != base.import().byte_order_mark) {
    return std::nullopt;
  }
  const absl::StatusOr<Document> wanted = Document::Import(import, bytes, EventId{});
  if (!wanted.ok()) return std::nullopt;
  absl::StatusOr<std::vector<Op>> ops = document::DiffDocuments(base, *wanted);
  if (!ops.ok() || ops->empty()) return std::nullopt;
  // What is recorded must give exactly these bytes; nothing is taken on trust.
  Document trial = base.Clone();
  for (Op& op : *ops) {
    BindToEvent(op, event);
    if (!trial.Apply(op, event).ok()) return std::nullopt;
  }
  if (trial.Render() != bytes) return std::nullopt;
  return *std::move(ops);
}

size_t DistanceTo(const Document& base, const ImportOp& import, std::string_view bytes) {
  if (base.Render() == bytes) return 0;
  const auto edits = ElementEdits(base, import, bytes, EventId{StreamId{"distance"}, 1});
  return edits ? edits->size() : SIZE_MAX;
}

bool TouchesTrash(const Document& document, const Op& op) {
  const auto trashed = [&](const NodeId& node) {
    const auto found = document.Find(node);
    return found && document.InTrash(*found);
  };
  if (std::holds_alternative<ImportOp>(op)) return false;
  if (const auto* move = std::get_if<document::MoveNodeOp>(&op)) return move->to && trashed(move->node);
  if (const auto* insert = std::get_if<document::InsertNodeOp>(&op)) {
    return trashed(insert->place.parent);
  }
  if (const auto* shift = std::get_if<document::ShiftAttributesOp>(&op)) {
    return std::any_of(shift->targets.begin(), shift->targets.end(),
                       [&](const auto& target) { return trashed(target.node); });
  }
  return std::visit(
      [&](const auto& each) {
        if constexpr (requires { each.node; }) return trashed(each.node);
        return false;
      },
      op);
}

}  // namespace ameide::uaf
