#include "uaf/store/working_files.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/derive.h"
#include "uaf/store/fold.h"
#include "uaf/store/foreign_edit.h"
#include "uaf/store/pending.h"

namespace ameide::uaf {
namespace {

using document::Document;
using document::ImportOp;
using document::Op;

constexpr std::string_view kForeignLabel = "Edited outside";
constexpr size_t kHead = 4096;
constexpr int kMostRewrites = 3;

std::string_view Head(std::string_view bytes) { return bytes.substr(0, kHead); }

/// Whether a folder on the way to a path of the workspace is a symbolic link.
bool IsBehindLink(const std::filesystem::path& root, const std::string& path) {
  std::filesystem::path folder = root;
  for (const std::filesystem::path& part : std::filesystem::path(path).parent_path()) {
    folder /= part;
    std::error_code error;
    if (std::filesystem::is_symlink(folder, error)) return true;
  }
  return false;
}

/// Removes a folder in which there are but empty folders.
void RemoveEmptyFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::symlink_status(folder, error))) return;
  std::vector<std::filesystem::path> inside;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) inside.push_back(entry.path());
  for (const std::filesystem::path& each : inside) RemoveEmptyFolder(each);
  std::filesystem::remove(folder, error);  // refused for one that holds something
}

std::string Text(const absl::Status& status) { return std::string(status.message()); }

WorkingFileNote NoteOf(WorkingFileNote::What what, const std::string& path, std::string message = {}) {
  WorkingFileNote note;
  note.what = what;
  note.path = path;
  note.message = std::move(message);
  return note;
}

}  // namespace

absl::StatusOr<Standing> WorkingFiles::Now(const ArtifactId& artifact) {
  Standing now;
  AMEIDE_ASSIGN_OR_RETURN(now.arrival, store_->ArrivalOf(artifact));
  AMEIDE_ASSIGN_OR_RETURN(now.view, store_->log().reader().View());
  return now;
}

absl::Status WorkingFiles::RemoveLeftBehind() {
  FileSystem& files = *store_->options().files;
  std::vector<std::pair<ArtifactId, bool>> left;
  {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        store_->database().Prepare(
            "SELECT n.name, a.id IS NULL OR a.retired FROM working_files w JOIN artifact_names n"
            " ON n.id = w.artifact LEFT JOIN artifacts a ON a.id = w.artifact WHERE w.view <> ?"
            " AND (a.id IS NULL OR a.retired OR a.path <> w.path)"));
    AMEIDE_ASSIGN_OR_RETURN(const int64_t view, store_->log().reader().View());
    query.Bind(1, view);
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      left.emplace_back(ArtifactId{std::string(query.Text(0))}, query.Int(1) != 0);
    }
  }
  for (const auto& [artifact, gone] : left) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(artifact));
    const std::filesystem::path path = store_->layout().root / known->path;
    if (CheckInside(store_->layout().root, known->path).ok()) {
      const absl::StatusOr<std::string> bytes = files.Read(path, kLargestArtifact);
      if (bytes.ok() && known->Wrote(Sha256(*bytes))) AMEIDE_RETURN_IF_ERROR(files.Remove(path));
    }
    if (gone) {
      AMEIDE_RETURN_IF_ERROR(InTransaction([&, artifact = artifact] { return table_.Forget(artifact); }));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> WorkingFiles::KeepAside(const Artifact& artifact, std::string_view bytes) {
  FileSystem& files = *store_->options().files;
  std::string name = artifact.path;
  std::replace(name.begin(), name.end(), '/', '_');
  constexpr size_t kLongestTail = 100;
  if (name.size() > kLongestTail) name = name.substr(name.size() - kLongestTail);
  const std::filesystem::path relative =
      std::filesystem::path(".uaf") / "aside" / absl::StrCat(Sha256(bytes).Hex().substr(0, 16), "-", name);
  AMEIDE_RETURN_IF_ERROR(files.CreateFolders(store_->layout().aside));
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(store_->layout().root / relative, bytes));
  return relative.generic_string();
}

