#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "uaf/store/store.h"
#include "uaf/store/working_files.h"

/// The log's way through git: sealing own events into signed segments, and taking in those of others.
namespace ameide::uaf {

/// Lives on the store's thread.
class SegmentExchange {
 public:
  SegmentExchange(Store* store, WorkingFiles* working_files) : store_(store), working_files_(working_files) {}

  /// Own events that no segment holds.
  absl::StatusOr<uint64_t> Unsealed();
  /// See Workspace::Seal.
  absl::StatusOr<std::vector<SealedFile>> Seal();
  absl::Status MarkCommitted(std::string_view commit);
  /// See Workspace::NoteCommit.
  absl::Status NoteCommit(std::string_view commit, std::span<const std::string> segment_paths);
  /// See Workspace::ReceiveSegments.
  absl::StatusOr<uint64_t> Receive();
  /// Events that came in since the last call, for observers.
  std::vector<StoredEvent> TakeEvents() { return std::exchange(events_, {}); }

 private:
  /// A crash may have come between writing a segment of the own stream and noting it: it is taken as it is,
  /// because git may have it by now.
  absl::Status AdoptOwn();
  absl::Status EnsureKeyIsKnown(const Ed25519PrivateKey& key);
  absl::StatusOr<std::vector<std::string>> Files() const;
  absl::StatusOr<uint64_t> ReceiveStream(const StreamId& stream, std::vector<ArtifactId>& touched);
  /// OUT_OF_RANGE while an event that it was built on is missing.
  absl::Status CheckContent(const Segment& segment) const;
  /// True when the segment goes on where the stream ends here, or agrees with what is here already.
  absl::StatusOr<bool> Continues(const Segment& segment, const EventLog::StreamHead& head) const;

  Store* store_;
  WorkingFiles* working_files_;
  std::vector<StoredEvent> events_;
  std::string waiting_;  ///< not empty: which segment waits for another one
};

/// Where a segment lies, relative to the workspace: `.uaf/log/<stream>/<n>.seg`.
std::string SegmentPath(const StreamId& stream, uint64_t number);
/// The inverse: the stream and number that a path names; nullopt for other paths.
std::optional<std::pair<StreamId, uint64_t>> ParseSegmentPath(std::string_view path);
/// True when the stream's folder holds a segment of a higher number.
bool HasLaterSegment(const WorkspaceLayout& layout, const FileSystem& files, const StreamId& stream,
                     uint64_t number);
/// Streams that have a folder under `.uaf/log`, sorted.
std::vector<StreamId> StreamsOnDisk(const WorkspaceLayout& layout, const FileSystem& files);

}  // namespace ameide::uaf
