#pragma once

#include <memory>

namespace grpc {
class Service;
}
namespace ameide::runtime {
class Runtime;
}

namespace ameide::server {

/// ameide.process.v1.JobService over `runtime`, which outlives it.
std::unique_ptr<grpc::Service> MakeJobService(runtime::Runtime* runtime);

}  // namespace ameide::server
