#include "uaf/store/projections.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/merge/merge.h"
#include "uaf/store/fold.h"
#include "uaf/store/lifecycle_log.h"
#include "uaf/store/pending.h"
#include "uaf/store/schema.h"

namespace ameide::uaf {
namespace {

/// Takes an event that folds behind all before it into account.
void ApplyNewest(const StoredEvent& event, ArtifactState& state) {
  const ChangeSet& change_set = event.change_set;
  if (const auto* created = std::get_if<ArtifactCreated>(&change_set.body)) {
    if (!state.exists) {
      state.path = created->path;
      state.format = created->format;
      state.kind = created->import.kind;
    }
    state.exists = true;
  } else if (const auto* renamed = std::get_if<ArtifactRenamed>(&change_set.body)) {
    state.path = renamed->path;
    state.retired = false;
  } else if (std::holds_alternative<ArtifactRetired>(change_set.body)) {
    state.retired = true;
  } else if (state.unknown.empty()) {
    state.unknown = merge::WhyUnknown(change_set);
  }
  for (const document::Op& op : OpsOf(change_set.body)) {
    if (const auto* import = std::get_if<document::ImportOp>(&op)) state.kind = import->kind;
  }
  state.head = change_set.id;
  state.head_key = event.key;
  state.time = change_set.time;
  ++state.events;
  state.changed = change_set.wall_time;
  state.changed_by = change_set.author;
  state.arrival = std::max(state.arrival, event.arrival);
}

/// Why an artifact is read-only while events of it are held; empty.
absl::StatusOr<std::string> WhyHeld(EventReader& reader, const EventGraph& graph,
                                    const ArtifactId& artifact) {
  if (graph.holds().empty()) return std::string();
  AMEIDE_ASSIGN_OR_RETURN(const std::string branch, reader.CurrentBranch());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          reader.OfArtifactAsOf(artifact, {}, INT64_MAX));
  for (const StoredEvent& event : events) {
    const EventId& id = event.change_set.id;
    if (!graph.IsHeld(id) || graph.BranchOf(id.stream) != branch) continue;
    return absl::StrCat("event ", FormatId(id), " (", event.change_set.author.name, ", ",
                        event.change_set.label,
                        ") comes from a clock that ran more than a day ahead, or was built on what does; "
                        "confirm it with `ameide quarantine --lift ",
                        FormatId(id), "`, or wait");
  }
  return std::string();
}

}  // namespace

bool ArtifactState::SameRow(const ArtifactState& other) const {
  const auto row = [](const ArtifactState& state) {
    return std::tie(state.number, state.path, state.format, state.kind, state.head_key, state.time,
                    state.events, state.changed, state.changed_by, state.retired, state.unknown,
                    state.arrival);
  };
  return row(*this) == row(other);
}

absl::StatusOr<ArtifactState> FoldArtifact(EventReader& reader, const EventGraph& graph,
                                           const ArtifactId& artifact, std::span<const StoredEvent> events) {
  ArtifactState state;
  for (const StoredEvent& event : events) ApplyNewest(event, state);
  if (state.unknown.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(state.unknown, WhyHeld(reader, graph, artifact));
  }
  if (state.unknown.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(state.unknown, WhyPending(reader, artifact));
  }
  return state;
}

absl::StatusOr<ArtifactState> ReadArtifactRow(Database& database, int64_t number) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT path, format, kind, head, micros, counter, events, wall, author_name,"
                       " author_email, retired, unknown, arrival FROM artifacts WHERE id = ?"));
  query.Bind(1, number);
  ArtifactState state;
  state.number = number;
  AMEIDE_ASSIGN_OR_RETURN(state.exists, query.Step());
  if (!state.exists) return state;
  state.path = query.Text(0);
  state.format = query.Text(1);
  state.kind = static_cast<document::TreeKind>(query.Int(2));
  state.head_key = query.Int(3);
  state.time = {static_cast<uint64_t>(query.Int(4)), static_cast<uint64_t>(query.Int(5))};
  state.events = static_cast<uint64_t>(query.Int(6));
  state.changed = WallTime(std::chrono::microseconds(query.Int(7)));
  state.changed_by = {std::string(query.Text(8)), std::string(query.Text(9))};
  state.retired = query.Int(10) != 0;
  state.unknown = query.Text(11);
  state.arrival = query.Int(12);
  return state;
}

absl::StatusOr<ArtifactProjection::Cached*> ArtifactProjection::Load(const ArtifactId& artifact) {
  if (const auto known = states_.find(artifact); known != states_.end()) return &known->second;
  AMEIDE_ASSIGN_OR_RETURN(const int64_t number, log_->InternArtifact(artifact));
  Cached cached;
  ArtifactState& state = cached.state;
  AMEIDE_ASSIGN_OR_RETURN(state, ReadArtifactRow(*database_, number));
  if (state.exists) {
    AMEIDE_ASSIGN_OR_RETURN(state.head, log_->reader().IdOf(state.head_key));
  }
  return &states_.emplace(artifact, std::move(cached)).first->second;
}

