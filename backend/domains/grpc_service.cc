#include "backend/domains/grpc_service.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "backend/domains/reflection.h"

namespace ameide::domains {
namespace {

constexpr char kReflectionV1[] = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char kReflectionV1Alpha[] = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

std::string Text(grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return "";
  std::string bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

/// One unary call: read the request, answer, finish. Deletes itself.
class UnaryCall final : public grpc::ServerGenericBidiReactor {
 public:
  UnaryCall(DomainHost* host, const ServiceEdge* edge, CallContext context, std::string method)
      : host_(host), edge_(edge), context_(std::move(context)), method_(std::move(method)) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the call carries no request"));
      return;
    }
    auto response = host_->Call(context_, method_, Text(request_));
    if (!response.ok()) {
      const bool unknown = absl::IsNotFound(response.status()) && !IsHosted();
      Finish(unknown ? grpc::Status(grpc::StatusCode::UNIMPLEMENTED, std::string(response.status().message()))
                     : edge_->to_grpc(response.status()));
      return;
    }
    response_ = Buffer(*response);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void OnDone() override { delete this; }

 private:
  bool IsHosted() const {
    for (const DomainDescription& domain : host_->Domains()) {
      for (const MethodDescription& method : domain.methods) {
        if (method.name == method_) return true;
      }
    }
    return false;
  }

  DomainHost* host_;
  const ServiceEdge* edge_;
  const CallContext context_;
  const std::string method_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

/// A reflection stream: an answer for each question until the client is done. Deletes itself.
class ReflectionCall final : public grpc::ServerGenericBidiReactor {
 public:
  explicit ReflectionCall(const DomainHost* host) : host_(host) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    reflection::v1::ReflectionRequest request;
    if (!request.ParseFromString(Text(request_))) {
      Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "not a reflection request"));
      return;
    }
    response_ = Buffer(Reflect(*host_, request).SerializeAsString());
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (ok)
      StartRead(&request_);
    else
      Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { delete this; }

 private:
  const DomainHost* host_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

/// Refuses a call at once. Deletes itself.
class RefusedCall final : public grpc::ServerGenericBidiReactor {
 public:
  explicit RefusedCall(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

class DomainService final : public grpc::CallbackGenericService {
 public:
  DomainService(DomainHost* host, ServiceEdge edge) : host_(host), edge_(std::move(edge)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    std::string method = context->method();
    if (!method.empty() && method[0] == '/') method.erase(0, 1);
    const absl::StatusOr<std::string> tenant = edge_.tenant_of(*context);
    if (!tenant.ok()) return new RefusedCall(edge_.to_grpc(tenant.status()));
    if (method == kReflectionV1 || method == kReflectionV1Alpha) return new ReflectionCall(host_);
    CallContext call{*tenant, ""};
    const auto key = context->client_metadata().find(kIdempotencyMetadata);
    if (key != context->client_metadata().end())
      call.idempotency_key.assign(key->second.data(), key->second.size());
    return new UnaryCall(host_, &edge_, std::move(call), std::move(method));
  }

 private:
  DomainHost* const host_;
  const ServiceEdge edge_;
};

}  // namespace

std::unique_ptr<grpc::CallbackGenericService> MakeDomainService(DomainHost* host, ServiceEdge edge) {
  return std::make_unique<DomainService>(host, std::move(edge));
}

}  // namespace ameide::domains
