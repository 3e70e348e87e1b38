#include "app/workbench/run_tab.h"

#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/workbench/backend_calls.h"
#include "app/workbench/inspector.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/task_form.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {

RunTab::RunTab(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
               const QString& instance, QWidget* parent)
    : EditorTab(theme, parent), workspace_(workspace), backend_(backend), instance_(instance) {
  auto* content = new QWidget(this);
  auto* row = new QHBoxLayout(content);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  editor_ = new modeler::BpmnEditor(content);
  editor_->SetPropertiesVisible(false);
  editor_->SetColours(theme->CssVariables(), theme->dark());
  row->addWidget(editor_, 1);
  row->addWidget(MakeInspector());
  SetContent(content);
  connect(theme, &Theme::changed, this,
          [this, theme] { editor_->SetColours(theme->CssVariables(), theme->dark()); });
  connect(editor_, &modeler::BpmnEditor::painted, this, [this] {
    painted_ = true;
    ShowTokens();
  });
  connect(backend_, &BackendService::stateChanged, this, [this] {
    if (backend_->running()) Follow();
  });
  Follow();
}

QString RunTab::Title() const {
  const QString process = ToQString(state_.summary().process());
  return tr("%1 · run %2").arg(process.isEmpty() ? tr("Run") : process, ShortId(instance_.toStdString()));
}

QWidget* RunTab::MakeInspector() {
  auto* inspector = new Inspector(this);
  QWidget* body = inspector->body();
  QVBoxLayout* column = inspector->column();
  title_ = MakeLabel(QString(), "title", body);
  title_->setWordWrap(true);
  column->addWidget(title_);
  auto* state = new QHBoxLayout;
  status_ = new QLabel(body);
  status_->setObjectName(QStringLiteral("runState"));
  cancel_ = MakeButton(tr("Cancel instance"), "link", body);
  state->addWidget(status_, 1);
  state->addWidget(cancel_);
  column->addLayout(state);
  connect(cancel_, &QPushButton::clicked, this, [this] {
    backend_->Call(
        this,
        [id = instance_.toStdString()](const connection::Connection& backend) {
          return CancelInstance(backend, id);
        },
        [this](const absl::Status& status) {
          if (!status.ok())
            banners()->Show(QStringLiteral("cancel"),
                            {BannerText::Tone::kError, MessageOf(status), QString(), {}});
        });
  });
  incidents_ = inspector->AddSection();
  tasks_ = inspector->AddSection();
  entities_ = inspector->AddSection();
  variables_ = inspector->AddSection();
  return inspector;
}

void RunTab::Follow() {
  watch_ = backend_->WatchInstance(instance_.toStdString(), this,
                                   [this](const process::v1::Instance& state) { Take(state); });
}

void RunTab::Take(const process::v1::Instance& state) {
  const bool first = state_.summary().id().empty();
  state_ = state;
  title_->setText(ToQString(state.summary().process()));
  status_->setText(QStringLiteral("<span style=\"color: %1\">●</span>&nbsp; %2")
                       .arg(theme()->Colour(StateRole(state.summary().state())).name(),
                            StateName(state.summary().state()).toHtmlEscaped()));
  const bool active = state.summary().state() == process::v1::INSTANCE_STATE_ACTIVE ||
                      state.summary().state() == process::v1::INSTANCE_STATE_INCIDENT ||
                      state.summary().state() == process::v1::INSTANCE_STATE_SUSPENDED;
  cancel_->setVisible(active);
  if (first) Q_EMIT changed();
  if (!diagram_loaded_) LoadDiagram();
  ShowTokens();
  ShowIncidents();
  ShowTasks();
  ShowVariables();
  Q_EMIT moved();
}

void RunTab::LoadDiagram() {
  const std::optional<uaf::Artifact> by_path = workspace_->FindPath(ToQString(state_.path()));
  std::optional<uaf::Artifact> artifact =
      state_.artifact_id().empty() ? by_path : workspace_->Find({state_.artifact_id()});
  if (!artifact) artifact = by_path;
  if (!artifact) {
    banners()->Show(QStringLiteral("diagram"),
                    {BannerText::Tone::kInfo,
                     tr("The diagram of this process is not in the open workspace."),
                     QString(),
                     {}});
    return;
  }
  diagram_loaded_ = true;
  workspace_->Read(
      this, [id = artifact->id](uaf::Workspace& open) { return open.LoadWithHead(id); },
      [this](absl::StatusOr<uaf::LoadedDocument> loaded) {
        if (loaded.ok()) return editor_->Open(std::move(loaded->document), loaded->head, true);
        banners()->Show(QStringLiteral("diagram"),
                        {BannerText::Tone::kWarning, MessageOf(loaded.status()), QString(), {}});
      });
}

