#include "tests/robustness/jobs.h"

#include <dlfcn.h>
#include <signal.h>

#include <QApplication>
#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QTest>
#include <QTimer>
#include <QWebEngineView>
#include <cstdio>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/bpmn_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/main_window.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/text_tab.h"
#include "app/workbench/theme.h"
#include "app/workbench/waiting.h"
#include "base/random.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

constexpr int kWaitMs = 60000;
constexpr char kText[] = "docs/vision.md";

void Tell(const char* what, qint64 number) {
  std::printf("%s %lld\n", what, static_cast<long long>(number));
  std::fflush(stdout);
}

void Arm(BrokenCalls how, long at) {
  static const auto arm = reinterpret_cast<void (*)(int, long)>(dlsym(RTLD_DEFAULT, "broken_calls_arm"));
  if (arm != nullptr) arm(static_cast<int>(how), at);
}

long Counted() {
  static const auto count = reinterpret_cast<long (*)()>(dlsym(RTLD_DEFAULT, "broken_calls_count"));
  return count == nullptr ? 0 : count();
}

/// How long the window did not answer, at worst.
class Pulse : public QObject {
 public:
  Pulse() {
    since_.start();
    timer_.setInterval(5);
    timer_.setTimerType(Qt::PreciseTimer);
    connect(&timer_, &QTimer::timeout, this, [this] { worst_ = std::max(worst_, since_.restart()); });
    timer_.start();
  }
  qint64 Worst() {
    const qint64 worst = worst_;
    worst_ = 0;
    return worst;
  }

 private:
  QElapsedTimer since_;
  QTimer timer_;
  qint64 worst_ = 0;
};

/// Waits until everything is durable and written.
bool WaitForFiles(MainWindow* window) {
  bool written = false;
  const auto heard = QObject::connect(window->workspace(), &WorkspaceService::statusChanged, window,
                                      [&] { written = !window->workspace()->pending_writes(); });
  WaitFor([&] { return written; }, kWaitMs);
  QObject::disconnect(heard);
  return written;
}

TextTab* OpenText(MainWindow* window) {
  auto* tab = qobject_cast<TextTab*>(window->OpenArtifact(QLatin1String(kText)));
  if (tab == nullptr || !WaitFor([&] { return !tab->editor()->toPlainText().isEmpty(); }, kWaitMs))
    return nullptr;
  return tab;
}

/// The number in the text's last line; 0 when there is none yet.
int NumberIn(TextTab* tab) {
  const QString text = tab->editor()->toPlainText().trimmed();
  return text.section(QLatin1Char('\n'), -1).section(QLatin1String("number "), 1).toInt();
}

/// Types a line and hands it over; true when it was recorded.
bool Type(TextTab* tab, int number) {
  bool recorded = false;
  // What was said of an earlier line is no answer to this one.
  tab->banners()->Hide(QStringLiteral("typed"));
  const auto heard = QObject::connect(tab, &ArtifactTab::acknowledged, tab, [&] { recorded = true; });
  tab->editor()->moveCursor(QTextCursor::End);
  tab->editor()->insertPlainText(QStringLiteral("%1number %2%1").arg(QLatin1Char('\n')).arg(number));
  tab->Flush();
  WaitFor([&] { return recorded || tab->banners()->Shows(QStringLiteral("typed")); }, kWaitMs);
  QObject::disconnect(heard);
  return recorded;
}

/// How a transfer ended.
absl::Status Commit(MainWindow* window, const QString& message) {
  std::optional<absl::Status> ended;
  const auto heard = QObject::connect(window->workspace(), &WorkspaceService::gitFinished, window,
                                      [&](const QString&, const absl::Status& error) { ended = error; });
  window->workspace()->Commit(message);
  WaitFor([&] { return ended.has_value(); }, kWaitMs);
  QObject::disconnect(heard);
  return ended ? *ended : absl::DeadlineExceededError("no end");
}

QString Publish(MainWindow* window) {
  QString outcome;
  const auto heard = QObject::connect(window->publish(), &PublishPanel::finished, window,
                                      [&](const QString& how) { outcome = how; });
  window->ShowPanel(MainWindow::Panel::kPublish);
  window->publish()->Publish();
  WaitFor([&] { return !outcome.isEmpty(); }, kWaitMs);
  QObject::disconnect(heard);
  return outcome;
}

