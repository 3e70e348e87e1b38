// The Publish sheet: what goes and why, the gates, the result, and the way back.
#include <QApplication>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>

#include "app/workbench/actions.h"
#include "app/workbench/publish_history.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
class PublishE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(true);
    QVERIFY2(window_->backend()->running(), qPrintable(window_->backend()->message()));
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
    window_->ShowPanel(MainWindow::Panel::kPublish);
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenTheSheetIsShown_thenItSaysWhatGoesAndThatTheGatesAreOpen() {
    QVERIFY(
        WaitFor([&] { return Why(QLatin1String(kDiagram)) == QLatin1String("not published yet"); }, kWaitMs));
    QCOMPARE(Why(QStringLiteral("domains/orders.proto")), QStringLiteral("not published yet"));
    QCOMPARE(Rows("publishHistory"), 0);
    QCOMPARE(Gates(), QStringLiteral("passed,passed,passed,passed"));
  }

  void whenItIsPublished_thenTheSheetKnowsTheVersion() {
    QCOMPARE(Do([&] { Press("publishNow"); }), QStringLiteral("deployed"));
    QVERIFY(WaitFor([&] { return Why(QLatin1String(kDiagram)) == QLatin1String("unchanged, version 1"); },
                    kWaitMs));
    QVERIFY(WaitFor([&] { return Rows("publishHistory") == 1; }, kWaitMs));
    QVERIFY(!window_->findChild<QPushButton*>(QStringLiteral("publishRollBack"))->isEnabled());
  }

  void whenTheProcessChanges_thenTheSheetSaysSoAndTheNextVersionGoes() {
    Rename(QStringLiteral("Write invoice"));
    QVERIFY(WaitFor([&] { return Why(QLatin1String(kDiagram)) == QLatin1String("changed since version 1"); },
                    kWaitMs));
    QVERIFY(Why(QStringLiteral("domains/orders.proto")).startsWith(QLatin1String("unchanged")));
    QCOMPARE(Do([&] { Press("publishNow"); }), QStringLiteral("deployed"));
    QVERIFY(WaitFor([&] { return Rows("publishHistory") == 2; }, kWaitMs));
    QVERIFY2(Text("publishHistory", 0).contains(QLatin1String("version 2")),
             qPrintable(Text("publishHistory", 0)));
  }

  void whenAnEarlierOneIsChosen_thenItsContentIsTheNewestVersionAgain() {
    auto* history = window_->findChild<QTreeWidget*>(QStringLiteral("publishHistory"));
    auto* back = window_->findChild<QPushButton*>(QStringLiteral("publishRollBack"));
    history->setCurrentItem(history->topLevelItem(1));
    QVERIFY(WaitFor([&] { return back->isEnabled(); }, kWaitMs));
    QCOMPARE(Do([&] { back->click(); }), QStringLiteral("deployed"));
    QVERIFY2(outcome_.contains(QLatin1String("version 3")), qPrintable(outcome_));
    QVERIFY(WaitFor([&] { return Rows("publishHistory") == 3; }, kWaitMs));
    // The workspace has not changed: what it holds is not what runs.
    QCOMPARE(WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")),
             QStringLiteral("Write invoice"));
    QVERIFY(WaitFor([&] { return Why(QLatin1String(kDiagram)) == QLatin1String("changed since version 3"); },
                    kWaitMs));
    Rename(QStringLiteral("Prepare invoice"));
    QVERIFY(WaitFor([&] { return Why(QLatin1String(kDiagram)) == QLatin1String("unchanged, version 3"); },
                    kWaitMs));
  }

  void whenSomethingIsWrong_thenTheGateIsShutAndLeadsToIt() {
    WorkbenchFixture::Script(
        tab_->editor(),
        QStringLiteral(
            "(() => { const get = (name) => ameide.modeler.get(name); const gateway = "
            "get('elementRegistry').get('ApprovalNeeded'); get('modeling').updateProperties(gateway, "
            "{gatewayDirection: 'Converging'}); })()"));
    QVERIFY(WaitFor([&] { return Gates() == QLatin1String("passed,not passed,passed,passed"); }, kWaitMs));
    auto* gates = window_->findChild<QListWidget*>(QStringLiteral("publishGates"));
    QTest::mouseClick(gates->viewport(), Qt::LeftButton, {}, gates->visualItemRect(gates->item(1)).center());
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("ApprovalNeeded"); },
                    kWaitMs));
    QCOMPARE(Do([&] { Press("publishNow"); }), QStringLiteral("refused"));
    QVERIFY(Rows("publishFindings") > 0);
    QCOMPARE(Rows("publishHistory"), 3);
  }

 private:
  void Rename(const QString& name) {
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("ameide.modeler.get('modeling').updateLabel(ameide.modeler.get("
                                            "'elementRegistry').get('PrepareInvoice'), '%1')")
                                 .arg(name));
  }
  void Press(const char* name) {
    auto* button = window_->findChild<QPushButton*>(QLatin1String(name));
    QVERIFY(WaitFor([&] { return button->isEnabled(); }, kWaitMs));
    button->click();
  }
  /// Does something that publishes; how that ended.
  QString Do(const std::function<void()>& act) {
    QString how;
    const auto finished = connect(window_->publish(), &PublishPanel::finished, this,
                                  [&](const QString& outcome, const QString& text) {
                                    how = outcome;
                                    outcome_ = text;
                                  });
    act();
    WaitFor([&] { return !how.isEmpty(); }, kWaitMs);
    disconnect(finished);
    return how;
  }
  QTreeWidget* Tree(const char* name) { return window_->findChild<QTreeWidget*>(QLatin1String(name)); }
  int Rows(const char* name) { return Tree(name)->topLevelItemCount(); }
  QString Text(const char* name, int row) { return Tree(name)->topLevelItem(row)->text(0); }
  QString Why(const QString& path) {
    for (int row = 0; row < Rows("publishArtifacts"); ++row) {
      if (Tree("publishArtifacts")->topLevelItem(row)->toolTip(0) == path)
        return Tree("publishArtifacts")->topLevelItem(row)->text(1);
    }
    return {};
  }
  QString Gates() {
    const auto* gates = window_->findChild<QListWidget*>(QStringLiteral("publishGates"));
    QStringList states;
    for (int row = 0; row < gates->count(); ++row)
      states << gates->item(row)->data(Qt::AccessibleTextRole).toString().section(QStringLiteral(": "), -1);
    return states.join(QLatin1Char(','));
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  QString outcome_;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::PublishE2e; });
}
#include "publish_e2e.moc"
