#include "uaf/store/event_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"
#include "uaf/log/forks.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/stream_tails.h"

namespace ameide::uaf {
namespace {

// Flags of a packed row: what is not there is as it is for nearly all events.
constexpr uint8_t kHasCounter = 1;   // the counter of its time; else 0
constexpr uint8_t kHasWall = 2;      // the author's clock, as a difference to its time; else the same
constexpr uint8_t kHasParents = 4;   // named in event_parents; else none
constexpr uint8_t kLabelInline = 8;  // the label itself; else its number
constexpr uint8_t kHasType = 16;     // kind and version; else an edit of version 1
constexpr uint8_t kAllFlags = 31;

constexpr BodyType kUsualType{static_cast<uint32_t>(EventKind::kEdit), 1};
constexpr size_t kLinkPart = 4;

/// Differences wrap around, so that any two clocks have one.
int64_t WallOffset(const ChangeSet& change_set) {
  return static_cast<int64_t>(static_cast<uint64_t>(change_set.wall_time.time_since_epoch().count()) -
                              change_set.time.micros);
}

}  // namespace

/// The beginning of a packed row.
struct EventRows::RowHead {
  uint8_t flags = 0;
  EventTimes times;

  static RowHead Read(const EventRun& run, ByteReader& in) {
    RowHead head;
    head.flags = in.Byte();
    if ((head.flags & ~kAllFlags) != 0) in.Fail();
    head.times.time.micros = run.micros + in.Varint();
    if ((head.flags & kHasCounter) != 0) {
      head.times.time.counter = in.Varint();
      if (head.times.time.counter == 0) in.Fail();
    }
    uint64_t wall = head.times.time.micros;
    if ((head.flags & kHasWall) != 0) {
      const int64_t offset = in.SignedVarint();
      if (offset == 0) in.Fail();
      wall += static_cast<uint64_t>(offset);
    }
    head.times.wall = WallTime(std::chrono::microseconds(static_cast<int64_t>(wall)));
    return head;
  }
};

/// What stands between it and the body.
struct EventRows::RowRest {
  int64_t actor = 0;
  std::optional<int64_t> label;  ///< its number; else the label itself
  std::string_view label_inline;
  BodyType type = kUsualType;

  static RowRest Read(const RowHead& head, ByteReader& in) {
    RowRest rest;
    rest.actor = static_cast<int64_t>(in.Varint());
    if ((head.flags & kLabelInline) != 0) {
      rest.label_inline = in.String();
    } else {
      rest.label = static_cast<int64_t>(in.Varint());
    }
    if ((head.flags & kHasType) != 0) {
      const uint64_t kind = in.Varint();
      const uint64_t version = in.Varint();
      if (kind > UINT32_MAX || version > UINT32_MAX) in.Fail();
      rest.type = {static_cast<uint32_t>(kind), static_cast<uint32_t>(version)};
      if (rest.type == kUsualType) in.Fail();
    }
    return rest;
  }
};

std::string_view EventRows::LinkPart(uint64_t seq, const Hash256& link) {
  return seq % kLinkEvery == 0 ? link.view() : link.view().substr(0, kLinkPart);
}

absl::StatusOr<std::vector<EventRun>> EventRows::ReadRuns(std::string_view condition,
                                                          std::optional<int64_t> first,
                                                          std::optional<int64_t> second) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(absl::StrCat(
          "SELECT r.first, COALESCE((SELECT n.first FROM event_runs n WHERE n.first > r.first ORDER BY "
          "n.first"
          " LIMIT 1), (SELECT MAX(arrival) FROM events) + 1) - 1, r.stream, r.seq, r.artifact, r.micros,"
          " r.names FROM event_runs r ",
          std::string(condition))));
  if (first) query.Bind(1, *first);
  if (second) query.Bind(2, *second);
  std::vector<EventRun> runs;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return runs;
    runs.push_back({query.Int(0), query.Int(1), query.Int(2), static_cast<uint64_t>(query.Int(3)),
                    query.Int(4), static_cast<uint64_t>(query.Int(5)), query.Int(6)});
  }
}

absl::StatusOr<std::vector<EventRun>> EventRows::RunsOfStream(int64_t stream) {
  return ReadRuns("WHERE r.stream = ?1 ORDER BY r.seq", stream);
}

absl::StatusOr<std::vector<EventRun>> EventRows::RunsOfArtifact(int64_t artifact) {
  return ReadRuns("WHERE r.artifact = ?1 ORDER BY r.first", artifact);
}

