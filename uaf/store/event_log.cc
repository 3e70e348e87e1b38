#include "uaf/store/event_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/log/derive.h"
#include "uaf/log/forks.h"
#include "uaf/store/segment_salts.h"
#include "uaf/store/stream_tails.h"

namespace ameide::uaf {
namespace {

constexpr size_t kSeedSize = 32;
constexpr uint64_t kLastSeq = (uint64_t{1} << 40) - 1;

}  // namespace

absl::StatusOr<std::unique_ptr<EventLog>> EventLog::Open(Database* database, std::string workspace,
                                                         StreamId own, std::string branch, Random* random) {
  auto log = std::unique_ptr<EventLog>(
      new EventLog(database, std::move(workspace), std::move(own), std::move(branch), random));
  AMEIDE_RETURN_IF_ERROR(log->ReloadGraph());
  AMEIDE_ASSIGN_OR_RETURN(log->insert_key_,
                          database->Prepare("INSERT INTO idempotency(key, event) VALUES(?, ?)"));
  AMEIDE_RETURN_IF_ERROR(log->LoadState());
  return log;
}

absl::Status EventLog::LoadState() {
  state_ = State{};
  state_.link = FirstLink(workspace_, own_);
  AMEIDE_ASSIGN_OR_RETURN(state_.time, NewestTime());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> newest, reader_.rows_.NewestRuns());
  for (const EventRun& run : newest) {
    state_.arrival = std::max(state_.arrival, run.last);
    AMEIDE_ASSIGN_OR_RETURN(const EventId id, reader_.IdOf(EventReader::KeyOf(run.stream, run.last_seq())));
    if (id.stream != own_) continue;
    state_.seq = id.seq;
    AMEIDE_ASSIGN_OR_RETURN(state_.link, reader_.LinkOf(id));
    state_.own_arrival = run.last;
  }
  state_.foreign_news = state_.own_arrival < state_.arrival || !graph_.trivial();
  AMEIDE_ASSIGN_OR_RETURN(Statement open,
                          database_->Prepare("SELECT g.seed FROM segments g JOIN streams s ON s.id = g.stream"
                                             " WHERE s.name = ? AND g.last IS NULL"));
  open.BindText(1, own_.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool is_open, open.Step());
  if (is_open) state_.seed = open.Blob(0);
  at_begin_ = state_;
  return absl::OkStatus();
}

absl::StatusOr<HybridTime> EventLog::NewestTime() {
  HybridTime newest;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, reader_.rows_.NewestRuns());
  for (const EventRun& run : runs) {
    AMEIDE_ASSIGN_OR_RETURN(EventId id, reader_.IdOf(EventReader::KeyOf(run.stream, run.last_seq())));
    id.seq = graph_.LastBelieved(id.stream, id.seq);
    if (id.seq == 0) continue;
    // Time grows along each stream.
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> last, reader_.rows_.RunWith(run.stream, id.seq));
    if (!last) continue;
    AMEIDE_ASSIGN_OR_RETURN(const EventTimes times, reader_.rows_.TimesAt(*last, last->ArrivalOf(id.seq)));
    newest = std::max(newest, times.time);
  }
  return newest;
}

absl::Status EventLog::ReloadGraph() {
  AMEIDE_ASSIGN_OR_RETURN(graph_, EventGraph::Load(*database_, reader_));
  graph_is_behind_ = false;
  return absl::OkStatus();
}

absl::Status EventLog::SwitchStream(StreamId own, std::string branch) {
  own_ = std::move(own);
  branch_ = std::move(branch);
  const State before = at_begin_;
  AMEIDE_RETURN_IF_ERROR(LoadState());
  at_begin_ = before;
  NoteView();
  return absl::OkStatus();
}

absl::Status EventLog::Begin() {
  if (graph_is_behind_) AMEIDE_RETURN_IF_ERROR(ReloadGraph());
  at_begin_ = state_;
  return database_->Do([database = database_] { return database->Execute("BEGIN IMMEDIATE"); });
}

absl::Status EventLog::Commit() { return database_->Execute("COMMIT"); }

