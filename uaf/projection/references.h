#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// See Workspace::ReferencesTo. Over any connection; values as the projections stand, links from the log.
/// NOT_FOUND for an artifact that there is not.
absl::StatusOr<std::vector<Reference>> FindReferencesTo(Database& database, EventReader& reader,
                                                        const ArtifactId& artifact, const NodeId& node);
absl::StatusOr<std::vector<Reference>> FindReferencesTo(Database& database, EventReader& reader,
                                                        std::string_view element);

}  // namespace ameide::uaf
