#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/log/change_set.h"
#include "uaf/log/forks.h"
#include "uaf/log/segment.h"
#include "uaf/merge/causality.h"
#include "uaf/store/event_rows.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

struct LogSelection;

/// The order in which events are folded: (hybrid time, stream, seq). It respects causality.
bool FoldsBefore(const ChangeSet& a, const ChangeSet& b);

/// Queries over one connection. Used by one thread at a time. NOT_FOUND says what there is not.
class EventReader {
 public:
  explicit EventReader(Database* database) : database_(database), rows_(database) {}

  /// Streams by number of which something has only the events up to some seq (0: none); of all others it has
  /// everything. Empty where nobody works on branches.
  using Limits = std::map<int64_t, uint64_t>;

  absl::StatusOr<std::optional<StoredEvent>> Find(const EventId& id);
  absl::StatusOr<std::optional<StoredEvent>> FindArrival(int64_t arrival);
  /// Forgets interned names; for writers, after a rollback.
  void Forget() {
    rows_.Forget();
    causality_.reset();
  }
  /// Events of one artifact in fold order; those in `cut`, nullptr being now.
  absl::StatusOr<std::vector<StoredEvent>> OfArtifact(const ArtifactId& artifact, const Cut* cut);
  /// Those that had arrived up to `last_arrival` of what `limits` let through.
  absl::StatusOr<std::vector<StoredEvent>> OfArtifactAsOf(const ArtifactId& artifact, const Limits& limits,
                                                          int64_t last_arrival);
  /// The same as runs, in the order in which they came. Cheap: what is long is the runs, not their number.
  absl::StatusOr<std::vector<EventRun>> RunsOf(const ArtifactId& artifact, const Cut* cut);
  absl::StatusOr<std::vector<EventRun>> RunsAsOf(const ArtifactId& artifact, const Limits& limits,
                                                 int64_t last_arrival);
  /// The parts of `runs` with later times than `time`.
  absl::StatusOr<std::vector<EventRun>> After(const std::vector<EventRun>& runs, const HybridTime& time);
  /// The events of `runs` in fold order.
  absl::StatusOr<std::vector<StoredEvent>> InFoldOrder(const std::vector<EventRun>& runs);
  /// What of the events of `runs` content follows from (EventRows::ReadContent), in the order in which they
  /// came: the fold order where one stream has written them.
  absl::Status EachContent(const std::vector<EventRun>& runs, const EventRows::VisitContent& visit);
  /// The last event of `runs`, which are some, in fold order.
  struct Newest {
    EventId id;
    HybridTime time;
  };
  absl::StatusOr<Newest> NewestOf(const std::vector<EventRun>& runs);
  /// Every event of the store, in the order in which they came: each behind those that it was built on.
  absl::Status ForEach(const std::function<absl::Status(const StoredEvent&)>& visit);
  /// Events of a kind that the graph files (EventGraph), in fold order; those in `cut`, nullptr being now.
  absl::StatusOr<std::vector<StoredEvent>> OfKind(EventKind kind, const Cut* cut);
  /// Artifacts by number with an event among `first`..`last` of a stream by number.
  absl::StatusOr<std::vector<int64_t>> ArtifactsIn(int64_t stream, uint64_t first, uint64_t last);
  absl::StatusOr<ArtifactId> ArtifactOf(int64_t number);
  /// Those with a later time than `time`, in fold order.
  absl::StatusOr<std::vector<StoredEvent>> OfArtifactAfter(const ArtifactId& artifact, const HybridTime& time,
                                                           const Cut* cut = nullptr);
  /// Those that came into this store behind `arrival`, on whatever branch, in fold order.
  absl::StatusOr<std::vector<StoredEvent>> OfArtifactSince(const ArtifactId& artifact, int64_t arrival);
  /// The newest `limit` events that `stream` has for the artifact, oldest first.
  absl::StatusOr<std::vector<StoredEvent>> NewestOfArtifact(const ArtifactId& artifact,
                                                            const StreamId& stream, size_t limit);
  /// Events `first`..`last` of a stream.
  absl::StatusOr<std::vector<StoredEvent>> OfStream(const StreamId& stream, uint64_t first, uint64_t last);

  /// Those of them that are of one artifact.
  absl::StatusOr<std::vector<StoredEvent>> OfStreamAndArtifact(const StreamId& stream,
                                                               const ArtifactId& artifact, uint64_t first,
                                                               uint64_t last);
  /// As OfStream, one at a time, with the part of its chain link that the store keeps beside each event.
  absl::Status EachOfStream(const StreamId& stream, uint64_t first, uint64_t last,
                            const EventRows::Visit& visit);
  /// The chain's link at an event, and at each of `first`..`last`: what a reference to an event names. Costs
  /// up to EventRows::kLinkEvery hashes more than events asked for. NOT_FOUND when the store lacks one.
  absl::StatusOr<Hash256> LinkOf(const EventId& id);
  absl::StatusOr<std::vector<Hash256>> LinksOf(const StreamId& stream, uint64_t first, uint64_t last);
  /// The event that is meant by somebody who names it so, with this hash: perhaps one of a tail that is
  /// called otherwise here (uaf/log/forks.h). NOT_FOUND when the store lacks it.
  absl::StatusOr<EventId> Resolve(const EventReference& reference);
  /// Event `seq` of the chain that `stream` is the end of: of a tail, perhaps one of what it goes on from.
  absl::StatusOr<EventId> Along(StreamId stream, uint64_t seq);
  /// Events `first`..`last` of that chain.
  absl::StatusOr<std::vector<StoredEvent>> OfChain(const StreamId& stream, uint64_t first, uint64_t last);
  /// Where a segment belongs, by its chain.
  struct ChainPlace {
    StreamId stream;     ///< that holds the last of its events that are here
    uint64_t known = 0;  ///< the seq of that; the one before the segment when none is here
    /// Not nullopt: the stream holds another event behind that, of this hash. A fork.
    std::optional<Hash256> other;
  };
  /// NOT_FOUND while what the segment goes on from is not here. Of streams that are not here, the
  /// segment's.
  absl::StatusOr<ChainPlace> PlaceOf(const Segment& segment);
  /// The events that name parents, in the order in which they came, so that causes come before effects: with
  /// the streams' own order, all that merge::Causality needs. Costs by exchanges, not by events.
  absl::StatusOr<std::vector<EventRows::Parents>> AllParents() { return rows_.AllParents(); }
  /// Which event of the workspace has seen which. Read once, and anew when events with parents came in; valid
  /// until the next call.
  absl::StatusOr<const merge::Causality*> Causality();

