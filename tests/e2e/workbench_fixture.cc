#include "tests/e2e/workbench_fixture.h"

#include <QApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QPushButton>
#include <QSettings>
#include <QTest>
#include <QWebEngineView>
#include <cstdio>

#include "app/workbench/editor_area.h"
#include "app/workbench/editor_tab.h"
#include "app/workbench/sample.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

constexpr int kDragSteps = 6;

/// One theme for the process: it belongs to the application.
Theme* SharedTheme() {
  static Theme* const theme = [] {
    auto* made = new Theme(qApp);
    const bool dark = qEnvironmentVariable("AMEIDE_E2E_THEME") == QLatin1String("dark");
    made->Choose(dark ? ThemeChoice::kDark : ThemeChoice::kLight);
    return made;
  }();
  return theme;
}

/// One home for the process: git's library looks for it only once.
QString Home() {
  static const QTemporaryDir home;
  return home.path();
}

}  // namespace

WorkbenchFixture::WorkbenchFixture() {
  const QString home = Home();
  QFile::remove(home + QStringLiteral("/.gitconfig"));
  qputenv("HOME", home.toLocal8Bit());
  qputenv("XDG_CONFIG_HOME", (home + QStringLiteral("/.config")).toLocal8Bit());
  qputenv("GIT_CONFIG_NOSYSTEM", "1");
  qputenv("AMEIDE_PROFILE_DIR", Path(QStringLiteral("profile")).toLocal8Bit());
  for (const char* name :
       {"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"})
    qunsetenv(name);
  const absl::StatusOr<QString> sample = SampleFolder();
  if (!sample.ok() || !CopyFolder(*sample, workspace()).ok()) qFatal("the sample cannot be copied");
}

WorkbenchFixture::~WorkbenchFixture() { CloseWindow(); }

