#include <QtTest>
#include <thread>

#include "notation/feel/duration.h"
#include "tests/notation/dmn/dmn_models.h"

using namespace ameide;
using namespace ameide::dmn;

/// Decision models by clause of DMN 1.5: what evaluates to what, and why something is null.
class DmnModelTest : public QObject {
  Q_OBJECT

  static std::string Item(const std::string& name, const std::string& inside,
                          const std::string& attributes = "") {
    return "<itemDefinition name=\"" + name + "\" " + attributes + ">" + inside + "</itemDefinition>\n";
  }
  static std::string Entry(const std::string& name, const std::string& expression,
                           const std::string& type = "") {
    const std::string type_ref = type.empty() ? "" : " typeRef=\"" + type + "\"";
    return "<contextEntry>" + (name.empty() ? "" : "<variable name=\"" + name + "\"" + type_ref + "/>") +
           expression + "</contextEntry>";
  }
  static std::string Knowledge(const std::string& name, const std::vector<std::string>& parameters,
                               const std::string& body, const std::vector<std::string>& functions = {}) {
    std::string text = "<businessKnowledgeModel id=\"" + name + "\" name=\"" + name + "\"><variable name=\"" +
                       name + "\"/><encapsulatedLogic>";
    for (const std::string& parameter : parameters) {
      const size_t colon = parameter.find(':');
      text += "<formalParameter name=\"" + parameter.substr(0, colon) + "\"" +
              (colon == std::string::npos ? "" : " typeRef=\"" + parameter.substr(colon + 1) + "\"") + "/>";
    }
    text += body + "</encapsulatedLogic>";
    for (const std::string& function : functions)
      text += "<knowledgeRequirement><requiredKnowledge href=\"#" + function + "\"/></knowledgeRequirement>";
    return text + "</businessKnowledgeModel>\n";
  }
  static std::string Child(const std::string& name, const std::string& expression) {
    return "<" + name + ">" + expression + "</" + name + ">";
  }

 private Q_SLOTS:
  void whenDecisionsDoubleAValueWithoutEnd_thenTheyEnd() {
    std::string body = Decision("D0", Literal("[1]"));
    for (int i = 1; i <= 60; ++i) {
      const std::string before = "D" + std::to_string(i - 1);
      body += Decision("D" + std::to_string(i), "<list>" + Literal(before) + Literal(before) + "</list>", {},
                       {before});
    }
    TestModel model(Definition(body + Decision("R", Literal("D60 = D60"), {}, {"D60"})));
    QCOMPARE(model.Json("R"), "null");
  }

  void whenFunctionsHoldFunctionsWithoutEnd_thenTheyEnd() {
    TestModel model(Definition(
        "<businessKnowledgeModel id=\"Hold\" name=\"Hold\"><variable name=\"Hold\"/><encapsulatedLogic>"
        "<formalParameter name=\"held\"/><functionDefinition><formalParameter name=\"x\"/>" +
        Literal("[held, x]") + "</functionDefinition></encapsulatedLogic></businessKnowledgeModel>" +
        Decision("D", Literal("count(for i in 1..100000 return if i = 1 then 1 else Hold(partial[-1]))"), {},
                 {}, "", {"Hold"})));
    QCOMPARE(model.Json("D"), "null");
  }

  // ---- Clause 6: requirements

  void whenADecisionRequiresOthers_thenTheirValuesAreInScope() {
    TestModel model(Definition(InputData("first name", "string") +
                               Decision("Greeting", Literal("\"Hello, \" + first name"), {"first name"}) +
                               Decision("Shout", Literal("upper case(Greeting)"), {}, {"Greeting"})));
    QCOMPARE(model.Json("Shout", R"({"first name": "Ada"})"), "\"HELLO, ADA\"");
  }

  void whenANameIsNotRequired_thenItIsNotInScope() {
    TestModel model(Definition(InputData("x") + Decision("D", Literal("x"))));
    QCOMPARE(model.Json("D", R"({"x": 1})"), "null");
    QCOMPARE(model.FindingOf("dmn/unknown-name").element, "D");
    QVERIFY(model.FindingOf("dmn/unknown-name").message.find("requirement") != std::string::npos);
  }

