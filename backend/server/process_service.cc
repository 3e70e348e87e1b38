#include "backend/server/process_service.h"

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

constexpr size_t kLargestVariables = 4 << 20;

absl::Status CheckVariables(const std::string& json) {
  if (json.size() <= kLargestVariables) return absl::OkStatus();
  return WithDetail(
      absl::InvalidArgumentError("variables_json has more than 4 MiB; keep large data in a domain"),
      "VARIABLES_TOO_LARGE");
}

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

  ServerUnaryReactor* CancelInstance(CallbackServerContext* context, const pb::CancelInstanceRequest* request,
                                     pb::CancelInstanceResponse*) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      runtime_->CancelInstance(call.tenant, request->instance(), done);
    });
  }

  ServerUnaryReactor* RetryIncident(CallbackServerContext* context, const pb::RetryIncidentRequest* request,
                                    pb::RetryIncidentResponse*) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      runtime_->RetryIncident(call.tenant, request->incident(), done);
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
                              runtime_->Tasks(call.tenant, {request->instance(), request->candidate_group()},
                                              ToPage(request->page_size(), request->page_token())));
      for (const runtime::TaskView& view : page.rows) *response->add_tasks() = ToMessage(view);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* ListIncidents(CallbackServerContext* context, const pb::ListIncidentsRequest* request,
                                    pb::ListIncidentsResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(auto page,
                              runtime_->Incidents(call.tenant, request->instance(),
                                                  ToPage(request->page_size(), request->page_token())));
      for (const runtime::IncidentView& view : page.rows) *response->add_incidents() = ToMessage(view);
      response->set_next_page_token(page.next_token);
      return absl::OkStatus();
    });
  }

 private:
  runtime::Runtime* const runtime_;
  InstanceWatches watches_;
};

}  // namespace

std::unique_ptr<ProcessServing> ProcessServing::Make(runtime::Runtime* runtime) {
  return std::make_unique<ProcessService>(runtime);
}

}  // namespace ameide::server
