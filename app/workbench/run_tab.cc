#include "app/workbench/run_tab.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <map>

#include "app/workbench/backend_calls.h"
#include "app/workbench/heat_legend.h"
#include "app/workbench/incident_card.h"
#include "app/workbench/inspector.h"
#include "app/workbench/run_calls.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/task_form.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
#include "app/workbench/trace_timeline.h"
#include "app/workbench/variable_table.h"
#include "app/workbench/workspace_service.h"
#include "base/status.h"
#include "modeler/host/bpmn_editor.h"
#include "notation/bpmn/view.h"

namespace ameide::workbench {
namespace {

/// So many runs of a process are looked at for its durations.
constexpr int kRunsForHeat = 200;
constexpr int kTraceHeight = 200;
enum HeatScope { kAllRuns, kThisRun };

/// What the tab shows of the diagram's artifact.
struct Diagram {
  uaf::document::Document document;
  uaf::EventId head;
  QHash<QString, QString> names;
};

QDateTime ToTime(const google::protobuf::Timestamp& stamp) {
  return QDateTime::fromMSecsSinceEpoch(stamp.seconds() * 1000 + stamp.nanos() / 1'000'000);
}

/// The variables as they are, each with what it was before; those of elements behind those of the process.
QList<VariableTable::Row> RowsOf(const QJsonObject& values,
                                 const std::vector<process::v1::VariableChange>& changes,
                                 const std::function<QString(const std::string&)>& name_of) {
  std::map<std::pair<QString, QString>, QList<VariableTable::Past>> past;
  std::map<std::pair<QString, QString>, QJsonValue> newest;
  for (const process::v1::VariableChange& change : changes) {
    const auto key =
        std::pair(change.element().empty() ? QString() : name_of(change.element()), ToQString(change.name()));
    const QJsonArray one =
        QJsonDocument::fromJson("[" + QByteArray::fromStdString(change.value_json()) + "]").array();
    const QJsonValue value = one.size() == 1 ? one.first() : QJsonValue(ToQString(change.value_json()));
    const QDateTime at = ToTime(change.at());
    past[key].prepend(
        {QLocale().toString(at.time(), QStringLiteral("HH:mm:ss")),
         change.cut() ? ToQString(change.value_json()) + QStringLiteral("…") : VariableText(value),
         RunTab::tr("Was set %1").arg(ExactTime(at))});
    newest[key] = value;
  }
  QList<VariableTable::Row> rows;
  const auto history = [&](const QString& where, const QString& name) {
    // A value that it always had is no history.
    const QList<VariableTable::Past> all = past[{where, name}];
    return all.size() > 1 ? all : QList<VariableTable::Past>();
  };
  for (auto value = values.begin(); value != values.end(); ++value)
    rows.append({value.key(), *value, history(QString(), value.key())});
  for (const auto& [key, value] : newest) {
    if (!key.first.isEmpty()) rows.append({key.second, value, history(key.first, key.second), key.first});
  }
  return rows;
}

}  // namespace

RunTab::RunTab(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
               const QString& instance, QWidget* parent)
    : EditorTab(theme, parent), workspace_(workspace), backend_(backend), instance_(instance) {
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(MakeBar());
  auto* row = new QHBoxLayout;
  row->setSpacing(0);
  column->addLayout(row, 1);
  rows_ = new QSplitter(Qt::Vertical, content);
  rows_->setChildrenCollapsible(false);
  rows_->setHandleWidth(1);
  editor_ = new modeler::BpmnEditor(rows_);
  editor_->SetPropertiesVisible(false);
  editor_->SetColours(theme->CssVariables(), theme->dark());
  trace_ = new TraceTimeline(theme, rows_);
  rows_->addWidget(editor_);
  rows_->addWidget(trace_);
  rows_->setStretchFactor(0, 1);
  rows_->setStretchFactor(1, 0);
  rows_->setSizes({600, kTraceHeight});
  row->addWidget(rows_, 1);
  row->addWidget(MakeInspector());
  SetContent(content);
  connect(trace_, &TraceTimeline::picked, editor_, &modeler::BpmnEditor::SelectElement);
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

void RunTab::FocusContent() { heat_button_->setFocus(); }

QWidget* RunTab::MakeBar() {
  auto* bar = new QFrame(this);
  bar->setObjectName(QStringLiteral("playBar"));
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(12, 6, 12, 6);
  row->setSpacing(8);
  heat_button_ = MakeButton(tr("Durations"), "plain", bar);
  heat_button_->setObjectName(QStringLiteral("runHeat"));
  heat_button_->setCheckable(true);
  heat_button_->setToolTip(tr("Colour the elements by how long they take"));
  heat_scope_ = new QComboBox(bar);
  heat_scope_->setObjectName(QStringLiteral("runHeatScope"));
  heat_scope_->setAccessibleName(tr("Whose durations"));
  heat_scope_->addItem(tr("of the last %1 runs").arg(kRunsForHeat), kAllRuns);
  heat_scope_->addItem(tr("of this run"), kThisRun);
  legend_ = new HeatLegend(theme(), bar);
  heat_note_ = MakeLabel(QString(), "muted", bar);
  heat_note_->setObjectName(QStringLiteral("runHeatNote"));
  trace_button_ = MakeButton(tr("Timeline"), "plain", bar);
  trace_button_->setObjectName(QStringLiteral("runTrace"));
  trace_button_->setCheckable(true);
  trace_button_->setChecked(true);
  trace_button_->setToolTip(tr("When each element was active"));
  // What is pressed is written in bold.
  for (QPushButton* button : {heat_button_, trace_button_})
    button->setMinimumWidth(button->sizeHint().width() + 4 * kGrid);
  row->addWidget(heat_button_);
  row->addWidget(heat_scope_);
  row->addWidget(legend_);
  row->addWidget(heat_note_);
  row->addStretch(1);
  row->addWidget(trace_button_);
  for (QWidget* widget : {static_cast<QWidget*>(heat_scope_), static_cast<QWidget*>(legend_),
                          static_cast<QWidget*>(heat_note_)})
    widget->hide();
  connect(heat_button_, &QPushButton::toggled, this, &RunTab::SetHeat);
  connect(heat_scope_, &QComboBox::currentIndexChanged, this, &RunTab::LoadHeat);
  connect(trace_button_, &QPushButton::toggled, this, [this](bool shown) {
    trace_->setVisible(shown);
    if (shown) LoadTrace();
  });
  return bar;
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
        [this](const absl::Status& status) { Fail("cancel", status); });
  });
  incidents_ = inspector->AddSection();
  tasks_ = inspector->AddSection();
  entities_ = inspector->AddSection();
  variables_ = inspector->AddSection();
  return inspector;
}

