// After a crash: what writes that did not end left beside the files. The rest is in working_files.cc.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/store/working_files.h"

namespace ameide::uaf {
namespace {

using document::Document;

/// True for the names that an atomic write gives its temporary file: `.<name>.<12 hexadecimal digits>~`.
bool IsTemporaryOf(std::string_view name, std::string_view file) {
  constexpr size_t kDigits = 12;
  if (name.size() != file.size() + kDigits + 3 || !name.starts_with('.') || !name.ends_with('~'))
    return false;
  if (name.substr(1, file.size()) != file || name[1 + file.size()] != '.') return false;
  const std::string_view digits = name.substr(2 + file.size(), kDigits);
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Links, pipes and folders are somebody else's, whatever their names.
bool MayBeTemporary(const FolderEntry& entry) {
  return entry.kind == EntryKind::kFile && entry.name.starts_with('.') && entry.name.ends_with('~');
}

WorkingFileNote LeftNote(std::string path, const absl::Status& why) {
  WorkingFileNote note;
  note.what = WorkingFileNote::What::kFailed;
  note.message =
      absl::StrCat(ReadableName(path), " was left by a write that was cut short and stays: ", why.message());
  note.path = std::move(path);
  return note;
}

}  // namespace

absl::StatusOr<WorkingFiles::Notes> WorkingFiles::CleanUp() {
  FileSystem& files = *store_->options().files;
  Notes notes;
  std::vector<std::filesystem::path> own = {store_->layout().dot_uaf};
  while (!own.empty()) {
    const std::filesystem::path folder = std::move(own.back());
    own.pop_back();
    const auto entries = files.List(folder);
    if (!entries.ok()) continue;
    for (const FolderEntry& entry : *entries) {
      if (entry.kind == EntryKind::kFolder) own.push_back(folder / entry.name);
      if (!MayBeTemporary(entry)) continue;
      if (const absl::Status removed = files.Remove(folder / entry.name); !removed.ok())
        notes.push_back(LeftNote((folder / entry.name).string(), removed));
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, store_->log().reader().Artifacts(false));
  std::map<std::string, std::vector<const Artifact*>> folders;
  for (const Artifact& artifact : artifacts) {
    folders[std::filesystem::path(artifact.path).parent_path().generic_string()].push_back(&artifact);
  }
  for (const auto& [folder, members] : folders) {
    const std::filesystem::path place = store_->layout().root / folder;
    const auto entries = files.List(place);
    if (!entries.ok()) continue;
    for (const FolderEntry& entry : *entries) {
      const std::string& name = entry.name;
      if (!MayBeTemporary(entry)) continue;
      const auto owner = std::find_if(members.begin(), members.end(), [&](const Artifact* artifact) {
        return IsTemporaryOf(name, std::filesystem::path(artifact->path).filename().string());
      });
      if (owner == members.end()) continue;
      const absl::Status cleaned = CleanUpFile(**owner, place / name, notes);
      if (!cleaned.ok() && store_->broken()) return cleaned;
      if (!cleaned.ok()) notes.push_back(LeftNote((std::filesystem::path(folder) / name).string(), cleaned));
    }
  }
  return notes;
}

absl::Status WorkingFiles::CleanUpFile(const Artifact& artifact, const std::filesystem::path& path,
                                       Notes& notes) {
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, files.Read(path, kLargestArtifact));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(artifact.id));
  bool ours = known && known->Wrote(Sha256(bytes));
  if (!ours && artifact.read_only_because.empty()) {
    // A write that was cut short: the beginning of the newest state.
    AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(artifact.id));
    ours = live->Render().starts_with(bytes);
  }
  if (!ours) {
    WorkingFileNote note;
    note.what = WorkingFileNote::What::kKeptAside;
    note.path = artifact.path;
    AMEIDE_ASSIGN_OR_RETURN(note.aside, KeepAside(artifact, bytes));
    note.message = absl::StrCat("a write of ", note.path,
                                " was cut short; what may have been saved outside at that moment"
                                " is kept as ",
                                note.aside);
    notes.push_back(std::move(note));
  }
  return files.Remove(path);
}

}  // namespace ameide::uaf
