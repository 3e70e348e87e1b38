// Where events and their definitions may stand (BPMN 2.0.2, 10.5, 10.6.6 and 10.7).
#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

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

/// What multi-instance activities throw while their instances complete: table 10.93 knows timers and
/// conditions only where they are caught.
void CheckThrownByLoop(Report& report, const Element& at, const Element& definition) {
  if (!definition || EventDefinitionAllowed(definition.type(), EventPlace::kIntermediateThrow) ||
      EventDefinitionAllowed(definition.type(), EventPlace::kEnd)) {
    return;
  }
  report.Add(at, absl::StrCat(WithArticle(InWords(definition.type())),
                              " can only be caught, but multiple instances throw it; choose one that can be "
                              "thrown, like a signal"));
}

void EventDefinitionPlace(const LintContext& context, Report& report) {
  for (const Element& loop : context.view.OfType("multiInstanceLoopCharacteristics")) {
    for (const std::string_view name : {"noneBehaviorEventRef", "oneBehaviorEventRef"}) {
      if (const Element definition = loop.reference(name); definition.is(kEventDefinition))
        CheckThrownByLoop(report, loop, definition);
    }
    for (const Element& behavior : loop.children("complexBehaviorDefinition")) {
      for (const Element& definition : EventDefinitionsOf(behavior.child("event")))
        CheckThrownByLoop(report, loop, definition);
    }
  }
  for (const Element& event : context.view.model_elements()) {
    if (!event.is(kEvent)) continue;
    if (event.type() == "implicitThrowEvent" && event.parent().is(kFlowElementsContainer)) {
      report.Add(event,
                 "is thrown by multi-instance activities only, in a complexBehaviorDefinition; use an "
                 "intermediate throw event here");
    }
    const std::optional<EventPlace> place = PlaceOf(event);
    if (!place) continue;
    const std::vector<Element> definitions = EventDefinitionsOf(event);
    if (definitions.empty() && !event.child("eventDefinitionRef") && !EventDefinitionAllowed("", *place)) {
      report.Add(event, absl::StrCat("has no event definition, which ", std::string(EventPlaceName(*place)),
                                     " needs; choose what it waits for"));
    }
    if (definitions.size() > 1 && HasDefinition(event, "linkEventDefinition") &&
        EventDefinitionAllowed("linkEventDefinition", *place)) {
      report.Add(event, "is a link and something else, but a link only leads on; keep the link alone");
    }
    for (const Element& definition : definitions) {
      if (EventDefinitionAllowed(definition.type(), *place)) continue;
      report.Add(event, absl::StrCat(WithArticle(InWords(definition.type())), " cannot stand at ",
                                     std::string(EventPlaceName(*place)),
                                     "; choose another kind of event (BPMN 2.0.2, table 10.93)"));
    }
  }
}

/// Whether an element is in a transaction itself, or in an event subprocess of one: not in another
/// subprocess.
bool IsInTransaction(const Element& element) {
  Element scope = element.container();
  while (scope.flag("triggeredByEvent", false)) scope = scope.container();
  return scope.type() == "transaction";
}

void CancelOutsideTransaction(const LintContext& context, Report& report) {
  for (const std::string_view type : {"endEvent", "boundaryEvent"}) {
    for (const Element& event : context.view.OfType(type)) {
      if (!HasDefinition(event, "cancelEventDefinition")) continue;
      const Element host = event.reference("attachedToRef");
      if (type == "endEvent" ? IsInTransaction(event) : host.type() == "transaction" || !host) continue;
      report.Add(event, "cancels, but is directly in no transaction; use a terminate or error event");
    }
  }
}

/// Control leaves a cancelled transaction by its cancel boundary event.
void CancelNotCaught(const LintContext& context, Report& report) {
  for (const Element& event : context.view.OfType("endEvent")) {
    if (!HasDefinition(event, "cancelEventDefinition") || !IsInTransaction(event)) continue;
    Element transaction = event.container();
    while (transaction.flag("triggeredByEvent", false)) transaction = transaction.container();
    const std::vector<Element>& boundaries = context.view.BoundaryEvents(transaction);
    if (std::any_of(boundaries.begin(), boundaries.end(), [](const Element& boundary) {
          return HasDefinition(boundary, "cancelEventDefinition");
        })) {
      continue;
    }
    report.Add(event, absl::StrCat("cancels ", LabelOf(transaction),
                                   ", which has no cancel boundary event, so nothing goes on behind it; add "
                                   "one"));
  }
}

