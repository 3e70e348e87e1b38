/// The simulations of the store, for people: `./dev simulate uaf [seeds]` calls this.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "tests/simulation/crashes.h"

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
      CrashPoint point;
      point.at = given["--at"];
      point.survival = static_cast<Survival>(given["--survival"]);
      point.random = given["--random"];
      point.thorough = point.random % 16 == 0;
      point.again = point.random % 8 == 1 ? 2 : 0;
      plan.only = point;
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

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "crashes" || what == "all") return Crashes(Arguments(argc, argv));
  std::fprintf(stderr, "usage: simulate_uaf crashes [--seed N] [--seeds N] [--steps N] [--stride N]\n");
  return 2;
}