  void whenRequirementsLeadInACircle_thenTheyAreFoundAndGiveNull() {
    TestModel model(
        Definition(Decision("A", Literal("B + 1"), {}, {"B"}) + Decision("B", Literal("A + 1"), {}, {"A"})));
    QCOMPARE(model.Json("A"), "null");
    QVERIFY(!model.diagnostics().empty());
    QVERIFY(model.FindingOf("dmn/cyclic-requirement").message.find("\"A\"") != std::string::npos);
  }

  void whenADecisionHasNoLogic_thenItsValueIsWhatIsGiven() {
    TestModel model(Definition("<decision id=\"D\" name=\"D\"><variable name=\"D\"/></decision>\n" +
                               Decision("E", Literal("D + 1"), {}, {"D"})));
    QCOMPARE(model.Json("E", R"({"D": 2})"), "3");
    QCOMPARE(model.Json("E"), "null");
    QVERIFY(model.FirstReason().find("no decision logic") != std::string::npos);
  }

  void whenAModelIsImported_thenItsNamesStandBelowTheImportsName() {
    const std::string library = Definition(
        InputData("base") + Decision("Rate", Literal("base * 2"), {"base"}) +
            Knowledge("twice", {"n:number"}, Literal("n * 2")) +
            Item("tSmall", "<typeRef>number</typeRef><allowedValues><text>&lt; 10</text></allowedValues>"),
        "urn:lib");
    const std::string import =
        "<import name=\"Lib\" namespace=\"urn:lib\" importType=\"" + std::string(kModelNamespace) + "\"/>\n";
    TestModel model(
        Definition(import + Decision("D", Literal("Lib.Rate + Lib.twice(5)"), {}, {}, "Lib.tSmall") + "",
                   "urn:main"),
        {{"urn:lib", library}});
    QCOMPARE(model.Json("D"), "null");  // nothing is required
    const std::string requires_them =
        "<informationRequirement><requiredDecision href=\"urn:lib#Rate\"/></informationRequirement>"
        "<knowledgeRequirement><requiredKnowledge href=\"urn:lib#twice\"/></knowledgeRequirement>";
    const auto with = [&](const std::string& type) {
      return Definition(import + "<decision id=\"D\" name=\"D\"><variable name=\"D\" typeRef=\"" + type +
                            "\"/>" + requires_them + Literal("Lib.Rate + Lib.twice(5)") + "</decision>",
                        "urn:main");
    };
    TestModel number(with("number"), {{"urn:lib", library}});
    QCOMPARE(number.Json("D", R"({"Lib": {"base": 1}})"), "12");
    QCOMPARE(number.Json("D", R"({"base": 1})"), "12");
    TestModel small(with("Lib.tSmall"), {{"urn:lib", library}});
    QCOMPARE(small.Json("D", R"({"Lib": {"base": 1}})"), "null");
    QVERIFY(small.FirstReason().find("Lib.tSmall") != std::string::npos ||
            small.FirstReason().find("tSmall") != std::string::npos);
    QCOMPARE(number.Json("Lib.Rate", R"({"Lib": {"base": 4}})"), "8");
  }

  void whenAnImportHasNoName_thenItsNamesNeedNone() {
    const std::string library =
        Definition(Decision("Rate", Literal("21")) + Item("tNumber", "<typeRef>number</typeRef>"), "urn:lib");
    TestModel model(Definition("<import name=\"\" namespace=\"urn:lib\" importType=\"" +
                                   std::string(kModelNamespace) + "\"/>\n" +
                                   "<decision id=\"D\" name=\"D\"><variable name=\"D\" "
                                   "typeRef=\"tNumber\"/><informationRequirement>"
                                   "<requiredDecision href=\"urn:lib#Rate\"/></informationRequirement>" +
                                   Literal("Rate * 2") + "</decision>",
                               "urn:main"),
                    {{"urn:lib", library}});
    QCOMPARE(model.Json("D"), "42");
  }

  void whenAnImportIsNotFound_thenTheRestStillEvaluates() {
    TestModel model(Definition("<import name=\"Lib\" namespace=\"urn:none\" importType=\"" +
                               std::string(kModelNamespace) + "\"/>\n" + Decision("D", Literal("1 + 1"))));
    QCOMPARE(model.Json("D"), "2");
    QCOMPARE(model.FindingOf("dmn/import-not-found").line, 2u);
  }

