#include <QtTest>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "tests/simulation/computer.h"
#include "tests/uaf/fixture.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::simulation;

namespace {

constexpr char kPolicy[] = "version: 1\npromotion:\n  review: {approvals: 0}\n";
constexpr Survival kSurvivals[] = {Survival::kNothing, Survival::kEverything};

WallTime Start() { return *ParseTime("2026-03-01T12:00:00Z"); }

std::string FirstFinding(const Workspace& workspace) {
  const auto findings = workspace.Verify();
  if (!findings.ok()) return findings.status().ToString();
  return findings->empty() ? std::string() : findings->front().message;
}

}  // namespace

/// What takes a file and the log together, cut short at each of its operations.
class CutShortTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { SetLogLevel("off"); }

  void whenAComputerCrashesWhileThePolicyChanges_thenItsFileFollowsTheLogUnlessSomebodyEditsIt() {
    Computer computer(EmptyDisk(), 1, Start(), Pace::kOnRequest);
    uint64_t begin = 0;
    {
      const auto workspace = computer.Open();
      VERIFY_OK(workspace);
      VERIFY_OK((*workspace)->Create("model.bpmn", kModel, "New"));
      begin = computer.disk().operation_count();
      VERIFY_OK((*workspace)->ChangePolicy(kPolicy));
      QCOMPARE(computer.Read(".uaf/policy.yaml"), std::string(kPolicy));
    }
    int before = 0, after = 0;
    CrashModel model(EmptyDisk());
    const std::vector<Operation> operations = computer.disk().operations();
    for (uint64_t at = 0; at <= operations.size(); ++at) {
      for (const Survival survival : kSurvivals) {
        if (at < begin) break;
        SeededRandom random(at);
        Computer again(model.Crash(survival, random), at, Start() + std::chrono::hours(1), Pace::kOnRequest);
        const bool was_old = again.Read(".uaf/policy.yaml") != std::string(kPolicy);
        const auto workspace = again.Open();
        VERIFY_OK(workspace);
        const std::string in_force = (*workspace)->Lifecycle()->policy.bytes;
        QVERIFY2(again.Read(".uaf/policy.yaml") == in_force,
                 absl::StrCat("crash after operation ", at).c_str());
        QCOMPARE(FirstFinding(**workspace), std::string());
        before += in_force != kPolicy;
        after += in_force == kPolicy && was_old;
        // What somebody else wrote meanwhile stays, and is told.
        if (at % 4 != 0) continue;
        Computer edited(model.Crash(survival, random), at, Start() + std::chrono::hours(1), Pace::kOnRequest);
        VERIFY_OK(edited.Save(".uaf/policy.yaml", "# mine\n"));
        const auto opened = edited.Open();
        VERIFY_OK(opened);
        QCOMPARE(edited.Read(".uaf/policy.yaml"), std::string("# mine\n"));
        QVERIFY(FirstFinding(**opened).find("policy.yaml") != std::string::npos);
      }
      if (at < operations.size()) model.Advance(operations[at]);
    }
    QVERIFY(before > 3 && after > 3);
  }

  void whenAComputerCrashesWhileAFileIsFirstWritten_thenAnotherLikeItIsNotTakenForIt() {
    Computer computer(EmptyDisk(), 1, Start(), Pace::kOnRequest);
    uint64_t begin = 0;
    {
      const auto workspace = computer.Open();
      VERIFY_OK(workspace);
      VERIFY_OK(computer.Save("other.bpmn", kModel));
      VERIFY_OK((*workspace)->Create("model.bpmn", kModel, "New"));
      begin = computer.disk().operation_count();
      VERIFY_OK((*workspace)->SyncWorkingFiles());
    }
    CrashModel model(EmptyDisk());
    const std::vector<Operation> operations = computer.disk().operations();
    for (uint64_t at = 0; at <= operations.size(); ++at) {
      for (const Survival survival : kSurvivals) {
        if (at < begin) break;
        SeededRandom random(at);
        Computer again(model.Crash(survival, random), at, Start() + std::chrono::hours(1), Pace::kOnRequest);
        const auto workspace = again.Open();
        VERIFY_OK(workspace);
        VERIFY_OK((*workspace)->SyncWorkingFiles());
        QVERIFY2((*workspace)->FindArtifact("model.bpmn").ok(),
                 absl::StrCat("crash after operation ", at).c_str());
        QCOMPARE(again.Read("model.bpmn"), std::string(kModel));
      }
      if (at < operations.size()) model.Advance(operations[at]);
    }
  }

  void whenTheDiskFailsOnceWhileAWorkspaceIsMade_thenWhatIsSealedLaterCanBeRead() {
    Computer sound(EmptyDisk(), 1, Start(), Pace::kOnRequest);
    VERIFY_OK(Workspace::Initialize(sound.Options()));
    const uint64_t end = sound.disk().operation_count();
    for (uint64_t at = 0; at < end; ++at) {
      Computer computer(EmptyDisk(), 1, Start(), Pace::kOnRequest);
      computer.disk().Break({Fault::Kind::kError, at, false});
      Workspace::Initialize(computer.Options()).IgnoreError();
      QVERIFY(computer.disk().struck());
      computer.disk().Heal();
      {
        const auto workspace = computer.Open();
        VERIFY_OK(workspace);
        VERIFY_OK((*workspace)->Create("model.bpmn", kModel, "New"));
        VERIFY_OK((*workspace)->Seal());
      }
      CrashModel model(EmptyDisk());
      for (const Operation& operation : computer.disk().operations()) model.Advance(operation);
      SeededRandom random(at);
      Computer again(model.Crash(Survival::kNothing, random), at, Start() + std::chrono::hours(1),
                     Pace::kOnRequest);
      const auto workspace = again.Open();
      VERIFY_OK(workspace);
      const std::string found = FirstFinding(**workspace);
      QVERIFY2(found.empty(), absl::StrCat("fault at operation ", at, ": ", found).c_str());
    }
  }
};

QTEST_GUILESS_MAIN(CutShortTest)
#include "cut_short_test.moc"
