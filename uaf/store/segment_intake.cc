#include "uaf/store/segment_intake.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/forks.h"
#include "uaf/log/redact.h"
#include "uaf/store/derived_events.h"
#include "uaf/store/device_key.h"
#include "uaf/store/profile.h"

namespace ameide::uaf {
namespace {

absl::Status InFile(const LogFileName& name, const absl::Status& why) {
  const std::string path = name.path();
  if (std::string_view(why.message().data(), why.message().size()).starts_with(path)) return why;
  return absl::Status(why.code(), absl::StrCat(path, ": ", why.message()));
}

/// The path that an event gives its artifact; nullptr when it gives none.
const std::string* PathIn(const EventBody& body) {
  if (const auto* created = std::get_if<ArtifactCreated>(&body)) return &created->path;
  if (const auto* renamed = std::get_if<ArtifactRenamed>(&body)) return &renamed->path;
  return nullptr;
}

}  // namespace

absl::StatusOr<std::vector<SegmentIntake::File>> SegmentIntake::NewFiles() const {
  std::map<std::string, FileStamp> settled;
  AMEIDE_ASSIGN_OR_RETURN(Statement query, store_->database().Prepare(
                                               "SELECT path, device, inode, size, modified FROM log_files"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    settled[std::string(query.Text(0))] = {static_cast<uint64_t>(query.Int(1)),
                                           static_cast<uint64_t>(query.Int(2)),
                                           static_cast<uint64_t>(query.Int(3)), query.Int(4)};
  }
  const FileSystem& disk = *store_->options().files;
  std::vector<File> files;
  for (const StreamId& stream : StreamsOnDisk(store_->layout(), disk)) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<LogFileName> names, LogFilesOf(store_->layout(), disk, stream));
    for (const LogFileName& name : names) {
      const absl::StatusOr<FileStamp> stamp = disk.Stamp(store_->layout().root / name.path());
      if (!stamp.ok()) continue;  // it went meanwhile
      const auto known = settled.find(name.path());
      if (known == settled.end() || known->second != *stamp) files.push_back({name, *stamp, {}, {}});
    }
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
    const auto key = [](const File& file) {
      return std::make_tuple(WrittenAs(file.name.stream), file.name.first, file.name);
    };
    return key(a) < key(b);
  });
  return files;
}

absl::Status SegmentIntake::Run() {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<File> left, NewFiles());
  std::vector<File> taken;
  absl::Status problem;
  // A segment may wait for one of another stream: as long as something comes, all are asked again.
  for (bool progress = true; progress && !left.empty();) {
    progress = false;
    waiting_.clear();
    problem = absl::OkStatus();
    std::vector<File> later;
    for (File& file : left) {
      const size_t before = events_.size();
      const absl::StatusOr<Outcome> outcome = TakeFile(file);
      progress = progress || events_.size() > before;
      if (outcome.ok() && *outcome == Outcome::kTaken) {
        progress = true;
        taken.push_back(std::move(file));
        continue;
      }
      if (!outcome.ok()) {
        if (store_->broken()) return outcome.status();
        // What the store has of it already is not less for that: `ameide doctor` tells.
        AMEIDE_ASSIGN_OR_RETURN(const bool known, IsKnown(file.name));
        if (!known && problem.ok()) problem = InFile(file.name, outcome.status());
      }
      later.push_back(std::move(file));
    }
    left = std::move(later);
    if (std::exchange(renamed_, false)) {
      // Segments that were passed over as known may be the ones of what keeps the name.
      left.insert(left.end(), std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end()));
      taken.clear();
    }
  }
  AMEIDE_RETURN_IF_ERROR(Settle(taken));
  return problem;
}

absl::StatusOr<bool> SegmentIntake::IsKnown(const LogFileName& name) const {
  for (uint64_t number = name.first; number <= name.last; ++number) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<uint64_t> end,
                            store_->log().reader().SegmentEnd(name.stream, number));
    if (!end) return false;
  }
  return true;
}

void SegmentIntake::Wait(File& file, std::string why) {
  file.why = std::move(why);
  if (waiting_.empty()) waiting_ = file.why;
}

absl::StatusOr<std::string> SegmentIntake::MissingKeyOf(const LogFileName& name) const {
  const FileSystem& disk = *store_->options().files;
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes,
                          disk.Read(store_->layout().root / name.path(), kLargestSegment));
  const absl::StatusOr<std::vector<SignedSegment>> segments = DecodePack(bytes);
  if (!segments.ok()) return std::string();  // damaged, whosever it is
  for (const SignedSegment& each : *segments) {
    const std::string& key = each.segment.key;
    if (!disk.Exists(store_->layout().keys / absl::StrCat(key, ".pub"))) return key;
  }
  return std::string();
}

