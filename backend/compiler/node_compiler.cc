// What each kind of element does. Everything that is not listed here is a finding.
#include <algorithm>
#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "backend/compiler/process_compiler.h"
#include "notation/feel/duration.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kAmeideNamespace;
using bpmn::kZeebeNamespace;
using engine::Node;
using engine::NodeKind;
using engine::Trigger;

namespace {

/// Where an extension element means something.
enum class Place : uint8_t { kAnywhere, kActivityOrEvent, kJobTask, kServiceTask, kScriptTask, kUserTask };

/// Extension elements that are executed, or that only describe; all others are findings.
struct KnownExtension {
  std::string_view uri;
  std::string_view name;
  Place place;
};
constexpr std::array<KnownExtension, 11> kKnownExtensions = {{
    {kZeebeNamespace, "taskDefinition", Place::kJobTask},
    {kZeebeNamespace, "taskHeaders", Place::kJobTask},
    {kZeebeNamespace, "ioMapping", Place::kActivityOrEvent},
    {kZeebeNamespace, "properties", Place::kAnywhere},
    {kZeebeNamespace, "versionTag", Place::kAnywhere},
    {kZeebeNamespace, "assignmentDefinition", Place::kUserTask},
    {kZeebeNamespace, "formDefinition", Place::kUserTask},
    {kZeebeNamespace, "userTask", Place::kUserTask},
    {kZeebeNamespace, "userTaskForm", Place::kAnywhere},
    {kZeebeNamespace, "script", Place::kScriptTask},
    {kAmeideNamespace, "domainCall", Place::kServiceTask},
}};

bool IsAt(const Element& element, Place place) {
  const std::string_view type = element.type();
  switch (place) {
    case Place::kAnywhere:
      return true;
    case Place::kActivityOrEvent:
      return element.is(bpmn::kActivity) || element.is(bpmn::kEvent);
    case Place::kJobTask:
      return type == "serviceTask" || type == "sendTask" || type == "businessRuleTask" ||
             type == "scriptTask";
    case Place::kServiceTask:
      return type == "serviceTask";
    case Place::kScriptTask:
      return type == "scriptTask";
    case Place::kUserTask:
      return type == "userTask";
  }
  return false;
}

/// A FEEL string literal.
std::string Quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    if (c == '\n') {
      literal += "\\n";
    } else {
      literal += c;
    }
  }
  return literal + '"';
}

/// Event definitions of an event, its own and those that it refers to.
std::vector<Element> DefinitionsOf(const bpmn::Definitions& view, const Element& event) {
  std::vector<Element> found;
  for (const Element& child : event.children()) {
    if (child.is(bpmn::kEventDefinition)) found.push_back(child);
    if (child.type() == "eventDefinitionRef") found.push_back(view.Resolve(child, child.text()));
  }
  return found;
}

}  // namespace

bool IsFeel(std::string_view language) {
  std::string lower(language);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower.find("feel") != std::string::npos;
}

void ProcessCompiler::CompileNode(const Element& element, Node& node) {
  CheckExtensions(element);
  const std::string_view type = element.type();
  if (element.is(bpmn::kActivity)) {
    CompileActivity(element, node);
  } else if (element.is(bpmn::kEvent)) {
    CompileEvent(element, node);
    CompileMappings(element, node);
  } else if (type == "exclusiveGateway") {
    node.kind = NodeKind::kExclusiveGateway;
  } else if (type == "parallelGateway") {
    node.kind = NodeKind::kParallelGateway;
  } else {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kClauses = {
        {{"inclusiveGateway", "13.4.3"}, {"eventBasedGateway", "13.4.4"}, {"complexGateway", "13.4.5"}}};
    const auto known =
        std::find_if(kClauses.begin(), kClauses.end(), [&](const auto& row) { return row.first == type; });
    Report(element,
           absl::StrCat(WithArticle(type), " cannot be executed yet; use exclusive and parallel gateways"),
           std::string(known == kClauses.end() ? "13.4" : known->second));
  }
}

