#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

#include "app/workbench/artifact_tab.h"
#include "uaf/workspace.h"

class QLabel;
class QSlider;
class QToolButton;

namespace ameide::workbench {

/// The bar below a state of the past: a slider over every change of the artifact, oldest at the left, and a
/// button that replays how it grew. The arrow keys walk from change to change. UI thread.
class TimeBar : public QWidget {
  Q_OBJECT

 public:
  TimeBar(const Theme* theme, WorkspaceService* workspace, const uaf::ArtifactId& artifact, QWidget* parent);

  /// Reads the changes, then stands at the state that `revision` names (a commit: at its time).
  void Begin(const PastState& past);
  /// A state is on the screen. While it plays, the next one follows after a moment.
  void OnShown(const PastState& past);
  /// Begins at the first change and goes on to the last.
  void Replay();
  void Stop();
  bool playing() const { return playing_; }
  QSlider* slider() { return slider_; }

 Q_SIGNALS:
  /// The user moved to this state.
  void wanted(PastState past);

 private:
  struct Moment {
    QString revision;
    QString label;
    QString author;
    WallTime time;
  };
  void Take(std::vector<Moment> moments);
  void StandAt(const PastState& past);
  PastState StateAt(int place) const;
  void Tell();
  void Step();
  void ShowPlaying(bool playing);

  const Theme* theme_;
  WorkspaceService* workspace_;
  uaf::ArtifactId artifact_;
  QToolButton* play_;
  QSlider* slider_;
  QLabel* place_;
  std::vector<Moment> moments_;  ///< oldest first
  PastState shown_;
  bool playing_ = false;
  bool replay_when_read_ = false;
  QTimer pause_;
};

}  // namespace ameide::workbench
