// What the standard's schema and text forbid about ids, references and sequence flows.
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

void DuplicateId(const LintContext& context, Report& report) {
  std::unordered_map<std::string, Element> first;
  const auto check = [&](const Element& element) {
    const std::string id = element.id();
    if (id.empty()) return;
    const auto [at, added] = first.emplace(id, element);
    if (!added) {
      report.Add(element, absl::StrCat("the id ", id, " is also that of a ", LabelOf(at->second),
                                       "; give one of them another id"));
    }
  };
  for (const Element& element : context.view.model_elements()) check(element);
  for (const Element& element : context.view.diagram_elements()) check(element);
}

std::vector<std::string> SplitNames(const std::string& text) {
  std::vector<std::string> names;
  for (size_t at = 0; (at = text.find_first_not_of(" \t\r\n", at)) != std::string::npos;) {
    const size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    names.push_back(text.substr(at, end - at));
    at = end;
  }
  return names;
}

/// Calls `use(at, name)` for each name that `element` refers by; `at` is where it is written.
template <typename Use>
void ForEachName(const Element& element, const ReferenceType& reference, const Use& use) {
  if (reference.as_element) {
    for (const Element& child : element.children(reference.name)) use(child, child.text());
    return;
  }
  const std::optional<std::string> value = element.attribute(reference.name);
  if (!value) return;
  if (!reference.many) {
    use(element, *value);
    return;
  }
  for (const std::string& name : SplitNames(*value)) use(element, name);
}

void DanglingReference(const LintContext& context, Report& report) {
  const auto check = [&](const Element& at, std::string_view attribute, const std::string& name) {
    if (name.empty() || context.view.IsOutside(at, name) || context.view.Resolve(at, name)) return;
    report.Add(at,
               absl::StrCat(std::string(attribute), " names ", name,
                            ", which is not in this file; let it name an existing element, or remove it"));
  };
  for (const Element& element : context.view.model_elements()) {
    const ElementType* type = element.element_type();
    if (type == nullptr) continue;
    for (const ReferenceType* reference : ReferencesOf(*type)) {
      // What may be outside is dangling only when it is said to be of this file.
      const bool calls = reference->name == "calledElement" &&
                         element.attribute("calledElement").value_or("").find(':') != std::string::npos;
      if (reference->may_be_outside && !calls) continue;
      ForEachName(element, *reference,
                  [&](const Element& at, const std::string& name) { check(at, reference->name, name); });
    }
  }
  for (const Element& element : context.view.diagram_elements()) {
    for (const std::string_view attribute :
         {"bpmnElement", "sourceElement", "targetElement", "choreographyActivityShape", "labelStyle"}) {
      if (const auto name = element.attribute(attribute)) check(element, attribute, *name);
    }
  }
}

/// Known everywhere: items are often said to be of its types.
constexpr std::string_view kXmlSchema = "http://www.w3.org/2001/XMLSchema";

/// Elements of other files need an import of their namespace.
void MissingImport(const LintContext& context, Report& report) {
  std::unordered_set<std::string> imported;
  for (const Element& import : context.view.OfType("import")) {
    imported.insert(import.attribute("namespace").value_or(""));
  }
  for (const Element& element : context.view.model_elements()) {
    const ElementType* type = element.element_type();
    if (type == nullptr) continue;
    for (const ReferenceType* reference : ReferencesOf(*type)) {
      if (reference->target.empty()) continue;  // not of BPMN
      ForEachName(element, *reference, [&](const Element& at, const std::string& name) {
        if (!context.view.IsOutside(at, name)) return;
        const size_t begin = name.find_first_not_of(" \t\r\n");
        const std::string_view prefix = std::string_view(name).substr(begin, name.find(':') - begin);
        const std::string space(context.view.document().LookupNamespace(at.node(), prefix));
        if (space == kXmlSchema || imported.contains(space)) return;
        report.Add(at, absl::StrCat(std::string(reference->name), " names ", name, " of the namespace ",
                                    space, ", which the file does not import; add an import"));
      });
    }
  }
}