  // ---- Clause 7: types

  void whenAValueIsNoneOfItsType_thenItIsNullWithTheReason() {
    TestModel model(Definition(InputData("x", "number") + Decision("D", Literal("x"), {"x"}) +
                               Decision("S", Literal("1 + 1"), {}, {}, "string")));
    QCOMPARE(model.Json("D", R"({"x": "text"})"), "null");
    QVERIFY(model.FirstReason().find("number") != std::string::npos);
    QCOMPARE(model.Json("S"), "null");
    QVERIFY(!model.diagnostics().empty());
    QCOMPARE(model.FindingOf("dmn/type-mismatch").severity,
             uaf::document::Severity::kWarning);  // of the variable's type
  }

  void whenAListOfOneIsGivenForItsItem_thenTheItemIsTaken() {
    TestModel model(Definition(InputData("x", "string") + Decision("D", Literal("x"), {"x"})));
    QCOMPARE(model.Json("D", R"({"x": ["only"]})"), "\"only\"");
    QCOMPARE(model.Json("D", R"({"x": ["a", "b"]})"), "null");
  }

  void whenATypeHasAllowedValues_thenOthersAreNull() {
    const std::string types =
        Item("tColor",
             "<typeRef>string</typeRef><allowedValues><text>\"red\", \"green\"</text></allowedValues>") +
        Item("tColors", "<typeRef>tColor</typeRef>", "isCollection=\"true\"") +
        Item("tCar",
             "<itemComponent name=\"color\"><typeRef>tColor</typeRef></itemComponent>"
             "<itemComponent "
             "name=\"doors\"><typeRef>number</typeRef><allowedValues><text>[2..5]</text></allowedValues></"
             "itemComponent>");
    TestModel model(Definition(types + InputData("c", "tColor") + InputData("cs", "tColors") +
                               InputData("car", "tCar") + Decision("C", Literal("c"), {"c"}) +
                               Decision("Cs", Literal("cs"), {"cs"}) +
                               Decision("Car", Literal("car"), {"car"})));
    QCOMPARE(model.Json("C", R"({"c": "red"})"), "\"red\"");
    QCOMPARE(model.Json("C", R"({"c": "blue"})"), "null");
    QVERIFY(model.FirstReason().find("allowed values of tColor") != std::string::npos);
    QCOMPARE(model.Json("Cs", R"({"cs": ["red", "green"]})"), R"(["red","green"])");
    QCOMPARE(model.Json("Cs", R"({"cs": ["red", "blue"]})"), "null");
    QCOMPARE(model.Json("Car", R"({"car": {"color": "red", "doors": 3, "more": 1}})"),
             R"({"color":"red","doors":3,"more":1})");
    QCOMPARE(model.Json("Car", R"({"car": {"color": "red", "doors": 6}})"), "null");
    QCOMPARE(model.Json("Car", R"({"car": {"color": "red"}})"), "null");
  }

  void whenACollectionHasATypeConstraint_thenItIsAboutTheWholeList() {
    const std::string types =
        Item("tFew",
             "<typeRef>number</typeRef><allowedValues><text>&gt; "
             "0</text></allowedValues><typeConstraint><text>count(?) &lt; 3</text></typeConstraint>",
             "isCollection=\"true\"");
    TestModel model(Definition(types + InputData("x", "tFew") + Decision("D", Literal("x"), {"x"})));
    QCOMPARE(model.Json("D", R"({"x": [1, 2]})"), "[1,2]");
    QCOMPARE(model.Json("D", R"({"x": [1, 2, 3]})"), "null");
    QCOMPARE(model.Json("D", R"({"x": [1, -2]})"), "null");
  }

  void whenAComponentsConstraintNamesASibling_thenItsValueIsMeant() {
    const std::string types =
        Item("tSpan",
             "<itemComponent name=\"from\"><typeRef>number</typeRef></itemComponent>"
             "<itemComponent name=\"to\"><typeRef>number</typeRef><typeConstraint><text>? &gt;= "
             "from</text></typeConstraint></itemComponent>");
    TestModel model(
        Definition(types + InputData("x", "tSpan") + Decision("D", Literal("x.to - x.from"), {"x"})));
    QCOMPARE(model.Json("D", R"({"x": {"from": 1, "to": 4}})"), "3");
    QCOMPARE(model.Json("D", R"({"x": {"from": 4, "to": 1}})"), "null");
  }

