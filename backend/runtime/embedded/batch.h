#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/engine.h"
#include "backend/runtime/embedded/deployment_store.h"
#include "backend/runtime/embedded/instance_store.h"
#include "backend/runtime/embedded/job_pool.h"
#include "backend/runtime/embedded/request.h"

namespace ameide::runtime {

/// A job with the time before which it must not begin.
struct DueJob {
  WallTime not_before;
  PooledJob job;
};

/// What may leave once a transaction is durable.
struct BatchEffects {
  struct Answer {
    std::function<void(absl::StatusOr<std::string>)> done;
    absl::StatusOr<std::string> result;
  };
  std::vector<Answer> answers;
  std::vector<DueJob> jobs;
  std::vector<WrittenTimer> timers;
  std::vector<Request> requests;        ///< steps to continue
  std::vector<InstanceNumber> resting;  ///< to continue after a pause: they have had more than their share
  std::vector<InstanceNumber> changed;
};

/// Does requests inside transactions: asks the engine, keeps the instances' states, writes. One thread.
class BatchWork {
 public:
  static absl::StatusOr<std::unique_ptr<BatchWork>> Make(std::unique_ptr<Sqlite> sqlite, PlanCatalog& plans,
                                                         const RuntimeOptions& options);

  /// Everything that was under way when the journal was written last.
  absl::StatusOr<BatchEffects> Resume();

  /// Does all requests in one transaction and commits. An error means that the transaction failed and nothing
  /// happened; the requests are unchanged. A refused request is no error: its answer says why.
  absl::StatusOr<BatchEffects> Do(std::vector<Request>& requests, WallTime now);

 private:
  BatchWork(std::unique_ptr<Sqlite> sqlite, PlanCatalog& plans, const RuntimeOptions& options);
  absl::Status Prepare();
  absl::Status DoAll(std::vector<Request>& requests, BatchEffects& effects);
  void Abandon();

  /// A result for the request's caller. `storage_` is set when the transaction must fail.
  absl::StatusOr<std::string> DoOne(Request& request, BatchEffects& effects);
  absl::StatusOr<std::string> Start(const std::string& tenant, const StartRequestItem& start,
                                    BatchEffects& effects);
  absl::StatusOr<std::string> Happen(const std::string& tenant, const EventRequest& event,
                                     BatchEffects& effects);
  absl::StatusOr<std::string> Deploy(const BundleToDeploy& bundle);

  absl::Status Step(LiveInstance& instance, decltype(engine::Event::what) what, BatchEffects& effects);
  /// A step of the instance was long; the next comes at once, or after a pause.
  void Continue(LiveInstance& instance, BatchEffects& effects);
  void Collect(LiveInstance& instance, std::vector<engine::Command> commands, BatchEffects& effects);
  /// What an earlier request with the key led to. INVALID_ARGUMENT when that asked for something else.
  absl::StatusOr<std::optional<InstanceNumber>> FindRequest(const std::string& tenant,
                                                            const std::string& kind, const std::string& key,
                                                            const std::string& digest);
  absl::Status RememberRequest(const std::string& tenant, const std::string& kind, const std::string& key,
                               const std::string& digest, InstanceNumber instance);
  absl::StatusOr<std::shared_ptr<const PlanVersion>> NewestVersion(const std::string& tenant,
                                                                   const std::string& process);

  /// Marks an error as one of the storage, which fails the whole transaction.
  absl::Status Storage(absl::Status status);

  const std::unique_ptr<Sqlite> sqlite_;
  PlanCatalog& plans_;
  const RuntimeOptions options_;
  std::unique_ptr<InstanceStore> instances_;
  std::unique_ptr<DeploymentStore> deployments_;
  InstanceNumber last_number_ = 0;
  WallTime now_;
  absl::Status storage_;
  std::vector<LiveInstance*> touched_;
  /// (tenant, process) → row of its newest version.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const PlanVersion>> newest_;

  Statement begin_, commit_, rollback_, select_request_, insert_request_, select_newest_;
};

}  // namespace ameide::runtime