void WrongReference(const LintContext& context, Report& report) {
  for (const Element& element : context.view.model_elements()) {
    const ElementType* type = element.element_type();
    if (type == nullptr) continue;
    for (const ReferenceType* reference : ReferencesOf(*type)) {
      const std::string_view wanted = reference->target;
      if (wanted.empty()) continue;
      ForEachName(element, *reference, [&](const Element& at, const std::string& name) {
        if (context.view.IsOutside(at, name)) return;
        const Element found = context.view.Resolve(at, name);
        const ElementType* found_type = found.element_type();
        if (!found || (found_type != nullptr && IsA(*found_type, wanted))) return;
        // Boundary events of choreographies are at choreography activities (table 11.7).
        if (reference->name == "attachedToRef" && found_type != nullptr &&
            IsA(*found_type, "choreographyActivity") && !found.container())
          return;
        report.Add(at, absl::StrCat(std::string(reference->name), " names the ", LabelOf(found),
                                    "; it must name ", WithArticle(InWords(wanted))));
      });
    }
  }
}

void CalledElement(const LintContext& context, Report& report) {
  for (const Element& call : context.view.OfType("callActivity")) {
    const std::optional<std::string> name = call.attribute("calledElement");
    if (!name || name->empty() || name->find(':') != std::string::npos || context.view.Resolve(call, *name))
      continue;
    report.Add(
        call, absl::StrCat("calls ", *name, ", which is not in this file; see that it is published as well"));
  }
}

void FlowWithoutEnds(const LintContext& context, Report& report) {
  for (const std::string_view type : {"sequenceFlow", "messageFlow", "association"}) {
    for (const Element& flow : context.view.OfType(type)) {
      for (const std::string_view end : {"sourceRef", "targetRef"}) {
        if (!flow.attribute(end).value_or("").empty()) continue;
        report.Add(flow, absl::StrCat("has no ", end == "sourceRef" ? "source" : "target", " (",
                                      std::string(end), "); connect it or delete it"));
      }
    }
  }
}

void FlowAcrossScopes(const LintContext& context, Report& report) {
  for (const Element& flow : context.view.OfType("sequenceFlow")) {
    const Element source = flow.reference("sourceRef"), target = flow.reference("targetRef");
    if (!source.is(kFlowNode) || !target.is(kFlowNode) || source.parent() == target.parent()) continue;
    report.Add(flow, absl::StrCat(
                         "leads from ", LabelOf(source), " to ", LabelOf(target),
                         " in another process or subprocess; sequence flows cannot cross that border, use a "
                         "message flow or an event"));
  }
}

/// A sequence flow is written where its ends are. One whose ends are apart is the rule's above.
void FlowPlace(const LintContext& context, Report& report) {
  for (const Element& flow : context.view.OfType("sequenceFlow")) {
    const Element source = flow.reference("sourceRef"), target = flow.reference("targetRef");
    if (!source.is(kFlowNode) || !target.is(kFlowNode) || source.parent() != target.parent()) continue;
    if (flow.parent() == source.parent() || !flow.parent()) continue;
    report.Add(flow, absl::StrCat("is written in ", LabelOf(flow.parent()), ", but connects elements of ",
                                  LabelOf(source.parent()), "; move it there"));
  }
}

void FlowDirection(const LintContext& context, Report& report) {
  const auto check = [&](std::string_view type, bool incoming, std::string_view message) {
    for (const Element& node : context.view.OfType(type)) {
      const auto& flows = incoming ? context.view.Incoming(node) : context.view.Outgoing(node);
      if (!flows.empty()) report.Add(node, message);
    }
  };
  check("startEvent", true,
        "is the target of a sequence flow, which a start event cannot be; use an intermediate event");
  check("boundaryEvent", true, "is the target of a sequence flow, which a boundary event cannot be");
  check("endEvent", false,
        "is the source of a sequence flow, which an end event cannot be; use an intermediate event");
}

/// Nodes that start by themselves or by a boundary event, and so take no part in the flow.
void FlowAtHandler(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    for (const Element& node : scope.nodes) {
      const bool event_driven = node.flag("triggeredByEvent", false);
      if (!event_driven && !node.flag("isForCompensation", false)) continue;
      if (context.view.Incoming(node).empty() && context.view.Outgoing(node).empty()) continue;
      report.Add(node,
                 event_driven
                     ? "has sequence flows, which an event subprocess cannot have; its start event starts it"
                     : "has sequence flows, which a compensation activity cannot have; associate it with a "
                       "compensation boundary event");
    }
  }
}

/// The participant that an end of a message flow is in or is; its process when that is none's.
Element PoolOf(const std::unordered_map<uint32_t, Element>& by_process, const Element& end) {
  if (end.type() == "participant") return end;
  Element at = end;
  while (at && at.type() != "process") at = at.parent();
  const auto found = at ? by_process.find(static_cast<uint32_t>(at.node())) : by_process.end();
  return found == by_process.end() ? at : found->second;
}

