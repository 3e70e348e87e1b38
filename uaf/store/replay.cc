#include "uaf/store/replay.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"

namespace ameide::uaf {
namespace {

constexpr uint64_t kLargestSnapshot = uint64_t{1} << 30;
constexpr int64_t kMostSnapshots = 64;
constexpr size_t kDeepestUndo = 10'000;

std::string Pack(const std::string& bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 1);
  // With a checksum, so that a damaged snapshot is not used.
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const size_t size = ZSTD_compress2(context.get(), packed.data(), packed.size(), bytes.data(), bytes.size());
  packed.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return packed;
}

std::optional<std::string> Unpack(std::string_view packed) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kLargestSnapshot)
    return std::nullopt;
  std::string bytes(size, '\0');
  const size_t got = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) return std::nullopt;
  return bytes;
}

void Advance(Cut& heads, const EventId& event) {
  uint64_t& head = heads.heads[event.stream];
  head = std::max(head, event.seq);
}

bool OneStream(const Cut& heads, std::span<const StoredEvent> events) {
  if (events.empty()) return true;
  const StreamId& stream = events.front().change_set.id.stream;
  return std::all_of(heads.heads.begin(), heads.heads.end(),
                     [&](const auto& head) { return head.first == stream; }) &&
         std::all_of(events.begin(), events.end(),
                     [&](const StoredEvent& event) { return event.change_set.id.stream == stream; });
}

struct Snapshot {
  HybridTime time;
  uint64_t events = 0;
  Cut heads;
  document::Document document;
};

/// Opens the snapshot at `time`, which stands for `events` events, if it can be gone on from within `cut`.
absl::StatusOr<std::optional<Snapshot>> OpenSnapshot(const ReplaySource& source, const ArtifactId& artifact,
                                                     const HybridTime& time, const Statement& row,
                                                     const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(EventReader::Prefix prefix, source.reader.PrefixOf(artifact, time));
  if (prefix.events != static_cast<uint64_t>(row.Int(2))) return std::optional<Snapshot>();
  const auto covered = [&](const auto& head) { return cut->Covers({head.first, head.second}); };
  if (cut != nullptr && !std::all_of(prefix.last.heads.begin(), prefix.last.heads.end(), covered))
    return std::optional<Snapshot>();
  AMEIDE_ASSIGN_OR_RETURN(const bool seen, source.reader.SawAllOf(prefix.last, artifact, time, cut));
  if (!seen) return std::optional<Snapshot>();
  const std::optional<std::string> bytes = Unpack(row.Blob(3));
  if (!bytes) return std::optional<Snapshot>();
  absl::StatusOr<document::Document> document = document::Document::DecodeSnapshot(*bytes);
  if (!document.ok()) return std::optional<Snapshot>();
  return std::optional<Snapshot>(Snapshot{time, prefix.events, std::move(prefix.last), *std::move(document)});
}

absl::StatusOr<std::optional<Snapshot>> NearestSnapshot(const ReplaySource& source,
                                                        const ArtifactId& artifact, int64_t number,
                                                        const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      source.database.Prepare("SELECT micros, counter, events, bytes FROM snapshots WHERE artifact = ?"
                              " ORDER BY micros DESC, counter DESC"));
  query.Bind(1, number);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return std::optional<Snapshot>();
    const HybridTime time{static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1))};
    AMEIDE_ASSIGN_OR_RETURN(std::optional<Snapshot> snapshot,
                            OpenSnapshot(source, artifact, time, query, cut));
    if (snapshot) return snapshot;
  }
}

}  // namespace

const document::Format& FormatOf(const ReplaySource& source, const ArtifactId& artifact,
                                 std::span<const StoredEvent> events) {
  std::string name;
  for (const StoredEvent& event : events) {
    const auto* created = std::get_if<ArtifactCreated>(&event.change_set.body);
    if (created != nullptr && name.empty()) name = created->format;
  }
  if (name.empty()) {
    if (const absl::StatusOr<Artifact> known = source.reader.GetArtifact(artifact); known.ok())
      name = known->format;
  }
  const document::Format* format = source.formats.Named(name);
  return format != nullptr ? *format : source.formats.ForFile("", "");
}

