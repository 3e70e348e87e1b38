#pragma once

#include <QFrame>
#include <QJsonObject>
#include <QList>
#include <functional>

#include "ameide/process/v1/process.pb.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace ameide::workbench {

class BackendService;
class WorkspaceService;

/// A user task with its fields: those of its form artifact where it has one, else its variables as JSON.
class TaskForm : public QFrame {
  Q_OBJECT

 public:
  TaskForm(WorkspaceService* workspace, BackendService* backend, const process::v1::Task& task,
           QWidget* parent);

  /// What the fields hold now.
  QJsonObject Values() const;

 private:
  /// One field that can be filled in; `read` gives its value.
  struct Field {
    QString key;
    std::function<QJsonValue()> read;
  };
  void LoadForm();
  void BuildForm(const QJsonObject& form);
  void BuildJson();
  void Complete();

  WorkspaceService* workspace_;
  BackendService* backend_;
  process::v1::Task task_;
  QJsonObject variables_;
  QWidget* fields_widget_ = nullptr;
  QList<Field> fields_;
  QPlainTextEdit* json_ = nullptr;
  QLabel* error_ = nullptr;
  QPushButton* complete_ = nullptr;
};

}  // namespace ameide::workbench
