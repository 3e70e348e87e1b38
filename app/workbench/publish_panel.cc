#include "app/workbench/publish_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <utility>

#include "ameide/publish/v1/publish.pb.h"
#include "app/publishing/publication.h"
#include "app/workbench/artifact_model.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/banner.h"
#include "app/workbench/theme.h"
#include "app/workbench/version.h"
#include "app/workbench/workspace_service.h"
#include "base/platform/paths.h"
#include "base/status.h"
#include "uaf/store/profile.h"

namespace ameide::workbench {
namespace {

namespace v1 = publish::v1;

constexpr int kPathRole = Qt::UserRole + 1;
constexpr int kElementRole = Qt::UserRole + 2;
constexpr int kLineRole = Qt::UserRole + 3;

bool Publishable(const uaf::Artifact& artifact) {
  return artifact.format == "bpmn" || artifact.format == "proto";
}

QString StageName(int stage) {
  switch (stage) {
    case v1::STAGE_UPLOAD:
      return PublishPanel::tr("Send");
    case v1::STAGE_LINT:
      return PublishPanel::tr("Check the rules");
    case v1::STAGE_COMPILE:
      return PublishPanel::tr("Compile");
    case v1::STAGE_BUNDLE:
      return PublishPanel::tr("Bundle and sign");
    case v1::STAGE_DEPLOY:
      return PublishPanel::tr("Deploy");
    case v1::STAGE_VERIFY:
      return PublishPanel::tr("Verify");
    default:
      return {};
  }
}

/// Where the panel publishes to.
constexpr char kTarget[] = "embedded";

absl::StatusOr<Ed25519PrivateKey> DeviceKey() {
  AMEIDE_ASSIGN_OR_RETURN(const ProfilePaths profile, CurrentProfile());
  PosixFileSystem files;
  SystemRandom random;
  return uaf::LoadOrMakeDeviceKey(profile.data, files, random);
}

}  // namespace

PublishPanel::PublishPanel(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
                           QWidget* parent)
    : QWidget(parent), theme_(theme), workspace_(workspace), backend_(backend) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 8, 12, 8);
  row->setSpacing(24);
  const auto column = [&](const QString& heading, int stretch) {
    auto* layout = new QVBoxLayout;
    layout->setSpacing(4);
    layout->addWidget(MakeLabel(heading, "heading", this));
    row->addLayout(layout, stretch);
    return layout;
  };
  QVBoxLayout* left = column(tr("What will go"), 4);
  artifacts_ = new QListWidget(this);
  artifacts_->setObjectName(QStringLiteral("publishArtifacts"));
  artifacts_->setAccessibleName(tr("What will go"));
  artifacts_->setSelectionMode(QAbstractItemView::NoSelection);
  artifacts_->setFocusPolicy(Qt::NoFocus);
  artifacts_->setTextElideMode(Qt::ElideMiddle);
  artifacts_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  artifacts_->setIconSize({kIconSize, kIconSize});
  left->addWidget(artifacts_, 1);
  auto* buttons = new QHBoxLayout;
  publish_ = MakeButton(tr("Publish"), "primary", this);
  publish_->setObjectName(QStringLiteral("publishNow"));
  start_ = MakeButton(tr("Start an instance"), "plain", this);
  start_->setObjectName(QStringLiteral("publishStart"));
  start_->hide();
  buttons->addWidget(publish_);
  buttons->addWidget(start_);
  buttons->addStretch(1);
  left->addLayout(buttons);

  stages_ = column(tr("Progress"), 3);
  for (int stage = v1::STAGE_UPLOAD; stage <= v1::STAGE_VERIFY; ++stage) {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    auto* icon = new QLabel(this);
    icon->setFixedSize(kIconSize, kIconSize);
    auto* text = new QLabel(StageName(stage), this);
    line->addWidget(icon);
    line->addWidget(text, 1);
    stages_->addLayout(line);
    stage_icons_.insert(stage, icon);
    stage_texts_.insert(stage, text);
  }
  stages_->addStretch(1);

  QVBoxLayout* right = column(tr("Result"), 11);
  outcome_ = new QLabel(this);
  outcome_->setObjectName(QStringLiteral("publishOutcome"));
  outcome_->setWordWrap(true);
  right->addWidget(outcome_);
  findings_ = new QTreeWidget(this);
  findings_->setObjectName(QStringLiteral("publishFindings"));
  findings_->setAccessibleName(tr("What was found"));
  findings_->setHeaderHidden(true);
  findings_->setRootIsDecorated(false);
  findings_->setColumnCount(2);
  findings_->header()->setStretchLastSection(false);
  findings_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  findings_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  right->addWidget(findings_, 1);

  connect(publish_, &QPushButton::clicked, this, &PublishPanel::Publish);
  connect(start_, &QPushButton::clicked, this, [this] { Q_EMIT startWanted(process_); });
  const auto go = [this](QTreeWidgetItem* item) {
    Q_EMIT activated(item->data(0, kPathRole).toString(), item->data(0, kElementRole).toString(),
                     item->data(0, kLineRole).toInt());
  };
  connect(findings_, &QTreeWidget::itemClicked, this, go);
  connect(findings_, &QTreeWidget::itemActivated, this, go);
  connect(workspace_, &WorkspaceService::artifactsChanged, this, [this] {
    if (!busy_) Prepare();
  });
  connect(backend_, &BackendService::stateChanged, this, &PublishPanel::Prepare);
  ResetStages();
}

