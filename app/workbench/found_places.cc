#include "app/workbench/found_places.h"

#include <map>
#include <utility>

#include "base/status.h"

namespace ameide::workbench {

absl::StatusOr<std::vector<FoundPlace>> FindPlaces(const uaf::Workspace& workspace, std::string_view words,
                                                   size_t limit) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::SearchHit> hits, workspace.Search(words, limit));
  std::vector<FoundPlace> found;
  std::map<uaf::ArtifactId, uaf::document::Document> documents;
  for (uaf::SearchHit& hit : hits) {
    FoundPlace place{std::move(hit), 0};
    if (place.hit.element.empty()) {
      auto document = documents.find(place.hit.artifact);
      if (document == documents.end()) {
        auto loaded = workspace.Load(place.hit.artifact);
        if (!loaded.ok()) continue;
        document = documents.emplace(place.hit.artifact, *std::move(loaded)).first;
      }
      if (const auto node = document->second.Find(place.hit.node))
        place.line = static_cast<int>(document->second.position(*node).line);
    }
    found.push_back(std::move(place));
  }
  return found;
}

absl::StatusOr<uaf::NodeId> NodeOfElement(const uaf::Workspace& workspace, const uaf::ArtifactId& artifact,
                                          const std::string& element) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace.Load(artifact));
  for (const uaf::document::NodeIndex node : document.Descendants(uaf::document::kDocumentNode)) {
    if (document.attribute(node, "id") == element) return document.id(node);
  }
  return absl::NotFoundError("the element is not there any more");
}

}  // namespace ameide::workbench
