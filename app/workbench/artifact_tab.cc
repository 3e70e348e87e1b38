#include "app/workbench/artifact_tab.h"

#include <QFileInfo>
#include <algorithm>
#include <utility>

#include "app/workbench/artifact_model.h"
#include "app/workbench/time_bar.h"
#include "base/status.h"
#include "uaf/document/diff.h"

namespace ameide::workbench {
namespace {

constexpr char kPastBanner[] = "past";
constexpr char kLoadBanner[] = "load";

/// False for what is only said about an artifact: comments, reviews, approvals, names.
bool ChangesContent(const uaf::EventBody& body) {
  return !uaf::OpsOf(body).empty() || std::holds_alternative<uaf::ArtifactCreated>(body) ||
         std::holds_alternative<uaf::ForeignEdit>(body) || std::holds_alternative<uaf::Redacted>(body) ||
         std::holds_alternative<uaf::UnknownBody>(body);
}

/// Makes the present state equal to the one at `revision`.
absl::StatusOr<uaf::Receipt> RestoreAt(uaf::Workspace& workspace, const uaf::ArtifactId& artifact,
                                       const std::string& revision, const std::string& label) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut cut, workspace.ResolveCut(revision));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document then, workspace.Load(artifact, cut));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::LoadedDocument now, workspace.LoadWithHead(artifact));
  uaf::Command command;
  command.artifact = artifact;
  command.label = label;
  command.expected_head = now.head;
  command.intent = "restore";
  AMEIDE_ASSIGN_OR_RETURN(command.ops, uaf::document::DiffDocuments(now.document, then));
  if (command.ops.empty())
    return absl::FailedPreconditionError("it is the same as the present state; there is nothing to restore");
  return workspace.Submit(std::move(command));
}

}  // namespace

ArtifactTab::ArtifactTab(const Theme* theme, WorkspaceService* workspace, const uaf::Artifact& artifact,
                         QWidget* parent)
    : EditorTab(theme, parent), workspace_(workspace), artifact_(artifact) {
  connect(workspace_, &WorkspaceService::recorded, this, &ArtifactTab::OnRecorded);
  connect(workspace_, &WorkspaceService::moved, this, &ArtifactTab::OnMoved);
  connect(workspace_, &WorkspaceService::artifactsChanged, this, &ArtifactTab::OnArtifacts);
}

QString ArtifactTab::Key() const { return QStringLiteral("artifact:") + ToQString(artifact_.id.name); }
QString ArtifactTab::Title() const { return QFileInfo(ToQString(artifact_.path)).fileName(); }
QString ArtifactTab::IconName() const { return FormatIcon(artifact_.format); }
QString ArtifactTab::ToolTip() const { return ToQString(artifact_.path); }

bool ArtifactTab::read_only() const {
  return past_.has_value() || workspace_->read_only() || !artifact_.read_only_because.empty() ||
         artifact_.retired;
}

void ArtifactTab::Reload() {
  loading_ = true;
  foreign_.clear();
  workspace_->Read(
      this, [id = artifact_.id](uaf::Workspace& open) { return open.LoadWithHead(id); },
      [this](absl::StatusOr<uaf::LoadedDocument> loaded) {
        loading_ = false;
        if (past_) return;
        if (moved_) return TakeNext();
        // On this branch there is none: that is told where the list of artifacts says so.
        if (absl::IsNotFound(loaded.status())) return;
        if (!loaded.ok()) {
          banners()->Show(QLatin1String(kLoadBanner),
                          {BannerText::Tone::kError,
                           tr("This artifact cannot be shown: %1").arg(MessageOf(loaded.status())),
                           QString(),
                           {{tr("Retry"), [this] { Reload(); }}},
                           false});
          return;
        }
        banners()->Hide(QLatin1String(kLoadBanner));
        // What was recorded before the state that was loaded is in it.
        foreign_.clear();
        ShowDocument(std::move(loaded->document), loaded->head, read_only());
        if (!artifact_.read_only_because.empty()) {
          banners()->Show(
              QStringLiteral("readonly"),
              {BannerText::Tone::kWarning, ToQString(artifact_.read_only_because), QString(), {}, false});
        }
      });
}

