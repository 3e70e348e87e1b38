// What tenants may use (quotas.h).
#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/batch.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

int64_t BytesOf(const feel::Context& variables) {
  int64_t bytes = 0;
  for (const auto& [name, value] : variables)
    bytes += static_cast<int64_t>(name.size() + feel::ExtentOf(value).size);
  return bytes;
}

int64_t BytesOf(const engine::InstanceState& state) {
  int64_t bytes = BytesOf(state.results);
  for (const auto& [key, element] : state.elements) bytes += BytesOf(element.variables);
  return bytes;
}

}  // namespace

absl::Status BatchWork::MayBegin(const std::string& tenant) const {
  const int64_t limit = quotas_.Of(tenant).active_instances;
  const int64_t used = counts_.Of(tenant);
  if (used < limit) return absl::OkStatus();
  return QuotaExceeded("active_instances", tenant, used, limit, "let instances end or cancel some");
}

absl::Status BatchWork::MayDeploy(const BundleToDeploy& bundle) {
  const auto others = deployments_->CountOthers(bundle);
  if (!others.ok()) return Storage(others.status());
  const int64_t limit = quotas_.Of(bundle.tenant).deployments;
  if (!*others || **others < limit) return absl::OkStatus();
  return QuotaExceeded("deployments", bundle.tenant, **others, limit, "publish no more new bundles");
}

/// Counts all of an instance's variables only now and then: what comes until the next time is a part of what
/// is left.
absl::Status BatchWork::MayHold(LiveInstance& instance, const feel::Context& more) const {
  const int64_t bytes = BytesOf(more);
  if (bytes <= instance.room) {
    instance.room -= bytes;
    return absl::OkStatus();
  }
  const std::string& tenant = instance.version->tenant;
  const int64_t limit = quotas_.Of(tenant).variable_bytes;
  const int64_t used = BytesOf(instance.state);
  if (used + bytes > limit) {
    return QuotaExceeded("variable_bytes", tenant, used + bytes, limit,
                         "keep large data in a domain, or let output mappings take what is needed");
  }
  instance.room = (limit - used - bytes) / 4;
  return absl::OkStatus();
}

const feel::Context* BatchWork::VariablesOf(const decltype(engine::Event::what)& event) {
  if (const auto* it = std::get_if<engine::CompleteJob>(&event)) return &it->variables;
  if (const auto* it = std::get_if<engine::CompleteUserTask>(&event)) return &it->variables;
  if (const auto* it = std::get_if<engine::SetVariables>(&event)) return &it->variables;
  if (const auto* it = std::get_if<engine::SkipElement>(&event)) return &it->variables;
  return nullptr;
}

void BatchWork::Count(LiveInstance& instance) {
  const bool counts = !instance.state.ended();
  if (counts != instance.is_counted) counts_.Changed(instance.version->tenant, counts ? 1 : -1);
  instance.is_counted = counts;
}

}  // namespace ameide::runtime