  /// What an artifact's events up to `time` are: how many, and the last of each stream.
  struct Prefix {
    uint64_t events = 0;
    Cut last;
  };
  absl::StatusOr<Prefix> PrefixOf(const ArtifactId& artifact, const HybridTime& time);
  /// Whether the events of `runs`, an artifact's, have each seen everything up to `heads`. Looks at runs
  /// only.
  absl::StatusOr<bool> SawAllOf(const Cut& heads, const std::vector<EventRun>& runs);
  /// Events that no segment holds yet.
  absl::StatusOr<uint64_t> UnsealedEvents();

  // What is "now": the state at the current branch's head, as the owner noted it last.

  /// All that belongs to it.
  absl::StatusOr<Cut> Current();
  /// All that the store holds, on whatever branch.
  absl::StatusOr<Cut> Everything();
  /// The name of the current branch.
  absl::StatusOr<std::string> CurrentBranch();
  /// Grows with each change of what is "now" that is more than a new event at its end.
  absl::StatusOr<int64_t> View();
  /// Those of the present view, or of an earlier one that a working file still stands for.
  absl::StatusOr<Limits> LimitsOf(int64_t view);
  absl::StatusOr<Limits> PresentLimits();
  /// What `cut` lacks of the store.
  absl::StatusOr<Limits> LimitsFor(const Cut& cut);
  static bool Within(const Limits& limits, int64_t key) {
    if (limits.empty()) return true;
    const auto limit = limits.find(StreamOf(key));
    return limit == limits.end() || SeqOf(key) <= limit->second;
  }

  /// Per stream everything before its first event with a wall time behind `time`.
  absl::StatusOr<Cut> AsOf(WallTime time);
  /// What of `cut` folds up to and including `event`.
  absl::StatusOr<Cut> UpTo(const ChangeSet& event, Cut cut);
  /// What a commit that this store knows holds; nullopt for others. `commit` may be the beginning of its
  /// name.
  absl::StatusOr<std::optional<Cut>> OfCommit(std::string_view commit);
  /// The commit that was noted last; nullopt before the first.
  absl::StatusOr<std::optional<std::string>> NewestCommit();
  /// The last seq of segment `number` of a stream.
  absl::StatusOr<std::optional<uint64_t>> SegmentEnd(const StreamId& stream, uint64_t number);
  /// Whether a segment begins within what is "now". True for what is no segment of this store.
  absl::StatusOr<bool> SegmentIsNow(const StreamId& stream, uint64_t number);

  absl::StatusOr<std::vector<Artifact>> Artifacts(bool with_retired);
  /// See Workspace::ArtifactsAt.
  absl::StatusOr<std::vector<Artifact>> ArtifactsAt(const Cut& cut);
  /// By its whole id.
  absl::StatusOr<Artifact> GetArtifact(const ArtifactId& artifact);
  absl::StatusOr<Artifact> FindArtifact(std::string_view path_or_id);
  absl::StatusOr<std::vector<ChangeSetSummary>> Log(const LogQuery& query);
  /// Of it, what `selection` says.
  absl::StatusOr<std::vector<ChangeSetSummary>> Log(const LogQuery& query, const LogSelection& selection);
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
  /// The runs of an artifact, without what lies outside `cut`, nullptr being now.
  absl::StatusOr<std::vector<EventRun>> RunsIn(int64_t artifact, const Cut* cut);
  /// Of each of `runs`, in the order in which they came, the first arrival with a later time than `time`;
  /// behind its last one where there is none. Asks of few, as time grows along a stream.
  absl::StatusOr<std::vector<int64_t>> FirstsAfter(const std::vector<EventRun>& runs, const HybridTime& time);
  absl::StatusOr<std::vector<EventRun>> RunsWithin(int64_t artifact, const Limits& limits,
                                                   int64_t last_arrival);
  absl::StatusOr<Artifact> ArtifactRow(const Statement& row);
  /// Fills in what the artifact's newest event in `cut` says, and the number of events.
  absl::Status DescribeAt(const Cut& cut, Artifact& artifact);

  Database* database_;
  EventRows rows_;
  std::optional<Statement> get_artifact_;
  std::optional<merge::Causality> causality_;
  /// The newest event with parents that is in it, and how many tails have names of their own.
  std::pair<int64_t, int64_t> causality_state_;
};

}  // namespace ameide::uaf
