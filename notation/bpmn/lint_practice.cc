// What the standard allows and good practice avoids: warnings.
#include <algorithm>
#include <set>
#include <string>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

bool IsDiverging(const LintContext& context, const Element& gateway) {
  return context.view.Outgoing(gateway).size() > 1;
}

/// Activities, events, participants, lanes; gateways only where a question is asked; flows only with a
/// condition.
bool NeedsName(const LintContext& context, const Element& element) {
  const std::string_view type = element.type();
  if (type == "boundaryEvent" || element.is(kSubProcessLike)) return false;
  if (type == "exclusiveGateway" || type == "inclusiveGateway" || type == "complexGateway")
    return IsDiverging(context, element);
  if (type == "sequenceFlow") {
    const Element source = element.reference("sourceRef");
    return HasCondition(element) && source.is(kGateway) && IsDiverging(context, source);
  }
  return element.is(kNamed) && !element.is(kAbstract) && type != "implicitThrowEvent";
}

void MissingName(const LintContext& context, Report& report) {
  for (const Element& element : context.view.model_elements()) {
    if (NeedsName(context, element) && IsBlank(element.name()))
      report.Add(element, "has no name; say what it stands for");
  }
}

bool HasNodeOfType(const Scope& scope, std::string_view type) {
  return std::any_of(scope.nodes.begin(), scope.nodes.end(),
                     [&](const Element& node) { return node.type() == type; });
}

/// Whether a gateway or receive task starts the process.
bool IsInstantiated(const Scope& scope) {
  return std::any_of(scope.nodes.begin(), scope.nodes.end(),
                     [](const Element& node) { return node.flag("instantiate", false); });
}

void NoStartEvent(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (scope.nodes.empty() || scope.ad_hoc || HasNodeOfType(scope, "startEvent") || IsInstantiated(scope))
      continue;
    report.Add(scope.container, "has no start event; add one, so that it is plain where it begins");
  }
}

void NoEndEvent(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (scope.nodes.empty() || scope.ad_hoc || HasNodeOfType(scope, "endEvent")) continue;
    report.Add(scope.container, "has no end event; add one, so that it is plain where it is done");
  }
}

/// Nodes where a scope can begin.
bool IsEntry(const LintContext& context, const Scope& scope, const Element& node, bool has_start) {
  if (node.type() == "startEvent" || node.flag("triggeredByEvent", false)) return true;
  if (node.flag("isForCompensation", false) || node.flag("instantiate", false)) return true;
  if (node.type() == "intermediateCatchEvent" && HasDefinition(node, "linkEventDefinition")) return true;
  return (!has_start || scope.ad_hoc) && context.view.Incoming(node).empty() &&
         node.type() != "boundaryEvent";
}

void Unreachable(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    const bool has_start = HasNodeOfType(scope, "startEvent");
    std::unordered_set<uint32_t> reached;
    std::vector<Element> open;
    const auto reach = [&](const Element& node) {
      if (node && reached.insert(static_cast<uint32_t>(node.node())).second) open.push_back(node);
    };
    for (const Element& node : scope.nodes) {
      if (IsEntry(context, scope, node, has_start)) reach(node);
    }
    while (!open.empty()) {
      const Element node = open.back();
      open.pop_back();
      for (const Element& flow : context.view.Outgoing(node)) reach(flow.reference("targetRef"));
      for (const Element& event : context.view.BoundaryEvents(node)) reach(event);
    }
    for (const Element& node : scope.nodes) {
      if (reached.contains(static_cast<uint32_t>(node.node()))) continue;
      if (node.type() == "boundaryEvent" && !node.reference("attachedToRef"))
        continue;  // another rule's finding
      report.Add(node, "cannot be reached from any start; connect it or delete it");
    }
  }
}

void ImplicitSplit(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    for (const Element& node : scope.nodes) {
      if (node.is(kGateway)) continue;
      const std::vector<Element>& outgoing = context.view.Outgoing(node);
      if (outgoing.size() < 2) continue;
      const Element fallback = node.reference("default");
      const auto unconditional = std::count_if(outgoing.begin(), outgoing.end(), [&](const Element& flow) {
        return !HasCondition(flow) && flow != fallback;
      });
      if (unconditional > 1) {
        report.Add(node, absl::StrCat("splits into ", unconditional,
                                      " parallel flows without a gateway; put a parallel gateway behind it"));
      }
    }
  }
}

void ImplicitJoin(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    for (const Element& node : scope.nodes) {
      if (node.is(kGateway) || context.view.Incoming(node).size() < 2) continue;
      report.Add(node, absl::StrCat("is entered by ", context.view.Incoming(node).size(),
                                    " flows without a gateway and runs once for each; put the gateway in "
                                    "front of it that is meant"));
    }
  }
}

void DefaultFlowCondition(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    for (const Element& node : scope.nodes) {
      const Element flow = node.reference("default");
      if (flow.type() == "sequenceFlow" && HasCondition(flow))
        report.Add(flow, "is a default flow with a condition, which is ignored; remove the condition",
                   Mend{"Remove the condition", flow.child("conditionExpression")});
    }
  }
}

