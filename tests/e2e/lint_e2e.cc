// What lint finds, on the canvas and in the panel, and what mends it, in the real window.
#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/problems.h"
#include "app/workbench/problems_panel.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

constexpr char kModel[] = "processes/checked.bpmn";

/// A default flow with a condition, a gateway with a wrong direction, a complex gateway that Camunda 8 does
/// not run: three problems, two of which can be mended.
QByteArray Model() {
  QByteArray model =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
      "xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" "
      "xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" "
      "xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" id=\"D\" targetNamespace=\"urn:checked\">\n"
      "  <bpmn:process id=\"checked\" isExecutable=\"true\">\n"
      "    <bpmn:startEvent id=\"Start\" name=\"Begin\">\n"
      "      <bpmn:outgoing>First</bpmn:outgoing>\n"
      "    </bpmn:startEvent>\n"
      "    <bpmn:exclusiveGateway id=\"Choice\" name=\"Large?\" gatewayDirection=\"Converging\" "
      "default=\"Small\">\n"
      "      <bpmn:incoming>First</bpmn:incoming>\n"
      "      <bpmn:outgoing>Large</bpmn:outgoing>\n"
      "      <bpmn:outgoing>Small</bpmn:outgoing>\n"
      "    </bpmn:exclusiveGateway>\n"
      "    <bpmn:userTask id=\"Look\" name=\"Look at it\">\n"
      "      <bpmn:incoming>Large</bpmn:incoming>\n"
      "      <bpmn:outgoing>Last</bpmn:outgoing>\n"
      "    </bpmn:userTask>\n"
      "    <bpmn:endEvent id=\"End\" name=\"Done\">\n"
      "      <bpmn:incoming>Small</bpmn:incoming>\n"
      "    </bpmn:endEvent>\n"
      "    <bpmn:endEvent id=\"Looked\" name=\"Looked at\">\n"
      "      <bpmn:incoming>Last</bpmn:incoming>\n"
      "    </bpmn:endEvent>\n"
      "    <bpmn:sequenceFlow id=\"First\" sourceRef=\"Start\" targetRef=\"Choice\" />\n"
      "    <bpmn:sequenceFlow id=\"Large\" name=\"yes\" sourceRef=\"Choice\" targetRef=\"Look\">\n"
      "      <bpmn:conditionExpression>=amount &gt; 10</bpmn:conditionExpression>\n"
      "    </bpmn:sequenceFlow>\n"
      "    <bpmn:sequenceFlow id=\"Small\" name=\"no\" sourceRef=\"Choice\" targetRef=\"End\">\n"
      "      <bpmn:conditionExpression>=amount &lt; 10</bpmn:conditionExpression>\n"
      "    </bpmn:sequenceFlow>\n"
      "    <bpmn:sequenceFlow id=\"Last\" sourceRef=\"Look\" targetRef=\"Looked\" />\n"
      "  </bpmn:process>\n"
      "  <bpmndi:BPMNDiagram id=\"Diagram\">\n"
      "    <bpmndi:BPMNPlane id=\"Plane\" bpmnElement=\"checked\">\n";
  const auto shape = [&](const char* id, int x, int y, int width, int height) {
    model += QStringLiteral(
                 "      <bpmndi:BPMNShape id=\"%1_di\" bpmnElement=\"%1\">\n        <dc:Bounds x=\"%2\" "
                 "y=\"%3\" width=\"%4\" height=\"%5\" />\n      </bpmndi:BPMNShape>\n")
                 .arg(QLatin1String(id))
                 .arg(x)
                 .arg(y)
                 .arg(width)
                 .arg(height)
                 .toUtf8();
  };
  const auto edge = [&](const char* id, int x1, int y1, int x2, int y2) {
    model += QStringLiteral(
                 "      <bpmndi:BPMNEdge id=\"%1_di\" bpmnElement=\"%1\">\n        <di:waypoint x=\"%2\" "
                 "y=\"%3\" />\n        <di:waypoint x=\"%4\" y=\"%5\" />\n      </bpmndi:BPMNEdge>\n")
                 .arg(QLatin1String(id))
                 .arg(x1)
                 .arg(y1)
                 .arg(x2)
                 .arg(y2)
                 .toUtf8();
  };
  shape("Start", 100, 102, 36, 36);
  shape("Choice", 200, 95, 50, 50);
  shape("Look", 320, 80, 100, 80);
  shape("End", 207, 232, 36, 36);
  shape("Looked", 480, 102, 36, 36);
  edge("First", 136, 120, 200, 120);
  edge("Large", 250, 120, 320, 120);
  edge("Small", 225, 145, 225, 232);
  edge("Last", 420, 120, 480, 120);
  return model + "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n";
}

}  // namespace

