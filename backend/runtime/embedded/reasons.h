#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "backend/runtime/embedded/ids.h"

namespace ameide::runtime {

/// Stable names of reasons, for programs that have to tell errors of one code apart.
inline constexpr char kLeaseLost[] = "LEASE_LOST";                  ///< drop what was done
inline constexpr char kInstanceSuspended[] = "INSTANCE_SUSPENDED";  ///< report it again later

/// Attaches the reason, and the thing that it is about, where the server's table of errors reads them.
absl::Status WithReason(absl::Status status, std::string_view reason, std::string_view type = "",
                        std::string_view resource = "");

/// FAILED_PRECONDITION: what a job gave cannot be taken now.
absl::Status SuspendedJob(PartId id);

}  // namespace ameide::runtime
