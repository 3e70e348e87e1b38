#pragma once

#include "absl/status/status.h"
#include "base/ed25519.h"
#include "uaf/store/store.h"

namespace ameide::uaf {

/// Puts the public half of this device's key where others find it: `.uaf/keys`, and once into the log, which
/// says since when it is used. Inside the caller's transaction.
absl::Status MakeKeyKnown(Store& store, const Ed25519PrivateKey& key);

}  // namespace ameide::uaf
