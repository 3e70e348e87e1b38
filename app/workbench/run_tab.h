#pragma once

#include <QHash>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ameide/process/v1/process.pb.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/durations.h"
#include "app/workbench/editor_tab.h"

class QComboBox;
class QLabel;
class QPushButton;
class QSplitter;
class QVBoxLayout;

namespace ameide::modeler {
class BpmnEditor;
}

namespace ameide::workbench {

class HeatLegend;
class TaskForm;
class TraceTimeline;
class VariableTable;
class WorkspaceService;

/// One instance of a process: tokens on its diagram, how long its elements take, when each was active, tasks
/// to complete, variables and what they were before, what stopped it, and what it wrote into domains. Follows
/// the instance while it is open.
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
  void FocusContent() override;
  /// Colours the elements by how long they take, or not.
  void SetHeat(bool shown);
  /// What the colours say; empty while they are not shown.
  const std::vector<ElementDuration>& heat() const { return heat_; }

 Q_SIGNALS:
  /// The instance moved.
  void moved();

 private:
  QWidget* MakeBar();
  QWidget* MakeInspector();
  void Follow();
  void Take(const process::v1::Instance& state);
  void LoadDiagram();
  void ShowTokens();
  void ShowTasks();
  void ShowIncidents();
  void ShowVariables();
  void ShowEntities();
  void LoadTrace();
  void LoadHeat();
  void ShowHeat(std::vector<ElementDuration> heat, size_t runs);
  void SetVariable(const QString& name, const QJsonValue& value);
  void Fail(const char* what, const absl::Status& status);
  QString NameOf(const std::string& element) const;

  WorkspaceService* workspace_;
  BackendService* backend_;
  QString instance_;
  process::v1::Instance state_;
  std::unique_ptr<BackendService::Watch> watch_;
  modeler::BpmnEditor* editor_;
  bool diagram_loaded_ = false;
  bool painted_ = false;
  QHash<QString, QString> names_;  ///< of elements that have one, by id
  QSplitter* rows_ = nullptr;
  QPushButton* heat_button_ = nullptr;
  QComboBox* heat_scope_ = nullptr;
  HeatLegend* legend_ = nullptr;
  QLabel* heat_note_ = nullptr;
  QPushButton* trace_button_ = nullptr;
  TraceTimeline* trace_ = nullptr;
  VariableTable* table_ = nullptr;
  std::vector<ElementDuration> heat_;
  bool loading_trace_ = false;
  bool trace_again_ = false;
  bool loading_heat_ = false;
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
