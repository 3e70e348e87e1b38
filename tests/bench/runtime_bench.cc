/// The embedded runtime (numbers.md, Engine), durable and through its own interface, beside the machine's
/// rate of append + fdatasync: instances with one service task and with three parallel user tasks, the first
/// also over gRPC with batched starts and streamed jobs (grpc_rate.h), and what instances that wait cost.
/// `bench_runtime [--waiting N] [PEER]`: N instances wait, for timers that are due as they were set and for
/// timers of any order (100,000 each; the bar's number is 1,000,000); PEER is what Camunda 7 made of the same
/// (engine_peer).
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "backend/engine/plan/plan_codec.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/runtime/simulation/model.h"
#include "base/clock.h"
#include "base/hash.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/embedded/plans.h"
#include "tests/bench/grpc_rate.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kFloorTime{2};

double SecondsSince(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

class NoWork final : public JobHandler {
 public:
  absl::StatusOr<std::string> Perform(const Job&) override {
    ++done_;
    done_.notify_one();
    return std::string("{}");
  }
  /// Waits until fewer than `in_flight` of `started` are left to do.
  void WaitFor(int started, int in_flight) {
    for (int now = done_; started - now >= in_flight; now = done_) done_.wait(now);
  }

 private:
  std::atomic<int> done_{0};
};

/// Appends of 4 KiB, each synchronised, a second.
double SyncRate(const std::filesystem::path& folder) {
  const int file = ::open((folder / "floor").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  const std::string page(4096, 'x');
  int count = 0;
  const auto begin = Steady::now();
  while (Steady::now() - begin < kFloorTime) {
    if (::write(file, page.data(), page.size()) != static_cast<ssize_t>(page.size()) ||
        ::fdatasync(file) != 0)
      break;
    ++count;
  }
  const double rate = count / SecondsSince(begin);
  ::close(file);
  return rate;
}

/// A runtime on a new file (or one that is there), with one process deployed.
class Bed {
 public:
  Bed(const std::filesystem::path& file, const Clock& clock, const std::string& plan) {
    options_.database = file;
    options_.clock = &clock;
    options_.jobs = &work_;
    options_.job_threads = 1;
    auto opened = Runtime::Open(options_);
    if (!opened.ok()) Stop(std::string(opened.status().message()));
    runtime_ = *std::move(opened);
    BundleToDeploy bundle;
    bundle.tenant = "local";
    bundle.manifest = "bench";
    bundle.digest = Sha256(bundle.manifest);
    bundle.plans = {{plan, "bench.bpmn", ""}};
    if (const auto deployed = runtime_->Deploy(bundle); !deployed.ok())
      Stop(std::string(deployed.status().message()));
  }

  Runtime& runtime() { return *runtime_; }
  NoWork& work() { return work_; }

  void Start(const std::string& process, std::function<void(std::string)> started,
             const std::string& variables = R"({"amount":10})") {
    runtime_->StartInstance({"local", process, variables, ""},
                            [started = std::move(started)](const absl::StatusOr<std::string>& id) {
                              if (!id.ok()) Stop(std::string(id.status().message()));
                              started(*id);
                            });
  }
  int64_t active() const {
    const auto totals = runtime_->CountTotals("local");
    return totals.ok() ? totals->active_instances : -1;
  }

 private:
  NoWork work_;
  RuntimeOptions options_;
  std::unique_ptr<Runtime> runtime_;
};

/// Instances with one service task a second: starts them, keeping `in_flight` of them between start and task,
/// until all have ended durably.
double ServiceRate(const std::filesystem::path& folder, int in_flight) {
  const SystemClock clock;
  Bed bed(folder / ("service-" + std::to_string(in_flight) + ".db"), clock,
          PlanBuilder("bench").Job("task", "bench.v1.Bench/Do").End());
  const int count = in_flight >= 64 ? 60'000 : 5'000;
  const auto begin = Steady::now();
  for (int i = 0; i < count; ++i) {
    bed.work().WaitFor(i, in_flight);
    bed.Start("bench", [](const std::string&) {});
  }
  bed.runtime().WaitUntilIdle();
  const double rate = count / SecondsSince(begin);
  if (bed.active() != 0) Stop("not every instance has ended");
  return rate;
}

std::string PlanOf(const std::string& model) {
  const auto compiled = CompileFile(model, {});
  if (!compiled.ok() || !compiled->ok()) Stop("the model does not compile");
  return compiled->processes[0].bytes;
}

/// Start, three user tasks in parallel, end.
std::string UserTasksPlan() {
  return PlanOf(BpmnBuilder("bench")
                    .Start()
                    .Parallel("fork")
                    .User("a")
                    .User("b")
                    .User("c")
                    .Parallel("join")
                    .End()
                    .Chain({"start", "fork", "a", "join", "end"})
                    .Chain({"fork", "b", "join"})
                    .Chain({"fork", "c", "join"})
                    .Xml());
}

/// Instances with three user tasks a second: each of `in_flight` clients starts one, asks for its tasks, and
/// completes them one by one.
double UserTaskRate(const std::filesystem::path& folder, int in_flight) {
  const SystemClock clock;
  Bed bed(folder / ("tasks-" + std::to_string(in_flight) + ".db"), clock, UserTasksPlan());
  const int each = in_flight >= 64 ? 300 : 1'500;
  const auto wait_for = [](const auto& call) {
    std::atomic<bool> done{false};
    std::string result;
    call([&](std::string text) {
      result = std::move(text);
      done = true;
      done.notify_one();
    });
    done.wait(false);
    return result;
  };
  const auto begin = Steady::now();
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < in_flight; ++i) {
      clients.emplace_back([&] {
        for (int k = 0; k < each; ++k) {
          const std::string instance = wait_for([&](auto done) { bed.Start("bench", done); });
          const auto tasks = bed.runtime().Tasks("local", {instance, ""}, {});
          if (!tasks.ok() || tasks->rows.size() != 3) Stop("the tasks are not there");
          for (const TaskView& task : tasks->rows) {
            wait_for([&](auto done) {
              bed.runtime().CompleteTask({"local", task.id, "", ""}, [done](const absl::Status& status) {
                if (!status.ok()) Stop(std::string(status.message()));
                done("");
              });
            });
          }
        }
      });
    }
  }
  const double rate = in_flight * each / SecondsSince(begin);
  if (bed.active() != 0) Stop("not every instance has ended");
  return rate;
}

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

