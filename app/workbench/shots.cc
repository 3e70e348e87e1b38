#include "app/workbench/shots.h"

#include <unistd.h>

#include <QCoreApplication>
#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <cstdio>

#include "app/workbench/actions.h"
#include "app/workbench/bpmn_tab.h"
#include "app/workbench/compare_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/main_window.h"
#include "app/workbench/play_tab.h"
#include "app/workbench/problems.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/review_view.h"
#include "app/workbench/run_tab.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/task_form.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

constexpr int kWaitMs = 30000;
constexpr char kDiagram[] = "processes/order-to-cash.bpmn";

/// Milliseconds since this process began, by the kernel's books (10 ms steps).
qint64 SinceStart() {
  QFile stat(QStringLiteral("/proc/self/stat"));
  QFile uptime(QStringLiteral("/proc/uptime"));
  if (!stat.open(QIODevice::ReadOnly) || !uptime.open(QIODevice::ReadOnly)) return 0;
  const QList<QByteArray> fields = stat.readAll().split(')').last().simplified().split(' ');
  const double started = fields.value(19).toDouble() / static_cast<double>(sysconf(_SC_CLK_TCK));
  return static_cast<qint64>((uptime.readAll().split(' ').first().toDouble() - started) * 1000);
}

bool OpenWorkspace(MainWindow* window, const QString& folder) {
  window->OpenFolder(folder);
  return WaitFor([&] { return !window->workspace()->artifacts().empty(); }, kWaitMs);
}

BpmnTab* OpenDiagram(MainWindow* window) {
  auto* tab = qobject_cast<BpmnTab*>(window->OpenArtifact(QLatin1String(kDiagram)));
  if (tab != nullptr) WaitFor([&] { return tab->painted() && window->problems()->idle(); }, kWaitMs);
  return tab;
}

bool WaitForBackend(MainWindow* window) {
  window->backend()->Start();
  return WaitFor([&] { return window->backend()->running(); }, kWaitMs);
}

bool Publish(MainWindow* window) {
  QString outcome;
  QObject::connect(window->publish(), &PublishPanel::finished, window,
                   [&](const QString& how) { outcome = how; });
  window->ShowPanel(MainWindow::Panel::kPublish);
  window->publish()->Publish();
  const bool done = WaitFor([&] { return !outcome.isEmpty(); }, kWaitMs);
  window->publish()->disconnect(window);
  return done;
}

/// Some edits, so that a history has something to show.
void MakeHistory(BpmnTab* tab, MainWindow* window) {
  const auto rename = [&](const char* element, const char* name) {
    const uint64_t before = window->workspace()->FindPath(QLatin1String(kDiagram))->events;
    RunScript(tab->editor()->view(),
              QStringLiteral("ameide.modeler.get('modeling').updateProperties(ameide.modeler.get('"
                             "elementRegistry').get('%1'), {name: '%2'}); 'ok'")
                  .arg(QLatin1String(element), QLatin1String(name)));
    WaitFor([&] { return window->workspace()->FindPath(QLatin1String(kDiagram))->events > before; }, kWaitMs);
  };
  rename("PrepareInvoice", "Write invoice");
  rename("ShipOrder", "Ship goods");
  rename("AssessOrder", "Judge order");
}

/// Waits until the newest entry of the history holds so many changes, and unfolds it.
bool WaitForChanges(MainWindow* window, int changes) {
  HistoryModel* model = window->history()->model();
  const auto newest = [&] { return model->index(0, 0); };
  return WaitFor(
      [&] {
        if (model->rowCount() == 0 || model->At(0).changes < changes) return false;
        window->history()->ExpandAll();
        return model->rowCount(newest()) >= changes;
      },
      kWaitMs);
}

