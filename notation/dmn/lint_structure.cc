#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/words.h"
#include "notation/dmn/lint_rules.h"
#include "notation/feel/expression.h"

namespace ameide::dmn {
namespace {

std::string NameOf(const Particle& particle) {
  std::vector<std::string> names;
  for (const Particle::Choice& choice : particle.choices) {
    names.push_back(choice.name == "%expression" ? "a boxed expression" : std::string(choice.name));
  }
  return absl::StrJoin(names, " or ");
}

/// Checks elements against the tables of the metamodel.
class StructureCheck {
 public:
  StructureCheck(Report& report, bool ordered) : report_(report), ordered_(ordered) {}

  void Check(const Element& element, const ComplexType& type, int depth = 0) {
    if (depth > kMostNesting) return;  // that it is too deep is said where it is compiled
    CheckAttributes(element, type);
    std::vector<size_t> count(type.particles.size());
    size_t furthest = 0;
    Element furthest_child;
    for (const Element& child : element.children()) {
      const std::string_view name = child.local_name();
      size_t at = 0;
      const Particle::Choice* choice = nullptr;
      for (; at < type.particles.size() && choice == nullptr; ++at) choice = Match(type.particles[at], name);
      if (choice == nullptr) {
        report_.Add(
            "dmn/schema", child,
            absl::StrCat("the schema has no ", std::string(name), " in a ", InWords(element.local_name()),
                         Expected(type), "; remove it or move it where it belongs"));
        continue;
      }
      --at;
      const bool single =
          type.particles[at].occurs == Occurs::kOptional || type.particles[at].occurs == Occurs::kOne;
      if (++count[at] == 2 && single) {
        report_.Add(
            "dmn/schema", child,
            absl::StrCat("is the second ", NameOf(type.particles[at]), " of its ",
                         InWords(element.local_name()), ", which has at most one; remove one of them"));
      }
      if (ordered_ && at < furthest) {
        report_.Add(
            "dmn/schema", child,
            absl::StrCat("the ", std::string(name), " stands behind the ",
                         std::string(furthest_child.local_name()), "; the schema wants it before that"));
      } else {
        furthest = at;
        furthest_child = child;
      }
      const ComplexType* const inner =
          choice->name.starts_with('%') ? TypeOfElement(name) : FindComplexType(choice->type);
      if (inner != nullptr) Check(child, *inner, depth + 1);
    }
    for (size_t i = 0; i < count.size(); ++i) {
      const bool needed =
          type.particles[i].occurs == Occurs::kOne || type.particles[i].occurs == Occurs::kOneOrMore;
      if (!needed || count[i] > 0) continue;
      report_.Add("dmn/schema", element,
                  absl::StrCat("the ", InWords(element.local_name()), " has no ", NameOf(type.particles[i]),
                               ", which the schema wants; add it"));
    }
  }

 private:
  static const Particle::Choice* Match(const Particle& particle, std::string_view name) {
    for (const Particle::Choice& choice : particle.choices) {
      const bool matches =
          choice.name.starts_with('%') ? IsInFamily(name, choice.name.substr(1)) : choice.name == name;
      if (matches) return &choice;
    }
    return nullptr;
  }

  static std::string Expected(const ComplexType& type) {
    std::vector<std::string> names;
    for (const Particle& particle : type.particles) {
      if (particle.choices.front().name == "description" ||
          particle.choices.front().name == "extensionElements")
        continue;
      names.push_back(NameOf(particle));
    }
    if (names.empty() || names.size() > 6) return "";
    return absl::StrCat(" (it has: ", absl::StrJoin(names, ", "), ")");
  }

  void CheckAttributes(const Element& element, const ComplexType& type) {
    for (const AttributeType& attribute : type.attributes) {
      const std::optional<std::string> value = element.attribute(attribute.name);
      if (!value) {
        // Files of 1.1 have imports without names.
        const bool may_lack = !ordered_ && element.type() == "import" && attribute.name == "name";
        if (attribute.required && !may_lack) {
          report_.Add("dmn/schema", element,
                      absl::StrCat("the ", InWords(element.local_name()), " has no ",
                                   std::string(attribute.name), ", which the schema wants; add it"));
        }
        continue;
      }
      if (attribute.values.empty()) continue;
      if (std::find(attribute.values.begin(), attribute.values.end(), *value) != attribute.values.end())
        continue;
      std::vector<std::string> allowed(attribute.values.begin(), attribute.values.end());
      report_.Add("dmn/schema", element,
                  absl::StrCat(std::string(attribute.name), "=\"", *value, "\" is not one of ",
                               absl::StrJoin(allowed, ", ")));
    }
    for (const auto& written : element.document().attributes(element.node())) {
      if (written.name.find(':') != std::string_view::npos || written.name == "xmlns") continue;
      const bool known = std::any_of(type.attributes.begin(), type.attributes.end(),
                                     [&](const AttributeType& each) { return each.name == written.name; });
      if (known) continue;
      report_.Add(
          "dmn/schema", element,
          absl::StrCat("the schema has no attribute ", std::string(written.name), " at a ",
                       InWords(element.local_name()), "; remove it, or give it a namespace of its own"));
    }
  }

