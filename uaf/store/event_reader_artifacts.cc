// The artifacts that there are, now and at a cut.
#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/store/event_reader.h"

namespace ameide::uaf {
namespace {

WallTime FromMicros(int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }

constexpr char kArtifactColumns[] =
    "SELECT n.name, a.path, a.format, a.kind, a.head, a.events, a.wall, a.author_name, a.author_email, "
    "a.retired,"
    " a.unknown, (COALESCE(w.arrival, 0) < a.arrival OR COALESCE(w.view <> (SELECT CAST(value AS INTEGER)"
    " FROM meta WHERE key = 'view'), 0) OR COALESCE(w.absorbed, '') <> '')"
    // Of several artifacts with one path the first has the file; the others have none.
    " AND NOT EXISTS(SELECT 1 FROM artifacts o JOIN artifact_names m ON m.id = o.id"
    "  WHERE o.path = a.path COLLATE NOCASE AND o.path = a.path AND o.retired = 0 AND m.name < n.name)"
    // Nor has one whose path is a folder of others.
    " AND NOT EXISTS(SELECT 1 FROM artifacts b WHERE b.retired = 0 AND b.path COLLATE NOCASE > a.path || '/'"
    "  AND b.path COLLATE NOCASE < a.path || '0' AND substr(b.path, 1, length(a.path) + 1) = a.path || '/')"
    " FROM artifacts a JOIN "
    "artifact_names n ON n.id = a.id"
    " LEFT JOIN working_files w ON w.artifact = a.id ";

}  // namespace

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

absl::Status EventReader::DescribeAt(const Cut& cut, Artifact& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact.id));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsIn(*number, &cut));
  // Along a stream time grows: its newest event is the last of its last run.
  std::map<int64_t, EventRun> newest;
  for (const EventRun& run : runs) {
    artifact.events += static_cast<uint64_t>(run.last - run.first + 1);
    const auto [known, fresh] = newest.try_emplace(run.stream, run);
    if (!fresh && run.seq > known->second.seq) known->second = run;
  }
  std::optional<ChangeSet> head;
  for (const auto& [stream, run] : newest) {
    AMEIDE_ASSIGN_OR_RETURN(std::optional<StoredEvent> event, FindArrival(run.last));
    if (event && (!head || FoldsBefore(*head, event->change_set))) head = std::move(event->change_set);
  }
  if (!head) return absl::OkStatus();
  artifact.head = head->id;
  artifact.changed = head->wall_time;
  artifact.changed_by = head->author;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Artifact>> EventReader::ArtifactsAt(const Cut& cut) {
  std::vector<StoredEvent> events;
  for (const EventKind kind :
       {EventKind::kArtifactCreated, EventKind::kArtifactRenamed, EventKind::kArtifactRetired}) {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<StoredEvent> more, OfKind(kind, &cut));
    events.insert(events.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  std::sort(events.begin(), events.end(), [](const StoredEvent& a, const StoredEvent& b) {
    return FoldsBefore(a.change_set, b.change_set);
  });
  std::map<ArtifactId, Artifact> known;
  for (const StoredEvent& event : events) {
    Artifact& artifact = known[event.change_set.artifact];
    if (const auto* created = std::get_if<ArtifactCreated>(&event.change_set.body)) {
      if (!artifact.id.name.empty()) continue;
      artifact.id = event.change_set.artifact;
      artifact.path = created->path;
      artifact.format = created->format;
      artifact.kind = created->import.kind;
    } else if (const auto* renamed = std::get_if<ArtifactRenamed>(&event.change_set.body)) {
      artifact.path = renamed->path;
      artifact.retired = false;
    } else if (std::holds_alternative<ArtifactRetired>(event.change_set.body)) {
      artifact.retired = true;
    }
  }
  std::vector<Artifact> artifacts;
  for (auto& [id, artifact] : known) {
    if (artifact.id.name.empty() || artifact.retired) continue;
    AMEIDE_RETURN_IF_ERROR(DescribeAt(cut, artifact));
    artifacts.push_back(std::move(artifact));
  }
  std::sort(artifacts.begin(), artifacts.end(), [](const Artifact& a, const Artifact& b) {
    return std::tie(a.path, a.id) < std::tie(b.path, b.id);
  });
  return artifacts;
}

absl::StatusOr<Artifact> EventReader::FindArtifact(std::string_view path_or_id) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, Artifacts(/*with_retired=*/true));
  const Artifact* found = nullptr;
  for (const Artifact& artifact : artifacts) {
    if (artifact.id.name == path_or_id) return artifact;
    // Of several with one path the first has the file (merge::PathConflicts).
    if (artifact.path == path_or_id && (found == nullptr || (found->retired && !artifact.retired)))
      found = &artifact;
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
  return absl::NotFoundError(
      absl::StrCat("no artifact `", std::string(path_or_id),
                   "`; `ameide status --artifacts` lists them, `ameide import` adds one"));
}

}  // namespace ameide::uaf
