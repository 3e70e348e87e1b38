// What is valid BPMN but does not run on the target: errors of executable processes, by profile.
#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notation/bpmn/extensions.h"
#include "notation/bpmn/lint_rules.h"
#include "notation/feel/duration.h"
#include "notation/feel/expression.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

bool IsCamunda(const LintContext& context) { return context.profile == LintProfile::kCamunda8; }

/// Calls `use` for each element of executable processes.
template <typename Use>
void ForEachExecutable(const LintContext& context, const Use& use) {
  for (const Scope& scope : context.scopes) {
    if (!scope.executable) continue;
    for (const Element& node : scope.nodes) use(node);
  }
}

// ---- Task types and other elements

bool HasText(const Element& element, std::string_view attribute) {
  return element.attribute(attribute).value_or("").find_first_not_of(" \t\r\n") != std::string::npos;
}

bool HasJob(const Element& task) {
  return HasText(task.extension(kZeebeNamespace, "taskDefinition"), "type");
}

/// Tasks that say nothing an engine could do, whatever their extensions say.
bool IsForeignTask(const Element& node) {
  const std::string_view type = node.type();
  return (type == "task" || type == "manualTask") && !HasJob(node);
}

void TaskType(const LintContext& context, Report& report) {
  if (IsCamunda(context)) return;  // every task type of BPMN runs there
  ForEachExecutable(context, [&](const Element& node) {
    if (!IsForeignTask(node)) return;
    report.Add(node,
               absl::StrCat(WithArticle(InWords(node.type())),
                            " says nothing that an engine could do; use a service, user or script task"));
  });
}

/// What is valid but leaves open what an engine has to do.
bool RunsHere(const Element& node, std::string& why) {
  constexpr int64_t kMostTokens = 1000;
  for (const std::string_view name : {"startQuantity", "completionQuantity"}) {
    int64_t quantity = 1;
    if (absl::SimpleAtoi(node.attribute(name).value_or("1"), &quantity) && quantity > kMostTokens)
      why = absl::StrCat(std::string(name), " of more than ", kMostTokens);
  }
  if (node.extension(kZeebeNamespace, "calledElement").attribute("processId").value_or("").starts_with('='))
    why = "call of a process whose id is computed";
  if (node.extension(kZeebeNamespace, "calledDecision").attribute("decisionId").value_or("").starts_with('='))
    why = "call of a decision whose id is computed";
  const Element instances = node.child("multiInstanceLoopCharacteristics");
  const Element zeebe = instances.extension(kZeebeNamespace, "loopCharacteristics");
  if (instances && !instances.child("loopCardinality") && !instances.child("loopDataInputRef") &&
      !HasText(zeebe, "inputCollection")) {
    why = "multi-instance activity with neither a cardinality nor a collection";
  }
  for (const Element& definition : ThrownByLoop(node)) {
    const std::string_view type = definition.type();
    if (type == "signalEventDefinition" && !definition.attribute("signalRef"))
      why = "multi-instance activity that throws no signal by name";
    if (type == "linkEventDefinition" || type == "terminateEventDefinition" ||
        type == "cancelEventDefinition" || type == "compensateEventDefinition")
      why = absl::StrCat("multi-instance activity that throws ", WithArticle(InWords(type)));
  }
  const Element loop = node.child("standardLoopCharacteristics");
  if (loop && !loop.child("loopCondition") && !loop.attribute("loopMaximum"))
    why = "loop with neither a condition nor a maximum";
  for (const Element& definition : EventDefinitionsOf(node)) {
    if (definition.type() == "signalEventDefinition" && !HasText(definition, "signalRef"))
      why = "signal event without a signal";
    if (definition.type() == "conditionalEventDefinition" && definition.child("condition").text().empty())
      why = "conditional event without a condition";
  }
  return why.empty();
}