  static constexpr int kMostNesting = 500;

  Report& report_;
  const bool ordered_;
};

}  // namespace

void CheckStructure(const Definitions& view, Report& report) {
  // The sequences of 1.0 and 1.1 are other ones.
  const bool ordered = view.version() != Version::k1_0 && view.version() != Version::k1_1;
  StructureCheck(report, ordered).Check(view.root(), *FindComplexType("tDefinitions"));
}

namespace {

/// Names that expressions cannot say: they begin with a sign, a digit or a word of the language (10.3.1.4).
void CheckSpelling(const Element& element, Report& report) {
  const std::string name = element.name();
  if (name.empty() || feel::IsReadableName(name)) return;
  report.Add(
      "dmn/invalid-name", element,
      absl::StrCat("expressions cannot call this ", InWords(element.local_name()), " by its name \"", name,
                   "\": a name begins with a letter, is no word of FEEL, and has no signs but . / - ' + *; "
                   "rename it"));
}

/// Elements of one list that have one name.
void CheckDistinct(const std::vector<Element>& elements, Report& report) {
  std::unordered_set<std::string> names;
  for (const Element& element : elements) {
    if (const std::string name = element.name();
        !name.empty() && !names.insert(feel::NameTokens(name)).second)
      report.Add("dmn/duplicate-name", element,
                 absl::StrCat("is the second ", InWords(element.local_name()), " named \"", name,
                              "\"; rename one of them"));
  }
}

/// Decisions, inputs and functions that one element requires twice.
void CheckRequiredOnce(const Graph& graph, const Graph::Node& node, Report& report) {
  std::unordered_set<uint32_t> known;
  for (const auto* edges : {&node.information, &node.knowledge}) {
    for (const Graph::Edge& edge : *edges) {
      if (known.insert(edge.node).second) continue;
      ModelFinding& twice =
          report.Add("dmn/duplicate-requirement", edge.at,
                     absl::StrCat("the ", LabelOf(node.element), " requires the ",
                                  LabelOf(graph.nodes()[edge.node].element), " twice; remove one of them"));
      twice.removal = "Remove the requirement";
      twice.surplus = {edge.at.parent()};
    }
  }
}

/// That a decision service puts something out, and that its inputs are those of its decisions (6.3.10, 10.4).
void CheckService(const Graph& graph, const Graph::Node& service, Report& report) {
  if (service.output_decisions.empty() && service.element.children("outputDecision").empty()) {
    report.Add("dmn/missing-output-decision", service.element,
               absl::StrCat("the ", LabelOf(service.element),
                            " has no output decision, so its calls give null; name one"));
    return;
  }
  std::unordered_set<uint32_t> inputs, own, reached;
  for (const auto* edges : {&service.input_data, &service.input_decisions}) {
    for (const Graph::Edge& edge : *edges) inputs.insert(edge.node);
  }
  std::vector<uint32_t> open;
  for (const auto* edges : {&service.output_decisions, &service.encapsulated_decisions}) {
    for (const Graph::Edge& edge : *edges) {
      own.insert(edge.node);
      open.push_back(edge.node);
    }
  }
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (!reached.insert(at).second || inputs.contains(at)) continue;
    const Graph::Node& node = graph.nodes()[at];
    if (!own.contains(at)) {
      report.Add(
          "dmn/missing-service-input", service.element,
          absl::StrCat("the ", LabelOf(service.element), " requires the ", LabelOf(node.element),
                       ", which is none of its inputs, so callers cannot give it; ",
                       node.kind == NodeKind::kInputData ? "add it as input data"
                                                         : "add it as an encapsulated or an input decision"));
    }
    for (const Graph::Edge& edge : node.information) open.push_back(edge.node);
  }
  for (const auto* edges : {&service.input_data, &service.input_decisions}) {
    for (const Graph::Edge& edge : *edges) {
      if (reached.contains(edge.node)) continue;
      report.Add("dmn/unused-service-input", edge.at,
                 absl::StrCat("no decision of the ", LabelOf(service.element), " requires its input, the ",
                              LabelOf(graph.nodes()[edge.node].element),
                              "; connect it, or take it from the inputs"));
    }
  }
}

/// References to entities that the file does not declare.
void CheckEntities(const Element& element, const Entities& entities, Report& report) {
  const Document& document = element.document();
  std::vector<std::string> names;
  const auto look = [&](std::string_view raw) {
    for (std::string& name : UnresolvedIn(raw, entities)) names.push_back(std::move(name));
  };
  for (NodeIndex at = document.first_child(element.node()); at != kNoNode; at = document.next_sibling(at)) {
    if (document.kind(at) == uaf::document::NodeKind::kText) look(document.raw_text(at));
  }
  for (const auto& attribute : document.attributes(element.node())) look(attribute.raw);
  for (const std::string& name : names) {
    report.Add("dmn/unresolved-entity", element,
               absl::StrCat("refers to the entity &", name,
                            "; that stands for something outside of this file, which is never opened; write "
                            "out what it stands for"));
  }
}

}  // namespace

