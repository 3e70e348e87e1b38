#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <QSet>
#include <QTimer>
#include <QWidget>
#include <vector>

#include "app/workbench/artifact_model.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

class QStackedWidget;
class QTreeView;

namespace ameide::workbench {

class Theme;
class WorkspaceService;

/// A finding in one artifact.
struct Problem {
  QString path;
  uaf::document::Finding finding;
};

/// What lint finds in every model of the workspace, kept up to date off the UI thread: an artifact is checked
/// again after each change of it.
class ProblemsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kMessage, kElement, kFile, kColumns };

  ProblemsModel(const Theme* theme, WorkspaceService* workspace, QObject* parent = nullptr);

  const Problem& At(int row) const { return rows_[static_cast<size_t>(row)]; }
  int errors() const { return errors_; }
  int warnings() const { return warnings_; }
  /// Of one artifact.
  std::vector<uaf::document::Finding> Of(const QString& path) const { return found_.value(path); }
  /// No check is waiting or running.
  bool idle() const { return waiting_.isEmpty() && running_ == 0; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 Q_SIGNALS:
  void checked(QString path, ProblemCount count);

 private:
  void OnArtifacts();
  void CheckWaiting();
  void Take(const QString& path, std::vector<uaf::document::Finding> findings);
  std::vector<uaf::Artifact> OtherDecisions(const uaf::Artifact& artifact) const;
  void Rebuild();

  const Theme* theme_;
  WorkspaceService* workspace_;
  QHash<QString, std::vector<uaf::document::Finding>> found_;
  QHash<QString, uaf::EventId> checked_;  ///< the head that an artifact was checked at
  QSet<QString> waiting_;
  QTimer pause_;
  int running_ = 0;
  std::vector<Problem> rows_;
  int errors_ = 0;
  int warnings_ = 0;
};

/// The list of problems; one click goes to the element.
class ProblemsPanel : public QWidget {
  Q_OBJECT

 public:
  ProblemsPanel(ProblemsModel* model, QWidget* parent = nullptr);

 Q_SIGNALS:
  void activated(QString path, QString element, int line);

 private:
  ProblemsModel* model_;
  QTreeView* list_;
  QStackedWidget* stack_;
};

}  // namespace ameide::workbench
