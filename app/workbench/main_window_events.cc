// What happens to the workspace, the backend and the views, and how the window tells it.
#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QLayout>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QStatusBar>
#include <QTabBar>
#include <QTime>
#include <QTimer>
#include <QToolButton>

#include "app/workbench/actions.h"
#include "app/workbench/artifact_model.h"
#include "app/workbench/banner.h"
#include "app/workbench/bpmn_tab.h"
#include "app/workbench/command_search.h"
#include "app/workbench/compare_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/file_tab.h"
#include "app/workbench/history_view.h"
#include "app/workbench/links.h"
#include "app/workbench/main_window.h"
#include "app/workbench/navigator.h"
#include "app/workbench/play_tab.h"
#include "app/workbench/problems.h"
#include "app/workbench/problems_panel.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/replace_view.h"
#include "app/workbench/review_view.h"
#include "app/workbench/run_tab.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/sample.h"
#include "app/workbench/search_view.h"
#include "app/workbench/text_tab.h"
#include "app/workbench/times.h"
#include "app/workbench/welcome.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {
namespace {

using Tone = BannerText::Tone;
using What = uaf::WorkingFileNote::What;

/// What is wrong with a text: "FILE:LINE:COLUMN: why; what was done about it", taken apart.
struct TextError {
  int line = 0;  ///< 0 when none is named
  QString why;
  QString done;
};

TextError ParseTextError(const std::string& message) {
  static const QRegularExpression form(
      QStringLiteral("^(?:.*?:)?(\\d+):\\d+: (.*?)(?:; (what was saved.*))?$"));
  const QRegularExpressionMatch match = form.match(ToQString(message));
  if (!match.hasMatch()) return {0, ToQString(message), QString()};
  return {match.captured(1).toInt(), match.captured(2), match.captured(3)};
}

/// Who holds a workspace, from the refusal of the lock: "TOOL, process N on HOST, since TIME" with the time
/// as people read it; empty when the refusal is another one.
QString OwnerIn(const QString& refusal) {
  const QString before = QStringLiteral("already open in ");
  const qsizetype at = refusal.indexOf(before);
  if (at < 0) return {};
  QString owner = refusal.mid(at + before.size());
  static const QRegularExpression time(QStringLiteral("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z"));
  const QRegularExpressionMatch match = time.match(owner);
  if (match.hasMatch()) {
    const QDateTime since = QDateTime::fromString(match.captured(), Qt::ISODateWithMs).toLocalTime();
    owner.replace(match.captured(), ShortTime(since, QDateTime::currentDateTime()));
  }
  return owner;
}

}  // namespace

void MainWindow::OpenFolder(const QString& folder, WorkspaceService::Access access) {
  opening_ = QFileInfo(folder).absoluteFilePath();
  opened_read_only_ = false;
  editors_->CloseAll();
  for (const char* key : {"open", "readonly", "commit", "identity", "git"})
    banners_->Hide(QLatin1String(key));
  workspace_->Open(opening_, access);
}

void MainWindow::OpenSample() {
  const absl::StatusOr<QString> folder = SampleCopy();
  if (folder.ok()) return OpenFolder(*folder);
  banners_->Show(QStringLiteral("open"), {Tone::kError, MessageOf(folder.status()), QString(), {}});
}

