#include "uaf/store/event_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"

namespace ameide::uaf {
namespace {

constexpr size_t kSeedSize = 32;

}  // namespace

absl::StatusOr<std::unique_ptr<EventLog>> EventLog::Open(Database* database, std::string workspace,
                                                         StreamId own, Random* random) {
  auto log = std::unique_ptr<EventLog>(new EventLog(database, std::move(workspace), std::move(own), random));
  AMEIDE_ASSIGN_OR_RETURN(
      log->insert_, database->Prepare("INSERT INTO events(key, artifact, micros, counter, wall, arrival,"
                                      " canonical, link) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  AMEIDE_ASSIGN_OR_RETURN(log->insert_key_,
                          database->Prepare("INSERT INTO idempotency(key, event) VALUES(?, ?)"));
  AMEIDE_RETURN_IF_ERROR(log->LoadState());
  return log;
}

absl::Status EventLog::LoadState() {
  state_ = State{};
  state_.link = FirstLink(workspace_, own_);
  AMEIDE_ASSIGN_OR_RETURN(Statement newest,
                          database_->Prepare("SELECT micros, counter FROM events"
                                             " ORDER BY micros DESC, counter DESC LIMIT 1"));
  AMEIDE_ASSIGN_OR_RETURN(const bool any, newest.Step());
  if (any) state_.time = {static_cast<uint64_t>(newest.Int(0)), static_cast<uint64_t>(newest.Int(1))};
  AMEIDE_ASSIGN_OR_RETURN(Statement arrival,
                          database_->Prepare("SELECT COALESCE(MAX(arrival), 0) FROM events"));
  AMEIDE_RETURN_IF_ERROR(arrival.Step().status());
  state_.arrival = arrival.Int(0);
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader_.Current());
  if (const auto own = cut.heads.find(own_); own != cut.heads.end()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> head, reader_.Find({own_, own->second}));
    state_.seq = own->second;
    state_.link = head->link;
    state_.own_arrival = head->arrival;
  }
  state_.foreign_news = state_.own_arrival < state_.arrival;
  AMEIDE_ASSIGN_OR_RETURN(Statement open,
                          database_->Prepare("SELECT g.seed FROM segments g JOIN streams s ON s.id = g.stream"
                                             " WHERE s.name = ? AND g.last IS NULL"));
  open.BindText(1, own_.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool is_open, open.Step());
  if (is_open) state_.seed = open.Blob(0);
  at_begin_ = state_;
  return absl::OkStatus();
}

absl::Status EventLog::Begin() {
  at_begin_ = state_;
  return database_->Execute("BEGIN IMMEDIATE");
}

absl::Status EventLog::Commit() { return database_->Execute("COMMIT"); }

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
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader_.Current());
  for (const auto& [stream, seq] : cut.heads) {
    if (stream == own_) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> head, reader_.Find({stream, seq}));
    if (head->arrival > state_.own_arrival) heads.push_back({head->change_set.id, head->link});
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

absl::Status EventLog::Insert(const StoredEvent& event) {
  const ChangeSet& change_set = event.change_set;
  AMEIDE_ASSIGN_OR_RETURN(const int64_t artifact, InternArtifact(change_set.artifact));
  insert_->Bind(1, event.key).Bind(2, artifact).Bind(3, static_cast<int64_t>(change_set.time.micros));
  insert_->Bind(4, static_cast<int64_t>(change_set.time.counter));
  insert_->Bind(5, change_set.wall_time.time_since_epoch().count()).Bind(6, event.arrival);
  insert_->BindBlob(7, event.canonical).BindBlob(8, event.link.view());
  return insert_->Run();
}

absl::StatusOr<StoredEvent> EventLog::Append(ChangeSet change_set, std::string_view idempotency_key) {
  AMEIDE_ASSIGN_OR_RETURN(change_set.parents, NewHeads());
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(own_));
  if (state_.seed.empty()) AMEIDE_RETURN_IF_ERROR(OpenOwnSegment());
  StoredEvent event;
  event.canonical = EncodeChangeSet(change_set);
  event.key = EventReader::KeyOf(stream, change_set.id.seq);
  event.arrival = state_.arrival + 1;
  event.link = NextLink(state_.link, PayloadHash(SaltOf(state_.seed, change_set.id.seq), event.canonical));
  event.change_set = std::move(change_set);
  AMEIDE_RETURN_IF_ERROR(Insert(event));
  if (!idempotency_key.empty()) {
    insert_key_->BindText(1, idempotency_key).Bind(2, event.key);
    AMEIDE_RETURN_IF_ERROR(insert_key_->Run());
  }
  state_.seq = event.change_set.id.seq;
  state_.time = event.change_set.time;
  state_.link = event.link;
  state_.arrival = state_.own_arrival = event.arrival;
  state_.foreign_news = false;
  return event;
}

