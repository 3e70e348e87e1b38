#include <signal.h>

#include <QtTest>

#include "base/random.h"
#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

constexpr int kRounds = 20;

/// kill -9 of the real program at random moments; nothing that was acknowledged may be lost, and the next run
/// goes on.
class KillTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenACommitIsKilled_thenTheNextOneHoldsEverything();
  void whenAPullIsKilled_thenTheNextOneGoesOn();

 private:
  static uint64_t Seed() {
    const char* given = std::getenv("AMEIDE_SEED");
    const uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000'000);
    qInfo() << "AMEIDE_SEED =" << seed;
    return seed;
  }

  // Kills the run after `microseconds`, if it still runs.
  static void RunAndKill(const Program& program, const std::string& folder, const QStringList& arguments,
                         uint64_t microseconds) {
    QProcess process;
    program.Start(process, folder, arguments);
    QVERIFY(process.waitForStarted());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
    while (std::chrono::steady_clock::now() < deadline) {
    }
    ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
    process.waitForFinished();
  }

  // How long an undisturbed run takes, so that kills fall into its middle.
  static uint64_t Duration(const Program& program, const std::string& folder, const QStringList& arguments) {
    QElapsedTimer timer;
    timer.start();
    const Outcome outcome = program.Run(folder, arguments);
    if (outcome.exit != 0) qFatal("%s", outcome.err.c_str());
    return static_cast<uint64_t>(timer.nsecsElapsed() / 1000);
  }

  static void CheckSound(const sync::Scratch& scratch, const Program& program, const std::string& folder) {
    QCOMPARE(scratch.Git(folder, {"fsck", "--strict", "--no-dangling"}), std::string());
    VERIFY_EXIT(program.Run(folder, {"doctor"}), 0);
  }
};

void KillTest::whenACommitIsKilled_thenTheNextOneHoldsEverything() {
  SeededRandom random(Seed());
  const sync::Scratch scratch;
  scratch.SetIdentity();
  const Program program(scratch);
  VERIFY_EXIT(program.Run(".", {"init", "w"}), 0);
  scratch.Write("w/order.bpmn", kModel);
  const uint64_t duration = Duration(program, "w", {"commit", "-m", "First"});
  for (int round = 0; round < kRounds; ++round) {
    const std::string model = Replaced(kModel, "Done", "Round " + std::to_string(round));
    const std::string notes = "round " + std::to_string(round) + "\n";
    scratch.Write("w/order.bpmn", model);
    scratch.Write("w/notes" + std::to_string(round % 4) + ".md", notes);
    RunAndKill(program, "w", {"commit", "-m", "Killed"}, random.Below(duration + duration / 4));
    VERIFY_EXIT(program.Run("w", {"commit", "-m", "Again"}), 0);
    QCOMPARE(scratch.Git("w", {"show", "HEAD:order.bpmn"}), model);
    QCOMPARE(scratch.Git("w", {"show", QStringLiteral("HEAD:notes%1.md").arg(round % 4)}), notes);
    QCOMPARE(program.Run("w", {"export", "order.bpmn"}).out, model);
    QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string());
  }
  CheckSound(scratch, program, "w");
  // A clone knows only what is in git: it must give the same history and bytes.
  const Program bob(scratch, "bob");
  VERIFY_EXIT(bob.Run(".", {"clone", "w", "two"}), 0);
  const auto events = [](const Outcome& log) {
    QStringList out;
    for (const QJsonValue& event : log.Json()["events"].toArray()) out << event["event"].toString();
    return out;
  };
  QCOMPARE(events(bob.Run("two", {"log", "--json", "--limit", "1000"})),
           events(program.Run("w", {"log", "--json", "--limit", "1000"})));
  QCOMPARE(bob.Run("two", {"export", "order.bpmn"}).out, program.Run("w", {"export", "order.bpmn"}).out);
  CheckSound(scratch, bob, "two");
}

void KillTest::whenAPullIsKilled_thenTheNextOneGoesOn() {
  SeededRandom random(Seed());
  const sync::Scratch scratch;
  scratch.SetIdentity();
  const Program ada(scratch, "ada");
  const Program bob(scratch, "bob");
  scratch.Git(".", {"init", "-q", "--bare", "-b", "main", "hub.git"});
  VERIFY_EXIT(ada.Run(".", {"init", "one"}), 0);
  scratch.Git("one", {"remote", "add", "origin", "../hub.git"});
  scratch.Write("one/order.bpmn", kModel);
  VERIFY_EXIT(ada.Run("one", {"commit", "-m", "First"}), 0);
  VERIFY_EXIT(ada.Run("one", {"push"}), 0);
  VERIFY_EXIT(bob.Run(".", {"clone", "hub.git", "two"}), 0);
  uint64_t duration = 0;
  for (int round = 0; round <= kRounds; ++round) {
    const std::string model = Replaced(kModel, "Done", "Round " + std::to_string(round));
    scratch.Write("one/order.bpmn", model);
    scratch.Write("one/new" + std::to_string(round) + ".md", "new\n");
    VERIFY_EXIT(ada.Run("one", {"commit", "-m", "Next"}), 0);
    VERIFY_EXIT(ada.Run("one", {"push"}), 0);
    if (round == 0) {
      duration = Duration(bob, "two", {"pull"});
      continue;
    }
    RunAndKill(bob, "two", {"pull"}, random.Below(duration + duration / 4));
    VERIFY_EXIT(bob.Run("two", {"pull"}), 0);
    QCOMPARE(scratch.Read("two/order.bpmn"), model);
    QCOMPARE(bob.Run("two", {"export", "order.bpmn"}).out, model);
    QCOMPARE(scratch.Git("two", {"status", "--porcelain"}), std::string());
    // Nothing of the pull looks like an edit of Bob's.
    QCOMPARE(bob.Run("two", {"status", "--json"}).Json()["uncommitted_events"].toInt(-1), 0);
  }
  CheckSound(scratch, bob, "two");
}

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::KillTest)
#include "kill_test.moc"
