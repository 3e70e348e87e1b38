#include "backend/runtime/embedded/batch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/engine/plan/plan_codec.h"
#include "backend/runtime/embedded/reasons.h"
#include "backend/runtime/embedded/trace_ids.h"
#include "base/log.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

using std::chrono::steady_clock;

constexpr char kStartKind[] = "start";
/// So many steps (of 10,000 tokens) an instance may do without coming to rest before it has to pause after
/// each: a loop that nothing ends must not fill the disk.
constexpr int kStepsInARow = 20;

/// The runtime's own requests have nobody to tell. One that comes too late (a job canceled meanwhile, a timer
/// of an ended instance) is everyday life; anything else needs a person.
void LogRefusal(const absl::Status& status) {
  if (absl::IsNotFound(status) || absl::IsFailedPrecondition(status)) return;
  LogError("an instance cannot go on", {{"error", std::string(status.message())}});
}

/// Workers' jobs may be many, and wait long: their variables are read as they are given out.
void LeaveToJournal(PooledJob& job) {
  if (job.job.is_domain_call || job.job.is_http_call) return;
  job.variables = {};
  job.unread = true;
}

/// True until the transaction's first facts of the instance.
bool IsUntouched(const LiveInstance& instance) { return instance.journal.empty(); }

}  // namespace

BatchWork::BatchWork(std::unique_ptr<Sqlite> sqlite, PlanCatalog& plans, const RuntimeOptions& options,
                     const QuotaBook& quotas)
    : sqlite_(std::move(sqlite)), plans_(plans), options_(options), quotas_(quotas) {
  if (options_.observer != nullptr)
    notes_ = std::make_unique<CommitNotes>(options_.observer->wants_elements());
}

absl::StatusOr<std::unique_ptr<BatchWork>> BatchWork::Make(std::unique_ptr<Sqlite> sqlite, PlanCatalog& plans,
                                                           const RuntimeOptions& options,
                                                           const QuotaBook& quotas) {
  std::unique_ptr<BatchWork> work(new BatchWork(std::move(sqlite), plans, options, quotas));
  AMEIDE_RETURN_IF_ERROR(work->Prepare());
  return work;
}

absl::Status BatchWork::Prepare() {
  AMEIDE_ASSIGN_OR_RETURN(instances_, InstanceStore::Make(*sqlite_, plans_, options_.cached_instances));
  AMEIDE_ASSIGN_OR_RETURN(deployments_, DeploymentStore::Make(*sqlite_));
  AMEIDE_ASSIGN_OR_RETURN(correlation_, CorrelationStore::Make(*sqlite_));
  AMEIDE_ASSIGN_OR_RETURN(starts_, StartStore::Make(*sqlite_));
  AMEIDE_ASSIGN_OR_RETURN(retention_, Retention::Make(*sqlite_));
  const std::pair<Statement*, const char*> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&rollback_, "ROLLBACK"},
      {&select_request_, "SELECT instance, digest FROM request WHERE tenant = ? AND kind = ? AND key = ?"},
      {&insert_request_,
       "INSERT INTO request(tenant, kind, key, instance, at, digest) VALUES(?, ?, ?, ?, ?, ?)"},
      {&select_newest_, "SELECT newest FROM process WHERE tenant = ? AND id = ?"},
      {&clear_outbox_, "DELETE FROM outbox"},
      {&insert_audit_,
       "INSERT INTO audit(tenant, at, actor, action, instance, detail, reason) VALUES(?, ?, ?, ?, ?, ?, ?)"},
      {&select_version_, "SELECT number FROM plan WHERE process = ? AND version = ?"},
      {&insert_outbox_, "INSERT INTO outbox(tenant, instance, command) VALUES(?, ?, ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    AMEIDE_ASSIGN_OR_RETURN(*statement, sqlite_->Prepare(sql));
  }
  AMEIDE_ASSIGN_OR_RETURN(Statement last, sqlite_->Prepare("SELECT ifnull(max(id), 0) FROM instance"));
  AMEIDE_RETURN_IF_ERROR(last.Step().status());
  last_number_ = last.Int(0);
  AMEIDE_RETURN_IF_ERROR(counts_.Load(*sqlite_));
  return LoadOutbox();
}

