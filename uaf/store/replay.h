#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

/// A state of an artifact.
struct Replayed {
  document::Document document;
  std::string blocked;  ///< not empty: why the newest events are not in it
  EventId head;         ///< the newest event of the artifact
  HybridTime time;      ///< of the head
  Cut heads;            ///< per stream the last event of the artifact
  uint64_t events = 0;  ///< of the artifact
  uint64_t folded = 0;  ///< how many of them had to be folded
};
/// The state of an artifact in `cut` (nullptr: now) by the shortest way: the nearest snapshot that can be
/// gone on from, and the events behind it, merged where some are concurrent. NOT_FOUND when it has no event
/// there.
absl::StatusOr<Replayed> Replay(const ReplaySource& source, const ArtifactId& artifact, const Cut* cut);
/// The same of the events of `runs`, which are all that the state is to hold.
absl::StatusOr<Replayed> ReplayRuns(const ReplaySource& source, const ArtifactId& artifact,
                                    const std::vector<EventRun>& runs);
/// As Replay, from the first event on: what a snapshot is measured by.
absl::StatusOr<Replayed> ReplayFromStart(const ReplaySource& source, const ArtifactId& artifact,
                                         const Cut* cut);

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

/// What `stream` can undo of an artifact: the history of its newest edits (10,000).
absl::StatusOr<UndoHistory> ReadUndoHistory(EventReader& reader, const ArtifactId& artifact,
                                            const StreamId& stream);

}  // namespace ameide::uaf
