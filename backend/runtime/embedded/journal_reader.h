#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/plan.h"
#include "backend/engine/state.h"
#include "backend/runtime/embedded/chunk_store.h"
#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/journal_codec.h"
#include "backend/runtime/embedded/sqlite.h"

namespace ameide::runtime {

/// An instance's state with the number of facts behind it.
struct ReplayedState {
  engine::InstanceState state;
  int64_t revision = 0;
  int64_t compacted_at = 0;  ///< revision of the compact state that replay began with; 0 for none
  size_t large_bytes = 0;    ///< of rows that are in chunks
};

/// Reads journals over one connection, which must outlive it. Not thread-safe.
class JournalReader {
 public:
  static absl::StatusOr<std::unique_ptr<JournalReader>> Make(Sqlite& sqlite);

  /// The plans that a journal needs: the one that the instance runs now, the one that its journal begins
  /// with, and others by their digest, for instances that went over more than once.
  struct Plans {
    std::shared_ptr<const engine::Plan> now;
    std::shared_ptr<const engine::Plan> first;
    std::function<absl::StatusOr<std::shared_ptr<const engine::Plan>>(std::string_view digest)> find;
  };

  /// The state: the newest compact one and the facts after it. DATA_LOSS names the instance whose journal is
  /// damaged.
  absl::StatusOr<ReplayedState> Load(InstanceNumber instance, const Plans& plans);

  /// Hands every fact of the whole journal to `visit`, with the state and the plan before it.
  using Visit = std::function<void(const engine::Plan& plan, const engine::InstanceState& before, WallTime at,
                                   const engine::Fact& fact)>;
  absl::StatusOr<ReplayedState> Replay(InstanceNumber instance, const Plans& plans, const Visit& visit);

 private:
  JournalReader() = default;
  /// The bytes in column 1; column 2 is the tenant. `held` keeps them where they were in chunks.
  absl::StatusOr<std::string_view> Large(const Statement& row, std::string& held, ReplayedState& replayed);
  absl::Status Fold(InstanceNumber instance, std::shared_ptr<const engine::Plan> plan, const Plans& plans,
                    const Visit* visit, ReplayedState& replayed);

  Statement compact_;
  Statement rows_;
  std::unique_ptr<ChunkReader> chunks_;
};

}  // namespace ameide::runtime
