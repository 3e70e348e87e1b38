#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "base/platform/file_system.h"
#include "uaf/log/change_set.h"
#include "uaf/store/store.h"

namespace ameide::uaf {

/// A state of an artifact that a file holds: what had arrived up to `arrival` of what was "now" in `view`.
struct Standing {
  int64_t arrival = 0;
  int64_t view = 0;
  bool operator==(const Standing&) const = default;
};

/// Stands among what a file holds on top of a state for bytes that were kept aside, and are in no event.
inline constexpr int64_t kKeptAside = 0;

/// What is remembered of an artifact's file: what it held when we last read or wrote it, and, while we write,
/// what it may hold by now. After a crash it holds one of the two, or what somebody saved over one of them.
struct WorkingFile {
  std::string path;
  Hash256 hash;
  Standing stands;
  /// What it holds beyond that state: outside edits, by arrival, that were taken in where newer changes still
  /// waited to be written, in their order. Such a file is behind whatever the state is.
  std::vector<int64_t> absorbed;
  std::optional<Hash256> writing;
  Standing writing_stands;
  FileStamp stamp;  ///< of the file when it held `hash`; not to be trusted when all zero

  /// False for a file that is being written for the first time.
  bool WasThere() const { return stands.arrival > 0; }
  bool Wrote(const Hash256& bytes) const { return bytes == hash || (writing && bytes == *writing); }
  /// The file was read and holds `bytes`, one of ours: whatever write there was is over.
  void Found(const Hash256& bytes, const FileStamp& read) {
    if (writing && bytes == *writing) {
      stands = writing_stands;
      absorbed.clear();
    }
    hash = bytes;
    writing.reset();
    stamp = read;
  }
};

/// The table of working files. Changes are made in the caller's transaction.
class WorkingFileTable {
 public:
  explicit WorkingFileTable(Store* store) : store_(store) {}

  absl::StatusOr<std::optional<WorkingFile>> Find(const ArtifactId& artifact);
  absl::Status Remember(const ArtifactId& artifact, const WorkingFile& file);
  absl::Status Forget(const ArtifactId& artifact);

 private:
  Store* store_;
};

}  // namespace ameide::uaf