  void whenATypeHoldsItself_thenItStillCompiles() {
    TestModel model(Definition(Item("tTree",
                                    "<itemComponent name=\"children\" "
                                    "isCollection=\"true\"><typeRef>tTree</typeRef></itemComponent>") +
                               InputData("x", "tTree") + Decision("D", Literal("count(x.children)"), {"x"})));
    QCOMPARE(model.Json("D", R"({"x": {"children": [{"children": []}]}})"), "1");
  }

  void whenATypeIsUnknown_thenTheNearestIsSuggested() {
    TestModel model(Definition(Decision("D", Literal("1"), {}, {}, "numbere")));
    QVERIFY(model.FindingOf("dmn/unknown-type").message.find("did you mean number") != std::string::npos);
    QCOMPARE(model.Json("D"), "1");
  }

  // ---- Clause 6.3.9, 10.4: functions and services

  void whenAKnowledgeModelIsCalled_thenArgumentsAreConverted() {
    TestModel model(Definition(Knowledge("f", {"a:number", "b:number"}, Literal("a - b")) +
                               Decision("P", Literal("f(7, [2])"), {}, {}, "", {"f"}) +
                               Decision("N", Literal("f(b: 7, a: 2)"), {}, {}, "", {"f"}) +
                               Decision("W", Literal("f(\"x\", 2)"), {}, {}, "", {"f"})));
    QCOMPARE(model.Json("P"), "5");
    QCOMPARE(model.Json("N"), "-5");
    QCOMPARE(model.Json("W"), "null");
    QVERIFY(!model.diagnostics().empty());
  }

  void whenAKnowledgeModelCallsItself_thenItRecurs() {
    TestModel model(
        Definition(Knowledge("fact", {"n:number"}, Literal("if n &lt; 2 then 1 else n * fact(n - 1)")) +
                   Knowledge("forever", {"n"}, Literal("forever(n)")) +
                   Decision("D", Literal("fact(20)"), {}, {}, "", {"fact"}) +
                   Decision("E", Literal("forever(1)"), {}, {}, "", {"forever"})));
    QCOMPARE(model.Json("D"), "2432902008176640000");
    QCOMPARE(model.Json("E"), "null");
    QVERIFY(!model.diagnostics().empty());
  }

  void whenAServiceIsCalled_thenOnlyItsParametersReachItsDecisions() {
    const std::string services =
        InputData("x", "number") + Decision("Half", Literal("x / 2"), {"x"}) +
        Decision("Given", Literal("100")) + Decision("Sum", Literal("Half + Given"), {}, {"Half", "Given"}) +
        "<decisionService id=\"S\" name=\"S\"><variable name=\"S\"/><outputDecision href=\"#Sum\"/>"
        "<encapsulatedDecision href=\"#Half\"/><inputDecision href=\"#Given\"/><inputData "
        "href=\"#x\"/></decisionService>\n"
        "<decisionService id=\"T\" name=\"T\"><variable name=\"T\"/><outputDecision "
        "href=\"#Sum\"/><outputDecision href=\"#Half\"/>"
        "<inputData href=\"#x\"/></decisionService>\n";
    TestModel model(Definition(services + Decision("P", Literal("S(10, 1)"), {}, {}, "", {"S"}) +
                               Decision("N", Literal("S(Given: 2, x: 10)"), {}, {}, "", {"S"}) +
                               Decision("M", Literal("T(4).Half"), {}, {}, "", {"T"})));
    QCOMPARE(model.Json("P"), "6");  // input data come before input decisions (10.4)
    QCOMPARE(model.Json("N"), "7");
    QCOMPARE(model.Json("M"), "2");
    QCOMPARE(model.Json("S", R"({"x": 10, "Given": 1})"), "6");
    QCOMPARE(model.Json("T", R"({"x": 4})"), R"({"Sum":102,"Half":2})");
  }

