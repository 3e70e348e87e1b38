#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/store.h"

/// Files of what is checked out that came with a part of the log whose beginning its commits do not have, as
/// after a cherry-pick (uaf.md, In git, rule 0): such an artifact is read-only, its file is neither absorbed
/// nor written. Everything else goes on. Kept in the store, so that readers beside the owner know, too.
namespace ameide::uaf {

/// One such file.
struct PendingFile {
  ArtifactId artifact;  ///< empty: it begins in the part that waits
  std::string path;
  auto operator<=>(const PendingFile&) const = default;
};

/// Those of the present commit.
absl::StatusOr<std::vector<PendingFile>> PendingFiles(EventReader& reader);
/// Makes `files` those, in the caller's transaction.
absl::Status SetPendingFiles(Store& store, std::vector<PendingFile> files);
/// Why the artifact is read-only for it; empty: it is not.
absl::StatusOr<std::string> WhyPending(EventReader& reader, const ArtifactId& artifact);
/// What people read about it.
std::string PendingReason();

}  // namespace ameide::uaf
