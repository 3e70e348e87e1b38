#pragma once

#include <QObject>
#include <QString>
#include <QVariant>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modeler/host/bpmn_editor.h"

namespace ameide::modeler {

/// A real editor in a real browser, offscreen, with a store of its own that records every change at once: the
/// other end of the bridge without a workspace. Every wait is for a condition and bounded.
class EditorHarness : public QObject {
  Q_OBJECT

 public:
  EditorHarness();
  ~EditorHarness() override;

  /// Shows a document and waits until it is painted; false after 30 s or when it cannot be shown.
  bool Open(std::string_view xml, bool read_only = false);
  /// Runs JavaScript in the page, where `modeler` is the bpmn-js instance; the result of the last expression.
  QVariant Run(const QString& javascript);
  /// Waits until every message that the page has sent is handled and recorded.
  void Settle();
  /// What a full save of the editor and the recorded document disagree in.
  QStringList Differences();
  /// The document as it is recorded: independent of the editor's own copy.
  std::string Recorded() const;
  /// Undoes the last recorded change, as the workbench does: recorded as a new change, then shown. False
  /// without one.
  bool Undo();
  /// Does the last undone change again.
  bool Redo();
  /// Waits until the editor has taken back a command that threw; forgets the problem that this reported.
  bool Restored();
  /// Forces the browser's process to end and waits until the editor is restored.
  bool Crash();

  BpmnEditor* editor() { return editor_.get(); }
  int recorded_changes() const { return static_cast<int>(done_.size()); }
  const QStringList& labels() const { return labels_; }
  const QStringList& problems() const { return problems_; }

 private:
  struct Change {
    std::vector<uaf::document::Op> inverse;
  };
  void Record(const EditorChange& change);
  /// Applies operations to the recorded document under a new event; nullopt on failure.
  std::optional<std::vector<uaf::document::Op>> Apply(const std::vector<uaf::document::Op>& ops,
                                                      const uaf::EventId& event);
  bool Turn(std::vector<Change>& from, std::vector<Change>& to);

  std::unique_ptr<BpmnEditor> editor_;
  std::optional<uaf::document::Document> recorded_;
  std::vector<Change> done_;
  std::vector<Change> undone_;
  QStringList labels_;
  QStringList problems_;
  bool painted_since_problem_ = false;
  uint64_t seq_ = 1;
};

/// The reference models of the BPMN Model Interchange Working Group; empty where they are absent.
QStringList MiwgModels();

}  // namespace ameide::modeler
