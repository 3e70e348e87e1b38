#include <QApplication>
#include <QWebEngineView>
#include <QtTest>
#include <optional>

#include "base/platform/file_system.h"
#include "notation/bpmn/schema.h"
#include "tests/bench/bpmn_generator.h"
#include "tests/modeler/editor_harness.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::modeler;

namespace {

std::string Read(const QString& path) { return *PosixFileSystem().Read(path.toStdString(), 1 << 26); }

const char kSmall[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!-- a comment -->\n"
    "<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
    "xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" "
    "xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" "
    "xmlns:x=\"urn:foreign\" id=\"D\" targetNamespace=\"urn:t\">\n"
    "  <bpmn:process id=\"P\" isExecutable=\"false\">\n"
    "    <!-- the only task -->\n"
    "    <bpmn:task id=\"A\" name='One' x:keep=\"me\">\n"
    "      <bpmn:extensionElements>\n"
    "        <x:unknown value=\"1\"><x:deep/></x:unknown>\n"
    "      </bpmn:extensionElements>\n"
    "    </bpmn:task>\n"
    "    <bpmn:task id=\"B\" name=\"Two\" />\n"
    "  </bpmn:process>\n"
    "  <bpmndi:BPMNDiagram id=\"Dia\">\n"
    "    <bpmndi:BPMNPlane id=\"Pl\" bpmnElement=\"P\">\n"
    "      <bpmndi:BPMNShape id=\"A_di\" bpmnElement=\"A\">\n"
    "        <dc:Bounds x=\"100.0\" y=\"100\" width=\"100\" height=\"80\" />\n"
    "      </bpmndi:BPMNShape>\n"
    "      <bpmndi:BPMNShape id=\"B_di\" bpmnElement=\"B\">\n"
    "        <dc:Bounds x=\"300\" y=\"100\" width=\"100\" height=\"80\" />\n"
    "      </bpmndi:BPMNShape>\n"
    "    </bpmndi:BPMNPlane>\n"
    "  </bpmndi:BPMNDiagram>\n"
    "</bpmn:definitions>\n";

/// Pairs of flow nodes in one container that stand on each other.
int Overlaps(EditorHarness& harness) {
  return harness
      .Run(
          "const nodes = modeler.get('elementRegistry').filter(e => e.parent && !e.waypoints && "
          "!e.labelTarget && "
          "!e.host && /Task$|Gateway$|Event$|SubProcess$|CallActivity$/.test(e.type)); let found = 0;"
          "nodes.forEach((a, i) => nodes.slice(i + 1).forEach(b => { if (a.parent === b.parent && a.x < b.x "
          "+ b.width "
          "&& b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) ++found; })); return "
          "found;")
      .toInt();
}

/// Lays out what is shown; false when that changes nothing.
bool LayOut(EditorHarness& harness) {
  const int changes = harness.recorded_changes();
  harness.editor()->Act(QStringLiteral("layout"));
  const bool any = harness
                       .Run(
                           "return modeler.get('elementRegistry').filter(e => e.parent && !e.waypoints && "
                           "!e.labelTarget && "
                           "/Task$|Gateway$|Event$|SubProcess$|CallActivity$/.test(e.type)).length;")
                       .toInt() > 0;
  if (!any) return false;
  const bool done = QTest::qWaitFor([&] { return harness.recorded_changes() > changes; }, kWaitMs);
  harness.Settle();
  return done;
}

/// A task with data in, data out and a loop over its data.
std::string WithData() {
  std::string model = kSmall;
  const std::string task =
      model.substr(model.find("    <bpmn:task id=\"A\""),
                   model.find("    <bpmn:task id=\"B\"") - model.find("    <bpmn:task id=\"A\""));
  const std::string data =
      "    <bpmn:task id=\"A\" name=\"One\">\n"
      "      <bpmn:ioSpecification>\n"
      "        <bpmn:dataInput id=\"In\" />\n"
      "        <bpmn:dataOutput id=\"Out\" />\n"
      "        <bpmn:inputSet id=\"Ins\">\n"
      "          <bpmn:dataInputRefs>In</bpmn:dataInputRefs>\n"
      "        </bpmn:inputSet>\n"
      "        <bpmn:outputSet id=\"Outs\">\n"
      "          <bpmn:dataOutputRefs>Out</bpmn:dataOutputRefs>\n"
      "        </bpmn:outputSet>\n"
      "      </bpmn:ioSpecification>\n"
      "      <bpmn:dataInputAssociation id=\"Into\">\n"
      "        <bpmn:sourceRef>Order</bpmn:sourceRef>\n"
      "        <bpmn:targetRef>In</bpmn:targetRef>\n"
      "      </bpmn:dataInputAssociation>\n"
      "      <bpmn:dataOutputAssociation id=\"OutOf\">\n"
      "        <bpmn:sourceRef>Out</bpmn:sourceRef>\n"
      "        <bpmn:targetRef>Order</bpmn:targetRef>\n"
      "      </bpmn:dataOutputAssociation>\n"
      "      <bpmn:multiInstanceLoopCharacteristics>\n"
      "        <bpmn:loopDataInputRef>In</bpmn:loopDataInputRef>\n"
      "      </bpmn:multiInstanceLoopCharacteristics>\n"
      "    </bpmn:task>\n"
      "    <bpmn:dataObjectReference id=\"Order\" dataObjectRef=\"Object\" />\n"
      "    <bpmn:dataObject id=\"Object\" />\n";
  model.replace(model.find(task), task.size(), data);
  const std::string drawn =
      "      <bpmndi:BPMNShape id=\"Order_di\" bpmnElement=\"Order\">\n"
      "        <dc:Bounds x=\"130\" y=\"300\" width=\"36\" height=\"50\" />\n"
      "      </bpmndi:BPMNShape>\n"
      "      <bpmndi:BPMNEdge id=\"Into_di\" bpmnElement=\"Into\">\n"
      "        <di:waypoint x=\"140\" y=\"300\" />\n"
      "        <di:waypoint x=\"140\" y=\"180\" />\n"
      "      </bpmndi:BPMNEdge>\n"
      "      <bpmndi:BPMNEdge id=\"OutOf_di\" bpmnElement=\"OutOf\">\n"
      "        <di:waypoint x=\"160\" y=\"180\" />\n"
      "        <di:waypoint x=\"160\" y=\"300\" />\n"
      "      </bpmndi:BPMNEdge>\n";
  model.insert(model.find("    </bpmndi:BPMNPlane>"), drawn);
  return model;
}

/// Lines that stand in only one of two texts.
QStringList ChangedLines(const std::string& before, const std::string& after) {
  QStringList a = QString::fromStdString(before).split('\n');
  QStringList b = QString::fromStdString(after).split('\n');
  QStringList changed;
  for (const QString& line : b) {
    if (!a.removeOne(line)) changed << QStringLiteral("+") + line.trimmed();
  }
  for (const QString& line : a) changed << QStringLiteral("-") + line.trimmed();
  return changed;
}

}  // namespace

class EditorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { harness_ = std::make_unique<EditorHarness>(); }
  void cleanupTestCase() { harness_.reset(); }

