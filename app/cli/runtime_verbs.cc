// start, instances, instance, tasks, complete, cancel, incidents, retry
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ameide/process/v1/process.grpc.pb.h"
#include "app/cli/backend_client.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/hash.h"
#include "base/status.h"

namespace ameide::cli {

namespace v1 = process::v1;
using nlohmann::ordered_json;
using v1::ProcessService;

namespace {

// A verb's connection and stub.
struct Backend {
  std::unique_ptr<connection::Connection> connection;
  std::unique_ptr<ProcessService::Stub> stub;
};

absl::StatusOr<Backend> ConnectToProcesses() {
  Backend backend;
  AMEIDE_ASSIGN_OR_RETURN(backend.connection, ConnectToBackend(StartBackend::kIfMissing));
  backend.stub = ProcessService::NewStub(backend.connection->channel());
  return backend;
}

// Variables keep every digit of their numbers: their JSON text is put into the result as it came.
class RawJson {
 public:
  explicit RawJson(Random& random) : mark_(HexEncode(random.Bytes(16))) {}

  ordered_json Take(const std::string& text) {
    const std::string name = absl::StrCat(mark_, texts_.size());
    texts_.emplace(absl::StrCat("\"", name, "\""), ordered_json::accept(text) ? text : std::string("{}"));
    return name;
  }
  void Print(const Console& console, const ordered_json& value) const {
    std::string text = value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    console.Bytes(absl::StrCat(absl::StrReplaceAll(text, texts_), "\n"));
  }