absl::StatusOr<Store::Recorded> WorkingFiles::RecordForeign(const Artifact& artifact, const Document& base,
                                                            std::string_view bytes) {
  const document::Format& format = store_->options().formats->ForFile(artifact.path, Head(bytes));
  AMEIDE_ASSIGN_OR_RETURN(document::Intake intake, format.Accept(bytes));
  if (intake.import.kind != document::TreeKind::kOpaque) {
    if (const auto line = LineOfConflictMarkers(bytes, base.Render()))
      return absl::InvalidArgumentError(absl::StrCat(*line, ":1: git's conflict markers are in it"));
  }
  Command command;
  command.artifact = artifact.id;
  command.label = kForeignLabel;
  command.intent = "foreign-edit";
  std::optional<std::vector<Op>> edits = ElementEdits(base, intake.import, bytes, store_->log().NextId());
  if (edits) {
    command.ops = *std::move(edits);
  } else {
    AMEIDE_ASSIGN_OR_RETURN(intake.import.blob, store_->blobs().Put(bytes));
    command.ops = {intake.import};
  }
  Store::EditTraits traits;
  traits.tool = "another program";
  traits.pass_over_failing = true;
  return store_->Record(std::move(command), traits);
}

absl::StatusOr<WorkingFiles::EditedState> WorkingFiles::StateOf(const ArtifactId& artifact,
                                                                const Standing& standing,
                                                                const std::vector<int64_t>& absorbed) {
  AMEIDE_ASSIGN_OR_RETURN(Document state, store_->StateAt(artifact, standing.arrival, standing.view));
  std::vector<int64_t> held;
  Folder folder([this](const Hash256& hash) { return store_->blobs().Get(hash); }, std::move(state));
  for (const int64_t arrival : absorbed) {
    if (arrival == kKeptAside) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event,
                            store_->log().reader().FindArrival(arrival));
    if (!event || event->change_set.artifact != artifact) continue;
    AMEIDE_RETURN_IF_ERROR(folder.Apply(event->change_set));
    held.push_back(arrival);
  }
  return EditedState{standing, std::move(held), folder.Take()};
}

absl::StatusOr<WorkingFiles::EditedState> WorkingFiles::EditedFrom(const Artifact& artifact,
                                                                   std::string_view bytes,
                                                                   const std::optional<WorkingFile>& known,
                                                                   bool written) {
  std::vector<EditedState> states;
  const auto add = [&](const Standing& standing, const std::vector<int64_t>& absorbed) -> absl::Status {
    absl::StatusOr<EditedState> state = StateOf(artifact.id, standing, absorbed);
    // A file that was never written holds nothing of ours.
    if (absl::IsNotFound(state.status())) return absl::OkStatus();
    AMEIDE_RETURN_IF_ERROR(state.status());
    states.push_back(*std::move(state));
    return absl::OkStatus();
  };
  if (known) AMEIDE_RETURN_IF_ERROR(add(known->stands, known->absorbed));
  if (known && known->writing && written) AMEIDE_RETURN_IF_ERROR(add(known->writing_stands, {}));
  if (states.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const Standing now, Now(artifact.id));
    AMEIDE_RETURN_IF_ERROR(add(now, {}));
  }
  if (states.empty())
    return absl::DataLossError(absl::StrCat(artifact.path, " has no content; run `ameide doctor`"));
  if (states.size() == 1) return std::move(states.front());
  // A crash came while we wrote: it was saved over what the file held before, or over what we wrote.
  const document::Format& format = store_->options().formats->ForFile(artifact.path, Head(bytes));
  const absl::StatusOr<document::Intake> intake = format.Accept(bytes);
  if (!intake.ok()) return std::move(states.front());
  const bool newer = DistanceTo(states.back().document, intake->import, bytes) <
                     DistanceTo(states.front().document, intake->import, bytes);
  return std::move(newer ? states.back() : states.front());
}

absl::StatusOr<bool> WorkingFiles::CameWithLog(const Artifact& artifact, std::string_view bytes,
                                               const WorkingFile& known) {
  const document::Format& format = store_->options().formats->ForFile(artifact.path, Head(bytes));
  const absl::StatusOr<document::Intake> intake = format.Accept(bytes);
  if (!intake.ok()) return true;
  AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(artifact.id));
  const size_t from_live = DistanceTo(*live, intake->import, bytes);
  if (from_live == 0) return true;
  AMEIDE_ASSIGN_OR_RETURN(const EditedState edited, EditedFrom(artifact, bytes, known, /*written=*/true));
  return from_live < DistanceTo(edited.document, intake->import, bytes);
}

