#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "uaf/store/store.h"

/// Taking values out of the log for good (uaf.md, In git): from the store's rows, the segments on disk and
/// the blobs. Lives on the store's thread.
namespace ameide::uaf {

/// Does what the sealed event `id` of the store asks for, inside the caller's transaction: the row holds what
/// is left of the event, the salts of its segment stand in place of the seed. Gives the blobs that it
/// brought. Without effect on an event that is redacted already. INVALID_ARGUMENT when it holds no values,
/// FAILED_PRECONDITION while no segment holds it.
absl::StatusOr<std::vector<Hash256>> RedactInStore(Store& store, const EventId& id);

/// Rewrites every file of the log that holds `id` as it was, signed by `key`, and removes those of `blobs`
/// that no event of the store names any more.
absl::Status RedactOnDisk(Store& store, const EventId& id, const std::vector<Hash256>& blobs,
                          const Ed25519PrivateKey& key);

/// The payload hash that stands in the place of a redacted event.
absl::StatusOr<Hash256> PayloadOfRedacted(Database& database, const StoredEvent& event);

}  // namespace ameide::uaf
