// Editors beside each other and in windows of their own; links to places.
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QTest>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/links.h"
#include "app/workbench/text_tab.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
class PanesE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(false);
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenATabIsMovedToTheOtherSide_thenBothAreSeenAndCommandsGoToTheActiveOne() {
    EditorArea* editors = window_->editors();
    QVERIFY(!Action("tab.other_pane")->isEnabled());
    auto* text = qobject_cast<TextTab*>(window_->OpenArtifact(QStringLiteral("docs/vision.md")));
    QVERIFY(text != nullptr);
    QVERIFY(Action("tab.other_pane")->isEnabled());
    Action("tab.other_pane")->trigger();
    QCOMPARE(editors->panes(), 2);
    QVERIFY(WaitFor([&] { return text->isVisible() && tab_->isVisible(); }, kWaitMs));
    QCOMPARE(editors->current(), static_cast<EditorTab*>(text));
    QVERIFY(!Action("diagram.zoom_fit")->isEnabled());
    tab_->FocusContent();
    QVERIFY(WaitFor([&] { return editors->current() == tab_; }, kWaitMs));
    QVERIFY(Action("diagram.zoom_fit")->isEnabled());
    // The diagram that was beside something still takes edits.
    const uint64_t events = fixture_->Events();
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("ameide.modeler.get('modeling').updateLabel(ameide.modeler.get("
                                            "'elementRegistry').get('RemindSales'), 'Ask sales')"));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    // What is opened opens where somebody works.
    window_->OpenArtifact(QStringLiteral("README.md"));
    QVERIFY(WaitFor([&] { return !tab_->isVisible() && text->isVisible(); }, kWaitMs));
    editors->Close(editors->current());
    QVERIFY(WaitFor([&] { return tab_->isVisible(); }, kWaitMs));
    // The last tab of a side takes its side along, whichever that is.
    tab_->FocusContent();
    Action("tab.other_pane")->trigger();
    QCOMPARE(editors->panes(), 1);
    Action("tab.other_pane")->trigger();
    QCOMPARE(editors->panes(), 2);
    editors->Close(text);
    QCOMPARE(editors->panes(), 1);
    QCOMPARE(editors->current(), static_cast<EditorTab*>(tab_));
  }

  void whenATabIsDetached_thenItWorksInItsWindowAndComesBack() {
    EditorArea* editors = window_->editors();
    Action("tab.detach")->trigger();
    auto* own = window_->findChild<QWidget*>(QStringLiteral("editorWindow"));
    QVERIFY(own != nullptr && tab_->window() == own);
    QVERIFY(WaitFor([&] { return own->isVisible(); }, kWaitMs));
    QCOMPARE(editors->current(), static_cast<EditorTab*>(tab_));
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab_, QStringLiteral("ShipOrder")) ==
                 QLatin1String("Ship order");
        },
        kWaitMs));
    const uint64_t events = fixture_->Events();
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("ameide.modeler.get('modeling').updateLabel(ameide.modeler.get("
                                            "'elementRegistry').get('ShipOrder'), 'Send order')"));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    Action("edit.undo")->trigger();
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab_, QStringLiteral("ShipOrder")) ==
                 QLatin1String("Ship order");
        },
        kWaitMs));
    QVERIFY(own->actions().contains(Action("edit.undo")));
    // All menus are there, too, with the same actions.
    const auto* menus = own->findChild<QMenuBar*>();
    QVERIFY(menus != nullptr);
    QVERIFY(WaitFor([&] { return menus->isVisible(); }, kWaitMs));
    QCOMPARE(menus->actions().size(), window_->menuBar()->actions().size());
    QVERIFY(menus->actions()[1]->menu()->actions().contains(Action("edit.undo")));
    WorkbenchFixture::Shot(own, QStringLiteral("detached"));
    own->close();
    QVERIFY(WaitFor([&] { return tab_->window() == window_; }, kWaitMs));
    QVERIFY(WaitFor([&] { return tab_->isVisible(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return window_->findChild<QWidget*>(QStringLiteral("editorWindow")) == nullptr; },
                    kWaitMs));
  }

  void whenWordsAreLookedForInAText_thenEachPlaceIsSelectedInTurn() {
    auto* text = qobject_cast<TextTab*>(window_->OpenArtifact(QStringLiteral("docs/vision.md")));
    QVERIFY(text != nullptr);
    QVERIFY(WaitFor([&] { return !text->editor()->toPlainText().isEmpty(); }, kWaitMs));
    QVERIFY(Action("edit.find")->isEnabled());
    window_->activateWindow();
    Action("edit.find")->trigger();
    auto* words = text->findChild<QLineEdit*>(QStringLiteral("findWords"));
    auto* count = text->findChild<QLabel*>(QStringLiteral("findCount"));
    QVERIFY(WaitFor([&] { return words->isVisible(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return words->hasFocus(); }, kWaitMs));
    QTest::keyClicks(words, QStringLiteral("order"));
    const int places =
        static_cast<int>(text->editor()->toPlainText().count(QLatin1String("order"), Qt::CaseInsensitive));
    QVERIFY(places > 1);
    QCOMPARE(count->text(), QStringLiteral("1 of %1").arg(places));
    QCOMPARE(text->editor()->textCursor().selectedText().toLower(), QStringLiteral("order"));
    QTest::keyClick(words, Qt::Key_Return);
    QCOMPARE(count->text(), QStringLiteral("2 of %1").arg(places));
    QTest::keyClick(words, Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClick(words, Qt::Key_Return, Qt::ShiftModifier);  // round the beginning
    QCOMPARE(count->text(), QStringLiteral("%1 of %1").arg(places));
    QTest::keyClicks(words, QStringLiteral(" of magnitude"));
    QCOMPARE(count->text(), QStringLiteral("Not found"));
    WorkbenchFixture::Shot(window_, QStringLiteral("find"));
    // What the text becomes meanwhile counts.
    QTextCursor end(text->editor()->document());
    end.movePosition(QTextCursor::End);
    end.insertText(QStringLiteral("an order of magnitude"));
    QVERIFY(WaitFor([&] { return count->text() == QLatin1String("1 place"); }, kWaitMs));
    end.movePosition(QTextCursor::Left, QTextCursor::KeepAnchor, 21);
    end.removeSelectedText();
    QVERIFY(WaitFor([&] { return count->text() == QLatin1String("Not found"); }, kWaitMs));
    QTest::keyClick(words, Qt::Key_Escape);
    QVERIFY(WaitFor([&] { return !words->isVisible() && text->editor()->hasFocus(); }, kWaitMs));
    window_->editors()->Close(text);
  }

  void whenALinkIsCopied_thenItLeadsBackToTheElement() {
    tab_->Select(QStringLiteral("PrepareInvoice"), 0);
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("PrepareInvoice"); },
                    kWaitMs));
    QApplication::clipboard()->setText(QStringLiteral("nothing"));
    Action("link.copy")->trigger();
    QVERIFY(WaitFor([&] { return ParseLink(QApplication::clipboard()->text()).has_value(); }, kWaitMs));
    link_ = QApplication::clipboard()->text();
    const auto parsed = ParseLink(link_);
    QVERIFY(parsed && parsed->element == QLatin1String("PrepareInvoice") &&
            parsed->path == QLatin1String(kDiagram));
    window_->editors()->Close(tab_);
    Action("link.open")->trigger();
    QVERIFY(Arrived());
    // The same from the search, by keyboard.
    window_->editors()->Close(tab_);
    Action("view.command_search")->trigger();
    auto* words = window_->findChild<QLineEdit*>(QStringLiteral("commandWords"));
    words->setText(link_);
    QCOMPARE(window_->findChild<QListWidget*>(QStringLiteral("commandResults"))->item(0)->text(),
             QStringLiteral("Open this link"));
    QTest::keyClick(words, Qt::Key_Return);
    QVERIFY(Arrived());
  }

  void whenTheLinksWorkspaceIsNotOpen_thenItIsFoundAmongTheRecentOnes() {
    Action("workspace.close")->trigger();
    QVERIFY(WaitFor([&] { return !window_->workspace()->is_open(); }, kWaitMs));
    QVERIFY(window_->OpenLink(link_));
    QVERIFY(Arrived());
    QVERIFY(window_->OpenLink(QStringLiteral("ameide://open/0123456789abcdef/processes/a.bpmn")));
    QVERIFY(WaitFor([&] { return window_->banners()->Shows(QStringLiteral("link")); }, kWaitMs));
  }

  void whenAProgramRuns_thenALinkIsHandedToIt() {
    LinkListener listener;
    const QString folder = fixture_->Path(QString());
    QVERIFY(!LinkListener::Send(folder, link_));
    QVERIFY(listener.Listen(folder));
    QStringList received;
    connect(&listener, &LinkListener::received, this, [&](const QString& link) { received << link; });
    QVERIFY(LinkListener::Send(folder, link_));
    QVERIFY(WaitFor([&] { return !received.isEmpty(); }, kWaitMs));
    QCOMPARE(received, QStringList{link_});
    LinkListener second;
    QVERIFY(!second.Listen(folder));
  }

  void whenATextIsNoLink_thenItIsRefused_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"", "https://example.com/a", "ameide:///w/a", "ameide://open", "ameide://open/w",
                             "ameide://open/w/", "ameide://open/w/../a", "ameide://open/w/a//b",
                             "ameide://open/w/%2e%2e/a", "ameide://other/w/a"})
      QTest::newRow(text) << QString::fromLatin1(text);
  }

  void whenATextIsNoLink_thenItIsRefused() {
    QFETCH(QString, text);
    QVERIFY(!ParseLink(text));
  }

  void whenALinkIsWritten_thenItReadsTheSame() {
    const Link link{QStringLiteral("0123abcd"), QStringLiteral("a b/ü#?%.bpmn"), QStringLiteral("Task 1#ü")};
    const auto read = ParseLink(FormatLink(link));
    QVERIFY2(read.has_value(), qPrintable(FormatLink(link)));
    QCOMPARE(read->path, link.path);
    QCOMPARE(read->element, link.element);
    QCOMPARE(read->workspace, link.workspace);
  }

 private:
  QAction* Action(const char* id) { return window_->actions()->Get(QLatin1String(id)); }
  /// The link's element is selected in the tab in front.
  bool Arrived() {
    return WaitFor(
        [&] {
          tab_ = qobject_cast<BpmnTab*>(window_->editors()->current());
          return tab_ != nullptr && tab_->painted() &&
                 WorkbenchFixture::Selected(tab_) == QLatin1String("PrepareInvoice");
        },
        kWaitMs);
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  QString link_;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::PanesE2e; });
}
#include "panes_e2e.moc"