absl::Status WorkingFiles::Absorb(const Artifact& artifact, std::string_view bytes,
                                  const WorkingFile* on_disk, Notes& notes) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(artifact.id));
  // What was displaced by our write was not saved over it.
  AMEIDE_ASSIGN_OR_RETURN(const EditedState edited,
                          EditedFrom(artifact, bytes, known, /*written=*/on_disk == nullptr));
  const Document& base = edited.document;
  if (base.Render() == bytes) {
    // Back to what it was: no edit. Whatever was recorded since is still to be written.
    WorkingFile now = on_disk != nullptr ? *on_disk : WorkingFile{};
    if (on_disk == nullptr) {
      now.path = artifact.path;
      now.hash = Sha256(bytes);
      now.stands = edited.standing;
      now.absorbed = edited.absorbed;
    }
    return InTransaction([&] { return table_.Remember(artifact.id, now); });
  }
  std::string aside;
  absl::StatusOr<Store::Recorded> recorded = InTransaction([&]() -> absl::StatusOr<Store::Recorded> {
    AMEIDE_ASSIGN_OR_RETURN(Store::Recorded done, RecordForeign(artifact, base, bytes));
    if (done.passed_over > 0) {
      // Before the commit: from then on the file may be written again.
      AMEIDE_ASSIGN_OR_RETURN(aside, KeepAside(artifact, bytes));
    }
    if (on_disk != nullptr) {
      AMEIDE_RETURN_IF_ERROR(table_.Remember(artifact.id, *on_disk));
      return done;
    }
    AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(artifact.id));
    WorkingFile now;
    now.path = artifact.path;
    now.hash = Sha256(bytes);
    AMEIDE_ASSIGN_OR_RETURN(now.stands, Now(artifact.id));
    if (live->Render() != bytes) {
      // Edits were waiting to be written: the file holds what it held, and this edit.
      now.absorbed = edited.absorbed;
      now.absorbed.push_back(std::exchange(now.stands, edited.standing).arrival);
    }
    AMEIDE_RETURN_IF_ERROR(table_.Remember(artifact.id, now));
    return done;
  });
  if (recorded.ok()) {
    WorkingFileNote note = NoteOf(WorkingFileNote::What::kAbsorbed, artifact.path,
                                  absl::StrCat("an outside edit of ", artifact.path, " was recorded"));
    note.event = recorded->receipt.event;
    if (recorded->passed_over > 0) {
      note.aside = aside;
      note.message =
          absl::StrCat("an outside edit of ", artifact.path, " was recorded, but ", recorded->passed_over,
                       " of its changes touch what was removed here; the whole file is kept as ", note.aside);
    }
    notes.push_back(std::move(note));
    return absl::OkStatus();
  }
  if (!absl::IsInvalidArgument(recorded.status()) && !absl::IsFailedPrecondition(recorded.status()) &&
      !absl::IsResourceExhausted(recorded.status())) {
    return recorded.status();
  }
  WorkingFileNote note = NoteOf(WorkingFileNote::What::kKeptAside, artifact.path);
  AMEIDE_ASSIGN_OR_RETURN(note.aside, KeepAside(artifact, bytes));
  note.message =
      absl::StrCat(artifact.path, ":", Text(recorded.status()), "; what was saved outside is kept as ",
                   note.aside, ", and the file is written again from the store");
  notes.push_back(std::move(note));
  // The bytes are safe aside: the file counts as behind, so that it is written.
  return InTransaction([&]() -> absl::Status {
    WorkingFile now = on_disk != nullptr ? *on_disk : WorkingFile{};
    if (on_disk == nullptr) {
      now.path = artifact.path;
      now.hash = Sha256(bytes);
      now.stands = edited.standing;
      now.absorbed = edited.absorbed;
      now.absorbed.push_back(kKeptAside);
    }
    return table_.Remember(artifact.id, now);
  });
}

