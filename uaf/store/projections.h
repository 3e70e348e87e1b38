#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "uaf/store/event_log.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// The table of artifacts, kept in the transaction of the events. Everything in it follows from the log. One thread.
class ArtifactProjection {
 public:
  ArtifactProjection(Database* database, EventLog* log) : database_(database), log_(log) {}

  /// Takes one event into account.
  absl::Status Apply(const StoredEvent& event);
  /// Drops all projections and builds this one from all events; the search index follows when it is asked.
  absl::Status Rebuild();

 private:
  absl::Status ApplyNewest(const StoredEvent& event, int64_t artifact);
  absl::Status RebuildArtifact(const ArtifactId& artifact, int64_t number);

  Database* database_;
  EventLog* log_;
  std::optional<Statement> touch_;
  std::optional<Statement> newest_;
};

}  // namespace ameide::uaf
