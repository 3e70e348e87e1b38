#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/engine.h"
#include "backend/runtime/embedded/commit_notes.h"
#include "backend/runtime/embedded/correlation_store.h"
#include "backend/runtime/embedded/deployment_store.h"
#include "backend/runtime/embedded/given_out.h"
#include "backend/runtime/embedded/instance_store.h"
#include "backend/runtime/embedded/job_pool.h"
#include "backend/runtime/embedded/quotas.h"
#include "backend/runtime/embedded/request.h"
#include "backend/runtime/embedded/retention.h"
#include "backend/runtime/embedded/start_store.h"

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
  std::vector<StartTimer> start_timers;
  std::vector<Request> requests;  ///< steps to continue
  /// To continue after a pause: they have had more than their share. 0: the outbox.
  std::vector<InstanceNumber> resting;
  std::vector<std::pair<WallTime, Request>> later;  ///< of the runtime itself, for their time
  std::vector<InstanceNumber> changed;
  std::vector<std::pair<InstanceNumber, engine::Key>> canceled_jobs;
  std::optional<CommitReport> report;  ///< for the observer, where there is one
};

/// Does requests inside transactions: asks the engine, keeps the instances' states, writes. One thread.
class BatchWork {
 public:
  static absl::StatusOr<std::unique_ptr<BatchWork>> Make(std::unique_ptr<Sqlite> sqlite, PlanCatalog& plans,
                                                         const RuntimeOptions& options,
                                                         const QuotaBook& quotas);

  /// Everything that was under way when the journal was written last.
  absl::StatusOr<BatchEffects> Resume();

  /// Does all requests in one transaction and commits. An error means that the transaction failed and nothing
  /// happened; the requests are unchanged. A refused request is no error: its answer says why.
  absl::StatusOr<BatchEffects> Do(std::vector<Request>& requests, WallTime now);
  size_t instances_in_memory() const { return instances_->size(); }
  /// Whether a job that was to be given out has not been canceled since.
  bool IsWanted(const PooledJob& job) const { return given_out_.Contains({job.instance, job.key}); }

 private:
  BatchWork(std::unique_ptr<Sqlite> sqlite, PlanCatalog& plans, const RuntimeOptions& options,
            const QuotaBook& quotas);
  absl::Status Prepare();
  absl::Status DoAll(std::vector<Request>& requests, BatchEffects& effects);
  void Abandon();

  /// A result for the request's caller. `storage_` is set when the transaction must fail.
  absl::StatusOr<std::string> DoOne(Request& request, BatchEffects& effects);
  absl::StatusOr<std::string> Start(const std::string& tenant, const StartRequestItem& start,
                                    BatchEffects& effects);
  absl::StatusOr<std::string> Happen(const std::string& tenant, const EventRequest& event,
                                     BatchEffects& effects);
  absl::StatusOr<std::string> Deploy(const BundleToDeploy& bundle, BatchEffects& effects);
  absl::StatusOr<std::string> Publish(const std::string& tenant, const MessageRequest& request,
                                      BatchEffects& effects);
  absl::StatusOr<std::string> Broadcast(const std::string& tenant, const SignalRequest& request,
                                        BatchEffects& effects);
  absl::StatusOr<std::string> Operate(const OperationRequest& request, BatchEffects& effects);
  absl::StatusOr<std::string> Migrate(const MigrationRequest& request, BatchEffects& effects);
  /// Goes on with what stood still while the instance was suspended.
  void TakeUp(LiveInstance& instance, BatchEffects& effects);
  absl::Status Audit(const std::string& tenant, const std::string& actor, const std::string& action,
                     InstanceNumber instance, const std::string& process, const std::string& detail,
                     const std::string& reason);
  /// The instance, if it is the tenant's (empty: the runtime's own request).
  absl::StatusOr<LiveInstance*> FindFor(const std::string& tenant, InstanceNumber number);
  /// How soon policies are looked at again.
  enum class Look { kSoon, kLater };
  void LookAgain(Look when, BatchEffects& effects);
  absl::StatusOr<std::string> Purge(const std::string& tenant, const PurgeSliceRequest& request,
                                    BatchEffects& effects);
  absl::StatusOr<int64_t> PurgeSome(const PurgeScope& scope, const std::string& actor,
                                    const std::string& reason, int64_t most);
  absl::StatusOr<std::string> SetRetention(const std::string& tenant, const SetRetentionRequest& request,
                                           BatchEffects& effects);
  absl::Status FireStart(int64_t number, BatchEffects& effects);
  absl::Status SetStarts(const std::string& tenant, const std::string& process,
                         const std::vector<engine::StartTrigger>& triggers, BatchEffects& effects);

