#pragma once

#include <filesystem>

#include "absl/status/statusor.h"
#include "backend/runtime/embedded/quotas.h"

namespace ameide::server {

/// What people write of quotas: `{"usual": {"active_instances": 1000}, "tenants": {"local":
/// {"requests_per_second": 50}}}`, with the names of runtime::TenantQuotas; what is not said is as usual, and
/// without the file all is. FAILED_PRECONDITION says what cannot be read.
absl::StatusOr<runtime::Quotas> ReadQuotas(const std::filesystem::path& file);

}  // namespace ameide::server
