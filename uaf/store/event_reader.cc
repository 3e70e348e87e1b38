#include "uaf/store/event_reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

constexpr char kEventColumns[] = "key, arrival, link, canonical";

WallTime FromMicros(int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }
int64_t ToMicros(WallTime time) { return time.time_since_epoch().count(); }

/// `text` as a LIKE pattern for "begins with".
std::string BeginsWith(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

constexpr char kArtifactColumns[] =
    "SELECT n.name, a.path, a.format, a.kind, a.head, a.events, a.wall, a.author_name, a.author_email, "
    "a.retired,"
    " a.unknown, COALESCE(w.arrival, 0) < a.arrival FROM artifacts a JOIN artifact_names n ON n.id = a.id"
    " LEFT JOIN working_files w ON w.artifact = a.id ";

}  // namespace

bool FoldsBefore(const ChangeSet& a, const ChangeSet& b) {
  return std::tie(a.time, a.id.stream, a.id.seq) < std::tie(b.time, b.id.stream, b.id.seq);
}

absl::StatusOr<StoredEvent> EventReader::Row(const Statement& row) {
  StoredEvent event;
  event.key = row.Int(0);
  event.arrival = row.Int(1);
  AMEIDE_ASSIGN_OR_RETURN(event.link, Hash256::FromBytes(row.Blob(2)));
  event.canonical = row.Blob(3);
  AMEIDE_ASSIGN_OR_RETURN(event.change_set, DecodeChangeSet(event.canonical));
  return event;
}

absl::StatusOr<EventId> EventReader::IdOf(int64_t key) {
  const int64_t number = StreamOf(key);
  if (const auto known = streams_.find(number); known != streams_.end())
    return EventId{known->second, SeqOf(key)};
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT name FROM streams WHERE id = ?"));
  query.Bind(1, number);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found)
    return absl::DataLossError(absl::StrCat("the store names no stream ", number, "; run `ameide doctor`"));
  const StreamId stream{std::string(query.Text(0))};
  streams_.emplace(number, stream);
  return EventId{stream, SeqOf(key)};
}

absl::StatusOr<std::optional<int64_t>> EventReader::StreamNumber(const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT id FROM streams WHERE name = ?"));
  query.BindText(1, stream.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<int64_t>(query.Int(0)) : std::nullopt;
}

absl::StatusOr<std::optional<int64_t>> EventReader::ArtifactNumber(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT id FROM artifact_names WHERE name = ?"));
  query.BindText(1, artifact.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<int64_t>(query.Int(0)) : std::nullopt;
}

absl::StatusOr<std::optional<StoredEvent>> EventReader::Find(const EventId& id) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(id.stream));
  if (!number || id.seq >= (uint64_t{1} << 40)) return std::optional<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare(absl::StrCat("SELECT ", kEventColumns,
                                                                           " FROM events WHERE key = ?")));
  query.Bind(1, KeyOf(*number, id.seq));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(StoredEvent event, Row(query));
  return std::optional<StoredEvent>(std::move(event));
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::InFoldOrder(Statement query, const Cut* cut) {
  std::vector<StoredEvent> events;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    if (cut != nullptr) {
      AMEIDE_ASSIGN_OR_RETURN(const EventId id, IdOf(query.Int(0)));
      if (!cut->Covers(id)) continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(StoredEvent event, Row(query));
    events.push_back(std::move(event));
  }
  // The index ends ties of time by row; folding ends them by the stream's name.
  std::stable_sort(events.begin(), events.end(), [](const StoredEvent& a, const StoredEvent& b) {
    return FoldsBefore(a.change_set, b.change_set);
  });
  return events;
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifact(const ArtifactId& artifact, const Cut* cut,
                                                                 int64_t last_arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare(absl::StrCat("SELECT ", kEventColumns,
                                                          " FROM events WHERE artifact = ? AND arrival <= ?"
                                                          " ORDER BY micros, counter")));
  query.Bind(1, *number).Bind(2, last_arrival);
  return InFoldOrder(std::move(query), cut);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifactAfter(const ArtifactId& artifact,
                                                                      const HybridTime& time,
                                                                      const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare(absl::StrCat(
                                               "SELECT ", kEventColumns,
                                               " FROM events WHERE artifact = ? AND"
                                               " (micros, counter) > (?, ?) ORDER BY micros, counter")));
  query.Bind(1, *number)
      .Bind(2, static_cast<int64_t>(time.micros))
      .Bind(3, static_cast<int64_t>(time.counter));
  return InFoldOrder(std::move(query), cut);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::NewestOfArtifact(const ArtifactId& artifact,
                                                                       const StreamId& stream, size_t limit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> stream_number, StreamNumber(stream));
  if (!number || !stream_number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare(absl::StrCat("SELECT ", kEventColumns,
                                                          " FROM events WHERE artifact = ? AND key >> 40 = ?"
                                                          " ORDER BY micros DESC, counter DESC LIMIT ?")));
  query.Bind(1, *number).Bind(2, *stream_number).Bind(3, static_cast<int64_t>(limit));
  return InFoldOrder(std::move(query), nullptr);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfStream(const StreamId& stream, uint64_t first,
                                                               uint64_t last) {
  std::vector<StoredEvent> events;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(stream));
  if (!number) return events;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database_->Prepare(absl::StrCat(
                           "SELECT ", kEventColumns, " FROM events WHERE key BETWEEN ? AND ? ORDER BY key")));
  query.Bind(1, KeyOf(*number, first)).Bind(2, KeyOf(*number, last));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return events;
    AMEIDE_ASSIGN_OR_RETURN(StoredEvent event, Row(query));
    events.push_back(std::move(event));
  }
}

