#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "uaf/log/segment.h"
#include "uaf/store/store.h"
#include "uaf/workspace.h"

/// Derived events (uaf/log/derive.h) in the store: made from commits, or carried by segments of others.
namespace ameide::uaf {

/// The event that follows from a commit. See Workspace::AbsorbCommit for errors.
absl::StatusOr<ChangeSet> DeriveFrom(Store& store, const ForeignChange& change);

/// The event by which an artifact begins with a file that a commit added: `change` without an artifact.
absl::StatusOr<ChangeSet> DeriveNewFrom(Store& store, const ForeignChange& change, std::string_view path,
                                        std::string_view root_commit);

/// The event that follows from a commit that has the artifact's file no more, or, where `path` is not empty,
/// under that name. `change` without bytes.
absl::StatusOr<ChangeSet> DeriveFateFrom(Store& store, const ForeignChange& change, std::string_view path);

/// The derived events that a verified segment carries and the store lacks, as far as what they were derived
/// from is here: when these are taken in, ask again, until there are none. Those that this release derives
/// too are derived again from the base and the blob, which must be here: OUT_OF_RANGE while they are not,
/// DATA_LOSS when something else comes out. Of those of other releases the signed hash that names them is
/// believed.
absl::StatusOr<std::vector<ChangeSet>> NewlyCarried(Store& store, const Segment& segment);

}  // namespace ameide::uaf
