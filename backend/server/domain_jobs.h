#pragma once

#include "backend/runtime/embedded/job.h"

namespace ameide::domains {
class DomainHost;
}

namespace ameide::server {

/// Performs domain calls of service tasks in this process. Other job types have no handler here:
/// UNIMPLEMENTED.
class DomainJobs final : public runtime::JobHandler {
 public:
  /// `host` outlives this object.
  explicit DomainJobs(domains::DomainHost* host) : host_(host) {}

  absl::StatusOr<std::string> Perform(const runtime::Job& job) override;

 private:
  domains::DomainHost* const host_;
};

}  // namespace ameide::server
