#include "backend/runtime/embedded/runtime.h"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/batch.h"
#include "backend/runtime/embedded/job_broker.h"
#include "backend/runtime/embedded/job_pool.h"
#include "backend/runtime/embedded/plan_catalog.h"
#include "backend/runtime/embedded/queries.h"
#include "backend/runtime/embedded/reasons.h"
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
/// Incidents that are retried, or instances that go over, with one call.
constexpr size_t kMostAtOnce = 10000;
/// Instances that go with one call.
constexpr int64_t kMostPurged = 1000000;

/// Collects the answers of many requests into one. Thread-safe.
template <typename Result>
class Counted {
 public:
  Counted(size_t expected, std::function<void(absl::StatusOr<Result>)> done)
      : left_(expected), done_(std::move(done)) {}
  /// What the answers change; before the first of them.
  void Begin(Result result) { result_ = std::move(result); }
  template <typename Change>
  void Add(const Change& change) {
    {
      std::lock_guard lock(mutex_);
      change(result_);
      if (--left_ > 0) return;
    }
    Finish();
  }
  void Finish() { done_(std::move(result_)); }

 private:
  std::mutex mutex_;
  size_t left_;
  Result result_;
  std::function<void(absl::StatusOr<Result>)> done_;
};

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
  explicit EmbeddedRuntime(const RuntimeOptions& options)
      : options_(options), quotas_(options.quotas), broker_(options.clock, quotas_) {}

  ~EmbeddedRuntime() override {
    // Jobs that run still report, calls are cut off; then the writer works off what it has.
    if (calls_ && options_.connectors != nullptr) options_.connectors->Stop();
    if (calls_) calls_->Stop();
    if (pool_) pool_->Stop();
    // The connection that closes last moves the write-ahead log into the file, and only the writer's may.
    queries_.reset();
    histories_.reset();
    {
      std::lock_guard lock(job_reads_mutex_);
      job_reads_.reset();
    }
    writer_.reset();
  }

  absl::Status Open() {
    AMEIDE_ASSIGN_OR_RETURN(auto sqlite, Sqlite::Open(options_.database, Sqlite::Mode::kWrite));
    AMEIDE_RETURN_IF_ERROR(PrepareSchema(*sqlite));
    AMEIDE_ASSIGN_OR_RETURN(queries_, Queries::Open(options_.database, plans_));
    AMEIDE_ASSIGN_OR_RETURN(histories_, Queries::Open(options_.database, plans_));
    AMEIDE_ASSIGN_OR_RETURN(auto work, BatchWork::Make(std::move(sqlite), plans_, options_, quotas_));
    AMEIDE_ASSIGN_OR_RETURN(BatchEffects resumed, work->Resume());
    if (options_.has_workers) {
      const std::filesystem::path file = options_.database.string() + "-leases";
      AMEIDE_ASSIGN_OR_RETURN(auto leases, LeaseLog::Open(file, options_.clock->Now()));
      broker_.Keep(std::move(leases));
      AMEIDE_ASSIGN_OR_RETURN(job_reads_, Queries::Open(options_.database, plans_));
      broker_.ReadFrom([this](InstanceNumber instance,
                              std::span<const engine::Key> jobs) { return JobVariables(instance, jobs); },
                       options_.waiting_job_bytes);
    }
    const auto report = [this](const PooledJob& job, JobOutcome outcome) { Report(job, std::move(outcome)); };
    pool_ =
        std::make_unique<JobPool>([this](const Job& job) { return ToOutcome(options_.jobs->Perform(job)); },
                                  options_.job_threads, report);
    calls_ =
        std::make_unique<JobPool>([this](const Job& job) { return Call(job); },
                                  options_.connectors == nullptr ? 1 : options_.connector_threads, report);
    Writer::Outlets outlets;
    outlets.jobs = [this](std::vector<PooledJob> jobs) { GiveOut(std::move(jobs)); };
    outlets.canceled = [this](const std::vector<std::pair<InstanceNumber, engine::Key>>& jobs) {
      if (jobs.empty()) return;
      pool_->Withdraw(jobs);
      calls_->Withdraw(jobs);
      for (const auto& [instance, key] : jobs) broker_.Withdraw({instance, static_cast<int64_t>(key)});
    };
    outlets.changed = [this](const std::vector<InstanceNumber>& changed) { watches_.Notify(changed); };
    if (CommitObserver* const observer = options_.observer; observer != nullptr) {
      outlets.committed = [observer](const CommitReport& report) { observer->Committed(report); };
      outlets.failed = [observer] { observer->Failed(); };
    }
    outlets.jobs_busy = [this] { return pool_->busy() > 0 || calls_->busy() > 0; };
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

  void PublishMessage(MessageToPublish message,
                      std::function<void(absl::StatusOr<std::string>)> done) override {
    absl::StatusOr<feel::Context> variables = VariablesIn(message.variables_json);
    if (!variables.ok()) return done(variables.status());
    if (absl::Status checked = CheckKey(message.id); !checked.ok()) return done(checked);
    if (message.name.empty()) return done(absl::InvalidArgumentError("the message has no name; say which"));
    MessageRequest item;
    if (!message.id.empty()) {
      item.digest = DigestOf(
          absl::StrCat(message.name, "\n", message.key.has_value(), message.key.value_or("")), *variables);
    }
    item.id = std::move(message.id);
    item.time_to_live = message.time_to_live;
    item.message.name = std::move(message.name);
    item.message.key = std::move(message.key);
    item.message.variables = *std::move(variables);
    Request request;
    request.tenant = std::move(message.tenant);
    request.deadline = message.deadline;
    request.what = std::move(item);
    request.done = std::move(done);
    writer_->Add(std::move(request));
  }

  void BroadcastSignal(SignalToBroadcast signal, std::function<void(absl::StatusOr<int64_t>)> done) override {
    absl::StatusOr<feel::Context> variables = VariablesIn(signal.variables_json);
    if (!variables.ok()) return done(variables.status());
    if (absl::Status checked = CheckKey(signal.idempotency_key); !checked.ok()) return done(checked);
    if (signal.name.empty()) return done(absl::InvalidArgumentError("the signal has no name; say which"));
    SignalRequest item;
    if (!signal.idempotency_key.empty()) item.digest = DigestOf(signal.name, *variables);
    item.name = std::move(signal.name);
    item.variables = *std::move(variables);
    item.idempotency_key = std::move(signal.idempotency_key);
    Request request;
    request.tenant = std::move(signal.tenant);
    request.deadline = signal.deadline;
    request.what = std::move(item);
    request.done = [done = std::move(done)](absl::StatusOr<std::string> result) {
      if (!result.ok()) return done(result.status());
      int64_t count = 0;
      if (!absl::SimpleAtoi(*result, &count)) return done(absl::InternalError("no count of receivers"));
      done(count);
    };
    writer_->Add(std::move(request));
  }

  void TakeJobs(const JobsWanted& wanted,
                std::function<void(absl::StatusOr<std::vector<LeasedJob>>)> done) override {
    broker_.Take(wanted, std::move(done));
  }

  void ReturnJobs(const std::string& tenant, const std::vector<HeldJob>& jobs) override {
    broker_.Return(tenant, jobs);
  }

  std::unique_ptr<JobStream> OpenJobStream(JobStreamOptions options) override {
    return broker_.Open(std::move(options));
  }

  void EndTakes() override { broker_.Stop(); }
  void KeepLeases() override { broker_.KeepLeases(); }

  absl::StatusOr<WallTime> ExtendJob(const std::string& tenant, const std::string& job,
                                     const std::string& worker, std::chrono::milliseconds lease) override {
    const auto id = ParsePart(job);
    if (!id) return absl::NotFoundError(absl::StrCat("no job `", job.substr(0, 64), "`"));
    absl::StatusOr<WallTime> extended = broker_.Extend(tenant, *id, worker, lease);
    if (!absl::IsNotFound(extended.status())) return extended;
    return Missing(tenant, *id, extended.status());
  }

  void ReportJob(JobReport report, std::function<void(absl::Status)> done) override {
    const auto id = ParsePart(report.job);
    if (!id) return done(absl::NotFoundError(absl::StrCat("no job `", report.job.substr(0, 64), "`")));
    EventRequest event;
    event.instance = id->instance;
    const auto key = static_cast<engine::Key>(id->part);
    std::optional<feel::Context> variables;
    if (const auto* finished = std::get_if<JobReport::Done>(&report.what)) {
      absl::StatusOr<feel::Context> read = VariablesIn(finished->variables_json);
      if (!read.ok()) return done(read.status());
      variables = *std::move(read);
    }
    // The next attempt may be given out before the answer comes: this one leaves first.
    absl::StatusOr<std::shared_ptr<JobBroker::Entry>> claimed =
        broker_.Claim(report.tenant, *id, report.lease_token);
    if (absl::IsNotFound(claimed.status())) return done(Missing(report.tenant, *id, claimed.status()));
    if (!claimed.ok()) return done(claimed.status());
    std::shared_ptr<JobBroker::Entry> entry = *std::move(claimed);
    if (variables) {
      event.what = engine::CompleteJob{key, *std::move(variables)};
    } else if (auto* failed = std::get_if<JobReport::Failed>(&report.what)) {
      const auto pause = failed->retry_in.value_or(PauseAfter(JobBroker::FailedAttempts(*entry)));
      event.what =
          engine::FailJob{key, std::move(failed->message), failed->final, options_.clock->Now() + pause};
    } else {
      auto& error = std::get<JobReport::Error>(report.what);
      event.what = engine::ThrowJobError{key, std::move(error.code), std::move(error.message)};
    }
    Request request;
    request.tenant = std::move(report.tenant);
    request.deadline = report.deadline;
    request.what = std::move(event);
    request.done = [this, entry = std::move(entry),
                    done = std::move(done)](absl::StatusOr<std::string> result) {
      if (!result.ok() && !absl::IsNotFound(result.status()))
        broker_.PutBack(entry);
      else
        broker_.Settle(entry);
      done(result.status());
    };
    writer_->Add(std::move(request));
  }

  void Operate(Operation operation, std::function<void(absl::Status)> done) override {
    std::string json;
    if (const auto* skip = std::get_if<Operation::Skip>(&operation.what)) json = skip->variables_json;
    if (const auto* set = std::get_if<Operation::Set>(&operation.what)) json = set->variables_json;
    absl::StatusOr<feel::Context> variables = VariablesIn(json);
    if (!variables.ok()) return done(variables.status());
    Request request;
    request.tenant = operation.tenant;
    request.what = OperationRequest{std::move(operation), *std::move(variables)};
    request.done = StatusOnly(std::move(done));
    writer_->Add(std::move(request));
  }

  void OperateAll(BulkOperation bulk, std::function<void(absl::StatusOr<BulkResult>)> done) override {
    BulkResult found;
    if (bulk.instances.empty()) {
      auto open =
          queries_->Open(bulk.operation.tenant, bulk.process, bulk.status, bulk.version, kMostAtOnce + 1);
      if (!open.ok()) return done(open.status());
      bulk.instances = *std::move(open);
      found.more = bulk.instances.size() > kMostAtOnce;
      if (found.more) bulk.instances.resize(kMostAtOnce);
    }
    if (bulk.instances.size() > kMostAtOnce) {
      return done(absl::InvalidArgumentError(absl::StrCat("at most ", kMostAtOnce, " instances at once")));
    }
    for (const std::string& instance : bulk.instances) found.outcomes.push_back({instance, absl::OkStatus()});
    auto result = std::make_shared<Counted<BulkResult>>(found.outcomes.size(), std::move(done));
    result->Begin(std::move(found));
    if (bulk.instances.empty()) return result->Finish();
    for (size_t i = 0; i < bulk.instances.size(); ++i) {
      Operation operation = bulk.operation;
      operation.instance = bulk.instances[i];
      Operate(std::move(operation), [result, i](absl::Status status) {
        result->Add([&](BulkResult& all) { all.outcomes[i].status = std::move(status); });
      });
    }
  }

  void RetryAll(const IncidentFilter& filter, Operation operation,
                std::function<void(absl::StatusOr<Retried>)> done) override {
    std::vector<std::string> incidents;
    PageRequest page{static_cast<int>(kMostAtOnce), ""};
    const auto found = queries_->Incidents(operation.tenant, filter, page);
    if (!found.ok()) return done(found.status());
    for (const IncidentView& incident : found->rows) incidents.push_back(incident.id);
    auto counts = std::make_shared<Counted<Retried>>(incidents.size(), std::move(done));
    if (incidents.empty()) return counts->Finish();
    for (std::string& incident : incidents) {
      operation.what = Operation::Retry{std::move(incident), false};
      Operate(operation, [counts](absl::Status status) {
        counts->Add([&](Retried& retried) { ++(status.ok() ? retried.retried : retried.failed); });
      });
    }
  }

  void Migrate(Migration migration,
               std::function<void(absl::StatusOr<std::vector<MigrationOutcome>>)> done) override {
    std::vector<std::string> instances = migration.instances;
    if (instances.empty()) {
      auto found = queries_->NotAt(migration.tenant, migration.process, migration.version, kMostAtOnce);
      if (!found.ok()) return done(found.status());
      instances = *std::move(found);
    }
    if (instances.size() > kMostAtOnce) {
      return done(
          absl::InvalidArgumentError(absl::StrCat("at most ", kMostAtOnce, " instances go over at once")));
    }
    migration.instances.clear();
    auto outcomes =
        std::make_shared<Counted<std::vector<MigrationOutcome>>>(instances.size(), std::move(done));
    if (instances.empty()) return outcomes->Finish();
    for (std::string& id : instances) {
      const auto answer = [outcomes, id](absl::StatusOr<std::string> versions) {
        MigrationOutcome outcome{id, 0, 0, versions.status()};
        if (versions.ok()) {
          const size_t space = versions->find(' ');
          if (!absl::SimpleAtoi(versions->substr(0, space), &outcome.from) ||
              !absl::SimpleAtoi(versions->substr(space + 1), &outcome.to))
            outcome.status = absl::InternalError("no versions");
        }
        outcomes->Add([&](std::vector<MigrationOutcome>& all) { all.push_back(std::move(outcome)); });
      };
      const auto number = ParseInstance(id);
      if (!number) {
        answer(absl::NotFoundError(absl::StrCat("no instance `", id.substr(0, 64), "`")));
        continue;
      }
      Request request;
      request.tenant = migration.tenant;
      request.what = MigrationRequest{*number, migration};
      request.done = answer;
      writer_->Add(std::move(request));
    }
  }

  void SetRetention(const std::string& tenant, RetentionChange change,
                    std::function<void(absl::Status)> done) override {
    if (change.rule == RetentionChange::Rule::kKeep && change.keep < std::chrono::microseconds(0)) {
      return done(
          absl::InvalidArgumentError("instances are kept for a length of time, like 30 days, or for ever"));
    }
    Request request;
    request.tenant = tenant;
    request.what = SetRetentionRequest{std::move(change)};
    request.done = StatusOnly(std::move(done));
    writer_->Add(std::move(request));
  }

  void Purge(PurgeWanted wanted, std::function<void(absl::StatusOr<int64_t>)> done) override {
    // Whoever ends from now on is not meant.
    wanted.ended_before = std::min(wanted.ended_before, options_.clock->Now());
    if (wanted.dry_run) {
      return done(queries_->CountFinished(wanted.tenant, wanted.process, wanted.ended_before));
    }
    PurgeSlices(std::make_shared<const PurgeWanted>(std::move(wanted)), 0, std::move(done));
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
  absl::StatusOr<Page<IncidentView>> Incidents(const std::string& tenant, const IncidentFilter& filter,
                                               const PageRequest& page) const override {
    return queries_->Incidents(tenant, filter, page);
  }
  absl::StatusOr<Page<ElementRun>> Elements(const std::string& tenant, const std::string& instance,
                                            const PageRequest& page) const override {
    return histories_->Elements(tenant, instance, options_.clock->Now(), page);
  }
  absl::StatusOr<Page<VariableRow>> Variables(const std::string& tenant, const std::string& instance,
                                              const PageRequest& page) const override {
    return histories_->Variables(tenant, instance, page);
  }
  absl::StatusOr<Page<AuditRow>> Audit(const std::string& tenant, const std::string& instance,
                                       const PageRequest& page) const override {
    return queries_->Audit(tenant, instance, page);
  }
  absl::StatusOr<Page<RetentionRule>> Retention(const std::string& tenant,
                                                const PageRequest& page) const override {
    return queries_->Retention(tenant, page);
  }
  absl::StatusOr<InstanceView> Instance(const std::string& tenant,
                                        const std::string& instance) const override {
    return histories_->Instance(tenant, instance);
  }
  absl::StatusOr<Totals> CountTotals(const std::string& tenant) const override {
    return queries_->CountTotals(tenant);
  }
  RuntimeLoad Load() const override {
    RuntimeLoad load = writer_->Load();
    load.jobs_in_process = static_cast<int64_t>(pool_->busy() + calls_->busy());
    for (const std::filesystem::path& file :
         {options_.database, std::filesystem::path(options_.database.string() + "-wal")}) {
      std::error_code error;
      const auto bytes = std::filesystem::file_size(file, error);
      if (!error) load.database_bytes += static_cast<int64_t>(bytes);
    }
    return load;
  }

  std::unique_ptr<Subscription> Watch(const std::string& instance, std::function<void()> changed) override {
    // An id that cannot be is never notified; reading it tells the caller.
    return watches_.Watch(ParseInstance(instance).value_or(0), std::move(changed));
  }

  void SetQuotas(Quotas quotas) override {
    quotas_.Set(std::move(quotas));
    broker_.Look();
  }
  void ClockMoved() override { writer_->Wake(); }
  void WaitUntilIdle() override { writer_->WaitUntilIdle(); }

 private:
  /// One transaction after another, each bounded, until there are no more.
  void PurgeSlices(std::shared_ptr<const PurgeWanted> wanted, int64_t purged,
                   std::function<void(absl::StatusOr<int64_t>)> done) {
    Request request;
    request.tenant = wanted->tenant;
    request.what = PurgeSliceRequest{0, wanted->process, wanted->ended_before, wanted->actor, wanted->reason};
    request.done = [this, wanted, purged, done = std::move(done)](absl::StatusOr<std::string> result) {
      if (!result.ok()) return done(result.status());
      int64_t count = 0;
      if (!absl::SimpleAtoi(*result, &count)) return done(absl::InternalError("no count of instances"));
      if (count == 0 || purged + count >= kMostPurged) return done(purged + count);
      PurgeSlices(wanted, purged + count, done);
    };
    writer_->Add(std::move(request));
  }

  void GiveOut(std::vector<PooledJob> jobs) {
    std::vector<PooledJob> mine, calls, outside;
    for (PooledJob& job : jobs) {
      const bool is_mine = job.job.is_domain_call || !options_.has_workers;
      (job.job.is_http_call ? calls : is_mine ? mine : outside).push_back(std::move(job));
    }
    pool_->Add(std::move(mine));
    calls_->Add(std::move(calls));
    broker_.Add(std::move(outside));
  }

  absl::StatusOr<std::map<engine::Key, feel::Context>> JobVariables(InstanceNumber instance,
                                                                    std::span<const engine::Key> jobs) {
    std::lock_guard lock(job_reads_mutex_);
    if (!job_reads_) return absl::CancelledError("the program ends");
    return job_reads_->JobVariables(instance, jobs);
  }

  /// Why the broker does not have a job. One whose instance was suspended when the program began is not lost:
  /// its worker must not drop what it did.
  absl::Status Missing(const std::string& tenant, PartId id, const absl::Status& otherwise) {
    std::lock_guard lock(job_reads_mutex_);
    if (!job_reads_) return otherwise;
    const absl::StatusOr<bool> waits =
        job_reads_->WaitsForResume(tenant, id.instance, static_cast<engine::Key>(id.part));
    if (!waits.ok() || !*waits) return otherwise;
    return SuspendedJob(id);
  }

  JobOutcome Call(const Job& job) const {
    if (options_.connectors != nullptr) return options_.connectors->Call(job);
    return {JobOutcome::Failed{"this backend makes no HTTP calls", true, std::nullopt}};
  }

  std::chrono::milliseconds PauseAfter(size_t failed_before) const {
    return options_.retry_pauses[std::min(failed_before, options_.retry_pauses.size() - 1)];
  }

  /// On a thread of the pool: what a job gave goes to its instance.
  void Report(const PooledJob& job, JobOutcome outcome) {
    EventRequest event;
    event.instance = job.instance;
    if (const auto* done = std::get_if<JobOutcome::Done>(&outcome.what)) {
      absl::StatusOr<feel::Context> result = VariablesIn(done->variables_json);
      if (result.ok()) {
        event.what = engine::CompleteJob{job.key, *std::move(result)};
      } else {
        outcome.what = JobOutcome::Failed{
            absl::StrCat("the result of ", job.job.method, " is not a JSON object"), true, std::nullopt};
      }
    }
    if (auto* failed = std::get_if<JobOutcome::Failed>(&outcome.what)) {
      const auto pause = failed->retry_in.value_or(PauseAfter(static_cast<size_t>(job.job.attempt) - 1));
      event.what =
          engine::FailJob{job.key, std::move(failed->message), failed->final, options_.clock->Now() + pause};
    } else if (auto* error = std::get_if<JobOutcome::Error>(&outcome.what)) {
      event.what = engine::ThrowJobError{job.key, std::move(error->code), std::move(error->message)};
    }
    Request request;
    request.what = std::move(event);
    ready_.wait();
    writer_->Add(std::move(request));
  }

  const RuntimeOptions options_;
  QuotaBook quotas_;
  PlanCatalog plans_;
  // The broker's thread reads over it.
  std::mutex job_reads_mutex_;          ///< its end
  std::unique_ptr<Queries> job_reads_;  ///< for workers: lists must not hold them up
  JobBroker broker_;
  WatchHub watches_;
  std::unique_ptr<Queries> queries_;
  std::unique_ptr<Queries> histories_;  ///< for whole instances: a long journal must not hold up the lists
  std::unique_ptr<JobPool> pool_;
  std::unique_ptr<JobPool> calls_;  ///< HTTP: slow ones must not hold up domains
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
