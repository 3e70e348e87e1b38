#include "app/workbench/task_form.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QUuid>
#include <QVBoxLayout>
#include <utility>

#include "app/workbench/backend_calls.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/banner.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

constexpr uint64_t kLargestForm = uint64_t{1} << 20;

/// The form with that id among the workspace's files; empty when there is none.
QJsonObject FindForm(uaf::Workspace& workspace, const std::string& id) {
  const auto matches = [&](const std::string& bytes) {
    const QJsonObject form = QJsonDocument::fromJson(QByteArray::fromStdString(bytes)).object();
    return form[QStringLiteral("id")].toString() == QString::fromStdString(id) ? form : QJsonObject();
  };
  const auto artifacts = workspace.Artifacts();
  if (!artifacts.ok()) return {};
  for (const uaf::Artifact& artifact : *artifacts) {
    if (!artifact.path.ends_with(".form")) continue;
    const auto bytes = workspace.Render(artifact.id);
    if (!bytes.ok() || bytes->size() > kLargestForm) continue;
    if (const QJsonObject form = matches(*bytes); !form.isEmpty()) return form;
  }
  return {};
}

QString PlainValue(const QJsonValue& value) {
  if (value.isString()) return value.toString();
  if (value.isDouble()) return QLocale().toString(value.toDouble(), 'g', QLocale::FloatingPointShortest);
  if (value.isBool()) return value.toBool() ? TaskForm::tr("Yes") : TaskForm::tr("No");
  return {};
}

}  // namespace

TaskForm::TaskForm(WorkspaceService* workspace, BackendService* backend, const process::v1::Task& task,
                   QWidget* parent)
    : QFrame(parent), workspace_(workspace), backend_(backend), task_(task) {
  setObjectName(QStringLiteral("card"));
  variables_ = QJsonDocument::fromJson(QByteArray::fromStdString(task.variables_json())).object();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 8, 12, 12);
  column->setSpacing(8);
  column->addWidget(new QLabel(ToQString(task.name().empty() ? task.element() : task.name()), this));
  if (task.candidate_groups_size() > 0) {
    QStringList groups;
    for (const std::string& group : task.candidate_groups()) groups.append(ToQString(group));
    column->addWidget(MakeLabel(tr("For %1").arg(groups.join(QStringLiteral(", "))), "muted", this));
  }
  fields_widget_ = new QWidget(this);
  column->addWidget(fields_widget_);
  error_ = MakeLabel(QString(), "error", this);
  error_->setWordWrap(true);
  error_->hide();
  column->addWidget(error_);
  auto* buttons = new QHBoxLayout;
  complete_ = MakeButton(tr("Complete"), "primary", this);
  complete_->setObjectName(QStringLiteral("completeTask"));
  complete_->setEnabled(false);
  buttons->addStretch(1);
  buttons->addWidget(complete_);
  column->addLayout(buttons);
  connect(complete_, &QPushButton::clicked, this, &TaskForm::Complete);
  LoadForm();
}

void TaskForm::LoadForm() {
  if (task_.form().empty() || !workspace_->is_open()) return BuildJson();
  workspace_->Read(
      this, [id = task_.form()](uaf::Workspace& open) { return FindForm(open, id); },
      [this](const QJsonObject& form) { form.isEmpty() ? BuildJson() : BuildForm(form); });
}

