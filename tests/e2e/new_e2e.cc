// New artifacts from templates, and the settings.
#include <QAccessible>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/problems.h"
#include "app/workbench/settings_tab.h"
#include "app/workbench/templates.h"
#include "app/workbench/text_tab.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
class NewE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(false);
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenATemplateIsChosen_thenItOpensWithoutProblems_data() {
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < Templates().size(); ++i)
      QTest::newRow(qPrintable(Templates()[i].file)) << static_cast<int>(i);
  }

  void whenATemplateIsChosen_thenItOpensWithoutProblems() {
    QFETCH(int, index);
    const Template& chosen = Templates()[static_cast<size_t>(index)];
    const QString name = QStringLiteral("Ask \"Ada\" & Co %1").arg(index);
    window_->actions()->Get(QStringLiteral("artifact.new"))->trigger();
    window_->findChild<QComboBox*>(QStringLiteral("newTemplate"))->setCurrentIndex(index);
    auto* create = window_->findChild<QPushButton*>(QStringLiteral("newCreate"));
    QVERIFY(!create->isEnabled());
    auto* field = window_->findChild<QLineEdit*>(QStringLiteral("newName"));
    QTest::keyClicks(field, name);
    const QString path = PathFor(chosen, name);
    QCOMPARE(window_->findChild<QLineEdit*>(QStringLiteral("newPath"))->text(), path);
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(WaitFor(
        [&] {
          return window_->editors()->current() != nullptr && window_->editors()->current()->ToolTip() == path;
        },
        kWaitMs));
    QVERIFY(!window_->banners()->Shows(QStringLiteral("new")));
    QVERIFY(WaitFor(
        [&] { return !fixture_->ReadFile(fixture_->workspace() + QLatin1Char('/') + path).isEmpty(); },
        kWaitMs));
    QVERIFY(WaitFor([&] { return window_->problems()->idle(); }, kWaitMs));
    const auto& found = window_->problems()->Of(path);
    QVERIFY2(found.empty(), found.empty() ? "" : found[0].message.c_str());
    if (auto* diagram = qobject_cast<BpmnTab*>(window_->editors()->current())) {
      QVERIFY(WaitFor([&] { return diagram->painted(); }, kWaitMs));
      QCOMPARE(WorkbenchFixture::Script(
                   diagram->editor(),
                   QStringLiteral("ameide.modeler.getDefinitions().rootElements.filter(e => e.$type === "
                                  "'bpmn:Process')[0].name")),
               name);
      QVERIFY(WorkbenchFixture::Script(diagram->editor(),
                                       QStringLiteral("document.querySelectorAll('.djs-shape').length"))
                  .toInt() >= 3);
    } else {
      QVERIFY(qobject_cast<TextTab*>(window_->editors()->current()) != nullptr);
    }
  }

  void whenTheFileIsThereAlready_thenABannerSaysSo() {
    window_->actions()->Get(QStringLiteral("artifact.new"))->trigger();
    QTest::keyClicks(window_->findChild<QLineEdit*>(QStringLiteral("newName")), QStringLiteral("Again"));
    auto* path = window_->findChild<QLineEdit*>(QStringLiteral("newPath"));
    path->selectAll();
    QTest::keyClicks(path, QLatin1String(kDiagram));
    window_->findChild<QPushButton*>(QStringLiteral("newCreate"))->click();
    QVERIFY(WaitFor([&] { return window_->banners()->Shows(QStringLiteral("newFailed")); }, kWaitMs));
  }

  void whenSettingsAreChanged_thenTheyHoldAtOnceAndAreRemembered() {
    window_->actions()->Get(QStringLiteral("settings.open"))->trigger();
    auto* tab = qobject_cast<SettingsTab*>(window_->editors()->current());
    QVERIFY(tab != nullptr);
    auto* target = tab->findChild<QComboBox*>(QStringLiteral("settingsTarget"));
    target->setCurrentIndex(target->findData(QStringLiteral("camunda8")));
    Q_EMIT target->activated(target->currentIndex());
    QCOMPARE(window_->problems()->target(), QStringLiteral("camunda8"));
    auto* theme = tab->findChild<QComboBox*>(QStringLiteral("settingsTheme"));
    theme->setCurrentIndex(2);
    Q_EMIT theme->activated(2);
    QVERIFY(QApplication::palette().color(QPalette::Window).lightness() < 128);
    theme->setCurrentIndex(1);
    Q_EMIT theme->activated(1);
    QVERIFY(QApplication::palette().color(QPalette::Window).lightness() > 128);
    QVERIFY(
        tab->findChild<QLabel*>(QStringLiteral("settingsFolders"))->text().contains(fixture_->workspace()));
    auto* name = tab->findChild<QLineEdit*>(QStringLiteral("settingsName"));
    QVERIFY(WaitFor([&] { return name->text() == QLatin1String("Ada"); }, kWaitMs));
    name->clear();
    QTest::keyClicks(name, QStringLiteral("Grace"));
    tab->findChild<QPushButton*>(QStringLiteral("settingsSaveAuthor"))->click();
    QVERIFY(WaitFor(
        [&] {
          return fixture_->Run(QStringLiteral("git"), {QStringLiteral("config"), QStringLiteral("user.name")})
                     .trimmed() == QLatin1String("Grace");
        },
        kWaitMs));
    // Every control of the page can be reached and named.
    for (QWidget* widget : tab->findChildren<QWidget*>()) {
      if (qobject_cast<QComboBox*>(widget) == nullptr && qobject_cast<QLineEdit*>(widget) == nullptr)
        continue;
      QVERIFY2(!widget->accessibleName().isEmpty() || widget->objectName().startsWith(QLatin1String("qt_")),
               qPrintable(widget->objectName()));
      QVERIFY((widget->focusPolicy() & Qt::TabFocus) != 0);
    }
  }

  void whenTheKeyboardStopsSomewhere_thenAReaderCanSayWhatItIs() {
    QStringList nameless;
    for (int side = 0; side < 5; ++side) {
      window_->ShowSide(static_cast<MainWindow::Side>(side));
      window_->ShowPanel(static_cast<MainWindow::Panel>(side % 3));
      for (QWidget* widget : window_->findChildren<QWidget*>()) {
        if (!widget->isVisible() || (widget->focusPolicy() & Qt::TabFocus) == 0 ||
            widget->focusProxy() != nullptr)
          continue;
        QAccessibleInterface* reader = QAccessible::queryAccessibleInterface(widget);
        const QString name = reader == nullptr ? QString() : reader->text(QAccessible::Name);
        const QString known = QStringLiteral("%1 %2").arg(QLatin1String(widget->metaObject()->className()),
                                                          widget->objectName());
        if (name.trimmed().isEmpty() && !nameless.contains(known)) nameless << known;
      }
    }
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(QLatin1Char('\n'))));
  }

 private:
  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::NewE2e; });
}
#include "new_e2e.moc"
