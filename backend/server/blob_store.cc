#include "backend/server/blob_store.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::server {

std::filesystem::path BlobStore::FileOf(const Hash256& hash) const {
  const std::string name = hash.Hex();
  return folder_ / name.substr(0, 2) / name.substr(2);
}

bool BlobStore::Has(const Hash256& hash) const { return files_.Exists(FileOf(hash)); }

absl::StatusOr<std::string> BlobStore::Get(const Hash256& hash) const {
  AMEIDE_ASSIGN_OR_RETURN(std::string bytes, files_.Read(FileOf(hash), kLargestArtifact));
  if (Sha256(bytes) == hash) return bytes;
  return absl::DataLossError(
      absl::StrCat("blob ", FileOf(hash).string(), " is damaged; remove the file and publish again"));
}

absl::Status BlobStore::Put(const Hash256& hash, std::string_view bytes) {
  if (Sha256(bytes) != hash) {
    return absl::InvalidArgumentError(
        absl::StrCat("the bytes sent as blob ", hash.Hex(), " have another hash"));
  }
  if (Has(hash)) return absl::OkStatus();
  const std::filesystem::path file = FileOf(hash);
  AMEIDE_RETURN_IF_ERROR(files_.CreateFolders(file.parent_path()));
  return files_.WriteAtomically(file, bytes, 0600);
}

}  // namespace ameide::server