  void whenAModelIsOnlyOpened_thenNothingIsRecorded_data() {
    QTest::addColumn<QString>("file");
    for (const QString& file : MiwgModels()) QTest::newRow(qPrintable(QFileInfo(file).fileName())) << file;
    if (MiwgModels().isEmpty()) QTest::newRow("none") << QString();
  }

  void whenAModelIsOnlyOpened_thenNothingIsRecorded() {
    QFETCH(QString, file);
    if (file.isEmpty()) QSKIP("conformance data is absent; set AMEIDE_CONFORMANCE_DIR");
    const std::string bytes = Read(file);
    QVERIFY2(harness_->Open(bytes), qPrintable(harness_->problems().join('\n')));
    harness_->Settle();
    QCOMPARE(harness_->recorded_changes(), 0);
    QVERIFY(harness_->Recorded() == bytes);
    const QStringList differences = harness_->Differences();
    QVERIFY2(differences.isEmpty(), qPrintable(differences.join('\n')));
  }

  void whenATaskIsRenamed_thenOnlyItsLineChanges() {
    QVERIFY(harness_->Open(kSmall));
    harness_->Run(
        "modeler.get('modeling').updateLabel(modeler.get('elementRegistry').get('A'), 'New <name>');");
    harness_->Settle();
    QCOMPARE(harness_->labels(), QStringList{QStringLiteral("Rename to “New <name>”")});
    QCOMPARE(ChangedLines(kSmall, harness_->Recorded()),
             (QStringList{"+<bpmn:task id=\"A\" name='New &lt;name>' x:keep=\"me\">",
                          "-<bpmn:task id=\"A\" name='One' x:keep=\"me\">"}));
    QCOMPARE(harness_->Differences(), QStringList());
  }