/// When timers are due: as they were set, or in any order.
enum class Order { kAsSet, kRandom };

/// What instances cost that wait for their timer: memory and disk each, opening the file again, and how fast
/// they go on once all are due.
void Waiting(const std::filesystem::path& folder, int count, Order order) {
  ManualClock clock(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
  const bool random = order == Order::kRandom;
  const char* const name = random ? "waiting for any time of a day" : "waiting";
  const std::filesystem::path file = folder / (random ? "waiting-random.db" : "waiting.db");
  const std::string plan = random ? PlanOf(BpmnBuilder("bench")
                                               .Start()
                                               .Timer("pause", "timeDuration", "=duration(pause)")
                                               .End()
                                               .Chain({"start", "pause", "end"})
                                               .Xml())
                                  : PlanBuilder("bench").Wait("pause", "P1D").End();
  std::mt19937 seconds(1);
  const auto variables = [&]() -> std::string {
    if (!random) return R"({"amount":10})";
    return R"({"pause":"PT)" + std::to_string(1 + seconds() % 86'400) + R"(S"})";
  };
  const int64_t before = ResidentBytes();
  {
    Bed bed(file, clock, plan);
    std::atomic<int> started{0};
    for (int i = 0; i < count; ++i) {
      for (int now = started; i - now >= 2'000; now = started) started.wait(now);
      bed.Start(
          "bench",
          [&](const std::string&) {
            ++started;
            started.notify_one();
          },
          variables());
    }
    bed.runtime().WaitUntilIdle();
    std::printf("%d %s, memory each: %.0f B; bar 1024 B\n", count, name,
                static_cast<double>(ResidentBytes() - before) / count);
  }
  std::printf("%d %s, disk each: %.0f B; bar 600 B\n", count, name,
              static_cast<double>(std::filesystem::file_size(file)) / count);
  const auto opening = Steady::now();
  Bed bed(file, clock, plan);
  const double opened = SecondsSince(opening);
  std::printf("%d %s, restart: %.2f s; bar 5 s for 1,000,000\n", count, name, opened);
  if (bed.active() != count) Stop("not every instance is there after the restart");
  clock.Advance(std::chrono::hours(25));
  const auto firing = Steady::now();
  bed.runtime().ClockMoved();
  bed.runtime().WaitUntilIdle();
  const double rate = count / SecondsSince(firing);
  if (bed.active() != 0) Stop("not every timer has fired");
  std::printf("%d %s, timers fired in order: %.0f/s; bar 50000/s: %.2f of it\n", count, name, rate,
              rate / 50'000);
}

/// The peer's rates by name.
std::map<std::string, double> ReadPeer(const char* path) {
  std::map<std::string, double> rates;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos) rates[line.substr(0, tab)] = std::atof(line.c_str() + tab + 1);
  }
  return rates;
}

void Report(const std::string& what, int in_flight, double rate, double floor, double bar,
            const std::map<std::string, double>& peer) {
  const std::string name = what + ", " + std::to_string(in_flight) + " in flight";
  std::printf("%s: %.0f instances/s; %.2f x fdatasync", name.c_str(), rate, rate / floor);
  if (bar > 0) std::printf("; bar %.0f/s: %.2f of it", bar, rate / bar);
  if (const auto found = peer.find(name); found != peer.end() && found->second > 0)
    std::printf("; Camunda 7: %.0f/s, %.1f x", found->second, rate / found->second);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  int waiting = 100'000;
  std::map<std::string, double> peer;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--waiting") == 0 && i + 1 < argc) {
      waiting = std::atoi(argv[++i]);
    } else {
      peer = ReadPeer(argv[i]);
    }
  }
  const std::filesystem::path folder = std::filesystem::current_path() / "bench-runtime";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const double floor = SyncRate(folder);
  std::printf("append 4 KiB + fdatasync: %.0f/s\n", floor);
  for (const int in_flight : {1, 4, 64, 1024})
    Report("service task", in_flight, ServiceRate(folder, in_flight), floor, in_flight >= 64 ? 20'000 : 0,
           peer);
  for (const int in_flight : {1, 4, 64})
    Report("three user tasks", in_flight, UserTaskRate(folder, in_flight), floor, in_flight >= 64 ? 5'000 : 0,
           peer);
  for (const int in_flight : {64, 1024}) {
    const absl::StatusOr<double> rate = bench::GrpcRate(folder, in_flight);
    if (!rate.ok()) Stop(std::string(rate.status().message()));
    Report("service task over gRPC", in_flight, *rate, floor, 5'000, peer);
  }
  Waiting(folder, waiting, Order::kAsSet);
  Waiting(folder, waiting, Order::kRandom);
  std::filesystem::remove_all(folder);
  return 0;
}