absl::Status EventLog::BeginCommit(std::function<void()> durable) {
  AMEIDE_RETURN_IF_ERROR(database_->Do([database = database_, durable = std::move(durable)] {
    absl::Status status = database->Execute("COMMIT");
    if (status.ok()) durable();
    return status;
  }));
  database_->BeginDeferred();
  return absl::OkStatus();
}

absl::Status EventLog::Savepoint() {
  at_savepoint_ = state_;
  return database_->Execute("SAVEPOINT commands");
}

absl::Status EventLog::RollbackToSavepoint() {
  state_ = at_savepoint_;
  stream_numbers_.clear();
  artifact_numbers_.clear();
  reader_.Forget();
  return database_->Execute("ROLLBACK TO commands");
}

absl::Status EventLog::Rollback() {
  state_ = at_begin_;
  graph_is_behind_ = true;
  // Names interned in the transaction are gone with it.
  stream_numbers_.clear();
  artifact_numbers_.clear();
  reader_.Forget();
  return database_->InTransaction() ? database_->Execute("ROLLBACK") : absl::OkStatus();
}

HybridTime EventLog::NextTime(WallTime now) const {
  const int64_t wall = now.time_since_epoch().count();
  const uint64_t micros = wall < 0 ? 0 : static_cast<uint64_t>(wall);
  if (micros > state_.time.micros) return {micros, 0};
  return {state_.time.micros, state_.time.counter + 1};
}

absl::StatusOr<int64_t> EventLog::InternStream(const StreamId& stream) {
  if (const auto known = stream_numbers_.find(stream); known != stream_numbers_.end()) return known->second;
  AMEIDE_ASSIGN_OR_RETURN(std::optional<int64_t> number, reader_.StreamNumber(stream));
  if (!number) {
    AMEIDE_ASSIGN_OR_RETURN(Statement insert, database_->Prepare("INSERT INTO streams(name) VALUES(?)"));
    insert.BindText(1, stream.name);
    AMEIDE_RETURN_IF_ERROR(insert.Run());
    AMEIDE_ASSIGN_OR_RETURN(number, reader_.StreamNumber(stream));
  }
  return stream_numbers_[stream] = *number;
}

absl::StatusOr<int64_t> EventLog::InternArtifact(const ArtifactId& artifact) {
  if (const auto known = artifact_numbers_.find(artifact); known != artifact_numbers_.end())
    return known->second;
  AMEIDE_ASSIGN_OR_RETURN(std::optional<int64_t> number, reader_.ArtifactNumber(artifact));
  if (!number) {
    AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                            database_->Prepare("INSERT INTO artifact_names(name) VALUES(?)"));
    insert.BindText(1, artifact.name);
    AMEIDE_RETURN_IF_ERROR(insert.Run());
    AMEIDE_ASSIGN_OR_RETURN(number, reader_.ArtifactNumber(artifact));
  }
  return artifact_numbers_[artifact] = *number;
}

absl::StatusOr<std::vector<EventReference>> EventLog::NewHeads() {
  std::vector<EventReference> heads;
  if (!state_.foreign_news) return heads;
  Cut cut;
  if (start_from_) {
    cut = *std::exchange(start_from_, std::nullopt);
  } else {
    AMEIDE_ASSIGN_OR_RETURN(cut, reader_.Current());
  }
  const EventId predecessor{own_, state_.seq};
  for (const auto& [stream, seq] : cut.heads) {
    const EventId head{stream, seq};
    if (stream == own_ || (state_.seq > 0 && graph_.causality().Saw(predecessor, head))) continue;
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 link, reader_.LinkOf(head));
    heads.push_back({head, link});
  }
  return heads;
}

absl::Status EventLog::OpenOwnSegment() {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(own_));
  AMEIDE_ASSIGN_OR_RETURN(const StreamHead head, HeadOf(own_));
  const std::string seed = random_->Bytes(kSeedSize);
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO segments(stream, number, first, seed) VALUES(?, ?, ?, ?)"));
  insert.Bind(1, stream).Bind(2, static_cast<int64_t>(head.segments + 1));
  insert.Bind(3, static_cast<int64_t>(state_.seq + 1)).BindBlob(4, seed);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  state_.seed = seed;
  return absl::OkStatus();
}

