#include "app/workbench/main_job.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPushButton>
#include <QSet>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

#include "app/workbench/actions.h"
#include "app/workbench/backend_calls.h"
#include "app/workbench/banner.h"
#include "app/workbench/bpmn_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/main_window.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/run_tab.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/task_form.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

constexpr int kLongMs = 60000;
constexpr int kShortMs = 15000;
constexpr char kDiagram[] = "processes/order-to-cash.bpmn";
constexpr char kProcess[] = "order-to-cash";

/// What a step found; empty text means that it did not work.
using StepResult = std::pair<bool, QString>;

StepResult Worked(const QString& text) { return {true, text}; }
StepResult Failed(const QString& text) { return {false, text}; }

/// One run of the job: the window and what the steps hand to each other.
class MainJob {
 public:
  MainJob(Theme* theme, QString folder, QString shots)
      : window_(theme), folder_(std::move(folder)), shots_(std::move(shots)) {}

  int Run() {
    window_.resize(1360, 860);
    window_.show();
    const std::vector<std::pair<QString, std::function<StepResult()>>> steps = {
        {QStringLiteral("Start the backend"), [this] { return StartBackend(); }},
        {QStringLiteral("Open the workspace"), [this] { return OpenWorkspace(); }},
        {QStringLiteral("Open the diagram"), [this] { return OpenDiagram(); }},
        {QStringLiteral("Rename a task on the diagram"), [this] { return Edit(); }},
        {QStringLiteral("Undo and redo it"), [this] { return UndoAndRedo(); }},
        {QStringLiteral("Look at the history"), [this] { return LookBack(); }},
        {QStringLiteral("Commit"), [this] { return Commit(); }},
        {QStringLiteral("Publish"), [this] { return Publish(); }},
        {QStringLiteral("Start an instance"), [this] { return StartInstance(); }},
        {QStringLiteral("Complete its task"), [this] { return CompleteItsTask(); }},
        {QStringLiteral("Wait for its end"), [this] { return WaitForItsEnd(); }},
        {QStringLiteral("Read its order from the domain"), [this] { return ReadOrder(); }},
    };
    int number = 0;
    for (const auto& [name, step] : steps) {
      ++number;
      QElapsedTimer passed;
      passed.start();
      const StepResult result = step();
      std::printf("%2d/%zu %-32s %-6s %5lld ms  %s\n", number, steps.size(), qPrintable(name),
                  result.first ? "ok" : "FAILED", static_cast<long long>(passed.elapsed()),
                  qPrintable(result.second));
      std::fflush(stdout);
      if (!result.first) {
        Shot(QStringLiteral("failed"));
        return 1;
      }
    }
    return 0;
  }

 private:
  void Shot(const QString& name) {
    if (shots_.isEmpty()) return;
    QDir().mkpath(shots_);
    const QString file = shots_ + QStringLiteral("/main-job-%1.png").arg(name);
    if (WriteShot(&window_, file)) std::printf("      screenshot %s\n", qPrintable(file));
  }

  StepResult StartBackend() {
    window_.backend()->Start();
    if (!WaitFor(
            [&] {
              return window_.backend()->running() ||
                     window_.backend()->state() == BackendService::State::kFailed;
            },
            kLongMs) ||
        !window_.backend()->running()) {
      return Failed(window_.backend()->message());
    }
    return Worked(QStringLiteral("process %1").arg(window_.backend()->process_id()));
  }

  StepResult OpenWorkspace() {
    QString why;
    QObject::connect(window_.workspace(), &WorkspaceService::openFailed, &window_,
                     [&why](WorkspaceService::Refusal, const QString& message) { why = message; });
    window_.OpenFolder(folder_);
    WaitFor([&] { return !window_.workspace()->artifacts().empty() || !why.isEmpty(); }, kLongMs);
    if (window_.workspace()->artifacts().empty()) return Failed(why);
    return Worked(QStringLiteral("%1 artifacts in %2")
                      .arg(window_.workspace()->artifacts().size())
                      .arg(window_.workspace()->name()));
  }

