#include "uaf/store/schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/projection/tables.h"
#include "uaf/store/migrate_events.h"

namespace ameide::uaf {
namespace {

// What no rebuild can bring back and every format has held alike: names, segments, commits, working files.
constexpr std::string_view kNames = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE streams(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE artifact_names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE segments(
  stream INTEGER NOT NULL REFERENCES streams(id),
  number INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER,
  seed BLOB NOT NULL,
  committed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(stream, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE commits(
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  stream INTEGER NOT NULL REFERENCES streams(id),
  last INTEGER NOT NULL,
  UNIQUE(id, stream)
) STRICT;
CREATE INDEX commits_by_event ON commits(stream, last, number);
CREATE TABLE committed_files(path TEXT PRIMARY KEY, hash BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE working_files(
  artifact INTEGER PRIMARY KEY REFERENCES artifact_names(id),
  path TEXT NOT NULL,
  hash BLOB NOT NULL,
  writing BLOB,
  arrival INTEGER NOT NULL,
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT;
)sql";

// The log itself (format 2), packed by EventRows.
//
// events.arrival counts the events as they came into this store: one B-tree that only grows at its end, and
// no other is touched by an event that goes on where the one before it stopped (the same stream, the same
// artifact). event_runs says which event an arrival is: each row speaks for the arrivals up to the next row's
// first. events.link is a part of the event's chain link, in places the whole. What repeats lies in actors
// and labels, what few events have in event_parents.
constexpr std::string_view kEvents = R"sql(
CREATE TABLE events(arrival INTEGER PRIMARY KEY, packed BLOB NOT NULL, link BLOB NOT NULL) STRICT;
CREATE TABLE event_runs(
  first INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL REFERENCES streams(id),
  seq INTEGER NOT NULL,
  artifact INTEGER NOT NULL REFERENCES artifact_names(id),
  micros INTEGER NOT NULL,
  UNIQUE(stream, seq)
) STRICT;
CREATE INDEX event_runs_by_artifact ON event_runs(artifact);
CREATE TABLE event_parents(
  event INTEGER NOT NULL REFERENCES events(arrival),
  position INTEGER NOT NULL,
  stream INTEGER NOT NULL REFERENCES streams(id),
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY(event, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE actors(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  tool TEXT NOT NULL,
  UNIQUE(name, email, tool)
) STRICT;
CREATE TABLE labels(id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE idempotency(
  key TEXT PRIMARY KEY,
  event INTEGER NOT NULL REFERENCES events(arrival)
) STRICT, WITHOUT ROWID;
CREATE TABLE redactions(arrival INTEGER PRIMARY KEY REFERENCES events(arrival), payload BLOB NOT NULL) STRICT;
CREATE TRIGGER redactions_never_change BEFORE UPDATE ON redactions
BEGIN SELECT RAISE(ABORT, 'redactions are never changed'); END;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
WHEN NEW.arrival <> OLD.arrival OR NEW.link <> OLD.link
  OR NOT EXISTS(SELECT 1 FROM redactions WHERE arrival = OLD.arrival)
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
)sql";

// What is "now" on this computer (format 3). A view is what of each stream belongs to it, for streams that
// are not in it as a whole; working files name the one that they stand for. Holds keep back what runs too far
// ahead of this computer's clock: per stream the key of the first such event.
constexpr std::string_view kViews = R"sql(
CREATE TABLE views(
  id INTEGER NOT NULL,
  stream INTEGER NOT NULL REFERENCES streams(id),
  last INTEGER NOT NULL,
  PRIMARY KEY(id, stream)
) STRICT, WITHOUT ROWID;
CREATE TABLE holds(stream INTEGER PRIMARY KEY REFERENCES streams(id), first INTEGER NOT NULL) STRICT;
ALTER TABLE working_files ADD COLUMN view INTEGER NOT NULL DEFAULT 0;
)sql";

// The state of what is being written to a working file (format 4): after a crash the file may hold it.
constexpr std::string_view kWriting = R"sql(
ALTER TABLE working_files ADD COLUMN writing_arrival INTEGER NOT NULL DEFAULT 0;
ALTER TABLE working_files ADD COLUMN writing_view INTEGER NOT NULL DEFAULT 0;
)sql";

// What a working file holds beyond the state that it stands for (format 5).
constexpr std::string_view kAbsorbed = R"sql(
ALTER TABLE working_files ADD COLUMN absorbed TEXT NOT NULL DEFAULT '';
)sql";

// Forks (format 6). Of tails that do not keep their stream's name, where they part from another one. What
// events of a run call others by names that these do not have here is one of the lists in said_names; 0:
// nothing. A parent that the event calls otherwise has the stream that it says in `said`; 0: it says nothing,
// because it comes before the event in its own stream. tail_marks are names of tails that are used by others
// and that nothing has here, as their streams keep their names. log_files are the files whose segments are
// all here.
constexpr std::string_view kForks = R"sql(
CREATE TABLE tails(
  stream INTEGER PRIMARY KEY REFERENCES streams(id),
  base INTEGER NOT NULL REFERENCES streams(id),
  after INTEGER NOT NULL,
  before BLOB NOT NULL,
  first BLOB NOT NULL
) STRICT;
CREATE TABLE tail_marks(
  stream INTEGER PRIMARY KEY REFERENCES streams(id),
  base INTEGER NOT NULL REFERENCES streams(id),
  after INTEGER NOT NULL
) STRICT;
CREATE TABLE said_names(
  id INTEGER NOT NULL,
  said INTEGER NOT NULL REFERENCES streams(id),
  after INTEGER NOT NULL,
  meant INTEGER NOT NULL REFERENCES streams(id),
  PRIMARY KEY(id, said, after)
) STRICT, WITHOUT ROWID;
ALTER TABLE event_runs ADD COLUMN names INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event_parents ADD COLUMN said INTEGER;
CREATE TABLE log_files(
  path TEXT PRIMARY KEY,
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// Commits of git (format 7): those that were looked at for what no event says, and by branch what they
// brought there beyond its own streams. Of one of its own there is a row while a part came with another
// branch's commits only: how far the branch has it.
constexpr std::string_view kFollowed = R"sql(
CREATE TABLE followed_commits(id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO followed_commits SELECT DISTINCT id FROM commits;
CREATE TABLE followed_heads(
  branch TEXT NOT NULL,
  stream INTEGER NOT NULL REFERENCES streams(id),
  last INTEGER NOT NULL,
  PRIMARY KEY(branch, stream)
) STRICT, WITHOUT ROWID;
)sql";

// `markers` are keys of events that are looked for by their kind.
constexpr std::string_view kProjections = R"sql(
DROP TABLE IF EXISTS lifecycle_events;
DROP TABLE IF EXISTS markers;
DROP TABLE IF EXISTS artifacts;
DROP TABLE IF EXISTS snapshots;
CREATE TABLE lifecycle_events(arrival INTEGER PRIMARY KEY, key INTEGER NOT NULL) STRICT;
CREATE TABLE markers(kind INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY(kind, event)) STRICT, WITHOUT ROWID;
CREATE TABLE artifacts(
  id INTEGER PRIMARY KEY REFERENCES artifact_names(id),
  path TEXT NOT NULL,
  format TEXT NOT NULL,
  kind INTEGER NOT NULL,
  head INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  events INTEGER NOT NULL,
  wall INTEGER NOT NULL,
  author_name TEXT NOT NULL,
  author_email TEXT NOT NULL,
  retired INTEGER NOT NULL,
  unknown TEXT NOT NULL,
  arrival INTEGER NOT NULL
) STRICT;
CREATE INDEX artifacts_by_path ON artifacts(path COLLATE NOCASE) WHERE retired = 0;
CREATE TABLE snapshots(
  artifact INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  events INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE(artifact, micros, counter)
) STRICT;
)sql";

absl::StatusOr<int64_t> FormatOf(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(Statement statement, database.Prepare("PRAGMA user_version"));
  AMEIDE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

absl::Status TooNew(int64_t format) {
  return absl::FailedPreconditionError(absl::StrCat("the store has format ", format,
                                                    ", this program knows up to ", kStoreFormat,
                                                    ": install a newer Ameide"));
}

}  // namespace

absl::Status ResetProjections(Database& database) {
  AMEIDE_RETURN_IF_ERROR(database.Execute(kProjections));
  AMEIDE_RETURN_IF_ERROR(ResetElementTables(database));
  return database.Execute(absl::StrCat("INSERT INTO meta(key, value) VALUES('projections', '",
                                       kProjectionVersion,
                                       "') ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
}

absl::Status Migrate(Database& database) {
  AMEIDE_RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  const auto migrate = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(const int64_t format, FormatOf(database));
    if (format > kStoreFormat) return TooNew(format);
    if (format == 0) {
      AMEIDE_RETURN_IF_ERROR(database.Execute(kNames));
      AMEIDE_RETURN_IF_ERROR(database.Execute(kEvents));
      AMEIDE_RETURN_IF_ERROR(ResetProjections(database));
    }
    // Later formats add their step here: each brings the format before it one further.
    if (format == 1) {
      AMEIDE_RETURN_IF_ERROR(MigrateEvents(database, std::string(kEvents) + std::string(kForks)));
    } else if (format < 6) {
      AMEIDE_RETURN_IF_ERROR(database.Execute(kForks));
    }
    if (format < 3) AMEIDE_RETURN_IF_ERROR(database.Execute(kViews));
    if (format < 4) AMEIDE_RETURN_IF_ERROR(database.Execute(kWriting));
    if (format < 5) AMEIDE_RETURN_IF_ERROR(database.Execute(kAbsorbed));
    if (format < 7) AMEIDE_RETURN_IF_ERROR(database.Execute(kFollowed));
    AMEIDE_RETURN_IF_ERROR(database.Execute(absl::StrCat("PRAGMA user_version=", kStoreFormat)));
    return database.Execute("COMMIT");
  };
  absl::Status status = migrate();
  if (!status.ok() && database.InTransaction()) database.Execute("ROLLBACK").IgnoreError();
  return status;
}

absl::Status CheckFormat(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t format, FormatOf(database));
  if (format > kStoreFormat) return TooNew(format);
  if (format < 1) return absl::DataLossError("the store is empty; run `ameide doctor`");
  if (format < kStoreFormat) {
    return absl::OutOfRangeError(absl::StrCat("the store has format ", format,
                                              "; open it once where it can be "
                                              "written, which brings it to format ",
                                              kStoreFormat));
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
