#pragma once

#include <memory>
#include <vector>

namespace grpc::experimental {
class ServerInterceptorFactoryInterface;
}

namespace ameide::server {

/// Writes one log line for each call of every service when it ends: method, status, duration, trace id; never a
/// message or metadata value. Ends that are the server's own fault are errors, the others information.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallLog();

}  // namespace ameide::server