absl::StatusOr<std::vector<EventRun>> EventRows::Runs() { return ReadRuns("ORDER BY r.first"); }

absl::StatusOr<std::optional<EventRun>> EventRows::RunWith(int64_t stream, uint64_t seq) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs,
                          ReadRuns("WHERE r.stream = ?1 AND r.seq <= ?2 ORDER BY r.seq DESC LIMIT 1", stream,
                                   static_cast<int64_t>(seq)));
  if (runs.empty() || seq > runs.front().last_seq()) return std::optional<EventRun>();
  return std::optional<EventRun>(runs.front());
}

absl::StatusOr<std::optional<EventRun>> EventRows::RunAt(int64_t arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs,
                          ReadRuns("WHERE r.first <= ?1 ORDER BY r.first DESC LIMIT 1", arrival));
  if (runs.empty() || arrival > runs.front().last) return std::optional<EventRun>();
  return std::optional<EventRun>(runs.front());
}

absl::StatusOr<std::vector<EventRun>> EventRows::NewestRuns() {
  return ReadRuns(
      "JOIN streams s ON s.id = r.stream WHERE r.seq = (SELECT MAX(m.seq) FROM event_runs m WHERE m.stream ="
      " s.id) ORDER BY r.stream");
}

absl::StatusOr<std::optional<EventRun>> EventRows::LastRun() {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, ReadRuns("ORDER BY r.first DESC LIMIT 1"));
  return runs.empty() ? std::nullopt : std::optional<EventRun>(runs.front());
}

absl::Status EventRows::Damaged(const EventRun& run, int64_t arrival) {
  const absl::StatusOr<const StreamId*> stream = names_.Stream(run.stream);
  return absl::DataLossError(
      absl::StrCat("event ", stream.ok() ? (*stream)->name : absl::StrCat("of stream ", run.stream), ":",
                   run.SeqAt(arrival), " is damaged or missing in the store; run `ameide doctor --rebuild`"));
}

absl::StatusOr<EventTimes> EventRows::TimesAt(const EventRun& run, int64_t arrival) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT packed FROM events WHERE arrival = ?"));
  query.Bind(1, arrival);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return Damaged(run, arrival);
  ByteReader in(query.Blob(0));
  const RowHead head = RowHead::Read(run, in);
  if (!in.ok()) return Damaged(run, arrival);
  return head.times;
}

absl::StatusOr<int64_t> EventRows::FirstAfter(const EventRun& run, const HybridTime& time) {
  if (HybridTime{run.micros, 0} > time) return run.first;
  AMEIDE_ASSIGN_OR_RETURN(const EventTimes newest, TimesAt(run, run.last));
  if (newest.time <= time) return run.last + 1;
  int64_t begin = run.first;
  int64_t end = run.last;
  while (begin < end) {
    const int64_t middle = begin + (end - begin) / 2;
    AMEIDE_ASSIGN_OR_RETURN(const EventTimes times, TimesAt(run, middle));
    if (times.time > time) {
      end = middle;
    } else {
      begin = middle + 1;
    }
  }
  return begin;
}

absl::StatusOr<uint64_t> EventRows::LastUntil(const std::vector<EventRun>& runs, WallTime wall) {
  uint64_t seq = 0;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT packed FROM events WHERE arrival BETWEEN ? AND ? ORDER BY arrival"));
  for (const EventRun& run : runs) {
    query.Reset();
    query.Bind(1, run.first).Bind(2, run.last);
    for (int64_t arrival = run.first; arrival <= run.last; ++arrival) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) return Damaged(run, arrival);
      ByteReader in(query.Blob(0));
      const RowHead head = RowHead::Read(run, in);
      if (!in.ok()) return Damaged(run, arrival);
      if (head.times.wall > wall) return seq;
      seq = run.SeqAt(arrival);
    }
  }
  return seq;
}

absl::StatusOr<ChangeSet> EventRows::Unpack(const EventRun& run, int64_t arrival, std::string_view packed) {
  AMEIDE_ASSIGN_OR_RETURN(ChangeSet written, UnpackWritten(run, arrival, packed));
  AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, names_.Stream(run.stream));
  if (run.names == 0 && !IsTail(*stream)) return written;
  return AsCalledNow(run, arrival, written);
}

absl::StatusOr<ChangeSet> EventRows::AsCalledNow(const EventRun& run, int64_t arrival,
                                                 const ChangeSet& written) {
  AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, names_.Stream(run.stream));
  const EventId id{*stream, run.SeqAt(arrival)};
  AMEIDE_ASSIGN_OR_RETURN(const SaidNames* names, names_.Names(run.names));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<EventReference> parents, ParentsOf(arrival, /*said=*/false));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  return AsCalledHere(written, id, std::move(parents), *names, tails);
}

