#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/ids.h"

/// The compact form of a run of events, as segments and packs of format 2 hold it (segment.proto, "Columns").
///
/// What events have in common is written once: like fields stand together in columns, texts that come again
/// are numbers into dictionaries, times and ordinals are differences to what they are near to, and the text
/// of new elements is a skeleton with holes. Each column is then packed by itself. Pure.
namespace ameide::uaf {

/// The events `first`, first + 1, … of `stream`, given as canonical bytes. Empty when they have no form in
/// columns that gives back exactly these bytes (another id than their place says, say): then the caller keeps
/// the canonical bytes. Deterministic for one release of zstd.
std::string EncodeColumns(const StreamId& stream, uint64_t first, std::span<const std::string> events);

/// Inverse: canonical bytes of `count` events. DATA_LOSS for what EncodeColumns cannot have written. Never
/// gives more than `largest` bytes, nor uses much more memory than that.
absl::StatusOr<std::vector<std::string>> DecodeColumns(std::string_view bytes, const StreamId& stream,
                                                       uint64_t first, uint64_t count, uint64_t largest);

}  // namespace ameide::uaf
