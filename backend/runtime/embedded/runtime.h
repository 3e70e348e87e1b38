#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/runtime/embedded/job.h"
#include "backend/runtime/embedded/observer.h"
#include "backend/runtime/embedded/quotas.h"
#include "backend/runtime/embedded/views.h"
#include "base/clock.h"
#include "base/hash.h"

namespace ameide::runtime {

/// What the embedded runtime is made of.
struct RuntimeOptions {
  std::filesystem::path database;  ///< one SQLite file; created where it is missing
  const Clock* clock = nullptr;    ///< decides when timers are due; outlives the runtime
  JobHandler* jobs = nullptr;      ///< performs service tasks; outlives the runtime
  int job_threads = 4;             ///< jobs that run at the same time
  /// Makes HTTP calls; outlives the runtime. nullptr: each is an incident at once.
  ConnectorHandler* connectors = nullptr;
  int connector_threads = 16;  ///< HTTP calls at the same time
  /// Whether jobs that are no domain calls wait for workers (TakeJobs); else `jobs` performs them, too.
  bool has_workers = false;
  /// Pauses before the second, third, … attempt of a job; the last one repeats.
  std::vector<std::chrono::milliseconds> retry_pauses = {std::chrono::seconds(1), std::chrono::seconds(5),
                                                         std::chrono::seconds(30)};
  /// Variables of jobs that wait for workers kept in memory, about; further ones are read as they are given
  /// out.
  uint64_t waiting_job_bytes = uint64_t{64} << 20;
  /// Told of every transaction; outlives the runtime. nullptr: nobody watches.
  CommitObserver* observer = nullptr;
  Quotas quotas;  ///< until SetQuotas
  /// Instances kept in memory; others are rebuilt from the journal when something happens to them.
  size_t cached_instances = 20000;
};

/// A plan to deploy, with where it came from.
struct PlanToDeploy {
  std::string plan;  ///< canonical bytes (engine's EncodePlan)
  std::string path;
  std::string artifact_id;
};

/// A bundle to deploy: one unit, all of it or nothing.
struct BundleToDeploy {
  std::string tenant;
  Hash256 digest;  ///< of `manifest`
  std::string manifest;
  std::string provenance;  ///< who, from what, signed by whom; kept as it is
  std::vector<PlanToDeploy> plans;
};

/// What a deployment made.
struct Deployment {
  bool is_new = true;  ///< false when this bundle was the newest already, and nothing changed
  std::vector<ProcessView> processes;
};

/// Starts an instance.
struct StartRequest {
  std::string tenant;
  std::string process;          ///< id of the process element
  std::string variables_json;   ///< a JSON object, or empty
  std::string idempotency_key;  ///< equal keys start one instance; empty: every call starts one
  /// A request that waited until then is refused with DEADLINE_EXCEEDED and has no effect.
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
};

/// Completes a user task.
struct CompleteTaskRequest {
  std::string tenant;
  std::string task;
  std::string variables_json;
  std::string idempotency_key;
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
};

/// A message from outside.
struct MessageToPublish {
  std::string tenant;
  std::string name;
  std::optional<std::string> key;  ///< correlation key; nullopt: for whoever waits for the name
  std::string variables_json;      ///< the payload
  /// How long it is kept for a receiver that does not wait yet; zero: not at all; nullopt: for ever.
  std::optional<std::chrono::microseconds> time_to_live;
  std::string id;  ///< equal ids of one name are one message; empty: every call is one
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
};

/// A signal from outside.
struct SignalToBroadcast {
  std::string tenant;
  std::string name;
  std::string variables_json;
  std::string idempotency_key;
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
};

/// Jobs that a worker asks for.
struct JobsWanted {
  std::string tenant;
  std::string type;
  std::string worker;
  size_t most = 1;
  std::chrono::milliseconds lease{0};
  std::chrono::milliseconds wait{0};  ///< for the first one
};

/// A job on lease to a worker.
struct LeasedJob {
  std::string id;
  std::string type;
  std::string instance;
  std::string process;
  std::string element;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string variables_json;
  std::string idempotency_key;
  int attempt = 1;
  int retries = 1;
  WallTime leased_until;
  std::string lease_token;  ///< of this lease alone; a report must name it
};

/// A job under one of its leases.
struct HeldJob {
  std::string job;
  std::string lease_token;
};

/// A worker's standing request for jobs.
struct JobStreamOptions {
  std::string tenant;
  std::vector<std::string> types;
  std::string worker;
  std::chrono::milliseconds lease{0};
  size_t credit = 0;  ///< so many jobs may come before AddCredit says that there is room for more
  /// Of a worker whose stream broke: all that it is still at work on. These jobs are the stream's now, as far
  /// as nobody else has taken them; others that the worker had before the program's start are given back.
  /// nullopt: those stay its until their leases end.
  std::optional<std::vector<HeldJob>> held;
  /// Jobs that are the worker's now.
  std::function<void(std::vector<LeasedJob>)> jobs;
  /// Ids of jobs that were the worker's: they are no longer wanted, or (of those held) another worker has
  /// them. Returns how many of them the worker has not been told of and will not be: their room is free.
  std::function<size_t(std::vector<std::string>)> withdrawn;
  /// No more jobs come: the runtime is about to end. Reports are still welcome.
  std::function<void()> ending;
};

/// Keeps a standing request alive. Its end gives back at once whatever was not reported (but see
/// Runtime::KeepLeases); it waits for a callback that is under way, so it must not come inside one.
/// Thread-safe.
class JobStream {
 public:
  virtual ~JobStream() = default;
  virtual void AddCredit(size_t more) = 0;
  /// A sign of life: the leases of all its jobs begin anew. When they end.
  virtual WallTime Extend() = 0;
};

/// What became of a job that a worker has taken.
struct JobReport {
  std::string tenant;
  std::string job;
  std::string lease_token;  ///< of the lease under which it was taken
  using Done = JobOutcome::Done;
  using Failed = JobOutcome::Failed;
  using Error = JobOutcome::Error;
  std::variant<Done, Failed, Error> what;
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
};

/// What a person does to an instance, for the audit as well.
struct Operation {
  std::string tenant;
  std::string actor;   ///< who; as the caller says
  std::string reason;  ///< why; may be empty
  std::string instance;
  bool dry_run = false;  ///< only tells whether it could be done; nothing is written

