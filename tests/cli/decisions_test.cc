#include <QtTest>

#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

constexpr const char* kLending = R"xml(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="lending" name="Lending" namespace="urn:lending">
  <import name="Base" namespace="urn:base" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
  <inputData id="age" name="Age"><variable name="Age" typeRef="number"/></inputData>
  <inputData id="since" name="Customer since"><variable name="Customer since" typeRef="date"/></inputData>
  <decision id="approval" name="Approval">
    <variable name="Approval" typeRef="string"/>
    <informationRequirement><requiredInput href="#age"/></informationRequirement>
    <informationRequirement><requiredDecision href="urn:base#limit"/></informationRequirement>
    <decisionTable id="table">
      <input><inputExpression typeRef="number"><text>Age</text></inputExpression></input>
      <output/>
      <rule><inputEntry><text>&lt; Base.Limit</text></inputEntry><outputEntry><text>"no"</text></outputEntry></rule>
      <rule><inputEntry><text>&gt;= Base.Limit</text></inputEntry><outputEntry><text>"yes"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="year" name="Year">
    <variable name="Year" typeRef="number"/>
    <informationRequirement><requiredInput href="#since"/></informationRequirement>
    <literalExpression><text>Customer since.year + 0</text></literalExpression>
  </decision>
</definitions>
)xml";

constexpr const char* kBase =
    R"xml(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="base" name="Base" namespace="urn:base">
  <decision id="limit" name="Limit">
    <variable name="Limit" typeRef="number"/>
    <literalExpression><text>18</text></literalExpression>
  </decision>
</definitions>
)xml";

constexpr const char* kTests = R"xml(<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <modelName>lending.dmn</modelName>
  <testCase id="adult"><inputNode name="Age"><value xsi:type="xsd:decimal">40</value></inputNode>
    <resultNode name="Approval" type="decision"><expected><value xsi:type="xsd:string">yes</value></expected></resultNode></testCase>
  <testCase id="no age"><resultNode name="Approval" errorResult="true"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
  <testCase id="wrong"><inputNode name="Age"><value xsi:type="xsd:decimal">4</value></inputNode>
    <resultNode name="Approval" type="decision"><expected><value xsi:type="xsd:string">yes</value></expected></resultNode></testCase>
</testCases>
)xml";

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
