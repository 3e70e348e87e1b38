#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

// A workspace `w` with one committed text.
struct Committed {
  explicit Committed(const sync::Scratch& scratch) : scratch(scratch), program(scratch) {
    scratch.SetIdentity();
    if (program.Run(".", {"init", "w"}).exit != 0) qFatal("init failed");
    scratch.Write("w/n.md", "one\ntwo\n");
    if (program.Run("w", {"commit", "-m", "First"}).exit != 0) qFatal("commit failed");
  }
  Outcome Run(const QStringList& arguments) const { return program.Run("w", arguments); }
  /// All of them at once; every exit code, and what was said where it is not 0.
  std::string RunTogether(const std::vector<QStringList>& commands) const {
    std::vector<std::unique_ptr<QProcess>> processes;
    for (const QStringList& arguments : commands) {
      processes.push_back(std::make_unique<QProcess>());
      program.Start(*processes.back(), "w", arguments);
    }
    std::string failures;
    for (const auto& process : processes) {
      if (process->waitForFinished(120'000) && process->exitCode() == 0) continue;
      failures += process->readAllStandardError().toStdString() + "\n";
      process->kill();
      process->waitForFinished();
    }
    return failures;
  }

  const sync::Scratch& scratch;
  Program program;
};

/// What must not happen to anybody's files and history, with the real program.
class SafetyTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenManyTerminalsWriteAtOnce_thenEveryCommandIsDone();
  void whenManyTerminalsCommitAtOnce_thenEverythingIsCommitted();
  void whenAnOutputLiesInTheHistory_thenItIsRefused();
  void whenABranchWasMergedAndLeft_thenTheDoctorFindsNothing();
  void whenANameIsABranchs_thenNoRevisionHasIt();
  void whenGitComparesAFileWithNone_thenItIsAddedOrRemoved();
  void whenFilesCannotBeTaken_thenCommitAndStatusSaySo();
  void whenTwoNamesAreOneForSomeFileSystem_thenOneIsTaken();
  void whenALinkLeadsToAnArtifact_thenItIsNoOther();
};

void SafetyTest::whenManyTerminalsWriteAtOnce_thenEveryCommandIsDone() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  std::vector<QStringList> commands;
  for (int i = 0; i < 12; ++i) commands.push_back({"comment", "add", "n.md", QStringLiteral("c %1").arg(i)});
  QCOMPARE(w.RunTogether(commands), std::string());
  const Outcome log = w.Run({"log", "--json"});
  size_t comments = 0;
  for (const auto& event : log.Json()["events"].toArray())
    comments += event.toObject()["kind"].toString().contains(QStringLiteral("comment")) ? 1 : 0;
  QCOMPARE(comments, commands.size());
}

void SafetyTest::whenManyTerminalsCommitAtOnce_thenEverythingIsCommitted() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  std::vector<QStringList> commands;
  for (int i = 0; i < 6; ++i) {
    scratch.Write("w/" + std::to_string(i) + ".md", "text\n");
    commands.push_back({"commit", "-m", QStringLiteral("Commit %1").arg(i)});
    commands.push_back({"comment", "add", "n.md", QStringLiteral("c %1").arg(i)});
  }
  QCOMPARE(w.RunTogether(commands), std::string());
  VERIFY_EXIT(w.Run({"commit", "-m", "The rest"}), 0);
  QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string());
  VERIFY_EXIT(w.Run({"doctor"}), 0);
}

void SafetyTest::whenAnOutputLiesInTheHistory_thenItIsRefused() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  std::filesystem::create_symlink(".uaf/store.db", scratch.Path("w/innocent"));
  for (const char* output : {".uaf/store.db", ".uaf/new", "innocent", "x/../.uaf/workspace.yaml"}) {
    const Outcome refused = w.Run({"export", "n.md", "-o", output});
    VERIFY_EXIT(refused, 2);
    QVERIFY(refused.Says("holds the history"));
  }
  VERIFY_EXIT(w.Run({"merge", "n.md", "n.md", "n.md", "-o", ".uaf/policy.yaml"}), 2);
  VERIFY_EXIT(w.Run({"history", "export", ".uaf/all"}), 2);
  QVERIFY(!std::filesystem::exists(scratch.Path("w/.uaf/new")));
  VERIFY_EXIT(w.Run({"export", "n.md", "-o", "copy.txt"}), 0);
  QCOMPARE(scratch.Read("w/copy.txt"), std::string("one\ntwo\n"));
  VERIFY_EXIT(w.Run({"doctor"}), 0);
}

void SafetyTest::whenABranchWasMergedAndLeft_thenTheDoctorFindsNothing() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  VERIFY_EXIT(w.Run({"branch", "q"}), 0);
  VERIFY_EXIT(w.Run({"checkout", "q"}), 0);
  scratch.Write("w/n.md", "one\ntwo\nthree\n");
  VERIFY_EXIT(w.Run({"commit", "-m", "On q"}), 0);
  VERIFY_EXIT(w.Run({"checkout", "main"}), 0);
  scratch.Write("w/n.md", "zero\none\ntwo\n");
  VERIFY_EXIT(w.Run({"commit", "-m", "On main"}), 0);
  VERIFY_EXIT(w.Run({"branch", "--merge", "q"}), 0);
  VERIFY_EXIT(w.Run({"branch", "--close", "q"}), 0);
  VERIFY_EXIT(w.Run({"checkout", "q"}), 0);
  VERIFY_EXIT(w.Run({"doctor"}), 0);
  VERIFY_EXIT(w.Run({"checkout", "main"}), 0);
  VERIFY_EXIT(w.Run({"commit", "-m", "Merged"}), 0);
  VERIFY_EXIT(w.Run({"doctor"}), 0);
  QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string());
}

