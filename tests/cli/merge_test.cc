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

  void whenLayoutGivesWay_thenANoteSaysSo() {
    const sync::Scratch scratch;
    const Program program(scratch);
    const std::string end = "</bpmn:definitions>";
    const std::string base = Replaced(
        kModel, end,
        "<i:BPMNDiagram xmlns:i='http://www.omg.org/spec/BPMN/20100524/DI' id='g'><i:BPMNPlane id='pl' "
        "bpmnElement='order'><i:BPMNShape id='start_di' bpmnElement='start'><c:Bounds "
        "xmlns:c='http://www.omg.org/spec/DD/20100524/DC' x='10' y='1' width='36' height='36'/>"
        "</i:BPMNShape></i:BPMNPlane></i:BPMNDiagram>" +
            end);
    scratch.Write("base.bpmn", base);
    scratch.Write("ours.bpmn", Replaced(base, "x='10'", "x='20'"));
    scratch.Write("theirs.bpmn", Replaced(base, "x='10'", "x='21'"));
    const Outcome outcome =
        program.Run(".", {"merge", "base.bpmn", "ours.bpmn", "theirs.bpmn", "-o", "out", "--json"});
    VERIFY_EXIT(outcome, 0);
    const bool ours = scratch.Read("out").find("x='20'") != std::string::npos;
    QVERIFY2(outcome.Says("note: layout: Bounds of start_di"), outcome.err.c_str());
    QVERIFY2(outcome.Says(ours ? "ours stands" : "theirs stands"), outcome.err.c_str());
    const QJsonObject note = outcome.Json()["notes"][0].toObject();
    QCOMPARE(note["what"].toString(), QStringLiteral("layout"));
    QCOMPARE(note["about"].toString(), QStringLiteral("Bounds of start_di"));
    QCOMPARE(note["standing"].toString(), ours ? QStringLiteral("ours") : QStringLiteral("theirs"));
  }

  void whenValuesHoldControlsAndLineBreaks_thenReportsStayJsonAndLines() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("base.md", "a\nb\nc\n");
    scratch.Write("ours.md", "a\nx\x7f\xc2\x9b\nc\n");
    scratch.Write("theirs.md", "a\ny\nc\n");
    const Outcome json = program.Run(".", {"merge", "base.md", "ours.md", "theirs.md", "--json"});
    VERIFY_EXIT(json, 1);
    const QJsonObject report = QJsonDocument::fromJson(QByteArray::fromStdString(json.err)).object();
    QCOMPARE(report["conflicts"][0]["ours"].toString(), QString::fromUtf8("x\x7f\xc2\x9b\n"));
    QVERIFY2(json.err.find('\x7f') == std::string::npos, json.err.c_str());
    const Outcome text = program.Run(".", {"merge", "base.md", "ours.md", "theirs.md"});
    QCOMPARE(std::count(text.err.begin(), text.err.end(), '\n'), 1);
    QVERIFY2(text.Says("theirs 'y\\n'"), text.err.c_str());
  }

  void whenThereAreVeryManyConflicts_thenTheReportIsCutAndCounts() {
    const sync::Scratch scratch;
    const Program program(scratch);
    std::string base, ours, theirs;
    for (int i = 0; i < 250; ++i) {
      const std::string number = std::to_string(i);
      base += "line " + number + "\n\n";
      ours += "x" + number + "\n\n";
      theirs += "y" + number + "\n\n";
    }
    scratch.Write("base.txt", base);
    scratch.Write("ours.txt", ours);
    scratch.Write("theirs.txt", theirs);
    const Outcome outcome = program.Run(".", {"merge", "base.txt", "ours.txt", "theirs.txt", "-o", "out"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY2(outcome.Says("more conflicts"), outcome.err.c_str());
    QVERIFY(std::count(outcome.err.begin(), outcome.err.end(), '\n') < 210);
  }

  void whenOnlyLineEndsOrSpaceDiffer_thenDifftoolAndDiffSaySo() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("a.md", "a\r\nb\r\nc\n");
    scratch.Write("b.md", "a\nb\nc\n");
    const Outcome ends = program.Run(".", {"difftool", "a.md", "b.md"});
    VERIFY_EXIT(ends, 1);
    QVERIFY2(ends.out.find("line ends changed (2 lines)") != std::string::npos, ends.out.c_str());
    scratch.Write("a.bpmn", kModel);
    scratch.Write("b.bpmn", Replaced(kModel, "  <bpmn:process", "\t<bpmn:process"));
    const Outcome space = program.Run(".", {"difftool", "a.bpmn", "b.bpmn"});
    VERIFY_EXIT(space, 1);
    QVERIFY2(space.out.find("white space only") != std::string::npos, space.out.c_str());
    // The same of a workspace.
    scratch.SetIdentity();
    VERIFY_EXIT(program.Run(".", {"init", "w"}), 0);
    scratch.Write("w/eol.md", "a\r\nb\r\n");
    VERIFY_EXIT(program.Run("w", {"commit", "-m", "one"}), 0);
    scratch.Write("w/eol.md", "a\nb\n");
    const Outcome diff = program.Run("w", {"diff"});
    VERIFY_EXIT(diff, 1);
    QCOMPARE(diff.out, std::string("eol.md\n  line ends changed (2 lines)\n"));
  }

  void whenAVersionIsNoXml_thenItIsMergedAsTextAndSaysSo() {
    const sync::Scratch scratch;
    const Program program(scratch);
    const std::string broken = Replaced(kModel, "<bpmn:endEvent", "<bpmn:endEvent <");
    scratch.Write("base.bpmn", kModel);
    scratch.Write("ours.bpmn", Replaced(kModel, "Order received", "Order came in"));
    scratch.Write("theirs.bpmn", broken);
    const Outcome outcome =
        program.Run(".", {"merge", "base.bpmn", "ours.bpmn", "theirs.bpmn", "-o", "out", "--json"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(scratch.Read("out"), Replaced(broken, "Order received", "Order came in"));
    QVERIFY2(outcome.Says("note: merged line by line, not element by element: theirs: "),
             outcome.err.c_str());
    const QJsonObject note = outcome.Json()["notes"][0].toObject();
    QCOMPARE(note["what"].toString(), QStringLiteral("lines"));
    QCOMPARE(note["version"].toString(), QStringLiteral("theirs"));
    QVERIFY(!note["about"].toString().isEmpty());
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
