#include "backend/compiler/linker.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ameide::compiler {

using engine::Index;
using engine::kNone;

namespace {

/// Moves the indices of one plan behind those of another.
class Shift {
 public:
  explicit Shift(const engine::Plan& into)
      : nodes_(static_cast<Index>(into.nodes.size())),
        flows_(static_cast<Index>(into.flows.size())),
        expressions_(static_cast<Index>(into.expressions.size())) {}

  void Flow(engine::Flow& flow) const {
    By(flow.source, nodes_), By(flow.target, nodes_), By(flow.condition, expressions_);
  }
  void Node(engine::Node& node) const {
    for (Index* const it : {&node.parent, &node.attached_to, &node.handler, &node.called}) By(*it, nodes_);
    for (auto* const list : {&node.entries, &node.boundaries, &node.event_subprocesses}) All(*list, nodes_);
    for (auto* const list : {&node.incoming, &node.outgoing}) All(*list, flows_);
    By(node.default_flow, flows_);
    for (Index* const it : {&node.script, &node.completion_condition, &node.activation_condition})
      By(*it, expressions_);
    for (auto* const mappings : {&node.inputs, &node.outputs}) {
      for (engine::Mapping& mapping : *mappings) By(mapping.source, expressions_);
    }
    for (engine::Parameter* const it :
         {&node.job_type, &node.candidate_groups, &node.assignee, &node.candidate_users, &node.due_date,
          &node.follow_up_date, &node.priority})
      By(it->expression, expressions_);
    for (engine::EventDefinition& it : node.definitions) Definition(it);
    for (Index* const it :
         {&node.loop.cardinality, &node.loop.collection, &node.loop.output_item, &node.loop.condition})
      By(*it, expressions_);
    for (engine::LoopEvent& it : node.loop.events) {
      By(it.condition, expressions_);
      Definition(it.event);
    }
  }

 private:
  static void By(Index& index, Index offset) {
    if (index != kNone) index += offset;
  }
  static void All(std::vector<Index>& list, Index offset) {
    for (Index& index : list) By(index, offset);
  }
  void Definition(engine::EventDefinition& it) const {
    for (Index* const expression :
         {&it.timer.expression, &it.name.expression, &it.correlation, &it.condition})
      By(*expression, expressions_);
    By(it.activity, nodes_);
  }

  const Index nodes_, flows_, expressions_;
};

void Append(engine::Plan& into, engine::Plan&& unit) {
  const Shift shift(into);
  for (engine::Flow& flow : unit.flows) {
    shift.Flow(flow);
    into.flows.push_back(std::move(flow));
  }
  for (engine::Node& node : unit.nodes) {
    shift.Node(node);
    into.nodes.push_back(std::move(node));
  }
  for (feel::Expression& expression : unit.expressions) into.expressions.push_back(std::move(expression));
  for (engine::DecisionFile& file : unit.decision_files) {
    const bool known = std::any_of(into.decision_files.begin(), into.decision_files.end(),
                                   [&](const engine::DecisionFile& it) { return it.path == file.path; });
    if (!known) into.decision_files.push_back(std::move(file));
  }
}

}  // namespace

void LinkCalls(engine::Plan& plan, const std::vector<OutsideCall>& calls, const CompileOptions& options,
               std::vector<Problem>& problems) {
  /// A call that is still to be linked; `from` is the call activity in the file that is compiled.
  struct Open {
    Index node = kNone;
    CallLibrary::Callable called;
    bpmn::Element from;
  };
  std::vector<Open> open;
  for (const OutsideCall& call : calls) open.push_back({call.node, call.called, call.at});
  std::map<std::pair<const bpmn::Definitions*, bpmn::NodeIndex>, Index> roots;
  while (!open.empty()) {
    const Open call = std::move(open.back());
    open.pop_back();
    const auto [root, is_new] = roots.try_emplace({call.called.view, call.called.element.node()},
                                                  static_cast<Index>(plan.nodes.size()));
    plan.nodes[call.node].called = root->second;
    if (!is_new) continue;
    std::vector<Problem> own;
    const size_t before = problems.size();
    ProcessCompiler compiler(*call.called.view, options, own);
    engine::Plan unit = compiler.Compile(call.called.element);
    const auto tell = [&](uint32_t line, const std::string& element, const std::string& reason,
                          const std::string& clause) {
      problems.push_back({call.from,
                          absl::StrCat("what it calls cannot be executed: ", call.called.path, ":", line,
                                       ": ", element, element.empty() ? "" : ": ", reason),
                          clause});
    };
    for (const CompileFinding& finding : LintGate(*call.called.view, {call.called.element}, options)) {
      tell(finding.line, finding.element, finding.reason, finding.clause);
    }
    for (const Problem& problem : own) {
      const uint32_t line = call.called.view->document().positions(std::vector{problem.at.node()})[0].line;
      tell(line, problem.at.id(), problem.reason, problem.clause);
    }
    if (problems.size() > before) continue;
    const Index offset = root->second;
    Append(plan, std::move(unit));
    for (const OutsideCall& inner : compiler.outside_calls()) {
      open.push_back({inner.node + offset, inner.called, call.from});
    }
  }
  std::sort(plan.decision_files.begin(), plan.decision_files.end(),
            [](const engine::DecisionFile& a, const engine::DecisionFile& b) { return a.path < b.path; });
  engine::Prepare(plan);
}

}  // namespace ameide::compiler