  void whenAShapeIsMoved_thenOnlyItsBoundsChange() {
    QVERIFY(harness_->Open(kSmall));
    harness_->Run(
        "modeler.get('modeling').moveElements([modeler.get('elementRegistry').get('B')], {x: 20, y: 0});");
    harness_->Settle();
    QCOMPARE(ChangedLines(kSmall, harness_->Recorded()),
             (QStringList{"+<dc:Bounds x=\"320\" y=\"100\" width=\"100\" height=\"80\" />",
                          "-<dc:Bounds x=\"300\" y=\"100\" width=\"100\" height=\"80\" />"}));
    QCOMPARE(harness_->Differences(), QStringList());
  }

  void whenTasksAreConnected_thenLinesAreOnlyAdded() {
    QVERIFY(harness_->Open(kSmall));
    harness_->Run(
        "const r = modeler.get('elementRegistry'); modeler.get('modeling').connect(r.get('A'), r.get('B'));");
    harness_->Settle();
    QCOMPARE(harness_->recorded_changes(), 1);
    for (const QString& line : ChangedLines(kSmall, harness_->Recorded())) {
      QVERIFY2(line.startsWith('+') || line.startsWith("-<bpmn:task id=\"B\""), qPrintable(line));
    }
    QCOMPARE(harness_->Differences(), QStringList());
    QVERIFY(harness_->Undo());
    QVERIFY(harness_->Recorded() == kSmall);
    QCOMPARE(harness_->Differences(), QStringList());
    QVERIFY(harness_->Redo());
    QCOMPARE(harness_->Differences(), QStringList());
  }

  void whenATaskIsReplaced_thenItKeepsWhatTheEditorDoesNotKnow() {
    QVERIFY(harness_->Open(kSmall));
    harness_->Run(
        "modeler.get('bpmnReplace').replaceElement(modeler.get('elementRegistry').get('A'), {type: "
        "'bpmn:UserTask'});");
    harness_->Settle();
    const std::string after = harness_->Recorded();
    QVERIFY2(after.find("<bpmn:userTask id=\"A\" name='One' x:keep=\"me\">") != std::string::npos,
             after.c_str());
    QVERIFY(after.find("<x:unknown value=\"1\"><x:deep/></x:unknown>") != std::string::npos);
    QVERIFY(after.find("<!-- the only task -->") != std::string::npos);
    QCOMPARE(harness_->Differences(), QStringList());
  }

  void whenATaskWithDataIsReplaced_thenItsDataAndWhatRefersToItStay() {
    const std::string model = WithData();
    QVERIFY2(harness_->Open(model), qPrintable(harness_->problems().join('\n')));
    for (const QString& type : {QStringLiteral("UserTask"), QStringLiteral("SubProcess")}) {
      QVERIFY(!harness_
                   ->Run(QStringLiteral("return modeler.get('bpmnReplace').replaceElement(modeler.get("
                                        "'elementRegistry').get('A'), {type: 'bpmn:%1'}).id;")
                             .arg(type))
                   .toString()
                   .startsWith("exception"));
      harness_->Settle();
      const std::string after = harness_->Recorded();
      for (const char* kept :
           {"<bpmn:dataInput id=\"In\" />", "<bpmn:dataOutput id=\"Out\" />",
            "<bpmn:dataInputRefs>In</bpmn:dataInputRefs>", "<bpmn:dataOutputRefs>Out</bpmn:dataOutputRefs>",
            "<bpmn:sourceRef>Out</bpmn:sourceRef>", "<bpmn:targetRef>In</bpmn:targetRef>",
            "<bpmn:loopDataInputRef>In</bpmn:loopDataInputRef>"})
        QVERIFY2(after.find(kept) != std::string::npos, (kept + ("\n" + after)).c_str());
      QVERIFY(after.find("placeholder") == std::string::npos);
      const auto schema = bpmn::CheckSchema(after);
      QVERIFY2(schema.empty(), schema.empty() ? "" : schema[0].message.c_str());
      QCOMPARE(harness_->Differences(), QStringList());
    }
    QVERIFY(harness_->Undo() && harness_->Undo());
    QVERIFY(harness_->Recorded() == model);
  }

