#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"
#include "uaf/lifecycle/state.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/segment_signers.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {

/// What is wrong with the life around content: what the fold found (forged statements, policies without
/// approval, dangling ends), and files that say something else than the log: policy.yaml, and the first
/// policy that workspace.yaml names.
absl::StatusOr<std::vector<document::Finding>> VerifyLifecycle(const lifecycle::State& state,
                                                               EventReader& reader,
                                                               const WorkspaceLayout& layout,
                                                               const FileSystem& files);

/// Adds a finding for each segment whose key was revoked by somebody who had not seen it: its edits may be
/// anybody's.
absl::Status VerifySigners(const lifecycle::History& history, Database& database, SegmentSigners& signers,
                           std::vector<document::Finding>& findings);

}  // namespace ameide::uaf
