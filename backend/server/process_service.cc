#include "backend/server/process_service.h"

#include <atomic>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ameide/process/v1/process.grpc.pb.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/call.h"
#include "backend/server/instance_watch.h"
#include "backend/server/messages.h"
#include "base/status.h"

namespace ameide::server {
namespace {

namespace pb = process::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

constexpr int kMostStarts = 1000;
constexpr int64_t kLongestTimeToLive = int64_t{100} * 365 * 24 * 3600;  // seconds

class ProcessService final : public pb::ProcessService::CallbackService, public ProcessServing {
 public:
  explicit ProcessService(runtime::Runtime* runtime) : runtime_(runtime), watches_(runtime) {}

  grpc::Service* service() override { return this; }
  void EndWatches() override { watches_.EndAll(); }

  ServerUnaryReactor* StartInstance(CallbackServerContext* context, const pb::StartInstanceRequest* request,
                                    pb::StartInstanceResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      if (absl::Status checked = CheckVariables(request->variables_json()); !checked.ok())
        return done(checked);
      runtime_->StartInstance({call.tenant, request->process(), request->variables_json(),
                               request->idempotency_key(), call.deadline},
                              [response, done](absl::StatusOr<std::string> instance) {
                                if (instance.ok()) response->set_instance(*instance);
                                done(instance.status());
                              });
    });
  }

