#include "uaf/store/snapshots.h"

#include <zstd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace ameide::uaf {
namespace {

constexpr uint64_t kLargestSnapshot = uint64_t{1} << 30;
constexpr uint64_t kLeastGap = 100;
/// Opening a snapshot costs about as much per node as folding costs per so many events.
constexpr uint64_t kNodesPerEvent = 20;
/// There are at most about twice as many snapshots of an artifact.
constexpr uint64_t kMostGaps = 64;

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

/// Whether all that `prefix` names is among `runs`.
absl::StatusOr<bool> Covered(EventReader& reader, const Cut& prefix, const std::vector<EventRun>& runs) {
  std::map<int64_t, uint64_t> last;
  for (const EventRun& run : runs) {
    uint64_t& seq = last[run.stream];
    seq = std::max(seq, run.last_seq());
  }
  for (const auto& [stream, seq] : prefix.heads) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.StreamNumber(stream));
    if (!number || last[*number] < seq) return false;
  }
  return true;
}

/// Opens the snapshot in `row` (micros, counter, events, bytes) if it can be gone on from.
absl::StatusOr<std::optional<Snapshot>> OpenSnapshot(EventReader& reader, const ArtifactId& artifact,
                                                     const std::vector<EventRun>& runs,
                                                     const Statement& row) {
  const HybridTime time{static_cast<uint64_t>(row.Int(0)), static_cast<uint64_t>(row.Int(1))};
  AMEIDE_ASSIGN_OR_RETURN(EventReader::Prefix prefix, reader.PrefixOf(artifact, time));
  // More came in before it since, or it was taken where there was less.
  if (prefix.events != static_cast<uint64_t>(row.Int(2))) return std::optional<Snapshot>();
  AMEIDE_ASSIGN_OR_RETURN(const bool covered, Covered(reader, prefix.last, runs));
  if (!covered) return std::optional<Snapshot>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> later, reader.After(runs, time));
  AMEIDE_ASSIGN_OR_RETURN(const bool seen, reader.SawAllOf(prefix.last, later));
  if (!seen) return std::optional<Snapshot>();
  const std::optional<std::string> bytes = Unpack(row.Blob(3));
  if (!bytes) return std::optional<Snapshot>();
  absl::StatusOr<document::Document> document = document::Document::DecodeSnapshot(*bytes);
  if (!document.ok()) return std::optional<Snapshot>();
  return std::optional<Snapshot>(Snapshot{time, prefix.events, std::move(prefix.last), *std::move(document)});
}

/// A snapshot without its state.
struct Place {
  uint64_t events = 0;
  HybridTime time;
};

absl::StatusOr<std::vector<Place>> PlacesOf(Database& database, int64_t artifact) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT events, micros, counter FROM snapshots WHERE artifact = ? ORDER BY events"));
  query.Bind(1, artifact);
  std::vector<Place> places;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return places;
    places.push_back({static_cast<uint64_t>(query.Int(0)),
                      {static_cast<uint64_t>(query.Int(1)), static_cast<uint64_t>(query.Int(2))}});
  }
}

/// Drops snapshots without which no gap becomes larger than `gap`. The newest stays.
absl::Status Thin(Database& database, int64_t artifact, uint64_t gap) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Place> places, PlacesOf(database, artifact));
  uint64_t before = 0;
  for (size_t i = 0; i + 1 < places.size(); ++i) {
    if (places[i + 1].events - before > gap) {
      before = places[i].events;
      continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(
        Statement remove,
        database.Prepare("DELETE FROM snapshots WHERE artifact = ? AND micros = ? AND counter = ?"));
    remove.Bind(1, artifact)
        .Bind(2, static_cast<int64_t>(places[i].time.micros))
        .Bind(3, static_cast<int64_t>(places[i].time.counter));
    AMEIDE_RETURN_IF_ERROR(remove.Run());
  }
  return absl::OkStatus();
}

}  // namespace

