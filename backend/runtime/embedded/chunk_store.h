#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/sqlite.h"

namespace ameide::runtime {

/// Bytes of more than that leave their row for chunks.
inline constexpr size_t kLargestInline = 64 << 10;

/// Whether what a row holds stands for bytes that are in chunks.
bool IsInChunks(std::string_view row);

/// Cuts bytes where their content says so: bytes that come again, within whatever other bytes, are cut into
/// the same chunks, but for those at the edges. Chunks have 16 KiB to 256 KiB.
std::vector<std::string_view> CutIntoChunks(std::string_view bytes);

/// Reads what ChunkStore::Put has made, over one connection, which must outlive it. Not thread-safe.
class ChunkReader {
 public:
  static absl::StatusOr<std::unique_ptr<ChunkReader>> Make(Sqlite& sqlite);
  /// The bytes that a row of the tenant's stands for: the row itself, or what is in its chunks. DATA_LOSS
  /// when they are not there, or not as they were written.
  absl::StatusOr<std::string> Get(const std::string& tenant, std::string_view row);

 private:
  ChunkReader() = default;
  Statement select_;
};

/// Large bytes of an instance's rows in chunks, named by tenant and SHA-256: a variable of 10 MB that is in
/// the journal, in every compact state and in tasks is on the disk once. An instance uses a chunk from when
/// it is first written for it until the instance is purged; what nobody uses is removed then. Works within
/// the transaction that its owner has begun. Not thread-safe.
class ChunkStore {
 public:
  static absl::StatusOr<std::unique_ptr<ChunkStore>> Make(Sqlite& sqlite);

  /// What to write into a row of the instance: the bytes, when they are not large.
  absl::StatusOr<std::string> Put(const std::string& tenant, InstanceNumber instance, std::string bytes);
  /// The instance is gone: removes at most so many of its chunks. True when that was not all.
  absl::StatusOr<bool> Drop(InstanceNumber instance, int64_t most);

 private:
  ChunkStore() = default;

  Statement select_, insert_, insert_bytes_, use_, select_uses_, end_use_, is_used_, delete_, delete_bytes_;
};

}  // namespace ameide::runtime
