#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/log/forks.h"
#include "uaf/store/event_rows.h"
#include "uaf/store/sqlite.h"

/// Forks in the store (uaf/log/forks.h): which tails it holds that do not keep their stream's name, and what
/// is to be called otherwise when one more is learned of. Rows of events never change: they hold what their
/// writers wrote; what their runs say besides tells what is meant.
namespace ameide::uaf {

/// The tails, in the order in which they were learned of.
absl::StatusOr<std::vector<Tail>> TailsOf(Database& database);

/// Names of tails that others use and that keep their stream's name here (NamesWithin).
absl::StatusOr<std::vector<Tail>> TailMarksOf(Database& database);

/// For the owner, in a transaction. What was folded, interned or remembered before counts no more after
/// Rename.
class StreamTails {
 public:
  StreamTails(Database* database, EventRows* rows) : database_(database), rows_(rows) {}

  /// Notes one whose events come next. The names of its streams are interned.
  absl::Status Add(const Tail& tail);
  /// The events of `tail.base` behind `tail.after` are those of `tail` from now on, with all that names them:
  /// somebody else's keep the name. DATA_LOSS when there is such a stream already.
  absl::Status Rename(const Tail& tail);
  /// Notes the names of tails that somebody uses, where nothing is called so here.
  absl::Status NoteMarks(const ChangeSet& written);
  /// Number of what event `id` calls others (EventRun::names): `past` is what it has seen, `written` what its
  /// writer wrote, all of whose parents are here.
  absl::StatusOr<int64_t> NamesOf(const EventId& id, Cut past, const ChangeSet& written);
  /// What stands for the empty list where a parent alone is called otherwise.
  static constexpr int64_t kParentsOnly = -1;

 private:
  absl::StatusOr<int64_t> StreamNumber(const StreamId& stream);
  absl::Status NoteMark(const StreamId& name);
  /// 0 for the empty list.
  absl::StatusOr<int64_t> NumberOf(const SaidNames& names);
  absl::Status MoveEvents(const Tail& tail, int64_t base, int64_t stream);
  absl::Status MoveNotes(const Tail& tail, int64_t base, int64_t stream);
  /// Gives the runs of all events the names that follow from the tails as they are now.
  absl::Status NameAnew();

  Database* database_;
  EventRows* rows_;
};

}  // namespace ameide::uaf