absl::Status WorkingFiles::Write(const Artifact& artifact, Notes& notes) {
  FileSystem& files = *store_->options().files;
  const std::filesystem::path path = store_->layout().root / artifact.path;
  for (int attempt = 0; attempt < kMostRewrites; ++attempt) {
    AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(artifact.id));
    const std::string bytes = live->Render();
    const Hash256 hash = Sha256(bytes);
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(artifact.id));
    WorkingFile written_state;
    written_state.path = artifact.path;
    written_state.hash = hash;
    AMEIDE_ASSIGN_OR_RETURN(written_state.stands, Now(artifact.id));
    // Until it is written the file lies where it lay, and one that is new was nowhere.
    WorkingFile now = known.value_or(WorkingFile{});
    if (!known) {
      now.path = artifact.path;
      now.hash = hash;
      now.stands.view = written_state.stands.view;
    }
    now.writing = hash;
    now.writing_stands = written_state.stands;
    AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return table_.Remember(artifact.id, now); }));
    absl::Status written = files.CreateFolders(path.parent_path());
    absl::StatusOr<std::optional<std::string>> displaced =
        written.ok() ? files.ExchangeAtomically(path, bytes)
                     : absl::StatusOr<std::optional<std::string>>(written);
    if (!displaced.ok()) {
      notes.push_back(NoteOf(WorkingFileNote::What::kFailed, artifact.path, Text(displaced.status())));
      return absl::OkStatus();
    }
    if (*displaced && !now.Wrote(Sha256(**displaced))) {
      // Somebody saved in the last moment: what we displaced is an edit of what the file held before.
      AMEIDE_RETURN_IF_ERROR(Absorb(artifact, **displaced, &written_state, notes));
      continue;
    }
    // Without a stamp, so that the file is read once more: it may have been saved again since the exchange.
    now = written_state;
    AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return table_.Remember(artifact.id, now); }));
    notes.push_back(NoteOf(WorkingFileNote::What::kWritten, artifact.path));
    return absl::OkStatus();
  }
  notes.push_back(
      NoteOf(WorkingFileNote::What::kFailed, artifact.path,
             absl::StrCat("another program keeps saving ", artifact.path, "; it is written later")));
  return absl::OkStatus();
}

absl::Status WorkingFiles::FollowRetirements() {
  if (!held_.empty()) return absl::OkStatus();
  FileSystem& files = *store_->options().files;
  std::vector<ArtifactId> retired;
  {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        store_->database().Prepare("SELECT n.name FROM working_files w JOIN artifacts a ON a.id = w.artifact"
                                   " JOIN artifact_names n ON n.id = w.artifact WHERE a.retired = 1"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      retired.push_back(ArtifactId{std::string(query.Text(0))});
    }
  }
  for (const ArtifactId& artifact : retired) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(artifact));
    const std::filesystem::path path = store_->layout().root / known->path;
    // Its file is in the way of those whose folder its place is to be.
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<ArtifactId> owner, OwnerOf(known->path));
    bool of_another = owner && *owner != artifact;
    if (of_another) {
      // Whose file was never written there is not to take this one's for an edit.
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> of_owner, table_.Find(*owner));
      of_another = of_owner && of_owner->path == known->path;
    }
    const bool ours = CheckInside(store_->layout().root, known->path).ok() && !of_another;
    const absl::StatusOr<std::string> bytes =
        ours ? files.Read(path, kLargestArtifact)
             : absl::StatusOr<std::string>(absl::NotFoundError("not ours"));
    if (!bytes.ok() && !absl::IsNotFound(bytes.status())) continue;  // another time
    if (bytes.ok() && known->Wrote(Sha256(*bytes)) && !files.Remove(path).ok()) continue;
    AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return table_.Forget(artifact); }));
  }
  return absl::OkStatus();
}

