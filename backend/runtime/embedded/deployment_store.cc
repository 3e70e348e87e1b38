#include "backend/runtime/embedded/deployment_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/engine/plan/plan_codec.h"
#include "base/status.h"

namespace ameide::runtime {

absl::StatusOr<std::unique_ptr<DeploymentStore>> DeploymentStore::Make(Sqlite& sqlite) {
  std::unique_ptr<DeploymentStore> store(new DeploymentStore);
  const std::pair<Statement*, const char*> statements[] = {
      {&store->select_bundle_, "SELECT 1 FROM bundle WHERE tenant = ? AND digest = ? LIMIT 1"},
      {&store->count_bundles_, "SELECT count(*) FROM bundle WHERE tenant = ?"},
      {&store->last_bundle_, "SELECT ifnull(max(number), 0) FROM bundle"},
      {&store->insert_bundle_,
       "INSERT INTO bundle(number, tenant, digest, manifest, provenance, deployed_at) VALUES(?, ?, ?, ?, ?, "
       "?)"},
      {&store->select_newest_,
       "SELECT process.number, plan.number, plan.version, plan.digest FROM process "
       "JOIN plan ON plan.number = process.newest WHERE process.tenant = ? AND process.id = ?"},
      {&store->last_process_, "SELECT ifnull(max(number), 0) FROM process"},
      {&store->insert_process_, "INSERT INTO process(number, tenant, id, newest) VALUES(?, ?, ?, ?)"},
      {&store->update_process_, "UPDATE process SET newest = ? WHERE number = ?"},
      {&store->last_plan_, "SELECT ifnull(max(number), 0) FROM plan"},
      {&store->insert_plan_,
       "INSERT INTO plan(number, tenant, process, version, digest, name, path, artifact_id, bundle, "
       "deployed_at) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&store->insert_bytes_, "INSERT OR IGNORE INTO plan_bytes(digest, bytes) VALUES(?, ?)"},
      {&store->insert_bundle_plan_, "INSERT INTO bundle_plan(bundle, plan, tenant) VALUES(?, ?, ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    AMEIDE_ASSIGN_OR_RETURN(*statement, sqlite.Prepare(sql));
  }
  return store;
}

absl::StatusOr<std::vector<DecodedPlan>> DeploymentStore::Decode(const BundleToDeploy& bundle) {
  std::vector<DecodedPlan> plans;
  std::set<std::string> processes;
  for (const PlanToDeploy& source : bundle.plans) {
    AMEIDE_ASSIGN_OR_RETURN(const engine::Plan plan, engine::DecodePlan(source.plan));
    if (!processes.insert(plan.process_id()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the bundle has process `", plan.process_id(), "` twice"));
    }
    plans.push_back({&source, engine::PlanDigest(source.plan), plan.process_id(), plan.process_name()});
  }
  return plans;
}

absl::StatusOr<int64_t> DeploymentStore::NextNumber(Statement& select) {
  AMEIDE_RETURN_IF_ERROR(select.Step().status());
  const int64_t last = select.Int(0);
  AMEIDE_RETURN_IF_ERROR(select.Step().status());
  return last + 1;
}

absl::StatusOr<DeploymentStore::Newest> DeploymentStore::FindNewest(const std::string& tenant,
                                                                    const std::string& process) {
  Newest newest;
  AMEIDE_ASSIGN_OR_RETURN(const bool found, select_newest_.Bind(tenant).Bind(process).Step());
  if (!found) return newest;
  newest = {select_newest_.Int(0), select_newest_.Int(1), select_newest_.Int(2),
            std::string(select_newest_.Text(3))};
  AMEIDE_RETURN_IF_ERROR(select_newest_.Step().status());
  return newest;
}

absl::StatusOr<std::optional<int64_t>> DeploymentStore::CountOthers(const BundleToDeploy& bundle) {
  const ResetAtEnd reset(select_bundle_);
  AMEIDE_ASSIGN_OR_RETURN(const bool known,
                          select_bundle_.Bind(bundle.tenant).Bind(bundle.digest.Hex()).Step());
  if (known) return std::nullopt;
  const ResetAtEnd reset_count(count_bundles_);
  AMEIDE_RETURN_IF_ERROR(count_bundles_.Bind(bundle.tenant).Step().status());
  return std::optional<int64_t>(count_bundles_.Int(0));
}

absl::StatusOr<bool> DeploymentStore::Deploy(const BundleToDeploy& bundle,
                                             const std::vector<DecodedPlan>& plans, WallTime now) {
  const std::string digest = bundle.digest.Hex();
  AMEIDE_ASSIGN_OR_RETURN(const bool known, select_bundle_.Bind(bundle.tenant).Bind(digest).Step());
  if (known) AMEIDE_RETURN_IF_ERROR(select_bundle_.Step().status());
  bool changes = !known;
  std::vector<Newest> present;
  for (const DecodedPlan& plan : plans) {
    AMEIDE_ASSIGN_OR_RETURN(Newest newest, FindNewest(bundle.tenant, plan.process));
    changes = changes || newest.digest != plan.digest.view();
    present.push_back(std::move(newest));
  }
  if (!changes) return false;
  AMEIDE_ASSIGN_OR_RETURN(const int64_t number, NextNumber(last_bundle_));
  AMEIDE_RETURN_IF_ERROR(insert_bundle_.Bind(number)
                             .Bind(bundle.tenant)
                             .Bind(digest)
                             .BindBlob(bundle.manifest)
                             .BindBlob(bundle.provenance)
                             .Bind(int64_t{now.time_since_epoch().count()})
                             .Run());
  for (size_t i = 0; i < plans.size(); ++i) {
    int64_t plan = present[i].plan;
    if (present[i].digest != plans[i].digest.view()) {
      AMEIDE_ASSIGN_OR_RETURN(plan, InsertVersion(bundle, plans[i], present[i], number, now));
    }
    AMEIDE_RETURN_IF_ERROR(insert_bundle_plan_.Bind(number).Bind(plan).Bind(bundle.tenant).Run());
  }
  return true;
}

absl::StatusOr<int64_t> DeploymentStore::InsertVersion(const BundleToDeploy& bundle, const DecodedPlan& plan,
                                                       const Newest& newest, int64_t bundle_number,
                                                       WallTime now) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t number, NextNumber(last_plan_));
  int64_t process = newest.process;
  if (process == 0) {
    AMEIDE_ASSIGN_OR_RETURN(process, NextNumber(last_process_));
    AMEIDE_RETURN_IF_ERROR(
        insert_process_.Bind(process).Bind(bundle.tenant).Bind(plan.process).Bind(number).Run());
  } else {
    AMEIDE_RETURN_IF_ERROR(update_process_.Bind(number).Bind(process).Run());
  }
  AMEIDE_RETURN_IF_ERROR(insert_bytes_.BindBlob(plan.digest.view()).BindBlob(plan.source->plan).Run());
  AMEIDE_RETURN_IF_ERROR(insert_plan_.Bind(number)
                             .Bind(bundle.tenant)
                             .Bind(process)
                             .Bind(newest.version + 1)
                             .BindBlob(plan.digest.view())
                             .Bind(plan.name)
                             .Bind(plan.source->path)
                             .Bind(plan.source->artifact_id)
                             .Bind(bundle_number)
                             .Bind(int64_t{now.time_since_epoch().count()})
                             .Run());
  return number;
}

}  // namespace ameide::runtime
