#include "app/workbench/play_tab.h"

#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QShortcut>
#include <QVBoxLayout>
#include <algorithm>
#include <optional>
#include <utility>

#include "app/workbench/inspector.h"
#include "app/workbench/play_calls.h"
#include "app/workbench/settings_tab.h"
#include "app/workbench/theme.h"
#include "app/workbench/variable_table.h"
#include "app/workbench/workspace_service.h"
#include "modeler/host/bpmn_editor.h"
#include "notation/bpmn/view.h"

namespace ameide::workbench {

namespace pb = simulation::v1;

namespace {

constexpr int kHappenedLines = 12;
constexpr int kEditLines = 3;

/// The artifact's content as it is now, and what of it the tab needs.
struct Loaded {
  uaf::document::Document document;
  uaf::EventId head;
  std::string bytes;
  QHash<QString, QString> names;
  QStringList processes;
  QStringList inputs;
};

/// The variables that the process reads as they are (`=amount`) and that nothing in it sets: what a start is
/// likely to bring.
QStringList InputsOf(const uaf::document::Document& document) {
  using uaf::document::NodeKind;
  static const QRegularExpression plain(QStringLiteral("^=\\s*([A-Za-z_]\\w*)\\s*$"));
  QStringList read;
  QStringList set;
  for (const uaf::document::NodeIndex node : document.Descendants(uaf::document::kDocumentNode)) {
    if (document.kind(node) != NodeKind::kElement) continue;
    const auto value = [&](const char* name) {
      return ToQString(document.attribute(node, name).value_or(""));
    };
    if (document.local_name(node) == "input") {
      const QRegularExpressionMatch match = plain.match(value("source"));
      if (match.hasMatch() && !read.contains(match.captured(1))) read.append(match.captured(1));
    }
    if (document.local_name(node) == "output") set.append(value("target"));
    if (const QString result = value("resultVariable"); !result.isEmpty()) set.append(result);
  }
  for (const QString& each : set) read.removeAll(each);
  return read;
}

QString StartKey(const uaf::Artifact& artifact) {
  return QStringLiteral("playVariables/") + ToQString(artifact.id.name);
}

QString StateText(pb::InstanceState state) {
  switch (state) {
    case pb::INSTANCE_STATE_ACTIVE:
      return PlayTab::tr("Active");
    case pb::INSTANCE_STATE_COMPLETED:
      return PlayTab::tr("Completed");
    case pb::INSTANCE_STATE_TERMINATED:
      return PlayTab::tr("Terminated");
    case pb::INSTANCE_STATE_INCIDENT:
      return PlayTab::tr("Stopped by an incident");
    default:
      return {};
  }
}

QString EventText(const std::string& event) {
  if (event == "activated") return PlayTab::tr("begins");
  if (event == "completed") return PlayTab::tr("is done");
  if (event == "terminated") return PlayTab::tr("is ended");
  return PlayTab::tr("fails");
}

QDateTime ToDateTime(const google::protobuf::Timestamp& stamp) {
  return QDateTime::fromMSecsSinceEpoch(stamp.seconds() * 1000 + stamp.nanos() / 1'000'000);
}

QString TimeText(const google::protobuf::Timestamp& stamp) {
  return QLocale().toString(ToDateTime(stamp), QLocale::ShortFormat);
}

QPlainTextEdit* MakeJsonEdit(const QString& text, QWidget* parent) {
  auto* edit = new QPlainTextEdit(text, parent);
  edit->setObjectName(QStringLiteral("json"));
  edit->setTabChangesFocus(true);
  edit->setFixedHeight(edit->fontMetrics().lineSpacing() * kEditLines + 16);
  return edit;
}

}  // namespace

QString PlayTab::KeyOf(const uaf::Artifact& artifact) {
  return QStringLiteral("play:") + ToQString(artifact.path);
}

PlayTab::PlayTab(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
                 const uaf::Artifact& artifact, QWidget* parent)
    : EditorTab(theme, parent), workspace_(workspace), backend_(backend), artifact_(artifact) {
  auto* content = new QWidget(this);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(MakeBar());
  auto* row = new QHBoxLayout;
  row->setSpacing(0);
  editor_ = new modeler::BpmnEditor(content);
  editor_->SetPropertiesVisible(false);
  editor_->SetColours(theme->CssVariables(), theme->dark());
  row->addWidget(editor_, 1);
  row->addWidget(MakeInspector());
  column->addLayout(row, 1);
  SetContent(content);
  connect(theme, &Theme::changed, this,
          [this, theme] { editor_->SetColours(theme->CssVariables(), theme->dark()); });
  connect(editor_, &modeler::BpmnEditor::painted, this, [this] {
    painted_ = true;
    ShowTokens();
  });
  connect(workspace_, &WorkspaceService::artifactsChanged, this, [this] {
    const std::optional<uaf::Artifact> now = workspace_->Find(artifact_.id);
    if (!now || now->head == head_ || head_ == uaf::EventId{}) return;
    banners()->Show(QStringLiteral("changed"), {BannerText::Tone::kInfo,
                                                tr("The model has changed since this play began."),
                                                QString(),
                                                {{tr("Play it anew"), [this] { StartOver(); }}}});
  });
  connect(backend_, &BackendService::stateChanged, this, [this] {
    if (backend_->running() && view_.session().empty()) Load();
  });
  start_ = QJsonDocument::fromJson(QSettings().value(StartKey(artifact_)).toByteArray()).object();
  ShowBar();
  Load();
}

PlayTab::~PlayTab() {
  if (view_.session().empty() || !backend_->running()) return;
  backend_->Call(
      backend_,
      [session = view_.session()](const connection::Connection& backend) {
        return ClosePlay(backend, session);
      },
      [](const absl::Status&) {});
}

QString PlayTab::Title() const {
  return tr("%1 · play").arg(ToQString(artifact_.path).section(QLatin1Char('/'), -1));
}

void PlayTab::FocusContent() { step_->setFocus(); }

QPushButton* PlayTab::AddButton(QHBoxLayout* bar, const QString& text, const QString& tip, const char* keys,
                                void (PlayTab::*act)()) {
  QPushButton* button = MakeButton(text, "plain", this);
  const QKeySequence sequence(QString::fromLatin1(keys));
  button->setToolTip(QStringLiteral("%1 (%2)").arg(tip, sequence.toString(QKeySequence::NativeText)));
  bar->addWidget(button);
  connect(button, &QPushButton::clicked, this, act);
  auto* shortcut = new QShortcut(sequence, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
  connect(shortcut, &QShortcut::activated, button, &QPushButton::click);
  return button;
}

QWidget* PlayTab::MakeBar() {
  auto* bar = new QFrame(this);
  bar->setObjectName(QStringLiteral("playBar"));
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(12, 6, 12, 6);
  row->setSpacing(6);
  back_ = AddButton(row, tr("Step back"), tr("Take the last action back"), "Shift+F10", &PlayTab::Back);
  step_ = AddButton(row, tr("Step"), tr("Move one token, or let one event happen"), "F10", &PlayTab::Step);
  run_ = AddButton(row, tr("Run"), tr("Move everything that needs nobody and no time"), "F5", &PlayTab::Run);
  timer_ =
      AddButton(row, tr("Next timer"), tr("Let the clock go to the next timer"), "F8", &PlayTab::NextTimer);
  over_ = AddButton(row, tr("Start over"), tr("Begin again, with the model as it is now"), "Ctrl+F5",
                    &PlayTab::StartOver);
  with_ = AddButton(row, tr("Start with…"), tr("Choose the variables that it begins with"), "Ctrl+Shift+F5",
                    &PlayTab::OfferStart);
  process_ = new QComboBox(bar);
  process_->setToolTip(tr("The process to play"));
  process_->setAccessibleName(tr("The process to play"));
  process_->hide();
  row->addWidget(process_);
  connect(process_, &QComboBox::activated, this, [this] { StartOver(); });
  row->addStretch(1);
  clock_ = MakeLabel(QString(), "muted", bar);
  clock_->setToolTip(tr("The time in this play"));
  row->addWidget(clock_);
  return bar;
}

QWidget* PlayTab::MakeInspector() {
  auto* inspector = new Inspector(this);
  status_ = new QLabel(inspector->body());
  status_->setObjectName(QStringLiteral("runState"));
  status_->setWordWrap(true);
  inspector->column()->addWidget(status_);
  start_form_ = new QWidget(inspector->body());
  start_form_->setObjectName(QStringLiteral("playStartForm"));
  auto* start = new QVBoxLayout(start_form_);
  start->setContentsMargins(0, 0, 0, 0);
  start->setSpacing(6);
  start->addWidget(MakeLabel(tr("Begins with"), "heading", start_form_));
  start_table_ = new VariableTable(theme(), VariableTable::Editing::kForm, start_form_);
  start->addWidget(start_table_);
  QPushButton* begin = MakeButton(tr("Start over with these"), "primary", start_form_);
  begin->setObjectName(QStringLiteral("playStartNow"));
  start->addWidget(begin, 0, Qt::AlignLeft);
  connect(begin, &QPushButton::clicked, this, [this] {
    start_ = start_table_->values();
    QSettings().setValue(StartKey(artifact_), QJsonDocument(start_).toJson(QJsonDocument::Compact));
    start_form_->hide();
    StartOver();
  });
  start_form_->hide();
  inspector->column()->addWidget(start_form_);
  todo_ = inspector->AddSection();
  variables_ = inspector->AddSection();
  log_ = inspector->AddSection();
  return inspector;
}

void PlayTab::Load() {
  waiting_ = true;
  ShowBar();
  workspace_->Read(
      this,
      [id = artifact_.id](uaf::Workspace& open) -> std::shared_ptr<absl::StatusOr<Loaded>> {
        absl::StatusOr<uaf::LoadedDocument> document = open.LoadWithHead(id);
        if (!document.ok()) return std::make_shared<absl::StatusOr<Loaded>>(document.status());
        Loaded loaded{std::move(document->document), document->head, {}, {}, {}, {}};
        loaded.bytes = loaded.document.Render();
        const bpmn::Definitions view(loaded.document);
        for (const bpmn::Element& element : view.model_elements()) {
          if (const std::string name = element.name(); !name.empty())
            loaded.names.insert(ToQString(element.id()), ToQString(name).simplified());
        }
        for (const bpmn::Element& process : view.processes())
          loaded.processes.append(ToQString(process.id()));
        loaded.inputs = InputsOf(loaded.document);
        return std::make_shared<absl::StatusOr<Loaded>>(std::move(loaded));
      },
      [this](const std::shared_ptr<absl::StatusOr<Loaded>>& loaded) {
        if (!loaded->ok()) {
          banners()->Show(QStringLiteral("load"),
                          {BannerText::Tone::kError, MessageOf(loaded->status()), QString(), {}});
          return GiveUp();
        }
        bpmn_ = std::move((*loaded)->bytes);
        head_ = (*loaded)->head;
        names_ = std::move((*loaded)->names);
        inputs_ = std::move((*loaded)->inputs);
        if (process_->count() == 0) {
          process_->addItems((*loaded)->processes);
          process_->setVisible(process_->count() > 1);
        }
        editor_->Open(std::move((*loaded)->document), head_, true);
        Begin();
      });
}

void PlayTab::Begin() {
  if (!backend_->running()) {
    status_->setText(tr("Playing needs the backend, which is not running."));
    return GiveUp();
  }
  const std::string process = process_->count() > 1 ? process_->currentText().toStdString() : "";
  backend_->Call(
      this,
      [bpmn = bpmn_, process, variables = QJsonDocument(start_).toJson(QJsonDocument::Compact).toStdString()](
          const connection::Connection& backend) { return OpenPlay(backend, bpmn, process, variables); },
      [this](const absl::StatusOr<pb::View>& view) { Take(view); });
}

void PlayTab::StartOver() {
  if (Later([this] { StartOver(); })) return;
  banners()->Hide(QStringLiteral("changed"));
  banners()->Hide(QStringLiteral("play"));
  const std::string session = view_.session();
  view_.Clear();
  happened_.clear();
  if (!session.empty()) {
    backend_->Call(
        this, [session](const connection::Connection& backend) { return ClosePlay(backend, session); },
        [](const absl::Status&) {});
  }
  Load();
}

void PlayTab::Step() {
  pb::ActRequest request;
  request.mutable_step();
  Act(std::move(request));
}

void PlayTab::Run() {
  pb::ActRequest request;
  request.mutable_run();
  Act(std::move(request));
}

void PlayTab::NextTimer() {
  pb::ActRequest request;
  request.mutable_advance();
  Act(std::move(request));
}

void PlayTab::Back() {
  if (Later([this] { Back(); }) || view_.session().empty()) return;
  waiting_ = true;
  forward_ = false;
  happened_.clear();
  backend_->Call(
      this,
      [session = view_.session()](const connection::Connection& backend) {
        return StepBackInPlay(backend, session);
      },
      [this](const absl::StatusOr<pb::View>& view) { Take(view); });
}

void PlayTab::Act(pb::ActRequest request) {
  if (Later([this, request] { Act(request); }) || view_.session().empty()) return;
  waiting_ = true;
  forward_ = request.has_step() || request.has_run() || request.has_advance() ||
             request.has_complete_task() || request.has_send_message() || request.has_send_signal() ||
             request.has_throw_error();
  request.set_session(view_.session());
  backend_->Call(
      this, [request](const connection::Connection& backend) { return ActInPlay(backend, request); },
      [this](const absl::StatusOr<pb::View>& view) { Take(view); });
}

void PlayTab::Take(const absl::StatusOr<pb::View>& view) {
  if (!view.ok()) {
    banners()->Show(QStringLiteral("play"),
                    {BannerText::Tone::kWarning, MessageOf(view.status()), QString(), {}});
    // A session ends with the backend; the next action would only say so again.
    if (absl::IsNotFound(view.status()) || absl::IsUnavailable(view.status())) view_.clear_session();
    GiveUp();
    Q_EMIT moved();
    return;
  }
  waiting_ = false;
  banners()->Hide(QStringLiteral("play"));
  const pb::View before = std::exchange(view_, *view);
  if (std::exchange(forward_, false)) ShowTravel(before);
  for (const pb::ElementEvent& event : view_.events())
    happened_.append(QStringLiteral("%1 %2").arg(NameOf(event.element()), EventText(event.event())));
  ShowBar();
  ShowTokens();
  ClearLayout(todo_);
  QStringList states;
  for (int i = 0; i < view_.instances_size(); ++i) {
    const pb::Instance& instance = view_.instances(i);
    states.append(QStringLiteral("<b>%1</b> · %2")
                      .arg(NameOf(instance.process()).toHtmlEscaped(), StateText(instance.state())));
    ShowInstance(instance, static_cast<uint64_t>(i));
  }
  status_->setText(states.join(QStringLiteral("<br>")));
  ShowVariables();
  ShowHappened();
  Q_EMIT moved();
  while (!waiting_ && !next_.empty()) {
    const std::function<void()> next = std::move(next_.front());
    next_.pop_front();
    next();
  }
}

bool PlayTab::Later(std::function<void()> call) {
  if (waiting_) next_.push_back(std::move(call));
  return waiting_;
}

void PlayTab::GiveUp() {
  waiting_ = false;
  next_.clear();
  ShowBar();
}

void PlayTab::ShowBar() {
  const bool there = !view_.session().empty() && !waiting_;
  step_->setEnabled(there && view_.can_move());
  run_->setEnabled(there && view_.can_move());
  back_->setEnabled(there && view_.actions() > 0);
  timer_->setEnabled(there && view_.has_next_due());
  over_->setEnabled(!waiting_ && backend_->running());
  with_->setEnabled(!waiting_ && backend_->running());
  clock_->setText(view_.has_now() ? TimeText(view_.now()) : QString());
}

void PlayTab::ShowTravel(const pb::View& before) {
  if (!painted_ || !SettingsTab::AnimatesTokens()) return;
  const auto flows = [](const pb::View& view) {
    std::vector<std::string> out;
    for (const pb::Instance& instance : view.instances()) {
      for (const pb::Position& position : instance.positions()) {
        if (position.moves()) out.insert(out.end(), position.count(), position.element());
      }
    }
    return out;
  };
  std::vector<modeler::ElementStep> steps;
  for (const pb::ElementEvent& event : view_.events())
    steps.push_back({event.element(), event.event() == "activated"});
  editor_->ShowTravel(flows(before), steps, flows(view_));
}

void PlayTab::OfferStart() {
  if (start_form_->isVisible()) return start_form_->hide();
  QList<VariableTable::Row> rows;
  QStringList names = inputs_;
  for (const QString& name : start_.keys()) {
    if (!names.contains(name)) names.append(name);
  }
  for (const QString& name : names)
    rows.append({name, start_.contains(name) ? start_[name] : QJsonValue(QJsonValue::Undefined)});
  start_table_->Show(rows);
  start_form_->show();
  start_table_->setFocus();
  start_table_->setCurrentItem(start_table_->topLevelItem(0), 1);
}

void PlayTab::ShowTokens() {
  if (!painted_) return;
  std::vector<modeler::ElementBadge> badges;
  for (const pb::Instance& instance : view_.instances()) {
    for (const pb::Position& position : instance.positions())
      badges.push_back({position.element(), std::to_string(position.count()), "token"});
    for (const pb::Incident& incident : instance.incidents())
      badges.push_back({incident.element(), "!", "error"});
  }
  editor_->ShowOverlays(badges);
}

QString PlayTab::NameOf(const std::string& element) const {
  const QString id = ToQString(element);
  return names_.value(id, id);
}

QPushButton* PlayTab::MakeLink(const std::string& element, QWidget* parent) {
  QPushButton* link = MakeButton(NameOf(element), "link", parent);
  link->setToolTip(tr("Show it on the diagram"));
  connect(link, &QPushButton::clicked, this, [this, id = ToQString(element)] { editor_->SelectElement(id); });
  return link;
}

QWidget* PlayTab::MakeCard(QVBoxLayout** column) {
  auto* card = new QFrame(this);
  card->setObjectName(QStringLiteral("card"));
  *column = new QVBoxLayout(card);
  (*column)->setContentsMargins(12, 8, 12, 8);
  (*column)->setSpacing(6);
  todo_->addWidget(card);
  return card;
}

void PlayTab::ShowInstance(const pb::Instance& instance, uint64_t number) {
  if (instance.choices_size() > 0) todo_->addWidget(MakeLabel(tr("Which way"), "heading", this));
  for (const pb::Choice& choice : instance.choices()) ShowChoice(choice);
  if (instance.incidents_size() > 0) todo_->addWidget(MakeLabel(tr("What stopped it"), "heading", this));
  for (const pb::Incident& incident : instance.incidents()) {
    QVBoxLayout* column = nullptr;
    QWidget* card = MakeCard(&column);
    column->addWidget(MakeLink(incident.element(), card), 0, Qt::AlignLeft);
    auto* text = new QLabel(ToQString(incident.message()), card);
    text->setWordWrap(true);
    text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    column->addWidget(text);
    QPushButton* retry = MakeButton(tr("Try again"), "primary", card);
    column->addWidget(retry, 0, Qt::AlignRight);
    connect(retry, &QPushButton::clicked, this, [this, number, id = incident.incident()] {
      pb::ActRequest request;
      request.mutable_resolve_incident()->set_instance(number);
      request.mutable_resolve_incident()->set_incident(id);
      Act(std::move(request));
    });
  }
  if (instance.tasks_size() > 0) todo_->addWidget(MakeLabel(tr("To do"), "heading", this));
  for (const pb::OpenTask& task : instance.tasks()) ShowTask(task, number);
  if (instance.waits_size() > 0) todo_->addWidget(MakeLabel(tr("Waits for"), "heading", this));
  for (const pb::Wait& wait : instance.waits()) ShowWait(wait);
  for (const pb::Timer& timer : instance.timers()) {
    QVBoxLayout* column = nullptr;
    QWidget* card = MakeCard(&column);
    column->addWidget(MakeLink(timer.element(), card), 0, Qt::AlignLeft);
    column->addWidget(MakeLabel(tr("Due %1").arg(TimeText(timer.due())), "muted", card));
  }
}

/// One button a way; the gateway's own conditions decide when none is pressed.
void PlayTab::ShowChoice(const pb::Choice& choice) {
  QVBoxLayout* column = nullptr;
  QWidget* card = MakeCard(&column);
  column->addWidget(MakeLink(choice.element(), card), 0, Qt::AlignLeft);
  for (const std::string& flow : choice.flows()) {
    QPushButton* way = MakeButton(NameOf(flow), "plain", card);
    way->setCheckable(true);
    way->setChecked(std::find(choice.chosen().begin(), choice.chosen().end(), flow) != choice.chosen().end());
    way->setToolTip(tr("Send the token this way, whatever the condition says"));
    column->addWidget(way);
    connect(way, &QPushButton::clicked, this, [this, gateway = choice.element(), flow](bool chosen) {
      pb::ActRequest request;
      request.mutable_choose_flows()->set_element(gateway);
      if (chosen) request.mutable_choose_flows()->add_flows(flow);
      Act(std::move(request));
    });
  }
}

void PlayTab::ShowTask(const pb::OpenTask& task, uint64_t instance) {
  QVBoxLayout* column = nullptr;
  QWidget* card = MakeCard(&column);
  column->addWidget(MakeLink(task.element(), card), 0, Qt::AlignLeft);
  QPlainTextEdit* results = MakeJsonEdit(QStringLiteral("{}"), card);
  results->setAccessibleName(tr("What the task gives, as JSON"));
  results->setToolTip(results->accessibleName());
  column->addWidget(results);
  auto* row = new QHBoxLayout;
  QPushButton* complete = MakeButton(tr("Complete"), "primary", card);
  row->addWidget(complete);
  connect(complete, &QPushButton::clicked, this, [this, results, instance, id = task.task()] {
    pb::ActRequest request;
    request.mutable_complete_task()->set_instance(instance);
    request.mutable_complete_task()->set_task(id);
    request.mutable_complete_task()->set_variables_json(results->toPlainText().toStdString());
    Act(std::move(request));
  });
  if (task.type() != "userTask") {
    QPushButton* fail = MakeButton(tr("Fail"), "plain", card);
    fail->setToolTip(tr("Let it fail: an incident"));
    row->addWidget(fail);
    connect(fail, &QPushButton::clicked, this, [this, instance, id = task.task()] {
      pb::ActRequest request;
      request.mutable_fail_task()->set_instance(instance);
      request.mutable_fail_task()->set_task(id);
      request.mutable_fail_task()->set_message(tr("failed by hand").toStdString());
      Act(std::move(request));
    });
    auto* code = new QLineEdit(card);
    code->setPlaceholderText(tr("Error code"));
    code->setAccessibleName(tr("Error code"));
    QPushButton* raise = MakeButton(tr("Throw"), "plain", card);
    raise->setToolTip(tr("End it with this BPMN error"));
    auto* errors = new QHBoxLayout;
    errors->addWidget(code, 1);
    errors->addWidget(raise);
    column->addLayout(row);
    column->addLayout(errors);
    connect(raise, &QPushButton::clicked, this, [this, code, instance, id = task.task()] {
      pb::ActRequest request;
      request.mutable_throw_error()->set_instance(instance);
      request.mutable_throw_error()->set_task(id);
      request.mutable_throw_error()->set_code(code->text().toStdString());
      Act(std::move(request));
    });
  } else {
    column->addLayout(row);
  }
  row->addStretch(1);
}

void PlayTab::ShowWait(const pb::Wait& wait) {
  QVBoxLayout* column = nullptr;
  QWidget* card = MakeCard(&column);
  column->addWidget(MakeLink(wait.element(), card), 0, Qt::AlignLeft);
  const QString name = ToQString(wait.name());
  column->addWidget(
      MakeLabel(wait.signal() ? tr("Signal %1").arg(name) : tr("Message %1").arg(name), "muted", card));
  QPlainTextEdit* payload = MakeJsonEdit(QStringLiteral("{}"), card);
  payload->setAccessibleName(tr("What it brings, as JSON"));
  payload->setToolTip(payload->accessibleName());
  column->addWidget(payload);
  QPushButton* send = MakeButton(tr("Send"), "primary", card);
  column->addWidget(send, 0, Qt::AlignLeft);
  connect(send, &QPushButton::clicked, this, [this, wait, payload] {
    pb::ActRequest request;
    if (wait.signal()) {
      request.mutable_send_signal()->set_name(wait.name());
      request.mutable_send_signal()->set_variables_json(payload->toPlainText().toStdString());
    } else {
      request.mutable_send_message()->set_name(wait.name());
      if (wait.has_key()) request.mutable_send_message()->set_key(wait.key());
      request.mutable_send_message()->set_variables_json(payload->toPlainText().toStdString());
    }
    Act(std::move(request));
  });
}

void PlayTab::ShowVariables() {
  ClearLayout(variables_);
  for (int i = 0; i < view_.instances_size(); ++i) {
    for (const pb::Scope& scope : view_.instances(i).scopes()) {
      const bool of_process = scope.scope() == 1;
      variables_->addWidget(
          MakeLabel(of_process ? tr("Variables") : tr("Variables of %1").arg(NameOf(scope.element())),
                    "heading", this));
      const QJsonObject values =
          QJsonDocument::fromJson(QByteArray::fromStdString(scope.variables_json())).object();
      const bool open = view_.instances(i).state() == pb::INSTANCE_STATE_ACTIVE ||
                        view_.instances(i).state() == pb::INSTANCE_STATE_INCIDENT;
      if (values.isEmpty() && !open) {
        variables_->addWidget(MakeLabel(tr("None."), "muted", this));
        continue;
      }
      auto* table = new VariableTable(
          theme(), open ? VariableTable::Editing::kValues : VariableTable::Editing::kNothing, this);
      if (!of_process) table->setAccessibleName(tr("Variables of %1").arg(NameOf(scope.element())));
      table->Show(values);
      variables_->addWidget(table);
      connect(table, &VariableTable::edited, this,
              [this, i, id = scope.scope()](const QString& name, const QJsonValue& value) {
                pb::ActRequest request;
                request.mutable_set_variables()->set_instance(static_cast<uint64_t>(i));
                request.mutable_set_variables()->set_scope(id);
                request.mutable_set_variables()->set_variables_json(
                    QJsonDocument(QJsonObject{{name, value}}).toJson(QJsonDocument::Compact).toStdString());
                Act(std::move(request));
              });
    }
  }
}

void PlayTab::ShowHappened() {
  ClearLayout(log_);
  if (happened_.isEmpty()) return;
  log_->addWidget(MakeLabel(tr("What happened, newest first"), "heading", this));
  QStringList lines;
  for (auto line = happened_.crbegin(); line != happened_.crend() && lines.size() < kHappenedLines; ++line)
    lines.append(*line);
  QLabel* list = MakeLabel(lines.join(QLatin1Char('\n')), "muted", this);
  list->setWordWrap(true);
  log_->addWidget(list);
}

}  // namespace ameide::workbench