absl::Status BatchWork::LoadOutbox() {
  thrown_.clear();
  AMEIDE_ASSIGN_OR_RETURN(Statement rows,
                          sqlite_->Prepare("SELECT tenant, instance, command FROM outbox ORDER BY number"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    AMEIDE_ASSIGN_OR_RETURN(engine::Command command, engine::DecodeCommand(rows.Text(2)));
    thrown_.push_back({std::string(rows.Text(0)), rows.Int(1), std::move(command)});
  }
  outbox_is_empty_ = thrown_.empty();
  return absl::OkStatus();
}

absl::StatusOr<BatchEffects> BatchWork::Resume() {
  BatchEffects effects;
  AMEIDE_ASSIGN_OR_RETURN(Statement timers, sqlite_->Prepare("SELECT due, instance, timer FROM timer"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, timers.Step());
    if (!more) break;
    effects.timers.push_back({WallTime(std::chrono::microseconds(timers.Int(0))), timers.Int(1),
                              static_cast<engine::Key>(timers.Int(2))});
  }
  AMEIDE_ASSIGN_OR_RETURN(Statement working,
                          sqlite_->Prepare("SELECT id FROM instance WHERE work > 0 ORDER BY id"));
  std::vector<InstanceNumber> numbers;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, working.Step());
    if (!more) break;
    numbers.push_back(working.Int(0));
  }
  for (const InstanceNumber number : numbers) {
    const absl::StatusOr<LiveInstance*> instance = instances_->Find(number);
    if (!instance.ok()) {
      // One damaged journal must not keep the others from going on; whoever asks for the instance is told.
      LogError("instance cannot be resumed", {{"error", std::string(instance.status().message())}});
      continue;
    }
    std::vector<engine::Command> open = engine::OpenCommands(*(*instance)->version->plan, (*instance)->state);
    // Who waits is in the tables.
    std::erase_if(
        open, [](const engine::Command& it) { return std::holds_alternative<engine::OpenSubscription>(it); });
    const size_t before = effects.jobs.size();
    Collect(**instance, std::move(open), effects);
    for (size_t i = before; i < effects.jobs.size() && options_.has_workers; ++i) {
      LeaveToJournal(effects.jobs[i].job);
    }
    (*instance)->created_tasks.clear();  // Their rows are there.
    instances_->Trim({});
  }
  AMEIDE_ASSIGN_OR_RETURN(effects.start_timers, starts_->Timers());
  if (!thrown_.empty()) AskToGoOn(effects);
  now_ = options_.clock->Now();
  LookAgain(Look::kSoon, effects);
  given_out_.Commit();
  return effects;
}

absl::StatusOr<BatchEffects> BatchWork::Do(std::vector<Request>& requests, WallTime now) {
  // Time never goes back within an instance's journal.
  now_ = std::max(now_, now);
  storage_ = absl::OkStatus();
  if (must_load_) {
    AMEIDE_RETURN_IF_ERROR(correlation_->Load());
    AMEIDE_RETURN_IF_ERROR(LoadOutbox());
    must_load_ = false;
  }
  BatchEffects effects;
  const int64_t look = look_;
  const auto begun_at = steady_clock::now();
  absl::Status status = begin_.Run();
  if (!status.ok()) return status;
  status = DoAll(requests, effects);
  const auto worked_until = steady_clock::now();
  if (status.ok()) status = commit_.Run();
  if (!status.ok()) {
    Abandon();
    look_ = look;
    return status;
  }
  if (notes_) {
    effects.report = notes_->Take();
    const auto durable_at = steady_clock::now();
    effects.report->requests = requests.size();
    effects.report->took = std::chrono::duration_cast<std::chrono::microseconds>(durable_at - begun_at);
    effects.report->synced = std::chrono::duration_cast<std::chrono::microseconds>(durable_at - worked_until);
  }
  counts_.Commit();
  given_out_.Commit();
  for (const LiveInstance* instance : touched_) effects.changed.push_back(instance->number);
  instances_->Trim(touched_);
  touched_.clear();
  return effects;
}

