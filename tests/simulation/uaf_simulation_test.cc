#include <QtTest>
#include <cstdlib>
#include <string>

#include "base/log.h"
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
    QTest::addRow("files on request") << quint64{2 * Seed() - 1};
    QTest::addRow("files at once") << quint64{2 * Seed()};
  }
  void whenAComputerCrashesAnywhere_thenNothingAcknowledgedIsLost() {
    QFETCH(const quint64, seed);
    CrashPlan plan;
    plan.seed = seed;
    plan.stride = 31;
    const CrashReport report = TryCrashes(plan);
    qInfo("seed %llu: %llu crashes of %llu operations", static_cast<unsigned long long>(seed),
          static_cast<unsigned long long>(report.crashes),
          static_cast<unsigned long long>(report.operations));
    QVERIFY2(report.problems.empty(), report.problems.empty() ? "" : report.problems.front().c_str());
    QVERIFY(report.crashes > 100 && report.groups > 20);
  }

 private:
  static uint64_t Seed() {
    static const char* const given = std::getenv("AMEIDE_SEED");
    // The same crashes each time; other seeds are the program's.
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  }
};

QTEST_GUILESS_MAIN(SimulationTest)
#include "uaf_simulation_test.moc"
