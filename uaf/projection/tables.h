#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "uaf/store/sqlite.h"

/// The tables of the projections of elements. All of it follows from the log: dropped and built again
/// whenever a version changes, and by `ameide doctor --rebuild`.
///
/// indexed_artifacts: the state of each artifact that the other tables reflect: its newest event and the
///   number of its events.
/// elements: what is kept of each node (uaf/projection/element.h). The upper bits of `id` say how short the
///   name is, or, without a name, the text: SQLite walks through hits in this order, so that the first of
///   many are those that people look for (uaf/projection/search.h).
/// search_text: their words. Holds no text of its own.
/// usages: values that name other elements.
/// touches: which events name a node in their operations.
namespace ameide::uaf {

/// Of what the tables hold: of the words and how they are split, of elements and usages, of touches.
inline constexpr int kSearchVersion = 3;
inline constexpr int kElementsVersion = 1;
inline constexpr int kTouchesVersion = 1;

/// Drops and creates the tables, empty. In the caller's transaction.
absl::Status ResetElementTables(Database& database);

/// True when they are there in the versions of this release.
absl::StatusOr<bool> HasElementTables(Database& database);

/// FAILED_PRECONDITION when they are not: readers cannot make them.
absl::Status CheckElementTables(Database& database);

}  // namespace ameide::uaf