void MainWindow::ConnectWorkspace() {
  connect(workspace_, &WorkspaceService::opened, this, [this] {
    Welcome::Remember(workspace_->root());
    setWindowTitle(tr("%1 – Ameide Workbench").arg(workspace_->name()));
    welcome_->Refresh(true);
    FocusStart();
    if (workspace_->read_only()) {
      banners_->Show(QStringLiteral("readonly"),
                     {Tone::kWarning,
                      opened_read_only_
                          ? tr("You opened this workspace read-only: nothing can be changed here.")
                          : tr("This workspace is open read-only: %1.").arg(workspace_->read_only_because()),
                      QString(),
                      {{tr("Open for editing"), [this] { OpenFolder(workspace_->root()); }}},
                      false});
    }
    Say(tr("Opened %1").arg(QDir::toNativeSeparators(workspace_->root())));
  });
  // A link that had to wait for its workspace, and what was just created.
  connect(workspace_, &WorkspaceService::artifactsChanged, this, [this] {
    OpenCreated();
    if (!linked_.isEmpty() && workspace_->is_open()) OpenLink(std::exchange(linked_, QString()));
  });
  connect(workspace_, &WorkspaceService::openFailed, this, &MainWindow::OnOpenFailed);
  connect(workspace_, &WorkspaceService::closed, this, [this] {
    setWindowTitle(tr("Ameide Workbench"));
    welcome_->Refresh(false);
    RefreshActions();
    RefreshStatusBar();
  });
  connect(workspace_, &WorkspaceService::artifactsChanged, this, [this] {
    RefreshActions();
    RefreshStatusBar();
  });
  connect(workspace_, &WorkspaceService::recorded, this, [this] {
    RefreshUndo();
    RefreshStatusBar();
  });
  connect(workspace_, &WorkspaceService::statusChanged, this, [this] {
    RefreshStatusBar();
    RefreshActions();
  });
  connect(workspace_, &WorkspaceService::filesNoted, this, &MainWindow::OnFilesNoted);
  connect(workspace_, &WorkspaceService::gitStarted, this, [this](const QString& what) {
    git_phase_->setText(what);
    git_progress_->setRange(0, 0);
    git_phase_->show();
    git_progress_->show();
    RefreshActions();
  });
  connect(workspace_, &WorkspaceService::gitProgress, this,
          [this](const QString& phase, quint64 done, quint64 total) {
            git_phase_->setText(phase);
            git_progress_->setRange(0, total == 0 ? 0 : 1000);
            if (total != 0) git_progress_->setValue(static_cast<int>(done * 1000 / total));
          });
  connect(workspace_, &WorkspaceService::gitFinished, this, &MainWindow::OnGitFinished);
}

void MainWindow::OnOpenFailed(WorkspaceService::Refusal refusal, const QString& message) {
  const QString folder = opening_;
  BannerText banner{Tone::kWarning, QString(), QString(), {}, true};
  const BannerText::Button read_only{tr("Open read-only"),
                                     [this, folder] {
                                       OpenFolder(folder, WorkspaceService::Access::kReadOnly);
                                       opened_read_only_ = true;
                                     },
                                     true};
  const BannerText::Button retry{tr("Try again"), [this, folder] { OpenFolder(folder); }};
  switch (refusal) {
    case WorkspaceService::Refusal::kOwnedByOther:
      banner.text = tr("“%1” cannot be opened for editing: %2").arg(QFileInfo(folder).fileName(), message);
      if (const QString owner = OwnerIn(message); !owner.isEmpty()) {
        banner.text = tr("“%1” is being edited in %2. Only one program can edit it at a time.")
                          .arg(QFileInfo(folder).fileName(), owner);
        banner.details = message;
      }
      banner.buttons = {read_only, retry};
      break;
    case WorkspaceService::Refusal::kNotWritable:
      // Looking is possible, so look; the banner of the read-only workspace says why.
      return OpenFolder(folder, WorkspaceService::Access::kReadOnly);
    case WorkspaceService::Refusal::kOther:
      banner.tone = Tone::kError;
      banner.text = tr("“%1” cannot be opened: %2").arg(QFileInfo(folder).fileName(), message);
      banner.buttons = {retry};
      break;
  }
  banners_->Show(QStringLiteral("open"), banner);
  Say(banner.text);
}