  void whenAFileListsNoFlowsAtItsNodes_thenEditsDoNotEither() {
    std::string model = kSmall;
    const std::string task = "    <bpmn:task id=\"B\" name=\"Two\" />\n";
    model.insert(model.find(task), "    <bpmn:sequenceFlow id=\"F\" sourceRef=\"A\" targetRef=\"B\" />\n");
    model.insert(model.find("    </bpmndi:BPMNPlane>"),
                 "      <bpmndi:BPMNEdge id=\"F_di\" bpmnElement=\"F\">\n"
                 "        <di:waypoint x=\"200\" y=\"140\" />\n"
                 "        <di:waypoint x=\"300\" y=\"140\" />\n"
                 "      </bpmndi:BPMNEdge>\n");
    QVERIFY(harness_->Open(model));
    harness_->Run(
        "const r = modeler.get('elementRegistry'); modeler.get('bpmnReplace').replaceElement(r.get('B'), "
        "{type: "
        "'bpmn:UserTask'}); modeler.get('modeling').appendShape(r.get('B'), {type: 'bpmn:EndEvent'}, {x: "
        "500, y: 140});");
    harness_->Settle();
    const std::string after = harness_->Recorded();
    QVERIFY2(after.find("<bpmn:userTask id=\"B\"") != std::string::npos, after.c_str());
    QVERIFY2(after.find("incoming") == std::string::npos && after.find("outgoing") == std::string::npos,
             after.c_str());
    QCOMPARE(harness_->Differences(), QStringList());
    QVERIFY(harness_->Undo() && harness_->Undo());
    QVERIFY(harness_->Recorded() == model);
  }

  void whenThousandsOfProblemsAreShown_thenOnlyWhatIsSeenIsMarked() {
    EditorHarness harness;
    QVERIFY(harness.Open(bench::GenerateBpmn(2500)));
    std::vector<ElementProblem> problems;
    for (int i = 1; i <= 1000; ++i)
      problems.push_back({"Task_" + std::to_string(i), i % 2 == 0, "wrong", {"Mend it"}});
    harness.editor()->ShowProblems(problems);
    const auto flags = [&] {
      return harness.Run("return document.querySelectorAll('.ameide-flag').length;").toInt();
    };
    QTRY_VERIFY_WITH_TIMEOUT(flags() > 0, kWaitMs);
    const int seen = flags();
    QVERIFY2(seen < 300, qPrintable(QString::number(seen)));
    // Whatever comes into sight is marked, once.
    harness.editor()->SelectElement("Task_1000");
    QTRY_VERIFY_WITH_TIMEOUT(
        harness.Run("return modeler.get('elementRegistry').getGraphics('Task_1000').querySelectorAll("
                    "'.ameide-flag-error').length;")
                .toInt() == 1,
        kWaitMs);
    QTRY_COMPARE_WITH_TIMEOUT(harness.Run("return document.querySelectorAll('.ameide-mend').length;").toInt(),
                              1, kWaitMs);
    QSignalSpy mend(harness.editor(), &BpmnEditor::mendRequested);
    harness.Run("document.querySelector('.ameide-mend').click();");
    QTRY_COMPARE_WITH_TIMEOUT(mend.size(), 1, kWaitMs);
    QCOMPARE(mend[0][0].toString(), QString("Task_1000"));
    QCOMPARE(mend[0][1].toString(), QString("Mend it"));
    // What is mended loses its sign; what an edit redraws or moves keeps it.
    problems.resize(999);
    harness.editor()->ShowProblems(problems);
    const QString count = QStringLiteral(
        "return modeler.get('elementRegistry').getGraphics('%1').querySelectorAll('.ameide-flag').length;");
    const QString moved =
        harness
            .Run(
                "const other = [...document.querySelectorAll('.djs-element > .ameide-flag')].map(f => "
                "f.parentNode.dataset.elementId).find(id => id !== 'Task_1000');"
                "modeler.get('modeling').moveElements([modeler.get('elementRegistry').get(other)], {x: 10, "
                "y: "
                "0}); return other;")
            .toString();
    QVERIFY2(moved.startsWith("Task_"), qPrintable(moved));
    QTRY_COMPARE_WITH_TIMEOUT(harness.Run(count.arg(QStringLiteral("Task_1000"))).toInt(), 0, kWaitMs);
    QCOMPARE(harness.Run(count.arg(moved)).toInt(), 1);
    QVERIFY(harness.Crash());
    QTRY_VERIFY_WITH_TIMEOUT(flags() > 0, kWaitMs);
  }

