#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backend/engine/plan.h"
#include "backend/engine/state.h"
#include "backend/runtime/embedded/views.h"

namespace ameide::runtime {

/// Turns the facts of an instance, from the first and in their order, into the activations of its elements
/// with their times. Needs no state beside the facts, so it can follow a living instance as well as read a
/// journal. Not thread-safe.
class ElementTimes {
 public:
  /// `plan` is the one that the fact was decided with.
  void Add(const engine::Plan& plan, WallTime at, const engine::Fact& fact);

  /// Those that have ended since the last call, in the order of their ends.
  std::vector<ElementRun> TakeEnded();
  /// Those that have not ended, as they are at `at`, in the order in which they began.
  std::vector<ElementRun> Open(WallTime at) const;

 private:
  /// Why nobody works at an element; more than one can be.
  enum Reason : unsigned { kUnassigned = 1, kIncident = 2, kSuspended = 4, kEvent = 8 };
  struct Activation {
    ElementRun run;
    unsigned waits_for = 0;          ///< reasons
    WallTime counted_until;          ///< `run.waited` is right up to then
    WallTime pause_until;            ///< between two attempts of its job
    std::vector<engine::Key> owned;  ///< its keys in `owners_`
  };
  struct Activity {
    std::string element, type;
  };

  void Begin(const engine::Plan& plan, engine::Index node, engine::Key key, engine::Key scope, WallTime at);
  void BeginAgain(const Activity& activity, engine::Key key, engine::Key scope, WallTime at);
  void End(engine::Key key, WallTime at, std::string_view outcome);
  void Own(engine::Key part, engine::Key element);
  static void CountWait(Activation& activation, WallTime at);
  void Wait(engine::Key element, Reason reason, bool waits, WallTime at);

  std::map<engine::Key, Activation> open_;
  std::vector<ElementRun> ended_;
  std::map<engine::Key, engine::Key> owners_;  ///< of jobs, user tasks and incidents: their elements
  std::map<engine::Key, Activity> undoable_;   ///< containers, by compensation record
  bool suspended_ = false;
  int64_t begun_ = 0;
};

}  // namespace ameide::runtime
