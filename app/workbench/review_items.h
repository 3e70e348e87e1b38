#pragma once

#include <QDateTime>
#include <QString>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/workspace.h"

/// What people have to say about an artifact and have to decide. Reads the store: not for the UI thread.
namespace ameide::workbench {

/// A conflict, a request, a comment, or what keeps the artifact from its next state.
struct ReviewItem {
  enum class Kind { kConflict, kRequest, kVerdict, kComment, kReply, kReason, kApproval, kProposal };
  /// One of the values that are in conflict.
  struct Side {
    QString value;
    QString who;          ///< "Ada, 14:03"
    bool stands = false;  ///< it is what the state shows
  };
  Kind kind = Kind::kComment;
  QString title;
  QString who;
  QDateTime time;
  QString element;       ///< id of the element that it is about; may be empty
  QString element_name;  ///< what people call it; may be empty
  bool settled = false;  ///< a comment that was resolved; an approval that does not count
  QString detail;        ///< why an approval does not count; how far a proposal is from main
  bool here = false;     ///< the proposal that the workspace is on
  QString key;           ///< what names it: of a conflict, of an event, or a branch
  std::vector<Side> sides;
  std::vector<ReviewItem> answers;  ///< verdicts or replies, oldest first
};

/// All of one artifact, and the proposals of its workspace.
struct ReviewState {
  QString standing;    ///< the state that it is in: "draft"
  QString next_state;  ///< that it may be promoted to next; empty: none
  std::vector<ReviewItem> conflicts;
  std::vector<ReviewItem> requests;   ///< newest first
  std::vector<ReviewItem> comments;   ///< open ones first, newest first
  std::vector<ReviewItem> reasons;    ///< what keeps it from `next_state`
  std::vector<ReviewItem> approvals;  ///< signed; newest first
  std::vector<ReviewItem> proposals;  ///< open ones of the workspace, newest first
  QString branch;                     ///< that the workspace is on
};

/// Everything that there is now; without an artifact the proposals alone. Errors as of Workspace::Lifecycle,
/// Conflicts and Branches.
absl::StatusOr<ReviewState> LoadReview(const uaf::Workspace& workspace,
                                       const std::optional<uaf::Artifact>& artifact);

}  // namespace ameide::workbench