void WorkbenchFixture::SetIdentity() const {
  WriteFile(Home() + QStringLiteral("/.gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.com\n");
}

QByteArray WorkbenchFixture::ReadFile(const QString& path) const {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void WorkbenchFixture::WriteFile(const QString& path, const QByteArray& bytes) const {
  // At once, as editors do: the window may read at any time, and half a file is another one.
  const QString whole = Path(QStringLiteral("whole"));
  {
    QFile file(whole);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(whole));
    QCOMPARE(file.write(bytes), bytes.size());
  }
  QVERIFY2(std::rename(whole.toLocal8Bit().constData(), path.toLocal8Bit().constData()) == 0,
           qPrintable(path));
}

QString WorkbenchFixture::Run(const QString& program, const QStringList& arguments) const {
  QProcess process;
  process.setWorkingDirectory(workspace());
  process.start(program, arguments);
  process.waitForFinished(kWaitMs);
  if (process.exitCode() != 0) qWarning() << program << arguments << process.readAllStandardError();
  return QString::fromUtf8(process.readAllStandardOutput());
}

std::pair<int, QString> WorkbenchFixture::RunAmeide(const QStringList& arguments) const {
  QProcess process;
  process.setWorkingDirectory(workspace());
  process.setProcessChannelMode(QProcess::MergedChannels);
  process.start(qEnvironmentVariable("AMEIDE_BIN_DIR") + QStringLiteral("/ameide"), arguments);
  if (!process.waitForFinished(kWaitMs)) return {-1, process.errorString()};
  return {process.exitCode(), QString::fromUtf8(process.readAll())};
}

MainWindow* WorkbenchFixture::OpenWindow(bool backend) {
  window_ = std::make_unique<MainWindow>(SharedTheme());
  QObject::connect(window_->editors(), &EditorArea::currentChanged, window_.get(), [this](EditorTab* tab) {
    if (tab == nullptr || window_ == nullptr) return;
    for (auto* page : tab->findChildren<modeler::WebPage*>()) {
      // Once for each page, however often its tab comes to the front.
      QObject::disconnect(page, &modeler::WebPage::scriptFailed, window_.get(), nullptr);
      QObject::connect(page, &modeler::WebPage::scriptFailed, window_.get(),
                       [this](const QString& message) { page_errors_.append(message); });
    }
  });
  window_->resize(1360, 860);
  window_->show();
  if (backend) window_->backend()->Start(qEnvironmentVariable("AMEIDE_BIN_DIR") + QStringLiteral("/ameided"));
  window_->OpenFolder(workspace());
  WaitFor(
      [&] {
        return !window_->workspace()->artifacts().empty() && (!backend || window_->backend()->running());
      },
      kWaitMs);
  return window_.get();
}

void WorkbenchFixture::CloseWindow() {
  if (window_ == nullptr) return;
  window_->close();
  WaitFor([&] { return !window_->isVisible(); }, kWaitMs);
  window_.reset();
}

BpmnTab* WorkbenchFixture::OpenDiagram() {
  auto* tab = qobject_cast<BpmnTab*>(window_->OpenArtifact(QLatin1String(kDiagram)));
  if (tab == nullptr || !WaitFor([&] { return tab->painted(); }, kWaitMs)) return nullptr;
  return tab;
}

QString WorkbenchFixture::Script(modeler::WebPage* page, const QString& script) {
  return RunScript(page->view(), script);
}

QString WorkbenchFixture::ElementName(BpmnTab* tab, const QString& id) {
  return Script(tab->editor(), QStringLiteral("(ameide.modeler.get('elementRegistry').get('%1') || "
                                              "{businessObject: {name: ''}}).businessObject.name")
                                   .arg(id));
}

QString WorkbenchFixture::Selected(BpmnTab* tab) {
  return Script(tab->editor(), QStringLiteral("ameide.modeler.get('selection').get().map(e => e.id).join()"));
}

QPoint WorkbenchFixture::Middle(BpmnTab* tab, const QString& id) {
  const QStringList place =
      Script(tab->editor(), QStringLiteral("(() => { const box = "
                                           "ameide.modeler.get('elementRegistry').getGraphics('%1')."
                                           "querySelector('.djs-visual').getBoundingClientRect();"
                                           " return Math.round(box.left + box.width / 2) + ',' + "
                                           "Math.round(box.top + box.height / 2); })()")
                                .arg(id))
          .split(QLatin1Char(','));
  return {place.value(0).toInt(), place.value(1).toInt()};
}

QWidget* WorkbenchFixture::Page(BpmnTab* tab) { return tab->editor()->view()->focusProxy(); }

void WorkbenchFixture::Drag(BpmnTab* tab, QPoint from, QPoint by) {
  QWidget* page = Page(tab);
  QTest::mouseMove(page, from);
  QTest::mousePress(page, Qt::LeftButton, {}, from);
  for (int step = 1; step <= kDragSteps; ++step) {
    const QPoint at = from + by * step / kDragSteps;
    QMouseEvent move(QEvent::MouseMove, at, page->mapToGlobal(at), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(page, &move);
    // The page sees each move in a frame of its own, as from a hand.
    Script(tab->editor(), QStringLiteral("new Date().getTime()"));
  }
  QTest::mouseRelease(page, Qt::LeftButton, {}, from + by);
}

bool WorkbenchFixture::PressButton(QWidget* parent, const QString& text) {
  return WaitFor(
      [&] {
        for (QPushButton* button : parent->findChildren<QPushButton*>()) {
          if (button->text() != text || !button->isVisible() || !button->isEnabled()) continue;
          QTest::mouseClick(button, Qt::LeftButton);
          return true;
        }
        return false;
      },
      kWaitMs);
}

absl::Status WorkbenchFixture::Git(WorkspaceService* workspace, const std::function<void()>& start) {
  absl::Status status = absl::DeadlineExceededError("no end");
  bool done = false;
  const auto finished = QObject::connect(workspace, &WorkspaceService::gitFinished, workspace,
                                         [&](const QString&, const absl::Status& error) {
                                           done = true;
                                           status = error;
                                         });
  start();
  WaitFor([&] { return done; }, kWaitMs);
  QObject::disconnect(finished);
  return status;
}

void WorkbenchFixture::Shot(QWidget* window, const QString& name) {
  const QString folder = qEnvironmentVariable("AMEIDE_E2E_SHOTS");
  if (!folder.isEmpty()) WriteShot(window, QStringLiteral("%1/%2.png").arg(folder, name));
}

uint64_t WorkbenchFixture::Events() {
  const auto artifact = window_->workspace()->FindPath(QLatin1String(kDiagram));
  return artifact ? artifact->events : 0;
}

bool WorkbenchFixture::WaitForEvents(uint64_t least) {
  return WaitFor([&] { return Events() >= least; }, kWaitMs);
}

int RunE2e(int argc, char** argv, const std::function<QObject*()>& make_test) {
  modeler::RegisterScheme();
  QApplication::setApplicationName(QStringLiteral("ameide-e2e"));
  QApplication::setOrganizationName(QStringLiteral("ameide"));
  QApplication program(argc, argv);
  QTemporaryDir settings;
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
  const std::unique_ptr<QObject> test(make_test());
  return QTest::qExec(test.get(), argc, argv);
}

}  // namespace ameide::workbench
