#pragma once

#include <QHash>
#include <QPointer>
#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "app/publishing/publication.h"

class QLabel;
class QListWidget;
class QPushButton;
class QTreeWidget;
class QVBoxLayout;

namespace ameide::publish::v1 {
class PublishResponse;
class Result;
}  // namespace ameide::publish::v1

namespace ameide::workbench {

class BackendService;
class Theme;
class WorkspaceService;

/// The Publish sheet: what will go, the stages as they happen, what stands in the way (a click selects the
/// element), and the way on after success.
class PublishPanel : public QWidget {
  Q_OBJECT

 public:
  PublishPanel(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
               QWidget* parent = nullptr);

  /// Shows what would go, without sending anything.
  void Prepare();
  /// Sends it.
  void Publish();
  bool busy() const { return busy_; }

 Q_SIGNALS:
  /// A finding was clicked.
  void activated(QString path, QString element, int line);
  /// The user wants to start this process.
  void startWanted(QString process);
  /// How a publish ended: "deployed", "unchanged", "refused" or "failed"; `text` is for people.
  void finished(QString outcome, QString text);

 private:
  void ResetStages();
  /// Sends what was gathered and judged, and records that it went.
  void Send(const std::shared_ptr<const publishing::Publication>& publication);
  /// Tells what stands in the way before anything is sent.
  void ShowObstacles(const std::vector<publishing::Obstacle>& obstacles);
  void Show(const publish::v1::PublishResponse& response);
  void Finish(const absl::StatusOr<publish::v1::Result>& result);
  void End(const QString& outcome, const QString& text, const char* role);
  void AddFinding(const QString& icon, const QString& message, const QString& path, const QString& element,
                  int line);
  void SetStage(int stage, const QString& icon, const QString& role, const QString& text);

  const Theme* theme_;
  WorkspaceService* workspace_;
  BackendService* backend_;
  QListWidget* artifacts_;
  QVBoxLayout* stages_;
  QHash<int, QLabel*> stage_icons_;
  QHash<int, QLabel*> stage_texts_;
  QTreeWidget* findings_;
  QLabel* outcome_;
  QPushButton* publish_;
  QPushButton* start_;
  QString process_;
  bool busy_ = false;
};

}  // namespace ameide::workbench
