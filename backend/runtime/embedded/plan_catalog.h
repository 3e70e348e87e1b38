#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "backend/engine/plan.h"
#include "backend/runtime/embedded/sqlite.h"
#include "backend/runtime/embedded/views.h"

namespace ameide::runtime {

/// A version of a process, as instances run it.
struct PlanVersion {
  int64_t number = 0;          ///< row of table `plan`
  int64_t process_number = 0;  ///< row of table `process`
  std::string tenant;
  ProcessView view;
  std::shared_ptr<const engine::Plan> plan;
};

/// Plans by their row, decoded once and kept. Thread-safe.
class PlanCatalog {
 public:
  /// The version in row `number`, read with `sqlite` when it is not known yet. DATA_LOSS for bytes that are
  /// not a plan.
  absl::StatusOr<std::shared_ptr<const PlanVersion>> Get(Sqlite& sqlite, int64_t number);

  /// The plan with that digest (32 bytes). DATA_LOSS when there is none.
  absl::StatusOr<std::shared_ptr<const engine::Plan>> Find(Sqlite& sqlite, std::string_view digest);

  /// Drops everything: after a rollback, row numbers may come again with other content.
  void Forget();

 private:
  std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<const PlanVersion>> versions_;
  std::map<Hash256, std::shared_ptr<const engine::Plan>> plans_;
};

}  // namespace ameide::runtime
