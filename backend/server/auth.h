#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace grpc {
class ServerCredentials;
}

namespace ameide::server {

/// The tenant of everybody who holds the launch token of an embedded backend.
inline constexpr char kLocalTenant[] = "local";
/// Metadata in which a caller may say the tenant it means.
inline constexpr char kTenantMetadata[] = "ameide-tenant";

/// Credentials of a server on a Unix-domain socket: every call of every service, health and reflection too,
/// must carry `authorization: Bearer <token>`, else it ends with UNAUTHENTICATED before its handler is found;
/// one whose metadata names another tenant ends with PERMISSION_DENIED. The token is compared in constant
/// time and goes no further.
std::shared_ptr<grpc::ServerCredentials> LaunchTokenCredentials(std::string token);

/// Compares without telling by its duration where the difference is.
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace ameide::server
