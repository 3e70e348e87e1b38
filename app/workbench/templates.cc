#include "app/workbench/templates.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

namespace ameide::workbench {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Templates)
};

}  // namespace

const std::vector<Template>& Templates() {
  static const std::vector<Template> templates = {
      {QStringLiteral("process.bpmn"), Words::tr("Process"), QStringLiteral("processes")},
      {QStringLiteral("approval.bpmn"), Words::tr("Process with an approval"), QStringLiteral("processes")},
      {QStringLiteral("lanes.bpmn"), Words::tr("Process with lanes"), QStringLiteral("processes")},
      {QStringLiteral("domain.proto"), Words::tr("Domain"), QStringLiteral("domains")},
      {QStringLiteral("note.md"), Words::tr("Note (Markdown)"), QStringLiteral("docs")},
      {QStringLiteral("settings.yaml"), Words::tr("Settings (YAML)"), QString()},
  };
  return templates;
}

QString IdentifierOf(const QString& name, const QString& suffix) {
  static const QRegularExpression other(QStringLiteral("[^a-z0-9]+"));
  // Letters with marks lose them; what has no Latin letters left gets a name of its kind.
  QString id = name.normalized(QString::NormalizationForm_KD).toLower();
  id.remove(QRegularExpression(QStringLiteral("\\p{Mn}")));
  id.replace(other, QStringLiteral("-"));
  while (id.startsWith(QLatin1Char('-'))) id.remove(0, 1);
  while (id.endsWith(QLatin1Char('-'))) id.chop(1);
  if (id.isEmpty() || !id[0].isLetter())
    id.prepend(id.isEmpty() ? QStringLiteral("new") : QStringLiteral("n-"));
  if (suffix == QLatin1String("proto")) id.replace(QLatin1Char('-'), QLatin1Char('_'));
  return id.left(60);
}

QString PathFor(const Template& chosen, const QString& name) {
  const QString suffix = QFileInfo(chosen.file).suffix();
  const QString file = IdentifierOf(name, suffix) + QLatin1Char('.') + suffix;
  return chosen.folder.isEmpty() ? file : chosen.folder + QLatin1Char('/') + file;
}

std::string FilledIn(const Template& chosen, const QString& name) {
  QFile file(QStringLiteral(":/templates/") + chosen.file);
  if (!file.open(QIODevice::ReadOnly)) return {};
  QString text = QString::fromUtf8(file.readAll());
  const QString suffix = QFileInfo(chosen.file).suffix();
  QString written = name.simplified();
  if (suffix == QLatin1String("bpmn")) written = written.toHtmlEscaped();
  if (suffix == QLatin1String("yaml"))
    written.replace(QLatin1Char('\\'), QStringLiteral("\\\\"))
        .replace(QLatin1Char('"'), QStringLiteral("\\\""));
  text.replace(QStringLiteral("@ID@"), IdentifierOf(name, suffix));
  text.replace(QStringLiteral("@NAME@"), written);
  return text.toStdString();
}

}  // namespace ameide::workbench
