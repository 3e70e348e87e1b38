#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/engine/fact.h"

namespace ameide::engine {

/// Starts the instance; its state must be new.
struct StartInstance {
  feel::Context variables;
};
/// A job is done.
struct CompleteJob {
  Key job = kNoKey;
  feel::Context variables;
};
/// An attempt failed. `final`: trying again cannot help, so it is an incident at once; else while attempts
/// are left the next one is due at `retry_at`.
struct FailJob {
  Key job = kNoKey;
  std::string message;
  bool final = false;
  WallTime retry_at;
};
/// The job ends with a BPMN error, which the model may catch.
struct ThrowJobError {
  Key job = kNoKey;
  std::string code;
  std::string message;
};
/// A person has done a user task.
struct CompleteUserTask {
  Key task = kNoKey;
  feel::Context variables;
};
/// A timer is due. The event's time must not be before.
struct FireTimer {
  Key timer = kNoKey;
};
/// Tries again what an incident stopped. `as_new` makes a new idempotency key for a job: only a person may
/// ask for it.
struct ResolveIncident {
  Key incident = kNoKey;
  bool as_new = false;
};
/// Sets variables of a scope (kProcessKey: of the process).
struct SetVariables {
  Key scope = kProcessKey;
  feel::Context variables;
};
/// Ends everything.
struct CancelInstance {};
/// Goes on after a ContinueLater command.
struct Continue {};
/// A message or signal comes to an open subscription.
struct DeliverEvent {
  Key subscription = kNoKey;
  feel::Context variables;  ///< the payload
};
/// Starts the instance by an event; its state must be new. `node` is a start event, receive task or target of
/// an event-based gateway that begins instances.
struct StartInstanceAt {
  Index node = kNone;
  feel::Context variables;  ///< of the process
  feel::Context payload;    ///< of the event
  /// Of a message: what it has in common with the others of its conversation (Plan::conversations); nullopt:
  /// it belongs to none.
  std::optional<std::string> key;
};
/// A person starts one of an ad-hoc subprocess's activities.
struct StartActivity {
  Key scope = kNoKey;
  Index node = kNone;
};

/// An element instance ends as if its work were done, without its output mappings: a person says so. What is
/// inside it is ended. `variables` are set where a result would be.
struct SkipElement {
  Key element = kNoKey;
  feel::Context variables;
};
/// A person moves tokens: element instances end, tokens that wait at joins are taken away, nodes begin.
struct ModifyInstance {
  /// `scope` kNoKey: the only element instance of what is around the node.
  struct Activation {
    Index node = kNone;
    Key scope = kNoKey;
  };
  std::vector<Key> terminate;
  std::vector<Activation> clear;  ///< the joins
  std::vector<Activation> activate;
};
/// Nothing moves any more until ResumeInstance: every other event but SetVariables and CancelInstance is
/// refused. Signals of that time are missed, messages wait.
struct SuspendInstance {};
/// The opposite.
struct ResumeInstance {};
/// A user task becomes somebody's; empty: nobody's. `owner`: who delegates it.
struct AssignUserTask {
  Key task = kNoKey;
  std::string assignee;
  std::string owner;
  bool only_if_free = false;  ///< refused when it is somebody else's
};

/// What happens to an instance from outside, with the host's time.
struct Event {
  WallTime at;
  std::variant<StartInstance, CompleteJob, FailJob, ThrowJobError, CompleteUserTask, FireTimer,
               ResolveIncident, SetVariables, CancelInstance, Continue, DeliverEvent, StartInstanceAt,
               StartActivity, SkipElement, ModifyInstance, SuspendInstance, ResumeInstance, AssignUserTask>
      what;
};

/// The one binary form of an event, for recorded schedules.
std::string EncodeEvent(const Event& event);
/// DATA_LOSS for malformed bytes.
absl::StatusOr<Event> DecodeEvent(std::string_view bytes);

}  // namespace ameide::engine