absl::StatusOr<SegmentIntake::Outcome> SegmentIntake::TakeFile(File& file) {
  if (file.needs) {
    const absl::StatusOr<EventId> here = store_->log().reader().Resolve(*file.needs);
    if (absl::IsNotFound(here.status())) {
      Wait(file, std::string(file.why));
      return Outcome::kWaits;
    }
    AMEIDE_RETURN_IF_ERROR(here.status());
    file.needs.reset();
  }
  looked_at_.push_back(file.name.stream);
  const absl::StatusOr<std::vector<SignedSegment>> read = files_.ReadFile(file.name);
  if (!read.ok()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string key, MissingKeyOf(file.name));
    if (key.empty()) return read.status();
    Wait(file,
         absl::StrCat(file.name.path(), ": its key .uaf/keys/", key, ".pub has not come yet; pull again"));
    return Outcome::kWaits;
  }
  const std::vector<SignedSegment>& segments = *read;
  for (const SignedSegment& segment : segments) {
    AMEIDE_ASSIGN_OR_RETURN(const Outcome outcome, TakeSegment(file, segment.segment));
    if (outcome == Outcome::kWaits) return outcome;
  }
  return Outcome::kTaken;
}

absl::StatusOr<SegmentIntake::Outcome> SegmentIntake::TakeSegment(File& file, const Segment& segment) {
  EventReader& reader = store_->log().reader();
  const absl::StatusOr<EventReader::ChainPlace> place = reader.PlaceOf(segment);
  if (absl::IsNotFound(place.status())) {
    file.needs = EventReference{{segment.stream, segment.first - 1}, segment.previous};
    const uint64_t before = segment.number - 1;
    const FileSystem& disk = *store_->options().files;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<LogFileName> names,
                            LogFilesOf(store_->layout(), disk, file.name.stream));
    const bool missing = std::none_of(names.begin(), names.end(), [&](const LogFileName& name) {
      return name.first <= before && before <= name.last;
    });
    Wait(file, missing ? absl::StrCat(LogFileName{segment.stream, before, before}.path(),
                                      " is missing, and later ones are here; restore it from git")
                       : absl::StrCat(file.name.path(), ": ", place.status().message(), "; pull again"));
    return Outcome::kWaits;
  }
  AMEIDE_RETURN_IF_ERROR(place.status());
  if (!place->other && place->known >= segment.last()) {
    const absl::StatusOr<std::optional<uint64_t>> end = reader.SegmentEnd(place->stream, segment.number);
    AMEIDE_RETURN_IF_ERROR(end.status());
    if (*end) return Outcome::kTaken;
  }
  // They say the same whether the segment can be taken in or not.
  absl::Status content = TakeCarried(segment);
  if (content.ok()) content = CheckContent(segment, file.needs);
  if (absl::IsOutOfRange(content)) {
    Wait(file, absl::StrCat(file.name.path(), ": ", content.message(), "; pull again"));
    return Outcome::kWaits;
  }
  AMEIDE_RETURN_IF_ERROR(content);
  if (place->stream == store_->log().own() && !place->other) {
    // It was written, but perhaps never made durable: the store must not say "sealed" of what a crash may
    // take.
    FileSystem& disk = *store_->options().files;
    const std::filesystem::path path = store_->layout().root / file.name.path();
    if (const absl::StatusOr<std::string> bytes = disk.Read(path, kLargestSegment); bytes.ok()) {
      AMEIDE_RETURN_IF_ERROR(disk.WriteAtomically(path, *bytes));
      if (const absl::StatusOr<FileStamp> stamp = disk.Stamp(path); stamp.ok()) file.stamp = *stamp;
    }
  }
  AMEIDE_RETURN_IF_ERROR(Take(file.name, segment));
  return Outcome::kTaken;
}

absl::Status SegmentIntake::TakeCarried(const Segment& segment) {
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ChangeSet> carried, NewlyCarried(*store_, segment));
    if (carried.empty()) return absl::OkStatus();
    const auto take = [&]() -> absl::Status {
      for (const ChangeSet& derived : carried) AMEIDE_RETURN_IF_ERROR(store_->TakeDerived(derived));
      return store_->Follow({});
    };
    std::vector<StoredEvent> committed;
    AMEIDE_RETURN_IF_ERROR(store_->InTransaction(take, committed));
    Keep(std::move(committed));
  }
}

absl::Status SegmentIntake::CheckContent(const Segment& segment, std::optional<EventReference>& needs) const {
  EventReader& reader = store_->log().reader();
  for (const std::string& canonical : segment.events) {
    AMEIDE_ASSIGN_OR_RETURN(const ChangeSet change_set, DecodeChangeSet(canonical));
    for (const EventReference& parent : change_set.parents) {
      const absl::StatusOr<EventId> known = reader.Resolve(parent);
      if (absl::IsNotFound(known.status())) {
        needs = parent;
        return absl::OutOfRangeError(known.status().message());
      }
      AMEIDE_RETURN_IF_ERROR(known.status());
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> before, reader.Find(*known));
      if (before && before->change_set.time >= change_set.time) {
        return absl::DataLossError(absl::StrCat("event ", FormatId(change_set.id),
                                                " claims to be older than ", FormatId(parent.id),
                                                ", which it was built on; do not trust its author"));
      }
    }
    if (const std::string* path = PathIn(change_set.body);
        path != nullptr && !CheckArtifactPath(*path).ok()) {
      return absl::DataLossError(
          absl::StrCat("event ", FormatId(change_set.id),
                       " names a path that no artifact can have; do not trust its author"));
    }
    for (const Hash256& blob : BlobsOf(change_set.body)) {
      AMEIDE_RETURN_IF_ERROR(store_->blobs().Get(blob).status());
    }
  }
  return absl::OkStatus();
}

