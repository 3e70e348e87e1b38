// The main path of the product, step by step in one window; each step builds on the one before.
#include <QAbstractButton>
#include <QApplication>
#include <QFrame>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeView>
#include <QTreeWidget>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/play_tab.h"
#include "app/workbench/problems.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/run_tab.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/task_form.h"
#include "app/workbench/text_tab.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "modeler/host/form_view.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

/// Lines of `after` that are not in `before`, and the other way round.
int DifferentLines(const QByteArray& before, const QByteArray& after) {
  QList<QByteArray> old_lines = before.split('\n');
  int different = 0;
  for (const QByteArray& line : after.split('\n')) different += old_lines.removeOne(line) ? 0 : 1;
  return different + static_cast<int>(old_lines.size());
}

}  // namespace

class WorkbenchE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(true);
    QVERIFY2(window_->backend()->running(), qPrintable(window_->backend()->message()));
    QCOMPARE(window_->workspace()->artifacts().size(), size_t{6});
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenWordsAreTyped_thenTheNavigatorFilters() {
    auto* filter = window_->findChild<QLineEdit*>(QStringLiteral("navigatorFilter"));
    auto* tree = window_->findChild<QTreeView*>(QStringLiteral("navigatorTree"));
    QTest::keyClicks(filter, QStringLiteral("order-to"));
    QCOMPARE(tree->model()->rowCount(), 1);
    QTest::keyClick(filter, Qt::Key_Return);
    tab_ = qobject_cast<BpmnTab*>(window_->editors()->current());
    QVERIFY(tab_ != nullptr);
    QVERIFY(WaitFor([&] { return tab_->painted(); }, kWaitMs));
    filter->clear();
    QVERIFY(tree->model()->rowCount() > 1);
  }

  void whenAnElementIsDragged_thenTheMoveIsRecordedAndOnlyItsLinesChange() {
    const QByteArray before =
        fixture_->ReadFile(fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram));
    const uint64_t events = fixture_->Events();
    WorkbenchFixture::Drag(tab_, WorkbenchFixture::Middle(tab_, QStringLiteral("SalesReminded")), {40, 0});
    QVERIFY(fixture_->WaitForEvents(events + 1));
    const auto moved = [&] {
      return fixture_->ReadFile(fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram));
    };
    QVERIFY(WaitFor([&] { return moved() != before; }, kWaitMs));
    const int different = DifferentLines(before, moved());
    QVERIFY2(different > 0 && different <= 12, qPrintable(QString::number(different)));
  }

  void whenUndoAndRedoKeysArePressed_thenBothAreRecordedAndShown() {
    const auto place = [&] {
      return WorkbenchFixture::Script(
          tab_->editor(), QStringLiteral("ameide.modeler.get('elementRegistry').get('SalesReminded').x"));
    };
    const QString moved = place();
    const uint64_t events = fixture_->Events();
    QTest::keyClick(WorkbenchFixture::Page(tab_), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(fixture_->WaitForEvents(events + 1));
    QVERIFY(WaitFor([&] { return place() != moved; }, kWaitMs));
    QTest::keyClick(WorkbenchFixture::Page(tab_), Qt::Key_Y, Qt::ControlModifier);
    QVERIFY(fixture_->WaitForEvents(events + 2));
    QVERIFY(WaitFor([&] { return place() == moved; }, kWaitMs));
  }

  void whenOnlyTheKeyboardIsUsed_thenAnElementIsDeletedAndComesBack() {
    window_->editors()->Close(tab_);
    QVERIFY(QTest::qWaitForWindowActive(window_, kWaitMs));
    // To the filter, from there to the tree, and down to the diagram.
    auto* filter = window_->findChild<QLineEdit*>(QStringLiteral("navigatorFilter"));
    auto* tree = window_->findChild<QTreeView*>(QStringLiteral("navigatorTree"));
    Press(Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QApplication::focusWidget(), static_cast<QWidget*>(filter));
    Press(Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), static_cast<QWidget*>(tree));
    for (int row = 0; row < 20 && tree->currentIndex().data() != QLatin1String("order-to-cash.bpmn"); ++row)
      Press(Qt::Key_Down);
    Press(Qt::Key_Return);
    tab_ = qobject_cast<BpmnTab*>(window_->editors()->current());
    QVERIFY(tab_ != nullptr);
    QVERIFY(WaitFor([&] { return tab_->painted(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return Focused() == QLatin1String("svg"); }, kWaitMs));

    // Ctrl+F finds an element on the diagram and selects it.
    Press(Qt::Key_F, Qt::ControlModifier);
    QVERIFY(WaitFor([&] { return Focused() == QLatin1String("input"); }, kWaitMs));
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("Remind sales"));
    QVERIFY(WaitFor([&] { return Count(QStringLiteral(".djs-search-result")) >= 1; }, kWaitMs));
    Press(Qt::Key_Return);
    QVERIFY(
        WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("RemindSales"); }, kWaitMs));
    QVERIFY(WaitFor([&] { return Focused() == QLatin1String("svg"); }, kWaitMs));

    const auto there = [&] {
      return WorkbenchFixture::ElementName(tab_, QStringLiteral("RemindSales")) ==
             QLatin1String("Remind sales");
    };
    uint64_t events = fixture_->Events();
    const auto step = [&](int key, Qt::KeyboardModifiers modifiers, bool expected) {
      Press(key, modifiers);
      return fixture_->WaitForEvents(++events) && WaitFor([&] { return there() == expected; }, kWaitMs);
    };
    QVERIFY(step(Qt::Key_Delete, Qt::NoModifier, false));
    QVERIFY(step(Qt::Key_Z, Qt::ControlModifier, true));
    QVERIFY(step(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier, false));
    QVERIFY(step(Qt::Key_Z, Qt::ControlModifier, true));
    QVERIFY(step(Qt::Key_Y, Qt::ControlModifier, false));
    QVERIFY(step(Qt::Key_Z, Qt::ControlModifier, true));
  }

  void whenF6IsPressed_thenTheKeyboardGoesAroundTheWindow() {
    window_->ShowPanel(MainWindow::Panel::kProblems);
    tab_->FocusContent();
    const auto part = [&] {
      for (const char* name : {"editorArea", "bottomPanel", "headerBar", "sideView"}) {
        const auto* widget = window_->findChild<QWidget*>(QLatin1String(name));
        if (widget->isAncestorOf(QApplication::focusWidget())) return QString::fromLatin1(name);
      }
      return QString();
    };
    const QStringList around = {QStringLiteral("editorArea"), QStringLiteral("bottomPanel"),
                                QStringLiteral("headerBar"), QStringLiteral("sideView")};
    for (int step = 0; step <= around.size(); ++step) {
      QCOMPARE(part(), around[step % around.size()]);
      Press(Qt::Key_F6);
    }
    Press(Qt::Key_F6, Qt::ShiftModifier);
    QCOMPARE(part(), around[0]);
    window_->HidePanel();
  }

  void whenANameIsTypedOnTheDiagram_thenItIsRecordedWithALabel() {
    const uint64_t events = fixture_->Events();
    // The keyboard's way to a name: select, then "e".
    tab_->Select(QStringLiteral("PrepareInvoice"), 0);
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("PrepareInvoice"); },
                    kWaitMs));
    tab_->FocusContent();
    QTest::keyClick(WorkbenchFixture::Page(tab_), Qt::Key_E);
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::Script(
                     tab_->editor(),
                     QStringLiteral("String(ameide.modeler.get('directEditing').isActive())")) ==
                 QLatin1String("true");
        },
        kWaitMs));
    QTest::keyClick(WorkbenchFixture::Page(tab_), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(WorkbenchFixture::Page(tab_), QStringLiteral("Write invoice"));
    QTest::keyClick(WorkbenchFixture::Page(tab_), Qt::Key_Return);
    QVERIFY(fixture_->WaitForEvents(events + 1));
    QCOMPARE(WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")),
             QStringLiteral("Write invoice"));
    window_->ShowSide(MainWindow::Side::kHistory);
    HistoryModel* history = window_->history()->model();
    // All of it is one session of work, the newest change first.
    QVERIFY(WaitFor([&] { return Changes() >= static_cast<int>(events) + 1; }, kWaitMs));
    const HistoryEntry& newest = history->Entry(history->index(0, 0, history->index(0, 0)));
    QVERIFY2(!newest.label.isEmpty() && newest.author == QLatin1String("Ada"), qPrintable(newest.label));
  }

  void whenAnEntryOfTheHistoryIsPicked_thenThePastIsShownAndThereIsAWayBack() {
    HistoryModel* history = window_->history()->model();
    auto* list = window_->findChild<QTreeView*>(QStringLiteral("historyList"));
    const QModelIndex oldest = history->index(Changes() - 1, 0, history->index(0, 0));
    list->scrollTo(oldest);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(oldest).center());
    QVERIFY(WaitFor(
        [&] {
          return tab_->in_past() && WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")) ==
                                        QLatin1String("Prepare invoice");
        },
        kWaitMs));
    QVERIFY(tab_->banners()->TextOf(QStringLiteral("past")).startsWith(QLatin1String("You are looking at")));
    const uint64_t events = fixture_->Events();
    WorkbenchFixture::Drag(tab_, WorkbenchFixture::Middle(tab_, QStringLiteral("SalesReminded")), {40, 0});
    QVERIFY(WorkbenchFixture::PressButton(tab_, QStringLiteral("Back")));
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")) ==
                 QLatin1String("Write invoice");
        },
        kWaitMs));
    QCOMPARE(fixture_->Events(), events);
  }

  void whenCommitted_thenOneCommitHoldsFilesAndASignedSegment() {
    window_->actions()->Get(QStringLiteral("git.commit"))->trigger();
    auto* message = window_->findChild<QLineEdit*>(QStringLiteral("commitMessage"));
    QVERIFY(message != nullptr);
    QTest::keyClicks(message, QStringLiteral("Write the invoice"));
    bool done = false;
    const auto finished = connect(window_->workspace(), &WorkspaceService::gitFinished, this,
                                  [&](const QString&, const absl::Status& error) {
                                    done = true;
                                    QVERIFY2(error.ok(), std::string(error.message()).c_str());
                                  });
    QTest::keyClick(message, Qt::Key_Return);
    QVERIFY(WaitFor([&] { return done; }, kWaitMs));
    disconnect(finished);
    QCOMPARE(fixture_->Run(QStringLiteral("git"), {QStringLiteral("log"), QStringLiteral("--format=%s|%an")})
                 .trimmed(),
             QStringLiteral("Write the invoice|Ada"));
    const QString files =
        fixture_->Run(QStringLiteral("git"), {QStringLiteral("ls-tree"), QStringLiteral("-r"),
                                              QStringLiteral("--name-only"), QStringLiteral("HEAD")});
    QVERIFY(files.contains(QLatin1String(kDiagram)));
    QVERIFY(files.contains(QLatin1String(".seg")));
    const QString committed =
        fixture_->Run(QStringLiteral("git"),
                      {QStringLiteral("show"), QStringLiteral("HEAD:%1").arg(QLatin1String(kDiagram))});
    QVERIFY(committed.contains(QLatin1String("Write invoice")));
    QCOMPARE(committed.toUtf8(),
             fixture_->ReadFile(fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram)));
  }

  void whenPushed_thenTheRemoteHasTheCommit() {
    const QString remote = fixture_->Path(QStringLiteral("remote.git"));
    fixture_->Run(QStringLiteral("git"),
                  {QStringLiteral("init"), QStringLiteral("--bare"), QStringLiteral("-q"),
                   QStringLiteral("-b"), QStringLiteral("main"), remote});
    fixture_->Run(QStringLiteral("git"),
                  {QStringLiteral("remote"), QStringLiteral("add"), QStringLiteral("origin"), remote});
    QVERIFY2(Git([&] { window_->workspace()->Push(); }).ok(), "push");
    const QString head =
        fixture_->Run(QStringLiteral("git"), {QStringLiteral("rev-parse"), QStringLiteral("HEAD")});
    const QString branch =
        fixture_->Run(QStringLiteral("git"), {QStringLiteral("branch"), QStringLiteral("--show-current")})
            .trimmed();
    QCOMPARE(fixture_->Run(QStringLiteral("git"),
                           {QStringLiteral("--git-dir"), remote, QStringLiteral("rev-parse"), branch}),
             head);
    QVERIFY2(Git([&] { window_->workspace()->Pull(); }).ok(), "pull");
  }

  void whenSomebodyElsePushes_thenPullShowsTheirChange() {
    const QString other = fixture_->Path(QStringLiteral("other"));
    fixture_->Run(QStringLiteral("git"), {QStringLiteral("clone"), QStringLiteral("-q"),
                                          fixture_->Path(QStringLiteral("remote.git")), other});
    const QString file = other + QLatin1Char('/') + QLatin1String(kDiagram);
    fixture_->WriteFile(file, fixture_->ReadFile(file).replace("\"Cancel order\"", "\"Decline order\""));
    const auto git = [&](QStringList words) {
      fixture_->Run(QStringLiteral("git"), QStringList{QStringLiteral("-C"), other} + words);
    };
    git({QStringLiteral("commit"), QStringLiteral("-qam"), QStringLiteral("Decline")});
    git({QStringLiteral("push"), QStringLiteral("-q")});
    QVERIFY2(Git([&] { window_->workspace()->Pull(); }).ok(), "pull");
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab_, QStringLiteral("CancelOrder")) ==
                 QLatin1String("Decline order");
        },
        kWaitMs));
  }

  void whenAnotherProgramSavesTheFile_thenTheEditArrivesOnTheDiagram() {
    const QString path = fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram);
    const uint64_t events = fixture_->Events();
    fixture_->WriteFile(path, fixture_->ReadFile(path).replace("\"Ship order\"", "\"Ship goods\""));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab_, QStringLiteral("ShipOrder")) ==
                 QLatin1String("Ship goods");
        },
        kWaitMs));
    QCOMPARE(WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")),
             QStringLiteral("Write invoice"));
  }

  void whenAnotherProcessWantsToWrite_thenTheWindowDoesItForIt() {
    const uint64_t events = fixture_->Events();
    for (const char* verb : {"undo", "redo"}) {
      const auto [code, said] = fixture_->RunAmeide({QLatin1String(verb), QLatin1String(kDiagram)});
      QVERIFY2(code == 0, qPrintable(QStringLiteral("%1: %2").arg(code).arg(said)));
    }
    QVERIFY(fixture_->WaitForEvents(events + 2));
    // Reading goes on beside the owner.
    const auto [code, said] = fixture_->RunAmeide({QStringLiteral("log"), QLatin1String(kDiagram)});
    QVERIFY2(code == 0 && said.contains(QLatin1String("Write invoice")), qPrintable(said));
  }

  void whenAnotherBranchIsCheckedOut_thenEditorsTreeAndHistoryFollow() {
    const auto run = [&](const QStringList& arguments) {
      const auto [code, said] = fixture_->RunAmeide(arguments);
      if (code != 0) qWarning() << arguments << said;
      return code == 0;
    };
    const auto shows = [&](const char* name) {
      return WaitFor(
          [&] {
            return WorkbenchFixture::ElementName(tab_, QStringLiteral("ShipOrder")) == QLatin1String(name);
          },
          kWaitMs);
    };
    const QString path = fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram);
    QVERIFY(run({"commit", "-m", "Before the proposal"}));
    QVERIFY(shows("Ship goods"));
    QVERIFY(run({"propose", "elsewhere"}));
    fixture_->WriteFile(path, fixture_->ReadFile(path).replace("\"Ship goods\"", "\"Send goods\""));
    const QString note = QStringLiteral("docs/elsewhere.md");
    fixture_->WriteFile(fixture_->workspace() + QLatin1Char('/') + note, "# Only here\n");
    QVERIFY(shows("Send goods"));
    QVERIFY(WaitFor([&] { return window_->workspace()->FindPath(note).has_value(); }, kWaitMs));
    QPointer<TextTab> text = qobject_cast<TextTab*>(window_->OpenArtifact(note));
    QVERIFY(text != nullptr);
    QVERIFY(
        WaitFor([&] { return text->editor()->toPlainText() == QLatin1String("# Only here\n"); }, kWaitMs));
    window_->OpenArtifact(QLatin1String(kDiagram));
    QVERIFY(run({"commit", "-m", "Elsewhere"}));
    const auto newest = [&] {
      HistoryModel* history = window_->history()->model();
      return history->rowCount() > 0 ? history->At(0).label : QString();
    };

    // By the command line, which asks the window; no event of the artifacts tells of it.
    QVERIFY(run({"checkout", "main"}));
    QVERIFY(shows("Ship goods"));
    QVERIFY(WaitFor([&] { return !window_->workspace()->FindPath(note).has_value(); }, kWaitMs));
    QVERIFY(text != nullptr && text->state().retired);
    QVERIFY(WaitFor([&] { return newest() == QLatin1String("Before the proposal"); }, kWaitMs));
    // By git, which asks nobody.
    fixture_->Run(QStringLiteral("git"), {"checkout", "-q", "proposal/elsewhere"});
    QVERIFY(shows("Send goods"));
    QVERIFY(WaitFor([&] { return window_->workspace()->FindPath(note).has_value(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return !text->state().retired; }, kWaitMs));
    QVERIFY(
        WaitFor([&] { return text->editor()->toPlainText() == QLatin1String("# Only here\n"); }, kWaitMs));
    QVERIFY(WaitFor([&] { return newest() == QLatin1String("Elsewhere"); }, kWaitMs));
    window_->editors()->Close(text);
    QVERIFY(run({"checkout", "main"}));
    QVERIFY(shows("Ship goods"));
  }

  void whenATextIsTyped_thenItsLinesAreRecorded() {
    auto* text = qobject_cast<TextTab*>(window_->OpenArtifact(QStringLiteral("docs/vision.md")));
    QVERIFY(text != nullptr);
    QVERIFY(WaitFor([&] { return !text->editor()->toPlainText().isEmpty(); }, kWaitMs));
    const QByteArray before = fixture_->ReadFile(fixture_->workspace() + QStringLiteral("/docs/vision.md"));
    QTest::keyClicks(text->editor(), QStringLiteral("Typed here. "));
    const auto after = [&] {
      return fixture_->ReadFile(fixture_->workspace() + QStringLiteral("/docs/vision.md"));
    };
    QVERIFY(WaitFor([&] { return after().contains("Typed here."); }, kWaitMs));
    QVERIFY(DifferentLines(before, after()) <= 2);
    window_->editors()->Close(text);
  }

  void whenSomethingCannotRun_thenPublishListsItAndAClickSelectsIt() {
    // Taking the implementation away makes the task impossible to run.
    const QString path = fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram);
    const QByteArray good = fixture_->ReadFile(path);
    const uint64_t events = fixture_->Events();
    fixture_->WriteFile(
        path,
        QByteArray(good).replace(
            "<ameide:domainCall domain=\"orders\" command=\"orders.v1.OrderService/ShipOrder\" />", ""));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    QCOMPARE(Publish(), QStringLiteral("refused"));
    auto* findings = window_->findChild<QTreeWidget*>(QStringLiteral("publishFindings"));
    QVERIFY(findings->topLevelItemCount() > 0);
    Q_EMIT findings->itemClicked(findings->topLevelItem(0), 0);
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("ShipOrder"); }, kWaitMs));
    QVERIFY(
        WaitFor([&] { return window_->problems()->idle() && window_->problems()->errors() > 0; }, kWaitMs));
    // The same from the problems panel, by mouse.
    tab_->Select(QStringLiteral("AssessOrder"), 0);
    QVERIFY(
        WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("AssessOrder"); }, kWaitMs));
    window_->ShowPanel(MainWindow::Panel::kProblems);
    auto* problems = window_->findChild<QTreeView*>(QStringLiteral("problemsList"));
    QCOMPARE(window_->problems()->At(0).finding.element, std::string("ShipOrder"));
    QTest::mouseClick(problems->viewport(), Qt::LeftButton, {},
                      problems->visualRect(problems->model()->index(0, 0)).center());
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("ShipOrder"); }, kWaitMs));
    fixture_->WriteFile(path, good);
    QVERIFY(fixture_->WaitForEvents(events + 2));
  }

  void whenPublished_thenAnInstanceRunsAndItsTaskCompletes() {
    QCOMPARE(Publish(), QStringLiteral("deployed"));
    window_->findChild<QPushButton*>(QStringLiteral("publishStart"))->click();
    auto* variables = window_->findChild<QPlainTextEdit*>(QStringLiteral("startVariables"));
    QVERIFY(WaitFor([&] { return variables->isVisible(); }, kWaitMs));
    variables->setPlainText(QStringLiteral("{\"customer\": \"Grace\", \"amount\": 700}"));
    QTest::mouseClick(window_->findChild<QPushButton*>(QStringLiteral("startNow")), Qt::LeftButton);
    RunTab* run = nullptr;
    QVERIFY(WaitFor(
        [&] {
          return (run = qobject_cast<RunTab*>(window_->editors()->current())) != nullptr &&
                 run->state().tasks_size() == 1 && run->painted();
        },
        kWaitMs));
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::Script(
                     run->editor(),
                     QStringLiteral(
                         "String(ameide.modeler.get('overlays').get({element: 'ApproveOrder'}).length)")) !=
                 QLatin1String("0");
        },
        kWaitMs));
    TaskForm* task = nullptr;
    QVERIFY(WaitFor([&] { return (task = run->findChild<TaskForm*>()) != nullptr && task->rendered(); },
                    kWaitMs));
    WorkbenchFixture::Script(task->form(),
                             QStringLiteral("document.querySelector('input[type=checkbox]').click(), 'ok'"));
    QTest::mouseClick(run->findChild<QPushButton*>(QStringLiteral("completeTask")), Qt::LeftButton);
    QVERIFY(WaitFor([&] { return run->state().summary().state() == process::v1::INSTANCE_STATE_COMPLETED; },
                    kWaitMs));
    QVERIFY(WaitFor(
        [&] {
          for (const QFrame* card : run->findChildren<QFrame*>()) {
            if (card->property("entity").toString().contains(QLatin1String("ORDER_STATUS_SHIPPED")))
              return true;
          }
          return false;
        },
        kWaitMs));
  }

  void whenAProcessIsPlayed_thenTokensMoveForwardsAndBackOnItsDiagram() {
    window_->editors()->Show(tab_);
    QAction* const action = window_->actions()->Get(QStringLiteral("process.play"));
    QVERIFY(action->isEnabled());
    action->trigger();
    PlayTab* play = nullptr;
    QVERIFY(WaitFor(
        [&] {
          return (play = qobject_cast<PlayTab*>(window_->editors()->current())) != nullptr && play->ready();
        },
        kWaitMs));
    const auto badges_at = [&](const char* element) {
      return WorkbenchFixture::Script(
          play->editor(), QStringLiteral("String(ameide.modeler.get('overlays').get({element: '%1'}).length)")
                              .arg(QLatin1String(element)));
    };
    // Tokens travel first.
    const auto shows = [&](const char* element, int badges) {
      return WaitFor([&] { return badges_at(element) == QString::number(badges); }, kWaitMs);
    };
    const auto press = [&](const char* text) {
      return WorkbenchFixture::PressButton(play, QString::fromLatin1(text)) &&
             WaitFor([&] { return play->idle(); }, kWaitMs);
    };
    QVERIFY(shows("ToRecordOrder", 1));
    QVERIFY(press("Step"));
    QVERIFY(shows("ToRecordOrder", 0));
    QVERIFY(shows("RecordOrder", 1));
    QVERIFY(press("Step back"));
    QVERIFY(shows("ToRecordOrder", 1));
    QVERIFY(press("Run"));
    QVERIFY(press("Complete"));
    for (int i = 0; i < 10 && play->state().instances(0).choices_size() == 0; ++i) QVERIFY(press("Step"));
    QCOMPARE(play->state().instances(0).choices(0).element(), std::string("ApprovalNeeded"));
    WorkbenchFixture::Shot(window_, QStringLiteral("play"));
    QVERIFY(press("yes"));
    QVERIFY(press("Run"));
    QVERIFY(shows("ApproveOrder", 1));
    QVERIFY(press("Next timer"));
    QVERIFY(press("Run"));
    QVERIFY(std::any_of(play->state().events().begin(), play->state().events().end(),
                        [](const auto& event) { return event.element() == "SalesReminded"; }));
    // What is typed wrong is said, and nothing is lost.
    QVERIFY(WaitFor(
        [&] {
          for (QPlainTextEdit* results : play->findChildren<QPlainTextEdit*>(QStringLiteral("json"))) {
            if (!results->isVisible()) continue;
            results->setPlainText(QStringLiteral("{approved"));
            return true;
          }
          return false;
        },
        kWaitMs));
    QVERIFY(press("Complete"));
    QVERIFY(play->banners()->TextOf(QStringLiteral("play")).contains(QLatin1String("JSON")));
    QVERIFY(shows("ApproveOrder", 1));
    QVERIFY(press("Start over"));
    QVERIFY(WaitFor([&] { return play->ready() && play->state().actions() == 0; }, kWaitMs));
    QCOMPARE(play->state().instances(0).positions(0).element(), std::string("ToRecordOrder"));
    window_->editors()->Close(play);
  }

  void whenAllIsDone_thenTheDomainsDatabaseHoldsTheOrder() {
    const QString database = fixture_->Path(QStringLiteral("profile/backend/domains.db"));
    const QString table =
        fixture_
            ->Run(QStringLiteral("sqlite3"),
                  {database, QStringLiteral("select name from sqlite_master where type='table' and name like "
                                            "'%order%' order by length(name) limit 1")})
            .trimmed();
    QVERIFY(!table.isEmpty());
    const QString rows = fixture_->Run(QStringLiteral("sqlite3"),
                                       {database, QStringLiteral("select * from \"%1\"").arg(table)});
    QCOMPARE(rows.count(QLatin1String("Grace")), 1);
    QVERIFY2(rows.contains(QLatin1String("700")), qPrintable(rows));
  }

 private:
  /// A key where the keyboard is, as from a hand: shortcuts of the window count.
  void Press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QWidget* focus = QApplication::focusWidget();
    QTest::keyClick(focus == nullptr ? window_ : focus, static_cast<Qt::Key>(key), modifiers);
  }
  /// The name of the element of the page that has the keyboard.
  QString Focused() {
    return WorkbenchFixture::Script(tab_->editor(),
                                    QStringLiteral("document.activeElement.tagName.toLowerCase()"));
  }
  int Count(const QString& selector) {
    return WorkbenchFixture::Script(tab_->editor(),
                                    QStringLiteral("document.querySelectorAll('%1').length").arg(selector))
        .toInt();
  }

  /// How many changes the newest session of the history shows, unfolded.
  int Changes() {
    HistoryModel* history = window_->history()->model();
    window_->history()->ExpandAll();
    return history->rowCount() > 0 ? history->rowCount(history->index(0, 0)) : 0;
  }

  absl::Status Git(const std::function<void()>& start) {
    return WorkbenchFixture::Git(window_->workspace(), start);
  }

  QString Publish() {
    QString outcome;
    const auto finished = connect(window_->publish(), &PublishPanel::finished, this,
                                  [&](const QString& how) { outcome = how; });
    window_->ShowPanel(MainWindow::Panel::kPublish);
    window_->publish()->Publish();
    WaitFor([&] { return !outcome.isEmpty(); }, kWaitMs);
    disconnect(finished);
    return outcome;
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::WorkbenchE2e; });
}

#include "workbench_e2e.moc"
