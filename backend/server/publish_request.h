#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ameide/publish/v1/publish.pb.h"
#include "backend/server/blob_store.h"
#include "base/ed25519.h"
#include "base/hash.h"

namespace ameide::server {

/// A manifest whose signature and limits have been checked.
struct VerifiedManifest {
  publish::v1::Manifest manifest;
  std::string bytes;  ///< as signed
  std::string signature;
  Ed25519PublicKey publisher_key;
};

/// Checks a signed manifest: UNAUTHENTICATED for a bad signature; INVALID_ARGUMENT for one that cannot be
/// read, names no artifact or one path twice, leaves the workspace, is too large, or is for another target.
absl::StatusOr<VerifiedManifest> VerifyManifest(const publish::v1::SignedManifest& request);

/// Takes in the blobs of a manifest piece by piece and puts each into the store when it is whole. One thread.
class BlobIntake {
 public:
  BlobIntake(BlobStore* store, const publish::v1::Manifest& manifest);

  /// What the store lacks, each once.
  const std::vector<Hash256>& needed() const { return needed_; }
  /// INVALID_ARGUMENT for a piece that nobody asked for or that is too much.
  absl::Status Add(const publish::v1::BlobChunk& chunk);
  /// INVALID_ARGUMENT when something needed has not come whole.
  absl::Status Finish();

 private:
  struct Incoming {
    uint64_t size = 0;
    std::string bytes;
    bool stored = false;
  };
  absl::Status Store(const Hash256& hash, Incoming& incoming);

  BlobStore* const store_;
  std::vector<Hash256> needed_;
  std::map<Hash256, Incoming> incoming_;
};

}  // namespace ameide::server
