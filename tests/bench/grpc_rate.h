#pragma once

#include <filesystem>

#include "absl/status/statusor.h"

namespace ameide::bench {

/// Instances with one service task a second, durable, over gRPC on a Unix-domain socket: starts come in
/// batches, a worker gets the jobs over a stream and reports them over it; `in_flight` instances are between
/// start and end at most. Server and clients share this process and machine. `folder` gets the server's data.
absl::StatusOr<double> GrpcRate(const std::filesystem::path& folder, int in_flight);

}  // namespace ameide::bench
