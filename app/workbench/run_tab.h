#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ameide/process/v1/process.pb.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/editor_tab.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace ameide::modeler {
class BpmnEditor;
}

namespace ameide::workbench {

class TaskForm;
class WorkspaceService;

/// One instance of a process: tokens on its diagram, tasks to complete, variables, what stopped it, and what
/// it wrote into domains. Follows the instance while it is open.
class RunTab : public EditorTab {
  Q_OBJECT

 public:
  RunTab(const Theme* theme, WorkspaceService* workspace, BackendService* backend, const QString& instance,
         QWidget* parent);

  QString Key() const override { return QStringLiteral("run:") + instance_; }
  QString Title() const override;
  QString IconName() const override { return QStringLiteral("runs"); }
  const process::v1::Instance& state() const { return state_; }
  modeler::BpmnEditor* editor() { return editor_; }
  /// The diagram is on the screen.
  bool painted() const { return painted_; }

 Q_SIGNALS:
  /// The instance moved.
  void moved();

 private:
  QWidget* MakeInspector();
  void Follow();
  void Take(const process::v1::Instance& state);
  void LoadDiagram();
  void ShowTokens();
  void ShowTasks();
  void ShowIncidents();
  void ShowVariables();
  void ShowEntities();

  WorkspaceService* workspace_;
  BackendService* backend_;
  QString instance_;
  process::v1::Instance state_;
  std::unique_ptr<BackendService::Watch> watch_;
  modeler::BpmnEditor* editor_;
  bool diagram_loaded_ = false;
  bool painted_ = false;
  QLabel* title_ = nullptr;
  QLabel* status_ = nullptr;
  QPushButton* cancel_ = nullptr;
  QVBoxLayout* tasks_ = nullptr;
  QVBoxLayout* incidents_ = nullptr;
  QVBoxLayout* variables_ = nullptr;
  QVBoxLayout* entities_ = nullptr;
  std::string shown_tasks_;
  std::string shown_variables_;
  std::string shown_incidents_;
};

}  // namespace ameide::workbench
