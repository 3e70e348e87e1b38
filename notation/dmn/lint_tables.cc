#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "notation/dmn/analysis.h"
#include "notation/dmn/lint_rules.h"

namespace ameide::dmn {

using feel::Value;

namespace {

/// More pairs of rules than this are not compared.
constexpr size_t kMostRules = 3'000;
constexpr size_t kMostReported = 10;
/// Nor are tables looked at whose rules and the segments of their columns would make more bits than this.
constexpr size_t kMostBits = 1'000'000'000;

CellTests Any() {
  CellTests cell;
  cell.any = true;
  return cell;
}

/// Whether all of one cell's values are among another's, as far as intervals tell.
bool IsWithin(const CellTests& inner, const CellTests& outer) {
  if (inner.opaque || outer.opaque) return true;
  const std::vector<CellTests> both = {inner, outer};
  const Partition partition(both);
  if (!partition.usable()) return true;
  BitSet possible = partition.Accepts(inner);
  possible &= partition.Possible();
  return partition.Accepts(outer).Contains(possible);
}

struct Table {
  Element element;
  std::string policy;
  std::vector<std::string> labels;
  std::vector<Element> inputs, outputs, rules;
  std::vector<std::vector<CellTests>> cells;
  std::vector<std::vector<std::optional<Value>>> results;  // constants
  std::vector<CellTests> domains, output_values;
};

/// What an input may be: its input values, else what its type allows.
CellTests DomainOf(const Definitions& view, const Element& values, const std::string& type_ref) {
  if (values && !values.child("text").text().empty()) return ReadCell(values.child("text").text());
  std::string name = NormalizedName(type_ref);
  for (int depth = 0; depth < 8 && !name.empty(); ++depth) {
    Element definition;
    for (const Element& each : view.item_definitions()) {
      if (each.name() == name) definition = each;
    }
    if (!definition || definition.flag("isCollection")) break;
    for (const char* child : {"allowedValues", "typeConstraint"}) {
      if (const std::string text = definition.child(child).child("text").text(); !text.empty())
        return ReadCell(text);
    }
    name = definition.type_ref();
  }
  return Any();
}

/// The type that a plain name in an input expression is declared with.
std::string TypeRefOfName(const Graph& graph, const std::string& name) {
  for (const Graph::Node& node : graph.nodes()) {
    if (node.file == 0 && node.name == name) return node.element.child("variable").type_ref();
  }
  return "";
}

Table ReadTable(const Graph& graph, const Element& element) {
  const Definitions& view = graph.root().view;
  Table table;
  table.element = element;
  table.policy = element.attribute("hitPolicy").value_or("UNIQUE");
  table.inputs = element.children("input");
  table.outputs = element.children("output");
  table.rules = element.children("rule");
  for (const Element& input : table.inputs) {
    const Element expression = input.child("inputExpression");
    const std::string text = expression.child("text").text();
    table.labels.push_back(text.empty() ? absl::StrCat("input ", table.labels.size() + 1)
                                        : NormalizedName(text));
    std::string type_ref = expression.type_ref();
    CellTests domain = DomainOf(view, input.child("inputValues"), type_ref);
    if (domain.any) domain = DomainOf(view, {}, TypeRefOfName(graph, NormalizedName(text)));
    table.domains.push_back(domain.opaque ? Any() : std::move(domain));
  }
  for (const Element& output : table.outputs) {
    table.output_values.push_back(DomainOf(view, output.child("outputValues"), output.type_ref()));
  }
  for (const Element& rule : table.rules) {
    const std::vector<Element> tests = rule.children("inputEntry"), outputs = rule.children("outputEntry");
    auto& cells = table.cells.emplace_back();
    for (size_t c = 0; c < table.inputs.size(); ++c) {
      cells.push_back(c < tests.size() ? ReadCell(tests[c].child("text").text()) : Any());
    }
    auto& results = table.results.emplace_back();
    for (size_t c = 0; c < table.outputs.size(); ++c) {
      results.emplace_back();
      if (c >= outputs.size()) continue;
      const feel::Parsed parsed = feel::Read(outputs[c].child("text").text());
      if (parsed.expression && parsed.expression->is_constant())
        results.back() = feel::Evaluate(*parsed.expression, feel::Context());
    }
  }
  return table;
}

/// How many values the rules compare with.
size_t EndsOf(const Table& table) {
  size_t ends = 0;
  for (const auto& row : table.cells) {
    for (const CellTests& cell : row) {
      for (const Interval& interval : cell.intervals) ends += interval.is_point() ? 1 : 2;
    }
  }
  return ends;
}

/// How much an analysis would hold: each rule has two bits for each segment of each column.
size_t BitsOf(const Table& table) {
  return 2 * table.rules.size() * (2 * EndsOf(table) + table.inputs.size());
}

std::string RuleName(size_t index) { return absl::StrCat("rule ", index + 1); }

void CheckDeclaration(const Table& table, Report& report) {
  const bool ordered = table.policy == "PRIORITY" || table.policy == "OUTPUT ORDER";
  const std::string aggregation = table.element.attribute("aggregation").value_or("");
  const bool has_order = std::any_of(table.output_values.begin(), table.output_values.end(),
                                     [](const CellTests& values) { return !values.any; });
  if (ordered && !has_order && !table.outputs.empty()) {
    report.Add(
        "dmn/missing-output-values", table.element,
        absl::StrCat("the hit policy ", table.policy,
                     " orders by output values, but no output has them; list them from the most important to "
                     "the least"));
  }
  if (table.policy == "OUTPUT ORDER" && table.outputs.size() > 1) {
    report.Add(
        "dmn/wrong-hit-policy", table.element,
        absl::StrCat("the hit policy OUTPUT ORDER is for one output and the table has ", table.outputs.size(),
                     " (10.3.2.10); choose RULE ORDER, or PRIORITY for the first of them"));
  }
  if (table.rules.empty()) {
    report.Add("dmn/missing-rule", table.element,
               "the table has no rules, so it gives nothing but its default; add a rule");
  }
  if (table.outputs.size() == 1) {
    // What it is called is what the decision is called (8.2).
    const std::string name = table.outputs[0].name();
    Element owner = table.element.parent();
    while (owner && owner.name().empty()) owner = owner.parent();
    if (!name.empty() && name != owner.name()) {
      report.Add("dmn/needless-name", table.outputs[0],
                 absl::StrCat("the only output is named \"", name,
                              "\", which nothing reads: its value is that of the ", LabelOf(owner),
                              "; remove the name, or make it the label"));
    }
  }
  if (!aggregation.empty() && table.policy != "COLLECT") {
    report.Add("dmn/aggregation", table.element,
               absl::StrCat("aggregates (", aggregation, ") with the hit policy ", table.policy,
                            "; only Collect aggregates, change one of them"));
  } else if (!aggregation.empty() && table.outputs.size() > 1) {
    report.Add("dmn/aggregation", table.element,
               absl::StrCat("aggregates (", aggregation, ") over ", table.outputs.size(),
                            " outputs; a table that aggregates has one output (10.3.2.10)"));
  }
}

/// Whether an output is among its output values, as far as that is known.
bool IsAmong(const Value& value, const CellTests& allowed) {
  if (allowed.any || allowed.opaque || !IsSegmentable(value)) return true;
  CellTests point;
  point.intervals.push_back({value, value, true, true});
  const std::vector<CellTests> both = {allowed, point};
  return Partition(both).usable() && IsWithin(point, allowed);
}

void CheckColumns(const Table& table, Report& report) {
  for (size_t c = 0; c < table.inputs.size() && !table.cells.empty(); ++c) {
    const bool used =
        std::any_of(table.cells.begin(), table.cells.end(), [&](const auto& row) { return !row[c].any; });
    if (!used) {
      ModelFinding& unused = report.Add(
          "dmn/unused-column", table.inputs[c],
          absl::StrCat("no rule tests ", table.labels[c], "; test it in a rule, or remove the column"));
      unused.removal = absl::StrCat("Remove the column ", table.labels[c]);
      unused.surplus.push_back(table.inputs[c]);
      for (const Element& rule : table.rules) {
        const std::vector<Element> tests = rule.children("inputEntry");
        if (c < tests.size()) unused.surplus.push_back(tests[c]);
      }
    }
  }
  for (size_t c = 0; c < table.outputs.size(); ++c) {
    const Element entry = table.outputs[c].child("defaultOutputEntry");
    const feel::Parsed parsed = feel::Read(entry ? entry.child("text").text() : "");
    if (!entry || !parsed.expression || !parsed.expression->is_constant()) continue;
    const Value value = feel::Evaluate(*parsed.expression, feel::Context());
    if (IsAmong(value, table.output_values[c])) continue;
    report.Add("dmn/output-not-allowed", entry,
               absl::StrCat("the default output ", FeelText(value),
                            " is not among the output values; add it there or change it"));
  }
  for (size_t r = 0; r < table.results.size(); ++r) {
    const std::vector<Element> outputs = table.rules[r].children("outputEntry");
    for (size_t c = 0; c < table.outputs.size() && c < outputs.size(); ++c) {
      const CellTests& allowed = table.output_values[c];
      const auto& value = table.results[r][c];
      if (!value || IsAmong(*value, allowed)) continue;
      report.Add("dmn/output-not-allowed", outputs[c],
                 absl::StrCat("the output ", FeelText(*value), " of ", RuleName(r),
                              " is not among the output values; add it there or change it"));
    }
  }
}

/// Whether its ends, where it has any, are of a kind.
bool IsOfKind(const Interval& interval, feel::Kind kind) {
  const std::optional<feel::Value>& end = interval.low ? interval.low : interval.high;
  return end && end->kind() == kind;
}

/// How important a rule's outputs are, smaller first; nullopt when that is not known.
std::optional<std::vector<size_t>> PriorityOf(const Table& table, size_t rule) {
  std::vector<size_t> priority;
  for (size_t c = 0; c < table.outputs.size(); ++c) {
    const std::vector<CellTests> order = Alternatives(table.output_values[c]);
    const auto& value = table.results[rule][c];
    if (!value || !IsSegmentable(*value) || order.empty()) return std::nullopt;
    CellTests point;
    point.intervals.push_back({*value, *value, true, true});
    size_t at = 0;
    while (at < order.size() &&
           !(IsOfKind(order[at].intervals[0], value->kind()) && IsWithin(point, order[at]))) {
      ++at;
    }
    if (at == order.size()) return std::nullopt;  // told as what is not allowed
    priority.push_back(at);
  }
  return priority;
}

void NeverApplies(const Table& table, size_t rule, std::string_view why, Report& report) {
  ModelFinding& added =
      report.Add("dmn/unreachable-rule", table.rules[rule], absl::StrCat(RuleName(rule), std::string(why)));
  added.removal = absl::StrCat("Remove ", RuleName(rule));
  added.surplus.push_back(table.rules[rule]);
}

void CheckRules(const Table& table, const TableAnalysis& analysis, Effort& effort, Report& report) {
  std::vector<std::optional<std::vector<size_t>>> priorities;
  if (table.policy == "PRIORITY") {
    for (size_t r = 0; r < table.rules.size(); ++r) priorities.push_back(PriorityOf(table, r));
  }
  size_t reported = 0;
  for (size_t r = 0; r < table.rules.size() && reported < kMostReported; ++r) {
    if (analysis.IsImpossible(r)) {
      ++reported;
      NeverApplies(
          table, r,
          " can never hold: no allowed input satisfies all of its tests; mend the tests or remove it",
          report);
      continue;
    }
    std::vector<size_t> stronger;
    if (table.policy == "FIRST") {
      for (size_t k = 0; k < r; ++k) stronger.push_back(k);
    } else if (table.policy == "PRIORITY" && priorities[r]) {
      for (size_t k = 0; k < table.rules.size(); ++k) {
        if (priorities[k] && *priorities[k] < *priorities[r]) stronger.push_back(k);
      }
    }
    if (stronger.empty()) continue;
    for (const size_t k : stronger) {
      const size_t alone[] = {k};
      if (analysis.IsCovered(r, alone, effort) != true) continue;
      ++reported;
      NeverApplies(
          table, r,
          absl::StrCat(" never gives the result: whenever it holds, ", RuleName(k), " holds too and ",
                       table.policy == "FIRST" ? "comes first" : "has the higher priority",
                       "; narrow the other rule, move this one, or remove it"),
          report);
      stronger.clear();
      break;
    }
    if (stronger.empty() || analysis.IsCovered(r, stronger, effort) != true) continue;
    ++reported;
    NeverApplies(table, r,
                 absl::StrCat(" never gives the result: the rules ",
                              table.policy == "FIRST" ? "before it" : "of higher priority",
                              " together cover all that it accepts; remove it or narrow them"),
                 report);
  }
}

void CheckOverlaps(const Table& table, const TableAnalysis& analysis, Effort& effort, Report& report) {
  const bool unique = table.policy == "UNIQUE", any = table.policy == "ANY";
  if (!unique && !any) return;
  size_t reported = 0, more = 0, words = 0;
  for (size_t c = 0; c < analysis.column_count(); ++c) words += analysis.partition(c).size() / 64 + 1;
  for (size_t b = 1; b < table.rules.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (!effort.Spend(words)) return;
      if (!analysis.Overlap(a, b)) continue;
      if (any) {
        bool differ = false;
        for (size_t c = 0; c < table.outputs.size(); ++c) {
          const auto &first = table.results[a][c], &second = table.results[b][c];
          differ = differ || (first && second && !(*first == *second));
        }
        if (!differ) continue;
      }
      if (++reported > kMostReported) {
        ++more;
        continue;
      }
      const std::string region = analysis.Describe(analysis.Intersection(a, b), table.labels);
      report.Add(unique ? "dmn/table-overlap" : "dmn/conflicting-outputs", table.rules[b],
                 unique ? absl::StrCat(RuleName(b), " and ", RuleName(a), " both hold for ", region,
                                       ", which the hit policy Unique forbids; make their tests exclude each "
                                       "other, or choose another hit policy")
                        : absl::StrCat(RuleName(b), " and ", RuleName(a), " both hold for ", region,
                                       " with different outputs, which the hit policy Any forbids; give them "
                                       "the same output or choose another hit policy"));
    }
  }
  if (more > 0) {
    report.Add(
        unique ? "dmn/table-overlap" : "dmn/conflicting-outputs", table.element,
        absl::StrCat(more, " more pairs of rules of this table overlap; mend the first ones and look again"));
  }
}

/// A rule without tests holds also where inputs are missing, which no region says.
bool CoversNull(const Table& table) {
  return std::any_of(table.cells.begin(), table.cells.end(), [](const auto& row) {
    return std::all_of(row.begin(), row.end(), [](const CellTests& cell) { return cell.any; });
  });
}

void CheckGaps(const Table& table, const TableAnalysis& analysis, Effort& effort, Report& report) {
  const bool single = table.policy == "UNIQUE" || table.policy == "FIRST" || table.policy == "ANY" ||
                      table.policy == "PRIORITY";
  const bool has_default = std::any_of(table.outputs.begin(), table.outputs.end(), [](const Element& output) {
    return static_cast<bool>(output.child("defaultOutputEntry"));
  });
  if (!single || table.rules.empty()) return;
  const TableAnalysis::Gaps gaps = analysis.FindGaps(4, effort);
  if (has_default) {
    if (gaps.regions.empty() && gaps.complete && CoversNull(table)) {
      report.Add(
          "dmn/needless-default", table.element,
          "some rule holds for every input, so the default output is never given; a complete table has "
          "none (10.3.2.10)");
    }
    return;
  }
  for (size_t i = 0; i < gaps.regions.size() && i < 3; ++i) {
    const bool last = i == 2 && (gaps.regions.size() > 3 || !gaps.complete);
    report.Add(
        "dmn/table-gap", table.element,
        absl::StrCat("no rule holds for ", analysis.Describe(gaps.regions[i], table.labels),
                     last ? " (and there are more gaps)" : "", "; add a rule for it, or a default output"));
  }
}

/// Allowed values that the type which they restrict does not allow (7.3.3).
void CheckAllowedValues(const Definitions& view, const Element& definition, Report& report) {
  for (const char* child : {"allowedValues", "typeConstraint"}) {
    const Element values = definition.child(child);
    const std::string text = values.child("text").text();
    const CellTests base = DomainOf(view, {}, definition.type_ref());
    if (text.empty() || base.any || base.opaque) continue;
    const CellTests own = ReadCell(text);
    if (own.any || own.negated || own.intervals.empty() || IsWithin(own, base)) continue;
    report.Add(
        "dmn/value-not-allowed", values,
        absl::StrCat("allows ", feel::Shortened(text), ", of which not all are allowed by ",
                     definition.type_ref(), ", the type that it restricts; no value satisfies only one"));
  }
}

}  // namespace

