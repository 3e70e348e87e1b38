// Files that came, went and moved while nobody told the workspace. The rest is in working_files.cc.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/store/moved_files.h"
#include "uaf/store/new_file_check.h"
#include "uaf/store/pending.h"
#include "uaf/store/working_files.h"

namespace ameide::uaf {
namespace {

using document::Document;

constexpr size_t kMostStrangers = 200'000;
/// A group becomes durable together: one file at a time, thousands would take minutes.
constexpr size_t kGroup = 100;
/// Larger ones are the same file only byte for byte.
constexpr size_t kLargestCompared = size_t{64} << 20;
constexpr size_t kHead = 4096;

WorkingFileNote NoteOf(WorkingFileNote::What what, const std::string& path, std::string message) {
  WorkingFileNote note;
  note.what = what;
  note.path = path;
  note.message = std::move(message);
  return note;
}

/// True for a folder that is a workspace or a git repository of its own, such as a submodule.
bool IsOthers(const FileSystem& files, const std::filesystem::path& folder) {
  return files.Exists(folder / ".uaf") || files.Exists(folder / ".git");
}

/// True for a symbolic link to a file.
bool LeadsToFile(const std::filesystem::path& link) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(link, ignored);
}

}  // namespace

std::vector<std::string> WorkingFiles::Strangers(const WorkingFileOptions& options) {
  const FileSystem& files = *store_->options().files;
  const std::filesystem::path& root = store_->layout().root;
  std::vector<std::string> found;
  std::set<std::string> known;
  if (const auto artifacts = store_->log().reader().Artifacts(false); artifacts.ok()) {
    for (const Artifact& artifact : *artifacts) {
      known.insert(artifact.path);
      if (std::string target = TargetInside(root, artifact.path); !target.empty())
        known.insert(std::move(target));
    }
  }
  // Files that came with what waits, or is held.
  if (const auto pending = PendingFiles(store_->log().reader()); pending.ok()) {
    for (const PendingFile& file : *pending) known.insert(file.path);
  }
  if (const EventGraph& graph = store_->log().graph(); !graph.holds().empty()) {
    EventReader& reader = store_->log().reader();
    const absl::StatusOr<Cut> everything = reader.Everything();
    for (const EventKind kind : {EventKind::kArtifactCreated, EventKind::kArtifactRenamed}) {
      if (!everything.ok()) break;
      const absl::StatusOr<std::vector<StoredEvent>> events = reader.OfKind(kind, &*everything);
      for (const StoredEvent& event : events.ok() ? *events : std::vector<StoredEvent>()) {
        if (!graph.IsHeld(event.change_set.id)) continue;
        if (const auto* created = std::get_if<ArtifactCreated>(&event.change_set.body))
          known.insert(created->path);
        if (const auto* renamed = std::get_if<ArtifactRenamed>(&event.change_set.body))
          known.insert(renamed->path);
      }
    }
  }
  std::vector<std::string> folders = {""};
  while (!folders.empty() && found.size() < kMostStrangers) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    const auto entries = files.List(root / folder);
    if (!entries.ok()) continue;  // what may not be looked into is none of our business
    for (const FolderEntry& entry : *entries) {
      const bool is_folder = entry.kind == EntryKind::kFolder;
      const std::string path = folder + entry.name;
      const bool hidden = entry.name.starts_with('.') || entry.name.ends_with('~');
      if (hidden || (options.ignored && options.ignored(is_folder ? path + "/" : path))) continue;
      if (is_folder && !IsOthers(files, root / path)) folders.push_back(path + "/");
      // A link inside the workspace is another name of what is an artifact, or becomes one.
      const bool is_file =
          entry.kind == EntryKind::kFile ||
          (entry.kind == EntryKind::kLink && LeadsToFile(root / path) && TargetInside(root, path).empty());
      if (is_file && !known.contains(path)) found.push_back(path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

absl::Status WorkingFiles::CheckNoOtherName(const std::string& path) {
  const std::filesystem::path& root = store_->layout().root;
  const std::string target = TargetInside(root, path);
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, store_->log().reader().Artifacts(false));
  for (const Artifact& artifact : artifacts) {
    if (artifact.path == path) continue;
    if ((!target.empty() && artifact.path == target) || TargetInside(root, artifact.path) == path) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, " and the artifact ", artifact.path, " are one file, by a symbolic link; it is left alone"));
    }
  }
  return absl::OkStatus();
}

struct WorkingFiles::Stranger {
  std::string path;
  FileStamp stamp;
  Hash256 hash;
  bool taken = false;
};

struct WorkingFiles::Move {
  Artifact artifact;
  WorkingFile known;
  size_t to = 0;  ///< the stranger
};

