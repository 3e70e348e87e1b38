#pragma once

#include <cstdint>
#include <optional>
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
  /// Hides from git, by a `.gitignore` in the folder of the stream, the segments that wait for a commit of
  /// another branch: `git add -A` must not put them into one of this branch. After each change of the branch.
  absl::Status HideElsewhere();
  /// See Workspace::Seal.
  absl::StatusOr<std::vector<SealedFile>> Seal();
  absl::Status MarkCommitted(std::string_view commit);
  /// See Workspace::NoteCommit.
  absl::Status NoteCommit(std::string_view commit, std::span<const std::string> segment_paths);
  /// See Workspace::NoteBranch.
  absl::Status NoteBranch(const std::string& branch, std::span<const std::string> segment_paths);
  /// See Workspace::PackSegments.
  absl::StatusOr<uint64_t> Pack(uint64_t least);
  /// See Workspace::Redact.
  absl::StatusOr<Receipt> Redact(const EventId& id, std::string_view reason);
  /// See Workspace::AbsorbCommit.
  absl::StatusOr<Receipt> AbsorbCommit(const ForeignChange& change);
  /// See Workspace::ExportHistory.
  absl::Status Export(const std::filesystem::path& file);
  /// See Workspace::ExpectSegments.
  absl::Status Expect(const CheckedOut& source);
  /// See Workspace::ReceiveSegments.
  absl::StatusOr<uint64_t> Receive();
  /// Whether events have other names since the last call (StreamTails): nothing read before counts.
  bool TakeRenamed() { return std::exchange(renamed_, false); }
  /// Events that came in since the last call, for observers.
  std::vector<StoredEvent> TakeEvents() { return std::exchange(events_, {}); }

 private:
  /// A sealed segment that no commit holds and no file.
  struct Unwritten {
    StreamId stream;
    uint64_t number = 0;
    uint64_t first = 0;
    uint64_t last = 0;
    std::string seed;
    /// The file of that name holds something else: a copy of this store sealed other events under the number.
    bool name_is_taken = false;
  };
  absl::StatusOr<std::vector<Unwritten>> FindUnwritten() const;
  /// Segments of the current branch that were recorded on this device, that commits held and that have no
  /// file: a reset or a rebase dropped those commits. The same bytes follow from the store's rows.
  absl::StatusOr<std::vector<Unwritten>> FindDropped();
  /// Whether this device signs what a stream says.
  absl::StatusOr<bool> IsOwn(const StreamId& stream);
  absl::Status WriteThese(std::vector<Unwritten> unwritten);
  /// Gives a segment that has no file the next free number.
  absl::Status NumberAnew(Unwritten& segment);
  /// Where nobody recorded anything yet, and everything follows from commits: says who signs, so that there
  /// is a segment that carries it.
  absl::Status NameWriter();
  /// Writes what is sealed in the store and has no file: a crash or a full disk came between, or somebody
  /// removed it before it was committed.
  absl::Status WriteSealed();
  /// Takes out of the files what a redaction took out of the store: a crash or a full disk came between. No
  /// commit is made of files that were not dealt with. `blobs` as for RedactOnDisk.
  absl::Status FinishRedaction(const std::vector<Hash256>& blobs);
  absl::StatusOr<std::optional<CheckedOut>> Expected();
  /// What a commit holds whose newest segments these are.
  absl::StatusOr<Cut> CutOf(std::span<const std::string> segment_paths);
  /// Held events whose time has come.
  absl::Status ReleaseDue();
  /// Those that belong into a commit of the current branch.
  absl::StatusOr<std::vector<std::string>> Files() const;
  /// What of these no commit holds as it is, and what commits hold that is here no more.
  absl::StatusOr<std::vector<SealedFile>> Uncommitted();

  Store* store_;
  WorkingFiles* working_files_;
  std::vector<StoredEvent> events_;
  bool renamed_ = false;
};

}  // namespace ameide::uaf