absl::StatusOr<std::optional<StoredEvent>> EventLog::FindByIdempotencyKey(std::string_view key) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT event FROM idempotency WHERE key = ?"));
  query.BindText(1, key);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const EventId id, reader_.IdOf(query.Int(0)));
  return reader_.Find(id);
}

absl::StatusOr<EventLog::StreamHead> EventLog::HeadOf(const StreamId& stream) {
  StreamHead head;
  head.link = FirstLink(workspace_, stream);
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader_.Current());
  if (const auto found = cut.heads.find(stream); found != cut.heads.end()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, reader_.Find({stream, found->second}));
    head.seq = found->second;
    head.link = event->link;
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database_->Prepare("SELECT COALESCE(MAX(g.number), 0) FROM segments g JOIN streams s"
                                          " ON s.id = g.stream WHERE s.name = ? AND g.last IS NOT NULL"));
  query.BindText(1, stream.name);
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  head.segments = static_cast<uint64_t>(query.Int(0));
  return head;
}

absl::StatusOr<std::vector<StoredEvent>> EventLog::Take(const Segment& segment) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(segment.stream));
  const std::vector<Hash256> links = LinksOf(segment);
  AMEIDE_ASSIGN_OR_RETURN(const StreamHead here, HeadOf(segment.stream));
  std::vector<StoredEvent> taken;
  for (size_t i = 0; i < segment.events.size(); ++i) {
    if (segment.first + i <= here.seq) continue;
    StoredEvent event;
    event.foreign = true;
    event.canonical = segment.events[i];
    AMEIDE_ASSIGN_OR_RETURN(event.change_set, DecodeChangeSet(event.canonical));
    const EventId id{segment.stream, segment.first + i};
    if (event.change_set.id != id) {
      return absl::DataLossError(
          absl::StrCat("it holds event ", FormatId(event.change_set.id), " in the place of ", FormatId(id)));
    }
    event.key = EventReader::KeyOf(stream, id.seq);
    event.arrival = ++state_.arrival;
    event.link = links[i];
    AMEIDE_RETURN_IF_ERROR(Insert(event));
    state_.time = std::max(state_.time, event.change_set.time);
    taken.push_back(std::move(event));
  }
  state_.foreign_news = true;
  // A copied folder brought the events of a segment that was still open; here it is, sealed by its writer.
  AMEIDE_ASSIGN_OR_RETURN(Statement open,
                          database_->Prepare("DELETE FROM segments WHERE stream = ? AND last IS NULL"));
  open.Bind(1, stream);
  AMEIDE_RETURN_IF_ERROR(open.Run());
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO segments(stream, number, first, last, seed, committed)"
                         " VALUES(?, ?, ?, ?, ?, ?)"));
  const bool own = segment.stream == own_;
  insert.Bind(1, stream)
      .Bind(2, static_cast<int64_t>(segment.number))
      .Bind(3, static_cast<int64_t>(segment.first));
  insert.Bind(4, static_cast<int64_t>(segment.last())).BindBlob(5, segment.seed).Bind(6, own ? 0 : 1);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  if (own) {
    const State before = at_begin_;
    AMEIDE_RETURN_IF_ERROR(LoadState());
    at_begin_ = before;
  }
  return taken;
}

absl::StatusOr<std::optional<Segment>> EventLog::OpenSegment() {
  if (state_.seed.empty()) return std::optional<Segment>();
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT g.number, g.first FROM segments g JOIN streams s"
                                             " ON s.id = g.stream WHERE s.name = ? AND g.last IS NULL"));
  query.BindText(1, own_.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return absl::DataLossError("the open segment is missing; run `ameide doctor`");
  Segment segment;
  segment.workspace = workspace_;
  segment.stream = own_;
  segment.number = static_cast<uint64_t>(query.Int(0));
  segment.first = static_cast<uint64_t>(query.Int(1));
  segment.seed = state_.seed;
  segment.previous = FirstLink(workspace_, own_);
  if (segment.first > 1) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> before, reader_.Find({own_, segment.first - 1}));
    if (!before)
      return absl::DataLossError("the event before the open segment is missing; run `ameide doctor`");
    segment.previous = before->link;
  }
  AMEIDE_ASSIGN_OR_RETURN(std::vector<StoredEvent> events, reader_.OfStream(own_, segment.first, state_.seq));
  for (StoredEvent& event : events) segment.events.push_back(std::move(event.canonical));
  if (segment.events.empty()) return std::optional<Segment>();
  return std::optional<Segment>(std::move(segment));
}

absl::Status EventLog::MarkSealed(const Segment& segment) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, InternStream(segment.stream));
  AMEIDE_ASSIGN_OR_RETURN(Statement update,
                          database_->Prepare("UPDATE segments SET last = ? WHERE stream = ? AND number = ?"));
  update.Bind(1, static_cast<int64_t>(segment.last()))
      .Bind(2, stream)
      .Bind(3, static_cast<int64_t>(segment.number));
  AMEIDE_RETURN_IF_ERROR(update.Run());
  state_.seed.clear();
  return absl::OkStatus();
}

}  // namespace ameide::uaf
