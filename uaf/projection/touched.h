#pragma once

#include <optional>
#include <set>
#include <span>

#include "uaf/document/document.h"
#include "uaf/log/change_set.h"

/// Which nodes a change set concerns. Pure.
namespace ameide::uaf {

/// The nodes of `document`, the state after `events` (a tail of its history), of which the projections may
/// keep something else than before. Nullopt: any of them (a file came in whole).
std::optional<std::set<document::NodeIndex>> NodesToDescribe(const document::Document& document,
                                                             std::span<const ChangeSet* const> events);

/// The nodes that the operations of `event` name: what they change, move or put something into. Follows from
/// the event alone. What is made by the event itself is not listed: its NodeIds say so.
std::set<NodeId> TouchedNodes(const ChangeSet& event);

}  // namespace ameide::uaf
