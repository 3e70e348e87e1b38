#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace ameide::server {

/// Attaches what programs read of an error: a stable reason ("TENANT_MISMATCH") and the thing it is about.
absl::Status WithDetail(absl::Status status, std::string_view reason, std::string_view resource_type = "",
                        std::string_view resource = "");

/// The stable name of an error's reason; that of its code where it has none of its own. Empty for none.
std::string ReasonOf(const absl::Status& status);

/// The one table that maps errors: code, message, and a google.rpc.Status whose first detail is an
/// ameide.common.v1.ErrorDetail. Internal errors are logged with their message and shown without it.
grpc::Status ToGrpc(const absl::Status& status, std::string_view trace_id = "");

}  // namespace ameide::server
