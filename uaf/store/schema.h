#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// The store's format (SQLite user_version). Migrations go forward only; tests/uaf/store_format_test.cc
/// makes, or has, a store of every format so far.
inline constexpr int kStoreFormat = 7;

/// Version of what the projections hold; another number in the store means that they are rebuilt on open.
inline constexpr int kProjectionVersion = 5;

/// Makes an empty database a store, or brings an older one to the present format, in one transaction: one
/// that fails or is interrupted leaves the old store. FAILED_PRECONDITION when a newer program wrote it,
/// DATA_LOSS when what it holds cannot be carried over.
absl::Status Migrate(Database& database);

/// As above, but only checks: for readers. OUT_OF_RANGE when an owner must bring the store to the present
/// format first.
absl::Status CheckFormat(Database& database);

/// Drops and creates the tables of the projections, empty.
absl::Status ResetProjections(Database& database);

}  // namespace ameide::uaf
