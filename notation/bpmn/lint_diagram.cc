// Diagram interchange: what shapes, edges and planes may show (BPMN 2.0.2, clause 12).
#include <string>
#include <unordered_map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

/// The model element that a shape, edge or plane shows; empty when it is not in this file.
Element ShownBy(const Element& drawn) { return drawn.reference("bpmnElement"); }

/// Whether a shape can show it (the tables of 12.3): what nobody draws has none.
bool HasShape(const Element& shown) {
  const ElementType* type = shown.element_type();
  if (type == nullptr) return shown.type().empty();  // foreign, or `definitions`
  return shown.is(kFlowNode) || shown.is(kArtifact) || shown.is(kItemAware) ||
         IsA(*type, "conversationNode") || type->name == "lane" || type->name == "participant" ||
         type->name == "message";
}

/// All that is drawn shows one element. An edge without one is a data association at a sequence flow.
void DrawsNothing(const LintContext& context, Report& report) {
  for (const std::string_view kind : {"BPMNPlane", "BPMNShape", "BPMNEdge"}) {
    for (const Element& drawn : context.view.OfType(kind)) {
      if (!drawn.attribute("bpmnElement").value_or("").empty()) continue;
      if (kind == "BPMNEdge" && drawn.attribute("sourceElement") && drawn.attribute("targetElement"))
        continue;
      report.Add(drawn, "shows no element (bpmnElement); name the one that it draws, or delete it");
    }
  }
}

void DiagramElementKind(const LintContext& context, Report& report) {
  const auto report_kind = [&](const Element& drawn, const Element& shown, std::string_view instead) {
    report.Add(drawn, absl::StrCat("shows ", LabelOf(shown), ", which ", std::string(instead)));
  };
  for (const Element& shape : context.view.OfType("BPMNShape")) {
    const Element shown = ShownBy(shape);
    if (shown.is(kConnection)) {
      report_kind(shape, shown, "is a connection; draw it by a BPMNEdge");
    } else if (!HasShape(shown)) {
      report_kind(shape, shown, "has no shape; delete this one");
    }
  }
  for (const Element& edge : context.view.OfType("BPMNEdge")) {
    const Element shown = ShownBy(edge);
    if (!shown.type().empty() && !shown.is(kConnection))
      report_kind(edge, shown, "is no connection; draw it by a BPMNShape");
  }
  for (const Element& plane : context.view.OfType("BPMNPlane")) {
    const Element shown = ShownBy(plane);
    const ElementType* type = shown.element_type();
    if (shown.type().empty() || shown.is(kFlowElementsContainer) ||
        (type != nullptr && IsA(*type, "collaboration")) || shown.type() == "subChoreography") {
      continue;
    }
    report_kind(plane, shown,
                "is no diagram of its own; show a process, subprocess, collaboration or choreography");
  }
}

/// One plane shows an element once; participants of choreography activities and data may repeat.
void ShownTwice(const LintContext& context, Report& report) {
  for (const std::string_view kind : {"BPMNShape", "BPMNEdge"}) {
    std::unordered_map<uint64_t, Element> first;  // by plane and element
    for (const Element& drawn : context.view.OfType(kind)) {
      const Element shown = ShownBy(drawn);
      if (!shown || shown.type() == "participant" || shown.is(kItemAware)) continue;
      const uint64_t key =
          uint64_t{static_cast<uint32_t>(drawn.parent().node())} << 32 | static_cast<uint32_t>(shown.node());
      const auto [at, is_new] = first.emplace(key, drawn);
      if (is_new) continue;
      report.Add(drawn, absl::StrCat("shows ", LabelOf(shown), ", which ", at->second.id(),
                                     " shows in the same diagram; delete one of them"));
    }
  }
}

/// Diagram Common: widths, heights and sizes are never negative.
void NegativeSize(const LintContext& context, Report& report) {
  const auto check = [&](const Element& drawn, const Element& bounds) {
    for (const std::string_view name : {"width", "height"}) {
      double value = 0;
      if (!absl::SimpleAtod(bounds.attribute(name).value_or("0"), &value) || value >= 0) continue;
      report.Add(drawn, absl::StrCat("its ", std::string(name), " is ", *bounds.attribute(name),
                                     "; it must not be negative"));
    }
  };
  for (const std::string_view kind : {"BPMNShape", "BPMNLabel"}) {
    for (const Element& drawn : context.view.OfType(kind)) {
      if (const Element bounds = drawn.foreign_child(kDcNamespace, "Bounds")) check(drawn, bounds);
    }
  }
}

/// What a diagram element refers to beside what it shows.
void DiagramReference(const LintContext& context, Report& report) {
  struct Reference {
    std::string_view owner, name, target;
  };
  constexpr Reference kReferences[] = {{"BPMNShape", "choreographyActivityShape", "BPMNShape"},
                                       {"BPMNLabel", "labelStyle", "BPMNLabelStyle"},
                                       {"BPMNEdge", "sourceElement", ""},
                                       {"BPMNEdge", "targetElement", ""}};
  for (const Reference& reference : kReferences) {
    for (const Element& drawn : context.view.OfType(reference.owner)) {
      const Element found = drawn.reference(reference.name);
      if (!found) continue;
      const std::string_view name = found.local_name();
      const bool fits =
          found.namespace_uri() == kDiagramNamespace &&
          (reference.target.empty() ? name == "BPMNShape" || name == "BPMNEdge" : name == reference.target);
      if (fits) continue;
      report.Add(drawn, absl::StrCat(
                            "its ", std::string(reference.name), " names ", LabelOf(found), ", which is no ",
                            reference.target.empty() ? "shape or edge" : std::string(reference.target)));
    }
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/diagram-reference", Severity::kError,
      "A diagram element that refers to something of another kind", "12.2.3", true},
     DiagramReference},
    {{"bpmn/negative-size", Severity::kError, "A width or height below 0", "B.3", true}, NegativeSize},
    {{"bpmn/diagram-element-kind", Severity::kError,
      "A shape for a connection, an edge for a node, or a wrong plane", "12.2", true},
     DiagramElementKind},
    {{"bpmn/drawn-without-element", Severity::kError, "A plane, shape or edge that shows no element",
      "12.2.1", true},
     DrawsNothing},
    {{"bpmn/shown-twice", Severity::kError, "An element is drawn twice in one diagram", "12.2.1", true},
     ShownTwice},
};

}  // namespace

std::span<const Rule> DiagramRules() { return kRules; }

}  // namespace ameide::bpmn
