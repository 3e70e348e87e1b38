#include "uaf/store/projections.h"

#include <utility>
#include <vector>

#include "base/status.h"
#include "uaf/store/fold.h"
#include "uaf/store/schema.h"

namespace ameide::uaf {

absl::Status ArtifactProjection::Apply(const StoredEvent& event) {
  if (event.change_set.artifact.name.empty()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const int64_t number, log_->InternArtifact(event.change_set.artifact));
  if (!newest_) {
    AMEIDE_ASSIGN_OR_RETURN(newest_, database_->Prepare("SELECT micros, counter FROM artifacts WHERE id = ?"));
  }
  newest_->Bind(1, number);
  AMEIDE_ASSIGN_OR_RETURN(const bool known, newest_->Step());
  const HybridTime newest = known ? HybridTime{static_cast<uint64_t>(newest_->Int(0)),
                                               static_cast<uint64_t>(newest_->Int(1))}
                                  : HybridTime{};
  newest_->Reset();
  // An event from elsewhere may fold before what is here already, or be the beginning of what was edited before it came.
  const bool begins = std::holds_alternative<ArtifactCreated>(event.change_set.body);
  if ((known && event.change_set.time <= newest) || (begins && !known && event.foreign)) {
    return RebuildArtifact(event.change_set.artifact, number);
  }
  return ApplyNewest(event, number);
}

absl::Status ArtifactProjection::ApplyNewest(const StoredEvent& event, int64_t artifact) {
  const ChangeSet& change_set = event.change_set;
  if (const auto* created = std::get_if<ArtifactCreated>(&change_set.body)) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement insert,
        database_->Prepare("INSERT INTO artifacts(id, path, format, kind, head, micros, counter, events, wall,"
                           " author_name, author_email, retired, unknown, arrival)"
                           " VALUES(?, ?, ?, ?, 0, 0, 0, 0, 0, '', '', 0, '', 0) ON CONFLICT(id) DO NOTHING"));
    insert.Bind(1, artifact).BindText(2, created->path).BindText(3, created->format);
    insert.Bind(4, static_cast<int64_t>(created->import.kind));
    AMEIDE_RETURN_IF_ERROR(insert.Run());
  } else if (const auto* renamed = std::get_if<ArtifactRenamed>(&change_set.body)) {
    AMEIDE_ASSIGN_OR_RETURN(Statement update,
                            database_->Prepare("UPDATE artifacts SET path = ?, retired = 0 WHERE id = ?"));
    update.BindText(1, renamed->path).Bind(2, artifact);
    AMEIDE_RETURN_IF_ERROR(update.Run());
  } else if (std::holds_alternative<ArtifactRetired>(change_set.body)) {
    AMEIDE_ASSIGN_OR_RETURN(Statement update, database_->Prepare("UPDATE artifacts SET retired = 1 WHERE id = ?"));
    update.Bind(1, artifact);
    AMEIDE_RETURN_IF_ERROR(update.Run());
  }
  if (const auto* edit = std::get_if<Edit>(&change_set.body)) {
    for (const document::Op& op : edit->ops) {
      const auto* import = std::get_if<document::ImportOp>(&op);
      if (import == nullptr) continue;
      AMEIDE_ASSIGN_OR_RETURN(Statement update, database_->Prepare("UPDATE artifacts SET kind = ? WHERE id = ?"));
      update.Bind(1, static_cast<int64_t>(import->kind)).Bind(2, artifact);
      AMEIDE_RETURN_IF_ERROR(update.Run());
    }
  }
  if (!touch_) {
    AMEIDE_ASSIGN_OR_RETURN(
        touch_, database_->Prepare("UPDATE artifacts SET head = ?, micros = ?, counter = ?, events = events + 1,"
                                   " wall = ?, author_name = ?, author_email = ?, arrival = MAX(arrival, ?),"
                                   " unknown = CASE unknown WHEN '' THEN ? ELSE unknown END WHERE id = ?"));
  }
  const std::string unknown = WhyUnknown(change_set);
  touch_->Bind(1, event.key).Bind(2, static_cast<int64_t>(change_set.time.micros));
  touch_->Bind(3, static_cast<int64_t>(change_set.time.counter));
  touch_->Bind(4, change_set.wall_time.time_since_epoch().count());
  touch_->BindText(5, change_set.author.name).BindText(6, change_set.author.email).Bind(7, event.arrival);
  touch_->BindText(8, unknown).Bind(9, artifact);
  return touch_->Run();
}

absl::Status ArtifactProjection::RebuildArtifact(const ArtifactId& artifact, int64_t number) {
  AMEIDE_ASSIGN_OR_RETURN(Statement remove, database_->Prepare("DELETE FROM artifacts WHERE id = ?"));
  remove.Bind(1, number);
  AMEIDE_RETURN_IF_ERROR(remove.Run());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, log_->reader().OfArtifact(artifact, nullptr));
  for (const StoredEvent& event : events) AMEIDE_RETURN_IF_ERROR(ApplyNewest(event, number));
  return absl::OkStatus();
}

absl::Status ArtifactProjection::Rebuild() {
  touch_.reset();
  newest_.reset();
  AMEIDE_RETURN_IF_ERROR(ResetProjections(*database_));
  std::vector<std::pair<int64_t, ArtifactId>> artifacts;
  {
    AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT id, name FROM artifact_names WHERE name <> ''"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      artifacts.emplace_back(query.Int(0), ArtifactId{std::string(query.Text(1))});
    }
  }
  for (const auto& [number, artifact] : artifacts) AMEIDE_RETURN_IF_ERROR(RebuildArtifact(artifact, number));
  return absl::OkStatus();
}

}  // namespace ameide::uaf
