#include "tests/e2e/views.h"

#include <QAction>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/compare_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

bool Trigger(WorkbenchFixture& fixture, const char* action) {
  fixture.window()->actions()->Get(QLatin1String(action))->trigger();
  return true;
}

View Side(const char* name, MainWindow::Side side) {
  return {name, [side](WorkbenchFixture& fixture) {
            fixture.window()->ShowSide(side);
            return true;
          }};
}

View Panel(const char* name, MainWindow::Panel panel) {
  return {name, [panel](WorkbenchFixture& fixture) {
            fixture.window()->ShowPanel(panel);
            return true;
          }};
}

/// The form that an action puts into a banner.
View Form(const char* name, const char* action) {
  return {name, [action](WorkbenchFixture& fixture) { return Trigger(fixture, action); }};
}

bool Rename(WorkbenchFixture& fixture) {
  BpmnTab* tab = fixture.OpenDiagram();
  if (tab == nullptr) return false;
  const uint64_t before = fixture.Events();
  WorkbenchFixture::Script(tab->editor(), QStringLiteral("ameide.modeler.get('modeling').updateProperties("
                                                         "ameide.modeler.get('elementRegistry').get("
                                                         "'ShipOrder'), {name: 'Anders'}); 'ok'"));
  return fixture.WaitForEvents(before + 1);
}

bool Publish(WorkbenchFixture& fixture) {
  MainWindow* window = fixture.window();
  bool done = false;
  const auto ended =
      QObject::connect(window->publish(), &PublishPanel::finished, window, [&] { done = true; });
  window->ShowPanel(MainWindow::Panel::kPublish);
  window->publish()->Publish();
  WaitFor([&] { return done; }, kWaitMs);
  QObject::disconnect(ended);
  return done;
}

bool Compare(WorkbenchFixture& fixture) {
  Trigger(fixture, "compare.workspace");
  return WaitFor([&] { return qobject_cast<CompareTab*>(fixture.window()->editors()->current()) != nullptr; },
                 kWaitMs);
}

}  // namespace

std::vector<View> AllViews() {
  using Side_ = MainWindow::Side;
  using Panel_ = MainWindow::Panel;
  return {
      Side("workspace", Side_::kWorkspace),
      {"diagram", [](WorkbenchFixture& fixture) { return fixture.OpenDiagram() != nullptr; }},
      Side("search", Side_::kSearch),
      {"replace", [](WorkbenchFixture& fixture) { return Trigger(fixture, "edit.replace"); }},
      {"history",
       [](WorkbenchFixture& fixture) {
         if (!Rename(fixture)) return false;
         fixture.window()->ShowSide(Side_::kHistory);
         return WaitFor([&] { return fixture.window()->history()->model()->rowCount() > 0; }, kWaitMs);
       }},
      Side("review", Side_::kReview),
      Side("runs", Side_::kRuns),
      Panel("problems", Panel_::kProblems),
      Panel("output", Panel_::kOutput),
      {"publish", Publish},
      {"play", [](WorkbenchFixture& fixture) { return Trigger(fixture, "process.play"); }},
      {"compare", Compare},
      {"settings", [](WorkbenchFixture& fixture) { return Trigger(fixture, "settings.open"); }},
      {"text",
       [](WorkbenchFixture& fixture) {
         return fixture.OpenDiagram() != nullptr && Trigger(fixture, "diagram.text");
       }},
      Form("new", "artifact.new"),
      Form("commit", "git.commit"),
  };
}

}  // namespace ameide::workbench
