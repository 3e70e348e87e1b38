#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "backend/runtime/embedded/sqlite.h"

namespace ameide::runtime {

/// What one tenant may use at most.
struct TenantQuotas {
  int64_t active_instances = 2'000'000;        ///< that have not ended
  int64_t jobs_in_flight = 100'000;            ///< on lease to workers
  int64_t variable_bytes = int64_t{64} << 20;  ///< of one instance's variables, about
  int64_t deployments = 10'000;                ///< bundles
  int64_t requests_per_second = 10'000;        ///< calls over gRPC; the server's to count
};

/// The quotas of every tenant.
struct Quotas {
  TenantQuotas usual;
  std::map<std::string, TenantQuotas> tenants;  ///< those with quotas of their own
  const TenantQuotas& Of(const std::string& tenant) const;
};

/// The quotas that hold now. Thread-safe.
class QuotaBook {
 public:
  explicit QuotaBook(Quotas quotas) : quotas_(std::move(quotas)) {}
  TenantQuotas Of(const std::string& tenant) const;
  void Set(Quotas quotas);

 private:
  mutable std::mutex mutex_;
  Quotas quotas_;
};

/// RESOURCE_EXHAUSTED that says which quota, how much is used and allowed, and what to do. Its reason for
/// programs is QUOTA_EXCEEDED, about the thing "quota" with the quota's name.
absl::Status QuotaExceeded(std::string_view quota, const std::string& tenant, int64_t used, int64_t limit,
                           std::string_view what_to_do);

/// Instances that have not ended, by tenant: what is committed, and what the transaction under way changes.
/// Not thread-safe.
class InstanceCounts {
 public:
  /// Counts the rows.
  absl::Status Load(Sqlite& sqlite);
  /// Including what has begun in this transaction and has not ended at once.
  int64_t Of(const std::string& tenant) const;
  void Began(const std::string& tenant) { ++began_[tenant]; }
  /// A row says something else than before.
  void Changed(const std::string& tenant, int64_t by) { changes_[tenant] += by; }
  void Commit();
  void Rollback();

 private:
  std::map<std::string, int64_t> committed_, began_, changes_;
};

}  // namespace ameide::runtime