  void whenAServicesInputIsImported_thenItsParameterIsNamedBelowTheImport() {
    const auto requires_service = [](const std::string& name, const std::string& logic) {
      return Decision(name, logic, {}, {}, "", {"S"});
    };
    const std::string binding = "<binding><parameter name=\"O.x\"/>" + Literal("3") + "</binding>";
    TestModel model(
        Definition("<import name=\"O\" namespace=\"urn:other\" importType=\"" + std::string(kModelNamespace) +
                   "\"/><decision id=\"D\" name=\"D\"><variable name=\"D\"/><informationRequirement>"
                   "<requiredInput href=\"urn:other#x\"/></informationRequirement>" +
                   Literal("O.x * 2") +
                   "</decision><decisionService id=\"S\" name=\"S\"><variable name=\"S\"/><outputDecision "
                   "href=\"#D\"/><inputData href=\"urn:other#x\"/></decisionService>" +
                   requires_service("Named", Literal("S(O.x: 3)")) +
                   requires_service("Placed", Literal("S(3)")) +
                   requires_service("Boxed", "<invocation>" + Literal("S") + binding + "</invocation>")),
        {{"urn:other", Definition(InputData("x", "number"), "urn:other")}});
    for (const char* const name : {"Named", "Placed", "Boxed"}) QCOMPARE(model.Json(name), "6");
    QCOMPARE(model.Findings().size(), size_t{0});
  }

  void whenInputsOfAServiceHaveOneName_thenTheyHaveOneValue() {
    const std::string input = "<inputData id=\"x1\" name=\"x\"><variable name=\"x\"/></inputData>";
    std::string second = input;
    second.replace(second.find("x1"), 2, "x2");
    TestModel model(
        Definition(input + second + Decision("D", Literal("x"), {"x1"}) +
                   Decision("E", Literal("x + D"), {"x2"}, {"D"}) +
                   "<decisionService id=\"S\" name=\"S\"><variable name=\"S\"/><outputDecision href=\"#E\"/>"
                   "<encapsulatedDecision href=\"#D\"/><inputData href=\"#x1\"/><inputData "
                   "href=\"#x2\"/></decisionService>" +
                   Decision("G", Literal("S(x: 3)"), {}, {}, "", {"S"})));
    QCOMPARE(model.Json("G"), "6");
  }

  void whenAServiceIsGivenWhatIsNoneOfItsInputs_thenItPlaysNoPart() {
    TestModel model(Definition(
        InputData("x") + InputData("z") + Decision("Inner", Literal("x + 1"), {"x"}) +
        Decision("Outer", Literal("Inner * 10"), {}, {"Inner"}) +
        "<decisionService id=\"S\" name=\"S\"><variable name=\"S\"/><outputDecision href=\"#Outer\"/>"
        "<encapsulatedDecision href=\"#Inner\"/><inputData href=\"#x\"/></decisionService>\n"));
    QCOMPARE(model.Json("S", "{\"x\": 1, \"Inner\": 100, \"z\": 5}"), "20");
    const auto service = model.model().Find("S");
    QVERIFY(service);
    const Model::Inputs inputs = model.model().BindInputs(feel::Context{{"x", 1}, {"Inner", 100}, {"z", 5}});
    std::vector<std::string> surplus;
    for (const uint32_t node : model.model().SurplusInputs(*service, inputs))
      surplus.push_back(model.model().nodes()[node].name);
    QCOMPARE(surplus, (std::vector<std::string>{"Inner", "z"}));
    QCOMPARE(model.Json("Outer", "{\"Inner\": 100}"), "1000");  // a decision takes what is given
  }

  void whenTextsReferToEntities_thenTheyAreWhatXmlSays() {
    const std::string text =
        "<!DOCTYPE definitions [<!ENTITY rate \"1.5\"><!ENTITY twice \"&rate; * 2\"><!-- <!ENTITY no \"x\"> "
        "-->"
        "<!ENTITY rate \"9\"><!ENTITY who \"Cust\"><!ENTITY amp2 \"&#38;#60;\">]>\n" +
        Definition(InputData("&who;omer") + Decision("D", Literal("&twice; + 1"), {"&who;omer"}) +
                   Decision("E", Literal("&who;omer + 1"), {"&who;omer"}) +
                   Decision("F", Literal("1 &amp2; 2")) + Decision("G", Literal("&twice; + nobody")));
    TestModel model(text);
    QCOMPARE(model.Json("D"), "4");
    QCOMPARE(model.Json("E", "{\"Customer\": 2}"), "3");
    QCOMPARE(model.Json("F"), "true");
    // Behind an entity places are those of the file.
    const auto unknown = model.FindingOf("dmn/unknown-name");
    QCOMPARE(unknown.element, "G");
    QCOMPARE(model.Json("G"), "null");
    QCOMPARE(model.diagnostics().front().column, unknown.column);
    QCOMPARE(unknown.column, uint32_t{36});
  }

