#pragma once

#include <optional>

#include "absl/status/status.h"
#include "sync/git/repository.h"
#include "sync/place.h"
#include "uaf/workspace.h"

namespace ameide::sync {

/// Tells the store which commits behind `from` (nullopt: all) up to `to` brought which segments, oldest
/// first, so that the history can name them. At most the newest thousand: older events then carry the oldest
/// of those.
absl::Status NoteCommits(uaf::Workspace& workspace, const Place& place,
                         const std::optional<git::CommitId>& from, const git::CommitId& to);

}  // namespace ameide::sync