bool StartBackend(MainWindow* window) {
  window->backend()->Start(qEnvironmentVariable("AMEIDE_BIN_DIR") + QStringLiteral("/ameided"));
  return WaitFor([&] { return window->backend()->running(); }, kWaitMs);
}

bool OpenWorkspace(MainWindow* window, const QString& folder) {
  window->OpenFolder(folder);
  return WaitFor([&] { return !window->workspace()->artifacts().empty(); }, kWaitMs);
}

int Step(MainWindow* window, const QString& phase, BrokenCalls how, long at, const QString& folder) {
  if (!OpenWorkspace(window, folder)) return 2;
  TextTab* tab = OpenText(window);
  if (tab == nullptr) return 3;
  WaitForFiles(window);
  if (phase == QLatin1String("publish") && !StartBackend(window)) return 4;
  const int number = NumberIn(tab) + 1;
  Tell("ready", number);
  if (phase == QLatin1String("edit")) Arm(how, at);
  const bool recorded = Type(tab, number);
  if (recorded) Tell("edit", number);
  if (phase == QLatin1String("save")) Arm(how, at);
  const bool written = WaitForFiles(window);
  if (written) Tell("save", number);
  if (phase == QLatin1String("commit") || phase == QLatin1String("publish")) {
    if (phase == QLatin1String("commit")) Arm(how, at);
    const absl::Status committed = Commit(window, QStringLiteral("Number %1").arg(number));
    if (committed.ok()) Tell("commit", number);
    if (!committed.ok()) std::fprintf(stderr, "commit: %s\n", std::string(committed.message()).c_str());
  }
  if (phase == QLatin1String("publish")) {
    Arm(how, at);
    const QString outcome = Publish(window);
    if (outcome == QLatin1String("deployed") || outcome == QLatin1String("unchanged"))
      Tell("publish", number);
  }
  Tell("count", Counted());
  if (how != BrokenCalls::kFull) return 0;
  // There is room again: what was refused is done anew, and nothing needs a new start.
  Tell("told",
       tab->banners()->Shows(QStringLiteral("typed")) || window->banners()->Shows(QStringLiteral("git")) ? 1
                                                                                                         : 0);
  Arm(BrokenCalls::kOff, 0);
  if (!Type(tab, number + 1)) return 5;
  Tell("edit", number + 1);
  if (!WaitForFiles(window)) return 6;
  const absl::Status committed = Commit(window, QStringLiteral("Number %1").arg(number + 1));
  if (!committed.ok())
    std::fprintf(stderr, "commit with room: %s\n", std::string(committed.message()).c_str());
  return committed.ok() ? 0 : 7;
}

/// Actions that ask the desktop for something, end the program, or leave the workspace.
bool NotForMonkeys(const QString& id) {
  static const QStringList never = {
      QStringLiteral("program.quit"),       QStringLiteral("workspace.open"),
      QStringLiteral("workspace.close"),    QStringLiteral("workspace.sample"),
      QStringLiteral("compare.file"),       QStringLiteral("compare.report"),
      QStringLiteral("diagram.print"),      QStringLiteral("diagram.export_svg"),
      QStringLiteral("diagram.export_png"), QStringLiteral("diagram.export_pdf")};
  return never.contains(id);
}

