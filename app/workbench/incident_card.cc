#include "app/workbench/incident_card.h"

#include <QHBoxLayout>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/workbench/backend_calls.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/banner.h"
#include "app/workbench/run_calls.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
#include "app/workbench/variable_table.h"
#include "app/workbench/workspace_service.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

QString KindText(const std::string& kind) {
  if (kind == "job") return IncidentCard::tr("The work failed, and no attempts are left");
  if (kind == "expression") return IncidentCard::tr("An expression gave no usable value");
  if (kind == "flow") return IncidentCard::tr("No way out could be chosen");
  if (kind == "error") return IncidentCard::tr("Nothing in the process catches this error");
  return QString::fromStdString(kind);
}

QJsonObject ObjectIn(const std::string& json) {
  return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
}

std::string ToText(const QJsonObject& object) {
  return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

}  // namespace

IncidentCard::IncidentCard(const Theme* theme, BackendService* backend, const process::v1::Incident& incident,
                           const QString& name, const std::string& variables_json, QWidget* parent)
    : QFrame(parent), theme_(theme), backend_(backend), incident_(incident), variables_json_(variables_json) {
  setObjectName(QStringLiteral("card"));
  column_ = new QVBoxLayout(this);
  column_->setContentsMargins(12, 8, 12, 8);
  column_->setSpacing(6);
  auto* head = new QHBoxLayout;
  QPushButton* show = MakeButton(name, "link", this);
  show->setToolTip(tr("Show it on the diagram"));
  connect(show, &QPushButton::clicked, this,
          [this] { Q_EMIT picked(QString::fromStdString(incident_.element())); });
  head->addWidget(show);
  head->addStretch(1);
  const QDateTime at = QDateTime::fromMSecsSinceEpoch(incident.created_at().seconds() * 1000);
  QLabel* when = MakeLabel(RelativeTime(at, QDateTime::currentDateTime()), "muted", this);
  when->setToolTip(ExactTime(at));
  head->addWidget(when);
  column_->addLayout(head);
  QLabel* kind = MakeLabel(KindText(incident.kind()), "error", this);
  kind->setWordWrap(true);
  column_->addWidget(kind);
  auto* message = new QLabel(QString::fromStdString(incident.message()), this);
  message->setObjectName(QStringLiteral("incidentMessage"));
  message->setWordWrap(true);
  message->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  message->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  column_->addWidget(message);

  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(6);
  retry_ = MakeButton(tr("Retry"), "primary", this);
  retry_->setObjectName(QStringLiteral("incidentRetry"));
  retry_->setToolTip(tr("Try again, with the first number of attempts"));
  QPushButton* other = MakeButton(tr("Resolve…"), "plain", this);
  other->setObjectName(QStringLiteral("incidentResolve"));
  other->setToolTip(tr("Change variables, then try again"));
  QPushButton* skip = MakeButton(tr("Skip…"), "plain", this);
  skip->setObjectName(QStringLiteral("incidentSkip"));
  skip->setToolTip(tr("Go on as if its work were done"));
  for (QPushButton* button : {retry_, other, skip}) buttons->addWidget(button);
  buttons->addStretch(1);
  column_->addLayout(buttons);
  if (!incident.variables_json().empty()) {
    QPushButton* saw = MakeButton(tr("What it saw"), "link", this);
    saw->setObjectName(QStringLiteral("incidentSaw"));
    column_->addWidget(saw, 0, Qt::AlignLeft);
    connect(saw, &QPushButton::clicked, this, &IncidentCard::ShowWhatItSaw);
  }
  error_ = MakeLabel(QString(), "error", this);
  error_->setWordWrap(true);
  error_->hide();
  column_->addWidget(error_);
  connect(retry_, &QPushButton::clicked, this, [this] {
    retry_->setEnabled(false);
    backend_->Call(
        this,
        [id = incident_.id()](const connection::Connection& backend) { return RetryIncident(backend, id); },
        [this](const absl::Status& status) { Done(status); });
  });
  connect(other, &QPushButton::clicked, this, &IncidentCard::OfferRetryWith);
  connect(skip, &QPushButton::clicked, this, &IncidentCard::OfferSkip);
}