  void whenADiagramIsLaidOut_thenItFlowsToTheRightWithoutOverlapAndUndoTakesItBack() {
    QVERIFY(harness_->Open(kSmall));
    harness_->Run(
        "const get = (name) => modeler.get(name), r = get('elementRegistry'), m = get('modeling');"
        "const a = r.get('A'), b = r.get('B'); m.connect(a, b);"
        "const gateway = m.appendShape(b, {type: 'bpmn:ExclusiveGateway'}, {x: 150, y: 140});"
        "m.appendShape(gateway, {type: 'bpmn:Task'}, {x: 150, y: 150});"
        "const last = m.appendShape(gateway, {type: 'bpmn:Task'}, {x: 150, y: 160}); m.connect(last, a);");
    harness_->Settle();
    const std::string before = harness_->Recorded();
    QVERIFY(Overlaps(*harness_) > 0);
    QVERIFY(LayOut(*harness_));
    QCOMPARE(harness_->labels().last(), QStringLiteral("Lay out the diagram"));
    QCOMPARE(Overlaps(*harness_), 0);
    QVERIFY(
        harness_->Run("const r = modeler.get('elementRegistry'); return r.get('A').x + 100 < r.get('B').x;")
            .toBool());
    // Every flow goes straight or around corners.
    QCOMPARE(harness_
                 ->Run("return modeler.get('elementRegistry').filter(e => e.waypoints && "
                       "e.waypoints.some((p, i) => i > "
                       "0 && p.x !== e.waypoints[i - 1].x && p.y !== e.waypoints[i - 1].y)).length;")
                 .toInt(),
             0);
    QCOMPARE(harness_->Differences(), QStringList());
    QVERIFY(harness_->Undo());
    QVERIFY(harness_->Recorded() == before);
  }

  void whenADiagramWithLanesIsLaidOut_thenEveryNodeStaysInItsLane_data() {
    whenAModelIsOnlyOpened_thenNothingIsRecorded_data();
  }

  void whenADiagramWithLanesIsLaidOut_thenEveryNodeStaysInItsLane() {
    QFETCH(QString, file);
    if (file.isEmpty()) QSKIP("conformance data is absent; set AMEIDE_CONFORMANCE_DIR");
    QVERIFY(harness_->Open(Read(file)));
    const QString lanes = QStringLiteral(
        "return modeler.get('elementRegistry').filter(e => e.type === 'bpmn:Lane').flatMap(lane => "
        "lane.businessObject.get('flowNodeRef').map(n => lane.id + ' ' + n.id)).sort().join('\\n');");
    const QString before = harness_->Run(lanes).toString();
    if (!LayOut(*harness_)) QSKIP("there is nothing to lay out in it");
    const QStringList moved =
        ChangedLines(before.toStdString(), harness_->Run(lanes).toString().toStdString());
    // What stood in a lane without being named by it may be named now; nothing leaves.
    for (const QString& line : moved) QVERIFY2(line == "-" || line.startsWith('+'), qPrintable(line));
    QCOMPARE(Overlaps(*harness_), 0);
    // What a lane names stands in it.
    QCOMPARE(harness_
                 ->Run("const r = modeler.get('elementRegistry'); return r.filter(e => e.type === "
                       "'bpmn:Lane').flatMap("
                       "lane => lane.businessObject.get('flowNodeRef').map(n => r.get(n.id)).filter(n => n "
                       "&& n.parent && "
                       "!n.host && n.parent.type !== 'bpmn:SubProcess' && (n.x < lane.x || n.y < lane.y || "
                       "n.x + n.width > "
                       "lane.x + lane.width || n.y + n.height > lane.y + lane.height)).map(n => lane.id + ' "
                       "' + n.id)"
                       ").join();")
                 .toString(),
             QString());
    const QStringList differences = harness_->Differences();
    QVERIFY2(differences.isEmpty(), qPrintable(differences.join('\n')));
    const auto schema = bpmn::CheckSchema(harness_->Recorded());
    QVERIFY2(schema.empty(), schema.empty() ? "" : schema[0].message.c_str());
  }

