#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "backend/runtime/embedded/journal_reader.h"
#include "backend/runtime/embedded/plan_catalog.h"
#include "backend/runtime/embedded/sqlite.h"
#include "backend/runtime/embedded/views.h"

namespace ameide::runtime {

/// Answers questions from what is committed, over a reading connection of its own: beside the writer, never
/// waiting for it. Each answer is of one moment. Pages follow keys, so their cost does not grow with their
/// number. Thread-safe; one question at a time.
class Queries {
 public:
  static absl::StatusOr<std::unique_ptr<Queries>> Open(const std::filesystem::path& database,
                                                       PlanCatalog& plans);

  absl::StatusOr<Page<ProcessView>> Processes(const std::string& tenant, const PageRequest& page);
  absl::StatusOr<Page<BundleView>> Bundles(const std::string& tenant, const PageRequest& page);
  absl::StatusOr<Page<InstanceRow>> Instances(const std::string& tenant, const InstanceFilter& filter,
                                              const PageRequest& page);
  absl::StatusOr<Page<TaskView>> Tasks(const std::string& tenant, const TaskFilter& filter,
                                       const PageRequest& page);
  absl::StatusOr<Page<IncidentView>> Incidents(const std::string& tenant, const IncidentFilter& filter,
                                               const PageRequest& page);
  absl::StatusOr<Page<ElementRun>> Elements(const std::string& tenant, const std::string& instance,
                                            WallTime now, const PageRequest& page);
  absl::StatusOr<Page<VariableRow>> Variables(const std::string& tenant, const std::string& instance,
                                              const PageRequest& page);
  absl::StatusOr<Page<AuditRow>> Audit(const std::string& tenant, const std::string& instance,
                                       const PageRequest& page);
  /// Ids of instances that have not ended, at most `most`: of a process and version, in a state (empty, 0 and
  /// nullopt do not restrict). NOT_FOUND: no such process.
  absl::StatusOr<std::vector<std::string>> Open(const std::string& tenant, const std::string& process,
                                                std::optional<InstanceStatus> status, int64_t version,
                                                size_t most);
  /// Ids of the instances of a process that have not ended and do not run that version (0: the newest), at
  /// most `most`. NOT_FOUND: no such process or version.
  absl::StatusOr<std::vector<std::string>> NotAt(const std::string& tenant, const std::string& process,
                                                 int64_t version, int64_t most);
  absl::StatusOr<Page<RetentionRule>> Retention(const std::string& tenant, const PageRequest& page);
  /// Finished instances of a process (empty: of each) that ended before a time. NOT_FOUND: no such process.
  absl::StatusOr<int64_t> CountFinished(const std::string& tenant, const std::string& process,
                                        WallTime ended_before);
  absl::StatusOr<InstanceView> Instance(const std::string& tenant, const std::string& instance);
  /// What open jobs of an instance see; those that are not open (any more) are missing. Its state is read
  /// once, however many jobs are asked for. NOT_FOUND: no such instance.
  absl::StatusOr<std::map<engine::Key, feel::Context>> JobVariables(InstanceNumber instance,
                                                                    std::span<const engine::Key> jobs);
  /// Whether the job is open in a suspended instance.
  absl::StatusOr<bool> WaitsForResume(const std::string& tenant, InstanceNumber instance, engine::Key job);
  absl::StatusOr<Totals> CountTotals(const std::string& tenant);
  /// The running versions of these processes.
  absl::StatusOr<ProcessView> Process(const std::string& tenant, const std::string& process);

 private:
  Queries(std::unique_ptr<Sqlite> sqlite, PlanCatalog& plans) : sqlite_(std::move(sqlite)), plans_(plans) {}
  /// Inside a transaction.
  absl::StatusOr<ReplayedState> LoadState(InstanceNumber instance, const PlanVersion& version,
                                          int64_t first_plan);
  /// Reads a task with its variables, wherever they are.
  std::function<absl::StatusOr<TaskView>(const Statement&)> WholeTask(const std::string& tenant);
  /// Replays the whole journal of an instance. NOT_FOUND: the tenant has no such instance.
  absl::Status Visit(const std::string& tenant, const std::string& instance,
                     const JournalReader::Visit& visit);
  absl::StatusOr<InstanceView> ReadInstance(const std::string& tenant, InstanceNumber number);
  absl::Status ReadHistory(InstanceNumber number, const PlanVersion& version, int64_t first_plan,
                           InstanceView& view);

  std::mutex mutex_;
  const std::unique_ptr<Sqlite> sqlite_;
  PlanCatalog& plans_;
  std::unique_ptr<JournalReader> journal_;
  std::unique_ptr<ChunkReader> chunks_;
};

}  // namespace ameide::runtime
