#pragma once

#include <optional>
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

/// Inside the caller's transaction: from its commit on, files may hold `event` as it was although the log
/// says that its values are gone.
absl::Status NoteUnfinished(Store& store, const StoredEvent& event);
/// The event that NoteUnfinished named and RedactOnDisk has not dealt with: a crash or a full disk came
/// between.
absl::StatusOr<std::optional<EventId>> FindUnfinished(Store& store);

/// Removes what `id` brought and no event of the store names any more, rewrites every file of the log that
/// holds `id` as it was, signed by `key`, and takes the note back. `blobs` are known to have come with it;
/// those that the files still name are found. May be repeated.
absl::Status RedactOnDisk(Store& store, const EventId& id, std::vector<Hash256> blobs,
                          const Ed25519PrivateKey& key);

/// The payload hash that stands in the place of a redacted event.
absl::StatusOr<Hash256> PayloadOfRedacted(Database& database, const StoredEvent& event);

}  // namespace ameide::uaf
