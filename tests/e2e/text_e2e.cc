// Texts: colours, problems while typing, a diagram as text, broken files.
#include <QApplication>
#include <QPlainTextEdit>
#include <QTest>
#include <QTextBlock>
#include <QTextLayout>
#include <QTreeView>
#include <utility>

#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/problems.h"
#include "app/workbench/text_check.h"
#include "app/workbench/text_tab.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

/// How many different colours a line is written in.
int Colours(const QPlainTextEdit* editor, int line) {
  QSet<QRgb> colours;
  const QTextBlock block = editor->document()->findBlockByNumber(line - 1);
  for (const QTextLayout::FormatRange& range : block.layout()->formats())
    colours.insert(range.format.foreground().color().rgb());
  return static_cast<int>(colours.size());
}

}  // namespace

class TextE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    const QString root = fixture_->workspace();
    fixture_->WriteFile(root + QStringLiteral("/settings.yaml"),
                        "# settings\nname: shop\nitems: [1, 2\nlast: 3\n");
    fixture_->WriteFile(root + QStringLiteral("/data.json"), "{\n  \"a\": 1,\n  \"b\": true,\n}\n");
    fixture_->WriteFile(root + QStringLiteral("/notes.xml"),
                        "<notes>\n  <note text=\"a\">b</note>\n</notes>\n");
    window_ = fixture_->OpenWindow(false);
    QVERIFY(WaitFor(
        [&] {
          return window_->problems()->idle() &&
                 !window_->problems()->Of(QStringLiteral("settings.yaml")).empty();
        },
        kWaitMs));
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenTextsAreWrong_thenTheGrammarSaysWhere_data() {
    QTest::addColumn<QString>("format");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::newRow("yaml") << "yaml" << QByteArray("a: 1\n  b: 2\n") << 2;
    QTest::newRow("yaml, second document") << "yaml" << QByteArray("a: 1\n---\nb: 1\nc: [2\n") << 4;
    QTest::newRow("yaml, fine") << "yaml" << QByteArray("a: 1\n---\nb:\n  - c\n") << 0;
    QTest::newRow("json") << "json" << QByteArray("{\"a\": 1,\n \"b\" 2}") << 2;
    QTest::newRow("json, fine") << "json" << QByteArray("[1, 2, {\"a\": null}]") << 0;
    QTest::newRow("proto") << "proto"
                           << QByteArray("syntax = \"proto3\";\nmessage A {\n  string name = ;\n}\n") << 3;
    QTest::newRow("proto, fine") << "proto"
                                 << QByteArray("syntax = \"proto3\";\nmessage A { string name = 1; }\n") << 0;
    QTest::newRow("xml") << "xml" << QByteArray("<a>\n<b>\n</a>\n") << 3;
    QTest::newRow("markdown") << "markdown" << QByteArray("# anything (goes\n") << 0;
  }

  void whenTextsAreWrong_thenTheGrammarSaysWhere() {
    QFETCH(QString, format);
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    const auto findings = CheckText(format.toStdString(), text.toStdString());
    QCOMPARE(findings.empty(), line == 0);
    if (line == 0) return;
    // The end of what is open may be where it is missed.
    QVERIFY2(
        static_cast<int>(findings[0].line) >= line && static_cast<int>(findings[0].line) <= line + 2,
        qPrintable(
            QStringLiteral("%1: %2").arg(findings[0].line).arg(QString::fromStdString(findings[0].message))));
    QVERIFY(!findings[0].message.empty());
  }

  void whenATextIsOpened_thenItIsColoured() {
    auto* proto = Open(QStringLiteral("domains/orders.proto"));
    QVERIFY(WaitFor([&] { return proto->editor()->blockCount() > 5; }, kWaitMs));
    int coloured = 0;
    for (int line = 1; line <= proto->editor()->blockCount(); ++line)
      coloured += Colours(proto->editor(), line) > 0 ? 1 : 0;
    QVERIFY2(coloured > 5, qPrintable(QString::number(coloured)));
    auto* xml = Open(QStringLiteral("notes.xml"));
    QVERIFY(WaitFor([&] { return xml->editor()->blockCount() > 3; }, kWaitMs));
    QCOMPARE(Colours(xml->editor(), 2), 3);
  }

  void whenATextHasAProblem_thenItsLineIsUnderlinedUntilItIsMended() {
    auto* tab = Open(QStringLiteral("settings.yaml"));
    QVERIFY(WaitFor([&] { return tab->editor()->extraSelections().size() == 1; }, kWaitMs));
    QTextCursor cursor(tab->editor()->document()->findBlockByNumber(2));
    cursor.movePosition(QTextCursor::EndOfBlock);
    tab->editor()->setTextCursor(cursor);
    QTest::keyClicks(tab->editor(), QStringLiteral("]"));
    QVERIFY(
        WaitFor([&] { return window_->problems()->Of(QStringLiteral("settings.yaml")).empty(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return tab->editor()->extraSelections().isEmpty(); }, kWaitMs));
    QVERIFY(WaitFor(
        [&] {
          return fixture_->ReadFile(fixture_->workspace() + QStringLiteral("/settings.yaml"))
              .contains("[1, 2]\nlast");
        },
        kWaitMs));
  }

  void whenATextIsClosedWhileItIsRecorded_thenAllThatWasTypedIsThere() {
    auto* tab = Open(QStringLiteral("docs/vision.md"));
    QVERIFY(WaitFor([&] { return !tab->editor()->toPlainText().isEmpty(); }, kWaitMs));
    tab->editor()->moveCursor(QTextCursor::End);
    tab->editor()->insertPlainText(QStringLiteral("\nFirst words.\n"));
    tab->Flush();
    tab->editor()->insertPlainText(QStringLiteral("Last words.\n"));
    window_->editors()->Close(tab);
    QVERIFY(WaitFor([&] { return Vision().endsWith("First words.\nLast words.\n"); }, kWaitMs));
  }

  void whenSomebodySavesATextThatIsTypedOn_thenBothAreThere() {
    auto* tab = Open(QStringLiteral("docs/vision.md"));
    QVERIFY(WaitFor([&] { return !tab->editor()->toPlainText().isEmpty(); }, kWaitMs));
    // Behind the tab, which by then has asked for what was saved.
    bool typed = false;
    connect(window_->workspace(), &WorkspaceService::recorded, tab, [&] {
      if (std::exchange(typed, true)) return;
      window_->workspace()->Read(
          tab, [](uaf::Workspace&) { return true; },
          [&](bool) { tab->editor()->insertPlainText(QStringLiteral("Typed here.\n\n")); });
    });
    tab->editor()->moveCursor(QTextCursor::Start);
    fixture_->WriteFile(fixture_->workspace() + QStringLiteral("/docs/vision.md"),
                        Vision() + "\nSaved there.\n");
    QVERIFY(WaitFor([&] { return Vision().contains("Saved there.") && Vision().contains("Typed here."); },
                    kWaitMs));
    QVERIFY(WaitFor([&] { return tab->editor()->toPlainText().contains(QLatin1String("Saved there.")); },
                    kWaitMs));
    QVERIFY(tab->editor()->toPlainText().contains(QLatin1String("Typed here.")));
    window_->editors()->Close(tab);
  }

  void whenAProblemOfATextIsClicked_thenItsLineIsShown() {
    window_->ShowPanel(MainWindow::Panel::kProblems);
    auto* list = window_->findChild<QTreeView*>(QStringLiteral("problemsList"));
    int row = -1;
    for (int at = 0; at < list->model()->rowCount(); ++at) {
      if (list->model()->index(at, ProblemsModel::kRule).data() == QLatin1String("json/syntax")) row = at;
    }
    QVERIFY(row >= 0);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {},
                      list->visualRect(list->model()->index(row, 0)).center());
    auto* tab = qobject_cast<TextTab*>(window_->editors()->current());
    QVERIFY(tab != nullptr && tab->Title() == QLatin1String("data.json"));
    QVERIFY(WaitFor([&] { return tab->editor()->extraSelections().size() == 1; }, kWaitMs));
    window_->HidePanel();
  }

  void whenADiagramIsOpenedAsText_thenBothFollowEachOther() {
    BpmnTab* diagram = fixture_->OpenDiagram();
    QVERIFY(diagram != nullptr);
    window_->actions()->Get(QStringLiteral("diagram.text"))->trigger();
    auto* text = qobject_cast<TextTab*>(window_->editors()->current());
    QVERIFY(text != nullptr);
    QVERIFY(WaitFor([&] { return text->editor()->blockCount() > 20; }, kWaitMs));
    QVERIFY(text->editor()->find(QStringLiteral("name=\"Prepare invoice\"")));
    QTextCursor found = text->editor()->textCursor();
    found.insertText(QStringLiteral("name=\"Write invoice\""));
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(diagram, QStringLiteral("PrepareInvoice")) ==
                 QLatin1String("Write invoice");
        },
        kWaitMs));
    WorkbenchFixture::Script(diagram->editor(),
                             QStringLiteral("ameide.modeler.get('modeling').updateLabel(ameide.modeler.get("
                                            "'elementRegistry').get('ShipOrder'), 'Send order')"));
    QVERIFY(
        WaitFor([&] { return text->editor()->toPlainText().contains(QLatin1String("name=\"Send order\"")); },
                kWaitMs));
    // Asking again shows the one that is there.
    const qsizetype tabs = window_->editors()->All().size();
    window_->editors()->Show(diagram);
    window_->actions()->Get(QStringLiteral("diagram.text"))->trigger();
    QCOMPARE(window_->editors()->All().size(), tabs);
    QCOMPARE(window_->editors()->current(), static_cast<EditorTab*>(text));
  }

 private:
  QByteArray Vision() {
    return fixture_->ReadFile(fixture_->workspace() + QStringLiteral("/docs/vision.md"));
  }
  TextTab* Open(const QString& path) {
    auto* tab = qobject_cast<TextTab*>(window_->OpenArtifact(path));
    if (tab == nullptr) qFatal("%s does not open as text", qPrintable(path));
    return tab;
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::TextE2e; });
}
#include "text_e2e.moc"
