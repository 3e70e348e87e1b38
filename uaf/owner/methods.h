#pragma once

#include "uaf/workspace.h"

namespace ameide::uaf::owner {

/// Every function of a workspace that its owner does for other programs: `visit(name, member)` for each. What
/// only reads is not among them, unless the owner knows more than the store holds: others read the store
/// themselves. To add one: a line here, and its override in RemoteWorkspace.
template <typename Visit>
void ForEachMethod(Visit&& visit) {
  visit("Submit", &Workspace::Submit);
  visit("SubmitAll", &Workspace::SubmitAll);
  visit("StartBranch", &Workspace::StartBranch);
  visit("SwitchBranch", &Workspace::SwitchBranch);
  visit("MergeBranch", &Workspace::MergeBranch);
  visit("CloseBranch", &Workspace::CloseBranch);
  visit("LiftQuarantine", &Workspace::LiftQuarantine);
  visit("Import", &Workspace::Import);
  visit("Create", &Workspace::Create);
  visit("Rename", &Workspace::Rename);
  visit("Retire", &Workspace::Retire);
  visit("ResolveConflict", &Workspace::ResolveConflict);
  visit("Undo", &Workspace::Undo);
  visit("Redo", &Workspace::Redo);
  visit("CanUndo", &Workspace::CanUndo);
  visit("CanRedo", &Workspace::CanRedo);
  visit("UpdateIndex", &Workspace::UpdateIndex);
  visit("Record", &Workspace::Record);
  visit("RecordAll", &Workspace::RecordAll);
  visit("Approve", &Workspace::Approve);
  visit("Promote", &Workspace::Promote);
  visit("ApprovePolicy", &Workspace::ApprovePolicy);
  visit("ChangePolicy", &Workspace::ChangePolicy);
  visit("CertifyKey", &Workspace::CertifyKey);
  visit("RotateKey", &Workspace::RotateKey);
  visit("RevokeKey", &Workspace::RevokeKey);
  visit("SyncWorkingFiles", &Workspace::SyncWorkingFiles);
  visit("FlushWorkingFile", &Workspace::FlushWorkingFile);
  visit("Seal", &Workspace::Seal);
  visit("MarkCommitted", &Workspace::MarkCommitted);
  visit("NoteCommit", &Workspace::NoteCommit);
  visit("NoteBranch", &Workspace::NoteBranch);
  visit("PackSegments", &Workspace::PackSegments);
  visit("Redact", &Workspace::Redact);
  visit("AbsorbCommit", &Workspace::AbsorbCommit);
  visit("FollowCommits", &Workspace::FollowCommits);
  visit("ExportHistory", &Workspace::ExportHistory);
  visit("ExpectSegments", &Workspace::ExpectSegments);
  visit("ReceiveSegments", &Workspace::ReceiveSegments);
  visit("LogIncompleteBecause", &Workspace::LogIncompleteBecause);
  visit("Rebuild", &Workspace::Rebuild);
}

/// Both sides must speak the same; names of methods take care of the rest.
inline constexpr std::string_view kGreeting = "ameide owner 1";
/// Instead of an answer: the owner ends, and did not carry the call out. No answer is empty.
inline constexpr std::string_view kClosing;
/// Largest call or answer: a file of the largest size and what goes with it.
inline constexpr uint64_t kLargestFrame = kLargestArtifact + (uint64_t{1} << 20);

}  // namespace ameide::uaf::owner
