// Messages: their names, who may receive them, and the keys that tell them apart (BPMN 2.0.2, clauses 8.3.2,
// 8.4.2 and 9.4).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/compiler/process_compiler.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kZeebeNamespace;
using engine::Index;
using engine::kNone;

namespace {

std::string NameOf(const Element& message) { return message.name().empty() ? message.id() : message.name(); }

/// The message that an event, a send or a receive task names itself.
Element MessageAt(const bpmn::Definitions& view, const Element& element) {
  if (const Element message = element.reference("messageRef")) return message;
  for (const Element& definition : DefinitionsOf(view, element)) {
    if (const Element message = definition.reference("messageRef")) return message;
  }
  return {};
}

/// What goes over a message flow: what the flow says, what one of its ends says, or the flow itself.
std::string NameOnFlow(const bpmn::Definitions& view, const Element& flow) {
  for (const Element& message : {flow.reference("messageRef"), MessageAt(view, flow.reference("sourceRef")),
                                 MessageAt(view, flow.reference("targetRef"))}) {
    if (message) return NameOf(message);
  }
  return absl::StrCat("message flow ", flow.id());
}

/// The id of the process that a message flow's end is in or stands for; a pool without a process is outside.
std::string ProcessAt(const Element& end) {
  if (end.type() == "participant") {
    const Element process = end.reference("processRef");
    return process ? process.id() : absl::StrCat("participant ", end.id());
  }
  Element at = end;
  while (at && at.type() != "process") at = at.parent();
  return at.id();
}

/// The expression with which a correlation property reads a message.
std::string RetrievalOf(const Element& property, const Element& message) {
  for (const Element& retrieval : property.children("correlationPropertyRetrievalExpression")) {
    if (retrieval.reference("messageRef") == message) return retrieval.child("messagePath").text();
  }
  return "";
}

std::string WithoutMarker(const std::string& text) { return text.starts_with("=") ? text.substr(1) : text; }

/// One expression for several: a list.
std::string Together(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return texts[0];
  return absl::StrCat("[", absl::StrJoin(texts, ", "), "]");
}

std::vector<Element> PropertiesOf(const bpmn::Definitions& view, const Element& key) {
  std::vector<Element> properties;
  for (const Element& reference : key.children("correlationPropertyRef")) {
    properties.push_back(view.Resolve(reference, reference.text()));
  }
  return properties;
}

}  // namespace

bool ProcessCompiler::CompileMessage(const Element& element, const Element& message, bool throws,
                                     engine::EventDefinition& it) {
  it.trigger = engine::Trigger::kMessage;
  std::string name = message ? NameOf(message) : "";
  for (const Element& flow : view_.OfType("messageFlow")) {
    if (!(flow.reference(throws ? "sourceRef" : "targetRef") == element)) continue;
    if (name.empty()) name = NameOnFlow(view_, flow);
    if (throws && it.receiver.empty()) it.receiver = ProcessAt(flow.reference("targetRef"));
  }
  // A simulation can still be sent something by the event's own name.
  if (name.empty() && !throws && InSimulation() && element.is(bpmn::kEvent)) {
    name = element.name().empty() ? element.id() : element.name();
  }
  if (name.empty()) return false;
  it.name = AddParameter(element, name, "message name");
  if (message) it.correlation = CorrelationKey(element, message, throws);
  return true;
}

/// zeebe:subscription of the message, or the standard's correlation: the receiver's correlation subscription
/// says what the key is in the process, the retrieval expressions say what it is in the message.
Index ProcessCompiler::CorrelationKey(const Element& element, const Element& message, bool throws) {
  const std::string zeebe =
      message.extension(kZeebeNamespace, "subscription").attribute("correlationKey").value_or("");
  // A message that begins a process has no key to compare with.
  const bool starts = element.type() == "startEvent" && !element.container().is(bpmn::kSubProcessLike);
  if (starts) return kNone;
  if (!zeebe.empty()) return AddExpression(element, zeebe, "correlation key");
  std::vector<std::string> texts;
  if (throws) {
    for (const Element& key : view_.OfType("correlationKey")) {
      texts.clear();
      for (const Element& property : PropertiesOf(view_, key)) {
        texts.push_back(WithoutMarker(RetrievalOf(property, message)));
      }
      const bool whole = !texts.empty() && std::none_of(texts.begin(), texts.end(),
                                                        [](const std::string& it) { return it.empty(); });
      if (whole) return AddExpression(element, Together(texts), "correlation key");
    }
    return kNone;
  }
  Element process = element;
  while (process && process.type() != "process") process = process.parent();
  for (const Element& subscription : process.children("correlationSubscription")) {
    texts.clear();
    for (const Element& property : PropertiesOf(view_, subscription.reference("correlationKeyRef"))) {
      if (RetrievalOf(property, message).empty()) continue;
      for (const Element& binding : subscription.children("correlationPropertyBinding")) {
        if (binding.reference("correlationPropertyRef") == property)
          texts.push_back(WithoutMarker(binding.child("dataPath").text()));
      }
    }
    if (!texts.empty()) return AddExpression(element, Together(texts), "correlation key");
  }
  return kNone;
}

}  // namespace ameide::compiler
