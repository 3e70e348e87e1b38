#include <QtTest>

#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

/// merge, difftool, and git's merge driver.
class MergeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenEditsAreDisjoint_thenTheResultIsExactlyBothOnStandardOutput() {
    const sync::Scratch scratch;
    const Program program(scratch);
    const std::string ours = Replaced(kModel, "Order received", "Order came in");
    const std::string theirs = Replaced(kModel, "name='Done'", "name='Paid'");
    scratch.Write("base.bpmn", kModel);
    scratch.Write("ours.bpmn", ours);
    scratch.Write("theirs.bpmn", theirs);
    for (const QStringList& sides : {QStringList{"ours.bpmn", "theirs.bpmn"}, {"theirs.bpmn", "ours.bpmn"}}) {
      const Outcome outcome = program.Run(".", QStringList{"merge", "base.bpmn"} + sides);
      VERIFY_EXIT(outcome, 0);
      QCOMPARE(outcome.out, Replaced(ours, "name='Done'", "name='Paid'"));
      QCOMPARE(outcome.err, std::string());
    }
  }

  void whenEditsConflict_thenTheReportNamesThemAndTheResultIsTheSameBothWays() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("base", kModel);
    scratch.Write("ours", Replaced(kModel, "name='Done'", "name='Paid'"));
    scratch.Write("theirs",
                  Replaced(Replaced(kModel, "name='Done'", "name='Shipped'"), "Order to cash", "Sales"));
    const Outcome one = program.Run(".", {"merge", "base", "ours", "theirs", "-o", "one", "--json"});
    VERIFY_EXIT(one, 1);
    VERIFY_EXIT(program.Run(".", {"merge", "base", "theirs", "ours", "-o", "other"}), 1);
    QCOMPARE(scratch.Read("one"), scratch.Read("other"));
    QVERIFY(one.Says("name") && one.Says("end") && one.Says("Paid") && one.Says("Shipped"));
    QVERIFY(scratch.Read("one").find("name='Sales'") != std::string::npos);
    QVERIFY(scratch.Read("one").find("<<<<") == std::string::npos);
    const QJsonObject conflict = one.Json()["conflicts"][0].toObject();
    QCOMPARE(conflict["element"].toString(), QStringLiteral("end"));
    QCOMPARE(conflict["attribute"].toString(), QStringLiteral("name"));
    QCOMPARE(conflict["ours"].toString(), QStringLiteral("Paid"));
    QCOMPARE(conflict["theirs"].toString(), QStringLiteral("Shipped"));
  }

  void whenAFileIsMissing_thenExit2() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("base", kModel);
    VERIFY_EXIT(program.Run(".", {"merge", "base", "base", "nowhere"}), 2);
    VERIFY_EXIT(program.Run(".", {"merge", "base", "base", "base", "-o", "no/folder/here"}), 2);
    VERIFY_EXIT(program.Run(".", {"difftool", "base", "nowhere"}), 2);
    VERIFY_EXIT(program.Run(".", {"merge", "base", "base"}), 2);
  }

  void whenFilesDiffer_thenDifftoolSaysWhereByElement() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("a.bpmn", kModel);
    scratch.Write("b.bpmn", Replaced(kModel, "name='Done'", "name='Paid'"));
    const Outcome outcome = program.Run(".", {"difftool", "a.bpmn", "b.bpmn"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY2(outcome.out.find("changed  endEvent end") != std::string::npos, outcome.out.c_str());
    QVERIFY2(outcome.out.find("name: 'Done' → 'Paid'") != std::string::npos, outcome.out.c_str());
    const Outcome json = program.Run(".", {"difftool", "a.bpmn", "b.bpmn", "--json"});
    QCOMPARE(json.Json()["changes"].toArray().size(), 1);
    VERIFY_EXIT(program.Run(".", {"difftool", "a.bpmn", "a.bpmn"}), 0);
  }

  void whenGitMergesTwoBranchesOfAWorkspace_thenTheModelIsMergedByElement() {
    const sync::Scratch scratch;
    scratch.SetIdentity();
    const Program program(scratch);
    MakeBranches(scratch, program, "name='Done'", "name='Paid'");
    // Both changed one line, in different attributes: git alone would call that a conflict.
    const std::string path = ProgramFolder() + ":" + std::getenv("PATH");
    QCOMPARE(GitMerge(scratch, path), 0);
    const std::string merged = scratch.Read("w/order.bpmn");
    QVERIFY2(merged == Replaced(Replaced(kModel, "name='Done'", "name='Paid'"), "id='end'", "id='end' x='1'"),
             merged.c_str());
  }

  void whenTheProgramIsMissing_thenGitsOwnMergeSaysConflict() {
    const sync::Scratch scratch;
    scratch.SetIdentity();
    const Program program(scratch);
    MakeBranches(scratch, program, "name='Done'", "name='Paid'");
    QCOMPARE(GitMerge(scratch, "/usr/bin:/bin"), 1);
    QVERIFY(scratch.Read("w/order.bpmn").find("<<<<<<<") != std::string::npos);
    QVERIFY(scratch.Git("w", {"status", "--porcelain"}).find("UU order.bpmn") != std::string::npos);
  }

 private:
  static std::string ProgramFolder() {
    return QFileInfo(QString::fromStdString(Program::Path())).absolutePath().toStdString();
  }

  /// A repository with a workspace's settings, where two branches changed one line of a model.
  static void MakeBranches(const sync::Scratch& scratch, const Program& program, const std::string& from,
                           const std::string& to) {
    VERIFY_EXIT(program.Run(".", {"init", "w"}), 0);
    scratch.Write("w/order.bpmn", kModel);
    const auto commit = [&](const char* message) {
      scratch.Git("w", {"add", "-A"});
      scratch.Git("w", {"commit", "-q", "-m", message});
    };
    commit("base");
    scratch.Git("w", {"checkout", "-q", "-b", "other"});
    scratch.Write("w/order.bpmn", Replaced(kModel, from, to));
    commit("other");
    scratch.Git("w", {"checkout", "-q", "-"});
    scratch.Write("w/order.bpmn", Replaced(kModel, "id='end'", "id='end' x='1'"));
    commit("this");
  }

  static int GitMerge(const sync::Scratch& scratch, const std::string& path) {
    QProcess git;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("PATH"), QString::fromStdString(path));
    git.setProcessEnvironment(environment);
    git.setWorkingDirectory(QString::fromStdString(scratch.Path("w").string()));
    git.start(QStringLiteral("git"), {"merge", "-q", "--no-edit", "other"});
    git.waitForFinished();
    return git.exitCode();
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::MergeTest)
#include "merge_test.moc"
