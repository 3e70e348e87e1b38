#pragma once

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "backend/engine/command.h"
#include "backend/engine/state.h"
#include "backend/runtime/embedded/chunk_store.h"
#include "backend/runtime/embedded/element_times.h"
#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/journal_codec.h"
#include "backend/runtime/embedded/journal_reader.h"
#include "backend/runtime/embedded/plan_catalog.h"
#include "backend/runtime/embedded/sqlite.h"

namespace ameide::runtime {

/// An instance in the writer's memory, with what of it was not written yet.
struct LiveInstance {
  InstanceNumber number = 0;
  std::shared_ptr<const PlanVersion> version;
  engine::InstanceState state;
  int64_t revision = 0;
  int64_t compacted_at = 0;
  bool is_new = true;       ///< has no row yet
  bool is_counted = false;  ///< among those that have not ended
  /// Bytes of variables that may come before they have to be counted again.
  int64_t room = 0;
  size_t weight = 0;  ///< bytes of large rows that it was read from or written to: what it takes in memory

  JournalRowWriter journal;                           ///< facts since the last Write
  std::vector<engine::CreateUserTask> created_tasks;  ///< since the last Write
  WallTime changed_at;
  bool went_over = false;  ///< to another plan, since the last Write
  int steps_in_a_row = 0;  ///< since it was at rest
  /// Its elements with their times, where somebody wants to know; nullptr: nobody does, or not read yet.
  std::unique_ptr<ElementTimes> times;

  /// What the tables hold of it.
  std::map<engine::Key, WallTime> timer_rows;
  std::map<engine::Key, std::pair<std::string, std::string>> task_rows;  ///< with assignee and owner
  std::set<engine::Key> incident_rows;
};

/// A timer that Write has put into its table.
struct WrittenTimer {
  WallTime due;
  InstanceNumber instance = 0;
  engine::Key key = engine::kNoKey;
};

/// The writer's instances: loads them from the journal, keeps some, and writes what changed within the
/// transaction that its owner has begun. Not thread-safe.
class InstanceStore {
 public:
  static absl::StatusOr<std::unique_ptr<InstanceStore>> Make(Sqlite& sqlite, PlanCatalog& plans,
                                                             size_t cached);

  /// A new instance; its row comes with Write.
  LiveInstance& Create(InstanceNumber number, std::shared_ptr<const PlanVersion> version);
  /// Loads the instance unless it is in memory. NOT_FOUND; DATA_LOSS. Valid until Trim or Forget.
  absl::StatusOr<LiveInstance*> Find(InstanceNumber number);

  /// Fills `instance.times` from the journal; the instance must have no facts that are not written.
  absl::Status ReadTimes(LiveInstance& instance);

  /// Writes journal row, instance row, and rows of timers, tasks and incidents. Returns the timers that are
  /// new.
  absl::StatusOr<std::vector<WrittenTimer>> Write(LiveInstance& instance);

  /// Drops ended instances among `touched` and the longest unused ones beyond the limits, of number and
  /// weight.
  void Trim(const std::vector<LiveInstance*>& touched);
  /// Drops these: what memory holds of them was rolled back.
  void Forget(const std::vector<LiveInstance*>& instances);

  /// Drops an ended instance, if it is in memory.
  void Drop(InstanceNumber number);

  size_t size() const { return instances_.size(); }

 private:
  struct Slot {
    LiveInstance instance;
    std::list<InstanceNumber>::iterator used;
  };

  InstanceStore(Sqlite& sqlite, PlanCatalog& plans, size_t cached)
      : sqlite_(sqlite), plans_(plans), cached_(cached) {}
  absl::Status PrepareStatements();
  LiveInstance& Insert(InstanceNumber number);
  void Erase(std::unordered_map<InstanceNumber, Slot>::iterator slot);
  /// What goes into a row for large bytes.
  absl::StatusOr<std::string> Put(LiveInstance& instance, std::string bytes);
  absl::Status WriteRow(LiveInstance& instance);
  absl::Status WriteTimers(LiveInstance& instance, std::vector<WrittenTimer>& added);
  absl::Status WriteTasks(LiveInstance& instance);
  absl::Status WriteTask(LiveInstance& instance, const engine::CreateUserTask& task);
  absl::Status WriteIncidents(LiveInstance& instance);
  absl::Status Compact(LiveInstance& instance);

  Sqlite& sqlite_;
  PlanCatalog& plans_;
  const size_t cached_;
  std::unique_ptr<JournalReader> journal_;
  std::unique_ptr<ChunkStore> chunks_;
  size_t weight_ = 0;  ///< of all that are in memory
  std::unordered_map<InstanceNumber, Slot> instances_;
  std::list<InstanceNumber> used_;  ///< the longest unused first

  Statement select_instance_, insert_instance_, update_instance_, update_plan_, insert_journal_,
      replace_compact_, delete_compact_;
  Statement select_timers_, replace_timer_, delete_timer_;
  Statement select_tasks_, insert_task_, insert_group_, delete_task_, delete_groups_, insert_user_,
      delete_users_, assign_task_;
  Statement select_incidents_, insert_incident_, delete_incident_;
};

/// The plans that an instance's journal needs: it runs `now` and began with the one in row `first`.
absl::StatusOr<JournalReader::Plans> PlansFor(Sqlite& sqlite, PlanCatalog& catalog, const PlanVersion& now,
                                              int64_t first);

/// Status of an instance as lists show it.
int StatusOf(const engine::InstanceState& state);

}  // namespace ameide::runtime
