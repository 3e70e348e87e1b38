#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/platform/paths.h"
#include "base/random.h"

namespace ameide::server {

/// Exit code of `ameided` when another process owns the data folder; the same constant as in app/connection.
inline constexpr int kExitOwned = 3;

/// What an embedded backend is started with.
struct ServerOptions {
  ProfilePaths profile;
  const Clock* clock = nullptr;  ///< outlives the server
  Random* random = nullptr;      ///< cryptographic; outlives the server
  std::string version;           ///< of the program
  /// Called (on any thread) when a client asked the backend to end.
  std::function<void()> on_shutdown_asked;
  /// Where metrics can be read over HTTP: this port of the loopback interface (0: any free one); nullopt:
  /// nowhere.
  std::optional<int> metrics_port = std::nullopt;
  std::filesystem::path span_file = {};  ///< where spans are written; empty: nowhere
};

/// An embedded backend: owns the profile's data folder, serves every service on a Unix-domain socket in the
/// runtime folder, and leaves its launch token there in a 0600 file while it runs. No port is opened
/// but the one that `metrics_port` asks for.
class Server {
 public:
  /// Takes the folder, resumes what was running, and listens. ALREADY_EXISTS names the present owner;
  /// DATA_LOSS and others tell what is wrong with the data.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options);
  /// Ends in order: no new calls, running ones get five seconds, accepted work is committed, token and socket
  /// go.
  virtual ~Server() = default;

  /// The secret of this launch.
  virtual const std::string& token() const = 0;
  virtual const std::filesystem::path& socket() const = 0;

  /// Reads quotas.json again. FAILED_PRECONDITION says what is wrong with it; then those of before hold on.
  virtual absl::Status Reload() = 0;
};

}  // namespace ameide::server
