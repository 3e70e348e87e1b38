#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// The store's format (SQLite user_version). Migrations go forward only.
inline constexpr int kStoreFormat = 1;

/// Version of what the projections hold; another number in the store means that they are rebuilt on open.
inline constexpr int kProjectionVersion = 2;

/// Makes an empty database a store, or brings an older one to the present format, in one transaction.
/// FAILED_PRECONDITION when a newer program wrote it.
absl::Status Migrate(Database& database);

/// As above, but only checks: for readers.
absl::Status CheckFormat(Database& database);

/// Drops and creates the tables of the projections, empty.
absl::Status ResetProjections(Database& database);

}  // namespace ameide::uaf
