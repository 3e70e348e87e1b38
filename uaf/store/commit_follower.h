#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/pending.h"
#include "uaf/store/store.h"
#include "uaf/store/working_files.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// What commits say that no event does (uaf.md, In git): each commit is compared with what the log of its
/// parents and its own gives, and what differs was done by somebody who knows nothing of us. Everything here
/// is a function of the commit and the log that it leads to, so that all who have both derive the same. Lives
/// on the store's thread.
class CommitFollower {
 public:
  CommitFollower(Store* store, WorkingFiles* working_files) : store_(store), working_files_(working_files) {}

  /// See Workspace::FollowCommits.
  absl::StatusOr<std::vector<WorkingFileNote>> Follow(const std::string& commit);
  /// Not empty: why a commit could not be looked at yet.
  const std::string& waiting() const { return waiting_; }
  /// Whether files of the newest commit wait for the beginning of a part of its log (PendingFiles): then that
  /// part is not missing here.
  bool has_pending() const { return !pending_.empty(); }
  /// Events recorded since the last call, for observers.
  std::vector<StoredEvent> TakeEvents() { return std::exchange(events_, {}); }

 private:
  absl::StatusOr<bool> IsKnown(const std::string& commit);
  /// A commit that was looked at on another branch is this one's, too.
  absl::Status FollowKnown(const std::string& commit);
  absl::Status Take(const MadeCommit& commit);
  /// Whether all these segments, paths of the log, belong to what is "now": then what lies before them does,
  /// too, and only the commit has a gap (a rebase dropped one), which the next one closes.
  absl::StatusOr<bool> AllAreNow(const std::vector<std::string>& segments);
  /// Notes which files wait; while some do, the commits are looked at again.
  absl::Status SettlePending();
  /// What belongs to the commit: to its parents and to its own segments. nullopt while some of it is not
  /// here.
  absl::StatusOr<std::optional<Cut>> CutOf(const MadeCommit& commit);
  /// The event that follows from a file of the commit; nullopt: none does. `heads` are those of `cut`.
  absl::StatusOr<std::optional<ChangeSet>> EventOf(const MadeCommit& commit, const CommitFile& file,
                                                   const Artifact* artifact, const Cut& cut,
                                                   const std::vector<EventId>& heads);
  /// The same of a commit on a line beside the one where the workspace began: what its files were before
  /// follows from a commit, too.
  absl::StatusOr<std::optional<ChangeSet>> EventBeside(const MadeCommit& commit, const CommitFile& file);
  absl::Status TakeBeside(const MadeCommit& commit);
  /// Tells of a file that is no longer what the artifact is; hands other errors through.
  absl::StatusOr<std::optional<ChangeSet>> Settled(const MadeCommit& commit, const CommitFile& file,
                                                   absl::StatusOr<ChangeSet> event);
  absl::Status Record(const MadeCommit& commit, const CommitFile& file, const ChangeSet& event,
                      WorkingFileNote::What what, std::string message);
  /// What a commit did with an artifact's file other than changing it.
  struct Fate {
    const CommitFile* gone = nullptr;
    const CommitFile* came = nullptr;  ///< the file that it became; nullptr: none
    const Artifact* artifact = nullptr;
  };
  /// Of the artifacts at `cut` those whose file the commit has no more, each with the new file that it
  /// became: the same bytes, else the most equal nodes of at least 60 %.
  absl::StatusOr<std::vector<Fate>> FatesIn(const MadeCommit& commit, const Cut& cut,
                                            const std::map<std::string_view, const Artifact*>& by_path);
  /// The artifact as it is at `cut`; nullopt: it is blocked there.
  absl::StatusOr<std::optional<document::Document>> StateAt(const ArtifactId& artifact, const Cut& cut);
  /// What a commit of the current branch adds, in one, of what was recorded on another.
  struct Squashed {
    std::string branch;              ///< empty: nothing
    std::set<ArtifactId> artifacts;  ///< that were edited there
  };
  /// `cut` is what the commit holds.
  absl::StatusOr<Squashed> SquashedIn(const MadeCommit& commit, const Cut& cut);
  /// Begins a proposal with `events`, which follow from the commit's files where `squashed` gives others.
  absl::Status Propose(const MadeCommit& commit, const Cut& cut, const std::vector<EventId>& events,
                       const std::string& squashed);
  absl::Status Note(const MadeCommit& commit, const Cut& cut);
  void Tell(const MadeCommit& commit, const CommitFile& file, WorkingFileNote::What what,
            std::string message);

  Store* store_;
  WorkingFiles* working_files_;
  std::vector<StoredEvent> events_;
  std::vector<WorkingFileNote> notes_;
  std::string waiting_;
  std::vector<PendingFile> pending_;  ///< of the commit that was visited last
  std::vector<std::string> visited_;
  /// Files of commits that came with such a part, oldest commit first: the part may be here by now.
  std::vector<std::pair<ArtifactId, std::string>> came_late_;
};

}  // namespace ameide::uaf
