// The commands of the window: declared once, shown by menus, tool bar and command search.
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QPushButton>
#include <QStackedWidget>
#include <array>

#include "app/workbench/actions.h"
#include "app/workbench/banner.h"
#include "app/workbench/bpmn_tab.h"
#include "app/workbench/command_search.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/history_view.h"
#include "app/workbench/main_window.h"
#include "app/workbench/navigator.h"
#include "app/workbench/problems_panel.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/review_view.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/search_view.h"

namespace ameide::workbench {
namespace {

constexpr char kCommitBanner[] = "commit";
constexpr char kIdentityBanner[] = "identity";

/// The first widget in `part` that the Tab key would stop at; nullptr for none.
QWidget* FirstStop(QWidget* part) {
  if (!part->isVisible()) return nullptr;
  for (QWidget* widget = part->nextInFocusChain(); widget != part; widget = widget->nextInFocusChain()) {
    if (!part->isAncestorOf(widget) || widget->focusProxy() != nullptr) continue;
    if ((widget->focusPolicy() & Qt::TabFocus) != 0 && widget->isVisible() && widget->isEnabled())
      return widget;
  }
  return nullptr;
}

}  // namespace

void MainWindow::DeclareActions() {
  const QString workspace = tr("Workspace");
  const QString edit = tr("Edit");
  const QString view = tr("View");
  const QString run = tr("Run");
  const auto add = [this](const char* id, const QString& text, const char* icon, const QKeySequence& keys,
                          const QString& group, std::function<void()> run_action) {
    actions_->Add({QLatin1String(id), text, QLatin1String(icon), keys, group}, std::move(run_action));
  };
  add("workspace.open", tr("Open folder…"), "open", QKeySequence::Open, workspace,
      [this] { ChooseFolder(); });
  add("workspace.sample", tr("Open the sample"), "folder", {}, workspace, [this] { OpenSample(); });
  add("artifact.new", tr("New…"), "add", QKeySequence::New, workspace, [this] { OfferNew(); });
  add("settings.open", tr("Settings"), "settings", QKeySequence(tr("Ctrl+,")), workspace,
      [this] { OpenSettings(); });
  add("workspace.close", tr("Close workspace"), "close", {}, workspace, [this] {
    editors_->CloseAll();
    workspace_->Close();
  });
  add("git.commit", tr("Commit…"), "commit", QKeySequence(tr("Ctrl+Shift+C")), workspace,
      [this] { OfferCommit(); });
  add("git.pull", tr("Pull"), "pull", {}, workspace, [this] { workspace_->Pull(); });
  add("git.push", tr("Push"), "push", {}, workspace, [this] {
    for (EditorTab* tab : editors_->All()) tab->Flush();
    workspace_->Push();
  });
  add("git.cancel", tr("Cancel transfer"), "stop", {}, workspace, [this] { workspace_->CancelGit(); });
  add("program.quit", tr("Quit"), "", QKeySequence::Quit, workspace, [this] { close(); });
  add("edit.undo", tr("Undo"), "undo", QKeySequence::Undo, edit, [this] { Turn(false); });
  add("edit.redo", tr("Redo"), "redo", QKeySequence::Redo, edit, [this] { Turn(true); });
  add("tab.close", tr("Close tab"), "close", QKeySequence::Close, view, [this] {
    if (EditorTab* tab = editors_->current()) editors_->Close(tab);
  });
  add("tab.next", tr("Next tab"), "", QKeySequence(tr("Ctrl+Tab")), view, [this] { editors_->Step(1); });
  add("tab.previous", tr("Previous tab"), "", QKeySequence(tr("Ctrl+Shift+Tab")), view,
      [this] { editors_->Step(-1); });
  add("tab.other_pane", tr("Move the tab to the other side"), "side", QKeySequence(tr("Ctrl+\\")), view,
      [this] { editors_->MoveToOtherPane(); });
  add("tab.detach", tr("Move the tab to a window of its own"), "open", QKeySequence(tr("Ctrl+Shift+N")), view,
      [this] { editors_->Detach(); });
  add("link.copy", tr("Copy a link to this place"), "copy", QKeySequence(tr("Ctrl+Alt+L")), edit,
      [this] { CopyLink(); });
  add("link.open", tr("Open a link"), "open", QKeySequence(tr("Ctrl+Shift+L")), edit, [this] {
    if (!OpenLink(QApplication::clipboard()->text())) Tell(tr("The clipboard holds no link to a workspace"));
  });
  add("view.command_search", tr("Search actions, artifacts and elements"), "search",
      QKeySequence(tr("Ctrl+K")), view, [this] { command_search_->Open(); });
  add("view.workspace", tr("Workspace"), "workspace", QKeySequence(tr("Ctrl+Shift+E")), view, [this] {
    ShowSide(Side::kWorkspace);
    navigator_->FocusFilter();
  });
  add("view.search", tr("Search"), "search", QKeySequence(tr("Ctrl+Shift+F")), view, [this] {
    ShowSide(Side::kSearch);
    search_->FocusWords();
  });
  add("edit.replace", tr("Find and replace in the workspace"), "search", QKeySequence(tr("Ctrl+Shift+G")),
      edit, [this] {
        ShowSide(Side::kSearch);
        search_->FocusWords(true);
      });
  add("edit.find", tr("Find in what is open"), "search", QKeySequence::Find, edit, [this] {
    if (EditorTab* tab = editors_->current()) tab->OfferFind();
  });
  add("view.history", tr("History"), "history", QKeySequence(tr("Ctrl+Shift+H")), view, [this] {
    ShowSide(Side::kHistory);
    history_->FocusList();
  });
  add("view.review", tr("Review"), "review", QKeySequence(tr("Ctrl+Shift+V")), view, [this] {
    ShowSide(Side::kReview);
    review_->FocusList();
  });
  add("view.runs", tr("Runs"), "runs", QKeySequence(tr("Ctrl+Shift+R")), view,
      [this] { ShowSide(Side::kRuns); });
  for (const char* id : {"view.workspace", "view.search", "view.history", "view.review", "view.runs"})
    actions_->Get(QLatin1String(id))->setCheckable(true);
  add("view.problems", tr("Problems"), "problems", QKeySequence(tr("Ctrl+Shift+M")), view,
      [this] { ShowPanel(Panel::kProblems); });
  add("problems.next", tr("Next problem"), "down", QKeySequence(tr("F8")), view, [this] { StepProblem(1); });
  add("problems.previous", tr("Previous problem"), "", QKeySequence(tr("Shift+F8")), view,
      [this] { StepProblem(-1); });
  add("view.output", tr("Output"), "output", QKeySequence(tr("Ctrl+Shift+U")), view,
      [this] { ShowPanel(Panel::kOutput); });
  add("view.panel", tr("Show or hide the panel"), "panel", QKeySequence(tr("Ctrl+J")), view,
      [this] { panel_->setVisible(!panel_->isVisible()); });
  add("view.side", tr("Show or hide the side view"), "side", QKeySequence(tr("Ctrl+B")), view,
      [this] { side_->setVisible(!side_->isVisible()); });
  add("view.next_part", tr("Go to the next part of the window"), "", QKeySequence(tr("F6")), view,
      [this] { FocusPart(1); });
  add("view.previous_part", tr("Go to the previous part of the window"), "", QKeySequence(tr("Shift+F6")),
      view, [this] { FocusPart(-1); });
  DeclareDiagramActions();
  DeclareHistoryActions();
  DeclareReviewActions();
  add("theme.system", tr("Theme: like the system"), "settings", {}, view,
      [this] { ChooseTheme(ThemeChoice::kSystem); });
  add("theme.light", tr("Theme: light"), "sun", {}, view, [this] { ChooseTheme(ThemeChoice::kLight); });
  add("theme.dark", tr("Theme: dark"), "sun", {}, view, [this] { ChooseTheme(ThemeChoice::kDark); });
  add("publish.prepare", tr("Publish…"), "publish", {}, run, [this] {
    publish_->Prepare();
    ShowPanel(Panel::kPublish);
  });
  add("publish.now", tr("Publish"), "publish", QKeySequence(tr("Ctrl+Shift+P")), run, [this] {
    for (EditorTab* tab : editors_->All()) tab->Flush();
    ShowPanel(Panel::kPublish);
    publish_->Publish();
  });
  add("process.play", tr("Play this process"), "play", QKeySequence(tr("Ctrl+Alt+P")), run,
      [this] { OpenPlay(); });
  add("runs.start", tr("Start an instance"), "play", {}, run, [this] {
    ShowSide(Side::kRuns);
    runs_->OfferStartSelected();
  });
  add("backend.restart", tr("Restart the backend"), "backend", {}, run, [this] { backend_->Restart(); });
}

void MainWindow::BuildMenus(QMenuBar* bar) {
  const auto fill = [this, bar](const QString& title, std::initializer_list<const char*> ids) {
    QMenu* menu = bar->addMenu(title);
    for (const char* id : ids) {
      if (*id == '\0') {
        menu->addSeparator();
      } else {
        menu->addAction(actions_->Get(QLatin1String(id)));
      }
    }
    return menu;
  };
  fill(tr("&Workspace"),
       {"artifact.new", "", "workspace.open", "workspace.sample", "workspace.close", "", "settings.open", "",
        "git.commit", "git.pull", "git.push", "git.cancel", "", "program.quit"});
  fill(tr("&Edit"), {"edit.undo", "edit.redo", "", "edit.find", "view.search", "edit.replace", "",
                     "link.copy", "link.open"});
  fill(tr("&View"), {"view.command_search",
                     "",
                     "view.workspace",
                     "view.search",
                     "view.history",
                     "view.review",
                     "view.runs",
                     "",
                     "view.problems",
                     "problems.next",
                     "problems.previous",
                     "view.output",
                     "view.panel",
                     "view.side",
                     "",
                     "view.next_part",
                     "view.previous_part",
                     "tab.next",
                     "tab.previous",
                     "tab.close",
                     "tab.other_pane",
                     "tab.detach",
                     "",
                     "theme.system",
                     "theme.light",
                     "theme.dark"});
  QMenu* diagram = fill(tr("&Diagram"), {"diagram.zoom_in",    "diagram.zoom_out",   "diagram.zoom_fit",
                                         "diagram.minimap",    "diagram.find",       "",
                                         "diagram.copy",       "diagram.cut",        "diagram.paste",
                                         "diagram.duplicate",  "diagram.select_all", "",
                                         "diagram.copy_png",   "diagram.copy_svg",   "",
                                         "diagram.text",       "diagram.export_svg", "diagram.export_png",
                                         "diagram.export_pdf", "diagram.print"});
  FillArrangeMenus(diagram);
  fill(tr("&History"),
       {"view.history", "", "history.replay", "history.restore", "view.past_leave", "", "compare.now",
        "compare.commit", "compare.selected", "compare.file", "compare.two_files", "compare.workspace", "",
        "compare.next", "compare.previous", "compare.side", "compare.report"});
  fill(tr("Revie&w"),
       {"view.review", "", "review.approve", "review.changes", "review.promote", "", "review.propose"});
  fill(tr("&Run"), {"publish.prepare", "publish.now", "process.play", "runs.start", "", "backend.restart"});
}

void MainWindow::RefreshActions() {
  const bool open = workspace_->is_open();
  const bool writable = open && !workspace_->read_only();
  const QString closed = tr("No workspace is open");
  const QString why = open ? tr("The workspace is read-only") : closed;
  actions_->SetEnabled(QStringLiteral("workspace.close"), open, closed);
  actions_->SetEnabled(QStringLiteral("artifact.new"), writable, why);
  const QString busy = tr("Wait until the present transfer is done");
  for (const char* id : {"git.commit", "git.pull", "git.push"}) {
    actions_->SetEnabled(QLatin1String(id), writable && !workspace_->git_busy(), writable ? busy : why);
  }
  const bool remote = workspace_->status() && workspace_->status()->remote;
  if (writable && !workspace_->git_busy() && !remote) {
    const QString none = tr("This workspace has no remote; add one with “git remote add”");
    actions_->Disable(QStringLiteral("git.pull"), none);
    actions_->Disable(QStringLiteral("git.push"), none);
  }
  actions_->SetEnabled(QStringLiteral("git.cancel"), workspace_->git_busy(),
                       tr("Nothing is being transferred"));
  for (const char* id : {"publish.prepare", "publish.now"}) {
    actions_->SetEnabled(QLatin1String(id), open && backend_->running() && !publish_->busy(),
                         !open              ? closed
                         : publish_->busy() ? tr("A publish is under way")
                                            : tr("The backend is not running"));
  }
  actions_->SetEnabled(QStringLiteral("runs.start"), backend_->running(), tr("The backend is not running"));
  EditorTab* tab = editors_->current();
  actions_->SetEnabled(QStringLiteral("process.play"),
                       backend_->running() && qobject_cast<BpmnTab*>(tab) != nullptr,
                       backend_->running() ? tr("No process is open") : tr("The backend is not running"));
  for (const char* id : {"tab.close", "tab.next", "tab.previous", "tab.detach"})
    actions_->SetEnabled(QLatin1String(id), tab != nullptr, tr("No tab is open"));
  actions_->SetEnabled(QStringLiteral("tab.other_pane"), editors_->CanSplit(),
                       tab == nullptr ? tr("No tab is open") : tr("There is no other tab to put it beside"));
  actions_->SetEnabled(QStringLiteral("link.copy"), tab != nullptr && tab->artifact().has_value(),
                       tr("No artifact is open"));
  actions_->SetEnabled(QStringLiteral("edit.replace"), open, closed);
  RefreshDiagramActions();
  RefreshHistoryActions();
  RefreshReviewActions();
  actions_->SetEnabled(QStringLiteral("edit.find"), tab != nullptr && tab->CanFind(),
                       tab == nullptr ? tr("No tab is open") : tr("There is nothing to find in here"));
  RefreshUndo();
}

void MainWindow::StepProblem(int by) {
  ShowPanel(Panel::kProblems);
  if (!problems_->Step(by)) Tell(tr("There are no problems"));
}

void MainWindow::RefreshUndo() {
  auto* tab = qobject_cast<ArtifactTab*>(editors_->current());
  const QString undo = QStringLiteral("edit.undo");
  const QString redo = QStringLiteral("edit.redo");
  actions_->SetText(undo, tr("Undo"));
  actions_->SetText(redo, tr("Redo"));
  if (tab == nullptr || tab->in_past() || workspace_->read_only()) {
    const QString why = tab == nullptr ? tr("No artifact is open") : tr("This state cannot be changed");
    actions_->Disable(undo, why);
    actions_->Disable(redo, why);
    return;
  }
  using Labels = std::pair<std::optional<std::string>, std::optional<std::string>>;
  workspace_->Read(
      tab,
      [id = *tab->artifact()](uaf::Workspace& open) -> Labels {
        return {open.CanUndo(id), open.CanRedo(id)};
      },
      [this, tab, undo, redo](const Labels& labels) {
        if (tab != editors_->current()) return;
        actions_->SetEnabled(undo, labels.first.has_value(), tr("Nothing to undo"));
        actions_->SetEnabled(redo, labels.second.has_value(), tr("Nothing to redo"));
        actions_->SetText(undo, labels.first ? tr("Undo “%1”").arg(ToQString(*labels.first)) : tr("Undo"));
        actions_->SetText(redo, labels.second ? tr("Redo “%1”").arg(ToQString(*labels.second)) : tr("Redo"));
      });
}

void MainWindow::Turn(bool redo) {
  auto* tab = qobject_cast<ArtifactTab*>(editors_->current());
  if (tab == nullptr) return;
  redo ? tab->Redo() : tab->Undo();
}

void MainWindow::FocusPart(int by) {
  const std::array<QWidget*, 4> parts = {side_, editors_, panel_, header_};
  const int count = static_cast<int>(parts.size());
  const QWidget* focus = QApplication::focusWidget();
  int at = by > 0 ? count - 1 : 0;
  for (int index = 0; index < count; ++index) {
    if (focus != nullptr && parts[index]->isAncestorOf(focus)) at = index;
  }
  for (int step = 1; step <= count; ++step) {
    QWidget* part = parts[(at + step * by + count * step) % count];
    if (part == editors_ && editors_->current() != nullptr) return editors_->current()->FocusContent();
    QWidget* first = FirstStop(part);
    if (first != nullptr) return first->setFocus(Qt::TabFocusReason);
  }
}

void MainWindow::ChooseFolder() {
  auto* dialog = new QFileDialog(this, tr("Open folder"));
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) { OpenFolder(folder); });
  dialog->open();
}

