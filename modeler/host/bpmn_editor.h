#pragma once

#include <QString>
#include <QStringList>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "modeler/host/bridge.h"
#include "modeler/host/editor_scheme.h"
#include "modeler/host/web_page.h"
#include "uaf/document/document.h"
#include "uaf/workspace.h"

namespace ameide::modeler {

/// What an editor asks to be recorded as one change set. Operations may name nodes made by the same change as
/// NodeId{EventId{}, ordinal}.
struct EditorChange {
  uint64_t ticket = 0;  ///< to be given back to Acknowledge or Refuse
  std::string label;    ///< for people
  std::vector<uaf::document::Op> ops;
  std::string coalesce_key;
};

/// A badge at an element of the diagram.
struct ElementBadge {
  std::string element;  ///< its id
  std::string text;
  std::string tone;   ///< "token", "error", "warning" or "comment"
  std::string title;  ///< for people who point at it; may be empty
};

/// bpmn-js in a locked browser, over a document that lives here. Edits are asked for one at a time and in
/// order: the next one is sent when the last is acknowledged. When the browser's process ends, the editor is
/// loaded again and shows the document as it is here; nothing is lost. UI thread only.
class BpmnEditor : public WebPage {
  Q_OBJECT

 public:
  explicit BpmnEditor(QWidget* parent = nullptr);
  ~BpmnEditor() override;

  /// Shows a document. Viewport and selection stay when one is shown already. Edits that are not acknowledged
  /// are forgotten: `document` is the truth. `head` is its newest event.
  void Open(uaf::document::Document document, const uaf::EventId& head, bool read_only);
  /// A change is durable.
  void Acknowledge(uint64_t ticket, const uaf::Receipt& receipt);
  /// A change was not recorded. The caller opens the document again right after.
  void Refuse(uint64_t ticket);
  /// Shows operations that were recorded elsewhere (by others, by undo and redo). What cannot be applied here
  /// emits `problem`.
  void ApplyPatch(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event);

  /// Selects an element by its id and scrolls to it.
  void SelectElement(const QString& id);
  /// Shows badges instead of all earlier ones.
  void ShowOverlays(const std::vector<ElementBadge>& badges);
  void SetPropertiesVisible(bool visible);
  /// "zoomFit", "zoomIn", "zoomOut" or "toggleMinimap".
  void Command(const QString& name);

  /// Compares what the editor would save with the document here; `done` gets the differences, empty when
  /// there are none. For tests and the debug mode: a full save.
  void Compare(std::function<void(QStringList)> done);

  const uaf::document::Document* document() const { return bridge_ ? &bridge_->document() : nullptr; }
  /// Changes that are not acknowledged yet.
  int pending() const { return static_cast<int>(queue_.size()) + (in_flight_ != 0 ? 1 : 0); }

 Q_SIGNALS:
  void changed(const ameide::modeler::EditorChange& change);
  void selectionChanged(const QStringList& ids);
  void undoRequested();
  void redoRequested();
  void saveRequested();
  void commandSearchRequested();
  /// The document that was opened last is on the screen.
  void painted();
  /// The browser's process ended and the editor shows the document again.
  void processRestored();
  /// Something could not be shown; for people. Opening the document again heals it.
  void problem(const QString& message);

 protected:
  bool Begin(const QJsonObject& hello) override;
  void Receive(const QJsonObject& message, const QString& json) override;
  void Ended() override;

 private:
  void SendDocument(bool keep_view);
  void TakeDelta(const QString& json);
  void Submit();

  std::unique_ptr<Bridge> bridge_;
  bool read_only_ = false;
  bool shown_ = false;
  bool restoring_ = false;
  uint64_t base_ = 0;
  uint64_t last_seq_ = 0;
  std::deque<Edit> queue_;
  uint64_t in_flight_ = 0;  ///< ticket, 0 for none
  bool properties_ = true;
  std::vector<ElementBadge> badges_;
  std::vector<std::function<void(QStringList)>> comparisons_;
};

}  // namespace ameide::modeler
