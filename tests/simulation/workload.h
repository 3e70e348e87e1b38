#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/simulation/computer.h"
#include "uaf/workspace.h"

namespace ameide::uaf::simulation {

/// Points of a run are counts of the disk's operations.
using Point = uint64_t;

/// Events that were told to be durable, and since when.
struct Group {
  Point at = 0;
  std::vector<EventId> events;
  bool together = false;  ///< all of them or none
};

/// Something that another program did to the working files: an edit, which holds `token` and nothing else
/// does, or a new name or a removal (no token). From `begin` on it may be on the disk, from `durable` on it
/// is; from `taken_in` on the store has it.
struct OutsideChange {
  ArtifactId artifact;
  Point begin = 0;
  Point durable = 0;
  Point taken_in = UINT64_MAX;
  std::string token;
};

/// A fact that somebody was told at a point: "everything up to this event is sealed", "this commit is known",
/// "this key recorded that event".
struct Told {
  Point at = 0;
  std::string text;
  EventId event;
};

/// An event whose values were taken out.
struct Redaction {
  ArtifactId artifact;
  EventId event;
  EventId recorded;    ///< the event that says so; of no stream when it may not have been recorded
  std::string before;  ///< the event's canonical bytes until then
};

/// What a run did and what was acknowledged: the model that lies outside the disk.
struct Recording {
  std::vector<Group> groups;
  std::vector<OutsideChange> outside;
  std::vector<Told> sealed;
  std::vector<Told> commits;
  std::vector<Told> keys;
  /// After each step: what every artifact held at that cut.
  struct State {
    uaf::Cut cut;
    std::map<ArtifactId, std::string> bytes;
  };
  std::vector<State> states;
  std::set<StreamId> own;  ///< streams of this computer
  size_t branches = 0;     ///< started here: a stream each
  std::vector<Redaction> redactions;
  /// From when to when "now" became another state and the policy's file, which git would bring along, did not
  /// yet fit.
  struct Arrival {
    Point begin = 0;
    Point end = 0;
  };
  std::vector<Arrival> arrivals;
  WallTime latest;  ///< the latest time of its clock
};

/// A person at work on a simulated computer, now and then exchanging with another one (Bob, whose disk is
/// sound). A function of its seed.
class Workload {
 public:
  struct Options {
    uint64_t seed = 1;
    size_t steps = 60;
    Pace pace = Pace::kOnRequest;
    /// The disk will fail: steps may, and must say so; they go on when it is healed.
    bool disk_fails = false;
    /// Called before each step.
    std::function<void(size_t step)> before_step;
  };
  explicit Workload(Options options);
  ~Workload();

  /// Runs all steps. What should not have happened, or nothing.
  std::string Run();
  /// Closes and opens the workspace. As Run.
  std::string Reopen();
  void Close();

  Computer& ada() { return *ada_; }
  /// After Run: the workspace; nullptr when it could not be opened.
  uaf::Workspace* workspace() { return workspace_.get(); }
  const Recording& recording() const { return recording_; }
  /// Errors that steps gave, where the disk fails.
  const std::vector<absl::Status>& errors() const { return errors_; }
  /// What every state says must still be so. As Run.
  std::string CheckStates() const;

 private:
  absl::Status Step(size_t step);
  absl::Status OpenWorkspace();
  /// Notes what happened while nobody was told, as on opening.
  absl::Status NoteCut();
  absl::Status NoteState();
  /// The files, or only that of one artifact, were looked at: what was saved outside is recorded, but for
  /// artifacts that are read-only.
  absl::Status TakenIn(const std::optional<ArtifactId>& only = std::nullopt);

  absl::Status Edit();
  absl::Status Batch(size_t size);
  absl::Status UndoOrRedo();
  absl::Status CreateOne();
  absl::Status ImportOne();
  absl::Status RenameOne();
  absl::Status RetireOne();
  absl::Status SaveOutside();
  absl::Status MoveOutside();
  absl::Status Synchronise();
  absl::Status Seal();
  absl::Status ExchangeWithBob();
  bool IsOwnLog(const std::string& path) const;
  void MoveClock();
  void SetBatch(bool batch);

  // Around the content, and to the history itself (workload_life.cc).

  /// Something that was said, and about what.
  struct Topic {
    ArtifactId artifact;
    EventId event;
  };
  absl::Status Talk();
  absl::Status Comment(const uaf::Artifact& artifact);
  absl::Status Say(uaf::RecordRequest request, std::vector<Topic>* topics = nullptr);
  /// Notes whose stream it went to. A refusal is no failure.
  absl::Status Heard(const absl::StatusOr<uaf::Receipt>& receipt);
  const Topic& OneOf(const std::vector<Topic>& topics);
  std::optional<NodeId> AnyNode(const ArtifactId& artifact);
  absl::Status ManyTogether();
  absl::Status BranchOut();
  absl::Status GoTo(const std::string& branch);
  absl::Status Merge(const std::string& branch);
  /// What is "now" is another state, since `begin`.
  absl::Status Arrived(Point begin);
  absl::Status Resolve();
  absl::Status RedactOne();
  /// An error when any file of the disk holds what was taken out.
  absl::Status Mentions(const std::string& secret);
  absl::Status Pack();

  std::optional<uaf::Artifact> AnyArtifact();
  std::string Name(const char* ending);
  std::optional<uaf::Command> SmallEdit(const uaf::Artifact& artifact, const uaf::Workspace& workspace);

  Options options_;
  SeededRandom random_;
  std::unique_ptr<Computer> ada_;
  std::unique_ptr<Computer> bob_;
  std::unique_ptr<uaf::Workspace> workspace_;
  std::unique_ptr<uaf::Workspace> bobs_;
  std::unique_ptr<uaf::Workspace::Subscription> subscription_;
  std::mutex mutex_;  ///< guards the groups, which the store's thread adds
  bool batch_ = false;
  Recording recording_;
  uaf::Cut noted_;
  std::vector<absl::Status> errors_;
  uint64_t names_ = 0;
  std::vector<Topic> comments_;
  std::vector<Topic> reviews_;
  std::vector<Topic> links_;
};

/// What verifying finds, without what the log itself says of the life around content, such as the link that
/// dangles because somebody removed what it tied.
absl::StatusOr<std::vector<document::Finding>> Damage(const uaf::Workspace& workspace);
/// All that belongs to any branch.
absl::StatusOr<Cut> EverythingOf(const uaf::Workspace& workspace);
/// A refusal is an answer, not a failure: what was wanted did not fit.
absl::Status Unless(const absl::Status& status);

/// True for a file that could not be written or read; not while a part of the log is held back.
bool IsTrouble(const uaf::WorkingFileNote& note);
/// True for errors that only a broken disk gives.
bool IsDiskError(const absl::Status& status);

}  // namespace ameide::uaf::simulation