absl::StatusOr<ChangeSet> EventRows::WrittenAt(const EventRun& run, int64_t arrival) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT packed FROM events WHERE arrival = ?"));
  query.Bind(1, arrival);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return Damaged(run, arrival);
  return UnpackWritten(run, arrival, query.Blob(0));
}

absl::StatusOr<ChangeSet> EventRows::UnpackWritten(const EventRun& run, int64_t arrival,
                                                   std::string_view packed) {
  ByteReader in(packed);
  const RowHead head = RowHead::Read(run, in);
  ChangeSet change_set;
  AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, names_.Stream(run.stream));
  change_set.id.stream = WrittenAs(*stream);
  change_set.id.seq = run.SeqAt(arrival);
  change_set.time = head.times.time;
  change_set.wall_time = head.times.wall;
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactId* artifact, names_.Artifact(run.artifact));
  change_set.artifact = *artifact;
  const RowRest rest = RowRest::Read(head, in);
  if (!in.ok()) return Damaged(run, arrival);
  if (rest.label) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string* label, names_.Label(*rest.label));
    change_set.label = *label;
  } else {
    change_set.label = rest.label_inline;
  }
  AMEIDE_ASSIGN_OR_RETURN(const EventActor* actor, names_.Actor(rest.actor));
  change_set.author = actor->author;
  change_set.tool = actor->tool;
  if ((head.flags & kHasParents) != 0) {
    AMEIDE_ASSIGN_OR_RETURN(change_set.parents, ParentsOf(arrival, /*said=*/true));
    if (change_set.parents.empty()) return Damaged(run, arrival);
  }
  change_set.kind = rest.type.kind;
  change_set.version = rest.type.version;
  AMEIDE_RETURN_IF_ERROR(UnpackBody(run, arrival, packed.substr(in.position()), change_set));
  return change_set;
}

absl::Status EventRows::UnpackBody(const EventRun& run, int64_t arrival, std::string_view bytes,
                                   ChangeSet& change_set) {
  absl::StatusOr<EventBody> body = DecodeBody({change_set.kind, change_set.version}, bytes, change_set.id);
  if (!body.ok()) return Damaged(run, arrival);
  change_set.body = *std::move(body);
  return absl::OkStatus();
}

absl::Status EventRows::ReadContent(const EventRun& run, const VisitContent& visit) {
  if (run.first > run.last) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(
          "SELECT arrival, packed FROM events WHERE arrival BETWEEN ? AND ? ORDER BY arrival"));
  query.Bind(1, run.first).Bind(2, run.last);
  ChangeSet change_set;
  AMEIDE_ASSIGN_OR_RETURN(const StreamId* found, names_.Stream(run.stream));
  const StreamId stream = *found;
  SaidNames names;
  if (run.names != 0) {
    AMEIDE_ASSIGN_OR_RETURN(const SaidNames* said, names_.Names(run.names));
    names = *said;
  }
  for (int64_t arrival = run.first; arrival <= run.last; ++arrival) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more || query.Int(0) != arrival) return Damaged(run, arrival);
    const std::string_view packed = query.Blob(1);
    ByteReader in(packed);
    const RowHead head = RowHead::Read(run, in);
    const RowRest rest = RowRest::Read(head, in);
    if (!in.ok()) return Damaged(run, arrival);
    change_set.id = {run.names == 0 ? stream : WrittenAs(stream), run.SeqAt(arrival)};
    change_set.time = head.times.time;
    change_set.kind = rest.type.kind;
    change_set.version = rest.type.version;
    AMEIDE_RETURN_IF_ERROR(UnpackBody(run, arrival, packed.substr(in.position()), change_set));
    if (run.names != 0) {
      ForEachEventId(change_set.body, [&](EventId& event) { event = Meant(names, event); });
      change_set.id.stream = stream;
    }
    if (std::holds_alternative<UnknownBody>(change_set.body)) {
      AMEIDE_ASSIGN_OR_RETURN(const EventActor* actor, names_.Actor(rest.actor));
      change_set.tool = actor->tool;
    }
    AMEIDE_RETURN_IF_ERROR(visit(change_set));
  }
  return absl::OkStatus();
}

