#include "uaf/merge/decisions.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace ameide::uaf::merge {
namespace {

using Ids = absl::flat_hash_set<EventId>;

/// Calls `visit` with each undo and redo that was not itself taken back, the newest first; gives all that was
/// taken back. What takes an event back comes behind it.
template <typename Visit>
Ids EachStanding(std::span<const ChangeSet* const> events, Visit visit) {
  Ids taken_back;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const auto* edit = std::get_if<Edit>(&(*event)->body);
    if (edit == nullptr || edit->role == UndoRole::kNone || taken_back.contains((*event)->id)) continue;
    taken_back.insert(edit->reverts.begin(), edit->reverts.end());
    visit(**event, *edit);
  }
  return taken_back;
}

}  // namespace

std::set<Hash256> Decided(std::span<const ChangeSet* const> events) {
  std::set<Hash256> keys;
  const bool any = std::any_of(events.begin(), events.end(), [](const ChangeSet* event) {
    return std::holds_alternative<ConflictResolved>(event->body);
  });
  if (!any) return keys;
  const Ids taken_back = EachStanding(events, [](const ChangeSet&, const Edit&) {});
  for (const ChangeSet* event : events) {
    const auto* resolved = std::get_if<ConflictResolved>(&event->body);
    if (resolved == nullptr || taken_back.contains(event->id)) continue;
    keys.insert(resolved->conflicts.begin(), resolved->conflicts.end());
  }
  return keys;
}

std::vector<TakenBack> TakenBackAmong(std::span<const ChangeSet* const> events) {
  std::vector<TakenBack> all;
  EachStanding(events, [&](const ChangeSet& event, const Edit& edit) {
    if (edit.role == UndoRole::kUndo) all.push_back({event.id, edit.reverts});
  });
  if (all.empty()) return all;
  Ids here;
  for (const ChangeSet* event : events) here.insert(event->id);
  std::erase_if(all, [&](const TakenBack& each) {
    return !std::all_of(each.events.begin(), each.events.end(),
                        [&](const EventId& id) { return here.contains(id); });
  });
  return all;
}

}  // namespace ameide::uaf::merge