void ArtifactTab::Record(uint64_t ticket, uaf::Command command) {
  ++in_flight_;
  command.artifact = artifact_.id;
  const QString label = ToQString(command.label);
  workspace_->Submit(std::move(command), this, [this, ticket, label](absl::StatusOr<uaf::Receipt> receipt) {
    --in_flight_;
    if (receipt.ok()) {
      own_.insert(receipt->event);
      Q_EMIT acknowledged(label);
    } else {
      banners()->Show(QStringLiteral("record"),
                      {BannerText::Tone::kError,
                       tr("“%1” was not recorded: %2").arg(label, MessageOf(receipt.status())),
                       QString(),
                       {}});
    }
    Acknowledged(ticket, receipt);
    if (!receipt.ok()) Reload();
    TakeNext();
  });
}

void ArtifactTab::OnRecorded(const WorkspaceService::Events& events) {
  for (const uaf::ChangeSetSummary& event : events) {
    if (event.artifact != artifact_.id) continue;
    if (own_.erase(event.id) > 0) continue;
    foreign_.push_back(event.id);
  }
  TakeNext();
}

void ArtifactTab::OnMoved(const std::vector<uaf::ArtifactId>& artifacts) {
  if (std::ranges::find(artifacts, artifact_.id) == artifacts.end()) return;
  moved_ = true;
  TakeNext();
}

void ArtifactTab::TakeNext() {
  if (moved_ && in_flight_ == 0 && !taking_ && !loading_ && !past_) {
    // Whatever was recorded before is in the present state.
    foreign_.clear();
    moved_ = false;
    return ShowPresent();
  }
  // Own edits first: others' operations stand on what is recorded, and so must the editor.
  if (foreign_.empty() || in_flight_ > 0 || taking_ || loading_ || past_) return;
  taking_ = true;
  const uaf::EventId event = foreign_.front();
  foreign_.pop_front();
  if (own_.erase(event) > 0) {
    taking_ = false;
    return TakeNext();
  }
  workspace_->Read(
      this, [event](uaf::Workspace& open) { return open.Show(event); },
      [this, event](absl::StatusOr<uaf::ChangeSet> shown) {
        taking_ = false;
        if (past_ || loading_) return;
        if (moved_) return TakeNext();
        if (shown.ok() && !ChangesContent(shown->body)) return TakeNext();
        const uaf::Edit* edit = shown.ok() ? std::get_if<uaf::Edit>(&shown->body) : nullptr;
        const bool whole_file =
            edit == nullptr || std::ranges::any_of(edit->ops, [](const uaf::document::Op& op) {
              return std::holds_alternative<uaf::document::ImportOp>(op);
            });
        if (whole_file || in_flight_ > 0) return Reload();
        ApplyRecorded(edit->ops, event);
        TakeNext();
      });
}

void ArtifactTab::OnArtifacts() {
  const std::optional<uaf::Artifact> now = workspace_->Find(artifact_.id);
  if (!now) {
    if (artifact_.retired) return;
    artifact_.retired = true;
    banners()->Show(QStringLiteral("retired"),
                    {BannerText::Tone::kWarning,
                     tr("This artifact is not there any more: its file was removed, or this branch has "
                        "none. Its history is kept."),
                     QString(),
                     {},
                     false});
    Q_EMIT changed();
    return;
  }
  const bool renamed = now->path != artifact_.path;
  const bool returned = artifact_.retired;
  artifact_ = *now;
  if (returned) {
    banners()->Hide(QStringLiteral("retired"));
    Reload();
  }
  if (renamed || returned) Q_EMIT changed();
}

void ArtifactTab::ShowPast(const PastState& past) {
  Flush();
  const bool begin = !past_;
  past_ = past;
  if (time_bar_ == nullptr) {
    time_bar_ = new TimeBar(theme(), workspace_, artifact_.id, this);
    connect(time_bar_, &TimeBar::wanted, this, &ArtifactTab::ShowPast);
    connect(this, &ArtifactTab::pastShown, time_bar_, &TimeBar::OnShown);
    SetFooter(time_bar_);
  }
  time_bar_->show();
  if (begin) time_bar_->Begin(past);
  if (!loading_past_) LoadPast();
}

