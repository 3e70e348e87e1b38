#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/platform/file_system.h"
#include "uaf/log/segment.h"
#include "uaf/store/workspace_files.h"

/// The log as it lies in a workspace: `.uaf/log/<stream>/<n>.seg`, and packs of several segments,
/// `<first>-<last>.pack`. A segment may lie in both; whoever reads takes the union.
namespace ameide::uaf {

/// What a file of the log is called: the segments `first` to `last` of a stream.
struct LogFileName {
  StreamId stream;
  uint64_t first = 0;
  uint64_t last = 0;
  /// Relative to the workspace.
  std::string path() const;
  auto operator<=>(const LogFileName&) const = default;
};

/// The name that a path ends in; nullopt for other paths.
std::optional<LogFileName> ParseLogPath(std::string_view path);

/// Streams that have a folder under `.uaf/log`, sorted.
std::vector<StreamId> StreamsOnDisk(const WorkspaceLayout& layout, const FileSystem& files);
/// The files of one stream, by first segment; empty when it has no folder.
absl::StatusOr<std::vector<LogFileName>> LogFilesOf(const WorkspaceLayout& layout, const FileSystem& files,
                                                    const StreamId& stream);

/// Reads segments and believes only what is signed and in its place. Remembers the file that it read last.
/// One thread; short-lived, because it does not look whether files change.
class SegmentFiles {
 public:
  SegmentFiles(const WorkspaceLayout* layout, const FileSystem* files, std::string workspace)
      : layout_(layout), files_(files), workspace_(std::move(workspace)) {}

  /// All segments of a file. Errors name it: DATA_LOSS when it is damaged, forged or moved here,
  /// FAILED_PRECONDITION when a newer release wrote it, NOT_FOUND.
  absl::StatusOr<std::vector<SignedSegment>> ReadFile(const LogFileName& name) const;

  struct Found {
    SignedSegment segment;
    std::string path;  ///< of the file that it was found in
  };
  /// One segment, from the first file that holds it soundly. NOT_FOUND when none is said to hold it.
  absl::StatusOr<Found> Read(const StreamId& stream, uint64_t number);
  /// True when some file is said to hold a segment of a higher number.
  bool HasLater(const StreamId& stream, uint64_t number) const;

 private:
  const WorkspaceLayout* layout_;
  const FileSystem* files_;
  std::string workspace_;
  std::optional<LogFileName> last_name_;
  std::vector<SignedSegment> last_;
};

}  // namespace ameide::uaf
