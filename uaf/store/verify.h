#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/platform/file_system.h"
#include "uaf/document/format.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {

/// Checks everything that can be checked from what lies in a workspace: the database itself, every event's
/// canonical form, every stream's hash chain, every segment file's checksum, chain, signature and agreement
/// with the store, every blob, that each artifact folds, and the projections. A finding names the event or
/// file and what to do. Errors only when the database cannot be read at all.
absl::StatusOr<std::vector<document::Finding>> VerifyStore(Database& database, const std::string& workspace,
                                                           const WorkspaceLayout& layout, FileSystem& files,
                                                           const document::FormatRegistry& formats);

}  // namespace ameide::uaf
