#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/store.h"
#include "uaf/store/working_file_table.h"

namespace ameide::uaf {

/// Keeps the files that people and other programs see in step with the store, in both directions (uaf.md,
/// Working files). Lives on the store's thread; every function works in transactions of its own.
///
/// What a file held when we last wrote or read it is remembered as a hash, and what we are about to write as
/// another one, so that after a crash our own bytes are never taken for somebody's edit.
class WorkingFiles {
 public:
  explicit WorkingFiles(Store* store) : store_(store), table_(store) {}

  /// Absorbs and writes everything. Errors are those of the store; files' problems are notes.
  absl::StatusOr<std::vector<WorkingFileNote>> Sync(const WorkingFileOptions& options);
  /// After a crash: temporary files of writes that did not end. Bytes of ours go; what may be somebody's save
  /// that had been displaced and not yet read is kept aside.
  absl::StatusOr<std::vector<WorkingFileNote>> CleanUp();
  /// Absorbs and writes one artifact's file.
  absl::StatusOr<std::vector<WorkingFileNote>> Flush(const ArtifactId& artifact);
  /// Takes a file of the workspace in as an artifact.
  absl::StatusOr<Receipt> Import(const std::string& path);
  /// Records a rename and moves the file; records a retirement and removes the file.
  absl::StatusOr<Receipt> Rename(const ArtifactId& artifact, const std::string& path);
  absl::StatusOr<Receipt> Retire(const ArtifactId& artifact);
  /// After segments came in, or what they brought was believed: decides for each touched artifact whether its
  /// file came with them, or was saved here meanwhile.
  absl::Status Reconcile(const std::vector<ArtifactId>& artifacts);
  /// A commit has the artifact's file as `bytes`, and its events are here: if the file still is so, it came
  /// with them.
  absl::Status CameWithCommit(const ArtifactId& artifact, std::string_view bytes);
  /// Edits of one artifact that no commit holds, and the file that has them.
  struct Travelling {
    ArtifactId artifact;
    std::string bytes;
    std::vector<StoredEvent> edits;  ///< own ones that were not taken back, oldest first
  };
  /// Edits on the branch that is about to be left whose files git carried along to the next.
  absl::StatusOr<std::vector<Travelling>> FindTravelling();
  /// Records them once more on the present branch, each naming the event that it was first, as far as they
  /// are not there. What a file says beyond that is absorbed with the next Sync.
  absl::Status Reissue(const std::vector<Travelling>& travelling);
  /// Files of the artifacts that are as the commit with this cut has them came with it.
  absl::Status CameWithCommit(const std::vector<ArtifactId>& artifacts, const Cut& cut);
  /// While a part of the log is missing or not believed, files that differ from what was written here may be
  /// what that part brought: they are neither taken for edits nor overwritten. Empty: nothing is missing.
  void Hold(std::string log_is_incomplete) { held_ = std::move(log_is_incomplete); }
  const std::string& held() const { return held_; }
  /// Events recorded since the last call, for observers.
  std::vector<StoredEvent> TakeEvents() { return std::exchange(events_, {}); }

 private:
  using Notes = std::vector<WorkingFileNote>;

  /// The artifact's present state.
  absl::StatusOr<Standing> Now(const ArtifactId& artifact);
  /// A state that somebody had before them who saved a file.
  struct EditedState {
    Standing standing;
    std::vector<int64_t> absorbed;
    document::Document document;
  };
  absl::StatusOr<EditedState> StateOf(const ArtifactId& artifact, const Standing& standing,
                                      const std::vector<int64_t>& absorbed);
  /// Of what the file held before, and what it may hold since a write that was cut short (where `written`),
  /// the one that `bytes` are nearer to.
  absl::StatusOr<EditedState> EditedFrom(const Artifact& artifact, std::string_view bytes,
                                         const std::optional<WorkingFile>& known, bool written);
  /// Whether a file that we did not write is nearer to the state that just came than to what it held: then it
  /// came with it (git merged both texts, or wrote what others had), else somebody saved it here meanwhile.
  absl::StatusOr<bool> CameWithLog(const Artifact& artifact, std::string_view bytes,
                                   const WorkingFile& known);
  /// Files that were written for a state of another branch, of artifacts that are not there any more or lie
  /// elsewhere: they go, if they still hold what we wrote.
  absl::Status RemoveLeftBehind();
  template <typename Change>
  auto InTransaction(Change change) -> decltype(change()) {
    return store_->InTransaction(std::move(change), events_);
  }

