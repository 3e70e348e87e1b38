#include "app/connection/publish.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "ameide/publish/v1/publish.grpc.pb.h"
#include "base/status.h"

namespace ameide::connection {
namespace {

namespace pb = publish::v1;
using Stream = grpc::ClientReaderWriter<pb::PublishRequest, pb::PublishResponse>;

constexpr size_t kChunk = 256 * 1024;
constexpr std::chrono::minutes kPublishTimeout{5};
/// Keeps a signature of a publish request from being one of anything else.
constexpr char kSignedPrefix[] = "ameide publish request 1\n";

pb::SignedManifest Sign(const PublishRequestOptions& options, const Ed25519PrivateKey& key) {
  pb::Manifest manifest;
  for (const PublishArtifact& artifact : options.artifacts) {
    pb::Artifact* entry = manifest.add_artifacts();
    entry->set_path(artifact.path);
    entry->set_artifact_id(artifact.artifact_id);
    entry->set_sha256(std::string(Sha256(artifact.content).view()));
    entry->set_size(static_cast<int64_t>(artifact.content.size()));
    entry->set_revision(artifact.revision);
  }
  manifest.set_publisher(options.publisher);
  manifest.set_tool(options.tool);
  manifest.set_policy_sha256(options.policy_sha256);
  manifest.set_idempotency_key(options.idempotency_key);
  pb::SignedManifest signed_manifest;
  signed_manifest.set_manifest(manifest.SerializeAsString());
  const Ed25519Signature signature = key.Sign(kSignedPrefix + signed_manifest.manifest());
  signed_manifest.set_signature(std::string(signature.begin(), signature.end()));
  signed_manifest.set_public_key(std::string(key.public_key().view()));
  return signed_manifest;
}

/// False when the stream broke; its status then says why.
bool SendBlob(Stream& stream, const std::string& hash, const std::string& content) {
  size_t offset = 0;
  do {
    pb::PublishRequest request;
    request.mutable_chunk()->set_sha256(hash);
    request.mutable_chunk()->set_bytes(content.substr(offset, kChunk));
    if (!stream.Write(request)) return false;
    offset += kChunk;
  } while (offset < content.size());
  return true;
}

}  // namespace

absl::StatusOr<pb::Result> Publish(const Connection& connection, const PublishRequestOptions& options,
                                   const Ed25519PrivateKey& key,
                                   const std::function<void(const pb::PublishResponse&)>& on_response) {
  std::map<std::string, const std::string*> blobs;
  for (const PublishArtifact& artifact : options.artifacts) {
    blobs[std::string(Sha256(artifact.content).view())] = &artifact.content;
  }
  const auto stub = pb::PublishService::NewStub(connection.channel());
  const auto context = connection.NewContext(kPublishTimeout);
  const std::unique_ptr<Stream> stream = stub->Publish(context.get());
  pb::PublishRequest first;
  *first.mutable_manifest() = Sign(options, key);
  bool sending = stream->Write(first);
  std::optional<pb::Result> result;
  pb::PublishResponse response;
  while (stream->Read(&response)) {
    if (response.has_result()) result = response.result();
    if (response.has_blobs_needed()) {
      for (const std::string& hash : response.blobs_needed().sha256()) {
        const auto blob = blobs.find(hash);
        if (sending && blob != blobs.end()) sending = SendBlob(*stream, hash, *blob->second);
      }
      stream->WritesDone();
    }
    if (on_response) on_response(response);
  }
  AMEIDE_RETURN_IF_ERROR(FromGrpc(stream->Finish()));
  if (!result) return absl::InternalError("the backend ended the publish without a result; see its log");
  return *std::move(result);
}

}  // namespace ameide::connection