absl::Status EventRows::Read(const EventRun& run, int64_t first, int64_t last, const Visit& visit) {
  if (first > last) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(
          "SELECT arrival, packed, link FROM events WHERE arrival BETWEEN ? AND ? ORDER BY arrival"));
  query.Bind(1, first).Bind(2, last);
  for (int64_t arrival = first; arrival <= last; ++arrival) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more || query.Int(0) != arrival) return Damaged(run, arrival);
    StoredEvent event;
    event.arrival = arrival;
    event.key = EventReader::KeyOf(run.stream, run.SeqAt(arrival));
    event.names = run.names;
    AMEIDE_ASSIGN_OR_RETURN(event.change_set, Unpack(run, arrival, query.Blob(1)));
    AMEIDE_RETURN_IF_ERROR(visit(std::move(event), query.Blob(2)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EventReference>> EventRows::ParentsOf(int64_t arrival, bool said) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      said ? database_->Prepare("SELECT s.name, p.seq, p.hash FROM event_parents p JOIN streams s"
                                " ON s.id = COALESCE(p.said, p.stream) WHERE p.event = ? ORDER BY p.position")
           : database_->Prepare("SELECT s.name, p.seq, p.hash FROM event_parents p JOIN streams s"
                                " ON s.id = p.stream WHERE p.event = ? ORDER BY p.position"));
  query.Bind(1, arrival);
  std::vector<EventReference> parents;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return parents;
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 hash, Hash256::FromBytes(query.Blob(2)));
    parents.push_back({{StreamId{std::string(query.Text(0))}, static_cast<uint64_t>(query.Int(1))}, hash});
  }
}

absl::StatusOr<std::vector<EventRows::Parents>> EventRows::AllParents() {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(
          "SELECT p.event, s.name, p.seq, p.hash, (SELECT r.stream FROM event_runs r WHERE r.first <= p.event"
          " ORDER BY r.first DESC LIMIT 1), (SELECT r.seq - r.first FROM event_runs r WHERE r.first <= "
          "p.event"
          " ORDER BY r.first DESC LIMIT 1) FROM event_parents p JOIN streams s ON s.id = p.stream"
          " ORDER BY p.event, p.position"));
  std::vector<Parents> all;
  int64_t newest = 0;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return all;
    if (query.Int(0) != newest) {
      newest = query.Int(0);
      AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, names_.Stream(query.Int(4)));
      all.push_back({{*stream, static_cast<uint64_t>(newest + query.Int(5))}, {}});
    }
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 hash, Hash256::FromBytes(query.Blob(3)));
    all.back().parents.push_back(
        {{StreamId{std::string(query.Text(1))}, static_cast<uint64_t>(query.Int(2))}, hash});
  }
}

absl::Status EventRows::BeginRun(const StoredEvent& event, int64_t artifact) {
  EventRun run;
  run.first = run.last = event.arrival;
  run.stream = EventReader::StreamOf(event.key);
  run.seq = event.change_set.id.seq;
  run.artifact = artifact;
  run.micros = event.change_set.time.micros;
  run.names = event.names;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare(
          "INSERT INTO event_runs(first, stream, seq, artifact, micros, names) VALUES(?, ?, ?, ?, ?, ?)"));
  insert.Bind(1, run.first).Bind(2, run.stream).Bind(3, static_cast<int64_t>(run.seq)).Bind(4, run.artifact);
  insert.Bind(5, static_cast<int64_t>(run.micros)).Bind(6, run.names);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  open_ = OpenRun{run, event.change_set.time};
  return absl::OkStatus();
}

absl::StatusOr<std::string> EventRows::Pack(const OpenRun& open, const StoredEvent& event,
                                            std::string_view body) {
  const ChangeSet& change_set = event.change_set.written();
  const int64_t wall = WallOffset(change_set);
  const BodyType type{change_set.kind, change_set.version};
  AMEIDE_ASSIGN_OR_RETURN(const int64_t actor,
                          names_.NumberOf(EventActor{change_set.author, change_set.tool}));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> label, names_.NumberOf(change_set.label));
  ByteWriter out;
  out.Byte(static_cast<uint8_t>((change_set.time.counter != 0 ? kHasCounter : 0) |
                                (wall != 0 ? kHasWall : 0) | (change_set.parents.empty() ? 0 : kHasParents) |
                                (label ? 0 : kLabelInline) | (type == kUsualType ? 0 : kHasType)));
  out.Varint(change_set.time.micros - open.run.micros);
  if (change_set.time.counter != 0) out.Varint(change_set.time.counter);
  if (wall != 0) out.SignedVarint(wall);
  out.Varint(static_cast<uint64_t>(actor));
  if (label) {
    out.Varint(static_cast<uint64_t>(*label));
  } else {
    out.String(change_set.label);
  }
  if (type != kUsualType) {
    out.Varint(type.kind);
    out.Varint(type.version);
  }
  out.Raw(body);
  return out.Take();
}

