#include "backend/server/quota_file.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/status.h"

namespace ameide::server {
namespace {

using nlohmann::json;
using runtime::TenantQuotas;

constexpr uint64_t kLargestFile = 1 << 20;
constexpr std::pair<const char*, int64_t TenantQuotas::*> kNames[] = {
    {"active_instances", &TenantQuotas::active_instances},
    {"jobs_in_flight", &TenantQuotas::jobs_in_flight},
    {"variable_bytes", &TenantQuotas::variable_bytes},
    {"deployments", &TenantQuotas::deployments},
    {"requests_per_second", &TenantQuotas::requests_per_second},
};

absl::Status Wrong(const std::filesystem::path& file, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(file.string(), ": ", what));
}

absl::Status ReadTenant(const std::filesystem::path& file, const json& value, TenantQuotas& quotas) {
  if (!value.is_object()) return Wrong(file, "quotas are an object of names and numbers");
  for (const auto& [name, number] : value.items()) {
    const auto* known = std::begin(kNames);
    while (known != std::end(kNames) && name != known->first) ++known;
    if (known == std::end(kNames)) {
      return Wrong(file, absl::StrCat("there is no quota ", name,
                                      "; known are active_instances, jobs_in_flight, variable_bytes, "
                                      "deployments, requests_per_second"));
    }
    if (!number.is_number_integer() || number.get<int64_t>() < 0)
      return Wrong(file, absl::StrCat("the quota ", name, " is no whole number from 0 on"));
    quotas.*known->second = number.get<int64_t>();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<runtime::Quotas> ReadQuotas(const std::filesystem::path& file) {
  runtime::Quotas quotas;
  const PosixFileSystem files;
  const auto text = files.Read(file, kLargestFile);
  if (absl::IsNotFound(text.status())) return quotas;
  if (!text.ok()) return Wrong(file, std::string(text.status().message()));
  const json all = json::parse(*text, nullptr, false);
  if (all.is_discarded() || !all.is_object()) return Wrong(file, "it is no JSON object");
  if (const auto usual = all.find("usual"); usual != all.end())
    AMEIDE_RETURN_IF_ERROR(ReadTenant(file, *usual, quotas.usual));
  for (const auto& [name, value] : all.items()) {
    if (name == "usual") continue;
    if (name != "tenants" || !value.is_object())
      return Wrong(file, absl::StrCat("the member ", name, " is unknown or wrong; known are usual, tenants"));
    for (const auto& [tenant, own] : value.items()) {
      TenantQuotas& it = quotas.tenants.emplace(tenant, quotas.usual).first->second;
      AMEIDE_RETURN_IF_ERROR(ReadTenant(file, own, it));
    }
  }
  return quotas;
}

}  // namespace ameide::server
