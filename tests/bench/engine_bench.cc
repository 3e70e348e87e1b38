/// The engine's step alone, in memory, without expressions; its floor is folding the same facts (Apply).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "backend/engine/engine.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT

namespace {

/// A plan under construction, without a compiler.
class PlanBuilder {
 public:
  PlanBuilder() { Add(NodeKind::kProcess, kNone); }

  Index Add(NodeKind kind, Index parent = 0) {
    Node node;
    node.kind = kind;
    node.id = "n" + std::to_string(plan_.nodes.size());
    node.parent = parent;
    node.job_type.text = "work";
    plan_.nodes.push_back(std::move(node));
    const Index index = static_cast<Index>(plan_.nodes.size() - 1);
    if (kind == NodeKind::kStartEvent) plan_.nodes[parent].entries = {index};
    return index;
  }
  void Connect(Index source, Index target) {
    const Index flow = static_cast<Index>(plan_.flows.size());
    plan_.flows.push_back({"f" + std::to_string(flow), source, target, kNone});
    plan_.nodes[source].outgoing.push_back(flow);
    plan_.nodes[target].incoming.push_back(flow);
  }
  /// start → `count` nodes of `kind` → end.
  static Plan Chain(NodeKind kind, int count) {
    PlanBuilder builder;
    Index last = builder.Add(NodeKind::kStartEvent);
    for (int i = 0; i < count; ++i) {
      const Index next = builder.Add(kind);
      builder.Connect(last, next);
      last = next;
    }
    builder.Connect(last, builder.Add(NodeKind::kEndEvent));
    return std::move(builder.plan_);
  }
  /// start → fork → `width` nodes of `kind` → join → end.
  static Plan Fan(NodeKind kind, int width) {
    PlanBuilder builder;
    const Index start = builder.Add(NodeKind::kStartEvent), fork = builder.Add(NodeKind::kParallelGateway);
    const Index join = builder.Add(NodeKind::kParallelGateway), end = builder.Add(NodeKind::kEndEvent);
    builder.Connect(start, fork);
    for (int i = 0; i < width; ++i) {
      const Index node = builder.Add(kind);
      builder.Connect(fork, node);
      builder.Connect(node, join);
    }
    builder.Connect(join, end);
    return std::move(builder.plan_);
  }

 private:
  Plan plan_;
};

/// One instance from start to end, its jobs and tasks completed in order; the facts go to `journal`.
void RunInstance(const Plan& plan, std::vector<Fact>& journal) {
  InstanceState state;
  Event event;
  event.what = StartInstance{};
  std::vector<Command> open;
  size_t next = 0;
  while (true) {
    absl::StatusOr<Decision> decision = Step(plan, state, event);
    if (!decision.ok()) std::abort();
    for (Fact& fact : decision->facts) journal.push_back(std::move(fact));
    for (Command& command : decision->commands) open.push_back(std::move(command));
    if (state.ended()) return;
    for (; next < open.size(); ++next) {
      if (const auto* job = std::get_if<ActivateJob>(&open[next])) {
        event.what = CompleteJob{job->job, {}};
        break;
      }
      if (const auto* task = std::get_if<CreateUserTask>(&open[next])) {
        event.what = CompleteUserTask{task->task, {}};
        break;
      }
    }
    if (next == open.size()) std::abort();
    ++next;
  }
}

double Nanoseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::nano>(time).count();
}

void Measure(const char* name, const Plan& plan, int instances) {
  const double elements = static_cast<double>(plan.nodes.size() - 1) * instances;
  std::vector<double> steps, floors;
  size_t facts = 0;
  for (int round = 0; round < 9; ++round) {
    std::vector<std::vector<Fact>> journals(static_cast<size_t>(instances));
    auto start = std::chrono::steady_clock::now();
    for (std::vector<Fact>& journal : journals) RunInstance(plan, journal);
    steps.push_back(Nanoseconds(std::chrono::steady_clock::now() - start) / elements);
    start = std::chrono::steady_clock::now();
    for (const std::vector<Fact>& journal : journals) {
      InstanceState state;
      for (const Fact& fact : journal) Apply(plan, state, fact);
      if (!state.ended()) std::abort();
    }
    floors.push_back(Nanoseconds(std::chrono::steady_clock::now() - start) / elements);
    facts = journals[0].size();
  }
  std::sort(steps.begin(), steps.end());
  std::sort(floors.begin(), floors.end());
  const double step = steps[steps.size() / 2], floor = floors[floors.size() / 2];
  std::printf(
      "%-22s step %6.0f ns/element, apply alone (floor) %6.0f ns/element, ratio %.2f, bar 1000 ns: %s  [%zu "
      "nodes, %zu facts, %d instances]\n",
      name, step, floor, step / floor, step <= 1000 ? "reached" : "missed", plan.nodes.size(), facts,
      instances);
}

}  // namespace

int main() {
  Measure("one service task", PlanBuilder::Chain(NodeKind::kJobTask, 1), 10'000);
  Measure("100 gateways in line", PlanBuilder::Chain(NodeKind::kExclusiveGateway, 100), 300);
  Measure("100 user tasks in line", PlanBuilder::Chain(NodeKind::kUserTask, 100), 300);
  Measure("1000 jobs in parallel", PlanBuilder::Fan(NodeKind::kJobTask, 1000), 30);
  return 0;
}
