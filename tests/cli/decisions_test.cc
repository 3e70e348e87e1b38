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
    QVERIFY2(outcome.err.find("null: input data \"Age\"") != std::string::npos &&
                 outcome.err.find(" --> lending.dmn:4:3\n") != std::string::npos &&
                 outcome.err.find("  <inputData id=\"age\" name=\"Age\">") != std::string::npos &&
                 outcome.err.find("   ^^^^^^^^^^\n") != std::string::npos,
             outcome.err.c_str());
    QVERIFY2(outcome.err.find("no input 'Income'") != std::string::npos, outcome.err.c_str());
    const Outcome near =
        program.Run(".", {"dmn", "eval", "lending.dmn", "Approval", "--context", R"({"Aeg": 1})"});
    QVERIFY2(near.err.find("did you mean 'Age'?") != std::string::npos, near.err.c_str());
  }

  void whenADecisionIsNoFeel_thenItsFindingIsShownWithItsPlace() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("wrong.dmn",
                  "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"W\" "
                  "namespace=\"urn:w\">\n<decision id=\"D\" name=\"D\"><variable name=\"D\"/>\n"
                  "<literalExpression><text>1 + * 2</text></literalExpression></decision></definitions>");
    const Outcome outcome = program.Run(".", {"dmn", "eval", "wrong.dmn", "D"});
    QCOMPARE(outcome.out, "null\n");
    QVERIFY2(outcome.err.find("its expression is no FEEL: unexpected '*'") != std::string::npos,
             outcome.err.c_str());
    QVERIFY2(outcome.err.find("wrong.dmn:3:") != std::string::npos, outcome.err.c_str());
    QVERIFY2(outcome.err.find("1 + * 2\n") != std::string::npos &&
                 outcome.err.find("    ^\n") != std::string::npos,
             outcome.err.c_str());
  }

  void whenANameInADecisionIsMisspelt_thenTheReasonHasItsLineACaretAndHelp() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write(
        "near.dmn",
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"N\" "
        "namespace=\"urn:n\">\n<inputData id=\"t\" name=\"total\"><variable name=\"total\"/></inputData>\n"
        "<decision id=\"D\" name=\"D\"><variable name=\"D\"/><informationRequirement><requiredInput "
        "href=\"#t\"/></informationRequirement>\n"
        "<literalExpression><text>totl</text></literalExpression></decision></definitions>");
    const Outcome outcome =
        program.Run(".", {"dmn", "eval", "near.dmn", "D", "--context", R"({"total": 1})"});
    QVERIFY2(outcome.err.find("null: decision \"D\": there is nothing named totl\n --> near.dmn:4:26\n") !=
                     std::string::npos &&
                 outcome.err.find(" 4 | totl\n") != std::string::npos &&
                 outcome.err.find("   | ^^^^\n") != std::string::npos &&
                 outcome.err.find("= help: did you mean `total`?") != std::string::npos,
             outcome.err.c_str());
  }

  void whenAServiceIsGivenWhatIsNoneOfItsInputs_thenThatIsSaid() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write(
        "service.dmn",
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"S\" "
        "namespace=\"urn:s\">\n<inputData id=\"x\" name=\"x\"><variable name=\"x\"/></inputData>\n"
        "<decision id=\"D\" name=\"D\"><variable name=\"D\"/><informationRequirement><requiredInput "
        "href=\"#x\"/></informationRequirement><literalExpression><text>x</text></literalExpression>"
        "</decision>\n<decision id=\"E\" name=\"E\"><variable name=\"E\"/><literalExpression><text>1"
        "</text></literalExpression></decision>\n<decisionService id=\"S\" name=\"S\"><variable name=\"S\"/>"
        "<outputDecision href=\"#D\"/><inputData href=\"#x\"/></decisionService></definitions>");
    const Outcome outcome =
        program.Run(".", {"dmn", "eval", "service.dmn", "S", "--context", R"({"x": 1, "E": 2})"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(outcome.out, "1\n");
    QVERIFY2(
        outcome.err.find("'E' is none of the inputs of the decision service 'S', which takes x; its value "
                         "is not used") != std::string::npos,
        outcome.err.c_str());
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

  void whenTestCasesNameAModelThatIsNotThere_thenTheyFailAndSaySo() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("suite/loan.dmn", kLending);
    scratch.Write("suite/base.dmn", kBase);
    scratch.Write("suite/loan-test-01.xml", kTests);  // of lending.dmn
    Outcome outcome = program.Run(".", {"dmn", "tck", "suite"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY2(outcome.out.ends_with("passed 0 failed 3\n"), outcome.out.c_str());
    QVERIFY2(outcome.out.find("of the model 'lending.dmn' (<modelName>), which is not beside them") !=
                 std::string::npos,
             outcome.out.c_str());
    // Several models beside each other: the one that is named counts, not the one with the file's name.
    scratch.Write("suite/lending.dmn", kLending);
    scratch.Write("suite/loan.dmn", kBase);
    outcome = program.Run(".", {"dmn", "tck", "suite"});
    QVERIFY2(outcome.out.ends_with("passed 2 failed 1\n"), outcome.out.c_str());
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

  void whenFixesAreAskedFor_thenTheyAreMadeInTheFileAndNothingElseChanges() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("base.dmn", kBase);
    std::string wrong = kLending;
    const size_t at = wrong.find("<text>Age</text>");
    wrong.replace(at, 16, "<text>Aeg</text>");
    scratch.Write("lending.dmn", wrong);
    Outcome outcome = program.Run(".", {"lint", "lending.dmn"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY2(outcome.out.find("there are proposals: --fix-all") != std::string::npos, outcome.out.c_str());
    QCOMPARE(scratch.Read("lending.dmn"), wrong);
    outcome = program.Run(".", {"lint", "lending.dmn", "--json"});
    const QJsonArray findings = outcome.Json()["findings"].toArray();
    const auto fixed = std::find_if(findings.begin(), findings.end(), [](const QJsonValue& finding) {
      return finding.toObject().contains("fix");
    });
    QVERIFY(fixed != findings.end());
    const QJsonObject edit = fixed->toObject()["fix"].toObject()["edits"].toArray()[0].toObject();
    QCOMPARE(edit["text"].toString(), QStringLiteral("Age"));
    QCOMPARE(edit["endColumn"].toInt(), edit["column"].toInt() + 3);
    VERIFY_EXIT(program.Run(".", {"lint", "lending.dmn", "--fix"}), 1);
    QCOMPARE(scratch.Read("lending.dmn"), wrong);  // a near name is a guess
    outcome = program.Run(".", {"lint", "lending.dmn", "--fix-all"});
    VERIFY_EXIT(outcome, 0);
    QVERIFY2(outcome.out.find("1 edit made") != std::string::npos, outcome.out.c_str());
    QCOMPARE(scratch.Read("lending.dmn"), std::string(kLending));
    wrong.replace(wrong.find("<text>Aeg</text>"), 16, "<text>age</text>");
    scratch.Write("lending.dmn", wrong);
    outcome = program.Run(".", {"lint", "lending.dmn", "--fix"});
    VERIFY_EXIT(outcome, 0);
    QCOMPARE(scratch.Read("lending.dmn"), std::string(kLending));
    QCOMPARE(program.Run(".", {"lint", "lending.dmn", "--fix"}).out, "");
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::DecisionsTest)
#include "decisions_test.moc"
