#include "uaf/store/exchange.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/derive.h"
#include "uaf/log/redact.h"
#include "uaf/store/derived_events.h"
#include "uaf/store/device_key.h"
#include "uaf/store/history.h"
#include "uaf/store/lifecycle_commands.h"
#include "uaf/store/log_files.h"
#include "uaf/store/packing.h"
#include "uaf/store/pending.h"
#include "uaf/store/profile.h"
#include "uaf/store/redaction.h"
#include "uaf/store/segment_intake.h"
#include "uaf/store/segment_signers.h"
#include "uaf/store/tail_files.h"

namespace ameide::uaf {
namespace {

/// Under which the store notes what the segments come with that are being written into the folder.
constexpr char kExpected[] = "expected";

}  // namespace

absl::StatusOr<uint64_t> SegmentExchange::Unsealed() {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Segment> open, store_->log().OpenSegment(store_->log().own()));
  return open ? open->events.size() : 0;
}

absl::Status SegmentExchange::SealStream(const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Segment> open, store_->log().OpenSegment(stream));
  if (!open) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      const Ed25519PrivateKey key,
      LoadOrMakeDeviceKey(store_->options().profile, *store_->options().files, *store_->options().random));
  // First the store, then the file. What the store holds as sealed is written again whenever the file is
  // missing, the same bytes from the same rows; neither a crash nor a failing disk can come at a bad moment.
  // The other way round there would be files of events that the store has not: it would give their names to
  // others.
  const auto seal = [&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(*store_, key));
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Segment> segment, store_->log().OpenSegment(stream));
    return store_->Noted(store_->log().MarkSealed(*segment, stream));
  };
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction(seal, events_));
  AMEIDE_RETURN_IF_ERROR(store_->WriteStreamToken());
  return WriteSealed();
}

absl::StatusOr<bool> SegmentExchange::IsOwn(const StreamId& stream) {
  if (stream == store_->log().own()) return true;
  if (store_->StreamOn(store_->log().graph().BranchOf(stream)) == stream) return true;
  AMEIDE_ASSIGN_OR_RETURN(
      const Ed25519PrivateKey key,
      LoadOrMakeDeviceKey(store_->options().profile, *store_->options().files, *store_->options().random));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<SegmentSigners::Sealed> segments,
                          SegmentSigners::SegmentsOf(store_->database(), stream));
  SegmentSigners signers(&store_->layout(), store_->options().files, store_->workspace());
  for (const SegmentSigners::Sealed& each : segments) {
    const std::string signer = signers.KeyOf(stream, each.number);
    if (!signer.empty()) return signer == key.public_key().Fingerprint();
  }
  return false;
}

absl::StatusOr<std::vector<SegmentExchange::Unwritten>> SegmentExchange::FindDropped() {
  std::vector<Unwritten> dropped;
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::Limits limits, store_->log().reader().PresentLimits());
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store_->database().Prepare("SELECT s.name, g.number, g.first, g.last, g.seed, g.stream FROM segments g"
                                 " JOIN streams s ON s.id = g.stream WHERE g.committed = 1"
                                 " AND g.last IS NOT NULL AND g.number > 0 AND length(g.seed) = 32"
                                 " AND length(s.name) <> 64 ORDER BY g.stream, g.number"));
  StreamId stream;
  std::vector<LogFileName> files;
  std::optional<bool> own;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return dropped;
    if (query.Text(0) != stream.name) {
      stream.name = query.Text(0);
      own.reset();
      AMEIDE_ASSIGN_OR_RETURN(files, LogFilesOf(store_->layout(), *store_->options().files, stream));
    }
    const auto number = static_cast<uint64_t>(query.Int(1));
    const auto first = static_cast<uint64_t>(query.Int(2));
    const bool here = std::any_of(files.begin(), files.end(), [number](const LogFileName& file) {
      return file.first <= number && number <= file.last;
    });
    if (here || !EventReader::Within(limits, EventReader::KeyOf(query.Int(5), first))) continue;
    if (!own) {
      AMEIDE_ASSIGN_OR_RETURN(own, IsOwn(stream));
    }
    if (!*own) continue;
    dropped.push_back(
        {stream, number, first, static_cast<uint64_t>(query.Int(3)), std::string(query.Blob(4))});
  }
}

