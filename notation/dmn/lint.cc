#include "notation/dmn/lint.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "notation/dmn/lint_rules.h"
#include "notation/dmn/model.h"
#include "notation/dmn/schema.h"
#include "uaf/document/encoding.h"
#include "uaf/document/text_edits.h"

namespace ameide::dmn {

using uaf::document::Finding;
using uaf::document::Fix;
using uaf::document::Severity;

namespace {

constexpr RuleDescription kRules[] = {
    {"dmn/aggregation", Severity::kError, "A table aggregates although it cannot"},
    {"dmn/always-null", Severity::kWarning, "A part of an expression fails whatever the inputs"},
    {"dmn/arguments", Severity::kWarning, "A function is called with arguments that do not fit it"},
    {"dmn/conflicting-outputs", Severity::kError,
     "Rules of an Any table hold at once with different outputs"},
    {"dmn/cyclic-import", Severity::kWarning, "A model imports itself, perhaps through others"},
    {"dmn/cyclic-requirement", Severity::kError, "Requirements lead in a circle"},
    {"dmn/cyclic-type", Severity::kWarning, "A type is made of itself"},
    {"dmn/dangling-reference", Severity::kError, "A reference names nothing"},
    {"dmn/duplicate", Severity::kWarning, "A name is given twice in an expression"},
    {"dmn/duplicate-id", Severity::kError, "An id is used twice in a file"},
    {"dmn/duplicate-name", Severity::kError, "A name is used twice where it must be unique"},
    {"dmn/duplicate-requirement", Severity::kWarning, "The same is required twice"},
    {"dmn/duplicate-result", Severity::kError, "A boxed context has two results"},
    {"dmn/feel-syntax", Severity::kError, "A text is no FEEL"},
    {"dmn/hidden-type", Severity::kWarning, "An item definition has the name of a type of FEEL"},
    {"dmn/import-not-found", Severity::kError, "An imported model was not found"},
    {"dmn/import-type", Severity::kWarning, "Something else than a DMN model is imported"},
    {"dmn/invalid-name", Severity::kWarning, "Expressions cannot call something by its name"},
    {"dmn/missing-binding", Severity::kError, "An invocation leaves a parameter out"},
    {"dmn/missing-expression", Severity::kWarning,
     "Logic, an entry or a part of a boxed expression is missing"},
    {"dmn/missing-name", Severity::kError, "An output of several has no name"},
    {"dmn/missing-output", Severity::kError, "A table has no output"},
    {"dmn/missing-output-decision", Severity::kWarning, "A decision service puts out nothing"},
    {"dmn/missing-output-values", Severity::kError, "A table orders by output values that it does not have"},
    {"dmn/missing-rule", Severity::kWarning, "A table has no rules"},
    {"dmn/missing-service-input", Severity::kWarning,
     "A decision service requires what is none of its inputs"},
    {"dmn/needless-default", Severity::kWarning, "A table that covers everything has a default"},
    {"dmn/needless-name", Severity::kInfo, "A single output has a name, which nothing reads"},
    {"dmn/nesting", Severity::kError, "Boxed expressions or types are nested too deep"},
    {"dmn/not-a-function", Severity::kError, "An invocation calls something else than a function"},
    {"dmn/output-not-allowed", Severity::kWarning, "An output is not among the output values"},
    {"dmn/rounded", Severity::kWarning, "A number has more digits than are kept"},
    {"dmn/schema", Severity::kError, "The structure is not that of the standard's schema"},
    {"dmn/subtraction", Severity::kWarning, "What looks like a date is a subtraction"},
    {"dmn/table-gap", Severity::kWarning, "No rule holds for some inputs"},
    {"dmn/table-overlap", Severity::kError, "Rules of a Unique table hold at once"},
    {"dmn/table-too-large", Severity::kInfo, "A table is too large to be analysed"},
    {"dmn/type", Severity::kWarning, "Part of an expression can only be null"},
    {"dmn/type-mismatch", Severity::kWarning, "An expression never has its declared type"},
    {"dmn/unknown-function", Severity::kError, "A function is not known"},
    {"dmn/unknown-name", Severity::kError, "A name is not in scope"},
    {"dmn/unknown-parameter", Severity::kError, "An invocation gives what is no parameter"},
    {"dmn/unknown-type", Severity::kError, "A type is not defined"},
    {"dmn/unreachable-rule", Severity::kWarning, "A rule can never give the result"},
    {"dmn/unresolved-entity", Severity::kError, "An entity of the document type is not in the file"},
    {"dmn/unused-column", Severity::kWarning, "An input column tests nothing"},
    {"dmn/unused-input", Severity::kWarning, "Input data is required by nothing"},
    {"dmn/unused-parameter", Severity::kWarning, "A function never uses a parameter"},
    {"dmn/unused-requirement", Severity::kWarning, "What is required is never used"},
    {"dmn/unused-service-input", Severity::kWarning, "No decision of a service requires its input"},
    {"dmn/value-not-allowed", Severity::kWarning, "A type allows what the type that it restricts does not"},
    {"dmn/variable-name", Severity::kWarning, "A variable is not named as its element"},
    {"dmn/wrong-hit-policy", Severity::kWarning, "A hit policy is for tables with one output"},
    {"dmn/wrong-number-of-cells", Severity::kError, "A row or rule has too few or too many cells"},
    {"dmn/wrong-reference", Severity::kError, "A reference names an element of the wrong kind"},
    {"target/expression-language", Severity::kError, "An expression is in another language than FEEL"},
    {"target/external-function", Severity::kError, "A function is in Java or PMML"},
    {"target/imported-values", Severity::kError, "A literal expression takes its text from another file"},
};

Severity SeverityOf(std::string_view rule) {
  for (const RuleDescription& description : kRules) {
    if (description.id == rule) return description.severity;
  }
  return Severity::kError;
}

/// More elements than this are not offered to be removed: each needs a look at its place in the text.
constexpr size_t kMostRemovals = 200;

std::string TextOf(const Document& document) {
  const uaf::document::ImportOp& import = document.import();
  auto text = uaf::document::DecodeText(document.Render(), import.encoding, import.byte_order_mark);
  return text.ok() ? *std::move(text) : std::string();
}

/// Takes elements away, each with the white space before it.
class Removals {
 public:
  explicit Removals(const Document& document) : text_(TextOf(document)), lines_(text_) {}