void PublishPanel::Prepare() {
  artifacts_->clear();
  for (const uaf::Artifact& artifact : workspace_->artifacts()) {
    if (!Publishable(artifact)) continue;
    artifacts_->addItem(
        new QListWidgetItem(theme_->Icon(FormatIcon(artifact.format)), ToQString(artifact.path)));
  }
  const bool any = artifacts_->count() > 0;
  publish_->setEnabled(any && backend_->running() && !busy_);
  if (!any) {
    publish_->setToolTip(tr("There is no process or domain model in this workspace"));
  } else {
    publish_->setToolTip(backend_->running() ? QString() : tr("The backend is not running"));
  }
}

void PublishPanel::ResetStages() {
  for (int stage = v1::STAGE_UPLOAD; stage <= v1::STAGE_VERIFY; ++stage) {
    SetStage(stage, QStringLiteral("dot"), QStringLiteral("border"), StageName(stage));
  }
  findings_->clear();
  outcome_->setText(
      tr("Everything above is checked, compiled, signed and deployed to the embedded backend in one step."));
  SetRole(outcome_, "muted");
  start_->hide();
}

void PublishPanel::SetStage(int stage, const QString& icon, const QString& role, const QString& text) {
  if (!stage_icons_.contains(stage)) return;
  stage_icons_[stage]->setPixmap(theme_->Icon(icon, role).pixmap(kIconSize));
  stage_texts_[stage]->setText(text);
}

void PublishPanel::Publish() {
  if (busy_ || !workspace_->is_open()) return;
  busy_ = true;
  Prepare();
  ResetStages();
  outcome_->setText(tr("Publishing…"));
  workspace_->Read(
      this, [](const uaf::Workspace& workspace) { return publishing::Prepare(workspace, {}, kTool); },
      [this](absl::StatusOr<publishing::Publication> publication) {
        if (!publication.ok()) return Finish(publication.status());
        if (!publication->obstacles.empty()) return ShowObstacles(publication->obstacles);
        Send(std::make_shared<const publishing::Publication>(*std::move(publication)));
      });
}

void PublishPanel::Send(const std::shared_ptr<const publishing::Publication>& publication) {
  backend_->CallLong(
      this,
      [this, publication, guard = QPointer<QObject>(this),
       backend = backend_](const connection::Connection& connection) -> absl::StatusOr<v1::Result> {
        AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
        return connection::Publish(connection, publication->request, key,
                                   [&](const v1::PublishResponse& response) {
                                     backend->Post(guard, [this, response] { Show(response); });
                                   });
      },
      [this, publication](absl::StatusOr<v1::Result> result) {
        if (!result.ok() || !workspace_->is_open()) return Finish(result);
        workspace_->Read(
            this,
            [publication, result = *result](uaf::Workspace& workspace) -> absl::StatusOr<v1::Result> {
              AMEIDE_RETURN_IF_ERROR(
                  publishing::RecordPublished(workspace, *publication, kTarget, result).status());
              return result;
            },
            [this](const absl::StatusOr<v1::Result>& recorded) { Finish(recorded); });
      });
}

