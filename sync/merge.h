#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sync/git/repository.h"
#include "sync/place.h"
#include "uaf/workspace.h"

/// Bringing together what two sides committed: the log as a union, the files as what it gives.
namespace ameide::sync {

/// True for the files under `.uaf` that people edit (workspace paths): git merges them.
bool IsSettings(std::string_view path);

/// Where a commit has another file of the log than the folder, of other events, puts the commit's beside it:
/// ReceiveSegments knows where it belongs. The workspace path; nullopt where there is no such clash.
absl::StatusOr<std::optional<std::string>> PutBeside(const uaf::Workspace& workspace, const Place& place,
                                                     const git::CommitId& commit, const std::string& path);

/// Writes the files of the log that commits behind `from` (nullopt: all) up to `to` took away, a revert: what
/// its ancestors have belongs to a commit.
absl::Status RestoreHistory(const uaf::Workspace& workspace, Place& place,
                            const std::optional<git::CommitId>& from, const git::CommitId& to);

/// FAILED_PRECONDITION while something here is in no commit: a merge holds what was committed.
absl::Status CheckAllCommitted(const uaf::Workspace& workspace, const Place& place);

/// Makes a commit of HEAD and `other`, whose log is taken in: all of both logs, and the artifacts' files as
/// the log gives them now. Moves nothing.
absl::StatusOr<git::CommitId> MakeMergeCommit(uaf::Workspace& workspace, Place& place,
                                              const git::CommitId& other, const std::string& message);

}  // namespace ameide::sync
