#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "absl/status/statusor.h"
#include "app/connection/connection.h"
#include "base/status.h"

namespace ameide::workbench {

/// One unary call of `Service`, with the connection's credentials. Blocks; errors carry the server's message.
template <typename Service, typename Stub, typename Request, typename Response>
absl::StatusOr<Response> CallUnary(const connection::Connection& backend,
                                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                                Response*),
                                   const Request& request) {
  const auto stub = Service::NewStub(backend.channel());
  const auto context = backend.NewContext();
  Response response;
  AMEIDE_RETURN_IF_ERROR(connection::FromGrpc((stub.get()->*method)(context.get(), request, &response)));
  return response;
}

}  // namespace ameide::workbench
