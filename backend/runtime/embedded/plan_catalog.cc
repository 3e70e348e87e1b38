#include "backend/runtime/embedded/plan_catalog.h"

#include "absl/strings/str_cat.h"
#include "backend/engine/plan/plan_codec.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

constexpr char kSelect[] =
    "SELECT plan.process, plan.tenant, process.id, plan.name, plan.version, plan.digest, plan.path, "
    "plan.artifact_id, "
    "bundle.digest, plan.deployed_at, plan_bytes.bytes FROM plan JOIN process ON process.number = "
    "plan.process "
    "JOIN bundle ON bundle.number = plan.bundle JOIN plan_bytes ON plan_bytes.digest = plan.digest "
    "WHERE plan.number = ?";

}  // namespace

absl::StatusOr<std::shared_ptr<const PlanVersion>> PlanCatalog::Get(Sqlite& sqlite, int64_t number) {
  std::lock_guard lock(mutex_);
  if (const auto found = versions_.find(number); found != versions_.end()) return found->second;
  AMEIDE_ASSIGN_OR_RETURN(Statement row, sqlite.Prepare(kSelect));
  AMEIDE_ASSIGN_OR_RETURN(const bool exists, row.Bind(number).Step());
  if (!exists)
    return absl::DataLossError(absl::StrCat("journal ", sqlite.file().string(), ": no plan ", number));
  auto version = std::make_shared<PlanVersion>();
  version->number = number;
  version->process_number = row.Int(0);
  version->tenant = row.Text(1);
  version->view.id = row.Text(2);
  version->view.name = row.Text(3);
  version->view.version = row.Int(4);
  AMEIDE_ASSIGN_OR_RETURN(version->view.plan_digest, Hash256::FromBytes(row.Text(5)));
  version->view.path = row.Text(6);
  version->view.artifact_id = row.Text(7);
  version->view.bundle = row.Text(8);
  version->view.deployed_at = WallTime(std::chrono::microseconds(row.Int(9)));
  auto& plan = plans_[version->view.plan_digest];
  if (!plan) {
    const std::string_view bytes = row.Text(10);
    if (Sha256(bytes) != version->view.plan_digest) {
      return absl::DataLossError(absl::StrCat("journal ", sqlite.file().string(), ": plan of process ",
                                              version->view.id, " version ", version->view.version,
                                              " is damaged; publish it again or restore a backup"));
    }
    AMEIDE_ASSIGN_OR_RETURN(engine::Plan decoded, engine::DecodePlan(bytes));
    plan = std::make_shared<const engine::Plan>(std::move(decoded));
  }
  version->plan = plan;
  versions_[number] = version;
  return std::shared_ptr<const PlanVersion>(std::move(version));
}

absl::StatusOr<std::shared_ptr<const engine::Plan>> PlanCatalog::Find(Sqlite& sqlite,
                                                                      std::string_view digest) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 hash, Hash256::FromBytes(digest));
  auto& plan = plans_[hash];
  if (plan) return plan;
  AMEIDE_ASSIGN_OR_RETURN(Statement row, sqlite.Prepare("SELECT bytes FROM plan_bytes WHERE digest = ?"));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, row.BindBlob(digest).Step());
  if (!found || Sha256(row.Text(0)) != hash) {
    return absl::DataLossError(absl::StrCat("journal ", sqlite.file().string(), ": no plan ", hash.Hex()));
  }
  AMEIDE_ASSIGN_OR_RETURN(engine::Plan decoded, engine::DecodePlan(row.Text(0)));
  plan = std::make_shared<const engine::Plan>(std::move(decoded));
  return plan;
}

void PlanCatalog::Forget() {
  std::lock_guard lock(mutex_);
  versions_.clear();
}

}  // namespace ameide::runtime
