#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

/// New running versions.
struct DeployRequest {
  BundleToDeploy bundle;
};

/// What `done` of a DeployRequest gets when something changed; empty when the bundle was deployed already.
inline constexpr char kNewDeployment[] = "new";

/// One thing for the writer to do, and who waits for it. `done` gets the id of a started instance.
struct Request {
  /// Empty: the runtime's own (jobs, timers), which are tried again when the disk fails, and never refused.
  std::string tenant;
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
  std::variant<StartRequestItem, EventRequest, DeployRequest> what;
  std::function<void(absl::StatusOr<std::string>)> done;
};

}  // namespace ameide::runtime