  void whenAnEntityIsWrong_thenItsReferenceIsToldAndNothingIsReplacedThere() {
    const auto finding = [](const std::string& text) {
      return TestModel("<!DOCTYPE definitions [<!ENTITY bad \"Custmer\">]>\n" +
                       Definition(InputData("Customer") + Decision("D", Literal(text), {"Customer"})))
          .FindingOf("dmn/unknown-name");
    };
    QVERIFY(finding("1 + Custmer").fix);
    QVERIFY(finding("&bad; + 1").message.find("did you mean `Customer`") != std::string::npos);
    QVERIFY(!finding("&bad; + 1").fix);
    QCOMPARE(finding("1 + &bad;").column, uint32_t{30});
  }

  void whenAFunctionIsInJava_thenItIsRefusedAndTheRestRuns() {
    TestModel model(Definition(
        "<businessKnowledgeModel id=\"j\" name=\"j\"><variable name=\"j\"/><encapsulatedLogic kind=\"Java\">"
        "<formalParameter name=\"x\"/>" +
        Literal("1") + "</encapsulatedLogic></businessKnowledgeModel>\n" +
        Decision("J", Literal("j(1)"), {}, {}, "", {"j"}) + Decision("D", Literal("2"))));
    QCOMPARE(model.Json("J"), "null");
    QVERIFY(model.FirstReason().find("Java") != std::string::npos);
    QCOMPARE(model.Json("D"), "2");
    QCOMPARE(model.FindingOf("target/external-function").element, "j");
  }

  // ---- Clause 10.2: boxed expressions

  void whenAContextHasAResult_thenThatIsItsValue() {
    const std::string entries = Entry("a", Literal("1")) + Entry("b c", Literal("a + 1"), "number");
    TestModel model(
        Definition(Decision("All", "<context>" + entries + "</context>") +
                   Decision("One", "<context>" + entries + Entry("", Literal("b c * 10")) + "</context>") +
                   Decision("Typed", "<context>" + Entry("a", Literal("1"), "string") + "</context>")));
    QCOMPARE(model.Json("All"), R"({"a":1,"b c":2})");
    QCOMPARE(model.Json("One"), "20");
    QCOMPARE(model.Json("Typed"), R"({"a":null})");
  }

  void whenListsAndRelationsAreBoxed_thenTheyAreLists() {
    TestModel model(Definition(
        Decision("L", "<list>" + Literal("1") + "<list>" + Literal("2") + "</list></list>") +
        Decision("R", "<relation><column name=\"a\"/><column name=\"b\"/><row>" + Literal("1") +
                          Literal("2") + "</row><row>" + Literal("3") + Literal("4") + "</row></relation>")));
    QCOMPARE(model.Json("L"), "[1,[2]]");
    QCOMPARE(model.Json("R"), R"([{"a":1,"b":2},{"a":3,"b":4}])");
  }

  void whenAnInvocationIsBoxed_thenItsBindingsAreTheArguments() {
    const std::string bound = "<binding><parameter name=\"b\"/>" + Literal("2") +
                              "</binding><binding><parameter name=\"a\"/>" + Literal("9") + "</binding>";
    TestModel model(
        Definition(Knowledge("f", {"a", "b"}, Literal("a - b")) +
                   Decision("D", "<invocation>" + Literal("f") + bound + "</invocation>", {}, {}, "", {"f"}) +
                   Decision("S", "<invocation typeRef=\"string\">" + Literal("f") + bound + "</invocation>",
                            {}, {}, "", {"f"})));
    QCOMPARE(model.Json("D"), "7");
    QCOMPARE(model.Json("S"), "null");
  }