absl::Status EventRows::WriteParents(const StoredEvent& event) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare(
          "INSERT INTO event_parents(event, position, stream, seq, hash, said)"
          " VALUES(?1, ?2, (SELECT id FROM streams WHERE name = ?3), ?4, ?5,"
          " CASE ?6 WHEN '' THEN 0 WHEN ?3 THEN NULL ELSE (SELECT id FROM streams WHERE name = ?6)"
          " END)"));
  const std::vector<EventReference>& said = event.change_set.written().parents;
  for (const EventReference& parent : event.change_set.parents) {
    // What the event itself says keeps its order; what comes before it in its own stream stands in front.
    const auto written = std::find_if(said.begin(), said.end(), [&](const EventReference& each) {
      return each.hash == parent.hash && each.id.seq == parent.id.seq;
    });
    insert.Bind(1, event.arrival).Bind(2, written == said.end() ? -1 : written - said.begin());
    insert.BindText(3, parent.id.stream.name).Bind(4, static_cast<int64_t>(parent.id.seq));
    insert.BindBlob(5, parent.hash.view());
    insert.BindText(6, written == said.end() ? std::string_view() : written->id.stream.name);
    AMEIDE_RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

absl::Status EventRows::Append(const StoredEvent& event, std::string_view body, int64_t artifact,
                               const Hash256& link) {
  const ChangeSet& change_set = event.change_set;
  if (!insert_) {
    AMEIDE_ASSIGN_OR_RETURN(insert_,
                            database_->Prepare("INSERT INTO events(arrival, packed, link) VALUES(?, ?, ?)"));
  }
  if (!open_) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> last, LastRun());
    if (last) {
      AMEIDE_ASSIGN_OR_RETURN(const EventTimes times, TimesAt(*last, last->last));
      open_ = OpenRun{*last, times.time};
    }
  }
  const bool goes_on = open_ && open_->run.stream == EventReader::StreamOf(event.key) &&
                       open_->run.artifact == artifact && open_->run.names == event.names &&
                       open_->run.last + 1 == event.arrival &&
                       open_->run.last_seq() + 1 == change_set.id.seq && open_->time < change_set.time;
  if (!goes_on) AMEIDE_RETURN_IF_ERROR(BeginRun(event, artifact));
  AMEIDE_ASSIGN_OR_RETURN(std::string packed, Pack(*open_, event, body));
  AMEIDE_RETURN_IF_ERROR(database_->Do([insert = &*insert_, arrival = event.arrival,
                                        packed = std::move(packed), link, seq = change_set.id.seq] {
    insert->Bind(1, arrival).BindBlob(2, packed).BindBlob(3, LinkPart(seq, link));
    return insert->Run();
  }));
  if (!change_set.parents.empty()) AMEIDE_RETURN_IF_ERROR(WriteParents(event));
  open_->run.last = event.arrival;
  open_->time = change_set.time;
  return absl::OkStatus();
}

absl::Status EventRows::Replace(const StoredEvent& event) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, RunAt(event.arrival));
  if (!run) return absl::NotFoundError(absl::StrCat("no event ", FormatId(event.change_set.id)));
  AMEIDE_ASSIGN_OR_RETURN(const std::string packed,
                          Pack(OpenRun{*run, event.change_set.time}, event, EncodeBody(event.change_set)));
  AMEIDE_ASSIGN_OR_RETURN(Statement update,
                          database_->Prepare("UPDATE events SET packed = ? WHERE arrival = ?"));
  update.BindBlob(1, packed).Bind(2, event.arrival);
  return update.Run();
}

absl::Status EventRows::DivideAt(int64_t stream, uint64_t seq) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, RunWith(stream, seq));
  if (!run || run->seq == seq) return absl::OkStatus();
  open_.reset();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare(
          "INSERT INTO event_runs(first, stream, seq, artifact, micros, names) VALUES(?, ?, ?, ?, ?, ?)"));
  insert.Bind(1, run->ArrivalOf(seq)).Bind(2, stream).Bind(3, static_cast<int64_t>(seq));
  insert.Bind(4, run->artifact).Bind(5, static_cast<int64_t>(run->micros)).Bind(6, run->names);
  return insert.Run();
}

void EventRows::Forget() {
  open_.reset();
  names_.Forget();
}

}  // namespace ameide::uaf
