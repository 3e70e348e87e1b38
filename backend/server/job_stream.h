#pragma once

#include <grpcpp/support/server_callback.h>

#include "ameide/process/v1/job.pb.h"

namespace ameide::runtime {
class Runtime;
}

namespace ameide::server {

/// Serves one JobService.StreamJobs over `runtime`, which outlives it: jobs and answers to reports go out as
/// fast as the caller reads, reports come in as fast as they become durable. Deletes itself when the call is
/// over.
grpc::ServerBidiReactor<process::v1::StreamJobsRequest, process::v1::StreamJobsResponse>* BeginJobStream(
    grpc::CallbackServerContext* context, runtime::Runtime* runtime);

}  // namespace ameide::server