void CheckTables(const Graph& graph, Report& report) {
  for (const Element& element : graph.root().view.elements()) {
    if (element.type() == "itemDefinition" || element.type() == "itemComponent")
      CheckAllowedValues(graph.root().view, element, report);
  }
  for (const Element& element : graph.root().view.elements()) {
    if (element.type() != "decisionTable") continue;
    const Table table = ReadTable(graph, element);
    CheckDeclaration(table, report);
    CheckColumns(table, report);
    if (table.rules.size() > kMostRules || BitsOf(table) > kMostBits) {
      report.Add(
          "dmn/table-too-large", table.element,
          absl::StrCat("has ", table.rules.size(), " rules with ", EndsOf(table),
                       " bounds: too many to look for overlaps, gaps and rules that never hold (up to ",
                       kMostRules, " rules are); divide the table to have them looked for"));
      continue;
    }
    const TableAnalysis analysis(table.cells, table.domains);
    Effort effort;
    CheckOverlaps(table, analysis, effort, report);
    CheckGaps(table, analysis, effort, report);
    CheckRules(table, analysis, effort, report);
    if (effort.left > 0) continue;
    report.Add(
        "dmn/table-too-large", table.element,
        "its rules cut the inputs into so many pieces that not all overlaps, gaps and rules that never "
        "hold were looked for; divide the table to have them looked for");
  }
}

}  // namespace ameide::dmn