void MainWindow::OfferCommit() {
  for (EditorTab* tab : editors_->All()) tab->Flush();
  auto* form = new QWidget;
  auto* row = new QHBoxLayout(form);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  auto* message = new QLineEdit(form);
  message->setObjectName(QStringLiteral("commitMessage"));
  message->setPlaceholderText(tr("What did you change, and why?"));
  message->setAccessibleName(tr("Commit message"));
  QPushButton* commit = MakeButton(tr("Commit"), "primary", form);
  commit->setObjectName(QStringLiteral("commitNow"));
  commit->setEnabled(false);
  QPushButton* cancel = MakeButton(tr("Cancel"), "plain", form);
  row->addWidget(MakeLabel(tr("Commit"), "heading", form));
  row->addWidget(message, 1);
  row->addWidget(commit);
  row->addWidget(cancel);
  connect(message, &QLineEdit::textChanged, commit,
          [commit](const QString& text) { commit->setEnabled(!text.trimmed().isEmpty()); });
  const auto go = [this, message] {
    const QString text = message->text().trimmed();
    if (text.isEmpty()) return;
    setProperty("lastCommitMessage", text);
    banners_->Hide(QLatin1String(kCommitBanner));
    workspace_->Commit(text);
  };
  connect(message, &QLineEdit::returnPressed, this, go);
  connect(commit, &QPushButton::clicked, this, go);
  connect(cancel, &QPushButton::clicked, this, [this] { banners_->Hide(QLatin1String(kCommitBanner)); });
  banners_->ShowWidget(QLatin1String(kCommitBanner), BannerText::Tone::kInfo, form);
  message->setFocus();
}

