// The desktop program: reads the command line, makes the window, runs.
#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QLoggingCategory>
#include <QSettings>
#include <QUrl>
#include <cstdio>

#include "app/workbench/language.h"
#include "app/workbench/links.h"
#include "app/workbench/main_job.h"
#include "app/workbench/main_window.h"
#include "app/workbench/sample.h"
#include "app/workbench/shots.h"
#include "app/workbench/theme.h"
#include "app/workbench/version.h"
#include "base/platform/paths.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

struct Arguments {
  QString folder;
  bool main_job = false;
  QString shots;
  QString shot;
  QString output;
  QString theme;
  QString language;
  QSize size;
  QString measure;
};

/// Reads the command line; ends the program for --help, --version and wrong usage.
Arguments Read(const QStringList& words) {
  QCommandLineParser parser;
  parser.setApplicationDescription(QStringLiteral(
      "Desktop modeling workbench. FOLDER is the workspace to open; a link (ameide://…) opens what it "
      "names."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addPositionalArgument(QStringLiteral("FOLDER"), QStringLiteral("workspace"),
                               QStringLiteral("[FOLDER]"));
  const QCommandLineOption main_job(
      QStringLiteral("main-job"),
      QStringLiteral("edit, commit, publish and run in FOLDER without a person, telling each step"));
  const QCommandLineOption shots(
      QStringLiteral("shots"), QStringLiteral("where --main-job writes screenshots"), QStringLiteral("DIR"));
  const QCommandLineOption shot(
      QStringLiteral("shot"),
      QStringLiteral("write a screenshot of a view: %1").arg(ShotViews().join(QStringLiteral(", "))),
      QStringLiteral("VIEW"));
  const QCommandLineOption output(QStringLiteral("o"), QStringLiteral("file for --shot"),
                                  QStringLiteral("FILE"));
  const QCommandLineOption theme(QStringLiteral("theme"), QStringLiteral("light, dark or system"),
                                 QStringLiteral("NAME"));
  const QCommandLineOption language(QStringLiteral("language"),
                                    QStringLiteral("en or de, for this run alone"), QStringLiteral("NAME"));
  const QCommandLineOption size(QStringLiteral("size"), QStringLiteral("size of the window for --shot"),
                                QStringLiteral("WxH"));
  const QCommandLineOption measure(
      QStringLiteral("measure-start"),
      QStringLiteral("open this artifact of FOLDER, print times and memory as JSON, end"),
      QStringLiteral("PATH"));
  parser.addOptions({main_job, shots, shot, output, theme, language, size, measure});
  parser.process(words);
  Arguments arguments;
  arguments.folder = parser.positionalArguments().value(0);
  // Desktops hand folders over as URLs.
  if (const QUrl url(arguments.folder); url.isLocalFile()) arguments.folder = url.toLocalFile();
  arguments.main_job = parser.isSet(main_job);
  arguments.shots = parser.value(shots);
  arguments.shot = parser.value(shot);
  arguments.output = parser.value(output);
  arguments.theme = parser.value(theme);
  arguments.language = parser.value(language);
  arguments.measure = parser.value(measure);
  const QStringList sides = parser.value(size).split(QLatin1Char('x'));
  if (sides.size() == 2) arguments.size = QSize(sides[0].toInt(), sides[1].toInt());
  return arguments;
}

int WrongUsage(const char* message) {
  std::fprintf(stderr, "ameide-workbench: %s\n", message);
  return 2;
}

int Run(const Arguments& arguments) {
  const absl::StatusOr<ProfilePaths> profile = CurrentProfile();
  if (!profile.ok()) return WrongUsage(std::string(profile.status().message()).c_str());
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                     QString::fromStdString(profile->data.string()));

  UseLanguage(arguments.language.isEmpty() ? ChosenLanguage() : arguments.language);
  Theme theme;
  ThemeChoice choice = static_cast<ThemeChoice>(QSettings().value(QStringLiteral("theme"), 0).toInt());
  if (arguments.theme == QLatin1String("light")) choice = ThemeChoice::kLight;
  if (arguments.theme == QLatin1String("dark")) choice = ThemeChoice::kDark;
  theme.Choose(choice);

  if (arguments.main_job) {
    if (arguments.folder.isEmpty()) return WrongUsage("--main-job wants the FOLDER to work in");
    return RunMainJob(&theme, arguments.folder, arguments.shots);
  }
  if (!arguments.shot.isEmpty()) {
    if (!ShotViews().contains(arguments.shot))
      return WrongUsage("--shot wants one of the views that --help lists");
    if (arguments.output.isEmpty()) return WrongUsage("--shot wants -o FILE");
    return TakeShot(&theme, arguments.folder, arguments.shot, arguments.output, arguments.size);
  }
  if (!arguments.measure.isEmpty()) return MeasureStart(&theme, arguments.folder, arguments.measure);

  const QString runtime = QString::fromStdString(profile->runtime.string());
  const bool is_link = ParseLink(arguments.folder).has_value();
  // A window that is open shows it.
  if (is_link && LinkListener::Send(runtime, arguments.folder)) return 0;
  MainWindow window(&theme);
  LinkListener links;
  links.Listen(runtime);
  QObject::connect(&links, &LinkListener::received, &window, [&window](const QString& link) {
    window.OpenLink(link);
    window.raise();
    window.activateWindow();
  });
  window.show();
  window.FocusStart();
  window.backend()->Start();
  if (is_link) {
    window.OpenLink(arguments.folder);
  } else if (!arguments.folder.isEmpty()) {
    window.OpenFolder(arguments.folder);
  }
  return QApplication::exec();
}

}  // namespace
}  // namespace ameide::workbench

int main(int argc, char** argv) {
  ameide::modeler::RegisterScheme();
  // Without a graphics card the browser tells its whole configuration; nobody asked.
  QLoggingCategory::setFilterRules(QStringLiteral("qt.webenginecontext.info=false"));
  QApplication::setApplicationName(QStringLiteral("ameide-workbench"));
  QApplication::setDesktopFileName(QStringLiteral("com.ameide.Workbench"));
  QApplication::setOrganizationName(QStringLiteral("ameide"));
  QApplication::setApplicationVersion(QLatin1String(ameide::workbench::kVersion));
  QApplication program(argc, argv);
  QApplication::setApplicationDisplayName(QStringLiteral("Ameide Workbench"));
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/ameide.svg")));
  return ameide::workbench::Run(ameide::workbench::Read(QApplication::arguments()));
}
