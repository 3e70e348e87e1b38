#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/runtime/simulation/trace.h"
#include "base/clock.h"
#include "notation/feel/duration.h"
#include "notation/feel/value.h"

namespace ameide::runtime {

/// Something that whoever plays with a process can do. Instances are numbered from 0 in the order of their
/// beginning; keys are those of the view.
namespace play {

/// One token moves, or one event is taken.
struct Step {};
/// Everything moves that can move without time.
struct Run {};
/// The clock jumps to what is due next, at most `by`; without `by` as far as that is. What is due happens.
struct Advance {
  std::optional<feel::IsoDuration> by;
};
/// A task is done.
struct Complete {
  size_t instance = 0;
  uint64_t work = 0;
  feel::Context variables;
};
/// A task ends with a BPMN error.
struct Throw {
  size_t instance = 0;
  uint64_t work = 0;
  std::string code;
};
/// A task fails: an incident.
struct Fail {
  size_t instance = 0;
  uint64_t work = 0;
  std::string message;
};
/// A message comes: to exactly one receiver, now or when there is one.
struct Message {
  std::string name;
  std::optional<std::string> key;
  feel::Context variables;
};
/// A signal comes to everybody who waits for it.
struct Signal {
  std::string name;
  feel::Context variables;
};
/// Variables of a scope; 1 is the process itself.
struct SetVariables {
  size_t instance = 0;
  uint64_t scope = 1;
  feel::Context variables;
};
/// From now on the gateway sends tokens to these flows, whatever the conditions say; none: to those that the
/// conditions say.
struct Choose {
  std::string element;
  std::vector<std::string> flows;
};
/// Another instance of a process begins at its none start event.
struct Start {
  std::string process;
};
/// One of an ad-hoc subprocess's activities begins.
struct StartActivity {
  size_t instance = 0;
  uint64_t scope = 0;
  std::string element;
};
/// What an incident stopped is tried again.
struct Resolve {
  size_t instance = 0;
  uint64_t incident = 0;
};

using Action = std::variant<Step, Run, Advance, Complete, Throw, Fail, Message, Signal, SetVariables, Choose,
                            Start, StartActivity, Resolve>;

/// Tokens on a flow, or at an element.
struct Position {
  std::string element;  ///< id of a flow or node
  uint64_t count = 0;
  bool moves = false;  ///< on flows: the token moves next, else it waits for others
};
/// A task that waits for somebody.
struct Task {
  uint64_t work = 0;
  std::string element, type;
  feel::Context variables;  ///< that it was given
};
/// A message or signal that is waited for.
struct Wait {
  std::string element;
  bool signal = false;
  std::string name;
  std::optional<std::string> key;
};
/// A timer that is set.
struct Due {
  std::string element;
  WallTime at;
};
/// What stops an instance, and where.
struct Incident {
  uint64_t incident = 0;
  std::string element, message;
};
/// Variables of the process or of an element that is a scope of its own.
struct Scope {
  uint64_t scope = 0;
  std::string element;
  feel::Context variables;
};
/// A token will next leave a gateway that has a choice; `choose` decides.
struct Choice {
  std::string element;
  std::vector<std::string> flows;
  std::vector<std::string> chosen;  ///< by `choose`; none: the conditions decide
};
/// One process instance.
struct Instance {
  std::string process;
  std::string_view state;  ///< "active", "completed", "terminated", "failed"
  std::vector<Position> positions;
  std::vector<Task> tasks;
  std::vector<Wait> waits;
  std::vector<Due> timers;
  std::vector<Incident> incidents;
  std::vector<Scope> scopes;
  std::vector<Choice> choices;
};
/// One thing that happened, with the virtual time.
struct Happened {
  size_t instance = 0;
  TraceEvent event;
  WallTime at;
};
/// Everything there is to show.
struct View {
  WallTime now;
  size_t actions = 0;            ///< done so far: what Back takes back
  bool can_move = false;         ///< Step and Run have an effect
  std::optional<WallTime> next;  ///< what Advance goes to
  std::vector<Instance> instances;
  std::vector<Happened> happened;  ///< by the last action; all, after Back and Fork
};

}  // namespace play

/// How a play begins.
struct PlayOptions {
  std::string process;      ///< id; empty: the one that begins by itself
  feel::Context variables;  ///< of every instance
  WallTime start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
};

/// A process played by hand, token by token, in memory: for an editor that shows what its model does. Tasks
/// are done by whoever plays; scripts and mappings are computed; time is virtual. What was done is kept as a
/// list of actions, and since the engine is a function of them, taking back is doing all but the last again.
/// Not thread-safe.
class PlaySession {
 public:
  static constexpr size_t kMostActions = 10'000;

  /// INVALID_ARGUMENT when the model does not compile (a finding a line) or leaves open which process; the
  /// first token waits on its first flow.
  static absl::StatusOr<std::unique_ptr<PlaySession>> Open(std::string_view file, PlayOptions options);
  ~PlaySession();

  /// INVALID_ARGUMENT or NOT_FOUND for what is not there, FAILED_PRECONDITION for what cannot happen now,
  /// RESOURCE_EXHAUSTED after too many actions or when a run does not come to rest; then nothing has changed.
  absl::Status Do(const play::Action& action);
  /// Takes back the last `count` actions, at most all.
  void Back(size_t count);
  /// Another session that goes on from here by itself.
  std::unique_ptr<PlaySession> Fork() const;

  play::View View() const;

 private:
  class Host;
  struct Model;
  PlaySession(std::shared_ptr<const Model> model, PlayOptions options);
  void Replay();

  std::shared_ptr<const Model> model_;
  PlayOptions options_;
  std::vector<play::Action> actions_;
  std::unique_ptr<Host> host_;
};

}  // namespace ameide::runtime
