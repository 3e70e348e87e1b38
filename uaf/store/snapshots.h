#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"

/// States of artifacts at past events, kept so that any state is near one of them. Disposable: one that is
/// missing, damaged or outdated only costs time.
namespace ameide::uaf {

/// A kept state.
struct Snapshot {
  HybridTime time;      ///< of the newest event in it
  uint64_t events = 0;  ///< of the artifact, in it
  Cut heads;            ///< per stream the last of them
  document::Document document;
};

/// The newest one that is a prefix of `runs`, which are all events of the artifact that are asked for, and
/// that all later ones of them have seen. nullopt: none.
absl::StatusOr<std::optional<Snapshot>> NearestSnapshot(Database& database, EventReader& reader,
                                                        const ArtifactId& artifact,
                                                        const std::vector<EventRun>& runs);

/// How many events may lie between two snapshots of an artifact with that many nodes and events: so many that
/// folding them costs about as much as opening a snapshot does; at least a hundred, and more where there
/// would be very many snapshots.
uint64_t SnapshotGap(uint32_t nodes, uint64_t events);

/// How many events of the artifact are behind its newest snapshot.
absl::StatusOr<uint64_t> EventsSinceSnapshot(Database& database, const ArtifactId& artifact);

/// The number of events behind which a snapshot is missing, of `events` in all: the first place where more
/// than half as many again as `gap` lie between two. nullopt: none is.
absl::StatusOr<std::optional<uint64_t>> MissingSnapshot(Database& database, EventReader& reader,
                                                        const ArtifactId& artifact, uint64_t events,
                                                        uint64_t gap);

/// Keeps `document` as the state at `time`, behind `events` events of the artifact, and drops others that lie
/// closer together than `gap`. For the owner, in a transaction.
absl::Status KeepSnapshot(Database& database, EventReader& reader, const ArtifactId& artifact,
                          const HybridTime& time, uint64_t events, uint64_t gap,
                          const document::Document& document);

/// Keeps the present state when the last snapshot is far enough behind. For the owner, in a transaction.
absl::Status KeepPresent(Database& database, EventReader& reader, const ArtifactId& artifact,
                         const document::Document& document);

/// True when the snapshot of `artifact` at `time` holds exactly `document`.
bool SnapshotIs(Database& database, const ArtifactId& artifact, const HybridTime& time,
                const document::Document& document);

}  // namespace ameide::uaf
