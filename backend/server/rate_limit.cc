#include "backend/server/rate_limit.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "backend/server/auth.h"

namespace ameide::server {

std::optional<int64_t> RateLimit::Take(const std::string& tenant, std::chrono::steady_clock::time_point now) {
  const int64_t limit = quotas_.Of(tenant).requests_per_second;
  std::lock_guard lock(mutex_);
  const auto [found, is_new] = buckets_.try_emplace(tenant);
  Bucket& bucket = found->second;
  const auto rate = static_cast<double>(limit);
  bucket.tokens =
      is_new ? rate
             : std::min(rate, bucket.tokens + rate * std::chrono::duration<double>(now - bucket.at).count());
  bucket.at = now;
  if (bucket.tokens < 1) return limit;
  bucket.tokens -= 1;
  return std::nullopt;
}

absl::Status CheckRate(const grpc::ServerContextBase& context) {
  const auto over = context.client_metadata().find(kOverRateMetadata);
  if (over == context.client_metadata().end()) return absl::OkStatus();
  int64_t limit = 0;
  if (!absl::SimpleAtoi(std::string(over->second.data(), over->second.size()), &limit)) limit = 0;
  return runtime::QuotaExceeded("requests_per_second", kLocalTenant, limit, limit, "try again in a second");
}

}  // namespace ameide::server
