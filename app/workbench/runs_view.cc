#include "app/workbench/runs_view.h"

#include <QFont>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QUuid>
#include <QVBoxLayout>
#include <set>

#include "app/workbench/backend_calls.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/banner.h"
#include "app/workbench/navigator.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

constexpr int kPollMs = 2000;
constexpr int kProcessRole = Qt::UserRole + 1;
constexpr int kInstanceRole = Qt::UserRole + 2;

QDateTime FromProto(const google::protobuf::Timestamp& time) {
  return QDateTime::fromMSecsSinceEpoch(time.seconds() * 1000 + time.nanos() / 1000000);
}

QString VariablesKey(const QString& process) { return QStringLiteral("startVariables/") + process; }

}  // namespace

QString StateName(process::v1::InstanceState state) {
  switch (state) {
    case process::v1::INSTANCE_STATE_ACTIVE:
      return RunsView::tr("Active");
    case process::v1::INSTANCE_STATE_COMPLETED:
      return RunsView::tr("Completed");
    case process::v1::INSTANCE_STATE_TERMINATED:
      return RunsView::tr("Terminated");
    case process::v1::INSTANCE_STATE_INCIDENT:
      return RunsView::tr("Needs attention");
    case process::v1::INSTANCE_STATE_SUSPENDED:
      return RunsView::tr("Suspended");
    default:
      return RunsView::tr("Unknown");
  }
}

QString StateRole(process::v1::InstanceState state) {
  switch (state) {
    case process::v1::INSTANCE_STATE_ACTIVE:
      return QStringLiteral("info");
    case process::v1::INSTANCE_STATE_COMPLETED:
      return QStringLiteral("success");
    case process::v1::INSTANCE_STATE_INCIDENT:
      return QStringLiteral("error");
    default:
      return QStringLiteral("text-muted");
  }
}

QString ShortId(const std::string& id) { return QString::fromStdString(id).right(8); }

RunsView::RunsView(const Theme* theme, BackendService* backend, QWidget* parent)
    : QWidget(parent), theme_(theme), backend_(backend) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  QHBoxLayout* tools = nullptr;
  column->addWidget(MakeSideHeading(tr("Runs"), &tools, this));
  auto* refresh = new QToolButton(this);
  refresh->setIcon(theme_->Icon(QStringLiteral("refresh")));
  refresh->setToolTip(tr("Refresh"));
  refresh->setAccessibleName(tr("Refresh"));
  connect(refresh, &QToolButton::clicked, this, &RunsView::Refresh);
  tools->addWidget(refresh);

  start_ = MakeButton(tr("Start an instance"), "primary", this);
  start_->setObjectName(QStringLiteral("startInstance"));
  start_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  connect(start_, &QPushButton::clicked, this, [this] { OfferStart(SelectedProcess()); });
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(8, 0, 8, 8);
  inset->addWidget(start_);
  column->addLayout(inset);
  form_ = MakeStartForm();
  column->addWidget(form_);

  tree_ = new QTreeWidget(this);
  tree_->setObjectName(QStringLiteral("runsTree"));
  tree_->setAccessibleName(tr("Processes and instances"));
  tree_->setColumnCount(2);
  tree_->setHeaderHidden(true);
  tree_->setIndentation(16);
  tree_->header()->setStretchLastSection(false);
  tree_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  tree_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  empty_ = MakeLabel(QString(), "muted", this);
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty_->setContentsMargins(12, 4, 12, 4);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(tree_);
  stack_->addWidget(empty_);
  column->addWidget(stack_, 1);

  const auto open = [this](QTreeWidgetItem* item) {
    const QString instance = item->data(0, kInstanceRole).toString();
    if (!instance.isEmpty()) Q_EMIT activated(instance);
  };
  connect(tree_, &QTreeWidget::itemClicked, this, open);
  connect(tree_, &QTreeWidget::itemActivated, this, open);
  connect(tree_, &QTreeWidget::itemSelectionChanged, this, &RunsView::ShowPlaceholder);
  connect(backend_, &BackendService::stateChanged, this, &RunsView::Refresh);
  poll_.setInterval(kPollMs);
  connect(&poll_, &QTimer::timeout, this, [this] {
    if (isVisible()) Refresh();
  });
  poll_.start();
  ShowPlaceholder();
}

QWidget* RunsView::MakeStartForm() {
  auto* form = new QFrame(this);
  form->setObjectName(QStringLiteral("startForm"));
  auto* column = new QVBoxLayout(form);
  column->setContentsMargins(8, 0, 8, 12);
  column->setSpacing(4);
  form_title_ = MakeLabel(QString(), "heading", form);
  column->addWidget(form_title_);
  column->addWidget(MakeLabel(tr("Variables, as JSON"), "muted", form));
  variables_ = new QPlainTextEdit(form);
  variables_->setObjectName(QStringLiteral("startVariables"));
  variables_->setAccessibleName(tr("Variables, as JSON"));
  variables_->setFixedHeight(88);
  variables_->setTabChangesFocus(true);
  column->addWidget(variables_);
  form_error_ = MakeLabel(QString(), "error", form);
  form_error_->setWordWrap(true);
  form_error_->hide();
  column->addWidget(form_error_);
  auto* buttons = new QHBoxLayout;
  buttons->addStretch(1);
  QPushButton* cancel = MakeButton(tr("Cancel"), "plain", form);
  QPushButton* start = MakeButton(tr("Start"), "primary", form);
  start->setObjectName(QStringLiteral("startNow"));
  buttons->addWidget(cancel);
  buttons->addWidget(start);
  column->addLayout(buttons);
  connect(cancel, &QPushButton::clicked, form, &QWidget::hide);
  connect(start, &QPushButton::clicked, this,
          [this] { StartProcess(form_process_, variables_->toPlainText()); });
  form->hide();
  return form;
}