/// A request, and a comment on an element.
bool ShowReview(BpmnTab* tab, MainWindow* window) {
  window->ShowSide(MainWindow::Side::kReview);
  ReviewView* review = window->review();
  const auto press = [&](const char* field, const QString& text, const QString& button) {
    review->findChild<QLineEdit*>(QLatin1String(field))->setText(text);
    for (QPushButton* each : review->findChildren<QPushButton*>()) {
      if (each->text() == button) each->click();
    }
  };
  press("reviewComment", QStringLiteral("Is the new way to invoice right?"),
        QStringLiteral("Ask for a review"));
  if (!WaitFor([&] { return review->state().requests.size() == 1; }, kWaitMs)) return false;
  tab->Select(QStringLiteral("PrepareInvoice"), 0);
  const auto offered = [&] {
    return review->findChild<QLineEdit*>(QStringLiteral("reviewComment"))
        ->placeholderText()
        .contains(QLatin1String("invoice"));
  };
  if (!WaitFor(offered, kWaitMs)) return false;
  press("reviewComment", QStringLiteral("Who checks the amount?"), QStringLiteral("Comment"));
  return WaitFor([&] { return review->state().comments.size() == 1; }, kWaitMs);
}

/// Changes of every kind, compared with the beginning.
bool ShowComparison(BpmnTab* tab, MainWindow* window, bool side) {
  const auto edit = [&](const char* command) {
    const uint64_t before = window->workspace()->FindPath(QLatin1String(kDiagram))->events;
    RunScript(tab->editor()->view(),
              QStringLiteral("(() => { const modeling = ameide.modeler.get('modeling'), registry = "
                             "ameide.modeler.get('elementRegistry'); %1; return 'ok'; })()")
                  .arg(QLatin1String(command)));
    return WaitFor([&] { return window->workspace()->FindPath(QLatin1String(kDiagram))->events > before; },
                   kWaitMs);
  };
  const QString first =
      ToQString(uaf::FormatId(window->workspace()->FindPath(QLatin1String(kDiagram))->head));
  if (!edit("modeling.updateProperties(registry.get('PrepareInvoice'), {name: 'Write invoice'})") ||
      !edit("window.added = modeling.appendShape(registry.get('ShipOrder'), {type: 'bpmn:UserTask'}).id") ||
      !edit("modeling.updateLabel(registry.get(window.added), 'Ask how it was')") ||
      !edit("modeling.moveElements([registry.get('RemindSales')], {x: 20, y: 70})") ||
      !edit("modeling.removeElements([registry.get('CancelOrder')])"))
    return false;
  CompareTab* compare = window->OpenCompare({QLatin1String(kDiagram),
                                             {QStringLiteral("12 Nov, 14:03"), QString(), first},
                                             {QStringLiteral("now"), QString(), QStringLiteral("now")},
                                             QString()});
  compare->SetSideBySide(side);
  if (!WaitFor([&] { return compare->done(); }, kWaitMs)) return false;
  compare->Step(1);
  return true;
}

