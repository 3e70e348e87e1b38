#include "app/workbench/backend_calls.h"

#include "ameide/process/v1/process.grpc.pb.h"
#include "app/workbench/unary_call.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

using process::v1::ProcessService;

constexpr int kPage = 500;

}  // namespace

absl::StatusOr<std::vector<process::v1::Process>> ListProcesses(const connection::Connection& backend) {
  process::v1::ListProcessesRequest request;
  request.set_page_size(kPage);
  std::vector<process::v1::Process> processes;
  do {
    AMEIDE_ASSIGN_OR_RETURN(
        const auto page, CallUnary<ProcessService>(backend, &ProcessService::Stub::ListProcesses, request));
    processes.insert(processes.end(), page.processes().begin(), page.processes().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return processes;
}

absl::StatusOr<process::v1::Instance> GetInstance(const connection::Connection& backend,
                                                  const std::string& instance) {
  process::v1::GetInstanceRequest request;
  request.set_instance(instance);
  return CallUnary<ProcessService>(backend, &ProcessService::Stub::GetInstance, request);
}

absl::StatusOr<std::string> StartInstance(const connection::Connection& backend, const std::string& process,
                                          const std::string& variables_json,
                                          const std::string& idempotency_key) {
  process::v1::StartInstanceRequest request;
  request.set_process(process);
  request.set_variables_json(variables_json);
  request.set_idempotency_key(idempotency_key);
  AMEIDE_ASSIGN_OR_RETURN(const auto response,
                          CallUnary<ProcessService>(backend, &ProcessService::Stub::StartInstance, request));
  return response.instance();
}

absl::Status CompleteTask(const connection::Connection& backend, const std::string& task,
                          const std::string& variables_json, const std::string& idempotency_key) {
  process::v1::CompleteTaskRequest request;
  request.set_task(task);
  request.set_variables_json(variables_json);
  request.set_idempotency_key(idempotency_key);
  return CallUnary<ProcessService>(backend, &ProcessService::Stub::CompleteTask, request).status();
}

absl::Status CancelInstance(const connection::Connection& backend, const std::string& instance) {
  process::v1::CancelInstanceRequest request;
  request.set_instance(instance);
  return CallUnary<ProcessService>(backend, &ProcessService::Stub::CancelInstance, request).status();
}

absl::Status RetryIncident(const connection::Connection& backend, const std::string& incident) {
  process::v1::RetryIncidentRequest request;
  request.set_incident(incident);
  return CallUnary<ProcessService>(backend, &ProcessService::Stub::RetryIncident, request).status();
}

}  // namespace ameide::workbench
