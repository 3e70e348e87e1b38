#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/fold.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// Compares the projections of elements with what the log gives, artifact by artifact, each at the event that
/// its rows reflect: elements, references, the words of the full-text index, and which events touch which
/// node. A finding names the artifact, what differs there, and what to do. Over any connection that may make
/// temporary tables. Errors only when the database cannot be read.
absl::StatusOr<std::vector<document::Finding>> CheckProjections(Database& database, EventReader& reader,
                                                                const BlobSource& blobs,
                                                                const document::FormatRegistry& formats);

}  // namespace ameide::uaf
