#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/workspace.h"

namespace ameide::workbench {

/// A hit of the search and where to go for it: an element of a diagram, or a line of a text.
struct FoundPlace {
  uaf::SearchHit hit;
  int line = 0;  ///< from 1; 0 where the element says it
};

/// Workspace::Search, with the lines of what has no element. Reads those artifacts: not for the UI thread.
absl::StatusOr<std::vector<FoundPlace>> FindPlaces(const uaf::Workspace& workspace, std::string_view words,
                                                   size_t limit);

/// The artifact's node of the element with this id; NOT_FOUND when it is gone.
absl::StatusOr<uaf::NodeId> NodeOfElement(const uaf::Workspace& workspace, const uaf::ArtifactId& artifact,
                                          const std::string& element);

}  // namespace ameide::workbench