absl::StatusOr<Cut> EventReader::Current() {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT s.name, (SELECT MAX(key) FROM events WHERE key BETWEEN s.id << 40 AND"
                         " ((s.id + 1) << 40) - 1) FROM streams s"));
  Cut cut;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return cut;
    if (!query.IsNull(1)) cut.heads[StreamId{std::string(query.Text(0))}] = SeqOf(query.Int(1));
  }
}

absl::StatusOr<Cut> EventReader::AsOf(WallTime time) {
  AMEIDE_ASSIGN_OR_RETURN(Cut cut, Current());
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT MIN(key) FROM events WHERE key BETWEEN ? AND ? AND wall > ?"));
  for (auto head = cut.heads.begin(); head != cut.heads.end();) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(head->first));
    query.Bind(1, KeyOf(*number, 1)).Bind(2, KeyOf(*number, head->second)).Bind(3, ToMicros(time));
    AMEIDE_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (row && !query.IsNull(0)) head->second = SeqOf(query.Int(0)) - 1;
    query.Reset();
    head = head->second == 0 ? cut.heads.erase(head) : std::next(head);
  }
  return cut;
}

absl::StatusOr<Cut> EventReader::UpTo(const ChangeSet& event) {
  AMEIDE_ASSIGN_OR_RETURN(Cut cut, Current());
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT MAX(key) FROM events WHERE key BETWEEN ? AND ? AND"
                                             " (micros < ?3 OR (micros = ?3 AND counter < ?4 + ?5))"));
  for (auto head = cut.heads.begin(); head != cut.heads.end();) {
    if (head->first == event.id.stream) {
      head->second = event.id.seq;
    } else {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(head->first));
      const int64_t ties = head->first < event.id.stream ? 1 : 0;
      query.Bind(1, KeyOf(*number, 1)).Bind(2, KeyOf(*number, head->second));
      query.Bind(3, static_cast<int64_t>(event.time.micros))
          .Bind(4, static_cast<int64_t>(event.time.counter));
      query.Bind(5, ties);
      AMEIDE_ASSIGN_OR_RETURN(const bool row, query.Step());
      head->second = row && !query.IsNull(0) ? SeqOf(query.Int(0)) : 0;
      query.Reset();
    }
    head = head->second == 0 ? cut.heads.erase(head) : std::next(head);
  }
  return cut;
}

