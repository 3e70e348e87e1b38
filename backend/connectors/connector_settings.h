#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ameide::connectors {

/// A server that may be called: `https://api.example.com`, `http://localhost:8080`, or with `*.` in front of
/// the host every host below that domain.
struct Origin {
  std::string scheme;  ///< "https" or "http"
  std::string host;    ///< lower case; without the `*.` of a pattern
  uint16_t port = 0;
  bool below = false;       ///< every host below `host`, not `host` itself
  bool is_private = false;  ///< may have an address inside this machine or network

  /// Whether a server (which is no pattern) is the one, or one of those, that this names.
  bool Covers(const Origin& server) const;
};

/// INVALID_ARGUMENT for what is no origin: anything behind the port, other schemes, a user.
absl::StatusOr<Origin> ParseOrigin(std::string_view text);

/// Whom one tenant may call, with what.
struct TenantConnections {
  std::vector<Origin> hosts;
  std::map<std::string, std::vector<Origin>> secrets;  ///< by name: to whom each may be sent
  std::filesystem::path authorities;                   ///< PEM: trusted besides the system's; empty: none

  /// The rule that lets a server be called; nullptr: none does.
  const Origin* Find(const Origin& server) const;
};

/// What people write of connectors, in a folder of the backend's data. Nothing may be called that is not
/// named here. Both files are read anew with each question. Thread-safe.
///
/// `connectors.json`: `{"tenants": {"local": {"hosts": ["https://api.example.com",
/// {"origin": "http://localhost:8080", "private": true}], "secrets": {"API_KEY":
/// ["https://api.example.com"]}, "authorities": "/path/of/ca.pem"}}}`; absent: nothing.
/// `secrets.json`: `{"local": {"API_KEY": "…"}}`, readable by its owner alone. A secret that it does not have
/// is the environment's `AMEIDE_SECRET_API_KEY`, for the tenant `local`.
class ConnectorSettings {
 public:
  explicit ConnectorSettings(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// FAILED_PRECONDITION says what of the file cannot be read, and where.
  absl::StatusOr<TenantConnections> Connections(const std::string& tenant) const;
  /// NOT_FOUND; FAILED_PRECONDITION when others may read the file, or it is damaged. Never with the value.
  absl::StatusOr<std::string> Secret(const std::string& tenant, const std::string& name) const;

 private:
  const std::filesystem::path folder_;
};

}  // namespace ameide::connectors
