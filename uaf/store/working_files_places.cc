// Which artifact has the file of a path, and what becomes of the files of others there.
#include <filesystem>
#include <system_error>
#include <utility>

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
  std::error_code error;
  // A folder there is another one's by now.
  if (!CheckInside(store_->layout().root, known->path).ok() || !files.Exists(from) ||
      std::filesystem::is_directory(from, error))
    return absl::OkStatus();
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
  if (!known || !CheckInside(store_->layout().root, known->path).ok()) return absl::OkStatus();
  const std::filesystem::path path = store_->layout().root / known->path;
  const absl::StatusOr<std::string> bytes = files.Read(path, kLargestArtifact);
  if (bytes.ok()) {
    if (!known->Wrote(Sha256(*bytes))) AMEIDE_RETURN_IF_ERROR(Absorb(artifact, *bytes, nullptr, notes));
    // What cannot be removed now is in the way of the others' files, which are written another time.
    if (!files.Remove(path).ok()) return absl::OkStatus();
  }
  return InTransaction([&] { return table_.Forget(artifact.id); });
}

absl::Status WorkingFiles::MakeRoom(const Artifact& artifact, Notes& notes) {
  for (size_t slash = artifact.path.find('/'); slash != std::string::npos;
       slash = artifact.path.find('/', slash + 1)) {
    const std::string folder = artifact.path.substr(0, slash);
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ArtifactId> above, FilesAt(folder, {}));
    for (const ArtifactId& other : above) {
      AMEIDE_ASSIGN_OR_RETURN(const Artifact found, store_->log().reader().GetArtifact(other));
      // Its own one, too, which it was renamed into: it is written anew there.
      const bool stays = found.path == folder || found.id == artifact.id;
      AMEIDE_RETURN_IF_ERROR(stays ? GiveUpFile(found, notes) : FollowRename(found));
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

}  // namespace ameide::uaf
