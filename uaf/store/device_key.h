#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "uaf/store/store.h"

namespace ameide::uaf {

/// Puts the public half of this device's key where others find it: `.uaf/keys`, and once into the log, which
/// says since when it is used. Inside the caller's transaction.
absl::Status MakeKeyKnown(Store& store, const Ed25519PrivateKey& key);

/// Remembers of each file in `.uaf/keys` what it held when it was first seen here: whose the key is stands
/// there for people to read, and nothing else would tell that it was changed before a commit held it. In a
/// transaction of its own, where there are new ones.
absl::Status RememberKeyFiles(Store& store);

/// What the store remembers of files of keys: SHA-256 by name.
absl::StatusOr<std::map<std::string, std::string>> RememberedKeyFiles(Database& database);

}  // namespace ameide::uaf
