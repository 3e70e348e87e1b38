#include <QtTest>

#include "tests/cli/decision_models.h"
#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

/// The verbs for decisions: dmn eval, dmn tck, lint of DMN files.
class DecisionsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenADecisionIsEvaluated_thenItsValueIsJson() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("lending.dmn", kLending);
    scratch.Write("base.dmn", kBase);
    Outcome outcome =
        program.Run(".", {"dmn", "eval", "lending.dmn", "Approval", "--context", R"({"Age": 20})"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(outcome.out, "\"yes\"\n");
    outcome = program.Run(
        ".", {"dmn", "eval", "lending.dmn", "year", "--context", R"({"Customer since": "2019-05-01"})"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(outcome.out, "2019\n");
    outcome = program.Run(".", {"dmn", "eval", "lending.dmn", "Base.Limit"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(outcome.out, "18\n");
  }

  void whenTheValueIsNull_thenTheReasonIsOnStandardError() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("lending.dmn", kLending);
    scratch.Write("base.dmn", kBase);
    const Outcome outcome = program.Run(
        ".", {"dmn", "eval", "lending.dmn", "Approval", "--context", R"({"Age": "old", "Income": 1})"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(outcome.out, "null\n");
    QVERIFY2(outcome.err.find("lending.dmn:4:3: null: input data \"Age\"") != std::string::npos,
             outcome.err.c_str());
    QVERIFY2(outcome.err.find("no input 'Income'") != std::string::npos, outcome.err.c_str());
  }

  void whenADecisionIsUnknown_thenTheNearestIsNamed() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("lending.dmn", kLending);
    Outcome outcome = program.Run(".", {"dmn", "eval", "lending.dmn", "Approvals"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY2(outcome.err.find("did you mean 'Approval'?") != std::string::npos, outcome.err.c_str());
    outcome = program.Run(".", {"dmn", "eval", "missing.dmn", "Approval"});
    VERIFY_EXIT(outcome, 2);
    outcome = program.Run(".", {"dmn", "eval", "lending.dmn", "Approval", "--context", "{"});
    VERIFY_EXIT(outcome, 2);
  }

  void whenTestCasesRun_thenFailuresAreShownAndCounted() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("suite/any folder/lending.dmn", kLending);
    scratch.Write("suite/any folder/base.dmn", kBase);
    scratch.Write("suite/any folder/lending-test-01.xml", kTests);
    const Outcome outcome = program.Run(".", {"dmn", "tck", "suite"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY2(outcome.out.ends_with("passed 2 failed 1\n"), outcome.out.c_str());
    QVERIFY2(outcome.out.find("case wrong") != std::string::npos, outcome.out.c_str());
    QVERIFY2(outcome.out.find("expected \"yes\", got \"no\"") != std::string::npos, outcome.out.c_str());
  }

  void whenADecisionModelIsLinted_thenImportsAreFoundBesideIt() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("lending.dmn", kLending);
    Outcome outcome = program.Run(".", {"lint", "lending.dmn"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY2(outcome.out.find("[dmn/import-not-found]") != std::string::npos, outcome.out.c_str());
    scratch.Write("base.dmn", kBase);
    outcome = program.Run(".", {"lint", "lending.dmn", "base.dmn"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(outcome.out, "");
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::DecisionsTest)
#include "decisions_test.moc"
