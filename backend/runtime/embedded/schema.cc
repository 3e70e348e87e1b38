#include "backend/runtime/embedded/schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

constexpr int64_t kVersion = 5;
/// Larger files would take seconds to check at each start; damage in them shows when the page is read.
constexpr int64_t kMostPagesChecked = 32768;
/// "AmRt" in ASCII: tells our file from any other SQLite file.
constexpr int64_t kApplicationId = 0x416d5274;

/// Tables without rowid begin with the columns of their key: quick_check of SQLite 3.40 misreads others.
/// Times are microseconds since 1970. Instance ids grow with time, so the primary key orders by start.
constexpr char kTables[] = R"sql(
  CREATE TABLE plan_bytes(digest BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE bundle(
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, digest TEXT NOT NULL, manifest BLOB NOT NULL,
    provenance BLOB NOT NULL, deployed_at INTEGER NOT NULL);
  CREATE INDEX bundle_by_digest ON bundle(tenant, digest);
  CREATE TABLE process(
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, id TEXT NOT NULL, newest INTEGER NOT NULL, UNIQUE(tenant, id));
  -- A version of a process.
  CREATE TABLE plan(
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, process INTEGER NOT NULL REFERENCES process(number),
    version INTEGER NOT NULL, digest BLOB NOT NULL REFERENCES plan_bytes(digest), name TEXT NOT NULL,
    path TEXT NOT NULL, artifact_id TEXT NOT NULL, bundle INTEGER NOT NULL REFERENCES bundle(number),
    deployed_at INTEGER NOT NULL, UNIQUE(process, version));
  -- The processes that a bundle runs; a plan that has not changed belongs to several bundles.
  CREATE TABLE bundle_plan(
    bundle INTEGER NOT NULL REFERENCES bundle(number), plan INTEGER NOT NULL REFERENCES plan(number),
    tenant TEXT NOT NULL, PRIMARY KEY(bundle, plan)) WITHOUT ROWID;
  -- `work` counts jobs that have not reported and steps to continue: what a restart must take up again.
  CREATE TABLE instance(
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, process INTEGER NOT NULL, plan INTEGER NOT NULL,
    status INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, incidents INTEGER NOT NULL,
    work INTEGER NOT NULL, revision INTEGER NOT NULL);
  CREATE INDEX instance_by_process ON instance(tenant, process, id);
  CREATE INDEX instance_not_completed ON instance(tenant, status, id) WHERE status <> 2;
  CREATE INDEX instance_with_work ON instance(id) WHERE work > 0;
  -- Facts of an instance in order, some to a row (journal_codec.h); `revision` counts facts up to and with this row.
  CREATE TABLE journal(
    instance INTEGER NOT NULL, revision INTEGER NOT NULL, tenant TEXT NOT NULL, steps BLOB NOT NULL, PRIMARY KEY(instance, revision)) WITHOUT ROWID;
  -- The newest compact state: replay begins here.
  CREATE TABLE compact_state(
    instance INTEGER PRIMARY KEY, tenant TEXT NOT NULL, revision INTEGER NOT NULL, state BLOB NOT NULL);
  CREATE TABLE timer(
    instance INTEGER NOT NULL, timer INTEGER NOT NULL, tenant TEXT NOT NULL, due INTEGER NOT NULL,
    PRIMARY KEY(instance, timer)) WITHOUT ROWID;
  CREATE INDEX timer_by_due ON timer(due);
  CREATE TABLE task(
    instance INTEGER NOT NULL, task INTEGER NOT NULL, tenant TEXT NOT NULL, process TEXT NOT NULL,
    element TEXT NOT NULL, name TEXT NOT NULL, groups TEXT NOT NULL, form TEXT NOT NULL, created_at INTEGER NOT NULL,
    variables BLOB NOT NULL, PRIMARY KEY(instance, task)) WITHOUT ROWID;
  CREATE INDEX task_by_age ON task(tenant, created_at, instance, task);
  CREATE TABLE task_group(
    instance INTEGER NOT NULL, task INTEGER NOT NULL, candidate TEXT NOT NULL, tenant TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY(instance, task, candidate)) WITHOUT ROWID;
  CREATE INDEX task_group_by_age ON task_group(tenant, candidate, created_at, instance, task);
  CREATE TABLE incident(
    instance INTEGER NOT NULL, incident INTEGER NOT NULL, tenant TEXT NOT NULL, process TEXT NOT NULL,
    element TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY(instance, incident)) WITHOUT ROWID;
  CREATE INDEX incident_by_age ON incident(tenant, created_at, instance, incident);
  -- What a request with that key did, so that it is done once.
  CREATE TABLE request(
    tenant TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, instance INTEGER NOT NULL, at INTEGER NOT NULL,
    digest BLOB, PRIMARY KEY(tenant, kind, key)) WITHOUT ROWID;
)sql";

