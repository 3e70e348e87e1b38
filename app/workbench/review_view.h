#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "app/workbench/review_items.h"
#include "app/workbench/workspace_service.h"
#include "modeler/host/bpmn_editor.h"

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;
class QVBoxLayout;

namespace ameide::workbench {

class ReviewActions;
class Theme;

/// The Review side view of the artifact in front: what can be decided about it and what keeps it from its
/// next state; conflicts with both values, decided in place; requests with verdicts; signed approvals;
/// comments on elements; and the proposals of the workspace. UI thread; the store is read and written off it.
class ReviewView : public QWidget {
  Q_OBJECT

 public:
  ReviewView(const Theme* theme, WorkspaceService* workspace, QWidget* parent = nullptr);

  void SetArtifact(const std::optional<uaf::Artifact>& artifact);
  /// The element that is selected on the diagram, which a new comment is about; empty for none.
  void SetElement(const QString& id, const QString& name);
  void Refresh();
  void FocusList();
  const ReviewState& state() const { return state_; }
  /// The artifact that it is about.
  std::optional<uaf::ArtifactId> artifact() const {
    return artifact_ ? std::optional(artifact_->id) : std::nullopt;
  }
  /// Open comments and conflicts, for the diagram.
  std::vector<modeler::ElementBadge> Marks() const;

 Q_SIGNALS:
  /// The user wants to see this element of the artifact.
  void activated(QString path, QString element, int line);
  /// state() is another one.
  void loaded();
  /// The user wants to see what a proposal changes.
  void compareWanted(QString branch, QString title);

 public:
  // What the buttons do, for actions.
  void Approve();
  void Promote();
  ReviewActions* decisions() { return decisions_; }

 private:
  using Work = std::function<absl::StatusOr<uaf::Receipt>(uaf::Workspace&)>;

  void Take(const absl::StatusOr<ReviewState>& state);
  QTreeWidgetItem* AddGroup(const QString& text, const std::vector<ReviewItem>& items, const char* icon);
  void ShowActions();
  void ShowConflict(const ReviewItem& item);
  void ShowRequest(const ReviewItem& item);
  void ShowThread(const ReviewItem& item);
  void ShowProposal(const ReviewItem& item);
  void RequestChanges(const QString& text);
  void ShowNew();
  /// Says what a new comment is about.
  void OfferComment(QLineEdit* text) const;
  QLineEdit* AddField(const QString& placeholder, const char* name);
  void AddButton(const QString& text, const char* role, std::function<void()> run);
  /// Does something in the store, tells when it does not work, and shows what is there afterwards.
  void Do(Work work);
  void Record(uaf::EventBody body);
  const ReviewItem* Current() const;

  const Theme* theme_;
  WorkspaceService* workspace_;
  std::optional<uaf::Artifact> artifact_;
  QString element_;
  QString element_name_;
  ReviewState state_;
  QLabel* standing_;
  ReviewActions* decisions_;
  QTreeWidget* tree_;
  QLabel* empty_;
  QStackedWidget* stack_;
  QWidget* actions_ = nullptr;
  QVBoxLayout* actions_column_ = nullptr;
  QHBoxLayout* buttons_ = nullptr;
  QVBoxLayout* column_;
  QLabel* error_;
  QTimer pause_;
  uint64_t asked_ = 0;
};

}  // namespace ameide::workbench