/// One thing that somebody may do.
void PlayMonkey(MainWindow* window, SeededRandom& random) {
  const auto pick = [&](auto& list) -> auto& {
    return list[random.Below(static_cast<uint64_t>(list.size()))];
  };
  const auto point = [&](QWidget* widget) {
    return QPoint(static_cast<int>(random.Below(static_cast<uint64_t>(std::max(1, widget->width())))),
                  static_cast<int>(random.Below(static_cast<uint64_t>(std::max(1, widget->height())))));
  };
  EditorTab* tab = window->editors()->current();
  auto* diagram = qobject_cast<BpmnTab*>(tab);
  QWidget* page = diagram == nullptr ? nullptr : diagram->editor()->view()->focusProxy();
  switch (random.Below(10)) {
    case 0: {
      const std::vector<uaf::Artifact>& artifacts = window->workspace()->artifacts();
      if (!artifacts.empty()) window->OpenArtifact(ToQString(pick(artifacts).path));
      break;
    }
    case 1:
    case 2: {
      QAction* action = pick(window->actions()->All());
      if (action->isEnabled() && !NotForMonkeys(action->objectName())) action->trigger();
      break;
    }
    case 3:
      window->ShowSide(static_cast<MainWindow::Side>(random.Below(5)));
      window->ShowPanel(static_cast<MainWindow::Panel>(random.Below(3)));
      break;
    case 4:
    case 5:
    case 6:
      if (page != nullptr) {
        const QPoint from = point(page);
        QTest::mousePress(page, Qt::LeftButton, {}, from);
        if (random.Below(2) == 0) QTest::mouseMove(page, point(page));
        QTest::mouseRelease(page, Qt::LeftButton, {}, from);
      }
      break;
    case 7: {
      static const Qt::Key keys[] = {Qt::Key_Tab,  Qt::Key_Return, Qt::Key_Escape, Qt::Key_Delete,
                                     Qt::Key_Down, Qt::Key_Up,     Qt::Key_A,      Qt::Key_E,
                                     Qt::Key_Z,    Qt::Key_Space};
      QWidget* focus = QApplication::focusWidget();
      if (focus != nullptr && focus->window() == window)
        QTest::keyClick(focus, keys[random.Below(std::size(keys))],
                        random.Below(4) == 0 ? Qt::ControlModifier : Qt::NoModifier);
      break;
    }
    case 8:
      if (auto* text = qobject_cast<TextTab*>(tab)) {
        if (!text->editor()->isReadOnly()) text->editor()->insertPlainText(QStringLiteral("word\n"));
      }
      break;
    default:
      if (window->editors()->All().size() > 8 || random.Below(4) == 0) {
        if (tab != nullptr) window->editors()->Close(tab);
      }
  }
  // Whatever asks the desktop is answered with no.
  for (QWidget* top : QApplication::topLevelWidgets()) {
    if (top->isModal() && top->isVisible()) top->close();
  }
}

int Monkey(MainWindow* window, uint64_t seed, int seconds, const QString& folder) {
  if (!OpenWorkspace(window, folder) || !StartBackend(window)) return 2;
  window->OpenArtifact(QStringLiteral("processes/order-to-cash.bpmn"));
  SeededRandom random(seed);
  Pulse pulse;
  QElapsedTimer passed;
  passed.start();
  qint64 next_report = 0;
  qint64 done = 0;
  while (passed.elapsed() < qint64{seconds} * 1000) {
    PlayMonkey(window, random);
    ++done;
    QTest::qWait(10);
    if (passed.elapsed() < next_report) continue;
    next_report += std::max<qint64>(10000, qint64{seconds} * 1000 / 40);
    // What is compared is the program at rest: without tabs, with what was closed taken apart.
    window->editors()->CloseAll();
    WaitFor([&] { return window->editors()->All().isEmpty() && !window->editors()->Busy(); }, kWaitMs);
    QTest::qWait(1500);
    std::printf("memory %lld %lld %lld %lld\n", static_cast<long long>(passed.elapsed() / 1000),
                static_cast<long long>(MemoryOf(QStringLiteral("self"))), static_cast<long long>(done),
                static_cast<long long>(pulse.Worst()));
    std::fflush(stdout);
    window->OpenArtifact(QStringLiteral("processes/order-to-cash.bpmn"));
  }
  return 0;
}

int Large(MainWindow* window, const QString& folder) {
  Pulse pulse;
  QElapsedTimer passed;
  passed.start();
  window->OpenFolder(folder);
  if (!WaitFor([&] { return window->workspace()->artifacts().size() >= 10000; }, 10 * kWaitMs)) return 2;
  Tell("open_ms", passed.elapsed());
  Tell("artifacts", static_cast<qint64>(window->workspace()->artifacts().size()));
  Tell("worst_gap_while_opening_ms", pulse.Worst());
  passed.restart();
  WaitForFiles(window);
  Tell("settled_ms", passed.elapsed());
  Tell("worst_gap_while_settling_ms", pulse.Worst());
  passed.restart();
  TextTab* tab = OpenText(window);
  if (tab == nullptr || !Type(tab, 1)) return 3;
  Tell("first_edit_ms", passed.elapsed());
  if (!WaitForFiles(window)) return 4;
  // Somebody else saves one of the files.
  const QString path = QStringLiteral("many/07/note-0700.md");
  const auto before = window->workspace()->FindPath(path);
  if (!before) return 5;
  QFile file(folder + QLatin1Char('/') + path);
  if (!file.open(QIODevice::Append)) return 6;
  file.write("More.\n");
  file.close();
  passed.restart();
  const bool seen =
      WaitFor([&] { return window->workspace()->FindPath(path)->events > before->events; }, kWaitMs);
  if (!seen) return 7;
  Tell("outside_edit_seen_ms", passed.elapsed());
  passed.restart();
  const absl::Status committed = Commit(window, QStringLiteral("Everything"));
  Tell(committed.ok() ? "commit_ms" : "commit_failed", passed.elapsed());
  Tell("worst_gap_while_working_ms", pulse.Worst());
  Tell("pss_kb", MemoryOf(QStringLiteral("self")));
  return 0;
}

