// What events wait for and do (BPMN 2.0.2, clauses 10.5 and 13.5).
#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "backend/compiler/process_compiler.h"
#include "backend/engine/calendar.h"
#include "notation/feel/duration.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kZeebeNamespace;
using engine::EventDefinition;
using engine::Node;
using engine::NodeKind;
using engine::Trigger;

std::vector<Element> DefinitionsOf(const bpmn::Definitions& view, const Element& event) {
  std::vector<Element> found;
  for (const Element& child : event.children()) {
    if (child.is(bpmn::kEventDefinition)) found.push_back(child);
    if (child.type() == "eventDefinitionRef") found.push_back(view.Resolve(child, child.text()));
  }
  return found;
}

void ProcessCompiler::CompileEvent(const Element& element, Node& node) {
  const std::string_view type = element.type();
  std::string clause = "13.5.2";
  if (type == "startEvent") {
    node.kind = NodeKind::kStartEvent;
    // Of a process's own start events it says nothing (10.5.2).
    node.interrupting =
        !element.container().is(bpmn::kSubProcessLike) || element.flag("isInterrupting", true);
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
  const bool waits = node.kind == NodeKind::kCatchEvent || node.kind == NodeKind::kBoundaryEvent;
  const std::vector<Element> definitions = DefinitionsOf(view_, element);
  if (definitions.empty() && waits) {
    Report(element,
           absl::StrCat("the ", InWords(type), " says not what it waits for; give it an event definition"),
           clause);
  }
  const bool links = std::any_of(definitions.begin(), definitions.end(),
                                 [](const Element& it) { return it.type() == "linkEventDefinition"; });
  if (links && definitions.size() > 1) {
    Report(element, "a link event cannot do anything else; keep the link alone", "10.5.5");
  }
  if (links) {
    node.kind = NodeKind::kThrowEvent;  // a link is a flow: both of its ends are passed
    return;
  }
  for (const Element& definition : definitions) CompileDefinition(element, definition, clause, node);
  const bool catches = element.is(bpmn::kCatchEvent);
  node.parallel_multiple = catches && node.definitions.size() > 1 && element.flag("parallelMultiple", false);
  const bool top = node.kind == NodeKind::kStartEvent && !element.container().is(bpmn::kSubProcessLike);
  node.instantiates = top && !definitions.empty();
}

void ProcessCompiler::CompileDefinition(const Element& event, const Element& definition,
                                        const std::string& clause, Node& node) {
  const std::string_view type = definition.type();
  const bool throws = node.kind == NodeKind::kEndEvent || node.kind == NodeKind::kThrowEvent;
  EventDefinition it;
  if (type == "timerEventDefinition" && !throws) {
    CompileTimer(event, definition, it);
  } else if (type == "messageEventDefinition") {
    if (throws && CompileJob(event, node)) return;
    if (!CompileMessage(event, definition.reference("messageRef"), throws, it)) {
      if (throws && InSimulation() && options_.stub) return;
      Report(event,
             throws ? "the event names no message, so there is nothing to send; choose one"
                    : "the event names no message, so nothing can arrive; choose one",
             "10.5.5");
    }
  } else if (type == "signalEventDefinition") {
    CompileSignal(event, definition, it);
  } else if (type == "errorEventDefinition" && node.kind != NodeKind::kThrowEvent) {
    CompileError(event, definition, throws, it);
    if (!throws && !node.interrupting) {
      Report(event, "an error event that is caught always interrupts; remove cancelActivity=\"false\"",
             "10.5.4");
    }
  } else if (type == "escalationEventDefinition") {
    CompileEscalation(event, definition, throws, it);
  } else if (type == "conditionalEventDefinition" && !throws) {
    CompileConditional(event, definition, it);
  } else if (type == "compensateEventDefinition") {
    it.trigger = Trigger::kCompensation;
    it.wait_for_completion = definition.flag("waitForCompletion", true);
    if (throws && definition.attribute("activityRef")) {
      compensations_[{static_cast<engine::Index>(plan_.nodes.size()), node.definitions.size()}] =
          definition.reference("activityRef");
    }
  } else if (type == "cancelEventDefinition" && node.kind != NodeKind::kThrowEvent) {
    it.trigger = Trigger::kCancel;
  } else if (type == "terminateEventDefinition" && node.kind == NodeKind::kEndEvent) {
    it.trigger = Trigger::kTerminate;
  } else {
    Report(event,
           absl::StrCat(WithArticle(InWords(event.type())), " cannot have ",
                        WithArticle(InWords(type.empty() ? "eventDefinition" : type)),
                        "; choose another kind of event"),
           clause);
    return;
  }
  node.definitions.push_back(std::move(it));
}

void ProcessCompiler::CompileTimer(const Element& event, const Element& definition,
                                   engine::EventDefinition& it) {
  it.trigger = Trigger::kTimer;
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
    it.timer_kind = kind;
  }
  if (given != 1 || time.text().empty()) {
    Report(event, "the timer needs exactly one of a date, a duration or a cycle (ISO 8601, like PT10M)",
           "10.5.5");
    return;
  }
  it.timer = AddParameter(event, time.text(), "timer");
  if (it.timer.expression != engine::kNone || it.timer.text.empty()) return;
  absl::Status status;
  if (it.timer_kind == engine::TimerKind::kDate) status = feel::ParseIsoDateTime(it.timer.text).status();
  if (it.timer_kind == engine::TimerKind::kDuration) status = feel::ParseIsoDuration(it.timer.text).status();
  if (it.timer_kind == engine::TimerKind::kCycle && !engine::IsCalendar(it.timer.text))
    status = feel::ParseIsoCycle(it.timer.text).status();
  if (!status.ok()) {
    Report(event, absl::StrCat("the timer's time cannot be read: ", std::string(status.message())), "10.5.5");
  }
}

