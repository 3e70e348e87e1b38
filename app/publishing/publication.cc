#include "app/publishing/publication.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ameide/publish/v1/publish.pb.h"
#include "app/publishing/cut.h"
#include "base/status.h"
#include "notation/bpmn/view.h"

namespace ameide::publishing {
namespace {

namespace v1 = publish::v1;

constexpr int kMostTries = 5;

absl::StatusOr<Publication> PrepareOnce(const uaf::Workspace& workspace,
                                        std::span<const uaf::ArtifactId> chosen) {
  Publication publication;
  AMEIDE_ASSIGN_OR_RETURN(publication.cut, workspace.CurrentCut());
  AMEIDE_ASSIGN_OR_RETURN(publication.request.artifacts, CollectCut(workspace, chosen, publication.cut));
  std::vector<uaf::ArtifactId> artifacts;
  std::map<uaf::ArtifactId, std::string> paths;
  for (const connection::PublishArtifact& artifact : publication.request.artifacts) {
    artifacts.push_back({artifact.artifact_id});
    paths[artifacts.back()] = artifact.path;
  }
  AMEIDE_ASSIGN_OR_RETURN(const auto blocked, workspace.WhatBlocksPublishing(artifacts));
  for (const auto& [artifact, reasons] : blocked) {
    for (const uaf::lifecycle::Reason& reason : reasons)
      publication.obstacles.push_back({artifact, paths[artifact], reason});
  }
  std::stable_sort(publication.obstacles.begin(), publication.obstacles.end(),
                   [](const Obstacle& a, const Obstacle& b) { return a.path < b.path; });
  AMEIDE_ASSIGN_OR_RETURN(const uaf::lifecycle::State state, workspace.Lifecycle());
  publication.request.policy_sha256 = std::string(state.policy.hash.view());
  return publication;
}

/// What the target calls the processes of an artifact: "3", of several "order 3, pay 1".
absl::StatusOr<std::string> VersionOf(const uaf::Workspace& workspace, const Publication& publication,
                                      const connection::PublishArtifact& artifact, const v1::Result& result) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact found, workspace.FindArtifact(artifact.artifact_id));
  if (found.format != "bpmn") return std::string();
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace.Load(found.id, publication.cut));
  std::vector<const v1::PublishedProcess*> own;
  for (const bpmn::Element& process : bpmn::Definitions(document).processes()) {
    for (const v1::PublishedProcess& published : result.processes()) {
      if (published.process() == process.id()) own.push_back(&published);
    }
  }
  if (own.size() == 1) return absl::StrCat(own.front()->version());
  return absl::StrJoin(own, ", ", [](std::string* out, const v1::PublishedProcess* process) {
    absl::StrAppend(out, process->process(), " ", process->version());
  });
}

/// The log says already that this bundle is what the target got last of the artifact.
bool Known(const uaf::lifecycle::State& state, const uaf::ArtifactId& artifact, std::string_view target,
           const std::string& bundle) {
  const auto last =
      std::find_if(state.publications.rbegin(), state.publications.rend(),
                   [&](const auto& one) { return one.artifact == artifact && one.target == target; });
  return last != state.publications.rend() && last->bundle == bundle;
}

}  // namespace

absl::StatusOr<Publication> Prepare(const uaf::Workspace& workspace, std::span<const uaf::ArtifactId> chosen,
                                    std::string_view tool) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    AMEIDE_ASSIGN_OR_RETURN(Publication publication, PrepareOnce(workspace, chosen));
    // What is in the way was asked of the present: it must be what is sent.
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut now, workspace.CurrentCut());
    if (now != publication.cut) continue;
    const uaf::Actor actor = workspace.actor();
    publication.request.publisher =
        actor.email.empty() ? actor.name : absl::StrCat(actor.name, " <", actor.email, ">");
    publication.request.tool = tool;
    return publication;
  }
  return absl::AbortedError("the workspace is being edited; nothing was published, try again");
}

absl::StatusOr<std::vector<uaf::Receipt>> RecordPublished(uaf::Workspace& workspace,
                                                          const Publication& publication,
                                                          std::string_view target, const v1::Result& result) {
  const bool unchanged = result.outcome() == v1::OUTCOME_UNCHANGED;
  if (!unchanged && result.outcome() != v1::OUTCOME_DEPLOYED) return std::vector<uaf::Receipt>();
  uaf::lifecycle::State state;
  if (unchanged) {
    AMEIDE_ASSIGN_OR_RETURN(state, workspace.Lifecycle());
  }
  std::vector<uaf::RecordRequest> requests;
  for (const connection::PublishArtifact& artifact : publication.request.artifacts) {
    const uaf::ArtifactId id{artifact.artifact_id};
    if (unchanged && Known(state, id, target, result.bundle_digest())) continue;
    uaf::Published body{std::string(target), result.bundle_digest(), {}, {}};
    AMEIDE_ASSIGN_OR_RETURN(body.version, VersionOf(workspace, publication, artifact, result));
    for (const auto& [stream, head] : publication.cut.heads) body.cut.push_back({{stream, head}, {}});
    uaf::RecordRequest request;
    request.artifact = id;
    request.body = std::move(body);
    requests.push_back(std::move(request));
  }
  if (requests.empty()) return std::vector<uaf::Receipt>();
  absl::StatusOr<std::vector<uaf::Receipt>> receipts = workspace.RecordAll(std::move(requests));
  if (receipts.ok()) return receipts;
  return absl::Status(receipts.status().code(),
                      absl::StrCat("bundle ", result.bundle_digest().substr(0, 12),
                                   " is published and running, but the log could not record it: ",
                                   receipts.status().message(), "; publish again to record it"));
}

}  // namespace ameide::publishing