absl::Status SegmentExchange::HideElsewhere() {
  std::map<StreamId, std::string> hidden;
  {
    AMEIDE_ASSIGN_OR_RETURN(const EventReader::Limits limits, store_->log().reader().PresentLimits());
    AMEIDE_ASSIGN_OR_RETURN(Statement query, store_->database().Prepare(
                                                 "SELECT s.name, g.number, g.first, g.stream FROM segments g"
                                                 " JOIN streams s ON s.id = g.stream WHERE g.committed = 0"
                                                 " AND g.last IS NOT NULL AND g.number > 0"
                                                 " ORDER BY g.stream, g.number"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      if (EventReader::Within(limits, EventReader::KeyOf(query.Int(3), static_cast<uint64_t>(query.Int(2)))))
        continue;
      absl::StrAppend(&hidden[StreamId{std::string(query.Text(0))}], "/", query.Int(1), ".seg\n");
    }
  }
  FileSystem& files = *store_->options().files;
  for (const StreamId& stream : StreamsOnDisk(store_->layout(), files)) {
    const std::filesystem::path path = store_->layout().log / stream.name / ".gitignore";
    const auto lines = hidden.find(stream);
    if (lines == hidden.end()) {
      if (files.Exists(path)) AMEIDE_RETURN_IF_ERROR(files.Remove(path));
    } else {
      AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(path, absl::StrCat("/.gitignore\n", lines->second)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SegmentExchange::Unwritten>> SegmentExchange::FindUnwritten() const {
  std::vector<Unwritten> sealed;
  {
    // What values were taken out of was written before.
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        store_->database().Prepare("SELECT s.name, g.number, g.first, g.last, g.seed FROM segments g"
                                   " JOIN streams s ON s.id = g.stream WHERE g.committed = 0"
                                   " AND g.last IS NOT NULL AND g.number > 0 AND length(g.seed) = 32"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      sealed.push_back({StreamId{std::string(query.Text(0))}, static_cast<uint64_t>(query.Int(1)),
                        static_cast<uint64_t>(query.Int(2)), static_cast<uint64_t>(query.Int(3)),
                        std::string(query.Blob(4))});
    }
  }
  std::map<StreamId, std::vector<LogFileName>> files;
  SegmentFiles files_of_log(&store_->layout(), store_->options().files, store_->workspace());
  std::vector<Unwritten> unwritten;
  for (Unwritten& each : sealed) {
    auto known = files.find(each.stream);
    if (known == files.end()) {
      AMEIDE_ASSIGN_OR_RETURN(std::vector<LogFileName> names,
                              LogFilesOf(store_->layout(), *store_->options().files, each.stream));
      known = files.emplace(each.stream, std::move(names)).first;
    }
    const bool written = std::any_of(
        known->second.begin(), known->second.end(),
        [&](const LogFileName& name) { return name.first <= each.number && each.number <= name.last; });
    if (written) {
      const absl::StatusOr<SegmentFiles::Found> found = files_of_log.Read(each.stream, each.number);
      const bool same = !found.ok() || (found->segment.segment.first == each.first &&
                                        found->segment.segment.last() == each.last);
      if (same) continue;
      each.name_is_taken = true;
    }
    unwritten.push_back(std::move(each));
  }
  return unwritten;
}

absl::Status SegmentExchange::NumberAnew(Unwritten& segment) {
  const auto number = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement next, store_->database().Prepare("SELECT MAX(g.number) + 1 FROM segments g JOIN streams s"
                                                   " ON s.id = g.stream WHERE s.name = ?"));
    next.BindText(1, segment.stream.name);
    AMEIDE_RETURN_IF_ERROR(store_->Noted(next.Step().status()));
    uint64_t free = static_cast<uint64_t>(next.Int(0));
    next.Reset();
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<LogFileName> names,
                            LogFilesOf(store_->layout(), *store_->options().files, segment.stream));
    for (const LogFileName& name : names) free = std::max(free, name.last + 1);
    AMEIDE_ASSIGN_OR_RETURN(Statement set, store_->database().Prepare(
                                               "UPDATE segments SET number = ? WHERE number = ? AND stream ="
                                               " (SELECT id FROM streams WHERE name = ?)"));
    set.Bind(1, static_cast<int64_t>(free)).Bind(2, static_cast<int64_t>(segment.number));
    set.BindText(3, segment.stream.name);
    AMEIDE_RETURN_IF_ERROR(store_->Noted(set.Run()));
    segment.number = free;
    return absl::OkStatus();
  };
  std::vector<StoredEvent> none;
  return store_->InTransaction(number, none);
}

absl::Status SegmentExchange::WriteSealed() {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Unwritten> unwritten, FindUnwritten());
  return WriteThese(std::move(unwritten));
}

absl::Status SegmentExchange::WriteThese(std::vector<Unwritten> unwritten) {
  if (unwritten.empty()) return absl::OkStatus();
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key,
                          LoadOrMakeDeviceKey(store_->options().profile, files, *store_->options().random));
  for (Unwritten& each : unwritten) {
    if (each.name_is_taken) AMEIDE_RETURN_IF_ERROR(NumberAnew(each));
    AMEIDE_ASSIGN_OR_RETURN(
        Segment segment, store_->log().Compose(each.stream, each.number, each.first, each.last, each.seed));
    const std::filesystem::path path =
        store_->layout().root / LogFileName{each.stream, each.number, each.number}.path();
    AMEIDE_RETURN_IF_ERROR(files.CreateFolders(path.parent_path()));
    AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(path, EncodeSegment(segment, key)));
  }
  return absl::OkStatus();
}