absl::StatusOr<bool> GoesOn(EventReader& reader, const Cut& heads, std::span<const StoredEvent> events) {
  if (OneStream(heads, events)) return true;
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, reader.Causality());
  std::set<StreamId> looked_at;
  for (const StoredEvent& event : events) {
    // What the first event of a stream has seen, its later ones have.
    const EventId& id = event.change_set.id;
    if (!looked_at.insert(id.stream).second) continue;
    for (const auto& [stream, seq] : heads.heads) {
      if (!causality->Saw(id, {stream, seq})) return false;
    }
  }
  return true;
}

absl::StatusOr<merge::Merged> FoldEvents(const ReplaySource& source, const ArtifactId& artifact,
                                         std::span<const StoredEvent> events, const Cut& heads,
                                         std::optional<document::Document> start) {
  if (OneStream(heads, events)) {
    Folder folder = start ? Folder(source.blobs, *std::move(start)) : Folder(source.blobs);
    for (const StoredEvent& event : events) AMEIDE_RETURN_IF_ERROR(folder.Apply(event.change_set));
    merge::Merged merged;
    if (folder.has_document()) merged.document = folder.Take();
    merged.passed_over = folder.passed_over();
    merged.blocked = folder.blocked();
    return merged;
  }
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, source.reader.Causality());
  std::vector<const ChangeSet*> change_sets;
  change_sets.reserve(events.size());
  for (const StoredEvent& event : events) change_sets.push_back(&event.change_set);
  return merge::MergeEvents(change_sets, *causality, source.blobs, FormatOf(source, artifact, events),
                            std::move(start));
}

absl::StatusOr<std::vector<merge::Conflict>> JudgeArtifact(const ReplaySource& source,
                                                           const ArtifactId& artifact) {
  std::vector<merge::Conflict> conflicts;
  constexpr HybridTime kEver{UINT64_MAX >> 1, UINT64_MAX >> 1};
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::Prefix all, source.reader.PrefixOf(artifact, kEver));
  if (all.last.heads.size() < 2) return conflicts;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, source.reader.OfArtifact(artifact, nullptr));
  AMEIDE_ASSIGN_OR_RETURN(merge::Merged merged, FoldEvents(source, artifact, events));
  conflicts = std::move(merged.conflicts);
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, source.reader.Causality());
  std::vector<const ChangeSet*> change_sets;
  for (const StoredEvent& event : events) change_sets.push_back(&event.change_set);
  for (merge::Conflict& each : merge::ArtifactConflicts(change_sets, *causality))
    conflicts.push_back(std::move(each));
  return conflicts;
}

