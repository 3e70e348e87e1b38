#include "uaf/store/undo_history.h"

#include <utility>

namespace ameide::uaf {
namespace {

/// Moves the unit that an undo or redo event takes back to the other stack, as that event.
void Shift(std::vector<UndoHistory::Unit>& from, std::vector<UndoHistory::Unit>& to, const ChangeSet& by) {
  UndoHistory::Unit unit{{by.id}, by.label, {}};
  if (!from.empty()) {
    unit.label = from.back().label;
    from.pop_back();
  }
  to.push_back(std::move(unit));
}

}  // namespace

void UndoHistory::Add(const ChangeSet& change_set) {
  const auto* edit = std::get_if<Edit>(&change_set.body);
  if (edit == nullptr) return;
  switch (edit->role) {
    case UndoRole::kUndo:
      return Shift(undo_, redo_, change_set);
    case UndoRole::kRedo:
      return Shift(redo_, undo_, change_set);
    case UndoRole::kNone:
      break;
  }
  const bool joins =
      !edit->group.empty() && redo_.empty() && !undo_.empty() && undo_.back().group == edit->group;
  redo_.clear();
  if (joins) {
    undo_.back().events.push_back(change_set.id);
  } else {
    undo_.push_back({{change_set.id}, change_set.label, edit->group});
  }
}

}  // namespace ameide::uaf
