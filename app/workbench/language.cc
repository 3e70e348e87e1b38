#include "app/workbench/language.h"

#include <QCoreApplication>
#include <QLocale>
#include <QSettings>
#include <QTranslator>

namespace ameide::workbench {
namespace {

constexpr char kKey[] = "language";

QString& Used() {
  static QString used = QStringLiteral("en");
  return used;
}

bool Known(const QString& id) {
  for (const Language& language : Languages()) {
    if (language.id == id) return true;
  }
  return false;
}

void Install(const QString& file) {
  auto* translator = new QTranslator(QCoreApplication::instance());
  if (translator->load(file)) QCoreApplication::installTranslator(translator);
}

}  // namespace

const QList<Language>& Languages() {
  static const QList<Language> languages = {
      {QString(), QString()},
      {QStringLiteral("en"), QStringLiteral("English")},
      {QStringLiteral("de"), QStringLiteral("Deutsch")},
  };
  return languages;
}

QString SystemLanguage() {
  for (const QString& wanted : QLocale::system().uiLanguages()) {
    const QString id = wanted.section(QLatin1Char('-'), 0, 0);
    if (Known(id)) return id;
  }
  return QStringLiteral("en");
}

QString ChosenLanguage() {
  const QString id = QSettings().value(QLatin1String(kKey)).toString();
  return Known(id) ? id : QString();
}

void ChooseLanguage(const QString& id) { QSettings().setValue(QLatin1String(kKey), id); }

void UseLanguage(const QString& id) {
  Used() = id.isEmpty() || !Known(id) ? SystemLanguage() : id;
  const QLocale system = QLocale::system();
  const QLocale wanted(Used());
  // Somebody's own country and formats are kept where they go with the language.
  if (system.language() != wanted.language())
    QLocale::setDefault(QLocale(wanted.language(), QLocale::AnyScript, system.territory()));
  if (Used() == QLatin1String("en")) return;  // the language of the sources
  // Qt's own texts first: a translator that came later is asked before.
  Install(QStringLiteral(":/translations/qtbase_%1.qm").arg(Used()));
  Install(QStringLiteral(":/translations/workbench_%1.qm").arg(Used()));
}

QString UsedLanguage() { return Used(); }

}  // namespace ameide::workbench
