#include "backend/runtime/embedded/runtime.h"

#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/batch.h"
#include "backend/runtime/embedded/job_pool.h"
#include "backend/runtime/embedded/plan_catalog.h"
#include "backend/runtime/embedded/queries.h"
#include "backend/runtime/embedded/schema.h"
#include "backend/runtime/embedded/watch_hub.h"
#include "backend/runtime/embedded/writer.h"
#include "base/hash.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

constexpr char kCompleteKind[] = "complete";
constexpr size_t kLongestKey = 512;

absl::StatusOr<feel::Context> VariablesIn(const std::string& json) {
  if (json.empty()) return feel::Context();
  const absl::StatusOr<feel::Value> value = feel::FromJson(json);
  if (!value.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("the variables are not JSON: ", value.status().message()));
  }
  if (value->context() == nullptr) {
    return absl::InvalidArgumentError("the variables must be a JSON object, like {\"amount\": 10}");
  }
  return *value->context();
}

absl::Status CheckKey(const std::string& key) {
  if (key.size() <= kLongestKey) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the idempotency key has more than ", kLongestKey, " bytes"));
}

/// Equal requests have equal digests.
std::string DigestOf(const std::string& about, const feel::Context& variables) {
  return std::string(Sha256(absl::StrCat(about, "\n", feel::ToJson(variables))).view());
}

std::function<void(absl::StatusOr<std::string>)> StatusOnly(std::function<void(absl::Status)> done) {
  return [done = std::move(done)](absl::StatusOr<std::string> result) { done(result.status()); };
}

class EmbeddedRuntime final : public Runtime {
 public:
  explicit EmbeddedRuntime(const RuntimeOptions& options) : options_(options) {}

  ~EmbeddedRuntime() override {
    // Jobs that run still report; then the writer works off what it has.
    if (pool_) pool_->Stop();
    // The connection that closes last moves the write-ahead log into the file, and only the writer's may.
    queries_.reset();
    histories_.reset();
    writer_.reset();
  }

  absl::Status Open() {
    AMEIDE_ASSIGN_OR_RETURN(auto sqlite, Sqlite::Open(options_.database, Sqlite::Mode::kWrite));
    AMEIDE_RETURN_IF_ERROR(PrepareSchema(*sqlite));
    AMEIDE_ASSIGN_OR_RETURN(queries_, Queries::Open(options_.database, plans_));
    AMEIDE_ASSIGN_OR_RETURN(histories_, Queries::Open(options_.database, plans_));
    AMEIDE_ASSIGN_OR_RETURN(auto work, BatchWork::Make(std::move(sqlite), plans_, options_));
    AMEIDE_ASSIGN_OR_RETURN(BatchEffects resumed, work->Resume());
    pool_ = std::make_unique<JobPool>(options_.jobs, options_.job_threads,
                                      [this](const PooledJob& job, absl::StatusOr<feel::Context> result) {
                                        Report(job, std::move(result));
                                      });
    Writer::Outlets outlets;
    outlets.jobs = [this](std::vector<PooledJob> jobs) { pool_->Add(std::move(jobs)); };
    outlets.changed = [this](const std::vector<InstanceNumber>& changed) { watches_.Notify(changed); };
    outlets.jobs_busy = [this] { return pool_->busy() > 0; };
    writer_ =
        std::make_unique<Writer>(std::move(work), options_.clock, std::move(outlets), std::move(resumed));
    opened_.set_value();
    return absl::OkStatus();
  }

  absl::StatusOr<Deployment> Deploy(const BundleToDeploy& bundle) override {
    std::promise<absl::StatusOr<std::string>> promise;
    Request request;
    request.tenant = bundle.tenant;
    request.what = DeployRequest{bundle};
    request.done = [&promise](absl::StatusOr<std::string> result) { promise.set_value(std::move(result)); };
    writer_->Add(std::move(request));
    AMEIDE_ASSIGN_OR_RETURN(const std::string result, promise.get_future().get());
    Deployment deployment;
    deployment.is_new = !result.empty();
    AMEIDE_ASSIGN_OR_RETURN(const auto plans, DeploymentStore::Decode(bundle));
    for (const DecodedPlan& plan : plans) {
      AMEIDE_ASSIGN_OR_RETURN(ProcessView view, queries_->Process(bundle.tenant, plan.process));
      deployment.processes.push_back(std::move(view));
    }
    return deployment;
  }

  void StartInstance(StartRequest start, std::function<void(absl::StatusOr<std::string>)> done) override {
    absl::StatusOr<feel::Context> variables = VariablesIn(start.variables_json);
    if (!variables.ok()) return done(variables.status());
    if (absl::Status checked = CheckKey(start.idempotency_key); !checked.ok()) return done(checked);
    StartRequestItem item;
    if (!start.idempotency_key.empty()) item.digest = DigestOf(start.process, *variables);
    item.process = std::move(start.process);
    item.variables = *std::move(variables);
    item.idempotency_key = std::move(start.idempotency_key);
    Request request;
    request.tenant = std::move(start.tenant);
    request.deadline = start.deadline;
    request.what = std::move(item);
    request.done = std::move(done);
    writer_->Add(std::move(request));
  }

