#include "uaf/store/stream_tails.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/merge/causality.h"
#include "uaf/store/event_reader.h"

namespace ameide::uaf {
absl::StatusOr<std::vector<Tail>> TailsOf(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database.Prepare("SELECT s.name, b.name, t.after, t.before, t.first FROM tails t"
                                        " JOIN streams s ON s.id = t.stream JOIN streams b ON b.id = t.base"
                                        " ORDER BY t.stream"));
  std::vector<Tail> tails;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return tails;
    Tail tail;
    tail.stream.name = query.Text(0);
    tail.base.name = query.Text(1);
    tail.after = static_cast<uint64_t>(query.Int(2));
    AMEIDE_ASSIGN_OR_RETURN(tail.before, Hash256::FromBytes(query.Blob(3)));
    AMEIDE_ASSIGN_OR_RETURN(tail.first, Hash256::FromBytes(query.Blob(4)));
    tails.push_back(std::move(tail));
  }
}

absl::StatusOr<std::vector<Tail>> TailMarksOf(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database.Prepare("SELECT s.name, b.name, t.after FROM tail_marks t"
                                        " JOIN streams s ON s.id = t.stream JOIN streams b ON b.id = t.base"
                                        " ORDER BY s.name"));
  std::vector<Tail> marks;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return marks;
    Tail mark;
    mark.stream.name = query.Text(0);
    mark.base.name = query.Text(1);
    mark.after = static_cast<uint64_t>(query.Int(2));
    marks.push_back(std::move(mark));
  }
}

absl::Status StreamTails::NoteMarks(const ChangeSet& written) {
  std::set<StreamId> used;
  for (const EventReference& parent : written.parents) used.insert(parent.id.stream);
  EventBody body = written.body;
  ForEachEventId(body, [&](const EventId& id) { used.insert(id.stream); });
  for (const StreamId& name : used) {
    if (IsTail(name)) AMEIDE_RETURN_IF_ERROR(NoteMark(name));
  }
  return absl::OkStatus();
}

absl::Status StreamTails::NoteMark(const StreamId& name) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Tail> tails, TailsOf(*database_));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> marks, TailMarksOf(*database_));
  for (const std::vector<Tail>& known : {tails, marks}) {
    if (std::any_of(known.begin(), known.end(), [&](const Tail& each) { return each.stream == name; }))
      return absl::OkStatus();
  }
  EventReader reader(database_);
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
  tails.push_back({WrittenAs(name), {}, 0, {}, {}});
  for (const Tail& tail : tails) {
    const uint64_t head = everything.HeadOf(tail.stream);
    if (WrittenAs(tail.stream) != WrittenAs(name) || head <= tail.after) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Hash256> links,
                            reader.LinksOf(tail.stream, tail.after + 1, head));
    const auto first = std::find_if(links.begin(), links.end(),
                                    [&](const Hash256& link) { return IsNamedAfter(name, link); });
    if (first == links.end()) continue;
    AMEIDE_ASSIGN_OR_RETURN(Statement intern,
                            database_->Prepare("INSERT OR IGNORE INTO streams(name) VALUES(?)"));
    intern.BindText(1, name.name);
    AMEIDE_RETURN_IF_ERROR(intern.Run());
    AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, StreamNumber(name));
    AMEIDE_ASSIGN_OR_RETURN(const int64_t base, StreamNumber(tail.stream));
    AMEIDE_ASSIGN_OR_RETURN(
        Statement insert, database_->Prepare("INSERT INTO tail_marks(stream, base, after) VALUES(?, ?, ?)"));
    insert.Bind(1, stream).Bind(2, base);
    insert.Bind(3, static_cast<int64_t>(tail.after) + (first - links.begin()));
    return insert.Run();
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> StreamTails::StreamNumber(const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT id FROM streams WHERE name = ?"));
  query.BindText(1, stream.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return absl::NotFoundError(absl::StrCat("the store names no stream ", stream.name));
  return query.Int(0);
}

absl::Status StreamTails::Add(const Tail& tail) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, StreamNumber(tail.stream));
  AMEIDE_ASSIGN_OR_RETURN(const int64_t base, StreamNumber(tail.base));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO tails(stream, base, after, before, first) VALUES(?, ?, ?, ?, ?)"));
  insert.Bind(1, stream).Bind(2, base).Bind(3, static_cast<int64_t>(tail.after));
  insert.BindBlob(4, tail.before.view()).BindBlob(5, tail.first.view());
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  AMEIDE_ASSIGN_OR_RETURN(Statement mark, database_->Prepare("DELETE FROM tail_marks WHERE stream = ?"));
  mark.Bind(1, stream);
  return mark.Run();
}