 private:
  std::string mark_;
  std::map<std::string, std::string> texts_;
};

std::string_view Name(v1::InstanceState state) {
  switch (state) {
    case v1::INSTANCE_STATE_ACTIVE:
      return "active";
    case v1::INSTANCE_STATE_COMPLETED:
      return "completed";
    case v1::INSTANCE_STATE_TERMINATED:
      return "terminated";
    case v1::INSTANCE_STATE_INCIDENT:
      return "incident";
    default:
      return "unknown";
  }
}

absl::StatusOr<v1::InstanceState> ParseState(const std::string& name) {
  if (name.empty()) return v1::INSTANCE_STATE_UNSPECIFIED;
  for (const v1::InstanceState state : {v1::INSTANCE_STATE_ACTIVE, v1::INSTANCE_STATE_COMPLETED,
                                        v1::INSTANCE_STATE_TERMINATED, v1::INSTANCE_STATE_INCIDENT}) {
    if (name == Name(state)) return state;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no state '", name, "'; choose active, completed, terminated or incident"));
}

ordered_json Nullable(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json ToJson(const v1::InstanceSummary& instance) {
  return {{"id", instance.id()},
          {"process", instance.process()},
          {"state", Name(instance.state())},
          {"version", instance.version()},
          {"started_at", Nullable(TimeText(instance.started_at()))},
          {"ended_at", Nullable(TimeText(instance.ended_at()))},
          {"incidents", instance.incidents()}};
}

ordered_json ToJson(const v1::Task& task, RawJson& raw) {
  ordered_json out = {{"id", task.id()},           {"instance", task.instance()},
                      {"process", task.process()}, {"element", task.element()},
                      {"name", task.name()},       {"form", Nullable(task.form())}};
  out["candidate_groups"] = ordered_json::array();
  for (const std::string& group : task.candidate_groups()) out["candidate_groups"].push_back(group);
  out["created_at"] = Nullable(TimeText(task.created_at()));
  out["variables"] = raw.Take(task.variables_json());
  return out;
}

ordered_json ToJson(const v1::Incident& incident) {
  return {{"id", incident.id()},
          {"instance", incident.instance()},
          {"process", incident.process()},
          {"element", incident.element()},
          {"kind", incident.kind()},
          {"message", incident.message()},
          {"created_at", Nullable(TimeText(incident.created_at()))}};
}

absl::Status CheckVariables(const std::string& text) {
  if (text.empty()) return absl::OkStatus();
  const ordered_json value = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_object()) return absl::OkStatus();
  return absl::InvalidArgumentError("--vars must be a JSON object, like {\"amount\": 12}");
}

absl::StatusOr<Exit> Start(Session& session, const std::string& process, const std::string& variables,
                           bool json) {
  AMEIDE_RETURN_IF_ERROR(CheckVariables(variables));
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::StartInstanceRequest request;
  request.set_process(process);
  request.set_variables_json(variables);
  v1::StartInstanceResponse response;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::StartInstance, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (json) {
    session.console().Json({{"instance", response.instance()}});
  } else {
    session.console().Line(absl::StrCat("started ", response.instance()));
  }
  return Exit::kSuccess;
}

struct ListArguments {
  std::string state;
  std::string process;
  std::string instance;
  std::string group;
  int limit = 50;
  std::string after;
  bool json = false;
};

absl::StatusOr<Exit> Instances(Session& session, const ListArguments& arguments) {
  v1::ListInstancesRequest request;
  AMEIDE_ASSIGN_OR_RETURN(const v1::InstanceState state, ParseState(arguments.state));
  request.set_state(state);
  request.set_process(arguments.process);
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::ListInstancesResponse response;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::ListInstances, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    ordered_json list = ordered_json::array();
    for (const v1::InstanceSummary& instance : response.instances()) list.push_back(ToJson(instance));
    session.console().Json({{"instances", list}, {"next", Nullable(response.next_page_token())}});
    return Exit::kSuccess;
  }
  for (const v1::InstanceSummary& instance : response.instances()) {
    session.console().Line(absl::StrCat(instance.id(), "  ", std::string(Name(instance.state())), "  ",
                                        instance.process(), " v", instance.version(), "  ",
                                        TimeText(instance.started_at())));
  }
  if (!response.next_page_token().empty()) {
    session.console().Note(absl::StrCat("more with: --after ", response.next_page_token()));
  }
  return Exit::kSuccess;
}

void PrintInstance(const Console& console, const v1::Instance& instance) {
  const v1::InstanceSummary& summary = instance.summary();
  console.Line(absl::StrCat("instance  ", summary.id()));
  console.Line(absl::StrCat("process   ", summary.process(), " v", summary.version()));
  console.Line(absl::StrCat("state     ", std::string(Name(summary.state()))));
  console.Line(absl::StrCat("started   ", TimeText(summary.started_at())));
  if (summary.has_ended_at()) console.Line(absl::StrCat("ended     ", TimeText(summary.ended_at())));
  for (const v1::ElementTokens& tokens : instance.tokens()) {
    console.Line(absl::StrCat("at        ", tokens.element(), " (", tokens.count(), ")"));
  }
  for (const v1::Task& task : instance.tasks()) {
    console.Line(
        absl::StrCat("task      ", task.id(), "  ", task.name().empty() ? task.element() : task.name()));
  }
  for (const v1::Incident& incident : instance.incidents()) {
    console.Line(
        absl::StrCat("incident  ", incident.id(), "  ", incident.element(), ": ", incident.message()));
  }
  console.Line(absl::StrCat("variables ", instance.variables_json()));
}

absl::StatusOr<Exit> ShowInstance(Session& session, const std::string& id, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::GetInstanceRequest request;
  request.set_instance(id);
  v1::Instance instance;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::GetInstance, request, instance);
  if (!status.ok()) return Failed(session.console(), status);
  if (!json) {
    PrintInstance(session.console(), instance);
    return Exit::kSuccess;
  }
  RawJson raw(session.random());
  ordered_json out = ToJson(instance.summary());
  out["tokens"] = ordered_json::array();
  for (const v1::ElementTokens& tokens : instance.tokens()) {
    out["tokens"].push_back({{"element", tokens.element()}, {"count", tokens.count()}});
  }
  out["variables"] = raw.Take(instance.variables_json());
  out["incidents"] = ordered_json::array();
  for (const v1::Incident& incident : instance.incidents()) out["incidents"].push_back(ToJson(incident));
  out["tasks"] = ordered_json::array();
  for (const v1::Task& task : instance.tasks()) out["tasks"].push_back(ToJson(task, raw));
  out["history"] = ordered_json::array();
  for (const v1::HistoryEntry& entry : instance.history()) {
    out["history"].push_back({{"number", entry.number()},
                              {"element", entry.element()},
                              {"event", entry.event()},
                              {"at", Nullable(TimeText(entry.at()))}});
  }
  raw.Print(session.console(), out);
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Tasks(Session& session, const ListArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::ListTasksRequest request;
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  request.set_instance(arguments.instance);
  request.set_candidate_group(arguments.group);
  v1::ListTasksResponse response;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::ListTasks, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    RawJson raw(session.random());
    ordered_json list = ordered_json::array();
    for (const v1::Task& task : response.tasks()) list.push_back(ToJson(task, raw));
    raw.Print(session.console(), {{"tasks", list}, {"next", Nullable(response.next_page_token())}});
    return Exit::kSuccess;
  }
  for (const v1::Task& task : response.tasks()) {
    session.console().Line(absl::StrCat(task.id(), "  ", task.name().empty() ? task.element() : task.name(),
                                        "  of ", task.process(), "  ", task.instance()));
  }
  if (!response.next_page_token().empty()) {
    session.console().Note(absl::StrCat("more with: --after ", response.next_page_token()));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Complete(Session& session, const std::string& task, const std::string& variables,
                              bool json) {
  AMEIDE_RETURN_IF_ERROR(CheckVariables(variables));
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::CompleteTaskRequest request;
  request.set_task(task);
  request.set_variables_json(variables);
  v1::CompleteTaskResponse response;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::CompleteTask, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (json) {
    session.console().Json({{"task", task}, {"completed", true}});
  } else {
    session.console().Line(absl::StrCat("completed ", task));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Cancel(Session& session, const std::string& instance, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::CancelInstanceRequest request;
  request.set_instance(instance);
  v1::CancelInstanceResponse response;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::CancelInstance, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (json) {
    session.console().Json({{"instance", instance}, {"canceled", true}});
  } else {
    session.console().Line(absl::StrCat("canceled ", instance));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Incidents(Session& session, const ListArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::ListIncidentsRequest request;
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  request.set_instance(arguments.instance);
  v1::ListIncidentsResponse response;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::ListIncidents, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    ordered_json list = ordered_json::array();
    for (const v1::Incident& incident : response.incidents()) list.push_back(ToJson(incident));
    session.console().Json({{"incidents", list}, {"next", Nullable(response.next_page_token())}});
    return Exit::kSuccess;
  }
  for (const v1::Incident& incident : response.incidents()) {
    session.console().Line(absl::StrCat(incident.id(), "  ", incident.process(), "  ", incident.element(),
                                        ": ", incident.message(), "  ", incident.instance()));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Retry(Session& session, const std::string& incident, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const Backend backend, ConnectToProcesses());
  v1::RetryIncidentRequest request;
  request.set_incident(incident);
  v1::RetryIncidentResponse response;
  const absl::Status status =
      Call(*backend.connection, *backend.stub, &ProcessService::Stub::RetryIncident, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (json) {
    session.console().Json({{"incident", incident}, {"retried", true}});
  } else {
    session.console().Line(absl::StrCat("trying again: ", incident));
  }
  return Exit::kSuccess;
}

void AddPaging(CLI::App* command, ListArguments& arguments) {
  command->add_option("--limit", arguments.limit, "At most so many")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  command->add_option("--after", arguments.after, "Go on behind a page: its `next`");
  command->add_flag("--json", arguments.json, "Print the result as JSON");
}

void AddListVerbs(CLI::App& app, Session& session) {
  const auto list = std::make_shared<ListArguments>();
  CLI::App* instances = app.add_subcommand("instances", "Instances of processes, newest first");
  instances->add_option("--state", list->state, "active, completed, terminated or incident");
  instances->add_option("--process", list->process, "Only of this process");
  AddPaging(instances, *list);
  instances->callback([&session, list] { session.Finish(Instances(session, *list)); });

  CLI::App* tasks = app.add_subcommand("tasks", "Open user tasks, oldest first");
  tasks->add_option("--instance", list->instance, "Only of this instance");
  tasks->add_option("--group", list->group, "Only those that this group may take");
  AddPaging(tasks, *list);
  tasks->callback([&session, list] { session.Finish(Tasks(session, *list)); });

  CLI::App* incidents = app.add_subcommand("incidents", "What stopped and needs somebody, oldest first");
  incidents->add_option("--instance", list->instance, "Only of this instance");
  AddPaging(incidents, *list);
  incidents->callback([&session, list] { session.Finish(Incidents(session, *list)); });
}

}  // namespace

void AddRuntimeVerbs(CLI::App& app, Session& session) {
  struct Arguments {
    std::string id;
    std::string variables;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* start = app.add_subcommand("start", "Start an instance of a published process");
  start->add_option("PROCESS", arguments->id, "The process's id")->required();
  start->add_option("--vars", arguments->variables, "Variables, a JSON object");
  start->add_flag("--json", arguments->json, "Print the result as JSON");
  start->callback([&session, arguments] {
    session.Finish(Start(session, arguments->id, arguments->variables, arguments->json));
  });

  CLI::App* instance = app.add_subcommand("instance", "One instance: tokens, variables, tasks, incidents");
  instance->add_option("ID", arguments->id, "As instances shows it")->required();
  instance->add_flag("--json", arguments->json, "Print the result as JSON");
  instance->callback(
      [&session, arguments] { session.Finish(ShowInstance(session, arguments->id, arguments->json)); });

  AddListVerbs(app, session);

  CLI::App* complete = app.add_subcommand("complete", "Complete a user task");
  complete->add_option("TASK", arguments->id, "As tasks shows it")->required();
  complete->add_option("--vars", arguments->variables, "Its results, a JSON object");
  complete->add_flag("--json", arguments->json, "Print the result as JSON");
  complete->callback([&session, arguments] {
    session.Finish(Complete(session, arguments->id, arguments->variables, arguments->json));
  });

  CLI::App* cancel = app.add_subcommand("cancel", "End an instance and everything that waits in it");
  cancel->add_option("ID", arguments->id, "The instance")->required();
  cancel->add_flag("--json", arguments->json, "Print the result as JSON");
  cancel->callback(
      [&session, arguments] { session.Finish(Cancel(session, arguments->id, arguments->json)); });

  CLI::App* retry = app.add_subcommand("retry", "Try again what an incident stopped");
  retry->add_option("INCIDENT", arguments->id, "As incidents shows it")->required();
  retry->add_flag("--json", arguments->json, "Print the result as JSON");
  retry->callback([&session, arguments] { session.Finish(Retry(session, arguments->id, arguments->json)); });
}

}  // namespace ameide::cli
