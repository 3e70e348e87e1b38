#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "base/platform/file_system.h"

namespace ameide::server {

/// Content by its SHA-256, each a file; what is read is checked. Thread-safe.
class BlobStore {
 public:
  explicit BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool Has(const Hash256& hash) const;
  /// NOT_FOUND; DATA_LOSS when the file no longer has its hash.
  absl::StatusOr<std::string> Get(const Hash256& hash) const;
  /// Durable when it returns. INVALID_ARGUMENT when the bytes do not have that hash.
  absl::Status Put(const Hash256& hash, std::string_view bytes);

 private:
  std::filesystem::path FileOf(const Hash256& hash) const;

  const std::filesystem::path folder_;
  PosixFileSystem files_;
};

}  // namespace ameide::server