int Tabs(MainWindow* window, int count, const QString& folder) {
  if (!OpenWorkspace(window, folder)) return 2;
  Pulse pulse;
  QElapsedTimer passed;
  passed.start();
  std::vector<QString> paths;
  for (const uaf::Artifact& artifact : window->workspace()->artifacts()) {
    if (static_cast<int>(paths.size()) < count) paths.push_back(ToQString(artifact.path));
  }
  int diagrams = 0;
  for (const QString& path : paths) {
    auto* diagram = qobject_cast<BpmnTab*>(window->OpenArtifact(path));
    if (diagram == nullptr) continue;
    ++diagrams;
    if (!WaitFor([&] { return diagram->painted(); }, kWaitMs)) return 3;
  }
  Tell("tabs", window->editors()->All().size());
  Tell("diagrams", diagrams);
  Tell("open_ms", passed.elapsed());
  Tell("worst_gap_ms", pulse.Worst());
  Tell("pss_kb", MemoryOf(QStringLiteral("self")));
  for (const QString& path : paths) {
    window->OpenArtifact(path);
    QTest::qWait(10);
  }
  Tell("worst_gap_while_switching_ms", pulse.Worst());
  passed.restart();
  window->editors()->CloseAll();
  if (!WaitFor([&] { return window->editors()->All().isEmpty(); }, kWaitMs)) return 4;
  QTest::qWait(5000);
  Tell("closed_pss_kb", MemoryOf(QStringLiteral("self")));
  return 0;
}

int Hung(MainWindow* window, const QString& folder) {
  if (!OpenWorkspace(window, folder) || !StartBackend(window)) return 2;
  const pid_t backend = static_cast<pid_t>(window->backend()->process_id());
  Pulse pulse;
  ::kill(backend, SIGSTOP);
  window->ShowSide(MainWindow::Side::kRuns);
  window->ShowPanel(MainWindow::Panel::kPublish);
  window->publish()->Publish();
  TextTab* tab = OpenText(window);
  const bool edited = tab != nullptr && Type(tab, 1);
  QTest::qWait(8000);
  Tell("edited", edited ? 1 : 0);
  Tell("worst_gap_ms", pulse.Worst());
  ::kill(backend, SIGCONT);
  const bool again =
      WaitFor([&] { return window->backend()->running() && !window->publish()->busy(); }, kWaitMs);
  const QString outcome = again ? Publish(window) : QStringLiteral("busy");
  Tell("published", outcome == QLatin1String("deployed") || outcome == QLatin1String("unchanged") ? 1 : 0);
  return edited && again ? 0 : 3;
}

}  // namespace

int RunJob(int argc, char** argv, const QStringList& words) {
  modeler::RegisterScheme();
  QApplication::setApplicationName(QStringLiteral("ameide-robustness"));
  QApplication::setOrganizationName(QStringLiteral("ameide"));
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, qEnvironmentVariable("AMEIDE_PROFILE_DIR"));
  QApplication program(argc, argv);
  Theme theme;
  theme.Choose(ThemeChoice::kLight);
  MainWindow window(&theme);
  window.resize(1360, 860);
  window.show();
  const QString job = words.value(0);
  const QString folder = words.last();
  int result = 9;
  if (job == QLatin1String("step"))
    result = Step(&window, words[1], static_cast<BrokenCalls>(words[2].toInt()), words[3].toLong(), folder);
  if (job == QLatin1String("monkey"))
    result = Monkey(&window, words[1].toULongLong(), words[2].toInt(), folder);
  if (job == QLatin1String("large")) result = Large(&window, folder);
  if (job == QLatin1String("tabs")) result = Tabs(&window, words[1].toInt(), folder);
  if (job == QLatin1String("hung")) result = Hung(&window, folder);
  Arm(BrokenCalls::kOff, 0);
  window.close();
  WaitFor([&] { return !window.isVisible(); }, kWaitMs);
  return result;
}

}  // namespace ameide::workbench