absl::Status SegmentExchange::NameWriter() {
  EventReader& reader = store_->log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
  const bool derived = std::all_of(everything.heads.begin(), everything.heads.end(),
                                   [](const auto& head) { return IsDerivedName(head.first); });
  if (everything.heads.empty() || !derived) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      const Ed25519PrivateKey key,
      LoadOrMakeDeviceKey(store_->options().profile, *store_->options().files, *store_->options().random));
  return store_->InTransaction([&] { return MakeKeyKnown(*store_, key); }, events_);
}

absl::StatusOr<std::vector<SealedFile>> SegmentExchange::Seal() {
  AMEIDE_RETURN_IF_ERROR(NameWriter());
  AMEIDE_RETURN_IF_ERROR(SealStream(store_->log().own()));
  AMEIDE_RETURN_IF_ERROR(WriteSealed());
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Unwritten> dropped, FindDropped());
  AMEIDE_RETURN_IF_ERROR(WriteThese(std::move(dropped)));
  AMEIDE_RETURN_IF_ERROR(FinishRedaction({}));
  return Uncommitted();
}

absl::StatusOr<std::vector<SealedFile>> SegmentExchange::Uncommitted() {
  std::vector<SealedFile> sealed;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, Files());
  AMEIDE_ASSIGN_OR_RETURN(Statement committed,
                          store_->database().Prepare("SELECT path, hash FROM committed_files"));
  std::map<std::string, std::string> hashes;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, committed.Step());
    if (!more) break;
    hashes.emplace(committed.Text(0), committed.Blob(1));
  }
  for (const std::string& path : paths) {
    AMEIDE_ASSIGN_OR_RETURN(std::string bytes,
                            store_->options().files->Read(store_->layout().root / path, kLargestArtifact));
    const auto known = hashes.extract(path);
    if (known.empty() || known.mapped() != Sha256(bytes).view()) sealed.push_back({path, std::move(bytes)});
  }
  // What a commit holds and is here no more was packed, or held values that were taken out.
  for (const auto& [path, hash] : hashes) sealed.push_back({path, std::nullopt});
  return sealed;
}

