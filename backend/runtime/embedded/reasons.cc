#include "backend/runtime/embedded/reasons.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace ameide::runtime {

absl::Status WithReason(absl::Status status, std::string_view reason, std::string_view type,
                        std::string_view resource) {
  const auto set = [&status](const char* name, std::string_view text) {
    if (!text.empty()) status.SetPayload(name, absl::Cord(std::string(text)));
  };
  set("ameide.io/reason", reason);
  set("ameide.io/resource_type", type);
  set("ameide.io/resource", resource);
  return status;
}

absl::Status SuspendedJob(PartId id) {
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "the instance of the job ", FormatPart(id),
                        " is suspended; keep the result, and report it again when the instance goes on")),
                    kInstanceSuspended);
}

}  // namespace ameide::runtime
