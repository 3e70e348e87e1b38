#include "uaf/store/profile.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/platform/process.h"
#include "base/status.h"
#include "uaf/workspace.h"

namespace ameide::uaf {
namespace {

constexpr char kKeyPrefix[] = "ameide-ed25519-seed ";
constexpr uint64_t kLargestProfileFile = 4096;

}  // namespace

absl::StatusOr<Ed25519PrivateKey> LoadOrMakeDeviceKey(const std::filesystem::path& profile, FileSystem& files,
                                                      Random& random) {
  const std::filesystem::path path = profile / "keys" / "device.key";
  absl::StatusOr<std::string> text = files.Read(path, kLargestProfileFile);
  if (absl::IsNotFound(text.status())) {
    Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    AMEIDE_RETURN_IF_ERROR(files.CreateFolders(path.parent_path()));
    AMEIDE_RETURN_IF_ERROR(
        files.WriteAtomically(path, absl::StrCat(kKeyPrefix, HexEncode(key.seed()), "\n"), 0600));
    return key;
  }
  AMEIDE_RETURN_IF_ERROR(text.status());
  std::string_view hex = *text;
  while (!hex.empty() && (hex.back() == '\n' || hex.back() == '\r')) hex.remove_suffix(1);
  if (hex.starts_with(kKeyPrefix)) {
    absl::StatusOr<std::string> seed = HexDecode(hex.substr(sizeof kKeyPrefix - 1));
    if (seed.ok()) {
      absl::StatusOr<Ed25519PrivateKey> key = Ed25519PrivateKey::FromSeed(*seed);
      if (key.ok()) return key;
    }
  }
  return absl::DataLossError(
      absl::StrCat(path.string(), " is no signing key of Ameide; move it away and a new one will be made"));
}

absl::Status ReplaceDeviceKey(const std::filesystem::path& profile, FileSystem& files,
                              const Ed25519PrivateKey& before, const Ed25519PrivateKey& key) {
  const std::filesystem::path folder = profile / "keys";
  const auto text = [](const Ed25519PrivateKey& each) {
    return absl::StrCat(kKeyPrefix, HexEncode(each.seed()), "\n");
  };
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(
      folder / absl::StrCat(before.public_key().Fingerprint(), ".key"), text(before), 0600));
  return files.WriteAtomically(folder / "device.key", text(key), 0600);
}

StreamTokenFile::StreamTokenFile(const std::filesystem::path& profile, FileSystem* files,
                                 const std::string& workspace, const std::filesystem::path& dot_uaf,
                                 const std::filesystem::path& store, const std::string& branch)
    : files_(files) {
  std::error_code ignored;
  ByteWriter identity;
  identity.String(workspace);
  identity.String(std::filesystem::weakly_canonical(dot_uaf, ignored).string());
  for (const std::filesystem::path& part : {dot_uaf, store}) {
    const absl::StatusOr<FileStamp> stamp = files->Stamp(part);
    identity.Varint(stamp.ok() ? stamp->device : 0);
    identity.Varint(stamp.ok() ? stamp->inode : 0);
  }
  identity.String(MachineId());
  if (branch != kMainBranch) identity.String(branch);
  path_ = profile / "streams" / Sha256(identity.bytes()).Hex();
}

absl::StatusOr<StreamToken> StreamTokenFile::Read() const {
  AMEIDE_ASSIGN_OR_RETURN(const std::string text, files_->Read(path_, kLargestProfileFile));
  std::string_view line = text;
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  const size_t space = line.find(' ');
  StreamToken token;
  if (space == std::string_view::npos || !absl::SimpleAtoi(std::string(line.substr(space + 1)), &token.seq)) {
    return absl::NotFoundError(absl::StrCat(path_.string(), " is no stream token"));
  }
  token.stream.name = line.substr(0, space);
  return token;
}

absl::Status StreamTokenFile::Write(const StreamToken& token) const {
  AMEIDE_RETURN_IF_ERROR(files_->CreateFolders(path_.parent_path()));
  return files_->WriteAtomically(path_, absl::StrCat(token.stream.name, " ", token.seq, "\n"), 0600);
}

StreamId NewStream(Random& random) { return StreamId{HexEncode(random.Bytes(16))}; }

}  // namespace ameide::uaf