absl::Status WorkingFiles::SyncArtifact(const Artifact& artifact, Notes& notes,
                                        std::vector<Artifact>* missing) {
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const bool of_another, IsOfAnother(artifact.id, artifact.path));
  if (!artifact.read_only_because.empty() || of_another) return absl::OkStatus();
  if (absl::Status inside = CheckInside(store_->layout().root, artifact.path); !inside.ok()) {
    notes.push_back(NoteOf(WorkingFileNote::What::kFailed, artifact.path, Text(inside)));
    return absl::OkStatus();
  }
  AMEIDE_RETURN_IF_ERROR(FollowRename(artifact));
  const std::filesystem::path path = store_->layout().root / artifact.path;
  AMEIDE_ASSIGN_OR_RETURN(std::optional<WorkingFile> known, table_.Find(artifact.id));
  const bool elsewhere = !known || known->path != artifact.path;
  if (elsewhere && held_.empty()) {
    AMEIDE_RETURN_IF_ERROR(MakeRoom(artifact, notes));
    AMEIDE_ASSIGN_OR_RETURN(known, table_.Find(artifact.id));
  }
  // Those below it that were renamed or removed leave an empty folder behind.
  if (elsewhere) RemoveEmptyFolder(path);
  const absl::StatusOr<FileStamp> stamp = files.Stamp(path);
  if (absl::IsNotFound(stamp.status())) {
    // One that was to be written for the first time when the computer crashed is not missing.
    if (known && known->path == artifact.path && known->WasThere() && missing != nullptr) {
      missing->push_back(artifact);
      return absl::OkStatus();
    }
    // Nor is one written behind a link that is about to become a folder: git does that.
    if (!known && IsBehindLink(store_->layout().root, artifact.path)) return absl::OkStatus();
    return !known || artifact.pending_write ? Write(artifact, notes) : absl::OkStatus();
  }
  const bool untouched = stamp.ok() && known && known->path == artifact.path && *stamp == known->stamp;
  if (!untouched) {
    const absl::StatusOr<std::string> bytes =
        stamp.ok() ? files.Read(path, kLargestArtifact) : absl::StatusOr<std::string>(stamp.status());
    // A folder in its place: somebody removed the file.
    if (absl::IsNotFound(bytes.status()) && known && !elsewhere && known->WasThere() && missing != nullptr) {
      missing->push_back(artifact);
      return absl::OkStatus();
    }
    if (!bytes.ok()) {
      notes.push_back(NoteOf(WorkingFileNote::What::kFailed, artifact.path, Text(bytes.status())));
      return absl::OkStatus();
    }
    const Hash256 hash = Sha256(*bytes);
    if (elsewhere && held_.empty()) {
      AMEIDE_ASSIGN_OR_RETURN(const bool taken, TakeOver(artifact, *bytes, notes));
      if (taken) {
        AMEIDE_ASSIGN_OR_RETURN(known, table_.Find(artifact.id));
      }
    }
    AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(artifact.id));
    if ((!known || !known->Wrote(hash)) && live->Render() != *bytes) {
      if (!held_.empty()) {
        notes.push_back(HeldNote(artifact.path));
        return absl::OkStatus();
      }
      AMEIDE_RETURN_IF_ERROR(Absorb(artifact, *bytes, nullptr, notes));
    } else {
      WorkingFile now = known.value_or(WorkingFile{});
      now.path = artifact.path;
      // Our own bytes keep the state that they stand for; what equals the live state stands for that.
      if (!known || !known->Wrote(hash)) {
        AMEIDE_ASSIGN_OR_RETURN(now.stands, Now(artifact.id));
        now.absorbed.clear();
      }
      now.Found(hash, *stamp);
      AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return table_.Remember(artifact.id, now); }));
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const Artifact after, store_->log().reader().GetArtifact(artifact.id));
  return after.pending_write ? Write(after, notes) : absl::OkStatus();
}

WorkingFileNote WorkingFiles::HeldNote(const std::string& path) const {
  return NoteOf(WorkingFileNote::What::kFailed, path,
                absl::StrCat(path, " is left as it is while the log is incomplete: ", held_));
}

absl::StatusOr<WorkingFiles::Notes> WorkingFiles::Sync(const WorkingFileOptions& options) {
  Notes notes;
  if (held_.empty()) AMEIDE_RETURN_IF_ERROR(RemoveLeftBehind());
  if (held_.empty()) AMEIDE_RETURN_IF_ERROR(RetireTwins(notes));
  std::vector<Artifact> missing;
  AMEIDE_RETURN_IF_ERROR(FollowRetirements());
  // Then no file of a twin lies in the place of another one, to be taken for an edit of it.
  if (held_.empty()) AMEIDE_RETURN_IF_ERROR(BringBackTwins());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, store_->log().reader().Artifacts(false));
  for (const Artifact& artifact : artifacts) AMEIDE_RETURN_IF_ERROR(SyncArtifact(artifact, notes, &missing));
  if (!held_.empty() || (missing.empty() && options.new_files == NewFiles::kLeave)) return notes;
  std::vector<std::string> strangers = Strangers(options);
  AMEIDE_RETURN_IF_ERROR(ResolveMissing(missing, strangers, notes));
  if (options.new_files == NewFiles::kLeave) return notes;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<PendingFile> pending, PendingFiles(store_->log().reader()));
  for (const PendingFile& file : pending) {
    notes.push_back(NoteOf(WorkingFileNote::What::kFailed, file.path,
                           absl::StrCat(file.path, " was not taken in: ", PendingReason())));
  }
  if (options.new_files == NewFiles::kKnownNotation) {
    std::erase_if(strangers, [&](const std::string& path) {
      const absl::StatusOr<std::string> bytes =
          store_->options().files->Read(store_->layout().root / path, kLargestArtifact);
      return !bytes.ok() || store_->options().formats->ForFile(path, Head(*bytes)).name() == "opaque";
    });
  }
  AMEIDE_RETURN_IF_ERROR(AbsorbNew(strangers, notes));
  return notes;
}

