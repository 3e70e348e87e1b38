#pragma once

#include <string>

#include "tests/uaf/merge/fixture.h"

namespace ameide::uaf::merge {

/// Looks for an edit that got lost, by rules of its own: one that is not in `merged`, the state of all events
/// of `graph`, in no conflict and no note, and that nobody who had seen it overwrote or removed. Describes
/// the first one; empty when there is none.
std::string UnaccountedEdit(const Graph& graph, const Merged& merged);

}  // namespace ameide::uaf::merge