  StepResult OpenDiagram() {
    tab_ = qobject_cast<BpmnTab*>(window_.OpenArtifact(QLatin1String(kDiagram)));
    if (tab_ == nullptr) return Failed(QStringLiteral("there is no %1").arg(QLatin1String(kDiagram)));
    if (!WaitFor([&] { return tab_->painted(); }, kLongMs))
      return Failed(tab_->banners()->TextOf(QStringLiteral("web")));
    const QString count = RunScript(tab_->editor()->view(),
                                    QStringLiteral("ameide.modeler.get('elementRegistry').getAll().length"));
    Shot(QStringLiteral("diagram"));
    return Worked(QStringLiteral("%1 elements drawn").arg(count));
  }

  /// Waits until the artifact's history has grown to `events`.
  bool WaitForEvents(uint64_t events) {
    return WaitFor(
        [&] {
          const auto artifact = window_.workspace()->FindPath(QLatin1String(kDiagram));
          return artifact && artifact->events >= events;
        },
        kShortMs);
  }
  uint64_t Events() { return window_.workspace()->FindPath(QLatin1String(kDiagram))->events; }
  QString NameOnDiagram() {
    return RunScript(
        tab_->editor()->view(),
        QStringLiteral("ameide.modeler.get('elementRegistry').get('PrepareInvoice').businessObject.name"));
  }

  StepResult Edit() {
    const uint64_t before = Events();
    RunScript(tab_->editor()->view(),
              QStringLiteral("ameide.modeler.get('modeling').updateProperties(ameide.modeler.get('"
                             "elementRegistry').get('PrepareInvoice'), {name: 'Write invoice'}); 'ok'"));
    if (!WaitForEvents(before + 1)) return Failed(QStringLiteral("the edit was not recorded"));
    return Worked(QStringLiteral("recorded: PrepareInvoice is now “%1”").arg(NameOnDiagram()));
  }

  StepResult UndoAndRedo() {
    const uint64_t before = Events();
    tab_->Undo();
    if (!WaitForEvents(before + 1) ||
        !WaitFor([&] { return NameOnDiagram() != QLatin1String("Write invoice"); }, kShortMs))
      return Failed(QStringLiteral("undo did not arrive"));
    const QString undone = NameOnDiagram();
    tab_->Redo();
    if (!WaitForEvents(before + 2) ||
        !WaitFor([&] { return NameOnDiagram() == QLatin1String("Write invoice"); }, kShortMs))
      return Failed(QStringLiteral("redo did not arrive"));
    return Worked(QStringLiteral("“%1”, then “%2” again").arg(undone, NameOnDiagram()));
  }

  StepResult LookBack() {
    window_.ShowSide(MainWindow::Side::kHistory);
    HistoryModel* model = window_.history()->model();
    // All of it is one session of work: its first change is where the artifact came in.
    const auto changes = [&] { return model->rowCount() > 0 ? model->rowCount(model->index(0, 0)) : 0; };
    const auto unfolded = [&] {
      window_.history()->ExpandAll();
      return changes() >= 4;
    };
    if (!WaitFor(unfolded, kShortMs)) return Failed(QStringLiteral("%1 changes").arg(changes()));
    window_.history()->Pick(model->index(changes() - 1, 0, model->index(0, 0)));
    if (!WaitFor([&] { return NameOnDiagram() == QLatin1String("Prepare invoice"); }, kShortMs))
      return Failed(QStringLiteral("the past was not shown"));
    Shot(QStringLiteral("history"));
    tab_->LeavePast();
    if (!WaitFor([&] { return NameOnDiagram() == QLatin1String("Write invoice"); }, kShortMs))
      return Failed(QStringLiteral("no way back"));
    return Worked(QStringLiteral("%1 changes; looked at the first and came back").arg(changes()));
  }

  StepResult Commit() {
    absl::Status status = absl::UnknownError("no answer");
    QString summary;
    bool done = false;
    const auto wait = [&] { return WaitFor([&] { return done; }, kLongMs); };
    const auto finished =
        QObject::connect(window_.workspace(), &WorkspaceService::gitFinished, &window_,
                         [&](const QString&, const absl::Status& error, const QString& text) {
                           status = error;
                           summary = text;
                           done = true;
                         });
    window_.workspace()->Commit(QStringLiteral("Rename a task"));
    wait();
    if (absl::IsFailedPrecondition(status)) {
      // Nobody is known to git here; a person would be asked, this run has a name of its own.
      bool known = false;
      window_.workspace()->SetIdentity(QStringLiteral("Ameide main job"),
                                       QStringLiteral("main-job@localhost"), &window_,
                                       [&](const absl::Status&) { known = true; });
      WaitFor([&] { return known; }, kShortMs);
      done = false;
      window_.workspace()->Commit(QStringLiteral("Rename a task"));
      wait();
    }
    QObject::disconnect(finished);
    return status.ok() ? Worked(summary) : Failed(MessageOf(status));
  }

