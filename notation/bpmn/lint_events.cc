// Where events and their definitions may stand (BPMN 2.0.2, 10.5).
#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

std::optional<EventPlace> PlaceOf(const Element& event) {
  const std::string_view type = event.type();
  if (type == "endEvent") return EventPlace::kEnd;
  if (type == "intermediateCatchEvent") return EventPlace::kIntermediateCatch;
  if (type == "intermediateThrowEvent") return EventPlace::kIntermediateThrow;
  if (type == "boundaryEvent") {
    return event.flag("cancelActivity", true) ? EventPlace::kBoundaryInterrupting
                                              : EventPlace::kBoundaryNonInterrupting;
  }
  if (type != "startEvent") return std::nullopt;
  const Element container = event.container();
  if (!container.is(kSubProcessLike)) return EventPlace::kTopLevelStart;
  if (!container.flag("triggeredByEvent", false)) return EventPlace::kSubProcessStart;
  return event.flag("isInterrupting", true) ? EventPlace::kEventSubProcessInterruptingStart
                                            : EventPlace::kEventSubProcessNonInterruptingStart;
}

/// Compensation has no non-interrupting form; cancelActivity says nothing there.
EventPlace PlaceFor(std::string_view definition, EventPlace place) {
  const bool compensation = definition == "compensateEventDefinition";
  return compensation && place == EventPlace::kBoundaryNonInterrupting ? EventPlace::kBoundaryInterrupting
                                                                       : place;
}

void EventDefinitionPlace(const LintContext& context, Report& report) {
  for (const Element& event : context.view.model_elements()) {
    if (!event.is(kEvent)) continue;
    const std::optional<EventPlace> place = PlaceOf(event);
    if (!place) continue;
    const std::vector<Element> definitions = EventDefinitionsOf(event);
    if (definitions.empty() && !event.child("eventDefinitionRef") && !EventDefinitionAllowed("", *place)) {
      report.Add(event, absl::StrCat("has no event definition, which ", std::string(EventPlaceName(*place)),
                                     " needs; choose what it waits for"));
    }
    for (const Element& definition : definitions) {
      if (EventDefinitionAllowed(definition.type(), PlaceFor(definition.type(), *place))) continue;
      report.Add(event, absl::StrCat(WithArticle(TypeInWords(definition.type())), " cannot stand at ",
                                     std::string(EventPlaceName(*place)),
                                     "; choose another kind of event (BPMN 2.0.2, table 10.93)"));
    }
  }
}

void CancelOutsideTransaction(const LintContext& context, Report& report) {
  for (const Element& definition : context.view.OfType("cancelEventDefinition")) {
    const Element event = definition.parent();
    const bool inside = event.type() == "endEvent" && event.container().type() == "transaction";
    const bool attached =
        event.type() == "boundaryEvent" && event.reference("attachedToRef").type() == "transaction";
    if (inside || attached || !event.is(kEvent)) continue;
    report.Add(event, "cancels, but belongs to no transaction; use a terminate or error event");
  }
}

void EventSubProcessStart(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (!scope.event_triggered || scope.nodes.empty()) continue;
    const auto starts = std::count_if(scope.nodes.begin(), scope.nodes.end(),
                                      [](const Element& node) { return node.type() == "startEvent"; });
    if (starts == 1) continue;
    report.Add(scope.container,
               absl::StrCat("has ", starts, " start events; an event subprocess needs exactly one"));
  }
}

void BoundaryNotAttached(const LintContext& context, Report& report) {
  for (const Element& event : context.view.OfType("boundaryEvent")) {
    const std::optional<std::string> name = event.attribute("attachedToRef");
    if (!name || name->empty()) {
      report.Add(event,
                 "is attached to no activity (attachedToRef); attach it, or make it an intermediate event");
      continue;
    }
    const Element host = event.reference("attachedToRef");
    if (host && host.parent() != event.parent()) {
      report.Add(event, absl::StrCat("is attached to ", LabelOf(host), " of another process or subprocess"));
    }
  }
}

void EventBasedGateway(const LintContext& context, Report& report) {
  for (const Element& gateway : context.view.OfType("eventBasedGateway")) {
    const std::vector<Element>& outgoing = context.view.Outgoing(gateway);
    if (outgoing.size() < 2) {
      report.Add(gateway, "needs at least two outgoing flows, each to an event that it waits for");
    }
    for (const Element& flow : outgoing) {
      const Element target = flow.reference("targetRef");
      if (!target || target.type() == "intermediateCatchEvent" || target.type() == "receiveTask") continue;
      report.Add(gateway, absl::StrCat("leads to ", LabelOf(target),
                                       "; it can wait only for intermediate catch events and receive tasks"));
    }
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/event-definition-place", Severity::kError,
      "An event definition that the standard does not allow there"},
     EventDefinitionPlace},
    {{"bpmn/cancel-outside-transaction", Severity::kError, "A cancel event that belongs to no transaction"},
     CancelOutsideTransaction},
    {{"bpmn/event-subprocess-start", Severity::kError, "An event subprocess without exactly one start event"},
     EventSubProcessStart},
    {{"bpmn/boundary-not-attached", Severity::kError,
      "A boundary event attached to no activity of its scope"},
     BoundaryNotAttached},
    {{"bpmn/event-based-gateway", Severity::kError,
      "An event-based gateway with too few flows or wrong targets"},
     EventBasedGateway},
};

}  // namespace

std::span<const Rule> EventRules() { return kRules; }

}  // namespace ameide::bpmn