  struct Cancel {};
  struct Suspend {};
  struct Resume {};
  /// Tries again what an incident stopped.
  struct Retry {
    std::string incident;
    bool as_new = false;  ///< towards the outside as another activation, with an idempotency key of its own
  };
  /// Goes on as if the element's work were done: the one with that incident, or the one active instance of
  /// the element.
  struct Skip {
    std::string incident;
    std::string element;
    std::string variables_json;
  };
  /// Ends every active instance (and waiting token) of elements, and puts tokens at others.
  struct Move {
    std::vector<std::string> end;
    std::vector<std::string> begin;
  };
  /// Sets variables: of the process, or of the one active instance of an element.
  struct Set {
    std::string element;
    std::string variables_json;
  };
  /// Gives a user task to somebody.
  struct Assign {
    std::string task;
    std::string assignee;
    std::string owner;          ///< who delegates it
    bool only_if_free = false;  ///< as who claims it
  };
  /// Begins an activity of an ad-hoc subprocess, which must be active once.
  struct BeginActivity {
    std::string activity;
  };
  /// Retry for every incident of the instance.
  struct RetryEach {
    bool as_new = false;
  };
  /// Assign for every open user task of the instance, or (unless empty) those at an element.
  struct AssignEach {
    std::string element;
    std::string assignee;
    std::string owner;
    bool only_if_free = false;
  };
  std::variant<Cancel, Suspend, Resume, Retry, Skip, Move, Set, Assign, BeginActivity, RetryEach, AssignEach>
      what;
};

/// One operation on many instances.
struct BulkOperation {
  Operation operation;                 ///< its instance is ignored
  std::vector<std::string> instances;  ///< empty: those that the rest names, of those that have not ended
  std::string process;                 ///< empty: of each
  std::optional<InstanceStatus> status;
  int64_t version = 0;  ///< 0: of each
};

/// What became of it.
struct BulkResult {
  struct Outcome {
    std::string instance;
    absl::Status status;
  };
  std::vector<Outcome> outcomes;
  bool more = false;  ///< there are further instances, since there are more than fit into one call
};

/// Takes running instances over to another version of their process.
struct Migration {
  std::string tenant;
  std::string actor;
  std::string reason;
  std::string process;
  std::vector<std::string> instances;  ///< empty: all that are not at the version already
  int64_t version = 0;                 ///< 0: the newest
  std::vector<std::pair<std::string, std::string>> renamed;  ///< element ids: old, new
  bool dry_run = false;                                      ///< only tells what would be
};

/// What became of one instance.
struct MigrationOutcome {
  std::string instance;
  int64_t from = 0;  ///< version
  int64_t to = 0;
  absl::Status status;
};

/// How long finished instances are kept, from now on.
struct RetentionChange {
  enum class Rule { kKeep, kForEver, kNone };
  std::string actor;
  std::string reason;
  std::string process;  ///< empty: every process that has no rule of its own
  Rule rule = Rule::kKeep;
  std::chrono::microseconds keep{0};  ///< with kKeep: from an instance's end
};

/// Finished instances that are to go.
struct PurgeWanted {
  std::string tenant;
  std::string actor;
  std::string reason;
  std::string process;  ///< empty: of each
  WallTime ended_before;
  bool dry_run = false;  ///< only counts
};

/// Runs process instances durably in one SQLite file: the second of the engine's hosts (see backend/engine).
/// For each thing that happens the engine decides facts, which are appended to the instance's journal; what
/// leaves (jobs, answers to callers) leaves only after the commit. One thread writes; what has come in
/// meanwhile is committed together. After a crash, opening the same file resumes everything: jobs that had
/// not reported run again with the same idempotency key, due timers fire.
///
/// Every row has its tenant and every question names one. Thread-safe. Callbacks come on the writer's thread
/// and must not block.
class Runtime {
 public:
  /// Opens or creates the file and resumes. DATA_LOSS names what is damaged and what to do;
  /// FAILED_PRECONDITION when it was written by a newer program.
  static absl::StatusOr<std::unique_ptr<Runtime>> Open(const RuntimeOptions& options);
  /// Finishes what was accepted and waits for running jobs.
  virtual ~Runtime() = default;