void SafetyTest::whenANameIsABranchs_thenNoRevisionHasIt() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  VERIFY_EXIT(w.Run({"branch", "q"}), 0);
  for (const char* name : {"main", "HEAD", "now", "@", "q", "a..b", "x.lock", "2026-01-01"})
    VERIFY_EXIT(w.Run({"tag", name}), 2);
  VERIFY_EXIT(w.Run({"tag", "v1"}), 0);
  const Outcome refused = w.Run({"branch", "v1"});
  VERIFY_EXIT(refused, 2);
  QVERIFY(refused.Says("revision `v1`"));
  VERIFY_EXIT(w.Run({"export", "n.md", "--at", "main"}), 0);
  VERIFY_EXIT(w.Run({"export", "n.md", "--at", "v1"}), 0);
}

void SafetyTest::whenGitComparesAFileWithNone_thenItIsAddedOrRemoved() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const Outcome added = w.Run({"difftool", "/dev/null", "n.md", "--json"});
  VERIFY_EXIT(added, 1);
  QCOMPARE(added.Json()["changes"].toArray().at(0)["change"].toString(), QStringLiteral("added"));
  QCOMPARE(added.Json()["path"].toString(), QStringLiteral("n.md"));
  const Outcome removed = w.Run({"difftool", "n.md", "/dev/null", "--json"});
  VERIFY_EXIT(removed, 1);
  QCOMPARE(removed.Json()["changes"].toArray().at(0)["change"].toString(), QStringLiteral("removed"));
  QCOMPARE(removed.Json()["path"].toString(), QStringLiteral("n.md"));
  const Outcome merged = w.Run({"merge", "/dev/null", "n.md", "n.md"});
  VERIFY_EXIT(merged, 0);
  QCOMPARE(merged.out, std::string("one\ntwo\n"));
}

void SafetyTest::whenFilesCannotBeTaken_thenCommitAndStatusSaySo() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  scratch.Write("w/N.md", "another\n");
  scratch.Write("w/bad\xff.md", "no UTF-8\n");
  scratch.Write("w/new\nline.md", "two lines\n");
  scratch.Write("w/broken.bpmn", "<a");
  scratch.Write("w/good.md", "taken\n");
  std::filesystem::create_directory(scratch.Path("elsewhere"));
  std::filesystem::create_directory_symlink("../elsewhere", scratch.Path("w/folder"));
  const Outcome commit = w.Run({"commit", "-m", "Some"});
  VERIFY_EXIT(commit, 1);
  QVERIFY(commit.out.find("good.md") != std::string::npos);
  QVERIFY(commit.Says("failed N.md"));
  QVERIFY(commit.Says("failed bad\\xff.md"));
  const Outcome again = w.Run({"commit", "-m", "None"});
  VERIFY_EXIT(again, 1);
  QVERIFY(again.out.find("nothing to commit") != std::string::npos);
  const Outcome status = w.Run({"status"});
  VERIFY_EXIT(status, 0);
  for (const char* line :
       {"N.md  cannot be taken: n.md is an artifact already",
        "bad\\xff.md  cannot be taken: ", "new\\nline.md  cannot be taken: ",
        "broken.bpmn  cannot be taken: ", "folder  cannot be taken: it is a link to no file"}) {
    QVERIFY2(status.out.find(line) != std::string::npos, (std::string(line) + "\n" + status.out).c_str());
  }
  QVERIFY(status.out.find("good.md") == std::string::npos);
  const Outcome json = w.Run({"status", "--json"});
  QCOMPARE(json.Json()["changes"].toArray().size(), 5);
  for (const auto& change : json.Json()["changes"].toArray()) {
    QVERIFY(!change.toObject()["cannot_be_taken"].toString().isEmpty());
    QVERIFY(!change.toObject()["path"].toString().contains(QChar(0xfffd)));
  }
  std::filesystem::remove(scratch.Path("w/bad\xff.md"));  // Qt cannot
}

void SafetyTest::whenTwoNamesAreOneForSomeFileSystem_thenOneIsTaken() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  scratch.Write("w/\xc3\xa9.md", "composed\n");
  scratch.Write("w/e\xcc\x81.md", "decomposed\n");
  scratch.Write("w/Foo.md", "upper\n");
  scratch.Write("w/foo.md", "lower\n");
  const Outcome commit = w.Run({"commit", "-m", "Both"});
  VERIFY_EXIT(commit, 1);
  QCOMPARE(w.Run({"status", "--json"}).Json()["artifacts"].toInt(), 3);
  QCOMPARE(w.Run({"conflicts", "--json"}).Json()["conflicts"].toArray().size(), 0);
  VERIFY_EXIT(w.Run({"doctor"}), 0);
}

void SafetyTest::whenALinkLeadsToAnArtifact_thenItIsNoOther() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  std::filesystem::create_symlink("n.md", scratch.Path("w/link.md"));
  VERIFY_EXIT(w.Run({"commit", "-m", "Link"}), 0);
  QCOMPARE(w.Run({"status", "--json"}).Json()["artifacts"].toInt(), 1);
  const Outcome refused = w.Run({"import", "link.md"});
  QVERIFY(refused.exit != 0);
  QVERIFY(refused.Says("one file"));
  const Outcome status = w.Run({"status"});
  QVERIFY(status.out.find("link.md  cannot be taken: it is a link to n.md") != std::string::npos);
}

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::SafetyTest)
#include "safety_test.moc"