absl::Status EventLog::Insert(const StoredEvent& event, std::string_view body, const Hash256& link) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t artifact, InternArtifact(event.change_set.artifact));
  for (const EventReference& parent : event.change_set.parents) {
    AMEIDE_RETURN_IF_ERROR(InternStream(parent.id.stream).status());
  }
  for (const EventReference& parent : event.change_set.written().parents) {
    if (IsTail(parent.id.stream)) AMEIDE_RETURN_IF_ERROR(InternStream(parent.id.stream).status());
  }
  AMEIDE_RETURN_IF_ERROR(reader_.rows_.Append(event, body, artifact, link));
  return graph_.Add(*database_, event);
}

absl::StatusOr<StoredEvent> EventLog::Append(ChangeSet change_set, std::string_view idempotency_key) {
  AMEIDE_ASSIGN_OR_RETURN(change_set.parents, NewHeads());
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(own_));
  if (state_.seed.empty()) AMEIDE_RETURN_IF_ERROR(OpenOwnSegment());
  StoredEvent event;
  const std::string body = EncodeBody(change_set);
  const Hash256 payload =
      PayloadHash(SaltOf(state_.seed, change_set.id.seq), EncodeChangeSet(change_set, body));
  const Hash256 link = NextLink(state_.link, payload);
  event.key = EventReader::KeyOf(stream, change_set.id.seq);
  event.arrival = state_.arrival + 1;
  event.change_set = std::move(change_set);
  AMEIDE_RETURN_IF_ERROR(Insert(event, body, link));
  if (!idempotency_key.empty()) {
    insert_key_->BindText(1, idempotency_key).Bind(2, event.arrival);
    AMEIDE_RETURN_IF_ERROR(insert_key_->Run());
  }
  state_.seq = event.change_set.id.seq;
  state_.time = event.change_set.time;
  state_.link = link;
  state_.arrival = state_.own_arrival = event.arrival;
  state_.foreign_news = false;
  return event;
}

absl::StatusOr<std::optional<StoredEvent>> EventLog::FindByIdempotencyKey(std::string_view key) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT event FROM idempotency WHERE key = ?"));
  query.BindText(1, key);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<StoredEvent>();
  return reader_.FindArrival(query.Int(0));
}

absl::StatusOr<EventLog::StreamHead> EventLog::HeadOf(const StreamId& stream) {
  StreamHead head;
  head.link = FirstLink(workspace_, WrittenAs(stream));
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader_.Everything());
  if (const auto found = cut.heads.find(stream); found != cut.heads.end()) {
    head.seq = found->second;
    AMEIDE_ASSIGN_OR_RETURN(head.link, reader_.LinkOf({stream, found->second}));
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database_->Prepare("SELECT COALESCE(MAX(g.number), 0) FROM segments g JOIN streams s"
                                          " ON s.id = g.stream WHERE s.name = ? AND g.last IS NOT NULL"));
  query.BindText(1, stream.name);
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  head.segments = static_cast<uint64_t>(query.Int(0));
  return head;
}

absl::StatusOr<bool> EventLog::ReleaseHeld(WallTime now) {
  if (graph_.holds().empty()) return false;
  AMEIDE_ASSIGN_OR_RETURN(const bool released, graph_.Release(*database_, reader_, now));
  if (released) {
    AMEIDE_ASSIGN_OR_RETURN(state_.time, NewestTime());
    NoteView();
  }
  return released;
}

absl::StatusOr<std::optional<Tail>> EventLog::TailToRename(const Segment& segment) {
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::ChainPlace place, reader_.PlaceOf(segment));
  if (!place.other) return std::optional<Tail>();
  const std::vector<Hash256> links = LinksOf(segment);
  const size_t next = place.known + 1 - segment.first;
  if (*place.other < links[next]) return std::optional<Tail>();
  Tail tail{TailName(place.stream, *place.other), place.stream, place.known, {}, *place.other};
  if (place.known > 0) tail.before = next == 0 ? segment.previous : links[next - 1];
  return std::optional<Tail>(std::move(tail));
}

absl::Status EventLog::RenameTail(const Tail& tail, const StreamId& next) {
  AMEIDE_RETURN_IF_ERROR(InternStream(tail.stream).status());
  AMEIDE_RETURN_IF_ERROR(StreamTails(database_, &reader_.rows_).Rename(tail));
  reader_.Forget();
  const State before = at_begin_;
  if (tail.base == own_) own_ = next;
  AMEIDE_RETURN_IF_ERROR(ReloadGraph());
  AMEIDE_RETURN_IF_ERROR(LoadState());
  at_begin_ = before;
  graph_is_behind_ = false;
  NoteView();
  return absl::OkStatus();
}

