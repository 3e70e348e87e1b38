#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ameide/process/v1/process.grpc.pb.h"
#include "app/cli/backend_client.h"

/// What the verbs share that ask the backend about processes. For the sources of app/cli only.
namespace ameide::cli {

/// A verb's connection to the backend of the user's profile, which is started where it is missing.
struct ProcessBackend {
  std::unique_ptr<connection::Connection> connection;
  std::unique_ptr<process::v1::ProcessService::Stub> stub;

  static absl::StatusOr<ProcessBackend> Connect();
  /// One unary call in the name of whoever runs the program.
  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (process::v1::ProcessService::Stub::*method)(grpc::ClientContext*,
                                                                              const Request&, Response*),
                    Request request, Response& response) const {
    request.mutable_context()->set_user(UserName());
    return cli::Call(*connection, *stub, method, request, response);
  }

 private:
  static std::string UserName();
};

/// INVALID_ARGUMENT unless `text` is empty or a JSON object.
absl::Status CheckVariables(const std::string& text);

/// The text, or null for an empty one.
nlohmann::ordered_json Nullable(const std::string& text);

}  // namespace ameide::cli