void RunTab::Fail(const char* what, const absl::Status& status) {
  if (status.ok()) return banners()->Hide(QLatin1String(what));
  banners()->Show(QLatin1String(what), {BannerText::Tone::kError, MessageOf(status), QString(), {}});
}

QString RunTab::NameOf(const std::string& element) const {
  const QString id = ToQString(element);
  return names_.value(id, id);
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
  LoadTrace();
  if (heat_button_->isChecked()) LoadHeat();
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
      this,
      [id = artifact->id](uaf::Workspace& open) -> std::shared_ptr<absl::StatusOr<Diagram>> {
        absl::StatusOr<uaf::LoadedDocument> loaded = open.LoadWithHead(id);
        if (!loaded.ok()) return std::make_shared<absl::StatusOr<Diagram>>(loaded.status());
        Diagram diagram{std::move(loaded->document), loaded->head, {}};
        const bpmn::Definitions view(diagram.document);
        for (const bpmn::Element& element : view.model_elements()) {
          if (const std::string name = element.name(); !name.empty())
            diagram.names.insert(ToQString(element.id()), ToQString(name).simplified());
        }
        return std::make_shared<absl::StatusOr<Diagram>>(std::move(diagram));
      },
      [this](const std::shared_ptr<absl::StatusOr<Diagram>>& diagram) {
        if (!diagram->ok()) {
          banners()->Show(QStringLiteral("diagram"),
                          {BannerText::Tone::kWarning, MessageOf(diagram->status()), QString(), {}});
          return;
        }
        names_ = std::move((*diagram)->names);
        editor_->Open(std::move((*diagram)->document), (*diagram)->head, true);
        // What was shown by its id so far has a name now.
        shown_incidents_.clear();
        shown_variables_.clear();
        ShowIncidents();
        ShowVariables();
        LoadTrace();
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
    tasks_->addWidget(new TaskForm(theme(), workspace_, backend_, task, this));
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
    auto* card = new IncidentCard(theme(), backend_, incident, NameOf(incident.element()),
                                  state_.variables_json(), this);
    connect(card, &IncidentCard::picked, editor_, &modeler::BpmnEditor::SelectElement);
    incidents_->addWidget(card);
  }
}

void RunTab::ShowVariables() {
  const std::string key =
      state_.variables_json() + std::to_string(static_cast<int>(state_.summary().state()));
  if (key == shown_variables_) return;
  shown_variables_ = key;
  if (table_ == nullptr) {
    ClearLayout(variables_);
    variables_->addWidget(MakeLabel(tr("Variables"), "heading", this));
    table_ = new VariableTable(theme(), VariableTable::Editing::kValues, this);
    table_->setToolTip(tr("Enter changes a value; the arrow shows what it was before"));
    connect(table_, &VariableTable::edited, this, &RunTab::SetVariable);
    variables_->addWidget(table_);
  }
  backend_->Call(
      this,
      [id = instance_.toStdString()](const connection::Connection& backend) {
        return ListVariableChanges(backend, id);
      },
      [this](const absl::StatusOr<std::vector<process::v1::VariableChange>>& changes) {
        const QJsonObject values =
            QJsonDocument::fromJson(QByteArray::fromStdString(state_.variables_json())).object();
        const auto name_of = [this](const std::string& element) { return NameOf(element); };
        table_->Show(
            RowsOf(values, changes.ok() ? *changes : std::vector<process::v1::VariableChange>(), name_of));
      });
  ShowEntities();
}

