#pragma once

#include <QHash>
#include <QPointer>
#include <QWidget>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/publishing/plan.h"
#include "app/publishing/publication.h"

class QLabel;
class QListWidget;
class QTabWidget;
class QTimer;
class QPushButton;
class QTreeWidget;
class QVBoxLayout;

namespace ameide::publish::v1 {
class PublishResponse;
class Result;
}  // namespace ameide::publish::v1

namespace ameide::workbench {

class BackendService;
class ProblemsModel;
class PublishHistory;
class Theme;
class WorkspaceService;

/// The Publish sheet: what will go and why, the gates and their state, the stages as they happen, what stands
/// in the way (a click selects the element), the way on after success, and what was published before with the
/// way back to it.
class PublishPanel : public QWidget {
  Q_OBJECT

 public:
  PublishPanel(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
               ProblemsModel* problems, QWidget* parent = nullptr);

  /// Shows what would go, without sending anything.
  void Prepare();
  /// Sends it.
  void Publish();
  /// Sends again what went then: its versions become the newest.
  void RollBack(const publishing::PastPublication& past);
  bool busy() const { return busy_; }
  /// What will go is shown as it is now.
  bool planned() const { return planned_; }

 Q_SIGNALS:
  /// A finding was clicked.
  void activated(QString path, QString element, int line);
  /// The user wants to start this process.
  void startWanted(QString process);
  /// How a publish ended: "deployed", "unchanged", "refused" or "failed"; `text` is for people.
  void finished(QString outcome, QString text);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void Plan();
  void ShowPlan(const absl::StatusOr<publishing::PublicationPlan>& plan);
  void ShowGates(const publishing::PublicationPlan& plan);
  void AddGate(bool open, const QString& text, const QString& tip, const QString& path = QString(),
               const QString& element = QString());
  /// Gathers by `gather`, off the UI thread, and sends it unless something stands in the way.
  void Begin(const QString& text,
             std::function<absl::StatusOr<publishing::Publication>(const uaf::Workspace&)> gather);
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
  ProblemsModel* problems_;
  QTreeWidget* artifacts_;
  QListWidget* gates_;
  QTabWidget* right_;
  PublishHistory* history_;
  QTimer* plan_pause_;
  publishing::PublicationPlan plan_;
  bool planning_ = false;
  bool planned_ = false;
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
