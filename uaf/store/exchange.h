#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/log_files.h"
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
  /// Signs and writes a segment of all events of a stream of this computer since the last one. Before a
  /// stream is left for another branch, and before it is merged: what others build on is then whole segments.
  absl::Status SealStream(const StreamId& stream);
  /// See Workspace::Seal.
  absl::StatusOr<std::vector<SealedFile>> Seal();
  absl::Status MarkCommitted(std::string_view commit);
  /// See Workspace::NoteCommit.
  absl::Status NoteCommit(std::string_view commit, std::span<const std::string> segment_paths);
  /// See Workspace::PackSegments.
  absl::StatusOr<uint64_t> Pack(uint64_t least);
  /// See Workspace::Redact.
  absl::StatusOr<Receipt> Redact(const EventId& id, std::string_view reason);
  /// See Workspace::AbsorbCommit.
  absl::StatusOr<Receipt> AbsorbCommit(const ForeignChange& change);
  /// See Workspace::ExportHistory.
  absl::Status Export(const std::filesystem::path& file);
  /// See Workspace::ReceiveSegments.
  absl::StatusOr<uint64_t> Receive();
  /// Events that came in since the last call, for observers.
  std::vector<StoredEvent> TakeEvents() { return std::exchange(events_, {}); }

 private:
  /// A store that was put back from a backup, with its profile, may lack segments of the own stream that are
  /// here: they are taken as they are, because git may have them.
  absl::Status AdoptOwn();
  /// A sealed segment that no commit holds and no file.
  struct Unwritten {
    StreamId stream;
    uint64_t number = 0;
    uint64_t first = 0;
    uint64_t last = 0;
    std::string seed;
  };
  absl::StatusOr<std::vector<Unwritten>> FindUnwritten() const;
  /// Writes what is sealed in the store and has no file: a crash or a full disk came between, or somebody
  /// removed it before it was committed.
  absl::Status WriteSealed();
  /// Held events whose time has come.
  absl::Status ReleaseDue();
  /// Those that belong into a commit of the current branch.
  absl::StatusOr<std::vector<std::string>> Files() const;
  /// What of these no commit holds as it is, and what commits hold that is here no more.
  absl::StatusOr<std::vector<SealedFile>> Uncommitted();
  SegmentFiles Segments() const { return {&store_->layout(), store_->options().files, store_->workspace()}; }
  absl::StatusOr<uint64_t> ReceiveStream(const StreamId& stream, std::vector<ArtifactId>& touched);
  /// OUT_OF_RANGE while an event that it was built on is missing.
  absl::Status CheckContent(const Segment& segment, std::span<const ChangeSet> carried) const;
  /// True when the segment goes on where the stream ends here, or agrees with what is here already.
  absl::StatusOr<bool> Continues(const Segment& segment, const EventLog::StreamHead& head) const;

  Store* store_;
  WorkingFiles* working_files_;
  std::vector<StoredEvent> events_;
  std::string waiting_;  ///< not empty: which segment waits for another one
};

}  // namespace ameide::uaf
