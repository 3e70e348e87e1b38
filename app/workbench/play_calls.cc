#include "app/workbench/play_calls.h"

#include "ameide/simulation/v1/simulation.grpc.pb.h"
#include "app/workbench/unary_call.h"

namespace ameide::workbench {
namespace {

namespace pb = simulation::v1;
using pb::SimulationService;

}  // namespace

absl::StatusOr<pb::View> OpenPlay(const connection::Connection& backend, const std::string& bpmn,
                                  const std::string& process, const std::string& variables_json) {
  pb::OpenSessionRequest request;
  request.set_bpmn(bpmn);
  request.set_process(process);
  request.set_variables_json(variables_json);
  return CallUnary<SimulationService>(backend, &SimulationService::Stub::OpenSession, request);
}

absl::StatusOr<pb::View> ActInPlay(const connection::Connection& backend, const pb::ActRequest& request) {
  return CallUnary<SimulationService>(backend, &SimulationService::Stub::Act, request);
}

absl::StatusOr<pb::View> StepBackInPlay(const connection::Connection& backend, const std::string& session) {
  pb::StepBackRequest request;
  request.set_session(session);
  return CallUnary<SimulationService>(backend, &SimulationService::Stub::StepBack, request);
}

absl::Status ClosePlay(const connection::Connection& backend, const std::string& session) {
  pb::CloseSessionRequest request;
  request.set_session(session);
  return CallUnary<SimulationService>(backend, &SimulationService::Stub::CloseSession, request).status();
}

}  // namespace ameide::workbench
