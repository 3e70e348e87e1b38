#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/workbench/editor_tab.h"
#include "app/workbench/workspace_service.h"
#include "uaf/document/document.h"
#include "uaf/workspace.h"

namespace ameide::workbench {

/// A state of an artifact in the past, for looking at.
struct PastState {
  QString when;      ///< "14:03", "12 Nov, 14:03"
  QString what;      ///< "Move task, by Ada"
  QString revision;  ///< what Workspace::ResolveCut takes: an event or a commit
  WallTime time{};   ///< when it was, where that is known
};

class TimeBar;

/// A tab that shows and edits one artifact: loads it, records edits, follows what others record, shows the
/// past read-only with a way back. Subclasses show documents.
class ArtifactTab : public EditorTab {
  Q_OBJECT

 public:
  ArtifactTab(const Theme* theme, WorkspaceService* workspace, const uaf::Artifact& artifact,
              QWidget* parent);

  QString Key() const override;
  QString Title() const override;
  QString IconName() const override;
  QString ToolTip() const override;
  std::optional<uaf::ArtifactId> artifact() const override { return artifact_.id; }
  const uaf::Artifact& state() const { return artifact_; }

  /// Shows the artifact as it was, with a banner that offers Restore, Compare and Back, and a bar to walk
  /// through time. Of several that are asked for at once, the last one is shown.
  void ShowPast(const PastState& past);
  /// Shows one state after the other, from the first to the last.
  void Replay();
  /// Back to now. Nothing happens when now is shown.
  void LeavePast();
  bool in_past() const { return past_.has_value(); }
  const std::optional<PastState>& past() const { return past_; }
  /// Makes the present state equal to the past one that is shown, as a new change set.
  void Restore();

  void Undo();
  void Redo();
  /// Edits that were handed over and are not durable yet.
  int in_flight() const { return in_flight_; }

 Q_SIGNALS:
  /// An own edit is durable.
  void acknowledged(QString label);
  /// Undo or redo could not be done; for people.
  void refused(QString why);
  /// A state of the past is handed to the editor.
  void pastShown(PastState past);
  /// The user wants to see what differs between that state and now.
  void compareWanted(PastState before);

 protected:
  /// Shows a document; `head` is its newest event (empty in the past). Called after loading and to heal.
  virtual void ShowDocument(uaf::document::Document document, const uaf::EventId& head, bool read_only) = 0;
  /// Others' operations (also undo and redo) that are recorded and not shown yet.
  virtual void ApplyRecorded(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event) = 0;
  /// The present state became another one: it has to be shown. Subclasses that hold what is not recorded yet
  /// hand that over first.
  virtual void ShowPresent() { Reload(); }
  /// An own edit is durable, or was refused (then the artifact is loaded again).
  virtual void Acknowledged(uint64_t ticket, const absl::StatusOr<uaf::Receipt>& receipt) = 0;

  /// Records an own edit; `ticket` comes back in Acknowledged.
  void Record(uint64_t ticket, uaf::Command command);
  /// Loads the present state again and shows it.
  void Reload();
  WorkspaceService* workspace() { return workspace_; }
  bool read_only() const;
  /// Marks an event as made by this tab, so that it is not applied again.
  void MarkOwn(const uaf::EventId& event) { own_.insert(event); }

 private:
  void OnRecorded(const WorkspaceService::Events& events);
  void OnMoved(const std::vector<uaf::ArtifactId>& artifacts);
  void OnArtifacts();
  void TakeNext();
  void Turn(bool redo);
  void LoadPast();
  void ShowPastBanner();

  WorkspaceService* workspace_;
  uaf::Artifact artifact_;
  std::optional<PastState> past_;
  TimeBar* time_bar_ = nullptr;
  bool loading_past_ = false;
  int in_flight_ = 0;
  bool loading_ = false;
  bool taking_ = false;
  bool moved_ = false;  ///< what is shown belongs to another state than the present
  std::set<uaf::EventId> own_;
  std::deque<uaf::EventId> foreign_;  ///< recorded by others, not shown yet
};

}  // namespace ameide::workbench
