#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

/// A workspace's whole history as one file: the log, packs, keys, blobs and the workspace's own files,
/// compressed together. Pure; what goes in and out is uaf/store/history.h's business.
///
/// The file: the 15 bytes "AMEIDE-HISTORY\n"; varint 1 (the format); name workspace id; varint size of the
/// unpacked content; a string, the content as a zstd frame; 32 bytes SHA-256 of all before. The content:
/// varint number of files and for each, sorted by path, string path and string bytes. The notation is that of
/// event.proto.
namespace ameide::uaf {

/// Largest content that is written or read.
inline constexpr uint64_t kLargestHistory = uint64_t{2} << 30;

/// One file of a workspace.
struct HistoryEntry {
  std::string path;  ///< relative to the workspace, '/' between folders
  std::string bytes;
  auto operator<=>(const HistoryEntry&) const = default;
};

/// What such a file holds.
struct History {
  std::string workspace;              ///< its id
  std::vector<HistoryEntry> entries;  ///< sorted by path, each path once
};

/// True for the paths that a history may hold: nothing that lies elsewhere or that a program could be made to
/// run. Log, blobs, keys and the settings of a workspace.
bool IsHistoryPath(std::string_view path);

/// RESOURCE_EXHAUSTED when there is more than kLargestHistory.
absl::StatusOr<std::string> EncodeHistory(const History& history);
/// DATA_LOSS for damaged files and for entries that no history may hold, FAILED_PRECONDITION for one of a
/// newer release, RESOURCE_EXHAUSTED for one that is too large.
absl::StatusOr<History> DecodeHistory(std::string_view bytes);

}  // namespace ameide::uaf