  void whenAFunctionIsBoxed_thenItCapturesItsScope() {
    TestModel model(Definition(
        InputData("k") +
        Decision("D",
                 "<context>" +
                     Entry("add", "<functionDefinition><formalParameter name=\"n\" typeRef=\"number\"/>" +
                                      Literal("n + k") + "</functionDefinition>") +
                     Entry("", Literal("[add(1), add(n: 2), add(\"x\")]")) + "</context>",
                 {"k"})));
    QCOMPARE(model.Json("D", R"({"k": 10})"), "[11,12,null]");
  }

  void whenConditionsFiltersAndLoopsAreBoxed_thenTheyMeanWhatFeelSays() {
    const auto literal = [](const char* name, const char* text) { return Child(name, Literal(text)); };
    const std::string table = TableOf("", {"n"}, {""}, {"< 3 => \"low\"", ">= 3 => \"high\""});
    TestModel model(Definition(
        InputData("xs") +
        Decision("If",
                 "<conditional>" + literal("if", "count(xs) &gt; 2") + literal("then", "\"many\"") +
                     literal("else", "\"few\"") + "</conditional>",
                 {"xs"}) +
        Decision("Filter", "<filter>" + literal("in", "xs") + literal("match", "item &gt; 2") + "</filter>",
                 {"xs"}) +
        Decision("Rows", "<filter>" +
                             Child("in", "<relation><column name=\"a\"/><column name=\"b\"/><row>" +
                                             Literal("1") + Literal("\"x\"") + "</row><row>" + Literal("2") +
                                             Literal("\"y\"") + "</row></relation>") +
                             literal("match", "a = 2 and item.b = \"y\"") + "</filter>") +
        Decision("For",
                 "<for iteratorVariable=\"n\">" + literal("in", "xs") +
                     literal("return", "n * n + count(partial)") + "</for>",
                 {"xs"}) +
        Decision("Range",
                 "<for iteratorVariable=\"n\">" + literal("in", "1..3") + literal("return", "n") + "</for>") +
        Decision("Table",
                 "<for iteratorVariable=\"n\">" + literal("in", "xs") + Child("return", table) + "</for>",
                 {"xs"}) +
        Decision("Some",
                 "<some iteratorVariable=\"n\">" + literal("in", "xs") + literal("satisfies", "n &gt; 2") +
                     "</some>",
                 {"xs"}) +
        Decision("Every",
                 "<every iteratorVariable=\"n\">" + literal("in", "xs") + literal("satisfies", "n &gt; 2") +
                     "</every>",
                 {"xs"}) +
        Decision(
            "Nested",
            "<every iteratorVariable=\"n\">" + literal("in", "xs") +
                Child("satisfies", "<conditional>" + literal("if", "n &gt; 2") + literal("then", "true") +
                                       literal("else", "false") + "</conditional>") +
                "</every>",
            {"xs"}) +
        Decision("Matching",
                 "<filter>" +
                     Child("in", "<relation><column name=\"a\"/><row>" + Literal("1") + "</row><row>" +
                                     Literal("2") + "</row></relation>") +
                     Child("match", "<conditional>" + literal("if", "a = 2") + literal("then", "true") +
                                        literal("else", "false") + "</conditional>") +
                     "</filter>")));
    const std::string context = R"({"xs": [1, 2, 3]})";
    QCOMPARE(model.Json("If", context), "\"many\"");
    QCOMPARE(model.Json("If", R"({"xs": []})"), "\"few\"");
    QCOMPARE(model.Json("Filter", context), "[3]");
    QCOMPARE(model.Json("Rows"), R"([{"a":2,"b":"y"}])");
    QCOMPARE(model.Json("For", context), "[1,5,11]");
    QVERIFY2(model.Json("Range") == "[1,2,3]", model.FirstReason().c_str());
    QCOMPARE(model.Json("Table", context), R"(["low","low","high"])");
    QCOMPARE(model.Json("Some", context), "true");
    QCOMPARE(model.Json("Every", context), "false");
    QCOMPARE(model.Json("Nested", R"({"xs": [3, 4]})"), "true");
    QCOMPARE(model.Json("Matching"), R"([{"a":2}])");
  }

  // ---- Older files

