// Find and replace in the whole workspace.
#include <QApplication>
#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>

#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/replace_view.h"
#include "app/workbench/search_view.h"
#include "app/workbench/text_tab.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
class ReplaceE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    fixture_->WriteFile(fixture_->workspace() + QStringLiteral("/docs/terms.md"),
                        "# Terms\n\nAn invoice asks for money.\r\nInvoice numbers grow.\n");
    window_ = fixture_->OpenWindow(false);
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
    window_->actions()->Get(QStringLiteral("edit.replace"))->trigger();
    view_ = window_->findChild<ReplaceView*>();
    QVERIFY(view_ != nullptr);
    QVERIFY(WaitFor([&] { return view_->isVisible() && Field("replaceFind")->hasFocus(); }, kWaitMs));
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenWordsAreTyped_thenWhatWouldChangeIsListedAndNothingChanges() {
    const QByteArray before = File(QLatin1String(kDiagram));
    QTest::keyClicks(Field("replaceFind"), QStringLiteral("invoice"));
    QTest::keyClicks(Field("replaceWith"), QStringLiteral("bill"));
    QVERIFY(WaitFor([&] { return view_->idle() && Rows(QStringLiteral("docs/terms.md")) == 2; }, kWaitMs));
    QVERIFY(Rows(QLatin1String(kDiagram)) >= 1);
    QVERIFY(Shown().contains(QStringLiteral("Prepare invoice\n→ Prepare bill")));
    QVERIFY(Button()->text().contains(QString::number(Count())));
    QCOMPARE(File(QLatin1String(kDiagram)), before);
  }

  void whenCaseAndWordsCount_thenLessIsListed() {
    const int all = Count();
    window_->findChild<QToolButton*>(QStringLiteral("replaceCase"))->toggle();
    QVERIFY(WaitFor([&] { return view_->idle() && Rows(QStringLiteral("docs/terms.md")) == 1; }, kWaitMs));
    QVERIFY(Count() < all);
    window_->findChild<QToolButton*>(QStringLiteral("replaceCase"))->toggle();
    QVERIFY(WaitFor([&] { return view_->idle() && Count() == all; }, kWaitMs));
    auto* lines = window_->findChild<QCheckBox*>(QStringLiteral("replaceLines"));
    lines->toggle();
    QVERIFY(WaitFor([&] { return view_->idle() && Rows(QStringLiteral("docs/terms.md")) == 0; }, kWaitMs));
    lines->toggle();
    QVERIFY(WaitFor([&] { return view_->idle() && Count() == all; }, kWaitMs));
  }

  void whenAnExpressionIsWrong_thenItSaysWhere() {
    auto* regular = window_->findChild<QToolButton*>(QStringLiteral("replaceRegular"));
    regular->toggle();
    Field("replaceFind")->setText(QStringLiteral("inv(oice"));
    QVERIFY(WaitFor([&] { return view_->idle() && Count() == 0; }, kWaitMs));
    QVERIFY(Field("replaceFind")->property("invalid").toBool());
    QVERIFY(!Button()->isEnabled());
    Field("replaceFind")->setText(QStringLiteral("(inv)oice"));
    Field("replaceWith")->setText(QStringLiteral("\\1entory"));
    QVERIFY(WaitFor([&] { return view_->idle() && Shown().contains(QStringLiteral("→ Prepare inventory")); },
                    kWaitMs));
    regular->toggle();
    Field("replaceFind")->setText(QStringLiteral("invoice"));
    Field("replaceWith")->setText(QStringLiteral("bill"));
    QVERIFY(WaitFor([&] { return view_->idle() && Shown().contains(QStringLiteral("→ Prepare bill")); },
                    kWaitMs));
  }

  void whenReplaceIsPressed_thenOnlyWhatIsTickedChangesEverywhereAndUndoTakesAllBack() {
    const QByteArray terms = File(QStringLiteral("docs/terms.md"));
    const QByteArray diagram = File(QLatin1String(kDiagram));
    // One line stays as it is.
    QTreeWidgetItem* file = FileItem(QStringLiteral("docs/terms.md"));
    QVERIFY(file != nullptr);
    file->child(1)->setCheckState(0, Qt::Unchecked);
    const int count = Count();
    QVERIFY(Button()->text().contains(QString::number(count - 1)));
    QTest::mouseClick(Button(), Qt::LeftButton);
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab_, QStringLiteral("PrepareInvoice")) ==
                 QLatin1String("Prepare bill");
        },
        kWaitMs));
    QVERIFY(WaitFor(
        [&] {
          return File(QStringLiteral("docs/terms.md")) ==
                 "# Terms\n\nAn bill asks for money.\r\nInvoice numbers grow.\n";
        },
        kWaitMs));
    QVERIFY(WaitFor([&] { return File(QLatin1String(kDiagram)).contains("Prepare bill"); }, kWaitMs));
    QVERIFY(WaitFor([&] { return view_->idle() && Count() == 1; }, kWaitMs));
    // Ids are no names.
    QVERIFY(File(QLatin1String(kDiagram)).contains("\"PrepareInvoice\""));
    window_->editors()->Show(tab_);
    window_->actions()->Get(QStringLiteral("edit.undo"))->trigger();
    QVERIFY(WaitFor([&] { return File(QLatin1String(kDiagram)) == diagram; }, kWaitMs));
    QVERIFY(WaitFor([&] { return File(QStringLiteral("docs/terms.md")) == terms; }, kWaitMs));
    QVERIFY(WaitFor([&] { return view_->idle() && Count() == count; }, kWaitMs));
  }

  void whenALineIsClicked_thenItsElementIsSelected() {
    auto* list = window_->findChild<QTreeWidget*>(QStringLiteral("replaceList"));
    QTreeWidgetItem* file = FileItem(QLatin1String(kDiagram));
    for (int row = 0; row < file->childCount(); ++row) {
      if (!file->child(row)->text(0).startsWith(QLatin1String("Prepare invoice"))) continue;
      list->scrollToItem(file->child(row));
      const QRect box = list->visualItemRect(file->child(row));
      QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, QPoint(box.right() - 4, box.center().y()));
      break;
    }
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("PrepareInvoice"); },
                    kWaitMs));
  }

 private:
  QLineEdit* Field(const char* name) { return window_->findChild<QLineEdit*>(QLatin1String(name)); }
  QPushButton* Button() { return window_->findChild<QPushButton*>(QStringLiteral("replaceNow")); }
  QByteArray File(const QString& path) {
    return fixture_->ReadFile(fixture_->workspace() + QLatin1Char('/') + path);
  }
  QTreeWidgetItem* FileItem(const QString& path) {
    auto* list = window_->findChild<QTreeWidget*>(QStringLiteral("replaceList"));
    for (int row = 0; row < list->topLevelItemCount(); ++row) {
      if (list->topLevelItem(row)->text(0) == path) return list->topLevelItem(row);
    }
    return nullptr;
  }
  int Rows(const QString& path) {
    const QTreeWidgetItem* file = FileItem(path);
    return file == nullptr ? 0 : file->childCount();
  }
  int Count() {
    auto* list = window_->findChild<QTreeWidget*>(QStringLiteral("replaceList"));
    int count = 0;
    for (int row = 0; row < list->topLevelItemCount(); ++row) count += list->topLevelItem(row)->childCount();
    return count;
  }
  QString Shown() {
    auto* list = window_->findChild<QTreeWidget*>(QStringLiteral("replaceList"));
    QStringList texts;
    for (int row = 0; row < list->topLevelItemCount(); ++row) {
      for (int line = 0; line < list->topLevelItem(row)->childCount(); ++line)
        texts << list->topLevelItem(row)->child(line)->text(0);
    }
    return texts.join(QStringLiteral("\n"));
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  ReplaceView* view_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::ReplaceE2e; });
}
#include "replace_e2e.moc"
