#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <QSet>
#include <QTimer>
#include <functional>
#include <memory>
#include <vector>

#include "app/workbench/artifact_model.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

namespace ameide::bpmn {
class LintSession;
}

namespace ameide::workbench {

class Theme;
class WorkspaceService;

/// A finding in one artifact.
struct Problem {
  QString path;
  uaf::document::Finding finding;
};

/// What models are checked for: where they are to run. A choice of each workspace on this machine.
struct LintTarget {
  QString id;  ///< "embedded", "temporal", "camunda8", "documentation"
  QString name;
  QString explanation;  ///< which rules hold
};
/// All of them, the usual one first.
const std::vector<LintTarget>& LintTargets();

/// What lint finds in every model of the workspace, kept up to date off the UI thread: an artifact is checked
/// again after each change of it, once for all changes that came meanwhile. Of the diagram that is being
/// edited what an edit touches is checked at once, and the whole, with the schemas, when nothing came for a
/// while.
class ProblemsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kMessage, kElement, kRule, kFile, kColumns };

  ProblemsModel(const Theme* theme, WorkspaceService* workspace, QObject* parent = nullptr);

  const Problem& At(int row) const { return rows_[static_cast<size_t>(row)]; }
  int errors() const { return errors_; }
  int warnings() const { return warnings_; }
  int notes() const { return static_cast<int>(rows_.size()) - errors_ - warnings_; }
  /// Of one artifact; valid until the next check of it.
  const std::vector<uaf::document::Finding>& Of(const QString& path) const;
  /// No check is waiting or running.
  bool idle() const { return waiting_.isEmpty() && running_.isEmpty() && !edited_.busy; }

  /// The id of the target that this workspace's models are checked for.
  const QString& target() const { return target_; }
  /// Checks everything again, for another target; remembered for this workspace.
  void SetTarget(const QString& id);

  /// Makes the fixes of those problems of an artifact that `chosen` takes, as one change that can be undone.
  /// `done` gets how many were made: none when the artifact has changed so that they are not there any more.
  void Mend(const QString& path, std::function<bool(const uaf::document::Finding&)> chosen, QObject* context,
            std::function<void(absl::StatusOr<int> made)> done);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 Q_SIGNALS:
  /// An artifact was checked; `differs`: other problems than before, apart from their lines.
  void checked(QString path, ProblemCount count, bool differs);
  void targetChanged();

 private:
  /// The diagram that was edited last, as it was checked last. The session is used by checks only, which run
  /// one after the other.
  struct Edited {
    QString path;
    uaf::ArtifactId artifact;
    std::shared_ptr<bpmn::LintSession> session;
    uaf::EventId head;                           ///< of what the session was made from
    std::vector<uaf::EventId> events;            ///< recorded since, not checked yet
    std::vector<uaf::document::Finding> schema;  ///< of the last check of the whole
    bool busy = false;
  };

  void OnArtifacts();
  void OnRecorded(const std::vector<uaf::ChangeSetSummary>& events);
  void CheckEdits();
  /// `alone`: no others are to be checked, so that somebody seems to edit it.
  void CheckWhole(const QString& path, bool alone);
  void ReadTarget();
  void CheckWaiting();
  void Take(const QString& path, std::vector<uaf::document::Finding> findings);
  void MoveLines(const QString& path, std::vector<uaf::document::Finding> findings);
  std::vector<uaf::Artifact> OtherDecisions(const uaf::Artifact& artifact) const;
  void Rebuild();

  const Theme* theme_;
  WorkspaceService* workspace_;
  QHash<QString, std::vector<uaf::document::Finding>> found_;
  QHash<QString, uaf::EventId> checked_;  ///< the head that an artifact was checked at
  QSet<QString> waiting_;
  Edited edited_;
  QTimer pause_;
  QTimer calm_;  ///< runs while the edited diagram keeps changing
  QSet<QString> running_;
  QString target_;
  std::vector<Problem> rows_;
  int errors_ = 0;
  int warnings_ = 0;
};

}  // namespace ameide::workbench