  absl::Status SyncArtifact(const Artifact& artifact, Notes& notes, std::vector<Artifact>* missing);
  /// A rename or a retirement that was recorded, but its file did not follow (a crash, a full disk), or that
  /// came with a segment: what we wrote moves or goes; what somebody else wrote meanwhile stays.
  absl::Status FollowRename(const Artifact& artifact);
  absl::Status FollowRetirements();
  /// Moves the files of other artifacts away that lie where `artifact` is to have its own, or a folder of it,
  /// but were renamed; a file in the place of such a folder goes.
  absl::Status MakeRoom(const Artifact& artifact, Notes& notes);
  /// Takes in what is new in the artifact's file, wherever it lies, and removes it: its place is a folder.
  absl::Status GiveUpFile(const Artifact& artifact, Notes& notes);
  /// Artifacts but `except` whose files lie at `path` as far as is remembered, sorted.
  absl::StatusOr<std::vector<ArtifactId>> FilesAt(const std::string& path, const ArtifactId& except);
  /// Of each path that several artifacts have all of them, by path and id; `retired`: of each that several
  /// had and none has.
  absl::StatusOr<std::vector<Artifact>> OnSharedPaths(bool retired);
  /// Two artifacts that several people began with one file, each for themselves.
  struct Twins {
    Artifact stays;
    Artifact other;  ///< nothing happened to it since
  };
  absl::StatusOr<std::vector<Twins>> FindTwins();
  /// The same change made twice is no conflict (docs/adr/0039-one-file-begun-twice.md): of twins one is
  /// retired.
  absl::Status RetireTwins(Notes& notes);
  /// Two people who each kept the other one's twin have removed both: those that somebody edited without
  /// knowing of that come back.
  absl::Status BringBackTwins();
  /// `bytes` lie where another artifact had its file: they are its, and are taken in there where they are
  /// new; from then on the path has the file of `artifact`, still to be written. False when no other one had
  /// a file there.
  absl::StatusOr<bool> TakeOver(const Artifact& artifact, std::string_view bytes, Notes& notes);
  /// True when an artifact other than `artifact` has this path now, of several with one path the first, or
  /// the path is a folder of others.
  absl::StatusOr<bool> IsOfAnother(const ArtifactId& artifact, const std::string& path);
  /// Which artifact has the file of this path.
  absl::StatusOr<std::optional<ArtifactId>> OwnerOf(const std::string& path);
  absl::Status Write(const Artifact& artifact, Notes& notes);
  /// Records `bytes` as an edit of what the file held before. `on_disk` is what the file holds now, if not
  /// `bytes`.
  absl::Status Absorb(const Artifact& artifact, std::string_view bytes, const WorkingFile* on_disk,
                      Notes& notes);
  /// In groups, each a transaction. What cannot be taken in is told, and the others are.
  absl::Status AbsorbNew(std::span<const std::string> paths, Notes& notes);
  /// As Import, in the caller's transaction.
  absl::StatusOr<Receipt> ImportHere(const std::string& path);
  /// FAILED_PRECONDITION when a symbolic link makes `path` and an artifact one file.
  absl::Status CheckNoOtherName(const std::string& path);
  /// Artifacts whose files are gone: moved, removed, or to be written again. Takes from `strangers` what an
  /// artifact moved to.
  absl::Status ResolveMissing(std::vector<Artifact> missing, std::vector<std::string>& strangers,
                              Notes& notes);
  /// A file that is no artifact, as it was read.
  struct Stranger;
  /// An artifact whose file has another name now.
  struct Move;
  std::vector<Stranger> ReadStrangers(const std::vector<std::string>& paths) const;
  /// Takes from `missing` those that moved, and marks where to. The same bytes first, then most nodes.
  absl::StatusOr<std::vector<Move>> FindMoved(std::vector<Artifact>& missing,
                                              std::vector<Stranger>& strangers);
  /// See NodePrints; empty for what is no text.
  std::vector<uint64_t> PrintsOfFile(const std::string& path) const;
  absl::Status FollowMoves(std::span<const Move> moves, std::span<const Stranger> strangers, Notes& notes);
  absl::Status RetireRemoved(std::span<const Artifact> removed, Notes& notes);
  absl::StatusOr<Store::Recorded> RecordForeign(const Artifact& artifact, const document::Document& base,
                                                std::string_view bytes);
  absl::Status CleanUpFile(const Artifact& artifact, const std::filesystem::path& path, Notes& notes);
  absl::StatusOr<std::string> KeepAside(const Artifact& artifact, std::string_view bytes);
  WorkingFileNote HeldNote(const std::string& path) const;
  /// Files that are no artifacts, sorted.
  std::vector<std::string> Strangers(const WorkingFileOptions& options);

  Store* store_;
  WorkingFileTable table_;
  std::vector<StoredEvent> events_;
  std::string held_;
  std::map<std::string, std::string> removed_;  ///< heads of artifacts that BringBackTwins looked at, by path
};

}  // namespace ameide::uaf
