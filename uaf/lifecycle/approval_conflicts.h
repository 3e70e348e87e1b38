#pragma once

#include <vector>

#include "uaf/lifecycle/authority.h"
#include "uaf/merge/conflict.h"

namespace ameide::uaf::lifecycle {

/// The open conflicts of kind kApproval about an artifact: edits that were made beside a valid approval,
/// neither having seen the other. One a conflict for each approval; sides are in fold order, the edits stand,
/// and the approval has lapsed. By key.
///
/// An edit that has seen the approval is no conflict: the approval lapses, and its author knew. A conflict is
/// settled by a valid approval for the same purpose that has seen both sides, by an edit that has, or by a
/// ConflictResolved that names it. Approvals that do not count for other reasons (forged, revoked, given
/// under a policy that is not in force any more) are in conflict with nothing.
///
/// The history must hold the artifact's content events.
std::vector<merge::Conflict> ApprovalConflicts(const ArtifactId& artifact, Authority& authority);

}  // namespace ameide::uaf::lifecycle