absl::StatusOr<int64_t> StreamTails::NamesOf(const EventId& id, Cut past, const ChangeSet& written) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> marks, TailMarksOf(*database_));
  if (tails.empty() && marks.empty()) return 0;
  EventReader reader(database_);
  bool parents_differ = false;
  for (const EventReference& parent : written.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId meant, reader.Resolve(parent));
    parents_differ |= meant != parent.id;
  }
  // What it names with its hash, its writer had, too.
  for (const EventReference& reference : ReferencesIn(written.body)) {
    const absl::StatusOr<EventId> meant = reader.Resolve(reference);
    if (!meant.ok() && !absl::IsNotFound(meant.status())) return meant.status();
    if (!meant.ok()) continue;
    uint64_t& head = past.heads[meant->stream];
    head = std::max(head, meant->seq);
  }
  CloseOverTails(tails, past);
  // A tail's own events are on no other one, whatever anybody claims.
  StreamId stream = id.stream;
  for (auto tail = tails.begin(); tail != tails.end();) {
    if (tail->stream != stream) {
      ++tail;
      continue;
    }
    uint64_t& head = past.heads[tail->base];
    head = std::min(head, tail->after);
    stream = tail->base;
    tail = tails.begin();
  }
  AMEIDE_ASSIGN_OR_RETURN(const int64_t names, NumberOf(NamesWithin(tails, marks, past)));
  return names == 0 && parents_differ ? kParentsOnly : names;
}

absl::StatusOr<int64_t> StreamTails::NumberOf(const SaidNames& names) {
  if (names.empty()) return 0;
  // There are few lists: as many as there are ways to have seen forks.
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT DISTINCT id FROM said_names"));
  int64_t newest = 0;
  std::vector<int64_t> known;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    known.push_back(query.Int(0));
    newest = std::max(newest, query.Int(0));
  }
  for (const int64_t number : known) {
    AMEIDE_ASSIGN_OR_RETURN(const SaidNames* same, rows_->names().Names(number));
    if (*same == names) return number;
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO said_names(id, said, after, meant) VALUES(?, ?, ?, ?)"));
  for (const SaidName& name : names) {
    AMEIDE_ASSIGN_OR_RETURN(const int64_t said, StreamNumber(name.said));
    AMEIDE_ASSIGN_OR_RETURN(const int64_t meant, StreamNumber(name.meant));
    insert.Bind(1, newest + 1).Bind(2, said).Bind(3, static_cast<int64_t>(name.after)).Bind(4, meant);
    AMEIDE_RETURN_IF_ERROR(insert.Run());
  }
  return newest + 1;
}

absl::Status StreamTails::Rename(const Tail& tail) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t base, StreamNumber(tail.base));
  AMEIDE_ASSIGN_OR_RETURN(const int64_t stream, StreamNumber(tail.stream));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> taken, rows_->RunsOfStream(stream));
  if (!taken.empty()) {
    return absl::DataLossError(
        absl::StrCat("the store has a stream ", tail.stream.name, " already; run `ameide doctor --rebuild`"));
  }
  AMEIDE_RETURN_IF_ERROR(MoveEvents(tail, base, stream));
  AMEIDE_RETURN_IF_ERROR(MoveNotes(tail, base, stream));
  for (const std::string_view sql : {"UPDATE tails SET base = ? WHERE base = ? AND after > ?",
                                     "UPDATE tail_marks SET base = ? WHERE base = ? AND after > ?"}) {
    AMEIDE_ASSIGN_OR_RETURN(Statement bases, database_->Prepare(sql));
    bases.Bind(1, stream).Bind(2, base).Bind(3, static_cast<int64_t>(tail.after));
    AMEIDE_RETURN_IF_ERROR(bases.Run());
  }
  AMEIDE_RETURN_IF_ERROR(Add(tail));
  rows_->Forget();
  return NameAnew();
}

absl::Status StreamTails::MoveEvents(const Tail& tail, int64_t base, int64_t stream) {
  const auto after = static_cast<int64_t>(tail.after);
  AMEIDE_RETURN_IF_ERROR(rows_->DivideAt(base, tail.after + 1));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement runs, database_->Prepare("UPDATE event_runs SET stream = ? WHERE stream = ? AND seq > ?"));
  runs.Bind(1, stream).Bind(2, base).Bind(3, after);
  AMEIDE_RETURN_IF_ERROR(runs.Run());
  AMEIDE_ASSIGN_OR_RETURN(Statement parents,
                          database_->Prepare("UPDATE event_parents SET stream = ?1, said = COALESCE(said, ?2)"
                                             " WHERE stream = ?2 AND seq > ?3"));
  parents.Bind(1, stream).Bind(2, base).Bind(3, after);
  AMEIDE_RETURN_IF_ERROR(parents.Run());
  if (tail.after == 0) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> first, rows_->RunWith(stream, tail.after + 1));
  if (!first) return absl::DataLossError(absl::StrCat("the store lacks the tail ", tail.stream.name));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement before,
      database_->Prepare("INSERT INTO event_parents(event, position, stream, seq, hash, said)"
                         " VALUES(?, -1, ?, ?, ?, 0)"));
  before.Bind(1, first->ArrivalOf(tail.after + 1)).Bind(2, base).Bind(3, after);
  before.BindBlob(4, tail.before.view());
  return before.Run();
}