absl::StatusOr<StoredEvent> EventLog::Received(ChangeSet written, const EventId& id,
                                               const std::vector<Tail>& tails) {
  StoredEvent event;
  event.foreign = true;
  // Names of tails stand in the bytes as they are.
  const bool says_tails = EncodeChangeSet(written).find('~') != std::string::npos;
  if (says_tails) AMEIDE_RETURN_IF_ERROR(StreamTails(database_, &reader_.rows_).NoteMarks(written));
  if (tails.empty() && !says_tails) {
    event.change_set = std::move(written);
    return event;
  }
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(id.stream));
  std::vector<EventReference> parents;
  for (const EventReference& parent : written.parents) {
    AMEIDE_ASSIGN_OR_RETURN(EventId meant, reader_.Resolve(parent));
    parents.push_back({std::move(meant), parent.hash});
  }
  Cut past;
  const auto see = [&](const EventId& other) {
    for (const auto& [name, seq] : graph_.causality().PastOf(other).heads) {
      uint64_t& head = past.heads[name];
      head = std::max(head, seq);
    }
  };
  const auto begins = std::find_if(tails.begin(), tails.end(), [&](const Tail& tail) {
    return tail.stream == id.stream && tail.after + 1 == id.seq;
  });
  if (begins != tails.end() && begins->after > 0)
    parents.push_back({{begins->base, begins->after}, begins->before});
  for (const EventReference& parent : parents) see(parent.id);
  if (begins == tails.end() && id.seq > 1) see({id.stream, id.seq - 1});
  past.heads[id.stream] = id.seq;
  if (begins != tails.end() || says_tails || !written.parents.empty() ||
      !ReferencesIn(written.body).empty()) {
    AMEIDE_ASSIGN_OR_RETURN(event.names,
                            StreamTails(database_, &reader_.rows_).NamesOf(id, std::move(past), written));
  } else if (id.seq > 1) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> before, reader_.rows_.RunWith(stream, id.seq - 1));
    if (before) event.names = before->names;
  }
  if (event.names == 0) {
    event.change_set = std::move(written);
    return event;
  }
  AMEIDE_ASSIGN_OR_RETURN(const SaidNames* names, reader_.rows_.names().Names(event.names));
  event.change_set = AsCalledHere(written, id, std::move(parents), *names, tails);
  return event;
}

