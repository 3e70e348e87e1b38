#pragma once

#include <QString>
#include <vector>

#include "app/workbench/artifact_tab.h"

namespace ameide::modeler {
class BpmnEditor;
struct EditorChange;
struct ElementBadge;
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
  ~BpmnTab() override;

  bool CanFind() const override { return !in_past(); }
  void OfferFind() override;
  void Select(const QString& element, int line) override;
  void FocusContent() override;
  bool Busy() const override;
  modeler::BpmnEditor* editor() { return editor_; }
  /// What people call an element of the diagram; empty where it has no name.
  QString NameOf(const QString& element) const;
  /// Shows what people say and have to decide beside the problems, in place of earlier marks.
  void ShowMarks(std::vector<modeler::ElementBadge> marks);
  /// The diagram is on the screen.
  bool painted() const { return painted_; }

 Q_SIGNALS:
  void diagramPainted();
  /// What became of something that was asked for; for people.
  void told(QString text);

 protected:
  void ShowDocument(uaf::document::Document document, const uaf::EventId& head, bool read_only) override;
  void ApplyRecorded(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event) override;
  void Acknowledged(uint64_t ticket, const absl::StatusOr<uaf::Receipt>& receipt) override;

 private:
  void ShowBadges();
  void ShowProblems();
  void Mend(const QString& element, const QString& title);
  void Send(const modeler::EditorChange& change);

  ProblemsModel* problems_;
  modeler::BpmnEditor* editor_;
  std::vector<modeler::ElementBadge> marks_;
  QString wanted_element_;  ///< to be selected when the diagram is there
  bool painted_ = false;
};

}  // namespace ameide::workbench
