// One file that several people began, each for themselves (docs/adr/0039-one-file-begun-twice.md).
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"
#include "uaf/store/working_files.h"

namespace ameide::uaf {
namespace {

using merge::Conflict;

/// A removed artifact, and what the log says of that.
struct Removed {
  ArtifactId artifact;
  EventId began;
  Hash256 blob;         ///< what it began with
  EventId retired;      ///< the newest of its retirements
  bool edited = false;  ///< by somebody who had not seen that, and nobody has decided about it
};

/// Of the artifact's `events`, which begin with `path`; nullopt for others.
std::optional<Removed> RemovalIn(const std::vector<StoredEvent>& events, const std::string& path,
                                 const merge::Causality& causality) {
  const auto* created =
      events.empty() ? nullptr : std::get_if<ArtifactCreated>(&events.front().change_set.body);
  if (created == nullptr || created->path != path) return std::nullopt;
  Removed removed{events.front().change_set.artifact, events.front().change_set.id, created->import.blob, {}};
  std::vector<const ChangeSet*> change_sets;
  for (const StoredEvent& event : events) {
    change_sets.push_back(&event.change_set);
    if (std::holds_alternative<ArtifactRetired>(event.change_set.body)) removed.retired = event.change_set.id;
  }
  for (const Conflict& each : merge::ArtifactConflicts(change_sets, causality)) {
    const auto is_edit = [](const merge::ConflictSide& side) { return side.value.has_value(); };
    removed.edited =
        removed.edited || (each.kind == merge::ConflictKind::kRetired && !is_edit(each.sides[each.standing]));
  }
  return removed;
}

}  // namespace

absl::StatusOr<std::vector<Artifact>> WorkingFiles::OnSharedPaths(bool retired) {
  std::vector<ArtifactId> ids;
  {
    constexpr std::string_view kLiving =
        "SELECT n.name FROM artifacts a JOIN artifact_names n ON n.id = a.id WHERE a.retired = 0"
        " AND a.path IN (SELECT path FROM artifacts WHERE retired = 0 GROUP BY path HAVING COUNT(*) > 1)"
        " ORDER BY a.path, n.name";
    constexpr std::string_view kRetired =
        "SELECT n.name FROM artifacts a JOIN artifact_names n ON n.id = a.id WHERE a.retired = 1"
        " AND a.path IN (SELECT path FROM artifacts WHERE retired = 1 GROUP BY path HAVING COUNT(*) > 1)"
        " AND NOT EXISTS(SELECT 1 FROM artifacts b WHERE b.retired = 0 AND b.path = a.path COLLATE NOCASE"
        " AND b.path = a.path) ORDER BY a.path, n.name";
    AMEIDE_ASSIGN_OR_RETURN(Statement query, store_->database().Prepare(retired ? kRetired : kLiving));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      ids.push_back(ArtifactId{std::string(query.Text(0))});
    }
  }
  std::vector<Artifact> artifacts;
  for (const ArtifactId& id : ids) {
    AMEIDE_ASSIGN_OR_RETURN(artifacts.emplace_back(), store_->log().reader().GetArtifact(id));
  }
  return artifacts;
}

absl::StatusOr<std::vector<WorkingFiles::Twins>> WorkingFiles::FindTwins() {
  EventReader& reader = store_->log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, OnSharedPaths(/*retired=*/false));
  // By path and what they began with, the one that stays in front: one that something happened to since.
  std::map<std::pair<std::string, Hash256>, std::vector<Artifact>> alike;
  for (const Artifact& artifact : artifacts) {
    if (!artifact.read_only_because.empty()) continue;
    // Whatever happens to an artifact comes behind its beginning.
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, reader.RunsOf(artifact.id, nullptr));
    if (runs.empty()) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> began, reader.FindArrival(runs.front().first));
    const auto* created = began ? std::get_if<ArtifactCreated>(&began->change_set.body) : nullptr;
    if (created == nullptr || created->path != artifact.path) continue;
    std::vector<Artifact>& same = alike[{artifact.path, created->import.blob}];
    same.insert(artifact.events == 1 ? same.end() : same.begin(), artifact);
  }
  std::vector<Twins> twins;
  for (const auto& [began, same] : alike) {
    for (size_t i = 1; i < same.size(); ++i) {
      if (same[i].events == 1) twins.push_back({same.front(), same[i]});
    }
  }
  return twins;
}

absl::Status WorkingFiles::RetireTwins(Notes& notes) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Twins> twins, FindTwins());
  for (const Twins& each : twins) {
    const absl::StatusOr<std::string> bytes =
        store_->options().files->Read(store_->layout().root / each.other.path, kLargestArtifact);
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ArtifactId> files, FilesAt(each.other.path, each.stays.id));
    // What somebody saved into its file meanwhile is an edit of it: then it is no twin any more.
    if (bytes.ok() && std::find(files.begin(), files.end(), each.other.id) != files.end())
      AMEIDE_RETURN_IF_ERROR(TakeOver(each.stays, *bytes, notes).status());
    AMEIDE_ASSIGN_OR_RETURN(const Artifact now, store_->log().reader().GetArtifact(each.other.id));
    if (now.events != each.other.events) continue;
    AMEIDE_RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
      return store_->RetireArtifact(each.other.id, absl::StrCat("Begin ", each.other.path, " only once"))
          .status();
    }));
  }
  return absl::OkStatus();
}

absl::Status WorkingFiles::BringBackTwins() {
  EventReader& reader = store_->log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, OnSharedPaths(/*retired=*/true));
  std::map<std::string, std::vector<Artifact>> by_path;
  for (const Artifact& artifact : artifacts) by_path[artifact.path].push_back(artifact);
  for (const auto& begun : by_path) {
    const std::string& path = begun.first;
    const std::vector<Artifact>& same = begun.second;
    std::string newest;
    for (const Artifact& artifact : same) absl::StrAppend(&newest, FormatId(artifact.head), " ");
    // Names that were begun and removed many times are looked at once.
    if (std::exchange(removed_[path], newest) == newest) continue;
    AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, reader.Causality());
    std::vector<Removed> removed;
    for (const Artifact& artifact : same) {
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, reader.OfArtifact(artifact.id, nullptr));
      if (std::optional<Removed> each = RemovalIn(events, path, *causality))
        removed.push_back(*std::move(each));
    }
    // Each was removed for the other's sake: both were known, the other's removal was not.
    const auto in_favour = [&](const Removed& one, const Removed& other) {
      return one.artifact != other.artifact && one.blob == other.blob &&
             causality->Saw(one.retired, other.began) && causality->Saw(other.retired, one.began) &&
             causality->Concurrent(one.retired, other.retired);
    };
    for (const Removed& one : removed) {
      const bool crossed = std::any_of(removed.begin(), removed.end(),
                                       [&](const Removed& other) { return in_favour(one, other); });
      if (!one.edited || !crossed) continue;
      AMEIDE_RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
        return store_
            ->RecordBody(one.artifact, absl::StrCat("Keep ", path, ", which was edited"),
                         ArtifactRenamed{path})
            .status();
      }));
    }
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
