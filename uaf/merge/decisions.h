#pragma once

#include <set>
#include <span>
#include <vector>

#include "uaf/log/change_set.h"
#include "uaf/merge/causality.h"

namespace ameide::uaf::merge {

/// Keys of the conflicts that a ConflictResolved event among `events` decides, unless that decision was taken
/// back and not made again: by somebody who saw it. `events` are in fold order. Pure.
std::set<Hash256> Decided(std::span<const ChangeSet* const> events, const Causality& causality);

/// What one event took back, all of it among the events that were asked about.
struct TakenBack {
  EventId by;
  std::vector<EventId> events;  ///< sorted, each once
};

/// What was taken back among `events` and not made again, the newest first. `events` are in fold order. Pure.
std::vector<TakenBack> TakenBackAmong(std::span<const ChangeSet* const> events, const Causality& causality);

}  // namespace ameide::uaf::merge
