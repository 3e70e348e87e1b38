#pragma once

#include <QFrame>
#include <QJsonObject>

#include "ameide/process/v1/process.pb.h"

class QLabel;
class QPushButton;

namespace ameide::modeler {
class FormView;
}

namespace ameide::workbench {

class BackendService;
class Theme;
class VariableTable;
class WorkspaceService;

/// A user task with its fields: those of its form artifact (form-js) where it has one, else a table of
/// variables. UI thread.
class TaskForm : public QFrame {
  Q_OBJECT

 public:
  TaskForm(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
           const process::v1::Task& task, QWidget* parent);

  /// The form is on the screen; false for ever where the task has none.
  bool rendered() const { return rendered_; }
  modeler::FormView* form() { return form_; }

 private:
  void LoadForm();
  void BuildForm(const QJsonObject& form);
  void BuildTable();
  void Complete(const QJsonObject& values);
  void Say(const QString& error);

  const Theme* theme_;
  WorkspaceService* workspace_;
  BackendService* backend_;
  process::v1::Task task_;
  QJsonObject variables_;
  QWidget* fields_widget_ = nullptr;
  modeler::FormView* form_ = nullptr;
  VariableTable* table_ = nullptr;
  bool rendered_ = false;
  QLabel* error_ = nullptr;
  QPushButton* complete_ = nullptr;
};

}  // namespace ameide::workbench
