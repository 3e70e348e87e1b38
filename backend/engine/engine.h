#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/command.h"
#include "backend/engine/event.h"
#include "backend/engine/fact.h"
#include "backend/engine/plan.h"
#include "backend/engine/state.h"

/// The process engine: pure functions of values (BPMN 2.0.2, clause 13). No clock, randomness, input or
/// output.
namespace ameide::engine {

/// What follows from an event: facts to record, in order, then commands to carry out.
struct Decision {
  std::vector<Fact> facts;
  std::vector<Command> commands;
};

/// Tokens and repetitions that one step moves at most before it asks to be continued; with 0 an event moves
/// none but those that it makes.
inline constexpr size_t kLongestStep = 10'000;

/// What happens in `state` when `event` does. Changes nothing: fold Apply over the facts. An event that
/// cannot happen now is refused and has no facts: NOT_FOUND (no such job, task, timer, incident or scope, or
/// no longer), FAILED_PRECONDITION (the instance has ended, was started already, was not started; a timer is
/// not due).
absl::StatusOr<Decision> Decide(const Plan& plan, const InstanceState& state, const Event& event,
                                size_t longest_step = kLongestStep);

/// The state after `fact`. `fact` must be one that Decide gave for this plan and history; that is asserted in
/// release too, since anything else means a damaged journal (use CheckedApply for journals of doubtful
/// origin). Never evaluates an expression; frozen per version of a fact.
void Apply(const Plan& plan, InstanceState& state, const Fact& fact);

/// As Apply, but DATA_LOSS instead of an assertion when the fact does not fit the state; the state is then
/// undefined.
absl::Status CheckedApply(const Plan& plan, InstanceState& state, const Fact& fact);

/// Decide and Apply in one, without a copy of the state: what hosts call. A refused event leaves `state` as
/// it was.
absl::StatusOr<Decision> Step(const Plan& plan, InstanceState& state, const Event& event,
                              size_t longest_step = kLongestStep);

/// The commands that are still open in a state (jobs, user tasks, timers, subscriptions, a step to continue),
/// as a host needs them after a restart. In order of their keys. None while it is suspended.
std::vector<Command> OpenCommands(const Plan& plan, const InstanceState& state);

/// What an open job sees now, also while the instance is suspended; nullopt: no such job waits to be done.
std::optional<feel::Context> JobVariables(const Plan& plan, const InstanceState& state, Key job);

/// How a state goes over to another plan: new nodes by old ones, for all that the state names.
struct MigrationMapping {
  std::vector<std::pair<Index, Index>> nodes;
};

/// The mapping that suggests itself: nodes of the same id and kind, but for those that `renamed` gives
/// another new id.
MigrationMapping ProposeMigration(const Plan& from, const Plan& to,
                                  const std::vector<std::pair<std::string, std::string>>& renamed = {});

/// Moves a running instance to another plan, `digest` (32 bytes) being its name: everything that is active
/// goes on where the mapping says; events that are new there begin to be waited for, those that are gone are
/// not any more. Jobs, user tasks and timers that are under way stay as they are. The first facts are of the
/// old plan, those from InstanceMigrated on of the new one, and so are the commands. FAILED_PRECONDITION
/// names each element that has no place there, and why; `state` is then as it was. Also when nothing is wrong
/// but the instance has ended or was not started.
absl::StatusOr<Decision> Migrate(const Plan& from, const Plan& to, std::string_view digest,
                                 const MigrationMapping& mapping, InstanceState& state, WallTime at);

/// What begins instances of a process: an event definition of a start event, of a receive task, or of an
/// event behind an event-based gateway (clauses 13.5.1, 10.5.2).
struct StartTrigger {
  Index node = kNone;
  uint32_t definition = 0;
  Trigger trigger = Trigger::kNone;
  std::string name;  ///< of messages and signals
  /// Of timers: when first, and of cycles how it goes on.
  WallTime due;
  std::optional<feel::IsoDuration> interval;
  std::optional<uint64_t> repetitions;  ///< this time included
  std::optional<WallTime> end;
  std::string cron;  ///< instead of the interval
};

/// In the order of the nodes. Expressions see `variables`. INVALID_ARGUMENT when one gives nothing usable.
absl::StatusOr<std::vector<StartTrigger>> StartTriggers(const Plan& plan, WallTime at,
                                                        const feel::Context& variables);

/// How a timer that begins instances goes on after it has fired when it was due; nullopt: not at all.
std::optional<StartTrigger> NextStart(const StartTrigger& trigger);

/// Names and values that an expression at `element` sees: its own variables and those of the scopes around
/// it, inner ones first. For displays.
feel::Context VisibleVariables(const InstanceState& state, Key element);

}  // namespace ameide::engine
