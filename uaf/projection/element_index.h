#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "uaf/projection/element_rows.h"
#include "uaf/store/store.h"

namespace ameide::uaf {

/// Keeps the projections of elements (uaf/projection/tables.h) in step with the log, behind the commands:
/// each artifact carries the newest event that its rows reflect. Catches up when asked and when the store is
/// idle, by the nodes that the new events touched; when others' events came in between, or the present is
/// another branch, by comparing the whole artifact with its rows and writing what differs. Lives on the
/// store's thread.
class ElementIndex {
 public:
  explicit ElementIndex(Store* store) : store_(store) {}

  /// In a transaction of its own. An artifact that cannot be read is left as it is, and tried again.
  absl::Status CatchUp();
  /// Drops everything; CatchUp builds it again. In the caller's transaction.
  absl::Status Clear();

 private:
  struct Stale {
    int64_t number = 0;
    ArtifactId artifact;
    std::string format;
    int64_t head = 0;
    int64_t events = 0;
    bool retired = false;
    int64_t indexed_head = 0;  ///< 0: never
    int64_t indexed_events = 0;
    bool was_retired = false;
  };
  absl::StatusOr<std::vector<Stale>> FindStale();
  /// Artifacts that are not on this branch any more.
  absl::StatusOr<std::vector<int64_t>> FindGone();
  absl::Status Forget(ElementRows& rows, int64_t artifact);
  absl::Status Update(ElementRows& rows, const Stale& stale);
  absl::StatusOr<std::optional<std::vector<StoredEvent>>> OwnTail(const Stale& stale);
  absl::Status UpdateElements(ElementRows& rows, const Stale& stale, const document::Document* document,
                              const std::optional<std::vector<StoredEvent>>& tail);
  absl::Status Compare(ElementRows& rows, const Stale& stale, const document::Document* document);
  absl::Status UpdateTouches(ElementRows& rows, const Stale& stale,
                             const std::optional<std::vector<StoredEvent>>& tail);

  Store* store_;
};

}  // namespace ameide::uaf