void EventSubProcessStart(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (!scope.event_triggered) continue;
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
    } else if (host.flag("triggeredByEvent", false)) {
      report.Add(event, absl::StrCat("is attached to ", LabelOf(host),
                                     ", an event subprocess, which no flow leaves; handle the event in it"));
    }
  }
}

/// What an event-based gateway can wait for, besides receive tasks.
bool IsWaitable(const Element& event) {
  const std::vector<Element> definitions = EventDefinitionsOf(event);
  return std::all_of(definitions.begin(), definitions.end(), [](const Element& definition) {
    const std::string_view type = definition.type();
    return type == "messageEventDefinition" || type == "timerEventDefinition" ||
           type == "conditionalEventDefinition" || type == "signalEventDefinition";
  });
}

void CheckEventTarget(const LintContext& context, Report& report, const Element& gateway,
                      const Element& target) {
  if (target.type() != "receiveTask" && target.type() != "intermediateCatchEvent") {
    report.Add(gateway, absl::StrCat("leads to ", LabelOf(target),
                                     "; it can wait only for intermediate catch events and receive tasks"));
    return;
  }
  if (target.type() == "intermediateCatchEvent" && !IsWaitable(target)) {
    report.Add(target, absl::StrCat("follows ", LabelOf(gateway),
                                    ", which can wait only for messages, signals, timers and conditions"));
  }
  if (target.type() == "receiveTask" && !context.view.BoundaryEvents(target).empty()) {
    report.Add(target,
               absl::StrCat("follows ", LabelOf(gateway),
                            " and has boundary events, which it must not have there; use another branch of "
                            "the gateway"));
  }
  if (context.view.Incoming(target).size() > 1) {
    report.Add(target,
               absl::StrCat("follows ", LabelOf(gateway),
                            " and has other incoming flows, which it must not have; merge behind it"));
  }
}

void EventBasedGateway(const LintContext& context, Report& report) {
  for (const Element& gateway : context.view.OfType("eventBasedGateway")) {
    if (!gateway.parent().is(kFlowElementsContainer)) continue;  // choreographies have other targets
    const std::vector<Element>& outgoing = context.view.Outgoing(gateway);
    bool messages = false, receivers = false;
    for (const Element& flow : outgoing) {
      const Element target = flow.reference("targetRef");
      if (!target) continue;
      messages |=
          target.type() == "intermediateCatchEvent" && HasDefinition(target, "messageEventDefinition");
      receivers |= target.type() == "receiveTask";
      CheckEventTarget(context, report, gateway, target);
    }
    if (messages && receivers) {
      report.Add(gateway, "waits for both message events and receive tasks; use the one or the other");
    }
  }
}

void EventBasedGatewayFlows(const LintContext& context, Report& report) {
  for (const Element& gateway : context.view.OfType("eventBasedGateway")) {
    if (context.view.Outgoing(gateway).size() > 1) continue;
    report.Add(gateway, "needs at least two outgoing flows, each to an event that it waits for");
  }
}

void Instantiation(const LintContext& context, Report& report) {
  for (const Element& gateway : context.view.OfType("eventBasedGateway")) {
    const bool starts = gateway.flag("instantiate", false);
    if (starts && !context.view.Incoming(gateway).empty()) {
      report.Add(gateway,
                 "starts processes (instantiate), so no flow may enter it; remove the flow or instantiate");
    }
    if (!starts && gateway.attribute("eventGatewayType").value_or("") == "Parallel") {
      report.Add(gateway,
                 "is parallel, which only a gateway that starts processes can be; set instantiate or make "
                 "it exclusive");
    }
  }
  for (const Element& task : context.view.OfType("receiveTask")) {
    if (!task.flag("instantiate", false) || context.view.Incoming(task).empty()) continue;
    report.Add(task,
               "starts processes (instantiate), so no flow may enter it; remove the flow or instantiate");
  }
  for (const Scope& scope : context.scopes) {
    if (!scope.container.is(kSubProcessLike)) continue;
    for (const Element& node : scope.nodes) {
      if (!node.flag("instantiate", false)) continue;
      report.Add(node, absl::StrCat("starts processes (instantiate), but is in ", LabelOf(scope.container),
                                    ", which the flow around it starts; remove instantiate"));
    }
  }
}

