#include "uaf/store/migrate_events.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/event_rows.h"

namespace ameide::uaf {
namespace {

absl::Status CannotCarry(std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the store cannot be brought to the present format: ", std::string(what),
                   "; `ameide doctor --rebuild` builds it anew from the log"));
}

/// Packs one row of format 1, and sees that the same comes out again.
absl::Status Carry(EventRows& rows, const Statement& row, int64_t arrival) {
  const std::string canonical(row.Blob(3));
  absl::StatusOr<ChangeSet> change_set = DecodeChangeSet(canonical);
  const absl::StatusOr<Hash256> link = Hash256::FromBytes(row.Blob(4));
  if (!change_set.ok() || !link.ok() || row.Int(1) != arrival) {
    return CannotCarry(absl::StrCat("event ", arrival, " is damaged or missing"));
  }
  StoredEvent event;
  event.key = row.Int(0);
  event.arrival = arrival;
  event.change_set = *std::move(change_set);
  AMEIDE_RETURN_IF_ERROR(rows.Append(event, EncodeBody(event.change_set), row.Int(2), *link));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, rows.RunAt(arrival));
  return rows.Read(*run, arrival, arrival, [&](const StoredEvent& packed, std::string_view) {
    if (packed.key == event.key && packed.Canonical() == canonical) return absl::OkStatus();
    return CannotCarry(absl::StrCat("event ", FormatId(event.change_set.id), " contradicts its place"));
  });
}

}  // namespace

absl::Status MigrateEvents(Database& database, std::string_view schema) {
  AMEIDE_RETURN_IF_ERROR(
      database.Execute("DROP TRIGGER events_never_change; DROP TRIGGER events_never_go;"
                       "ALTER TABLE idempotency RENAME TO old_idempotency;"
                       "ALTER TABLE events RENAME TO old_events;"));
  AMEIDE_RETURN_IF_ERROR(database.Execute(schema));
  {
    EventRows rows(&database);
    AMEIDE_ASSIGN_OR_RETURN(
        Statement old,
        database.Prepare("SELECT e.key, e.arrival, e.artifact, e.canonical, e.link FROM (SELECT"
                         " key, arrival FROM old_events ORDER BY arrival) o JOIN old_events e ON"
                         " e.key = o.key ORDER BY o.arrival"));
    for (int64_t arrival = 1;; ++arrival) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, old.Step());
      if (!more) break;
      AMEIDE_RETURN_IF_ERROR(Carry(rows, old, arrival));
    }
  }
  return database.Execute(
      "INSERT INTO idempotency(key, event) SELECT i.key, e.arrival FROM old_idempotency i JOIN old_events e "
      "ON"
      " e.key = i.event;"
      "DROP TABLE old_idempotency; DROP TABLE old_events;");
}

}  // namespace ameide::uaf
