#include "app/workbench/publish_panel.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QTabWidget>
#include <QTimer>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <utility>

#include "ameide/publish/v1/publish.pb.h"
#include "app/publishing/publication.h"
#include "app/workbench/artifact_model.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/banner.h"
#include "app/workbench/problems.h"
#include "app/workbench/publish_history.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
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

constexpr int kPlanPauseMs = 300;

/// Why an artifact goes, in words.
QString WhyOf(const publishing::PlannedArtifact& artifact) {
  using Change = publishing::PlannedArtifact::Change;
  const QString version = ToQString(artifact.version);
  QString why;
  switch (artifact.change) {
    case Change::kNew:
      why = PublishPanel::tr("not published yet");
      break;
    case Change::kChanged:
      why = version.isEmpty() ? PublishPanel::tr("changed since the last time")
                              : PublishPanel::tr("changed since version %1").arg(version);
      break;
    case Change::kUnchanged:
      why = version.isEmpty() ? PublishPanel::tr("unchanged")
                              : PublishPanel::tr("unchanged, version %1").arg(version);
      break;
  }
  return artifact.chosen ? why : PublishPanel::tr("needed by others, %1").arg(why);
}

absl::StatusOr<Ed25519PrivateKey> DeviceKey() {
  AMEIDE_ASSIGN_OR_RETURN(const ProfilePaths profile, CurrentProfile());
  PosixFileSystem files;
  SystemRandom random;
  return uaf::LoadOrMakeDeviceKey(profile.data, files, random);
}

}  // namespace

PublishPanel::PublishPanel(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
                           ProblemsModel* problems, QWidget* parent)
    : QWidget(parent), theme_(theme), workspace_(workspace), backend_(backend), problems_(problems) {
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
  QVBoxLayout* left = column(tr("What will go"), 9);
  artifacts_ = new QTreeWidget(this);
  artifacts_->setObjectName(QStringLiteral("publishArtifacts"));
  artifacts_->setAccessibleName(tr("What will go"));
  artifacts_->setHeaderHidden(true);
  artifacts_->setRootIsDecorated(false);
  artifacts_->setColumnCount(2);
  artifacts_->setTextElideMode(Qt::ElideMiddle);
  artifacts_->setIconSize({kIconSize, kIconSize});
  artifacts_->header()->setStretchLastSection(false);
  artifacts_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  artifacts_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
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

  QVBoxLayout* gates = column(tr("Gates"), 5);
  gates_ = new QListWidget(this);
  gates_->setObjectName(QStringLiteral("publishGates"));
  gates_->setAccessibleName(tr("Gates"));
  gates_->setWordWrap(true);
  gates_->setIconSize({kIconSize, kIconSize});
  gates_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  gates->addWidget(gates_, 1);
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

  right_ = new QTabWidget(this);
  right_->setObjectName(QStringLiteral("publishTabs"));
  right_->setDocumentMode(true);
  auto* result = new QWidget(right_);
  auto* right = new QVBoxLayout(result);
  right->setContentsMargins(0, 4, 0, 0);
  right->setSpacing(4);
  right_->addTab(result, tr("Result"));
  history_ = new PublishHistory(theme_, workspace_, right_);
  right_->addTab(history_, tr("Earlier publications"));
  row->addWidget(right_, 7);
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
  connect(artifacts_, &QTreeWidget::itemActivated, this, go);
  const auto go_gate = [this](const QListWidgetItem* item) {
    const QString path = item->data(kPathRole).toString();
    if (!path.isEmpty()) Q_EMIT activated(path, item->data(kElementRole).toString(), 0);
  };
  connect(gates_, &QListWidget::itemClicked, this, go_gate);
  connect(gates_, &QListWidget::itemActivated, this, go_gate);
  connect(history_, &PublishHistory::rollBackWanted, this, &PublishPanel::RollBack);
  plan_pause_ = new QTimer(this);
  plan_pause_->setSingleShot(true);
  plan_pause_->setInterval(kPlanPauseMs);
  connect(plan_pause_, &QTimer::timeout, this, &PublishPanel::Plan);
  connect(workspace_, &WorkspaceService::artifactsChanged, this, [this] {
    if (!busy_) Prepare();
  });
  connect(workspace_, &WorkspaceService::closed, this, [this] {
    plan_ = {};
    Prepare();
  });
  connect(problems_, &ProblemsModel::checked, this, [this] { ShowGates(plan_); });
  connect(backend_, &BackendService::stateChanged, this, &PublishPanel::Prepare);
  ResetStages();
}

void PublishPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  Prepare();
}

void PublishPanel::Prepare() {
  planned_ = false;
  // Nobody sees it: looking at every artifact can wait.
  if (isVisible()) plan_pause_->start();
  ShowGates(plan_);
}

