#include <QDir>
#include <QtTest>
#include <algorithm>
#include <string>

#include "notation/bpmn/format.h"
#include "notation/bpmn/schema.h"
#include "tests/notation/bpmn/model_file.h"

using namespace ameide::bpmn;
using ameide::uaf::document::Finding;
using ameide::uaf::document::Severity;

namespace {

constexpr const char* kHead =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:v='urn:vendor' "
    "targetNamespace='urn:x'>\n";

std::string Model(const std::string& process) { return kHead + process + "\n</definitions>"; }

}  // namespace

class BpmnSchemaTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAModelFollowsTheStandard_thenNothingIsFound() {
    QVERIFY(CheckSchema(Model("<process id='P'><startEvent id='S'/></process>")).empty());
  }

  void whenAVendorAddsAttributesAndElements_thenTheyAreNotJudged() {
    const auto findings = CheckSchema(
        Model("<process id='P' v:owner='me'><extensionElements><v:anything to='say'><v:deep/></v:anything>"
              "</extensionElements></process>"));
    QVERIFY2(findings.empty(), findings.empty() ? "" : findings[0].message.c_str());
  }

  void whenAVendorNamesItsOwnTypes_thenTheyAreNotJudged() {
    const std::string xsi = " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";
    const auto vendor =
        CheckSchema(Model("<process id='P'" + xsi +
                          "><extensionElements><v:data xsi:type='v:Data'><v:part xsi:type='v:Part'/></v:data>"
                          "</extensionElements><startEvent id='S'/></process>"));
    QVERIFY2(vendor.empty(), vendor.empty() ? "" : vendor[0].message.c_str());
    const auto standard = CheckSchema(
        Model("<process id='P'" + xsi +
              "><sequenceFlow id='F' sourceRef='P' targetRef='P'><conditionExpression xsi:type='v:Data'/>"
              "</sequenceFlow></process>"));
    QCOMPARE(standard.size(), size_t{1});
    QCOMPARE(standard[0].element, std::string("F"));
  }

  void whenADocumentTypeIsOnlySpokenOf_thenTheFileIsChecked() {
    const std::string wrong =
        "<process id='P'><documentation><![CDATA[<!DOCTYPE html>]]></documentation>"
        "<task id='T' colour='red'/></process>";
    QCOMPARE(CheckSchema("<?xml version='1.0'?><!-- <!DOCTYPE a> -->\n" + Model(wrong)).size(), size_t{1});
    QVERIFY(CheckSchema("<?xml version='1.0'?>\n<!DOCTYPE definitions>" + Model(wrong)).empty());
  }

  void whenAnElementIsInTheWrongPlace_thenPlaceAndElementAreTold() {
    const auto findings =
        CheckSchema(Model("<process id='P'>\n  <task id='T'>\n    <process id='Q'/>\n  </task></process>"));
    QCOMPARE(findings.size(), size_t{1});
    QCOMPARE(findings[0].rule, std::string("xml/schema"));
    QVERIFY(findings[0].severity == Severity::kError);
    QCOMPARE(findings[0].line, uint32_t{5});  // known when the task ends
    QCOMPARE(findings[0].element, std::string("T"));
    QVERIFY2(findings[0].message.find("process") != std::string::npos, findings[0].message.c_str());
  }

  void whenARequiredAttributeIsMissing_thenItIsNamed() {
    const auto findings =
        CheckSchema(Model("<process id='P'><sequenceFlow id='F' sourceRef='P'/></process>"));
    QCOMPARE(findings.size(), size_t{1});
    QVERIFY2(findings[0].message.find("targetRef") != std::string::npos, findings[0].message.c_str());
    QCOMPARE(findings[0].element, std::string("F"));
  }

  void whenTheSchemaIsBroken_thenTheMessageSaysWhatToDo_data() {
    QTest::addColumn<QString>("process");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* process, const char* message) {
      QTest::newRow(message) << process << message;
    };
    row("<process id='P' isexecutable='true'/>",
        "process has no attribute isexecutable; correct its name, or give one of your own a prefix");
    row("<process id='P' isExecutable='maybe'/>", "'maybe' is neither true nor false");
    row("<process id='P' processType='Hidden'/>",
        "'Hidden' is none of the values that process allows there; choose one of them");
    row("<process id='P'><sequenceFlow id='F' sourceRef='P'/></process>",
        "sequenceFlow lacks the attribute targetRef; add it");
    row("<process id='P'><task id='T' startQuantity='one'/></process>", "'one' is no whole number");
    row("<process id='P'><boundaryEvent id='B' attachedToRef='P'><timerEventDefinition><timeDate>1</timeDate>"
        "<timeCycle>2</timeCycle></timerEventDefinition></boundaryEvent></process>",
        "timeCycle cannot stand at this place in timerEventDefinition, which contains "
        "(documentation*,extensionElements?,(timeDate?|timeDuration?|timeCycle?)) in this order; move or "
        "remove it");
    row("<process id='P'><laneSet id='S'><lane id='L'><lane id='M'/></lane></laneSet></process>",
        "lane cannot stand at this place in lane, which contains "
        "(documentation*,extensionElements?,partitionElement?,flowNodeRef*,childLaneSet?) in this order; "
        "move or "
        "remove it");
    row("<process id='P'><servicetask id='T' name='T'/></process>",
        "there is no element servicetask; correct its name, or give one of your own a prefix");
    row("<process id='P'><activity id='T' name='T'/></process>",
        "activity only stands for its kinds; write one of them instead");
    row("<process id='P'><extensionElements><task id='T'/></extensionElements></process>",
        "task cannot stand in extensionElements, which has no such elements; move or remove it");
    row("<process id='P'><sequenceFlow id='F' sourceRef='P' targetRef='P'><conditionExpression "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
        "xsi:type='gone:tFormalExpression'>x</conditionExpression></sequenceFlow></process>",
        "the prefix gone is not declared; declare it (xmlns:gone) or correct it; the rest of the file is not "
        "checked");
    row("<process id='P'><sequenceFlow id='F' sourceRef='P' targetRef='P'><conditionExpression "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
        "xsi:type='tTask'>x</conditionExpression></sequenceFlow></process>",
        "tTask is no type that conditionExpression can have; correct xsi:type");
    row("<process id='P'><task id='T'>text</task></process>",
        "task has text between its elements, which it cannot have; remove it");
    row("<interface id='I' name='I'/>",
        "interface lacks something: it contains (documentation*,extensionElements?,operation+); add what is "
        "missing");
  }

  void whenTheSchemaIsBroken_thenTheMessageSaysWhatToDo() {
    QFETCH(QString, process);
    QFETCH(QString, message);
    const auto findings = CheckSchema(Model(process.toStdString()));
    QCOMPARE(findings.size(), size_t{1});
    QCOMPARE(QString::fromStdString(findings[0].message), message);
  }

  void whenTheFileNamesASchema_thenItIsNotOpened() {
    std::string model = Model("<process id='P'/>");
    model.insert(model.find(" targetNamespace"),
                 " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                 "xsi:schemaLocation='urn:other file:///nowhere/at/all.xsd'");
    const auto findings = CheckSchema(model);
    QVERIFY2(findings.empty(), findings.empty() ? "" : findings[0].message.c_str());
  }

  void whenAModelIsBroken100Times_thenFindingsEnd() {
    std::string process = "<process id='P'>";
    for (int i = 0; i < 500; ++i) process += "<sequenceFlow/>";
    QCOMPARE(CheckSchema(Model(process + "</process>")).size(), size_t{100});
  }

  void whenAFileIsAccepted_thenItsSchemaIsNotCheckedAgain() {
    // The store asks for acceptance with each file that it takes in; a check costs several times as much.
    const auto intake =
        MakeBpmnFormat()->Accept(Model("<process id='P'><task id='T' name='a' colour='red'/></process>"));
    QVERIFY(intake.ok());
    QVERIFY(intake->findings.empty());
  }

  void whenTheReferenceModelsAreChecked_thenTheyFollowTheSchemas() {
    const QDir folder(ConformanceDirectory() + "/bpmn-miwg");
    const QStringList names = folder.entryList({"*.bpmn"}, QDir::Files);
    if (ConformanceDirectory().isEmpty() || names.isEmpty())
      QSKIP("the public conformance models are not here");
    for (const QString& name : names) {
      QFile file(folder.filePath(name));
      QVERIFY(file.open(QIODevice::ReadOnly));
      const auto findings = CheckSchema(file.readAll().toStdString());
      QVERIFY2(findings.empty(),
               findings.empty() ? "" : (name.toStdString() + ": " + findings[0].message).c_str());
    }
  }
};

QTEST_APPLESS_MAIN(BpmnSchemaTest)
#include "bpmn_schema_test.moc"
