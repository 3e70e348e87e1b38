#include "backend/compiler/compile.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "backend/compiler/linker.h"
#include "backend/compiler/process_compiler.h"
#include "backend/engine/plan/plan_codec.h"
#include "notation/bpmn/lint.h"
#include "notation/bpmn/view.h"

namespace ameide::compiler {

using bpmn::Element;

namespace {

/// The processes to compile. `isExecutable` has no default; only for public processes (clause 10.2.1) does
/// its absence mean false. Whoever asks for a simulation of a file in which no process says yes means those
/// that do not say no.
std::vector<Element> ExecutableProcesses(const bpmn::Definitions& view, const CompileOptions& options) {
  std::vector<Element> executable, unsaid;
  for (const Element& process : view.processes()) {
    const bool named = options.named.contains(process.id());
    if (named || process.flag("isExecutable", false)) executable.push_back(process);
    if (!process.attribute("isExecutable") && process.attribute("processType").value_or("") != "Public") {
      unsaid.push_back(process);
    }
  }
  return executable.empty() && options.target == Target::kSimulation ? unsaid : executable;
}

/// Whether a finding of the lint can matter to the execution: not one of the diagram or of a process that is
/// only drawn.
bool Matters(const bpmn::Definitions& view, const std::vector<Element>& processes, const std::string& id) {
  if (id.empty()) return true;
  if (view.WithId(id).empty()) return false;  // of the diagram
  Element at = view.Find(id);
  while (at && at.type() != "process") at = at.parent();
  return !at || std::any_of(processes.begin(), processes.end(),
                            [&](const Element& process) { return process.node() == at.node(); });
}

}  // namespace

/// All that `ameide lint` has. Whether a simulation runs something depends on its options, which the compiler
/// itself knows.
std::vector<CompileFinding> LintGate(const bpmn::Definitions& view, const std::vector<Element>& processes,
                                     const CompileOptions& options) {
  const bool all = options.form_matters && options.target == Target::kEmbedded;
  std::vector<CompileFinding> findings;
  for (const uaf::document::Finding& finding : bpmn::LintWithSchema(
           view.document(), {all ? bpmn::LintProfile::kExecution : bpmn::LintProfile::kDocumentation})) {
    if (finding.severity != uaf::document::Severity::kError) continue;
    const bpmn::RuleDescription* rule = bpmn::FindLintRule(finding.rule);
    const bool defined = rule != nullptr && rule->execution_is_defined;
    if (!options.form_matters && (defined || !Matters(view, processes, finding.element))) continue;
    const std::string clause =
        rule == nullptr || rule->clause.empty() ? finding.rule : std::string(rule->clause);
    findings.push_back({finding.element, finding.line, finding.message, clause, finding.rule});
  }
  return findings;
}

namespace {

std::string NearestId(Element at) {
  while (at && at.id().empty()) at = at.parent();
  return at.id();
}

/// Adds what the compiler found. Where the lint has spoken of an element, its finding is enough; of what only
/// the target asks, the compiler knows the clause of the execution.
void AddProblems(const uaf::document::Document& document, const std::vector<Problem>& problems,
                 std::vector<CompileFinding>& findings) {
  std::vector<uaf::document::NodeIndex> places;
  for (const Problem& problem : problems) places.push_back(problem.at.node());
  const std::vector<uaf::document::TextPosition> positions = document.positions(places);
  std::map<std::string, std::vector<size_t>> by_element;
  for (size_t i = 0; i < findings.size(); ++i) {
    std::vector<size_t>& of_target = by_element[findings[i].element];
    if (findings[i].rule.starts_with("target/")) of_target.push_back(i);
  }
  for (size_t i = 0; i < problems.size(); ++i) {
    const std::string element = NearestId(problems[i].at);
    const auto known = by_element.find(element);
    if (known == by_element.end()) {
      findings.push_back({element, positions[i].line, problems[i].reason, problems[i].clause});
      continue;
    }
    for (const size_t at : known->second) findings[at].clause = problems[i].clause;
    known->second.clear();  // the first says it best
  }
}

void CheckMustUnderstand(const bpmn::Definitions& view, std::vector<Problem>& problems) {
  for (const Element& extension : view.OfType("extension")) {
    if (!extension.flag("mustUnderstand", false)) continue;
    problems.push_back(
        {extension,
         "an extension must be understood by whoever runs this file, and it is not known here; "
         "remove it",
         "8.2.3"});
  }
}

}  // namespace

CompileResult Compile(const uaf::document::Document& document, const CompileOptions& options) {
  CompileResult result;
  if (!bpmn::IsBpmn(document)) {
    result.findings.push_back(
        {"", 1, "this file is not BPMN; its root element must be definitions of BPMN 2.0", "15.1"});
    return result;
  }
  const bpmn::Definitions view(document);
  const std::vector<Element> processes = ExecutableProcesses(view, options);
  result.findings = LintGate(view, processes, options);
  std::vector<Problem> problems;
  CheckMustUnderstand(view, problems);
  std::vector<engine::Plan> plans;
  for (const Element& process : processes) {
    ProcessCompiler compiler(view, options, problems);
    plans.push_back(compiler.Compile(process));
    LinkCalls(plans.back(), compiler.outside_calls(), options, problems);
  }
  if (plans.empty()) {
    problems.push_back({view.processes().empty() ? view.root() : view.processes()[0],
                        "no process of this file is executable; set isExecutable=\"true\" on one", "10.2.1"});
  }
  AddProblems(document, problems, result.findings);
  std::stable_sort(result.findings.begin(), result.findings.end(),
                   [](const CompileFinding& a, const CompileFinding& b) { return a.line < b.line; });
  // A process that others call is compiled with each of them: one mistake is told once.
  std::set<std::tuple<uint32_t, std::string, std::string>> told;
  std::erase_if(result.findings, [&](const CompileFinding& finding) {
    return !told.insert({finding.line, finding.element, finding.reason}).second;
  });
  if (!result.ok()) return result;
  for (engine::Plan& plan : plans) {
    if (!options.source_hash.empty()) plan.sources.emplace_back("bpmn", options.source_hash);
    std::string bytes = engine::EncodePlan(plan);
    std::string digest = engine::PlanDigest(bytes).Hex();
    if (const absl::Status loaded = engine::LoadDecisions(plan); !loaded.ok()) {
      result.findings.push_back({plan.process_id(), 0, std::string(loaded.message()), "13.3.3"});
    }
    result.processes.push_back({std::move(plan), std::move(bytes), std::move(digest)});
  }
  return result;
}

std::string FormatFinding(const CompileFinding& finding) {
  const bool named = finding.clause.empty() || finding.clause.find('/') != std::string::npos;
  return absl::StrCat(
      finding.element, finding.element.empty() ? "" : ": ", finding.reason, " (",
      named ? "" : absl::StrCat("BPMN 2.0.2, clause ", finding.clause),
      named || finding.rule.empty() ? "" : ", ",
      finding.rule.empty() ? (named ? finding.clause : "") : absl::StrCat("rule ", finding.rule), ")");
}

}  // namespace ameide::compiler
