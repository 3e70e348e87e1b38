#include "backend/server/domain_jobs.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "backend/domains/host.h"

namespace ameide::server {

absl::StatusOr<std::string> DomainJobs::Perform(const runtime::Job& job) {
  if (!job.is_domain_call) {
    return absl::UnimplementedError(absl::StrCat("nothing here performs jobs of type `", job.method,
                                                 "`; model the task as a call of a deployed domain"));
  }
  auto response = host_->CallJson({job.tenant, job.idempotency_key}, job.method, job.variables_json);
  if (response.ok()) return response;
  // Who tells of the job names the method.
  return absl::Status(response.status().code(),
                      absl::StripPrefix(response.status().message(), absl::StrCat(job.method, ": ")));
}

}  // namespace ameide::server
