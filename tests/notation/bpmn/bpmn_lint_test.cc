#include <QDir>
#include <QElapsedTimer>
#include <QRegularExpression>
#include <QtTest>
#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "notation/bpmn/lint.h"
#include "tests/notation/bpmn/model_file.h"
#include "uaf/document/text_edits.h"

using ameide::bpmn::Lint;
using ameide::bpmn::LintProfile;
using ameide::bpmn::LintRules;
using ameide::bpmn::RuleDescription;
using ameide::uaf::document::Finding;
using ameide::uaf::document::Severity;

namespace {

QString Models() { return qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/tests/notation/bpmn/models/"; }

std::string Text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += "\n" + std::to_string(finding.line) + ": " + finding.rule + " " + finding.element + ": " +
            finding.message;
  }
  return text;
}

std::vector<Finding> LintFile(const QString& path, LintProfile profile) {
  const auto document = DocumentFromFile(path);
  if (!document.ok())
    return {{Severity::kError, "xml/not-well-formed", "", 0, 0, std::string(document.status().message())}};
  return Lint(*document, {profile});
}

std::string LargeModel(int tasks) {
  std::string model =
      "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
      "xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' targetNamespace='t'>\n<process id='P' "
      "isExecutable='true'>\n"
      "<startEvent id='T0' name='Start'/>\n";
  std::string diagram = "<di:BPMNDiagram id='D'><di:BPMNPlane id='DP' bpmnElement='P'>\n";
  for (int i = 1; i <= tasks; ++i) {
    const std::string n = std::to_string(i), before = std::to_string(i - 1);
    model += "<userTask id='T" + n + "' name='Task " + n + "'><incoming>F" + n +
             "</incoming></userTask>\n<sequenceFlow id='F" + n + "' sourceRef='T" + before +
             "' targetRef='T" + n + "'/>\n";
    diagram += "<di:BPMNShape id='S" + n + "' bpmnElement='T" + n + "'/><di:BPMNEdge id='E" + n +
               "' bpmnElement='F" + n + "'/>\n";
  }
  return model + "</process>" + diagram + "</di:BPMNPlane></di:BPMNDiagram></definitions>\n";
}

}  // namespace

namespace {

/// A model in which some attributes have the values of others, and some lines stand twice or at another
/// place.
std::string Shuffled(const std::string& model, std::mt19937& random) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < model.size();) {
    const size_t end = std::min(model.find('\n', begin), model.size() - 1) + 1;
    lines.push_back(model.substr(begin, end - begin));
    begin = end;
  }
  constexpr size_t kHead = 9;  // the declaration and the root's start tag
  if (lines.size() < kHead + 3) return model;
  const auto line = [&]() -> std::string& { return lines[kHead + random() % (lines.size() - kHead - 1)]; };
  const auto value_of = [&](const std::string& text) {
    const size_t begin = text.find("=\"", random() % text.size());
    const size_t end = begin == std::string::npos ? begin : text.find('"', begin + 2);
    return end == std::string::npos ? std::pair<size_t, size_t>() : std::pair(begin + 2, end - begin - 2);
  };
  for (size_t left = 1 + random() % 4; left > 0; --left) {
    std::string& one = line();
    const std::string other = line();
    if (random() % 3 == 0 && other.find("/>") != std::string::npos) {
      one += other;
      continue;
    }
    const auto [to, to_size] = value_of(one);
    const auto [from, from_size] = value_of(other);
    if (to_size > 0 && from_size > 0) one.replace(to, to_size, other, from, from_size);
  }
  std::string shuffled;
  for (const std::string& each : lines) shuffled += each;
  return shuffled;
}

/// The table of docs/guide/lint-rules.md.
std::string RuleTable() {
  std::string table = "| rule | severity | says | clause |\n|---|---|---|---|\n";
  for (const RuleDescription& rule : LintRules()) {
    table +=
        "| `" + std::string(rule.id) + "` | " + (rule.severity == Severity::kError ? "error" : "warning");
    table += std::string(rule.execution_is_defined ? ", runs" : "") + " | " + std::string(rule.summary) +
             " | " + std::string(rule.clause) + " |\n";
  }
  return table;
}

}  // namespace

class BpmnLintTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenARuleMeetsItsModels_thenOnlyTheBadOneIsFound_data() {
    QTest::addColumn<QString>("rule");
    for (const RuleDescription& rule : LintRules()) {
      const QString id = QString::fromStdString(std::string(rule.id));
      QTest::newRow(qPrintable(id)) << id;
    }
  }

  /// In the models, what a finding must name has an id that begins with "Bad".
  void whenARuleMeetsItsModels_thenOnlyTheBadOneIsFound() {
    QFETCH(QString, rule);
    const QString stem = Models() + QString(rule).replace('/', '_');
    const std::vector<Finding> good = LintFile(stem + ".good.bpmn", LintProfile::kExecution);
    QVERIFY2(good.empty(), Text(good).c_str());
    const std::vector<Finding> bad = LintFile(stem + ".bad.bpmn", LintProfile::kExecution);
    int found = 0;
    for (const Finding& finding : bad) {
      if (finding.rule != rule.toStdString()) continue;
      ++found;
      QVERIFY2(finding.element.starts_with("Bad"), Text(bad).c_str());
      QVERIFY2(finding.line > 0 && finding.column > 0, Text(bad).c_str());
      QVERIFY2(finding.message.size() > 20, Text(bad).c_str());
    }
    QVERIFY2(found > 0, ("nothing found but" + Text(bad)).c_str());
  }

  void whenAFindingCanBeMended_thenItIsGoneAfterwardsAndNothingElseHasChanged() {
    std::set<std::string> mended;
    for (const QString& name : QDir(Models()).entryList({"*.bad.bpmn"})) {
      const auto document = DocumentFromFile(Models() + name);
      if (!document.ok()) continue;
      const std::string text = document->Render();
      for (const Finding& finding : Lint(*document, {})) {
        if (!finding.fix) continue;
        mended.insert(finding.rule);
        const auto edited = ameide::uaf::document::ApplyEdits(text, finding.fix->edits);
        QVERIFY2(edited.ok(), std::string(edited.status().message()).c_str());
        const auto after = DocumentOf(*edited);
        QVERIFY2(after.ok(), edited->c_str());
        const std::vector<Finding> left = Lint(*after, {});
        QVERIFY2(std::none_of(left.begin(), left.end(),
                              [&](const Finding& f) {
                                return f.rule == finding.rule && f.element == finding.element;
                              }),
                 (name.toStdString() + Text(left)).c_str());
        QVERIFY(edited->size() + 300 > text.size());
      }
    }
    for (const char* rule : {"bpmn/gateway-direction", "bpmn/immediate-flow", "bpmn/default-flow-condition",
                             "bpmn/condition-on-parallel-gateway"})
      QVERIFY2(mended.contains(rule), rule);
  }

  void whenAnExpressionIsNotWhatItLooksLike_thenItIsTold() {
    const auto document = DocumentFromFile(Models() + "target_feel-null.bad.bpmn");
    QVERIFY(document.ok());
    const std::string text = document->Render(), condition = "abs(\"total\") &gt; 1";
    QVERIFY(text.find(condition) != std::string::npos);
    for (const auto& [written, said] : std::initializer_list<std::pair<const char*, const char*>>{
             {"total &gt; 12345678901234567890123456789012345678", "the number is rounded"},
             {"due &lt; 2026-03-01", "this is a subtraction"},
             {"total &gt; 1/0", "division by zero"},
             {"{f: function(a, b) a, r: f(a: total)}.r = 1", "the parameter b is not given"}}) {
      std::string wrong = text;
      wrong.replace(wrong.find(condition), condition.size(), written);
      const std::vector<Finding> findings = Lint(*DocumentOf(wrong), {LintProfile::kExecution});
      QVERIFY2(findings.size() == 1 && findings[0].rule == "target/feel-null" &&
                   findings[0].message.find(said) != std::string::npos,
               (written + Text(findings)).c_str());
    }
  }

  void whenTheProfileIsDocumentation_thenNoTargetRuleSpeaks() {
    for (const RuleDescription& rule : LintRules()) {
      if (!rule.id.starts_with("target/")) continue;
      const QString file =
          Models() + QString::fromStdString(std::string(rule.id)).replace('/', '_') + ".bad.bpmn";
      const std::vector<Finding> findings = LintFile(file, LintProfile::kDocumentation);
      QVERIFY2(std::none_of(findings.begin(), findings.end(),
                            [](const Finding& f) { return f.rule.starts_with("target/"); }),
               Text(findings).c_str());
    }
  }

  void whenAModelIsOneOfMiwgs_thenThereAreNoErrors_data() {
    QTest::addColumn<QString>("file");
    const QString root = ConformanceDirectory();
    if (root.isEmpty()) QSKIP("the conformance suites are not on this machine");
    for (const QString& name : QDir(root + "/bpmn-miwg").entryList({"*.bpmn"}))
      QTest::newRow(qPrintable(name)) << root + "/bpmn-miwg/" + name;
  }

  void whenAModelIsOneOfMiwgs_thenThereAreNoErrors() {
    QFETCH(QString, file);
    for (const Finding& finding : LintFile(file, LintProfile::kDocumentation)) {
      QVERIFY2(finding.severity != Severity::kError, Text({finding}).c_str());
    }
  }

  void whenTheSampleIsLinted_thenNothingIsFound() {
    const QString file =
        qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/resources/sample/processes/order-to-cash.bpmn";
    const std::vector<Finding> findings = LintFile(file, LintProfile::kExecution);
    QVERIFY2(findings.empty(), Text(findings).c_str());
  }

  void whenTheProfileIsCamunda8_thenItsOwnExtensionsCount() {
    const QString file = Models() + "target_task-type.bad.bpmn";
    for (const Finding& finding : LintFile(file, LintProfile::kCamunda8)) {
      QVERIFY2(finding.rule != "target/task-type", Text({finding}).c_str());
    }
  }

  void whenCamunda8NeedsMoreThanTheStandard_thenItIsFound() {
    const std::string model =
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='urn:t' "
        "xmlns:z='http://camunda.org/schema/zeebe/1.0'><message id='keyed' name='k'><extensionElements>"
        "<z:subscription correlationKey='=id'/></extensionElements></message><message id='free' name='f'/>"
        "<process id='P' isExecutable='true'><startEvent id='s'><messageEventDefinition messageRef='free'/>"
        "</startEvent><userTask id='many'><multiInstanceLoopCharacteristics><loopCardinality>2"
        "</loopCardinality></multiInstanceLoopCharacteristics></userTask><eventBasedGateway id='race'/>"
        "<receiveTask id='r' messageRef='keyed'/><intermediateCatchEvent id='t'><timerEventDefinition>"
        "<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>"
        "<intermediateCatchEvent id='c'><messageEventDefinition messageRef='free'/></intermediateCatchEvent>"
        "<endEvent id='e'><messageEventDefinition messageRef='free'/></endEvent>"
        "<sequenceFlow id='f1' sourceRef='s' targetRef='many'/><sequenceFlow id='f2' sourceRef='many' "
        "targetRef='race'/><sequenceFlow id='f3' sourceRef='race' targetRef='r'/><sequenceFlow id='f4' "
        "sourceRef='race' targetRef='t'/><sequenceFlow id='f5' sourceRef='r' targetRef='c'/><sequenceFlow "
        "id='f6' sourceRef='t' targetRef='c'/><sequenceFlow id='f7' sourceRef='c' targetRef='e'/>"
        "</process></definitions>";
    const auto errors = [&](LintProfile profile) {
      std::set<std::string> elements;
      for (const Finding& finding : Lint(*DocumentOf(model), {profile})) {
        if (finding.severity == Severity::kError) elements.insert(finding.element);
      }
      return elements;
    };
    QVERIFY(errors(LintProfile::kExecution).empty());
    QVERIFY((errors(LintProfile::kCamunda8) == std::set<std::string>{"many", "race", "c", "e"}));
  }

  void whenTheFileIsNotBpmn_thenThereAreNoFindings() {
    for (const char* text : {"<a/>", "<definitions/>",
                             "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' id='x'/>"}) {
      QVERIFY2(Lint(*DocumentOf(text), {}).empty(), text);
    }
  }

  void whenAFileThatIsToBeBpmnIsNot_thenItsRootIsFound() {
    for (const char* text :
         {"<a/>", "<definitions/>", "<definitions xmlns='http://schema.omg.org/spec/BPMN/2.0' id='x'/>"}) {
      const std::vector<Finding> findings = ameide::bpmn::LintWithSchema(*DocumentOf(text), {});
      QVERIFY2(findings.size() == 1 && findings[0].rule == "xml/schema" && findings[0].line == 1 &&
                   findings[0].severity == Severity::kError,
               (text + Text(findings)).c_str());
    }
  }

  void whenNamespacesAreSpeltDifferently_thenTheFindingsAreTheSame() {
    const std::string prefixed =
        "<b:definitions xmlns:b='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='urn:t' "
        "xmlns:t='urn:t'>"
        "<b:process id='P'><b:startEvent id='S' name='s'/><b:endEvent id='E' name='e'/>"
        "<b:sequenceFlow id='F' sourceRef='S' targetRef='E'/></b:process>"
        "<b:collaboration id='C'><b:participant id='A' name='a' "
        "processRef='t:P'/></b:collaboration></b:definitions>";
    std::vector<Finding> findings = Lint(*DocumentOf(prefixed), {});
    QVERIFY2(findings.empty(), Text(findings).c_str());
    std::string other = prefixed;
    other.replace(other.find("xmlns:t='urn:t'"), 15, "xmlns:t='urn:other'");
    findings = Lint(*DocumentOf(other), {});
    QVERIFY2(findings.size() == 1 && findings[0].rule == "bpmn/missing-import", Text(findings).c_str());
    const size_t process = other.find("<b:process");
    QVERIFY(process != std::string::npos);
    other.insert(process, "<b:import namespace='urn:other' location='o' importType='b'/>");
    findings = Lint(*DocumentOf(other), {});
    QVERIFY2(findings.empty(), Text(findings).c_str());  // a thing of another file cannot be judged
    other.replace(other.find("t:P"), 3, "Q");
    findings = Lint(*DocumentOf(other), {});
    QVERIFY2(
        findings.size() == 1 && findings[0].rule == "bpmn/dangling-reference" && findings[0].element == "A",
        Text(findings).c_str());
  }

  void whenAnElementHasNoId_thenTheMessageNamesItAllTheSame() {
    const std::vector<Finding> findings =
        Lint(*DocumentOf(
                 "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='urn:t'>"
                 "<process id='P'><startEvent/><endEvent name='done'/></process></definitions>"),
             {});
    const auto says = [&](std::string_view message) {
      return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
        return finding.element == "P" && finding.message.starts_with(message);
      });
    };
    QVERIFY2(says("start event without id: leads nowhere"), Text(findings).c_str());
    QVERIFY2(says("end event \"done\": is not reached"), Text(findings).c_str());
  }

  void whenFindingsAreMany_thenTheyComeByLineAndTheTimeStaysLinear() {
    const auto document = DocumentOf(LargeModel(4000));
    QVERIFY2(document.ok(), std::string(document.status().message()).c_str());
    QElapsedTimer timer;
    timer.start();
    const std::vector<Finding> findings = Lint(*document, {});
    qInfo("lint of 8,000 elements and 8,000 shapes: %lld ms", timer.elapsed());
    QVERIFY2(findings.size() == 1 && findings[0].rule == "bpmn/no-end-event", Text(findings).c_str());
  }

  /// Law: whatever refers to whatever, lint ends, finds the same again, and says where and what.
  void whenReferencesAreShuffled_thenFindingsAreWholeAndTheSameAgain() {
    const QStringList names = QDir(Models()).entryList({"*.bpmn"}, QDir::Files);
    bool given = false;
    const uint32_t first = static_cast<uint32_t>(qEnvironmentVariableIntValue("AMEIDE_SEED", &given));
    const uint32_t begin = given ? first : 1, end = given ? first + 1 : 1'500;
    qInfo("seeds %u to %u", begin, end - 1);
    int taken = 0;
    for (uint32_t seed = begin; seed < end; ++seed) {
      std::mt19937 random(seed);
      QFile file(Models() + names[static_cast<qsizetype>(random() % static_cast<size_t>(names.size()))]);
      QVERIFY(file.open(QIODevice::ReadOnly));
      const auto document = DocumentOf(Shuffled(file.readAll().toStdString(), random));
      if (!document.ok()) continue;
      ++taken;
      const std::vector<Finding> findings = Lint(*document, {});
      QVERIFY2(Text(findings) == Text(Lint(*document, {})), std::to_string(seed).c_str());
      for (const Finding& finding : findings) {
        QVERIFY2(finding.line > 0 && !finding.message.empty() && !finding.rule.empty(),
                 std::to_string(seed).c_str());
      }
    }
    QVERIFY(given || taken > 1'000);
  }

  /// AMEIDE_UPDATE_GUIDE=1 writes the table anew.
  void whenTheGuideListsTheRules_thenItIsTrue() {
    QFile guide(qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/docs/guide/lint-rules.md");
    QVERIFY(guide.open(QIODevice::ReadOnly));
    std::string text = guide.readAll().toStdString();
    guide.close();
    const size_t begin = text.find("| rule |");
    QVERIFY(begin != std::string::npos);
    const size_t end = text.find("\n\n", begin) + 1;
    QVERIFY(end > begin);
    const bool true_already = text.substr(begin, end - begin) == RuleTable();
    if (!true_already && qEnvironmentVariableIsSet("AMEIDE_UPDATE_GUIDE")) {
      text.replace(begin, end - begin, RuleTable());
      QVERIFY(guide.open(QIODevice::WriteOnly | QIODevice::Truncate));
      guide.write(QByteArray::fromStdString(text));
    } else {
      QVERIFY2(true_already, "docs/guide/lint-rules.md is old; run this test with AMEIDE_UPDATE_GUIDE=1");
    }
  }

  void whenTheGuideListsWhatTheStandardDemands_thenItNamesTheRulesThatThereAre() {
    QFile guide(qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/docs/guide/bpmn-constraints.md");
    QVERIFY(guide.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(guide.readAll());
    std::set<std::string> named;
    static const QRegularExpression rule_id(QStringLiteral("`((?:bpmn|target)/[a-z-]+)`"));
    for (auto it = rule_id.globalMatch(text); it.hasNext();)
      named.insert(it.next().captured(1).toStdString());
    for (const std::string& id : named) QVERIFY2(ameide::bpmn::FindLintRule(id) != nullptr, id.c_str());
    for (const RuleDescription& rule : LintRules()) {
      const bool demanded = rule.severity == Severity::kError && !rule.clause.empty();
      QVERIFY2(!demanded || named.contains(std::string(rule.id)), std::string(rule.id).c_str());
    }
  }

  void whenRulesAreListed_thenIdsAreUniqueAndSorted() {
    std::set<std::string_view> ids;
    for (const RuleDescription& rule : LintRules()) {
      QVERIFY(ids.insert(rule.id).second);
      QVERIFY(rule.id.starts_with("bpmn/") || rule.id.starts_with("target/"));
      QVERIFY(!rule.summary.empty());
    }
    QVERIFY(std::is_sorted(LintRules().begin(), LintRules().end(),
                           [](const auto& a, const auto& b) { return a.id < b.id; }));
  }
};

QTEST_APPLESS_MAIN(BpmnLintTest)
#include "bpmn_lint_test.moc"
