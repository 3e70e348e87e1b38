#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "uaf/log/change_set.h"
#include "uaf/log/segment.h"
#include "uaf/store/event_graph.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// The append-only event table of the owner, and its own stream. Every change happens inside a transaction
/// that the caller begins with Begin and ends with Commit; nothing is durable before Commit returns OK. After
/// any failed function the caller calls Rollback, and after a failed Commit it opens everything anew. One
/// thread.
class EventLog {
 public:
  /// `workspace` is the workspace's id, `own` the stream to append to (may be new).
  static absl::StatusOr<std::unique_ptr<EventLog>> Open(Database* database, std::string workspace,
                                                        StreamId own, std::string branch, Random* random);

  absl::Status Begin();
  absl::Status Commit();
  /// The same where work is deferred (Database::Defer): returns at once; `durable` is called by the
  /// database's thread when all is, and else never.
  absl::Status BeginCommit(std::function<void()> durable);
  /// Also forgets what was appended since Begin.
  absl::Status Rollback();
  /// Marks a point inside the transaction to which RollbackToSavepoint returns; a second mark takes the
  /// place of the first.
  absl::Status Savepoint();
  absl::Status RollbackToSavepoint();

  const StreamId& own() const { return own_; }
  /// The id that the next appended change set gets. The first event of a branch's stream says so; it comes by
  /// itself (MustStart).
  EventId NextId() const { return {own_, state_.seq + (MustStart() ? 2 : 1)}; }
  /// True while the own stream is on a branch beside main and has no event: what is appended next has to be
  /// its BranchStarted.
  bool MustStart() const { return state_.seq == 0 && branch_ != kMainBranch; }
  /// The branch of the own stream.
  const std::string& branch() const { return branch_; }
  /// Goes on with another own stream, that of `branch`.
  absl::Status SwitchStream(StreamId own, std::string branch);
  /// What is "now" changed other than by a new event: the next own event names what it has not seen.
  void NoteView() { state_.foreign_news = true; }
  /// The next own event names what it has not seen of `cut`, in place of what is "now".
  void StartFrom(Cut cut) { start_from_ = std::move(cut); }
  const EventGraph& graph() const { return graph_; }
  /// See EventGraph::Follow.
  absl::Status Follow(const std::string& branch, const Cut& cut) {
    return graph_.Follow(*database_, reader_, branch, cut);
  }
  /// See EventGraph::StopBefore. The own stream is where it was recorded.
  absl::Status StopBefore(const EventId& first, const std::string& branch) {
    if (first.stream == own_) return absl::OkStatus();
    return graph_.StopBefore(*database_, reader_, first, branch);
  }
  /// The time for it, given the wall clock (hybrid logical clock).
  HybridTime NextTime(WallTime now) const;

  /// Appends `change_set` to the own stream, after giving it its parents; id and time must be from NextId and
  /// NextTime.
  absl::StatusOr<StoredEvent> Append(ChangeSet change_set, std::string_view idempotency_key);
  /// The event that an earlier command with this key recorded.
  absl::StatusOr<std::optional<StoredEvent>> FindByIdempotencyKey(std::string_view key);

  /// What has to be called otherwise before this segment's events, with which a fork begins, can keep their
  /// name: the present tail there. nullopt: nothing.
  absl::StatusOr<std::optional<Tail>> TailToRename(const Segment& segment);
  /// Calls it so. All that was folded or projected before is void; when the tail is the own stream's, the own
  /// stream is `next` from here on.
  absl::Status RenameTail(const Tail& tail, const StreamId& next);
  /// Takes in a decoded and verified segment of another stream, or one of an own stream that this store has
  /// lost, where its chain belongs; nothing is to be renamed for it. Events that are here already are passed
  /// over. Gives the new ones. DATA_LOSS when its events are not what they claim to be. An event with a later
  /// time than the graph's limit at `now` is held (EventGraph).
  absl::StatusOr<std::vector<StoredEvent>> Take(const Segment& segment, WallTime now);
  /// Lets events go that were held and may be believed at `now`. True when some went.
  absl::StatusOr<bool> ReleaseHeld(WallTime now);
  /// After the tables of the graph were built anew.
  absl::Status ReloadGraph();
  /// Takes in a derived event (uaf/log/derive.h) that the store lacks; its parents are here.
  absl::StatusOr<StoredEvent> TakeDerived(ChangeSet change_set);
  struct StreamHead {
    uint64_t seq = 0;
    Hash256 link;
    uint64_t segments = 0;  ///< number of the last sealed one
  };
  absl::StatusOr<StreamHead> HeadOf(const StreamId& stream);

  /// The events of a stream of this computer that no segment holds yet, as a segment without signature;
  /// nullopt when there are none. A second call gives the same until MarkSealed.
  absl::StatusOr<std::optional<Segment>> OpenSegment(const StreamId& stream);
  /// Events of a stream as the segment that they are sealed in, without signature: the same whenever it is
  /// asked for, as long as no value is taken out of them.
  absl::StatusOr<Segment> Compose(const StreamId& stream, uint64_t number, uint64_t first, uint64_t last,
                                  std::string_view seed);
  /// See EventRows::Replace.
  absl::Status Replace(const StoredEvent& event) { return reader_.rows_.Replace(event); }
  /// `stream` is what the segment's is called here.
  absl::Status MarkSealed(const Segment& segment, const StreamId& stream);

  EventReader& reader() { return reader_; }
  absl::StatusOr<int64_t> InternArtifact(const ArtifactId& artifact);

 private:
  struct State {
    uint64_t seq = 0;           ///< of the last own event
    Hash256 link;               ///< of the own stream
    HybridTime time;            ///< the greatest seen
    int64_t arrival = 0;        ///< of the last event
    int64_t own_arrival = 0;    ///< of the last own event
    std::string seed;           ///< of the open segment; empty when there is none
    bool foreign_news = false;  ///< other streams have events that the last own one has not seen
  };

  EventLog(Database* database, std::string workspace, StreamId own, std::string branch, Random* random)
      : database_(database),
        reader_(database),
        workspace_(std::move(workspace)),
        own_(std::move(own)),
        branch_(std::move(branch)),
        random_(random) {}
  absl::Status LoadState();
  absl::StatusOr<int64_t> InternStream(const StreamId& stream);
  absl::StatusOr<std::vector<EventReference>> NewHeads();
  absl::Status OpenOwnSegment();
  /// The change set as it is called here, in stream `id` says, with what its run notes.
  absl::StatusOr<StoredEvent> Received(ChangeSet written, const EventId& id, const std::vector<Tail>& tails);
  /// Notes a segment of `stream`; `known`: its events were here before.
  absl::Status NoteSegment(const Segment& segment, const StreamId& stream, bool known);
  absl::Status Insert(const StoredEvent& event, std::string_view body, const Hash256& link);
  /// The greatest time in the store that is believed.
  absl::StatusOr<HybridTime> NewestTime();

  Database* database_;
  EventReader reader_;
  std::string workspace_;
  StreamId own_;
  std::string branch_;
  Random* random_;
  EventGraph graph_;
  bool graph_is_behind_ = false;  ///< after a rollback
  std::optional<Cut> start_from_;
  State state_;
  State at_begin_;
  State at_savepoint_;
  std::map<StreamId, int64_t> stream_numbers_;
  std::map<ArtifactId, int64_t> artifact_numbers_;
  std::optional<Statement> insert_key_;
};

}  // namespace ameide::uaf
