#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/git/repository.h"
#include "uaf/workspace.h"

/// Branches of the log and branches of git move together (uaf.md, In git): each branch of the log is a git
/// branch of the same name; the log's main is the repository's main branch, whatever git calls it.
namespace ameide::sync {

/// What the folder has checked out, for `uaf::WorkspaceOptions::checked_out`: so a workspace follows a
/// `git switch` that it was not asked for. To be called by one thread at a time.
std::function<std::optional<uaf::CheckedOut>()> CheckedOutIn(const std::filesystem::path& root);

/// Begins a branch in the log, at the present state, and in git, at HEAD. Nothing moves. Errors are those of
/// Workspace::StartBranch; ALREADY_EXISTS also for a branch that only git has.
absl::StatusOr<uaf::Receipt> StartBranch(uaf::Workspace& workspace, const uaf::NewBranch& branch);

/// Takes another branch into the current one, in the log: the next commit holds its segments. What git took
/// out of the folder when it left that branch is written again first. Errors are those of
/// Workspace::MergeBranch.
absl::StatusOr<uaf::Receipt> MergeBranch(uaf::Workspace& workspace, const std::string& branch);

/// Writes the log files again that the current branch needs and that a switch, a reset or a rebase took out
/// of the folder, from whatever commit has them. FAILED_PRECONDITION names one that none has.
absl::Status RestoreLogFiles(const uaf::Workspace& workspace);

/// What a checkout did.
struct CheckOutReport {
  std::string branch;  ///< as the log calls it
  std::optional<git::CommitId> head;
  std::vector<uaf::WorkingFileNote> notes;
};

/// Switches workspace and git to a branch: takes in the log that its commit holds, absorbs outside edits,
/// lets the working files follow, moves HEAD and the index. What no commit holds stays with its branch.
/// NOT_FOUND when neither the log nor git has that branch; FAILED_PRECONDITION during a merge or rebase, or
/// when files that are no artifacts were changed here and differ between the branches. Killed in the middle,
/// the next open follows what HEAD says.
absl::StatusOr<CheckOutReport> CheckOut(uaf::Workspace& workspace, const std::string& branch);

}  // namespace ameide::sync
