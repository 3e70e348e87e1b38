// start, instances, instance, tasks, complete, incidents, message, signal
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ameide/process/v1/process.grpc.pb.h"
#include "app/cli/add_verb.h"
#include "app/cli/backend_client.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/process_client.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/hash.h"
#include "base/status.h"
#include "notation/feel/duration.h"

namespace ameide::cli {

namespace v1 = process::v1;
using nlohmann::ordered_json;
using v1::ProcessService;

namespace {

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
    case v1::INSTANCE_STATE_SUSPENDED:
      return "suspended";
    default:
      return "unknown";
  }
}

absl::StatusOr<v1::InstanceState> ParseState(const std::string& name) {
  if (name.empty()) return v1::INSTANCE_STATE_UNSPECIFIED;
  for (const v1::InstanceState state :
       {v1::INSTANCE_STATE_ACTIVE, v1::INSTANCE_STATE_COMPLETED, v1::INSTANCE_STATE_TERMINATED,
        v1::INSTANCE_STATE_INCIDENT, v1::INSTANCE_STATE_SUSPENDED}) {
    if (name == Name(state)) return state;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no state '", name, "'; choose active, completed, terminated, incident or suspended"));
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
  out["assignee"] = Nullable(task.assignee());
  out["owner"] = Nullable(task.owner());
  out["candidate_users"] = ordered_json::array();
  for (const std::string& user : task.candidate_users()) out["candidate_users"].push_back(user);
  out["due_at"] = Nullable(TimeText(task.due_at()));
  out["follow_up_at"] = Nullable(TimeText(task.follow_up_at()));
  out["priority"] = task.priority();
  out["variables"] = raw.Take(task.variables_json());
  return out;
}

ordered_json ToJson(const v1::Incident& incident, RawJson& raw) {
  return {{"id", incident.id()},
          {"instance", incident.instance()},
          {"process", incident.process()},
          {"element", incident.element()},
          {"kind", incident.kind()},
          {"message", incident.message()},
          {"created_at", Nullable(TimeText(incident.created_at()))},
          {"variables",
           incident.variables_json().empty() ? ordered_json(nullptr) : raw.Take(incident.variables_json())}};
}

absl::StatusOr<Exit> Start(Session& session, const std::string& process, const std::string& variables,
                           bool json) {
  AMEIDE_RETURN_IF_ERROR(CheckVariables(variables));
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::StartInstanceRequest request;
  request.set_process(process);
  request.set_variables_json(variables);
  v1::StartInstanceResponse response;
  const absl::Status status = backend.Call(&ProcessService::Stub::StartInstance, request, response);
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
  std::string user;
  std::string assignee;
  std::string element;
  std::string kind;
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
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::ListInstancesResponse response;
  const absl::Status status = backend.Call(&ProcessService::Stub::ListInstances, request, response);
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
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::GetInstanceRequest request;
  request.set_instance(id);
  v1::Instance instance;
  const absl::Status status = backend.Call(&ProcessService::Stub::GetInstance, request, instance);
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
  for (const v1::Incident& incident : instance.incidents()) out["incidents"].push_back(ToJson(incident, raw));
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
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::ListTasksRequest request;
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  request.set_instance(arguments.instance);
  request.set_candidate_group(arguments.group);
  request.set_candidate_user(arguments.user);
  request.set_assignee(arguments.assignee);
  v1::ListTasksResponse response;
  const absl::Status status = backend.Call(&ProcessService::Stub::ListTasks, request, response);
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
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::CompleteTaskRequest request;
  request.set_task(task);
  request.set_variables_json(variables);
  v1::CompleteTaskResponse response;
  const absl::Status status = backend.Call(&ProcessService::Stub::CompleteTask, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (json) {
    session.console().Json({{"task", task}, {"completed", true}});
  } else {
    session.console().Line(absl::StrCat("completed ", task));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Incidents(Session& session, const ListArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::ListIncidentsRequest request;
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  request.set_instance(arguments.instance);
  request.set_process(arguments.process);
  request.set_element(arguments.element);
  request.set_kind(arguments.kind);
  v1::ListIncidentsResponse response;
  const absl::Status status = backend.Call(&ProcessService::Stub::ListIncidents, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    RawJson raw(session.random());
    ordered_json list = ordered_json::array();
    for (const v1::Incident& incident : response.incidents()) list.push_back(ToJson(incident, raw));
    raw.Print(session.console(), {{"incidents", list}, {"next", Nullable(response.next_page_token())}});
    return Exit::kSuccess;
  }
  for (const v1::Incident& incident : response.incidents()) {
    session.console().Line(absl::StrCat(incident.id(), "  ", incident.process(), "  ", incident.element(),
                                        ": ", incident.message(), "  ", incident.instance()));
  }
  return Exit::kSuccess;
}

struct SendArguments {
  std::string name;
  std::optional<std::string> key;
  std::string variables;
  std::string time_to_live;
  std::string id;
  bool json = false;
};

absl::StatusOr<Exit> SendMessage(Session& session, const SendArguments& arguments) {
  AMEIDE_RETURN_IF_ERROR(CheckVariables(arguments.variables));
  v1::PublishMessageRequest request;
  request.set_name(arguments.name);
  if (arguments.key) request.set_correlation_key(*arguments.key);
  request.set_variables_json(arguments.variables);
  request.set_message_id(arguments.id);
  if (!arguments.time_to_live.empty()) {
    const absl::StatusOr<feel::IsoDuration> duration = feel::ParseIsoDuration(arguments.time_to_live);
    if (!duration.ok() || duration->months.months != 0) {
      return absl::InvalidArgumentError(absl::StrCat("--ttl ", arguments.time_to_live,
                                                     " is no ISO 8601 duration of days or less, like PT1H"));
    }
    request.mutable_time_to_live()->set_seconds(duration->time.seconds);
    request.mutable_time_to_live()->set_nanos(static_cast<int32_t>(duration->time.nanos));
  }
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::PublishMessageResponse response;
  const absl::Status status = backend.Call(&ProcessService::Stub::PublishMessage, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    session.console().Json({{"message", arguments.name}, {"instance", Nullable(response.instance())}});
  } else {
    session.console().Line(response.instance().empty()
                               ? absl::StrCat("sent ", arguments.name, "; nobody waits for it yet")
                               : absl::StrCat("sent ", arguments.name, " to ", response.instance()));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> SendSignal(Session& session, const SendArguments& arguments) {
  AMEIDE_RETURN_IF_ERROR(CheckVariables(arguments.variables));
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::BroadcastSignalRequest request;
  request.set_name(arguments.name);
  request.set_variables_json(arguments.variables);
  request.set_idempotency_key(arguments.id);
  v1::BroadcastSignalResponse response;
  const absl::Status status = backend.Call(&ProcessService::Stub::BroadcastSignal, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    session.console().Json({{"signal", arguments.name}, {"receivers", response.receivers()}});
  } else {
    session.console().Line(
        absl::StrCat("signalled ", arguments.name, " to ", response.receivers(), " that waited"));
  }
  return Exit::kSuccess;
}

void AddSendVerbs(CLI::App& app, Session& session) {
  const auto message = std::make_shared<SendArguments>();
  CLI::App* send = AddVerb(app, "message", "Send a message to the one instance or process that waits for it",
                           session, message, SendMessage);
  send->add_option("NAME", message->name, "The message's name in the model")->required();
  send->add_option("--key", message->key, "Correlation key");
  send->add_option("--vars", message->variables, "What it brings, a JSON object");
  send->add_option(
      "--ttl", message->time_to_live,
      "How long it is kept when nobody waits yet, like PT1H; PT0S: not at all (default: for ever)");
  send->add_option("--id", message->id, "Equal ids are one message, however often it is sent");

  const auto signal = std::make_shared<SendArguments>();
  CLI::App* broadcast =
      AddVerb(app, "signal", "Give a signal to everybody who waits for it now", session, signal, SendSignal);
  broadcast->add_option("NAME", signal->name, "The signal's name in the model")->required();
  broadcast->add_option("--vars", signal->variables, "What it brings, a JSON object");
  broadcast->add_option("--id", signal->id, "Equal ids are one signal, however often it is sent");
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
  instances->add_option("--state", list->state, "active, completed, terminated, incident or suspended");
  instances->add_option("--process", list->process, "Only of this process");
  AddPaging(instances, *list);
  instances->callback([&session, list] { session.Finish(Instances(session, *list)); });

  CLI::App* tasks = app.add_subcommand("tasks", "Open user tasks, oldest first");
  tasks->add_option("--instance", list->instance, "Only of this instance");
  tasks->add_option("--group", list->group, "Only those that this group may take");
  tasks->add_option("--user", list->user, "Only those that this person may take");
  tasks->add_option("--assignee", list->assignee, "Only those that are this person's");
  AddPaging(tasks, *list);
  tasks->callback([&session, list] { session.Finish(Tasks(session, *list)); });

  CLI::App* incidents = app.add_subcommand("incidents", "What stopped and needs somebody, oldest first");
  incidents->add_option("--instance", list->instance, "Only of this instance");
  incidents->add_option("--process", list->process, "Only of this process");
  incidents->add_option("--element", list->element, "Only at this element");
  incidents->add_option("--kind", list->kind, "Only of this kind: job, expression, flow, error");
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
  AddSendVerbs(app, session);

  CLI::App* complete = app.add_subcommand("complete", "Complete a user task");
  complete->add_option("TASK", arguments->id, "As tasks shows it")->required();
  complete->add_option("--vars", arguments->variables, "Its results, a JSON object");
  complete->add_flag("--json", arguments->json, "Print the result as JSON");
  complete->callback([&session, arguments] {
    session.Finish(Complete(session, arguments->id, arguments->variables, arguments->json));
  });
}

}  // namespace ameide::cli