void LinkFlows(const LintContext& context, Report& report) {
  for (const Element& event : context.view.OfType("intermediateThrowEvent")) {
    if (!HasDefinition(event, "linkEventDefinition") || context.view.Outgoing(event).empty()) continue;
    report.Add(event, "throws a link, so the flow goes on at the link's target; remove its outgoing flow");
  }
  for (const Element& event : context.view.OfType("intermediateCatchEvent")) {
    if (!HasDefinition(event, "linkEventDefinition") || context.view.Incoming(event).empty()) continue;
    report.Add(event, "is the target of a link, so no flow may enter it; remove its incoming flow");
  }
}

/// The links of one process or subprocess: throw and catch events find each other by the references of their
/// definitions, or by name.
struct Links {
  std::vector<Element> sources, targets;  ///< linkEventDefinition
};

Links LinksOf(const Scope& scope) {
  Links links;
  for (const Element& node : scope.nodes) {
    const bool throws = node.type() == "intermediateThrowEvent";
    if (!throws && node.type() != "intermediateCatchEvent") continue;
    for (const Element& definition : EventDefinitionsOf(node)) {
      if (definition.type() == "linkEventDefinition")
        (throws ? links.sources : links.targets).push_back(definition);
    }
  }
  return links;
}

void LinkWithoutPartner(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    const Links links = LinksOf(scope);
    std::unordered_set<std::string> thrown, caught;
    for (const auto& ends : {links.sources, links.targets}) {
      for (const Element& definition : ends) {
        if (IsBlank(definition.name()))
          report.Add(definition.parent(), "is a link without a name; give it one");
      }
    }
    for (const Element& definition : links.sources) thrown.insert(definition.name());
    for (const Element& definition : links.targets) {
      const std::string name = definition.name();
      if (!caught.insert(name).second) {
        report.Add(definition.parent(), absl::StrCat("is a second target of the link '", name,
                                                     "' here; a link has one target, rename one of them"));
      }
    }
    const auto is_named = [&](const Element& definition, const std::vector<Element>& partners,
                              std::string_view reference) {
      return std::any_of(partners.begin(), partners.end(), [&](const Element& partner) {
        return Contains(Referred(context, partner, reference), definition);
      });
    };
    for (const Element& definition : links.sources) {
      if (is_named(definition, links.targets, "source")) continue;
      const bool by_reference = static_cast<bool>(definition.child("target"));
      const Element target = definition.reference("target");
      if (by_reference ? !target || Contains(links.targets, target) : caught.contains(definition.name()))
        continue;
      report.Add(definition.parent(), absl::StrCat("the link '", definition.name(),
                                                   "' has no target in this process or subprocess; add a ",
                                                   "catching link event of this name"));
    }
    for (const Element& definition : links.targets) {
      if (is_named(definition, links.sources, "target")) continue;
      const bool by_reference = static_cast<bool>(definition.child("source"));
      const Element source = definition.reference("source");
      if (by_reference ? !source || Contains(links.sources, source) : thrown.contains(definition.name()))
        continue;
      report.Add(definition.parent(),
                 absl::StrCat("nothing in this process or subprocess goes to the link '", definition.name(),
                              "'; add a throwing link event of this name"));
    }
  }
}

