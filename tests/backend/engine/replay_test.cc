#include <QtTest>
#include <set>
#include <string>

#include "tests/backend/engine/random_model.h"
#include "tests/backend/engine/random_schedule.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT

namespace {

/// Why no step of an event can touch a node of that kind; empty when one can, and then one must be seen.
std::string_view WhyImpossible(size_t event, NodeKind kind) {
  const std::string_view name = kEventNames[event];
  if (name == "FailJob" && kind != NodeKind::kJobTask)
    return "a failed attempt moves nothing but its own task";
  if (name == "SuspendInstance" || name == "AssignUserTask") return "it moves nothing";
  const bool never_waits = kind == NodeKind::kParallelGateway || kind == NodeKind::kBoundaryEvent;
  if (name == "CancelInstance" && never_waits)
    return "it is passed at once, so it is never there to be ended";
  return "";
}

}  // namespace

/// Random models under random schedules: Driver checks after every event that replaying the journal gives the
/// live state, that Decide and Step agree, that no token is lost or doubled, that every command is open
/// exactly as long as its thing, and that nothing is left behind the end. AMEIDE_SEEDS sets how many,
/// AMEIDE_SEED the first one.
class ReplayTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenModelAndScheduleAreRandom_thenReplayIsLive();
};

void ReplayTest::whenModelAndScheduleAreRandom_thenReplayIsLive() {
  const uint64_t first =
      qEnvironmentVariableIsSet("AMEIDE_SEED") ? qEnvironmentVariable("AMEIDE_SEED").toULongLong() : 1;
  const uint64_t count =
      qEnvironmentVariableIsSet("AMEIDE_SEEDS") ? qEnvironmentVariable("AMEIDE_SEEDS").toULongLong() : 5000;
  StepCoverage coverage;
  int holes = 0;
  size_t facts = 0, ended = 0, incidents = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    qputenv("AMEIDE_SEED_NOW", QByteArray::number(static_cast<qulonglong>(seed)));
    SeededRandom random(seed);
    const RandomModel model(random);
    Driver driver(model.MakePlan());
    // Short steps end in the middle of things, and a signal that throws itself again does not last for ever.
    driver.Shorten(random.Below(4) == 0 ? 1 + random.Below(4) : 300);
    driver.NoteIn(coverage);
    Schedule(driver, random).Run(80);
    facts += driver.facts().size();
    ended += driver.state().status == InstanceStatus::kCompleted ? 1 : 0;
    for (const Fact& fact : driver.facts())
      incidents += std::holds_alternative<IncidentCreated>(fact) ? 1 : 0;
  }
  qInfo("seeds %llu to %llu: %zu facts, %zu instances completed, %zu incidents",
        static_cast<unsigned long long>(first), static_cast<unsigned long long>(first + count - 1), facts,
        ended, incidents);
  if (qEnvironmentVariableIsSet("AMEIDE_SEED") || count < 5000) return;  // a part of the proof
  for (size_t event = 0; event < kEventKinds; ++event) {
    for (size_t kind = 0; kind < kNodeKinds; ++kind) {
      const bool seen = coverage.Has(event, kind);
      const std::string_view reason = WhyImpossible(event, static_cast<NodeKind>(kind));
      if (seen == reason.empty()) continue;
      qWarning("%s touches %s: %s", kEventNames[event].data(), kNodeKindNames[kind].data(),
               seen ? "seen, though it is said to be impossible" : "never seen");
      ++holes;
    }
  }
  QCOMPARE(holes, 0);
  QVERIFY(facts > 0 && ended > 0 && incidents > 0);
}

QTEST_APPLESS_MAIN(ReplayTest)
#include "replay_test.moc"
