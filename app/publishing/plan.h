#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "app/publishing/publication.h"
#include "uaf/lifecycle/state.h"
#include "uaf/workspace.h"

/// What a publish would send and why, and what went before.
namespace ameide::publishing {

/// One artifact that would go.
struct PlannedArtifact {
  enum class Change {
    kNew,       ///< never went to this target
    kChanged,   ///< differs from what went last
    kUnchanged  ///< goes along as it is
  };
  uaf::ArtifactId artifact;
  std::string path;
  bool chosen = true;  ///< itself; else others refer to it
  Change change = Change::kNew;
  std::string version;                   ///< what the target has of it; may be empty
  std::optional<WallTime> published_at;  ///< when that went
};

/// The present state, as Prepare would send it.
struct PublicationPlan {
  std::vector<PlannedArtifact> artifacts;  ///< by path
  std::vector<Obstacle> obstacles;
  /// Why nothing can be gathered: a reference that nothing satisfies, say; empty when it can.
  std::string reference_problem;
};

/// Looks at what `chosen` (none: every process and domain) would send to `target`. Reads only.
absl::StatusOr<PublicationPlan> PlanPublication(const uaf::Workspace& workspace,
                                                std::span<const uaf::ArtifactId> chosen,
                                                std::string_view target);

/// What went to a target at once.
struct PastPublication {
  std::string target, bundle;
  uaf::lifecycle::Said said;  ///< who and when
  struct Artifact {
    uaf::ArtifactId id;
    std::string version;
  };
  std::vector<Artifact> artifacts;
  uaf::Cut cut;
  bool newest = false;  ///< of its target
};

/// All of them, newest first.
std::vector<PastPublication> PastPublications(const uaf::lifecycle::State& state);

/// Gathers what went then, to be sent again: the target gives it a new version, which runs from then on.
/// Nothing stands in its way that did not then. FAILED_PRECONDITION when the state of that time cannot be
/// read any more.
absl::StatusOr<Publication> PrepareAgain(const uaf::Workspace& workspace, const PastPublication& past,
                                         std::string_view tool);

}  // namespace ameide::publishing
