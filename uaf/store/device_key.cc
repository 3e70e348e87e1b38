#include "uaf/store/device_key.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/platform/process.h"
#include "base/status.h"

namespace ameide::uaf {

absl::Status MakeKeyKnown(Store& store, const Ed25519PrivateKey& key) {
  FileSystem& files = *store.options().files;
  const std::filesystem::path path =
      store.layout().keys / absl::StrCat(key.public_key().Fingerprint(), ".pub");
  const std::string device = HostName();
  if (!files.Exists(path)) {
    AMEIDE_RETURN_IF_ERROR(files.CreateFolders(path.parent_path()));
    const Author owner{store.options().actor.name, store.options().actor.email};
    AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(path, PublicKeyFile(key.public_key(), owner, device)));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          store.log().reader().OfArtifact(ArtifactId{}, nullptr));
  for (const StoredEvent& event : events) {
    const auto* added = std::get_if<KeyAdded>(&event.change_set.body);
    if (added != nullptr && added->public_key == key.public_key().view()) return absl::OkStatus();
  }
  KeyAdded added{std::string(key.public_key().view()), device};
  return store.RecordBody(ArtifactId{}, "Add the signing key of this device", std::move(added)).status();
}

}  // namespace ameide::uaf
