#include <QFile>
#include <QtTest>
#include <algorithm>
#include <set>
#include <string>

#include "notation/bpmn/lint.h"
#include "tests/notation/bpmn/model_file.h"

using ameide::bpmn::LintWithSchema;
using ameide::uaf::document::Finding;
using ameide::uaf::document::Severity;

namespace {

struct Case {
  QString name, rule;
  QStringList lines;
};

/// The cases of a file, see tests/notation/bpmn/cases/README.md.
std::vector<Case> ReadCases(const QString& name) {
  QFile file(qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/tests/notation/bpmn/cases/" + name);
  std::vector<Case> cases;
  if (!file.open(QIODevice::ReadOnly)) return cases;
  for (const QString& line : QString::fromUtf8(file.readAll()).split('\n', Qt::SkipEmptyParts)) {
    if (!line.startsWith("## ")) {
      cases.back().lines.append(line);
      continue;
    }
    const qsizetype colon = line.lastIndexOf(" : ");
    cases.push_back({line.mid(3, colon < 0 ? -1 : colon - 3), colon < 0 ? "" : line.mid(colon + 3), {}});
  }
  return cases;
}

bool Names(const QString& text, const QString& id) { return text.contains(" id=\"" + id + "\""); }

std::string Model(const Case& one) {
  QString body;
  std::set<QString> ends;
  for (const QString& line : one.lines) {
    if (!line.startsWith('@')) {
      body += line + "\n";
      continue;
    }
    const QStringList nodes = line.mid(1).split('>');
    for (qsizetype i = 0; i + 1 < nodes.size(); ++i) {
      body += QString("<sequenceFlow id=\"%1_%2\" sourceRef=\"%1\" targetRef=\"%2\"/>\n")
                  .arg(nodes[i], nodes[i + 1]);
    }
    ends.insert(nodes.begin(), nodes.end());
  }
  const bool whole =
      body.contains("<process") || body.contains("<collaboration") || body.contains("<choreography ");
  if (!whole) {
    if (ends.contains("s") && !Names(body, "s")) {
      const qsizetype lanes = body.lastIndexOf("</laneSet>\n");
      body.insert(lanes < 0 ? 0 : lanes + 11, "<startEvent id=\"s\" name=\"s\"/>\n");
    }
    if (ends.contains("e") && !Names(body, "e")) body += "<endEvent id=\"e\" name=\"e\"/>\n";
    body = "<process id=\"P\" isExecutable=\"false\">\n" + body + "</process>\n";
  }
  return "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
         "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
         "id=\"Definitions\" targetNamespace=\"urn:t\">\n" +
         body.toStdString() + "</definitions>\n";
}

std::string Text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += std::to_string(finding.line) + ": " +
            (finding.severity == Severity::kError ? "error " : "warning ") + finding.rule + " " +
            finding.message + "\n";
  }
  return text;
}

void AddRows(const QString& file) {
  QTest::addColumn<QString>("rule");
  QTest::addColumn<QString>("model");
  for (const Case& one : ReadCases(file))
    QTest::newRow(qPrintable(one.name)) << one.rule << QString::fromStdString(Model(one));
}

}  // namespace

class BpmnCasesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheStandardForbidsIt_thenItsRuleSpeaks_data() { AddRows("invalid.txt"); }

  void whenTheStandardForbidsIt_thenItsRuleSpeaks() {
    QFETCH(QString, rule);
    QFETCH(QString, model);
    const auto document = DocumentOf(model.toStdString());
    QVERIFY2(document.ok(), std::string(document.status().message()).c_str());
    const std::vector<Finding> findings = LintWithSchema(*document, {});
    QVERIFY2(std::any_of(findings.begin(), findings.end(),
                         [&](const Finding& finding) {
                           return finding.severity == Severity::kError && finding.rule == rule.toStdString();
                         }),
             (Text(findings) + model.toStdString()).c_str());
  }

  void whenItIsUnusualButAllowed_thenThereIsNoError_data() { AddRows("valid.txt"); }

  void whenItIsUnusualButAllowed_thenThereIsNoError() {
    QFETCH(QString, model);
    const auto document = DocumentOf(model.toStdString());
    QVERIFY2(document.ok(), std::string(document.status().message()).c_str());
    const std::vector<Finding> findings = LintWithSchema(*document, {});
    QVERIFY2(std::none_of(findings.begin(), findings.end(),
                          [](const Finding& finding) { return finding.severity == Severity::kError; }),
             (Text(findings) + model.toStdString()).c_str());
  }
};

QTEST_APPLESS_MAIN(BpmnCasesTest)
#include "bpmn_cases_test.moc"