void MainWindow::OnFilesNoted(const WorkspaceService::Notes& notes) {
  for (const uaf::WorkingFileNote& note : notes) {
    const QString path = ToQString(note.path);
    switch (note.what) {
      case What::kAbsorbed:
        Say(tr("Took in changes of %1 by another program").arg(path));
        break;
      case What::kCreated:
        Say(tr("Found %1").arg(path));
        break;
      case What::kRenamed:
        Say(tr("Followed %1 to its new place").arg(path));
        break;
      case What::kRetired:
        Say(tr("%1 was removed by another program; its history is kept").arg(path));
        break;
      case What::kWritten:
        break;
      case What::kKeptAside:
      case What::kFailed: {
        const QString shown = note.aside.empty() ? path : ToQString(note.aside);
        const QString file = workspace_->root() + QLatin1Char('/') + shown;
        const QString target = workspace_->root() + QLatin1Char('/') + path;
        const TextError error = ParseTextError(note.message);
        const int line = error.line;
        BannerText banner{Tone::kWarning, QString(), QString(), {}, true};
        banner.text =
            line > 0
                ? tr("Another program saved %1 with an error in line %2: %3. The last good version stays.")
                      .arg(path)
                      .arg(line)
                      .arg(error.why)
                : tr("%1 cannot be read as it was saved: %2").arg(path, error.why);
        if (path.isEmpty()) banner.text = ToQString(note.message);
        if (QFileInfo(file).isFile()) {
          banner.buttons.append(
              {tr("Open as text"), [this, file, target, line] { OpenFile(file, target, line); }});
        }
        if (!note.aside.empty())
          banner.details =
              tr("The text that was saved is kept in %1; the file itself is written again from the last good "
                 "version. Mend the text and save it to take it in.")
                  .arg(ToQString(note.aside));
        banners_->Show(QStringLiteral("file:") + path, banner);
        Say(banner.text);
        break;
      }
    }
  }
}

void MainWindow::OnGitFinished(const QString& what, const absl::Status& error, const QString& summary) {
  git_phase_->hide();
  git_progress_->hide();
  RefreshActions();
  if (error.ok()) {
    banners_->Hide(QStringLiteral("git"));
    banners_->Hide(QStringLiteral("identity"));
    Say(summary);
    Tell(summary);
    return;
  }
  const QString message = MessageOf(error);
  // sync says what to set when git knows no author; here that is two fields.
  if (what == tr("Commit") && absl::IsFailedPrecondition(error) && message.contains(QLatin1String("user.")))
    return OfferIdentity(message);
  banners_->Show(QStringLiteral("git"), {Tone::kError, tr("%1 did not work: %2").arg(what, message), {}, {}});
  Say(tr("%1 did not work: %2").arg(what, message));
}

void MainWindow::ConnectBackend() {
  connect(backend_, &BackendService::stateChanged, this, [this] {
    RefreshStatusBar();
    RefreshActions();
    if (backend_->state() == BackendService::State::kFailed) {
      banners_->Show(
          QStringLiteral("backend"),
          {Tone::kError,
           tr("The backend cannot be started. You can go on editing; publishing and runs wait for it."),
           backend_->message(),
           {{tr("Retry"), [this] { backend_->Restart(); }, true}}});
    } else if (backend_->running()) {
      banners_->Hide(QStringLiteral("backend"));
    }
    if (!backend_->message().isEmpty()) Say(tr("Backend: %1").arg(backend_->message()));
  });
}

