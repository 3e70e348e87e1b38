#include "backend/server/publish_request.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "backend/server/errors.h"
#include "base/status.h"

namespace ameide::server {
namespace {

namespace pb = publish::v1;

constexpr char kSignedPrefix[] = "ameide publish request 1\n";
constexpr int kMostArtifacts = 1000;
constexpr int64_t kLargestBlob = 64 << 20;
constexpr int64_t kLargestCut = 256 << 20;
constexpr size_t kLongestPath = 1024;

absl::Status CheckPath(const std::string& path) {
  const auto bad = [&](const char* why) {
    return absl::InvalidArgumentError(
        absl::StrCat("artifact path `", path.substr(0, kLongestPath), "` ", why));
  };
  if (path.empty() || path.size() > kLongestPath) return bad("is empty or too long");
  if (path[0] == '/') return bad("must be relative to its workspace");
  for (const auto part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == "." || part == "..") return bad("has an empty, `.` or `..` part");
  }
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20) return bad("has a control character");
  }
  return absl::OkStatus();
}

absl::Status CheckArtifacts(const pb::Manifest& manifest) {
  if (manifest.artifacts().empty()) return absl::InvalidArgumentError("the manifest names no artifact");
  if (manifest.artifacts_size() > kMostArtifacts) {
    return absl::InvalidArgumentError(
        absl::StrCat("the manifest names more than ", kMostArtifacts, " artifacts"));
  }
  std::set<std::string> paths;
  int64_t total = 0;
  for (const pb::Artifact& artifact : manifest.artifacts()) {
    AMEIDE_RETURN_IF_ERROR(CheckPath(artifact.path()));
    AMEIDE_RETURN_IF_ERROR(Hash256::FromBytes(artifact.sha256()).status());
    if (!paths.insert(artifact.path()).second) {
      return absl::InvalidArgumentError(absl::StrCat("the manifest names ", artifact.path(), " twice"));
    }
    if (artifact.size() < 0 || artifact.size() > kLargestBlob) {
      return absl::InvalidArgumentError(absl::StrCat(artifact.path(), " has more than 64 MiB"));
    }
    total += artifact.size();
  }
  if (total > kLargestCut) return absl::InvalidArgumentError("the artifacts have more than 256 MiB together");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifiedManifest> VerifyManifest(const pb::SignedManifest& request) {
  VerifiedManifest verified;
  AMEIDE_ASSIGN_OR_RETURN(verified.publisher_key, Ed25519PublicKey::FromBytes(request.public_key()));
  if (!verified.publisher_key.Verify(kSignedPrefix + request.manifest(), request.signature())) {
    return WithDetail(absl::UnauthenticatedError("the manifest's signature does not fit its publisher's key"),
                      "BAD_SIGNATURE", "key", verified.publisher_key.Fingerprint());
  }
  verified.bytes = request.manifest();
  verified.signature = request.signature();
  if (!verified.manifest.ParseFromString(verified.bytes)) {
    return absl::InvalidArgumentError("the manifest's bytes are not an ameide.publish.v1.Manifest");
  }
  if (!verified.manifest.target().empty() && verified.manifest.target() != "embedded") {
    return absl::InvalidArgumentError(absl::StrCat("this backend is target `embedded`, the manifest is for `",
                                                   verified.manifest.target(), "`"));
  }
  AMEIDE_RETURN_IF_ERROR(CheckArtifacts(verified.manifest));
  return verified;
}

BlobIntake::BlobIntake(BlobStore* store, const pb::Manifest& manifest) : store_(store) {
  for (const pb::Artifact& artifact : manifest.artifacts()) {
    const absl::StatusOr<Hash256> hash = Hash256::FromBytes(artifact.sha256());
    if (!hash.ok() || store_->Has(*hash) || incoming_.contains(*hash)) continue;
    incoming_[*hash].size = static_cast<uint64_t>(artifact.size());
    needed_.push_back(*hash);
  }
}

absl::Status BlobIntake::Add(const pb::BlobChunk& chunk) {
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 hash, Hash256::FromBytes(chunk.sha256()));
  const auto found = incoming_.find(hash);
  if (found == incoming_.end() || found->second.stored) {
    return absl::InvalidArgumentError(absl::StrCat("blob ", hash.Hex(), " was not asked for"));
  }
  Incoming& incoming = found->second;
  if (incoming.bytes.size() + chunk.bytes().size() > incoming.size) {
    return absl::InvalidArgumentError(absl::StrCat("blob ", hash.Hex(), " is longer than the manifest says"));
  }
  incoming.bytes.append(chunk.bytes());
  return incoming.bytes.size() == incoming.size ? Store(hash, incoming) : absl::OkStatus();
}

absl::Status BlobIntake::Store(const Hash256& hash, Incoming& incoming) {
  AMEIDE_RETURN_IF_ERROR(store_->Put(hash, incoming.bytes));
  incoming.stored = true;
  incoming.bytes = std::string();
  return absl::OkStatus();
}

absl::Status BlobIntake::Finish() {
  for (auto& [hash, incoming] : incoming_) {
    if (incoming.stored) continue;
    return absl::InvalidArgumentError(absl::StrCat("blob ", hash.Hex(), " did not come whole: ",
                                                   incoming.bytes.size(), " of ", incoming.size, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace ameide::server