class LintE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    fixture_->WriteFile(fixture_->workspace() + QLatin1Char('/') + QLatin1String(kModel), Model());
    window_ = fixture_->OpenWindow(false);
    tab_ = qobject_cast<BpmnTab*>(window_->OpenArtifact(QLatin1String(kModel)));
    QVERIFY(tab_ != nullptr);
    QVERIFY(WaitFor([&] { return tab_->painted() && window_->problems()->idle(); }, kWaitMs));
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenAModelIsChecked_thenItsElementsAreMarkedOnTheCanvas() {
    QVERIFY(WaitFor([&] { return Flagged() == QLatin1String("Choice:error,Small:warning"); }, kWaitMs));
    QVERIFY(Script(QStringLiteral("document.querySelector('.ameide-flag-warning title').textContent"))
                .contains(QLatin1String("default flow")));
  }

  void whenTheContextPadsFixIsPressed_thenTheProblemIsGoneAndUndoBringsItBack() {
    const std::string before = Text();
    tab_->Select(QStringLiteral("Small"), 0);
    QVERIFY(WaitFor(
        [&] {
          return Script(QStringLiteral("document.querySelectorAll('.ameide-mend').length")) ==
                 QLatin1String("1");
        },
        kWaitMs));
    const QPoint at = Place(QStringLiteral(".ameide-mend"));
    QTest::mouseClick(WorkbenchFixture::Page(tab_), Qt::LeftButton, {}, at);
    QVERIFY(WaitFor([&] { return Flagged() == QLatin1String("Choice:error"); }, kWaitMs));
    const std::string after = Text();
    QCOMPARE(std::count(before.begin(), before.end(), '\n') - std::count(after.begin(), after.end(), '\n'),
             1);
    QVERIFY(after.find("amount &lt; 10") == std::string::npos);
    window_->actions()->Get(QStringLiteral("edit.undo"))->trigger();
    QVERIFY(WaitFor([&] { return Flagged() == QLatin1String("Choice:error,Small:warning"); }, kWaitMs));
    QVERIFY(Text() == before);
  }

  void whenTheListIsFiltered_thenItShowsWhatFits() {
    window_->ShowPanel(MainWindow::Panel::kProblems);
    auto* list = window_->findChild<QTreeView*>(QStringLiteral("problemsList"));
    auto* scope = window_->findChild<QComboBox*>(QStringLiteral("problemsScope"));
    auto* words = window_->findChild<QLineEdit*>(QStringLiteral("problemsFilter"));
    auto* errors = window_->findChild<QToolButton*>(QStringLiteral("problems-error"));
    const int all = list->model()->rowCount();
    scope->setCurrentIndex(1);
    QVERIFY(list->model()->rowCount() <= all);
    QCOMPARE(list->model()->rowCount(), 2);
    QTest::mouseClick(errors, Qt::LeftButton);
    QCOMPARE(list->model()->rowCount(), 1);
    QTest::mouseClick(errors, Qt::LeftButton);
    QTest::keyClicks(words, QStringLiteral("gateway-direction"));
    QCOMPARE(list->model()->rowCount(), 1);
    words->clear();
    QTest::keyClicks(words, QStringLiteral("no such words"));
    QCOMPARE(list->model()->rowCount(), 0);
    words->clear();
    QCOMPARE(list->model()->rowCount(), 2);
  }

  void whenF8IsPressed_thenTheNextProblemsElementIsSelected() {
    window_->actions()->Get(QStringLiteral("problems.next"))->trigger();
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("Choice"); }, kWaitMs));
    window_->actions()->Get(QStringLiteral("problems.next"))->trigger();
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("Small"); }, kWaitMs));
  }

  void whenMendAllIsPressed_thenWhatCanBeMendedIsInOneChange() {
    const uint64_t events = window_->workspace()->FindPath(QLatin1String(kModel))->events;
    auto* all = window_->findChild<QPushButton*>(QStringLiteral("problemsMendAll"));
    QVERIFY(all->isEnabled());
    QTest::mouseClick(all, Qt::LeftButton);
    QVERIFY(WaitFor([&] { return Flagged().isEmpty(); }, kWaitMs));
    QVERIFY(Text().find("gatewayDirection=\"Diverging\"") != std::string::npos);
    const auto recorded = [&] { return window_->workspace()->FindPath(QLatin1String(kModel))->events; };
    QVERIFY(WaitFor([&] { return recorded() > events; }, kWaitMs));
    QCOMPARE(recorded(), events + 1);
    QVERIFY(WaitFor([&] { return !all->isEnabled(); }, kWaitMs));
  }

  void whenANameIsTakenAwayOnTheCanvas_thenTheListFollows() {
    auto* list = window_->findChild<QTreeView*>(QStringLiteral("problemsList"));
    QCOMPARE(list->model()->rowCount(), 0);
    Script(
        QStringLiteral("ameide.modeler.get('modeling').updateProperties(ameide.modeler.get('elementRegistry')"
                       ".get('Look'), {name: ''})"));
    QVERIFY(WaitFor([&] { return Flagged() == QLatin1String("Look:warning"); }, kWaitMs));
    QVERIFY(WaitFor([&] { return list->model()->rowCount() == 1; }, kWaitMs));
  }

  void whenAnotherTargetIsChosen_thenItsRulesHoldAndAreRemembered() {
    // A script task in an unknown language runs nowhere; one without anything is fine as documentation.
    Script(QStringLiteral(
        "ameide.modeler.get('bpmnReplace').replaceElement(ameide.modeler.get('elementRegistry')"
        ".get('Look'), {type: 'bpmn:ServiceTask'})"));
    const bool flagged = WaitFor([&] { return Flagged() == QLatin1String("Look:error"); }, kWaitMs);
    QVERIFY2(flagged, qPrintable(Flagged() + QLatin1Char('\n') + QString::fromStdString(Text())));
    auto* target = window_->findChild<QComboBox*>(QStringLiteral("problemsTarget"));
    target->setCurrentIndex(target->findData(QStringLiteral("documentation")));
    QVERIFY(WaitFor([&] { return Flagged() == QLatin1String("Look:warning"); }, kWaitMs));
    fixture_->CloseWindow();
    window_ = fixture_->OpenWindow(false);
    QCOMPARE(window_->problems()->target(), QStringLiteral("documentation"));
    tab_ = qobject_cast<BpmnTab*>(window_->OpenArtifact(QLatin1String(kModel)));
    QVERIFY(WaitFor([&] { return tab_->painted() && Flagged() == QLatin1String("Look:warning"); }, kWaitMs));
    window_->problems()->SetTarget(QStringLiteral("embedded"));
    QVERIFY(WaitFor([&] { return Flagged() == QLatin1String("Look:error"); }, kWaitMs));
  }

 private:
  QString Script(const QString& script) { return WorkbenchFixture::Script(tab_->editor(), script); }
  /// "ID:TONE" of every sign on the canvas, sorted, with commas.
  QString Flagged() {
    return Script(
        QStringLiteral("[...document.querySelectorAll('.djs-element > .ameide-flag')].map(f => "
                       "f.parentNode.dataset.elementId + ':' "
                       "+ (f.classList.contains('ameide-flag-error') ? 'error' : 'warning')).sort().join()"));
  }
  QPoint Place(const QString& selector) {
    const QStringList place =
        Script(QStringLiteral("(() => { const b = document.querySelector('%1').getBoundingClientRect(); "
                              "return Math.round(b.left + b.width / 2) + ',' + Math.round(b.top + "
                              "b.height / 2); })()")
                   .arg(selector))
            .split(QLatin1Char(','));
    return {place.value(0).toInt(), place.value(1).toInt()};
  }
  std::string Text() const { return tab_->editor()->document()->Render(); }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::LintE2e; });
}
#include "lint_e2e.moc"
