#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/fold.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/undo_history.h"

namespace ameide::uaf {

/// The state of an artifact by the shortest way: the nearest snapshot that is a prefix of what is asked for,
/// and the events behind it. Snapshots are disposable: a missing, damaged or outdated one only costs time.
struct Replayed {
  Folder folder;
  ChangeSet newest;     ///< of the artifact, in the cut
  uint64_t events = 0;  ///< of the artifact, in the cut
  uint64_t folded = 0;  ///< how many of them had to be folded
};
/// NOT_FOUND when the artifact has no event in `cut` (nullptr: now).
absl::StatusOr<Replayed> Replay(Database& database, EventReader& reader, const BlobSource& blobs,
                                const ArtifactId& artifact, const Cut* cut);

/// How many change sets lie between two snapshots.
inline constexpr uint64_t kSnapshotEvery = 100;

/// Stores the state `document` of `artifact` at its newest event, when the last snapshot is far enough
/// behind. For the owner, in a transaction.
absl::Status TakeSnapshot(Database& database, EventReader& reader, const ArtifactId& artifact,
                          const document::Document& document);

/// True when the snapshot of `artifact` at `time` holds exactly `document`.
bool SnapshotIs(Database& database, const ArtifactId& artifact, const HybridTime& time,
                const document::Document& document);

/// What `stream` can undo of an artifact: the history of its newest edits (10,000).
absl::StatusOr<UndoHistory> ReadUndoHistory(EventReader& reader, const ArtifactId& artifact,
                                            const StreamId& stream);

}  // namespace ameide::uaf
