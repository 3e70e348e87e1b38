#pragma once

#include <sqlite3.h>

#include <QTemporaryDir>
#include <QtTest>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/runtime.h"

namespace ameide::runtime {

inline constexpr char kTenant[] = "local";
inline const WallTime kBegin{std::chrono::hours(24 * 20000)};

/// Remembers every attempt, and answers as it is told.
class ScriptedJobs final : public JobHandler {
 public:
  absl::StatusOr<std::string> Perform(const Job& job) override {
    std::lock_guard lock(mutex_);
    attempts_.push_back(job);
    if (failures_ > 0) {
      --failures_;
      return absl::Status(failure_, "the domain is down");
    }
    return std::string(R"({"order":{"id":"o-1"}})");
  }
  void FailNext(int count, absl::StatusCode code) {
    std::lock_guard lock(mutex_);
    failures_ = count;
    failure_ = code;
  }
  std::vector<Job> attempts() const {
    std::lock_guard lock(mutex_);
    return attempts_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Job> attempts_;
  int failures_ = 0;
  absl::StatusCode failure_ = absl::StatusCode::kUnavailable;
};

/// A runtime on a file of its own that can be closed and opened again.
class Bed {
 public:
  explicit Bed(CommitObserver* observer = nullptr, bool has_workers = false)
      : observer_(observer), has_workers_(has_workers) {
    Open();
  }
  void Open() { runtime_ = *OpenStatus(); }
  absl::StatusOr<std::unique_ptr<Runtime>> OpenStatus() {
    options.database = database();
    options.clock = &clock;
    options.jobs = &jobs;
    options.observer = observer_;
    options.has_workers = has_workers_;
    return Runtime::Open(options);
  }
  void Close() { runtime_.reset(); }
  std::filesystem::path database() const { return (folder_.path() + "/runtime.db").toStdString(); }
  Runtime* operator->() { return runtime_.get(); }

  Deployment Deploy(const std::string& plan) {
    BundleToDeploy bundle;
    bundle.tenant = kTenant;
    bundle.manifest = absl::StrCat("manifest of ", Sha256(plan).Hex());
    bundle.digest = Sha256(bundle.manifest);
    bundle.plans = {{plan, "a.bpmn", "artifact"}};
    const auto deployed = runtime_->Deploy(bundle);
    if (!deployed.ok()) qFatal("%s", std::string(deployed.status().message()).c_str());
    return *deployed;
  }
  absl::StatusOr<std::string> Start(const std::string& process, const std::string& variables = "",
                                    const std::string& key = "", const std::string& tenant = kTenant) {
    std::promise<absl::StatusOr<std::string>> promise;
    runtime_->StartInstance({tenant, process, variables, key},
                            [&](auto id) { promise.set_value(std::move(id)); });
    return promise.get_future().get();
  }
  absl::Status Complete(const std::string& task, const std::string& variables = "",
                        const std::string& key = "", const std::string& tenant = kTenant) {
    std::promise<absl::Status> promise;
    runtime_->CompleteTask({tenant, task, variables, key},
                           [&](absl::Status s) { promise.set_value(std::move(s)); });
    return promise.get_future().get();
  }
  /// The id of the instance that got it, or "".
  absl::StatusOr<std::string> Publish(MessageToPublish message) {
    message.tenant = kTenant;
    std::promise<absl::StatusOr<std::string>> promise;
    runtime_->PublishMessage(std::move(message), [&](auto id) { promise.set_value(std::move(id)); });
    return promise.get_future().get();
  }
  absl::StatusOr<std::string> Publish(const std::string& name, std::optional<std::string> key = {},
                                      const std::string& variables = "") {
    MessageToPublish message;
    message.name = name;
    message.key = std::move(key);
    message.variables_json = variables;
    return Publish(std::move(message));
  }
  int64_t Broadcast(const std::string& name, const std::string& variables = "", const std::string& key = "") {
    std::promise<absl::StatusOr<int64_t>> promise;
    runtime_->BroadcastSignal({kTenant, name, variables, key},
                              [&](auto count) { promise.set_value(std::move(count)); });
    return promise.get_future().get().value_or(-1);
  }
  absl::Status Operate(const std::string& instance, decltype(Operation::what) what,
                       const std::string& tenant = kTenant) {
    Operation operation;
    operation.tenant = tenant;
    operation.actor = "ada";
    operation.reason = "test";
    operation.instance = instance;
    operation.what = std::move(what);
    std::promise<absl::Status> promise;
    runtime_->Operate(std::move(operation), [&](absl::Status s) { promise.set_value(std::move(s)); });
    return promise.get_future().get();
  }
  absl::StatusOr<BulkResult> OperateAll(BulkOperation bulk) {
    bulk.operation.tenant = kTenant;
    bulk.operation.actor = "ada";
    std::promise<absl::StatusOr<BulkResult>> promise;
    runtime_->OperateAll(std::move(bulk), [&](auto result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  std::vector<MigrationOutcome> Migrate(Migration migration) {
    migration.tenant = kTenant;
    std::promise<absl::StatusOr<std::vector<MigrationOutcome>>> promise;
    runtime_->Migrate(std::move(migration), [&](auto outcomes) { promise.set_value(std::move(outcomes)); });
    const auto outcomes = promise.get_future().get();
    if (!outcomes.ok()) return {{"", 0, 0, outcomes.status()}};
    return *outcomes;
  }
  InstanceView View(const std::string& id) { return *runtime_->Instance(kTenant, id); }
  std::vector<TaskView> Tasks(const TaskFilter& filter = {}) {
    return runtime_->Tasks(kTenant, filter, {})->rows;
  }
  void Advance(std::chrono::microseconds by) {
    clock.Advance(by);
    runtime_->ClockMoved();
    runtime_->WaitUntilIdle();
  }
  void Sql(const std::string& sql) {
    sqlite3* db = nullptr;
    sqlite3_open(database().c_str(), &db);
    QCOMPARE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  }

  ManualClock clock{kBegin};
  ScriptedJobs jobs;
  RuntimeOptions options;  ///< for the next Open

 private:
  CommitObserver* const observer_;
  const bool has_workers_;
  QTemporaryDir folder_;
  std::unique_ptr<Runtime> runtime_;
};

/// The history as lines.
inline std::string Events(const InstanceView& view) {
  std::string text;
  for (const HistoryRow& row : view.history) absl::StrAppend(&text, row.element, " ", row.event, "\n");
  return text;
}

}  // namespace ameide::runtime
