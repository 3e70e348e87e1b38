#include "notation/dmn/lint.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "notation/dmn/lint_rules.h"

namespace ameide::dmn {

using uaf::document::Finding;
using uaf::document::Severity;

namespace {

constexpr RuleDescription kRules[] = {
    {"dmn/cyclic-requirement", Severity::kError, "Requirements lead in a circle"},
    {"dmn/dangling-reference", Severity::kError, "A reference names nothing"},
    {"dmn/duplicate-id", Severity::kError, "An id is used twice in a file"},
    {"dmn/duplicate-name", Severity::kError, "A name is used twice where it must be unique"},
    {"dmn/import-not-found", Severity::kError, "An imported model was not found"},
    {"dmn/import-type", Severity::kWarning, "Something else than a DMN model is imported"},
    {"dmn/schema", Severity::kError, "The structure is not that of the standard's schema"},
    {"dmn/unused-input", Severity::kWarning, "Input data is required by nothing"},
    {"dmn/variable-name", Severity::kWarning, "A variable is not named as its element"},
    {"dmn/wrong-reference", Severity::kError, "A reference names an element of the wrong kind"},
};

Severity SeverityOf(std::string_view rule) {
  for (const RuleDescription& description : kRules) {
    if (description.id == rule) return description.severity;
  }
  return Severity::kError;
}

/// Lines and columns, for all findings at once.
std::vector<Finding> Placed(const Definitions& view, const std::vector<ModelFinding>& found) {
  std::vector<NodeIndex> nodes;
  std::vector<Element> texts;
  for (const ModelFinding& finding : found) {
    nodes.push_back(finding.at ? finding.at.node() : view.root().node());
    texts.push_back(finding.text);
  }
  const std::vector<TextPosition> positions = view.document().positions(nodes);
  const std::vector<SourceText> sources = view.Sources(texts);
  std::vector<Finding> placed;
  for (size_t i = 0; i < found.size(); ++i) {
    TextPosition at = positions[i];
    if (found[i].text && sources[i].start.line > 0) at = sources[i].At(found[i].span.begin);
    placed.push_back(
        {found[i].severity, found[i].rule, NearestId(found[i].at), at.line, at.column, found[i].message});
  }
  return placed;
}

}  // namespace

std::string NearestId(const Element& element) {
  for (Element at = element; at; at = at.parent()) {
    if (std::string id = at.id(); !id.empty()) return id;
  }
  return "";
}

void Report::Add(std::string_view rule, const Element& at, std::string message) {
  findings_.push_back({SeverityOf(rule), std::string(rule), 0, at, {}, {}, std::move(message)});
}

std::span<const RuleDescription> LintRules() { return kRules; }

std::vector<Finding> Lint(const Document& document, const std::string& path, const ImportLoader& loader) {
  if (!IsDmn(document)) return {};
  const Graph graph(document, path, loader);
  std::vector<ModelFinding> found;
  Report report(found);
  for (const Graph::Problem& problem : graph.problems()) {
    if (problem.file == 0) report.Add(problem.rule, problem.at, problem.message);
  }
  CheckStructure(graph.root().view, report);
  CheckNames(graph, report);
  std::vector<Finding> placed = Placed(graph.root().view, found);
  std::stable_sort(placed.begin(), placed.end(), [](const Finding& a, const Finding& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  // What two rules say alike of one place is said once.
  placed.erase(std::unique(placed.begin(), placed.end(),
                           [](const Finding& a, const Finding& b) {
                             return a.line == b.line && a.column == b.column && a.rule == b.rule &&
                                    a.message == b.message;
                           }),
               placed.end());
  return placed;
}

}  // namespace ameide::dmn
