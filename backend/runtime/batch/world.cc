#include "backend/runtime/batch/world.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

using engine::Index;
using engine::Key;

/// Facts of one run; a busy run of a million instances has some ten million.
constexpr uint64_t kMostSteps = 100'000'000;

double Seconds(Span span) { return std::chrono::duration<double>(span).count(); }

/// Lets chance decide at the gateways that have odds.
class Odds final : public engine::BranchChooser {
 public:
  Odds(const BatchModel::Process& process, Random& random) : process_(process), random_(random) {}

  std::optional<std::vector<Index>> Choose(const engine::Plan& plan, Index node) override {
    const ElementScenario* const scenario = process_.scenarios[node];
    if (scenario == nullptr || scenario->odds.empty()) return std::nullopt;
    const engine::Node& gateway = plan.nodes[node];
    std::vector<double> weights;
    for (const Index flow : gateway.outgoing) {
      const auto given = scenario->odds.find(plan.flows[flow].id);
      weights.push_back(given == scenario->odds.end() ? 0.0 : given->second);
    }
    if (gateway.kind == engine::NodeKind::kExclusiveGateway)
      return std::vector{gateway.outgoing[OneOf(weights)]};
    std::vector<Index> chosen;
    for (size_t i = 0; i < weights.size(); ++i) {
      if (Uniform(random_) < weights[i]) chosen.push_back(gateway.outgoing[i]);
    }
    // The default flow is for when no other holds; without one the most probable flow stands in.
    if (chosen.empty()) {
      const auto most = std::max_element(weights.begin(), weights.end()) - weights.begin();
      chosen.push_back(gateway.default_flow != engine::kNone ? gateway.default_flow
                                                             : gateway.outgoing[static_cast<size_t>(most)]);
    }
    return chosen;
  }

 private:
  size_t OneOf(const std::vector<double>& weights) {
    double left = Uniform(random_) * std::accumulate(weights.begin(), weights.end(), 0.0);
    size_t last = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] <= 0.0) continue;
      last = i;
      if (left < weights[i]) return i;
      left -= weights[i];
    }
    return last;
  }

  const BatchModel::Process& process_;
  Random& random_;
};

}  // namespace

World::World(const BatchModel& model, uint64_t seed)
    : VirtualHost(model.scenario->start, model.scenario->variables),
      model_(model),
      scenario_(*model.scenario),
      random_(seed),
      counted_from_(scenario_.start + scenario_.warm_up) {
  set_most_steps(kMostSteps);
  for (const BatchModel::Process& process : model.processes) {
    engine::Plan& plan = plans_.emplace_back(process.plan);
    plan.branches = std::make_shared<Odds>(process, random_);
    processes_[&plan] = &process;
  }
  for (const auto& [name, resource] : scenario_.resources) {
    static const Calendar kAlways;
    Pool& pool = pools_[name];
    pool.resource = &resource;
    pool.calendar =
        resource.calendar.empty() ? &kAlways : &scenario_.calendars.find(resource.calendar)->second;
    pool.free = resource.count;
    pool.name = name;
    pool.use = &result_.resources[name];
  }
  result_.elements.resize(model.main->plan.nodes.size());
}

absl::StatusOr<RunResult> World::Run() {
  for (const engine::Plan& plan : plans_) AMEIDE_RETURN_IF_ERROR(Deploy(plan, /*timers=*/false));
  Schedule(scenario_.start, {});
  const std::optional<WallTime> until =
      scenario_.until ? std::optional(scenario_.start + *scenario_.until) : std::nullopt;
  while (RunNext(until)) {
  }
  if (!at_rest()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a run was stopped after ", kMostSteps,
                     " steps: it does not come to rest; look for a loop that nothing ends, or give `until`"));
  }
  Close();
  return std::move(result_);
}

// ---- What happens when

void World::Schedule(WallTime due, Call call) {
  calls_.emplace(next_call_, std::move(call));
  CallAt(due, next_call_++);
}

void World::OnDue(uint64_t what) {
  const auto found = calls_.find(what);
  const Call call = std::move(found->second);
  calls_.erase(found);
  switch (call.what) {
    case Call::What::kArrive:
      Arrive();
      break;
    case Call::What::kFinish: {
      const auto task = tasks_.find(call.work);
      if (task != tasks_.end() && task->second.order == call.order) Finish(call.work);
      break;
    }
    case Call::What::kOccur:
      Queue(call.work.first, engine::DeliverEvent{call.work.second, {}});
      break;
    case Call::What::kOpen: {
      Pool& pool = pools_.find(call.resource)->second;
      pool.wakes = false;
      Serve(pool);
      break;
    }
  }
}