/// From version 1: a key of a request belongs to what was asked for.
constexpr char kToVersion2[] = "ALTER TABLE request ADD COLUMN digest BLOB;";

/// From version 2: what crosses instances, what begins them, and what people do.
constexpr char kToVersion3[] = R"sql(
  -- Who waits for messages and signals, in the order in which they began to.
  CREATE TABLE subscription(
    number INTEGER PRIMARY KEY, instance INTEGER NOT NULL, subscription INTEGER NOT NULL, tenant TEXT NOT NULL,
    process TEXT NOT NULL, node INTEGER NOT NULL, signal INTEGER NOT NULL, name TEXT NOT NULL, correlation TEXT,
    once INTEGER NOT NULL);
  CREATE UNIQUE INDEX subscription_by_key ON subscription(instance, subscription);
  -- Messages that nobody waited for yet.
  CREATE TABLE message(
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, correlation TEXT, receiver TEXT NOT NULL,
    variables BLOB NOT NULL, expires_at INTEGER);
  CREATE INDEX message_by_name ON message(tenant, name, number);
  -- What begins instances of the newest versions; timers have the time when they are due, and how they go on.
  CREATE TABLE start_event(
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, process INTEGER NOT NULL REFERENCES process(number),
    node INTEGER NOT NULL, definition INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, due INTEGER,
    cycle BLOB NOT NULL);
  CREATE INDEX start_event_by_process ON start_event(process);
  -- What of a parallel multiple start event has occurred.
  CREATE TABLE start_occurred(
    process INTEGER NOT NULL, node INTEGER NOT NULL, definition INTEGER NOT NULL, tenant TEXT NOT NULL,
    variables BLOB NOT NULL, PRIMARY KEY(process, node, definition)) WITHOUT ROWID;
  -- Messages and signals that instances have thrown and that had no turn yet.
  CREATE TABLE outbox(
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, instance INTEGER NOT NULL, command BLOB NOT NULL);
  -- What people did; `instance` 0: to no one instance.
  CREATE TABLE audit(
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    instance INTEGER NOT NULL, detail TEXT NOT NULL, reason TEXT NOT NULL);
  CREATE INDEX audit_by_tenant ON audit(tenant, number);
  CREATE INDEX audit_by_instance ON audit(tenant, instance, number);
  ALTER TABLE task ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
  ALTER TABLE task ADD COLUMN owner TEXT NOT NULL DEFAULT '';
  ALTER TABLE task ADD COLUMN users TEXT NOT NULL DEFAULT '';
  ALTER TABLE task ADD COLUMN due INTEGER;
  ALTER TABLE task ADD COLUMN follow_up INTEGER;
  ALTER TABLE task ADD COLUMN priority INTEGER NOT NULL DEFAULT 50;
  CREATE INDEX task_by_assignee ON task(tenant, assignee, created_at, instance, task);
  CREATE TABLE task_user(
    instance INTEGER NOT NULL, task INTEGER NOT NULL, candidate TEXT NOT NULL, tenant TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY(instance, task, candidate)) WITHOUT ROWID;
  CREATE INDEX task_user_by_age ON task_user(tenant, candidate, created_at, instance, task);
  -- Variables that the element saw when it stopped, a JSON object; empty when they are large.
  ALTER TABLE incident ADD COLUMN payload TEXT NOT NULL DEFAULT '';
  CREATE INDEX incident_by_process ON incident(tenant, process, created_at, instance, incident);
  -- The plan that the journal begins with, where the instance has gone over to another one since.
  ALTER TABLE instance ADD COLUMN first_plan INTEGER;
)sql";