absl::StatusOr<const ArtifactState*> ArtifactProjection::Find(const ArtifactId& artifact) {
  bool known = states_.contains(artifact);
  if (!known) {
    // Asking must not intern a name that the log has never seen.
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, log_->reader().ArtifactNumber(artifact));
    known = number.has_value();
  }
  if (known) {
    AMEIDE_ASSIGN_OR_RETURN(const Cached* cached, Load(artifact));
    if (cached->state.exists) return &cached->state;
  }
  return absl::NotFoundError(absl::StrCat("no artifact ", artifact.name));
}

absl::Status ArtifactProjection::Apply(const StoredEvent& event) {
  AMEIDE_RETURN_IF_ERROR(NoteLifecycleEvent(*database_, event));
  const ArtifactId& artifact = event.change_set.artifact;
  if (artifact.name.empty()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(Cached * cached, Load(artifact));
  // An event from elsewhere may fold before what is here already, or be the beginning of what was edited
  // before it came.
  const bool begins = std::holds_alternative<ArtifactCreated>(event.change_set.body);
  if ((cached->state.exists && event.change_set.time <= cached->state.time) || (begins && event.foreign)) {
    return RebuildArtifact(artifact, *cached);
  }
  ApplyNewest(event, cached->state);
  cached->changed = true;
  return absl::OkStatus();
}

absl::Status ArtifactProjection::RebuildArtifact(const ArtifactId& artifact, Cached& cached) {
  const int64_t number = cached.state.number;
  cached.changed = true;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          log_->reader().OfArtifact(artifact, nullptr));
  AMEIDE_ASSIGN_OR_RETURN(cached.state, FoldArtifact(log_->reader(), log_->graph(), artifact, events));
  cached.state.number = number;
  return absl::OkStatus();
}

absl::Status ArtifactProjection::RebuildArtifacts(const std::vector<ArtifactId>& artifacts) {
  for (const ArtifactId& artifact : artifacts) {
    AMEIDE_ASSIGN_OR_RETURN(Cached * cached, Load(artifact));
    AMEIDE_RETURN_IF_ERROR(RebuildArtifact(artifact, *cached));
  }
  return absl::OkStatus();
}

absl::Status ArtifactProjection::Flush() {
  if (!upsert_) {
    AMEIDE_ASSIGN_OR_RETURN(
        upsert_, database_->Prepare(
                     "INSERT INTO artifacts(id, path, format, kind, head, micros, counter, events, wall,"
                     " author_name, author_email, retired, unknown, arrival)"
                     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
                     " path = excluded.path, format = excluded.format, kind = excluded.kind,"
                     " head = excluded.head, micros = excluded.micros, counter = excluded.counter,"
                     " events = excluded.events, wall = excluded.wall,"
                     " author_name = excluded.author_name, author_email = excluded.author_email,"
                     " retired = excluded.retired, unknown = excluded.unknown, arrival = excluded.arrival"));
  }
  for (auto& [artifact, cached] : states_) {
    if (!cached.changed) continue;
    const ArtifactState& state = cached.state;
    if (!state.exists) {
      // What has no beginning yet, or not on this branch, is not shown; its events wait in the log.
      AMEIDE_ASSIGN_OR_RETURN(Statement remove, database_->Prepare("DELETE FROM artifacts WHERE id = ?"));
      remove.Bind(1, state.number);
      AMEIDE_RETURN_IF_ERROR(remove.Run());
      cached.changed = false;
      continue;
    }
    upsert_->Bind(1, state.number).BindText(2, state.path).BindText(3, state.format);
    upsert_->Bind(4, static_cast<int64_t>(state.kind)).Bind(5, state.head_key);
    upsert_->Bind(6, static_cast<int64_t>(state.time.micros))
        .Bind(7, static_cast<int64_t>(state.time.counter));
    upsert_->Bind(8, static_cast<int64_t>(state.events)).Bind(9, state.changed.time_since_epoch().count());
    upsert_->BindText(10, state.changed_by.name).BindText(11, state.changed_by.email);
    upsert_->Bind(12, state.retired ? 1 : 0).BindText(13, state.unknown).Bind(14, state.arrival);
    AMEIDE_RETURN_IF_ERROR(upsert_->Run());
    cached.changed = false;
  }
  constexpr size_t kMostCached = 1000;
  if (states_.size() > kMostCached) states_.clear();
  return absl::OkStatus();
}

absl::Status ArtifactProjection::Rebuild() {
  upsert_.reset();
  states_.clear();
  AMEIDE_RETURN_IF_ERROR(ResetProjections(*database_));
  AMEIDE_RETURN_IF_ERROR(EventGraph::Rebuild(*database_, log_->reader()));
  AMEIDE_RETURN_IF_ERROR(log_->ReloadGraph());
  return RebuildAll();
}

absl::Status ArtifactProjection::RebuildAll() {
  AMEIDE_RETURN_IF_ERROR(NoteAllLifecycleEvents(*database_, log_->reader()));
  std::vector<ArtifactId> artifacts;
  {
    AMEIDE_ASSIGN_OR_RETURN(Statement query,
                            database_->Prepare("SELECT name FROM artifact_names WHERE name <> ''"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      artifacts.push_back(ArtifactId{std::string(query.Text(0))});
    }
  }
  AMEIDE_RETURN_IF_ERROR(RebuildArtifacts(artifacts));
  return Flush();
}

}  // namespace ameide::uaf
