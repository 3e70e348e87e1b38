#include <QtTest>

#include "notation/dmn/graph.h"
#include "tests/notation/bpmn/model_file.h"

using namespace ameide;
using namespace ameide::dmn;

/// Views of DMN files, the metamodel's tables and the requirements graph.
class DmnStructureTest : public QObject {
  Q_OBJECT

  static Document Read(const std::string& text) {
    auto document = DocumentOf(text);
    Q_ASSERT(document.ok());
    return *std::move(document);
  }
  static std::string Model(const std::string& body) {
    return "<definitions xmlns=\"" + std::string(kModelNamespace) + "\" name=\"M\" namespace=\"urn:m\">" +
           body + "</definitions>";
  }

 private Q_SLOTS:
  void whenAFileIsOfAnyRelease_thenItIsKnown() {
    for (const char* uri :
         {"http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/",
          "https://www.omg.org/spec/DMN/20191111/MODEL/", "https://www.omg.org/spec/DMN/20211108/MODEL/",
          "https://www.omg.org/spec/DMN/20230324/MODEL/", "https://www.omg.org/spec/DMN/20240513/MODEL/"}) {
      const Document document = Read("<d:definitions xmlns:d=\"" + std::string(uri) +
                                     "\"><d:decision id=\"x\" name=\" a\n b \"/></d:definitions>");
      const Definitions view(document);
      QVERIFY(view.version().has_value());
      QCOMPARE(view.drg_elements().size(), size_t{1});
      QCOMPARE(view.Find("x").name(), "a b");
    }
    QVERIFY(!IsDmn(Read("<definitions xmlns=\"urn:other\"/>")));
  }

  void whenATextHoldsReferences_thenBytesAreFoundInTheFile() {
    const Document document =
        Read(Model("\n<decision id=\"x\" name=\"x\">\n  <literalExpression><text>1 &lt; 2 and\r\n  ä = "
                   "b</text></literalExpression></decision>"));
    const Definitions view(document);
    const SourceText source = view.Source(view.Find("x").expression());
    QCOMPARE(source.text, "1 < 2 and\n  ä = b");
    QCOMPARE(source.start.line, 3u);
    QCOMPARE(source.At(4).column, source.start.column + 7);  // behind `1 &lt; `
    QCOMPARE(source.At(12).line, 4u);
    QCOMPARE(source.At(15).column, 5u);  // behind two spaces, an umlaut and a space
  }

  void whenATextIsCData_thenItsPlaceIsBehindTheMark() {
    const Document document =
        Read(Model("<decision id=\"x\" name=\"x\"><literalExpression><text><![CDATA[\n 1 < "
                   "2]]></text></literalExpression></decision>"));
    const Definitions view(document);
    const SourceText source = view.Source(view.Find("x").expression());
    QCOMPARE(source.text, "1 < 2");
    QCOMPARE(source.start.line, 2u);
    QCOMPARE(source.start.column, 2u);
  }

  void whenRequirementsLeadInACircle_thenTheCircleIsTold() {
    const auto decision = [](const std::string& id, const std::string& needs) {
      return "<decision id=\"" + id + "\" name=\"" + id +
             "\"><informationRequirement><requiredDecision href=\"#" + needs +
             "\"/></informationRequirement></decision>";
    };
    const Document document = Read(Model(decision("a", "b") + decision("b", "c") + decision("c", "b")));
    const Graph graph(document, "m.dmn");
    QCOMPARE(graph.problems().size(), size_t{1});
    QCOMPARE(graph.problems()[0].rule, "dmn/cyclic-requirement");
    QVERIFY(graph.problems()[0].message.find("\"b\" → \"c\" → \"b\"") != std::string::npos);
  }

  void whenAReferenceNamesTheModelsOwnNamespace_thenItIsLocal() {
    const Document document =
        Read(Model("<inputData id=\"i\" name=\"i\"/><decision id=\"a\" "
                   "name=\"a\"><informationRequirement><requiredInput "
                   "href=\"urn:m#i\"/></informationRequirement></decision>"));
    const Graph graph(document, "m.dmn");
    QVERIFY(graph.problems().empty());
    QCOMPARE(graph.nodes()[1].information.size(), size_t{1});
  }
};

QTEST_APPLESS_MAIN(DmnStructureTest)
#include "dmn_structure_test.moc"
