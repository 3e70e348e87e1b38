#include <QtTest>

#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

const QStringList kVerbs = {
    "init",      "clone",    "import",   "status",    "export",   "log",      "show",       "search",
    "undo",      "redo",     "diff",     "commit",    "fetch",    "pull",     "push",       "roundtrip",
    "lint",      "feel",     "dmn",      "publish",   "bundles",  "start",    "instance",   "instances",
    "tasks",     "complete", "cancel",   "incidents", "retry",    "backend",  "doctor",     "compile",
    "run",       "merge",    "difftool", "review",    "comment",  "tag",      "link",       "approve",
    "promote",   "policy",   "key",      "branch",    "checkout", "propose",  "quarantine", "conflicts",
    "resolve",   "history",  "pack",     "redact",    "message",  "signal",   "skip",       "modify",
    "suspend",   "resume",   "migrate",  "claim",     "assign",   "elements", "audit",      "simulate",
    "retention", "purge",    "begin",    "sync"};

/// Exit codes and usage: what scripts rely on.
class UsageTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAskedForHelp_thenEveryVerbAnswers() {
    const sync::Scratch scratch;
    const Program program(scratch);
    VERIFY_EXIT(program.Run(".", {"--help"}), 0);
    for (const QString& verb : kVerbs) {
      const Outcome help = program.Run(".", {verb, "--help"});
      VERIFY_EXIT(help, 0);
      QVERIFY2(help.out.find("Usage: ameide " + verb.toStdString()) != std::string::npos, help.out.c_str());
    }
    QVERIFY(program.Run(".", {"--version"}).out.starts_with("ameide "));
  }

  void whenACommandIsUnknown_thenUsageIsShownWithExit2() {
    const sync::Scratch scratch;
    const Program program(scratch);
    for (const char* verb : {"nonsense", "synch", "rollback"}) {
      const Outcome outcome = program.Run(".", {verb});
      VERIFY_EXIT(outcome, 2);
      QVERIFY(outcome.Says(std::string("there is no command '") + verb));
      QVERIFY(outcome.Says("Usage: ameide"));
      QVERIFY(outcome.out.empty());
    }
    VERIFY_EXIT(program.Run(".", {}), 2);
  }

  void whenArgumentsAreWrong_thenExit2AndTheVerbsUsage() {
    const sync::Scratch scratch;
    const Program program(scratch);
    for (const QStringList& arguments :
         {QStringList{"commit"}, QStringList{"clone", "x"}, QStringList{"log", "--nonsense"},
          QStringList{"export"}, QStringList{"instances", "--limit", "0"}, QStringList{"backend"},
          QStringList{"backend", "dance"}}) {
      const Outcome outcome = program.Run(".", arguments);
      VERIFY_EXIT(outcome, 2);
      QVERIFY2(outcome.Says("Usage: ameide " + arguments.front().toStdString()), outcome.err.c_str());
    }
    VERIFY_EXIT(program.Run(".", {"-C", "/no/such/folder", "status"}), 2);
  }

  void whenAnArgumentIsEmpty_thenExit2SaysWhich() {
    const sync::Scratch scratch;
    const Program program(scratch);
    for (const QStringList& arguments :
         {QStringList{"undo", ""}, QStringList{"export", "a.bpmn", "--at", ""},
          QStringList{"log", "--since", ""}, QStringList{"diff", ""}, QStringList{"branch", ""},
          QStringList{"checkout", ""}, QStringList{"policy", "show", "-o", ""},
          QStringList{"log", "--since="}}) {
      const Outcome outcome = program.Run(".", arguments);
      VERIFY_EXIT(outcome, 2);
      QVERIFY2(outcome.Says("is empty; leave it out or say one") || arguments.back() == "--since=",
               outcome.err.c_str());
    }
  }

  void whenThereIsNoWorkspace_thenExit2SaysHowToMakeOne() {
    const sync::Scratch scratch;
    const Program program(scratch);
    for (const QStringList& arguments :
         {QStringList{"status"}, QStringList{"log"}, QStringList{"commit", "-m", "x"}, QStringList{"diff"},
          QStringList{"undo"}, QStringList{"doctor"}}) {
      const Outcome outcome = program.Run(".", arguments);
      VERIFY_EXIT(outcome, 2);
      QVERIFY2(outcome.Says("ameide init"), outcome.err.c_str());
    }
  }

  void whenTheReaderGoesAway_thenNothingCrashes() {
    const sync::Scratch scratch;
    const Program program(scratch);
    QProcess process;
    process.setStandardOutputFile(QStringLiteral("/dev/full"));
    program.Start(process, ".", {"feel", "1"});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::UsageTest)
#include "usage_test.moc"
