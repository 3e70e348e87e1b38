#pragma once

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QSize>
#include <QString>
#include <QStringList>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
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

/// How warm an element of the diagram is.
struct ElementHeat {
  std::string element;  ///< its id
  int level = 1;        ///< 1 (palest) to 5
  std::string text;     ///< below the element
  std::string title;    ///< for people who point at it
};

/// One thing that happened to an element of a process that is played.
struct ElementStep {
  std::string element;  ///< its id
  bool begins = false;  ///< else it ended
};

/// What lint says of an element of the diagram.
struct ElementProblem {
  std::string element;             ///< its id
  bool error = false;              ///< else a warning
  std::string title;               ///< the messages, a line each
  std::vector<std::string> fixes;  ///< titles of what mends it
  bool operator==(const ElementProblem&) const = default;
};

/// A diagram as it is on paper: dark on white, without what serves working.
struct DiagramPicture {
  QByteArray svg;
  QByteArray png;  ///< empty when none was asked for
  QSize size;      ///< of the drawing, in its own units (96 to an inch)
};

/// How elements are copied between diagrams, windows and programs.
inline constexpr char kDiagramMime[] = "application/x-ameide-bpmn";

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
  /// Colours elements instead of those coloured before.
  void ShowHeat(const std::vector<ElementHeat>& heat);
  /// Lets tokens travel over the flows that `steps` went, from those on `before` to those on `after` (ids of
  /// flows); badges that are shown from now on wait for the end. Nothing moves where the system asks for
  /// reduced motion.
  void ShowTravel(const std::vector<std::string>& before, const std::vector<ElementStep>& steps,
                  const std::vector<std::string>& after);
  /// Marks elements instead of those marked before, each named once. Costs the page what differs.
  void ShowProblems(const std::vector<ElementProblem>& problems);
  void SetPropertiesVisible(bool visible);
  /// "zoomFit", "zoomIn", "zoomOut" or "toggleMinimap".
  void Command(const QString& name);
  /// One of bpmn-js's own actions ("copy", "alignElements"), as if its key had been pressed; nothing happens
  /// where it makes no sense.
  void Act(const QString& action, const QJsonObject& options = {});
  /// Draws the diagram that is shown, or of it what is selected; with `png_scale` pixels for each unit of the
  /// drawing as PNG, 0 for none. `done` is called once, with UNAVAILABLE when the browser's process ends
  /// meanwhile.
  void TakePicture(bool selected_only, int png_scale,
                   std::function<void(absl::StatusOr<DiagramPicture>)> done);

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
  /// One of an element's fixes is wanted.
  void mendRequested(const QString& element, const QString& title);
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

  void showEvent(QShowEvent* event) override;

 private:
  /// Tells the page what can be pasted.
  void SendClipboard();
  void TakePictureMessage(const QJsonObject& message);
  void SendDocument(bool keep_view);
  void SendProblems(bool reset, const QJsonArray& problems, const QJsonArray& gone);
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
  std::vector<ElementHeat> heat_;
  std::map<std::string, ElementProblem> problems_;  ///< by element
  std::vector<std::function<void(QStringList)>> comparisons_;
  std::map<int, std::function<void(absl::StatusOr<DiagramPicture>)>> pictures_;
  int last_picture_ = 0;
};

}  // namespace ameide::modeler