void ProcessCompiler::CheckActivity(const Element& element) {
  if (element.child("standardLoopCharacteristics")) {
    Report(element, "a standard loop cannot be executed yet; draw the loop with an exclusive gateway",
           "13.3.6");
  }
  if (element.child("multiInstanceLoopCharacteristics")) {
    Report(element, "multiple instances cannot be executed yet; draw a loop with an exclusive gateway",
           "13.3.7");
  }
  if (element.flag("isForCompensation", false)) {
    Report(element, "compensation cannot be executed yet; undo the work in an ordinary activity", "13.5.5");
  }
  for (const std::string_view quantity : {"startQuantity", "completionQuantity"}) {
    const std::string value = element.attribute(quantity).value_or("1");
    if (value != "1") {
      Report(element, absl::StrCat(std::string(quantity), " ", value, " cannot be executed yet; remove it"),
             "13.3.2");
    }
  }
  for (const std::string_view kind : {"dataInputAssociation", "dataOutputAssociation"}) {
    for (const Element& association : element.children(kind)) {
      if (!association.child("assignment") && !association.child("transformation")) continue;
      Report(element,
             "data associations with assignments cannot be executed yet; use an input or output mapping "
             "(zeebe:ioMapping)",
             "10.4.2");
    }
  }
}

void ProcessCompiler::CheckExtensions(const Element& element) {
  for (const Element& extension : element.child("extensionElements").children()) {
    const std::string_view uri = extension.namespace_uri(), name = extension.local_name();
    if (uri != kZeebeNamespace && uri != kAmeideNamespace) continue;
    const std::string label = absl::StrCat(uri == kZeebeNamespace ? "zeebe:" : "ameide:", std::string(name));
    const auto known =
        std::find_if(kKnownExtensions.begin(), kKnownExtensions.end(),
                     [&](const KnownExtension& row) { return row.uri == uri && row.name == name; });
    if (known == kKnownExtensions.end()) {
      Report(element, absl::StrCat(label, " cannot be executed yet; remove it"), "8.2.3");
    } else if (!IsAt(element, known->place)) {
      Report(element, absl::StrCat(label, " means nothing at ", WithArticle(element.type()), "; remove it"),
             "8.2.3");
    }
  }
}

void ProcessCompiler::CompileActivity(const Element& element, Node& node) {
  CheckActivity(element);
  CompileMappings(element, node);
  const std::string_view type = element.type();
  if (type == "subProcess") {
    node.kind = NodeKind::kSubProcess;
    if (element.flag("triggeredByEvent", false)) {
      Report(element, "an event subprocess cannot be executed yet; use boundary events", "13.5.4");
    }
  } else if (type == "transaction" || type == "adHocSubProcess") {
    Report(element,
           absl::StrCat(type == "transaction" ? "a transaction" : "an ad-hoc subprocess",
                        " cannot be executed yet; use an embedded subprocess"),
           type == "transaction" ? "13.3.4" : "13.3.5");
  } else if (type == "callActivity") {
    Report(element, "a call activity cannot be executed yet; use an embedded subprocess", "13.3.4");
  } else {
    CompileTask(element, node);
  }
}

void ProcessCompiler::CompileTask(const Element& element, Node& node) {
  const std::string_view type = element.type();
  if (IsReplaced(element)) {
    MakeStubJob(node);
  } else if (type == "userTask") {
    CompileUserTask(element, node);
  } else if (type == "scriptTask") {
    CompileScript(element, node);
  } else if (type == "serviceTask") {
    CompileService(element, node);
  } else if (type == "receiveTask") {
    Report(element, "a receive task cannot be executed yet; use a user task or a timer event", "13.3.3");
  } else if (type == "sendTask" && element.reference("messageRef")) {
    Report(element, "a send task cannot send its message yet; use a service task", "13.3.3");
  } else if (type == "businessRuleTask" && element.extension(kZeebeNamespace, "calledDecision")) {
    // zeebe:calledDecision has its finding from CheckExtensions.
  } else if (!CompileJob(element, node)) {
    CompileStub(element, node,
                type == "task" || type == "manualTask"
                    ? absl::StrCat("a ", type == "task" ? "task without a type" : "manual task",
                                   " says not what to do; make it a service, user or script task")
                    : absl::StrCat("the ", InWords(type),
                                   " has no implementation; give it a job type (zeebe:taskDefinition)"));
  }
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
  const char* const end = retries.data() + retries.size();
  const auto [at, error] = std::from_chars(retries.data(), end, node.job_retries);
  if (error != std::errc() || at != end || node.job_retries == 0 || node.job_retries > 1000) {
    Report(element, absl::StrCat("retries is '", retries, "'; it must be a number from 1 to 1000"), "13.3.3");
  }
  for (const Element& header :
       element.extension(kZeebeNamespace, "taskHeaders").foreign_children(kZeebeNamespace, "header")) {
    node.headers.emplace_back(header.attribute("key").value_or(""), header.attribute("value").value_or(""));
  }
  return true;
}

