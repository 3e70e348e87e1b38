#include "uaf/store/replay.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"

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

/// True when the `events` events up to `time` are all there is up to then, and all in `cut`.
absl::StatusOr<bool> IsPrefix(EventReader& reader, const ArtifactId& artifact, const HybridTime& time,
                              uint64_t events, const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::Prefix prefix, reader.PrefixOf(artifact, time));
  if (prefix.events != events) return false;
  return cut == nullptr ||
         std::all_of(prefix.last.heads.begin(), prefix.last.heads.end(), [&](const auto& head) {
           return cut->Covers({head.first, head.second});
         });
}

struct Snapshot {
  HybridTime time;
  int64_t events = 0;
  document::Document document;
};

absl::StatusOr<std::optional<Snapshot>> NearestSnapshot(Database& database, EventReader& reader,
                                                        const ArtifactId& artifact, int64_t number,
                                                        const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT micros, counter, events, bytes FROM snapshots WHERE artifact = ?"
                       " ORDER BY micros DESC, counter DESC"));
  query.Bind(1, number);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return std::optional<Snapshot>();
    const HybridTime time{static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1))};
    AMEIDE_ASSIGN_OR_RETURN(const bool usable,
                            IsPrefix(reader, artifact, time, static_cast<uint64_t>(query.Int(2)), cut));
    if (!usable) continue;
    const std::optional<std::string> bytes = Unpack(query.Blob(3));
    if (!bytes) continue;
    absl::StatusOr<document::Document> document = document::Document::DecodeSnapshot(*bytes);
    if (!document.ok()) continue;
    return std::optional<Snapshot>(Snapshot{time, query.Int(2), *std::move(document)});
  }
}

}  // namespace

absl::StatusOr<Replayed> Replay(Database& database, EventReader& reader, const BlobSource& blobs,
                                const ArtifactId& artifact, const Cut* cut) {
  const auto nothing = [&] {
    return absl::NotFoundError(
        absl::StrCat("artifact ", artifact.name, cut != nullptr ? " did not exist then" : " does not exist"));
  };
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.ArtifactNumber(artifact));
  if (!number) return nothing();
  std::optional<Cut> present;
  if (cut == nullptr) {
    // A snapshot may have been taken on another branch.
    AMEIDE_ASSIGN_OR_RETURN(const EventReader::Limits limits, reader.PresentLimits());
    if (!limits.empty()) {
      AMEIDE_ASSIGN_OR_RETURN(present, reader.Current());
      cut = &*present;
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(std::optional<Snapshot> snapshot,
                          NearestSnapshot(database, reader, artifact, *number, cut));
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
    AMEIDE_ASSIGN_OR_RETURN(events, reader.OfArtifactAfter(artifact, before, cut));
  } else {
    AMEIDE_ASSIGN_OR_RETURN(events, reader.OfArtifact(artifact, cut));
  }
  if (events.empty()) return nothing();
  Replayed replayed{snapshot ? Folder(blobs, std::move(snapshot->document)) : Folder(blobs), {}, 0, 0};
  if (snapshot) replayed.events = static_cast<uint64_t>(snapshot->events);
  for (StoredEvent& event : events) {
    if (!snapshot || event.change_set.time > snapshot->time) {
      AMEIDE_RETURN_IF_ERROR(replayed.folder.Apply(event.change_set));
      ++replayed.events;
      ++replayed.folded;
    }
    replayed.newest = std::move(event.change_set);
  }
  if (!replayed.folder.has_document()) {
    return absl::FailedPreconditionError(replayed.folder.blocked().empty()
                                             ? absl::StrCat("artifact ", artifact.name, " has no content")
                                             : replayed.folder.blocked());
  }
  return replayed;
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
