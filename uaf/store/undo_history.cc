#include "uaf/store/undo_history.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ameide::uaf {
namespace {

/// Moves the unit that an undo or redo event takes back to the other stack, as that event. It is the top one,
/// but for an edit of a batch that was taken back from another artifact.
void Shift(std::vector<UndoHistory::Unit>& from, std::vector<UndoHistory::Unit>& to, const ChangeSet& by,
           const Edit& edit) {
  UndoHistory::Unit unit{{by.id}, by.label, {}, edit.batch, edit.ops.empty()};
  const auto found = std::find_if(from.rbegin(), from.rend(), [&](const UndoHistory::Unit& each) {
    return std::find(edit.reverts.begin(), edit.reverts.end(), each.events.back()) != edit.reverts.end();
  });
  if (found != from.rend()) {
    unit.label = found->label;
    from.erase(std::next(found).base());
  }
  to.push_back(std::move(unit));
}

}  // namespace

void UndoHistory::Add(const ChangeSet& change_set) {
  if (const auto* resolved = std::get_if<ConflictResolved>(&change_set.body)) {
    redo_.clear();
    undo_.push_back({{change_set.id}, change_set.label, {}, {}, resolved->ops.empty()});
    return;
  }
  const auto* edit = std::get_if<Edit>(&change_set.body);
  if (edit == nullptr) return;
  switch (edit->role) {
    case UndoRole::kUndo:
      return Shift(undo_, redo_, change_set, *edit);
    case UndoRole::kRedo:
      return Shift(redo_, undo_, change_set, *edit);
    case UndoRole::kNone:
      break;
  }
  const bool joins =
      !edit->group.empty() && redo_.empty() && !undo_.empty() && undo_.back().group == edit->group;
  redo_.clear();
  if (joins) {
    undo_.back().events.push_back(change_set.id);
  } else {
    undo_.push_back({{change_set.id}, change_set.label, edit->group, edit->batch});
  }
}

}  // namespace ameide::uaf
