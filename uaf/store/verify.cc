#include "uaf/store/verify.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/log/derive.h"
#include "uaf/log/forks.h"
#include "uaf/log/segment.h"
#include "uaf/projection/check.h"
#include "uaf/store/blob_store.h"
#include "uaf/store/device_key.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/fold.h"
#include "uaf/store/log_files.h"
#include "uaf/store/pending.h"
#include "uaf/store/replay.h"
#include "uaf/store/segment_salts.h"
#include "uaf/store/segment_signers.h"
#include "uaf/store/snapshots.h"
#include "uaf/store/stream_tails.h"
#include "uaf/store/verify_files.h"
#include "uaf/store/verify_tables.h"

namespace ameide::uaf {
namespace {

using document::Finding;
using document::Severity;

constexpr uint64_t kLargestKeyFile = 1 << 20;

class Verifier {
 public:
  Verifier(Database& database, const std::string& workspace, const WorkspaceLayout& layout, FileSystem& files,
           const document::FormatRegistry& formats)
      : database_(database),
        reader_(&database),
        tables_(&database, &reader_),
        workspace_(workspace),
        layout_(layout),
        files_(files),
        formats_(formats) {}

  absl::StatusOr<std::vector<Finding>> Run() {
    const absl::Status status = Check();
    // What was found may be why the rest cannot be looked at.
    if (!status.ok() && findings_.empty()) return status;
    return std::move(findings_);
  }

 private:
  absl::Status Check() {
    AMEIDE_RETURN_IF_ERROR(CheckDatabase());
    AMEIDE_RETURN_IF_ERROR(CheckWorkspace());
    if (!findings_.empty()) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Finding> schema, VerifySchema(database_));
    Add(schema);
    AMEIDE_RETURN_IF_ERROR(CheckChains());
    if (findings_.empty()) AMEIDE_RETURN_IF_ERROR(tables_.CheckLists());
    AMEIDE_ASSIGN_OR_RETURN(const std::set<StreamId> streams, StreamsWithFiles());
    for (const StreamId& stream : streams) CheckSegments(stream);
    CheckBlobs();
    AMEIDE_RETURN_IF_ERROR(CheckKeys());
    AMEIDE_RETURN_IF_ERROR(CheckArtifacts());
    const BlobStore blobs(layout_.blobs, &files_);
    AMEIDE_ASSIGN_OR_RETURN(
        const std::vector<Finding> projections,
        CheckProjections(
            database_, reader_, [&](const Hash256& hash) { return blobs.Get(hash); }, formats_));
    Add(tables_.TakeFindings());
    Add(projections);
    return CheckLeftovers();
  }

  void Tell(std::string_view rule, std::string message, Severity severity = Severity::kError) {
    Finding finding;
    finding.severity = severity;
    finding.rule = rule;
    finding.message = std::move(message);
    findings_.push_back(std::move(finding));
  }

  void Add(const std::vector<Finding>& findings) {
    findings_.insert(findings_.end(), findings.begin(), findings.end());
  }

  absl::Status CheckDatabase() {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<uint64_t> changed, database_.ChangedPages());
    for (const uint64_t page : changed) {
      Tell("store/changed",
           absl::StrCat(layout_.store.string(), ": page ", page,
                        " is not as it was written: the disk fails, or something else changed it; run "
                        "`ameide doctor --rebuild`"));
    }
    AMEIDE_ASSIGN_OR_RETURN(Statement check, database_.Prepare("PRAGMA integrity_check(20)"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, check.Step());
      if (!more) return absl::OkStatus();
      if (check.Text(0) != "ok") {
        Tell("store/damaged", absl::StrCat(layout_.store.string(), ": ", std::string(check.Text(0)),
                                           "; run `ameide doctor --rebuild`"));
      }
    }
  }