absl::StatusOr<Replayed> Replay(const ReplaySource& source, const ArtifactId& artifact, const Cut* cut) {
  const auto nothing = [&] {
    return absl::NotFoundError(
        absl::StrCat("artifact ", artifact.name, cut != nullptr ? " did not exist then" : " does not exist"));
  };
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, source.reader.ArtifactNumber(artifact));
  if (!number) return nothing();
  std::optional<Cut> present;
  if (cut == nullptr) {
    // A snapshot may have been taken on another branch.
    AMEIDE_ASSIGN_OR_RETURN(const EventReader::Limits limits, source.reader.PresentLimits());
    if (!limits.empty()) {
      AMEIDE_ASSIGN_OR_RETURN(present, source.reader.Current());
      cut = &*present;
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(std::optional<Snapshot> snapshot, NearestSnapshot(source, artifact, *number, cut));
  std::vector<StoredEvent> events;
  if (snapshot) {
    // From the snapshot's own event on, so that there is always a newest one.
    HybridTime before = snapshot->time;
    if (before.counter > 0) {
      --before.counter;
    } else {
      --before.micros;
      before.counter = INT64_MAX;
    }
    AMEIDE_ASSIGN_OR_RETURN(events, source.reader.OfArtifactAfter(artifact, before, cut));
  } else {
    AMEIDE_ASSIGN_OR_RETURN(events, source.reader.OfArtifact(artifact, cut));
  }
  if (events.empty()) return nothing();
  const auto first = std::find_if(events.begin(), events.end(), [&](const StoredEvent& event) {
    return !snapshot || event.change_set.time > snapshot->time;
  });
  const std::span<const StoredEvent> tail(first, events.end());
  Cut heads = snapshot ? snapshot->heads : Cut();
  const uint64_t before_tail = snapshot ? snapshot->events : 0;
  std::optional<document::Document> start;
  if (snapshot) start = std::move(snapshot->document);
  AMEIDE_ASSIGN_OR_RETURN(merge::Merged merged, FoldEvents(source, artifact, tail, heads, std::move(start)));
  if (!merged.document) {
    return absl::FailedPreconditionError(merged.blocked.empty()
                                             ? absl::StrCat("artifact ", artifact.name, " has no content")
                                             : merged.blocked);
  }
  for (const StoredEvent& event : tail) Advance(heads, event.change_set.id);
  const uint64_t folded = tail.size();
  return Replayed{*std::move(merged.document),
                  std::move(merged.blocked),
                  std::move(events.back().change_set),
                  std::move(heads),
                  before_tail + folded,
                  folded};
}

absl::Status TakeSnapshot(Database& database, EventReader& reader, const ArtifactId& artifact,
                          const document::Document& document) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.ArtifactNumber(artifact));
  if (!number) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare(
          "SELECT a.micros, a.counter, a.events, a.unknown <> '', COALESCE((SELECT MAX(events) FROM"
          " snapshots s WHERE s.artifact = a.id), 0) FROM artifacts a WHERE a.id = ?"));
  query.Bind(1, *number);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  // A blocked artifact's document is not the state at its newest event.
  if (!found || query.Int(3) != 0) return absl::OkStatus();
  if (query.Int(2) - query.Int(4) < static_cast<int64_t>(kSnapshotEvery)) return absl::OkStatus();
  const std::string bytes = Pack(document.EncodeSnapshot());
  if (bytes.empty()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database.Prepare("INSERT OR REPLACE INTO snapshots(artifact, micros, counter, events, bytes)"
                       " VALUES(?, ?, ?, ?, ?)"));
  insert.Bind(1, *number)
      .Bind(2, query.Int(0))
      .Bind(3, query.Int(1))
      .Bind(4, query.Int(2))
      .BindBlob(5, bytes);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  // Many of them are thinned out, every second one, the newest staying.
  AMEIDE_ASSIGN_OR_RETURN(
      Statement thin,
      database.Prepare(
          "DELETE FROM snapshots WHERE artifact = ?1 AND (SELECT COUNT(*) FROM snapshots WHERE artifact = ?1)"
          " > ?2 AND (micros, counter) IN (SELECT micros, counter FROM (SELECT micros, counter, ROW_NUMBER()"
          " OVER (ORDER BY micros, counter) AS place FROM snapshots WHERE artifact = ?1)"
          " WHERE place % 2 = 0 AND place < ?2)"));
  thin.Bind(1, *number).Bind(2, kMostSnapshots);
  return thin.Run();
}

bool SnapshotIs(Database& database, const ArtifactId& artifact, const HybridTime& time,
                const document::Document& document) {
  absl::StatusOr<Statement> query = database.Prepare(
      "SELECT s.bytes FROM snapshots s JOIN artifact_names n ON n.id = s.artifact"
      " WHERE n.name = ? AND s.micros = ? AND s.counter = ?");
  if (!query.ok()) return false;
  query->BindText(1, artifact.name)
      .Bind(2, static_cast<int64_t>(time.micros))
      .Bind(3, static_cast<int64_t>(time.counter));
  const absl::StatusOr<bool> found = query->Step();
  if (!found.ok() || !*found) return false;
  const std::optional<std::string> bytes = Unpack(query->Blob(0));
  return bytes && *bytes == document.EncodeSnapshot();
}

absl::StatusOr<UndoHistory> ReadUndoHistory(EventReader& reader, const ArtifactId& artifact,
                                            const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          reader.NewestOfArtifact(artifact, stream, kDeepestUndo));
  UndoHistory history;
  for (const StoredEvent& event : events) history.Add(event.change_set);
  return history;
}

}  // namespace ameide::uaf