void CompensationBoundary(const LintContext& context, Report& report) {
  std::unordered_set<uint32_t> handled;
  const auto handle = [&](const Element& event, const Element& handler) {
    if (event.type() != "boundaryEvent" || !HasDefinition(event, "compensateEventDefinition")) return;
    if (!handler.is(kActivity)) return;
    handled.insert(static_cast<uint32_t>(event.node()));
    if (handler.parent() != event.parent()) {
      report.Add(event, absl::StrCat("leads to ", LabelOf(handler),
                                     " of another process or subprocess; move that beside it"));
    }
    if (handler.flag("isForCompensation", false)) return;
    report.Add(handler, absl::StrCat("is associated with ", LabelOf(event),
                                     " but is not for compensation; set isForCompensation"));
  };
  for (const Element& association : context.view.OfType("association")) {
    const Element source = association.reference("sourceRef"), target = association.reference("targetRef");
    handle(source, target);
    handle(target, source);
  }
  for (const Element& event : context.view.OfType("boundaryEvent")) {
    if (!HasDefinition(event, "compensateEventDefinition")) continue;
    if (!context.view.Outgoing(event).empty()) {
      report.Add(event,
                 "catches compensation, so no flow may leave it; associate it with a compensation activity");
    } else if (EventDefinitionsOf(event).size() == 1 &&
               !handled.contains(static_cast<uint32_t>(event.node()))) {
      report.Add(
          event,
          "catches compensation, but is associated with no compensation activity; add the association");
    }
  }
}

/// Nothing but a compensation boundary event starts an activity that is for compensation.
void CompensationUnused(const LintContext& context, Report& report) {
  std::unordered_set<uint32_t> used;
  for (const Element& association : context.view.OfType("association")) {
    const Element source = association.reference("sourceRef"), target = association.reference("targetRef");
    if (source.type() == "boundaryEvent") used.insert(IndexOf(target));
    if (target.type() == "boundaryEvent") used.insert(IndexOf(source));
  }
  for (const Scope& scope : context.scopes) {
    for (const Element& node : scope.nodes) {
      if (!node.flag("isForCompensation", false) || used.contains(IndexOf(node))) continue;
      report.Add(node,
                 "is for compensation, but no compensation event leads to it; associate it with the boundary "
                 "event of what it undoes");
    }
  }
}

/// What undoes an activity is one thing: an activity that is associated with its one compensation boundary
/// event, or (of a subprocess) its one compensation event subprocess. More work belongs into a subprocess.
void CompensationHandlers(const LintContext& context, Report& report) {
  std::unordered_map<uint32_t, Element> by_event, by_activity, by_scope;
  const auto handle = [&](const Element& event, const Element& handler) {
    if (event.type() != "boundaryEvent" || !HasDefinition(event, "compensateEventDefinition")) return;
    if (!handler.is(kActivity)) return;
    const auto [first, added] = by_event.emplace(IndexOf(event), handler);
    if (added || first->second == handler) return;
    report.Add(event, absl::StrCat("leads to ", LabelOf(first->second), " and to ", LabelOf(handler),
                                   "; one activity undoes another, put both into a subprocess"));
  };
  for (const Element& association : context.view.OfType("association")) {
    const Element source = association.reference("sourceRef"), target = association.reference("targetRef");
    handle(source, target);
    handle(target, source);
  }
  for (const Element& event : context.view.OfType("boundaryEvent")) {
    const Element host = event.reference("attachedToRef");
    if (!host || !HasDefinition(event, "compensateEventDefinition")) continue;
    const auto [first, added] = by_activity.emplace(IndexOf(host), event);
    if (added) continue;
    report.Add(event, absl::StrCat("is a second compensation event at ", LabelOf(host),
                                   "; an activity is undone in one way, remove one of them"));
  }
  for (const Scope& scope : context.scopes) {
    if (!scope.event_triggered) continue;
    const Element around = scope.container.container();
    const bool compensates = std::any_of(scope.nodes.begin(), scope.nodes.end(), [](const Element& node) {
      return node.type() == "startEvent" && HasDefinition(node, "compensateEventDefinition");
    });
    if (!around || !compensates) continue;
    const auto [first, added] = by_scope.emplace(IndexOf(around), scope.container);
    if (added) continue;
    report.Add(scope.container,
               absl::StrCat("is a second event subprocess for compensation in ", LabelOf(around),
                            "; what is around is undone in one way, make one of both"));
  }
}

/// Event definitions inside an event are its own; others may use only those of the file's top level.
void SharedEventDefinition(const LintContext& context, Report& report) {
  for (const Element& reference : context.view.OfType("eventDefinitionRef")) {
    const Element definition = context.view.Resolve(reference, reference.text());
    if (!definition.is(kEventDefinition) || !definition.parent().is(kEvent)) continue;
    report.Add(reference,
               absl::StrCat("uses an event definition of ", LabelOf(definition.parent()),
                            "; move the definition to the top of the file, or give the event its own"));
  }
}

