#include "app/workbench/run_calls.h"

#include "ameide/process/v1/process.grpc.pb.h"
#include "ameide/publish/v1/publish.grpc.pb.h"
#include "app/workbench/backend_calls.h"
#include "app/workbench/unary_call.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

using process::v1::ProcessService;
using publish::v1::PublishService;

constexpr int kPage = 500;
constexpr size_t kMostRows = 5000;

}  // namespace

absl::StatusOr<std::vector<process::v1::InstanceSummary>> FindInstances(const connection::Connection& backend,
                                                                        const InstanceQuery& query) {
  std::vector<process::v1::InstanceSummary> found;
  if (!query.id.empty()) {
    const absl::StatusOr<process::v1::Instance> one = GetInstance(backend, query.id);
    if (one.ok()) found.push_back(one->summary());
    return found;
  }
  process::v1::ListInstancesRequest request;
  request.set_page_size(std::min(query.most, kPage));
  request.set_process(query.process);
  request.set_state(query.state);
  AMEIDE_ASSIGN_OR_RETURN(const auto page,
                          CallUnary<ProcessService>(backend, &ProcessService::Stub::ListInstances, request));
  found.assign(page.instances().begin(), page.instances().end());
  return found;
}

absl::StatusOr<std::vector<DeployedVersion>> ListVersions(const connection::Connection& backend) {
  publish::v1::ListBundlesRequest request;
  request.set_page_size(kPage);
  AMEIDE_ASSIGN_OR_RETURN(const auto page,
                          CallUnary<PublishService>(backend, &PublishService::Stub::ListBundles, request));
  std::vector<DeployedVersion> versions;
  for (const publish::v1::Bundle& bundle : page.bundles()) {
    for (const publish::v1::PublishedProcess& process : bundle.processes())
      versions.push_back({process.process(), process.version(), bundle.deployed_at(), bundle.publisher()});
  }
  return versions;
}

absl::StatusOr<std::vector<process::v1::ElementRun>> ListElementRuns(const connection::Connection& backend,
                                                                     const std::string& instance) {
  process::v1::ListElementRunsRequest request;
  request.set_instance(instance);
  request.set_page_size(kPage);
  std::vector<process::v1::ElementRun> runs;
  do {
    AMEIDE_ASSIGN_OR_RETURN(
        const auto page, CallUnary<ProcessService>(backend, &ProcessService::Stub::ListElementRuns, request));
    runs.insert(runs.end(), page.runs().begin(), page.runs().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && runs.size() < kMostRows);
  return runs;
}

absl::StatusOr<std::vector<process::v1::ElementRun>> ListElementRunsOf(const connection::Connection& backend,
                                                                       const std::string& process, int most) {
  InstanceQuery query;
  query.process = process;
  query.most = most;
  AMEIDE_ASSIGN_OR_RETURN(const auto instances, FindInstances(backend, query));
  std::vector<process::v1::ElementRun> all;
  for (const process::v1::InstanceSummary& instance : instances) {
    const absl::StatusOr<std::vector<process::v1::ElementRun>> runs = ListElementRuns(backend, instance.id());
    if (absl::IsNotFound(runs.status())) continue;  // it went meanwhile
    AMEIDE_RETURN_IF_ERROR(runs.status());
    all.insert(all.end(), runs->begin(), runs->end());
  }
  return all;
}

absl::StatusOr<std::vector<process::v1::VariableChange>> ListVariableChanges(
    const connection::Connection& backend, const std::string& instance) {
  process::v1::ListVariableChangesRequest request;
  request.set_instance(instance);
  request.set_page_size(kPage);
  std::vector<process::v1::VariableChange> changes;
  do {
    AMEIDE_ASSIGN_OR_RETURN(
        const auto page,
        CallUnary<ProcessService>(backend, &ProcessService::Stub::ListVariableChanges, request));
    changes.insert(changes.end(), page.changes().begin(), page.changes().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && changes.size() < kMostRows);
  return changes;
}

absl::Status SetVariables(const connection::Connection& backend, const std::string& instance,
                          const std::string& element, const std::string& variables_json) {
  process::v1::SetVariablesRequest request;
  request.set_instance(instance);
  request.set_element(element);
  request.set_variables_json(variables_json);
  return CallUnary<ProcessService>(backend, &ProcessService::Stub::SetVariables, request).status();
}

absl::Status SkipIncident(const connection::Connection& backend, const std::string& incident,
                          const std::string& variables_json) {
  process::v1::SkipElementRequest request;
  request.set_incident(incident);
  request.set_variables_json(variables_json);
  return CallUnary<ProcessService>(backend, &ProcessService::Stub::SkipElement, request).status();
}

}  // namespace ameide::workbench
