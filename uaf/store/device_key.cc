#include "uaf/store/device_key.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/platform/process.h"
#include "base/status.h"

namespace ameide::uaf {

namespace {

/// In the table `meta`, before the name of a key's file: the hash of what it held.
constexpr std::string_view kPrefix = "key_file ";
constexpr uint64_t kLargestKeyFile = 1 << 20;

absl::Status RememberKeyFile(Store& store, const std::string& name, std::string_view bytes) {
  AMEIDE_ASSIGN_OR_RETURN(Statement note,
                          store.database().Prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)"));
  const std::string key = absl::StrCat(std::string(kPrefix), name), hash = Sha256(bytes).Hex();
  note.BindText(1, key).BindText(2, hash);
  return store.Noted(note.Run());
}

}  // namespace

absl::Status MakeKeyKnown(Store& store, const Ed25519PrivateKey& key) {
  FileSystem& files = *store.options().files;
  const std::string name = absl::StrCat(key.public_key().Fingerprint(), ".pub");
  const std::filesystem::path path = store.layout().keys / name;
  const std::string device = HostName();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          store.log().reader().OfArtifact(ArtifactId{}, nullptr));
  const bool known = std::any_of(events.begin(), events.end(), [&](const StoredEvent& event) {
    const auto* added = std::get_if<KeyAdded>(&event.change_set.body);
    return added != nullptr && added->public_key == key.public_key().view();
  });
  if (known && files.Exists(path)) return absl::OkStatus();
  // A file that is there may not be durable, because the disk failed when it was written.
  absl::StatusOr<std::string> text = files.Read(path, kLargestKeyFile);
  if (!text.ok() || !ParsePublicKeyFile(*text, key.public_key().Fingerprint()).ok()) {
    const Author owner{store.options().actor.name, store.options().actor.email};
    text = PublicKeyFile(key.public_key(), owner, device);
  }
  AMEIDE_RETURN_IF_ERROR(files.CreateFolders(path.parent_path()));
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(path, *text));
  AMEIDE_RETURN_IF_ERROR(RememberKeyFile(store, name, *text));
  if (known) return absl::OkStatus();
  KeyAdded added{std::string(key.public_key().view()), device};
  return store.RecordBody(ArtifactId{}, "Add the signing key of this device", std::move(added)).status();
}

absl::Status RememberKeyFiles(Store& store) {
  const FileSystem& files = *store.options().files;
  const auto entries = files.List(store.layout().keys);
  if (absl::IsNotFound(entries.status())) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(entries.status());
  AMEIDE_ASSIGN_OR_RETURN(const auto known, RememberedKeyFiles(store.database()));
  std::map<std::string, std::string> fresh;
  for (const FolderEntry& entry : *entries) {
    if (entry.kind != EntryKind::kFile || !entry.name.ends_with(".pub") || known.contains(entry.name))
      continue;
    AMEIDE_ASSIGN_OR_RETURN(std::string text, files.Read(store.layout().keys / entry.name, kLargestKeyFile));
    // What is no key is told by whoever needs it, and restored.
    const std::string_view fingerprint = std::string_view(entry.name).substr(0, entry.name.size() - 4);
    if (ParsePublicKeyFile(text, fingerprint).ok()) fresh.emplace(entry.name, std::move(text));
  }
  if (fresh.empty()) return absl::OkStatus();
  std::vector<StoredEvent> none;
  return store.InTransaction(
      [&]() -> absl::Status {
        for (const auto& [name, text] : fresh) AMEIDE_RETURN_IF_ERROR(RememberKeyFile(store, name, text));
        return absl::OkStatus();
      },
      none);
}

absl::StatusOr<std::map<std::string, std::string>> RememberedKeyFiles(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database.Prepare("SELECT key, value FROM meta WHERE key GLOB 'key_file *'"));
  std::map<std::string, std::string> known;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return known;
    known.emplace(query.Text(0).substr(kPrefix.size()), query.Text(1));
  }
}

}  // namespace ameide::uaf
