#include <QtTest>

#include "notation/dmn/lint_rules.h"
#include "tests/notation/dmn/dmn_models.h"
#include "uaf/document/text_edits.h"

using namespace ameide;
using namespace ameide::dmn;
using uaf::document::ApplyEdits;
using uaf::document::Finding;
using uaf::document::FixChoice;
using uaf::document::FixesOf;

/// The edits that findings propose: made, they mend what was found and change nothing else. And what the
/// schema says of a file.
class DmnFixTest : public QObject {
  Q_OBJECT

  /// `bytes` with every fix made that can be made at once.
  static std::string Fixed(const std::string& bytes, FixChoice choice = FixChoice::kAll) {
    const auto edited = ApplyEdits(bytes, FixesOf(TestModel(bytes).Findings(), choice));
    return edited.ok() ? *edited : std::string(edited.status().message());
  }
  static std::string Replaced(std::string text, const std::string& part, const std::string& by) {
    const size_t at = text.find(part);
    Q_ASSERT(at != std::string::npos);
    return text.replace(at, part.size(), by);
  }
  static std::vector<std::string> RulesOf(const std::string& bytes) {
    std::vector<std::string> rules;
    for (const Finding& finding : TestModel(bytes).Findings()) rules.push_back(finding.rule);
    return rules;
  }

 private Q_SLOTS:
  void whenANameIsMisspelt_thenTheFixWritesTheNearOne() {
    const std::string wrong =
        Definition(InputData("Amount", "number") + Decision("D", Literal("Amuont + 1"), {"Amount"}));
    QCOMPARE(Fixed(wrong), Replaced(wrong, "Amuont", "Amount"));
    QCOMPARE(Fixed(wrong, FixChoice::kCertain), wrong);  // it may have been meant to be something else
    const std::string small = Replaced(wrong, "Amuont", "amount");
    QCOMPARE(Fixed(small, FixChoice::kCertain), Replaced(wrong, "Amuont", "Amount"));
  }

  void whenTheTextBeforeItIsEscaped_thenTheFixIsStillInItsPlace() {
    const std::string wrong = Definition(
        InputData("Amount", "number") +
        Decision("D", Literal("if 1 &lt; 2 and\r\n \"ä&#10;\" = \"\" then Amuont else 0"), {"Amount"}));
    QCOMPARE(Fixed(wrong), Replaced(wrong, "Amuont", "Amount"));
  }

  void whenWhiteSpaceStandsBeforeTheText_thenTheFixIsStillInItsPlace() {
    for (const std::string text :
         {"  1 + Amuont", "\n    Amuont + 1\n", "\r\n\tAmuont + 1", "&#x20;1 + Amuont",
          "&#10; &#32; 1 + Amuont &lt; 2", " &#x20;1 &lt; 2 and\n Amuont &gt; 1 ",
          "<![CDATA[  1 + Amuont ]]>", " <![CDATA[\n Amuont + 1 ]]>\n"}) {
      const std::string wrong =
          Definition(InputData("Amount", "number") + Decision("D", Literal(text), {"Amount"}));
      QCOMPARE(Fixed(wrong), Replaced(wrong, "Amuont", "Amount"));
      const Finding finding = TestModel(wrong).FindingOf("dmn/unknown-name");
      const auto place = uaf::document::LineIndex(wrong).PositionAt(wrong.find("Amuont"));
      QCOMPARE(finding.line, place.line);
      QCOMPARE(finding.column, place.column);
    }
  }

  void whenTheTextIsInPieces_thenNothingIsWrittenIntoItsElement() {
    for (const std::string text :
         {"<!-- c -->1 + Amuont", "1 + Amuont<?x?>", "1 <![CDATA[+ Amuont]]>", " <!-- c --> Amuont"}) {
      const std::string wrong =
          Definition(InputData("Amount", "number") + Decision("D", Literal(text), {"Amount"}));
      QCOMPARE(Fixed(wrong), wrong);
      const Finding finding = TestModel(wrong).FindingOf("dmn/unknown-name");
      const auto place = uaf::document::LineIndex(wrong).PositionAt(wrong.find("<text>" + text));
      QCOMPARE(finding.line, place.line);
      QCOMPARE(finding.column, place.column);
    }
    // The text begins inside what an entity stands for.
    const std::string entity =
        "<!DOCTYPE definitions [<!ENTITY e \"  1 +\">]>\n" +
        Definition(InputData("Amount", "number") + Decision("D", Literal("&e; Amuont"), {"Amount"}));
    QCOMPARE(TestModel(entity).FindingOf("dmn/unknown-name").rule, "dmn/unknown-name");
    QCOMPARE(Fixed(entity), entity);
  }

