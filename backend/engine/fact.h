#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/plan.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "notation/feel/duration.h"
#include "notation/feel/value.h"

namespace ameide::engine {

/// Names one thing of an instance: element instance, job, user task, timer or incident. All come from one
/// counter in the state, from 1, so no two things of an instance ever share a key. The process itself is 1.
using Key = uint64_t;
inline constexpr Key kNoKey = 0;
inline constexpr Key kProcessKey = 1;

/// Where an element instance is in its life.
enum class Phase : uint8_t {
  kActivating = 0,  ///< input mappings and subscriptions are still to be done
  kActive = 1,      ///< does its work, or waits
  kCompleting = 2,  ///< the work is done; output mappings and the choice of flows are still to be done
  kLeaving = 3,     ///< only the choice of flows is still to be done
  kCancelling = 4,  ///< of transactions: what was done is being undone, then the cancel event is next
  kDetached = 5,    ///< of thrown compensation nobody waits for: its token has gone on
};

/// How an instance ended.
enum class EndState : uint8_t { kCompleted = 0, kTerminated = 1 };

/// Why an instance needs a person.
enum class IncidentKind : uint8_t {
  kExpression = 0,  ///< an expression gave no usable value
  kNoFlow = 1,      ///< no outgoing flow could be chosen
  kJob = 2,         ///< a job failed and has no attempts left
  kError = 3,       ///< a BPMN error that nothing catches
};
/// "expression", "flow", "job", "error".
std::string_view IncidentKindName(IncidentKind kind);

/// What else is said of a user task. Informs people; nothing happens by it.
struct UserTaskDetails {
  std::vector<std::string> candidate_users;
  std::optional<WallTime> due;
  std::optional<WallTime> follow_up;
  std::optional<uint64_t> priority;  ///< 0 to 100
  bool operator==(const UserTaskDetails&) const = default;
};

// The facts, version 1. Recorded for ever: fields are never changed; a new meaning is a new fact.

/// The instance exists; the process has key 1.
struct InstanceStarted {
  WallTime at;
  feel::Context variables;
};
/// An element instance begins. `via` is the flow whose token it consumes (a join consumes one token of each
/// incoming flow), kNone for entries of a scope and boundary events.
struct ElementActivated {
  Key key = kNoKey;
  Index node = kNone;
  Key scope = kNoKey;
  Index via = kNone;
  Phase phase = Phase::kActive;
};
/// A node that has nothing to wait for was activated and completed at once; tokens are put on `taken`.
struct ElementPassed {
  Index node = kNone;
  Key scope = kNoKey;
  Index via = kNone;
  std::vector<Index> taken;
};
/// The first token of the queue waits at its join.
struct TokenParked {
  Key scope = kNoKey;
  Index flow = kNone;
};
/// Every token directly in the scope is gone.
struct TokensCleared {
  Key scope = kNoKey;
};
/// The element instance goes to another phase.
struct PhaseChanged {
  Key element = kNoKey;
  Phase phase = Phase::kActive;
};
/// An element instance ends and puts tokens on `taken`.
struct ElementCompleted {
  Key key = kNoKey;
  std::vector<Index> taken;
};
/// An element instance is ended from outside, with its job, task, timers, incidents and, for scopes, waiting
/// tokens. Element instances inside it have ended before.
struct ElementTerminated {
  Key key = kNoKey;
};
/// Variables of one scope (an element instance) get values.
struct VariablesSet {
  Key scope = kNoKey;
  feel::Context values;
};
/// Work is given out.
struct JobCreated {
  Key key = kNoKey;
  Key element = kNoKey;
  std::string type;
  uint32_t retries = 1;
};
/// The job is done; its results are in variables by VariablesSet.
struct JobCompleted {
  Key key = kNoKey;
};
/// An attempt failed. With retries left the next attempt is due at `retry_at`.
struct JobFailed {
  Key key = kNoKey;
  uint32_t retries_left = 0;
  WallTime retry_at;
};
/// Attempts are given to a job again, by a person. `activation` changes only for "run again as new".
struct JobRetried {
  Key key = kNoKey;
  uint32_t retries = 1;
  uint32_t activation = 1;
};
/// People are asked.
struct UserTaskCreated {
  Key key = kNoKey;
  Key element = kNoKey;
  std::vector<std::string> candidate_groups;
  std::string assignee;
  UserTaskDetails details;  ///< from version 2 of this fact on
};
/// The task is done; its results are in variables by VariablesSet.
struct UserTaskCompleted {
  Key key = kNoKey;
};
/// A timer of `element` waits for node `node`: the element's own node, or a boundary event on it.
struct TimerScheduled {
  Key key = kNoKey;
  Key element = kNoKey;
  Index node = kNone;
  WallTime due;
  /// Of cycles: how often it fires, this time included (nullopt: without end), the interval, and the end.
  bool cycle = false;
  std::optional<uint64_t> repetitions;
  feel::IsoDuration interval;
  std::optional<WallTime> end;
  uint32_t definition = 0;  ///< which event definition of the node (from version 2 of this fact on)
  std::string cron;         ///< of cycles that follow a calendar instead of an interval (from version 3 on)
};
/// The timer's time has come; it is gone.
struct TimerFired {
  Key key = kNoKey;
};
/// A BPMN error was thrown by `element`; `caught_by` is the boundary event that catches it, kNone when
/// nothing does.
struct ErrorThrown {
  Key element = kNoKey;
  std::string code;
  Index caught_by = kNone;
};
/// `element` cannot go on. An element has at most one incident.
struct IncidentCreated {
  Key key = kNoKey;
  Key element = kNoKey;
  IncidentKind kind = IncidentKind::kExpression;
  std::string message;
};
/// Somebody asked to try again.
struct IncidentResolved {
  Key key = kNoKey;
};
/// Nothing is left to do, for ever.
struct InstanceEnded {
  EndState state = EndState::kCompleted;
};

// Facts of semantics 2.

/// The tokens that a node takes at once from those that wait for it: (flow, how many).
struct TokensConsumed {
  Key scope = kNoKey;
  Index node = kNone;
  std::vector<std::pair<Index, uint32_t>> tokens;
};
/// Tokens are put on flows while the element instance that they come from stays.
struct TokensProduced {
  Key scope = kNoKey;
  std::vector<Index> flows;
};
/// A complex gateway has fired and waits for the rest: the flows it had tokens of. No flows: it starts anew.
struct GatewayPhaseChanged {
  Key scope = kNoKey;
  Index node = kNone;
  std::vector<Index> received;
};
/// An activity begins to repeat itself: element instances of the same node inside it are its instances. For
/// an ad-hoc subprocess: so many entries are to be started.
struct LoopOpened {
  Key element = kNoKey;
  std::optional<uint64_t> total;  ///< nullopt: as long as a condition holds
  feel::Value items;              ///< a list, or null
};
/// The next entry of an ad-hoc subprocess is started.
struct LoopAdvanced {
  Key element = kNoKey;
};
/// The conditions were asked after so many instances had completed.
struct LoopChecked {
  Key element = kNoKey;
  uint64_t completed = 0;
};
/// The instance at `index` (from 0) gave its output.
struct LoopOutput {
  Key element = kNoKey;
  uint64_t index = 0;
  feel::Value value;
};
/// The step is long; the element goes on when its turn comes.
struct ElementPostponed {
  Key element = kNoKey;
};
/// Its turn has come.
struct ElementResumed {
  Key element = kNoKey;
};
/// `element` waits for an event: a message, a signal, or a condition of node `node`'s definition.
struct Subscribed {
  Key key = kNoKey;
  Key element = kNoKey;
  Index node = kNone;
  uint32_t definition = 0;
  Trigger trigger = Trigger::kMessage;
  std::string name;
  std::optional<std::string> correlation;
};
/// The subscription is used up or no longer wanted.
struct SubscriptionClosed {
  Key key = kNoKey;
};
/// The condition that is waited for became true or false.
struct ConditionChanged {
  Key subscription = kNoKey;
  bool holds = false;
};
/// The timer is no longer wanted, though its element goes on.
struct TimerCanceled {
  Key key = kNoKey;
};
/// A message was sent; who gets it is for the host to say.
struct MessageSent {
  Key element = kNoKey;
  std::string name;
  std::optional<std::string> correlation;
};
/// A signal was thrown to everybody.
struct SignalThrown {
  Key element = kNoKey;
  std::string name;
};
/// An escalation was thrown; `caught_by` as in ErrorThrown.
struct EscalationThrown {
  Key element = kNoKey;
  std::string code;
  Index caught_by = kNone;
};
/// An activity that can be undone was completed: `element` of `node`, directly in `scope`. A container holds
/// the records of what was done inside it.
struct CompensationRecorded {
  Key key = kNoKey;
  Key element = kNoKey;
  Key scope = kNoKey;
  Index node = kNone;
  bool container = false;
  feel::Context variables;  ///< its own, as they were
};
/// `element` undoes what was done in `scope` up to now (with `node`: only that activity), last things first.
struct CompensationStarted {
  Key element = kNoKey;
  Key scope = kNoKey;
  Index node = kNone;
};
/// One record is being undone.
struct CompensationTaken {
  Key record = kNoKey;
};
/// A container is being undone: an element instance in `scope` with the data of then. `handled`: by its own
/// event subprocess, else by undoing what is in it.
struct CompensationOpened {
  Key key = kNoKey;
  Key scope = kNoKey;
  Key record = kNoKey;
  bool handled = false;
};
/// Nothing is left to undo for `element`.
struct CompensationEnded {
  Key element = kNoKey;
};

/// From now on nothing moves, or everything may again.
struct SuspensionChanged {
  bool suspended = false;
};
/// A user task is somebody's (or, empty, nobody's). `owner`: who has delegated it.
struct UserTaskAssigned {
  Key key = kNoKey;
  std::string assignee;
  std::string owner;
};
/// From this fact on (itself included) the plan is the one with that digest (32 bytes): (old, new) indices of
/// every node and flow that the state names.
struct InstanceMigrated {
  std::string plan;
  std::vector<std::pair<Index, Index>> nodes;
  std::vector<std::pair<Index, Index>> flows;
};

// Facts of later releases.

/// The activity begins with the data of one of its input sets: told where an IORule asks for it.
struct InputSetSelected {
  Key element = kNoKey;
  Index input_set = kNone;
};

/// Something that happened in an instance: the only thing that changes its state, and what journals hold.
/// The order of the alternatives is the codec's type number (from 1): only append.
using Fact =
    std::variant<InstanceStarted, ElementActivated, ElementPassed, TokenParked, TokensCleared, PhaseChanged,
                 ElementCompleted, ElementTerminated, VariablesSet, JobCreated, JobCompleted, JobFailed,
                 JobRetried, UserTaskCreated, UserTaskCompleted, TimerScheduled, TimerFired, ErrorThrown,
                 IncidentCreated, IncidentResolved, InstanceEnded, TokensConsumed, TokensProduced,
                 GatewayPhaseChanged, LoopOpened, LoopAdvanced, LoopChecked, LoopOutput, ElementPostponed,
                 ElementResumed, Subscribed, SubscriptionClosed, ConditionChanged, TimerCanceled, MessageSent,
                 SignalThrown, EscalationThrown, CompensationRecorded, CompensationStarted, CompensationTaken,
                 CompensationOpened, CompensationEnded, SuspensionChanged, UserTaskAssigned, InstanceMigrated,
                 InputSetSelected>;

/// The one binary form of a fact: type, version, fields.
void EncodeFact(const Fact& fact, ByteWriter& writer);
/// As a string of its own.
std::string EncodeFact(const Fact& fact);
/// Inverse, for facts of this and every earlier release. On malformed input the reader is failed.
Fact DecodeFact(ByteReader& reader);
/// DATA_LOSS for malformed input or bytes left over.
absl::StatusOr<Fact> DecodeFact(std::string_view bytes);

/// "ElementActivated" and so on, for logs and messages.
std::string_view FactName(const Fact& fact);

}  // namespace ameide::engine