void SegmentIntake::Keep(std::vector<StoredEvent> committed) {
  for (StoredEvent& event : committed) {
    if (!event.change_set.artifact.name.empty() && !event.elsewhere) {
      touched_.push_back(event.change_set.artifact);
    }
    events_.push_back(std::move(event));
  }
}

absl::StatusOr<std::optional<std::string>> SegmentIntake::CameWith(const LogFileName& file,
                                                                   const Segment& segment) {
  if (!source_ || source_->commit.empty()) return std::optional<std::string>();
  const WorkspaceOptions& options = store_->options();
  if (!held_) {
    held_.emplace();
    if (options.resolver) {
      const absl::StatusOr<std::vector<std::string>> paths = options.resolver(source_->commit);
      if (paths.ok()) held_->insert(paths->begin(), paths->end());
    }
  }
  if (held_->contains(file.path())) return std::optional(source_->branch);
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key,
                          LoadOrMakeDeviceKey(options.profile, *options.files, *options.random));
  const bool own = segment.key == key.public_key().Fingerprint();
  return own ? std::nullopt : std::optional(source_->branch);
}

absl::Status SegmentIntake::Take(const LogFileName& file, const Segment& segment) {
  EventLog& log = store_->log();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> came_with, CameWith(file, segment));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Tail> loses, log.TailToRename(segment));
  const bool ours = loses && loses->base == log.own();
  std::optional<Ed25519PrivateKey> key;
  if (ours) {
    AMEIDE_ASSIGN_OR_RETURN(key, LoadOrMakeDeviceKey(store_->options().profile, *store_->options().files,
                                                     *store_->options().random));
  }
  const auto take = [&]() -> absl::Status {
    if (ours) {
      // What was recorded here goes on under another name: nothing is added to it any more.
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<Segment> open, log.OpenSegment(log.own()));
      if (open) AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(*store_, *key));
    }
    if (loses) AMEIDE_RETURN_IF_ERROR(store_->RenameTail(*loses));
    if (ours) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<Segment> open, log.OpenSegment(loses->stream));
      if (open) AMEIDE_RETURN_IF_ERROR(store_->Noted(log.MarkSealed(*open, loses->stream)));
      // What git has under the old name may be gone from the folder: it is written under the new one.
      AMEIDE_ASSIGN_OR_RETURN(
          Statement anew,
          store_->database().Prepare("UPDATE segments SET committed = 0 WHERE last IS NOT NULL AND stream ="
                                     " (SELECT id FROM streams WHERE name = ?)"));
      anew.BindText(1, loses->stream.name);
      AMEIDE_RETURN_IF_ERROR(store_->Noted(anew.Run()));
    }
    AMEIDE_ASSIGN_OR_RETURN(const size_t redacted, store_->TakeSegment(segment, came_with));
    // What was recorded here, and is in no commit, comes from a store that was lost: its branch has it.
    const std::string branch = log.graph().BranchOf(segment.stream);
    const Cut own{{{segment.stream, segment.last()}}};
    if (source_ && !came_with && log.graph().HasNews(branch, own))
      AMEIDE_RETURN_IF_ERROR(store_->Follow(branch, own));
    return redacted > 0 ? store_->Noted(store_->projection().Rebuild()) : absl::OkStatus();
  };
  std::vector<StoredEvent> committed;
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction(take, committed));
  renamed_ = renamed_ || loses;
  ever_renamed_ = ever_renamed_ || loses;
  if (ours || segment.stream == log.own()) AMEIDE_RETURN_IF_ERROR(store_->WriteStreamToken());
  Keep(std::move(committed));
  return absl::OkStatus();
}

absl::Status SegmentIntake::Settle(const std::vector<File>& taken) {
  if (taken.empty()) return absl::OkStatus();
  const auto note = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement insert,
        store_->database().Prepare("INSERT OR REPLACE INTO log_files(path, device, inode, size, modified)"
                                   " VALUES(?, ?, ?, ?, ?)"));
    for (const File& file : taken) {
      const std::string path = file.name.path();
      insert.BindText(1, path).Bind(2, static_cast<int64_t>(file.stamp.device));
      insert.Bind(3, static_cast<int64_t>(file.stamp.inode)).Bind(4, static_cast<int64_t>(file.stamp.size));
      insert.Bind(5, file.stamp.modified_ns);
      AMEIDE_RETURN_IF_ERROR(store_->Noted(insert.Run()));
    }
    return absl::OkStatus();
  };
  std::vector<StoredEvent> none;
  return store_->InTransaction(note, none);
}

}  // namespace ameide::uaf
