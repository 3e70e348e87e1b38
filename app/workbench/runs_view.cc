#include "app/workbench/runs_view.h"

#include <QComboBox>
#include <QFont>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QTreeWidgetItemIterator>
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
constexpr int kTypingMs = 200;
constexpr int kProcessRole = Qt::UserRole + 1;
constexpr int kInstanceRole = Qt::UserRole + 2;
/// What keeps a row apart from others while the list is read anew.
constexpr int kKeyRole = Qt::UserRole + 3;
/// What a version's row looks for when it is clicked.
constexpr int kWordsRole = Qt::UserRole + 4;

QDateTime FromProto(const google::protobuf::Timestamp& time) {
  return QDateTime::fromMSecsSinceEpoch(time.seconds() * 1000 + time.nanos() / 1000000);
}

/// The id that the words are, where they are a whole one.
std::string IdIn(const QString& words) {
  static const QRegularExpression id(QStringLiteral("^[0-9A-Za-z-]{16,64}$"));
  return id.match(words).hasMatch() ? words.toStdString() : std::string();
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

  auto* find = new QHBoxLayout;
  find->setContentsMargins(8, 0, 8, 8);
  find->setSpacing(4);
  search_ = new QLineEdit(this);
  search_->setObjectName(QStringLiteral("runsSearch"));
  search_->setPlaceholderText(tr("Find by id, process, version"));
  search_->setAccessibleName(tr("Find instances"));
  search_->setToolTip(
      tr("Part of an id or of a process, “v2” for a version; a whole id is found however old it is"));
  search_->setClearButtonEnabled(true);
  state_ = new QComboBox(this);
  state_->setObjectName(QStringLiteral("runsState"));
  state_->setAccessibleName(tr("State of the instances"));
  state_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  state_->setMinimumContentsLength(4);
  state_->addItem(tr("All"), process::v1::INSTANCE_STATE_UNSPECIFIED);
  for (const auto state : {process::v1::INSTANCE_STATE_ACTIVE, process::v1::INSTANCE_STATE_INCIDENT,
                           process::v1::INSTANCE_STATE_SUSPENDED, process::v1::INSTANCE_STATE_COMPLETED,
                           process::v1::INSTANCE_STATE_TERMINATED})
    state_->addItem(StateName(state), state);
  find->addWidget(search_, 1);
  find->addWidget(state_);
  column->addLayout(find);
  typing_.setSingleShot(true);
  typing_.setInterval(kTypingMs);
  connect(&typing_, &QTimer::timeout, this, &RunsView::Refresh);
  connect(search_, &QLineEdit::textChanged, this, [this] {
    Show();
    typing_.start();
  });
  connect(state_, &QComboBox::currentIndexChanged, this, &RunsView::Refresh);

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
    const QString words = item->data(0, kWordsRole).toString();
    if (!words.isEmpty()) search_->setText(words);
  };
  connect(tree_, &QTreeWidget::itemClicked, this, open);
  connect(tree_, &QTreeWidget::itemActivated, this, open);
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
  return listing_.processes.empty() ? QString() : QString::fromStdString(listing_.processes.front().id());
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
  if (!backend_->running()) return;
  if (asking_) {
    ask_again_ = true;
    return;
  }
  asking_ = true;
  InstanceQuery query;
  query.id = IdIn(search_->text().trimmed());
  query.state = static_cast<process::v1::InstanceState>(state_->currentData().toInt());
  backend_->Call(
      this,
      [query](const connection::Connection& backend) -> absl::StatusOr<Listing> {
        Listing listing;
        AMEIDE_ASSIGN_OR_RETURN(listing.processes, ListProcesses(backend));
        AMEIDE_ASSIGN_OR_RETURN(listing.versions, ListVersions(backend));
        AMEIDE_ASSIGN_OR_RETURN(listing.instances, FindInstances(backend, query));
        // Words that look like an id and are none.
        if (!query.id.empty() && listing.instances.empty()) {
          InstanceQuery all = query;
          all.id.clear();
          AMEIDE_ASSIGN_OR_RETURN(listing.instances, FindInstances(backend, all));
        }
        return listing;
      },
      [this](absl::StatusOr<Listing> listing) {
        asking_ = false;
        if (listing.ok()) Take(*listing);
        if (std::exchange(ask_again_, false)) Refresh();
      });
}

void RunsView::Take(const Listing& listing) {
  listing_ = listing;
  Show();
}

bool RunsView::Searching() const {
  return !search_->text().trimmed().isEmpty() || state_->currentIndex() > 0;
}

bool RunsView::Matches(const process::v1::InstanceSummary& run, const process::v1::Process& process) const {
  const QString about = QStringLiteral("%1 %2 %3 v%4 %5")
                            .arg(QString::fromStdString(run.id()), QString::fromStdString(process.id()),
                                 QString::fromStdString(process.name()), QString::number(run.version()),
                                 StateName(run.state()));
  for (const QString& word : search_->text().simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
    // v1 is not v12.
    static const QRegularExpression version(QStringLiteral("^v\\d+$"),
                                            QRegularExpression::CaseInsensitiveOption);
    const bool fits = version.match(word).hasMatch() ? word.mid(1).toLongLong() == run.version()
                                                     : about.contains(word, Qt::CaseInsensitive);
    if (!fits) return false;
  }
  return true;
}

