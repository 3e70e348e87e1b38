#include <QtTest>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "tests/simulation/crashes.h"

using namespace ameide;
using namespace ameide::uaf::simulation;

/// A part of the simulations, with every test run; `./dev simulate uaf` does all of it.
class SimulationTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { SetLogLevel("off"); }

  void whenAComputerCrashesAnywhere_thenNothingAcknowledgedIsLost_data() {
    QTest::addColumn<quint64>("seed");
    QTest::addRow("files on request") << quint64{2 * Seed() + 1};
    QTest::addRow("files at once") << quint64{2 * Seed()};
  }
  void whenAComputerCrashesAnywhere_thenNothingAcknowledgedIsLost() {
    QFETCH(const quint64, seed);
    CrashPlan plan;
    plan.seed = seed;
    plan.stride = 11;
    const CrashReport report = TryCrashes(plan);
    qInfo("seed %llu: %llu crashes of %llu operations", static_cast<unsigned long long>(seed),
          static_cast<unsigned long long>(report.crashes),
          static_cast<unsigned long long>(report.operations));
    QVERIFY2(report.problems.empty(), report.problems.empty() ? "" : report.problems.front().c_str());
    QVERIFY(report.crashes > 300 && report.groups > 20);
  }

 private:
  static uint64_t Seed() {
    static const char* const given = std::getenv("AMEIDE_SEED");
    static const uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
    return seed;
  }
};

QTEST_GUILESS_MAIN(SimulationTest)
#include "uaf_simulation_test.moc"
