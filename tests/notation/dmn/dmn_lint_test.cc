#include <QtTest>
#include <set>

#include "tests/notation/dmn/dmn_models.h"

using namespace ameide;
using namespace ameide::dmn;
using uaf::document::Severity;

/// Findings on decision models: which rule, where, and that sound models have none.
class DmnLintTest : public QObject {
  Q_OBJECT

  static std::string Messages(const TestModel& model) {
    std::string text;
    for (const auto& finding : model.Findings())
      text += std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " + finding.rule +
              ": " + finding.message + "\n";
    return text;
  }
  static TestModel Table(const std::string& table) {
    return TestModel(Definition(InputData("Age", "number") + InputData("Risk", "string") +
                                Decision("D", table, {"Age", "Risk"})));
  }

 private Q_SLOTS:
  void whenAModelIsSound_thenThereAreNoFindings() {
    TestModel model = Table(TableOf(
        "", {"Age", "Risk"}, {""}, {"< 18 | - => 1", ">= 18 | \"high\" => 2", ">= 18 | not(\"high\") => 3"}));
    QCOMPARE(Messages(model), "");
  }

  void whenATableHasAGap_thenTheMissingInputsAreNamed() {
    TestModel model =
        Table(TableOf("", {"Age", "Risk"}, {""}, {"<= 65 | - => 1", "> 65 | not(\"high\") => 2"}));
    const auto gap = model.FindingOf("dmn/table-gap");
    QVERIFY2(gap.message.find("Age > 65 and Risk = \"high\"") != std::string::npos, Messages(model).c_str());
    QCOMPARE(gap.severity, Severity::kWarning);
    QCOMPARE(gap.element, "table");
  }

