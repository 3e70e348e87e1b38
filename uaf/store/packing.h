#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "base/platform/file_system.h"
#include "uaf/store/log_files.h"

namespace ameide::uaf {

/// Puts runs of at least `least` segments of a stream that follow each other into one pack, and removes their
/// files once the pack is durable and was read back. Only segments that are all signed by `key` (others pack
/// their own, so that no two people write the same pack) and that `may_go` agrees to. Files that a sound pack
/// holds already are removed too: a crash may have left them. Gives the number of files that went.
///
/// Errors: RESOURCE_EXHAUSTED and others of the file system; a damaged file is passed over and stays.
absl::StatusOr<uint64_t> PackStream(const WorkspaceLayout& layout, FileSystem& files,
                                    const std::string& workspace, const StreamId& stream,
                                    const std::string& key, uint64_t least,
                                    const std::function<bool(uint64_t number)>& may_go);

}  // namespace ameide::uaf
