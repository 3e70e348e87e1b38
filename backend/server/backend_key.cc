#include "backend/server/backend_key.h"

#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/status.h"

namespace ameide::server {

absl::StatusOr<Ed25519PrivateKey> LoadOrMakeBackendKey(const std::filesystem::path& file, Random& random) {
  PosixFileSystem files;
  const absl::StatusOr<std::string> seed = files.Read(file, 4096);
  if (seed.ok()) {
    auto key = Ed25519PrivateKey::FromSeed(*seed);
    if (key.ok()) return key;
    return absl::DataLossError(absl::StrCat("key file ", file.string(),
                                            " is damaged: ", key.status().message(),
                                            "; restore it from a backup, or move it away to make a new key"));
  }
  if (!absl::IsNotFound(seed.status())) return seed.status();
  const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(file, key.seed(), 0600));
  return key;
}

}  // namespace ameide::server