/// The item definition of what an event definition throws or catches.
Element ItemOf(const Element& definition) {
  if (const Element message = definition.reference("messageRef")) return message.reference("itemRef");
  for (const std::string_view name : {"errorRef", "escalationRef", "signalRef"}) {
    if (const Element thrown = definition.reference(name)) return thrown.reference("structureRef");
  }
  return {};
}

/// Data goes by the order of the definitions: one input or output for each, of its item.
void EventData(const LintContext& context, Report& report) {
  for (const Element& event : context.view.model_elements()) {
    if (!event.is(kEvent)) continue;
    const bool throws = event.is(kThrowEvent);
    const std::vector<Element> data = event.children(throws ? "dataInput" : "dataOutput");
    const std::vector<Element> definitions = EventDefinitionsOf(event);
    if (data.empty() || definitions.empty()) continue;
    if (data.size() != definitions.size()) {
      report.Add(event, absl::StrCat("has ", data.size(), throws ? " data inputs" : " data outputs", " for ",
                                     definitions.size(),
                                     " event definitions; give it one for each, in their order"));
      continue;
    }
    for (size_t i = 0; i < data.size(); ++i) {
      if (SameItem(data[i].reference("itemSubjectRef"), ItemOf(definitions[i]))) continue;
      report.Add(event,
                 absl::StrCat("its ", LabelOf(data[i]), " is of another item definition than its ",
                              InWords(definitions[i].type()), " carries; use one definition for both"));
    }
  }
}

/// Whether an event sees an activity to compensate: one of its own level, or of the level around the event
/// subprocess that it is in. What is around it can be undone as a whole, too.
bool SeesForCompensation(const Element& event, const Element& activity) {
  for (Element scope = event.container(); scope; scope = scope.container()) {
    if (activity == scope || activity.container() == scope) return true;
    if (!scope.flag("triggeredByEvent", false)) return false;
  }
  return false;
}

void CompensatedActivity(const LintContext& context, Report& report) {
  for (const Element& definition : context.view.OfType("compensateEventDefinition")) {
    const Element activity = definition.reference("activityRef"), event = definition.parent();
    if (!activity || !event.is(kEvent)) continue;
    if (RootOf(activity) != RootOf(definition)) {
      report.Add(event, absl::StrCat("compensates ", LabelOf(activity),
                                     " of another process; choose an activity of its own"));
    } else if (event.is(kThrowEvent) && !SeesForCompensation(event, activity)) {
      report.Add(event,
                 absl::StrCat("compensates ", LabelOf(activity),
                              ", which it does not see from its level; choose an activity beside it, or the "
                              "subprocess around that one"));
    }
  }
}

/// What an event subprocess waits for, as far as two can wait for the same: kind and what is named. Without a
/// name it is any error or escalation. A message or signal that is not named yet, a timer and a condition are
/// the same only when they are one definition.
std::vector<std::string> DeclarationsOf(const Element& start) {
  constexpr std::string_view kNames[] = {"messageRef", "signalRef", "errorRef", "escalationRef"};
  std::vector<std::string> declarations;
  if (start.flag("parallelMultiple", false)) return declarations;
  for (const Element& definition : EventDefinitionsOf(start)) {
    const std::string type(definition.type());
    if (type == "compensateEventDefinition") continue;  // another rule's
    Element declared = definition;
    for (const std::string_view name : kNames) {
      if (!definition.type().starts_with(name.substr(0, name.size() - 3))) continue;
      declared = definition.reference(name);
      const bool any = name == "errorRef" || name == "escalationRef";
      if (!declared && (!any || definition.attribute(name))) declared = definition;
    }
    declarations.push_back(absl::StrCat(type, " ", declared ? std::to_string(IndexOf(declared)) : ""));
  }
  return declarations;
}

