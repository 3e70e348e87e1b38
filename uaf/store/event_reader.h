#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/log/change_set.h"
#include "uaf/store/event_rows.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// The order in which events are folded: (hybrid time, stream, seq). It respects causality.
bool FoldsBefore(const ChangeSet& a, const ChangeSet& b);

/// Queries over one connection. Used by one thread at a time. NOT_FOUND says what there is not.
class EventReader {
 public:
  explicit EventReader(Database* database) : database_(database), rows_(database) {}

  absl::StatusOr<std::optional<StoredEvent>> Find(const EventId& id);
  absl::StatusOr<std::optional<StoredEvent>> FindArrival(int64_t arrival);
  /// Forgets interned names; for writers, after a rollback.
  void Forget() { rows_.Forget(); }
  /// Events of one artifact in fold order; only those in `cut`, if given, and with `arrival` up to
  /// `last_arrival`.
  absl::StatusOr<std::vector<StoredEvent>> OfArtifact(const ArtifactId& artifact, const Cut* cut,
                                                      int64_t last_arrival = INT64_MAX);
  /// Those with a later time than `time`, in fold order.
  absl::StatusOr<std::vector<StoredEvent>> OfArtifactAfter(const ArtifactId& artifact, const HybridTime& time,
                                                           const Cut* cut = nullptr);
  /// The newest `limit` events that `stream` has for the artifact, oldest first.
  absl::StatusOr<std::vector<StoredEvent>> NewestOfArtifact(const ArtifactId& artifact,
                                                            const StreamId& stream, size_t limit);
  /// Events `first`..`last` of a stream.
  absl::StatusOr<std::vector<StoredEvent>> OfStream(const StreamId& stream, uint64_t first, uint64_t last);

  /// As OfStream, one at a time, with the part of its chain link that the store keeps beside each event.
  absl::Status EachOfStream(const StreamId& stream, uint64_t first, uint64_t last,
                            const EventRows::Visit& visit);
  /// The chain's link at an event, and at each of `first`..`last`: what a reference to an event names. Costs
  /// up to EventRows::kLinkEvery hashes more than events asked for. NOT_FOUND when the store lacks one.
  absl::StatusOr<Hash256> LinkOf(const EventId& id);
  absl::StatusOr<std::vector<Hash256>> LinksOf(const StreamId& stream, uint64_t first, uint64_t last);
  /// The events that name parents, in the order in which they came, so that causes come before effects: with
  /// the streams' own order, all that merge::Causality needs. Costs by exchanges, not by events.
  absl::StatusOr<std::vector<EventRows::Parents>> AllParents() { return rows_.AllParents(); }

  /// What an artifact's events up to `time` are: how many, and the last of each stream.
  struct Prefix {
    uint64_t events = 0;
    Cut last;
  };
  absl::StatusOr<Prefix> PrefixOf(const ArtifactId& artifact, const HybridTime& time);
  /// Events that no segment holds yet.
  absl::StatusOr<uint64_t> UnsealedEvents();

  absl::StatusOr<Cut> Current();
  /// Per stream everything before its first event with a wall time behind `time`.
  absl::StatusOr<Cut> AsOf(WallTime time);
  /// Everything up to and including `event` in fold order.
  absl::StatusOr<Cut> UpTo(const ChangeSet& event);
  /// What a commit that this store knows holds; nullopt for others. `commit` may be the beginning of its
  /// name.
  absl::StatusOr<std::optional<Cut>> OfCommit(std::string_view commit);
  /// The last seq of segment `number` of a stream.
  absl::StatusOr<std::optional<uint64_t>> SegmentEnd(const StreamId& stream, uint64_t number);

  absl::StatusOr<std::vector<Artifact>> Artifacts(bool with_retired);
  /// By its whole id.
  absl::StatusOr<Artifact> GetArtifact(const ArtifactId& artifact);
  absl::StatusOr<Artifact> FindArtifact(std::string_view path_or_id);
  absl::StatusOr<std::vector<ChangeSetSummary>> Log(const LogQuery& query);
  /// The one stream whose name begins so.
  absl::StatusOr<StreamId> FindStream(std::string_view beginning);

  absl::StatusOr<std::optional<std::string>> Meta(std::string_view key);

  /// Numbers of interned names; nullopt when the store has none.
  absl::StatusOr<std::optional<int64_t>> StreamNumber(const StreamId& stream);
  absl::StatusOr<std::optional<int64_t>> ArtifactNumber(const ArtifactId& artifact);

  static int64_t KeyOf(int64_t stream_number, uint64_t seq) {
    return (stream_number << 40) | static_cast<int64_t>(seq);
  }
  static int64_t StreamOf(int64_t key) { return key >> 40; }
  static uint64_t SeqOf(int64_t key) { return static_cast<uint64_t>(key) & ((uint64_t{1} << 40) - 1); }
  absl::StatusOr<EventId> IdOf(int64_t key);

 private:
  friend class EventLog;
  /// The runs of an artifact, without what lies outside `cut` or came behind `last_arrival`.
  absl::StatusOr<std::vector<EventRun>> RunsIn(int64_t artifact, const Cut* cut, int64_t last_arrival);
  absl::StatusOr<std::vector<StoredEvent>> InFoldOrder(const std::vector<EventRun>& runs);
  absl::StatusOr<Artifact> ArtifactRow(const Statement& row);

  Database* database_;
  EventRows rows_;
  std::optional<Statement> get_artifact_;
};

}  // namespace ameide::uaf
