// The window in German: nothing that people see is left in English, and nothing is worse for it.
#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QTabBar>
#include <QTest>
#include <QXmlStreamReader>

#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/language.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/views.h"

namespace ameide::workbench {
namespace {

/// English texts whose German is another one.
QHash<QString, QString> Translations() {
  QHash<QString, QString> found;
  QFile file(qEnvironmentVariable("AMEIDE_SOURCE_DIR") +
             QStringLiteral("/app/workbench/translations/workbench_de.ts"));
  if (!file.open(QIODevice::ReadOnly)) return found;
  QXmlStreamReader xml(&file);
  QString source;
  while (!xml.atEnd()) {
    if (xml.readNext() != QXmlStreamReader::StartElement) continue;
    if (xml.name() == QLatin1String("source")) {
      source = xml.readElementText();
    } else if (xml.name() == QLatin1String("translation")) {
      const QString said = xml.readElementText();
      if (said != source) found.insert(source, said);
    }
  }
  return found;
}

/// Everything that a widget says.
QStringList TextsOf(const QWidget* widget) {
  QStringList texts = {widget->toolTip(), widget->accessibleName(), widget->windowTitle()};
  if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) texts << button->text();
  if (const auto* label = qobject_cast<const QLabel*>(widget)) texts << label->text();
  if (const auto* edit = qobject_cast<const QLineEdit*>(widget)) texts << edit->placeholderText();
  if (const auto* edit = qobject_cast<const QPlainTextEdit*>(widget)) texts << edit->placeholderText();
  if (const auto* tabs = qobject_cast<const QTabBar*>(widget)) {
    for (int index = 0; index < tabs->count(); ++index)
      texts << tabs->tabText(index) << tabs->tabToolTip(index);
  }
  if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
    for (int index = 0; index < box->count(); ++index) texts << box->itemText(index);
  }
  return texts;
}

}  // namespace

class LanguageE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    UseLanguage(QStringLiteral("de"));
    translations_ = Translations();
    QVERIFY(translations_.size() > 500);
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    fixture_->OpenWindow(true);
  }
  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenGermanIsChosen_thenDatesNumbersAndQtFollow() {
    QCOMPARE(UsedLanguage(), QStringLiteral("de"));
    QCOMPARE(QLocale().language(), QLocale::German);
    QCOMPARE(QKeySequence(Qt::CTRL | Qt::Key_K).toString(QKeySequence::NativeText), QStringLiteral("Strg+K"));
  }

  void whenAnotherLanguageIsChosen_thenItIsKeptAndNonsenseCountsAsTheSystem() {
    ChooseLanguage(QStringLiteral("de"));
    QCOMPARE(ChosenLanguage(), QStringLiteral("de"));
    ChooseLanguage(QStringLiteral("tlh"));
    QCOMPARE(ChosenLanguage(), QString());
    ChooseLanguage(QString());
    QVERIFY(!SystemLanguage().isEmpty());
  }

  void whenMenusAreShown_thenTheirKeysDoNotClash() {
    QSet<QChar> keys;
    for (const QAction* menu : fixture_->window()->menuBar()->actions()) {
      const int at = static_cast<int>(menu->text().indexOf(QLatin1Char('&')));
      QVERIFY2(at >= 0 && at + 1 < menu->text().size(), qPrintable(menu->text()));
      const QChar key = menu->text()[at + 1].toLower();
      QVERIFY2(!keys.contains(key), qPrintable(menu->text()));
      keys.insert(key);
    }
    QVERIFY(keys.size() >= 5);
  }

  void whenShortcutsAreShown_thenTheyAreWhatTheyAreInEnglishAndEachIsThereOnce() {
    QHash<QString, QString> taken;
    int count = 0;
    for (const QAction* action : fixture_->window()->actions()->All()) {
      for (const QKeySequence& keys : action->shortcuts()) {
        const QString text = keys.toString(QKeySequence::PortableText);
        QVERIFY2(!text.isEmpty(), qPrintable(action->text()));
        QVERIFY2(!taken.contains(text), qPrintable(text + QStringLiteral(": ") + taken[text] +
                                                   QStringLiteral(", ") + action->text()));
        taken.insert(text, action->text());
        ++count;
      }
    }
    QVERIFY(count > 25);
    QCOMPARE(taken.value(QStringLiteral("Ctrl+K")),
             translations_.value(QStringLiteral("Search actions, artifacts and elements")));
  }

  void whenAViewIsShown_thenNothingInItIsEnglish_data() {
    QTest::addColumn<int>("at");
    int at = 0;
    for (const View& view : AllViews()) QTest::newRow(view.name) << at++;
  }

  void whenAViewIsShown_thenNothingInItIsEnglish() {
    QFETCH(int, at);
    QVERIFY(AllViews()[static_cast<size_t>(at)].show(*fixture_));
    MainWindow* window = fixture_->window();
    WorkbenchFixture::Shot(window, QStringLiteral("de-%1").arg(QLatin1String(QTest::currentDataTag())));
    QStringList english;
    const auto check = [&](const QStringList& texts) {
      for (const QString& text : texts) {
        if (translations_.contains(text)) english.append(text);
      }
    };
    for (const QWidget* widget : window->findChildren<QWidget*>()) check(TextsOf(widget));
    for (const QAction* action : window->actions()->All())
      check({action->text(), action->toolTip(), window->actions()->WhyDisabled(action)});
    english.removeDuplicates();
    QVERIFY2(english.isEmpty(), qPrintable(english.join(QLatin1Char('\n'))));
  }

  void whenAnElementIsSelected_thenTheEditorSpeaksGerman() {
    BpmnTab* tab = fixture_->OpenDiagram();
    QVERIFY(tab != nullptr);
    modeler::BpmnEditor* editor = tab->editor();
    QCOMPARE(WorkbenchFixture::Script(editor, QStringLiteral("document.documentElement.lang")),
             QStringLiteral("de"));
    QCOMPARE(WorkbenchFixture::Script(editor, QStringLiteral("document.getElementById('zoom-in').title")),
             QStringLiteral("Vergrößern (Strg++)"));
    const QStringList ids = WorkbenchFixture::Script(
                                editor, QStringLiteral("ameide.modeler.get('elementRegistry').getAll().map(e "
                                                       "=> e.id).join()"))
                                .split(QLatin1Char(','));
    QVERIFY(ids.size() > 10);
    for (const QString& id : ids) {
      tab->Select(id, 0);
      WorkbenchFixture::Script(editor,
                               QStringLiteral("(() => { const m = ameide.modeler; const e = m.get("
                                              "'elementRegistry').get('%1'); m.get('popupMenu').open(e, "
                                              "'bpmn-replace', {x: 100, y: 100}); m.get('popupMenu')."
                                              "close(); return 'ok'; })()")
                                   .arg(id));
    }
    const QString panel =
        WorkbenchFixture::Script(editor, QStringLiteral("document.getElementById('properties').innerText"));
    QVERIFY2(!panel.contains(QLatin1String("General")), qPrintable(panel));
    QCOMPARE(WorkbenchFixture::Script(editor, QStringLiteral("ameide.unknownWords.join('; ')")), QString());
  }

 private:
  QHash<QString, QString> translations_;
  std::unique_ptr<WorkbenchFixture> fixture_;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::LanguageE2e; });
}

#include "language_e2e.moc"
