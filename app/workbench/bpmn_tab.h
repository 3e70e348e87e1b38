#pragma once

#include <QString>

#include "app/workbench/artifact_tab.h"

namespace ameide::modeler {
class BpmnEditor;
struct EditorChange;
}  // namespace ameide::modeler

namespace ameide::workbench {

class ProblemsModel;

/// Edits a BPMN artifact on its diagram. The editor holds what is shown; every change goes to the store at
/// once.
class BpmnTab : public ArtifactTab {
  Q_OBJECT

 public:
  BpmnTab(const Theme* theme, WorkspaceService* workspace, ProblemsModel* problems,
          const uaf::Artifact& artifact, QWidget* parent);

  void Select(const QString& element, int line) override;
  void FocusContent() override;
  bool Busy() const override;
  modeler::BpmnEditor* editor() { return editor_; }
  /// The diagram is on the screen.
  bool painted() const { return painted_; }

 Q_SIGNALS:
  void diagramPainted();

 protected:
  void ShowDocument(uaf::document::Document document, const uaf::EventId& head, bool read_only) override;
  void ApplyRecorded(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event) override;
  void Acknowledged(uint64_t ticket, const absl::StatusOr<uaf::Receipt>& receipt) override;

 private:
  void ShowProblems();
  void Send(const modeler::EditorChange& change);

  ProblemsModel* problems_;
  modeler::BpmnEditor* editor_;
  QString wanted_element_;  ///< to be selected when the diagram is there
  bool painted_ = false;
};

}  // namespace ameide::workbench