  ServerUnaryReactor* StartInstances(CallbackServerContext* context, const pb::StartInstancesRequest* request,
                                     pb::StartInstancesResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      if (request->starts_size() > kMostStarts) {
        return done(absl::InvalidArgumentError(absl::StrCat("at most ", kMostStarts, " start at once")));
      }
      if (request->starts().empty()) return done(absl::OkStatus());
      for (int i = 0; i < request->starts_size(); ++i) response->add_instances();
      auto left = std::make_shared<std::atomic<int>>(request->starts_size());
      for (int i = 0; i < request->starts_size(); ++i) {
        const pb::StartInstanceRequest& start = request->starts(i);
        // Each answer has a place of its own; the last one ends the call.
        auto answer = [started = response->mutable_instances(i), left, done,
                       trace = call.trace_id](const absl::StatusOr<std::string>& instance) {
          if (instance.ok()) {
            started->set_instance(*instance);
          } else {
            const grpc::Status outside = ToGrpc(instance.status(), trace);
            started->set_code(outside.error_code());
            started->set_message(outside.error_message());
          }
          if (--*left == 0) done(absl::OkStatus());
        };
        if (absl::Status checked = CheckVariables(start.variables_json()); !checked.ok()) {
          answer(checked);
          continue;
        }
        runtime_->StartInstance(
            {call.tenant, start.process(), start.variables_json(), start.idempotency_key(), call.deadline},
            std::move(answer));
      }
    });
  }

  ServerUnaryReactor* CompleteTask(CallbackServerContext* context, const pb::CompleteTaskRequest* request,
                                   pb::CompleteTaskResponse*) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      if (absl::Status checked = CheckVariables(request->variables_json()); !checked.ok())
        return done(checked);
      runtime_->CompleteTask({call.tenant, request->task(), request->variables_json(),
                              request->idempotency_key(), call.deadline},
                             done);
    });
  }

  ServerUnaryReactor* PublishMessage(CallbackServerContext* context, const pb::PublishMessageRequest* request,
                                     pb::PublishMessageResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      if (absl::Status checked = CheckVariables(request->variables_json()); !checked.ok())
        return done(checked);
      runtime::MessageToPublish message;
      message.tenant = call.tenant;
      message.name = request->name();
      if (request->has_correlation_key()) message.key = request->correlation_key();
      message.variables_json = request->variables_json();
      if (request->has_time_to_live()) {
        const int64_t seconds = request->time_to_live().seconds();
        if (seconds < 0 || request->time_to_live().nanos() < 0 || seconds > kLongestTimeToLive) {
          return done(absl::InvalidArgumentError(
              "time_to_live must be between zero and a hundred years; leave it out to keep the message"));
        }
        message.time_to_live = std::chrono::seconds(request->time_to_live().seconds()) +
                               std::chrono::microseconds(request->time_to_live().nanos() / 1000);
      }
      message.id = request->message_id();
      message.deadline = call.deadline;
      runtime_->PublishMessage(std::move(message), [response, done](absl::StatusOr<std::string> instance) {
        if (instance.ok()) response->set_instance(*instance);
        done(instance.status());
      });
    });
  }

  ServerUnaryReactor* BroadcastSignal(CallbackServerContext* context,
                                      const pb::BroadcastSignalRequest* request,
                                      pb::BroadcastSignalResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      if (absl::Status checked = CheckVariables(request->variables_json()); !checked.ok())
        return done(checked);
      runtime_->BroadcastSignal({call.tenant, request->name(), request->variables_json(),
                                 request->idempotency_key(), call.deadline},
                                [response, done](absl::StatusOr<int64_t> receivers) {
                                  if (receivers.ok()) response->set_receivers(*receivers);
                                  done(receivers.status());
                                });
    });
  }

  ServerUnaryReactor* CancelInstance(CallbackServerContext* context, const pb::CancelInstanceRequest* request,
                                     pb::CancelInstanceResponse*) override {
    return Operate(context, *request, request->instance(), [] { return runtime::Operation::Cancel{}; });
  }

  ServerUnaryReactor* SuspendInstance(CallbackServerContext* context,
                                      const pb::SuspendInstanceRequest* request,
                                      pb::SuspendInstanceResponse*) override {
    return Operate(context, *request, request->instance(), [] { return runtime::Operation::Suspend{}; });
  }

  ServerUnaryReactor* ResumeInstance(CallbackServerContext* context, const pb::ResumeInstanceRequest* request,
                                     pb::ResumeInstanceResponse*) override {
    return Operate(context, *request, request->instance(), [] { return runtime::Operation::Resume{}; });
  }

  ServerUnaryReactor* RetryIncident(CallbackServerContext* context, const pb::RetryIncidentRequest* request,
                                    pb::RetryIncidentResponse*) override {
    return Operate(context, *request, "", [&] {
      return runtime::Operation::Retry{request->incident(), request->as_new()};
    });
  }

  ServerUnaryReactor* SkipElement(CallbackServerContext* context, const pb::SkipElementRequest* request,
                                  pb::SkipElementResponse*) override {
    return Operate(context, *request, request->instance(), [&] {
      return runtime::Operation::Skip{request->incident(), request->element(), request->variables_json()};
    });
  }

  ServerUnaryReactor* ModifyInstance(CallbackServerContext* context, const pb::ModifyInstanceRequest* request,
                                     pb::ModifyInstanceResponse*) override {
    return Operate(context, *request, request->instance(), [&] {
      return runtime::Operation::Move{{request->end().begin(), request->end().end()},
                                      {request->begin().begin(), request->begin().end()}};
    });
  }

  ServerUnaryReactor* SetVariables(CallbackServerContext* context, const pb::SetVariablesRequest* request,
                                   pb::SetVariablesResponse*) override {
    return Operate(context, *request, request->instance(), [&] {
      return runtime::Operation::Set{request->element(), request->variables_json()};
    });
  }

  ServerUnaryReactor* AssignTask(CallbackServerContext* context, const pb::AssignTaskRequest* request,
                                 pb::AssignTaskResponse*) override {
    return Operate(context, *request, "", [&] {
      return runtime::Operation::Assign{request->task(), request->assignee(), request->owner(),
                                        request->only_if_free()};
    });
  }

  ServerUnaryReactor* RetryIncidents(CallbackServerContext* context, const pb::RetryIncidentsRequest* request,
                                     pb::RetryIncidentsResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      runtime::Operation operation;
      operation.tenant = call.tenant;
      operation.actor = call.user;
      operation.reason = request->reason();
      operation.dry_run = request->dry_run();
      runtime_->RetryAll({request->instance(), request->process(), request->element(), request->kind()},
                         std::move(operation),
                         [response, done](absl::StatusOr<runtime::Runtime::Retried> retried) {
                           if (retried.ok()) {
                             response->set_retried(retried->retried);
                             response->set_failed(retried->failed);
                           }
                           done(retried.status());
                         });
    });
  }

  ServerUnaryReactor* MigrateInstances(CallbackServerContext* context,
                                       const pb::MigrateInstancesRequest* request,
                                       pb::MigrateInstancesResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      runtime::Migration migration;
      migration.tenant = call.tenant;
      migration.actor = call.user;
      migration.reason = request->reason();
      migration.process = request->process();
      migration.instances.assign(request->instances().begin(), request->instances().end());
      migration.version = request->version();
      for (const pb::RenamedElement& renamed : request->renamed())
        migration.renamed.emplace_back(renamed.from(), renamed.to());
      migration.dry_run = request->dry_run();
      runtime_->Migrate(std::move(migration),
                        [response, done](absl::StatusOr<std::vector<runtime::MigrationOutcome>> outcomes) {
                          if (!outcomes.ok()) return done(outcomes.status());
                          for (const runtime::MigrationOutcome& outcome : *outcomes)
                            *response->add_instances() = ToMessage(outcome);
                          done(absl::OkStatus());
                        });
    });
  }

  ServerUnaryReactor* ListElementRuns(CallbackServerContext* context,
                                      const pb::ListElementRunsRequest* request,
                                      pb::ListElementRunsResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(auto page,
                              runtime_->Elements(call.tenant, request->instance(),
                                                 ToPage(request->page_size(), request->page_token())));
      for (const runtime::ElementRun& run : page.rows) *response->add_runs() = ToMessage(run);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* ListVariableChanges(CallbackServerContext* context,
                                          const pb::ListVariableChangesRequest* request,
                                          pb::ListVariableChangesResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(auto page,
                              runtime_->Variables(call.tenant, request->instance(),
                                                  ToPage(request->page_size(), request->page_token())));
      for (const runtime::VariableRow& row : page.rows) *response->add_changes() = ToMessage(row);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* ListAudit(CallbackServerContext* context, const pb::ListAuditRequest* request,
                                pb::ListAuditResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(auto page,
                              runtime_->Audit(call.tenant, request->instance(),
                                              ToPage(request->page_size(), request->page_token())));
      for (const runtime::AuditRow& row : page.rows) *response->add_entries() = ToMessage(row);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* BeginActivity(CallbackServerContext* context, const pb::BeginActivityRequest* request,
                                    pb::BeginActivityResponse*) override {
    return Operate(context, *request, request->instance(),
                   [&] { return runtime::Operation::BeginActivity{request->activity()}; });
  }

  ServerUnaryReactor* OperateInstances(CallbackServerContext* context,
                                       const pb::OperateInstancesRequest* request,
                                       pb::OperateInstancesResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      absl::StatusOr<runtime::BulkOperation> bulk = ToBulk(*request);
      if (!bulk.ok()) return done(bulk.status());
      bulk->operation.tenant = call.tenant;
      bulk->operation.actor = call.user;
      runtime_->OperateAll(*std::move(bulk), [response, done](absl::StatusOr<runtime::BulkResult> result) {
        if (!result.ok()) return done(result.status());
        for (const runtime::BulkResult::Outcome& outcome : result->outcomes)
          *response->add_instances() = ToMessage(outcome);
        response->set_more(result->more);
        done(absl::OkStatus());
      });
    });
  }

  ServerUnaryReactor* SetRetention(CallbackServerContext* context, const pb::SetRetentionRequest* request,
                                   pb::SetRetentionResponse*) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      runtime::RetentionChange change;
      change.actor = call.user;
      change.reason = request->reason();
      change.process = request->process();
      if (request->has_keep()) {
        const int64_t seconds = request->keep().seconds();
        if (seconds < 0 || request->keep().nanos() < 0 || seconds > kLongestTimeToLive) {
          return done(absl::InvalidArgumentError(
              "keep must be between zero and a hundred years; say keep_for_ever to keep instances"));
        }
        change.keep =
            std::chrono::seconds(seconds) + std::chrono::microseconds(request->keep().nanos() / 1000);
      } else if (request->keep_for_ever() || request->clear()) {
        change.rule = request->clear() ? runtime::RetentionChange::Rule::kNone
                                       : runtime::RetentionChange::Rule::kForEver;
      } else {
        return done(absl::InvalidArgumentError("say what holds: keep, keep_for_ever or clear"));
      }
      runtime_->SetRetention(call.tenant, std::move(change), done);
    });
  }

  ServerUnaryReactor* ListRetention(CallbackServerContext* context, const pb::ListRetentionRequest* request,
                                    pb::ListRetentionResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(
          auto page, runtime_->Retention(call.tenant, ToPage(request->page_size(), request->page_token())));
      for (const runtime::RetentionRule& rule : page.rows) *response->add_rules() = ToMessage(rule);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* PurgeInstances(CallbackServerContext* context, const pb::PurgeInstancesRequest* request,
                                     pb::PurgeInstancesResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      runtime::PurgeWanted wanted;
      wanted.tenant = call.tenant;
      wanted.actor = call.user;
      wanted.reason = request->reason();
      wanted.process = request->process();
      wanted.ended_before = request->has_ended_before() ? ToTime(request->ended_before()) : WallTime::max();
      wanted.dry_run = request->dry_run();
      runtime_->Purge(std::move(wanted), [response, done](absl::StatusOr<int64_t> instances) {
        if (instances.ok()) response->set_instances(*instances);
        done(instances.status());
      });
    });
  }

  ServerUnaryReactor* ListProcesses(CallbackServerContext* context, const pb::ListProcessesRequest* request,
                                    pb::ListProcessesResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(
          auto page, runtime_->Processes(call.tenant, ToPage(request->page_size(), request->page_token())));
      for (const runtime::ProcessView& view : page.rows) *response->add_processes() = ToMessage(view);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* ListInstances(CallbackServerContext* context, const pb::ListInstancesRequest* request,
                                    pb::ListInstancesResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      if (!pb::InstanceState_IsValid(request->state())) {
        return absl::InvalidArgumentError(absl::StrCat("there is no instance state ", request->state()));
      }
      runtime::InstanceFilter filter{request->process(), std::nullopt};
      if (request->state() != pb::INSTANCE_STATE_UNSPECIFIED) {
        filter.status = static_cast<runtime::InstanceStatus>(request->state());
      }
      AMEIDE_ASSIGN_OR_RETURN(
          auto page,
          runtime_->Instances(call.tenant, filter, ToPage(request->page_size(), request->page_token())));
      for (const runtime::InstanceRow& row : page.rows) *response->add_instances() = ToMessage(row);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* GetInstance(CallbackServerContext* context, const pb::GetInstanceRequest* request,
                                  pb::Instance* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(const runtime::InstanceView view,
                              runtime_->Instance(call.tenant, request->instance()));
      *response = ToMessage(view);
      return absl::OkStatus();
    });
  }

  grpc::ServerWriteReactor<pb::Instance>* WatchInstance(CallbackServerContext* context,
                                                        const pb::WatchInstanceRequest* request) override {
    return watches_.Begin(context, *request);
  }

  ServerUnaryReactor* ListTasks(CallbackServerContext* context, const pb::ListTasksRequest* request,
                                pb::ListTasksResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(auto page,
                              runtime_->Tasks(call.tenant,
                                              {request->instance(), request->candidate_group(),
                                               request->candidate_user(), request->assignee()},
                                              ToPage(request->page_size(), request->page_token())));
      for (const runtime::TaskView& view : page.rows) *response->add_tasks() = ToMessage(view);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* ListIncidents(CallbackServerContext* context, const pb::ListIncidentsRequest* request,
                                    pb::ListIncidentsResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(
          auto page,
          runtime_->Incidents(call.tenant,
                              {request->instance(), request->process(), request->element(), request->kind()},
                              ToPage(request->page_size(), request->page_token())));
      for (const runtime::IncidentView& view : page.rows) *response->add_incidents() = ToMessage(view);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

 private:
  /// What a person does, for the audit with who and why.
  template <typename Request, typename Make>
  ServerUnaryReactor* Operate(CallbackServerContext* context, const Request& request,
                              const std::string& instance, const Make& make) {
    return AnswerLater(context, &request, [&](const Call& call, const Done& done) {
      if constexpr (requires { request.variables_json(); }) {
        if (absl::Status checked = CheckVariables(request.variables_json()); !checked.ok())
          return done(checked);
      }
      runtime::Operation operation;
      operation.tenant = call.tenant;
      operation.actor = call.user;
      operation.reason = request.reason();
      operation.instance = instance;
      operation.what = make();
      runtime_->Operate(std::move(operation), done);
    });
  }

  runtime::Runtime* const runtime_;
  InstanceWatches watches_;
};

}  // namespace

std::unique_ptr<ProcessServing> ProcessServing::Make(runtime::Runtime* runtime) {
  return std::make_unique<ProcessService>(runtime);
}

}  // namespace ameide::server