void MessageFlowWithinPool(const LintContext& context, Report& report) {
  std::unordered_map<uint32_t, Element> by_process;
  for (const Element& participant : context.view.OfType("participant")) {
    if (const Element process = participant.reference("processRef")) {
      by_process.emplace(static_cast<uint32_t>(process.node()), participant);
    }
  }
  for (const Element& flow : context.view.OfType("messageFlow")) {
    const Element source = PoolOf(by_process, flow.reference("sourceRef"));
    if (!source || source != PoolOf(by_process, flow.reference("targetRef"))) continue;
    report.Add(flow, absl::StrCat("begins and ends in ", LabelOf(source),
                                  "; messages go between participants, use a sequence flow within one"));
  }
}

void ConditionPlace(const LintContext& context, Report& report) {
  for (const Element& flow : context.view.OfType("sequenceFlow")) {
    if (!HasCondition(flow)) continue;
    const Element source = flow.reference("sourceRef");
    if (source.type() != "parallelGateway" && source.type() != "eventBasedGateway" && !source.is(kEvent))
      continue;
    report.Add(flow,
               absl::StrCat("has a condition, but ", LabelOf(source),
                            " takes its flows without asking; remove the condition or use an exclusive "
                            "or inclusive gateway"),
               Mend{"Remove the condition", flow.child("conditionExpression")});
  }
}

void DefaultFlow(const LintContext& context, Report& report) {
  for (const Element& element : context.view.model_elements()) {
    if (!element.is(kFlowNode) || !element.attribute("default")) continue;
    const Element flow = element.reference("default");
    if (flow.type() != "sequenceFlow" || flow.reference("sourceRef") == element) continue;
    report.Add(element, absl::StrCat("its default flow ", LabelOf(flow),
                                     " does not leave it; choose one of its own flows"));
  }
}

/// "text/plain": a type and a subtype, perhaps with parameters.
bool IsMimeType(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() && text[slash + 1] != ';' &&
         text.substr(0, slash).find_first_of(" \t;") == std::string_view::npos;
}

void TextFormat(const LintContext& context, Report& report) {
  for (const std::string_view type : {"documentation", "textAnnotation"}) {
    for (const Element& text : context.view.OfType(type)) {
      const std::optional<std::string> format = text.attribute("textFormat");
      if (!format || IsMimeType(*format)) continue;
      report.Add(text, absl::StrCat("textFormat is '", *format, "'; it must be a MIME type like text/plain"));
    }
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/duplicate-id", Severity::kError, "An id is used twice in a file", "8.2.1"}, DuplicateId},
    {{"bpmn/dangling-reference", Severity::kError, "A reference names nothing in the file", "15.3"},
     DanglingReference},
    {{"bpmn/missing-import", Severity::kError, "A reference to another file that is not imported", "8.2.2",
      true},
     MissingImport},
    {{"bpmn/wrong-reference", Severity::kError, "A reference names an element of the wrong kind", "15.3"},
     WrongReference},
    {{"bpmn/called-element", Severity::kWarning, "A call activity names a process of another file"},
     CalledElement},
    {{"bpmn/flow-without-source-or-target", Severity::kError, "A flow has no source or no target", "8.4.13"},
     FlowWithoutEnds},
    {{"bpmn/flow-across-scopes", Severity::kError, "A sequence flow leaves its process or subprocess",
      "7.6.1"},
     FlowAcrossScopes},
    {{"bpmn/flow-place", Severity::kError, "A sequence flow is written in another scope than its ends",
      "8.4.7", true},
     FlowPlace,
     Reach::kWhole},
    {{"bpmn/flow-at-handler", Severity::kError, "Flows at an event subprocess or a compensation activity",
      "10.3.5"},
     FlowAtHandler},
    {{"bpmn/message-flow-within-pool", Severity::kError, "A message flow within one participant", "9.4"},
     MessageFlowWithinPool,
     Reach::kWhole},
    {{"bpmn/flow-direction", Severity::kError,
      "A flow enters a start or boundary event or leaves an end event", "10.5"},
     FlowDirection},
    {{"bpmn/condition-on-parallel-gateway", Severity::kError,
      "A condition where flows are taken without conditions", "8.4.13"},
     ConditionPlace},
    {{"bpmn/text-format", Severity::kError, "The format of a text is no MIME type", "8.3.1", true},
     TextFormat},
    {{"bpmn/default-flow", Severity::kError, "A default flow leaves another element", "8.4.13"}, DefaultFlow},
};

}  // namespace

std::span<const Rule> StructureRules() { return kRules; }

}  // namespace ameide::bpmn