absl::StatusOr<WorkingFiles::Notes> WorkingFiles::Flush(const ArtifactId& artifact) {
  Notes notes;
  AMEIDE_ASSIGN_OR_RETURN(const Artifact found, store_->log().reader().GetArtifact(artifact));
  if (!found.retired) AMEIDE_RETURN_IF_ERROR(SyncArtifact(found, notes, nullptr));
  return notes;
}

absl::StatusOr<Receipt> WorkingFiles::Import(const std::string& path) {
  AMEIDE_RETURN_IF_ERROR(CheckNoOtherName(path));
  AMEIDE_ASSIGN_OR_RETURN(const Receipt receipt, InTransaction([&] { return ImportHere(path); }));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, store_->log().reader().Find(receipt.event));
  AMEIDE_RETURN_IF_ERROR(Flush(event->change_set.artifact).status());
  return receipt;
}

absl::StatusOr<Receipt> WorkingFiles::ImportHere(const std::string& path) {
  AMEIDE_RETURN_IF_ERROR(CheckInside(store_->layout().root, path));
  const std::filesystem::path file = store_->layout().root / path;
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const FileStamp stamp, files.Stamp(file));
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, files.Read(file, kLargestArtifact));
  WorkingFile now;
  now.path = path;
  now.hash = Sha256(bytes);
  now.stamp = stamp;
  std::optional<Receipt> begun;
  if (store_->options().committed_before) {
    if (const std::optional<CommittedFile> before = store_->options().committed_before(path)) {
      AMEIDE_ASSIGN_OR_RETURN(begun, store_->BeginCommitted(path, *before));
      // What was changed since is an edit: the file is to be read again.
      if (begun && before->bytes != bytes) {
        now.hash = Sha256(before->bytes);
        now.stamp = {};
      }
    }
  }
  Receipt receipt;
  if (begun) {
    receipt = *begun;
  } else {
    AMEIDE_ASSIGN_OR_RETURN(receipt, store_->CreateArtifact(path, bytes, absl::StrCat("Import ", path)));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, store_->log().reader().Find(receipt.event));
  AMEIDE_ASSIGN_OR_RETURN(now.stands, Now(event->change_set.artifact));
  AMEIDE_RETURN_IF_ERROR(table_.Remember(event->change_set.artifact, now));
  return receipt;
}

absl::StatusOr<Receipt> WorkingFiles::Rename(const ArtifactId& artifact, const std::string& path) {
  FileSystem& files = *store_->options().files;
  AMEIDE_RETURN_IF_ERROR(CheckInside(store_->layout().root, path));
  AMEIDE_RETURN_IF_ERROR(Flush(artifact).status());
  AMEIDE_RETURN_IF_ERROR(store_->FindLiveArtifact(artifact).status());
  AMEIDE_ASSIGN_OR_RETURN(const Artifact before, store_->log().reader().GetArtifact(artifact));
  const std::filesystem::path to = store_->layout().root / path;
  if (!SamePath(before.path, path) && files.Exists(to)) {
    return absl::AlreadyExistsError(absl::StrCat(path, " exists already; choose another name"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const bool shared, IsOfAnother(artifact, before.path));
  AMEIDE_ASSIGN_OR_RETURN(const Receipt receipt, InTransaction([&]() -> absl::StatusOr<Receipt> {
                            return store_->RenameArtifact(artifact, path, absl::StrCat("Rename to ", path));
                          }));
  // From here on the rename stands. Should the file not follow, the next Sync writes it under its new name.
  if (shared) {
    // The file there is the other one's: this one gets its own.
    AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return table_.Forget(artifact); }));
    AMEIDE_RETURN_IF_ERROR(Flush(artifact).status());
    return receipt;
  }
  absl::Status moved = files.CreateFolders(to.parent_path());
  if (moved.ok()) moved = files.Move(store_->layout().root / before.path, to);
  AMEIDE_ASSIGN_OR_RETURN(std::optional<WorkingFile> known, table_.Find(artifact));
  if (moved.ok() && known) {
    known->path = path;
    if (!before.pending_write) {
      AMEIDE_ASSIGN_OR_RETURN(known->stands, Now(artifact));
    }
    AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return table_.Remember(artifact, *known); }));
  }
  // Another artifact may have waited for the path.
  std::vector<std::string> left = {before.path};
  for (size_t slash = before.path.find('/'); slash != std::string::npos;
       slash = before.path.find('/', slash + 1))
    left.push_back(before.path.substr(0, slash));
  for (const std::string& place : left) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<ArtifactId> next, OwnerOf(place));
    if (next && *next != artifact) AMEIDE_RETURN_IF_ERROR(Flush(*next).status());
  }
  return receipt;
}

