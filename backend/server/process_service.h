#pragma once

#include <memory>

namespace grpc {
class Service;
}
namespace ameide::runtime {
class Runtime;
}

namespace ameide::server {

/// ameide.process.v1.ProcessService over `runtime`, which outlives it. Watches end with CANCELLED when
/// `EndWatches` is called, which must happen before the gRPC server waits for its calls.
class ProcessServing {
 public:
  static std::unique_ptr<ProcessServing> Make(runtime::Runtime* runtime);
  virtual ~ProcessServing() = default;
  virtual grpc::Service* service() = 0;
  virtual void EndWatches() = 0;
};

}  // namespace ameide::server