void MainWindow::OfferIdentity(const QString& why) {
  auto* form = new QWidget;
  auto* row = new QHBoxLayout(form);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  auto* text = new QLabel(tr("Who are you? Commits carry a name and an e-mail address."), form);
  text->setToolTip(why);
  auto* name = new QLineEdit(form);
  name->setObjectName(QStringLiteral("identityName"));
  name->setPlaceholderText(tr("Your name"));
  name->setAccessibleName(tr("Your name"));
  auto* email = new QLineEdit(form);
  email->setObjectName(QStringLiteral("identityEmail"));
  email->setPlaceholderText(tr("you@example.com"));
  email->setAccessibleName(tr("Your e-mail address"));
  QPushButton* save = MakeButton(tr("Save and commit"), "primary", form);
  save->setObjectName(QStringLiteral("identitySave"));
  QPushButton* cancel = MakeButton(tr("Cancel"), "plain", form);
  row->addWidget(text, 1);
  row->addWidget(name, 1);
  row->addWidget(email, 1);
  row->addWidget(save);
  row->addWidget(cancel);
  connect(cancel, &QPushButton::clicked, this, [this] { banners_->Hide(QLatin1String(kIdentityBanner)); });
  connect(save, &QPushButton::clicked, this, [this, name, email, text] {
    SetInvalid(name, name->text().trimmed().isEmpty());
    SetInvalid(email, !email->text().contains(QLatin1Char('@')));
    if (name->text().trimmed().isEmpty() || !email->text().contains(QLatin1Char('@'))) return;
    workspace_->SetIdentity(name->text().trimmed(), email->text().trimmed(), text,
                            [this, text](const absl::Status& status) {
                              if (!status.ok()) return text->setText(MessageOf(status));
                              banners_->Hide(QLatin1String(kIdentityBanner));
                              workspace_->Commit(property("lastCommitMessage").toString());
                            });
  });
  banners_->ShowWidget(QLatin1String(kIdentityBanner), BannerText::Tone::kWarning, form);
  name->setFocus();
}

}  // namespace ameide::workbench