  /// A message or signal that an instance has thrown.
  struct Thrown {
    std::string tenant;
    InstanceNumber instance = 0;
    engine::Command command;
  };
  absl::Status LoadOutbox();
  /// Gives out what instances have thrown, and what that leads to; what is too much for one transaction stays
  /// in the outbox.
  absl::Status GiveOut(BatchEffects& effects);
  void AskToGoOn(BatchEffects& effects);
  /// Delivers, and whatever else is ready because of that. Returns the instance that got the first one.
  absl::StatusOr<InstanceNumber> DeliverAll(const std::string& tenant,
                                            std::vector<engine::Delivery> deliveries, BatchEffects& effects);
  absl::StatusOr<InstanceNumber> DeliverOne(const std::string& tenant, const engine::Delivery& delivery,
                                            BatchEffects& effects);
  /// Begins an instance by an event; 0 while other events have to come first.
  absl::StatusOr<InstanceNumber> Begin(const std::string& tenant, const std::string& process,
                                       engine::Index node, uint32_t definition, const feel::Context& payload,
                                       const std::optional<std::string>& key, BatchEffects& effects);

  absl::Status Step(LiveInstance& instance, decltype(engine::Event::what) what, BatchEffects& effects);
  /// A step of the instance was long; the next comes at once, or after a pause.
  void Continue(LiveInstance& instance, BatchEffects& effects);
  /// Takes facts that were applied already into the journal, and carries out the commands.
  void Record(LiveInstance& instance, engine::Decision decision, BatchEffects& effects);
  void Note(LiveInstance& instance, const std::vector<engine::Fact>& facts);
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

  // batch_quotas.cc: RESOURCE_EXHAUSTED where the tenant has used up what it may.
  absl::Status MayBegin(const std::string& tenant) const;
  absl::Status MayDeploy(const BundleToDeploy& bundle);
  /// Whether variables that come may come.
  absl::Status MayHold(LiveInstance& instance, const feel::Context& more) const;
  /// What an event brings; nullptr: nothing.
  static const feel::Context* VariablesOf(const decltype(engine::Event::what)& event);
  void Count(LiveInstance& instance);

  const std::unique_ptr<Sqlite> sqlite_;
  PlanCatalog& plans_;
  const RuntimeOptions options_;
  const QuotaBook& quotas_;
  std::unique_ptr<InstanceStore> instances_;
  std::unique_ptr<DeploymentStore> deployments_;
  std::unique_ptr<CorrelationStore> correlation_;
  std::unique_ptr<StartStore> starts_;
  std::unique_ptr<Retention> retention_;
  int64_t look_ = 0;  ///< number of the next look at the policies
  /// Deliveries to instances that began to wait in the step that is under way.
  std::vector<engine::Delivery> found_;
  std::string found_tenant_;
  std::deque<Thrown> thrown_;           ///< has had no turn yet
  bool outbox_is_empty_ = true;         ///< the table
  int turns_in_a_row_ = 0;              ///< transactions that left something
  bool must_load_ = false;              ///< what is in memory was rolled back
  std::unique_ptr<CommitNotes> notes_;  ///< nullptr: nobody watches
  InstanceNumber last_number_ = 0;
  WallTime now_;
  absl::Status storage_;
  std::vector<LiveInstance*> touched_;
  InstanceCounts counts_;
  /// (tenant, process) → row of its newest version.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const PlanVersion>> newest_;

  GivenOut given_out_;
  /// Reports for instances that are suspended.
  std::map<InstanceNumber, std::vector<EventRequest>> held_;

  Statement begin_, commit_, rollback_, select_request_, insert_request_, select_newest_, clear_outbox_,
      insert_outbox_, insert_audit_, select_version_;
};

}  // namespace ameide::runtime
