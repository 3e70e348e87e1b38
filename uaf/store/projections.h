#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/event_log.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// One artifact as the log says it is.
struct ArtifactState {
  int64_t number = 0;  ///< of its interned name
  std::string path;
  std::string format;
  document::TreeKind kind = document::TreeKind::kOpaque;
  EventId head;
  int64_t head_key = 0;
  HybridTime time;  ///< of the head
  uint64_t events = 0;
  WallTime changed;
  Author changed_by;
  bool retired = false;
  std::string unknown;  ///< why it is read-only; empty
  int64_t arrival = 0;
  bool exists = false;

  /// Whether both have the same row in the table.
  bool SameRow(const ArtifactState& other) const;
};

/// What the events that are "now" give, in fold order. Does not set `number`.
absl::StatusOr<ArtifactState> FoldArtifact(EventReader& reader, const EventGraph& graph,
                                           const ArtifactId& artifact, std::span<const StoredEvent> events);
/// What the table holds; `exists` is false where it has no row. Does not set `head`.
absl::StatusOr<ArtifactState> ReadArtifactRow(Database& database, int64_t number);

/// The table of artifacts, and that of lifecycle events (lifecycle_log.h), kept in the transaction of the
/// events: changed in memory while a group is recorded, written once by Flush before the commit. Everything
/// in it follows from the log. One thread.
class ArtifactProjection {
 public:
  ArtifactProjection(Database* database, EventLog* log) : database_(database), log_(log) {}

  /// Takes one event into account.
  absl::Status Apply(const StoredEvent& event);
  /// Writes what Apply changed. Queries over the table need it.
  absl::Status Flush();
  /// After a rollback: what was not written never was.
  void Forget() { states_.clear(); }
  /// NOT_FOUND for an artifact without beginning. Valid until the next call.
  absl::StatusOr<const ArtifactState*> Find(const ArtifactId& artifact);
  /// Builds these artifacts anew from what is "now"; those that have no beginning there go.
  absl::Status RebuildArtifacts(const std::vector<ArtifactId>& artifacts);
  /// Drops all projections and builds this one and the log's graph from all events; the search index follows
  /// when it is asked.
  absl::Status Rebuild();
  /// The part of Rebuild behind the graph: every artifact.
  absl::Status RebuildAll();

 private:
  struct Cached {
    ArtifactState state;
    bool changed = false;
  };
  absl::StatusOr<Cached*> Load(const ArtifactId& artifact);
  absl::Status RebuildArtifact(const ArtifactId& artifact, Cached& cached);

  Database* database_;
  EventLog* log_;
  std::map<ArtifactId, Cached> states_;
  std::optional<Statement> upsert_;
};

}  // namespace ameide::uaf
