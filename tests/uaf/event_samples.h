#pragma once

#include <vector>

#include "uaf/log/change_set.h"

/// Events whose bytes are recorded in tests/uaf/golden: only ever added to, in a list of the release that
/// added them.
namespace ameide::uaf {

/// One event of each kind of the first release, and every operation with every optional field absent and
/// present.
std::vector<ChangeSet> EventsOfTheFirstRelease();

/// Edits of version 2 and one event of each kind that came with them.
std::vector<ChangeSet> EventsOfTheSecondRelease();
/// Those that the third one added: signed verdicts and redactions.
std::vector<ChangeSet> EventsOfTheThirdRelease();

}  // namespace ameide::uaf
