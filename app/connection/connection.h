#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/platform/paths.h"

namespace grpc {
class Channel;
class ClientContext;
class Status;
}  // namespace grpc

namespace ameide::connection {

/// How to reach the embedded backend of a profile.
struct ConnectOptions {
  /// The profile; its runtime folder holds socket and token, its data folder what the backend keeps.
  ProfilePaths profile;
  /// Starts `ameided` where none runs. It then outlives the caller, until `ameide backend stop`.
  bool start_if_missing = true;
  /// The program to start; empty is `ameided` beside the running program.
  std::filesystem::path program;
  /// Further arguments for a program that is started; one that runs already keeps its own.
  std::vector<std::string> arguments;
  /// How long to wait for a started backend to answer.
  std::chrono::milliseconds start_timeout{10000};
};

/// How long an ordinary call may take.
inline constexpr std::chrono::milliseconds kCallTimeout{10000};

/// A channel to a running backend, and what each call on it must carry. Stubs are made from `channel()`:
/// `auto stub = process::v1::ProcessService::NewStub(connection->channel());`. Thread-safe.
class Connection {
 public:
  Connection(std::shared_ptr<grpc::Channel> channel, std::string token, std::filesystem::path socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const std::filesystem::path& socket() const { return socket_; }

  /// A context for one call: credentials and a deadline from now. Streams that last pass `kNoTimeout`.
  std::unique_ptr<grpc::ClientContext> NewContext(std::chrono::milliseconds timeout = kCallTimeout) const;

  /// For streams that last as long as the caller wants.
  static constexpr std::chrono::milliseconds kNoTimeout{0};

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::string token_;
  std::filesystem::path socket_;
};

/// Finds the running backend of the profile, or starts one and waits until it answers. When two callers start
/// one at the same time, both get the one that won. Blocks up to `start_timeout`; call it off the UI thread.
///
/// UNAVAILABLE: none runs and none may be started. FAILED_PRECONDITION: the program is missing or ended at
/// once; the message holds what it said. DEADLINE_EXCEEDED: it did not answer in time.
absl::StatusOr<std::unique_ptr<Connection>> Connect(const ConnectOptions& options);

/// Connects to a backend whose socket and token are known.
std::unique_ptr<Connection> ConnectTo(const std::filesystem::path& socket, std::string token);

/// OK when the backend answers its health check within `timeout`.
absl::Status CheckHealth(const Connection& connection, std::chrono::milliseconds timeout);

/// An error from a call as a value: the code, and the message for people. UNAVAILABLE says that the backend
/// is gone.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace ameide::connection
