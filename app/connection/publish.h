#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/connection/connection.h"
#include "base/ed25519.h"
#include "base/hash.h"

namespace ameide::publish::v1 {
class Result;
class PublishResponse;
}  // namespace ameide::publish::v1

namespace ameide::connection {

/// One artifact to publish.
struct PublishArtifact {
  std::string path;         ///< in the workspace, with '/'
  std::string artifact_id;  ///< empty for a loose file
  std::string content;      ///< its bytes at the chosen cut
  std::string revision;     ///< commit or event that it is from, for provenance; may be empty
};

/// What to publish, and who does.
struct PublishRequestOptions {
  std::vector<PublishArtifact> artifacts;
  std::string publisher;        ///< for people: `Ada <ada@example.com>`
  std::string tool;             ///< `ameide 0.1.0`
  std::string policy_sha256;    ///< 32 bytes of the workspace's policy hash, or empty
  std::string idempotency_key;  ///< may be empty
};

/// Publishes to the connected backend: signs the manifest with `key`, sends the blobs that the backend lacks,
/// hands each progress and finding to `on_response` (on the calling thread; may be null) and returns the
/// result. Findings are an answer: then the result's outcome is OUTCOME_REFUSED. Blocks; call it off the UI
/// thread.
absl::StatusOr<publish::v1::Result> Publish(
    const Connection& connection, const PublishRequestOptions& options, const Ed25519PrivateKey& key,
    const std::function<void(const publish::v1::PublishResponse&)>& on_response);

}  // namespace ameide::connection