bool RunsOnCamunda(const LintContext& context, const Element& node, std::string& why) {
  if (node.type() == "complexGateway" || node.type() == "transaction") {
    why = InWords(node.type());
    return false;
  }
  const Element instances = node.child("multiInstanceLoopCharacteristics");
  if (instances && !HasText(instances.extension(kZeebeNamespace, "loopCharacteristics"), "inputCollection")) {
    why = "multi-instance activity without a collection (zeebe:loopCharacteristics inputCollection)";
  }
  if (node.flag("instantiate", false)) why = InWords(node.type()) + " that starts processes";
  if (node.type() == "eventBasedGateway") {
    for (const Element& flow : context.view.Outgoing(node)) {
      if (flow.reference("targetRef").type() == "receiveTask") why = "event based gateway to a receive task";
    }
  }
  const std::vector<Element> definitions =
      node.is(kEvent) ? EventDefinitionsOf(node) : std::vector<Element>();
  if (definitions.size() > 1) why = "event with several definitions";
  for (const Element& definition : definitions) {
    if (definition.type() == "cancelEventDefinition" || definition.type() == "conditionalEventDefinition") {
      why = InWords(definition.type());
    }
  }
  return why.empty();
}

void UnsupportedElement(const LintContext& context, Report& report) {
  const std::string target = IsCamunda(context) ? "Camunda 8" : "the embedded engine";
  ForEachExecutable(context, [&](const Element& node) {
    std::string why;
    const bool runs = IsCamunda(context) ? RunsOnCamunda(context, node, why) : RunsHere(node, why);
    if (!runs) report.Add(node, absl::StrCat(WithArticle(why), " cannot run on ", target, " yet"));
    if (IsCamunda(context) && node.child("standardLoopCharacteristics"))
      report.Add(node, absl::StrCat("a standard loop cannot run on ", target, " yet"));
  });
}

// ---- Implementations

bool HasScript(const Element& task) {
  return HasText(task.extension(kZeebeNamespace, "script"), "expression") ||
         !task.child("script").text().empty();
}

/// What is missing for the node to do its work; empty when nothing is.
std::string MissingWork(const LintContext& context, const Element& node, bool camunda) {
  const std::string_view type = node.type();
  const bool job = HasJob(node);
  if (type == "serviceTask" && !job) {
    if (camunda) return "has no job type (zeebe:taskDefinition)";
    const Element call = node.extension(kAmeideNamespace, "domainCall");
    const Element http = node.extension(kAmeideNamespace, "httpCall");
    if (!call && !http)
      return "has no implementation; add a domain call (ameide:domainCall), an HTTP call "
             "(ameide:httpCall) or a job type (zeebe:taskDefinition)";
    if (http && !HasText(http, "url")) return "its HTTP call has no url";
    if (call && !HasText(call, "command"))
      return "its domain call names no command, like orders.v1.OrderService/CreateOrder";
  }
  if (type == "scriptTask" && !HasScript(node) && !(camunda && job))
    return "has no script; write a FEEL expression";
  const Element script = node.extension(kZeebeNamespace, "script");
  if (type == "scriptTask" && HasText(script, "expression") && !HasText(script, "resultVariable"))
    return "its script has no result variable (zeebe:script resultVariable); name one";
  if (!camunda) {
    if (job) return "";
    const Element called = node.extension(kZeebeNamespace, "calledElement");
    if (type == "callActivity" && !HasText(node, "calledElement") && !HasText(called, "processId"))
      return "has nothing to call (calledElement)";
    const bool message = node.reference("messageRef") || context.HasMessageFlow(node);
    if (type == "sendTask" && !message) return "has neither a message nor a job type (zeebe:taskDefinition)";
    const Element decision = node.extension(kZeebeNamespace, "calledDecision");
    if (type == "businessRuleTask" && decision && !HasText(decision, "decisionId"))
      return "the decision that it calls has no id (zeebe:calledDecision decisionId); name one";
    return type == "businessRuleTask" && !decision
               ? "has neither a decision (zeebe:calledDecision) nor a job type (zeebe:taskDefinition)"
               : "";
  }
  if (type == "sendTask" && !job) return "has no job type (zeebe:taskDefinition)";
  if (type == "businessRuleTask" && !job && !node.extension(kZeebeNamespace, "calledDecision"))
    return "has no called decision or job type";
  if (type == "callActivity" && !HasText(node.extension(kZeebeNamespace, "calledElement"), "processId")) {
    return "has no called process (zeebe:calledElement)";
  }
  if (type == "receiveTask" && !HasText(node, "messageRef") && (job || context.HasMessageFlow(node)))
    return "has no message";
  if (node.is(kCatchEvent) || type == "receiveTask") {
    const bool starts_process = type == "startEvent" && node.container().type() == "process";
    std::vector<Element> messages = {node.reference("messageRef")};
    for (const Element& definition : EventDefinitionsOf(node))
      messages.push_back(definition.reference("messageRef"));
    for (const Element& message : messages) {
      if (!message || starts_process ||
          HasText(message.extension(kZeebeNamespace, "subscription"), "correlationKey"))
        continue;
      return absl::StrCat("waits for the ", LabelOf(message),
                          ", which has no correlation key (zeebe:subscription correlationKey)");
    }
  }
  if (node.is(kThrowEvent) && !job && HasDefinition(node, "messageEventDefinition"))
    return "throws a message, but has no job type (zeebe:taskDefinition) for who sends it";
  return "";
}