QVBoxLayout* IncidentCard::OpenForm(const QString& object) {
  const bool same = form_ != nullptr && form_->objectName() == object;
  delete form_;
  form_ = nullptr;
  if (same) return nullptr;  // the button closes what it opened
  form_ = new QWidget(this);
  form_->setObjectName(object);
  auto* column = new QVBoxLayout(form_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column_->addWidget(form_);
  return column;
}

void IncidentCard::OfferRetryWith() {
  QVBoxLayout* column = OpenForm(QStringLiteral("incidentResolveForm"));
  if (column == nullptr) return;
  QLabel* hint = MakeLabel(tr("Mend the variables that the element and the process have, then try again."),
                           "muted", form_);
  hint->setWordWrap(true);
  column->addWidget(hint);
  auto* table = new VariableTable(theme_, VariableTable::Editing::kForm, form_);
  const QJsonObject process = ObjectIn(variables_json_);
  QJsonObject before = process;
  const QJsonObject saw = ObjectIn(incident_.variables_json());
  for (auto value = saw.begin(); value != saw.end(); ++value) before.insert(value.key(), *value);
  table->Show(before);
  column->addWidget(table);
  QPushButton* go = MakeButton(tr("Set and retry"), "primary", form_);
  go->setObjectName(QStringLiteral("incidentResolveNow"));
  column->addWidget(go, 0, Qt::AlignLeft);
  table->setFocus();
  connect(go, &QPushButton::clicked, this, [this, table, before, process, saw, go] {
    // What the element was given is its own; what comes behind it reads the process's.
    QJsonObject of_element;
    QJsonObject of_process;
    const QJsonObject values = table->values();
    for (auto value = values.begin(); value != values.end(); ++value) {
      if (before.contains(value.key()) && before.value(value.key()) == *value) continue;
      if (saw.contains(value.key())) of_element.insert(value.key(), *value);
      if (process.contains(value.key()) || !saw.contains(value.key())) of_process.insert(value.key(), *value);
    }
    go->setEnabled(false);
    backend_->Call(
        this,
        [of_element, of_process,
         incident = incident_](const connection::Connection& backend) -> absl::Status {
          const std::string& instance = incident.instance();
          if (!of_process.isEmpty())
            AMEIDE_RETURN_IF_ERROR(SetVariables(backend, instance, "", ToText(of_process)));
          if (!of_element.isEmpty())
            AMEIDE_RETURN_IF_ERROR(SetVariables(backend, instance, incident.element(), ToText(of_element)));
          return RetryIncident(backend, incident.id());
        },
        [this, go](const absl::Status& status) {
          if (!status.ok()) go->setEnabled(true);
          Done(status);
        });
  });
}

void IncidentCard::OfferSkip() {
  QVBoxLayout* column = OpenForm(QStringLiteral("incidentSkipForm"));
  if (column == nullptr) return;
  QLabel* hint =
      MakeLabel(tr("The run goes on behind it. Variables that its work would have set can be given "
                   "here. This cannot be undone."),
                "muted", form_);
  hint->setWordWrap(true);
  column->addWidget(hint);
  auto* table = new VariableTable(theme_, VariableTable::Editing::kForm, form_);
  column->addWidget(table);
  QPushButton* go = MakeButton(tr("Skip it"), "primary", form_);
  go->setObjectName(QStringLiteral("incidentSkipNow"));
  column->addWidget(go, 0, Qt::AlignLeft);
  table->setFocus();
  connect(go, &QPushButton::clicked, this, [this, table, go] {
    go->setEnabled(false);
    backend_->Call(
        this,
        [id = incident_.id(), results = ToText(table->values())](const connection::Connection& backend) {
          return SkipIncident(backend, id, results);
        },
        [this, go](const absl::Status& status) {
          if (!status.ok()) go->setEnabled(true);
          Done(status);
        });
  });
}

void IncidentCard::ShowWhatItSaw() {
  QVBoxLayout* column = OpenForm(QStringLiteral("incidentSawForm"));
  if (column == nullptr) return;
  auto* table = new VariableTable(theme_, VariableTable::Editing::kNothing, form_);
  table->Show(ObjectIn(incident_.variables_json()));
  column->addWidget(table);
}

void IncidentCard::Done(const absl::Status& status) {
  // When it worked the run moves, and this card goes.
  error_->setVisible(!status.ok());
  error_->setText(MessageOf(status));
  retry_->setEnabled(true);
}

}  // namespace ameide::workbench