  void whenADocumentIsReadOnly_thenItCannotBeChanged() {
    QVERIFY(harness_->Open(kSmall, true));
    QVERIFY(harness_->Run("return modeler.get('modeling');").toString().startsWith("exception"));
    QCOMPARE(harness_->recorded_changes(), 0);
  }

  void whenALargeDiagramIsOpened_thenWhatIsSeenIsDrawnFirstAndAllInTheEnd() {
    EditorHarness harness;
    QVERIFY(harness.Open(bench::GenerateBpmn(2500)));
    const QString blank = QStringLiteral(
        "const seen = modeler.get('canvas').viewbox(); const registry = modeler.get('elementRegistry');"
        "return registry.filter((e) => e.parent && (%1) && "
        "!registry.getGraphics(e).querySelector('.djs-visual').hasChildNodes()).length;");
    const QString inside = QStringLiteral(
        "!e.waypoints && e.x > seen.x && e.y > seen.y && e.x < seen.x + seen.width && e.y < seen.y + "
        "seen.height");
    QCOMPARE(harness.Run(blank.arg(inside)).toInt(), 0);
    QTRY_COMPARE_WITH_TIMEOUT(harness.Run(blank.arg(QStringLiteral("true"))).toInt(), 0, kWaitMs);
  }

  void whenEverythingIsMoved_thenWhatIsSeenIsDrawnAtOnceAndAllInTheEnd() {
    EditorHarness harness;
    QVERIFY(harness.Open(bench::GenerateBpmn(2500)));
    const QString blank = QStringLiteral(
        "const seen = modeler.get('canvas').viewbox(); const registry = modeler.get('elementRegistry');"
        "const isSeen = (e) => !e.waypoints && e.x > seen.x && e.y > seen.y && e.x < seen.x + seen.width && "
        "e.y < "
        "seen.y + seen.height; const blank = (e) => e.parent && "
        "!registry.getGraphics(e).querySelector('.djs-visual').hasChildNodes();");
    const QString all = blank + QStringLiteral("return registry.filter(blank).length;");
    QTRY_COMPARE_WITH_TIMEOUT(harness.Run(all).toInt(), 0, kWaitMs);
    const QVariantList left =
        harness
            .Run(blank +
                 QStringLiteral(
                     "modeler.get('modeling').moveElements(registry.filter((e) => e.parent && !e.waypoints), "
                     "{x: "
                     "40, y: 40}); return [registry.filter((e) => isSeen(e) && blank(e)).length, "
                     "registry.filter(blank).length];"))
            .toList();
    QCOMPARE(left.value(0).toInt(), 0);
    QVERIFY2(left.value(1).toInt() > 1000, qPrintable(left.value(1).toString()));
    QTRY_COMPARE_WITH_TIMEOUT(harness.Run(all).toInt(), 0, kWaitMs);
    harness.Settle();
    QCOMPARE(harness.Differences(), QStringList());
  }