void RunTab::SetVariable(const QString& name, const QJsonValue& value) {
  const std::string json =
      QJsonDocument(QJsonObject{{name, value}}).toJson(QJsonDocument::Compact).toStdString();
  backend_->Call(
      this,
      [id = instance_.toStdString(), json](const connection::Connection& backend) {
        return SetVariables(backend, id, "", json);
      },
      [this](const absl::Status& status) {
        Fail("variables", status);
        if (status.ok()) return;  // the instance moves
        shown_variables_.clear();
        ShowVariables();
      });
}

void RunTab::LoadTrace() {
  if (!trace_button_->isChecked()) return;
  if (std::exchange(loading_trace_, true)) {
    trace_again_ = true;
    return;
  }
  backend_->Call(
      this,
      [id = instance_.toStdString()](const connection::Connection& backend) {
        return ListElementRuns(backend, id);
      },
      [this](const absl::StatusOr<std::vector<process::v1::ElementRun>>& runs) {
        loading_trace_ = false;
        if (runs.ok()) trace_->Show(*runs, names_, QDateTime::currentDateTime());
        if (std::exchange(trace_again_, false)) LoadTrace();
      });
}

void RunTab::SetHeat(bool shown) {
  heat_button_->setChecked(shown);
  heat_scope_->setVisible(shown);
  heat_note_->setVisible(shown);
  legend_->setVisible(false);
  heat_note_->clear();
  if (shown) return LoadHeat();
  heat_.clear();
  editor_->ShowHeat({});
}

void RunTab::LoadHeat() {
  if (!heat_button_->isChecked() || std::exchange(loading_heat_, true)) return;
  if (heat_.empty()) heat_note_->setText(tr("Reading…"));
  const int scope = heat_scope_->currentData().toInt();
  struct Read {
    std::vector<ElementDuration> heat;
    size_t runs = 0;
  };
  // Hundreds of journals: not before what the user does next.
  backend_->CallLong(
      this,
      [scope, id = instance_.toStdString(),
       process = state_.summary().process()](const connection::Connection& backend) -> absl::StatusOr<Read> {
        AMEIDE_ASSIGN_OR_RETURN(const auto runs, scope == kThisRun
                                                     ? ListElementRuns(backend, id)
                                                     : ListElementRunsOf(backend, process, kRunsForHeat));
        const auto whole = std::ranges::count_if(runs, [](const auto& run) { return run.scope() == 0; });
        return Read{SummarizeDurations(runs), static_cast<size_t>(whole)};
      },
      [this, scope](const absl::StatusOr<Read>& read) {
        loading_heat_ = false;
        if (!heat_button_->isChecked()) return;
        if (scope != heat_scope_->currentData().toInt()) return LoadHeat();
        Fail("heat", read.status());
        ShowHeat(read.ok() ? read->heat : std::vector<ElementDuration>(), read.ok() ? read->runs : 0);
      });
}

void RunTab::ShowHeat(std::vector<ElementDuration> heat, size_t runs) {
  heat_ = std::move(heat);
  std::vector<modeler::ElementHeat> cells;
  for (const ElementDuration& each : heat_) {
    const QString title =
        tr("%1\nMedian %2, 95 % within %3, of that waiting %4\n%5")
            .arg(names_.value(each.element, each.element), DurationText(each.median), DurationText(each.p95),
                 DurationText(each.waited), each.count == 1 ? tr("Once") : tr("%1 times").arg(each.count));
    cells.push_back({each.element.toStdString(), each.heat,
                     tr("%1\np95 %2").arg(DurationText(each.median), DurationText(each.p95)).toStdString(),
                     title.toStdString()});
  }
  editor_->ShowHeat(cells);
  legend_->setVisible(!heat_.empty());
  if (heat_.empty()) {
    heat_note_->setText(tr("No element has ended yet, so there is nothing to tell."));
    return;
  }
  const auto [least, most] = std::ranges::minmax_element(heat_, {}, &ElementDuration::median);
  legend_->Show(DurationText(least->median), DurationText(most->median));
  heat_note_->setText(runs == 1 ? tr("median and 95th percentile of one run")
                                : tr("medians and 95th percentiles of %1 runs").arg(runs));
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
