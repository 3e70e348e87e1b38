#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"
#include "uaf/merge/merge.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/fold.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/undo_history.h"

namespace ameide::uaf {

/// What folding reads from.
struct ReplaySource {
  Database& database;
  EventReader& reader;
  const BlobSource& blobs;
  const document::FormatRegistry& formats;
};

/// The notation of an artifact, as it was named when the artifact began; `events` may hold that event.
const document::Format& FormatOf(const ReplaySource& source, const ArtifactId& artifact,
                                 std::span<const StoredEvent> events = {});

/// The state of an artifact by the shortest way: the nearest snapshot that is a prefix of what is asked for
/// and that all later events saw, and the events behind it, merged where some are concurrent. Snapshots are
/// disposable: a missing, damaged or outdated one only costs time.
struct Replayed {
  document::Document document;
  std::string blocked;  ///< not empty: why the newest events are not in it
  ChangeSet newest;     ///< of the artifact, in the cut
  Cut heads;            ///< per stream the last event of the artifact, in the cut
  uint64_t events = 0;  ///< of the artifact, in the cut
  uint64_t folded = 0;  ///< how many of them had to be folded
};
/// NOT_FOUND when the artifact has no event in `cut` (nullptr: now).
absl::StatusOr<Replayed> Replay(const ReplaySource& source, const ArtifactId& artifact, const Cut* cut);

/// Folds events of one artifact, in fold order, behind `start`, the state of its events up to `heads` (none:
/// from the beginning), which all of `events` must have seen (GoesOn). `document` may stay empty.
absl::StatusOr<merge::Merged> FoldEvents(const ReplaySource& source, const ArtifactId& artifact,
                                         std::span<const StoredEvent> events, const Cut& heads = {},
                                         std::optional<document::Document> start = std::nullopt);

/// Whether each of `events` has seen everything up to `heads`, so that a state there can be gone on from.
absl::StatusOr<bool> GoesOn(EventReader& reader, const Cut& heads, std::span<const StoredEvent> events);

/// What merging says about an artifact now: open conflicts of its content, then of its path and life. Folds
/// from its beginning, unless only one stream wrote it.
absl::StatusOr<std::vector<merge::Conflict>> JudgeArtifact(const ReplaySource& source,
                                                           const ArtifactId& artifact);

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
