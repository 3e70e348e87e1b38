#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// Full-text search over the projections of elements (uaf/projection/tables.h), as they stand; see
/// Workspace::Search. Over any connection.
///
/// What comes first: the element with exactly this identifier; all words in the name, as they are written,
/// then the last one as a beginning; the words anywhere. Within each, elements with shorter names, then by
/// BM25 with the weights of the columns. Costs little for words that occur everywhere, because hits come in
/// the order of their names' length and only the first 1,000 of each step are weighed.
absl::StatusOr<std::vector<SearchHit>> FindText(Database& database, EventReader& reader,
                                                std::string_view text, size_t limit);

}  // namespace ameide::uaf