QString RunsView::SelectedProcess() const {
  const QList<QTreeWidgetItem*> selected = tree_->selectedItems();
  if (!selected.isEmpty()) return selected.first()->data(0, kProcessRole).toString();
  return tree_->topLevelItemCount() > 0 ? tree_->topLevelItem(0)->data(0, kProcessRole).toString()
                                        : QString();
}

void RunsView::OfferStart(const QString& process) {
  if (process.isEmpty()) return;
  form_process_ = process;
  form_title_->setText(tr("Start %1").arg(process));
  variables_->setPlainText(QSettings().value(VariablesKey(process), QStringLiteral("{}")).toString());
  form_error_->hide();
  form_->show();
  variables_->setFocus();
  variables_->selectAll();
}

void RunsView::StartProcess(const QString& process, const QString& variables) {
  QJsonParseError error;
  const QJsonDocument parsed = QJsonDocument::fromJson(variables.toUtf8(), &error);
  const bool valid = variables.trimmed().isEmpty() || parsed.isObject();
  SetInvalid(variables_, !valid);
  if (!valid) {
    form_error_->setText(
        error.error == QJsonParseError::NoError
            ? tr("Write one object, like {\"amount\": 120}.")
            : tr("This is not JSON: %1 at character %2.").arg(error.errorString()).arg(error.offset + 1));
    form_error_->show();
    return;
  }
  QSettings().setValue(VariablesKey(process), variables);
  const std::string key = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
  backend_->Call(
      this,
      [process = process.toStdString(), json = parsed.toJson(QJsonDocument::Compact).toStdString(),
       key](const connection::Connection& backend) { return StartInstance(backend, process, json, key); },
      [this](absl::StatusOr<std::string> instance) {
        if (!instance.ok()) {
          form_error_->setText(QString::fromStdString(std::string(instance.status().message())));
          form_error_->show();
          form_->show();
          return;
        }
        form_->hide();
        Refresh();
        Q_EMIT started(QString::fromStdString(*instance));
      });
}

void RunsView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  Refresh();
}

void RunsView::Refresh() {
  ShowPlaceholder();
  if (!backend_->running() || asking_) return;
  asking_ = true;
  backend_->Call(
      this,
      [](const connection::Connection& backend) -> absl::StatusOr<Listing> {
        Listing listing;
        AMEIDE_ASSIGN_OR_RETURN(listing.processes, ListProcesses(backend));
        AMEIDE_ASSIGN_OR_RETURN(listing.instances, ListInstances(backend));
        return listing;
      },
      [this](absl::StatusOr<Listing> listing) {
        asking_ = false;
        if (listing.ok()) Take(*listing);
      });
}

void RunsView::Take(const Listing& listing) {
  const QList<QTreeWidgetItem*> selected = tree_->selectedItems();
  const QString instance =
      selected.isEmpty() ? QString() : selected.first()->data(0, kInstanceRole).toString();
  const QString process = selected.isEmpty() ? QString() : selected.first()->data(0, kProcessRole).toString();
  const QSignalBlocker quiet(tree_);
  tree_->clear();
  for (const process::v1::Process& deployed : listing.processes) {
    auto* top = new QTreeWidgetItem(tree_);
    const QString id = QString::fromStdString(deployed.id());
    top->setText(0, deployed.name().empty() ? id : QString::fromStdString(deployed.name()));
    top->setText(1, tr("version %1").arg(deployed.version()));
    top->setForeground(1, theme_->Colour(QStringLiteral("text-muted")));
    top->setToolTip(0, tr("%1, from %2, published %3")
                           .arg(id, QString::fromStdString(deployed.path()),
                                ExactTime(FromProto(deployed.deployed_at()))));
    top->setIcon(0, theme_->Icon(QStringLiteral("process")));
    top->setData(0, kProcessRole, id);
    top->setExpanded(true);
    if (instance.isEmpty() && process == id) top->setSelected(true);
    for (const process::v1::InstanceSummary& run : listing.instances) {
      if (run.process() != deployed.id()) continue;
      auto* item = new QTreeWidgetItem(top);
      const QDateTime time = FromProto(run.started_at());
      item->setText(0, RelativeTime(time, QDateTime::currentDateTime()));
      item->setText(1, StateName(run.state()));
      item->setForeground(1, theme_->Colour(StateRole(run.state())));
      item->setIcon(0, theme_->Icon(QStringLiteral("instance"), StateRole(run.state())));
      item->setToolTip(0,
                       tr("Instance %1, started %2").arg(QString::fromStdString(run.id()), ExactTime(time)));
      item->setData(0, kProcessRole, id);
      item->setData(0, kInstanceRole, QString::fromStdString(run.id()));
      if (instance == QString::fromStdString(run.id())) item->setSelected(true);
    }
  }
  ShowPlaceholder();
}

void RunsView::ShowPlaceholder() {
  const bool any = tree_->topLevelItemCount() > 0;
  stack_->setCurrentIndex(any ? 0 : 1);
  start_->setEnabled(any && backend_->running());
  start_->setToolTip(any ? QString() : tr("Publish a process first"));
  empty_->setText(
      backend_->running()
          ? tr("Nothing is published yet. Publish a process, then start it here and watch where it is.")
          : tr("Processes run on the backend, which is not running. The status bar says more."));
}

}  // namespace ameide::workbench