void ArtifactTab::Replay() {
  if (!past_) ShowPast({tr("now"), QString(), QStringLiteral("now")});
  time_bar_->Replay();
}

void ArtifactTab::LoadPast() {
  loading_past_ = true;
  workspace_->Read(
      this,
      [id = artifact_.id, revision = past_->revision.toStdString()](
          uaf::Workspace& open) -> absl::StatusOr<uaf::document::Document> {
        AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut cut, open.ResolveCut(revision));
        return open.Load(id, cut);
      },
      [this, revision = past_->revision](absl::StatusOr<uaf::document::Document> document) {
        loading_past_ = false;
        if (!past_) return;
        // Another one was asked for meanwhile.
        if (past_->revision != revision) return LoadPast();
        if (!document.ok()) {
          const QString why = absl::IsNotFound(document.status())
                                  ? tr("the artifact was not there yet at %1").arg(past_->when)
                                  : MessageOf(document.status());
          LeavePast();
          banners()->Show(
              QStringLiteral("refused"),
              {BannerText::Tone::kWarning, tr("That state cannot be shown: %1").arg(why), QString(), {}});
          return;
        }
        ShowPastBanner();
        ShowDocument(*std::move(document), uaf::EventId(), true);
        Q_EMIT pastShown(*past_);
        Q_EMIT changed();
      });
}

void ArtifactTab::ShowPastBanner() {
  BannerText banner;
  banner.tone = BannerText::Tone::kInfo;
  banner.text = past_->what.isEmpty() ? tr("You are looking at %1").arg(past_->when)
                                      : tr("You are looking at %1 — %2").arg(past_->when, past_->what);
  banner.can_close = false;
  if (!workspace_->read_only()) banner.buttons.append({tr("Restore"), [this] { Restore(); }});
  banner.buttons.append({tr("Compare"), [this] { Q_EMIT compareWanted(*past_); }});
  banner.buttons.append({tr("Back"), [this] { LeavePast(); }, true});
  banners()->Show(QLatin1String(kPastBanner), banner);
}

void ArtifactTab::LeavePast() {
  if (!past_) return;
  past_.reset();
  if (time_bar_ != nullptr) {
    time_bar_->Stop();
    time_bar_->hide();
  }
  banners()->Hide(QLatin1String(kPastBanner));
  banners()->Hide(QStringLiteral("refused"));
  Reload();
  Q_EMIT changed();
}

void ArtifactTab::Restore() {
  if (!past_) return;
  const std::string label = tr("Restore the state of %1").arg(past_->when).toStdString();
  workspace_->Read(
      this,
      [id = artifact_.id, revision = past_->revision.toStdString(), label](uaf::Workspace& open) {
        return RestoreAt(open, id, revision, label);
      },
      [this](absl::StatusOr<uaf::Receipt> receipt) {
        if (receipt.ok()) {
          MarkOwn(receipt->event);
          Q_EMIT acknowledged(tr("Restore"));
          return LeavePast();
        }
        banners()->Show(QStringLiteral("refused"), {BannerText::Tone::kWarning,
                                                    tr("Not restored: %1").arg(MessageOf(receipt.status())),
                                                    QString(),
                                                    {}});
      });
}

void ArtifactTab::Undo() { Turn(false); }
void ArtifactTab::Redo() { Turn(true); }

void ArtifactTab::Turn(bool redo) {
  if (past_) return;
  Flush();
  // What changed arrives as a recorded event, like anybody's.
  const auto done = [this](absl::StatusOr<uaf::UndoReceipt> receipt) {
    if (!receipt.ok()) Q_EMIT refused(MessageOf(receipt.status()));
  };
  if (redo) {
    workspace_->Redo(artifact_.id, this, done);
  } else {
    workspace_->Undo(artifact_.id, this, done);
  }
}

}  // namespace ameide::workbench
