#pragma once

#include <filesystem>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "base/random.h"

namespace ameide::server {

/// The backend's own key, which signs bundles: the seed in a 0600 file, made at the first start. DATA_LOSS
/// when the file does not hold one.
absl::StatusOr<Ed25519PrivateKey> LoadOrMakeBackendKey(const std::filesystem::path& file, Random& random);

}  // namespace ameide::server