absl::Status BatchWork::DoAll(std::vector<Request>& requests, BatchEffects& effects) {
  AMEIDE_RETURN_IF_ERROR(correlation_->Expire(now_));
  for (Request& request : requests) {
    absl::StatusOr<std::string> result = DoOne(request, effects);
    AMEIDE_RETURN_IF_ERROR(storage_);
    if (!found_.empty()) {
      const auto delivered = DeliverAll(found_tenant_, std::exchange(found_, {}), effects);
      AMEIDE_RETURN_IF_ERROR(storage_);
      if (!delivered.ok()) LogRefusal(delivered.status());
    }
    if (request.done)
      effects.answers.push_back({request.done, std::move(result)});
    else if (!result.ok())
      LogRefusal(result.status());
  }
  AMEIDE_RETURN_IF_ERROR(GiveOut(effects));
  for (LiveInstance* instance : touched_) {
    Count(*instance);
    AMEIDE_ASSIGN_OR_RETURN(std::vector<WrittenTimer> timers, instances_->Write(*instance));
    effects.timers.insert(effects.timers.end(), timers.begin(), timers.end());
  }
  return absl::OkStatus();
}

void BatchWork::Abandon() {
  // SQLite may have rolled back by itself; then there is no transaction and this fails.
  rollback_.Run().IgnoreError();
  counts_.Rollback();
  given_out_.Rollback();
  instances_->Forget(touched_);
  touched_.clear();
  plans_.Forget();
  newest_.clear();
  found_.clear();
  if (notes_) notes_->Take();
  must_load_ = true;
}

absl::Status BatchWork::Storage(absl::Status status) {
  if (!status.ok()) storage_ = status;
  return status;
}

absl::StatusOr<std::string> BatchWork::DoOne(Request& request, BatchEffects& effects) {
  if (request.deadline < std::chrono::system_clock::time_point::max() &&
      request.deadline <= std::chrono::system_clock::now()) {
    return absl::DeadlineExceededError("the deadline passed before the request's turn; nothing was done");
  }
  if (const auto* start = std::get_if<StartRequestItem>(&request.what))
    return Start(request.tenant, *start, effects);
  if (const auto* event = std::get_if<EventRequest>(&request.what))
    return Happen(request.tenant, *event, effects);
  if (const auto* message = std::get_if<MessageRequest>(&request.what))
    return Publish(request.tenant, *message, effects);
  if (const auto* signal = std::get_if<SignalRequest>(&request.what))
    return Broadcast(request.tenant, *signal, effects);
  if (const auto* operation = std::get_if<OperationRequest>(&request.what))
    return Operate(*operation, effects);
  if (const auto* migration = std::get_if<MigrationRequest>(&request.what))
    return Migrate(*migration, effects);
  if (const auto* timer = std::get_if<StartTimerRequest>(&request.what)) {
    AMEIDE_RETURN_IF_ERROR(FireStart(timer->number, effects));
    return std::string();
  }
  if (std::holds_alternative<GoOnRequest>(request.what)) return std::string();
  if (const auto* purge = std::get_if<PurgeSliceRequest>(&request.what))
    return Purge(request.tenant, *purge, effects);
  if (const auto* retention = std::get_if<SetRetentionRequest>(&request.what))
    return SetRetention(request.tenant, *retention, effects);
  return Deploy(std::get<DeployRequest>(request.what).bundle, effects);
}