/// Where an error is caught, a missing reference or code means every error (clause 10.5.5, table 10.83).
void ProcessCompiler::CompileError(const Element& event, const Element& definition, bool throws,
                                   EventDefinition& it) {
  it.trigger = Trigger::kError;
  const Element error = definition.reference("errorRef");
  if (!error) {
    if (definition.attribute("errorRef") || throws) {
      Report(event, "the error event names no error of this file; choose one", "10.5.5");
    }
    return;
  }
  it.code = error.attribute("errorCode").value_or("");
  if (it.code.empty() && throws) {
    Report(event, absl::StrCat("the error ", error.id(), " has no error code; give it one"), "10.5.5");
  }
}

/// As for errors; an escalation without a code goes by its id, so that it can be thrown.
void ProcessCompiler::CompileEscalation(const Element& event, const Element& definition, bool throws,
                                        EventDefinition& it) {
  it.trigger = Trigger::kEscalation;
  const Element escalation = definition.reference("escalationRef");
  if (!escalation) {
    if (definition.attribute("escalationRef")) {
      Report(event, "the escalation event names no escalation of this file; choose one", "10.5.5");
    }
    return;
  }
  it.code = escalation.attribute("escalationCode").value_or("");
  if (it.code.empty() && throws && event.type() == "endEvent" && !InSimulation()) {
    Report(event, absl::StrCat("the escalation ", escalation.id(), " has no code; give it one"), "10.5.5");
  }
}

/// A signal is known by its name. In a simulation one that is not named goes by what it is called at the
/// event.
void ProcessCompiler::CompileSignal(const Element& event, const Element& definition, EventDefinition& it) {
  it.trigger = Trigger::kSignal;
  const Element signal = definition.reference("signalRef");
  std::string name = signal ? signal.name() : "";
  if (name.empty()) name = signal.id();
  if (name.empty() && InSimulation()) name = event.name().empty() ? event.id() : event.name();
  if (name.empty() || (!signal && definition.attribute("signalRef"))) {
    Report(event, "the signal event names no signal of this file; choose one", "10.5.5");
  }
  it.name = AddParameter(signal ? signal : event, name, "signal name");
}

void ProcessCompiler::CompileConditional(const Element& event, const Element& definition,
                                         EventDefinition& it) {
  it.trigger = Trigger::kConditional;
  it.condition = AddFormal(event, definition.child("condition"), "condition", "10.5.5");
}

}  // namespace ameide::compiler