/// Brings the window to a view; false when it did not get there.
bool Show(MainWindow* window, const QString& folder, const QString& view) {
  if (view == QLatin1String("welcome")) return WaitForBackend(window);
  if (!OpenWorkspace(window, folder)) return false;
  if (view == QLatin1String("text") || view == QLatin1String("find")) {
    const EditorTab* tab = window->OpenArtifact(QStringLiteral("docs/vision.md"));
    if (view == QLatin1String("text")) return tab != nullptr;
    QAction* const find = window->actions()->Get(QStringLiteral("edit.find"));
    if (tab == nullptr || !WaitFor([&] { return find->isEnabled(); }, kWaitMs)) return false;
    find->trigger();
    tab->findChild<QLineEdit*>(QStringLiteral("findWords"))->setText(QStringLiteral("order"));
    return true;
  }
  if (!WaitForBackend(window)) return false;
  BpmnTab* tab = OpenDiagram(window);
  if (tab == nullptr || !tab->painted()) return false;
  if (view == QLatin1String("editor")) {
    tab->Select(QStringLiteral("PrepareInvoice"), 0);
    const bool selected = WaitFor(
        [&] {
          return RunScript(tab->editor()->view(),
                           QStringLiteral("(document.querySelector('.bio-properties-panel-header-label') || "
                                          "{}).textContent || ''")) == QLatin1String("Prepare invoice");
        },
        kWaitMs);
    RunScript(
        tab->editor()->view(),
        QStringLiteral("document.querySelectorAll('.bio-properties-panel-group-header').forEach((header) => {"
                       " if (['General', 'Script'].includes(header.textContent)) header.click(); }); 'ok'"));
    return selected;
  } else if (view == QLatin1String("history")) {
    MakeHistory(tab, window);
    window->ShowSide(MainWindow::Side::kHistory);
    HistoryModel* model = window->history()->model();
    if (!WaitForChanges(window, 4)) return false;
    bool shown = false;
    QObject::connect(tab, &BpmnTab::diagramPainted, window, [&] { shown = true; });
    window->history()->Pick(model->index(1, 0, model->index(0, 0)));
    const bool past = WaitFor([&] { return shown; }, kWaitMs);
    tab->disconnect(window);
    return past;
  } else if (view == QLatin1String("compare") || view == QLatin1String("side")) {
    return ShowComparison(tab, window, view == QLatin1String("side"));
  } else if (view == QLatin1String("play")) {
    window->OpenPlay();
    auto* play = qobject_cast<PlayTab*>(window->editors()->current());
    if (play == nullptr || !WaitFor([&] { return play->ready(); }, kWaitMs)) return false;
    play->Run();
    return WaitFor([&] { return play->idle() && play->state().instances(0).tasks_size() == 1; }, kWaitMs);
  } else if (view == QLatin1String("search")) {
    window->actions()->Get(QStringLiteral("view.command_search"))->trigger();
    window->findChild<QLineEdit*>(QStringLiteral("commandWords"))->setText(QStringLiteral("order"));
    auto* results = window->findChild<QListWidget*>(QStringLiteral("commandResults"));
    const int at_once = results->count();
    return WaitFor([&] { return results->count() > at_once; }, kWaitMs);
  } else if (view == QLatin1String("problems")) {
    RunScript(tab->editor()->view(),
              QStringLiteral("(() => { const get = (name) => ameide.modeler.get(name);"
                             " const modeling = get('modeling'), registry = get('elementRegistry');"
                             " modeling.updateProperties(registry.get('PrepareInvoice'), {name: ''});"
                             " const gateway = registry.filter((e) => e.type === 'bpmn:ExclusiveGateway')[0];"
                             " modeling.updateProperties(gateway, {gatewayDirection: 'Converging'});"
                             " get('selection').select(gateway); return 'ok'; })()"));
    window->ShowPanel(MainWindow::Panel::kProblems);
    return WaitFor(
        [&] {
          return RunScript(tab->editor()->view(),
                           QStringLiteral("String(document.querySelectorAll('.ameide-mend').length)")) !=
                 QLatin1String("0");
        },
        kWaitMs);
  } else if (view == QLatin1String("replace")) {
    window->actions()->Get(QStringLiteral("edit.replace"))->trigger();
    window->findChild<QLineEdit*>(QStringLiteral("replaceFind"))->setText(QStringLiteral("invoice"));
    window->findChild<QLineEdit*>(QStringLiteral("replaceWith"))->setText(QStringLiteral("bill"));
    const auto* found = window->findChild<QTreeWidget*>(QStringLiteral("replaceList"));
    return WaitFor([&] { return found->topLevelItemCount() > 0; }, kWaitMs);
  } else if (view == QLatin1String("review")) {
    return ShowReview(tab, window);
  } else if (view == QLatin1String("commit")) {
    window->actions()->Enable(QStringLiteral("git.commit"));
    window->actions()->Get(QStringLiteral("git.commit"))->trigger();
  } else if (view == QLatin1String("publish")) {
    return Publish(window) && WaitFor([&] { return window->publish()->planned(); }, kWaitMs);
  } else if (view == QLatin1String("settings")) {
    window->actions()->Get(QStringLiteral("settings.open"))->trigger();
  } else if (view == QLatin1String("incident")) {
    if (!Publish(window)) return false;
    window->HidePanel();
    window->ShowSide(MainWindow::Side::kRuns);
    window->runs()->StartProcess(QStringLiteral("order-to-cash"),
                                 QStringLiteral(R"({"customer": "Ada", "amount": "a lot"})"));
    return WaitFor(
        [&] {
          auto* run = qobject_cast<RunTab*>(window->editors()->current());
          return run != nullptr && run->painted() && run->state().incidents_size() > 0;
        },
        kWaitMs);
  } else if (view == QLatin1String("runs") || view == QLatin1String("heat")) {
    if (!Publish(window)) return false;
    window->HidePanel();
    window->ShowSide(MainWindow::Side::kRuns);
    window->runs()->StartProcess(QStringLiteral("order-to-cash"),
                                 QStringLiteral(R"({"customer": "Ada", "amount": 900})"));
    return WaitFor(
        [&] {
          auto* run = qobject_cast<RunTab*>(window->editors()->current());
          const auto* task = run == nullptr ? nullptr : run->findChild<TaskForm*>();
          if (task == nullptr || !task->rendered() || !run->painted()) return false;
          if (view == QLatin1String("heat") && run->heat().empty()) run->SetHeat(true);
          return view != QLatin1String("heat") || !run->heat().empty();
        },
        kWaitMs);
  }
  return true;
}

}  // namespace