/// One instance begins, or all of them where nothing says how far apart they are.
void World::Arrive() {
  const auto main = std::find_if(plans_.begin(), plans_.end(),
                                 [&](const engine::Plan& plan) { return processes_[&plan] == model_.main; });
  do {
    ++arrived_;
    Start(*main);
  } while (!scenario_.every && arrived_ < *scenario_.count);
  if (scenario_.every && (!scenario_.count || arrived_ < *scenario_.count))
    Schedule(now() + scenario_.every->Draw(random_), {});
}

World::Case& World::CaseOf(size_t instance) {
  while (cases_.size() <= instance) {
    Case added;
    added.begun = now();
    added.counts = added.begun >= counted_from_ && processes_[instances()[cases_.size()].plan] == model_.main;
    if (added.counts) ++result_.started;
    cases_.push_back(added);
  }
  return cases_[instance];
}

void World::OnStep(size_t instance) {
  Case& it = CaseOf(instance);
  engine::InstanceState& state = instances()[instance].state;
  if (!state.incidents.empty() && !it.failed) {
    it.failed = true;
    const engine::Incident& incident = state.incidents.begin()->second;
    const Index node = state.FindElement(incident.element)->node;
    ++result_.problems[absl::StrCat(instances()[instance].plan->nodes[node].id, ": ", incident.message)];
    if (it.counts) ++result_.failed;
  }
  if (!state.ended() || it.ended) return;
  it.ended = true;
  state = {};  // a run may have a million of them
  if (!it.counts || it.failed) return;
  ++result_.completed;
  result_.cycle.Add(Seconds(now() - it.begun));
  result_.waiting.Add(it.waiting);
  result_.cost.Add(it.cost);
}

// ---- Tasks and who does them

const ElementScenario* World::ScenarioOf(size_t instance, Index node) const {
  return processes_.find(instances()[instance].plan)->second->scenarios[node];
}

World::Pool* World::PoolOf(size_t instance, Index node) {
  const ElementScenario* const scenario = ScenarioOf(instance, node);
  if (scenario == nullptr || scenario->resource.empty()) return nullptr;
  return &pools_.find(scenario->resource)->second;
}

RunResult::Element* World::ResultOf(size_t instance, Index node) {
  const bool counts = CaseOf(instance).counts;
  return counts ? &result_.elements[node] : nullptr;
}

void World::OnJob(size_t instance, const engine::ActivateJob& job) {
  Add({instance, job.job}, job.node, true);
}

void World::OnUserTask(size_t instance, const engine::CreateUserTask& task) {
  Add({instance, task.task}, task.node, false);
}

void World::Add(WorkId id, Index node, bool is_job) {
  Task& task = tasks_[id];
  task = {node, is_job, now(), now(), false, next_call_};
  Pool* const pool = PoolOf(id.first, node);
  if (pool == nullptr) {
    Begin(id, task);
    return;
  }
  pool->queue.push_back(id);
  Serve(*pool);
  if (now() < counted_from_) return;
  pool->use->longest = std::max(pool->use->longest, static_cast<double>(pool->queue.size()));
}

/// Lets those in front of the queue begin, in its order, while there is somebody to do it.
void World::Serve(Pool& pool) {
  while (!pool.queue.empty()) {
    if (!pool.calendar->IsOpen(now())) {
      if (pool.wakes) return;
      pool.wakes = true;
      Schedule(pool.calendar->NextOpen(now()), {Call::What::kOpen, {}, 0, pool.name});
      return;
    }
    const WorkId id = pool.queue.front();
    Task& task = tasks_.find(id)->second;
    const ElementScenario& scenario = *ScenarioOf(id.first, task.node);
    if (scenario.units > pool.free) return;
    pool.queue.pop_front();
    pool.free -= scenario.units;
    pool.use->queued += CountedSeconds(task.due, now());
    Begin(id, task);
  }
}

void World::Begin(WorkId id, Task& task) {
  task.working = true;
  task.begun = now();
  const ElementScenario* const scenario = ScenarioOf(id.first, task.node);
  Span work{};
  if (scenario != nullptr && scenario->duration) work = scenario->duration->Draw(random_);
  const Pool* const pool = PoolOf(id.first, task.node);
  const WallTime end = pool != nullptr ? pool->calendar->AddWork(now(), work) : now() + work;
  Case& it = CaseOf(id.first);
  it.waiting += Seconds(task.begun - task.due);
  Schedule(end, {Call::What::kFinish, id, task.order, ""});
}