void MissingImplementation(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    if (const std::string missing = MissingWork(context, node, IsCamunda(context)); !missing.empty())
      report.Add(node, missing);
  });
}

void MissingCondition(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (!scope.executable) continue;
    for (const Element& flow : scope.flows) {
      const Element source = flow.reference("sourceRef");
      if (!IsEmptyExpression(flow.child("conditionExpression")) || source.reference("default") == flow)
        continue;
      const bool chooses = source.type() == "exclusiveGateway" || source.type() == "inclusiveGateway";
      if (chooses && context.view.Outgoing(source).size() > 1) continue;  // below
      report.Add(flow, "has an empty condition; write a FEEL expression or remove it");
    }
  }
  for (const std::string_view type :
       {"loopCondition", "loopCardinality", "completionCondition", "activationCondition"}) {
    for (const Element& condition : context.view.OfType(type)) {
      if (!context.IsExecutable(condition) || !IsEmptyExpression(condition)) continue;
      const Element gateway = condition.parent();
      if (type == "activationCondition" && context.view.Incoming(gateway).size() > 1) continue;  // has a rule
      report.Add(condition, absl::StrCat("its ", InWords(type), " is empty; write a FEEL expression"));
    }
  }
  ForEachExecutable(context, [&](const Element& gateway) {
    if (gateway.type() != "exclusiveGateway" && gateway.type() != "inclusiveGateway") return;
    const std::vector<Element>& outgoing = context.view.Outgoing(gateway);
    if (outgoing.size() < 2) return;
    const Element fallback = gateway.reference("default");
    for (const Element& flow : outgoing) {
      if (flow == fallback || !flow.child("conditionExpression").text().empty()) continue;
      report.Add(
          flow,
          absl::StrCat(
              "leaves ", LabelOf(gateway),
              " without a condition and is not its default; give it a condition or make it the default"));
    }
  });
}

// ---- Expressions

bool IsFeelLanguage(std::string_view language) {
  std::string lower(language);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower.empty() || lower.find("feel") != std::string::npos;
}

/// Calls `use` for the expressions that the standard has on nodes and flows, but not for times.
template <typename Use>
void ForEachCondition(const LintContext& context, const Use& use) {
  for (const std::string_view type :
       {"conditionExpression", "condition", "loopCondition", "loopCardinality", "completionCondition",
        "activationCondition", "transformation", "from", "dataPath"}) {
    for (const Element& expression : context.view.OfType(type)) {
      if (context.IsExecutable(expression)) use(expression);
    }
  }
}

/// One expression in FEEL, where it stands and what to call it.
struct FeelText {
  Element at;
  std::string text;
  std::string attribute;  ///< empty: it is the element's content
  std::string Label() const {
    return absl::StrCat("the FEEL expression '", text.substr(0, 60), "'",
                        attribute.empty() ? "" : absl::StrCat(" in ", attribute));
  }
};

/// FEEL in attributes of extensions begins with '='.
template <typename Use>
void ForEachFeelBelow(const LintContext& context, const Element& parent, const Use& use) {
  for (const Element& element : parent.children()) {
    if (element.namespace_uri() == kZeebeNamespace || element.namespace_uri() == kAmeideNamespace) {
      for (const uaf::document::Attribute& attribute : context.view.document().attributes(element.node())) {
        const std::string value =
            context.view.document().attribute(element.node(), attribute.name).value_or("");
        if (value.starts_with('=')) use(FeelText{element, value, std::string(attribute.name)});
      }
    }
    ForEachFeelBelow(context, element, use);
  }
}

