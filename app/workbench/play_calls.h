#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ameide/simulation/v1/simulation.pb.h"

namespace ameide::connection {
class Connection;
}

/// Calls to the backend's simulation service as plain functions. They block: never on the UI thread. Errors
/// carry the server's message.
namespace ameide::workbench {

/// Begins a play of a BPMN file's bytes; without a process of the only one that begins by itself.
absl::StatusOr<simulation::v1::View> OpenPlay(const connection::Connection& backend, const std::string& bpmn,
                                              const std::string& process, const std::string& variables_json);
/// Does what the request says.
absl::StatusOr<simulation::v1::View> ActInPlay(const connection::Connection& backend,
                                               const simulation::v1::ActRequest& request);
/// Takes the last action back.
absl::StatusOr<simulation::v1::View> StepBackInPlay(const connection::Connection& backend,
                                                    const std::string& session);
/// Ends a play.
absl::Status ClosePlay(const connection::Connection& backend, const std::string& session);

}  // namespace ameide::workbench
