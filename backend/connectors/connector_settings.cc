#include "backend/connectors/connector_settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::connectors {
namespace {

using nlohmann::json;

constexpr size_t kLargestFile = 4 << 20;
constexpr char kEnvironmentPrefix[] = "AMEIDE_SECRET_";
constexpr char kEnvironmentTenant[] = "local";

absl::Status Wrong(const std::filesystem::path& file, std::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(file.string(), ": ", std::string(what)));
}

/// A file of people's; nullopt where there is none. `secret`: this user's alone.
absl::StatusOr<std::optional<json>> ReadJson(const std::filesystem::path& file, bool secret) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | (secret ? O_NOFOLLOW : 0));
  if (descriptor < 0) {
    if (errno == ENOENT) return std::nullopt;
    return Wrong(file, "it cannot be opened; check what it is and who may read it");
  }
  std::string text;
  struct stat found {};
  bool whole = ::fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode) &&
               static_cast<size_t>(found.st_size) <= kLargestFile;
  const bool is_private = whole && found.st_uid == ::geteuid() && (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (whole && (!secret || is_private)) {
    text.resize(static_cast<size_t>(found.st_size));
    size_t size = 0;
    while (size < text.size()) {
      const ssize_t read = ::read(descriptor, text.data() + size, text.size() - size);
      if (read <= 0) break;
      size += static_cast<size_t>(read);
    }
    whole = size == text.size();
  }
  ::close(descriptor);
  if (!whole) return Wrong(file, "it cannot be read, or has more than 4 MiB");
  if (secret && !is_private)
    return Wrong(file, "others may read it, or it is another user's; make it yours alone (chmod 600)");
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded() || !value.is_object()) return Wrong(file, "it is no JSON object");
  return std::optional<json>(std::move(value));
}

absl::StatusOr<Origin> ReadOrigin(const json& value) {
  if (value.is_string()) return ParseOrigin(value.get_ref<const std::string&>());
  const auto origin = value.is_object() ? value.find("origin") : value.end();
  if (!value.is_object() || origin == value.end() || !origin->is_string()) {
    return absl::InvalidArgumentError(
        "a host is a text like \"https://api.example.com\", or {\"origin\": …, \"private\": true}");
  }
  AMEIDE_ASSIGN_OR_RETURN(Origin read, ParseOrigin(origin->get_ref<const std::string&>()));
  for (const auto& [name, member] : value.items()) {
    if (name == "origin") continue;
    if (name != "private" || !member.is_boolean())
      return absl::InvalidArgumentError(absl::StrCat("a host has the unknown member ", name));
    read.is_private = member.get<bool>();
  }
  return read;
}

absl::StatusOr<std::vector<Origin>> ReadOrigins(const json& value) {
  if (!value.is_array()) return absl::InvalidArgumentError("hosts are a list");
  std::vector<Origin> origins;
  for (const json& it : value) {
    AMEIDE_ASSIGN_OR_RETURN(Origin origin, ReadOrigin(it));
    origins.push_back(std::move(origin));
  }
  return origins;
}

absl::StatusOr<TenantConnections> ReadTenant(const json& value) {
  TenantConnections connections;
  if (!value.is_object()) return absl::InvalidArgumentError("a tenant is an object");
  for (const auto& [name, member] : value.items()) {
    if (name == "hosts") {
      AMEIDE_ASSIGN_OR_RETURN(connections.hosts, ReadOrigins(member));
    } else if (name == "secrets" && member.is_object()) {
      for (const auto& [secret, hosts] : member.items()) {
        AMEIDE_ASSIGN_OR_RETURN(connections.secrets[secret], ReadOrigins(hosts));
      }
    } else if (name == "authorities" && member.is_string()) {
      connections.authorities = member.get<std::string>();
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("the member ", name, " is unknown or wrong; known are hosts, secrets, authorities"));
    }
  }
  return connections;
}

}  // namespace

bool Origin::Covers(const Origin& server) const {
  if (scheme != server.scheme || port != server.port) return false;
  return below ? absl::EndsWith(server.host, absl::StrCat(".", host)) : server.host == host;
}

absl::StatusOr<Origin> ParseOrigin(std::string_view text) {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(text.substr(0, 200)),
                     "' is no server; write https://HOST or http://HOST:PORT, with nothing behind it"));
  };
  Origin origin;
  std::string_view rest = text;
  for (const std::string_view scheme : {"https", "http"}) {
    if (!rest.starts_with(scheme) || !rest.substr(scheme.size()).starts_with("://")) continue;
    origin.scheme = scheme;
    rest.remove_prefix(scheme.size() + 3);
    break;
  }
  if (origin.scheme.empty() || rest.find_first_of("/@?#\\ \t\r\n") != std::string_view::npos) return wrong();
  origin.port = origin.scheme == "https" ? 443 : 80;
  if (rest.starts_with("*.")) {
    origin.below = true;
    rest.remove_prefix(2);
  }
  const size_t bracket = rest.find(']');  // of an IPv6 address
  const size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const std::string_view port = rest.substr(colon + 1);
    const auto [at, error] = std::from_chars(port.data(), port.data() + port.size(), origin.port);
    if (error != std::errc() || at != port.data() + port.size() || origin.port == 0) return wrong();
    rest = rest.substr(0, colon);
  }
  if (rest.empty() || rest.find('*') != std::string_view::npos) return wrong();
  origin.host = absl::AsciiStrToLower(std::string(rest));
  return origin;
}

const Origin* TenantConnections::Find(const Origin& server) const {
  for (const Origin& host : hosts) {
    if (host.Covers(server)) return &host;
  }
  return nullptr;
}

absl::StatusOr<TenantConnections> ConnectorSettings::Connections(const std::string& tenant) const {
  const std::filesystem::path file = folder_ / "connectors.json";
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<json> settings, ReadJson(file, false));
  if (!settings) return TenantConnections();
  const auto tenants = settings->find("tenants");
  if (tenants == settings->end() || !tenants->is_object()) return Wrong(file, "it has no member `tenants`");
  const auto found = tenants->find(tenant);
  if (found == tenants->end()) return TenantConnections();
  auto connections = ReadTenant(*found);
  if (!connections.ok())
    return Wrong(file, absl::StrCat("tenant ", tenant, ": ", connections.status().message()));
  return connections;
}

absl::StatusOr<std::string> ConnectorSettings::Secret(const std::string& tenant,
                                                      const std::string& name) const {
  const std::filesystem::path file = folder_ / "secrets.json";
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<json> secrets, ReadJson(file, true));
  if (secrets) {
    const auto own = secrets->find(tenant);
    if (own != secrets->end() && own->is_object()) {
      const auto found = own->find(name);
      if (found != own->end()) {
        if (!found->is_string()) return Wrong(file, absl::StrCat("the secret ", name, " is no text"));
        return found->get<std::string>();
      }
    }
  }
  if (tenant == kEnvironmentTenant) {
    if (const char* value = std::getenv(absl::StrCat(kEnvironmentPrefix, name).c_str())) return value;
  }
  return absl::NotFoundError(absl::StrCat("there is no secret ", name, "; put it into ", file.string()));
}

}  // namespace ameide::connectors