absl::StatusOr<std::vector<StoredEvent>> EventLog::Take(const Segment& segment, WallTime now) {
  AMEIDE_RETURN_IF_ERROR(graph_.ReviewLifts(reader_));
  const std::vector<Hash256> links = LinksOf(segment);
  AMEIDE_ASSIGN_OR_RETURN(EventReader::ChainPlace place, reader_.PlaceOf(segment));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Tail> tails, TailsOf(*database_));
  if (place.other) {
    const size_t next = place.known + 1 - segment.first;
    Tail tail{TailName(place.stream, links[next]), place.stream, place.known, {}, links[next]};
    if (place.known > 0) tail.before = next == 0 ? segment.previous : links[next - 1];
    AMEIDE_RETURN_IF_ERROR(InternStream(tail.stream).status());
    AMEIDE_RETURN_IF_ERROR(StreamTails(database_, &reader_.rows_).Add(tail));
    place.stream = tail.stream;
    tails.push_back(std::move(tail));
  }
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(place.stream));
  // First: the links of its first events are asked for while the later ones come.
  AMEIDE_RETURN_IF_ERROR(NoteSegment(segment, place.stream, place.known >= segment.last()));
  std::vector<StoredEvent> taken;
  for (size_t i = 0; i < segment.events.size(); ++i) {
    AMEIDE_ASSIGN_OR_RETURN(ChangeSet written, DecodeChangeSet(segment.events[i]));
    const EventId said{segment.stream, segment.first + i};
    if (written.id != said) {
      return absl::DataLossError(
          absl::StrCat("it holds event ", FormatId(written.id), " in the place of ", FormatId(said)));
    }
    if (said.seq <= place.known) continue;
    const EventId id{place.stream, said.seq};
    AMEIDE_ASSIGN_OR_RETURN(StoredEvent event, Received(std::move(written), id, tails));
    event.key = EventReader::KeyOf(stream, id.seq);
    event.arrival = ++state_.arrival;
    AMEIDE_RETURN_IF_ERROR(Insert(event, EncodeBody(event.change_set), links[i]));
    // What this computer recorded itself was believed when it was made.
    if (place.stream != own_ && !graph_.Believes(id, event.change_set.time, now)) {
      AMEIDE_RETURN_IF_ERROR(graph_.Hold(*database_, reader_, id));
    }
    if (!graph_.IsHeld(id)) state_.time = std::max(state_.time, event.change_set.time);
    const auto redacted = std::find_if(segment.redacted.begin(), segment.redacted.end(),
                                       [&](const RedactionNote& note) { return note.seq == id.seq; });
    if (redacted != segment.redacted.end()) {
      AMEIDE_ASSIGN_OR_RETURN(Statement note,
                              database_->Prepare("INSERT INTO redactions(arrival, payload) VALUES(?, ?)"));
      note.Bind(1, event.arrival).BindBlob(2, redacted->payload.view());
      AMEIDE_RETURN_IF_ERROR(note.Run());
    }
    taken.push_back(std::move(event));
  }
  state_.foreign_news = true;
  if (place.stream == own_) {
    const State before = at_begin_;
    AMEIDE_RETURN_IF_ERROR(LoadState());
    at_begin_ = before;
  }
  return taken;
}

absl::Status EventLog::NoteSegment(const Segment& segment, const StreamId& name, bool known) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(name));
  auto number = static_cast<int64_t>(segment.number);
  {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement present,
        database_->Prepare("SELECT first, last, last IS NULL FROM segments WHERE stream = ? AND number = ?"));
    present.Bind(1, stream).Bind(2, number);
    AMEIDE_ASSIGN_OR_RETURN(const bool taken, present.Step());
    if (taken && present.Int(2) == 0) {
      // The same events were sealed twice, by copies of one store: the longer one stands for both.
      const bool within = static_cast<uint64_t>(present.Int(0)) <= segment.first &&
                          segment.last() <= static_cast<uint64_t>(present.Int(1));
      if (within || known) return absl::OkStatus();
      const bool around = segment.first <= static_cast<uint64_t>(present.Int(0));
      present.Reset();
      if (around) {
        AMEIDE_ASSIGN_OR_RETURN(Statement shorter,
                                database_->Prepare("DELETE FROM segments WHERE stream = ? AND number = ?"));
        shorter.Bind(1, stream).Bind(2, number);
        AMEIDE_RETURN_IF_ERROR(shorter.Run());
      } else {
        AMEIDE_ASSIGN_OR_RETURN(
            Statement free,
            database_->Prepare("SELECT MIN(0, MIN(number)) - 1 FROM segments WHERE stream = ?"));
        free.Bind(1, stream);
        AMEIDE_RETURN_IF_ERROR(free.Step().status());
        number = free.Int(0);
      }
    }
  }
  // A copied folder brought the events of a segment that was still open; here it is, sealed by its writer.
  // What goes on behind it is in the next one.
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader_.Everything());
  if (everything.HeadOf(name) <= segment.last()) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement open,
        database_->Prepare("DELETE FROM segments WHERE stream = ? AND last IS NULL AND first >= ?"));
    open.Bind(1, stream).Bind(2, static_cast<int64_t>(segment.first));
    AMEIDE_RETURN_IF_ERROR(open.Run());
    // Of what was sealed otherwise before, what it is salted with stays.
    AMEIDE_ASSIGN_OR_RETURN(
        Statement before,
        database_->Prepare("UPDATE segments SET last = ?2 - 1, committed = 1, number ="
                           " (SELECT MIN(0, MIN(number)) - 1 FROM segments WHERE stream = ?1)"
                           " WHERE stream = ?1 AND last IS NULL"));
    before.Bind(1, stream).Bind(2, static_cast<int64_t>(segment.first));
    AMEIDE_RETURN_IF_ERROR(before.Run());
  } else {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement open,
        database_->Prepare("SELECT EXISTS(SELECT 1 FROM segments WHERE stream = ? AND number = ?)"));
    open.Bind(1, stream).Bind(2, number);
    AMEIDE_RETURN_IF_ERROR(open.Step().status());
    if (open.Int(0) != 0) return absl::OkStatus();  // ours is open under this number and longer
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO segments(stream, number, first, last, seed, committed)"
                         " VALUES(?, ?, ?, ?, ?, ?)"));
  const bool own = name == own_ && number > 0;
  const std::string held = SegmentSalts::HeldOf(segment);
  insert.Bind(1, stream).Bind(2, number).Bind(3, static_cast<int64_t>(segment.first));
  insert.Bind(4, static_cast<int64_t>(segment.last())).BindBlob(5, held).Bind(6, own ? 0 : 1);
  return insert.Run();
}

