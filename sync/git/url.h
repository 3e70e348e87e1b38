#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ameide::sync::git {

/// How a remote is reached: through the file system, or over the network.
enum class RemoteKind { kFile, kHttp, kSsh };

/// Judges a remote's address. INVALID_ARGUMENT for a transport that is not served (git's `ext::` runs
/// programs), for what looks like an option, and for an address that holds a password: those belong into a
/// credential helper.
absl::StatusOr<RemoteKind> ClassifyUrl(std::string_view url);

/// `text` with the user and password of every URL taken out, for messages and logs.
std::string WithoutCredentials(std::string_view text);

}  // namespace ameide::sync::git