/// From version 3: how long finished instances are kept.
constexpr char kToVersion4[] = R"sql(
  -- `keep`: microseconds from an instance's end, NULL: for ever. Process '' is for all without a row of their own.
  CREATE TABLE retention(
    tenant TEXT NOT NULL, process TEXT NOT NULL, keep INTEGER, PRIMARY KEY(tenant, process)) WITHOUT ROWID;
  CREATE INDEX instance_by_end ON instance(tenant, process, ended_at) WHERE ended_at IS NOT NULL;
  -- Instances that are gone, whose journals are not yet.
  CREATE TABLE purging(instance INTEGER PRIMARY KEY, tenant TEXT NOT NULL);
)sql";

/// From version 4: large bytes of rows, in chunks (chunk_store.h), and which instances use them.
constexpr char kToVersion5[] = R"sql(
  CREATE TABLE chunk(number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, digest BLOB NOT NULL, UNIQUE(tenant, digest));
  CREATE TABLE chunk_bytes(chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE TABLE chunk_use(
    instance INTEGER NOT NULL, chunk INTEGER NOT NULL, tenant TEXT NOT NULL, PRIMARY KEY(instance, chunk)) WITHOUT ROWID;
  CREATE INDEX chunk_use_by_chunk ON chunk_use(chunk);
)sql";

absl::StatusOr<int64_t> Pragma(Sqlite& sqlite, const char* name) {
  AMEIDE_ASSIGN_OR_RETURN(Statement statement, sqlite.Prepare(absl::StrCat("PRAGMA ", name)));
  AMEIDE_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int(0);
}

absl::Status Check(Sqlite& sqlite) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t pages, Pragma(sqlite, "page_count"));
  if (pages > kMostPagesChecked) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(Statement statement, sqlite.Prepare("PRAGMA quick_check(1)"));
  AMEIDE_RETURN_IF_ERROR(statement.Step().status());
  if (statement.Text(0) == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("journal ", sqlite.file().string(),
                                          " is damaged: ", std::string(statement.Text(0)),
                                          "; restore it from a backup, or move it away to begin anew"));
}

}  // namespace

absl::Status PrepareSchema(Sqlite& sqlite) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t application, Pragma(sqlite, "application_id"));
  AMEIDE_ASSIGN_OR_RETURN(const int64_t version, Pragma(sqlite, "user_version"));
  if (version == 0 && application == 0) {
    return sqlite.Execute(absl::StrCat("BEGIN IMMEDIATE;", kTables, kToVersion3, kToVersion4, kToVersion5,
                                       "PRAGMA application_id=", kApplicationId,
                                       "; PRAGMA user_version=", kVersion, "; COMMIT"));
  }
  if (application != kApplicationId) {
    return absl::FailedPreconditionError(
        absl::StrCat(sqlite.file().string(), " is not a journal of this program; move it away"));
  }
  if (version > kVersion) {
    return absl::FailedPreconditionError(absl::StrCat("journal ", sqlite.file().string(), " has version ",
                                                      version, ", this program knows ", kVersion,
                                                      "; use a newer program"));
  }
  AMEIDE_RETURN_IF_ERROR(Check(sqlite));
  if (version == kVersion) return absl::OkStatus();
  return sqlite.Execute(absl::StrCat("BEGIN IMMEDIATE;", version < 2 ? kToVersion2 : "",
                                     version < 3 ? kToVersion3 : "", version < 4 ? kToVersion4 : "",
                                     kToVersion5, "PRAGMA user_version=", kVersion, "; COMMIT"));
}

}  // namespace ameide::runtime