absl::StatusOr<Receipt> WorkingFiles::Retire(const ArtifactId& artifact) {
  AMEIDE_RETURN_IF_ERROR(Flush(artifact).status());
  AMEIDE_RETURN_IF_ERROR(store_->FindLiveArtifact(artifact).status());
  AMEIDE_ASSIGN_OR_RETURN(const Artifact before, store_->log().reader().GetArtifact(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const Receipt receipt, InTransaction([&] {
                            return store_->RetireArtifact(artifact, absl::StrCat("Remove ", before.path));
                          }));
  // From here on the retirement stands. Should the file stay, the next Sync removes it.
  if (absl::Status status = FollowRetirements(); !status.ok() && store_->broken()) return status;
  return receipt;
}

absl::Status WorkingFiles::Reconcile(const std::vector<ArtifactId>& artifacts) {
  FileSystem& files = *store_->options().files;
  for (const ArtifactId& id : artifacts) {
    const absl::StatusOr<Artifact> found = store_->log().reader().GetArtifact(id);
    if (absl::IsNotFound(found.status()))
      continue;  // its beginning has not come yet, or is on another branch
    AMEIDE_RETURN_IF_ERROR(found.status());
    const Artifact& artifact = *found;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(id));
    if (artifact.retired || !artifact.read_only_because.empty() || !known) continue;
    const absl::StatusOr<std::string> bytes =
        files.Read(store_->layout().root / artifact.path, kLargestArtifact);
    // A file that still holds what we wrote last, or none, is simply behind.
    if (!bytes.ok() || known->Wrote(Sha256(*bytes))) continue;
    AMEIDE_ASSIGN_OR_RETURN(const bool came, CameWithLog(artifact, *bytes, *known));
    if (!came) continue;
    AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(id));
    WorkingFile now = *known;
    now.path = artifact.path;
    now.hash = Sha256(live->Render());
    now.writing.reset();
    now.absorbed.clear();
    now.stamp = {};
    AMEIDE_ASSIGN_OR_RETURN(now.stands, Now(id));
    AMEIDE_RETURN_IF_ERROR(InTransaction([&] { return table_.Remember(id, now); }));
  }
  return absl::OkStatus();
}

absl::Status WorkingFiles::CameWithCommit(const ArtifactId& id, std::string_view bytes) {
  const absl::StatusOr<Artifact> artifact = store_->log().reader().GetArtifact(id);
  if (absl::IsNotFound(artifact.status())) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(artifact.status());
  if (artifact->retired || !artifact->read_only_because.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> present =
      store_->options().files->Read(store_->layout().root / artifact->path, kLargestArtifact);
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<WorkingFile> known, table_.Find(id));
  // What we wrote ourselves says what it stands for.
  if (!present.ok() || *present != bytes || (known && known->Wrote(Sha256(bytes)))) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const Document* live, store_->Live(id));
  WorkingFile now;
  now.path = artifact->path;
  now.hash = Sha256(bytes);
  AMEIDE_ASSIGN_OR_RETURN(now.stands, Now(id));
  // Where the log says more than the commit, the file is behind.
  if (live->Render() != bytes) --now.stands.arrival;
  return InTransaction([&] { return table_.Remember(id, now); });
}

}  // namespace ameide::uaf
