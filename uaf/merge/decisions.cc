#include "uaf/merge/decisions.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace ameide::uaf::merge {
namespace {

using Ids = absl::flat_hash_set<EventId>;

/// Calls `visit` with each undo and redo that was not itself taken back, the newest first; gives all that was
/// taken back. Only what had seen an event takes it back, and so comes behind it: what a stranger's event
/// names without that means nothing.
template <typename Visit>
Ids EachStanding(std::span<const ChangeSet* const> events, const Causality& causality, Visit visit) {
  Ids taken_back;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const auto* edit = std::get_if<Edit>(&(*event)->body);
    if (edit == nullptr || edit->role == UndoRole::kNone || taken_back.contains((*event)->id)) continue;
    for (const EventId& each : edit->reverts) {
      if (causality.Saw((*event)->id, each)) taken_back.insert(each);
    }
    visit(**event, *edit);
  }
  return taken_back;
}

}  // namespace

std::set<Hash256> Decided(std::span<const ChangeSet* const> events, const Causality& causality) {
  std::set<Hash256> keys;
  const bool any = std::any_of(events.begin(), events.end(), [](const ChangeSet* event) {
    return std::holds_alternative<ConflictResolved>(event->body);
  });
  if (!any) return keys;
  const Ids taken_back = EachStanding(events, causality, [](const ChangeSet&, const Edit&) {});
  for (const ChangeSet* event : events) {
    const auto* resolved = std::get_if<ConflictResolved>(&event->body);
    if (resolved == nullptr || taken_back.contains(event->id)) continue;
    keys.insert(resolved->conflicts.begin(), resolved->conflicts.end());
  }
  return keys;
}

std::vector<TakenBack> TakenBackAmong(std::span<const ChangeSet* const> events, const Causality& causality) {
  std::vector<TakenBack> all;
  EachStanding(events, causality, [&](const ChangeSet& event, const Edit& edit) {
    if (edit.role != UndoRole::kUndo || edit.reverts.empty()) return;
    std::vector<EventId> reverts = edit.reverts;
    std::sort(reverts.begin(), reverts.end());
    reverts.erase(std::unique(reverts.begin(), reverts.end()), reverts.end());
    all.push_back({event.id, std::move(reverts)});
  });
  if (all.empty()) return all;
  Ids here;
  for (const ChangeSet* event : events) here.insert(event->id);
  std::erase_if(all, [&](const TakenBack& each) {
    return !std::all_of(each.events.begin(), each.events.end(),
                        [&](const EventId& id) { return here.contains(id) && causality.Saw(each.by, id); });
  });
  return all;
}

}  // namespace ameide::uaf::merge
