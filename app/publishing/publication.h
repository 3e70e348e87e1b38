#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/connection/publish.h"
#include "uaf/workspace.h"

/// Publishing from a workspace: what goes, whether it may go, and that it went.
namespace ameide::publishing {

/// What keeps one artifact from being published.
struct Obstacle {
  uaf::ArtifactId artifact;
  std::string path;
  uaf::lifecycle::Reason reason;
};

/// The present state of a workspace, gathered and judged.
struct Publication {
  connection::PublishRequestOptions request;
  uaf::Cut cut;                     ///< what is sent
  std::vector<Obstacle> obstacles;  ///< by path; while there is any, nothing may be sent
};

/// Gathers `chosen` (none: every process and domain) with all that it refers to (CollectCut), and asks the
/// workspace what stands in the way of each: open conflicts, and the state that the policy asks for. Errors
/// of the notations the backend finds. ABORTED when the workspace never stands still meanwhile.
absl::StatusOr<Publication> Prepare(const uaf::Workspace& workspace, std::span<const uaf::ArtifactId> chosen,
                                    std::string_view tool);

/// Records what the backend deployed in the log: one event for each artifact, with target, bundle, the
/// versions that the backend gave, and the cut. Records nothing where the backend refused it, and where it
/// ran already and the log says so.
absl::StatusOr<std::vector<uaf::Receipt>> RecordPublished(uaf::Workspace& workspace,
                                                          const Publication& publication,
                                                          std::string_view target,
                                                          const publish::v1::Result& result);

}  // namespace ameide::publishing