  /// Makes the bundle's plans the running versions of their processes, durably. Instances that run stay on
  /// their plan.
  virtual absl::StatusOr<Deployment> Deploy(const BundleToDeploy& bundle) = 0;

  /// The id of the instance, once its start is durable. NOT_FOUND: no such process; INVALID_ARGUMENT:
  /// variables; here and below RESOURCE_EXHAUSTED: a quota.
  virtual void StartInstance(StartRequest request, std::function<void(absl::StatusOr<std::string>)> done) = 0;
  /// OK once the completion is durable. NOT_FOUND, FAILED_PRECONDITION (no longer open), INVALID_ARGUMENT.
  virtual void CompleteTask(CompleteTaskRequest request, std::function<void(absl::Status)> done) = 0;
  /// Gives the message to exactly one receiver: the instance that has waited for it longest, else a process
  /// that it begins; without one it is kept. The id of the instance that got it (empty: nobody yet), once
  /// that is durable. INVALID_ARGUMENT.
  virtual void PublishMessage(MessageToPublish message,
                              std::function<void(absl::StatusOr<std::string>)> done) = 0;
  /// To every instance that waits for it now, and every process that it begins: how many, once that is
  /// durable. INVALID_ARGUMENT.
  virtual void BroadcastSignal(SignalToBroadcast signal,
                               std::function<void(absl::StatusOr<int64_t>)> done) = 0;
  /// Gives jobs of a type to a worker, at once or when there is one; none after the wait. RESOURCE_EXHAUSTED:
  /// there are some, but the tenant has as many on lease as it may.
  virtual void TakeJobs(const JobsWanted& wanted,
                        std::function<void(absl::StatusOr<std::vector<LeasedJob>>)> done) = 0;
  /// Jobs of a TakeJobs that their worker is not told of: they wait again where they waited.
  virtual void ReturnJobs(const std::string& tenant, const std::vector<HeldJob>& jobs) = 0;
  /// Gives jobs to a worker as they come, as many as it has room for. Callbacks come on a thread of their
  /// own, one after another, and must not block.
  virtual std::unique_ptr<JobStream> OpenJobStream(JobStreamOptions options) = 0;
  /// Whoever waits for jobs gets none, from now on, and streams are told: for an orderly end.
  virtual void EndTakes() = 0;
  /// From now on the end of a stream gives nothing back: the program cuts it off, and its worker may be at
  /// work. Before that, an orderly end leaves streams a while to be closed by their workers.
  virtual void KeepLeases() = 0;
  /// A worker's sign of life: the end of the new lease. NOT_FOUND when it does not have the job any more.
  virtual absl::StatusOr<WallTime> ExtendJob(const std::string& tenant, const std::string& job,
                                             const std::string& worker, std::chrono::milliseconds lease) = 0;
  /// OK once it is durable. Counts only with the token of the job's newest lease: what a worker reports whose
  /// job was given to another one, or that took it before a restart, is refused. NOT_FOUND: no such job, or
  /// no longer; FAILED_PRECONDITION: another lease, or the instance is suspended; INVALID_ARGUMENT.
  virtual void ReportJob(JobReport report, std::function<void(absl::Status)> done) = 0;
  /// OK once it is durable, with its line in the audit. NOT_FOUND: no such instance, incident, task or
  /// element, or no longer; FAILED_PRECONDITION says what is in the way; INVALID_ARGUMENT.
  virtual void Operate(Operation operation, std::function<void(absl::Status)> done) = 0;
  /// One outcome for each instance, at most 10,000; each is done (or not) for itself. INVALID_ARGUMENT.
  virtual void OperateAll(BulkOperation bulk, std::function<void(absl::StatusOr<BulkResult>)> done) = 0;
  /// Retries all incidents that the filter lets through, at most 10,000: how many, and how many of them could
  /// not be.
  struct Retried {
    int64_t retried = 0;
    int64_t failed = 0;
  };
  virtual void RetryAll(const IncidentFilter& filter, Operation operation,
                        std::function<void(absl::StatusOr<Retried>)> done) = 0;
  /// One outcome for each instance, at most 10,000; one that cannot go over stays where it is. NOT_FOUND: no
  /// such process or version.
  virtual void Migrate(Migration migration,
                       std::function<void(absl::StatusOr<std::vector<MigrationOutcome>>)> done) = 0;

