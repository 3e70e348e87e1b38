#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "base/platform/file_system.h"

namespace ameide::uaf {

/// Imported bytes by content: `.uaf/blobs/<sha256>`, raw, never changed. Those of branches that are not
/// checked out may lie aside (kKeptBlobs). Thread-safe.
class BlobStore {
 public:
  BlobStore(std::filesystem::path folder, FileSystem* files)
      : folder_(std::move(folder)), kept_(folder_.parent_path() / "aside" / "blobs"), files_(files) {}

  /// Durable when it returns. Storing the same bytes twice stores them once.
  absl::StatusOr<Hash256> Put(std::string_view bytes);
  /// NOT_FOUND, or DATA_LOSS when the file does not hold what its name says.
  absl::StatusOr<std::string> Get(const Hash256& hash) const;
  bool Has(const Hash256& hash) const;
  /// What lies aside belongs to the present again, after a merge: commits look for it in the folder.
  absl::Status BringBack();
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path kept_;
  FileSystem* files_;
};

}  // namespace ameide::uaf
