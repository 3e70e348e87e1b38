#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/domains/host.h"

namespace grpc {
class CallbackGenericService;
class CallbackServerContext;
class Status;
}  // namespace grpc

namespace google::protobuf {
class DescriptorPool;
}

namespace ameide::domains {

/// What the server supplies: who calls, and how errors look outside.
struct ServiceEdge {
  /// The tenant of an authenticated call, or the error to answer with.
  std::function<absl::StatusOr<std::string>(const grpc::CallbackServerContext&)> tenant_of;
  /// The one table that maps errors.
  std::function<grpc::Status(const absl::Status&)> to_grpc;
};

/// The name of the metadata entry that carries a command's idempotency key.
inline constexpr char kIdempotencyMetadata[] = "idempotency-key";

/// Answers every method of every deployed domain at the model's own package and method names, so that
/// standard clients with stubs of the bare `.proto` work; and server reflection (v1 and v1alpha) over the
/// domains and the program's own services. To be registered as the server's callback generic service. `host`
/// must outlive it. Thread-safe.
std::unique_ptr<grpc::CallbackGenericService> MakeDomainService(DomainHost* host, ServiceEdge edge);

}  // namespace ameide::domains
