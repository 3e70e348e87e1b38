#include <QtTest>
#include <string>

#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

/// sync, and what the other verbs know of what git did alone.
class SyncTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTwoPeopleSync_thenBothHaveTheSame() {
    const sync::Scratch scratch;
    const Team team(scratch);
    scratch.Write("a/order.bpmn", Replaced(kModel, "Order received", "By Ada"));
    scratch.Write("b/order.bpmn", Replaced(kModel, "name='Done'", "name='By Bob'"));
    const Outcome ada = team.ada.Run("a", {"sync", "-m", "Ada's"});
    VERIFY_EXIT(ada, 0);
    QCOMPARE(scratch.Git("a", {"log", "-1", "--format=%s"}), std::string("Ada's\n"));
    QCOMPARE(scratch.Git("a", {"rev-parse", "HEAD"}), scratch.Git("hub.git", {"rev-parse", "main"}));
    const Outcome bob = team.bob.Run("b", {"sync", "--json"});
    VERIFY_EXIT(bob, 0);
    const QJsonObject report = bob.Json();
    QCOMPARE(report["remote"].toString(), QStringLiteral("origin"));
    QCOMPARE(report["commits"].toArray().size(), 1);
    QCOMPARE(report["pushed"].toBool(), true);
    QVERIFY(report["events"].toInt() > 0);
    QCOMPARE(report["head"].toString().toStdString() + "\n", scratch.Git("hub.git", {"rev-parse", "main"}));
    VERIFY_EXIT(team.ada.Run("a", {"sync"}), 0);
    const std::string both =
        Replaced(Replaced(kModel, "Order received", "By Ada"), "name='Done'", "name='By Bob'");
    for (const char* file : {"a/order.bpmn", "b/order.bpmn"}) QCOMPARE(scratch.Read(file), both);
    // Nothing left to do makes no commit.
    const std::string head = scratch.Git("a", {"rev-parse", "HEAD"});
    const Outcome again = team.ada.Run("a", {"sync", "--json"});
    VERIFY_EXIT(again, 0);
    QCOMPARE(again.Json()["pushed"].toBool(), false);
    QCOMPARE(scratch.Git("a", {"rev-parse", "HEAD"}), head);
  }

  void whenThereIsNoRemote_thenSyncSaysHowToNameOneAndCommitsNothing() {
    const sync::Scratch scratch;
    scratch.SetIdentity();
    const Program program(scratch);
    VERIFY_EXIT(program.Run(".", {"init", "alone"}), 0);
    scratch.Write("alone/order.bpmn", kModel);
    const Outcome outcome = program.Run("alone", {"sync"});
    VERIFY_EXIT(outcome, 2);
    QVERIFY(outcome.err.find("git remote add") != std::string::npos);
    QVERIFY(scratch.Git("alone", {"status", "--porcelain", "order.bpmn"}).starts_with("??"));
  }

  void whenGitItselfMerged_thenConflictsKnowsAtOnce() {
    const sync::Scratch scratch;
    const Team team(scratch);
    scratch.Write("a/order.bpmn", Replaced(kModel, "Order received", "By Ada"));
    VERIFY_EXIT(team.ada.Run("a", {"sync"}), 0);
    scratch.Write("b/order.bpmn", Replaced(kModel, "Order received", "By Bob"));
    VERIFY_EXIT(team.bob.Run("b", {"commit", "-m", "Bob's"}), 0);
    VERIFY_EXIT(team.bob.Run("b", {"conflicts"}), 0);
    scratch.Git("b", {"fetch", "-q"});
    scratch.Git("b", {"-c", "merge.ameide.driver=true", "merge", "-q", "--no-edit", "origin/main"});
    const Outcome conflicts = team.bob.Run("b", {"conflicts", "--json"});
    VERIFY_EXIT(conflicts, 1);
    QCOMPARE(conflicts.Json()["conflicts"].toArray().size(), 1);
  }

  void whenAFileLiesInTheWayOfAFolder_thenEachSideHasANameAndDoctorWaitsWithThem() {
    const sync::Scratch scratch;
    const Team team(scratch);
    scratch.Write("a/plan", "file\n");
    VERIFY_EXIT(team.ada.Run("a", {"sync", "-m", "A file"}), 0);
    for (int i = 100; i < 140; ++i)
      scratch.Write("b/plan/" + std::to_string(i) + ".md", std::to_string(i) + "\n");
    VERIFY_EXIT(team.bob.Run("b", {"sync", "-m", "A folder"}), 0);
    // The file waits for a decision: it is not missing, and will not count as removed.
    const Outcome doctor = team.bob.Run("b", {"doctor"});
    VERIFY_EXIT(doctor, 0);
    QVERIFY2(doctor.out.find("plan is missing") == std::string::npos &&
                 doctor.out.find("differs from the store") == std::string::npos,
             doctor.out.c_str());
    const Outcome listed = team.bob.Run("b", {"conflicts", "--json"});
    VERIFY_EXIT(listed, 1);
    const QJsonObject conflict = listed.Json()["conflicts"].toArray()[0].toObject();
    const QJsonArray sides = conflict["sides"].toArray();
    QCOMPARE(sides.size(), qsizetype{41});
    QCOMPARE(sides[0]["side"].toString(), QStringLiteral("A"));
    QCOMPARE(sides[0]["value"].toString(), QStringLiteral("plan"));
    QCOMPARE(sides[25]["side"].toString(), QStringLiteral("Z"));
    QCOMPARE(sides[26]["side"].toString(), QStringLiteral("#27"));
    QCOMPARE(sides[40]["side"].toString(), QStringLiteral("#41"));
    const QString key = conflict["conflict"].toString();
    const Outcome none = team.bob.Run("b", {"resolve", key, "--take", "#42"});
    VERIFY_EXIT(none, 2);
    VERIFY_EXIT(team.bob.Run("b", {"resolve", key, "--take", "#41"}), 0);
    VERIFY_EXIT(team.bob.Run("b", {"conflicts"}), 0);
    QCOMPARE(scratch.Read("b/plan/139.md"), std::string("139\n"));
    VERIFY_EXIT(team.bob.Run("b", {"doctor"}), 0);
  }

  void whenTwoBeginOneFileOtherwise_thenDoctorTakesNoneForMissingOrEdited() {
    const sync::Scratch scratch;
    const Team team(scratch);
    scratch.Write("a/x.md", "1\n");
    VERIFY_EXIT(team.ada.Run("a", {"sync", "-m", "Ada's"}), 0);
    scratch.Write("b/x.md", "2\n");
    VERIFY_EXIT(team.bob.Run("b", {"sync", "-m", "Bob's"}), 0);
    VERIFY_EXIT(team.bob.Run("b", {"conflicts"}), 1);
    const Outcome doctor = team.bob.Run("b", {"doctor"});
    VERIFY_EXIT(doctor, 0);
    QVERIFY2(doctor.out.find("x.md") == std::string::npos, doctor.out.c_str());
    // What somebody does to the file that is there is told all the same.
    scratch.Write("b/x.md", "3\n");
    const Outcome edited = team.bob.Run("b", {"doctor"});
    QVERIFY2(edited.out.find("x.md differs from the store") != std::string::npos, edited.out.c_str());
  }

 private:
  /// Ada's workspace with one model, pushed; Bob's clone of it.
  struct Team {
    explicit Team(const sync::Scratch& scratch) : ada(scratch, "ada"), bob(scratch, "bob") {
      scratch.SetIdentity();
      scratch.Git(".", {"init", "-q", "--bare", "-b", "main", "hub.git"});
      scratch.Git(".", {"clone", "-q", "hub.git", "a"});
      scratch.Git("a", {"switch", "-q", "-C", "main"});
      QCOMPARE(ada.Run("a", {"init"}).exit, 0);
      scratch.Write("a/order.bpmn", kModel);
      const Outcome first = ada.Run("a", {"sync", "-m", "First"});
      QVERIFY2(first.exit == 0, first.err.c_str());
      const Outcome cloned = bob.Run(".", {"clone", "hub.git", "b"});
      QVERIFY2(cloned.exit == 0, cloned.err.c_str());
    }
    Program ada;
    Program bob;
  };
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::SyncTest)
#include "sync_test.moc"
