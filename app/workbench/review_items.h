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
  enum class Kind { kConflict, kRequest, kVerdict, kComment, kReply, kReason };
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
  bool settled = false;  ///< a comment that was resolved
  QString key;           ///< what names it: of a conflict, or of an event
  std::vector<Side> sides;
  std::vector<ReviewItem> answers;  ///< verdicts or replies, oldest first
};

/// All of one artifact.
struct ReviewState {
  QString standing;    ///< the state that it is in: "draft"
  QString next_state;  ///< that it may be promoted to next; empty: none
  std::vector<ReviewItem> conflicts;
  std::vector<ReviewItem> requests;  ///< newest first
  std::vector<ReviewItem> comments;  ///< open ones first, newest first
  std::vector<ReviewItem> reasons;   ///< what keeps it from `next_state`
};

/// Everything that there is now. Errors as of Workspace::Lifecycle and Conflicts.
absl::StatusOr<ReviewState> LoadReview(const uaf::Workspace& workspace, const uaf::Artifact& artifact);

}  // namespace ameide::workbench
