/// The simulations of the store, for people: `./dev simulate uaf [seeds]` calls this.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "tests/simulation/crashes.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/tampering.h"

using namespace ameide;
using namespace ameide::uaf::simulation;

namespace {

/// `--name value` pairs behind the first word.
std::map<std::string, uint64_t> Arguments(int argc, char** argv) {
  std::map<std::string, uint64_t> given;
  for (int i = 2; i + 1 < argc; i += 2) given[argv[i]] = std::strtoull(argv[i + 1], nullptr, 10);
  return given;
}

int Crashes(std::map<std::string, uint64_t> given) {
  const uint64_t first = given.contains("--seed") ? given["--seed"] : 1;
  const uint64_t seeds = given.contains("--seeds") ? given["--seeds"] : 1;
  uint64_t crashes = 0;
  int problems = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    CrashPlan plan;
    plan.seed = seed;
    if (given.contains("--steps")) plan.steps = given["--steps"];
    if (given.contains("--stride")) plan.stride = given["--stride"];
    if (given.contains("--at")) {
      plan.only =
          MakeCrashPoint(given["--at"], static_cast<Survival>(given["--survival"]), given["--random"]);
    }
    const CrashReport report = TryCrashes(plan);
    crashes += report.crashes;
    std::printf("seed %llu: %llu operations, %llu groups acknowledged, %llu crashes, %zu problems\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(report.operations),
                static_cast<unsigned long long>(report.groups),
                static_cast<unsigned long long>(report.crashes), report.problems.size());
    for (const std::string& problem : report.problems) std::printf("  %s\n", problem.c_str());
    std::fflush(stdout);
    problems += static_cast<int>(report.problems.size());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("crashes: %llu points in %.1f s, %d problems\n", static_cast<unsigned long long>(crashes),
              took.count(), problems);
  return problems == 0 ? 0 : 1;
}

int Faults(std::map<std::string, uint64_t> given) {
  const uint64_t first = given.contains("--seed") ? given["--seed"] : 1;
  const uint64_t seeds = given.contains("--seeds") ? given["--seeds"] : 1;
  uint64_t runs = 0;
  int problems = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    FaultPlan plan;
    plan.seed = seed;
    plan.stride = given.contains("--stride") ? given["--stride"] : 5;
    if (given.contains("--steps")) plan.steps = given["--steps"];
    if (given.contains("--at")) {
      plan.only = Fault{static_cast<Fault::Kind>(given["--kind"]), given["--at"], given["--lasting"] != 0};
    }
    const FaultReport report = TryFaults(plan);
    runs += report.runs;
    std::printf(
        "seed %llu: %llu operations, %llu runs with a fault, %llu struck, %llu errors told, %llu had to be"
        " opened again, %zu problems\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(report.operations),
        static_cast<unsigned long long>(report.runs), static_cast<unsigned long long>(report.struck),
        static_cast<unsigned long long>(report.told), static_cast<unsigned long long>(report.reopened),
        report.problems.size());
    for (const std::string& problem : report.problems) std::printf("  %s\n", problem.c_str());
    std::fflush(stdout);
    problems += static_cast<int>(report.problems.size());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("faults: %llu runs in %.1f s, %d problems\n", static_cast<unsigned long long>(runs),
              took.count(), problems);
  return problems == 0 ? 0 : 1;
}

int Tampering(std::map<std::string, uint64_t> given) {
  TamperPlan plan;
  if (given.contains("--seed")) plan.seed = given["--seed"];
  if (given.contains("--steps")) plan.steps = given["--steps"];
  plan.stride = given.contains("--stride") ? given["--stride"] : 37;
  const auto start = std::chrono::steady_clock::now();
  const TamperReport report = TryTampering(plan);
  for (const auto& [file, count] : report.files) {
    std::printf("%-20s %8llu bytes changed, %8llu found and named, %8llu without meaning\n", file.c_str(),
                static_cast<unsigned long long>(count.changes), static_cast<unsigned long long>(count.found),
                static_cast<unsigned long long>(count.without));
  }
  for (const auto& [part, example] : report.silent) {
    std::printf("  not found: %s, %llu times; %s\n", part.c_str(),
                static_cast<unsigned long long>(example.first), example.second.c_str());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("tampering: %llu changes in %.1f s, %zu kinds not found\n",
              static_cast<unsigned long long>(report.changes), took.count(), report.silent.size());
  return report.silent.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const std::map<std::string, uint64_t> given = Arguments(argc, argv);
  if (what == "crashes") return Crashes(given);
  if (what == "faults") return Faults(given);
  if (what == "tampering") return Tampering(given);
  if (what == "all") {
    const int crashes = Crashes(given);
    const int faults = Faults(given);
    return Tampering(given) + faults + crashes == 0 ? 0 : 1;
  }
  std::fprintf(
      stderr,
      "usage: simulate_uaf all|crashes|faults|tampering [--seed N] [--seeds N] [--steps N] [--stride N]\n");
  return 2;
}
