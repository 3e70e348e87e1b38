#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// Brings the events of a store of format 1, where each was a row with its canonical bytes and several
/// columns that repeated them, into the tables that `schema` creates, and drops the old ones. Every event is
/// unpacked again and compared before the old row goes. In a transaction of the caller; DATA_LOSS when an
/// event cannot be carried over.
absl::Status MigrateEvents(Database& database, std::string_view schema);

}  // namespace ameide::uaf
