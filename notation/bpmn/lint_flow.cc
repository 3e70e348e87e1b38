// How nodes are connected by sequence flows (BPMN 2.0.2, the "Sequence Flow connections" of clauses 8, 10.5
// and 10.6).
#include <string>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

/// Flows that the nodes at one end list by their child elements `incoming` or `outgoing`. A node that lists a
/// flow which does not enter or leave it is a finding.
std::unordered_set<uint32_t> ListedFlows(const LintContext& context, Report& report, bool incoming) {
  const std::string_view listing = incoming ? "incoming" : "outgoing";
  const std::string_view reference = incoming ? "targetRef" : "sourceRef";
  std::unordered_set<uint32_t> listed;
  for (const Element& each : context.view.OfType(listing)) {
    const Element node = each.parent();
    const Element flow = context.view.Resolve(each, each.text());
    if (!node.is(kFlowNode) || flow.type() != "sequenceFlow") continue;
    listed.insert(IndexOf(flow));
    if (flow.reference(reference) == node) continue;
    report.Add(each, absl::StrCat("lists ", LabelOf(flow), " as ", std::string(listing),
                                  ", but that flow does not ", incoming ? "enter" : "leave",
                                  " it; correct the list or the flow's ", std::string(reference)));
  }
  return listed;
}

/// Nodes repeat what flows say, and a file may leave that out: all of it, one direction, or for single flows.
/// But what is written must not contradict the flows, and a flow that one end lists is listed by the other.
void FlowListing(const LintContext& context, Report& report) {
  const std::unordered_set<uint32_t> entering = ListedFlows(context, report, true);
  const std::unordered_set<uint32_t> leaving = ListedFlows(context, report, false);
  if (!context.view.Has("incoming") || !context.view.Has("outgoing")) return;
  for (const Element& flow : context.view.OfType("sequenceFlow")) {
    const bool enters = entering.contains(IndexOf(flow));
    if (enters == leaving.contains(IndexOf(flow))) continue;
    const Element node = flow.reference(enters ? "sourceRef" : "targetRef");
    if (!node.is(kFlowNode)) continue;
    report.Add(flow, absl::StrCat("is listed by the element at its other end, but not as ",
                                  enters ? "outgoing" : "incoming", " by ", LabelOf(node), "; add it there"));
  }
}

bool IsInFlow(const Element& event) {
  const Element scope = event.parent();
  const bool choreography = scope.type() == "choreography" || scope.type() == "subChoreography";
  return choreography || (scope.is(kFlowElementsContainer) && scope.type() != "adHocSubProcess");
}

/// What events must be connected to. Of a link the flow is at one end only.
void EventWithoutFlow(const LintContext& context, Report& report) {
  const auto has_in = [&](const Element& event) { return !context.view.Incoming(event).empty(); };
  const auto has_out = [&](const Element& event) { return !context.view.Outgoing(event).empty(); };
  for (const Element& event : context.view.OfType("startEvent")) {
    if (IsInFlow(event) && !has_out(event))
      report.Add(event, "leads nowhere; a start event must be the source of a sequence flow");
  }
  for (const Element& event : context.view.OfType("endEvent")) {
    if (IsInFlow(event) && !has_in(event))
      report.Add(event, "is not reached; an end event must be the target of a sequence flow");
  }
  for (const Element& event : context.view.OfType("boundaryEvent")) {
    if (IsInFlow(event) && !has_out(event) && !HasDefinition(event, "compensateEventDefinition"))
      report.Add(event, "leads nowhere; a boundary event must be the source of a sequence flow");
  }
  for (const std::string_view type : {"intermediateCatchEvent", "intermediateThrowEvent"}) {
    for (const Element& event : context.view.OfType(type)) {
      if (!IsInFlow(event)) continue;
      const bool link = HasDefinition(event, "linkEventDefinition"), catches = event.is(kCatchEvent);
      const bool unreached = !(link && catches) && !has_in(event);
      const bool leads_nowhere = !(link && !catches) && !has_out(event);
      if (unreached && leads_nowhere) {
        report.Add(event,
                   "is connected to nothing; an intermediate event must be the target and the source of "
                   "sequence flows");
      } else if (unreached) {
        report.Add(event, "is not reached; an intermediate event must be the target of a sequence flow");
      } else if (leads_nowhere) {
        report.Add(event, "leads nowhere; an intermediate event must be the source of a sequence flow");
      }
    }
  }
}