void MainWindow::ConnectViews() {
  const auto open = [this](const QString& path, const QString& element, int line) {
    OpenArtifact(path, element, line);
  };
  connect(navigator_, &Navigator::activated, this, [this](const QString& path) { OpenArtifact(path); });
  connect(command_search_, &CommandSearch::artifactChosen, this, open);
  connect(command_search_, &CommandSearch::linkChosen, this, [this](const QString& link) { OpenLink(link); });
  connect(problems_, &ProblemsPanel::activated, this, open);
  connect(problems_, &ProblemsPanel::told, this, &MainWindow::Tell);
  connect(publish_, &PublishPanel::activated, this, open);
  connect(search_, &SearchView::activated, this, open);
  connect(search_->replace(), &ReplaceView::told, this, &MainWindow::Tell);
  connect(search_->replace(), &ReplaceView::flushWanted, this, [this] {
    for (EditorTab* tab : editors_->All()) tab->Flush();
  });
  connect(problems_model_, &ProblemsModel::checked, this, [this](const QString& path, ProblemCount count) {
    artifacts_->SetProblems(path, count);
    RefreshStatusBar();
  });
  connect(history_, &HistoryView::picked, this, [this](const QString& path, const PastState& past) {
    auto* tab = path.isEmpty() ? qobject_cast<ArtifactTab*>(editors_->current()) : OpenArtifact(path);
    if (tab != nullptr) tab->ShowPast(past);
  });
  connect(history_, &HistoryView::compareWanted, this,
          [this](const QString& path, const PastState& before, const PastState& after) {
            OpenCompare({path, before, after, QString()});
          });
  connect(review_, &ReviewView::activated, this, open);
  connect(review_, &ReviewView::compareWanted, this, [this](const QString& branch, const QString& title) {
    OpenCompare({QString(),
                 {tr("main"), QString(), ToQString(uaf::kMainBranch)},
                 {tr("the proposal “%1”").arg(title), QString(), branch},
                 QString()});
  });
  connect(review_, &ReviewView::loaded, this, [this] {
    RefreshReviewActions();
    auto* tab = qobject_cast<BpmnTab*>(editors_->current());
    if (tab != nullptr && tab->artifact() == review_->artifact()) tab->ShowMarks(review_->Marks());
  });
  connect(runs_, &RunsView::activated, this, &MainWindow::OpenRun);
  connect(runs_, &RunsView::started, this, &MainWindow::OpenRun);
  connect(publish_, &PublishPanel::startWanted, this, [this](const QString& process) {
    ShowSide(Side::kRuns);
    runs_->OfferStart(process);
  });
  connect(publish_, &PublishPanel::finished, this, [this](const QString&, const QString& text) {
    Say(text);
    RefreshActions();
    runs_->Refresh();
  });
  connect(editors_, &EditorArea::currentChanged, this, &MainWindow::OnCurrentTab);
  // Menus and shortcuts are in a window of editors as they are here.
  connect(editors_, &EditorArea::windowMade, this, [this](QWidget* window) {
    window->addActions(actions_->All());
    auto* bar = new QMenuBar(window);
    BuildMenus(bar);
    window->layout()->setMenuBar(bar);
  });
  connect(welcome_, &Welcome::openWanted, this, [this](const QString& folder) { OpenFolder(folder); });
  connect(welcome_, &Welcome::chooseWanted, actions_->Get(QStringLiteral("workspace.open")),
          &QAction::trigger);
  connect(welcome_, &Welcome::sampleWanted, this, &MainWindow::OpenSample);
}

ArtifactTab* MainWindow::OpenArtifact(const QString& path, const QString& element, int line) {
  const std::optional<uaf::Artifact> artifact = workspace_->FindPath(path);
  if (!artifact) {
    Say(tr("There is no artifact %1").arg(path));
    return nullptr;
  }
  const QString key = QStringLiteral("artifact:") + ToQString(artifact->id.name);
  auto* tab = qobject_cast<ArtifactTab*>(editors_->Find(key));
  if (tab == nullptr) {
    if (artifact->format == "bpmn" && artifact->kind == uaf::document::TreeKind::kXml) {
      tab = new BpmnTab(theme_, workspace_, problems_model_, *artifact, editors_);
    } else if (artifact->kind != uaf::document::TreeKind::kOpaque) {
      tab = new TextTab(theme_, workspace_, problems_model_, *artifact, false, editors_);
    } else {
      banners_->Show(QStringLiteral("opaque"),
                     {Tone::kInfo,
                      tr("%1 has no editor here. Its versions are kept as whole files.").arg(path),
                      QString(),
                      {}});
      return nullptr;
    }
    SetUpTab(tab);
    editors_->Add(tab);
  } else {
    editors_->Show(tab);
  }
  navigator_->Reveal(path);
  tab->FocusContent();
  if (!element.isEmpty() || line > 0) tab->Select(element, line);
  return tab;
}

void MainWindow::CopyLink() {
  EditorTab* tab = editors_->current();
  const auto artifact = tab != nullptr && tab->artifact() ? workspace_->Find(*tab->artifact()) : std::nullopt;
  if (!artifact) return;
  workspace_->Read(
      this, [](const uaf::Workspace& open) { return open.id(); },
      [this, path = ToQString(artifact->path), element = selected_element_](const std::string& id) {
        QApplication::clipboard()->setText(FormatLink({ToQString(id), path, element}));
        Tell(element.isEmpty() ? tr("Copied a link to %1").arg(path) : tr("Copied a link to the element"));
      });
}

