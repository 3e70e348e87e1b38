#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "notation/formats/formats.h"
#include "tests/uaf/merge/fixture.h"
#include "tests/uaf/merge/models.h"
#include "tests/uaf/merge/random_history.h"

namespace {

using ameide::uaf::merge::CheckRandomHistory;
using ameide::uaf::merge::HistoryTotals;
using ameide::uaf::merge::Model;

uint64_t Option(int count, char** arguments, const char* name, uint64_t fallback) {
  for (int i = 1; i + 1 < count; ++i) {
    if (std::strcmp(arguments[i], name) == 0) return std::strtoull(arguments[i + 1], nullptr, 10);
  }
  return fallback;
}

}  // namespace

/// `uaf_convergence --seeds N [--first SEED] [--steps N]`: random histories of three to six replicas, each
/// checked against every law of merging (tests/uaf/merge/random_history.h); of every sixteenth seed over a
/// real model. Exit 1 names the first seed that breaks one.
int main(int count, char** arguments) {
  const uint64_t seeds = Option(count, arguments, "--seeds", 10'000);
  const uint64_t first = Option(count, arguments, "--first", 1);
  const auto steps = static_cast<unsigned>(Option(count, arguments, "--steps", 14));
  constexpr uintmax_t kLargest = 40'000;
  const std::vector<Model> models = ameide::uaf::merge::RealModels(kLargest);
  const auto formats = ameide::MakeFormats();
  HistoryTotals totals;
  uint64_t real = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    std::string_view name = "the small model";
    std::string problem;
    if (seed % 16 == 0 && !models.empty()) {
      const Model& model = models[seed / 16 % models.size()];
      const auto& format = formats->ForFile(model.path, std::string_view(model.bytes).substr(0, 4096));
      name = model.path;
      problem = CheckRandomHistory(model.bytes, seed, steps, totals, format);
      ++real;
    } else {
      problem = CheckRandomHistory(ameide::uaf::merge::kSmallModel, seed, steps, totals);
    }
    if (problem.empty()) continue;
    std::fprintf(stderr, "seed %llu, %s: %s\n", static_cast<unsigned long long>(seed),
                 std::string(name).c_str(), problem.c_str());
    return 1;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf(
      "%llu histories (%llu over real models), %llu events, %llu conflicts, %llu notes, %llu decisions, %llu "
      "taken back: 0 "
      "differing (%.0f "
      "histories/s)\n",
      static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(real),
      static_cast<unsigned long long>(totals.events), static_cast<unsigned long long>(totals.conflicts),
      static_cast<unsigned long long>(totals.notes), static_cast<unsigned long long>(totals.resolved),
      static_cast<unsigned long long>(totals.taken_back), static_cast<double>(seeds) / seconds);
  return 0;
}
