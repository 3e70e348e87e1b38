#include "backend/runtime/embedded/chunk_store.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

/// No journal row, state or JSON begins with this byte; as a version it is that of a newer program.
constexpr char kInChunks = '\xff';
constexpr uint8_t kVersion = 1;
constexpr size_t kSmallest = 16 << 10;
constexpr size_t kLargest = 256 << 10;
/// A cut on average every 64 KiB behind the smallest size.
constexpr uint64_t kCutMask = uint64_t{0xffff} << 48;
constexpr uint64_t kMostBytes = uint64_t{1} << 32;

/// One number for each byte, mixed by SplitMix64: the gear of a rolling hash over the last 64 bytes.
constexpr std::array<uint64_t, 256> MakeGear() {
  std::array<uint64_t, 256> gear{};
  uint64_t state = 0x416d6569646521ull;
  for (uint64_t& number : gear) {
    state += 0x9e3779b97f4a7c15ull;
    uint64_t mixed = state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebull;
    number = mixed ^ mixed >> 31;
  }
  return gear;
}
constexpr std::array<uint64_t, 256> kGear = MakeGear();

size_t NextCut(std::string_view bytes) {
  if (bytes.size() <= kSmallest) return bytes.size();
  const size_t end = std::min(bytes.size(), kLargest);
  uint64_t hash = 0;
  for (size_t at = kSmallest - 64; at < end; ++at) {
    hash = (hash << 1) + kGear[static_cast<uint8_t>(bytes[at])];
    if (at >= kSmallest && (hash & kCutMask) == 0) return at + 1;
  }
  return end;
}

/// What a row in chunks says.
struct Table {
  uint64_t size = 0;
  std::vector<std::string_view> digests;
};

absl::StatusOr<Table> ReadTable(std::string_view row) {
  ByteReader reader(row);
  Table table;
  reader.Byte();
  const uint8_t version = reader.Byte();
  if (version > kVersion)
    return absl::FailedPreconditionError("chunks are listed as a newer program does; use that");
  table.size = reader.Varint();
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left)
    table.digests.push_back(reader.Raw(Hash256().bytes.size()));
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  if (version == 0 || table.size > kMostBytes)
    return absl::DataLossError("a list of chunks is not as it was written");
  return table;
}

}  // namespace

bool IsInChunks(std::string_view row) { return !row.empty() && row[0] == kInChunks; }

std::vector<std::string_view> CutIntoChunks(std::string_view bytes) {
  std::vector<std::string_view> chunks;
  while (!bytes.empty()) {
    const size_t cut = NextCut(bytes);
    chunks.push_back(bytes.substr(0, cut));
    bytes.remove_prefix(cut);
  }
  return chunks;
}

absl::StatusOr<std::unique_ptr<ChunkReader>> ChunkReader::Make(Sqlite& sqlite) {
  std::unique_ptr<ChunkReader> reader(new ChunkReader);
  AMEIDE_ASSIGN_OR_RETURN(reader->select_,
                          sqlite.Prepare("SELECT chunk_bytes.bytes FROM chunk JOIN chunk_bytes ON "
                                         "chunk_bytes.chunk = chunk.number WHERE tenant = ? AND digest = ?"));
  return reader;
}

absl::StatusOr<std::string> ChunkReader::Get(const std::string& tenant, std::string_view row) {
  if (!IsInChunks(row)) return std::string(row);
  const std::string held(row);  // the row may be of a statement that moves on
  AMEIDE_ASSIGN_OR_RETURN(const Table table, ReadTable(held));
  std::string bytes;
  bytes.reserve(table.size);
  for (const std::string_view digest : table.digests) {
    const ResetAtEnd reset(select_);
    AMEIDE_ASSIGN_OR_RETURN(const bool found, select_.Bind(tenant).BindBlob(digest).Step());
    if (!found || Sha256(select_.Text(0)).view() != digest)
      return absl::DataLossError("a part of a large variable is damaged or missing");
    bytes.append(select_.Text(0));
  }
  if (bytes.size() != table.size)
    return absl::DataLossError("a large variable is not as long as it was written");
  return bytes;
}

