#include "app/workbench/task_form.h"

#include <QHBoxLayout>
#include <QJsonDocument>
#include <QLabel>
#include <QPushButton>
#include <QUuid>
#include <QVBoxLayout>
#include <utility>

#include "app/workbench/backend_calls.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/banner.h"
#include "app/workbench/theme.h"
#include "app/workbench/variable_table.h"
#include "app/workbench/workspace_service.h"
#include "modeler/host/form_view.h"

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

}  // namespace

TaskForm::TaskForm(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
                   const process::v1::Task& task, QWidget* parent)
    : QFrame(parent), theme_(theme), workspace_(workspace), backend_(backend), task_(task) {
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
  connect(complete_, &QPushButton::clicked, this, [this] {
    Say(QString());
    if (form_ != nullptr) return form_->Submit();
    if (table_ != nullptr) Complete(table_->values());
  });
  LoadForm();
}

void TaskForm::LoadForm() {
  if (task_.form().empty() || !workspace_->is_open()) return BuildTable();
  workspace_->Read(
      this, [id = task_.form()](uaf::Workspace& open) { return FindForm(open, id); },
      [this](const QJsonObject& form) {
        if (!form.isEmpty()) return BuildForm(form);
        BuildTable();
        Say(tr("Its form “%1” is not in the open workspace.").arg(ToQString(task_.form())));
      });
}

void TaskForm::BuildForm(const QJsonObject& form) {
  auto* layout = new QVBoxLayout(fields_widget_);
  layout->setContentsMargins(0, 0, 0, 0);
  form_ = new modeler::FormView(fields_widget_);
  form_->setObjectName(QStringLiteral("taskFormView"));
  form_->SetColours(theme_->CssVariables(), theme_->dark());
  layout->addWidget(form_);
  connect(theme_, &Theme::changed, form_,
          [this] { form_->SetColours(theme_->CssVariables(), theme_->dark()); });
  connect(form_, &modeler::FormView::painted, this, [this] {
    rendered_ = true;
    complete_->setEnabled(true);
  });
  connect(form_, &modeler::FormView::submitted, this, &TaskForm::Complete);
  connect(form_, &modeler::FormView::invalid, this, [this](int fields) {
    Say(fields == 1 ? tr("One field is not right yet.") : tr("%1 fields are not right yet.").arg(fields));
  });
  connect(form_, &modeler::FormView::problem, this, [this, layout](const QString& why) {
    form_->hide();
    form_->deleteLater();
    form_ = nullptr;
    delete layout;
    BuildTable();
    Say(tr("Its form “%1” cannot be shown: %2").arg(ToQString(task_.form()), why));
  });
  form_->Open(form, variables_, false);
}

void TaskForm::BuildTable() {
  auto* layout = new QVBoxLayout(fields_widget_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(MakeLabel(tr("What it gives"), "muted", fields_widget_));
  table_ = new VariableTable(theme_, VariableTable::Editing::kForm, fields_widget_);
  table_->setAccessibleName(tr("What the task gives"));
  layout->addWidget(table_);
  complete_->setEnabled(true);
}

void TaskForm::Say(const QString& error) {
  error_->setText(error);
  error_->setVisible(!error.isEmpty());
}

void TaskForm::Complete(const QJsonObject& values) {
  complete_->setEnabled(false);
  const std::string json = QJsonDocument(values).toJson(QJsonDocument::Compact).toStdString();
  const std::string key = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
  backend_->Call(
      this,
      [task = task_.id(), json, key](const connection::Connection& backend) {
        return CompleteTask(backend, task, json, key);
      },
      [this](const absl::Status& status) {
        if (status.ok()) return;  // the instance moves, and this form goes
        Say(MessageOf(status));
        complete_->setEnabled(true);
      });
}

}  // namespace ameide::workbench
