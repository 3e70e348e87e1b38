#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/engine/fact.h"

namespace ameide::engine {

/// Do this work, not before `not_before`, at least once; then feed CompleteJob, FailJob or ThrowJobError. All
/// attempts of one (element, activation) carry the same idempotency key towards the outside.
struct ActivateJob {
  Key job = kNoKey;
  Key element = kNoKey;
  Index node = kNone;
  JobKind kind = JobKind::kWorker;
  std::string type;         ///< the worker's type, or the domain's package.Service/Method
  std::string domain;       ///< of domain calls
  feel::Context variables;  ///< mapped inputs; a worker's job without mappings gets every variable in scope
  uint32_t activation = 1;
  uint32_t attempt = 1;  ///< from 1
  uint32_t retries = 1;  ///< attempts left, this one included
  WallTime not_before;
};
/// The job is no longer wanted; a late report is refused.
struct CancelJob {
  Key job = kNoKey;
};
/// Show this to people; feed CompleteUserTask.
struct CreateUserTask {
  Key task = kNoKey;
  Key element = kNoKey;
  Index node = kNone;
  std::vector<std::string> candidate_groups;
  std::string assignee;
  std::string form;
  feel::Context variables;  ///< mapped inputs, or without mappings every variable in scope
};
/// The task is done or no longer wanted.
struct CloseUserTask {
  Key task = kNoKey;
};
/// Feed FireTimer at or after `due`.
struct ScheduleTimer {
  Key timer = kNoKey;
  Index node = kNone;
  WallTime due;
};
/// The timer is no longer wanted.
struct CancelTimer {
  Key timer = kNoKey;
};
/// The step was long: feed Continue. A host that wants to stop an endless loop can do so here.
struct ContinueLater {};
/// Nothing will happen any more.
struct EndInstance {
  EndState state = EndState::kCompleted;
};
/// Feed DeliverEvent when a message or signal of that name (and key) comes.
struct OpenSubscription {
  Key subscription = kNoKey;
  Key element = kNoKey;
  Index node = kNone;
  Trigger trigger = Trigger::kMessage;
  std::string name;
  std::optional<std::string> correlation;  ///< nullopt: every message of the name
  bool once = true;                        ///< the first delivery ends it
};
/// The subscription is no longer wanted.
struct CloseSubscription {
  Key subscription = kNoKey;
};
/// Give this message to exactly one receiver, now or when there is one.
struct PublishMessage {
  Key element = kNoKey;
  Index node = kNone;
  std::string name;
  std::optional<std::string> correlation;
  std::string receiver;  ///< the id of the only process that may get it; empty: any
  feel::Context variables;
};
/// Give this signal to everybody else who waits for it now; in the instance itself it has been heard.
struct BroadcastSignal {
  Key element = kNoKey;
  Index node = kNone;
  std::string name;
  feel::Context variables;
};

/// What the engine wants from its host. Commands leave only after the facts of the same decision are durable.
/// The order of the alternatives is the codec's type number (from 1): only append.
using Command = std::variant<ActivateJob, CancelJob, CreateUserTask, CloseUserTask, ScheduleTimer,
                             CancelTimer, ContinueLater, EndInstance, OpenSubscription, CloseSubscription,
                             PublishMessage, BroadcastSignal>;

/// The one binary form of a command, for outboxes.
std::string EncodeCommand(const Command& command);
/// DATA_LOSS for malformed bytes.
absl::StatusOr<Command> DecodeCommand(std::string_view bytes);

}  // namespace ameide::engine
