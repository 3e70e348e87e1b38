#include "backend/runtime/embedded/quotas.h"

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/reasons.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

int64_t In(const std::map<std::string, int64_t>& counts, const std::string& tenant) {
  const auto found = counts.find(tenant);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

const TenantQuotas& Quotas::Of(const std::string& tenant) const {
  const auto own = tenants.find(tenant);
  return own == tenants.end() ? usual : own->second;
}

TenantQuotas QuotaBook::Of(const std::string& tenant) const {
  std::lock_guard lock(mutex_);
  return quotas_.Of(tenant);
}

void QuotaBook::Set(Quotas quotas) {
  std::lock_guard lock(mutex_);
  quotas_ = std::move(quotas);
}

absl::Status QuotaExceeded(std::string_view quota, const std::string& tenant, int64_t used, int64_t limit,
                           std::string_view what_to_do) {
  const std::string name(quota);
  return WithReason(absl::ResourceExhaustedError(
                        absl::StrCat("quota ", name, " of tenant ", tenant, ": ", used, " used of ", limit,
                                     "; ", std::string(what_to_do), ", or raise the quota (quotas.json)")),
                    "QUOTA_EXCEEDED", "quota", name);
}

absl::Status InstanceCounts::Load(Sqlite& sqlite) {
  committed_.clear();
  AMEIDE_ASSIGN_OR_RETURN(Statement rows, sqlite.Prepare("SELECT tenant, count(*) FROM instance INDEXED BY "
                                                         "instance_not_completed WHERE status <> 2 AND "
                                                         "status <> 3 GROUP BY tenant"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return absl::OkStatus();
    committed_[std::string(rows.Text(0))] = rows.Int(1);
  }
}

int64_t InstanceCounts::Of(const std::string& tenant) const {
  return In(committed_, tenant) + In(began_, tenant);
}

void InstanceCounts::Commit() {
  for (const auto& [tenant, by] : changes_) committed_[tenant] += by;
  Rollback();
}

void InstanceCounts::Rollback() {
  began_.clear();
  changes_.clear();
}

}  // namespace ameide::runtime
