// What tasks do, global tasks included.
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "backend/compiler/process_compiler.h"
#include "notation/feel/expression.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kAmeideNamespace;
using bpmn::kZeebeNamespace;
using engine::Node;
using engine::NodeKind;

void ProcessCompiler::CompileTask(const Element& element, std::string_view type, Node& node) {
  if (IsReplaced(element)) {
    MakeStubJob(node);
  } else if (type == "userTask") {
    CompileUserTask(element, node);
  } else if (type == "scriptTask") {
    CompileScript(element, node);
  } else if (type == "serviceTask") {
    CompileService(element, node);
  } else if (type == "receiveTask") {
    CompileReceive(element, node);
  } else if (type == "sendTask") {
    CompileSend(element, node);
  } else if (type == "businessRuleTask" && element.extension(kZeebeNamespace, "calledDecision")) {
    CompileDecision(element, node);
  } else if (!CompileJob(element, node)) {
    CompileStub(element, node,
                type == "task" || type == "manualTask"
                    ? absl::StrCat("a ", type == "task" ? "task without a type" : "manual task",
                                   " says not what to do; make it a service, user or script task")
                    : absl::StrCat("the ", InWords(type),
                                   " has no implementation; give it a job type (zeebe:taskDefinition)"));
  }
}

/// A receive task waits for its message (clause 13.3.3).
void ProcessCompiler::CompileReceive(const Element& element, Node& node) {
  node.kind = NodeKind::kReceiveTask;
  node.instantiates = element.flag("instantiate", false);
  engine::EventDefinition message;
  if (CompileMessage(element, element.reference("messageRef"), false, message)) {
    node.definitions.push_back(std::move(message));
    return;
  }
  CompileStub(element, node, "the receive task names no message, so nothing can arrive; choose one");
}

void ProcessCompiler::CompileSend(const Element& element, Node& node) {
  if (element.extension(kZeebeNamespace, "taskDefinition")) {
    if (CompileJob(element, node)) return;
  }
  engine::EventDefinition message;
  if (CompileMessage(element, element.reference("messageRef"), true, message)) {
    node.kind = NodeKind::kSendTask;
    node.definitions.push_back(std::move(message));
    return;
  }
  CompileStub(element, node,
              "the send task has no message and no implementation; choose a message or give it a job type "
              "(zeebe:taskDefinition)");
}

/// zeebe:calledDecision: a decision of the models that are compiled along.
void ProcessCompiler::CompileDecision(const Element& element, Node& node) {
  const Element called = element.extension(kZeebeNamespace, "calledDecision");
  const std::string id = called.attribute("decisionId").value_or("");
  if (id.empty()) {
    CompileStub(element, node, "the decision that the task calls has no id (zeebe:calledDecision)");
    return;
  }
  if (id.starts_with("=")) {
    Report(element, "the decision's id is computed, so its version cannot be bound; write the id itself",
           "13.3.3");
    return;
  }
  const absl::StatusOr<engine::DecisionLibrary::Found> found =
      options_.decisions == nullptr ? absl::NotFoundError(absl::StrCat(
                                          "there are no decision models (.dmn) that have the decision ", id))
                                    : options_.decisions->Find(id);
  if (absl::IsNotFound(found.status())) {
    CompileStub(element, node, std::string(found.status().message()));
    return;
  }
  if (!found.ok()) {
    Report(element, std::string(found.status().message()), "13.3.3");
    return;
  }
  for (const std::string& problem : found->problems) {
    Report(element, absl::StrCat("the decision ", id, " cannot be evaluated: ", problem), "13.3.3");
  }
  node.kind = NodeKind::kDecisionTask;
  node.decision = id;
  node.result_variable = called.attribute("resultVariable").value_or("");
  for (const engine::DecisionFile& file : found->files) decision_files_.emplace(file.path, file.bytes);
}

void ProcessCompiler::MakeStubJob(Node& node) {
  node.kind = NodeKind::kJobTask;
  node.job_kind = engine::JobKind::kStub;
  node.job_type.text = "stub";
}

/// In a stubbed simulation a task without implementation passes; else it is a finding.
void ProcessCompiler::CompileStub(const Element& element, Node& node, std::string_view missing) {
  node.kind = NodeKind::kPassThrough;
  if (IsPassed(element)) return;
  if (InSimulation() && options_.stub) {
    MakeStubJob(node);
    return;
  }
  Report(element,
         InSimulation() ? absl::StrCat(std::string(missing), ", or run with --stub") : std::string(missing),
         "13.3.3");
}