absl::StatusOr<std::vector<std::string>> SegmentExchange::Files() const {
  std::vector<std::string> paths;
  for (const char* path : {".gitattributes", ".uaf/workspace.yaml", ".uaf/policy.yaml", ".uaf/.gitignore",
                           ".uaf/.gitattributes"}) {
    if (store_->options().files->Exists(store_->layout().root / path)) paths.emplace_back(path);
  }
  std::vector<std::string> folders = {".uaf/log", ".uaf/blobs", ".uaf/keys"};
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    const auto entries = store_->options().files->List(store_->layout().root / folder);
    if (absl::IsNotFound(entries.status())) continue;
    AMEIDE_RETURN_IF_ERROR(entries.status());
    for (const FolderEntry& entry : *entries) {
      const std::string path = absl::StrCat(folder, "/", entry.name);
      if (entry.kind == EntryKind::kFolder) folders.push_back(path);
      if (entry.kind != EntryKind::kFile || entry.name.starts_with('.')) continue;
      // Segments of other branches wait for a commit of theirs.
      if (const auto named = ParseLogPath(path)) {
        AMEIDE_ASSIGN_OR_RETURN(const bool now,
                                store_->log().reader().SegmentIsNow(named->stream, named->first));
        if (!now) continue;
      }
      paths.push_back(path);
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::Status SegmentExchange::MarkCommitted(std::string_view commit) {
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, Files());
  // A commit cannot hold what had no file yet.
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Unwritten> unwritten, FindUnwritten());
  const auto mark = [&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(store_->Noted(store_->database().Execute("DELETE FROM committed_files")));
    AMEIDE_ASSIGN_OR_RETURN(
        Statement file, store_->database().Prepare("INSERT INTO committed_files(path, hash) VALUES(?, ?)"));
    for (const std::string& path : paths) {
      AMEIDE_ASSIGN_OR_RETURN(const std::string bytes,
                              files.Read(store_->layout().root / path, kLargestArtifact));
      const Hash256 hash = Sha256(bytes);
      file.BindText(1, path).BindBlob(2, hash.view());
      AMEIDE_RETURN_IF_ERROR(store_->Noted(file.Run()));
    }
    AMEIDE_RETURN_IF_ERROR(store_->Noted(
        store_->database().Execute("UPDATE segments SET committed = 1 WHERE last IS NOT NULL")));
    AMEIDE_ASSIGN_OR_RETURN(
        Statement not_yet,
        store_->database().Prepare("UPDATE segments SET committed = 0 WHERE number = ? AND stream ="
                                   " (SELECT id FROM streams WHERE name = ?)"));
    for (const Unwritten& each : unwritten) {
      not_yet.Bind(1, static_cast<int64_t>(each.number)).BindText(2, each.stream.name);
      AMEIDE_RETURN_IF_ERROR(store_->Noted(not_yet.Run()));
    }
    AMEIDE_ASSIGN_OR_RETURN(
        Statement heads,
        store_->database().Prepare("INSERT OR IGNORE INTO commits(id, stream, last)"
                                   " SELECT ?, g.stream, MAX(g.last) FROM segments g LEFT JOIN views v"
                                   " ON v.id = ? AND v.stream = g.stream WHERE g.committed = 1"
                                   " AND (v.last IS NULL OR g.first <= v.last) GROUP BY g.stream"));
    AMEIDE_ASSIGN_OR_RETURN(const int64_t view, store_->log().reader().View());
    heads.BindText(1, commit).Bind(2, view);
    AMEIDE_RETURN_IF_ERROR(store_->Noted(heads.Run()));
    // Its files are what the log says, but for what waits for a part of it.
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<PendingFile> pending, PendingFiles(store_->log().reader()));
    if (!pending.empty()) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(Statement followed, store_->database().Prepare(
                                                    "INSERT OR IGNORE INTO followed_commits(id) VALUES(?)"));
    followed.BindText(1, commit);
    return store_->Noted(followed.Run());
  };
  return store_->InTransaction(mark, events_);
}

absl::StatusOr<Cut> SegmentExchange::CutOf(std::span<const std::string> segment_paths) {
  Cut cut;
  for (const std::string& path : segment_paths) {
    const auto named = ParseLogPath(path);
    if (!named) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<uint64_t> last,
                            store_->log().reader().SegmentEnd(named->stream, named->last));
    if (last) cut.heads[named->stream] = std::max(cut.HeadOf(named->stream), *last);
  }
  return cut;
}

absl::Status SegmentExchange::NoteCommit(std::string_view commit,
                                         std::span<const std::string> segment_paths) {
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, CutOf(segment_paths));
  const auto note = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                            store_->database().Prepare("INSERT OR IGNORE INTO commits(id, stream, last)"
                                                       " SELECT ?, id, ? FROM streams WHERE name = ?"));
    for (const auto& [stream, last] : cut.heads) {
      insert.BindText(1, commit).Bind(2, static_cast<int64_t>(last)).BindText(3, stream.name);
      AMEIDE_RETURN_IF_ERROR(store_->Noted(insert.Run()));
    }
    return absl::OkStatus();
  };
  return store_->InTransaction(note, events_);
}