absl::StatusOr<std::string> BatchWork::Start(const std::string& tenant, const StartRequestItem& start,
                                             BatchEffects& effects) {
  if (!start.idempotency_key.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const auto known,
                            FindRequest(tenant, kStartKind, start.idempotency_key, start.digest));
    if (known) return FormatInstance(*known);
  }
  AMEIDE_ASSIGN_OR_RETURN(auto version, NewestVersion(tenant, start.process));
  AMEIDE_RETURN_IF_ERROR(MayBegin(tenant));
  last_number_ = NextInstanceNumber(last_number_, now_);
  LiveInstance& instance = instances_->Create(last_number_, std::move(version));
  absl::Status stepped = MayHold(instance, start.variables);
  if (stepped.ok()) stepped = Step(instance, engine::StartInstance{start.variables}, effects);
  if (!stepped.ok()) {
    instances_->Forget({&instance});
    return stepped;
  }
  if (!instance.state.ended()) counts_.Began(tenant);
  if (!start.idempotency_key.empty()) {
    AMEIDE_RETURN_IF_ERROR(
        RememberRequest(tenant, kStartKind, start.idempotency_key, start.digest, instance.number));
  }
  return FormatInstance(instance.number);
}

absl::StatusOr<std::string> BatchWork::Happen(const std::string& tenant, const EventRequest& event,
                                              BatchEffects& effects) {
  if (!event.idempotency_key.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const auto known,
                            FindRequest(tenant, event.kind, event.idempotency_key, event.digest));
    if (known) return std::string();
  }
  const std::optional<engine::Key> reported = ReportedJob(event);
  AMEIDE_ASSIGN_OR_RETURN(LiveInstance * found, FindFor(tenant, event.instance));
  LiveInstance& instance = *found;
  // A worker whose report is refused for now keeps the job.
  const bool keeps = instance.state.suspended && !tenant.empty();
  if (reported && keeps) return SuspendedJob({event.instance, static_cast<int64_t>(*reported)});
  if (reported) given_out_.Erase({event.instance, *reported});
  // Nobody would report again what a job inside this process gave.
  if (instance.state.suspended && tenant.empty() && reported) {
    held_[event.instance].push_back(event);
    return std::string();
  }
  const feel::Context* const brought = VariablesOf(event.what);
  const absl::Status held = brought == nullptr ? absl::OkStatus() : MayHold(instance, *brought);
  if (!held.ok()) {
    // A worker is told and has the job still. What a job inside this process gave is an incident.
    if (!tenant.empty() || !reported) {
      if (reported) given_out_.Insert({event.instance, *reported});
      return held;
    }
    AMEIDE_RETURN_IF_ERROR(
        Step(instance, engine::FailJob{*reported, std::string(held.message()), true, now_}, effects));
    return std::string();
  }
  AMEIDE_RETURN_IF_ERROR(Step(instance, event.what, effects));
  if (!event.idempotency_key.empty()) {
    AMEIDE_RETURN_IF_ERROR(
        RememberRequest(tenant, event.kind, event.idempotency_key, event.digest, instance.number));
  }
  return std::string();
}

absl::StatusOr<std::string> BatchWork::Deploy(const BundleToDeploy& bundle, BatchEffects& effects) {
  AMEIDE_ASSIGN_OR_RETURN(const auto plans, DeploymentStore::Decode(bundle));
  // Whatever can be wrong with the plans is told before anything is written.
  std::map<std::string, std::vector<engine::StartTrigger>> triggers;
  std::map<std::string, Hash256> before;
  for (const DecodedPlan& decoded : plans) {
    AMEIDE_ASSIGN_OR_RETURN(const engine::Plan plan, engine::DecodePlan(decoded.source->plan));
    AMEIDE_ASSIGN_OR_RETURN(triggers[decoded.process], engine::StartTriggers(plan, now_, {}));
    const auto newest = NewestVersion(bundle.tenant, decoded.process);
    if (newest.ok()) before[decoded.process] = (*newest)->view.plan_digest;
  }
  AMEIDE_RETURN_IF_ERROR(MayDeploy(bundle));
  const absl::StatusOr<bool> is_new = deployments_->Deploy(bundle, plans, now_);
  if (!is_new.ok()) return Storage(is_new.status());
  newest_.clear();
  for (const DecodedPlan& decoded : plans) {
    const auto was = before.find(decoded.process);
    if (!*is_new || (was != before.end() && was->second == decoded.digest)) continue;
    AMEIDE_RETURN_IF_ERROR(SetStarts(bundle.tenant, decoded.process, triggers[decoded.process], effects));
  }
  return std::string(*is_new ? kNewDeployment : "");
}

