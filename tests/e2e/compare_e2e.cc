// What differs: every kind of change on the canvas and in the list, side by side, texts, files, the
// workspace, reports.
#include <QApplication>
#include <QDateEdit>
#include <QFile>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeView>
#include <QTreeWidget>
#include <QWebEngineView>

#include "app/workbench/actions.h"
#include "app/workbench/compare_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "modeler/host/compare_canvas.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

using Kind = ComparedElement::Kind;

}  // namespace

/// One window; a task is renamed, one is added, one is moved, one is removed. Each step builds on the one
/// before.
class CompareE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(false);
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
    first_ = ToQString(uaf::FormatId(tab_->state().head));
    place_ = Ask(tab_->editor(),
                 "(e => e.x + ',' + e.y)(ameide.modeler.get('elementRegistry').get('RemindSales'))");
    Edit("modeling.updateProperties(registry.get('PrepareInvoice'), {name: 'Write invoice'})");
    Edit("window.added = modeling.appendShape(registry.get('ShipOrder'), {type: 'bpmn:UserTask'}).id");
    Edit("modeling.updateLabel(registry.get(window.added), 'Ask how it was')");
    Edit("modeling.moveElements([registry.get('RemindSales')], {x: 20, y: 70})");
    Edit("modeling.removeElements([registry.get('CancelOrder')])");
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenAStateOfThePastIsCompared_thenTheListNamesEachElementOnce() {
    tab_->ShowPast({QStringLiteral("then"), QString(), first_});
    QVERIFY(WorkbenchFixture::PressButton(tab_, QStringLiteral("Compare")));
    compare_ = qobject_cast<CompareTab*>(window_->editors()->current());
    QVERIFY(compare_ != nullptr);
    QVERIFY(WaitFor([&] { return compare_->done(); }, kWaitMs));
    QCOMPARE(compare_->compared().size(), size_t{1});
    QCOMPARE(Of(Kind::kAdded), 2);    // the task and the flow to it
    QCOMPARE(Of(Kind::kRemoved), 2);  // the task and one of its flows; the other one leads on to its end
    QSet<QString> added;
    for (const ComparedElement& element : compare_->compared()[0].elements) {
      if (element.kind == Kind::kAdded) added.insert(element.name);
    }
    QCOMPARE(added, (QSet<QString>{QStringLiteral("Ask how it was"),
                                   QStringLiteral("Ship order → Ask how it was")}));
    const ComparedElement* renamed = Element(QStringLiteral("PrepareInvoice"));
    QVERIFY(renamed != nullptr && renamed->kind == Kind::kChanged);
    QCOMPARE(renamed->values,
             (std::vector<ComparedValue>{{QStringLiteral("name"), QStringLiteral("Prepare invoice"),
                                          QStringLiteral("Write invoice")}}));
    QCOMPARE(ToQString(renamed->events.at(0).author.name), QStringLiteral("Ada"));
    const ComparedElement* led = Element(QStringLiteral("NotApproved"));
    QVERIFY(led != nullptr && led->kind == Kind::kChanged);
    QCOMPARE(led->values,
             (std::vector<ComparedValue>{{QStringLiteral("targetRef"), QStringLiteral("CancelOrder"),
                                          QStringLiteral("OrderDeclined")}}));
    QCOMPARE(Of(Kind::kChanged), 2);
    const ComparedElement* moved = Element(QStringLiteral("RemindSales"));
    QVERIFY(moved != nullptr && moved->kind == Kind::kMoved && moved->layout);
    QCOMPARE(moved->values.size(), size_t{2});
    QCOMPARE(moved->values[0].name, QStringLiteral("x"));
    QCOMPARE(moved->values[0].after->toDouble() - moved->values[0].before->toDouble(), 20.0);
    QCOMPARE(moved->values[1].after->toDouble() - moved->values[1].before->toDouble(), 70.0);
    // The neighbours' lists of flows are no changes of theirs.
    QVERIFY(Element(QStringLiteral("ShipOrder")) == nullptr || Element(QStringLiteral("ShipOrder"))->layout);
    // What only moved is folded away.
    auto* list = compare_->findChild<QTreeWidget*>(QStringLiteral("compareChanges"));
    QTreeWidgetItem* folded = list->topLevelItem(list->topLevelItemCount() - 1);
    QVERIFY(folded->text(0).startsWith(QLatin1String("Only moved")) && !folded->isExpanded());
    QCOMPARE(list->topLevelItemCount() - 1, 6);
    const QString summary = compare_->findChild<QLabel*>(QStringLiteral("compareSummary"))->text();
    QVERIFY2(summary.startsWith(QStringLiteral("2 added · 2 removed · 2 changed")), qPrintable(summary));
    tab_->LeavePast();
  }

  void whenCompared_thenTheCanvasMarksAddedChangedMovedAndDrawsGhosts() {
    QCOMPARE(Count("#after .djs-shape.compare-added:not([data-element-id$=_label])"), 1);
    QCOMPARE(Count("#after .djs-connection.compare-added"), 1);
    QCOMPARE(Count("#after .djs-shape.compare-changed:not([data-element-id$=_label])"), 1);
    QCOMPARE(Count("#after [data-element-id=RemindSales].compare-moved"), 1);
    QCOMPARE(Count("#after .compare-ghost[data-ghost-id=CancelOrder]"), 1);
    QCOMPARE(Count("#after .compare-ghost[data-ghost-id=ToOrderDeclined]"), 1);
    QCOMPARE(Count("#after .djs-connection.compare-changed"), 1);
    QCOMPARE(Count("#after [data-element-id=CancelOrder]"), 0);
    // The ghost stands where the task stood, the place of the moved one is where it was.
    QCOMPARE(Page("document.querySelector('[data-place-id=RemindSales]').getAttribute('x') + ',' + "
                  "document.querySelector('[data-place-id=RemindSales]').getAttribute('y')"),
             place_);
    QCOMPARE(
        Page("(([a, b]) => Math.hypot(a.left - b.left, a.top - b.top) < 1)([document.querySelector('#after "
             ".compare-ghost[data-ghost-id=CancelOrder]').getBoundingClientRect(), (e => { const m = "
             "document.querySelector('#after .viewport').getScreenCTM(); return {left: m.a * e.x + m.e, top: "
             "m.d * "
             "e.y + m.f}; })(ameide.comparison.earlier.get('elementRegistry').get('CancelOrder'))])"),
        QStringLiteral("true"));
    QCOMPARE(Count(".compare-sign-added"), 1);
    QCOMPARE(Count("#after .compare-sign-changed"), 1);
    WorkbenchFixture::Shot(window_, QStringLiteral("compare-overlay"));
  }

  void whenWalked_thenEachChangeIsMarkedOnTheCanvasInTurn() {
    auto* list = compare_->findChild<QTreeWidget*>(QStringLiteral("compareChanges"));
    QSet<QString> seen;
    const int lines = list->topLevelItemCount() - 1;
    list->setCurrentItem(nullptr);
    for (int line = 0; line < lines; ++line) {
      window_->actions()->Get(QStringLiteral("compare.next"))->trigger();
      const QString name = list->currentItem()->text(0);
      seen.insert(list->currentItem()->toolTip(0));
      QVERIFY2(WaitFor(
                   [&] {
                     return Count("#after .djs-element.compare-current, .compare-ghost.compare-current") == 1;
                   },
                   kWaitMs),
               qPrintable(name));
    }
    QCOMPARE(seen.size(), lines);
    // The values of the one that was changed stand below, before and after.
    compare_->Step(-1);
    for (int line = 0; line < lines && list->currentItem()->text(0) != QLatin1String("Write invoice"); ++line)
      compare_->Step(-1);
    auto* details = compare_->findChild<QTreeWidget*>(QStringLiteral("compareDetails"));
    QCOMPARE(details->topLevelItem(0)->text(1), QStringLiteral("Prepare invoice"));
    QCOMPARE(details->topLevelItem(0)->text(2), QStringLiteral("Write invoice"));
    QVERIFY2(details->topLevelItem(1)->text(0).contains(QLatin1String("Ada")),
             qPrintable(details->topLevelItem(1)->text(0)));
  }

  void whenAGhostIsClicked_thenTheListShowsIt() {
    const QStringList place =
        Page(
            "(b => Math.round(b.left + b.width / 2) + ',' + Math.round(b.top + b.height / 2))(document."
            "querySelector('#after .compare-ghost[data-ghost-id=CancelOrder]').getBoundingClientRect())")
            .split(QLatin1Char(','));
    QTest::mouseClick(compare_->canvas()->view()->focusProxy(), Qt::LeftButton, {},
                      QPoint(place.value(0).toInt(), place.value(1).toInt()));
    auto* list = compare_->findChild<QTreeWidget*>(QStringLiteral("compareChanges"));
    QVERIFY(WaitFor(
        [&] {
          return list->currentItem() != nullptr &&
                 list->currentItem()->text(0) == QLatin1String("Cancel order");
        },
        kWaitMs));
  }

  void whenSideBySide_thenBothAreSeenAndMoveTogether() {
    QTest::mouseClick(compare_->findChild<QPushButton*>(QStringLiteral("compareSide")), Qt::LeftButton);
    QVERIFY(
        WaitFor([&] { return Page("document.querySelector('#before').getBoundingClientRect().left") == "0"; },
                kWaitMs));
    QCOMPARE(Count("#before [data-element-id=CancelOrder].compare-removed"), 1);
    QCOMPARE(Page("getComputedStyle(document.querySelector('.compare-ghost')).display"),
             QStringLiteral("none"));
    const QString box =
        "(v => [v.x, v.y, v.scale].map(Math.round).join())(ameide.comparison.%1.get('canvas').viewbox())";
    Page("(ameide.comparison.earlier.get('canvas').scroll({dx: 40, dy: -30}), 'ok')");
    QCOMPARE(Page(box.arg("later")), Page(box.arg("earlier")));
    Page("(ameide.comparison.later.get('canvas').zoom(0.5), 'ok')");
    QCOMPARE(Page(box.arg("earlier")), Page(box.arg("later")));
    WorkbenchFixture::Shot(window_, QStringLiteral("compare-side"));
    compare_->SetSideBySide(false);
  }

  void whenTwoEntriesOfTheHistoryAreSelected_thenTheyAreCompared() {
    window_->OpenArtifact(QLatin1String(kDiagram));
    window_->ShowSide(MainWindow::Side::kHistory);
    HistoryModel* history = window_->history()->model();
    QVERIFY(WaitFor(
        [&] {
          window_->history()->ExpandAll();
          return history->rowCount() == 1 && history->rowCount(history->index(0, 0)) >= 5;
        },
        kWaitMs));
    auto* tree = window_->findChild<QTreeView*>(QStringLiteral("historyList"));
    const QModelIndex session = history->index(0, 0);
    const int last = history->rowCount(session) - 1;
    const auto click = [&](int row, Qt::KeyboardModifiers keys) {
      const QModelIndex entry = history->index(row, 0, session);
      tree->scrollTo(entry);
      QTest::mouseClick(tree->viewport(), Qt::LeftButton, keys, tree->visualRect(entry).center());
    };
    click(last, Qt::NoModifier);
    click(last - 1, Qt::ControlModifier);
    QVERIFY(WaitFor([&] { return window_->editors()->current() == compare_ && compare_->done(); }, kWaitMs));
    // Between those two, only the name was changed.
    QCOMPARE(compare_->compared().at(0).elements.size(), size_t{1});
    QCOMPARE(Of(Kind::kChanged), 1);
    tab_->LeavePast();
  }

  void whenATextIsCompared_thenItsLinesAreShown() {
    const QString path = QStringLiteral("docs/vision.md");
    const QString first = ToQString(uaf::FormatId(window_->workspace()->FindPath(path)->head));
    const QString file = fixture_->workspace() + QLatin1Char('/') + path;
    fixture_->WriteFile(file, fixture_->ReadFile(file) + "\nOne more line.\n");
    QVERIFY(
        WaitFor([&] { return ToQString(uaf::FormatId(window_->workspace()->FindPath(path)->head)) != first; },
                kWaitMs));
    CompareTab* text = window_->OpenCompare({path,
                                             {QStringLiteral("then"), QString(), first},
                                             {QStringLiteral("now"), QString(), QStringLiteral("now")},
                                             {}});
    QVERIFY(WaitFor([&] { return text->done(); }, kWaitMs));
    auto* lines = text->findChild<QPlainTextEdit*>(QStringLiteral("compareLines"));
    QVERIFY(WaitFor([&] { return lines->isVisible(); }, kWaitMs));
    QVERIFY(lines->toPlainText().contains(QLatin1String("\n+One more line.")));
    QVERIFY(!lines->extraSelections().isEmpty());
    window_->editors()->Close(text);
  }

  void whenTheWorkspaceIsCompared_thenEveryArtifactTellsWhoAndWhy() {
    window_->actions()->Get(QStringLiteral("compare.workspace"))->trigger();
    auto* all = qobject_cast<CompareTab*>(window_->editors()->current());
    QVERIFY(all != nullptr);
    auto* since = all->findChild<QDateEdit*>(QStringLiteral("compareSince"));
    QVERIFY(WaitFor([&] { return since->isVisible(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return all->done(); }, kWaitMs));
    // The workspace is younger than the first day: all of it is new.
    QCOMPARE(all->compared().size(), window_->workspace()->artifacts().size());
    for (const ComparedArtifact& artifact : all->compared()) {
      QVERIFY2(!artifact.before && artifact.after && !artifact.events.empty(), qPrintable(artifact.path));
      QCOMPARE(ToQString(artifact.events.back().author.name), QStringLiteral("Ada"));
    }
    WorkbenchFixture::Shot(window_, QStringLiteral("compare-workspace"));
    // The same day of next year on both sides: nothing differs, and that is said.
    for (const char* name : {"compareSince", "compareUntil"})
      all->findChild<QDateEdit*>(QLatin1String(name))->setDate(QDate::currentDate().addYears(1));
    QVERIFY(WaitFor([&] { return all->done() && all->compared().empty(); }, kWaitMs));
    QCOMPARE(all->findChild<QLabel*>(QStringLiteral("compareSaid"))->text(),
             QStringLiteral("Nothing differs between these two states."));
    window_->editors()->Close(all);
  }

  void whenAReportIsSaved_thenItHoldsPictureValuesAndReasons() {
    CompareTab* tab = window_->OpenCompare({QLatin1String(kDiagram),
                                            {QStringLiteral("then"), QString(), first_},
                                            {QStringLiteral("now"), QString(), QStringLiteral("now")},
                                            {}});
    QVERIFY(WaitFor([&] { return tab->done(); }, kWaitMs));
    const auto write = [&](const QString& file) {
      QString error = QStringLiteral("not done");
      tab->WriteReport(file, [&](const QString& why) { error = why; });
      WaitFor([&] { return error != QLatin1String("not done"); }, kWaitMs);
      return error;
    };
    const QString page = fixture_->Path(QStringLiteral("report.html"));
    QCOMPARE(write(page), QString());
    const QString html = QString::fromUtf8(fixture_->ReadFile(page));
    for (const char* words : {"<del>Prepare invoice</del> → <ins>Write invoice</ins>", "<svg",
                              "compare-ghost", "Ask how it was", "Cancel order", "Ada"})
      QVERIFY2(html.contains(QString::fromUtf8(words)), words);
    const QString pdf = fixture_->Path(QStringLiteral("report.pdf"));
    QCOMPARE(write(pdf), QString());
    QVERIFY(fixture_->ReadFile(pdf).startsWith("%PDF"));
    QVERIFY(!write(fixture_->Path(QStringLiteral("no/such/folder/report.html"))).isEmpty());
  }

  void whenComparedWithAFile_thenElementsAreMatchedAndABrokenFileIsToldOf() {
    const QString good = fixture_->Path(QStringLiteral("other.bpmn"));
    fixture_->WriteFile(good,
                        fixture_->ReadFile(fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram))
                            .replace("\"Approve order\"", "\"Allow order\""));
    const auto with = [&](const QString& file) {
      CompareTab* tab = window_->OpenCompare({QLatin1String(kDiagram),
                                              {QStringLiteral("file"), file, QString()},
                                              {QStringLiteral("now"), QString(), QStringLiteral("now")},
                                              file});
      return WaitFor([&] { return tab->done(); }, kWaitMs);
    };
    QVERIFY(with(good));
    QCOMPARE(compare_->compared().size(), size_t{1});
    QCOMPARE(compare_->compared()[0].elements.size(), size_t{1});
    QCOMPARE(compare_->compared()[0].elements[0].element, QStringLiteral("ApproveOrder"));
    fixture_->WriteFile(good, "<broken");
    QVERIFY(with(good));
    const QString said = compare_->findChild<QLabel*>(QStringLiteral("compareSaid"))->text();
    QVERIFY2(said.startsWith(QLatin1String("These states cannot be compared:")) &&
                 said.contains(QLatin1String("1:")),
             qPrintable(said));
  }

 private:
  void Edit(const char* command) {
    const uint64_t events = fixture_->Events();
    Ask(tab_->editor(), QStringLiteral("(() => { const modeling = ameide.modeler.get('modeling'), registry = "
                                       "ameide.modeler.get('elementRegistry'); %1; return 'ok'; })()")
                            .arg(QLatin1String(command)));
    QVERIFY(fixture_->WaitForEvents(events + 1));
  }
  static QString Ask(modeler::WebPage* page, const QString& script) {
    return WorkbenchFixture::Script(page, script);
  }
  static QString Ask(modeler::WebPage* page, const char* script) {
    return Ask(page, QString::fromUtf8(script));
  }
  QString Page(const QString& script) {
    return Ask(compare_->canvas(), QStringLiteral("String(%1)").arg(script));
  }
  int Count(const char* selector) {
    return Page(QStringLiteral("document.querySelectorAll('%1').length").arg(QLatin1String(selector)))
        .toInt();
  }
  int Of(Kind kind) const {
    int count = 0;
    for (const ComparedElement& element : compare_->compared().at(0).elements)
      count += element.kind == kind ? 1 : 0;
    return count;
  }
  const ComparedElement* Element(const QString& id) const {
    for (const ComparedElement& element : compare_->compared().at(0).elements) {
      if (element.element == id) return &element;
    }
    return nullptr;
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  CompareTab* compare_ = nullptr;
  QString first_;
  QString place_;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::CompareE2e; });
}

#include "compare_e2e.moc"
