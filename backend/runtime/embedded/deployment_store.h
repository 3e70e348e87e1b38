#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/plan.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/runtime/embedded/sqlite.h"
#include "base/hash.h"

namespace ameide::runtime {

/// A plan of a bundle, read.
struct DecodedPlan {
  const PlanToDeploy* source = nullptr;
  Hash256 digest;
  std::string process;
  std::string name;
};

/// Writes bundles, plans and versions within the transaction that its owner has begun. Not thread-safe.
class DeploymentStore {
 public:
  static absl::StatusOr<std::unique_ptr<DeploymentStore>> Make(Sqlite& sqlite);

  /// How many bundles the tenant has; nullopt: this is one of them.
  absl::StatusOr<std::optional<int64_t>> CountOthers(const BundleToDeploy& bundle);
  /// Reads the plans, which point into `bundle`. INVALID_ARGUMENT when a process comes twice.
  static absl::StatusOr<std::vector<DecodedPlan>> Decode(const BundleToDeploy& bundle);

  /// Makes the plans the newest versions of their processes; a plan that is the newest already stays. False
  /// when the bundle was deployed before and all its plans are the newest still: then nothing is written.
  /// Errors are storage's.
  absl::StatusOr<bool> Deploy(const BundleToDeploy& bundle, const std::vector<DecodedPlan>& plans,
                              WallTime now);

 private:
  struct Newest {
    int64_t process = 0;  ///< row of table `process`; 0: none
    int64_t plan = 0;
    int64_t version = 0;
    std::string digest;
  };

  DeploymentStore() = default;
  absl::StatusOr<Newest> FindNewest(const std::string& tenant, const std::string& process);
  absl::StatusOr<int64_t> InsertVersion(const BundleToDeploy& bundle, const DecodedPlan& plan,
                                        const Newest& newest, int64_t bundle_number, WallTime now);
  absl::StatusOr<int64_t> NextNumber(Statement& select);

  Statement select_bundle_, count_bundles_, last_bundle_, insert_bundle_, select_newest_, last_process_,
      insert_process_, update_process_, last_plan_, insert_plan_, insert_bytes_, insert_bundle_plan_;
};

}  // namespace ameide::runtime
