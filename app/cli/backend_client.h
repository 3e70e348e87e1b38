#pragma once

#include <google/protobuf/timestamp.pb.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/cli/console.h"
#include "app/connection/connection.h"

/// What the verbs that talk to a backend share. For the sources of app/cli only.
namespace ameide::cli {

/// What to do when no backend runs: start one, or say so.
enum class StartBackend { kIfMissing, kNever };

/// The backend of the user's profile. One that is started gets these further arguments.
absl::StatusOr<std::unique_ptr<connection::Connection>> ConnectToBackend(
    StartBackend start, std::vector<std::string> arguments = {});

/// One unary call: `Call(*connection, *stub, &Stub::GetInstance, request, response)`.
template <typename Stub, typename Request, typename Response>
absl::Status Call(const connection::Connection& connection, Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response) {
  const std::unique_ptr<grpc::ClientContext> context = connection.NewContext();
  const grpc::Status status = (stub.*method)(context.get(), request, &response);
  return status.ok() ? absl::OkStatus() : connection::FromGrpc(status);
}

/// Tells an error of a call. What the backend says about the thing that was asked for (no such instance, task
/// closed already) is a finding.
Exit Failed(const Console& console, const absl::Status& status);

/// A time in RFC 3339; empty for an unset one.
std::string TimeText(const google::protobuf::Timestamp& time);

}  // namespace ameide::cli
