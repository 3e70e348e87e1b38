#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/correlation.h"
#include "backend/engine/event.h"
#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/runtime.h"

namespace ameide::runtime {

/// A new instance of the newest version of a process.
struct StartRequestItem {
  std::string process;
  feel::Context variables;
  std::string idempotency_key;
  std::string digest;  ///< of what was asked for, with a key: a key stands for one request
};

/// Something happens in an instance.
struct EventRequest {
  InstanceNumber instance = 0;
  decltype(engine::Event::what) what;
  /// With a key, kind and key name what was asked, so that it happens once.
  std::string kind;
  std::string idempotency_key;
  std::string digest;  ///< as in StartRequestItem
};

/// The job that the event reports; nullopt: it is no report.
std::optional<engine::Key> ReportedJob(const EventRequest& event);

/// A message from outside.
struct MessageRequest {
  engine::Message message;
  std::optional<std::chrono::microseconds> time_to_live;  ///< how long it is kept; nullopt: for ever
  std::string id;      ///< equal ids of one name are one message; empty: every call is one
  std::string digest;  ///< as in StartRequestItem
};

/// A signal from outside.
struct SignalRequest {
  std::string name;
  feel::Context variables;
  std::string idempotency_key;
  std::string digest;  ///< as in StartRequestItem
};

/// What a person does.
struct OperationRequest {
  Operation operation;
  feel::Context variables;  ///< of the operation, read
};

/// One instance goes over.
struct MigrationRequest {
  InstanceNumber instance = 0;
  Migration migration;
};

/// Some of the finished instances whose time is over go. Of the runtime itself: those that policies name;
/// `look` is the number of that look. Of a tenant: those of a process (empty: of each) that ended before a
/// time; `done` gets how many went, 0 when there are no more.
struct PurgeSliceRequest {
  int64_t look = 0;
  std::string process;
  WallTime ended_before;
  std::string actor;
  std::string reason;
};

/// Another policy.
struct SetRetentionRequest {
  RetentionChange change;
};

/// The timer of a start event is due: its number.
struct StartTimerRequest {
  int64_t number = 0;
};

/// What had no turn in the transaction before.
struct GoOnRequest {};

/// New running versions.
struct DeployRequest {
  BundleToDeploy bundle;
};

/// What `done` of a DeployRequest gets when something changed; empty when the bundle was deployed already.
inline constexpr char kNewDeployment[] = "new";

/// One thing for the writer to do, and who waits for it. `done` gets the id of a started instance, of a
/// message the id of the instance that got it (empty: nobody yet), of a signal how many got it.
struct Request {
  /// Empty: the runtime's own (jobs, timers), which are tried again when the disk fails, and never refused.
  std::string tenant;
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
  std::variant<StartRequestItem, EventRequest, DeployRequest, MessageRequest, SignalRequest, OperationRequest,
               MigrationRequest, StartTimerRequest, GoOnRequest, PurgeSliceRequest, SetRetentionRequest>
      what;
  std::function<void(absl::StatusOr<std::string>)> done;
};

}  // namespace ameide::runtime