void PublishPanel::ShowObstacles(const std::vector<publishing::Obstacle>& obstacles) {
  for (const publishing::Obstacle& obstacle : obstacles) {
    AddFinding(QStringLiteral("error"), ToQString(obstacle.path + ": " + obstacle.reason.message),
               ToQString(obstacle.path), ToQString(obstacle.reason.element), 0);
  }
  End(QStringLiteral("refused"), tr("Not published: what is listed here has to be settled first."), "error");
}

void PublishPanel::Show(const v1::PublishResponse& response) {
  if (response.has_progress()) {
    const v1::Progress& progress = response.progress();
    const QString text = StageName(progress.stage());
    if (progress.state() == v1::STAGE_STATE_STARTED)
      SetStage(progress.stage(), QStringLiteral("play"), QStringLiteral("accent"), text);
    if (progress.state() == v1::STAGE_STATE_DONE)
      SetStage(progress.stage(), QStringLiteral("check"), QStringLiteral("success"), text);
    if (progress.state() == v1::STAGE_STATE_FAILED)
      SetStage(progress.stage(), QStringLiteral("close"), QStringLiteral("error"), text);
    stage_texts_.value(progress.stage())->setToolTip(ToQString(progress.message()));
  }
  if (response.has_finding()) {
    const common::v1::Finding& finding = response.finding();
    QString icon = QStringLiteral("info");
    if (finding.severity() == common::v1::SEVERITY_WARNING) icon = QStringLiteral("warning");
    if (finding.severity() == common::v1::SEVERITY_ERROR) icon = QStringLiteral("error");
    AddFinding(icon, ToQString(finding.message()), ToQString(finding.file()), ToQString(finding.element()),
               finding.line());
  }
}

void PublishPanel::AddFinding(const QString& icon, const QString& message, const QString& path,
                              const QString& element, int line) {
  // A message about an element names it; others say where they belong.
  auto* item = new QTreeWidgetItem({message, element.isEmpty() ? path : QString()});
  item->setIcon(0, theme_->Icon(icon, icon));
  item->setForeground(1, theme_->Colour(QStringLiteral("text-muted")));
  item->setToolTip(0, message);
  item->setToolTip(1, path);
  item->setData(0, kPathRole, path);
  item->setData(0, kElementRole, element);
  item->setData(0, kLineRole, line);
  // What stops the publish comes first.
  if (icon == QLatin1String("error")) {
    findings_->insertTopLevelItem(0, item);
  } else {
    findings_->addTopLevelItem(item);
  }
}

void PublishPanel::Finish(const absl::StatusOr<v1::Result>& result) {
  QString outcome = QStringLiteral("failed");
  QString text;
  const char* role = "error";
  if (!result.ok()) {
    text = tr("Not published: %1").arg(MessageOf(result.status()));
  } else if (result->outcome() == v1::OUTCOME_REFUSED) {
    outcome = QStringLiteral("refused");
    text = tr("Not published: what is listed here cannot run. Pick a line to go to the element.");
  } else {
    outcome =
        result->outcome() == v1::OUTCOME_UNCHANGED ? QStringLiteral("unchanged") : QStringLiteral("deployed");
    role = "success";
    QStringList names;
    for (const v1::PublishedProcess& process : result->processes()) {
      names.append(tr("%1 (version %2)").arg(ToQString(process.process())).arg(process.version()));
    }
    for (const std::string& domain : result->domains()) names.append(ToQString(domain));
    text = outcome == QLatin1String("unchanged")
               ? tr("Nothing has changed since the last time; this is running: %1.")
               : tr("Published and running: %1.");
    text = text.arg(names.join(QStringLiteral(", ")));
    outcome_->setToolTip(tr("Bundle %1").arg(ToQString(result->bundle_digest())));
    if (result->processes_size() > 0) {
      process_ = ToQString(result->processes(0).process());
      start_->show();
    }
  }
  End(outcome, text, role);
}

void PublishPanel::End(const QString& outcome, const QString& text, const char* role) {
  busy_ = false;
  outcome_->setText(text);
  SetRole(outcome_, role);
  Prepare();
  Q_EMIT finished(outcome, text);
}

}  // namespace ameide::workbench