  void whenATableIsTooLarge_thenItIsSaidThatItWasNotLookedAt() {
    std::vector<std::string> rules;
    for (int i = 0; i < 3'001; ++i) rules.push_back(std::to_string(i) + " | - => 1");
    TestModel model = Table(TableOf("hitPolicy=\"FIRST\"", {"Age", "Risk"}, {""}, rules));
    const auto finding = model.FindingOf("dmn/table-too-large");
    QCOMPARE(finding.severity, Severity::kInfo);
    QVERIFY2(finding.message.find("3001 rules") != std::string::npos, Messages(model).c_str());
    QCOMPARE(model.FindingOf("dmn/table-gap").rule, "");
    rules.resize(300);
    QCOMPARE(Table(TableOf("", {"Age", "Risk"}, {""}, rules)).FindingOf("dmn/table-too-large").rule, "");
  }

  void whenAnExpressionFailsWhateverTheInputs_thenTheReasonIsTold() {
    const auto said = [](const std::string& expression, const std::string& rule, const std::string& part) {
      TestModel model(Definition(InputData("d", "date") + InputData("s", "string") +
                                 Decision("D", Literal(expression), {"d", "s"})));
      const auto finding = model.FindingOf(rule);
      return finding.message.find(part) != std::string::npos && finding.severity == Severity::kWarning
                 ? std::string()
                 : expression + "\n" + Messages(model);
    };
    QCOMPARE(said("1/0", "dmn/always-null", "division by zero"), "");
    QCOMPARE(said("date(\"2020-13-01\")", "dmn/always-null", "2020-13-01"), "");
    QCOMPARE(said("d.hours", "dmn/type", "a date has no hours"), "");
    QCOMPARE(said("s.length", "dmn/type", "a string has no length"), "");
    QCOMPARE(said("s = \"a\" or \"b\"", "dmn/type", "neither true nor false"), "");
    QCOMPARE(said("s in [5..1]", "dmn/type", "begins behind its end"), "");
  }

  void whenADecisionNeverHasItsVariablesType_thenItIsTold() {
    TestModel model(Definition(Decision("D", Literal("\"x\""), {}, {}, "number")));
    QVERIFY2(model.FindingOf("dmn/type-mismatch").message.find("declared as number but gives a string") !=
                 std::string::npos,
             Messages(model).c_str());
  }

  void whenAnInvocationDoesNotFitWhatItCalls_thenTheBindingIsTold() {
    const auto model = [](const std::string& bindings) {
      return TestModel(Definition(
          "<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>"
          "<formalParameter name=\"a\"/><formalParameter name=\"b\"/>" +
          Literal("a + b") + "</encapsulatedLogic></businessKnowledgeModel>" +
          Decision("D", "<invocation>" + Literal("F") + bindings + "</invocation>", {}, {}, "", {"F"})));
    };
    const auto binding = [](const std::string& name) {
      return "<binding><parameter name=\"" + name + "\"/>" + Literal("1") + "</binding>";
    };
    QCOMPARE(Messages(model(binding("a") + binding("b"))), "");
    QVERIFY(model(binding("a")).FindingOf("dmn/missing-binding").message.find(" b,") != std::string::npos);
    QVERIFY(model(binding("a") + binding("b") + binding("c"))
                .FindingOf("dmn/unknown-parameter")
                .message.find("it has a, b") != std::string::npos);
    QVERIFY(model(binding("a") + binding("b") + binding("b"))
                .FindingOf("dmn/duplicate-name")
                .message.find("twice") != std::string::npos);
  }

  void whenAnInvocationCallsALocalFunction_thenItsBindingsAreChecked() {
    const auto model = [](const std::string& function, const std::string& parameters,
                          const std::string& required = "") {
      std::string bindings;
      for (const char name : parameters)
        bindings +=
            "<binding><parameter name=\"" + std::string(1, name) + "\"/>" + Literal("1") + "</binding>";
      return TestModel(Definition(
          "<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>"
          "<formalParameter name=\"a\"/>" +
          Literal("a") + "</encapsulatedLogic></businessKnowledgeModel>" +
          Decision("D",
                   "<context><contextEntry><variable name=\"" + std::string(function.empty() ? "g" : "F") +
                       "\"/>" + Literal(function.empty() ? "1" : function) +
                       "</contextEntry><contextEntry><invocation>" + Literal("F") + bindings +
                       "</invocation></contextEntry></context>",
                   {}, {}, "", required.empty() ? std::vector<std::string>() : std::vector{required})));
    };
    // It hides the function of the model that has its name.
    QCOMPARE(Messages(model("function(q) q", "q")), "");
    QCOMPARE(model("function(q) q", "q").Json("D"), "1");
    QVERIFY(model("function(q) q", "a").FindingOf("dmn/unknown-parameter").message.find("it has q") !=
            std::string::npos);
    QVERIFY(model("function(q, r) q", "q").FindingOf("dmn/missing-binding").message.find(" its r,") !=
            std::string::npos);
    QCOMPARE(model("function(q) q", "qq").FindingOf("dmn/duplicate-name").rule, "dmn/duplicate-name");
    QVERIFY(model("function() 1", "q").FindingOf("dmn/unknown-parameter").message.find("it has none") !=
            std::string::npos);
    // What is optional in a built-in may be left out.
    QCOMPARE(Messages(model("floor", "n")), "");
    QCOMPARE(model("floor", "n").Json("D"), "1");
    QCOMPARE(Messages(model("", "a", "F")), "");
    QCOMPARE(model("", "", "F").FindingOf("dmn/missing-binding").rule, "dmn/missing-binding");
  }

  void whenAFunctionWithoutParametersIsInvoked_thenItsBindingsAreChecked() {
    const auto model = [](const std::string& body, const std::string& bindings) {
      return TestModel(Definition(
          "<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>" + body +
          "</encapsulatedLogic></businessKnowledgeModel>" +
          Decision("D", "<invocation>" + Literal("F") + bindings + "</invocation>", {}, {}, "", {"F"})));
    };
    const std::string binding = "<binding><parameter name=\"a\"/>" + Literal("1") + "</binding>";
    // Whatever one of several functions takes is not known.
    for (const char* either : {"if 1 = 1 then max else min", "[floor, ceiling][1]"}) {
      TestModel model(
          Definition(Decision("D", "<invocation>" + Literal(either) + "<binding><parameter name=\"" +
                                       (std::string(either).starts_with("if") ? "list" : "n") + "\"/>" +
                                       Literal("[1.5]") + "</binding></invocation>")));
      QCOMPARE(Messages(model), "");
    }
    // Of one the type of the result is known, of the other not.
    for (const std::string& body : {Literal("1"), Literal("[1, \"a\"][1]")}) {
      QVERIFY(model(body, binding).FindingOf("dmn/unknown-parameter").message.find("it has none") !=
              std::string::npos);
      QCOMPARE(Messages(model(body, "")), "");
    }
  }

  void whenWhatAnInvocationCallsReadsTheClock_thenItsNameAloneIsRight() {
    for (const std::string name : {"now", "today", " now ", "(today)", "`now`"}) {
      TestModel model(Definition(Decision("D", "<invocation>" + Literal(name) + "</invocation>")));
      QCOMPARE(Messages(model), "");
      QVERIFY(model.model().Find("D"));
    }
    // What stands in what is called, but is not it, is told.
    const std::string within[] = {
        Literal("(function(x) floor)(now)"),
        "<invocation>" + Literal("function(x) function() x") + "<binding><parameter name=\"x\"/>" +
            Literal("now") + "</binding></invocation>",
        "<functionDefinition>" + Literal("now") + "</functionDefinition>",
    };
    for (const std::string& callee : within) {
      TestModel model(Definition(Decision("D", "<invocation>" + callee + "</invocation>")));
      QVERIFY2(model.FindingOf("dmn/type").message.find("write now()") != std::string::npos, callee.c_str());
    }
    TestModel bound(
        Definition(Decision("D", "<invocation>" + Literal("string") + "<binding><parameter name=\"from\"/>" +
                                     Literal("now") + "</binding></invocation>")));
    const auto told = bound.FindingOf("dmn/type");
    QVERIFY(told.message.find("write now()") != std::string::npos);
    // Who gives it to a function that calls it means it so.
    QVERIFY(told.fix && !told.fix->certain);
  }

  void whenTwoSpellingsAreOneName_thenItIsTold() {
    const auto entry = [](const std::string& name) {
      return "<contextEntry><variable name=\"" + name + "\"/>" + Literal("1") + "</contextEntry>";
    };
    for (const std::string& logic : {"<context>" + entry("a+b") + entry("a + b") + "</context>",
                                     "<relation><column name=\"a+b\"/><column name=\"a + b\"/><row>" +
                                         Literal("1") + Literal("2") + "</row></relation>"}) {
      TestModel model(Definition(Decision("D", logic)));
      QCOMPARE(model.FindingOf("dmn/duplicate-name").rule, "dmn/duplicate-name");
    }
    TestModel both(Definition(Decision("D", "<context>" + entry("a-b") + entry("a - b") + "</context>")));
    QCOMPARE(both.Json("D"), "{\"a-b\":1,\"a - b\":1}");
    const std::string said = both.FindingOf("dmn/duplicate-name").message;
    QVERIFY(said.find("\"a-b\" and \"a - b\"") != std::string::npos &&
            said.find("hides") == std::string::npos);
    // A name alone and one in a larger expression mean the same.
    const auto reads = [&](const std::string& text) {
      return "<contextEntry><variable name=\"r\"/>" + Literal(text) + "</contextEntry>";
    };
    for (const std::string text : {"a-b", "(a-b)", "[a-b][1]"}) {
      TestModel model(
          Definition(Decision("D", "<context><contextEntry><variable name=\"a-b\"/>" + Literal("2") +
                                       "</contextEntry>" + entry("a - b") + reads(text) + "</context>")));
      QCOMPARE(model.Json("D"), "{\"a-b\":2,\"a - b\":1,\"r\":2}");
    }
    // What is nearer hides what is written so, and what is a literal is no name.
    TestModel nearer(Definition(
        "<inputData id=\"i\" name=\"a-b\"><variable name=\"a-b\"/></inputData>" +
        Decision("D", "<context>" + entry("a - b") + entry("2") + reads("a-b") + "</context>", {"i"})));
    QCOMPARE(nearer.Json("D", "{\"a-b\": 100}"), "{\"a - b\":1,\"2\":1,\"r\":1}");
    TestModel literal(Definition(Decision("D", "<context>" + entry("2") + reads("2") + "</context>")));
    QCOMPARE(literal.Json("D"), "{\"2\":1,\"r\":2}");
    TestModel same(Definition(Decision("D", "<context>" + entry("a") + entry("a") + "</context>")));
    QVERIFY(same.FindingOf("dmn/duplicate-name").message.find("hides the other") != std::string::npos);
    TestModel inputs(
        Definition("<inputData id=\"i\" name=\"a+b\"><variable name=\"a+b\"/></inputData>"
                   "<inputData id=\"j\" name=\"a + b\"><variable name=\"a + b\"/></inputData>"));
    QCOMPARE(inputs.FindingOf("dmn/duplicate-name").rule, "dmn/duplicate-name");
    TestModel apart(Definition(Decision("D", "<context>" + entry("a b") + entry("ab") + "</context>")));
    QCOMPARE(Messages(apart), "");
  }

  void whenAModelsFunctionIsCalledByName_thenItsParametersNamesAreChecked() {
    const auto model = [](const std::string& call) {
      return TestModel(
          Definition("<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>"
                     "<formalParameter name=\"a\"/><formalParameter name=\"b\"/>" +
                     Literal("a + b") + "</encapsulatedLogic></businessKnowledgeModel>" +
                     Decision("D", Literal(call), {}, {}, "", {"F"})));
    };
    QCOMPARE(Messages(model("F(b: 1, a: 2)")), "");
    const auto finding = model("F(a: 1, c: 2)").FindingOf("dmn/arguments");
    QCOMPARE(finding.severity, Severity::kWarning);
    QVERIFY2(finding.message.find("no parameter named c") != std::string::npos, finding.message.c_str());
  }

  void whenANameStandsInBackticks_thenItIsThatName() {
    TestModel model(Definition(
        "<inputData id=\"sum\" name=\"a+b\"><variable name=\"a+b\" typeRef=\"number\"/></inputData>" +
        Decision("D", Literal("`a + b` + 1"), {"sum"})));
    QCOMPARE(Messages(model), "");
    QCOMPARE(model.Json("D", "{\"a+b\": 2}"), "3");
    TestModel unknown(Definition(InputData("a") + InputData("b") + Decision("E", Literal("b"), {"b"}) +
                                 Decision("D", Literal("a + `b`"), {"a"})));
    QVERIFY2(
        unknown.FindingOf("dmn/unknown-name").message.find("\"b\" is not required here") != std::string::npos,
        Messages(unknown).c_str());
  }

  void whenABuiltInIsGivenForAFunction_thenNothingIsSaid() {
    TestModel model(Definition(
        "<itemDefinition name=\"Nums\" isCollection=\"true\"><typeRef>number</typeRef></itemDefinition>"
        "<itemDefinition name=\"Agg\"><functionItem outputTypeRef=\"number\"><parameters name=\"values\" "
        "typeRef=\"Nums\"/></functionItem></itemDefinition>"
        "<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>"
        "<formalParameter name=\"f\" typeRef=\"Agg\"/><formalParameter name=\"xs\" typeRef=\"Nums\"/>" +
        Literal("f(xs)") + "</encapsulatedLogic></businessKnowledgeModel>" +
        Decision("D", Literal("F(sum, [1, 2])"), {}, {}, "number", {"F"}) +
        Decision("E", Literal("F(f: mean, xs: [1, 2])"), {}, {}, "number", {"F"})));
    QCOMPARE(Messages(model), "");
    QCOMPARE(model.Json("D"), "3");
    QCOMPARE(model.Json("E"), "1.5");
  }

  void whenWhatIsInvokedIsImportedOrBuiltIn_thenTheBindingsAreChecked() {
    const auto model = [](const std::string& callee, const std::string& parameters, const std::string& type) {
      std::string bindings;
      for (const char name : parameters)
        bindings +=
            "<binding><parameter name=\"" + std::string(1, name) + "\"/>" + Literal("1") + "</binding>";
      return TestModel(
          Definition(
              "<import name=\"O\" namespace=\"urn:other\" importType=\"" + std::string(kModelNamespace) +
              "\"/><decision id=\"D\" name=\"D\"><variable name=\"D\" typeRef=\"" + type +
              "\"/><knowledgeRequirement><requiredKnowledge href=\"urn:other#F\"/></knowledgeRequirement>"
              "<invocation>" +
              Literal(callee) + bindings + "</invocation></decision>"),
          {{"urn:other",
            Definition("<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>"
                       "<formalParameter name=\"a\" typeRef=\"number\"/><formalParameter name=\"b\"/>" +
                           Literal("a") + "</encapsulatedLogic></businessKnowledgeModel>",
                       "urn:other")}});
    };
    QCOMPARE(Messages(model("O.F", "ab", "number")), "");
    QVERIFY(model("O.F", "abc", "number").FindingOf("dmn/unknown-parameter").message.find("it has a, b") !=
            std::string::npos);
    QCOMPARE(model("O.F", "aba", "number").FindingOf("dmn/duplicate-name").severity, Severity::kError);
    QCOMPARE(model("O.F", "a", "number").FindingOf("dmn/missing-binding").severity, Severity::kError);
    int told = 0;
    for (const auto& finding : model("O.F", "abc", "number").Findings())
      told += finding.rule == "dmn/unknown-parameter";
    QCOMPARE(told, 1);
    const std::string said = Messages(model("function(a) a", "c", "Any"));
    QVERIFY2(said.find("has no parameter \"c\"") != std::string::npos, said.c_str());
    const std::string text = Messages(model("string", "", "number"));
    QVERIFY2(text.find("dmn/type-mismatch: is declared as number but gives a string") != std::string::npos,
             text.c_str());
  }

  void whenAFunctionIsExternal_thenTheTargetsRuleSaysSo() {
    TestModel model(Definition(
        Decision("D", Literal("(function(a) external {java: {class: \"C\", method signature: \"m\"}})(1)"))));
    QCOMPARE(model.FindingOf("target/external-function").severity, Severity::kError);
    QCOMPARE(model.FindingOf("dmn/feel-syntax").rule, "");
  }

  void whenTheLogicSaysAnotherTypeThanItsPlace_thenItIsTold() {
    const auto told = [](const std::string& body, const std::string& part) {
      TestModel model(Definition(body));
      const auto finding = model.FindingOf("dmn/type-mismatch");
      return finding.severity == Severity::kWarning && finding.message.find(part) != std::string::npos
                 ? std::string()
                 : body + "\n" + Messages(model);
    };
    QCOMPARE(told(Decision("D", "<literalExpression typeRef=\"number\"><text>1</text></literalExpression>",
                           {}, {}, "string"),
                  "as number, but the decision's variable as string"),
             "");
    QCOMPARE(told(Decision("D", "<context><contextEntry><variable name=\"a\" typeRef=\"number\"/>" +
                                    Literal("\"x\"") + "</contextEntry></context>"),
                  "declared as number but gives a string"),
             "");
    QCOMPARE(told(Decision("D", "<relation><column name=\"a\" typeRef=\"number\"/><row>" + Literal("true") +
                                    "</row></relation>"),
                  "declared as number but gives a boolean"),
             "");
    const std::string list =
        "<itemDefinition name=\"L\" isCollection=\"true\"><typeRef>number</typeRef></itemDefinition>";
    QCOMPARE(told(list + Decision("D", Literal("[\"a\"]"), {}, {}, "L"), "null unless the list is empty"),
             "");
    QCOMPARE(told(list + Decision("D", Literal("\"a\""), {}, {}, "L"), "declared as L but gives a string"),
             "");
    QCOMPARE(told(Decision("D", Literal("{a: 1}"), {}, {}, "number"), "but gives a context<a: number>"), "");
    QCOMPARE(told("<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>"
                  "<formalParameter name=\"a\" typeRef=\"number\"/>" +
                      Literal("a") + "</encapsulatedLogic></businessKnowledgeModel>" +
                      Decision("D",
                               "<invocation>" + Literal("F") + "<binding><parameter name=\"a\"/>" +
                                   Literal("\"x\"") + "</binding></invocation>",
                               {}, {}, "", {"F"}),
                  "gives a string to the parameter a, which takes a number"),
             "");
    TestModel sound(Definition(list + Decision("D", Literal("[1]"), {}, {}, "L") +
                               Decision("E", Literal("1"), {}, {}, "L") +
                               Decision("F", Literal("[1]"), {}, {}, "number")));
    QCOMPARE(Messages(sound), "");
    TestModel conditional(
        Definition(Decision("D", "<conditional><if>" + Literal("1") + "</if><then>" + Literal("1") +
                                     "</then><else>" + Literal("2") + "</else></conditional>")));
    QVERIFY2(conditional.FindingOf("dmn/type").message.find("is neither true nor false") != std::string::npos,
             Messages(conditional).c_str());
    const auto table = [](const std::string& input, const std::string& output, const std::string& entry) {
      return InputData("Age", "number") +
             Decision("D",
                      "<decisionTable><input><inputExpression" + input +
                          "><text>Age</text></inputExpression></input><output" + output +
                          "/><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>" + entry +
                          "</text></outputEntry></rule></decisionTable>",
                      {"Age"});
    };
    QCOMPARE(told(table(" typeRef=\"string\"", "", "1"), "declared as string but gives a number"), "");
    QCOMPARE(told(table("", " typeRef=\"number\"", "\"a\""), "declared as number but gives a string"), "");
    QCOMPARE(TestModel(Definition(table(" typeRef=\"number\"", " typeRef=\"number\"", "1")))
                 .FindingOf("dmn/type-mismatch")
                 .rule,
             "");
  }

  void whenAllowedValuesAreOfAnotherType_thenTheyAreTold() {
    const auto told = [](const std::string& body) {
      TestModel model(Definition(body));
      const auto finding = model.FindingOf("dmn/type");
      return finding.message.find("never matches") != std::string::npos ? std::string()
                                                                        : body + "\n" + Messages(model);
    };
    for (const char* child : {"allowedValues", "typeConstraint"}) {
      QCOMPARE(told("<itemDefinition name=\"T\"><typeRef>number</typeRef><" + std::string(child) +
                    "><text>1, \"a\"</text></" + child + "></itemDefinition>"),
               "");
    }
    QCOMPARE(told(InputData("Age", "number") +
                  Decision("D", TableOf("", {"Age || \"a\""}, {""}, {"- => 1"}), {"Age"})),
             "");
    TestModel wider(
        Definition("<itemDefinition name=\"T\"><typeRef>number</typeRef><allowedValues><text>[1..5]</text>"
                   "</allowedValues></itemDefinition><itemDefinition name=\"S\"><typeRef>T</typeRef>"
                   "<allowedValues><text>3, 7</text></allowedValues></itemDefinition>"));
    QVERIFY2(wider.FindingOf("dmn/value-not-allowed").message.find("allows 3, 7") != std::string::npos,
             Messages(wider).c_str());
    TestModel output(Definition(Decision(
        "D",
        "<decisionTable><output typeRef=\"number\"><outputValues><text>\"a\"</text></outputValues></output>"
        "<rule><outputEntry><text>1</text></outputEntry></rule></decisionTable>")));
    QVERIFY2(output.FindingOf("dmn/type").message.find("never matches") != std::string::npos,
             Messages(output).c_str());
  }

  void whenAFunctionNeverUsesAParameter_thenItIsTold() {
    const auto model = [](const std::string& logic) {
      return TestModel(
          Definition("<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/>"
                     "<encapsulatedLogic><formalParameter name=\"a\"/><formalParameter name=\"b\"/>" +
                     logic + "</encapsulatedLogic></businessKnowledgeModel>" +
                     Decision("D", Literal("F(1, 2)"), {}, {}, "", {"F"})));
    };
    QCOMPARE(Messages(model(Literal("a + b"))), "");
    const auto finding = model(Literal("a + 1")).FindingOf("dmn/unused-parameter");
    QCOMPARE(finding.severity, Severity::kWarning);
    QVERIFY(finding.message.find("\"b\"") != std::string::npos);
    QCOMPARE(Messages(model("<for iteratorVariable=\"i\"><in>" + Literal("1..a") +
                            "</in><return><context>"
                            "<contextEntry><variable name=\"r\"/>" +
                            Literal("i + b") + "</contextEntry></context></return></for>")),
             "");
  }

  void whenAServicesInputsAreNotThoseOfItsDecisions_thenItIsTold() {
    const auto model = [](const std::string& parts) {
      return TestModel(Definition(
          InputData("x") + InputData("y") + Decision("A", Literal("x + y"), {"x", "y"}) +
          Decision("B", Literal("A"), {}, {"A"}) +
          "<decisionService id=\"S\" name=\"S\"><variable name=\"S\"/>" + parts + "</decisionService>"));
    };
    const std::string output = "<outputDecision href=\"#B\"/>", inner = "<encapsulatedDecision href=\"#A\"/>",
                      given = "<inputDecision href=\"#A\"/>", x = "<inputData href=\"#x\"/>",
                      y = "<inputData href=\"#y\"/>";
    QCOMPARE(Messages(model(output + inner + x + y)), "");
    QCOMPARE(Messages(model(output + given)), "");
    QCOMPARE(model(x).FindingOf("dmn/missing-output-decision").severity, Severity::kWarning);
    const auto missing = model(output + inner + x).FindingOf("dmn/missing-service-input");
    QVERIFY2(missing.message.find("input data \"y\"") != std::string::npos, missing.message.c_str());
    const auto unused = model(output + given + x).FindingOf("dmn/unused-service-input");
    QVERIFY2(unused.message.find("input data \"x\"") != std::string::npos, unused.message.c_str());
  }

  void whenATableIsNotAsItsHitPolicyWants_thenItIsTold() {
    TestModel ordered = Table(
        TableOf("hitPolicy=\"OUTPUT ORDER\"", {"Age", "Risk"}, {"a | 1, 2", "b | 1, 2"}, {"- | - => 1 | 2"}));
    QCOMPARE(ordered.FindingOf("dmn/wrong-hit-policy").severity, Severity::kWarning);
    TestModel empty = Table(TableOf("", {"Age", "Risk"}, {""}, {}));
    QCOMPARE(empty.FindingOf("dmn/missing-rule").severity, Severity::kWarning);
    TestModel named = Table(TableOf("", {"Age", "Risk"}, {"a"}, {"- | - => 1"}));
    QCOMPARE(named.FindingOf("dmn/needless-name").severity, Severity::kInfo);
    TestModel twice = Table(TableOf("", {"Age", "Risk"}, {"a", "a"}, {"- | - => 1 | 2"}));
    QCOMPARE(twice.FindingOf("dmn/duplicate-name").severity, Severity::kError);
  }

  void whenTheSameIsRequiredTwice_thenItIsTold() {
    TestModel model(Definition(InputData("x") + Decision("D", Literal("x"), {"x", "x"})));
    QCOMPARE(model.FindingOf("dmn/duplicate-requirement").severity, Severity::kWarning);
    QVERIFY(model.FindingOf("dmn/duplicate-requirement").fix);
  }

  void whenAnEntityIsNotInTheFile_thenItIsTold() {
    TestModel model("<!DOCTYPE definitions SYSTEM \"other.dtd\">\n" +
                    Definition(Decision("D", Literal("1 + &amount;"))));
    const auto finding = model.FindingOf("dmn/unresolved-entity");
    QCOMPARE(finding.severity, Severity::kError);
    QVERIFY2(finding.message.find("&amount;") != std::string::npos, Messages(model).c_str());
  }

  void whenNamesCannotBeSaid_thenTheyAreTold() {
    for (const char* name : {"1#a", "if", "for all", "a;b"}) {
      TestModel model(Definition(Decision(name, Literal("1"))));
      QVERIFY2(model.FindingOf("dmn/invalid-name").severity == Severity::kWarning, name);
    }
    for (const char* name : {"Loan 2 (pre-approved)", "Größe", "profit and loss", "a/b", "l'an"}) {
      TestModel model(Definition(Decision(name, Literal("1"))));
      QCOMPARE(model.FindingOf("dmn/invalid-name").rule.empty(),
               std::string(name).find('(') == std::string::npos);
    }
    TestModel model(Definition("<itemDefinition name=\"number\"><typeRef>string</typeRef></itemDefinition>" +
                               Decision("D", Literal("1"))));
    QCOMPARE(model.FindingOf("dmn/hidden-type").severity, Severity::kWarning);
  }

  void whenATableCoversEverything_thenADefaultIsNeedless() {
    const auto table = [](const std::string& rule) {
      std::string text = TableOf("", {"Age", "Risk"}, {""}, {"< 18 | - => 1", rule});
      const std::string output = "<output";
      const size_t at = text.find('>', text.find(output));
      if (text[at - 1] == '/') {
        text.replace(at - 1, 2, "><defaultOutputEntry><text>9</text></defaultOutputEntry></output>");
      } else {
        text.insert(at + 1, "<defaultOutputEntry><text>9</text></defaultOutputEntry>");
      }
      return Table(text);
    };
    QCOMPARE(table("- | - => 2").FindingOf("dmn/needless-default").severity, Severity::kWarning);
    QCOMPARE(table(">= 18 | - => 2").FindingOf("dmn/needless-default").rule, "");  // of null no rule speaks
  }

  void whenInputValuesLimitAnInput_thenTheyLimitGaps() {
    TestModel model = Table(TableOf("", {"Age | number | [0..100]", "Risk | string | \"low\", \"high\""},
                                    {""}, {"- | \"low\" => 1", "<= 50 | \"high\" => 2"}));
    QVERIFY2(model.FindingOf("dmn/table-gap").message.find("Age in (50..100] and Risk = \"high\"") !=
                 std::string::npos,
             Messages(model).c_str());
  }

  void whenUniqueRulesOverlap_thenBothAndTheInputsAreNamed() {
    TestModel model = Table(TableOf("", {"Age", "Risk"}, {""}, {"< 30 | - => 1", ">= 18 | - => 2"}));
    const auto overlap = model.FindingOf("dmn/table-overlap");
    QCOMPARE(overlap.severity, Severity::kError);
    QVERIFY2(overlap.message.find("rule 2 and rule 1 both hold for Age in [18..30)") != std::string::npos,
             Messages(model).c_str());
  }

  void whenAnyRulesConflict_thenOnlyThoseWithDifferentOutputsAreTold() {
    TestModel same = Table(TableOf("hitPolicy=\"ANY\"", {"Age"}, {""}, {"< 30 => 1", ">= 18 => 1"}));
    QCOMPARE(same.FindingOf("dmn/conflicting-outputs").rule, "");
    TestModel other = Table(TableOf("hitPolicy=\"ANY\"", {"Age"}, {""}, {"< 30 => 1", ">= 18 => 2"}));
    QCOMPARE(other.FindingOf("dmn/conflicting-outputs").severity, Severity::kError);
  }

  void whenARuleCannotBeReached_thenItIsTold() {
    TestModel first =
        Table(TableOf("hitPolicy=\"FIRST\"", {"Age"}, {""}, {"< 30 => 1", "< 20 => 2", "- => 3"}));
    QVERIFY2(first.FindingOf("dmn/unreachable-rule").message.find("rule 2 never") == 0,
             Messages(first).c_str());
    TestModel united =
        Table(TableOf("hitPolicy=\"FIRST\"", {"Age"}, {""}, {"< 30 => 1", ">= 30 => 2", "- => 3"}));
    QVERIFY2(united.FindingOf("dmn/unreachable-rule").message.find("rule 3 never") == 0,
             Messages(united).c_str());
    TestModel priority = Table(TableOf("hitPolicy=\"PRIORITY\"", {"Age"}, {"| \"a\", \"b\""},
                                       {"< 20 => \"b\"", "< 30 => \"a\"", ">= 30 => \"b\""}));
    TestModel open =
        Table(TableOf("hitPolicy=\"PRIORITY\"", {"Age"}, {"| >=10, <10"}, {"> 5 => 15", "> 7 => 3"}));
    QVERIFY(open.FindingOf("dmn/unreachable-rule").message.find("rule 2 never") == 0);
    QVERIFY2(priority.FindingOf("dmn/unreachable-rule").message.find("rule 1 never") == 0,
             Messages(priority).c_str());
    TestModel empty = Table(TableOf("", {"Age | number | [0..10]"}, {""}, {"> 20 => 1", "<= 20 => 2"}));
    QVERIFY2(empty.FindingOf("dmn/unreachable-rule").message.find("rule 1 can never hold") == 0,
             Messages(empty).c_str());
  }

  void whenOutputsAreOrderedWithoutAnOrder_thenItIsAsked() {
    TestModel model = Table(TableOf("hitPolicy=\"PRIORITY\"", {"Age"}, {""}, {"- => 1"}));
    QCOMPARE(model.FindingOf("dmn/missing-output-values").severity, Severity::kError);
    TestModel many =
        Table(TableOf("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", {"Age"}, {"a", "b"}, {"> 1 => 1 | 2"}));
    QCOMPARE(many.FindingOf("dmn/aggregation").severity, Severity::kError);
    TestModel outside = Table(TableOf("", {"Age"}, {"| \"a\", \"b\""}, {"< 1 => \"c\"", ">= 1 => \"a\""}));
    QVERIFY(outside.FindingOf("dmn/output-not-allowed").message.find("rule 1") != std::string::npos);
  }

  void whenARuleHasTooFewCells_thenTheNumbersAreTold() {
    std::string table = TableOf("", {"Age", "Risk"}, {""}, {"1 => 1"});
    TestModel model = Table(table);
    QVERIFY2(
        model.FindingOf("dmn/wrong-number-of-cells").message.find("rule 1 has 1 input entry for 2 columns") ==
            0,
        Messages(model).c_str());
  }

  void whenANameIsMisspelt_thenItIsSuggestedAtItsPlace() {
    TestModel model(Definition(InputData("Income") + Decision("D", Literal("10 + Imcome"), {"Income"})));
    const auto finding = model.FindingOf("dmn/unknown-name");
    QVERIFY2(finding.message.find("Income") != std::string::npos, Messages(model).c_str());
    QCOMPARE(finding.line, 6u);
    QCOMPARE(finding.column, 31u);
    QCOMPARE(finding.element, "D");
  }

  void whenACellIsNoFeel_thenItsPlaceCountsThroughReferences() {
    TestModel model = Table(TableOf("", {"Age"}, {""}, {"< 18, ] => 1", ">= 18 => 2"}));
    const auto finding = model.FindingOf("dmn/feel-syntax");
    QCOMPARE(finding.severity, Severity::kError);
    QVERIFY2(finding.line > 0, Messages(model).c_str());
    // `<rule><inputEntry><text>&lt; 18, ]`: the bracket stands behind 25 characters and `&lt; 18, `.
    QVERIFY2(finding.column >= 25, Messages(model).c_str());
  }

  void whenTheStructureIsWrong_thenTheSchemasWordsSayHow_data() {
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("message");
    QTest::newRow("unknown child") << "<decision id=\"D\" name=\"D\"><logic/></decision>"
                                   << "no logic in a decision";
    QTest::newRow("missing attribute") << "<decision id=\"D\"><variable name=\"D\"/></decision>"
                                       << "has no name";
    QTest::newRow("wrong value") << "<decision id=\"D\" name=\"D\"><decisionTable "
                                    "hitPolicy=\"BEST\"><output/></decisionTable></decision>"
                                 << "is not one of UNIQUE";
    QTest::newRow("twice")
        << "<decision id=\"D\" name=\"D\"><variable name=\"D\"/><variable name=\"D\"/></decision>"
        << "second variable";
    QTest::newRow("order")
        << "<decision id=\"D\" name=\"D\"><literalExpression><text>1</text></literalExpression><variable "
           "name=\"D\"/></decision>"
        << "stands behind";
    QTest::newRow("missing child") << "<decision id=\"D\" name=\"D\"><decisionTable/></decision>"
                                   << "has no output";
    QTest::newRow("unknown attribute") << "<inputData id=\"D\" name=\"D\" kind=\"x\"/>"
                                       << "no attribute kind";
  }
  void whenTheStructureIsWrong_thenTheSchemasWordsSayHow() {
    QFETCH(QString, body);
    QFETCH(QString, message);
    TestModel model(Definition(body.toStdString()));
    QVERIFY2(QString::fromStdString(Messages(model)).contains(message), Messages(model).c_str());
    QVERIFY(!model.FindingOf("dmn/schema").rule.empty());
  }

  void whenIdsNamesOrReferencesAreWrong_thenTheyAreTold() {
    TestModel model(Definition(
        InputData("x") + InputData("x") +
        "<decision id=\"D\" name=\"D\"><variable name=\"E\"/><informationRequirement><requiredInput "
        "href=\"#none\"/></informationRequirement>"
        "<knowledgeRequirement><requiredKnowledge href=\"#x\"/></knowledgeRequirement>" +
        Literal("1") + "</decision>"));
    std::set<std::string> rules;
    for (const auto& finding : model.Findings()) rules.insert(finding.rule);
    for (const char* rule : {"dmn/duplicate-id", "dmn/duplicate-name", "dmn/dangling-reference",
                             "dmn/wrong-reference", "dmn/variable-name", "dmn/unused-input"})
      QVERIFY2(rules.contains(rule), (std::string(rule) + "\n" + Messages(model)).c_str());
  }

  void whenARequirementIsNotUsed_thenItIsTold() {
    TestModel model(Definition(InputData("x") + Decision("D", Literal("1"), {"x"})));
    QCOMPARE(model.FindingOf("dmn/unused-requirement").severity, Severity::kWarning);
  }

  void whenLogicIsNotRead_thenNothingIsSaidOfItsRequirements() {
    for (const char* text : {"x +", "y + 1"}) {
      TestModel model(Definition(InputData("x") + Decision("D", Literal(text), {"x"})));
      QVERIFY2(model.FindingOf("dmn/unused-requirement").rule.empty(), Messages(model).c_str());
    }
  }

  void whenTypesAreMadeOfThemselves_thenItIsTold() {
    TestModel direct(
        Definition("<itemDefinition name=\"A\"><typeRef>B</typeRef></itemDefinition>"
                   "<itemDefinition name=\"B\"><typeRef>A</typeRef></itemDefinition>"));
    QVERIFY2(direct.FindingOf("dmn/cyclic-type").message.find("\"A\" → \"B\" → \"A\"") != std::string::npos,
             Messages(direct).c_str());
    TestModel below(
        Definition("<itemDefinition name=\"A\"><itemComponent name=\"a\"><typeRef>A</typeRef>"
                   "</itemComponent></itemDefinition>"));
    QCOMPARE(below.FindingOf("dmn/cyclic-type").severity, Severity::kWarning);
    TestModel sound(
        Definition("<itemDefinition name=\"A\"><typeRef>B</typeRef></itemDefinition>"
                   "<itemDefinition name=\"B\"><typeRef>string</typeRef></itemDefinition>"));
    QVERIFY(sound.FindingOf("dmn/cyclic-type").rule.empty());
  }

  void whenModelsImportThemselves_thenItIsTold() {
    const auto importing = [](const std::string& name, const std::string& space, const std::string& own) {
      return Definition("<import name=\"" + name + "\" namespace=\"" + space + "\" importType=\"" +
                            std::string(kModelNamespace) + "\"/>",
                        own);
    };
    TestModel itself(importing("Me", "urn:test", "urn:test"));
    QVERIFY2(itself.FindingOf("dmn/cyclic-import").message.find("test.dmn → test.dmn") != std::string::npos,
             Messages(itself).c_str());
    // What other files import is said of them; here the circle goes through this one.
    TestModel circle(importing("Other", "urn:other", "urn:test"),
                     {{"urn:other", importing("Test", "urn:test", "urn:other")}});
    bool told = false;
    for (const auto& problem : circle.graph().problems())
      told = told || (problem.rule == "dmn/cyclic-import" && problem.file == 1);
    QVERIFY(told);
    TestModel line(importing("Other", "urn:other", "urn:test"), {{"urn:other", Definition("", "urn:other")}});
    QVERIFY(line.graph().problems().empty());
  }

  void whenADateHasNoQuotes_thenItIsTold() {
    TestModel model(Definition(Decision("D", Literal("2026-03-01"), {})));
    QCOMPARE(model.FindingOf("dmn/subtraction").severity, Severity::kWarning);
  }

  void whenANumberHasMoreThan34Digits_thenItIsToldThatItIsRounded() {
    const std::string most = "1.234567890123456789012345678901234";
    TestModel kept(Definition(Decision("D", Literal(most + "000"), {})));
    QVERIFY(kept.FindingOf("dmn/rounded").rule.empty());
    TestModel rounded(Definition(Decision("D", Literal(most + "5"), {})));
    const auto finding = rounded.FindingOf("dmn/rounded");
    QCOMPARE(finding.severity, Severity::kWarning);
    QVERIFY2(finding.message.find("34 digits are kept") != std::string::npos, finding.message.c_str());
    TestModel small(Definition(Decision("D", Literal("1e-6200"), {})));
    QVERIFY(small.FindingOf("dmn/rounded").message.find("its value is 0") != std::string::npos);
  }

  void whenATableIsVeryLarge_thenItIsNotAnalysed() {
    std::vector<std::string> rules;
    for (int r = 0; r < 1'500; ++r) {
      std::string cell;
      for (int i = 0; i < 120; ++i)
        cell += (i > 0 ? "," : "") + std::to_string(r % 2 == 0 ? r * 120 + i : r * 120 + i + 7);
      rules.push_back(cell + " | - => 1");
    }
    TestModel model = Table(TableOf("", {"Age", "Risk"}, {""}, rules));
    QVERIFY(model.FindingOf("dmn/table-gap").rule.empty());
    QVERIFY(model.FindingOf("dmn/table-overlap").rule.empty());
  }

  void whenAnotherLanguageIsUsed_thenItIsRefused() {
    TestModel model(
        Definition("<decision id=\"D\" name=\"D\"><variable name=\"D\"/><literalExpression "
                   "expressionLanguage=\"http://www.w3.org/1999/XPath\"><text>//x</text></"
                   "literalExpression></decision>"));
    QCOMPARE(model.FindingOf("target/expression-language").severity, Severity::kError);
    QCOMPARE(model.Json("D"), "null");
  }

  void whenRulesAreListed_thenEachIdIsOnceAndSorted() {
    std::string last;
    for (const RuleDescription& rule : LintRules()) {
      QVERIFY2(last < rule.id, std::string(rule.id).c_str());
      last = rule.id;
    }
  }
};

QTEST_APPLESS_MAIN(DmnLintTest)
#include "dmn_lint_test.moc"
