// What is seen of runs, and what can be done about them: durations on the diagram, variables and what they
// were, incidents and their three ways out, the timeline, versions, search.
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>
#include <QTreeWidgetItemIterator>

#include "app/workbench/backend_calls.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/heat_legend.h"
#include "app/workbench/incident_card.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/run_tab.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/trace_timeline.h"
#include "app/workbench/variable_table.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

QList<QTreeWidgetItem*> AllItems(QTreeWidget* tree) {
  QList<QTreeWidgetItem*> items;
  for (QTreeWidgetItemIterator at(tree); *at != nullptr; ++at) items.append(*at);
  return items;
}

}  // namespace

/// One window and one backend; each step builds on the one before.
class RunsE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(true);
    QVERIFY2(window_->backend()->running(), qPrintable(window_->backend()->message()));
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
    window_->ShowSide(MainWindow::Side::kRuns);
    tree_ = window_->runs()->findChild<QTreeWidget*>(QStringLiteral("runsTree"));
    search_ = window_->runs()->findChild<QLineEdit*>(QStringLiteral("runsSearch"));
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenNothingIsPublished_thenTheViewSaysWhatToDo() {
    QVERIFY(WaitFor([&] { return Says(QStringLiteral("Nothing is published yet")); }, kWaitMs));
    QVERIFY(!search_->isEnabled());
  }

  void whenARunWaits_thenItsTimelineTellsWhenEachElementWasActive() {
    QCOMPARE(Publish(), QStringLiteral("deployed"));
    RunTab* run = Start(QStringLiteral(R"({"customer": "Ada", "amount": 900})"));
    QVERIFY(run != nullptr);
    first_ = QString::fromStdString(run->state().summary().id());
    QVERIFY(WaitFor([&] { return run->state().tasks_size() == 1; }, kWaitMs));
    auto* trace = run->findChild<TraceTimeline*>();
    QVERIFY(WaitFor([&] { return Row(trace, QStringLiteral("Approve order")) != nullptr; }, kWaitMs));
    QCOMPARE(trace->topLevelItemCount(), 1);  // the whole run, with everything in it
    QVERIFY(Row(trace, QStringLiteral("Record order"))->parent() == trace->topLevelItem(0));
    QTest::mouseClick(trace->viewport(), Qt::LeftButton, {},
                      trace->visualItemRect(Row(trace, QStringLiteral("Record order"))).center());
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::Script(
                     run->editor(), QStringLiteral("ameide.modeler.get('selection').get()[0]?.id || ''")) ==
                 QLatin1String("RecordOrder");
        },
        kWaitMs));
  }

  void whenAVariableIsChanged_thenTheRunHasItAndTheTableTellsWhatItWas() {
    auto* run = qobject_cast<RunTab*>(window_->editors()->current());
    auto* table = run->findChild<VariableTable*>();
    QVERIFY(WaitFor([&] { return Row(table, QStringLiteral("customer")) != nullptr; }, kWaitMs));
    // By keyboard alone: Enter, the new value, Enter.
    table->setCurrentItem(Row(table, QStringLiteral("customer")), 1);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Return);
    auto* edit = table->findChild<QLineEdit*>();
    QVERIFY(edit != nullptr);
    edit->selectAll();
    QTest::keyClicks(edit, QStringLiteral("Grace"));
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(WaitFor(
        [&] { return run->state().variables_json().find("\"customer\":\"Grace\"") != std::string::npos; },
        kWaitMs));
    QVERIFY(WaitFor(
        [&] {
          const QTreeWidgetItem* row = Row(table, QStringLiteral("customer"));
          return row != nullptr && row->childCount() == 2 &&
                 row->child(0)->text(1) == QLatin1String("Grace") &&
                 row->child(1)->text(1) == QLatin1String("Ada");
        },
        kWaitMs));
  }

  void whenDurationsAreShown_thenElementsHaveColoursAndWordsAndTheLegendSaysWhatTheyMean() {
    auto* run = qobject_cast<RunTab*>(window_->editors()->current());
    auto* button = run->findChild<QPushButton*>(QStringLiteral("runHeat"));
    button->setFocus();
    QTest::keyClick(button, Qt::Key_Space);
    QVERIFY(WaitFor([&] { return !run->heat().empty(); }, kWaitMs));
    const int warm = static_cast<int>(run->heat().size());
    QVERIFY(WaitFor([&] { return Count(run, ".ameide-heat-label") == warm; }, kWaitMs));
    QCOMPARE(Count(run, "[class*=\"ameide-heat-\"].djs-shape"), warm);
    QVERIFY(WaitFor([&] { return run->findChild<HeatLegend*>()->isVisible(); }, kWaitMs));
    QVERIFY(
        run->findChild<QLabel*>(QStringLiteral("runHeatNote"))->text().contains(QLatin1String("one run")));
    WorkbenchFixture::Shot(window_, QStringLiteral("runs-heat"));
    QTest::keyClick(button, Qt::Key_Space);
    QVERIFY(WaitFor([&] { return Count(run, ".ameide-heat-label") == 0; }, kWaitMs));
    QCOMPARE(Count(run, "[class*=\"ameide-heat-\"].djs-shape"), 0);
    QVERIFY(WaitFor([&] { return !run->findChild<HeatLegend*>()->isVisible(); }, kWaitMs));
  }

  void whenAVariableWasTheCause_thenResolvingMendsItAndTheRunGoesOn() {
    RunTab* run = Start(QStringLiteral(R"({"customer": "Lin", "amount": "much"})"));
    QVERIFY(run != nullptr);
    IncidentCard* card = WaitForIncident(run);
    QVERIFY(card != nullptr);
    QString message = card->findChild<QLabel*>(QStringLiteral("incidentMessage"))->text();
    QVERIFY2(message.remove(QChar(0x200b)).count(QLatin1String("OrderService/CreateOrder")) == 1,
             qPrintable(message));
    Click(card, "incidentResolve");
    auto* form = card->findChild<QWidget*>(QStringLiteral("incidentResolveForm"));
    auto* table = form->findChild<VariableTable*>();
    WorkbenchFixture::Shot(window_, QStringLiteral("runs-incident"));
    Row(table, QStringLiteral("amount"))->setText(1, QStringLiteral("120"));
    Click(card, "incidentResolveNow");
    QVERIFY(WaitFor([&] { return run->state().incidents_size() == 0; }, kWaitMs));
    QVERIFY(WaitFor([&] { return run->state().summary().state() == process::v1::INSTANCE_STATE_COMPLETED; },
                    kWaitMs));
  }

  void whenAnElementIsSkipped_thenTheRunGoesOnWithTheResultsThatWereGiven() {
    RunTab* run = Start(QStringLiteral(R"({"customer": "Lin", "amount": "much"})"));
    QVERIFY(run != nullptr);
    IncidentCard* card = WaitForIncident(run);
    QVERIFY(card != nullptr);
    const std::string first = run->state().incidents(0).id();
    Click(card, "incidentSkip");
    auto* table = card->findChild<QWidget*>(QStringLiteral("incidentSkipForm"))->findChild<VariableTable*>();
    QTreeWidgetItem* row = table->topLevelItem(0);
    row->setText(0, QStringLiteral("amount"));
    row->setText(1, QStringLiteral("120"));
    QCOMPARE(table->topLevelItemCount(), 2);  // and one to go on with
    Click(card, "incidentSkipNow");
    QVERIFY(
        WaitFor([&] { return run->state().incidents_size() == 0 || run->state().incidents(0).id() != first; },
                kWaitMs));
  }

  void whenAnotherVersionIsPublished_thenVersionsAreListedAndInstancesAreFoundByThem() {
    const auto head = [this] {
      return window_->workspace()->FindPath(QStringLiteral("processes/order-to-cash.bpmn"))->head;
    };
    const uaf::EventId before = head();
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("ameide.modeler.get('modeling').updateLabel(ameide.modeler.get("
                                            "'elementRegistry').get('PrepareInvoice'), 'Write invoice')"));
    QVERIFY(WaitFor([&] { return head() != before; }, kWaitMs));  // the editor tells of it a moment later
    QCOMPARE(Publish(), QStringLiteral("deployed"));
    RunTab* run = Start(QStringLiteral(R"({"customer": "Ada", "amount": 900})"));
    QVERIFY(run != nullptr);
    QVERIFY(WaitFor(
        [&] {
          const QTreeWidgetItem* versions = Row(tree_, QStringLiteral("Versions"));
          return versions != nullptr && versions->childCount() == 2 &&
                 versions->child(0)->text(1) == QLatin1String("1 instance") &&
                 versions->child(1)->text(1) == QLatin1String("3 instances");
        },
        kWaitMs));
    search_->setText(QStringLiteral("v2"));
    QVERIFY(WaitFor([&] { return Instances() == 1; }, kWaitMs));
    search_->setText(first_.right(8));
    QVERIFY(WaitFor([&] { return Instances() == 1; }, kWaitMs));
    search_->setText(first_);
    QVERIFY(WaitFor([&] { return Instances() == 1; }, kWaitMs));
    search_->setText(QStringLiteral("nothing like it"));
    QVERIFY(WaitFor([&] { return Says(QStringLiteral("No instance fits")); }, kWaitMs));
    search_->clear();
    auto* state = window_->runs()->findChild<QComboBox*>(QStringLiteral("runsState"));
    state->setCurrentIndex(state->findText(QStringLiteral("Completed")));
    QVERIFY(WaitFor([&] { return Instances() >= 1 && Instances() < 4; }, kWaitMs));
    state->setCurrentIndex(0);
  }

 private:
  QString Publish() {
    QString how;
    const auto finished = connect(window_->publish(), &PublishPanel::finished, this,
                                  [&](const QString& outcome) { how = outcome; });
    WaitFor([&] { return !window_->workspace()->pending_writes(); }, kWaitMs);
    window_->publish()->Publish();
    WaitFor([&] { return !how.isEmpty(); }, kWaitMs);
    disconnect(finished);
    window_->HidePanel();
    return how;
  }
  RunTab* Start(const QString& variables) {
    const EditorTab* before = window_->editors()->current();
    window_->runs()->StartProcess(QStringLiteral("order-to-cash"), variables);
    RunTab* run = nullptr;
    WaitFor(
        [&] {
          run = qobject_cast<RunTab*>(window_->editors()->current());
          return run != nullptr && run != before && run->painted();
        },
        kWaitMs);
    return run;
  }
  IncidentCard* WaitForIncident(RunTab* run) {
    WaitFor([&] { return run->state().incidents_size() == 1 && run->findChild<IncidentCard*>() != nullptr; },
            kWaitMs);
    // One turn on, the cards that were replaced by it are gone.
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    return run->findChild<IncidentCard*>();
  }
  static void Click(QWidget* in, const char* name) {
    QTest::mouseClick(in->findChild<QPushButton*>(QLatin1String(name)), Qt::LeftButton);
  }
  static QTreeWidgetItem* Row(QTreeWidget* tree, const QString& text) {
    for (QTreeWidgetItem* item : AllItems(tree)) {
      if (item->text(0) == text) return item;
    }
    return nullptr;
  }
  static int Count(RunTab* run, const char* selector) {
    return WorkbenchFixture::Script(
               run->editor(),
               QStringLiteral("String(document.querySelectorAll('%1').length)").arg(QLatin1String(selector)))
        .toInt();
  }
  int Instances() {
    int count = 0;
    for (const QTreeWidgetItem* item : AllItems(tree_))
      count += item->toolTip(0).startsWith(QLatin1String("Instance")) ? 1 : 0;
    return count;
  }
  bool Says(const QString& text) {
    for (const QLabel* label : window_->runs()->findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().startsWith(text)) return true;
    }
    return false;
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  QTreeWidget* tree_ = nullptr;
  QLineEdit* search_ = nullptr;
  QString first_;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::RunsE2e; });
}

#include "runs_e2e.moc"
