#include "app/publishing/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "app/publishing/cut.h"
#include "base/status.h"

namespace ameide::publishing {
namespace {

using Change = PlannedArtifact::Change;

/// What went last of an artifact; nullptr when nothing did.
const uaf::lifecycle::Publication* LastOf(const uaf::lifecycle::State& state, const uaf::ArtifactId& artifact,
                                          std::string_view target) {
  const auto last =
      std::find_if(state.publications.rbegin(), state.publications.rend(),
                   [&](const auto& one) { return one.artifact == artifact && one.target == target; });
  return last == state.publications.rend() ? nullptr : &*last;
}

}  // namespace

absl::StatusOr<PublicationPlan> PlanPublication(const uaf::Workspace& workspace,
                                                std::span<const uaf::ArtifactId> chosen,
                                                std::string_view target) {
  PublicationPlan plan;
  AMEIDE_ASSIGN_OR_RETURN(const uaf::lifecycle::State state, workspace.Lifecycle());
  const absl::StatusOr<Publication> publication = Prepare(workspace, chosen, "");
  if (absl::IsFailedPrecondition(publication.status())) {
    plan.reference_problem = std::string(publication.status().message());
    return plan;
  }
  if (!publication.ok()) return publication.status();
  plan.obstacles = publication->obstacles;
  const std::set<uaf::ArtifactId> picked(chosen.begin(), chosen.end());
  for (const connection::PublishArtifact& going : publication->request.artifacts) {
    PlannedArtifact planned;
    planned.artifact = uaf::ArtifactId{going.artifact_id};
    planned.path = going.path;
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, workspace.FindArtifact(going.artifact_id));
    planned.chosen = picked.empty() ? artifact.format == "bpmn" || artifact.format == "proto"
                                    : picked.contains(planned.artifact);
    if (const uaf::lifecycle::Publication* last = LastOf(state, planned.artifact, target)) {
      planned.version = last->version;
      planned.published_at = last->said.time;
      planned.change = Change::kChanged;
      const absl::StatusOr<uaf::document::Document> then = workspace.Load(planned.artifact, last->cut);
      if (then.ok() && then->Render() == going.content) planned.change = Change::kUnchanged;
    }
    plan.artifacts.push_back(std::move(planned));
  }
  return plan;
}

std::vector<PastPublication> PastPublications(const uaf::lifecycle::State& state) {
  std::vector<PastPublication> all;
  for (const uaf::lifecycle::Publication& one : state.publications) {
    const bool again = !all.empty() && std::ranges::any_of(all.back().artifacts, [&](const auto& each) {
      return each.id == one.artifact;
    });
    if (all.empty() || again || all.back().target != one.target || all.back().bundle != one.bundle) {
      all.push_back({one.target, one.bundle, one.said, {}, one.cut, false});
    }
    all.back().artifacts.push_back({one.artifact, one.version});
  }
  std::ranges::reverse(all);
  std::set<std::string> targets;
  for (PastPublication& past : all) past.newest = targets.insert(past.target).second;
  return all;
}

absl::StatusOr<Publication> PrepareAgain(const uaf::Workspace& workspace, const PastPublication& past,
                                         std::string_view tool) {
  std::vector<uaf::ArtifactId> artifacts;
  for (const PastPublication::Artifact& artifact : past.artifacts) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact found, workspace.FindArtifact(artifact.id.name));
    // Decisions go along with the processes that ask them.
    if (found.format == "bpmn" || found.format == "proto") artifacts.push_back(artifact.id);
  }
  Publication publication;
  publication.cut = past.cut;
  AMEIDE_ASSIGN_OR_RETURN(publication.request.artifacts, CollectCut(workspace, artifacts, past.cut));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::lifecycle::State state, workspace.Lifecycle());
  publication.request.policy_sha256 = std::string(state.policy.hash.view());
  const uaf::Actor actor = workspace.actor();
  publication.request.publisher =
      actor.email.empty() ? actor.name : absl::StrCat(actor.name, " <", actor.email, ">");
  publication.request.tool = tool;
  return publication;
}

}  // namespace ameide::publishing
