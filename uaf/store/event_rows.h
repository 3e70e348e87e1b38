#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/log/change_set.h"
#include "uaf/store/event_dictionary.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// An event as it stands in the store.
struct StoredEvent {
  int64_t key = 0;      ///< see EventReader::KeyOf
  int64_t arrival = 0;  ///< counts the events as they came into this store, from 1 without gaps
  ChangeSet change_set;
  int64_t names = 0;       ///< see EventRun
  bool foreign = false;    ///< came in a segment just now
  bool elsewhere = false;  ///< of what came just now: belongs to another branch, or is held

  /// The bytes that are hashed: the one canonical form.
  std::string Canonical() const { return EncodeChangeSet(change_set); }
};

/// Events that one stream recorded for one artifact, one after another and ever later, and that came into
/// this store one after another. What its events have in common is written once, here.
struct EventRun {
  int64_t first = 0;   ///< arrival of the first event
  int64_t last = 0;    ///< of the last one; follows from the next run's first
  int64_t stream = 0;  ///< number of the interned name
  uint64_t seq = 0;    ///< of the first event
  int64_t artifact = 0;
  uint64_t micros = 0;  ///< time of the run's first event, which the others are counted from; where a run
                        ///< was divided, of the first event of the whole
  int64_t names = 0;    ///< EventDictionary::Names that its events are written with; 0: the present ones

  uint64_t SeqAt(int64_t arrival) const { return seq + static_cast<uint64_t>(arrival - first); }
  uint64_t last_seq() const { return SeqAt(last); }
  /// The arrival of event `wanted` of the stream, which must be one of these.
  int64_t ArrivalOf(uint64_t wanted) const { return first + static_cast<int64_t>(wanted - seq); }
  /// The part of it that came as `arrival` and later.
  EventRun From(int64_t arrival) const {
    return {arrival, last, stream, SeqAt(arrival), artifact, micros, names};
  }
};

/// What queries ask of a row before they unpack it.
struct EventTimes {
  HybridTime time;
  WallTime wall;
};

/// The table of events in its packed form: the one place that knows it (schema in schema.cc). A row holds
/// what is particular to its event; what repeats lies in runs and in dictionaries of actors and labels.
/// Unpacked events are exactly those that were packed, byte for byte of their canonical form. Packing is
/// strict: bytes that are not what this class would have written are DATA_LOSS. One thread.
///
/// Every row keeps a part of its event's chain link as a checksum, every kLinkEvery-th of a stream the whole
/// link, so that any link costs at most kLinkEvery hashes and a changed byte is found in unsealed events too.
class EventRows {
 public:
  static constexpr uint64_t kLinkEvery = 64;

  explicit EventRows(Database* database) : database_(database), names_(database) {}

  /// Runs in order of seq, arrival and arrival.
  absl::StatusOr<std::vector<EventRun>> RunsOfStream(int64_t stream);
  absl::StatusOr<std::vector<EventRun>> RunsOfArtifact(int64_t artifact);
  absl::StatusOr<std::vector<EventRun>> Runs();
  /// The run that event `seq` of the stream is in.
  absl::StatusOr<std::optional<EventRun>> RunWith(int64_t stream, uint64_t seq);
  /// The run that what came as `arrival` is in.
  absl::StatusOr<std::optional<EventRun>> RunAt(int64_t arrival);
  /// The run with the greatest seq of each stream.
  absl::StatusOr<std::vector<EventRun>> NewestRuns();
  /// The run of the event that came last.
  absl::StatusOr<std::optional<EventRun>> LastRun();

  absl::StatusOr<EventTimes> TimesAt(const EventRun& run, int64_t arrival);
  /// The first arrival of `run` whose time is later than `time`; run.last + 1 when there is none.
  /// O(log events).
  absl::StatusOr<int64_t> FirstAfter(const EventRun& run, const HybridTime& time);

  /// The seq before the first event of a stream, given by its runs, whose wall time is behind `wall`.
  /// O(events).
  absl::StatusOr<uint64_t> LastUntil(const std::vector<EventRun>& runs, WallTime wall);

  using Visit = std::function<absl::Status(StoredEvent event, std::string_view link_part)>;
  /// Visits the events with arrivals `first`..`last` of `run`, in order; stops at the first error. DATA_LOSS
  /// when one is missing.
  absl::Status Read(const EventRun& run, int64_t first, int64_t last, const Visit& visit);
  using VisitContent = std::function<absl::Status(ChangeSet& change_set)>;
  /// Visits all events of `run` likewise, of each only what content follows from: id, time, kind, version and
  /// body (and the tool that wrote a body which is unknown). What is visited goes with the visit, which may
  /// take the body.
  absl::Status ReadContent(const EventRun& run, const VisitContent& visit);

  /// What the event's writer wrote, by the names that it had then.
  absl::StatusOr<ChangeSet> WrittenAt(const EventRun& run, int64_t arrival);

  /// Events that name parents, by arrival: what is needed to know which event has seen which.
  struct Parents {
    EventId event;
    std::vector<EventReference> parents;
  };
  absl::StatusOr<std::vector<Parents>> AllParents();

  EventDictionary& names() { return names_; }

  /// Adds an event behind all others. For the owner, in a transaction; the names of its stream and artifact
  /// are interned already, as are those of its parents' streams.
  absl::Status Append(const StoredEvent& event, std::string_view body, int64_t artifact, const Hash256& link);
  /// Puts what a redaction left of an event (`event`, with the arrival and all but the values of the one that
  /// is there) in its place. The one change of a row that the table allows, and only for events that
  /// `redactions` names.
  absl::Status Replace(const StoredEvent& event);
  /// What a row keeps of `link`.
  static std::string_view LinkPart(uint64_t seq, const Hash256& link);
  /// Divides the run that event `seq` is in, so that one begins with it. Without effect where one does, or
  /// where there is no such event.
  absl::Status DivideAt(int64_t stream, uint64_t seq);

  /// Forgets what a rolled back transaction may have taken with it.
  void Forget();

 private:
  struct RowHead;
  struct RowRest;
  /// The run that Append goes on with while events fit in.
  struct OpenRun {
    EventRun run;
    HybridTime time;  ///< of its last event
  };

  absl::StatusOr<std::vector<EventRun>> ReadRuns(std::string_view condition,
                                                 std::optional<int64_t> first = {},
                                                 std::optional<int64_t> second = {});
  absl::Status Damaged(const EventRun& run, int64_t arrival);
  absl::StatusOr<ChangeSet> Unpack(const EventRun& run, int64_t arrival, std::string_view packed);
  /// Of a run whose events are written with other names.
  absl::StatusOr<ChangeSet> AsCalledNow(const EventRun& run, int64_t arrival, const ChangeSet& written);
  absl::StatusOr<ChangeSet> UnpackWritten(const EventRun& run, int64_t arrival, std::string_view packed);
  absl::Status UnpackBody(const EventRun& run, int64_t arrival, std::string_view bytes,
                          ChangeSet& change_set);
  absl::StatusOr<std::string> Pack(const OpenRun& open, const StoredEvent& event, std::string_view body);
  /// As they are called here, or as the event says.
  absl::StatusOr<std::vector<EventReference>> ParentsOf(int64_t arrival, bool said);
  absl::Status WriteParents(const StoredEvent& event);
  absl::Status BeginRun(const StoredEvent& event, int64_t artifact);

  Database* database_;
  EventDictionary names_;
  std::optional<OpenRun> open_;
  std::optional<Statement> insert_;
};

}  // namespace ameide::uaf