void PublishPanel::Plan() {
  if (planning_) return plan_pause_->start();
  if (!workspace_->is_open()) return ShowPlan(publishing::PublicationPlan());
  planning_ = true;
  workspace_->Read(
      this,
      [](const uaf::Workspace& workspace) { return publishing::PlanPublication(workspace, {}, kTarget); },
      [this](const absl::StatusOr<publishing::PublicationPlan>& plan) {
        planning_ = false;
        ShowPlan(plan);
      });
  history_->Refresh();
}

void PublishPanel::ShowPlan(const absl::StatusOr<publishing::PublicationPlan>& plan) {
  if (plan.ok()) {
    plan_ = *plan;
  } else {
    plan_ = {};
    plan_.reference_problem = std::string(plan.status().message());
  }
  artifacts_->clear();
  for (const publishing::PlannedArtifact& artifact : plan_.artifacts) {
    const QString path = ToQString(artifact.path);
    const auto found = workspace_->Find(artifact.artifact);
    auto* item = new QTreeWidgetItem(artifacts_, {QFileInfo(path).fileName(), WhyOf(artifact)});
    item->setIcon(0, theme_->Icon(FormatIcon(found ? found->format : "")));
    item->setForeground(1, theme_->Colour(QStringLiteral("text-muted")));
    item->setToolTip(0, path);
    if (artifact.published_at)
      item->setToolTip(1, tr("Published %1").arg(ExactTime(ToDateTime(*artifact.published_at))));
    item->setData(0, kPathRole, path);
  }
  planned_ = true;
  ShowGates(plan_);
}

void PublishPanel::AddGate(bool open, const QString& text, const QString& tip, const QString& path,
                           const QString& element) {
  auto* item = new QListWidgetItem(theme_->Icon(open ? QStringLiteral("check") : QStringLiteral("close"),
                                                open ? QStringLiteral("success") : QStringLiteral("error")),
                                   text, gates_);
  item->setToolTip(tip);
  item->setData(kPathRole, path);
  item->setData(kElementRole, element);
  item->setData(Qt::AccessibleTextRole, open ? tr("%1: passed").arg(text) : tr("%1: not passed").arg(text));
}

void PublishPanel::ShowGates(const publishing::PublicationPlan& plan) {
  gates_->clear();
  const QString missing = ToQString(plan.reference_problem);
  AddGate(missing.isEmpty(), missing.isEmpty() ? tr("References lead somewhere") : missing, missing);
  int errors = 0;
  QString path;
  QString element;
  for (const publishing::PlannedArtifact& artifact : plan.artifacts) {
    for (const uaf::document::Finding& finding : problems_->Of(ToQString(artifact.path))) {
      if (finding.severity != uaf::document::Severity::kError) continue;
      if (errors++ > 0) continue;
      path = ToQString(artifact.path);
      element = ToQString(finding.element);
    }
  }
  AddGate(errors == 0,
          errors == 0   ? tr("No errors")
          : errors == 1 ? tr("1 error")
                        : tr("%1 errors").arg(errors),
          errors == 0 ? QString() : tr("Go to the first one"), path, element);
  AddGate(plan.obstacles.empty(),
          plan.obstacles.empty() ? tr("No conflicts, approved as agreed")
                                 : ToQString(plan.obstacles.front().reason.message),
          plan.obstacles.size() > 1 ? tr("and %1 more").arg(plan.obstacles.size() - 1) : QString(),
          plan.obstacles.empty() ? QString() : ToQString(plan.obstacles.front().path),
          plan.obstacles.empty() ? QString() : ToQString(plan.obstacles.front().reason.element));
  AddGate(backend_->running(), backend_->running() ? tr("Backend running") : tr("The backend is not running"),
          backend_->message());
  const bool any = missing.isEmpty() && workspace_->is_open();
  publish_->setEnabled(any && backend_->running() && !busy_);
  publish_->setToolTip(!any ? missing : backend_->running() ? QString() : tr("The backend is not running"));
  history_->SetReady(backend_->running() && !busy_,
                     busy_ ? tr("A publish is under way") : tr("The backend is not running"));
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
  Begin(tr("Publishing…"),
        [](const uaf::Workspace& workspace) { return publishing::Prepare(workspace, {}, kTool); });
}

void PublishPanel::RollBack(const publishing::PastPublication& past) {
  Begin(tr("Rolling back…"),
        [past](const uaf::Workspace& workspace) { return publishing::PrepareAgain(workspace, past, kTool); });
}

void PublishPanel::Begin(
    const QString& text,
    std::function<absl::StatusOr<publishing::Publication>(const uaf::Workspace&)> gather) {
  if (busy_ || !workspace_->is_open()) return;
  busy_ = true;
  ResetStages();
  right_->setCurrentIndex(0);
  ShowGates(plan_);
  outcome_->setText(text);
  workspace_->Read(this, std::move(gather), [this](absl::StatusOr<publishing::Publication> publication) {
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