/// An interrupting event subprocess ends what is around it, so nothing else can handle the same event there.
void EventSubProcessHandlers(const LintContext& context, Report& report) {
  struct Handler {
    Element subprocess;
    bool interrupts;
  };
  std::unordered_map<std::string, Handler> handlers;
  for (const Scope& scope : context.scopes) {
    if (!scope.event_triggered) continue;
    for (const Element& start : scope.nodes) {
      if (start.type() != "startEvent") continue;
      const bool interrupts = start.flag("isInterrupting", true);
      for (const std::string& declaration : DeclarationsOf(start)) {
        const auto [first, added] =
            handlers.emplace(absl::StrCat(IndexOf(scope.container.container()), " ", declaration),
                             Handler{scope.container, interrupts});
        if (added || !(interrupts || first->second.interrupts) || first->second.subprocess == scope.container)
          continue;
        report.Add(scope.container,
                   absl::StrCat("handles the same event as ", LabelOf(first->second.subprocess),
                                ", and one of them interrupts what is around; keep one of them"));
      }
    }
  }
}

void ParallelMultiple(const LintContext& context, Report& report) {
  for (const Element& event : context.view.model_elements()) {
    if (!event.is(kCatchEvent) || !event.flag("parallelMultiple", false)) continue;
    if (EventDefinitionsOf(event).size() > 1) continue;
    report.Add(event,
               "is parallel multiple, but has fewer than two event definitions; add those it waits for, or "
               "remove parallelMultiple");
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/event-definition-place", Severity::kError,
      "An event definition that the standard does not allow there", "10.5.5"},
     EventDefinitionPlace},
    {{"bpmn/cancel-outside-transaction", Severity::kError, "A cancel event that belongs to no transaction",
      "10.5.5"},
     CancelOutsideTransaction},
    {{"bpmn/cancel-not-caught", Severity::kWarning, "A cancelled transaction without cancel boundary event",
      "13.5.6"},
     CancelNotCaught,
     Reach::kWhole},
    {{"bpmn/event-subprocess-start", Severity::kError, "An event subprocess without exactly one start event",
      "10.3.5"},
     EventSubProcessStart,
     Reach::kWhole},
    {{"bpmn/boundary-not-attached", Severity::kError, "A boundary event attached to no activity of its scope",
      "10.5.4"},
     BoundaryNotAttached},
    {{"bpmn/event-based-gateway", Severity::kError,
      "An event-based gateway that leads to what it cannot wait for", "10.6.6"},
     EventBasedGateway},
    {{"bpmn/event-based-gateway-flows", Severity::kError,
      "An event-based gateway with fewer than two outgoing flows", "10.6.6", true},
     EventBasedGatewayFlows},
    {{"bpmn/instantiation", Severity::kError, "A gateway or task that starts processes where it cannot",
      "10.6.6"},
     Instantiation},
    {{"bpmn/link-flow", Severity::kError, "A flow out of a throwing or into a catching link event", "10.5.4"},
     LinkFlows},
    {{"bpmn/link-partner", Severity::kError, "A link without target or source, or with two targets",
      "10.5.5"},
     LinkWithoutPartner,
     Reach::kWhole},
    {{"bpmn/compensation-boundary", Severity::kError,
      "A compensation boundary event with a flow, or without compensation activity", "10.7"},
     CompensationBoundary},
    {{"bpmn/compensation-unused", Severity::kWarning, "A compensation activity that nothing starts", "10.7"},
     CompensationUnused,
     Reach::kWhole},
    {{"bpmn/compensation-handlers", Severity::kError, "An activity that is undone in more than one way",
      "10.7"},
     CompensationHandlers,
     Reach::kWhole},
    {{"bpmn/compensated-activity", Severity::kError,
      "A compensation of an activity of another process or level", "10.5.4"},
     CompensatedActivity},
    {{"bpmn/event-subprocess-handlers", Severity::kError,
      "Two event subprocesses for one event, of which one interrupts", "10.5.6"},
     EventSubProcessHandlers,
     Reach::kWhole},
    {{"bpmn/shared-event-definition", Severity::kError, "An event uses the event definition of another",
      "10.5.5", true},
     SharedEventDefinition},
    {{"bpmn/event-data", Severity::kError, "An event's data inputs or outputs do not match its definitions",
      "10.5.1", true},
     EventData},
    {{"bpmn/parallel-multiple", Severity::kWarning,
      "A parallel multiple event with fewer than two definitions", "10.5.5"},
     ParallelMultiple},
};

}  // namespace

std::span<const Rule> EventRules() { return kRules; }

}  // namespace ameide::bpmn