/// Calls `use` for each FEEL expression of what runs.
template <typename Use>
void ForEachFeel(const LintContext& context, const Use& use) {
  const auto content = [&](const Element& expression) {
    if (expression && IsFeelLanguage(expression.attribute("language").value_or("")) &&
        !expression.text().empty())
      use(FeelText{expression, expression.text(), ""});
  };
  ForEachCondition(context, content);
  for (const std::string_view type : {"message", "signal"}) {
    for (const Element& named : context.view.OfType(type)) {
      if (named.name().starts_with('=')) use(FeelText{named, named.name(), "name"});
      if (const Element extensions = named.child("extensionElements"))
        ForEachFeelBelow(context, extensions, use);
    }
  }
  for (const Element& path : context.view.OfType("messagePath")) {
    if (path.text().starts_with('=')) content(path);
  }
  for (const Element& task : context.view.OfType("globalScriptTask")) {
    if (NamesFeel(task.attribute("scriptLanguage").value_or(""))) content(task.child("script"));
  }
  ForEachExecutable(context, [&](const Element& node) {
    if (const Element extensions = node.child("extensionElements"))
      ForEachFeelBelow(context, extensions, use);
    const Element script = node.type() == "scriptTask" ? node.child("script") : Element();
    if (script && IsFeelLanguage(node.attribute("scriptFormat").value_or(""))) content(script);
    for (const Element& definition : EventDefinitionsOf(node)) {
      for (const Element& time : definition.children()) {
        if (time.type().starts_with("time") && time.text().starts_with("=")) content(time);
      }
    }
  });
}

void FeelError(const LintContext& context, Report& report) {
  ForEachFeel(context, [&](const FeelText& written) {
    const absl::Status status = feel::Parse(written.text).status();
    if (!status.ok())
      report.Add(written.at, absl::StrCat(written.Label(), " is wrong at ", std::string(status.message())));
  });
}

/// What conditions are asked for is a boolean; what is known to be something else is none.
void ConditionType(const LintContext& context, Report& report) {
  for (const std::string_view type :
       {"conditionExpression", "condition", "loopCondition", "completionCondition", "activationCondition"}) {
    for (const Element& condition : context.view.OfType(type)) {
      if (!context.IsExecutable(condition) || !IsFeelLanguage(condition.attribute("language").value_or("")))
        continue;
      const absl::StatusOr<feel::Expression> expression = feel::Parse(condition.text());
      if (!expression.ok()) continue;  // another rule
      const feel::Type::Kind kind = expression->type().kind();
      if (kind == feel::Type::Kind::kAny || kind == feel::Type::Kind::kBoolean ||
          kind == feel::Type::Kind::kNull || kind == feel::Type::Kind::kList)
        continue;
      report.Add(condition,
                 absl::StrCat("its ", InWords(condition.local_name()), " '", condition.text().substr(0, 60),
                              "' is a ", expression->type().ToString(), "; it must be true or false"));
    }
  }
}

void FeelNull(const LintContext& context, Report& report) {
  ForEachFeel(context, [&](const FeelText& written) {
    if (!feel::Parse(written.text).ok()) return;  // the other rule
    for (const feel::Finding& finding : feel::Read(written.text).findings) {
      report.Add(written.at, absl::StrCat("in ", written.Label(), " at ", finding.span.begin + 1, ": ",
                                          finding.message, finding.hint.empty() ? "" : "; ", finding.hint));
    }
  });
}

void ExpressionLanguage(const LintContext& context, Report& report) {
  const auto check = [&](const Element& at, const std::string& language) {
    if (IsFeelLanguage(language)) return;
    report.Add(at, absl::StrCat("is written in ", language, "; write it in FEEL"));
  };
  ForEachCondition(context, [&](const Element& condition) {
    check(condition, condition.attribute("language").value_or(""));
  });
  ForEachExecutable(context, [&](const Element& node) {
    if (node.type() == "scriptTask" && node.child("script"))
      check(node, node.attribute("scriptFormat").value_or(""));
  });
}