void RunTab::ShowTokens() {
  if (!painted_) return;
  std::vector<modeler::ElementBadge> badges;
  for (const process::v1::ElementTokens& tokens : state_.tokens()) {
    badges.push_back({tokens.element(), std::to_string(tokens.count()), "token"});
  }
  for (const process::v1::Incident& incident : state_.incidents())
    badges.push_back({incident.element(), "!", "error"});
  editor_->ShowOverlays(badges);
}

void RunTab::ShowTasks() {
  std::string key;
  for (const process::v1::Task& task : state_.tasks()) key += task.id() + ";";
  if (key == shown_tasks_) return;
  shown_tasks_ = key;
  ClearLayout(tasks_);
  if (state_.tasks_size() == 0) return;
  tasks_->addWidget(MakeLabel(tr("To do"), "heading", this));
  for (const process::v1::Task& task : state_.tasks())
    tasks_->addWidget(new TaskForm(workspace_, backend_, task, this));
}

void RunTab::ShowIncidents() {
  std::string key;
  for (const process::v1::Incident& incident : state_.incidents()) key += incident.id() + ";";
  if (key == shown_incidents_) return;
  shown_incidents_ = key;
  ClearLayout(incidents_);
  if (state_.incidents_size() == 0) return;
  incidents_->addWidget(MakeLabel(tr("What stopped it"), "heading", this));
  for (const process::v1::Incident& incident : state_.incidents()) {
    auto* card = new QFrame(this);
    card->setObjectName(QStringLiteral("card"));
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 8, 12, 8);
    auto* text = new QLabel(ToQString(incident.message()), card);
    text->setWordWrap(true);
    text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(text);
    auto* row = new QHBoxLayout;
    QPushButton* show = MakeButton(ToQString(incident.element()), "link", card);
    QPushButton* retry = MakeButton(tr("Retry"), "primary", card);
    row->addWidget(show);
    row->addStretch(1);
    row->addWidget(retry);
    column->addLayout(row);
    connect(show, &QPushButton::clicked, this,
            [this, element = ToQString(incident.element())] { editor_->SelectElement(element); });
    connect(retry, &QPushButton::clicked, this, [this, id = incident.id()] {
      backend_->Call(
          this, [id](const connection::Connection& backend) { return RetryIncident(backend, id); },
          [this](const absl::Status& status) {
            if (!status.ok())
              banners()->Show(QStringLiteral("retry"),
                              {BannerText::Tone::kError, MessageOf(status), QString(), {}});
          });
    });
    incidents_->addWidget(card);
  }
}

void RunTab::ShowVariables() {
  const std::string key =
      state_.variables_json() + std::to_string(static_cast<int>(state_.summary().state()));
  if (key == shown_variables_) return;
  shown_variables_ = key;
  ClearLayout(variables_);
  const QJsonObject object =
      QJsonDocument::fromJson(QByteArray::fromStdString(state_.variables_json())).object();
  variables_->addWidget(MakeLabel(tr("Variables"), "heading", this));
  if (object.isEmpty()) {
    variables_->addWidget(MakeLabel(tr("None yet."), "muted", this));
  } else {
    variables_->addWidget(MakeValueTable(object, this));
  }
  ShowEntities();
}

void RunTab::ShowEntities() {
  backend_->Call(
      this,
      [json = state_.variables_json()](const connection::Connection& backend) {
        return FindDomainEntities(backend, json);
      },
      [this](const absl::StatusOr<std::vector<DomainEntity>>& entities) {
        ClearLayout(entities_);
        if (!entities.ok() || entities->empty()) return;
        entities_->addWidget(MakeLabel(tr("In its domain"), "heading", this));
        for (const DomainEntity& entity : *entities) {
          auto* name = MakeLabel(ToQString(entity.type), "muted", this);
          name->setToolTip(ToQString(entity.method));
          entities_->addWidget(name);
          auto* table =
              MakeValueTable(QJsonDocument::fromJson(QByteArray::fromStdString(entity.json)).object(), this);
          table->setProperty("entity", ToQString(entity.json));
          entities_->addWidget(table);
        }
      });
}

}  // namespace ameide::workbench