void TaskForm::BuildForm(const QJsonObject& form) {
  auto* layout = new QFormLayout(fields_widget_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->setRowWrapPolicy(QFormLayout::WrapAllRows);
  for (const QJsonValue entry : form[QStringLiteral("components")].toArray()) {
    const QJsonObject component = entry.toObject();
    const QString type = component[QStringLiteral("type")].toString();
    const QString key = component[QStringLiteral("key")].toString();
    const QString label = component[QStringLiteral("label")].toString();
    const QJsonValue value = variables_[key];
    if (type == QLatin1String("text")) {
      QString text = component[QStringLiteral("text")].toString();
      while (text.startsWith(QLatin1Char('#'))) text.remove(0, 1);
      auto* words = MakeLabel(text.trimmed(), "muted", fields_widget_);
      words->setWordWrap(true);
      layout->addRow(words);
      continue;
    }
    if (key.isEmpty()) continue;
    if (component[QStringLiteral("readonly")].toBool()) {
      auto* shown = new QLabel(PlainValue(value), fields_widget_);
      shown->setTextInteractionFlags(Qt::TextSelectableByMouse);
      layout->addRow(MakeLabel(label, "muted", fields_widget_), shown);
    } else if (type == QLatin1String("checkbox")) {
      auto* box = new QCheckBox(label, fields_widget_);
      box->setObjectName(key);
      box->setChecked(value.toBool());
      layout->addRow(box);
      fields_.append({key, [box] { return QJsonValue(box->isChecked()); }});
    } else if (type == QLatin1String("textarea")) {
      auto* edit = new QPlainTextEdit(value.toString(), fields_widget_);
      edit->setObjectName(key);
      edit->setFixedHeight(64);
      edit->setTabChangesFocus(true);
      edit->setPlaceholderText(component[QStringLiteral("description")].toString());
      edit->setAccessibleName(label);
      layout->addRow(MakeLabel(label, "muted", fields_widget_), edit);
      fields_.append({key, [edit] { return QJsonValue(edit->toPlainText()); }});
    } else {
      auto* edit = new QLineEdit(PlainValue(value), fields_widget_);
      edit->setObjectName(key);
      edit->setPlaceholderText(component[QStringLiteral("description")].toString());
      edit->setAccessibleName(label);
      layout->addRow(MakeLabel(label, "muted", fields_widget_), edit);
      const bool number = type == QLatin1String("number");
      fields_.append({key, [edit, number] {
                        bool is_number = false;
                        const double parsed = QLocale().toDouble(edit->text(), &is_number);
                        return number && is_number ? QJsonValue(parsed) : QJsonValue(edit->text());
                      }});
    }
  }
  complete_->setEnabled(true);
}

void TaskForm::BuildJson() {
  auto* layout = new QVBoxLayout(fields_widget_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(MakeLabel(tr("Results, as JSON"), "muted", fields_widget_));
  json_ = new QPlainTextEdit(QStringLiteral("{}"), fields_widget_);
  json_->setObjectName(QStringLiteral("taskJson"));
  json_->setAccessibleName(tr("Results, as JSON"));
  json_->setFixedHeight(88);
  json_->setTabChangesFocus(true);
  layout->addWidget(json_);
  complete_->setEnabled(true);
}

QJsonObject TaskForm::Values() const {
  if (json_ != nullptr) return QJsonDocument::fromJson(json_->toPlainText().toUtf8()).object();
  QJsonObject values;
  for (const Field& field : fields_) values.insert(field.key, field.read());
  return values;
}

void TaskForm::Complete() {
  if (json_ != nullptr) {
    const bool valid = QJsonDocument::fromJson(json_->toPlainText().toUtf8()).isObject();
    SetInvalid(json_, !valid);
    error_->setText(tr("Write one object, like {\"approved\": true}."));
    error_->setVisible(!valid);
    if (!valid) return;
  }
  complete_->setEnabled(false);
  const std::string values = QJsonDocument(Values()).toJson(QJsonDocument::Compact).toStdString();
  const std::string key = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
  backend_->Call(
      this,
      [task = task_.id(), values, key](const connection::Connection& backend) {
        return CompleteTask(backend, task, values, key);
      },
      [this](const absl::Status& status) {
        if (status.ok()) return;  // the instance moves, and this form goes
        error_->setText(MessageOf(status));
        error_->show();
        complete_->setEnabled(true);
      });
}

}  // namespace ameide::workbench