absl::Status BatchWork::Step(LiveInstance& instance, decltype(engine::Event::what) what,
                             BatchEffects& effects) {
  AMEIDE_ASSIGN_OR_RETURN(engine::Decision decision,
                          engine::Step(*instance.version->plan, instance.state, {now_, std::move(what)}));
  if (instance.state.ready.empty() && instance.state.postponed.empty()) instance.steps_in_a_row = 0;
  if (decision.facts.empty()) return absl::OkStatus();
  Record(instance, std::move(decision), effects);
  return absl::OkStatus();
}

void BatchWork::Record(LiveInstance& instance, engine::Decision decision, BatchEffects& effects) {
  if (notes_) Note(instance, decision.facts);
  if (IsUntouched(instance)) touched_.push_back(&instance);
  instance.journal.Add(now_, decision.facts);
  instance.revision += static_cast<int64_t>(decision.facts.size());
  instance.changed_at = now_;
  found_tenant_ = instance.version->tenant;
  Collect(instance, std::move(decision.commands), effects);
}

void BatchWork::Note(LiveInstance& instance, const std::vector<engine::Fact>& facts) {
  if (notes_->wants_elements() && instance.times == nullptr) {
    // Its first facts since it was loaded: the journal has all before them.
    if (const absl::Status read = instances_->ReadTimes(instance); !read.ok()) {
      LogError("the times of an instance's elements cannot be read; spans of what began before are missing",
               {{"tenant_id", instance.version->tenant},
                {"controller_type", "process"},
                {"controller_name", instance.version->view.id},
                {"instance", FormatInstance(instance.number)},
                {"error", std::string(read.message())}});
      instance.times = std::make_unique<ElementTimes>();
    }
  }
  notes_->Step(instance, now_, facts);
}

void BatchWork::Collect(LiveInstance& instance, std::vector<engine::Command> commands,
                        BatchEffects& effects) {
  const engine::Plan& plan = *instance.version->plan;
  for (engine::Command& command : commands) {
    if (auto* job = std::get_if<engine::ActivateJob>(&command)) {
      PooledJob pooled;
      pooled.instance = instance.number;
      pooled.key = job->job;
      pooled.element = job->element;
      pooled.activation = job->activation;
      pooled.job.tenant = instance.version->tenant;
      pooled.job.element = plan.nodes[job->node].id;
      pooled.job.method = std::move(job->type);
      pooled.job.is_domain_call = job->kind == engine::JobKind::kDomain;
      pooled.job.attempt = static_cast<int>(job->attempt);
      pooled.variables = std::move(job->variables);
      pooled.process = instance.version->view.id;
      pooled.retries = job->retries;
      pooled.job.headers = plan.nodes[job->node].headers;
      pooled.job.is_http_call = job->kind == engine::JobKind::kHttp;
      if (notes_ && notes_->wants_elements()) {
        // Whoever works tells its spans as children of the element's (W3C Trace Context).
        const std::string& tenant = instance.version->tenant;
        const std::string id = FormatInstance(instance.number);
        pooled.job.headers.emplace_back(
            "traceparent", absl::StrCat("00-", TraceIdOf(tenant, id), "-",
                                        SpanIdOf(tenant, id, static_cast<int64_t>(job->element), 0), "-01"));
      }
      // One that waits for its next attempt waits outside the broker, which bounds what is kept.
      if (options_.has_workers && job->not_before > now_) LeaveToJournal(pooled);
      given_out_.Insert({instance.number, job->job});
      effects.jobs.push_back({job->not_before, std::move(pooled)});
    } else if (const auto* canceled = std::get_if<engine::CancelJob>(&command)) {
      given_out_.Erase({instance.number, canceled->job});
      effects.canceled_jobs.emplace_back(instance.number, canceled->job);
    } else if (auto* task = std::get_if<engine::CreateUserTask>(&command)) {
      instance.created_tasks.push_back(std::move(*task));
    } else if (std::holds_alternative<engine::ContinueLater>(command)) {
      Continue(instance, effects);
    } else if (const auto* wait = std::get_if<engine::OpenSubscription>(&command)) {
      auto kept =
          correlation_->Wait(instance.version->tenant, instance.version->view.id, instance.number, *wait);
      if (!kept.ok()) Storage(kept.status()).IgnoreError();
      if (kept.ok()) std::move(kept->begin(), kept->end(), std::back_inserter(found_));
    } else if (const auto* closed = std::get_if<engine::CloseSubscription>(&command)) {
      Storage(correlation_->StopWaiting(instance.version->tenant, instance.number, closed->subscription))
          .IgnoreError();
    } else if (std::holds_alternative<engine::PublishMessage>(command) ||
               std::holds_alternative<engine::BroadcastSignal>(command)) {
      thrown_.push_back({instance.version->tenant, instance.number, std::move(command)});
    }
    // Timers, closed tasks and the end show in the state, from where InstanceStore::Write takes them; a
    // report of a canceled job is refused by the engine.
  }
}

