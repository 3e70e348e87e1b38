#include "tests/simulation/faults.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/crash_check.h"

namespace ameide::uaf::simulation {
namespace {

/// A lasting fault lasts for so many steps after it has struck.
constexpr size_t kLastingSteps = 3;

struct Kind {
  Fault::Kind kind;
  bool lasting;
  const char* name;
};
constexpr Kind kKinds[] = {
    {Fault::Kind::kFull, false, "full once"},         {Fault::Kind::kFull, true, "full"},
    {Fault::Kind::kError, false, "error once"},       {Fault::Kind::kError, true, "error"},
    {Fault::Kind::kFailedSync, false, "failed sync"}, {Fault::Kind::kReadError, false, "read error once"},
    {Fault::Kind::kReadError, true, "read error"},    {Fault::Kind::kUnplugged, true, "unplugged"},
};

/// A person must know what to do.
bool SaysWhatToDo(const absl::Status& status) {
  const std::string text(status.message());
  for (const char* advice : {"free some space", "check the disk", "try again", "ameide ", "permissions",
                             "restore it", "move it away", "check both clocks", "pull again"}) {
    if (absl::StrContains(text, advice)) return true;
  }
  return false;
}

/// One run with one fault.
class FaultyRun {
 public:
  FaultyRun(const FaultPlan& plan, const Fault& fault) : fault_(fault), workload_(Options(plan)) {
    workload_.ada().disk().Break(fault);
  }

  std::string Run() {
    if (std::string problem = workload_.Run(); !problem.empty()) return problem;
    SimulatedDisk& disk = workload_.ada().disk();
    struck_ = disk.struck();
    disk.Heal();
    if (absl::Status status = workload_.ada().CarryOn(); !status.ok()) return status.ToString();
    for (const absl::Status& error : workload_.errors()) {
      if (!SaysWhatToDo(error)) return absl::StrCat("an error does not say what to do: ", error.ToString());
    }
    // The same workspace, as it is now that the disk is sound.
    if (workload_.workspace() == nullptr || !GoesOn("first").empty()) {
      reopened_ = true;
      if (std::string problem = workload_.Reopen(); !problem.empty()) return problem;
      if (std::string problem = GoesOn("second"); !problem.empty()) return problem;
    }
    if (std::string problem = CheckWorkspace(*workload_.workspace(), workload_.ada()); !problem.empty()) {
      return problem;
    }
    if (std::string problem = workload_.Reopen(); !problem.empty()) return problem;
    if (std::string problem = CheckWorkspace(*workload_.workspace(), workload_.ada()); !problem.empty()) {
      return absl::StrCat("opened again: ", problem);
    }
    for (const Survival survival : {Survival::kNothing, Survival::kRandom}) {
      if (std::string problem = CheckCrashed(survival); !problem.empty()) return problem;
    }
    return {};
  }
  bool struck() const { return struck_; }
  bool reopened() const { return reopened_; }
  uint64_t told() const { return workload_.errors().size(); }

 private:
  Workload::Options Options(const FaultPlan& plan) {
    Workload::Options options;
    options.seed = plan.seed;
    options.steps = plan.steps;
    options.pace = plan.seed % 2 == 0 ? Pace::kAtOnce : Pace::kOnRequest;
    options.disk_fails = true;
    options.before_step = [this](size_t step) {
      SimulatedDisk& disk = workload_.ada().disk();
      if (!disk.struck() || !fault_.lasting) return;
      if (!healed_at_) healed_at_ = step + kLastingSteps;
      if (step == *healed_at_) disk.Heal();
    };
    return options;
  }

  std::string GoesOn(const char* name) {
    const auto receipt =
        workload_.workspace()->Create(absl::StrCat(name, "-after-the-fault.md"), "On\n", "Go on");
    if (!receipt.ok()) return absl::StrCat("work does not go on: ", receipt.status().ToString());
    const auto notes = workload_.workspace()->SyncWorkingFiles();
    return notes.ok() ? std::string() : absl::StrCat("files do not go on: ", notes.status().ToString());
  }

