#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "uaf/document/ids.h"

/// What of a workspace lies outside its folder, in the person's profile.
namespace ameide::uaf {

/// The key of this person on this device: `keys/device.key` in the profile, mode 0600; made when there is
/// none. DATA_LOSS when the file is not one of ours.
absl::StatusOr<Ed25519PrivateKey> LoadOrMakeDeviceKey(const std::filesystem::path& profile, FileSystem& files,
                                                      Random& random);

/// Keeps `key` in the profile as this device's from now on; the one before stays beside it, under its
/// fingerprint. A crash in between leaves the old one in use.
absl::Status ReplaceDeviceKey(const std::filesystem::path& profile, FileSystem& files,
                              const Ed25519PrivateKey& before, const Ed25519PrivateKey& key);

/// Which stream this profile may continue on a branch of a store: `streams/<hash>` in the profile, the hash
/// being over workspace id, path, inodes of `.uaf` and of the store, the machine's id, and the branch where
/// it is not main. A copied or restored folder or a cloned machine finds no token and so starts a stream of
/// its own.
struct StreamToken {
  StreamId stream;
  uint64_t seq = 0;  ///< events that the stream had at least; a store with fewer is an older copy
};

/// Finds, checks and writes the token of one workspace.
class StreamTokenFile {
 public:
  StreamTokenFile(const std::filesystem::path& profile, FileSystem* files, const std::string& workspace,
                  const std::filesystem::path& dot_uaf, const std::filesystem::path& store,
                  const std::string& branch);
  /// NOT_FOUND when there is none.
  absl::StatusOr<StreamToken> Read() const;
  absl::Status Write(const StreamToken& token) const;

 private:
  FileSystem* files_;
  std::filesystem::path path_;
};

/// A new stream's name: 32 random hexadecimal digits.
StreamId NewStream(Random& random);

}  // namespace ameide::uaf