absl::StatusOr<std::optional<Cut>> EventReader::OfCommit(std::string_view commit) {
  if (commit.size() < 4) return std::optional<Cut>();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT c.id, s.name, c.last FROM commits c JOIN streams s ON s.id = c.stream"
                         " WHERE c.id LIKE ? ESCAPE '\\'"));
  const std::string pattern = BeginsWith(absl::AsciiStrToLower(std::string(commit)));
  query.BindText(1, pattern);
  std::string id;
  Cut cut;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    if (!id.empty() && id != query.Text(0)) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", std::string(commit), "` begins more than one commit; give more digits"));
    }
    id = query.Text(0);
    cut.heads[StreamId{std::string(query.Text(1))}] = static_cast<uint64_t>(query.Int(2));
  }
  if (id.empty()) return std::optional<Cut>();
  return std::optional<Cut>(std::move(cut));
}

absl::StatusOr<std::optional<uint64_t>> EventReader::SegmentEnd(const StreamId& stream, uint64_t number) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT g.last FROM segments g JOIN streams s ON s.id = g.stream"
                                             " WHERE s.name = ? AND g.number = ? AND g.last IS NOT NULL"));
  query.BindText(1, stream.name).Bind(2, static_cast<int64_t>(number));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<uint64_t>(static_cast<uint64_t>(query.Int(0))) : std::nullopt;
}

absl::StatusOr<StreamId> EventReader::FindStream(std::string_view beginning) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(
          "SELECT name FROM streams WHERE name LIKE ? ESCAPE '\\' ORDER BY length(name) LIMIT 2"));
  const std::string pattern = BeginsWith(beginning);
  query.BindText(1, pattern);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found)
    return absl::NotFoundError(absl::StrCat("no stream begins with `", std::string(beginning), "`"));
  StreamId stream{std::string(query.Text(0))};
  if (stream.name == beginning) return stream;
  AMEIDE_ASSIGN_OR_RETURN(const bool second, query.Step());
  if (second) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", std::string(beginning), "` begins more than one stream; give more digits"));
  }
  return stream;
}

absl::StatusOr<std::optional<std::string>> EventReader::Meta(std::string_view key) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT value FROM meta WHERE key = ?"));
  query.BindText(1, key);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<std::string>(query.Text(0)) : std::nullopt;
}

absl::StatusOr<Artifact> EventReader::ArtifactRow(const Statement& row) {
  Artifact artifact;
  artifact.id.name = row.Text(0);
  artifact.path = row.Text(1);
  artifact.format = row.Text(2);
  artifact.kind = static_cast<document::TreeKind>(row.Int(3));
  AMEIDE_ASSIGN_OR_RETURN(artifact.head, IdOf(row.Int(4)));
  artifact.events = static_cast<uint64_t>(row.Int(5));
  artifact.changed = FromMicros(row.Int(6));
  artifact.changed_by = Author{std::string(row.Text(7)), std::string(row.Text(8))};
  artifact.retired = row.Int(9) != 0;
  artifact.read_only_because = row.Text(10);
  artifact.pending_write = row.Int(11) != 0;
  return artifact;
}

absl::StatusOr<Artifact> EventReader::GetArtifact(const ArtifactId& artifact) {
  if (!get_artifact_) {
    AMEIDE_ASSIGN_OR_RETURN(get_artifact_,
                            database_->Prepare(absl::StrCat(kArtifactColumns, "WHERE n.name = ?")));
  }
  get_artifact_->BindText(1, artifact.name);
  absl::StatusOr<bool> found = get_artifact_->Step();
  absl::StatusOr<Artifact> result = absl::NotFoundError(absl::StrCat("no artifact ", artifact.name));
  if (!found.ok()) {
    result = found.status();
  } else if (*found) {
    result = ArtifactRow(*get_artifact_);
  }
  get_artifact_->Reset();
  return result;
}

absl::StatusOr<std::vector<Artifact>> EventReader::Artifacts(bool with_retired) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare(absl::StrCat(
                                               kArtifactColumns, with_retired ? "" : "WHERE a.retired = 0",
                                               " ORDER BY a.path, n.name")));
  std::vector<Artifact> artifacts;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return artifacts;
    AMEIDE_ASSIGN_OR_RETURN(Artifact artifact, ArtifactRow(query));
    artifacts.push_back(std::move(artifact));
  }
}