std::vector<WorkingFiles::Stranger> WorkingFiles::ReadStrangers(const std::vector<std::string>& paths) const {
  const FileSystem& files = *store_->options().files;
  const std::filesystem::path& root = store_->layout().root;
  std::vector<Stranger> strangers;
  for (const std::string& path : paths) {
    if (!CheckArtifactPath(path).ok() || !CheckInside(root, path).ok()) continue;
    const absl::StatusOr<FileStamp> stamp = files.Stamp(root / path);
    if (!stamp.ok()) continue;
    const absl::StatusOr<std::string> bytes = files.Read(root / path, kLargestArtifact);
    if (bytes.ok()) strangers.push_back({path, *stamp, Sha256(*bytes)});
  }
  return strangers;
}

absl::StatusOr<std::vector<WorkingFiles::Move>> WorkingFiles::FindMoved(std::vector<Artifact>& missing,
                                                                        std::vector<Stranger>& strangers) {
  std::multimap<Hash256, size_t> by_hash;
  for (size_t i = 0; i < strangers.size(); ++i) by_hash.emplace(strangers[i].hash, i);
  std::vector<Move> moves;
  std::vector<Artifact> changed;
  for (Artifact& artifact : missing) {
    AMEIDE_ASSIGN_OR_RETURN(std::optional<WorkingFile> known, table_.Find(artifact.id));
    auto same = by_hash.find(known->hash);
    if (same == by_hash.end() && known->writing) same = by_hash.find(*known->writing);
    if (same == by_hash.end()) {
      changed.push_back(std::move(artifact));
      continue;
    }
    strangers[same->second].taken = true;
    moves.push_back({std::move(artifact), *std::move(known), same->second});
    by_hash.erase(same);
  }
  missing = std::move(changed);
  if (missing.empty() || by_hash.empty()) return moves;
  // Moved and edited at once.
  std::vector<NodePrints> gone;
  for (const Artifact& artifact : missing) {
    AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(artifact.id));
    gone.push_back(live->kind() == document::TreeKind::kOpaque ? NodePrints() : PrintsOf(*live));
  }
  std::vector<size_t> numbers;
  std::vector<NodePrints> came;
  for (const auto& [hash, number] : by_hash) {
    numbers.push_back(number);
    came.push_back(PrintsOfFile(strangers[number].path));
  }
  std::set<size_t> found;
  for (const auto& [from, to] : PairMoved(gone, came)) {
    AMEIDE_ASSIGN_OR_RETURN(std::optional<WorkingFile> known, table_.Find(missing[from].id));
    strangers[numbers[to]].taken = true;
    moves.push_back({std::move(missing[from]), *std::move(known), numbers[to]});
    found.insert(from);
  }
  changed.clear();
  for (size_t i = 0; i < missing.size(); ++i)
    if (!found.contains(i)) changed.push_back(std::move(missing[i]));
  missing = std::move(changed);
  return moves;
}

std::vector<uint64_t> WorkingFiles::PrintsOfFile(const std::string& path) const {
  const absl::StatusOr<std::string> bytes =
      store_->options().files->Read(store_->layout().root / path, kLargestCompared);
  if (!bytes.ok()) return {};
  const document::Format& format =
      store_->options().formats->ForFile(path, std::string_view(*bytes).substr(0, kHead));
  const absl::StatusOr<document::Intake> intake = format.Accept(*bytes);
  if (!intake.ok() || intake->import.kind == document::TreeKind::kOpaque) return {};
  const absl::StatusOr<Document> document = Document::Import(intake->import, *bytes, EventId{});
  return document.ok() ? PrintsOf(*document) : NodePrints();
}

