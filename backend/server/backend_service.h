#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"

namespace grpc {
class Service;
}
namespace ameide::domains {
class DomainHost;
}
namespace ameide::runtime {
class Runtime;
}

namespace ameide::telemetry {
class Metrics;
}

namespace ameide::server {

/// What GetStatus tells beside the counts.
struct BackendFacts {
  std::string version;
  std::string launch_id;
  std::string data_folder;
  std::string key_fingerprint;
  WallTime started_at;
  int metrics_port = 0;   ///< 0: none
  std::string span_file;  ///< empty: none
};

/// ameide.backend.v1.BackendService over `runtime`, `domains` and `metrics`, which outlive it.
/// `on_shutdown_asked` is called when a client asks the backend to end.
std::unique_ptr<grpc::Service> MakeBackendService(const runtime::Runtime* runtime,
                                                  const domains::DomainHost* domains,
                                                  telemetry::Metrics* metrics, BackendFacts facts,
                                                  std::function<void()> on_shutdown_asked);

}  // namespace ameide::server