absl::Status StreamTails::MoveNotes(const Tail& tail, int64_t base, int64_t stream) {
  const auto after = static_cast<int64_t>(tail.after);
  const auto run = [&](std::string_view sql) -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(Statement statement, database_->Prepare(sql));
    statement.Bind(1, stream).Bind(2, base).Bind(3, after);
    return statement.Run();
  };
  AMEIDE_RETURN_IF_ERROR(
      run("UPDATE segments SET stream = ?1 WHERE stream = ?2 AND (last IS NULL OR last > ?3)"));
  // What a commit or a view has of the tail, it has of what that goes on from.
  AMEIDE_RETURN_IF_ERROR(run("UPDATE commits SET stream = ?1 WHERE stream = ?2 AND last > ?3"));
  AMEIDE_RETURN_IF_ERROR(run("UPDATE followed_heads SET stream = ?1 WHERE stream = ?2 AND last > ?3"));
  AMEIDE_RETURN_IF_ERROR(
      run("INSERT INTO views(id, stream, last) SELECT id, ?1, CASE WHEN last > ?3 THEN last ELSE 0 END"
          " FROM views WHERE stream = ?2"));
  AMEIDE_RETURN_IF_ERROR(run("UPDATE views SET last = ?3 WHERE stream = ?2 AND last > ?3 AND ?1 = ?1"));
  // Segments that were passed over as known may be the ones of what keeps the name.
  AMEIDE_ASSIGN_OR_RETURN(Statement files, database_->Prepare("DELETE FROM log_files"));
  AMEIDE_RETURN_IF_ERROR(files.Run());
  return run(
      "UPDATE holds SET stream = ?1, first = (?1 << 40) | (first & ((1 << 40) - 1))"
      " WHERE stream = ?2 AND (first & ((1 << 40) - 1)) > ?3");
}

absl::Status StreamTails::NameAnew() {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  // Events from which on more has been seen, in the order in which they came: those with parents, those that
  // record a cut, and the first ones of tails.
  std::map<int64_t, std::vector<EventReference>> turns;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRows::Parents> all, rows_->AllParents());
  merge::Causality causality;
  for (const EventRows::Parents& each : all) {
    causality.Add(each.event, each.parents);
    AMEIDE_ASSIGN_OR_RETURN(const int64_t number, StreamNumber(each.event.stream));
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, rows_->RunWith(number, each.event.seq));
    if (run) turns[run->ArrivalOf(each.event.seq)];
  }
  for (const Tail& tail : tails) {
    AMEIDE_ASSIGN_OR_RETURN(const int64_t number, StreamNumber(tail.stream));
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, rows_->RunWith(number, tail.after + 1));
    if (run) turns[run->ArrivalOf(tail.after + 1)];
  }
  {
    AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT arrival FROM lifecycle_events"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      turns[query.Int(0)];
    }
  }
  struct Step {
    uint64_t seq = 0;
    int64_t names = 0;
  };
  std::map<int64_t, std::vector<Step>> steps;
  for (auto& [arrival, unused] : turns) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, rows_->RunAt(arrival));
    if (!run) return absl::DataLossError("the store lacks an event that it lists; run `ameide doctor`");
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_->names().Stream(run->stream));
    const EventId id{*stream, run->SeqAt(arrival)};
    AMEIDE_ASSIGN_OR_RETURN(const ChangeSet written, rows_->WrittenAt(*run, arrival));
    AMEIDE_ASSIGN_OR_RETURN(const int64_t names, NamesOf(id, causality.PastOf(id), written));
    steps[run->stream].push_back({id.seq, names});
  }
  for (auto& [stream, changes] : steps) {
    std::sort(changes.begin(), changes.end(), [](const Step& a, const Step& b) { return a.seq < b.seq; });
    for (const Step& change : changes) AMEIDE_RETURN_IF_ERROR(rows_->DivideAt(stream, change.seq));
    AMEIDE_ASSIGN_OR_RETURN(
        Statement set,
        database_->Prepare("UPDATE event_runs SET names = ?1 WHERE stream = ?2 AND seq >= ?3"));
    for (const Step& change : changes) {
      set.Bind(1, change.names).Bind(2, stream).Bind(3, static_cast<int64_t>(change.seq));
      AMEIDE_RETURN_IF_ERROR(set.Run());
    }
  }
  rows_->Forget();
  return absl::OkStatus();
}

}  // namespace ameide::uaf
