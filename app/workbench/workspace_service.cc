#include "app/workbench/workspace_service.h"

#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QFileSystemWatcher>
#include <algorithm>

#include "app/workbench/version.h"
#include "base/platform/paths.h"
#include "base/status.h"
#include "notation/formats/formats.h"
#include "sync/branches.h"
#include "sync/commits.h"

namespace ameide::workbench {
namespace {

constexpr int kFilesDelayMs = 250;
constexpr int kStatusDelayMs = 400;
/// Folders that are watched at most; a tree that is larger is looked at when the window gets the focus.
constexpr int kMostWatched = 2000;

struct Opened {
  absl::Status status;
  std::shared_ptr<uaf::Workspace> workspace;
};

/// Opens for writing, making the folder a workspace where it is none; takes in the files that it holds.
Opened OpenForWriting(uaf::WorkspaceOptions options) {
  const absl::StatusOr<std::filesystem::path> root = uaf::Workspace::FindRoot(options.root);
  if (root.ok()) {
    options.root = *root;
  } else {
    const absl::StatusOr<sync::InitReport> made = sync::Initialize(options);
    if (!made.ok() && !absl::IsAlreadyExists(made.status())) return {made.status(), nullptr};
  }
  options.resolver = sync::ResolverFor(options.root);
  options.checked_out = sync::CheckedOutIn(options.root);
  options.commits = sync::CommitsOf(options.root);
  options.committed_before = sync::CommittedBefore(options.root);
  options.ignored = sync::IgnoredBy(options.root);
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> workspace = uaf::Workspace::Open(options);
  if (!workspace.ok()) return {workspace.status(), nullptr};
  return {absl::OkStatus(), std::shared_ptr<uaf::Workspace>(*std::move(workspace))};
}

Opened OpenForReading(uaf::WorkspaceOptions options) {
  const absl::StatusOr<std::filesystem::path> root = uaf::Workspace::FindRoot(options.root);
  if (!root.ok()) return {root.status(), nullptr};
  options.root = *root;
  options.resolver = sync::ResolverFor(options.root);
  options.checked_out = sync::CheckedOutIn(options.root);
  options.commits = sync::CommitsOf(options.root);
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> workspace = uaf::Workspace::OpenReadOnly(options);
  if (!workspace.ok()) return {workspace.status(), nullptr};
  return {absl::OkStatus(), std::shared_ptr<uaf::Workspace>(*std::move(workspace))};
}

bool Writable(const std::filesystem::path& root) {
  const QFileInfo folder(QString::fromStdString(root.string()));
  const QFileInfo inner(QString::fromStdString((root / ".uaf").string()));
  return folder.isWritable() && (!inner.exists() || inner.isWritable());
}

absl::StatusOr<WorkspaceService::Notes> SyncNow(uaf::Workspace& workspace) {
  uaf::WorkingFileOptions options;
  options.new_files = uaf::NewFiles::kKnownNotation;
  options.ignored = sync::IgnoredBy(workspace.root());
  return workspace.SyncWorkingFiles(options);
}

/// "proposal/faster-invoices" for a title that people wrote.
std::string BranchFor(const QString& title) {
  QString name;
  for (const QChar c : title.normalized(QString::NormalizationForm_D).toLower()) {
    if (c.unicode() < 128 && c.isLetterOrNumber()) {
      name += c;
    } else if (c.isSpace() || c.isPunct()) {
      if (!name.isEmpty() && !name.endsWith(QLatin1Char('-'))) name += QLatin1Char('-');
    }
  }
  while (name.endsWith(QLatin1Char('-'))) name.chop(1);
  if (name.isEmpty()) name = QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss"));
  return "proposal/" + name.left(60).toStdString();
}

}  // namespace

QString MessageOf(const absl::Status& status) { return ToQString(std::string(status.message())); }
QString ToQString(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

WorkspaceService::WorkspaceService(QObject* parent) : QObject(parent), formats_(MakeFormats()) {
  watcher_ = new QFileSystemWatcher(this);
  files_timer_.setSingleShot(true);
  files_timer_.setInterval(kFilesDelayMs);
  status_timer_.setSingleShot(true);
  status_timer_.setInterval(kStatusDelayMs);
  connect(&files_timer_, &QTimer::timeout, this, &WorkspaceService::SyncFiles);
  connect(&status_timer_, &QTimer::timeout, this, &WorkspaceService::RefreshStatus);
  connect(watcher_, &QFileSystemWatcher::directoryChanged, this, [this] { files_timer_.start(); });
  connect(watcher_, &QFileSystemWatcher::fileChanged, this, [this] { files_timer_.start(); });
}

WorkspaceService::~WorkspaceService() {
  git_stop_.request_stop();
  subscription_.reset();
  compute_.Drop();
  compute_.Finish();
  git_.Finish();
  store_.Finish();
}

QString WorkspaceService::name() const { return QFileInfo(root_).fileName(); }

void WorkspaceService::Open(const QString& folder, Access access) {
  Close();
  const uint64_t generation = ++generation_;
  const std::filesystem::path root = QFileInfo(folder).absoluteFilePath().toStdString();
  store_.Run(
      this,
      [this, root, access]() -> Opened {
        const absl::StatusOr<ProfilePaths> profile = CurrentProfile();
        if (!profile.ok()) return {profile.status(), nullptr};
        uaf::WorkspaceOptions options;
        options.root = root;
        options.profile = profile->data;
        options.sockets = profile->runtime;
        options.actor = sync::ActorFor(root, kTool);
        options.clock = &clock_;
        options.random = &random_;
        options.files = &files_;
        options.formats = formats_.get();
        if (access == Access::kReadOnly) return OpenForReading(options);
        if (!Writable(root) && uaf::Workspace::FindRoot(root).ok()) {
          return {absl::PermissionDeniedError("the folder cannot be written"), nullptr};
        }
        Opened opened = OpenForWriting(options);
        if (opened.workspace != nullptr) {
          // Problems with single files come again with the first look at the files, where somebody listens.
          const absl::StatusOr<Notes> notes = SyncNow(*opened.workspace);
          if (!notes.ok()) return {notes.status(), nullptr};
        }
        return opened;
      },
      [this, generation, access](Opened opened) {
        if (generation != generation_) return;
        if (opened.workspace != nullptr) return Adopt(std::move(opened.workspace));
        Refusal refusal = Refusal::kOther;
        // Neither of these can be mended by opening read-only when that has just been refused.
        if (access == Access::kWrite) {
          if (absl::IsFailedPrecondition(opened.status)) refusal = Refusal::kOwnedByOther;
          if (absl::IsPermissionDenied(opened.status)) refusal = Refusal::kNotWritable;
        }
        Q_EMIT openFailed(refusal, MessageOf(opened.status));
      });
}

void WorkspaceService::Adopt(std::shared_ptr<uaf::Workspace> workspace) {
  workspace_ = std::move(workspace);
  root_ = QString::fromStdString(workspace_->root().string());
  read_only_because_ = ToQString(workspace_->read_only_because());
  subscription_ =
      workspace_->Subscribe([this, guard = QPointer<QObject>(this)](const uaf::EventGroup& group) {
        store_.Post(guard, [this, group] {
          // One more turn, so that the `done` of the command that made an event always comes first.
          QTimer::singleShot(0, this, [this, group] { OnEvents(group); });
        });
      });
  WatchFolders();
  Read(
      this, [](uaf::Workspace& open) { return open.Artifacts(); },
      [this](absl::StatusOr<std::vector<uaf::Artifact>> artifacts) {
        if (artifacts.ok()) artifacts_ = *std::move(artifacts);
        Q_EMIT opened();
        Q_EMIT artifactsChanged();
        if (!read_only()) SyncFiles();
        status_timer_.start();
      });
}

void WorkspaceService::Close() {
  if (workspace_ == nullptr) return;
  ++generation_;
  subscription_.reset();
  if (!watcher_->directories().isEmpty()) watcher_->removePaths(watcher_->directories());
  if (!watcher_->files().isEmpty()) watcher_->removePaths(watcher_->files());
  // The last reference goes on the worker: closing writes files and must not hold up the window.
  store_.Run(
      this, [workspace = std::move(workspace_)]() mutable { return workspace.reset(), true; }, [](bool) {});
  workspace_ = nullptr;
  artifacts_.clear();
  changed_outside_.clear();
  status_.reset();
  read_only_because_.clear();
  root_.clear();
  Q_EMIT closed();
}

std::optional<uaf::Artifact> WorkspaceService::Find(const uaf::ArtifactId& id) const {
  for (const uaf::Artifact& artifact : artifacts_) {
    if (artifact.id == id) return artifact;
  }
  return std::nullopt;
}

std::optional<uaf::Artifact> WorkspaceService::FindPath(const QString& path) const {
  for (const uaf::Artifact& artifact : artifacts_) {
    if (ToQString(artifact.path) == path) return artifact;
  }
  return std::nullopt;
}

void WorkspaceService::Submit(uaf::Command command, QObject* context,
                              std::function<void(absl::StatusOr<uaf::Receipt>)> done) {
  if (workspace_ == nullptr) return;
  workspace_->SubmitAsync(std::move(command),
                          [this, guard = QPointer<QObject>(context),
                           done = std::move(done)](const absl::StatusOr<uaf::Receipt>& receipt) {
                            store_.Post(guard, [done, receipt] { done(receipt); });
                          });
}

void WorkspaceService::Undo(const uaf::ArtifactId& artifact, QObject* context,
                            std::function<void(absl::StatusOr<uaf::UndoReceipt>)> done) {
  if (workspace_ == nullptr) return;
  workspace_->UndoAsync(artifact, [this, guard = QPointer<QObject>(context),
                                   done = std::move(done)](const absl::StatusOr<uaf::UndoReceipt>& receipt) {
    store_.Post(guard, [done, receipt] { done(receipt); });
  });
}

void WorkspaceService::Redo(const uaf::ArtifactId& artifact, QObject* context,
                            std::function<void(absl::StatusOr<uaf::UndoReceipt>)> done) {
  if (workspace_ == nullptr) return;
  workspace_->RedoAsync(artifact, [this, guard = QPointer<QObject>(context),
                                   done = std::move(done)](const absl::StatusOr<uaf::UndoReceipt>& receipt) {
    store_.Post(guard, [done, receipt] { done(receipt); });
  });
}

void WorkspaceService::OnEvents(const uaf::EventGroup& group) {
  Q_EMIT recorded(group.events);
  if (!group.moved.empty()) Q_EMIT moved(group.moved);
  pending_writes_ = true;
  RefreshArtifacts();
  status_timer_.start();
}

void WorkspaceService::RefreshArtifacts() {
  Read(
      this, [](uaf::Workspace& workspace) { return workspace.Artifacts(); },
      [this](absl::StatusOr<std::vector<uaf::Artifact>> artifacts) {
        if (!artifacts.ok()) return;
        artifacts_ = *std::move(artifacts);
        Q_EMIT artifactsChanged();
      });
}

void WorkspaceService::RefreshStatus() {
  if (workspace_ == nullptr) return;
  struct Answer {
    absl::StatusOr<sync::StatusReport> report;
    bool pending;
  };
  git_.Run(
      this,
      [workspace = workspace_]() -> Answer {
        return {sync::GetStatus(*workspace), workspace->HasPendingWrites()};
      },
      [this, generation = generation_](Answer answer) {
        if (generation != generation_) return;
        if (answer.report.ok()) status_ = *std::move(answer.report);
        pending_writes_ = answer.pending;
        if (pending_writes_) status_timer_.start();
        Q_EMIT statusChanged();
      });
}

void WorkspaceService::WatchFolders() {
  QStringList paths{root_};
  QDirIterator folders(root_, QDir::Dirs | QDir::NoDotAndDotDot, QDirIterator::Subdirectories);
  while (folders.hasNext() && paths.size() < kMostWatched) paths.append(folders.next());
  watcher_->addPaths(paths);
}

void WorkspaceService::SyncFiles() {
  if (workspace_ == nullptr || read_only()) return;
  if (syncing_files_) {
    files_timer_.start();
    return;
  }
  syncing_files_ = true;
  store_.Run(
      this, [workspace = workspace_] { return SyncNow(*workspace); },
      [this](absl::StatusOr<Notes> notes) {
        syncing_files_ = false;
        if (!notes.ok()) {
          Notes failed(1);
          failed[0].what = uaf::WorkingFileNote::What::kFailed;
          failed[0].message = std::string(notes.status().message());
          Q_EMIT filesNoted(failed);
          return;
        }
        for (const uaf::WorkingFileNote& note : *notes) {
          const bool outside = note.what == uaf::WorkingFileNote::What::kAbsorbed;
          if (outside && std::ranges::find(changed_outside_, note.path) == changed_outside_.end()) {
            changed_outside_.push_back(note.path);
          }
        }
        if (!notes->empty()) Q_EMIT filesNoted(*notes);
        RefreshArtifacts();
        // Editors replace files, so a watch must be set on what is there now.
        WatchFolders();
        QStringList files;
        for (const uaf::Artifact& artifact : artifacts_)
          files.append(root_ + QLatin1Char('/') + ToQString(artifact.path));
        if (!files.isEmpty()) watcher_->addPaths(files.mid(0, kMostWatched));
        status_timer_.start();
      });
}

void WorkspaceService::RunGit(
    const QString& what,
    std::function<std::pair<absl::Status, QString>(uaf::Workspace&, const sync::git::Transfer&)> work) {
  if (workspace_ == nullptr) return;
  if (git_busy_) {
    // Its turn comes after what was asked for before it.
    connect(
        this, &WorkspaceService::gitFinished, this, [this, what, work] { RunGit(what, work); },
        Qt::SingleShotConnection);
    return;
  }
  git_busy_ = true;
  git_stop_ = std::stop_source();
  Q_EMIT gitStarted(what);
  sync::git::Transfer transfer;
  transfer.cancel = git_stop_.get_token();
  transfer.progress = [this, guard = QPointer<QObject>(this)](const sync::git::Progress& progress) {
    git_.Post(guard, [this, phase = ToQString(progress.phase), done = progress.done, total = progress.total] {
      Q_EMIT gitProgress(phase, done, total);
    });
  };
  git_.Run(
      this, [workspace = workspace_, transfer, work = std::move(work)] { return work(*workspace, transfer); },
      [this, what](std::pair<absl::Status, QString> outcome) {
        git_busy_ = false;
        RefreshArtifacts();
        status_timer_.start();
        Q_EMIT gitFinished(what, outcome.first, outcome.second);
      });
}

void WorkspaceService::CancelGit() { git_stop_.request_stop(); }

void WorkspaceService::Commit(const QString& message) {
  RunGit(tr("Commit"),
         [this, message](uaf::Workspace& workspace,
                         const sync::git::Transfer&) -> std::pair<absl::Status, QString> {
           sync::CommitOptions options;
           options.message = message.toStdString();
           options.clock = &clock_;
           const absl::StatusOr<sync::CommitReport> report = sync::Commit(workspace, options);
           if (!report.ok()) return {report.status(), QString()};
           if (!report->commit) return {absl::OkStatus(), tr("Nothing has changed since the last commit.")};
           return {absl::OkStatus(), report->files.size() == 1
                                         ? tr("Committed 1 file.")
                                         : tr("Committed %1 files.").arg(report->files.size())};
         });
}

void WorkspaceService::Push() {
  RunGit(
      tr("Push"),
      [](uaf::Workspace& workspace, const sync::git::Transfer& transfer) -> std::pair<absl::Status, QString> {
        const absl::StatusOr<std::string> remote = sync::Push(workspace.root(), transfer);
        if (!remote.ok()) return {remote.status(), QString()};
        return {absl::OkStatus(), tr("Pushed to %1.").arg(ToQString(*remote))};
      });
}

void WorkspaceService::Pull() {
  RunGit(
      tr("Pull"),
      [](uaf::Workspace& workspace, const sync::git::Transfer& transfer) -> std::pair<absl::Status, QString> {
        const absl::StatusOr<sync::PullReport> report = sync::Pull(workspace, transfer);
        if (!report.ok()) return {report.status(), QString()};
        if (report->files.empty() && report->events == 0)
          return {absl::OkStatus(), tr("Already up to date.")};
        return {absl::OkStatus(),
                report->events == 1 ? tr("Pulled 1 change.") : tr("Pulled %1 changes.").arg(report->events)};
      });
}

void WorkspaceService::Propose(const QString& title) {
  RunGit(tr("Propose"),
         [title](uaf::Workspace& workspace, const sync::git::Transfer&) -> std::pair<absl::Status, QString> {
           const std::string name = BranchFor(title);
           const absl::StatusOr<uaf::Receipt> started = sync::StartBranch(
               workspace, {name, uaf::BranchKind::kProposal, title.toStdString(), std::nullopt});
           if (!started.ok()) return {started.status(), QString()};
           return {sync::CheckOut(workspace, name).status(),
                   tr("You are working on the proposal “%1” now.").arg(title)};
         });
}

void WorkspaceService::SwitchTo(const QString& branch) {
  RunGit(tr("Switch"),
         [branch](uaf::Workspace& workspace, const sync::git::Transfer&) -> std::pair<absl::Status, QString> {
           return {sync::CheckOut(workspace, branch.toStdString()).status(),
                   tr("You are on %1 now.").arg(branch)};
         });
}

void WorkspaceService::TakeIn(const QString& branch) {
  RunGit(tr("Take in"),
         [branch](uaf::Workspace& workspace, const sync::git::Transfer&) -> std::pair<absl::Status, QString> {
           const auto work = [&]() -> absl::Status {
             const std::string name = branch.toStdString();
             AMEIDE_RETURN_IF_ERROR(sync::CheckOut(workspace, std::string(uaf::kMainBranch)).status());
             AMEIDE_RETURN_IF_ERROR(sync::MergeBranch(workspace, name).status());
             return workspace.CloseBranch(name, "taken in").status();
           };
           return {work(), tr("Main holds %1 now; commit to keep it.").arg(branch)};
         });
}

void WorkspaceService::SetIdentity(const QString& name, const QString& email, QObject* context,
                                   std::function<void(absl::Status)> done) {
  git_.Run(
      context,
      [root = root_.toStdString(), name = name.toStdString(), email = email.toStdString(),
       workspace = workspace_]() -> absl::Status {
        AMEIDE_ASSIGN_OR_RETURN(sync::git::Repository repository, sync::git::Repository::Open(root));
        AMEIDE_RETURN_IF_ERROR(repository.SetConfig("user.name", name));
        AMEIDE_RETURN_IF_ERROR(repository.SetConfig("user.email", email));
        if (workspace != nullptr) workspace->SetActor(sync::ActorFor(root, kTool));
        return absl::OkStatus();
      },
      std::move(done));
}

}  // namespace ameide::workbench
