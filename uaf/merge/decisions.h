#pragma once

#include <set>
#include <span>
#include <vector>

#include "uaf/log/change_set.h"

namespace ameide::uaf::merge {

/// Keys of the conflicts that a ConflictResolved event among `events` decides, unless that decision was taken
/// back and not made again. `events` are in fold order. Pure.
std::set<Hash256> Decided(std::span<const ChangeSet* const> events);

/// What one event took back, all of it among the events that were asked about.
struct TakenBack {
  EventId by;
  std::vector<EventId> events;
};

/// What was taken back among `events` and not made again, the newest first. `events` are in fold order. Pure.
std::vector<TakenBack> TakenBackAmong(std::span<const ChangeSet* const> events);

}  // namespace ameide::uaf::merge
