#include "app/connection/connection.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ameide/backend/v1/backend.grpc.pb.h"
#include "app/connection/launch.h"
#include "base/platform/child_process.h"
#include "base/platform/file_system.h"
#include "base/platform/process.h"
#include "base/status.h"

namespace ameide::connection {
namespace {

constexpr std::chrono::milliseconds kPollPause{20};
constexpr std::chrono::milliseconds kHealthTimeout{2000};
constexpr int kLargestMessage = 64 << 20;

std::chrono::system_clock::time_point DeadlineIn(std::chrono::milliseconds timeout) {
  return std::chrono::system_clock::now() + timeout;
}

}  // namespace

Connection::Connection(std::shared_ptr<grpc::Channel> channel, std::string token,
                       std::filesystem::path socket)
    : channel_(std::move(channel)), token_(std::move(token)), socket_(std::move(socket)) {}

Connection::~Connection() = default;

std::unique_ptr<grpc::ClientContext> Connection::NewContext(std::chrono::milliseconds timeout) const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", absl::StrCat("Bearer ", token_));
  if (timeout > kNoTimeout) context->set_deadline(DeadlineIn(timeout));
  return context;
}

std::unique_ptr<Connection> ConnectTo(const std::filesystem::path& socket, std::string token) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  // Backends of several profiles and launches must not share one connection of gRPC's global pool.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  auto channel = grpc::CreateCustomChannel(absl::StrCat("unix:", socket.string()),
                                           grpc::InsecureChannelCredentials(), arguments);
  return std::make_unique<Connection>(std::move(channel), std::move(token), socket);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return absl::UnavailableError(absl::StrCat("the backend does not answer (", status.error_message(),
                                               "); `ameide backend status` tells more"));
  }
  // gRPC's codes are absl's codes.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

absl::Status CheckHealth(const Connection& connection, std::chrono::milliseconds timeout) {
  const auto stub = backend::v1::BackendService::NewStub(connection.channel());
  const auto context = connection.NewContext(timeout);
  backend::v1::GetStatusResponse response;
  return FromGrpc(stub->GetStatus(context.get(), {}, &response));
}

absl::StatusOr<std::unique_ptr<Connection>> FindRunning(const ProfilePaths& profile) {
  const LaunchFiles files = LaunchFilesOf(profile);
  const PosixFileSystem system;
  absl::StatusOr<std::string> token = system.Read(files.token, 4096);
  if (!token.ok()) {
    if (absl::IsNotFound(token.status())) return absl::UnavailableError("no backend is running");
    return token.status();
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path socket, SocketPath(files.socket));
  auto connection = ConnectTo(socket, std::string(absl::StripAsciiWhitespace(*token)));
  AMEIDE_RETURN_IF_ERROR(CheckHealth(*connection, kHealthTimeout));
  return connection;
}

absl::StatusOr<std::unique_ptr<Connection>> WaitForRunning(const ProfilePaths& profile,
                                                           std::chrono::steady_clock::time_point deadline) {
  while (true) {
    auto connection = FindRunning(profile);
    if (connection.ok()) return connection;
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("a backend is starting but does not answer: ", connection.status().message()));
    }
    std::this_thread::sleep_for(kPollPause);
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Connect(const ConnectOptions& options) {
  auto running = FindRunning(options.profile);
  if (running.ok()) return running;
  if (!options.start_if_missing) {
    if (!absl::IsUnavailable(running.status())) return running.status();
    return absl::UnavailableError("no backend is running; `ameide backend start` starts one");
  }
  const auto deadline = std::chrono::steady_clock::now() + options.start_timeout;
  AMEIDE_ASSIGN_OR_RETURN(Launch launch, StartBackend(options, /*ends_with_parent=*/false));
  auto token = AwaitReady(launch, options);
  if (token.ok()) {
    AMEIDE_ASSIGN_OR_RETURN(const auto socket, SocketPath(LaunchFilesOf(options.profile).socket));
    auto connection = ConnectTo(socket, *std::move(token));
    AMEIDE_RETURN_IF_ERROR(CheckHealth(*connection, kHealthTimeout));
    return connection;
  }
  // Another process was quicker: its backend is ours too.
  if (absl::IsAlreadyExists(token.status())) return WaitForRunning(options.profile, deadline);
  return token.status();
}

}  // namespace ameide::connection