  void whenOnlyAPartIsDrawn_thenAPictureHasAllOfItAndASelectedElementIsDrawn() {
    EditorHarness harness;
    QVERIFY(harness.Open(bench::GenerateBpmn(2500)));
    const QString move = QStringLiteral(
        "const registry = modeler.get('elementRegistry'); modeler.get('modeling').moveElements("
        "registry.filter((e) => e.parent && !e.waypoints), {x: 20, y: 20}); ");
    // What is jumped to is drawn before it is seen.
    const QString jump =
        move +
        QStringLiteral(
            "const blank = () => !registry.getGraphics('Task_1200').querySelector('.djs-visual')"
            ".hasChildNodes(); const before = blank(); modeler.get('canvas').scrollToElement('Task_1200');"
            "return before + ' ' + blank();");
    QCOMPARE(harness.Run(jump).toString(), QStringLiteral("true false"));
    // All names are in the picture, also of what waits to be drawn.
    std::optional<DiagramPicture> picture;
    harness.Run(move + QStringLiteral("return 0;"));
    harness.editor()->TakePicture(false, 0, [&](absl::StatusOr<DiagramPicture> taken) {
      if (taken.ok()) picture = *std::move(taken);
    });
    QTRY_VERIFY_WITH_TIMEOUT(picture.has_value(), kWaitMs);
    const int tasks = (2500 - 3) / 2;
    QCOMPARE(picture->svg.count("data-element-id=\"Task_"), tasks);
    QVERIFY(picture->svg.count("<text") >= tasks);
  }

