#include <QtTest>
#include <string>

#include "notation/bpmn/format.h"
#include "notation/bpmn/view.h"
#include "tests/notation/bpmn/model_file.h"

using namespace ameide::bpmn;

namespace {

constexpr const char* kModel =
    "<m:definitions xmlns:m='http://www.omg.org/spec/BPMN/20100524/MODEL' "
    "xmlns:z='http://camunda.org/schema/zeebe/1.0' "
    "xmlns:d='http://www.omg.org/spec/BPMN/20100524/DI' targetNamespace='urn:x' xmlns:x='urn:x'>\n"
    "  <m:process id='P' isExecutable=' true '>\n"
    "    <m:startEvent id='S' name='Go &amp; see'/>\n"
    "    <m:userTask id='U' name='Ask'><m:extensionElements><z:formDefinition "
    "formId='f'/></m:extensionElements></m:userTask>\n"
    "    <m:boundaryEvent id='B' attachedToRef='x:U'><m:timerEventDefinition/></m:boundaryEvent>\n"
    "    <m:subProcess id='Sub'><m:startEvent id='S2'/></m:subProcess>\n"
    "    <m:sequenceFlow id='F' sourceRef='S' targetRef='U'><m:conditionExpression> a > 1 "
    "</m:conditionExpression></m:sequenceFlow>\n"
    "  </m:process>\n"
    "  <d:BPMNDiagram id='D'><d:BPMNPlane id='DP' bpmnElement='P'><d:BPMNShape id='DS' "
    "bpmnElement='x:U'/></d:BPMNPlane></d:BPMNDiagram>\n"
    "</m:definitions>";

}  // namespace

class BpmnViewTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAModelIsRead_thenElementsFlowsAndDiagramAreFound() {
    const auto document = DocumentOf(kModel);
    QVERIFY(document.ok());
    const Definitions view(*document);
    QVERIFY(IsBpmn(*document));
    QCOMPARE(view.processes().size(), size_t{1});
    const Element process = view.processes()[0];
    QVERIFY(process.flag("isExecutable", false));
    QCOMPARE(view.FlowNodes(process).size(), size_t{4});
    QCOMPARE(view.SequenceFlows(process).size(), size_t{1});
    const Element task = view.Find("U");
    QCOMPARE(task.type(), std::string_view("userTask"));
    QVERIFY(task.is(kActivity) && task.is(kTask) && !task.is(kGateway));
    QCOMPARE(view.Find("S").name(), std::string("Go & see"));
    QCOMPARE(view.Incoming(task).size(), size_t{1});
    QCOMPARE(view.Incoming(task)[0].child("conditionExpression").text(), std::string("a > 1"));
    QCOMPARE(view.Outgoing(view.Find("S")).size(), size_t{1});
    QCOMPARE(view.BoundaryEvents(task).size(), size_t{1});
    QVERIFY(view.Find("B").reference("attachedToRef") == task);
    QCOMPARE(view.Find("S2").container().id(), std::string("Sub"));
    QCOMPARE(task.extension(kZeebeNamespace, "formDefinition").attribute("formId"),
             std::optional<std::string>("f"));
    QCOMPARE(view.DiagramElement("U").id(), std::string("DS"));
    QVERIFY(!view.Find("nothing"));
    QVERIFY(!view.Find("nothing").parent());
    QCOMPARE(view.OfType("startEvent").size(), size_t{2});
  }

  void whenTheFileIsNotBpmn_thenTheViewIsEmpty() {
    const auto document = DocumentOf("<definitions><process id='P'/></definitions>");
    const Definitions view(*document);
    QVERIFY(!view.root());
    QVERIFY(view.processes().empty());
    QVERIFY(!view.Find("P"));
  }

  void whenTheMetamodelIsAsked_thenTheTablesAreConsistent() {
    for (const ElementType& type : ElementTypes()) {
      QVERIFY2(FindElementType(type.name) == &type, std::string(type.name).c_str());
      QVERIFY(type.parent.empty() || FindElementType(type.parent) != nullptr);
    }
    for (const ReferenceType& reference : ReferenceTypes()) {
      QVERIFY(FindElementType(reference.owner) != nullptr);
      QVERIFY2(reference.target.empty() || FindElementType(reference.target) != nullptr,
               std::string(reference.target).c_str());
    }
    QVERIFY(IsA(*FindElementType("userTask"), "flowNode"));
    QVERIFY(!IsA(*FindElementType("userTask"), "event"));
    QVERIFY(EventDefinitionAllowed("timerEventDefinition", EventPlace::kBoundaryNonInterrupting));
    QVERIFY(!EventDefinitionAllowed("timerEventDefinition", EventPlace::kEnd));
    QVERIFY(!EventDefinitionAllowed("errorEventDefinition", EventPlace::kTopLevelStart));
  }

  void whenTheFormatIsAsked_thenFilesNamesAndLayoutAreKnown() {
    const auto format = MakeBpmnFormat();
    QVERIFY(format->Claims("a/b.BPMN", ""));
    QVERIFY(format->Claims("a.bpmn20.xml", ""));
    QVERIFY(
        format->Claims("a.xml", "<?xml?><definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>"));
    QVERIFY(
        !format->Claims("a.xml", "<note>definitions of http://www.omg.org/spec/BPMN/20100524/MODEL</note>"));
    const auto document = DocumentOf(kModel);
    const Definitions view(*document);
    QCOMPARE(format->DisplayName(*document, view.Find("U").node()), std::string("Ask"));
    QCOMPARE(format->DisplayName(*document, view.Find("DS").node()), std::string("Ask"));
    QCOMPARE(format->DisplayName(*document, view.Find("Sub").node()), std::string("Sub process"));
    QVERIFY(format->IsLayout(*document, view.Find("DS").node()));
    QVERIFY(!format->IsLayout(*document, view.Find("U").node()));
  }
};

QTEST_APPLESS_MAIN(BpmnViewTest)
#include "bpmn_view_test.moc"
