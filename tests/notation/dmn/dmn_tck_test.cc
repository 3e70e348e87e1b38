#include <QDirIterator>
#include <QtTest>

#include "notation/dmn/tck.h"
#include "notation/feel/duration.h"
#include "tests/notation/dmn/dmn_models.h"

using namespace ameide;
using namespace ameide::dmn;

/// Every case of the DMN Technology Compatibility Kit that lies on this machine passes, but those that call
/// Java.
class DmnTckTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheKitRuns_thenEveryCasePasses() {
    const QString root = ConformanceDirectory() + "/dmn-tck";
    if (ConformanceDirectory().isEmpty() || !QFile::exists(root)) QSKIP("the DMN TCK is not on this machine");
    const feel::DateTime now = *feel::ParseDateAndTime("2026-05-17T12:34:56.789Z");
    int cases = 0;
    QStringList failed;
    QDirIterator files(root, {"*-test-*.xml"}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
      const QString path = files.next(), folder = QFileInfo(path).path();
      if (folder.endsWith("0076-feel-external-java")) continue;
      const auto document = DocumentFromFile(path);
      QVERIFY2(document.ok(), qPrintable(path));
      const auto tests = ReadTests(*document);
      QVERIFY2(tests.ok(),
               qPrintable(path + ": " + QString::fromStdString(std::string(tests.status().message()))));
      const auto model_document = DocumentFromFile(folder + "/" + QString::fromStdString(tests->model));
      QVERIFY2(model_document.ok(), qPrintable(path));
      const Model model(Graph(*model_document, tests->model, FolderLoader(folder)));
      for (const TestOutcome& outcome : RunTests(model, *tests, &now)) {
        ++cases;
        for (const std::string& failure : outcome.failures)
          failed << QFileInfo(path).fileName() + " " + QString::fromStdString(outcome.id + ": " + failure);
      }
    }
    qInfo("%d cases", cases);
    QVERIFY(cases > 0);
    QVERIFY2(failed.isEmpty(), qPrintable(QString::number(failed.size()) + " failed:\n" + failed.join('\n')));
  }

  void whenACaseNamesANamespace_thenItsDecisionsAreOfThatModel() {
    TestModel model(Definition("<import name=\"Other\" namespace=\"urn:other\" importType=\"" +
                               std::string(kModelNamespace) + "\"/>" + Decision("D", Literal("1"))),
                    {{"urn:other", Definition(Decision("D", Literal("2")), "urn:other")}});
    const auto document = DocumentOf(
        "<testCases xmlns=\"http://www.omg.org/spec/DMN/20160719/testcase\" "
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
        "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">"
        "<testCase id=\"own\"><resultNode name=\"D\"><expected><value "
        "xsi:type=\"xsd:decimal\">1</value></expected></resultNode></testCase>"
        "<testCase id=\"other\" namespace=\"urn:other\">"
        "<resultNode name=\"D\"><expected><value "
        "xsi:type=\"xsd:decimal\">2</value></expected></resultNode></testCase></testCases>");
    QVERIFY(document.ok());
    const auto tests = ReadTests(*document);
    QVERIFY2(tests.ok(), tests.status().ToString().c_str());
    const std::vector<TestOutcome> outcomes = RunTests(model.model(), *tests);
    QCOMPARE(outcomes.size(), 2u);
    for (const TestOutcome& outcome : outcomes) QCOMPARE(outcome.failures, std::vector<std::string>());
  }

  void whenACaseNamesANamespace_thenItsInputsAreOfThatModelAndNamesOfImportsStillHold() {
    const std::string other =
        Definition(InputData("x", "number") + Decision("E", Literal("x + 1"), {"x"}), "urn:other");
    TestModel model(
        Definition("<import name=\"O\" namespace=\"urn:other\" importType=\"" + std::string(kModelNamespace) +
                   "\"/>" + InputData("x", "number") + Decision("E", Literal("x * 10"), {"x"})),
        {{"urn:other", other}});
    const auto outcome = [&](const std::string& space, const std::string& input, const std::string& result,
                             const std::string& expected) {
      const auto value = [](const std::string& number) {
        return "<value xsi:type=\"xsd:decimal\">" + number + "</value>";
      };
      const auto document = DocumentOf(
          "<testCases xmlns=\"http://www.omg.org/spec/DMN/20160719/testcase\" "
          "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
          "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"" +
          space + "><inputNode" + input + ">" + value("5") + "</inputNode><resultNode" + result +
          "><expected>" + value(expected) + "</expected></resultNode></testCase></testCases>");
      if (!document.ok()) return std::string(document.status().message());
      const auto tests = ReadTests(*document);
      if (!tests.ok()) return std::string(tests.status().message());
      std::string failures;
      for (const TestOutcome& each : RunTests(model.model(), *tests)) {
        for (const std::string& failure : each.failures) failures += failure;
      }
      return failures;
    };
    const std::string of_other = "><testCase id=\"1\" namespace=\"urn:other\"";
    const std::string of_root = "><testCase id=\"1\" namespace=\"urn:test\"";
    const std::string all_of_root = " namespace=\"urn:test\"><testCase id=\"1\"";
    QCOMPARE(outcome("><testCase id=\"1\"", " name=\"x\"", " name=\"E\"", "50"), "");
    QCOMPARE(outcome(of_other, " name=\"x\"", " name=\"E\"", "6"), "");
    QCOMPARE(outcome(of_root, " name=\"x\"", " name=\"E\"", "50"), "");
    for (const std::string& space : {of_root, all_of_root})
      QCOMPARE(outcome(space, " name=\"x\" namespace=\"urn:other\"", " name=\"O.E\"", "6"), "");
  }

  /// The kit's files are valid: an error where the standard forbids nothing would be a false one.
  void whenTheKitsModelsAreChecked_thenTheirStructureIsSound() {
    const QString root = ConformanceDirectory() + "/dmn-tck";
    if (ConformanceDirectory().isEmpty() || !QFile::exists(root)) QSKIP("the DMN TCK is not on this machine");
    QDirIterator files(root, {"*.dmn"}, QDir::Files, QDirIterator::Subdirectories);
    QStringList wrong;
    while (files.hasNext()) {
      const QString path = files.next();
      const auto document = DocumentFromFile(path);
      QVERIFY2(document.ok(), qPrintable(path));
      for (const auto& finding : Lint(*document, path.toStdString(), FolderLoader(QFileInfo(path).path()))) {
        if (finding.rule == "dmn/schema" || finding.rule == "dmn/dangling-reference" ||
            finding.rule == "dmn/unknown-type")
          wrong << path.section('/', -1) + ":" + QString::number(finding.line) + " " +
                       QString::fromStdString(finding.rule + " " + finding.message);
      }
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
  }
};

QTEST_APPLESS_MAIN(DmnTckTest)
#include "dmn_tck_test.moc"