  void whenTheFixNeedsEscaping_thenItIsEscapedInTextAndNotInCData() {
    const auto edits_of = [](const std::string& literal) {
      const Document document = *DocumentOf(Definition(Decision("D", Literal(literal))));
      const Definitions view(document);
      const SourceText source = view.Source(view.Find("D").expression());
      return EditOf({"Write it", {4, 5}, "a < b"}, source, document).edits.front();
    };
    const auto escaped = edits_of("1 + x");
    QCOMPARE(escaped.text, "a &lt; b");
    const auto verbatim = edits_of("<![CDATA[1 + x]]>");
    QCOMPARE(verbatim.text, "a < b");
    QCOMPARE(verbatim.begin.column, escaped.begin.column + 9);
    QCOMPARE(verbatim.end.column, verbatim.begin.column + 1);
  }

  void whenARequirementIsNotUsed_thenTheFixTakesItAway() {
    const std::string unused =
        "<informationRequirement><requiredInput href=\"#Risk\"/></informationRequirement>\n";
    const std::string wrong =
        Definition(InputData("Age") + InputData("Risk") + Decision("E", Literal("Risk"), {"Risk"}) +
                   Decision("D", Literal("Age"), {"Age", "Risk"}));
    const size_t at = wrong.rfind(unused);
    std::string right = wrong;
    right.erase(at - 1, unused.size());  // with the line end before it, not the one behind
    QCOMPARE(Fixed(wrong), right);
    QCOMPARE(RulesOf(right).size(), size_t{0});
  }

  void whenADomainIsPartOfALargerText_thenItsFixIsInItsOwnPlace() {
    const auto iteration = [](const std::string& in, const std::string& body) {
      return Definition(Decision("D", "<for iteratorVariable=\"i\"><in>" + Literal(in) + "</in><return>" +
                                          body + "</return></for>"));
    };
    const std::string kept = "111111111111111111111111111111111100";
    const std::string conditional = "<conditional><if>" + Literal("i &gt; 1") + "</if><then>" + Literal("1") +
                                    "</then><else>" + Literal("2") + "</else></conditional>";
    for (const std::string& body : {Literal("i + 1"), conditional}) {
      const std::string wrong = iteration("1..111111111111111111111111111111111117", body);
      QCOMPARE(Fixed(wrong), iteration("1.." + kept, body));
      const std::string unknown = iteration("1..Amuont", body);
      const Finding finding = TestModel(unknown).FindingOf("dmn/unknown-name");
      QVERIFY2(finding.message.find("Amuont") != std::string::npos, unknown.c_str());
      QCOMPARE(finding.column, static_cast<uint32_t>(std::string("<for iteratorVariable=\"i\"><in>"
                                                                 "<literalExpression><text>1..")
                                                         .size() +
                                                     1));
      QVERIFY(TestModel(iteration("1..", body)).FindingOf("dmn/feel-syntax").line > 0);
    }
    for (const std::string blanks : {"   ", "\n  ", "&#x20;"}) {
      const std::string wrong = iteration(blanks + "1..111111111111111111111111111111111117", conditional);
      QCOMPARE(Fixed(wrong), iteration(blanks + "1.." + kept, conditional));
    }
    // The same number in the body is mended there.
    const std::string inside = iteration("1..2", Literal("111111111111111111111111111111111117"));
    QCOMPARE(Fixed(inside), iteration("1..2", Literal(kept)));
  }

  void whenArgumentsAreMisnamed_thenTheFixesGiveEachParameterOnce() {
    const auto model = [](const std::string& call) {
      return Definition(
          "<businessKnowledgeModel id=\"F\" name=\"F\"><variable name=\"F\"/><encapsulatedLogic>"
          "<formalParameter name=\"rate\"/><formalParameter name=\"years\"/>" +
          Literal("rate + years") + "</encapsulatedLogic></businessKnowledgeModel>" +
          Decision("D", Literal(call), {}, {}, "", {"F"}));
    };
    QCOMPARE(Fixed(model("F(rate: 1, Rate: 2)"), FixChoice::kCertain), model("F(rate: 1, Rate: 2)"));
    QCOMPARE(Fixed(model("F(Rate: 1, year: 2)")), model("F(rate: 1, years: 2)"));
  }

  void whenAColumnTestsNothing_thenTheFixTakesItOutOfEveryRule() {
    const std::string wrong = Definition(
        InputData("Age", "number") + InputData("Risk", "string") + Decision("E", Literal("Risk"), {"Risk"}) +
        Decision("D", TableOf("", {"Age", "Risk"}, {""}, {"< 18 | - => 1", ">= 18 | - => 2"}),
                 {"Age", "Risk"}));
    const std::string right = Fixed(wrong);
    QCOMPARE(right.size(),
             wrong.size() -
                 std::string("\n<input><inputExpression><text>Risk</text></inputExpression></input>").size() -
                 2 * std::string("<inputEntry><text>-</text></inputEntry>").size());
    QCOMPARE(TestModel(right).Json("D", "{\"Age\": 20}"), "2");
    QCOMPARE(TestModel(right).FindingOf("dmn/wrong-number-of-cells").rule, "");
  }