void ProcessCompiler::CompileService(const Element& element, Node& node) {
  const Element call = element.extension(kAmeideNamespace, "domainCall");
  if (!call) {
    if (!CompileJob(element, node)) {
      CompileStub(
          element, node,
          "the service task has no implementation; add a domain call (ameide:domainCall) or a job type "
          "(zeebe:taskDefinition)");
    }
    return;
  }
  const std::string command = call.attribute("command").value_or("");
  const size_t slash = command.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == command.size() ||
      command.find('/', slash + 1) != std::string::npos) {
    Report(element,
           absl::StrCat("the domain call's command is '", command,
                        "'; it must read package.Service/Method, like orders.v1.OrderService/CreateOrder"),
           "13.3.3");
    return;
  }
  if (element.extension(kZeebeNamespace, "taskDefinition")) {
    Report(element, "the task has both a domain call and a job type; keep one", "13.3.3");
  }
  if (IsPassed(element)) {
    node.kind = NodeKind::kPassThrough;
    return;
  }
  node.kind = NodeKind::kJobTask;
  node.job_kind = engine::JobKind::kDomain;
  node.job_type.text = command;
  node.domain = call.attribute("domain").value_or("");
  if (node.domain.empty()) Report(element, "the domain call names no domain", "13.3.3");
}