absl::StatusOr<uint64_t> SegmentExchange::Pack(uint64_t least) {
  FileSystem& files = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key,
                          LoadOrMakeDeviceKey(store_->options().profile, files, *store_->options().random));
  uint64_t removed = 0;
  for (const StreamId& stream : StreamsOnDisk(store_->layout(), files)) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query, store_->database().Prepare("SELECT g.number FROM segments g JOIN streams s ON s.id ="
                                                    " g.stream WHERE s.name = ? AND g.committed = 1"));
    query.BindText(1, stream.name);
    std::set<uint64_t> committed;
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      committed.insert(static_cast<uint64_t>(query.Int(0)));
    }
    AMEIDE_ASSIGN_OR_RETURN(
        const uint64_t went,
        PackStream(store_->layout(), files, store_->workspace(), stream, key.public_key().Fingerprint(),
                   least, [&](uint64_t number) { return committed.contains(number); }));
    removed += went;
  }
  return removed;
}

absl::StatusOr<Receipt> SegmentExchange::Redact(const EventId& id, std::string_view reason) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, store_->log().reader().Find(id));
  if (!event)
    return absl::NotFoundError(absl::StrCat("no event ", FormatId(id), "; `ameide log` lists them"));
  const absl::StatusOr<Hash256> known = PayloadOfRedacted(store_->database(), *event);
  if (absl::IsNotFound(known.status())) AMEIDE_RETURN_IF_ERROR(WithoutValues(event->change_set).status());
  AMEIDE_RETURN_IF_ERROR(LifecycleCommands(store_).CheckRedaction(event->change_set));
  // Salts can be given in place of the seed only where no more events come.
  AMEIDE_RETURN_IF_ERROR(Seal().status());
  AMEIDE_ASSIGN_OR_RETURN(
      const Ed25519PrivateKey key,
      LoadOrMakeDeviceKey(store_->options().profile, *store_->options().files, *store_->options().random));
  // What is deleted must not stay readable in free pages.
  AMEIDE_RETURN_IF_ERROR(store_->Noted(store_->database().Execute("PRAGMA secure_delete=ON")));
  std::vector<Hash256> blobs;
  Receipt receipt;
  const auto redact = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(blobs, RedactInStore(*store_, id));
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 payload, PayloadOfRedacted(store_->database(), *event));
    Redacted body{id, payload, std::string(reason), {}, {}};
    AMEIDE_RETURN_IF_ERROR(LifecycleCommands(store_).Sign(body));
    AMEIDE_ASSIGN_OR_RETURN(
        const StoredEvent* recorded,
        store_->RecordBody(event->change_set.artifact, absl::StrCat("Redact: ", event->change_set.label),
                           std::move(body)));
    receipt = {recorded->change_set.id, recorded->change_set.wall_time, false};
    AMEIDE_RETURN_IF_ERROR(NoteUnfinished(*store_, *event));
    return store_->Noted(store_->projection().Rebuild());
  };
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction(redact, events_));
  AMEIDE_RETURN_IF_ERROR(FinishRedaction(blobs));
  return receipt;
}

absl::Status SegmentExchange::FinishRedaction(const std::vector<Hash256>& blobs) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventId> id, FindUnfinished(*store_));
  if (!id) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      const Ed25519PrivateKey key,
      LoadOrMakeDeviceKey(store_->options().profile, *store_->options().files, *store_->options().random));
  if (absl::Status status = RedactOnDisk(*store_, *id, blobs, key); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat("the values of event ", FormatId(*id),
                                                    " were taken out of the log, but not yet of its files: ",
                                                    status.message()));
  }
  return store_->Noted(store_->database().Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
}

