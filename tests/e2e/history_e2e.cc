// Looking back: the timeline, its filters, states of the past on the canvas, restoring, the replay; and
// finding elements.
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSlider>
#include <QTest>
#include <QToolButton>
#include <QTreeView>
#include <future>
#include <utility>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
/// One window; Ada renames and adds, then Grace moves and removes. Each step builds on the one before.
class HistoryE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(false);
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
    history_ = window_->history()->model();
    tree_ = window_->findChild<QTreeView*>(QStringLiteral("historyList"));
    shapes_ = Shapes();
    QVERIFY(shapes_ > 10);
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenTwoPeopleWorkInTurn_thenEachHasASessionOfTheirChanges() {
    Edit(
        QStringLiteral("modeling.updateProperties(registry.get('PrepareInvoice'), {name: 'Write invoice'})"));
    Edit(QStringLiteral("modeling.appendShape(registry.get('ShipOrder'), {type: 'bpmn:UserTask'})"));
    BecomeGrace();
    Edit(QStringLiteral("modeling.moveElements([registry.get('RemindSales')], {x: 0, y: 60})"));
    Edit(QStringLiteral("modeling.removeElements([registry.get('CancelOrder')])"));
    QTest::keyClick(window_, Qt::Key_H, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(
        WaitFor([&] { return history_->rowCount() == 2 && history_->At(0).author == QLatin1String("Grace"); },
                kWaitMs));
    QCOMPARE(history_->At(0).kind, HistoryEntry::Kind::kSession);
    QCOMPARE(history_->At(0).changes, 2);
    QCOMPARE(history_->At(1).author, QStringLiteral("Ada"));
    QCOMPARE(history_->At(1).changes, 3);
    // The session's changes are read when it is unfolded, with the keyboard as with the mouse.
    QVERIFY(history_->rowCount(history_->index(1, 0)) == 0);
    tree_->setFocus();
    tree_->setCurrentIndex(history_->index(1, 0));
    QTest::keyClick(tree_, Qt::Key_Right);
    QVERIFY(WaitFor([&] { return history_->rowCount(history_->index(1, 0)) == 3; }, kWaitMs));
    QCOMPARE(Change(1, 1).label, QStringLiteral("Change “Write invoice”"));
  }

  void whenAChangeIsPicked_thenTheCanvasShowsThatTimeAndCannotBeEdited() {
    const QModelIndex rename = history_->index(1, 0, history_->index(1, 0));
    tree_->setCurrentIndex(rename);
    QTest::keyClick(tree_, Qt::Key_Return);
    // The renamed task, without the one that was appended since; what was removed is there again.
    QVERIFY(WaitFor([&] { return tab_->in_past() && Has("CancelOrder") && Shapes() == shapes_; }, kWaitMs));
    QCOMPARE(WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")),
             QStringLiteral("Write invoice"));
    QCOMPARE(WorkbenchFixture::ElementName(tab_, QStringLiteral("CancelOrder")),
             QStringLiteral("Cancel order"));
    const QString banner = tab_->banners()->TextOf(QStringLiteral("past"));
    QVERIFY2(banner.startsWith(QLatin1String("You are looking at")) && banner.contains(QLatin1String("Ada")),
             qPrintable(banner));
    QCOMPARE(WorkbenchFixture::Script(tab_->editor(),
                                      QStringLiteral("String(ameide.modeler.get('modeling', false))")),
             QStringLiteral("null"));
    WorkbenchFixture::Shot(window_, QStringLiteral("history-past"));
  }

  void whenTheSliderIsMoved_thenEachPlaceShowsItsOwnState() {
    auto* slider = tab_->findChild<QSlider*>(QStringLiteral("timeSlider"));
    QVERIFY(slider != nullptr);
    QVERIFY(WaitFor([&] { return slider->isVisible() && slider->maximum() == 4; }, kWaitMs));
    QCOMPARE(slider->value(), 1);
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Right);
    QVERIFY(WaitFor([&] { return Shapes() > shapes_; }, kWaitMs));
    QTest::keyClick(slider, Qt::Key_Home);
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")) ==
                 QLatin1String("Prepare invoice");
        },
        kWaitMs));
    QCOMPARE(tab_->findChild<QLabel*>(QStringLiteral("timePlace"))->text(), QStringLiteral("Change 1 of 5"));
    // Moved fast, the last place wins.
    for (int place = 0; place < 4; ++place) QTest::keyClick(slider, Qt::Key_Right);
    QVERIFY(WaitFor([&] { return !Has("CancelOrder"); }, kWaitMs));
  }

  void whenItIsReplayed_thenItGrowsFromTheFirstChangeToTheLast() {
    QStringList seen;
    const auto shown = connect(tab_, &ArtifactTab::pastShown, this,
                               [&](const PastState& past) { seen.append(past.revision); });
    QTest::mouseClick(tab_->findChild<QToolButton*>(QStringLiteral("timePlay")), Qt::LeftButton);
    auto* slider = tab_->findChild<QSlider*>(QStringLiteral("timeSlider"));
    QVERIFY(WaitFor([&] { return seen.size() == 5 && slider->value() == 4; }, kWaitMs));
    disconnect(shown);
    QCOMPARE(QSet<QString>(seen.begin(), seen.end()).size(), 5);
    QVERIFY(WaitFor([&] { return !Has("CancelOrder"); }, kWaitMs));
  }

  void whenAStateIsRestored_thenItIsThePresentOneAsAChangeOfItsOwn() {
    const uint64_t events = fixture_->Events();
    window_->history()->Pick(history_->index(0, 0, history_->index(1, 0)));
    QVERIFY(WaitFor([&] { return Has("CancelOrder"); }, kWaitMs));
    QVERIFY(WorkbenchFixture::PressButton(tab_, QStringLiteral("Restore")));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    QVERIFY(WaitFor([&] { return !tab_->in_past() && Has("CancelOrder"); }, kWaitMs));
    QVERIFY(WaitFor([&] { return !tab_->findChild<QSlider*>(QStringLiteral("timeSlider"))->isVisible(); },
                    kWaitMs));
    QVERIFY(WaitFor([&] { return history_->rowCount() > 0 && history_->At(0).changes == 3; }, kWaitMs));
    QVERIFY2(history_->At(0).label.contains(QLatin1String("Restore")), qPrintable(history_->At(0).label));
  }

  void whenFilteredByPersonWordsAndElement_thenOnlyWhatFitsIsListed() {
    auto* author = window_->findChild<QComboBox*>(QStringLiteral("historyAuthor"));
    auto* words = window_->findChild<QLineEdit*>(QStringLiteral("historyWords"));
    auto* element = window_->findChild<QPushButton*>(QStringLiteral("historyElement"));
    auto* empty = window_->findChild<QLabel*>(QStringLiteral("historyEmpty"));
    QCOMPARE(author->count(), 3);
    author->setCurrentText(QStringLiteral("Ada"));
    QVERIFY(
        WaitFor([&] { return history_->rowCount() == 1 && history_->At(0).author == QLatin1String("Ada"); },
                kWaitMs));
    author->setCurrentIndex(0);
    QTest::keyClicks(words, QStringLiteral("write invoice"));
    QVERIFY(WaitFor(
        [&] { return history_->rowCount() == 1 && history_->At(0).kind == HistoryEntry::Kind::kChange; },
        kWaitMs));
    words->clear();
    // Who touched this task: the rename, and the import that brought it.
    tab_->Select(QStringLiteral("PrepareInvoice"), 0);
    QVERIFY(WaitFor([&] { return element->isVisible(); }, kWaitMs));
    QCOMPARE(element->toolTip(), QStringLiteral("Only what touched “Write invoice”"));
    QTest::mouseClick(element, Qt::LeftButton);
    QVERIFY(WaitFor([&] { return history_->rowCount() == 1 && history_->At(0).changes == 2; }, kWaitMs));
    WorkbenchFixture::Shot(window_, QStringLiteral("history-element"));
    QTest::keyClicks(words, QStringLiteral("nobody wrote this"));
    QVERIFY(WaitFor([&] { return history_->rowCount() == 0; }, kWaitMs));
    QVERIFY(WaitFor([&] { return empty->isVisible(); }, kWaitMs));
    QVERIFY(empty->text() == QLatin1String("Nothing in the history fits this filter."));
    QVERIFY(WorkbenchFixture::PressButton(window_->history(), QStringLiteral("Show everything")));
    QVERIFY(WaitFor([&] { return history_->rowCount() == 2; }, kWaitMs));
  }

  void whenASessionIsUnfoldedWhileItGrows_thenAllOfItIsThere() {
    const auto session = [&] {
      int row = 0;
      while (row < history_->rowCount() && history_->At(row).kind != HistoryEntry::Kind::kSession) ++row;
      return history_->index(row, 0);
    };
    const auto changes = [&] { return session().isValid() ? history_->At(session().row()).changes : 0; };
    const auto move = [&](int by) {
      return QStringLiteral("modeling.moveElements([registry.get('RemindSales')], {x: 0, y: %1})").arg(by);
    };
    tree_->collapseAll();
    const int before = changes();
    Edit(move(10));
    QVERIFY(WaitFor([&] { return changes() == before + 1; }, kWaitMs));
    // The workspace answers nothing until the view has asked for the list again.
    std::promise<void> go;
    bool asked = false;
    connect(window_->workspace(), &WorkspaceService::recorded, this, [&, gate = go.get_future().share()] {
      if (std::exchange(asked, true)) return;
      window_->workspace()->Read(
          this, [gate](uaf::Workspace&) { return gate.wait(), true; }, [](bool) {});
    });
    const int shown = changes();
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("(() => { const modeling = ameide.modeler.get('modeling'), "
                                            "registry = ameide.modeler.get('elementRegistry'); %1; })()")
                                 .arg(move(-10)));
    QVERIFY(WaitFor([&] { return asked; }, kWaitMs));
    QTest::qWait(500);
    QCOMPARE(changes(), shown);
    tree_->expand(session());
    go.set_value();
    disconnect(window_->workspace(), &WorkspaceService::recorded, this, nullptr);
    QVERIFY(WaitFor([&] { return changes() == before + 2; }, kWaitMs));
    QVERIFY(WaitFor([&] { return history_->rowCount(session()) == before + 2; }, kWaitMs));
  }

  void whenCommittedAndTagged_thenBothAreOnTheTimeline() {
    QVERIFY(WorkbenchFixture::Git(window_->workspace(), [&] {
              window_->workspace()->Commit(QStringLiteral("Write the invoice"));
            }).ok());
    const auto [code, said] = fixture_->RunAmeide({QStringLiteral("tag"), QStringLiteral("v1")});
    QVERIFY2(code == 0, qPrintable(said));
    window_->findChild<QComboBox*>(QStringLiteral("historyScope"))->setCurrentIndex(1);
    const auto kinds = [&](HistoryEntry::Kind kind) {
      int count = 0;
      for (int row = 0; row < history_->rowCount(); ++row) count += history_->At(row).kind == kind ? 1 : 0;
      return count;
    };
    QVERIFY(WaitFor(
        [&] { return kinds(HistoryEntry::Kind::kCommit) == 1 && kinds(HistoryEntry::Kind::kRevision) == 1; },
        kWaitMs));
    WorkbenchFixture::Shot(window_, QStringLiteral("history-workspace"));
    window_->findChild<QComboBox*>(QStringLiteral("historyScope"))->setCurrentIndex(0);
    QVERIFY(WaitFor([&] { return kinds(HistoryEntry::Kind::kRevision) == 0 && history_->rowCount() >= 3; },
                    kWaitMs));
    for (int row = 0; row < history_->rowCount(); ++row) {
      if (history_->At(row).kind == HistoryEntry::Kind::kCommit)
        window_->history()->Pick(history_->index(row, 0));
    }
    QVERIFY(WaitFor([&] { return tab_->in_past() && tab_->past()->revision.size() == 40; }, kWaitMs));
    QVERIFY(WaitFor([&] { return Has("CancelOrder"); }, kWaitMs));
    QVERIFY(WorkbenchFixture::PressButton(tab_, QStringLiteral("Back")));
    QVERIFY(WaitFor([&] { return !tab_->in_past(); }, kWaitMs));
  }

  void whenAnElementIsSearchedWithCtrlK_thenItIsSelectedOnItsDiagram() {
    window_->editors()->Close(tab_);
    QTest::keyClick(window_, Qt::Key_K, Qt::ControlModifier);
    auto* results = window_->findChild<QListWidget*>(QStringLiteral("commandResults"));
    QVERIFY(WaitFor([&] { return results->isVisible(); }, kWaitMs));
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("remind sa"));
    QVERIFY(WaitFor(
        [&] { return results->count() >= 1 && results->item(0)->text() == QLatin1String("Remind sales"); },
        kWaitMs));
    const QString described = results->item(0)->data(Qt::AccessibleTextRole).toString();
    QVERIFY2(described.contains(QStringLiteral("script task · order-to-cash.bpmn")), qPrintable(described));
    WorkbenchFixture::Shot(window_, QStringLiteral("search-element"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    tab_ = qobject_cast<BpmnTab*>(window_->editors()->current());
    QVERIFY(tab_ != nullptr);
    QVERIFY(WaitFor([&] { return tab_->painted(); }, kWaitMs));
    QVERIFY(
        WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("RemindSales"); }, kWaitMs));
    // What is called like nothing says so.
    QTest::keyClick(window_, Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("zzzz"));
    QVERIFY(WaitFor([&] { return results->count() == 1; }, kWaitMs));
    QCOMPARE(results->item(0)->text(), QStringLiteral("Nothing is called “zzzz”"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
  }

 private:
  /// Runs one command of the editor and waits until it is recorded.
  void Edit(const QString& command) {
    const uint64_t events = fixture_->Events();
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("(() => { const modeling = ameide.modeler.get('modeling'), "
                                            "registry = ameide.modeler.get('elementRegistry'); %1; "
                                            "return 'ok'; })()")
                                 .arg(command));
    QVERIFY(fixture_->WaitForEvents(events + 1));
  }
  void BecomeGrace() {
    bool done = false;
    window_->workspace()->SetIdentity(QStringLiteral("Grace"), QStringLiteral("grace@example.com"), this,
                                      [&](const absl::Status& status) { done = status.ok(); });
    QVERIFY(WaitFor([&] { return done; }, kWaitMs));
  }
  /// Elements on the canvas, labels and root not counted.
  int Shapes() {
    return WorkbenchFixture::Script(
               tab_->editor(),
               QStringLiteral("document.querySelectorAll('.djs-element.djs-shape:not([data-element-id$="
                              "_label])').length"))
        .toInt();
  }
  bool Has(const char* id) {
    return WorkbenchFixture::Script(tab_->editor(),
                                    QStringLiteral("document.querySelectorAll('[data-element-id=%1]').length")
                                        .arg(QLatin1String(id))) == QLatin1String("1");
  }
  const HistoryEntry& Change(int session, int change) {
    return history_->Entry(history_->index(change, 0, history_->index(session, 0)));
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  HistoryModel* history_ = nullptr;
  QTreeView* tree_ = nullptr;
  int shapes_ = 0;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::HistoryE2e; });
}

#include "history_e2e.moc"
