#pragma once

#include <span>

#include "absl/status/status.h"
#include "uaf/store/store.h"

namespace ameide::uaf {

/// Puts the files of forked streams where their events are called: two machines that wrote one stream gave
/// two files one path, and git, or whoever merged, kept them wherever there was room. Each segment goes into
/// the folder of the stream that its last event is in here; a file that only repeats another one goes.
/// Nothing is removed before it stands in its new place, and a crash leaves at most copies. Of `streams`, as
/// they were written, only those that have tails.
absl::Status PutTailFilesInPlace(Store& store, std::span<const StreamId> streams);

}  // namespace ameide::uaf
