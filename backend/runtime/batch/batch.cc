#include "backend/runtime/batch/batch.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/runtime/batch/world.h"
#include "backend/runtime/simulation/model.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

using engine::Index;
using engine::Node;
using engine::NodeKind;

constexpr size_t kMostProblems = 20;
/// Runs with a million instances each would not fit into a day.
constexpr uint64_t kMostInstances = 100'000'000;

bool IsTask(const Node& node) { return node.type == "task" || node.type.ends_with("Task"); }

absl::StatusOr<compiler::CompileResult> CompileScenario(std::string_view file, const Scenario& scenario) {
  compiler::CompileOptions options;
  options.target = compiler::Target::kSimulation;
  options.form_matters = false;
  options.stub = true;
  // Whatever takes time, costs something or leaves results is done by the simulation, however it is
  // implemented.
  for (const auto& [id, element] : scenario.elements) {
    if (element.duration || !element.resource.empty() || element.cost > 0.0 || !element.results.empty())
      options.replaced.insert(id);
  }
  AMEIDE_ASSIGN_OR_RETURN(compiler::CompileResult compiled, CompileFile(file, options));
  AMEIDE_RETURN_IF_ERROR(FindingsAsStatus(compiled));
  return compiled;
}

absl::Status WrongField(const std::string& id, std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", id, "`: `", std::string(field), "` ", std::string(why)));
}

/// Whether what is said of an element can be said of such an element.
absl::Status CheckElement(const engine::Plan& plan, Index index, const ElementScenario& scenario) {
  const Node& node = plan.nodes[index];
  const bool works = IsTask(node) && node.kind == NodeKind::kJobTask;
  const bool says_work =
      scenario.duration || !scenario.resource.empty() || scenario.cost > 0.0 || !scenario.results.empty();
  if (says_work && !works)
    return WrongField(node.id, "duration",
                      "(with resource, cost and results) is for tasks that somebody does");
  const auto waits_for = [&](engine::Trigger trigger) {
    return std::any_of(node.definitions.begin(), node.definitions.end(),
                       [&](const auto& definition) { return definition.trigger == trigger; });
  };
  const bool comes = waits_for(engine::Trigger::kMessage) || waits_for(engine::Trigger::kSignal);
  if (scenario.after && !comes) return WrongField(node.id, "after", "is for caught messages and signals");
  if (scenario.probability && !scenario.after &&
      !(waits_for(engine::Trigger::kError) && node.attached_to != engine::kNone))
    return WrongField(node.id, "probability",
                      "is for errors on a task's boundary, and for messages and signals with `after`");
  if (scenario.odds.empty()) return absl::OkStatus();
  if (node.kind != NodeKind::kExclusiveGateway && node.type != "inclusiveGateway")
    return WrongField(node.id, "odds", "is for exclusive and inclusive gateways");
  double sum = 0.0;
  for (const auto& [flow, weight] : scenario.odds) {
    const bool known = std::any_of(node.outgoing.begin(), node.outgoing.end(),
                                   [&](Index out) { return plan.flows[out].id == flow; });
    if (!known) return WrongField(node.id, "odds", absl::StrCat("names ", flow, ", which does not leave it"));
    if (node.kind != NodeKind::kExclusiveGateway && weight > 1.0)
      return WrongField(
          node.id, "odds",
          absl::StrCat("of ", flow,
                       " lies between 0 and 1: flows of an inclusive gateway are taken each by itself"));
    sum += weight;
  }
  if (!(sum > 0.0)) return WrongField(node.id, "odds", "are all zero");
  return absl::OkStatus();
}

absl::StatusOr<BatchModel> MakeModel(std::string_view file, const Scenario& scenario) {
  AMEIDE_ASSIGN_OR_RETURN(compiler::CompileResult compiled, CompileScenario(file, scenario));
  AMEIDE_ASSIGN_OR_RETURN(const size_t main, ChooseProcess(compiled, scenario.process));
  BatchModel model;
  model.scenario = &scenario;
  std::set<std::string> known;
  for (compiler::CompiledProcess& process : compiled.processes) {
    BatchModel::Process& added = model.processes.emplace_back();
    added.plan = std::move(process.plan);
    for (Index i = 0; i < added.plan.nodes.size(); ++i) {
      const auto said = scenario.elements.find(added.plan.nodes[i].id);
      added.scenarios.push_back(said == scenario.elements.end() ? nullptr : &said->second);
      if (said == scenario.elements.end()) continue;
      known.insert(said->first);
      AMEIDE_RETURN_IF_ERROR(CheckElement(added.plan, i, said->second));
    }
  }
  model.main = &model.processes[main];
  for (const auto& [id, element] : scenario.elements) {
    if (!known.contains(id))
      return absl::InvalidArgumentError(
          absl::StrCat("`", id, "`: the model's processes have no such element"));
  }
  return model;
}

/// Runs `count` worlds, `threads` at a time; results in the order of the runs.
absl::StatusOr<std::vector<RunResult>> RunAll(const BatchModel& model, unsigned threads) {
  const Scenario& scenario = *model.scenario;
  std::vector<absl::StatusOr<RunResult>> results(scenario.runs, absl::UnknownError("not run"));
  std::atomic<uint32_t> next = 0;
  const auto work = [&] {
    for (uint32_t run = next++; run < scenario.runs; run = next++) {
      // Seeds far apart: SplitMix64 walks by a fixed step.
      SeededRandom seeds(scenario.seed);
      uint64_t seed = 0;
      for (uint32_t i = 0; i <= run; ++i) seed = seeds.Below(UINT64_MAX);
      results[run] = World(model, seed).Run();
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < std::min<unsigned>(threads, scenario.runs); ++i) others.emplace_back(work);
  work();
  others.clear();
  std::vector<RunResult> all;
  for (absl::StatusOr<RunResult>& result : results) {
    AMEIDE_RETURN_IF_ERROR(result.status());
    all.push_back(*std::move(result));
  }
  return all;
}

/// A figure of every run.
template <typename Figure>
Estimate Over(const std::vector<RunResult>& runs, const Figure& figure) {
  std::vector<double> values;
  for (const RunResult& run : runs) values.push_back(static_cast<double>(figure(run)));
  return EstimateOf(values);
}

template <typename Pick>
Duration DurationOf(const std::vector<RunResult>& runs, const Pick& pick) {
  Duration duration;
  Sample all;
  std::vector<double> means;
  for (const RunResult& run : runs) {
    const Sample& sample = pick(run);
    all.Add(sample);
    if (sample.size() > 0) means.push_back(sample.mean());
  }
  duration.mean = EstimateOf(means);
  duration.median = all.Quantile(0.5);
  duration.p95 = all.Quantile(0.95);
  duration.most = all.max();
  return duration;
}

void ReportElements(const BatchModel& model, const std::vector<RunResult>& runs, BatchReport& report) {
  const engine::Plan& plan = model.main->plan;
  double all_waiting = 0.0;
  const auto waiting_at = [&](Index node) {
    double sum = 0.0;
    for (const RunResult& run : runs) sum += run.elements[node].waiting.sum();
    return sum;
  };
  for (Index i = 0; i < plan.nodes.size(); ++i) all_waiting += waiting_at(i);
  for (Index i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    const ElementScenario* const scenario = model.main->scenarios[i];
    const bool somebody =
        IsTask(node) && (node.kind == NodeKind::kJobTask || node.kind == NodeKind::kUserTask ||
                         node.kind == NodeKind::kPassThrough);
    if (somebody && (scenario == nullptr || !scenario->duration)) report.instant.push_back(node.id);
    if (scenario == nullptr || !scenario->odds.empty()) continue;
    ElementReport& element = report.elements.emplace_back();
    element.id = node.id;
    element.name = node.name;
    element.type = node.type;
    element.resource = scenario->resource;
    element.count = Over(runs, [&](const RunResult& run) { return run.elements[i].count; });
    element.waiting =
        DurationOf(runs, [&](const RunResult& run) -> const Sample& { return run.elements[i].waiting; });
    element.working =
        DurationOf(runs, [&](const RunResult& run) -> const Sample& { return run.elements[i].working; });
    element.cost = Over(runs, [&](const RunResult& run) { return run.elements[i].cost; });
    element.share = all_waiting > 0.0 ? waiting_at(i) / all_waiting : 0.0;
  }
}

void ReportResources(const Scenario& scenario, const std::vector<RunResult>& runs, BatchReport& report) {
  for (const auto& [name, resource] : scenario.resources) {
    const auto use_of = [&](const RunResult& run) -> const RunResult::ResourceUse& {
      return run.resources.find(name)->second;
    };
    ResourceReport& out = report.resources.emplace_back();
    out.name = name;
    out.count = resource.count;
    out.utilization = Over(runs, [&](const RunResult& run) {
      return use_of(run).open > 0.0 ? use_of(run).busy / use_of(run).open : 0.0;
    });
    out.queue = Over(
        runs, [&](const RunResult& run) { return run.length > 0.0 ? use_of(run).queued / run.length : 0.0; });
    for (const RunResult& run : runs) out.longest_queue = std::max(out.longest_queue, use_of(run).longest);
    out.cost = Over(runs, [&](const RunResult& run) { return use_of(run).cost; });
  }
}

}  // namespace

absl::StatusOr<BatchReport> RunBatch(std::string_view file, const Scenario& scenario, unsigned threads) {
  if (scenario.count && *scenario.count * scenario.runs > kMostInstances) {
    return absl::InvalidArgumentError(
        absl::StrCat("`count` times `runs` is more than ", kMostInstances, " instances; take fewer"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const BatchModel model, MakeModel(file, scenario));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<RunResult> runs, RunAll(model, threads));
  BatchReport report;
  report.process = model.main->plan.process_id();
  report.seed = scenario.seed;
  report.runs = scenario.runs;
  report.currency = scenario.currency;
  report.started = Over(runs, [](const RunResult& run) { return run.started; });
  report.completed = Over(runs, [](const RunResult& run) { return run.completed; });
  report.failed = Over(runs, [](const RunResult& run) { return run.failed; });
  report.unfinished = Over(runs, [](const RunResult& run) { return run.unfinished; });
  report.cycle = DurationOf(runs, [](const RunResult& run) -> const Sample& { return run.cycle; });
  report.waiting = DurationOf(runs, [](const RunResult& run) -> const Sample& { return run.waiting; });
  report.cost = Over(runs, [](const RunResult& run) { return run.cost.mean(); });
  report.length = Over(runs, [](const RunResult& run) { return run.length; });
  ReportElements(model, runs, report);
  ReportResources(scenario, runs, report);
  std::map<std::string, uint64_t> problems;
  for (const RunResult& run : runs) {
    for (const auto& [why, count] : run.problems) problems[why] += count;
  }
  for (const auto& [why, count] : problems) {
    if (report.problems.size() < kMostProblems) report.problems.emplace_back(why, count);
  }
  return report;
}

}  // namespace ameide::runtime
