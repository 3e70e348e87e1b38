#pragma once

#include <QList>
#include <QString>

namespace ameide::workbench {

/// A language that the window speaks.
struct Language {
  QString id;    ///< "en", "de"; empty: like the system
  QString name;  ///< in that language itself; empty for "like the system"
};

/// All that can be chosen, "like the system" first. UI thread, as all of this file.
const QList<Language>& Languages();

/// The one of Languages() that fits what the system asks for best; English when none does.
QString SystemLanguage();

/// What the user chose for the next start: an id of Languages(). Anything else that is stored counts as
/// empty.
QString ChosenLanguage();
/// Keeps it for the next start.
void ChooseLanguage(const QString& id);

/// Makes the program speak `id` (empty: SystemLanguage()) and QLocale() follow it, so that dates and the web
/// editors do too. To be called once, before the first widget: texts that are shown already stay as they are.
void UseLanguage(const QString& id);
/// What UseLanguage() settled on: never empty; "en" before.
QString UsedLanguage();

}  // namespace ameide::workbench
