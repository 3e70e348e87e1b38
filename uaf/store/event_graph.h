#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/merge/causality.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

/// The log as a graph (uaf.md, Branches, cuts, time): which stream belongs to which branch, what each branch
/// holds, and what waits to be believed.
namespace ameide::uaf {

/// OK for what may name a branch: what git allows (git-check-ref-format), without `..`, and nothing that
/// reads as another form of WHEN. INVALID_ARGUMENT says what is wrong.
absl::Status CheckBranchName(std::string_view name);

/// Everything here follows from the events, but for the holds: an event whose clock ran too far ahead when it
/// came is in the store and in no branch, with all that was built on it, until its time has come or somebody
/// lifts it. That is as if it had not arrived yet, so states stay a pure function of their events; only what
/// this computer calls "now" waits. Holds are remembered, so that a clock that jumps back holds nothing anew.
///
/// Memory follows the number of exchanges between streams. One thread.
class EventGraph {
 public:
  /// Of a writer or a reader, from the tables that Add and EventRows keep.
  static absl::StatusOr<EventGraph> Load(Database& database, EventReader& reader);

  /// Takes an event into account that was just inserted, in the caller's transaction. After a rollback the
  /// graph is to be loaded anew.
  absl::Status Add(Database& database, const StoredEvent& event);
  /// Fills the tables from all events; they are empty.
  static absl::Status Rebuild(Database& database, EventReader& reader);
  /// Whether the event is among those that are found again by their kind.
  static bool IsFiled(const StoredEvent& event);

  /// True while everything in the store belongs to main: no branches, no holds, nothing of another branch.
  bool trivial() const { return lines_.empty() && holds_.empty() && stops_.empty(); }
  const merge::Causality& causality() const { return causality_; }
  /// "main" for streams that name no branch. What was derived from a commit belongs to whatever has the
  /// commit.
  std::string BranchOf(const StreamId& stream) const;
  bool HasBranch(std::string_view name) const;
  /// What the branch's first event said; nullptr for main and names that there are not.
  const BranchStarted* Started(std::string_view name) const;

  /// The causal past of the branch's streams, each as far as the branch has it (StopBefore), and of what
  /// commits brought there (Follow), without what is held. While the branch has nothing of any of them, none
  /// of its commits was seen here, and it is what their names say. `everything` is all that the store holds.
  /// Empty for a name that there is not.
  Cut HeadOf(std::string_view name, const Cut& everything) const;
  /// Main first, then by name.
  std::vector<Branch> Branches(const Cut& everything, std::string_view current) const;

  /// A commit of the branch holds `cut`, so all of it is there from now on, in the caller's transaction: also
  /// what was derived, which no stream of the branch may have seen yet, what git alone merged, and what other
  /// branches' commits brought before.
  absl::Status Follow(Database& database, EventReader& reader, const std::string& branch, const Cut& cut);
  /// Whether Follow would change anything.
  bool HasNews(const std::string& branch, const Cut& cut) const;
  /// `first`, which is not there yet, came with a commit of `branch`: where its stream names another one,
  /// that has what comes before it and no more, until Follow says so. Tails of forks belong to their branch
  /// as a whole: what commits hold of them, their files' names do not say. In the caller's transaction.
  absl::Status StopBefore(Database& database, EventReader& reader, const EventId& first,
                          const std::string& branch);

  // Holds.

  /// `event` and what comes behind it are not believed yet.
  absl::Status Hold(Database& database, EventReader& reader, const EventId& event);
  /// Per stream the first event that is held itself.
  const std::map<StreamId, uint64_t>& holds() const { return holds_; }
  /// True when the event, or one that it was built on, is held.
  bool IsHeld(const EventId& event) const;
  /// Looks up what QuarantineLifted events vouch for; before Believes, when events came in.
  absl::Status ReviewLifts(EventReader& reader);
  /// Whether an event of this time needs no hold at `now`: it is at most a day ahead; or somebody vouched for
  /// it; or it was built on such a one and is at most a day ahead of that, because work goes on from there.
  bool Believes(const EventId& event, const HybridTime& time, WallTime now) const;
  /// The last event of a stream up to `last` that is not held; where there is none, the one before the
  /// stream's first: 0 but for tails.
  uint64_t LastBelieved(const StreamId& stream, uint64_t last) const;
  /// Lets those go that are believed at `now`. True when some went.
  absl::StatusOr<bool> Release(Database& database, EventReader& reader, WallTime now);

 private:
  /// The newest word that a branch is closed.
  struct Closing {
    EventId event;
    HybridTime time;
    std::string reason;
  };
  struct Lift {
    EventId event;
    EventReference up_to;
    std::optional<uint64_t> micros;  ///< of `up_to`, when it is here and the one that was meant
  };
  /// One branch beside main.
  struct Line {
    EventId first;
    HybridTime first_time;
    BranchStarted started;
    Author owner;
    WallTime time;
    std::set<StreamId> streams;
    HybridTime newest_start;
  };
  void Note(const ChangeSet& change_set);
  /// Where a tail begins (uaf/log/forks.h): behind which event; 0 for other streams.
  uint64_t BeginOf(const StreamId& stream) const;
  void NoteBegin(const EventId& event);
  size_t CountBeyond(const Cut& one, const Cut& other) const;
  /// HeadOf, as the streams' names say where `stopped` is false.
  Cut Unite(std::string_view name, const Cut& everything, bool stopped) const;
  /// Whether it names the branch: what was derived names none.
  bool IsOf(const StreamId& stream, std::string_view branch) const;
  bool IsNews(const std::string& branch, const StreamId& stream, uint64_t last) const;
  absl::Status LoadHolds(Database& database, EventReader& reader);
  absl::Status LoadFollowed(Database& database);

  merge::Causality causality_;
  std::map<std::string, Line, std::less<>> lines_;
  std::map<StreamId, std::string> branch_of_;
  std::map<StreamId, uint64_t> holds_;
  std::map<StreamId, uint64_t> begins_;  ///< of tails
  /// Of streams of which a part came with commits of another branch than they name: the last event that their
  /// own has.
  std::map<StreamId, uint64_t> stops_;
  /// By branch, what commits brought there beyond its own streams.
  std::map<std::string, Cut, std::less<>> followed_;
  std::map<std::string, Closing, std::less<>> closings_;
  std::vector<Lift> lifts_;
};

}  // namespace ameide::uaf
