#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "base/platform/file_system.h"

namespace ameide::uaf {

/// Imported bytes by content: `.uaf/blobs/<sha256>`, raw, never changed. Thread-safe.
class BlobStore {
 public:
  BlobStore(std::filesystem::path folder, FileSystem* files) : folder_(std::move(folder)), files_(files) {}

  /// Durable when it returns. Storing the same bytes twice stores them once.
  absl::StatusOr<Hash256> Put(std::string_view bytes);
  /// NOT_FOUND, or DATA_LOSS when the file does not hold what its name says.
  absl::StatusOr<std::string> Get(const Hash256& hash) const;
  bool Has(const Hash256& hash) const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  FileSystem* files_;
};

}  // namespace ameide::uaf
