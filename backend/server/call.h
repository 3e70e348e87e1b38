#pragma once

#include <grpcpp/impl/codegen/server_callback.h>
#include <grpcpp/server_context.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "ameide/common/v1/common.pb.h"
#include "backend/server/errors.h"

namespace ameide::server {

/// What a handler knows of its caller.
struct Call {
  std::string tenant;
  std::string user;  ///< who asks, as they say
  std::string trace_id;
  std::chrono::system_clock::time_point deadline;
};

/// What every call passes through after its credentials were checked (auth.h) and before its handler: trace
/// id, deadline (one that has passed is not begun; none is `kLongestCall`), and the request's own tenant,
/// which must be the credentials'.
absl::Status Admit(const grpc::ServerContextBase& context, const common::v1::RequestContext& request,
                   Call* call);

/// Metadata in which a caller hands on its trace (W3C Trace Context).
inline constexpr char kTraceparentMetadata[] = "traceparent";
/// Trailing metadata in which every answer tells its trace id.
inline constexpr char kTraceMetadata[] = "ameide-trace-id";

/// The trace id in a `traceparent`; empty when it is not a valid one.
std::string TraceIdIn(std::string_view traceparent);
/// The id of the span in a valid `traceparent`.
std::string SpanIdIn(std::string_view traceparent);
/// A `traceparent` with a trace id and a span id that are this call's alone.
std::string NewTraceparent();

/// A call without a deadline has this one.
inline constexpr std::chrono::seconds kLongestCall{60};

/// Ends a call with a status of ours.
using Done = std::function<void(absl::Status)>;

/// Answers a unary call. `handler(call, done)` fills the response and calls `done` once, from any thread.
template <typename Request, typename Handler>
grpc::ServerUnaryReactor* AnswerLater(grpc::CallbackServerContext* context, const Request* request,
                                      Handler handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Call call;
  if (absl::Status admitted = Admit(*context, request->context(), &call); !admitted.ok()) {
    reactor->Finish(ToGrpc(admitted, call.trace_id));
    return reactor;
  }
  handler(call, [reactor, trace_id = call.trace_id](absl::Status status) {
    reactor->Finish(ToGrpc(status, trace_id));
  });
  return reactor;
}

/// Answers a unary call at once. `handler(call)` fills the response and returns the status.
template <typename Request, typename Handler>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const Request* request,
                                 Handler handler) {
  return AnswerLater(context, request,
                     [&handler](const Call& call, const Done& done) { done(handler(call)); });
}

}  // namespace ameide::server