/// A worker's job (zeebe:taskDefinition); false when there is none. With stubs nobody does it.
bool ProcessCompiler::CompileJob(const Element& element, Node& node) {
  const Element definition = element.extension(kZeebeNamespace, "taskDefinition");
  const std::string type = definition.attribute("type").value_or("");
  if (type.empty()) return false;
  if (IsPassed(element)) {
    node.kind = NodeKind::kPassThrough;
    return true;
  }
  node.kind = NodeKind::kJobTask;
  node.job_kind = engine::JobKind::kWorker;
  node.job_type = AddParameter(element, type, "job type");
  const std::string retries = definition.attribute("retries").value_or("3");
  std::from_chars(retries.data(), retries.data() + retries.size(), node.job_retries);
  Report(element, bpmn::JobProblems(element));
  for (const Element& header :
       element.extension(kZeebeNamespace, "taskHeaders").foreign_children(kZeebeNamespace, "header")) {
    node.headers.emplace_back(header.attribute("key").value_or(""), header.attribute("value").value_or(""));
  }
  return true;
}

void ProcessCompiler::CompileService(const Element& element, Node& node) {
  if (const Element http = element.extension(kAmeideNamespace, "httpCall")) {
    if (IsPassed(element))
      node.kind = NodeKind::kPassThrough;
    else
      CompileHttpCall(element, http, node);
    return;
  }
  const Element call = element.extension(kAmeideNamespace, "domainCall");
  if (!call) {
    if (!CompileJob(element, node)) {
      CompileStub(
          element, node,
          "the service task has no implementation; add a domain call (ameide:domainCall), an HTTP call "
          "(ameide:httpCall) or a job type (zeebe:taskDefinition)");
    }
    return;
  }
  const std::string command = call.attribute("command").value_or("");
  if (absl::StripAsciiWhitespace(command).empty()) {
    Report(element,
           "the domain call names no command; it must read package.Service/Method, like "
           "orders.v1.OrderService/CreateOrder",
           "13.3.3");
    return;
  }
  Report(element, bpmn::DomainCallProblems(element));
  if (IsPassed(element)) {
    node.kind = NodeKind::kPassThrough;
    return;
  }
  node.kind = NodeKind::kJobTask;
  node.job_kind = engine::JobKind::kDomain;
  node.job_type.text = command;
  node.domain = call.attribute("domain").value_or("");
}

void ProcessCompiler::CompileUserTask(const Element& element, Node& node) {
  node.kind = NodeKind::kUserTask;
  const Element assignment = element.extension(kZeebeNamespace, "assignmentDefinition");
  node.candidate_groups =
      AddParameter(element, assignment.attribute("candidateGroups").value_or(""), "candidate groups");
  node.assignee = AddParameter(element, assignment.attribute("assignee").value_or(""), "assignee");
  const Element form = element.extension(kZeebeNamespace, "formDefinition");
  node.form = form.attribute("formId").value_or(form.attribute("formKey").value_or(""));
  node.candidate_users =
      AddParameter(element, assignment.attribute("candidateUsers").value_or(""), "candidate users");
  const Element schedule = element.extension(kZeebeNamespace, "taskSchedule");
  node.due_date = AddParameter(element, schedule.attribute("dueDate").value_or(""), "due date");
  node.follow_up_date =
      AddParameter(element, schedule.attribute("followUpDate").value_or(""), "follow-up date");
  const std::string priority =
      element.extension(kZeebeNamespace, "priorityDefinition").attribute("priority").value_or("");
  node.priority = AddParameter(element, priority, "priority");
  Report(element, bpmn::ScheduleProblems(element));
  if (!InSimulation()) CompileRoles(element, node);
}

void ProcessCompiler::CompileScript(const Element& element, Node& node) {
  const Element zeebe = element.extension(kZeebeNamespace, "script");
  const std::string expression = zeebe.attribute("expression").value_or("");
  if (!expression.empty()) {
    node.kind = NodeKind::kScriptTask;
    node.script = AddExpression(element, expression, "script");
    node.result_variable = zeebe.attribute("resultVariable").value_or("");
    if (node.result_variable.empty()) {
      Report(element, "the script has no result variable (zeebe:script resultVariable); name one", "13.3.3");
    }
    return;
  }
  const Element script = element.child("script");
  const bool global = element.type() == "globalScriptTask";
  const std::string format = element.attribute(global ? "scriptLanguage" : "scriptFormat").value_or("");
  const bool unsaid = format.empty() && InSimulation() && options_.stub && !feel::Parse(script.text()).ok();
  if (!script.text().empty() && !unsaid && (format.empty() || bpmn::NamesFeel(format))) {
    node.kind = NodeKind::kScriptTask;
    node.script = AddExpression(element, script.text(), "script");
    node.result_variable = element.attribute(kAmeideNamespace, "resultVariable").value_or("");
    return;
  }
  if (CompileJob(element, node)) return;
  CompileStub(element, node,
              script.text().empty()
                  ? std::string("the script task has no script; write a FEEL expression")
                  : absl::StrCat("the script is written in ", format, "; write it in FEEL"));
}

}  // namespace ameide::compiler
