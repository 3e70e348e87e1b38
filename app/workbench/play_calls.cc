#include "app/workbench/play_calls.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "ameide/simulation/v1/simulation.grpc.pb.h"
#include "app/connection/connection.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

namespace pb = simulation::v1;
using pb::SimulationService;

template <typename Request, typename Response>
absl::StatusOr<Response> Call(const connection::Connection& backend,
                              grpc::Status (SimulationService::Stub::*method)(grpc::ClientContext*,
                                                                              const Request&, Response*),
                              const Request& request) {
  const auto stub = SimulationService::NewStub(backend.channel());
  const auto context = backend.NewContext();
  Response response;
  AMEIDE_RETURN_IF_ERROR(connection::FromGrpc((stub.get()->*method)(context.get(), request, &response)));
  return response;
}

}  // namespace

absl::StatusOr<pb::View> OpenPlay(const connection::Connection& backend, const std::string& bpmn,
                                  const std::string& process, const std::string& variables_json) {
  pb::OpenSessionRequest request;
  request.set_bpmn(bpmn);
  request.set_process(process);
  request.set_variables_json(variables_json);
  return Call(backend, &SimulationService::Stub::OpenSession, request);
}

absl::StatusOr<pb::View> ActInPlay(const connection::Connection& backend, const pb::ActRequest& request) {
  return Call(backend, &SimulationService::Stub::Act, request);
}

absl::StatusOr<pb::View> StepBackInPlay(const connection::Connection& backend, const std::string& session) {
  pb::StepBackRequest request;
  request.set_session(session);
  return Call(backend, &SimulationService::Stub::StepBack, request);
}

absl::Status ClosePlay(const connection::Connection& backend, const std::string& session) {
  pb::CloseSessionRequest request;
  request.set_session(session);
  return Call(backend, &SimulationService::Stub::CloseSession, request).status();
}

}  // namespace ameide::workbench
