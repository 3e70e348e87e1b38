#pragma once

#include <QWidget>
#include <vector>

#include "app/publishing/plan.h"

class QLabel;
class QPushButton;
class QStackedWidget;
class QTreeWidget;

namespace ameide::workbench {

class Theme;
class WorkspaceService;

/// What was published from this workspace, newest first, and the way back to an earlier one.
class PublishHistory : public QWidget {
  Q_OBJECT

 public:
  PublishHistory(const Theme* theme, WorkspaceService* workspace, QWidget* parent = nullptr);

  void Refresh();
  /// Rolling back is possible now; else `why` says why not.
  void SetReady(bool ready, const QString& why);

 Q_SIGNALS:
  /// Publish again what went then.
  void rollBackWanted(publishing::PastPublication past);

 private:
  void Show(std::vector<publishing::PastPublication> past);
  void RefreshButton();

  const Theme* theme_;
  WorkspaceService* workspace_;
  QTreeWidget* list_;
  QStackedWidget* stack_;
  QPushButton* back_;
  std::vector<publishing::PastPublication> past_;
  bool ready_ = false;
  QString why_;
};

}  // namespace ameide::workbench