absl::StatusOr<Artifact> EventReader::FindArtifact(std::string_view path_or_id) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, Artifacts(/*with_retired=*/true));
  const Artifact* found = nullptr;
  for (const Artifact& artifact : artifacts) {
    if (artifact.id.name == path_or_id) return artifact;
    if (artifact.path == path_or_id && (found == nullptr || !artifact.retired)) found = &artifact;
  }
  if (found != nullptr) return *found;
  constexpr size_t kShortest = 6;
  if (path_or_id.size() >= kShortest) {
    for (const Artifact& artifact : artifacts) {
      if (!artifact.id.name.starts_with(path_or_id)) continue;
      if (found != nullptr) {
        return absl::InvalidArgumentError(absl::StrCat(
            "`", std::string(path_or_id), "` begins the ids of more than one artifact; give more digits"));
      }
      found = &artifact;
    }
  }
  if (found != nullptr) return *found;
  return absl::NotFoundError(absl::StrCat("no artifact `", std::string(path_or_id),
                                          "`; `ameide status` lists them, `ameide import` adds one"));
}

absl::StatusOr<ChangeSetSummary> EventReader::Summary(const Statement& row) {
  AMEIDE_ASSIGN_OR_RETURN(const ChangeSet change_set, DecodeChangeSet(row.Blob(0)));
  ChangeSetSummary summary;
  summary.id = change_set.id;
  summary.artifact = change_set.artifact;
  summary.kind = change_set.kind;
  summary.label = change_set.label;
  summary.author = change_set.author;
  summary.tool = change_set.tool;
  summary.time = change_set.wall_time;
  summary.path = row.Text(1);
  summary.sealed = row.Int(2) != 0;
  summary.commit = row.Text(3);
  return summary;
}

absl::StatusOr<std::vector<ChangeSetSummary>> EventReader::Log(const LogQuery& query) {
  std::string sql =
      "SELECT e.canonical, COALESCE(a.path, ''),"
      " EXISTS(SELECT 1 FROM segments g WHERE g.stream = e.key >> 40 AND g.last >= (e.key & 0xffffffffff)),"
      " COALESCE((SELECT c.id FROM commits c WHERE c.stream = e.key >> 40 AND c.last >= (e.key & "
      "0xffffffffff)"
      "  ORDER BY c.last, c.number LIMIT 1), '')"
      " FROM events e LEFT JOIN artifacts a ON a.id = e.artifact WHERE 1";
  int64_t artifact = 0;
  if (query.artifact) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(*query.artifact));
    if (!number) return std::vector<ChangeSetSummary>();
    artifact = *number;
    absl::StrAppend(&sql, " AND e.artifact = ", artifact);
  } else if (!query.workspace_events) {
    absl::StrAppend(&sql, " AND a.id IS NOT NULL");
  }
  if (query.since) absl::StrAppend(&sql, " AND e.wall >= ", ToMicros(*query.since));
  if (query.until) absl::StrAppend(&sql, " AND e.wall < ", ToMicros(*query.until));
  std::optional<StoredEvent> after;
  if (query.after) {
    AMEIDE_ASSIGN_OR_RETURN(after, Find(*query.after));
    if (!after) return absl::NotFoundError(absl::StrCat("no event ", FormatId(*query.after)));
    absl::StrAppend(&sql, " AND (e.micros, e.counter) <= (", after->change_set.time.micros, ",",
                    after->change_set.time.counter, ")");
  }
  absl::StrAppend(&sql, " ORDER BY e.micros DESC, e.counter DESC, e.key DESC");
  AMEIDE_ASSIGN_OR_RETURN(Statement statement, database_->Prepare(sql));
  const std::string wanted = absl::AsciiStrToLower(query.author);
  std::vector<ChangeSetSummary> lines;
  bool behind = !after;
  while (lines.size() < query.limit) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) break;
    AMEIDE_ASSIGN_OR_RETURN(ChangeSetSummary line, Summary(statement));
    if (!behind) {
      behind = line.id == after->change_set.id;
      continue;
    }
    if (!wanted.empty() && !absl::StrContains(absl::AsciiStrToLower(line.author.name), wanted) &&
        !absl::StrContains(absl::AsciiStrToLower(line.author.email), wanted)) {
      continue;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace ameide::uaf
