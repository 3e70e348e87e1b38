#include "backend/server/call.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "backend/server/auth.h"
#include "backend/server/rate_limit.h"
#include "base/status.h"

namespace ameide::server {
namespace {

constexpr size_t kLongestUser = 200;

constexpr size_t kTraceparentSize = 55;  // 00-<32 digits>-<16 digits>-<2 digits>

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string TraceIdIn(std::string_view traceparent) {
  if (traceparent.size() != kTraceparentSize || !IsHex(traceparent.substr(3, 32)) ||
      !IsHex(traceparent.substr(36, 16)))
    return "";
  return std::string(traceparent.substr(3, 32));
}

std::string SpanIdIn(std::string_view traceparent) { return std::string(traceparent.substr(36, 16)); }

std::string NewTraceparent() {
  static std::atomic<uint64_t> count{0};
  static const auto launch =
      static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  const uint64_t number = ++count;
  // Span ids of several launches must not meet within a caller's trace.
  return absl::StrFormat("00-%016x%016x-%016x-00", launch, number, launch + number);
}

absl::Status Admit(const grpc::ServerContextBase& context, const common::v1::RequestContext& request,
                   Call* call) {
  call->tenant = kLocalTenant;
  call->user = request.user().substr(0, kLongestUser);
  const auto trace = context.client_metadata().find(kTraceparentMetadata);
  if (trace != context.client_metadata().end()) {
    call->trace_id = TraceIdIn({trace->second.data(), trace->second.size()});
  }
  AMEIDE_RETURN_IF_ERROR(CheckRate(context));
  const auto now = std::chrono::system_clock::now();
  // Without a deadline gRPC gives the end of time.
  call->deadline = std::min(context.deadline(), now + kLongestCall);
  if (call->deadline <= now)
    return absl::DeadlineExceededError("the deadline had passed when the call arrived");
  if (!request.tenant().empty() && request.tenant() != call->tenant) {
    return WithDetail(
        absl::PermissionDeniedError(absl::StrCat("these credentials are for tenant `", call->tenant,
                                                 "`, the request says `", request.tenant(), "`")),
        "TENANT_MISMATCH", "tenant", request.tenant());
  }
  return absl::OkStatus();
}

}  // namespace ameide::server