bool MainWindow::OpenLink(const QString& text) {
  const std::optional<Link> link = ParseLink(text);
  if (!link) return false;
  const auto elsewhere = [this, link = *link, text] {
    const QString folder = FolderOfWorkspace(link.workspace, Welcome::Recent());
    if (folder.isEmpty()) {
      banners_->Show(
          QStringLiteral("link"),
          {Tone::kWarning,
           tr("This link leads to a workspace that was not open here yet. Open its folder, then the link "
              "again."),
           text,
           {{tr("Open folder…"), [this] { ChooseFolder(); }, true}}});
      return;
    }
    linked_ = text;
    OpenFolder(folder);
  };
  if (!workspace_->is_open()) return elsewhere(), true;
  workspace_->Read(
      this, [](const uaf::Workspace& open) { return open.id(); },
      [this, link = *link, elsewhere](const std::string& id) {
        if (ToQString(id).compare(link.workspace, Qt::CaseInsensitive) != 0) return elsewhere();
        banners_->Hide(QStringLiteral("link"));
        if (OpenArtifact(link.path, link.element) == nullptr) {
          banners_->Show(QStringLiteral("link"),
                         {Tone::kWarning,
                          tr("The link leads to %1, which is not in this workspace (any "
                             "more), or has no editor.")
                              .arg(link.path),
                          QString(),
                          {}});
        }
      });
  return true;
}

void MainWindow::OpenAsText() {
  auto* shown = qobject_cast<BpmnTab*>(editors_->current());
  if (shown == nullptr) return;
  if (EditorTab* open = editors_->Find(TextTab::KeyBeside(shown->state().id))) return editors_->Show(open);
  auto* tab = new TextTab(theme_, workspace_, problems_model_, shown->state(), true, editors_);
  SetUpTab(tab);
  editors_->Add(tab);
  tab->FocusContent();
}

void MainWindow::SetUpTab(ArtifactTab* tab) {
  connect(tab, &ArtifactTab::refused, this, [this](const QString& why) { Tell(why); });
  if (auto* diagram = qobject_cast<BpmnTab*>(tab)) {
    // Keys that the browser takes first.
    connect(diagram->editor(), &modeler::BpmnEditor::commandSearchRequested, this,
            [this] { command_search_->Open(); });
    connect(diagram, &BpmnTab::told, this, &MainWindow::Tell);
    connect(diagram, &EditorTab::elementSelected, this, [this, diagram](const QString& element) {
      if (diagram != editors_->current()) return;
      selected_element_ = element;
      const QString name = diagram->NameOf(element);
      history_->SetElement(element, name);
      review_->SetElement(element, name);
    });
  }
  connect(tab, &EditorTab::changed, this, [this, tab] {
    if (!tab->in_past()) history_->ClearSelection();
  });
  connect(tab, &ArtifactTab::compareWanted, actions_->Get(QStringLiteral("compare.now")), &QAction::trigger);
}

void MainWindow::OpenRun(const QString& instance) {
  const QString key = QStringLiteral("run:") + instance;
  if (EditorTab* tab = editors_->Find(key)) return editors_->Show(tab);
  auto* tab = new RunTab(theme_, workspace_, backend_, instance, editors_);
  connect(tab, &RunTab::moved, runs_, &RunsView::Refresh);
  editors_->Add(tab);
}

void MainWindow::OpenPlay() {
  const auto* tab = qobject_cast<BpmnTab*>(editors_->current());
  if (tab == nullptr) return;
  if (EditorTab* open = editors_->Find(PlayTab::KeyOf(tab->state()))) return editors_->Show(open);
  editors_->Add(new PlayTab(theme_, workspace_, backend_, tab->state(), editors_));
}

