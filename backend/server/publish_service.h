#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/ed25519.h"

namespace grpc {
class Service;
}
namespace ameide::domains {
class DomainHost;
}
namespace ameide::runtime {
class Runtime;
}

namespace ameide::server {

/// What publishing works with; the pointers outlive the service.
struct PublishParts {
  std::filesystem::path blobs;  ///< folder of the content store
  runtime::Runtime* runtime = nullptr;
  domains::DomainHost* domains = nullptr;
  Ed25519PrivateKey key;  ///< signs bundles
  const Clock* clock = nullptr;
};

/// ameide.publish.v1.PublishService.
std::unique_ptr<grpc::Service> MakePublishService(PublishParts parts);

}  // namespace ameide::server