  /// Law: what is replaced in the library for speed leaves everything where the library would have put it.
  void whenElementsAreMoved_thenTheyStandInTheLibrarysOrder() {
    EditorHarness harness;
    QVERIFY(harness.Open(bench::GenerateBpmn(60)));
    harness.Run(
        "const box = document.body.appendChild(document.createElement('div')); box.style.cssText = "
        "'width:800px;height:600px;position:fixed;top:0;left:0;'; const peer = new "
        "modeler.constructor({container: box}); window.peer = peer; window.ready = false;"
        "modeler.saveXML({format: false}).then(({xml}) => peer.importXML(xml)).then(() => { window.ready = "
        "true; });");
    QTRY_VERIFY_WITH_TIMEOUT(harness.Run("return window.ready;").toBool(), kWaitMs);
    const QString differences = harness
                                    .Run(R"js(
      const order = (m) => m.get('elementRegistry').filter((e) => e.children && e.children.length > 0)
        .map((e) => e.id + ': ' + e.children.map((c) => c.id).join()).sort().join('
');
      const drawn = (m) => m.get('elementRegistry').filter((e) => e.children && e.children.length > 1).every((e) => {
        const groups = e.children.map((c) => m.get('elementRegistry').getGraphics(c).parentNode);
        return groups.every((g, i) => i === 0 || g.previousSibling === groups[i - 1]);
      });
      const steps = [
        (r, m) => m.moveElements([r.get('Task_3')], {x: 30, y: 10}),
        (r, m) => m.moveElements(r.filter((e) => e.parent && !e.waypoints), {x: 10, y: 10}),
        (r, m) => m.moveElements([r.get('Task_9'), r.get('Flow_5'), r.get('Task_2')], {x: 0, y: 20}),
        (r, m) => m.moveElements([r.get('Start')], {x: -10, y: 0}),
        (r, m) => m.removeElements([r.get('Task_7')]),
        (r, m) => m.moveElements(r.filter((e) => e.parent && !e.labelTarget).reverse(), {x: 5, y: 5}),
        (r, m) => m.updateProperties(r.get('Task_4'), {name: 'Four'}),
        (r, m) => m.connect(r.get('Task_4'), r.get('Task_12')) && 0,
        (r, m) => m.moveElements([r.get('Task_4'), r.get('End')], {x: 15, y: 5}),
      ];
      const wrong = [];
      steps.forEach((step, i) => {
        for (const m of [modeler, window.peer]) step(m.get('elementRegistry'), m.get('modeling'));
        // New elements have names of their own.
        const plain = (text) => text.replace(/Flow_[0-9a-z]{7}/g, 'new');
        if (plain(order(modeler)) !== plain(order(window.peer))) wrong.push(i + ': another order');
        if (!drawn(modeler)) wrong.push(i + ': drawn in another order');
      });
      const ours = modeler.get('canvas').viewbox(), measured = Object.getPrototypeOf(modeler.get('canvas')).viewbox.call(modeler.get('canvas'));
      if (JSON.stringify(ours.inner) !== JSON.stringify(measured.inner) || ['x', 'y', 'width', 'height', 'scale'].some((n) => Math.abs(ours[n] - measured[n]) > 1e-6)) wrong.push(JSON.stringify([ours, measured]));
      return wrong.join('
');
    )js")
                                    .toString();
    QCOMPARE(differences, QString());
  }

  void whenTheBrowserDies_thenTheEditorShowsTheDocumentAgain() {
    QVERIFY(harness_->Open(kSmall));
    harness_->Run("modeler.get('modeling').updateLabel(modeler.get('elementRegistry').get('A'), 'kept');");
    harness_->Settle();
    QVERIFY(harness_->Crash());
    QCOMPARE(harness_->Run("return modeler.get('elementRegistry').get('A').businessObject.name;").toString(),
             QString("kept"));
    harness_->Run("modeler.get('modeling').updateLabel(modeler.get('elementRegistry').get('B'), 'again');");
    harness_->Settle();
    QVERIFY(harness_->Recorded().find("name=\"again\"") != std::string::npos);
    QCOMPARE(harness_->Differences(), QStringList());
  }

  void whenThePageAsksForAnythingElse_thenItGetsNothing() {
    QVERIFY(harness_->Open(kSmall));
    harness_->Run(
        "window.answers = []; for (const url of ['http://127.0.0.1:1/', 'file:///etc/passwd', "
        "'ameide-editor://app/../secret']) "
        "fetch(url).then(() => answers.push('got ' + url), () => answers.push('refused'));");
    QTRY_COMPARE_WITH_TIMEOUT(harness_->Run("return answers.join();").toString(),
                              QString("refused,refused,refused"), kWaitMs);
    QVERIFY(harness_->Run("return eval('1');").toString().startsWith("exception"));
    harness_->Run("window.location = 'http://127.0.0.1:1/';");
    QCOMPARE(harness_->Run("return location.href;").toString(), QString("ameide-editor://app/bpmn.html"));
  }

  void whenTheProgramSpeaksGerman_thenTheEditorDoesToo() {
    QLocale::setDefault(QLocale(QLocale::German));
    {
      EditorHarness german;
      QVERIFY(german.Open(kSmall));
      QCOMPARE(german.Run("return document.documentElement.lang;").toString(), QString("de"));
      QCOMPARE(german.Run("return document.getElementById('zoom-in').title;").toString(),
               QString::fromUtf8("Vergrößern (Strg++)"));
      QVERIFY(german.Run("return document.querySelector('.djs-palette').innerHTML;")
                  .toString()
                  .contains("Aufgabe erstellen"));
      // What each element can be made into, and its properties.
      german.Run(
          "for (const element of modeler.get('elementRegistry').getAll()) { "
          "modeler.get('selection').select(element); "
          "modeler.get('popupMenu').open(element, 'bpmn-replace', {x: 100, y: 100}); "
          "modeler.get('popupMenu').close(); }");
      QTRY_VERIFY_WITH_TIMEOUT(german.Run("return document.getElementById('properties').innerText;")
                                   .toString()
                                   .contains("Allgemein"),
                               kWaitMs);
      QCOMPARE(german.Run("return ameide.unknownWords.join('; ');").toString(), QString());
      german.Run("modeler.get('modeling').updateLabel(modeler.get('elementRegistry').get('A'), 'Neu');");
      german.Settle();
      QCOMPARE(german.labels(), QStringList{QString::fromUtf8("Umbenennen in „Neu“")});
    }
    QLocale::setDefault(QLocale::c());
  }

  void whenTheDiagramIsShown_thenTheWatermarkIsVisible() {
    QVERIFY(harness_->Open(kSmall));
    QVERIFY(harness_
                ->Run("const r = document.querySelector('.bjs-powered-by').getBoundingClientRect(); return "
                      "r.width > 10 && r.height > 10 && "
                      "r.right <= window.innerWidth && r.bottom <= window.innerHeight;")
                .toBool());
  }

 private:
  std::unique_ptr<EditorHarness> harness_;
};

int main(int argc, char** argv) {
  RegisterScheme();
  QApplication application(argc, argv);
  EditorTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "editor_test.moc"
