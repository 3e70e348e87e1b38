#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "backend/runtime/batch/scenario.h"
#include "backend/runtime/batch/statistics.h"
#include "backend/runtime/simulation/host.h"
#include "base/random.h"

namespace ameide::runtime {

/// A model and what the scenario says of its nodes. Shared by all runs; immutable.
struct BatchModel {
  struct Process {
    engine::Plan plan;
    std::vector<const ElementScenario*> scenarios;  ///< by node; nullptr: nothing is said
  };
  std::deque<Process> processes;
  const Process* main = nullptr;
  const Scenario* scenario = nullptr;
};

/// What one run came to; lengths of time in seconds.
struct RunResult {
  struct Element {
    uint64_t count = 0;
    double cost = 0.0;
    Sample waiting, working;
  };
  struct ResourceUse {
    double busy = 0.0;    ///< times units, in open hours
    double open = 0.0;    ///< times count
    double queued = 0.0;  ///< the length of the queue, summed over time
    double longest = 0.0;
    double cost = 0.0;
  };
  uint64_t started = 0, completed = 0, failed = 0, unfinished = 0;
  Sample cycle, waiting, cost;  ///< of completed instances
  double length = 0.0;
  std::vector<Element> elements;  ///< by node of the main process
  std::map<std::string, ResourceUse> resources;
  std::map<std::string, uint64_t> problems;
};

/// One run of a scenario: a discrete-event simulation around the engine.
class World final : public VirtualHost {
 public:
  World(const BatchModel& model, uint64_t seed);

  /// RESOURCE_EXHAUSTED when it does not come to rest.
  absl::StatusOr<RunResult> Run();

 private:
  using WorkId = std::pair<size_t, engine::Key>;  ///< instance, job or task
  /// A task that somebody does or should do.
  struct Task {
    engine::Index node = engine::kNone;
    bool is_job = false;
    WallTime due;
    WallTime begun;
    bool working = false;
    uint64_t order = 0;
  };
  struct Case {
    WallTime begun;
    bool counts = false;
    bool ended = false;
    bool failed = false;
    double waiting = 0.0;
    double cost = 0.0;
  };
  struct Pool {
    std::string name;
    const Resource* resource = nullptr;
    const Calendar* calendar = nullptr;
    uint32_t free = 0;
    std::deque<WorkId> queue;
    bool wakes = false;  ///< a call for its opening is set
    RunResult::ResourceUse* use = nullptr;
  };
  /// What a CallAt means.
  struct Call {
    enum class What : uint8_t { kArrive, kFinish, kOccur, kOpen } what = What::kArrive;
    WorkId work;
    uint64_t order = 0;  ///< of kFinish: of the task that it is for
    std::string resource;
  };

  void OnJob(size_t instance, const engine::ActivateJob& job) override;
  void OnUserTask(size_t instance, const engine::CreateUserTask& task) override;
  void OnWithdrawn(size_t instance, engine::Key work) override;
  void OnWait(size_t instance, const engine::OpenSubscription& wait) override;
  void OnStep(size_t instance) override;
  void OnDue(uint64_t what) override;

  const ElementScenario* ScenarioOf(size_t instance, engine::Index node) const;
  Case& CaseOf(size_t instance);
  /// Who does the tasks of a node; nullptr when nobody has to be free for them.
  Pool* PoolOf(size_t instance, engine::Index node);
  void Arrive();
  void Schedule(WallTime due, Call call);
  void Add(WorkId id, engine::Index node, bool is_job);
  void Serve(Pool& pool);
  void Begin(WorkId id, Task& task);
  void Finish(WorkId id);
  void Release(WorkId id, const Task& task);
  RunResult::Element* ResultOf(size_t instance, engine::Index node);
  double CountedSeconds(WallTime from, WallTime to) const;
  void CountWork(const Pool& pool, uint32_t units, WallTime begun, WallTime end) const;
  void Close();

  const BatchModel& model_;
  const Scenario& scenario_;
  SeededRandom random_;
  std::map<const engine::Plan*, const BatchModel::Process*> processes_;
  std::deque<engine::Plan> plans_;  ///< with this run's chooser
  WallTime counted_from_;
  std::vector<Case> cases_;  ///< by instance
  std::map<WorkId, Task> tasks_;
  std::map<std::string, Pool> pools_;
  std::map<uint64_t, Call> calls_;
  uint64_t next_call_ = 0;
  uint64_t arrived_ = 0;
  RunResult result_;
};

}  // namespace ameide::runtime
