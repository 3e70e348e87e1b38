#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/connection/publish.h"
#include "uaf/workspace.h"

/// What goes to a backend when somebody presses Publish.
namespace ameide::publishing {

/// The cut that is published: the chosen artifacts and all that they refer to (backend.md): the processes
/// that they call, the decisions that they ask, the domains whose commands they call, the files that those
/// import. With nothing chosen:
/// every process and every domain. Sorted by path, as of `cut` (default: now).
///
/// FAILED_PRECONDITION names a reference that no artifact or more than one satisfies, with element and file,
/// and what to do; also when there is nothing to publish. Reads the workspace only.
absl::StatusOr<std::vector<connection::PublishArtifact>> CollectCut(
    const uaf::Workspace& workspace, std::span<const uaf::ArtifactId> chosen,
    const std::optional<uaf::Cut>& cut = std::nullopt);

}  // namespace ameide::publishing