absl::StatusOr<std::unique_ptr<ChunkStore>> ChunkStore::Make(Sqlite& sqlite) {
  std::unique_ptr<ChunkStore> store(new ChunkStore);
  const std::pair<Statement*, const char*> statements[] = {
      {&store->select_, "SELECT number FROM chunk WHERE tenant = ? AND digest = ?"},
      {&store->insert_, "INSERT INTO chunk(tenant, digest) VALUES(?, ?) RETURNING number"},
      {&store->insert_bytes_, "INSERT INTO chunk_bytes(chunk, bytes) VALUES(?, ?)"},
      {&store->use_, "INSERT OR IGNORE INTO chunk_use(instance, chunk, tenant) VALUES(?, ?, ?)"},
      {&store->select_uses_, "SELECT chunk FROM chunk_use WHERE instance = ? LIMIT ?"},
      {&store->end_use_, "DELETE FROM chunk_use WHERE instance = ? AND chunk = ?"},
      {&store->is_used_, "SELECT 1 FROM chunk_use WHERE chunk = ? LIMIT 1"},
      {&store->delete_, "DELETE FROM chunk WHERE number = ?"},
      {&store->delete_bytes_, "DELETE FROM chunk_bytes WHERE chunk = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    AMEIDE_ASSIGN_OR_RETURN(*statement, sqlite.Prepare(sql));
  }
  return store;
}

absl::StatusOr<std::string> ChunkStore::Put(const std::string& tenant, InstanceNumber instance,
                                            std::string bytes) {
  if (bytes.size() <= kLargestInline) return bytes;
  const std::vector<std::string_view> chunks = CutIntoChunks(bytes);
  ByteWriter row;
  row.Byte(static_cast<uint8_t>(kInChunks));
  row.Byte(kVersion);
  row.Varint(bytes.size());
  row.Varint(chunks.size());
  for (const std::string_view chunk : chunks) {
    const Hash256 digest = Sha256(chunk);
    row.Raw(digest.view());
    int64_t number = 0;
    {
      const ResetAtEnd reset(select_);
      AMEIDE_ASSIGN_OR_RETURN(const bool known, select_.Bind(tenant).BindBlob(digest.view()).Step());
      if (known) number = select_.Int(0);
    }
    if (number == 0) {
      const ResetAtEnd reset(insert_);
      AMEIDE_RETURN_IF_ERROR(insert_.Bind(tenant).BindBlob(digest.view()).Step().status());
      number = insert_.Int(0);
      AMEIDE_RETURN_IF_ERROR(insert_bytes_.Bind(number).BindBlob(chunk).Run());
    }
    AMEIDE_RETURN_IF_ERROR(use_.Bind(instance).Bind(number).Bind(tenant).Run());
  }
  return row.Take();
}

absl::StatusOr<bool> ChunkStore::Drop(InstanceNumber instance, int64_t most) {
  std::vector<int64_t> chunks;
  {
    const ResetAtEnd reset(select_uses_);
    select_uses_.Bind(instance).Bind(most);
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, select_uses_.Step());
      if (!more) break;
      chunks.push_back(select_uses_.Int(0));
    }
  }
  for (const int64_t chunk : chunks) {
    AMEIDE_RETURN_IF_ERROR(end_use_.Bind(instance).Bind(chunk).Run());
    const ResetAtEnd reset(is_used_);
    AMEIDE_ASSIGN_OR_RETURN(const bool used, is_used_.Bind(chunk).Step());
    if (used) continue;
    AMEIDE_RETURN_IF_ERROR(delete_.Bind(chunk).Run());
    AMEIDE_RETURN_IF_ERROR(delete_bytes_.Bind(chunk).Run());
  }
  return static_cast<int64_t>(chunks.size()) == most;
}

}  // namespace ameide::runtime
