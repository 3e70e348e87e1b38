#include "notation/bpmn/lint.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"
#include "notation/bpmn/schema.h"
#include "uaf/document/encoding.h"

namespace ameide::bpmn {

using uaf::document::Finding;

std::optional<LintProfile> ParseLintProfile(std::string_view name) {
  if (name == "execution") return LintProfile::kExecution;
  if (name == "documentation") return LintProfile::kDocumentation;
  if (name == "camunda8") return LintProfile::kCamunda8;
  return std::nullopt;
}

std::vector<Element> Referred(const LintContext& context, const Element& owner, std::string_view name) {
  std::vector<Element> found;
  for (const Element& reference : owner.children(name)) {
    if (const Element target = context.view.Resolve(reference, reference.text())) found.push_back(target);
  }
  return found;
}

bool Contains(const std::vector<Element>& elements, const Element& wanted) {
  return std::find(elements.begin(), elements.end(), wanted) != elements.end();
}

std::string LabelOf(const Element& element) {
  const std::string type = InWords(element.type().empty() ? element.local_name() : element.type());
  if (const std::string name = element.name(); !name.empty()) {
    std::string flat = name;
    std::replace_if(
        flat.begin(), flat.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return absl::StrCat(type, " \"", flat, "\"");
  }
  const std::string id = element.id();
  return id.empty() ? type : absl::StrCat(type, " ", id);
}

std::vector<Element> EventDefinitionsOf(const Element& event) {
  std::vector<Element> found;
  for (const Element& child : event.children()) {
    if (child.is(kEventDefinition)) found.push_back(child);
    if (child.type() != "eventDefinitionRef") continue;
    if (Element definition = event.reference("eventDefinitionRef")) found.push_back(definition);
  }
  return found;
}

std::vector<Element> ThrownByLoop(const Element& activity) {
  const Element loop = activity.child("multiInstanceLoopCharacteristics");
  const std::string behavior = loop.attribute("behavior").value_or("All");
  std::vector<Element> thrown;
  if (behavior == "None" || behavior == "One") {
    const Element definition =
        loop.reference(behavior == "None" ? "noneBehaviorEventRef" : "oneBehaviorEventRef");
    if (definition.is(kEventDefinition)) thrown.push_back(definition);
  } else if (behavior == "Complex") {
    for (const Element& complex : loop.children("complexBehaviorDefinition")) {
      for (const Element& definition : EventDefinitionsOf(complex.child("event"))) {
        if (!Contains(thrown, definition)) thrown.push_back(definition);
      }
    }
  }
  return thrown;
}

bool HasDefinition(const Element& event, std::string_view definition) {
  for (const Element& each : EventDefinitionsOf(event)) {
    if (each.type() == definition) return true;
  }
  return false;
}

Element RootOf(const Element& element) {
  Element at = element;
  for (Element up = at.parent(); up && up.type() != "definitions"; up = at.parent()) at = up;
  return at;
}

bool IsWithin(const Element& inner, const Element& outer) {
  for (Element at = inner; at; at = at.parent()) {
    if (at == outer) return true;
  }
  return false;
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool SameItem(const Element& a, const Element& b) {
  if (!a || !b || a == b) return true;
  const std::string structure = a.attribute("structureRef").value_or("");
  return !structure.empty() && structure == b.attribute("structureRef").value_or("");
}

bool IsEmptyExpression(const Element& expression) {
  return expression && IsBlank(expression.text()) && expression.children().empty();
}

bool HasCondition(const Element& flow) { return static_cast<bool>(flow.child("conditionExpression")); }

LintContext::LintContext(const Definitions& definitions, const LintOptions& options)
    : view(definitions), profile(options.profile) {
  for (const Element& flow : view.OfType("messageFlow")) {
    for (const std::string_view end : {"sourceRef", "targetRef"}) {
      message_ends.insert(static_cast<uint32_t>(flow.reference(end).node()));
    }
  }
  std::unordered_map<uint32_t, size_t> places;  // of containers in `scopes`
  const auto scope_of = [&](const Element& container) -> Scope& {
    const auto [at, added] = places.emplace(IndexOf(container), scopes.size());
    if (added) {
      scopes.push_back({container,
                        IsExecutable(container),
                        container.type() == "adHocSubProcess",
                        container.flag("triggeredByEvent", false),
                        {},
                        {}});
    }
    return scopes[at->second];
  };
  for (const Element& element : view.model_elements()) {
    if (element.is(kFlowElementsContainer)) scope_of(element);
    const bool flow = element.type() == "sequenceFlow";
    if (!flow && !element.is(kFlowNode)) continue;
    const Element container = element.parent();
    if (!container.is(kFlowElementsContainer)) continue;
    Scope& scope = scope_of(container);
    (flow ? scope.flows : scope.nodes).push_back(element);
  }
}

bool LintContext::IsExecutable(const Element& element) const {
  Element process = element;
  while (process && process.type() != "process") process = process.parent();
  return process.flag("isExecutable", false);
}

void Report::Add(const Element& at, std::string_view message) {
  const RuleDescription& rule = AllRules()[rule_]->description;
  Element named = at;
  while (named && named.id().empty()) named = named.parent();
  // What is drawn is meant itself, also without id; of other things, what they are part of.
  const bool anonymous = at.id().empty() && (at.is(kFlowNode) || at.type() == "sequenceFlow");
  const std::string label = anonymous ? absl::StrCat(LabelOf(at), at.name().empty() ? " without id" : "")
                                      : LabelOf(named ? named : at);
  Found found{rule_, at.node(), {}, std::nullopt};
  found.finding.severity = rule.severity;
  found.finding.rule = std::string(rule.id);
  found.finding.element = named.id();
  found.finding.message = absl::StrCat(label, ": ", std::string(message));
  found_.push_back(std::move(found));
}

void Report::Add(const Element& at, std::string_view message, Mend mend) {
  Add(at, message);
  found_.back().mend = std::move(mend);
}

std::span<const Rule* const> AllRules() {
  static const std::vector<const Rule*> kAll = [] {
    std::vector<const Rule*> rules;
    for (const auto table : {StructureRules(), FlowRules(), SoundnessRules(), EventRules(), ActivityRules(),
                             DataRules(), CollaborationRules(), DiagramRules(), PracticeRules(),
                             ExecutableRules(), ExtensionRules(), TargetRules()}) {
      for (const Rule& rule : table) rules.push_back(&rule);
    }
    return rules;
  }();
  return kAll;
}

bool Holds(const Rule& rule, LintProfile profile) {
  return profile != LintProfile::kDocumentation || !rule.description.id.starts_with("target/");
}

std::span<const RuleDescription> LintRules() {
  static const std::vector<RuleDescription> kSorted = [] {
    std::vector<RuleDescription> rules;
    for (const Rule* rule : AllRules()) rules.push_back(rule->description);
    std::sort(rules.begin(), rules.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return rules;
  }();
  return kSorted;
}

const RuleDescription* FindLintRule(std::string_view id) {
  const std::span<const RuleDescription> rules = LintRules();
  const auto at =
      std::lower_bound(rules.begin(), rules.end(), id,
                       [](const RuleDescription& rule, std::string_view wanted) { return rule.id < wanted; });
  return at != rules.end() && at->id == id ? &*at : nullptr;
}

std::vector<Finding> InOrder(const Document& document, std::vector<Found> found) {
  std::vector<NodeIndex> places;
  for (const Found& each : found) places.push_back(each.place);
  const std::vector<uaf::document::TextPosition> positions = document.positions(places);
  for (size_t i = 0; i < found.size(); ++i) {
    found[i].finding.line = positions[i].line;
    found[i].finding.column = positions[i].column;
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::tie(a.finding.line, a.finding.column, a.rule, a.finding.message) <
           std::tie(b.finding.line, b.finding.column, b.rule, b.finding.message);
  });
  std::vector<Finding> findings;
  std::vector<Mend> mends;
  for (Found& each : found) {
    if (each.mend) {
      mends.push_back(*std::move(each.mend));
      mends.back().finding = findings.size();
    }
    findings.push_back(std::move(each.finding));
  }
  AddFixes(document, mends, findings);
  return findings;
}

std::vector<Finding> Lint(const Document& document, const LintOptions& options) {
  if (!IsBpmn(document)) return {};
  const Definitions view(document);
  const LintContext context(view, options);
  std::vector<Found> found;
  Report report(found);
  for (size_t i = 0; i < AllRules().size(); ++i) {
    if (!Holds(*AllRules()[i], options.profile)) continue;
    report.Begin(i);
    AllRules()[i]->check(context, report);
  }
  return InOrder(document, std::move(found));
}

namespace {

/// What the schema says about ids and their uses, rules say too, and at the place.
bool SaysTheSame(const Finding& schema, const Finding& lint) {
  if (lint.rule == "bpmn/duplicate-id") {
    return schema.element == lint.element && schema.message.find("is used twice") != std::string::npos;
  }
  if (lint.rule == "bpmn/flow-without-source-or-target" || lint.rule == "bpmn/boundary-not-attached") {
    return schema.element == lint.element &&
           schema.message.find(" lacks the attribute ") != std::string::npos;
  }
  constexpr std::string_view kUnknown = "nothing in this file has the id ";
  if (lint.rule != "bpmn/dangling-reference" || !schema.message.starts_with(kUnknown)) return false;
  const size_t end = schema.message.find(',', kUnknown.size());
  if (end == std::string::npos) return false;
  const std::string id = schema.message.substr(kUnknown.size(), end - kUnknown.size());
  return lint.message.find(absl::StrCat(" names ", id, ",")) != std::string::npos;
}

/// A file that is to be BPMN, but whose root is something else, often for want of its namespace: nobody reads
/// it.
std::optional<Finding> OtherRoot(const Document& document) {
  const NodeIndex root = document.root_element();
  if (root == kNoNode || IsBpmn(document)) return std::nullopt;
  const std::string space(document.namespace_uri(root));
  if (space.find("/DMN/") != std::string::npos) return std::nullopt;  // has a check of its own
  const uaf::document::TextPosition at = document.positions(std::vector{root})[0];
  Finding finding;
  finding.severity = uaf::document::Severity::kError;
  finding.rule = "xml/schema";
  finding.element = document.attribute(root, "id").value_or("");
  finding.line = at.line;
  finding.column = at.column;
  finding.message =
      absl::StrCat("the root element is ", std::string(document.local_name(root)), " of ",
                   space.empty() ? "no namespace" : absl::StrCat("the namespace ", space),
                   "; a BPMN file has definitions, with xmlns=\"", std::string(kModelNamespace), "\"");
  return finding;
}

}  // namespace

std::vector<Finding> WithSchema(const Document& document, std::vector<Finding> findings) {
  const uaf::document::ImportOp& import = document.import();
  const auto text = uaf::document::DecodeText(document.Render(), import.encoding, import.byte_order_mark);
  if (std::optional<Finding> other = OtherRoot(document)) findings.push_back(*std::move(other));
  if (!IsBpmn(document) || !text.ok()) return findings;
  const size_t rules = findings.size();
  for (Finding& finding : CheckSchema(*text)) {
    const bool said = std::any_of(findings.begin(), findings.begin() + static_cast<ptrdiff_t>(rules),
                                  [&](const Finding& lint) { return SaysTheSame(finding, lint); });
    if (!said) findings.push_back(std::move(finding));
  }
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return findings;
}

std::vector<Finding> LintWithSchema(const Document& document, const LintOptions& options) {
  return WithSchema(document, Lint(document, options));
}

}  // namespace ameide::bpmn
