#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/store.h"

namespace ameide::uaf {

/// Full text over names, attribute values and text (SQLite FTS5). A projection that carries how far it has
/// come: it catches up with the log when asked or when the store is idle, by looking at the nodes that events
/// touched.
class SearchIndex {
 public:
  explicit SearchIndex(Store* store) : store_(store) {}
  /// True when events came that are not in the index.
  absl::StatusOr<bool> Behind();
  /// On the store's thread, in a transaction of its own.
  absl::Status CatchUp();
  /// Over any connection. INVALID_ARGUMENT for a text without words.
  static absl::StatusOr<std::vector<SearchHit>> Find(Database& database, std::string_view text, size_t limit);

 private:
  absl::Status IndexArtifact(int64_t number, const ArtifactId& artifact, int64_t indexed);
  absl::Status IndexNode(int64_t number, const document::Document& document, const NodeId& node);

  Store* store_;
};

}  // namespace ameide::uaf