  /// nullopt when an element's place is not known.
  std::optional<Fix> Of(const ModelFinding& finding) const {
    Fix fix{finding.removal, {}, false};
    for (const Element& element : finding.surplus) {
      const std::string markup = element.document().RenderSubtree(element.node());
      const size_t space = markup.find('<');
      const std::optional<size_t> at = lines_.OffsetAt(element.document().position(element.node()));
      if (!at || space > *at || markup.size() - space > text_.size() - *at) return std::nullopt;
      fix.edits.push_back(
          {lines_.PositionAt(*at - space), lines_.PositionAt(*at + markup.size() - space), ""});
    }
    return fix;
  }

 private:
  std::string text_;
  uaf::document::LineIndex lines_;
};

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
  std::optional<Removals> removals;
  size_t removed = 0;
  std::vector<Finding> placed;
  for (size_t i = 0; i < found.size(); ++i) {
    const bool in_text = found[i].text && sources[i].start.line > 0;
    const TextPosition at = in_text ? sources[i].At(found[i].span.begin) : positions[i];
    Finding& finding = placed.emplace_back();
    finding.severity = found[i].severity;
    finding.rule = found[i].rule;
    finding.element = NearestId(found[i].at);
    finding.line = at.line;
    finding.column = at.column;
    finding.message = found[i].message;
    const bool mends =
        found[i].fix && in_text && sources[i].IsWritten(found[i].fix->span.begin, found[i].fix->span.end);
    if (mends) {
      finding.fix = EditOf(*found[i].fix, sources[i], view.document());
    } else if (!found[i].surplus.empty() && (removed += found[i].surplus.size()) <= kMostRemovals) {
      if (!removals) removals.emplace(view.document());
      finding.fix = removals->Of(found[i]);
    }
  }
  return placed;
}

}  // namespace

Fix EditOf(const feel::Fix& fix, const SourceText& source, const Document& document) {
  const std::string text =
      source.verbatim ? fix.text : uaf::document::EscapeXml(fix.text, 0, document.import().encoding);
  return {fix.title, {{source.At(fix.span.begin), source.At(fix.span.end), text}}, fix.certain};
}

ModelFinding& Report::Add(std::string_view rule, const Element& at, std::string message) {
  ModelFinding& added = findings_.emplace_back();
  added.severity = SeverityOf(rule);
  added.rule = rule;
  added.at = at;
  added.message = std::move(message);
  return added;
}

std::span<const RuleDescription> LintRules() { return kRules; }

std::vector<Finding> Lint(const Document& document, const std::string& path, const ImportLoader& loader) {
  if (!IsDmn(document)) return {};
  const Graph graph(document, path, loader);
  const Model model(graph);
  std::vector<ModelFinding> found;
  for (const ModelFinding& finding : model.findings()) {
    if (finding.file == 0) found.push_back(finding);
  }
  Report report(found);
  CheckStructure(graph.root().view, report);
  CheckNames(graph, report);
  CheckTables(graph, report);
  std::vector<Finding> placed = Placed(graph.root().view, found);
  // The tables of the metamodel word it better and know where to go; the schema has the last word.
  const bool sound = std::none_of(placed.begin(), placed.end(), [](const Finding& finding) {
    return finding.rule == "dmn/schema" || finding.rule == "dmn/duplicate-id";
  });
  if (sound) {
    for (Finding& finding : CheckSchema(TextOf(document), *graph.root().view.version()))
      placed.push_back(std::move(finding));
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Finding& a, const Finding& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  // What two rules say alike of one place is said once.
  std::set<std::tuple<uint32_t, uint32_t, std::string, std::string>> said;
  std::erase_if(placed, [&](const Finding& each) {
    return !said.emplace(each.line, each.column, each.rule, each.message).second;
  });
  return placed;
}

}  // namespace ameide::dmn