template <typename Use>
void ForEachGateway(const LintContext& context, const Use& use) {
  for (const std::string_view type :
       {"exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway"}) {
    for (const Element& gateway : context.view.OfType(type)) {
      use(gateway, context.view.Incoming(gateway).size(), context.view.Outgoing(gateway).size());
    }
  }
}

void GatewayFlows(const LintContext& context, Report& report) {
  ForEachGateway(context, [&](const Element& gateway, size_t in, size_t out) {
    if (in > 1 || out > 1 || gateway.type() == "eventBasedGateway") return;  // another rule has those
    report.Add(gateway, absl::StrCat("neither merges nor splits: ", in, " incoming and ", out,
                                     " outgoing flows; connect more flows, or delete the gateway"));
  });
}

void GatewayDirection(const LintContext& context, Report& report) {
  ForEachGateway(context, [&](const Element& gateway, size_t in, size_t out) {
    const std::string direction = gateway.attribute("gatewayDirection").value_or("");
    const bool merges = direction == "Converging" || direction == "Mixed";
    const bool splits = direction == "Diverging" || direction == "Mixed";
    if (!merges && !splits) return;
    const bool contradicts = merges != (in > 1) || splits != (out > 1);
    if (!contradicts || (in < 2 && out < 2)) return;  // another rule has gateways that do neither
    const std::string right = in < 2 ? "Diverging" : out < 2 ? "Converging" : "Mixed";
    report.Add(gateway,
               absl::StrCat("is marked ", direction, ", but has ", in, " incoming and ", out,
                            " outgoing flows; correct gatewayDirection or the flows"),
               Mend{absl::StrCat("Mark it ", right), gateway, "gatewayDirection", right});
  });
}

void SingleConditionalFlow(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    for (const Element& node : scope.nodes) {
      if (!node.is(kActivity)) continue;
      const std::vector<Element>& outgoing = context.view.Outgoing(node);
      if (outgoing.size() != 1 || !HasCondition(outgoing[0])) continue;
      report.Add(outgoing[0], absl::StrCat("is conditional and the only flow out of ", LabelOf(node),
                                           "; add a flow for when the condition is false, or remove it"));
    }
  }
}

void ImmediateFlow(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (!scope.executable) continue;
    for (const Element& flow : scope.flows) {
      if (flow.flag("isImmediate", true)) continue;
      report.Add(flow,
                 "is not immediate, but its process is executable: nothing that is not in the model can "
                 "happen between; remove isImmediate",
                 Mend{"Remove isImmediate", flow, "isImmediate"});
    }
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/flow-listing", Severity::kError, "A node's incoming or outgoing contradict the sequence flows",
      "8.4.13", true},
     FlowListing},
    {{"bpmn/event-without-flow", Severity::kError, "An event that no flow enters, or none leaves", "10.5",
      true},
     EventWithoutFlow},
    {{"bpmn/gateway-flows", Severity::kError, "A gateway that neither merges nor splits", "10.6.1", true},
     GatewayFlows},
    {{"bpmn/gateway-direction", Severity::kError, "A gateway's direction contradicts its flows", "10.6.1",
      true},
     GatewayDirection},
    {{"bpmn/single-conditional-flow", Severity::kError, "The only flow out of an activity is conditional",
      "8.4.13", true},
     SingleConditionalFlow},
    {{"bpmn/immediate-flow", Severity::kError, "A flow of an executable process that is not immediate",
      "8.4.13", true},
     ImmediateFlow},
};

}  // namespace

std::span<const Rule> FlowRules() { return kRules; }

}  // namespace ameide::bpmn