uint64_t SnapshotGap(uint32_t nodes, uint64_t events) {
  return std::max({kLeastGap, nodes / kNodesPerEvent, events / kMostGaps});
}

absl::StatusOr<std::optional<Snapshot>> NearestSnapshot(Database& database, EventReader& reader,
                                                        const ArtifactId& artifact,
                                                        const std::vector<EventRun>& runs) {
  if (runs.empty()) return std::optional<Snapshot>();
  int64_t events = 0;
  for (const EventRun& run : runs) events += run.last - run.first + 1;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare(
          "SELECT micros, counter, events, bytes FROM snapshots WHERE artifact = ? AND events <= ?"
          " ORDER BY micros DESC, counter DESC"));
  query.Bind(1, runs.front().artifact).Bind(2, events);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return std::optional<Snapshot>();
    AMEIDE_ASSIGN_OR_RETURN(std::optional<Snapshot> snapshot, OpenSnapshot(reader, artifact, runs, query));
    if (snapshot) return snapshot;
  }
}

absl::StatusOr<std::optional<uint64_t>> MissingSnapshot(Database& database, EventReader& reader,
                                                        const ArtifactId& artifact, uint64_t events,
                                                        uint64_t gap) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.ArtifactNumber(artifact));
  if (!number) return std::optional<uint64_t>();
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Place> places, PlacesOf(database, *number));
  places.push_back({events, {}});
  uint64_t before = 0;
  for (const Place& place : places) {
    if (place.events > before + gap + gap / 2) return std::optional<uint64_t>(before + gap);
    before = std::max(before, place.events);
  }
  return std::optional<uint64_t>();
}

absl::Status KeepSnapshot(Database& database, EventReader& reader, const ArtifactId& artifact,
                          const HybridTime& time, uint64_t events, uint64_t gap,
                          const document::Document& document) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.ArtifactNumber(artifact));
  const std::string bytes = Pack(document.EncodeSnapshot());
  if (!number || bytes.empty()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database.Prepare("INSERT OR REPLACE INTO snapshots(artifact, micros, counter, events, bytes)"
                       " VALUES(?, ?, ?, ?, ?)"));
  insert.Bind(1, *number)
      .Bind(2, static_cast<int64_t>(time.micros))
      .Bind(3, static_cast<int64_t>(time.counter))
      .Bind(4, static_cast<int64_t>(events))
      .BindBlob(5, bytes);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  return Thin(database, *number, gap);
}

absl::StatusOr<uint64_t> EventsSinceSnapshot(Database& database, const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare(
          "SELECT a.events - COALESCE((SELECT MAX(events) FROM snapshots s WHERE s.artifact = a.id),"
          " 0) FROM artifacts a JOIN artifact_names n ON n.id = a.id WHERE n.name = ?"));
  query.BindText(1, artifact.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? static_cast<uint64_t>(std::max<int64_t>(query.Int(0), 0)) : 0;
}

absl::Status KeepPresent(Database& database, EventReader& reader, const ArtifactId& artifact,
                         const document::Document& document) {
  AMEIDE_ASSIGN_OR_RETURN(const uint64_t behind, EventsSinceSnapshot(database, artifact));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT a.micros, a.counter, a.events, a.unknown <> '' FROM artifacts a"
                       " JOIN artifact_names n ON n.id = a.id WHERE n.name = ?"));
  query.BindText(1, artifact.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  // A blocked artifact's document is not the state at its newest event.
  if (!found || query.Int(3) != 0) return absl::OkStatus();
  const HybridTime time{static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1))};
  const auto events = static_cast<uint64_t>(query.Int(2));
  const uint64_t gap = SnapshotGap(document.node_count(), events);
  if (behind < gap) return absl::OkStatus();
  return KeepSnapshot(database, reader, artifact, time, events, gap, document);
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

}  // namespace ameide::uaf
