#pragma once

#include "absl/status/status.h"
#include "backend/runtime/embedded/sqlite.h"

namespace ameide::runtime {

/// Creates the tables of a new file, or brings those of an older program forward. FAILED_PRECONDITION for a
/// file of a newer program, DATA_LOSS for a file that fails SQLite's own check. The version is SQLite's
/// `user_version`.
absl::Status PrepareSchema(Sqlite& sqlite);

}  // namespace ameide::runtime
