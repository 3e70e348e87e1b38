#include <QtTest>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "tests/simulation/crashes.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/tampering.h"

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
    // Not edits alone: files, branches, and what people say about them.
    QVERIFY2(report.kinds.size() > 8, std::to_string(report.kinds.size()).c_str());
  }

  void whenTheDiskFailsAnywhere_thenWorkGoesOnWhenItIsSound() {
    FaultPlan plan;
    plan.seed = Seed() + 1;
    plan.steps = 20;
    plan.stride = 67;
    const FaultReport report = TryFaults(plan);
    QVERIFY2(report.problems.empty(), report.problems.empty() ? "" : report.problems.front().c_str());
    QVERIFY(report.struck > 20 && report.told > 20);
  }

  void whenAnyByteIsChanged_thenItIsFoundAndNamed() {
    TamperPlan plan;
    plan.seed = Seed();
    plan.stride = 1009;
    const TamperReport report = TryTampering(plan);
    for (const auto& [part, example] : report.silent) QFAIL((part + ": " + example.second).c_str());
    QVERIFY(report.changes > 100);
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
