// The commands about the past: looking back, restoring, replaying, comparing.
#include <QFileDialog>
#include <QFileInfo>

#include "app/workbench/actions.h"
#include "app/workbench/compare_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/main_window.h"

namespace ameide::workbench {
namespace {

PastState Now() { return {MainWindow::tr("now"), QString(), QStringLiteral("now")}; }

}  // namespace

void MainWindow::DeclareHistoryActions() {
  const QString group = tr("History");
  const auto add = [&](const char* id, const QString& text, const char* icon, const QKeySequence& keys,
                       std::function<void()> run) {
    actions_->Add({QLatin1String(id), text, QLatin1String(icon), keys, group}, std::move(run));
  };
  const auto artifact = [this] { return qobject_cast<ArtifactTab*>(editors_->current()); };
  const auto comparison = [this] { return qobject_cast<CompareTab*>(editors_->current()); };
  add("history.restore", tr("Restore the state that is shown"), "restore", {}, [artifact] {
    if (ArtifactTab* tab = artifact()) tab->Restore();
  });
  add("history.replay", tr("Replay how it grew"), "play", {}, [artifact] {
    if (ArtifactTab* tab = artifact()) tab->Replay();
  });
  add("view.past_leave", tr("Back to now"), "back", {}, [artifact] {
    if (ArtifactTab* tab = artifact()) tab->LeavePast();
  });
  add("compare.now", tr("Compare the state that is shown with now"), "compare", {}, [this, artifact] {
    ArtifactTab* tab = artifact();
    if (tab != nullptr && tab->past()) OpenCompare({tab->ToolTip(), *tab->past(), Now(), QString()});
  });
  add("compare.commit", tr("Compare with the last commit"), "compare", QKeySequence(tr("Ctrl+Shift+D")),
      [this, artifact] {
        if (ArtifactTab* tab = artifact()) {
          tab->Flush();
          OpenCompare(
              {tab->ToolTip(), {tr("the last commit"), QString(), QStringLiteral("HEAD")}, Now(), QString()});
        }
      });
  add("compare.selected", tr("Compare the entries that are selected in the history"), "compare", {},
      [this] { history_->CompareSelected(); });
  add("compare.file", tr("Compare with a file…"), "compare", {}, [this] { CompareWithFile(); });
  add("compare.two_files", tr("Compare two files…"), "compare", {}, [this] { CompareTwoFiles(); });
  add("compare.workspace", tr("Compare the workspace between two days…"), "compare", {}, [this] {
    CompareRequest request;
    request.dates = true;
    OpenCompare(request);
  });
  add("compare.next", tr("Next change"), "pull", QKeySequence(tr("Alt+Down")), [comparison] {
    if (CompareTab* tab = comparison()) tab->Step(1);
  });
  add("compare.previous", tr("Previous change"), "push", QKeySequence(tr("Alt+Up")), [comparison] {
    if (CompareTab* tab = comparison()) tab->Step(-1);
  });
  add("compare.side", tr("Show both states side by side, or one on the other"), "compare", {}, [comparison] {
    if (CompareTab* tab = comparison()) tab->SetSideBySide(!tab->side_by_side());
  });
  add("compare.report", tr("Save the comparison as a report…"), "document", {}, [comparison] {
    if (CompareTab* tab = comparison()) tab->OfferReport();
  });
}

void MainWindow::RefreshHistoryActions() {
  const auto* tab = qobject_cast<ArtifactTab*>(editors_->current());
  const bool past = tab != nullptr && tab->in_past();
  const QString no_artifact = tr("No artifact is open");
  const auto set = [this](const char* id, bool enabled, const QString& why) {
    actions_->SetEnabled(QLatin1String(id), enabled, why);
  };
  set("history.restore", past && !workspace_->read_only(),
      past ? tr("The workspace is read-only") : tr("No state of the past is shown"));
  set("history.replay", tab != nullptr, no_artifact);
  set("view.past_leave", past, tr("Now is shown already"));
  set("compare.now", past, tr("No state of the past is shown"));
  const bool committed = workspace_->status() && workspace_->status()->head;
  set("compare.commit", tab != nullptr && committed,
      tab == nullptr ? no_artifact : tr("Nothing has been committed yet"));
  set("compare.file", tab != nullptr, no_artifact);
  for (const char* id : {"compare.selected", "compare.two_files", "compare.workspace"})
    set(id, workspace_->is_open(), tr("No workspace is open"));
  const auto* comparison = qobject_cast<CompareTab*>(editors_->current());
  for (const char* id : {"compare.next", "compare.previous", "compare.side", "compare.report"})
    set(id, comparison != nullptr && !comparison->compared().empty(), tr("No comparison is shown"));
}

CompareTab* MainWindow::OpenCompare(const CompareRequest& request) {
  auto* tab = qobject_cast<CompareTab*>(
      editors_->Find(CompareTab::KeyOf(request.other_file.isEmpty() ? request.path : request.file)));
  if (tab == nullptr) {
    tab = new CompareTab(theme_, workspace_, editors_);
    connect(tab, &CompareTab::commandSearchRequested, actions_->Get(QStringLiteral("view.command_search")),
            &QAction::trigger);
    tab->Show(request);
    editors_->Add(tab);
  } else {
    tab->Show(request);
    editors_->Show(tab);
  }
  tab->FocusContent();
  return tab;
}

void MainWindow::CompareWithFile() {
  const auto* tab = qobject_cast<ArtifactTab*>(editors_->current());
  if (tab == nullptr) return;
  auto* dialog = new QFileDialog(this, tr("Compare with a file"));
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QFileDialog::fileSelected, this, [this, path = tab->ToolTip()](const QString& file) {
    OpenCompare({path, {QFileInfo(file).fileName(), file, QString()}, Now(), file});
  });
  dialog->open();
}

void MainWindow::CompareTwoFiles() {
  // One after the other: which is the earlier one matters, and they need not be in one folder.
  const auto ask = [this](const QString& title, const std::function<void(const QString&)>& chosen) {
    auto* dialog = new QFileDialog(this, title);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QFileDialog::fileSelected, this, chosen);
    dialog->open();
  };
  ask(tr("The earlier file"), [this, ask](const QString& before) {
    ask(tr("The later file, to compare with %1").arg(QFileInfo(before).fileName()),
        [this, before](const QString& after) {
          CompareRequest request;
          request.file = before;
          request.other_file = after;
          request.before.when = QFileInfo(before).fileName();
          request.after.when = QFileInfo(after).fileName();
          OpenCompare(request);
        });
  });
}

}  // namespace ameide::workbench