  std::string CheckWorkspace(Workspace& workspace, Computer& computer) {
    for (const Group& group : workload_.recording().groups) {
      for (const EventId& event : group.events) {
        if (!workspace.Show(event).ok()) return absl::StrCat("acknowledged and lost: ", FormatId(event));
      }
    }
    for (const Recording::State& state : workload_.recording().states) {
      for (const auto& [artifact, bytes] : state.bytes) {
        const absl::StatusOr<std::string> now = workspace.Render(artifact, state.cut);
        if (!now.ok()) return absl::StrCat("a past state cannot be read: ", now.status().ToString());
        if (*now != bytes) return absl::StrCat("artifact ", artifact.name, " has another past than it had");
      }
    }
    const auto findings = Damage(workspace);
    if (!findings.ok()) return absl::StrCat("it cannot be verified: ", findings.status().ToString());
    for (const document::Finding& finding : *findings) {
      // That is said and put right by the next opening.
      if (absl::StrContains(finding.message, "left by a write that was cut short")) continue;
      return absl::StrCat("verifying finds: ", finding.message);
    }
    for (const OutsideChange& change : workload_.recording().outside) {
      if (!change.token.empty() && !CanBeFoundAgain(change.token, workspace, computer)) {
        return absl::StrCat("what was saved outside is lost: ", change.token);
      }
    }
    const auto artifacts = workspace.Artifacts();
    if (!artifacts.ok()) return artifacts.status().ToString();
    for (const Artifact& artifact : *artifacts) {
      const bool waits = artifact.pending_write || !artifact.read_only_because.empty() ||
                         !workspace.LogIncompleteBecause().empty();
      if (!waits && computer.Read(artifact.path) != *workspace.Render(artifact.id)) {
        return absl::StrCat(artifact.path, " is not what the store holds");
      }
    }
    return {};
  }

  std::string CheckCrashed(Survival survival) {
    const SimulatedDisk& disk = workload_.ada().disk();
    CrashModel model(disk.start());
    for (const Operation& operation : disk.operations()) model.Advance(operation);
    SeededRandom random(fault_.at);
    Computer computer(model.Crash(survival, random), fault_.at,
                      workload_.recording().latest + std::chrono::hours(1), Pace::kOnRequest);
    const auto opened = computer.Open();
    if (!opened.ok()) return absl::StrCat("after a crash it does not open: ", opened.status().ToString());
    const std::string problem = CheckWorkspace(**opened, computer);
    return problem.empty() ? problem : absl::StrCat("after a crash: ", problem);
  }

  Fault fault_;
  std::optional<size_t> healed_at_;
  bool struck_ = false;
  bool reopened_ = false;
  Workload workload_;
};

class Trial {
 public:
  Trial(const FaultPlan& plan, uint64_t operations, uint64_t reads)
      : plan_(plan), operations_(operations), reads_(reads) {}

  FaultReport Run() {
    report_.operations = operations_;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < plan_.threads; ++i) threads.emplace_back([this, i] { Work(i); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& [kind, problem] : problems_) {
      report_.problems.push_back(absl::StrCat(problem.second, " (", problem.first, " times)"));
    }
    return report_;
  }

 private:
  void Work(unsigned worker) {
    if (plan_.only) {
      if (worker == 0) Try(*plan_.only, "chosen");
      return;
    }
    uint64_t number = 0;
    for (const Kind& kind : kKinds) {
      const uint64_t end = kind.kind == Fault::Kind::kReadError ? reads_ : operations_;
      for (uint64_t at = plan_.seed % plan_.stride; at < end; at += plan_.stride) {
        if (number++ % plan_.threads == worker) Try({kind.kind, at, kind.lasting}, kind.name);
      }
    }
  }

  void Try(const Fault& fault, const char* name) {
    FaultyRun run(plan_, fault);
    const std::string problem = run.Run();
    const std::scoped_lock lock(mutex_);
    ++report_.runs;
    report_.struck += run.struck() ? 1 : 0;
    report_.reopened += run.reopened() ? 1 : 0;
    report_.told += run.told();
    if (problem.empty()) return;
    auto& entry = problems_[problem.substr(0, 40)];
    if (++entry.first > 1) return;
    entry.second = absl::StrCat("seed ", plan_.seed, ", ", name, " at ", fault.at, ": ", problem,
                                "\n  again: simulate_uaf faults --seed ", plan_.seed, " --steps ",
                                plan_.steps, " --at ", fault.at, " --kind ", static_cast<int>(fault.kind),
                                " --lasting ", fault.lasting ? 1 : 0);
  }

  const FaultPlan& plan_;
  uint64_t operations_;
  uint64_t reads_;
  std::mutex mutex_;
  FaultReport report_;
  std::map<std::string, std::pair<uint64_t, std::string>> problems_;
};

}  // namespace

FaultReport TryFaults(const FaultPlan& plan) {
  Workload::Options options;
  options.seed = plan.seed;
  options.steps = plan.steps;
  options.pace = plan.seed % 2 == 0 ? Pace::kAtOnce : Pace::kOnRequest;
  Workload sound(std::move(options));
  FaultReport report;
  if (std::string problem = sound.Run(); !problem.empty()) {
    report.problems.push_back(std::move(problem));
    return report;
  }
  return Trial(plan, sound.ada().disk().operation_count(), sound.ada().disk().read_count()).Run();
}

}  // namespace ameide::uaf::simulation
