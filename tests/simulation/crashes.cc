#include "tests/simulation/crashes.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ameide::uaf::simulation {
namespace {

/// What kind of problem it is: the text without what differs from case to case.
std::string KindOf(const std::string& problem) {
  std::string kind;
  for (const char c : problem.substr(0, 60)) {
    if (c < '0' || c > '9') kind += c;
  }
  return kind;
}

class Trial {
 public:
  Trial(const CrashPlan& plan, Oracle& oracle) : plan_(plan), oracle_(oracle) {}

  void Run() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < plan_.threads; ++i) threads.emplace_back([this, i] { Work(i); });
    for (std::thread& thread : threads) thread.join();
  }
  uint64_t crashes() const { return crashes_; }
  std::vector<std::string> Problems() const {
    std::vector<std::string> all;
    for (const auto& [kind, problem] : problems_)
      all.push_back(problem.second + " (" + std::to_string(problem.first) + " times)");
    return all;
  }

 private:
  /// Every point whose number is this worker's; each follows the whole run for itself.
  void Work(unsigned worker) {
    CrashModel model(EmptyDisk());
    const std::vector<Operation>& operations = oracle_.operations();
    for (Point at = 0; at <= operations.size(); ++at) {
      const bool wanted = plan_.only ? at == plan_.only->at
                                     : at % plan_.stride == plan_.seed % plan_.stride &&
                                           at / plan_.stride % plan_.threads == worker;
      if (wanted && (!plan_.only || worker == 0)) CrashAt(at, model);
      if (at < operations.size()) model.Advance(operations[at]);
    }
  }

  void CrashAt(Point at, const CrashModel& model) {
    if (plan_.only) return Check(*plan_.only, model);
    // Where nothing is pending there is only one thing that a crash can leave.
    const int choices = model.HasPending() ? 3 + plan_.random_choices : 1;
    for (int choice = 0; choice < choices; ++choice) {
      const uint64_t random = (plan_.seed * 1'000'003 + at) * 101 + static_cast<uint64_t>(choice);
      Check(MakeCrashPoint(at, static_cast<Survival>(std::min(choice, 3)), random), model);
    }
  }

  void Check(const CrashPoint& point, const CrashModel& model) {
    SeededRandom random(point.random);
    uint64_t checked = 0;
    const std::string problem = CheckCrash(oracle_, model.Crash(point.survival, random), point, checked);
    const std::scoped_lock lock(mutex_);
    crashes_ += checked;
    if (problem.empty()) return;
    auto& entry = problems_[KindOf(problem)];
    if (++entry.first > 1) return;
    entry.second = absl::StrCat("seed ", plan_.seed, ", crash after operation ", point.at, ": ", problem,
                                "\n  again: simulate_uaf crashes --seed ", plan_.seed, " --at ", point.at,
                                " --survival ", static_cast<int>(point.survival), " --random ", point.random);
  }

  const CrashPlan& plan_;
  Oracle& oracle_;
  std::mutex mutex_;
  uint64_t crashes_ = 0;
  std::map<std::string, std::pair<uint64_t, std::string>> problems_;
};

}  // namespace

CrashPoint MakeCrashPoint(Point at, Survival survival, uint64_t random) {
  CrashPoint point;
  point.at = at;
  point.survival = survival;
  point.random = random;
  // Not with a clock that went back (see Judge): it rightly holds back what others, later, believe.
  point.thorough = random % 16 == 5;
  point.again = random % 8 == 1 ? 2 : 0;
  return point;
}

CrashReport TryCrashes(const CrashPlan& plan) {
  CrashReport report;
  Workload::Options options;
  options.seed = plan.seed;
  options.steps = plan.steps;
  options.pace = plan.seed % 2 == 0 ? Pace::kAtOnce : Pace::kOnRequest;
  Workload workload(std::move(options));
  if (std::string problem = workload.Run(); !problem.empty()) {
    report.problems.push_back(std::move(problem));
    return report;
  }
  const size_t streams = 1 + workload.recording().branches;
  if (workload.recording().own.size() != streams) {
    report.problems.push_back(absl::StrCat("seed ", plan.seed, ": the run wrote ",
                                           workload.recording().own.size(), " streams instead of ", streams));
  }
  Oracle oracle(&workload);
  report.operations = oracle.operations().size();
  report.groups = workload.recording().groups.size();
  report.kinds = oracle.kinds();
  Trial trial(plan, oracle);
  trial.Run();
  report.crashes = trial.crashes();
  for (std::string& problem : trial.Problems()) report.problems.push_back(std::move(problem));
  return report;
}

}  // namespace ameide::uaf::simulation
