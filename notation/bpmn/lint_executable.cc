// What the standard asks of executable processes only ("MUST be supplied if isExecutable is true"): errors
// `target/…`.
#include <string>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

template <typename Use>
void ForEachExecutable(const LintContext& context, const Use& use) {
  for (const Scope& scope : context.scopes) {
    if (!scope.executable) continue;
    for (const Element& node : scope.nodes) use(node);
  }
}

/// Whether a worker does what the event or task stands for.
bool HasJob(const Element& node) {
  return !IsBlank(node.extension(kZeebeNamespace, "taskDefinition").attribute("type").value_or(""));
}

/// Whether the reference names something, also of another file.
bool Names(const Element& element, std::string_view reference) {
  return !IsBlank(element.attribute(reference).value_or(""));
}

/// A message flow says which message it is where the events do not.
void MissingMessage(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    if (HasJob(node) || context.HasMessageFlow(node)) return;
    if (node.type() == "receiveTask" && !Names(node, "messageRef")) {
      report.Add(node, "names no message, so nothing can arrive; choose one (messageRef)");
    }
    for (const Element& definition : EventDefinitionsOf(node)) {
      if (definition.type() != "messageEventDefinition" || Names(definition, "messageRef")) continue;
      report.Add(node, node.is(kThrowEvent)
                           ? "names no message, so there is nothing to send; choose one (messageRef)"
                           : "names no message, so nothing can arrive; choose one (messageRef)");
    }
    for (const Element& definition : ThrownByLoop(node)) {
      if (definition.type() != "messageEventDefinition" || Names(definition, "messageRef")) continue;
      report.Add(node, "its multiple instances throw no message by name; choose one (messageRef)");
    }
  });
}

/// Errors and escalations that are thrown have codes, by which they are caught.
void MissingCode(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    const bool activity = node.is(kActivity);
    if (!node.is(kThrowEvent) && !activity) return;
    for (const Element& definition : activity ? ThrownByLoop(node) : EventDefinitionsOf(node)) {
      const bool error = definition.type() == "errorEventDefinition";
      if (!error && definition.type() != "escalationEventDefinition") continue;
      const std::string_view reference = error ? "errorRef" : "escalationRef";
      const Element thrown = definition.reference(reference);
      if (!Names(definition, reference)) {
        report.Add(node, absl::StrCat("names no ", error ? "error" : "escalation", " to throw; choose one (",
                                      std::string(reference), ")"));
      } else if (thrown && IsBlank(thrown.attribute(error ? "errorCode" : "escalationCode").value_or(""))) {
        report.Add(node, absl::StrCat("throws the ", LabelOf(thrown), ", which has no code; give it one (",
                                      error ? "errorCode" : "escalationCode", ")"));
      }
    }
  });
}

void MissingId(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (!scope.executable) continue;
    if (scope.container.type() == "process" && scope.container.id().empty())
      report.Add(scope.container, "has no id, by which it is started; give it one");
    for (const Element& node : scope.nodes) {
      if (node.id().empty()) report.Add(node, "cannot be followed without an id; give it one");
    }
  }
}

void MustUnderstand(const LintContext& context, Report& report) {
  bool executable = false;
  for (const Scope& scope : context.scopes) executable = executable || scope.executable;
  if (!executable) return;
  for (const Element& extension : context.view.OfType("extension")) {
    if (!extension.flag("mustUnderstand", false)) continue;
    report.Add(extension,
               "an extension must be understood by whoever runs this file, and it is not known here; "
               "remove it");
  }
}

void ActivationCondition(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    if (node.type() != "complexGateway" || context.view.Incoming(node).size() < 2) return;
    if (!IsBlank(node.child("activationCondition").text())) return;
    report.Add(node,
               "has several incoming flows but no activation condition; write one like activationCount >= 2");
  });
}

constexpr Rule kRules[] = {
    {{"target/missing-message", Severity::kError, "A message event or receive task without a message",
      "10.5.5"},
     MissingMessage},
    {{"target/missing-code", Severity::kError, "A thrown error or escalation without a code", "10.5.5"},
     MissingCode},
    {{"target/missing-id", Severity::kError, "A process or element that runs and has no id", "8.2.1"},
     MissingId},
    {{"target/must-understand", Severity::kError, "An extension that must be understood and is not", "8.2.3"},
     MustUnderstand,
     Reach::kWhole},
    {{"target/activation-condition", Severity::kError,
      "A complex gateway that does not say when it is passed", "10.6.5"},
     ActivationCondition},
};

}  // namespace

std::span<const Rule> ExecutableRules() { return kRules; }

}  // namespace ameide::bpmn
