#pragma once

#include <grpcpp/impl/codegen/server_callback.h>
#include <grpcpp/server_context.h>

#include <memory>

#include "ameide/process/v1/process.pb.h"

namespace ameide::runtime {
class Runtime;
}

namespace ameide::server {

/// The streams of WatchInstance. One thread of its own reads what has changed, so that the runtime's writer
/// never waits for a slow reader: changes that come while a message is being sent become one.
class InstanceWatches {
 public:
  explicit InstanceWatches(runtime::Runtime* runtime);
  /// All streams must have ended.
  ~InstanceWatches();

  grpc::ServerWriteReactor<process::v1::Instance>* Begin(grpc::CallbackServerContext* context,
                                                         const process::v1::WatchInstanceRequest& request);
  /// Ends every stream with UNAVAILABLE, and each that begins later.
  void EndAll();

 private:
  class Watch;
  class Refresher;
  std::unique_ptr<Refresher> refresher_;
};

}  // namespace ameide::server
