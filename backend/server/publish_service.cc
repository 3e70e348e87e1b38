#include "backend/server/publish_service.h"

#include <mutex>
#include <utility>
#include <vector>

#include "ameide/publish/v1/publish.grpc.pb.h"
#include "backend/domains/host.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/blob_store.h"
#include "backend/server/call.h"
#include "backend/server/messages.h"
#include "backend/server/publish_request.h"
#include "backend/server/publishing.h"
#include "base/status.h"

namespace ameide::server {
namespace {

namespace pb = publish::v1;
using Stream = grpc::ServerReaderWriter<pb::PublishResponse, pb::PublishRequest>;

pb::Bundle ToMessage(const runtime::BundleView& view) {
  pb::Bundle message;
  message.set_digest(view.digest);
  *message.mutable_deployed_at() = ToTimestamp(view.deployed_at);
  pb::Provenance provenance;
  pb::Manifest manifest;
  if (provenance.ParseFromString(view.provenance) &&
      manifest.ParseFromString(provenance.request().manifest())) {
    message.set_publisher(manifest.publisher());
    *message.mutable_artifacts() = manifest.artifacts();
    *message.mutable_domains() = provenance.domains();
    const auto key = Ed25519PublicKey::FromBytes(provenance.request().public_key());
    if (key.ok()) message.set_publisher_key(key->Fingerprint());
  }
  for (const runtime::ProcessView& process : view.processes) {
    pb::PublishedProcess* published = message.add_processes();
    published->set_process(process.id);
    published->set_version(process.version);
    published->set_plan_digest(process.plan_digest.Hex());
  }
  return message;
}

/// What a publish says while it holds up all others: written at once as far as gRPC takes it without waiting
/// for a caller who does not read, the rest later.
class Answers {
 public:
  explicit Answers(Stream& stream) : stream_(stream) {}

  void Add(const pb::PublishResponse& response) {
    written_ += response.ByteSizeLong();
    if (written_ <= kTakenAtOnce)
      stream_.Write(response);
    else
      rest_.push_back(response);
  }
  void WriteRest() {
    for (const pb::PublishResponse& response : rest_) stream_.Write(response);
    rest_.clear();
  }

 private:
  static constexpr size_t kTakenAtOnce = 32 << 10;  // half of a stream's window

  Stream& stream_;
  size_t written_ = 0;
  std::vector<pb::PublishResponse> rest_;
};

/// Publish is a conversation, which reads best on a thread of its own; gRPC's synchronous interface gives it
/// one.
class PublishService final : public pb::PublishService::Service {
 public:
  explicit PublishService(PublishParts parts) : parts_(std::move(parts)), blobs_(parts_.blobs) {}

  grpc::Status Publish(grpc::ServerContext* context, Stream* stream) override {
    Call call;
    const absl::Status status = Converse(*context, *stream, call);
    return ToGrpc(status, call.trace_id);
  }

  grpc::Status ListBundles(grpc::ServerContext* context, const pb::ListBundlesRequest* request,
                           pb::ListBundlesResponse* response) override {
    Call call;
    const absl::Status status = [&]() -> absl::Status {
      AMEIDE_RETURN_IF_ERROR(Admit(*context, request->context(), &call));
      AMEIDE_ASSIGN_OR_RETURN(auto page, parts_.runtime->Bundles(call.tenant, ToPage(request->page_size(),
                                                                                     request->page_token())));
      for (const runtime::BundleView& view : page.rows) *response->add_bundles() = ToMessage(view);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    }();
    return ToGrpc(status, call.trace_id);
  }

 private:
  absl::Status Converse(grpc::ServerContext& context, Stream& stream, Call& call) {
    pb::PublishRequest first;
    if (!stream.Read(&first) || !first.has_manifest()) {
      return absl::InvalidArgumentError("the first message of a publish must be the signed manifest");
    }
    AMEIDE_RETURN_IF_ERROR(Admit(context, first.manifest().context(), &call));
    AMEIDE_ASSIGN_OR_RETURN(const VerifiedManifest verified, VerifyManifest(first.manifest()));
    AMEIDE_RETURN_IF_ERROR(Upload(stream, verified.manifest));
    Answers answers(stream);
    const absl::StatusOr<pb::Result> result = Run(call.tenant, first.manifest(), verified.manifest, answers);
    answers.WriteRest();
    AMEIDE_RETURN_IF_ERROR(result.status());
    pb::PublishResponse last;
    *last.mutable_result() = *result;
    stream.Write(last);
    return absl::OkStatus();
  }

  /// One publish at a time: what is verified at the end must be what was deployed.
  absl::StatusOr<pb::Result> Run(const std::string& tenant, const pb::SignedManifest& request,
                                 const pb::Manifest& manifest, Answers& answers) {
    std::lock_guard lock(mutex_);
    Publication publication({&blobs_, parts_.runtime, parts_.domains, &parts_.key}, tenant, request, manifest,
                            [&](const pb::PublishResponse& response) { answers.Add(response); });
    return publication.Run();
  }

  absl::Status Upload(Stream& stream, const pb::Manifest& manifest) {
    BlobIntake intake(&blobs_, manifest);
    pb::PublishResponse needed;
    needed.mutable_blobs_needed();
    for (const Hash256& hash : intake.needed())
      needed.mutable_blobs_needed()->add_sha256(std::string(hash.view()));
    stream.Write(needed);
    pb::PublishResponse progress;
    progress.mutable_progress()->set_stage(pb::STAGE_UPLOAD);
    progress.mutable_progress()->set_state(pb::STAGE_STATE_STARTED);
    stream.Write(progress);
    pb::PublishRequest request;
    while (stream.Read(&request)) {
      if (!request.has_chunk()) return absl::InvalidArgumentError("only blob chunks may follow the manifest");
      AMEIDE_RETURN_IF_ERROR(intake.Add(request.chunk()));
    }
    AMEIDE_RETURN_IF_ERROR(intake.Finish());
    progress.mutable_progress()->set_state(pb::STAGE_STATE_DONE);
    stream.Write(progress);
    return absl::OkStatus();
  }

  const PublishParts parts_;
  BlobStore blobs_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePublishService(PublishParts parts) {
  return std::make_unique<PublishService>(std::move(parts));
}

}  // namespace ameide::server