  StepResult Publish() {
    QString outcome;
    QString text;
    QObject::connect(window_.publish(), &PublishPanel::finished, &window_,
                     [&](const QString& how, const QString& words) {
                       outcome = how;
                       text = words;
                     });
    window_.ShowSide(MainWindow::Side::kWorkspace);
    window_.ShowPanel(MainWindow::Panel::kPublish);
    window_.publish()->Publish();
    WaitFor([&] { return !outcome.isEmpty(); }, kLongMs);
    window_.publish()->disconnect(&window_);
    Shot(QStringLiteral("publish"));
    return outcome == QLatin1String("deployed") || outcome == QLatin1String("unchanged") ? Worked(text)
                                                                                         : Failed(text);
  }

  StepResult StartInstance() {
    window_.HidePanel();
    window_.ShowSide(MainWindow::Side::kRuns);
    window_.runs()->StartProcess(QLatin1String(kProcess),
                                 QStringLiteral(R"({"customer": "Ada", "amount": 900})"));
    if (!WaitFor([&] { return (run_ = qobject_cast<RunTab*>(window_.editors()->current())) != nullptr; },
                 kShortMs)) {
      return Failed(QStringLiteral("it did not start"));
    }
    if (!WaitFor([&] { return run_->state().tasks_size() > 0 || run_->state().incidents_size() > 0; },
                 kShortMs))
      return Failed(QStringLiteral("no task came"));
    if (run_->state().incidents_size() > 0) return Failed(ToQString(run_->state().incidents(0).message()));
    WaitFor(
        [&] {
          return run_->painted() && run_->findChild<QPushButton*>(QStringLiteral("completeTask")) != nullptr;
        },
        kShortMs);
    Shot(QStringLiteral("run"));
    return Worked(QStringLiteral("waits at “%1”").arg(ToQString(run_->state().tasks(0).name())));
  }

  StepResult CompleteItsTask() {
    auto* button = run_->findChild<QPushButton*>(QStringLiteral("completeTask"));
    if (button == nullptr || !WaitFor([&] { return button->isEnabled(); }, kShortMs))
      return Failed(QStringLiteral("no form"));
    auto* approved = run_->findChild<QAbstractButton*>(QStringLiteral("approved"));
    if (approved == nullptr) return Failed(QStringLiteral("its form has no field “approved”"));
    approved->click();
    button->click();
    if (!WaitFor([&] { return run_->state().tasks_size() == 0; }, kShortMs))
      return Failed(QStringLiteral("the task is still open"));
    return Worked(QStringLiteral("approved"));
  }

  StepResult WaitForItsEnd() {
    if (!WaitFor([&] { return run_->state().summary().state() == process::v1::INSTANCE_STATE_COMPLETED; },
                 kLongMs)) {
      return Failed(StateName(run_->state().summary().state()));
    }
    return Worked(ToQString(run_->state().variables_json()));
  }

  StepResult ReadOrder() {
    const auto order = [this]() -> QString {
      for (const QFrame* card : run_->findChildren<QFrame*>()) {
        const QString json = card->property("entity").toString();
        if (json.contains(QLatin1String("ORDER_STATUS_SHIPPED"))) return json;
      }
      return {};
    };
    if (!WaitFor([&] { return !order().isEmpty(); }, kShortMs))
      return Failed(QStringLiteral("no shipped order was found"));
    Shot(QStringLiteral("done"));
    return Worked(order().simplified());
  }

  MainWindow window_;
  QString folder_;
  QString shots_;
  BpmnTab* tab_ = nullptr;
  RunTab* run_ = nullptr;
};

}  // namespace

int RunMainJob(Theme* theme, const QString& folder, const QString& shots) {
  return MainJob(theme, folder, shots).Run();
}

}  // namespace ameide::workbench