  /// That the store is of the workspace that the settings name.
  absl::Status CheckWorkspace() {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> id, reader_.Meta("workspace"));
    if (!id || *id == workspace_) return absl::OkStatus();
    Tell("workspace/id", absl::StrCat(layout_.workspace_yaml.string(), " names workspace ", workspace_,
                                      ", but the store is of ", *id, "; restore it from git"));
    return absl::OkStatus();
  }

  /// Files of keys never change: what a commit held of them, or they held when they came, they still hold.
  absl::Status CheckKeys() {
    AMEIDE_ASSIGN_OR_RETURN(auto remembered, RememberedKeyFiles(database_));
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        database_.Prepare("SELECT path, hash FROM committed_files WHERE path GLOB '.uaf/keys/*'"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      const std::string name = std::filesystem::path(std::string(query.Text(0))).filename();
      remembered[name] = HexEncode(query.Blob(1));
    }
    for (const auto& [name, hash] : remembered) {
      const std::filesystem::path path = layout_.keys / name;
      const absl::StatusOr<std::string> bytes = files_.Read(path, kLargestKeyFile);
      // One that is missing is told with what it signed.
      if (bytes.ok() && Sha256(*bytes).Hex() != hash) {
        Tell("key/changed", absl::StrCat(path.string(),
                                         " was changed since it came here; restore it from git, or "
                                         "remove it if no commit holds it: the next one writes it anew"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckChains() {
    AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader_.Everything());
    size_t events = 0;
    size_t parents = 0;
    AMEIDE_ASSIGN_OR_RETURN(tails_, TailsOf(database_));
    const std::vector<Tail>& tails = tails_;
    for (const Tail& tail : tails) {
      forked_.insert(WrittenAs(tail.stream));
      CheckTail(tail);
    }
    for (const auto& [stream, head] : cut.heads) {
      AMEIDE_ASSIGN_OR_RETURN(SegmentSalts salts, SegmentSalts::Of(database_, stream));
      Hash256 link = FirstLink(workspace_, WrittenAs(stream));
      uint64_t seq = 0;
      const auto tail = std::find_if(tails.begin(), tails.end(), [&, stream = stream](const Tail& each) {
        return each.stream == stream;
      });
      if (tail != tails.end() && tail->after > 0) {
        seq = tail->after;
        link = tail->before;
      }
      const auto check = [&, stream = stream](const StoredEvent& event, std::string_view part) {
        ++events;
        parents += event.change_set.parents.size();
        tables_.See(event);
        return CheckLink(event, {stream, ++seq}, part, salts, link);
      };
      if (const absl::Status status = reader_.EachOfStream(stream, 1, head, check); !status.ok()) {
        Tell("chain/changed", absl::StrCat("stream ", stream.name, ": ", std::string(status.message())));
      }
    }
    return CheckNothingElse(events, parents);
  }

  /// A tail goes on from what the store holds, and says which two machines wrote under one name.
  void CheckTail(const Tail& tail) {
    const absl::StatusOr<Hash256> first = reader_.LinkOf({tail.stream, tail.after + 1});
    absl::StatusOr<Hash256> before = Hash256{};
    if (tail.after > 0) before = reader_.LinkOf({tail.base, tail.after});
    if (!first.ok() || *first != tail.first || !before.ok() || *before != tail.before ||
        tail.stream != TailName(tail.base, tail.first)) {
      return Tell("chain/changed", absl::StrCat("what the store notes about stream ", tail.stream.name,
                                                " is not so; run `ameide doctor --rebuild`"));
    }
    std::string who;
    for (const StreamId& stream : {tail.base, tail.stream}) {
      const auto event = reader_.Find({stream, tail.after + 1});
      if (!event.ok() || !*event) continue;
      const ChangeSet& change_set = (*event)->change_set;
      absl::StrAppend(&who, who.empty() ? "" : " and ", "\"", change_set.label, "\" by ",
                      change_set.author.name, " on ", FormatTime(change_set.wall_time));
    }
    Tell("log/fork",
         absl::StrCat("two copies of one workspace wrote stream ", WrittenAs(tail.stream).name,
                      " from event ", tail.after + 1, " on (", who,
                      "): a machine was cloned, or a backup put back with its profile. Nothing is lost: the "
                      "one that lost the name is stream ",
                      tail.stream.name,
                      ". See what both changed with `ameide conflicts`; on the copy, remove the folder "
                      "`streams` of Ameide's profile, so that it writes a stream of its own"),
         Severity::kWarning);
  }

  absl::Status CheckLink(const StoredEvent& event, const EventId& id, std::string_view part,
                         SegmentSalts& salts, Hash256& link) {
    if (event.change_set.id != id) {
      return absl::DataLossError(absl::StrCat("event ", FormatId(id), " is missing or out of place"));
    }
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 payload, salts.PayloadOf(event));
    link = NextLink(link, payload);
    if (part == EventRows::LinkPart(id.seq, link)) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("event ", FormatId(id), " (", event.change_set.label,
                                            ") was changed in the store; move .uaf/store.db away, it is built"
                                            " anew from the log"));
  }

  /// What no stream names is not looked at by anybody: it must not be there.
  absl::Status CheckNothingElse(size_t events, size_t parents) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement count,
        database_.Prepare("SELECT (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM"
                          " event_parents), (SELECT COALESCE(MAX(arrival), 0) FROM events)"));
    AMEIDE_RETURN_IF_ERROR(count.Step().status());
    if (count.Int(0) != count.Int(2)) {
      Tell("chain/gap", absl::StrCat(count.Int(2) - count.Int(0),
                                     " events are missing in the store; move "
                                     ".uaf/store.db away, it is built anew from the log"));
    } else if (static_cast<size_t>(count.Int(0)) > events || static_cast<size_t>(count.Int(1)) > parents) {
      Tell("chain/gap",
           "the store holds rows of events that no stream leads to; move .uaf/store.db away, it "
           "is built anew from the log");
    }
    return absl::OkStatus();
  }

  /// Streams that have files, or should.
  absl::StatusOr<std::set<StreamId>> StreamsWithFiles() {
    const std::vector<StreamId> on_disk = StreamsOnDisk(layout_, files_);
    std::set<StreamId> streams(on_disk.begin(), on_disk.end());
    std::vector<StreamId> sealed;
    {
      AMEIDE_ASSIGN_OR_RETURN(Statement query,
                              database_.Prepare("SELECT DISTINCT s.name FROM segments g JOIN streams s"
                                                " ON s.id = g.stream WHERE g.last IS NOT NULL"));
      while (true) {
        AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
        if (!more) break;
        sealed.push_back(StreamId{std::string(query.Text(0))});
      }
    }
    for (StreamId& stream : sealed) {
      // A derived event has no file: it follows from a commit.
      const absl::StatusOr<std::optional<StoredEvent>> first = reader_.Find({stream, 1});
      const bool derived = first.ok() && *first && IsDerived((*first)->change_set);
      if (first.ok() && !derived && (*first || IsTail(stream))) streams.insert(std::move(stream));
    }
    return streams;
  }

  /// A segment that came with a commit which lacks those before it (PendingFiles).
  bool Waits(const LogFileName& name) {
    const absl::StatusOr<std::vector<PendingFile>> pending = PendingFiles(reader_);
    const absl::StatusOr<std::optional<uint64_t>> end = reader_.SegmentEnd(name.stream, name.first);
    if (!pending.ok() || pending->empty() || !end.ok() || *end) return false;
    Tell("segment/waits", absl::StrCat(name.path(), ": ", PendingReason()), Severity::kWarning);
    return true;
  }

  /// Whether a sound segment's key is not here yet.
  bool LacksKey(const LogFileName& name) {
    const absl::StatusOr<std::string> bytes = files_.Read(layout_.root / name.path(), kLargestSegment);
    if (!bytes.ok()) return false;
    const absl::StatusOr<std::vector<SignedSegment>> segments = DecodePack(*bytes);
    return segments.ok() &&
           std::any_of(segments->begin(), segments->end(), [this](const SignedSegment& each) {
             return !files_.Exists(layout_.keys / absl::StrCat(each.segment.key, ".pub"));
           });
  }

  void CheckSegments(const StreamId& stream) {
    const absl::StatusOr<std::vector<LogFileName>> names = LogFilesOf(layout_, files_, stream);
    if (!names.ok()) return Tell("segment/unreadable", std::string(names.status().message()));
    if (IsTail(stream) || forked_.contains(WrittenAs(stream))) return CheckForkedSegments(stream, *names);
    uint64_t expected = 1;
    for (const LogFileName& name : *names) {
      // What was sealed on another branch, and waits for a commit there, may lie behind a gap.
      const absl::StatusOr<bool> here = reader_.SegmentIsNow(stream, name.first);
      const bool elsewhere = here.ok() && !*here;
      const bool gap = name.first > expected && !elsewhere;
      const bool waits = gap && Waits(name);
      if (gap && !waits) {
        Tell("segment/missing",
             absl::StrCat(name.path(), " is there, but ", LogFileName{stream, expected, expected}.path(),
                          " is not; restore it from git"));
        expected = name.first;  // those behind it are looked at all the same
      }
      if (name.first <= expected) expected = std::max(expected, name.last + 1);
      if (absl::Status status = CheckLogFile(name); !status.ok()) {
        if (waits && LacksKey(name)) continue;  // it comes with what the segment waits for
        const std::string message(status.message());
        Tell("segment/changed", message.ends_with("restore it from git")
                                    ? message
                                    : absl::StrCat(message, "; restore it from git"));
      }
    }
    const absl::StatusOr<std::optional<uint64_t>> next = reader_.SegmentEnd(stream, expected);
    // What belongs to another branch comes back with a checkout of that.
    const absl::StatusOr<bool> now = reader_.SegmentIsNow(stream, expected);
    if (!next.ok() || !*next || !now.ok() || !*now) return;
    const std::string path = LogFileName{stream, expected, expected}.path();
    const absl::StatusOr<bool> committed = IsCommitted(stream, expected);
    if (committed.ok() && !*committed) {
      Tell("segment/unwritten",
           absl::StrCat(path,
                        " is not there yet: it was left by a write that was cut short; opening the "
                        "workspace for writing, or the next commit, writes it from the store"),
           Severity::kWarning);
    } else {
      Tell("segment/missing", absl::StrCat(path, " was removed; restore it from git"));
    }
  }

  /// The events of `stream` that the files of `folder` hold: those of a tail may begin before it parts from
  /// it.
  void AddHeld(const StreamId& folder, const StreamId& stream,
               std::vector<std::pair<uint64_t, uint64_t>>& held) {
    const absl::StatusOr<std::vector<LogFileName>> names = LogFilesOf(layout_, files_, folder);
    if (!names.ok()) return;
    for (const LogFileName& name : *names) {
      const auto segments = SegmentFiles(&layout_, &files_, workspace_).ReadFile(name);
      if (!segments.ok()) continue;
      for (const SignedSegment& each : *segments) {
        const absl::StatusOr<EventReader::ChainPlace> place = reader_.PlaceOf(each.segment);
        if (!place.ok() || place->known < each.segment.first) continue;
        // Along its chain the stream's events follow each other.
        uint64_t last = std::min(place->known, each.segment.last());
        while (last >= each.segment.first && uaf::Along(tails_, place->stream, last).stream != stream) --last;
        if (last >= each.segment.first) held.emplace_back(each.segment.first, last);
      }
    }
  }

  /// Where copies of a workspace wrote one stream, they numbered its segments each for itself: what counts is
  /// that all events that were sealed are in some file.
  void CheckForkedSegments(const StreamId& stream, const std::vector<LogFileName>& names) {
    for (const LogFileName& name : names) {
      if (absl::Status status = CheckLogFile(name); !status.ok()) {
        const std::string message(status.message());
        Tell("segment/changed", message.ends_with("restore it from git")
                                    ? message
                                    : absl::StrCat(message, "; restore it from git"));
      }
    }
    std::vector<std::pair<uint64_t, uint64_t>> held;
    for (const StreamId& folder : StreamsOnDisk(layout_, files_)) {
      if (WrittenAs(folder) == WrittenAs(stream)) AddHeld(folder, stream, held);
    }
    const absl::StatusOr<std::vector<SegmentSigners::Sealed>> sealed =
        SegmentSigners::SegmentsOf(database_, stream);
    if (!sealed.ok()) return Tell("segment/unreadable", std::string(sealed.status().message()));
    std::sort(held.begin(), held.end());
    uint64_t begin = 1;
    for (const Tail& tail : tails_) {
      if (tail.stream == stream) begin = tail.after + 1;
    }
    for (const SegmentSigners::Sealed& each : *sealed) {
      uint64_t next = std::max(each.first, begin);
      for (const auto& [first, last] : held) {
        if (first <= next) next = std::max(next, last + 1);
      }
      if (next > each.last) continue;
      Tell("segment/missing", absl::StrCat("no file of .uaf/log/", stream.name, " holds event ",
                                           FormatId(EventId{stream, next}), "; restore it from git"));
    }
  }

  /// Whether git has a sealed segment of this computer.
  absl::StatusOr<bool> IsCommitted(const StreamId& stream, uint64_t number) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        database_.Prepare("SELECT g.committed <> 0 OR length(g.seed) <> 32 FROM segments g"
                          " JOIN streams s ON s.id = g.stream WHERE s.name = ? AND g.number = ?"));
    query.BindText(1, stream.name).Bind(2, static_cast<int64_t>(number));
    AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
    return found && query.Int(0) != 0;
  }

  absl::Status CheckLogFile(const LogFileName& name) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<SignedSegment> segments,
                            SegmentFiles(&layout_, &files_, workspace_).ReadFile(name));
    for (const SignedSegment& signed_segment : segments) {
      const Segment& segment = signed_segment.segment;
      const absl::StatusOr<EventReader::ChainPlace> place = reader_.PlaceOf(segment);
      // Not taken in yet.
      if (absl::IsNotFound(place.status()) || (place.ok() && !place->other && place->known < segment.first))
        continue;
      if (!place.ok() || place->other) {
        return absl::DataLossError(
            absl::StrCat(name.path(), ": the store holds other events under these names"));
      }
      AMEIDE_ASSIGN_OR_RETURN(const bool redacted, IsRedacted(segment, place->stream));
      if (redacted && !segment.seed.empty()) {
        Tell("segment/unredacted",
             absl::StrCat(name.path(),
                          " still holds values that were taken out of the log; redact them again, or"
                          " get the newer file from git"));
      }
    }
    return absl::OkStatus();
  }

  /// True when the store has values of the segment taken out.
  absl::StatusOr<bool> IsRedacted(const Segment& segment, const StreamId& stream) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        database_.Prepare("SELECT length(g.seed) <> 32 FROM segments g JOIN streams s ON s.id ="
                          " g.stream WHERE s.name = ? AND g.number = ?"));
    query.BindText(1, stream.name).Bind(2, static_cast<int64_t>(segment.number));
    AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
    return found && query.Int(0) != 0;
  }

  void CheckBlobs() {
    const BlobStore blobs(layout_.blobs, &files_);
    const auto entries = files_.List(layout_.blobs);
    if (absl::IsNotFound(entries.status())) return;
    if (!entries.ok()) return Tell("blob/unreadable", std::string(entries.status().message()));
    for (const FolderEntry& entry : *entries) {
      const absl::StatusOr<Hash256> hash = Hash256::FromHex(entry.name);
      if (!hash.ok()) continue;
      if (const absl::StatusOr<std::string> bytes = blobs.Get(*hash); !bytes.ok()) {
        Tell("blob/changed", std::string(bytes.status().message()));
      }
    }
  }

  /// Snapshots by the number of events that they stand for.
  absl::StatusOr<std::map<uint64_t, HybridTime>> SnapshotsOf(const ArtifactId& artifact) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query, database_.Prepare("SELECT s.events, s.micros, s.counter FROM snapshots s"
                                           " JOIN artifact_names n ON n.id = s.artifact WHERE n.name = ?"));
    query.BindText(1, artifact.name);
    std::map<uint64_t, HybridTime> snapshots;
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) return snapshots;
      snapshots[static_cast<uint64_t>(query.Int(0))] = {static_cast<uint64_t>(query.Int(1)),
                                                        static_cast<uint64_t>(query.Int(2))};
    }
  }

  absl::Status CheckLeftovers() {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, reader_.Artifacts(false));
    std::vector<std::string> paths;
    for (const Artifact& artifact : artifacts) paths.push_back(artifact.path);
    const std::vector<Finding> leftovers = VerifyLeftovers(layout_, files_, paths);
    findings_.insert(findings_.end(), leftovers.begin(), leftovers.end());
    return absl::OkStatus();
  }

  void CheckSnapshot(const Artifact& artifact, const ChangeSet& at, const document::Document& document) {
    if (SnapshotIs(database_, artifact.id, at.time, document)) return;
    Tell("snapshot/changed", absl::StrCat(artifact.path, ": the snapshot at event ", FormatId(at.id),
                                          " is not what the log gives; run `ameide doctor --rebuild`"));
  }

  /// Folds the events of one artifact and compares the snapshots with it.
  absl::Status CheckContent(const Artifact& artifact, const std::vector<StoredEvent>& events,
                            const BlobStore& blobs) {
    const BlobSource source = [&](const Hash256& hash) { return blobs.Get(hash); };
    AMEIDE_ASSIGN_OR_RETURN(const auto snapshots, SnapshotsOf(artifact.id));
    const bool one_stream = std::all_of(events.begin(), events.end(), [&](const StoredEvent& event) {
      return event.change_set.id.stream == events.front().change_set.id.stream;
    });
    Folder folder(source);
    for (size_t i = 0; i < events.size(); ++i) {
      const ChangeSet& change_set = events[i].change_set;
      if (one_stream) AMEIDE_RETURN_IF_ERROR(folder.Apply(change_set));
      const auto snapshot = snapshots.find(i + 1);
      bool kept = snapshot != snapshots.end() && snapshot->second == change_set.time;
      if (kept) {
        // One that was taken on another branch stands for other events; it is not used here either.
        AMEIDE_ASSIGN_OR_RETURN(const EventReader::Prefix prefix,
                                reader_.PrefixOf(artifact.id, change_set.time));
        kept = prefix.events == i + 1;
      }
      if (one_stream && kept) CheckSnapshot(artifact, change_set, folder.document());
      if (one_stream || (!kept && i + 1 < events.size())) continue;
      // Events of several people are merged anew up to each snapshot.
      AMEIDE_ASSIGN_OR_RETURN(const merge::Merged merged,
                              FoldEvents({database_, reader_, source, formats_}, artifact.id,
                                         std::span<const StoredEvent>(events).first(i + 1)));
      if (kept && merged.document) CheckSnapshot(artifact, change_set, *merged.document);
    }
    return absl::OkStatus();
  }

  absl::Status CheckArtifacts() {
    std::vector<ArtifactId> names;
    {
      AMEIDE_ASSIGN_OR_RETURN(Statement query,
                              database_.Prepare("SELECT name FROM artifact_names WHERE name <> ''"));
      while (true) {
        AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
        if (!more) break;
        names.push_back(ArtifactId{std::string(query.Text(0))});
      }
    }
    const BlobStore blobs(layout_.blobs, &files_);
    for (const ArtifactId& name : names) {
      const absl::StatusOr<std::vector<StoredEvent>> events = reader_.OfArtifact(name, nullptr);
      absl::Status status = events.status();
      if (status.ok()) status = tables_.CheckArtifact(name, *events);
      const absl::StatusOr<Artifact> artifact = reader_.GetArtifact(name);
      if (absl::IsNotFound(artifact.status()) && status.ok()) continue;  // not of this branch, or told
      if (status.ok()) status = artifact.status();
      if (status.ok()) status = CheckContent(*artifact, *events, blobs);
      if (!status.ok()) {
        Tell("artifact/unreadable",
             absl::StrCat(artifact.ok() ? artifact->path : name.name, ": ", status.message()));
      }
    }
    return absl::OkStatus();
  }

  Database& database_;
  EventReader reader_;
  TableVerifier tables_;
  const std::string& workspace_;
  const WorkspaceLayout& layout_;
  FileSystem& files_;
  const document::FormatRegistry& formats_;
  std::vector<Tail> tails_;
  std::set<StreamId> forked_;  ///< as they were written
  std::vector<Finding> findings_;
};

}  // namespace

absl::StatusOr<std::vector<Finding>> VerifyStore(Database& database, const std::string& workspace,
                                                 const WorkspaceLayout& layout, FileSystem& files,
                                                 const document::FormatRegistry& formats) {
  return Verifier(database, workspace, layout, files, formats).Run();
}

}  // namespace ameide::uaf
