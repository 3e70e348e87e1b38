#include <QDir>
#include <QtTest>
#include <string>

#include "backend/compiler/compile.h"
#include "notation/bpmn/lint.h"
#include "notation/xml/intake.h"
#include "tests/backend/bpmn_builder.h"

using namespace ameide;            // NOLINT
using namespace ameide::compiler;  // NOLINT

namespace {

CompileResult CompileText(const std::string& xml, const CompileOptions& options) {
  const auto intake = xml::Accept(xml);
  if (!intake.ok()) qFatal("%s", std::string(intake.status().message()).c_str());
  const auto document = uaf::document::Document::Import(intake->import, xml, {});
  if (!document.ok()) qFatal("%s", std::string(document.status().message()).c_str());
  return Compile(*document, options);
}

}  // namespace

/// The lint is the compiler's gate.
class LintGateTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenOnlyTheFormIsWrong_thenItIsAFindingAndASimulationRuns() {
    std::string xml = BpmnBuilder().Start().Parallel("fork").End().Chain({"start", "fork", "end"}).Xml();
    xml.insert(
        xml.rfind("</"),
        "<d:BPMNDiagram xmlns:d=\"http://www.omg.org/spec/BPMN/20100524/DI\" id=\"diagram\"><d:BPMNPlane "
        "id=\"plane\" bpmnElement=\"gone\"/></d:BPMNDiagram>");
    const CompileResult strict = CompileText(xml, {});
    QCOMPARE(strict.findings.size(), size_t{2});
    QCOMPARE(strict.findings[0].rule + " " + strict.findings[0].element,
             std::string("bpmn/gateway-flows fork"));
    QCOMPARE(strict.findings[1].rule + " " + strict.findings[1].element,
             std::string("bpmn/dangling-reference plane"));
    CompileOptions options;
    options.form_matters = false;
    const CompileResult simulated = CompileText(xml, options);
    QVERIFY(simulated.ok());
    QCOMPARE(simulated.processes.size(), size_t{1});
  }

  /// The models of the lint's own tests (tests/notation/bpmn/models): what it calls an error is refused, for
  /// the same reason, at the same place.
  void whenLintHasErrors_thenExactlyTheseAreRefused() {
    const QDir folder(qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/tests/notation/bpmn/models");
    const QStringList names = folder.entryList({"*.bpmn"}, QDir::Files);
    QVERIFY(names.size() > 100);
    for (const QString& name : names) {
      QFile file(folder.filePath(name));
      QVERIFY(file.open(QIODevice::ReadOnly));
      const std::string text = file.readAll().toStdString();
      const auto intake = xml::Accept(text);
      QVERIFY2(intake.ok(), qPrintable(name));
      const auto document = uaf::document::Document::Import(intake->import, text, {});
      QVERIFY2(document.ok(), qPrintable(name));
      std::string lint, compiled;
      for (const auto& finding : bpmn::LintWithSchema(*document, {})) {
        if (finding.severity != uaf::document::Severity::kError) continue;
        lint += std::to_string(finding.line) + " " + finding.rule + " " + finding.element + "\n";
      }
      for (const CompileFinding& finding : Compile(*document, {}).findings) {
        if (finding.rule.empty()) continue;  // what the engine does not run
        compiled += std::to_string(finding.line) + " " + finding.rule + " " + finding.element + "\n";
      }
      QVERIFY2(compiled == lint,
               qPrintable(name + ":\n" + QString::fromStdString(compiled + "not\n" + lint)));
    }
  }
};

QTEST_APPLESS_MAIN(LintGateTest)
#include "lint_gate_test.moc"
