#include <QtTest>

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