void MainWindow::OpenFile(const QString& path, const QString& target, int line) {
  const QString key = QStringLiteral("file:") + path;
  EditorTab* tab = editors_->Find(key);
  if (tab == nullptr) {
    auto* file = new FileTab(theme_, workspace_, path, target, editors_);
    // What is wrong with it still, is told again.
    connect(file, &FileTab::saved, this, [this, target] {
      banners_->Hide(QStringLiteral("file:") + QDir(workspace_->root()).relativeFilePath(target));
    });
    tab = file;
    editors_->Add(tab);
  } else {
    editors_->Show(tab);
  }
  tab->Select(QString(), line);
}

void MainWindow::OnCurrentTab(EditorTab* tab) {
  std::optional<uaf::Artifact> artifact;
  if (tab != nullptr && tab->artifact()) artifact = workspace_->Find(*tab->artifact());
  selected_element_.clear();
  // A comparison is looked at beside the history that it came from.
  if (qobject_cast<CompareTab*>(tab) == nullptr) history_->SetArtifact(artifact);
  review_->SetArtifact(artifact);
  problems_->SetArtifact(artifact ? ToQString(artifact->path) : QString());
  RefreshActions();
}

void MainWindow::Say(const QString& text) {
  output_->appendPlainText(
      QStringLiteral("%1  %2").arg(QTime::currentTime().toString(QStringLiteral("HH:mm:ss")), text));
}

void MainWindow::Tell(const QString& text) {
  message_->setText(text);
  message_timer_->start();
}

void MainWindow::RefreshStatusBar() {
  const bool open = workspace_->is_open();
  workspace_label_->setVisible(open);
  workspace_label_->setText(workspace_->name());
  workspace_label_->setToolTip(QDir::toNativeSeparators(workspace_->root()));
  const auto& status = workspace_->status();
  branch_label_->setVisible(open && status.has_value());
  if (status) {
    QString branch = status->branch ? ToQString(*status->branch) : tr("no branch");
    if (status->apart)
      branch += QStringLiteral("  ↑%1 ↓%2").arg(status->apart->ahead).arg(status->apart->behind);
    branch_label_->setText(branch);
    branch_label_->setToolTip(status->remote ? tr("%1 commits to push, %2 to pull (%3)")
                                                   .arg(status->apart ? status->apart->ahead : 0)
                                                   .arg(status->apart ? status->apart->behind : 0)
                                                   .arg(ToQString(status->remote_url))
                                             : tr("This workspace has no remote"));
  }
  saved_label_->setVisible(open);
  if (workspace_->read_only()) {
    saved_label_->setText(tr("Read-only"));
  } else {
    saved_label_->setText(workspace_->pending_writes() ? tr("Saved, writing files…") : tr("Saved"));
  }
  saved_label_->setToolTip(tr("Every edit is kept at once; files follow when you pause."));
  const int errors = problems_model_->errors();
  const int warnings = problems_model_->warnings();
  problems_label_->setVisible(open);
  problems_label_->setText(
      QStringLiteral("%1, %2").arg(errors == 1 ? tr("1 error") : tr("%1 errors").arg(errors),
                                   warnings == 1 ? tr("1 warning") : tr("%1 warnings").arg(warnings)));
  problems_label_->setIcon(theme_->Icon(QStringLiteral("problems"), errors > 0 ? QStringLiteral("error")
                                                                    : warnings > 0
                                                                        ? QStringLiteral("warning")
                                                                        : QStringLiteral("text-muted")));
  panel_tabs_->setTabText(
      0, errors + warnings > 0 ? tr("Problems (%1)").arg(errors + warnings) : tr("Problems"));
  using State = BackendService::State;
  QString text;
  QString role = QStringLiteral("warning");
  switch (backend_->state()) {
    case State::kStarting:
      text = tr("Backend starting");
      break;
    case State::kRunning:
      text = tr("Backend running");
      role = QStringLiteral("success");
      break;
    case State::kRestarting:
      text = tr("Backend restarting");
      break;
    case State::kFailed:
      text = tr("Backend failed");
      role = QStringLiteral("error");
      break;
    case State::kStopped:
      text = tr("Backend stopped");
      role = QStringLiteral("text-muted");
      break;
  }
  backend_label_->setText(text);
  backend_label_->setIcon(theme_->Icon(QStringLiteral("dot"), role));
  backend_label_->setToolTip(backend_->message());
}

}  // namespace ameide::workbench