void BatchWork::Continue(LiveInstance& instance, BatchEffects& effects) {
  if (++instance.steps_in_a_row > kStepsInARow) {
    if (instance.steps_in_a_row == kStepsInARow + 1) {
      const std::string id = FormatInstance(instance.number);
      LogWarning("an instance does not come to rest; it goes on slowly. Look for a loop that nothing ends",
                 {{"instance", id}, {"process", instance.version->view.id}});
    }
    effects.resting.push_back(instance.number);
    return;
  }
  Request request;
  request.what = EventRequest{instance.number, engine::Continue{}, "", "", ""};
  effects.requests.push_back(std::move(request));
}

absl::StatusOr<std::optional<InstanceNumber>> BatchWork::FindRequest(const std::string& tenant,
                                                                     const std::string& kind,
                                                                     const std::string& key,
                                                                     const std::string& digest) {
  const ResetAtEnd reset(select_request_);
  const absl::StatusOr<bool> found = select_request_.Bind(tenant).Bind(kind).Bind(key).Step();
  if (!found.ok()) return Storage(found.status());
  if (!*found) return std::nullopt;
  // Records of the first version have no digest.
  if (!select_request_.IsNull(1) && select_request_.Text(1) != digest) {
    return absl::InvalidArgumentError("this idempotency key was used for another request; take a new key");
  }
  return select_request_.Int(0);
}

absl::Status BatchWork::RememberRequest(const std::string& tenant, const std::string& kind,
                                        const std::string& key, const std::string& digest,
                                        InstanceNumber instance) {
  return Storage(insert_request_.Bind(tenant)
                     .Bind(kind)
                     .Bind(key)
                     .Bind(instance)
                     .Bind(int64_t{now_.time_since_epoch().count()})
                     .BindBlob(digest)
                     .Run());
}

absl::StatusOr<std::shared_ptr<const PlanVersion>> BatchWork::NewestVersion(const std::string& tenant,
                                                                            const std::string& process) {
  auto& known = newest_[{tenant, process}];
  if (known) return known;
  const ResetAtEnd reset(select_newest_);
  const absl::StatusOr<bool> found = select_newest_.Bind(tenant).Bind(process).Step();
  if (!found.ok()) return Storage(found.status());
  if (!*found) {
    newest_.erase({tenant, process});
    return absl::NotFoundError(absl::StrCat("no process `", process.substr(0, 200),
                                            "` is deployed; publish the model that holds it first"));
  }
  const int64_t number = select_newest_.Int(0);
  AMEIDE_ASSIGN_OR_RETURN(known, plans_.Get(*sqlite_, number));
  return known;
}

}  // namespace ameide::runtime