/// What a timeDate, timeDuration or timeCycle must be given, when nothing of the type can be it; else empty.
std::string_view WantedTime(std::string_view time, const feel::Type& type) {
  using Kind = feel::Type::Kind;
  const Kind kind = type.kind();
  if (kind == Kind::kNumber || kind == Kind::kBoolean || kind == Kind::kContext || kind == Kind::kFunction)
    return "a date, duration or cycle";
  const bool duration = kind == Kind::kDayTimeDuration || kind == Kind::kYearMonthDuration;
  const bool date = kind == Kind::kDate || kind == Kind::kDateTime;
  if (time == "timeDate" && (duration || kind == Kind::kTime)) return "a date, or let it be a timeDuration";
  if (time == "timeDuration" && (date || kind == Kind::kTime)) return "a duration, or let it be a timeDate";
  if (time == "timeCycle" && (date || kind == Kind::kTime)) return "a cycle like R3/PT10M";
  return {};
}

void Timer(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    for (const Element& definition : EventDefinitionsOf(node)) {
      if (definition.type() != "timerEventDefinition") continue;
      absl::Status status = absl::InvalidArgumentError(
          "has no time; give it a date, duration or cycle in ISO 8601, like PT10M");
      for (const Element& time : definition.children()) {
        const std::string text = time.text();
        if (!time.type().starts_with("time") || text.empty()) continue;
        status = absl::OkStatus();
        if (text[0] == '=') {  // whether it is FEEL at all is another rule's
          const auto expression = feel::Parse(text);
          const std::string_view wanted =
              expression.ok() ? WantedTime(time.type(), expression->type()) : std::string_view();
          if (wanted.empty()) continue;
          status = absl::InvalidArgumentError(absl::StrCat("its ", InWords(time.type()), " is a ",
                                                           expression->type().ToString(), "; give it ",
                                                           std::string(wanted)));
          break;
        }
        if (time.type() == "timeDuration") status = feel::ParseIsoDuration(text).status();
        if (time.type() == "timeDate") status = feel::ParseIsoDateTime(text).status();
        const bool cron = time.type() == "timeCycle" && IsCamunda(context) && text[0] != 'R';
        if (time.type() == "timeCycle" && !cron) status = feel::ParseIsoCycle(text).status();
        if (!status.ok()) break;
      }
      if (!status.ok()) report.Add(node, std::string(status.message()));
    }
  });
}

/// Where something begins when nothing starts the scope around it: what no flow enters, or what an event
/// starts.
bool Begins(const LintContext& context, const Element& node) {
  if (node.type() == "startEvent" || node.flag("instantiate", false)) return true;
  if (node.type() == "boundaryEvent" || node.flag("triggeredByEvent", false) ||
      node.flag("isForCompensation", false))
    return false;
  const bool link = node.is(kCatchEvent) && HasDefinition(node, "linkEventDefinition");
  return !link && context.view.Incoming(node).empty();
}

void NeverBegins(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (!scope.executable || scope.event_triggered || scope.flows.empty()) continue;
    if (std::any_of(scope.nodes.begin(), scope.nodes.end(),
                    [&](const Element& node) { return Begins(context, node); }))
      continue;
    report.Add(scope.container,
               "has no start event, and a flow leads to every element, so nothing begins; add a start event");
  }
}

constexpr Rule kRules[] = {
    {{"target/never-begins", Severity::kError, "A process or subprocess in which nothing can begin"},
     NeverBegins,
     Reach::kWhole},
    {{"target/task-type", Severity::kError, "A task type that the target does not run"}, TaskType},
    {{"target/unsupported-element", Severity::kError, "An element that the target does not run"},
     UnsupportedElement},
    {{"target/missing-implementation", Severity::kError, "A task that says not what to do"},
     MissingImplementation},
    {{"target/missing-condition", Severity::kError,
      "A gateway's flow without a condition that is not the default, or an empty condition"},
     MissingCondition},
    {{"target/feel-error", Severity::kError,
      "A FEEL expression that is wrong, or that the target cannot run"},
     FeelError},
    {{"target/condition-type", Severity::kError, "A condition that is neither true nor false", "8.4.13"},
     ConditionType},
    {{"target/feel-null", Severity::kWarning,
      "Part of a FEEL expression can only be null, or is not what it looks like"},
     FeelNull},
    {{"target/expression-language", Severity::kError, "An expression in another language than FEEL"},
     ExpressionLanguage},
    {{"target/timer", Severity::kError, "A timer without a time, or with one that is not ISO 8601"}, Timer},
};

}  // namespace

std::span<const Rule> TargetRules() { return kRules; }

}  // namespace ameide::bpmn
