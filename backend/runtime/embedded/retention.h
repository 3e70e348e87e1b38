#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/runtime/embedded/chunk_store.h"
#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/sqlite.h"
#include "base/clock.h"

namespace ameide::runtime {

/// Finished instances of one process whose time is over.
struct PurgeScope {
  std::string tenant;
  std::string process;  ///< id
  int64_t process_number = 0;
  WallTime ended_before;
};

/// Deletes finished instances with their journals, a bounded number of rows at a time, and keeps the policies
/// that say which. An instance is gone for everybody as soon as its row is; the rows of its journal follow.
/// Works within the transaction that its owner has begun. Not thread-safe.
class Retention {
 public:
  static absl::StatusOr<std::unique_ptr<Retention>> Make(Sqlite& sqlite);

  /// Process "" is for all that have no policy of their own. nullopt: kept for ever.
  absl::Status Set(const std::string& tenant, const std::string& process,
                   std::optional<std::chrono::microseconds> keep);
  /// The process follows the tenant's policy again; for "" all is kept again.
  absl::Status Clear(const std::string& tenant, const std::string& process);

  /// What the policies ask for at `now`: processes with instances whose time is over.
  absl::StatusOr<std::vector<PurgeScope>> Due(WallTime now);
  /// The scope of a process of the tenant, or (empty) of each.
  absl::StatusOr<std::vector<PurgeScope>> ScopesOf(const std::string& tenant, const std::string& process,
                                                   WallTime ended_before);

  /// The first instances in the scope, in the order of their ends, at most `most`.
  absl::StatusOr<std::vector<InstanceNumber>> Find(const PurgeScope& scope, int64_t most);
  /// The instance is gone; what it leaves behind is deleted by Sweep.
  absl::Status Drop(const std::string& tenant, InstanceNumber instance);
  /// Deletes at most so many rows that dropped instances have left. True when that was not all.
  absl::StatusOr<bool> Sweep(int64_t most_rows);

 private:
  Retention() = default;
  absl::StatusOr<std::vector<PurgeScope>> ReadScopes(Statement& rows, std::optional<WallTime> ended_before);

  std::unique_ptr<ChunkStore> chunks_;
  Statement set_, clear_, due_, scopes_, find_, drop_, remember_, next_, journal_end_, delete_journal_,
      delete_compact_, forget_;
};

}  // namespace ameide::runtime