void DuplicateFlow(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    std::set<std::pair<uint32_t, uint32_t>> seen;
    for (const Element& flow : scope.flows) {
      const Element source = flow.reference("sourceRef"), target = flow.reference("targetRef");
      if (!source || !target || HasCondition(flow)) continue;
      if (seen.emplace(static_cast<uint32_t>(source.node()), static_cast<uint32_t>(target.node())).second)
        continue;
      report.Add(flow, absl::StrCat("repeats a flow from ", LabelOf(source), " to ", LabelOf(target),
                                    "; delete one of them"));
    }
  }
}

void GatewayJoinsAndForks(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    for (const Element& node : scope.nodes) {
      if (!node.is(kGateway) || node.attribute("gatewayDirection").value_or("") == "Mixed") continue;
      if (context.view.Incoming(node).size() < 2 || !IsDiverging(context, node)) continue;
      report.Add(node, "both merges and splits; use a gateway for each, so that readers see both");
    }
  }
}

/// Whether something outside the flows can end the scope: an event subprocess, a boundary event, an ending
/// event.
bool MayBeInterrupted(const LintContext& context, const Scope& scope) {
  if (!context.view.BoundaryEvents(scope.container).empty()) return true;
  return std::any_of(scope.nodes.begin(), scope.nodes.end(), [](const Element& node) {
    return node.flag("triggeredByEvent", false) ||
           (node.type() == "endEvent" && !EventDefinitionsOf(node).empty());
  });
}

/// Nodes that something leads to and from which no path leads out: a loop without exit.
void NoWayOut(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (scope.ad_hoc || MayBeInterrupted(context, scope)) continue;
    std::unordered_set<uint32_t> leads_out;
    std::vector<Element> open;
    const auto add = [&](const Element& node) {
      if (node && leads_out.insert(static_cast<uint32_t>(node.node())).second) open.push_back(node);
    };
    for (const Element& node : scope.nodes) {
      const std::vector<Element>& outgoing = context.view.Outgoing(node);
      const bool leaves = std::any_of(outgoing.begin(), outgoing.end(),
                                      [](const Element& flow) { return !flow.reference("targetRef"); });
      if (outgoing.empty() || leaves) add(node);
    }
    while (!open.empty()) {
      const Element node = open.back();
      open.pop_back();
      for (const Element& flow : context.view.Incoming(node)) add(flow.reference("sourceRef"));
      if (node.type() == "boundaryEvent") add(node.reference("attachedToRef"));
    }
    for (const Element& node : scope.nodes) {
      if (leads_out.contains(static_cast<uint32_t>(node.node()))) continue;
      report.Add(node, "is in a loop that nothing leads out of; add a gateway with a way out");
      break;  // one of the loop will do
    }
  }
}

/// Where end events say what is done, readers expect every path to lead to one. The standard lets an activity
/// without outgoing flow end its path all the same (10.3). An element that nothing leads to is
/// bpmn/unreachable's.
void DeadEnd(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    bool ends = false;
    for (const Element& node : scope.nodes) ends = ends || node.type() == "endEvent";
    if (!ends || scope.ad_hoc) continue;
    for (const Element& node : scope.nodes) {
      if (node.is(kEvent) || node.flag("isForCompensation", false) || node.flag("triggeredByEvent", false))
        continue;
      if (context.view.Incoming(node).empty() || !context.view.Outgoing(node).empty()) continue;
      report.Add(node,
                 "leads nowhere, though there are end events; connect it to one, or to what comes next");
    }
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/missing-name", Severity::kWarning, "Something that readers see has no name"}, MissingName},
    {{"bpmn/no-start-event", Severity::kWarning, "A process or subprocess has no start event"},
     NoStartEvent,
     Reach::kWhole},
    {{"bpmn/no-end-event", Severity::kWarning, "A process or subprocess has no end event"},
     NoEndEvent,
     Reach::kWhole},
    {{"bpmn/dead-end", Severity::kWarning, "A path that leads to no end event, where there are end events"},
     DeadEnd,
     Reach::kWhole},
    {{"bpmn/unreachable", Severity::kWarning, "No path leads to an element"}, Unreachable, Reach::kWhole},
    {{"bpmn/implicit-split", Severity::kWarning, "Parallel flows without a gateway"}, ImplicitSplit},
    {{"bpmn/implicit-join", Severity::kWarning, "Flows meet without a gateway"}, ImplicitJoin},
    {{"bpmn/default-flow-condition", Severity::kWarning, "A default flow with a condition", "8.4.13"},
     DefaultFlowCondition},
    {{"bpmn/duplicate-flow", Severity::kWarning, "Two flows between the same elements"}, DuplicateFlow},
    {{"bpmn/gateway-join-fork", Severity::kWarning, "A gateway that both merges and splits"},
     GatewayJoinsAndForks},
    {{"bpmn/no-way-out", Severity::kWarning, "A loop without an exit"}, NoWayOut, Reach::kWhole},
};

}  // namespace

std::span<const Rule> PracticeRules() { return kRules; }

}  // namespace ameide::bpmn