void ProcessCompiler::CompileUserTask(const Element& element, Node& node) {
  node.kind = NodeKind::kUserTask;
  const Element assignment = element.extension(kZeebeNamespace, "assignmentDefinition");
  node.candidate_groups =
      AddParameter(element, assignment.attribute("candidateGroups").value_or(""), "candidate groups");
  node.assignee = AddParameter(element, assignment.attribute("assignee").value_or(""), "assignee");
  const Element form = element.extension(kZeebeNamespace, "formDefinition");
  node.form = form.attribute("formId").value_or(form.attribute("formKey").value_or(""));
  if (InSimulation()) return;
  if (!assignment.attribute("candidateUsers").value_or("").empty()) {
    Report(element, "candidate users are not supported yet; use candidate groups or an assignee", "10.3.3");
  }
  for (const std::string_view role : {"potentialOwner", "humanPerformer", "performer", "resourceRole"}) {
    if (!element.child(role)) continue;
    Report(element, absl::StrCat(WithArticle(role), " is not supported yet; use zeebe:assignmentDefinition"),
           "10.3.1");
  }
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
  const std::string format = element.attribute("scriptFormat").value_or("");
  const bool unsaid = format.empty() && InSimulation() && options_.stub && !feel::Parse(script.text()).ok();
  if (!script.text().empty() && !unsaid && (format.empty() || IsFeel(format))) {
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

void ProcessCompiler::CompileMappings(const Element& element, Node& node) {
  const Element mappings = element.extension(kZeebeNamespace, "ioMapping");
  const auto add = [&](std::string_view kind, std::vector<engine::Mapping>& into) {
    for (const Element& mapping : mappings.foreign_children(kZeebeNamespace, kind)) {
      const std::string source = mapping.attribute("source").value_or("");
      const std::string target = mapping.attribute("target").value_or("");
      const std::vector<std::string> path = absl::StrSplit(target, '.');
      if (std::any_of(path.begin(), path.end(), [](const std::string& name) { return name.empty(); })) {
        Report(element,
               absl::StrCat("an ", std::string(kind), " mapping has the target '", target,
                            "'; it must be a variable's name or a path like order.id"),
               "10.4.2");
        continue;
      }
      const std::string text = source.starts_with("=") ? source : Quoted(source);
      into.push_back({AddExpression(element, text, absl::StrCat(std::string(kind), " mapping")), target});
    }
  };
  add("input", node.inputs);
  add("output", node.outputs);
}

void ProcessCompiler::CompileEvent(const Element& element, Node& node) {
  const std::string_view type = element.type();
  const std::vector<Element> definitions = DefinitionsOf(view_, element);
  std::string clause = "13.5.2";
  if (type == "startEvent") {
    node.kind = NodeKind::kStartEvent;
    clause = "13.5.1";
  } else if (type == "endEvent") {
    node.kind = NodeKind::kEndEvent;
    clause = "13.5.6";
  } else if (type == "boundaryEvent") {
    node.kind = NodeKind::kBoundaryEvent;
    node.interrupting = element.flag("cancelActivity", true);
    clause = "13.5.3";
  } else if (type == "intermediateCatchEvent") {
    node.kind = NodeKind::kCatchEvent;
  } else {
    node.kind = NodeKind::kThrowEvent;
  }
  if (definitions.size() > 1) {
    Report(element, "an event with several definitions cannot be executed yet; keep one", clause);
    return;
  }
  const bool waits = node.kind == NodeKind::kCatchEvent || node.kind == NodeKind::kBoundaryEvent;
  if (definitions.empty()) {
    if (waits)
      Report(element,
             absl::StrCat("the ", InWords(type), " says not what it waits for; make it a timer event"),
             clause);
    return;
  }
  const std::string_view definition = definitions[0].type();
  if (definition == "timerEventDefinition" && waits) {
    CompileTimer(element, definitions[0], node);
  } else if (definition == "terminateEventDefinition" && node.kind == NodeKind::kEndEvent) {
    node.trigger = Trigger::kTerminate;
  } else if (definition == "errorEventDefinition" &&
             (node.kind == NodeKind::kEndEvent || node.kind == NodeKind::kBoundaryEvent)) {
    CompileError(element, definitions[0], node);
  } else {
    Report(element,
           absl::StrCat(WithArticle(type), " with ",
                        WithArticle(definition.empty() ? "eventDefinition" : definition),
                        " cannot be executed yet"),
           clause);
  }
}

void ProcessCompiler::CompileTimer(const Element& event, const Element& definition, Node& node) {
  node.trigger = Trigger::kTimer;
  static constexpr std::array<std::pair<std::string_view, engine::TimerKind>, 3> kKinds = {
      {{"timeDate", engine::TimerKind::kDate},
       {"timeDuration", engine::TimerKind::kDuration},
       {"timeCycle", engine::TimerKind::kCycle}}};
  Element time;
  int given = 0;
  for (const auto& [name, kind] : kKinds) {
    const Element child = definition.child(name);
    if (!child) continue;
    ++given;
    time = child;
    node.timer_kind = kind;
  }
  if (given != 1 || time.text().empty()) {
    Report(event, "the timer needs exactly one of a date, a duration or a cycle (ISO 8601, like PT10M)",
           "10.5.5");
    return;
  }
  node.timer = AddParameter(event, time.text(), "timer");
  if (node.timer.expression != engine::kNone || node.timer.text.empty()) return;
  absl::Status status;
  if (node.timer_kind == engine::TimerKind::kDate) status = feel::ParseIsoDateTime(node.timer.text).status();
  if (node.timer_kind == engine::TimerKind::kDuration)
    status = feel::ParseIsoDuration(node.timer.text).status();
  if (node.timer_kind == engine::TimerKind::kCycle) status = feel::ParseIsoCycle(node.timer.text).status();
  if (!status.ok()) {
    Report(event, absl::StrCat("the timer's time cannot be read: ", std::string(status.message())), "10.5.5");
  }
}

void ProcessCompiler::CompileError(const Element& event, const Element& definition, Node& node) {
  node.trigger = Trigger::kError;
  if (node.kind == NodeKind::kBoundaryEvent && !node.interrupting) {
    Report(event, "an error boundary event always interrupts; remove cancelActivity=\"false\"", "10.5.4");
  }
  const Element error = definition.reference("errorRef");
  if (!error) {
    if (definition.attribute("errorRef") || node.kind == NodeKind::kEndEvent) {
      Report(event, "the error event names no error of this file; choose one", "10.5.5");
    }
    return;  // a boundary event without a reference catches every error
  }
  node.error_code = error.attribute("errorCode").value_or("");
  if (node.error_code.empty()) {
    Report(event, absl::StrCat("the error ", error.id(), " has no error code; give it one"), "10.5.5");
  }
}

}  // namespace ameide::compiler
