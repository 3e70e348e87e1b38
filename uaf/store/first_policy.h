#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "base/platform/file_system.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/workspace_files.h"

/// The policy that a workspace first left the open one for (uaf/lifecycle/authority.h). The log alone cannot
/// say who was first, because anybody may claim to have been; so workspace.yaml names it (`policy:`), which
/// everybody sees in git, and each store remembers what it has once believed: trust on first use.
namespace ameide::uaf {

/// What the store remembers, else what workspace.yaml says; nullopt while the open policy is in force.
absl::StatusOr<std::optional<Hash256>> FirstPolicyOf(EventReader& reader, const WorkspaceLayout& layout,
                                                     const FileSystem& files);
/// What workspace.yaml says.
absl::StatusOr<std::optional<Hash256>> FirstPolicyInFile(const WorkspaceLayout& layout,
                                                         const FileSystem& files);
/// What the store remembers.
absl::StatusOr<std::optional<Hash256>> FirstPolicyInStore(EventReader& reader);

/// Remembers it, unless the store remembers one. In the caller's transaction, or in one of its own.
absl::Status NoteFirstPolicy(Database& database, const Hash256& policy);
/// Writes it into workspace.yaml, unless that names one.
absl::Status WriteFirstPolicy(const WorkspaceLayout& layout, FileSystem& files, const Hash256& policy);

}  // namespace ameide::uaf
