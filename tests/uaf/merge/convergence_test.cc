#include <QtTest>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "notation/formats/formats.h"
#include "tests/uaf/merge/fixture.h"
#include "tests/uaf/merge/models.h"
#include "tests/uaf/merge/random_history.h"

using namespace ameide::uaf::merge;

namespace {

uint64_t Number(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

}  // namespace

/// AMEIDE_SEED is the first seed, AMEIDE_SEEDS and AMEIDE_MODEL_SEEDS how many.
class ConvergenceTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenReplicasEditAtRandom_thenNoLawIsBroken() {
    const uint64_t first = Number("AMEIDE_SEED", 1);
    const uint64_t count = Number("AMEIDE_SEEDS", 1500);
    HistoryTotals totals;
    for (uint64_t seed = first; seed < first + count; ++seed) {
      const std::string problem =
          CheckRandomHistory(seed % 8 == 0 ? kProcess : kSmallModel, seed, 24, totals);
      // Qt Test would cut it short.
      if (!problem.empty()) std::fprintf(stderr, "%s\n", problem.c_str());
      QVERIFY2(problem.empty(), ("AMEIDE_SEED=" + std::to_string(seed)).c_str());
    }
    qInfo("%llu events, %llu conflicts, %llu notes, %llu decisions",
          static_cast<unsigned long long>(totals.events), static_cast<unsigned long long>(totals.conflicts),
          static_cast<unsigned long long>(totals.notes), static_cast<unsigned long long>(totals.resolved));
    QVERIFY(totals.conflicts > count / 10);
  }

  void whenReplicasEditRealModelsAtRandom_thenNoLawIsBroken() {
    const uint64_t first = Number("AMEIDE_SEED", 1);
    const uint64_t count = Number("AMEIDE_MODEL_SEEDS", 500);
    constexpr uintmax_t kLargest = 40'000;
    const std::vector<Model> models = RealModels(kLargest);
    QVERIFY(!models.empty());
    const auto formats = ameide::MakeFormats();
    HistoryTotals totals;
    for (uint64_t seed = first; seed < first + count; ++seed) {
      const Model& model = models[seed * 37 % models.size()];
      const std::string problem = CheckRandomHistory(
          model.bytes, seed, 24, totals, formats->ForFile(model.path, model.bytes.substr(0, 4096)));
      if (!problem.empty()) std::fprintf(stderr, "%s: %s\n", model.path.c_str(), problem.c_str());
      QVERIFY2(problem.empty(), ("AMEIDE_SEED=" + std::to_string(seed) + " " + model.path).c_str());
    }
    qInfo("%zu models, %llu events, %llu conflicts", models.size(),
          static_cast<unsigned long long>(totals.events), static_cast<unsigned long long>(totals.conflicts));
    QVERIFY(totals.conflicts > 0);
  }
};

QTEST_APPLESS_MAIN(ConvergenceTest)
#include "convergence_test.moc"