void RunsView::Show() {
  const QTreeWidgetItem* current = tree_->currentItem();
  const QString kept = current == nullptr ? QString() : current->data(0, kKeyRole).toString();
  QHash<QString, bool> open;
  for (QTreeWidgetItemIterator at(tree_); *at != nullptr; ++at) {
    if ((*at)->childCount() > 0) open.insert((*at)->data(0, kKeyRole).toString(), (*at)->isExpanded());
  }
  const QSignalBlocker quiet(tree_);
  tree_->clear();
  for (const process::v1::Process& deployed : listing_.processes) {
    std::vector<const process::v1::InstanceSummary*> runs;
    for (const process::v1::InstanceSummary& run : listing_.instances) {
      if (run.process() == deployed.id() && Matches(run, deployed)) runs.push_back(&run);
    }
    if (runs.empty() && Searching()) continue;
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
    top->setData(0, kKeyRole, QStringLiteral("process:") + id);
    if (!Searching()) AddVersions(top, deployed.id(), deployed.version());
    for (const process::v1::InstanceSummary* run : runs) AddInstance(top, *run, deployed.version() > 1);
  }
  for (QTreeWidgetItemIterator at(tree_); *at != nullptr; ++at) {
    const QString key = (*at)->data(0, kKeyRole).toString();
    (*at)->setExpanded(open.value(key, !key.startsWith(QLatin1String("versions:"))));
    if (key == kept) tree_->setCurrentItem(*at);
  }
  ShowPlaceholder();
}

void RunsView::AddVersions(QTreeWidgetItem* process, const std::string& id, int64_t newest) {
  if (newest < 2) return;
  auto* group = new QTreeWidgetItem(process, {tr("Versions")});
  const QString process_id = QString::fromStdString(id);
  group->setText(1, QString::number(newest));
  group->setForeground(1, theme_->Colour(QStringLiteral("text-muted")));
  group->setIcon(0, theme_->Icon(QStringLiteral("tag")));
  group->setData(0, kProcessRole, process_id);
  group->setData(0, kKeyRole, QStringLiteral("versions:") + process_id);
  for (const DeployedVersion& version : listing_.versions) {
    if (version.process != id) continue;
    const auto count = std::ranges::count_if(listing_.instances, [&](const auto& run) {
      return run.process() == id && run.version() == version.version;
    });
    const QDateTime time = FromProto(version.deployed_at);
    auto* item = new QTreeWidgetItem(group);
    item->setText(
        0, tr("Version %1, %2").arg(version.version).arg(RelativeTime(time, QDateTime::currentDateTime())));
    item->setText(1, count == 1 ? tr("1 instance") : tr("%1 instances").arg(count));
    item->setForeground(1, theme_->Colour(QStringLiteral("text-muted")));
    item->setToolTip(0, tr("Published %1 by %2. Shows its instances.")
                            .arg(ExactTime(time), QString::fromStdString(version.publisher)));
    item->setData(0, kProcessRole, process_id);
    item->setData(0, kKeyRole, QStringLiteral("version:%1:%2").arg(process_id).arg(version.version));
    item->setData(0, kWordsRole, QStringLiteral("%1 v%2").arg(process_id).arg(version.version));
  }
}

void RunsView::AddInstance(QTreeWidgetItem* process, const process::v1::InstanceSummary& run,
                           bool tell_version) {
  auto* item = new QTreeWidgetItem(process);
  const QDateTime time = FromProto(run.started_at());
  const QString when = RelativeTime(time, QDateTime::currentDateTime());
  item->setText(0, tell_version ? tr("%1 · v%2").arg(when).arg(run.version()) : when);
  item->setText(1, StateName(run.state()));
  item->setForeground(1, theme_->Colour(StateRole(run.state())));
  item->setIcon(0, theme_->Icon(QStringLiteral("instance"), StateRole(run.state())));
  item->setToolTip(0, tr("Instance %1, version %2, started %3")
                          .arg(QString::fromStdString(run.id()))
                          .arg(run.version())
                          .arg(ExactTime(time)));
  item->setData(0, Qt::AccessibleTextRole, tr("%1, started %2").arg(StateName(run.state()), item->text(0)));
  item->setData(0, kProcessRole, process->data(0, kProcessRole));
  item->setData(0, kInstanceRole, QString::fromStdString(run.id()));
  item->setData(0, kKeyRole, QStringLiteral("instance:") + QString::fromStdString(run.id()));
}

void RunsView::ShowPlaceholder() {
  const bool any = tree_->topLevelItemCount() > 0;
  const bool deployed = !listing_.processes.empty();
  stack_->setCurrentIndex(any ? 0 : 1);
  start_->setEnabled(deployed && backend_->running());
  start_->setToolTip(deployed ? QString() : tr("Publish a process first"));
  search_->setEnabled(deployed);
  state_->setEnabled(deployed);
  if (!backend_->running()) {
    empty_->setText(tr("Processes run on the backend, which is not running. The status bar says more."));
  } else if (!deployed) {
    empty_->setText(
        tr("Nothing is published yet. Publish a process, then start it here and watch where it is."));
  } else {
    empty_->setText(
        tr("No instance fits. Look for less, or choose another state; of the newest 500 instances all "
           "are looked at, of older ones only a whole id is found."));
  }
}

}  // namespace ameide::workbench