void CheckNames(const Graph& graph, Report& report) {
  const Definitions& view = graph.root().view;
  const Entities entities = EntitiesOf(view.document());
  for (const Element& element : view.elements()) CheckEntities(element, entities, report);
  std::unordered_map<std::string, Element> ids, names;
  for (const Element& element : view.elements()) {
    const std::string id = element.id();
    if (id.empty()) continue;
    const auto [first, added] = ids.emplace(id, element);
    if (!added) {
      report.Add("dmn/duplicate-id", element,
                 absl::StrCat("the id ", id, " is also that of a ", LabelOf(first->second),
                              "; give one of them another id"));
    }
  }
  for (const Element& element : view.elements()) {
    const std::string_view type = element.type();
    if (type == "decision" || type == "inputData" || type == "businessKnowledgeModel" ||
        type == "decisionService" || type == "formalParameter" || type == "itemComponent")
      CheckSpelling(element, report);
    if (type == "relation") CheckDistinct(element.children("column"), report);
    if (type == "decisionTable") CheckDistinct(element.children("output"), report);
    if (type == "encapsulatedLogic" || type == "functionDefinition")
      CheckDistinct(element.children("formalParameter"), report);
    if (type == "itemDefinition") CheckDistinct(element.children("itemComponent"), report);
    if (type == "itemDefinition" && feel::Type::Named(element.name())) {
      report.Add("dmn/hidden-type", element,
                 absl::StrCat("has the name of FEEL's own type ", element.name(),
                              ", which no expression can mean any more; rename it"));
    }
  }
  const auto unique_name = [&](const Element& element) {
    const std::string name = element.name();
    if (name.empty()) return;
    const auto [first, added] = names.emplace(feel::NameTokens(name), element);
    if (!added) {
      report.Add("dmn/duplicate-name", element,
                 absl::StrCat("\"", name, "\" is also the name of a ", InWords(first->second.type()),
                              "; expressions could not tell them apart, rename one"));
    }
  };
  for (const Graph::Import& import : graph.root().imports) unique_name(import.element);
  std::unordered_set<uint32_t> used;
  for (const Graph::Node& node : graph.nodes()) {
    for (const auto* edges :
         {&node.information, &node.input_data, &node.input_decisions, &node.output_decisions}) {
      for (const Graph::Edge& edge : *edges) used.insert(edge.node);
    }
  }
  for (uint32_t i = 0; i < graph.nodes().size(); ++i) {
    const Graph::Node& node = graph.nodes()[i];
    if (node.file != 0) continue;
    if (node.kind != NodeKind::kKnowledgeSource) unique_name(node.element);
    CheckRequiredOnce(graph, node, report);
    if (node.kind == NodeKind::kDecisionService) CheckService(graph, node, report);
    if (node.kind == NodeKind::kInputData && !used.contains(i)) {
      report.Add(
          "dmn/unused-input", node.element,
          absl::StrCat("no decision requires the ", LabelOf(node.element), "; connect it or delete it"));
    }
    const Element variable = node.element.child("variable");
    if (variable && variable.name() != node.name) {
      report.Add("dmn/variable-name", variable,
                 absl::StrCat("the variable of the ", LabelOf(node.element), " is named \"", variable.name(),
                              "\"; the standard wants the element's own name"));
    }
  }
}

}  // namespace ameide::dmn