  void whenAFileIsOfAnOlderRelease_thenItIsReadAlike() {
    const std::string old =
        "<definitions xmlns=\"http://www.omg.org/spec/DMN/20151101/dmn.xsd\" "
        "xmlns:feel=\"http://www.omg.org/spec/FEEL/20140401\""
        " xmlns:t=\"urn:old\" name=\"Old\" namespace=\"urn:old\">"
        "<itemDefinition name=\"tYears\"><typeRef>feel:number</typeRef></itemDefinition>"
        "<inputData id=\"Age\" name=\"Age\"><variable name=\"Age\" typeRef=\"t:tYears\"/></inputData>"
        "<decision id=\"D\" name=\"D\"><variable name=\"D\" "
        "typeRef=\"feel:boolean\"/><informationRequirement><requiredInput href=\"#Age\"/>"
        "</informationRequirement><literalExpression><text>Age &gt;= "
        "18</text></literalExpression></decision></definitions>";
    TestModel model(old);
    QCOMPARE(model.Json("D", R"({"Age": 20})"), "true");
    QCOMPARE(model.Json("D", R"({"Age": "20"})"), "null");
    for (const auto& finding : model.Findings())
      QVERIFY2(finding.severity != uaf::document::Severity::kError, finding.message.c_str());
  }

  // ---- Reasons

  void whenSomethingIsNull_thenTheReasonHasALineAColumnAndACaret() {
    TestModel model(
        Definition(InputData("x") +
                   Decision("D", Literal("if 1 &lt; 2 then\n  substring(x, \"a\") else \"b\""), {"x"})));
    QCOMPARE(model.Json("D", R"({"x": "abc"})"), "null");
    QVERIFY(!model.diagnostics().empty());
    const Diagnostic& reason = model.diagnostics().front();
    QCOMPARE(reason.path, "test.dmn");
    QCOMPARE(reason.element, "D");
    const std::string text = Render(reason);
    QVERIFY2(text.find(" --> test.dmn:7:3\n") != std::string::npos, text.c_str());
    QVERIFY2(text.find("^") != std::string::npos && text.find("substring(x") != std::string::npos,
             text.c_str());
  }

  void whenAnEvaluationCostsTooMuch_thenItEnds() {
    TestModel model(Definition(Decision("D", Literal("count(for a in 1..100000, b in 1..100000 return a)"))));
    const auto node = model.model().Find("D");
    std::vector<Diagnostic> reasons;
    EvaluateOptions options;
    options.diagnostics = &reasons;
    options.steps = 100'000;
    QVERIFY(model.model().Evaluate(*node, {}, options).is_null());
    QVERIFY(!reasons.empty());
  }

  void whenNowIsGiven_thenItIsNow() {
    TestModel model(Definition(Decision("D", Literal("now()"))));
    const feel::DateTime now = *feel::ParseDateAndTime("2026-02-03T04:05:06Z");
    EvaluateOptions options;
    options.now = &now;
    QCOMPARE(feel::ToText(model.model().Evaluate(*model.model().Find("D"), {}, options)),
             "2026-02-03T04:05:06Z");
  }

  // ---- Sharing

  void whenAModelIsShared_thenThreadsEvaluateAtOnce() {
    TestModel model(
        Definition(InputData("x") +
                   Decision("D", TableOf("", {"x"}, {""}, {"< 50 => x * 2", ">= 50 => x * 3"}), {"x"})));
    const uint32_t x = *model.model().Find("x"), d = *model.model().Find("D");
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        Evaluation evaluation(model.model());
        for (int i = 0; i < 500; ++i) {
          const int value = (i + t * 7) % 100;
          evaluation.Set(x, feel::Value(value));
          if (!(evaluation.Evaluate(d) == feel::Value(value < 50 ? value * 2 : value * 3))) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(wrong.load(), 0);
  }

  void whenTheModelIsGone_thenAFunctionItGaveStillAnswers() {
    feel::Value function;
    {
      TestModel model(Definition(Decision("D", "<functionDefinition><formalParameter name=\"n\"/>" +
                                                   Literal("n + 1") + "</functionDefinition>")));
      function = model.ValueOf("D");
      const feel::Value arguments[] = {feel::Value(1)};
      QCOMPARE(feel::Invoke(function, arguments), feel::Value(2));
    }
    const feel::Value arguments[] = {feel::Value(1)};
    QVERIFY(feel::Invoke(function, arguments).is_null());
  }
};

QTEST_APPLESS_MAIN(DmnModelTest)
#include "dmn_model_test.moc"
