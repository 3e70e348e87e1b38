#pragma once

#include <grpcpp/server_context.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "backend/runtime/embedded/quotas.h"

namespace ameide::server {

/// Counts the calls of each tenant: so many a second, and as many at once after a quiet second (a bucket that
/// fills at the rate of the quota). Thread-safe.
class RateLimit {
 public:
  explicit RateLimit(runtime::Quotas quotas) : quotas_(std::move(quotas)) {}
  /// From now on.
  void SetQuotas(runtime::Quotas quotas) { quotas_.Set(std::move(quotas)); }
  /// nullopt: the call may go on; else the quota that it exceeds.
  std::optional<int64_t> Take(const std::string& tenant, std::chrono::steady_clock::time_point now);

 private:
  struct Bucket {
    double tokens = 0;
    std::chrono::steady_clock::time_point at;
  };
  runtime::QuotaBook quotas_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

/// Metadata by which the interceptor that counts tells the handler: the quota that the call exceeds. A caller
/// who sends it is refused as well.
inline constexpr char kOverRateMetadata[] = "ameide-over-rate";

/// RESOURCE_EXHAUSTED when the call is one too many.
absl::Status CheckRate(const grpc::ServerContextBase& context);

}  // namespace ameide::server
