#include "uaf/store/blob_store.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {

absl::StatusOr<Hash256> BlobStore::Put(std::string_view bytes) {
  const Hash256 hash = Sha256(bytes);
  const std::filesystem::path path = folder_ / hash.Hex();
  if (files_->Exists(path)) {
    // A file that a crash or a tool damaged is replaced, not trusted.
    const absl::StatusOr<std::string> present = files_->Read(path, kLargestArtifact);
    if (present.ok() && *present == bytes) return hash;
  }
  AMEIDE_RETURN_IF_ERROR(files_->CreateFolders(folder_));
  AMEIDE_RETURN_IF_ERROR(files_->WriteAtomically(path, bytes));
  return hash;
}

absl::StatusOr<std::string> BlobStore::Get(const Hash256& hash) const {
  static const Hash256 kNothing = Sha256("");
  if (hash == kNothing) return std::string();  // a redacted file; there need be no file for it
  const std::filesystem::path path = folder_ / hash.Hex();
  absl::StatusOr<std::string> read = files_->Read(path, kLargestArtifact);
  if (absl::IsNotFound(read.status())) read = files_->Read(kept_ / hash.Hex(), kLargestArtifact);
  if (absl::IsNotFound(read.status())) {
    return absl::DataLossError(absl::StrCat(path.string(), " is missing; restore it from git"));
  }
  AMEIDE_ASSIGN_OR_RETURN(std::string bytes, std::move(read));
  if (Sha256(bytes) != hash) {
    return absl::DataLossError(absl::StrCat(
        path.string(), " does not hold what its name says: it was damaged or changed; restore it from git"));
  }
  return bytes;
}

absl::Status BlobStore::BringBack() {
  const absl::StatusOr<std::vector<FolderEntry>> entries = files_->List(kept_);
  if (absl::IsNotFound(entries.status())) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(entries.status());
  AMEIDE_RETURN_IF_ERROR(files_->CreateFolders(folder_));
  for (const FolderEntry& entry : *entries) {
    if (entry.kind != EntryKind::kFile || files_->Exists(folder_ / entry.name)) continue;
    AMEIDE_RETURN_IF_ERROR(files_->Move(kept_ / entry.name, folder_ / entry.name));
  }
  return absl::OkStatus();
}

bool BlobStore::Has(const Hash256& hash) const {
  return files_->Exists(folder_ / hash.Hex()) || files_->Exists(kept_ / hash.Hex());
}

}  // namespace ameide::uaf
