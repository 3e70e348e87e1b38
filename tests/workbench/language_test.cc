// The language of the program: what can be chosen, what is kept, and that texts, keys and dates follow.
#include "app/workbench/language.h"

#include <QCoreApplication>
#include <QLocale>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

namespace ameide::workbench {

class LanguageTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QCoreApplication::setApplicationName(QStringLiteral("ameide-language"));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings_.path());
  }

  void whenALanguageIsChosen_thenItIsKeptAndNonsenseCountsAsTheSystem() {
    QCOMPARE(ChosenLanguage(), QString());
    ChooseLanguage(QStringLiteral("de"));
    QCOMPARE(ChosenLanguage(), QStringLiteral("de"));
    ChooseLanguage(QStringLiteral("tlh"));
    QCOMPARE(ChosenLanguage(), QString());
  }

  void whenTheSystemSaysNothing_thenALanguageIsFoundAllTheSame() {
    QStringList ids;
    for (const Language& language : Languages()) ids.append(language.id);
    QVERIFY(ids.contains(SystemLanguage()));
    QVERIFY(!SystemLanguage().isEmpty());
  }

  void whenGermanIsUsed_thenTextsKeysAndDatesAreGerman() {
    QCOMPARE(UsedLanguage(), QStringLiteral("en"));
    UseLanguage(QStringLiteral("de"));
    QCOMPARE(UsedLanguage(), QStringLiteral("de"));
    QCOMPARE(QCoreApplication::translate("ameide::workbench::MainWindow", "Publish"),
             QStringLiteral("Veröffentlichen"));
    QCOMPARE(QCoreApplication::translate("ElementTypes", "user task"), QStringLiteral("Benutzeraufgabe"));
    QCOMPARE(QCoreApplication::translate("QShortcut", "Ctrl"), QStringLiteral("Strg"));
    QCOMPARE(QLocale().language(), QLocale::German);
    QCOMPARE(QLocale().toString(QDate(2026, 3, 1), QStringLiteral("d MMMM")), QStringLiteral("1 März"));
  }

 private:
  QTemporaryDir settings_;
};

}  // namespace ameide::workbench

QTEST_GUILESS_MAIN(ameide::workbench::LanguageTest)

#include "language_test.moc"
