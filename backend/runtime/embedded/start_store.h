#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/engine.h"
#include "backend/runtime/embedded/sqlite.h"

namespace ameide::runtime {

/// A timer that begins instances.
struct StartTimer {
  int64_t number = 0;
  WallTime due;
  std::string tenant;
  std::string process;
  engine::Index node = engine::kNone;
  uint32_t definition = 0;
};

/// The events that begin instances of the newest versions, in table `start_event`: messages and signals
/// (whom CorrelationStore reads) and timers with how they go on. Also what of a parallel multiple start event
/// has occurred already. Within the transaction that the owner has begun. Not thread-safe.
class StartStore {
 public:
  static absl::StatusOr<std::unique_ptr<StartStore>> Make(Sqlite& sqlite);

  /// Instead of those of an earlier version. Returns the timers.
  absl::StatusOr<std::vector<StartTimer>> Replace(const std::string& tenant, int64_t process_number,
                                                  const std::string& process,
                                                  const std::vector<engine::StartTrigger>& triggers);
  /// All timers, after a restart.
  absl::StatusOr<std::vector<StartTimer>> Timers();

  /// A timer whose time has come by `now`, nullopt when it is not there any more (or not due), and when it is
  /// due next.
  struct Fired {
    StartTimer timer;
    std::optional<WallTime> next;
  };
  absl::StatusOr<std::optional<Fired>> Fire(int64_t number, WallTime now);

  /// Notes that a definition of a parallel multiple start event has occurred. When it was the last of
  /// `definitions`, returns what all of them brought, and begins anew.
  absl::StatusOr<std::optional<feel::Context>> Occur(const std::string& tenant, int64_t process_number,
                                                     engine::Index node, uint32_t definition,
                                                     size_t definitions, const feel::Context& payload);

 private:
  StartStore() = default;
  Statement delete_starts_, delete_occurred_, insert_start_, last_number_, select_timers_, select_timer_,
      update_timer_, delete_timer_, insert_occurred_, select_occurred_, delete_occurred_node_;
};

}  // namespace ameide::runtime