absl::Status WorkingFiles::FollowMoves(std::span<const Move> moves, std::span<const Stranger> strangers,
                                       Notes& notes) {
  Notes told;
  const auto rename = [&](const Move& move) -> absl::Status {
    const Stranger& stranger = strangers[move.to];
    const absl::StatusOr<Receipt> receipt = store_->RenameArtifact(
        move.artifact.id, stranger.path, absl::StrCat("Renamed outside to ", stranger.path));
    if (!receipt.ok()) {
      if (store_->broken()) return receipt.status();
      told.push_back(
          NoteOf(WorkingFileNote::What::kFailed, stranger.path, std::string(receipt.status().message())));
      return absl::OkStatus();
    }
    WorkingFile now = move.known;
    now.path = stranger.path;
    now.stamp = {};
    if (now.Wrote(stranger.hash)) now.Found(stranger.hash, stranger.stamp);
    // The rename itself changes no content: a file that was up to date still is.
    if (!move.artifact.pending_write) {
      AMEIDE_ASSIGN_OR_RETURN(now.stands, Now(move.artifact.id));
    }
    AMEIDE_RETURN_IF_ERROR(table_.Remember(move.artifact.id, now));
    told.push_back(NoteOf(WorkingFileNote::What::kRenamed, stranger.path,
                          absl::StrCat(move.artifact.path, " was renamed to ", stranger.path)));
    told.back().event = receipt->event;
    return absl::OkStatus();
  };
  for (size_t begin = 0; begin < moves.size(); begin += kGroup) {
    const std::span<const Move> group = moves.subspan(begin, std::min(kGroup, moves.size() - begin));
    AMEIDE_RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
      for (const Move& move : group) AMEIDE_RETURN_IF_ERROR(rename(move));
      return absl::OkStatus();
    }));
    notes.insert(notes.end(), std::make_move_iterator(told.begin()), std::make_move_iterator(told.end()));
    told.clear();
    for (const Move& move : group) {
      AMEIDE_ASSIGN_OR_RETURN(const Artifact after, store_->log().reader().GetArtifact(move.artifact.id));
      if (after.path == strangers[move.to].path) AMEIDE_RETURN_IF_ERROR(SyncArtifact(after, notes, nullptr));
    }
  }
  return absl::OkStatus();
}

absl::Status WorkingFiles::RetireRemoved(std::span<const Artifact> removed, Notes& notes) {
  for (size_t begin = 0; begin < removed.size(); begin += kGroup) {
    Notes told;
    AMEIDE_RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
      for (const Artifact& artifact : removed.subspan(begin, std::min(kGroup, removed.size() - begin))) {
        AMEIDE_ASSIGN_OR_RETURN(const Receipt receipt,
                                store_->RetireArtifact(artifact.id, "Removed outside"));
        AMEIDE_RETURN_IF_ERROR(table_.Forget(artifact.id));
        told.push_back(NoteOf(WorkingFileNote::What::kRetired, artifact.path,
                              absl::StrCat(artifact.path, " was removed outside; its history stays")));
        told.back().event = receipt.event;
      }
      return absl::OkStatus();
    }));
    notes.insert(notes.end(), std::make_move_iterator(told.begin()), std::make_move_iterator(told.end()));
  }
  return absl::OkStatus();
}

absl::Status WorkingFiles::ResolveMissing(std::vector<Artifact> missing, std::vector<std::string>& strangers,
                                          Notes& notes) {
  if (missing.empty()) return absl::OkStatus();
  std::vector<Stranger> read = ReadStrangers(strangers);
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Move> moves, FindMoved(missing, read));
  AMEIDE_RETURN_IF_ERROR(FollowMoves(moves, read, notes));
  std::set<std::string> taken;
  for (const Stranger& stranger : read)
    if (stranger.taken) taken.insert(stranger.path);
  std::erase_if(strangers, [&](const std::string& path) { return taken.contains(path); });
  std::vector<Artifact> removed;
  for (Artifact& artifact : missing) {
    if (!artifact.pending_write) {
      removed.push_back(std::move(artifact));
      continue;
    }
    AMEIDE_RETURN_IF_ERROR(Write(artifact, notes));
    notes.back().message =
        absl::StrCat(artifact.path, " was removed outside while it had newer changes; it was written again");
  }
  return RetireRemoved(removed, notes);
}

absl::Status WorkingFiles::AbsorbNew(std::span<const std::string> paths, Notes& notes) {
  for (size_t begin = 0; begin < paths.size(); begin += kGroup) {
    Notes told;
    AMEIDE_RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
      for (const std::string& path : paths.subspan(begin, std::min(kGroup, paths.size() - begin))) {
        const absl::StatusOr<Receipt> receipt = ImportHere(path);
        if (receipt.ok()) {
          told.push_back(
              NoteOf(WorkingFileNote::What::kCreated, path, absl::StrCat(path, " is an artifact now")));
          told.back().event = receipt->event;
          continue;
        }
        if (store_->broken()) return receipt.status();
        told.push_back(NoteOf(WorkingFileNote::What::kFailed, ReadableName(path),
                              std::string(receipt.status().message())));
      }
      return absl::OkStatus();
    }));
    // What was changed since a file was committed is an edit of it.
    Notes edits;
    for (const WorkingFileNote& note : told) {
      if (note.what != WorkingFileNote::What::kCreated || !store_->options().committed_before) continue;
      AMEIDE_ASSIGN_OR_RETURN(const Artifact artifact, store_->log().reader().FindArtifact(note.path));
      AMEIDE_RETURN_IF_ERROR(SyncArtifact(artifact, edits, nullptr));
    }
    for (Notes* some : {&told, &edits})
      notes.insert(notes.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
