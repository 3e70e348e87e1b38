#pragma once

#include <set>
#include <span>

#include "absl/container/flat_hash_set.h"
#include "uaf/log/change_set.h"

namespace ameide::uaf::merge {

/// Keys of the conflicts that a ConflictResolved event among `events` decides, unless that decision was taken
/// back and not made again. `events` are in fold order. Pure.
std::set<Hash256> Decided(std::span<const ChangeSet* const> events);

/// Those of `events` that were taken back by others of them, with these: together they say nothing. `events`
/// are in fold order. Pure.
absl::flat_hash_set<EventId> Cancelled(std::span<const ChangeSet* const> events);

}  // namespace ameide::uaf::merge