QStringList ShotViews() {
  return {QStringLiteral("welcome"),  QStringLiteral("editor"),   QStringLiteral("text"),
          QStringLiteral("find"),     QStringLiteral("history"),  QStringLiteral("compare"),
          QStringLiteral("side"),     QStringLiteral("review"),   QStringLiteral("search"),
          QStringLiteral("commit"),   QStringLiteral("publish"),  QStringLiteral("runs"),
          QStringLiteral("heat"),     QStringLiteral("incident"), QStringLiteral("play"),
          QStringLiteral("problems"), QStringLiteral("replace"),  QStringLiteral("settings")};
}

int TakeShot(Theme* theme, const QString& folder, const QString& view, const QString& file,
             const QSize& size) {
  MainWindow window(theme);
  window.resize(size.isValid() ? size : QSize(1360, 860));
  window.show();
  const bool there = Show(&window, folder, view);
  if (!there)
    std::fprintf(stderr, "ameide-workbench: the view %s did not come up; the picture shows how far it got\n",
                 qPrintable(view));
  if (!WriteShot(&window, file)) {
    std::fprintf(stderr, "ameide-workbench: cannot write %s\n", qPrintable(file));
    return 1;
  }
  return there ? 0 : 1;
}

int MeasureStart(Theme* theme, const QString& folder, const QString& path) {
  MainWindow window(theme);
  window.show();
  window.backend()->Start();
  const qint64 shown = SinceStart();
  if (!OpenWorkspace(&window, folder)) return 1;
  auto* tab = qobject_cast<BpmnTab*>(window.OpenArtifact(path));
  if (tab == nullptr || !WaitFor([&] { return tab->painted(); }, kWaitMs)) return 1;
  const qint64 painted = SinceStart();
  // Memory when all has settled: the first seconds still load.
  QElapsedTimer settle;
  settle.start();
  WaitFor([&] { return settle.elapsed() > 3000; }, 4000);
  const QJsonObject line{
      {QStringLiteral("window_ms"), shown},
      {QStringLiteral("painted_ms"), painted},
      {QStringLiteral("pss_kb"), MemoryOf(QString::number(QCoreApplication::applicationPid()))}};
  std::printf("%s\n", QJsonDocument(line).toJson(QJsonDocument::Compact).constData());
  return 0;
}

}  // namespace ameide::workbench