  void whenARuleIsCoveredByEarlierOnes_thenTheFixTakesItAway() {
    const std::string wrong = Definition(
        InputData("Age", "number") +
        Decision("D", TableOf("hitPolicy=\"FIRST\"", {"Age"}, {""}, {"< 18 => 1", "- => 2", "> 60 => 3"}),
                 {"Age"}));
    const std::string right = Fixed(wrong);
    QVERIFY(right.find("<text>3</text>") == std::string::npos);
    QCOMPARE(RulesOf(right).size(), size_t{0});
  }

  void whenFixesOverlap_thenTheLaterWaits() {
    Finding first, second;
    first.fix = {"a", {{{1, 2}, {1, 4}, "x"}}};
    second.fix = {"b", {{{1, 3}, {1, 5}, "y"}, {{1, 7}, {1, 8}, "z"}}};
    const std::vector<Finding> findings = {first, second};
    QCOMPARE(*ApplyEdits("abcdefgh", FixesOf(findings, FixChoice::kCertain)), "axdefgh");
    const std::vector<Finding> alone = {second};
    QCOMPARE(*ApplyEdits("abcdefgh", FixesOf(alone, FixChoice::kCertain)), "abyefzh");
    QVERIFY(!ApplyEdits("abc", std::vector<uaf::document::TextEdit>{{{1, 2}, {1, 9}, ""}}).ok());
    QVERIFY(
        !ApplyEdits("abc", std::vector<uaf::document::TextEdit>{{{1, 1}, {1, 3}, ""}, {{1, 2}, {1, 4}, ""}})
             .ok());
  }

  void whenLinesAndBytesAreCounted_thenBothWaysAgree() {
    const std::string text = "ä\nb\r\n\n€c";
    const uaf::document::LineIndex lines(text);
    for (size_t offset = 0; offset <= text.size(); ++offset) {
      if (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80) continue;
      QCOMPARE(lines.OffsetAt(lines.PositionAt(offset)), std::optional<size_t>(offset));
    }
    QCOMPARE(lines.PositionAt(text.size()).line, 4u);
    QCOMPARE(lines.PositionAt(text.size()).column, 3u);
    QVERIFY(!lines.OffsetAt({1, 3}));
    QVERIFY(!lines.OffsetAt({5, 1}));
  }

  void whenADiagramBreaksTheSchema_thenTheSchemaSaysSo() {
    const std::string di =
        "<dmndi:DMNDI xmlns:dmndi=\"https://www.omg.org/spec/DMN/20230324/DMNDI/\">"
        "<dmndi:DMNDiagram id=\"di\"><dmndi:DMNShape id=\"s\" dmnElementRef=\"D\">"
        "<dc:Bounds xmlns:dc=\"http://www.omg.org/spec/DMN/20180521/DC/\" x=\"1\" y=\"2\" width=\"wide\" "
        "height=\"3\"/></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>";
    TestModel model(Definition(Decision("D", Literal("1")) + di));
    const Finding finding = model.FindingOf("xml/schema");
    QCOMPARE(finding.severity, uaf::document::Severity::kError);
    QCOMPARE(finding.message, "a value in Bounds is no number; correct it");
    const std::string right = Replaced(di, "wide", "20");
    QCOMPARE(TestModel(Definition(Decision("D", Literal("1")) + right)).FindingOf("xml/schema").rule, "");
  }

  void whenAReleaseHasASchema_thenASoundFilePassesIt() {
    for (const char* uri :
         {"http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/",
          "https://www.omg.org/spec/DMN/20191111/MODEL/", "https://www.omg.org/spec/DMN/20211108/MODEL/",
          "https://www.omg.org/spec/DMN/20230324/MODEL/"}) {
      TestModel sound(
          Definition(InputData("Age", "number") + Decision("D", Literal("Age"), {"Age"}), "urn:a", uri));
      QVERIFY2(sound.FindingOf("xml/schema").rule.empty(), sound.FindingOf("xml/schema").message.c_str());
      TestModel broken(Definition(Decision("1 D", Literal("1")), "urn:a", uri));
      QVERIFY2(broken.FindingOf("xml/schema").message.find("1 D") != std::string::npos, uri);
    }
  }
};

QTEST_APPLESS_MAIN(DmnFixTest)
#include "dmn_fix_test.moc"
