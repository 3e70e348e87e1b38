// cancel, retry, skip, begin, suspend, resume, modify, migrate, claim, assign, elements, audit
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "app/cli/add_verb.h"
#include "app/cli/bulk.h"
#include "app/cli/console.h"
#include "app/cli/process_client.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"

namespace ameide::cli {

namespace v1 = process::v1;
using nlohmann::ordered_json;
using Stub = v1::ProcessService::Stub;

namespace {

/// Prints what was done: `{"KEY": ID, "DONE": true}`, or a line.
Exit TellDone(Session& session, bool json, const std::string& key, const std::string& id,
              const std::string& done) {
  if (json) {
    session.console().Json({{key, id}, {done, true}});
  } else {
    session.console().Line(absl::StrCat(done, " ", id));
  }
  return Exit::kSuccess;
}

/// A call that names an instance and answers nothing.
template <typename Request, typename Response>
absl::StatusOr<Exit> OnInstance(Session& session, const BulkArguments& arguments,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const std::string& done) {
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  Request request;
  request.set_instance(arguments.instances[0]);
  request.set_reason(arguments.reason);
  Response response;
  const absl::Status status = backend.Call(method, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  return TellDone(session, arguments.json, "instance", arguments.instances[0], done);
}

absl::StatusOr<Exit> Cancel(Session& session, const BulkArguments& arguments) {
  if (arguments.IsOne()) return OnInstance(session, arguments, &Stub::CancelInstance, "canceled");
  v1::OperateInstancesRequest request;
  request.mutable_cancel();
  return RunBulk(session, arguments, std::move(request), "canceled");
}
absl::StatusOr<Exit> Suspend(Session& session, const BulkArguments& arguments) {
  if (arguments.IsOne()) return OnInstance(session, arguments, &Stub::SuspendInstance, "suspended");
  v1::OperateInstancesRequest request;
  request.mutable_suspend();
  return RunBulk(session, arguments, std::move(request), "suspended");
}
absl::StatusOr<Exit> Resume(Session& session, const BulkArguments& arguments) {
  if (arguments.IsOne()) return OnInstance(session, arguments, &Stub::ResumeInstance, "resumed");
  v1::OperateInstancesRequest request;
  request.mutable_resume();
  return RunBulk(session, arguments, std::move(request), "resumed");
}

struct BeginArguments : BulkArguments {
  std::string activity;
};

absl::StatusOr<Exit> Begin(Session& session, const BeginArguments& arguments) {
  v1::OperateInstancesRequest request;
  request.mutable_begin()->set_activity(arguments.activity);
  return RunBulk(session, arguments, std::move(request), "begun");
}

struct RetryArguments {
  std::string incident;
  bool all = false;
  bool as_new = false;
  std::string instance, process, element, kind;
  std::string reason;
  bool dry_run = false;
  bool json = false;
};

absl::StatusOr<Exit> Retry(Session& session, const RetryArguments& arguments) {
  if (arguments.incident.empty() == !arguments.all) {
    return absl::InvalidArgumentError("name one incident, or say --all, with filters as you like");
  }
  if (arguments.dry_run && !arguments.all) return absl::InvalidArgumentError("--dry-run goes with --all");
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  if (!arguments.all) {
    v1::RetryIncidentRequest request;
    request.set_incident(arguments.incident);
    request.set_as_new(arguments.as_new);
    request.set_reason(arguments.reason);
    v1::RetryIncidentResponse response;
    const absl::Status status = backend.Call(&Stub::RetryIncident, request, response);
    if (!status.ok()) return Failed(session.console(), status);
    return TellDone(session, arguments.json, "incident", arguments.incident, "retried");
  }
  v1::RetryIncidentsRequest request;
  request.set_instance(arguments.instance);
  request.set_process(arguments.process);
  request.set_element(arguments.element);
  request.set_kind(arguments.kind);
  request.set_reason(arguments.reason);
  request.set_dry_run(arguments.dry_run);
  v1::RetryIncidentsResponse response;
  const absl::Status status = backend.Call(&Stub::RetryIncidents, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    session.console().Json(
        {{"retried", response.retried()}, {"failed", response.failed()}, {"dry_run", arguments.dry_run}});
  } else {
    session.console().Line(absl::StrCat(arguments.dry_run ? "can be tried again: " : "trying again: ",
                                        response.retried(), ", not possible: ", response.failed()));
  }
  return response.failed() > 0 ? Exit::kFinding : Exit::kSuccess;
}

struct SkipArguments : BulkArguments {
  std::string incident, instance, element;
  std::string variables;
};

absl::StatusOr<Exit> Skip(Session& session, const SkipArguments& arguments) {
  AMEIDE_RETURN_IF_ERROR(CheckVariables(arguments.variables));
  if (arguments.all) {
    if (arguments.element.empty()) return absl::InvalidArgumentError("--all needs --element");
    v1::OperateInstancesRequest request;
    request.mutable_skip()->set_element(arguments.element);
    request.mutable_skip()->set_variables_json(arguments.variables);
    return RunBulk(session, arguments, std::move(request), "skipped");
  }
  if (arguments.dry_run) return absl::InvalidArgumentError("--dry-run goes with --all");
  const bool by_element = !arguments.instance.empty() && !arguments.element.empty();
  if (arguments.incident.empty() == !by_element) {
    return absl::InvalidArgumentError(
        "name one incident, or --instance and --element, or --all and --element");
  }
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::SkipElementRequest request;
  request.set_incident(arguments.incident);
  request.set_instance(arguments.instance);
  request.set_element(arguments.element);
  request.set_variables_json(arguments.variables);
  request.set_reason(arguments.reason);
  v1::SkipElementResponse response;
  const absl::Status status = backend.Call(&Stub::SkipElement, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  return TellDone(session, arguments.json, by_element ? "element" : "incident",
                  by_element ? arguments.element : arguments.incident, "skipped");
}

struct ModifyArguments : BulkArguments {
  std::vector<std::string> end, begin;
  std::string variables;
  std::string at;
};

/// The same for many: variables first, then tokens.
absl::StatusOr<Exit> ModifyMany(Session& session, const ModifyArguments& arguments) {
  const bool moves = !arguments.end.empty() || !arguments.begin.empty();
  if (moves && !arguments.variables.empty()) {
    return absl::InvalidArgumentError(
        "of several instances move tokens or set variables, one after the other");
  }
  v1::OperateInstancesRequest request;
  if (moves) {
    for (const std::string& element : arguments.end) request.mutable_modify()->add_end(element);
    for (const std::string& element : arguments.begin) request.mutable_modify()->add_begin(element);
  } else {
    request.mutable_set()->set_element(arguments.at);
    request.mutable_set()->set_variables_json(arguments.variables);
  }
  return RunBulk(session, arguments, std::move(request), "modified");
}

absl::StatusOr<Exit> Modify(Session& session, const ModifyArguments& arguments) {
  AMEIDE_RETURN_IF_ERROR(CheckVariables(arguments.variables));
  const bool moves = !arguments.end.empty() || !arguments.begin.empty();
  if (!moves && arguments.variables.empty()) {
    return absl::InvalidArgumentError("say what to change: --end ELEMENT, --begin ELEMENT, --vars JSON");
  }
  if (!arguments.IsOne()) return ModifyMany(session, arguments);
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  // Variables first: what begins may need them.
  if (!arguments.variables.empty()) {
    v1::SetVariablesRequest request;
    request.set_instance(arguments.instances[0]);
    request.set_element(arguments.at);
    request.set_variables_json(arguments.variables);
    request.set_reason(arguments.reason);
    v1::SetVariablesResponse response;
    const absl::Status status = backend.Call(&Stub::SetVariables, request, response);
    if (!status.ok()) return Failed(session.console(), status);
  }
  if (moves) {
    v1::ModifyInstanceRequest request;
    request.set_instance(arguments.instances[0]);
    for (const std::string& element : arguments.end) request.add_end(element);
    for (const std::string& element : arguments.begin) request.add_begin(element);
    request.set_reason(arguments.reason);
    v1::ModifyInstanceResponse response;
    const absl::Status status = backend.Call(&Stub::ModifyInstance, request, response);
    if (!status.ok()) return Failed(session.console(), status);
  }
  return TellDone(session, arguments.json, "instance", arguments.instances[0], "modified");
}

struct MigrateArguments {
  std::string process;
  std::vector<std::string> instances;
  std::vector<std::string> renamed;
  int64_t version = 0;
  bool dry_run = false;
  std::string reason;
  bool json = false;
};

absl::StatusOr<Exit> Migrate(Session& session, const MigrateArguments& arguments) {
  v1::MigrateInstancesRequest request;
  request.set_process(arguments.process);
  for (const std::string& instance : arguments.instances) request.add_instances(instance);
  request.set_version(arguments.version);
  request.set_dry_run(arguments.dry_run);
  request.set_reason(arguments.reason);
  for (const std::string& text : arguments.renamed) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      return absl::InvalidArgumentError(absl::StrCat("--map ", text, " must be --map OLD=NEW"));
    }
    v1::RenamedElement* const renamed = request.add_renamed();
    renamed->set_from(text.substr(0, equals));
    renamed->set_to(text.substr(equals + 1));
  }
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::MigrateInstancesResponse response;
  const absl::Status status = backend.Call(&Stub::MigrateInstances, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  bool all = true;
  ordered_json list = ordered_json::array();
  for (const v1::MigratedInstance& instance : response.instances()) {
    all = all && instance.migrated();
    if (arguments.json) {
      list.push_back({{"id", instance.instance()},
                      {"migrated", instance.migrated()},
                      {"from", instance.from_version()},
                      {"to", instance.to_version()},
                      {"message", Nullable(instance.message())}});
    } else if (instance.migrated()) {
      session.console().Line(
          absl::StrCat(instance.instance(), arguments.dry_run ? "  can go over" : "  went over",
                       " from version ", instance.from_version(), " to ", instance.to_version()));
    } else {
      session.console().Line(absl::StrCat(instance.instance(), "  stays: ", instance.message()));
    }
  }
  if (arguments.json) session.console().Json({{"instances", list}, {"dry_run", arguments.dry_run}});
  return all ? Exit::kSuccess : Exit::kFinding;
}

struct AssignArguments : BulkArguments {
  std::string task;
  std::string user;
  std::string owner;
  std::string element;
};

absl::StatusOr<Exit> SetAssignee(Session& session, const AssignArguments& arguments, bool claim) {
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::AssignTaskRequest request;
  request.set_task(arguments.task);
  request.set_assignee(arguments.user);
  request.set_owner(arguments.owner);
  request.set_only_if_free(claim);
  request.set_reason(arguments.reason);
  v1::AssignTaskResponse response;
  const absl::Status status = backend.Call(&Stub::AssignTask, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    session.console().Json({{"task", arguments.task},
                            {"assignee", Nullable(arguments.user)},
                            {"owner", Nullable(arguments.owner)}});
  } else {
    session.console().Line(arguments.user.empty()
                               ? absl::StrCat(arguments.task, " is nobody's")
                               : absl::StrCat(arguments.task, " is ", arguments.user, "'s"));
  }
  return Exit::kSuccess;
}
absl::StatusOr<Exit> Claim(Session& session, const AssignArguments& arguments) {
  return SetAssignee(session, arguments, true);
}
/// One task, or those of many instances.
absl::StatusOr<Exit> Assign(Session& session, const AssignArguments& arguments) {
  if (arguments.all) {
    v1::OperateInstancesRequest request;
    request.mutable_assign()->set_element(arguments.element);
    request.mutable_assign()->set_assignee(arguments.task);
    request.mutable_assign()->set_owner(arguments.owner);
    if (!arguments.user.empty()) return absl::InvalidArgumentError("with --all name only the person");
    return RunBulk(session, arguments, std::move(request), "assigned");
  }
  if (arguments.task.empty()) return absl::InvalidArgumentError("name a task, or say --all");
  if (arguments.dry_run) return absl::InvalidArgumentError("--dry-run goes with --all");
  return SetAssignee(session, arguments, false);
}

struct PageArguments {
  std::string instance;
  int limit = 50;
  std::string after;
  bool json = false;
};

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) + static_cast<double>(duration.nanos()) / 1e9;
}

absl::StatusOr<Exit> Elements(Session& session, const PageArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::ListElementRunsRequest request;
  request.set_instance(arguments.instance);
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  v1::ListElementRunsResponse response;
  const absl::Status status = backend.Call(&Stub::ListElementRuns, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  ordered_json list = ordered_json::array();
  for (const v1::ElementRun& run : response.runs()) {
    if (!arguments.json) {
      session.console().Line(
          absl::StrCat(TimeText(run.started_at()), "  ", run.outcome(), "  ", run.element(),
                       run.has_ended_at() ? absl::StrCat("  until ", TimeText(run.ended_at())) : "",
                       "  took ", Seconds(run.duration()), " s, waited ", Seconds(run.waited()), " s"));
      continue;
    }
    list.push_back({{"number", run.number()},
                    {"key", run.key()},
                    {"scope", run.scope()},
                    {"element", run.element()},
                    {"type", run.type()},
                    {"outcome", run.outcome()},
                    {"started_at", Nullable(TimeText(run.started_at()))},
                    {"ended_at", Nullable(TimeText(run.ended_at()))},
                    {"seconds", Seconds(run.duration())},
                    {"seconds_waited", Seconds(run.waited())},
                    {"seconds_worked", Seconds(run.duration()) - Seconds(run.waited())}});
  }
  if (arguments.json)
    session.console().Json({{"elements", list}, {"next", Nullable(response.next_page_token())}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Audit(Session& session, const PageArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::ListAuditRequest request;
  request.set_instance(arguments.instance);
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  v1::ListAuditResponse response;
  const absl::Status status = backend.Call(&Stub::ListAudit, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  ordered_json list = ordered_json::array();
  for (const v1::AuditEntry& entry : response.entries()) {
    if (!arguments.json) {
      session.console().Line(absl::StrCat(
          TimeText(entry.at()), "  ", entry.actor(), "  ", entry.action(), "  ", entry.instance(), "  ",
          entry.detail(), entry.reason().empty() ? "" : absl::StrCat("  (", entry.reason(), ")")));
      continue;
    }
    list.push_back({{"number", entry.number()},
                    {"at", Nullable(TimeText(entry.at()))},
                    {"actor", entry.actor()},
                    {"action", entry.action()},
                    {"instance", Nullable(entry.instance())},
                    {"detail", entry.detail()},
                    {"reason", entry.reason()}});
  }
  if (arguments.json)
    session.console().Json({{"audit", list}, {"next", Nullable(response.next_page_token())}});
  return Exit::kSuccess;
}

template <typename Arguments>
void AddReason(CLI::App* verb, Arguments& arguments) {
  verb->add_option("--reason", arguments.reason, "Why, for the audit");
}

void AddPage(CLI::App* verb, PageArguments& arguments) {
  verb->add_option("--limit", arguments.limit, "At most so many")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  verb->add_option("--after", arguments.after, "Go on behind a page: its `next`");
}

void AddInstanceVerb(CLI::App& app, Session& session, const char* name, const char* help,
                     absl::StatusOr<Exit> (*action)(Session&, const BulkArguments&)) {
  const auto arguments = std::make_shared<BulkArguments>();
  AddBulkOptions(AddVerb(app, name, help, session, arguments, action), *arguments);
}

void AddMoveVerbs(CLI::App& app, Session& session) {
  const auto skip = std::make_shared<SkipArguments>();
  CLI::App* skip_verb = AddVerb(app, "skip", "Go on as if an element's work were done", session, skip, Skip);
  skip_verb->add_option("INCIDENT", skip->incident, "As incidents shows it");
  skip_verb->add_option("--instance", skip->instance, "Instead of an incident: the instance");
  skip_verb->add_option("--element", skip->element, "and the element, which must be active once");
  skip_verb->add_option("--vars", skip->variables, "Instead of its results, a JSON object");
  AddFilters(skip_verb, *skip);
  AddReason(skip_verb, *skip);

  const auto modify = std::make_shared<ModifyArguments>();
  CLI::App* modify_verb =
      AddVerb(app, "modify", "Move tokens and set variables of an instance", session, modify, Modify);
  AddBulkOptions(modify_verb, *modify);
  modify_verb->add_option("--end", modify->end, "End everything at this element")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  modify_verb->add_option("--begin", modify->begin, "Begin this element")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  modify_verb->add_option("--vars", modify->variables, "Set these variables first, a JSON object");
  modify_verb->add_option("--at", modify->at, "Set them at this element (default: the process)");

  const auto migrate = std::make_shared<MigrateArguments>();
  CLI::App* migrate_verb =
      AddVerb(app, "migrate", "Take running instances over to another version of their process", session,
              migrate, Migrate);
  migrate_verb->add_option("PROCESS", migrate->process, "The process's id")->required();
  migrate_verb
      ->add_option("--instance", migrate->instances, "Only this one (default: all that run another version)")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  migrate_verb->add_option("--to", migrate->version, "The version (default: the newest)")
      ->check(CLI::PositiveNumber);
  migrate_verb->add_option("--map", migrate->renamed, "OLD=NEW: an element whose id changed")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  migrate_verb->add_flag("--dry-run", migrate->dry_run, "Only tell what would become of each");
  AddReason(migrate_verb, *migrate);
}

}  // namespace

void AddOperationVerbs(CLI::App& app, Session& session) {
  AddInstanceVerb(app, session, "cancel", "End an instance and everything that waits in it", Cancel);
  AddInstanceVerb(app, session, "suspend", "Let nothing in an instance move until it is resumed", Suspend);
  AddInstanceVerb(app, session, "resume", "Let a suspended instance go on", Resume);

  const auto retry = std::make_shared<RetryArguments>();
  CLI::App* retry_verb = AddVerb(app, "retry", "Try again what incidents stopped", session, retry, Retry);
  retry_verb->add_option("INCIDENT", retry->incident, "As incidents shows it");
  retry_verb->add_flag("--all", retry->all, "All incidents that the filters let through");
  retry_verb->add_option("--instance", retry->instance, "With --all: only of this instance");
  retry_verb->add_option("--process", retry->process, "With --all: only of this process");
  retry_verb->add_option("--element", retry->element, "With --all: only at this element");
  retry_verb->add_option("--kind", retry->kind,
                         "With --all: only of this kind (job, expression, flow, error)");
  retry_verb->add_flag("--as-new", retry->as_new,
                       "With an idempotency key of its own: what an attempt may have done is done again");
  retry_verb->add_flag("--dry-run", retry->dry_run, "With --all: only tell how many could be");
  AddReason(retry_verb, *retry);

  const auto begin = std::make_shared<BeginArguments>();
  CLI::App* begin_verb =
      AddVerb(app, "begin", "Begin an activity of an ad-hoc subprocess", session, begin, Begin);
  begin_verb->add_option("ACTIVITY", begin->activity, "The activity's id")->required();
  AddBulkOptions(begin_verb, *begin);

  AddMoveVerbs(app, session);

  const auto claim = std::make_shared<AssignArguments>();
  CLI::App* claim_verb = AddVerb(app, "claim", "Take a user task that is nobody's", session, claim, Claim);
  claim_verb->add_option("TASK", claim->task, "As tasks shows it")->required();
  claim_verb->add_option("USER", claim->user, "Who takes it")->required();
  AddReason(claim_verb, *claim);
  const auto assign = std::make_shared<AssignArguments>();
  CLI::App* assign_verb =
      AddVerb(app, "assign", "Give a user task to somebody, or back to everybody", session, assign, Assign);
  assign_verb->add_option("TASK", assign->task, "As tasks shows it; with --all instead of it the person");
  assign_verb->add_option("USER", assign->user, "Whose it becomes (default: nobody's)");
  assign_verb->add_option("--for", assign->owner, "Who delegates it");
  assign_verb->add_option("--element", assign->element, "With --all: only tasks at this element");
  AddFilters(assign_verb, *assign);
  AddReason(assign_verb, *assign);

  const auto elements = std::make_shared<PageArguments>();
  CLI::App* elements_verb =
      AddVerb(app, "elements", "Each activation of an element in an instance, with its times", session,
              elements, Elements);
  elements_verb->add_option("ID", elements->instance, "The instance")->required();
  AddPage(elements_verb, *elements);
  const auto audit = std::make_shared<PageArguments>();
  CLI::App* audit_verb =
      AddVerb(app, "audit", "What people did to instances, newest first", session, audit, Audit);
  audit_verb->add_option("--instance", audit->instance, "Only to this instance");
  AddPage(audit_verb, *audit);
}

}  // namespace ameide::cli
