// Which artifact has the file of a path, and what becomes of the files of others there.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/store/working_files.h"

namespace ameide::uaf {

absl::StatusOr<bool> WorkingFiles::IsOfAnother(const ArtifactId& artifact, const std::string& path) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<ArtifactId> owner, OwnerOf(path));
  if (owner && *owner != artifact) return true;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement below,
      store_->database().Prepare("SELECT EXISTS(SELECT 1 FROM artifacts WHERE retired = 0"
                                 " AND path COLLATE NOCASE > ?1 || '/' AND path COLLATE NOCASE < ?1 || '0'"
                                 " AND substr(path, 1, length(?1) + 1) = ?1 || '/')"));
  below.BindText(1, path);
  AMEIDE_RETURN_IF_ERROR(below.Step().status());
  return below.Int(0) != 0;
}

absl::StatusOr<std::optional<ArtifactId>> WorkingFiles::OwnerOf(const std::string& path) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store_->database().Prepare(
          "SELECT n.name FROM artifacts a JOIN artifact_names n ON n.id = a.id"
          " WHERE a.path = ?1 COLLATE NOCASE AND a.path = ?1 AND a.retired = 0 ORDER BY n.name LIMIT 1"));
  query.BindText(1, path);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::nullopt;
  return ArtifactId{std::string(query.Text(0))};
}

absl::Status WorkingFiles::FollowRename(const Artifact& artifact) {
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(std::optional<WorkingFile> known, table_.Find(artifact.id));
  if (!known || known->path == artifact.path || !held_.empty()) return absl::OkStatus();
  const std::filesystem::path from = store_->layout().root / known->path;
  const std::filesystem::path to = store_->layout().root / artifact.path;
  if (!CheckInside(store_->layout().root, known->path).ok() || !files.Exists(from)) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<ArtifactId> next, OwnerOf(known->path));
  if (next && *next != artifact.id) {
    // The path is another one's by now; so is the file, when that one has been written there.
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> of_next, table_.Find(*next));
    if (of_next && of_next->path == known->path) return absl::OkStatus();
  }
  if (!files.Exists(to)) {
    // What cannot be moved now is written under its new name, and moved another time.
    if (!files.CreateFolders(to.parent_path()).ok() || !files.Move(from, to).ok()) return absl::OkStatus();
    known->path = artifact.path;
    return InTransaction([&] { return table_.Remember(artifact.id, *known); });
  }
  const absl::StatusOr<FileStamp> old_stamp = files.Stamp(from);
  const absl::StatusOr<FileStamp> new_stamp = files.Stamp(to);
  if (old_stamp == new_stamp) return absl::OkStatus();  // one file for a file system that knows no case
  const absl::StatusOr<std::string> bytes = files.Read(from, kLargestArtifact);
  if (!bytes.ok() || !known->Wrote(Sha256(*bytes))) return absl::OkStatus();
  return files.Remove(from);
}

absl::StatusOr<std::vector<ArtifactId>> WorkingFiles::FilesAt(const std::string& path,
                                                              const ArtifactId& except) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store_->database().Prepare("SELECT n.name FROM working_files w JOIN artifacts a ON a.id = w.artifact"
                                 " JOIN artifact_names n ON n.id = w.artifact"
                                 " WHERE w.path = ?1 AND a.retired = 0 AND n.name <> ?2 ORDER BY n.name"));
  query.BindText(1, path).BindText(2, except.name);
  std::vector<ArtifactId> found;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return found;
    found.push_back(ArtifactId{std::string(query.Text(0))});
  }
}

absl::Status WorkingFiles::GiveUpFile(const Artifact& artifact, Notes& notes) {
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(artifact.id));
  const std::filesystem::path path = store_->layout().root / artifact.path;
  const absl::StatusOr<std::string> bytes = files.Read(path, kLargestArtifact);
  if (bytes.ok()) {
    if (known && !known->Wrote(Sha256(*bytes)))
      AMEIDE_RETURN_IF_ERROR(Absorb(artifact, *bytes, nullptr, notes));
    // What cannot be removed now is in the way of the others' files, which are written another time.
    if (!files.Remove(path).ok()) return absl::OkStatus();
  }
  return InTransaction([&] { return table_.Forget(artifact.id); });
}

absl::Status WorkingFiles::MakeRoom(const Artifact& artifact, Notes& notes) {
  for (size_t slash = artifact.path.find('/'); slash != std::string::npos;
       slash = artifact.path.find('/', slash + 1)) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ArtifactId> above,
                            FilesAt(artifact.path.substr(0, slash), artifact.id));
    for (const ArtifactId& other : above) {
      AMEIDE_ASSIGN_OR_RETURN(const Artifact found, store_->log().reader().GetArtifact(other));
      AMEIDE_RETURN_IF_ERROR(found.path.size() == slash ? GiveUpFile(found, notes) : FollowRename(found));
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<ArtifactId> others, FilesAt(artifact.path, artifact.id));
  for (const ArtifactId& other : others) {
    AMEIDE_ASSIGN_OR_RETURN(const Artifact moved, store_->log().reader().GetArtifact(other));
    if (moved.path != artifact.path) AMEIDE_RETURN_IF_ERROR(FollowRename(moved));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> WorkingFiles::TakeOver(const Artifact& artifact, std::string_view bytes, Notes& notes) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<ArtifactId> others, FilesAt(artifact.path, artifact.id));
  if (others.empty()) return false;
  const ArtifactId& other = others.front();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(other));
  if (known && !known->Wrote(Sha256(bytes))) {
    AMEIDE_ASSIGN_OR_RETURN(const Artifact before, store_->log().reader().GetArtifact(other));
    AMEIDE_RETURN_IF_ERROR(Absorb(before, bytes, nullptr, notes));
  }
  AMEIDE_RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(table_.Forget(other));
    WorkingFile now;
    now.path = artifact.path;
    now.hash = Sha256(bytes);
    AMEIDE_ASSIGN_OR_RETURN(now.stands, Now(artifact.id));
    --now.stands.arrival;  // it holds none of this one's states: it is to be written
    return table_.Remember(artifact.id, now);
  }));
  return true;
}

absl::StatusOr<std::vector<Artifact>> WorkingFiles::OnSharedPaths() {
  std::vector<ArtifactId> ids;
  {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        store_->database().Prepare("SELECT n.name FROM artifacts a JOIN artifact_names n ON n.id = a.id"
                                   " WHERE a.retired = 0 AND a.path IN (SELECT path FROM artifacts"
                                   " WHERE retired = 0 GROUP BY path HAVING COUNT(*) > 1)"
                                   " ORDER BY a.path, n.name"));
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
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, OnSharedPaths());
  // By path and what they began with, the one that stays in front: one that something happened to since.
  std::map<std::pair<std::string, Hash256>, std::vector<Artifact>> alike;
  for (const Artifact& artifact : artifacts) {
    if (!artifact.read_only_because.empty()) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                            store_->log().reader().OfArtifact(artifact.id, nullptr));
    const auto* created =
        events.empty() ? nullptr : std::get_if<ArtifactCreated>(&events.front().change_set.body);
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

}  // namespace ameide::uaf
