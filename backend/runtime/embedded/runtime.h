#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/runtime/embedded/job.h"
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
  /// Pauses before the second, third, … attempt of a job; the last one repeats.
  std::vector<std::chrono::milliseconds> retry_pauses = {std::chrono::seconds(1), std::chrono::seconds(5),
                                                         std::chrono::seconds(30)};
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
  /// variables.
  virtual void StartInstance(StartRequest request, std::function<void(absl::StatusOr<std::string>)> done) = 0;
  /// OK once the completion is durable. NOT_FOUND, FAILED_PRECONDITION (no longer open), INVALID_ARGUMENT.
  virtual void CompleteTask(CompleteTaskRequest request, std::function<void(absl::Status)> done) = 0;
  /// OK once the cancellation is durable. NOT_FOUND, FAILED_PRECONDITION (has ended).
  virtual void CancelInstance(std::string tenant, std::string instance,
                              std::function<void(absl::Status)> done) = 0;
  /// Tries again what an incident stopped. NOT_FOUND, also when it is resolved.
  virtual void RetryIncident(std::string tenant, std::string incident,
                             std::function<void(absl::Status)> done) = 0;

  /// Everything below shows what is committed, and never waits for the writer.
  virtual absl::StatusOr<Page<ProcessView>> Processes(const std::string& tenant,
                                                      const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<BundleView>> Bundles(const std::string& tenant,
                                                   const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<InstanceRow>> Instances(const std::string& tenant, const InstanceFilter& filter,
                                                      const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<TaskView>> Tasks(const std::string& tenant, const TaskFilter& filter,
                                               const PageRequest& page) const = 0;
  virtual absl::StatusOr<Page<IncidentView>> Incidents(const std::string& tenant, const std::string& instance,
                                                       const PageRequest& page) const = 0;
  virtual absl::StatusOr<InstanceView> Instance(const std::string& tenant,
                                                const std::string& instance) const = 0;
  virtual absl::StatusOr<Totals> CountTotals(const std::string& tenant) const = 0;

  /// Calls `changed` after each commit that touched the instance, until the returned handle goes. The
  /// handle's destructor waits for a call that is under way; so it must not be destroyed inside `changed`.
  virtual std::unique_ptr<Subscription> Watch(const std::string& instance, std::function<void()> changed) = 0;

  /// Looks at the clock again: for tests that move a ManualClock. Timers are otherwise watched by the writer
  /// itself.
  virtual void ClockMoved() = 0;
  /// Waits until nothing is queued, no job runs and every due timer has fired.
  virtual void WaitUntilIdle() = 0;
};

}  // namespace ameide::runtime