absl::StatusOr<Receipt> SegmentExchange::AbsorbCommit(const ForeignChange& change) {
  AMEIDE_ASSIGN_OR_RETURN(const ChangeSet derived, DeriveFrom(*store_, change));
  const Receipt receipt{derived.id, derived.wall_time, false};
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, store_->log().reader().Find(derived.id));
  if (known) return Receipt{derived.id, known->change_set.wall_time, true};
  AMEIDE_RETURN_IF_ERROR(store_->blobs().Put(change.bytes).status());
  const auto take = [&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(store_->TakeDerived(derived));
    Cut cut;
    cut.heads[derived.id.stream] = derived.id.seq;
    return store_->Follow(cut);
  };
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction(take, events_));
  return receipt;
}

absl::Status SegmentExchange::Export(const std::filesystem::path& file) {
  AMEIDE_RETURN_IF_ERROR(Seal().status());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, Files());
  return WriteHistory(store_->layout(), *store_->options().files, store_->workspace(), paths, file);
}

absl::Status SegmentExchange::ReleaseDue() {
  if (store_->log().graph().holds().empty()) return absl::OkStatus();
  std::vector<StoredEvent> none;  // what is released was recorded when it came
  return store_->InTransaction([&] { return store_->Noted(store_->ReleaseDue().status()); }, none);
}

absl::Status SegmentExchange::Expect(const CheckedOut& source) {
  const std::string value = absl::StrCat(source.commit, " ", source.branch);
  const auto note = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement set, store_->database().Prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)"));
    set.BindText(1, kExpected).BindText(2, value);
    return store_->Noted(set.Run());
  };
  std::vector<StoredEvent> none;
  return store_->InTransaction(note, none);
}

absl::StatusOr<std::optional<CheckedOut>> SegmentExchange::Expected() {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> value, store_->log().reader().Meta(kExpected));
  if (!value) return std::optional<CheckedOut>();
  const size_t space = value->find(' ');
  if (space == std::string::npos) return std::optional<CheckedOut>();
  return std::optional(CheckedOut{value->substr(space + 1), value->substr(0, space)});
}

absl::Status SegmentExchange::NoteBranch(const std::string& branch,
                                         std::span<const std::string> segment_paths) {
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, CutOf(segment_paths));
  if (!store_->log().graph().HasNews(branch, cut)) return absl::OkStatus();
  std::vector<StoredEvent> none;
  return store_->InTransaction([&] { return store_->Follow(branch, cut); }, none);
}

absl::StatusOr<uint64_t> SegmentExchange::Receive() {
  AMEIDE_RETURN_IF_ERROR(ReleaseDue());
  AMEIDE_RETURN_IF_ERROR(RememberKeyFiles(*store_));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<CheckedOut> expected, Expected());
  std::optional<CheckedOut> source = expected;
  const WorkspaceOptions& options = store_->options();
  if (!source && options.checked_out) source = options.checked_out();
  // Without a look at commits nobody would ever say that a branch has the rest, too.
  if (!options.commits) source.reset();
  SegmentIntake intake(store_, std::move(source));
  const absl::Status problem = intake.Run();
  if (expected && problem.ok() && intake.waiting().empty()) {
    std::vector<StoredEvent> none;
    const auto forget = [&] {
      return store_->Noted(
          store_->database().Execute(absl::StrCat("DELETE FROM meta WHERE key='", kExpected, "'")));
    };
    AMEIDE_RETURN_IF_ERROR(store_->InTransaction(forget, none));
  }
  renamed_ = renamed_ || intake.renamed();
  const uint64_t received = intake.events().size();
  std::vector<ArtifactId> touched = std::move(intake.touched());
  events_.insert(events_.end(), std::make_move_iterator(intake.events().begin()),
                 std::make_move_iterator(intake.events().end()));
  AMEIDE_RETURN_IF_ERROR(PutTailFilesInPlace(*store_, intake.looked_at()));
  // What was recorded here may have been sealed under the name of a tail just now.
  absl::Status written = WriteSealed();
  if (written.ok()) written = FinishRedaction({});
  touched.insert(touched.end(), store_->moved().begin(), store_->moved().end());
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  working_files_->Hold(problem.ok() ? intake.waiting() : std::string(problem.message()));
  AMEIDE_RETURN_IF_ERROR(working_files_->Reconcile(touched));
  AMEIDE_RETURN_IF_ERROR(problem);
  AMEIDE_RETURN_IF_ERROR(written);
  return received;
}

}  // namespace ameide::uaf