  void CompleteTask(CompleteTaskRequest task, std::function<void(absl::Status)> done) override {
    const auto id = ParsePart(task.task);
    if (!id) return done(absl::NotFoundError(absl::StrCat("no task `", task.task.substr(0, 64), "`")));
    absl::StatusOr<feel::Context> variables = VariablesIn(task.variables_json);
    if (!variables.ok()) return done(variables.status());
    if (absl::Status checked = CheckKey(task.idempotency_key); !checked.ok()) return done(checked);
    EventRequest event;
    event.instance = id->instance;
    if (!task.idempotency_key.empty()) {
      event.digest = DigestOf(task.task, *variables);
      event.kind = kCompleteKind;
      event.idempotency_key = absl::StrCat(task.task, "/", task.idempotency_key);
    }
    event.what = engine::CompleteUserTask{static_cast<engine::Key>(id->part), *std::move(variables)};
    Request request;
    request.tenant = std::move(task.tenant);
    request.deadline = task.deadline;
    request.what = std::move(event);
    request.done = StatusOnly(std::move(done));
    writer_->Add(std::move(request));
  }

  void CancelInstance(std::string tenant, std::string instance,
                      std::function<void(absl::Status)> done) override {
    const auto number = ParseInstance(instance);
    if (!number) return done(absl::NotFoundError(absl::StrCat("no instance `", instance.substr(0, 64), "`")));
    AddEvent(std::move(tenant), {*number, engine::CancelInstance{}, "", "", ""}, std::move(done));
  }

  void RetryIncident(std::string tenant, std::string incident,
                     std::function<void(absl::Status)> done) override {
    const auto id = ParsePart(incident);
    if (!id) return done(absl::NotFoundError(absl::StrCat("no incident `", incident.substr(0, 64), "`")));
    AddEvent(std::move(tenant),
             {id->instance, engine::ResolveIncident{static_cast<engine::Key>(id->part), false}, "", "", ""},
             std::move(done));
  }

  absl::StatusOr<Page<ProcessView>> Processes(const std::string& tenant,
                                              const PageRequest& page) const override {
    return queries_->Processes(tenant, page);
  }
  absl::StatusOr<Page<BundleView>> Bundles(const std::string& tenant,
                                           const PageRequest& page) const override {
    return queries_->Bundles(tenant, page);
  }
  absl::StatusOr<Page<InstanceRow>> Instances(const std::string& tenant, const InstanceFilter& filter,
                                              const PageRequest& page) const override {
    return queries_->Instances(tenant, filter, page);
  }
  absl::StatusOr<Page<TaskView>> Tasks(const std::string& tenant, const TaskFilter& filter,
                                       const PageRequest& page) const override {
    return queries_->Tasks(tenant, filter, page);
  }
  absl::StatusOr<Page<IncidentView>> Incidents(const std::string& tenant, const std::string& instance,
                                               const PageRequest& page) const override {
    return queries_->Incidents(tenant, instance, page);
  }
  absl::StatusOr<InstanceView> Instance(const std::string& tenant,
                                        const std::string& instance) const override {
    return histories_->Instance(tenant, instance);
  }
  absl::StatusOr<Totals> CountTotals(const std::string& tenant) const override {
    return queries_->CountTotals(tenant);
  }

  std::unique_ptr<Subscription> Watch(const std::string& instance, std::function<void()> changed) override {
    // An id that cannot be is never notified; reading it tells the caller.
    return watches_.Watch(ParseInstance(instance).value_or(0), std::move(changed));
  }

  void ClockMoved() override { writer_->Wake(); }
  void WaitUntilIdle() override { writer_->WaitUntilIdle(); }

 private:
  void AddEvent(std::string tenant, EventRequest event, std::function<void(absl::Status)> done) {
    Request request;
    request.tenant = std::move(tenant);
    request.what = std::move(event);
    request.done = StatusOnly(std::move(done));
    writer_->Add(std::move(request));
  }

  /// On a thread of the pool: what a job gave goes to its instance.
  void Report(const PooledJob& job, absl::StatusOr<feel::Context> result) {
    EventRequest event;
    event.instance = job.instance;
    if (result.ok()) {
      event.what = engine::CompleteJob{job.key, *std::move(result)};
    } else {
      const size_t pause =
          std::min<size_t>(static_cast<size_t>(job.job.attempt) - 1, options_.retry_pauses.size() - 1);
      event.what = engine::FailJob{job.key, std::string(result.status().message()),
                                   FailsForEver(result.status().code()),
                                   options_.clock->Now() + options_.retry_pauses[pause]};
    }
    Request request;
    request.what = std::move(event);
    ready_.wait();
    writer_->Add(std::move(request));
  }

  const RuntimeOptions options_;
  PlanCatalog plans_;
  WatchHub watches_;
  std::unique_ptr<Queries> queries_;
  std::unique_ptr<Queries> histories_;  ///< for whole instances: a long journal must not hold up the lists
  std::unique_ptr<JobPool> pool_;
  std::unique_ptr<Writer> writer_;
  // Jobs that are resumed may report before the pointer to the writer is set.
  std::promise<void> opened_;
  const std::shared_future<void> ready_ = opened_.get_future().share();
};

}  // namespace

absl::StatusOr<std::unique_ptr<Runtime>> Runtime::Open(const RuntimeOptions& options) {
  auto runtime = std::make_unique<EmbeddedRuntime>(options);
  AMEIDE_RETURN_IF_ERROR(runtime->Open());
  return runtime;
}

}  // namespace ameide::runtime