absl::StatusOr<StoredEvent> EventLog::TakeDerived(ChangeSet change_set) {
  const StreamId name = change_set.id.stream;
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(name));
  const EventId id = change_set.id;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  AMEIDE_ASSIGN_OR_RETURN(StoredEvent event, Received(std::move(change_set), id, tails));
  event.key = EventReader::KeyOf(stream, change_set.id.seq);
  event.arrival = ++state_.arrival;
  const Hash256 link = DerivedLink(workspace_, name, event.Canonical());
  AMEIDE_RETURN_IF_ERROR(Insert(event, EncodeBody(event.change_set), link));
  state_.time = std::max(state_.time, event.change_set.time);
  state_.foreign_news = true;
  // A segment of one event that has no file: what it is salted with follows from its name.
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare(
          "INSERT INTO segments(stream, number, first, last, seed, committed) VALUES(?, 1, 1, 1, ?, 1)"));
  const std::string held = SegmentSalts::HeldOfDerived(name);
  insert.Bind(1, stream).BindBlob(2, held);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  return event;
}

absl::StatusOr<std::optional<Segment>> EventLog::OpenSegment(const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT g.number, g.first, g.seed FROM segments g JOIN streams s"
                                             " ON s.id = g.stream WHERE s.name = ? AND g.last IS NULL"));
  query.BindText(1, stream.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<Segment>();
  AMEIDE_ASSIGN_OR_RETURN(Segment segment,
                          Compose(stream, static_cast<uint64_t>(query.Int(0)),
                                  static_cast<uint64_t>(query.Int(1)), kLastSeq, query.Blob(2)));
  if (segment.events.empty()) return std::optional<Segment>();
  return std::optional<Segment>(std::move(segment));
}

absl::StatusOr<Segment> EventLog::Compose(const StreamId& stream, uint64_t number, uint64_t first,
                                          uint64_t last, std::string_view seed) {
  Segment segment;
  segment.workspace = workspace_;
  segment.stream = WrittenAs(stream);
  segment.number = number;
  segment.first = first;
  segment.seed = seed;
  segment.previous = FirstLink(workspace_, segment.stream);
  if (first > 1) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId before, reader_.Along(stream, first - 1));
    AMEIDE_ASSIGN_OR_RETURN(segment.previous, reader_.LinkOf(before));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, reader_.OfChain(stream, first, last));
  for (const StoredEvent& event : events) {
    segment.events.push_back(event.Canonical());
    // Whoever lacks the commit that a parent was derived from cannot derive it.
    for (const EventReference& parent : event.change_set.parents) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, reader_.Find(parent.id));
      if (known && IsDerived(known->change_set)) segment.carried.push_back(known->Canonical());
    }
  }
  return segment;
}

absl::Status EventLog::MarkSealed(const Segment& segment, const StreamId& name) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(name));
  AMEIDE_ASSIGN_OR_RETURN(Statement update,
                          database_->Prepare("UPDATE segments SET last = ? WHERE stream = ? AND number = ?"));
  update.Bind(1, static_cast<int64_t>(segment.last()))
      .Bind(2, stream)
      .Bind(3, static_cast<int64_t>(segment.number));
  AMEIDE_RETURN_IF_ERROR(update.Run());
  if (name == own_) state_.seed.clear();
  return absl::OkStatus();
}

}  // namespace ameide::uaf