void World::Finish(WorkId id) {
  const Task task = tasks_.find(id)->second;
  const ElementScenario* const scenario = ScenarioOf(id.first, task.node);
  tasks_.erase(id);
  if (RunResult::Element* const element = ResultOf(id.first, task.node)) {
    ++element->count;
    element->waiting.Add(Seconds(task.begun - task.due));
    element->working.Add(Seconds(now() - task.begun));
    element->cost += scenario == nullptr ? 0.0 : scenario->cost;
  }
  if (scenario != nullptr) CaseOf(id.first).cost += scenario->cost;
  Release(id, task);
  const feel::Context results = scenario == nullptr ? feel::Context() : scenario->results;
  if (!task.is_job) {
    Queue(id.first, engine::CompleteUserTask{id.second, results});
    return;
  }
  const engine::Plan& plan = *instances()[id.first].plan;
  for (const Index boundary : plan.nodes[task.node].boundaries) {
    const ElementScenario* const error = ScenarioOf(id.first, boundary);
    const auto& definitions = plan.nodes[boundary].definitions;
    if (error == nullptr || !error->probability || definitions.empty() ||
        definitions[0].trigger != engine::Trigger::kError || Uniform(random_) >= *error->probability)
      continue;
    if (RunResult::Element* const element = ResultOf(id.first, boundary)) ++element->count;
    Queue(id.first, engine::ThrowJobError{id.second, definitions[0].code, "by chance"});
    return;
  }
  Queue(id.first, engine::CompleteJob{id.second, results});
}

/// What was being done ends: who did it is free, and has cost something.
void World::Release(WorkId id, const Task& task) {
  Pool* const pool = PoolOf(id.first, task.node);
  if (!task.working || pool == nullptr) return;
  const uint32_t units = ScenarioOf(id.first, task.node)->units;
  const double hours = Seconds(pool->calendar->OpenBetween(task.begun, now())) / 3600.0 * units;
  const double cost = hours * pool->resource->cost_per_hour;
  CaseOf(id.first).cost += cost;
  if (RunResult::Element* const element = ResultOf(id.first, task.node)) element->cost += cost;
  CountWork(*pool, units, task.begun, now());
  pool->free += units;
  Serve(*pool);
}

/// What a resource did, as far as it counts.
void World::CountWork(const Pool& pool, uint32_t units, WallTime begun, WallTime end) const {
  const double busy = Seconds(pool.calendar->OpenBetween(std::max(begun, counted_from_), end)) * units;
  pool.use->busy += busy;
  pool.use->cost += busy / 3600.0 * pool.resource->cost_per_hour;
}

double World::CountedSeconds(WallTime from, WallTime to) const {
  from = std::max(from, counted_from_);
  return to > from ? Seconds(to - from) : 0.0;
}

/// Ended from outside, or done; a done one is not here any more.
void World::OnWithdrawn(size_t instance, Key work) {
  const WorkId id{instance, work};
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) return;
  const Task task = found->second;
  tasks_.erase(found);
  if (Pool* const pool = PoolOf(instance, task.node); pool != nullptr && !task.working) {
    std::erase(pool->queue, id);
    pool->use->queued += CountedSeconds(task.due, now());
    CaseOf(instance).waiting += Seconds(now() - task.due);
  }
  Release(id, task);
}

// ---- Events that come by themselves

void World::OnWait(size_t instance, const engine::OpenSubscription& wait) {
  const ElementScenario* const scenario = ScenarioOf(instance, wait.node);
  if (scenario == nullptr || !scenario->after) return;
  if (scenario->probability && Uniform(random_) >= *scenario->probability) return;
  if (RunResult::Element* const element = ResultOf(instance, wait.node)) ++element->count;
  Schedule(now() + scenario->after->Draw(random_),
           {Call::What::kOccur, {instance, wait.subscription}, 0, ""});
}

// ---- The end

void World::Close() {
  const WallTime end = scenario_.until ? scenario_.start + *scenario_.until : now();
  result_.length = Seconds(end - counted_from_);
  for (auto& [id, task] : tasks_) {
    const Pool* const pool = PoolOf(id.first, task.node);
    if (pool == nullptr) continue;
    if (task.working) {
      CountWork(*pool, ScenarioOf(id.first, task.node)->units, task.begun, end);
    } else {
      pool->use->queued += CountedSeconds(task.due, end);
    }
  }
  for (const auto& [name, pool] : pools_) {
    pool.use->open = Seconds(pool.calendar->OpenBetween(counted_from_, end)) * pool.resource->count;
  }
  for (size_t i = 0; i < cases_.size(); ++i) {
    if (!cases_[i].counts || cases_[i].ended || cases_[i].failed) continue;
    ++result_.unfinished;
    if (scenario_.until) continue;
    const engine::InstanceState& state = instances()[i].state;
    std::string where = "nothing can happen in it any more";
    if (!state.subscriptions.empty()) {
      where = absl::StrCat("it waits at ",
                           instances()[i].plan->nodes[state.subscriptions.begin()->second.node].id,
                           " for what nobody sends; say in the scenario `after` what time it comes");
    }
    ++result_.problems[where];
  }
}

}  // namespace ameide::runtime
