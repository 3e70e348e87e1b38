/// The embedded runtime (numbers.md, Engine): one-service-task instances a second, durable, through the
/// runtime's own interface with an in-process task, beside the machine's rate of append + fdatasync.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "backend/runtime/embedded/runtime.h"
#include "base/clock.h"
#include "base/hash.h"
#include "tests/backend/embedded/plans.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kInstances = 60000;
constexpr double kBar = 20000;  // instances a second
constexpr std::chrono::seconds kFloorTime{2};

double SecondsSince(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

class NoWork final : public JobHandler {
 public:
  explicit NoWork(std::atomic<int>* done) : done_(done) {}
  absl::StatusOr<std::string> Perform(const Job&) override {
    ++*done_;
    done_->notify_one();
    return std::string("{}");
  }

 private:
  std::atomic<int>* const done_;
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

/// Starts instances, keeping `in_flight` of them between start and task, until all have ended durably.
double InstanceRate(const std::filesystem::path& folder, int in_flight) {
  std::atomic<int> done{0};
  NoWork handler(&done);
  const SystemClock clock;
  RuntimeOptions options;
  options.database = folder / ("runtime-" + std::to_string(in_flight) + ".db");
  options.clock = &clock;
  options.jobs = &handler;
  options.job_threads = 1;
  auto opened = Runtime::Open(options);
  if (!opened.ok()) {
    std::fprintf(stderr, "%s\n", std::string(opened.status().message()).c_str());
    std::exit(1);
  }
  Runtime& runtime = **opened;
  BundleToDeploy bundle;
  bundle.tenant = "local";
  bundle.manifest = "bench";
  bundle.digest = Sha256(bundle.manifest);
  bundle.plans = {{PlanBuilder("bench").Job("task", "bench.v1.Bench/Do").End(), "bench.bpmn", ""}};
  if (!runtime.Deploy(bundle).ok()) std::exit(1);
  std::atomic<int> failed{0};
  const auto begin = Steady::now();
  for (int i = 0; i < kInstances; ++i) {
    for (int now = done; i - now >= in_flight; now = done) done.wait(now);
    runtime.StartInstance({"local", "bench", R"({"amount":10})", ""},
                          [&failed](absl::StatusOr<std::string> id) {
                            if (!id.ok()) ++failed;
                          });
  }
  runtime.WaitUntilIdle();
  const double rate = kInstances / SecondsSince(begin);
  const auto totals = runtime.CountTotals("local");
  if (failed > 0 || !totals.ok() || totals->active_instances != 0) {
    std::fprintf(stderr, "not every instance has ended\n");
    std::exit(1);
  }
  return rate;
}

}  // namespace

int main() {
  const std::filesystem::path folder = std::filesystem::current_path() / "bench-runtime";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const double floor = SyncRate(folder);
  std::printf("append 4 KiB + fdatasync: %.0f/s\n", floor);
  for (const int in_flight : {64, 1024}) {
    const double rate = InstanceRate(folder, in_flight);
    std::printf(
        "one-service-task instances, durable, %d in flight: %.0f/s; %.1f x fdatasync; bar %.0f/s: %.2f of "
        "it\n",
        in_flight, rate, rate / floor, kBar, rate / kBar);
  }
  std::filesystem::remove_all(folder);
  return 0;
}