  /// OK once it is durable, with its line in the audit. Instances whose time is over go in the background, a
  /// bounded number in each transaction. Their idempotency keys and the audit stay. NOT_FOUND: no such
  /// process; INVALID_ARGUMENT.
  virtual void SetRetention(const std::string& tenant, RetentionChange change,
                            std::function<void(absl::Status)> done) = 0;
  /// Lets finished instances go now: how many, at most a million with one call. NOT_FOUND: no such process.
  virtual void Purge(PurgeWanted wanted, std::function<void(absl::StatusOr<int64_t>)> done) = 0;

  /// Everything below shows what is committed, and never waits for the writer.
  virtual absl::StatusOr<Page<ProcessView>> Processes(const std::string& tenant,
                                                      const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<BundleView>> Bundles(const std::string& tenant,
                                                   const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<InstanceRow>> Instances(const std::string& tenant, const InstanceFilter& filter,
                                                      const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<TaskView>> Tasks(const std::string& tenant, const TaskFilter& filter,
                                               const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<IncidentView>> Incidents(const std::string& tenant,
                                                       const IncidentFilter& filter,
                                                       const PageRequest& page) const = 0;
  /// In the order in which they began.
  virtual absl::StatusOr<Page<ElementRun>> Elements(const std::string& tenant, const std::string& instance,
                                                    const PageRequest& page) const = 0;
  /// In the order in which they came.
  virtual absl::StatusOr<Page<VariableRow>> Variables(const std::string& tenant, const std::string& instance,
                                                      const PageRequest& page) const = 0;
  /// Newest first; of one instance, or (empty) of all.
  virtual absl::StatusOr<Page<AuditRow>> Audit(const std::string& tenant, const std::string& instance,
                                               const PageRequest& page) const = 0;
  /// In order of the process.
  virtual absl::StatusOr<Page<RetentionRule>> Retention(const std::string& tenant,
                                                        const PageRequest& page) const = 0;
  virtual absl::StatusOr<InstanceView> Instance(const std::string& tenant,
                                                const std::string& instance) const = 0;
  virtual absl::StatusOr<Totals> CountTotals(const std::string& tenant) const = 0;
  /// How busy it is now.
  virtual RuntimeLoad Load() const = 0;

  /// Calls `changed` after each commit that touched the instance, until the returned handle goes. The
  /// handle's destructor waits for a call that is under way; so it must not be destroyed inside `changed`.
  virtual std::unique_ptr<Subscription> Watch(const std::string& instance, std::function<void()> changed) = 0;

  /// Other quotas hold from now on. What a tenant uses beyond them stays; more is refused.
  virtual void SetQuotas(Quotas quotas) = 0;

  /// Looks at the clock again: for tests that move a ManualClock. Timers are otherwise watched by the writer
  /// itself.
  virtual void ClockMoved() = 0;
  /// Waits until nothing is queued, no job runs and every due timer has fired.
  virtual void WaitUntilIdle() = 0;
};

}  // namespace ameide::runtime
