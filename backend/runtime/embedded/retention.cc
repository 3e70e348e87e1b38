#include "backend/runtime/embedded/retention.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace ameide::runtime {
namespace {

constexpr int64_t kRowsOfAChunk = 20;

int64_t Micros(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

absl::StatusOr<std::unique_ptr<Retention>> Retention::Make(Sqlite& sqlite) {
  std::unique_ptr<Retention> retention(new Retention);
  const std::pair<Statement*, const char*> statements[] = {
      {&retention->set_, "INSERT OR REPLACE INTO retention(tenant, process, keep) VALUES(?, ?, ?)"},
      {&retention->clear_, "DELETE FROM retention WHERE tenant = ? AND process = ?"},
      // A process's own policy, else its tenant's; only those with something to do.
      {&retention->due_,
       "SELECT process.tenant, process.id, process.number, ?1 - policy.keep FROM retention AS policy "
       "JOIN process ON process.tenant = policy.tenant AND (policy.process = process.id OR (policy.process = "
       "'' "
       "AND NOT EXISTS (SELECT 1 FROM retention AS own WHERE own.tenant = process.tenant "
       "AND own.process = process.id))) "
       "WHERE policy.keep IS NOT NULL AND EXISTS (SELECT 1 FROM instance INDEXED BY instance_by_end WHERE "
       "instance.tenant = process.tenant AND instance.process = process.number "
       "AND instance.ended_at IS NOT NULL AND instance.ended_at < ?1 - policy.keep)"},
      {&retention->scopes_,
       "SELECT tenant, id, number, 0 FROM process WHERE tenant = ?1 AND (?2 = '' OR id = ?2) ORDER BY id"},
      {&retention->find_,
       "SELECT id FROM instance INDEXED BY instance_by_end WHERE tenant = ? AND process = ? "
       "AND ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?"},
      {&retention->drop_, "DELETE FROM instance WHERE id = ?"},
      {&retention->remember_, "INSERT INTO purging(instance, tenant) VALUES(?, ?)"},
      {&retention->next_, "SELECT instance FROM purging ORDER BY instance LIMIT 1"},
      // The last row of a piece of the journal, and how many the piece has.
      {&retention->journal_end_,
       "SELECT max(revision), count(*) FROM (SELECT revision FROM journal WHERE instance = ? "
       "ORDER BY revision LIMIT ?)"},
      {&retention->delete_journal_, "DELETE FROM journal WHERE instance = ? AND revision <= ?"},
      {&retention->delete_compact_, "DELETE FROM compact_state WHERE instance = ?"},
      {&retention->forget_, "DELETE FROM purging WHERE instance = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    AMEIDE_ASSIGN_OR_RETURN(*statement, sqlite.Prepare(sql));
  }
  AMEIDE_ASSIGN_OR_RETURN(retention->chunks_, ChunkStore::Make(sqlite));
  return retention;
}

absl::Status Retention::Set(const std::string& tenant, const std::string& process,
                            std::optional<std::chrono::microseconds> keep) {
  set_.Bind(tenant).Bind(process);
  if (!keep) return set_.BindNull().Run();
  return set_.Bind(int64_t{keep->count()}).Run();
}

absl::Status Retention::Clear(const std::string& tenant, const std::string& process) {
  return clear_.Bind(tenant).Bind(process).Run();
}

absl::StatusOr<std::vector<PurgeScope>> Retention::ReadScopes(Statement& rows,
                                                              std::optional<WallTime> ended_before) {
  const ResetAtEnd reset(rows);
  std::vector<PurgeScope> scopes;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return scopes;
    scopes.push_back({std::string(rows.Text(0)), std::string(rows.Text(1)), rows.Int(2),
                      ended_before.value_or(WallTime(std::chrono::microseconds(rows.Int(3))))});
  }
}

absl::StatusOr<std::vector<PurgeScope>> Retention::Due(WallTime now) {
  return ReadScopes(due_.Bind(Micros(now)), std::nullopt);
}

absl::StatusOr<std::vector<PurgeScope>> Retention::ScopesOf(const std::string& tenant,
                                                            const std::string& process,
                                                            WallTime ended_before) {
  return ReadScopes(scopes_.Bind(tenant).Bind(process), ended_before);
}

absl::StatusOr<std::vector<InstanceNumber>> Retention::Find(const PurgeScope& scope, int64_t most) {
  const ResetAtEnd reset(find_);
  find_.Bind(scope.tenant).Bind(scope.process_number).Bind(Micros(scope.ended_before)).Bind(most);
  std::vector<InstanceNumber> found;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, find_.Step());
    if (!more) return found;
    found.push_back(find_.Int(0));
  }
}

absl::Status Retention::Drop(const std::string& tenant, InstanceNumber instance) {
  AMEIDE_RETURN_IF_ERROR(drop_.Bind(instance).Run());
  return remember_.Bind(instance).Bind(tenant).Run();
}

absl::StatusOr<bool> Retention::Sweep(int64_t most_rows) {
  while (true) {
    InstanceNumber instance = 0;
    {
      const ResetAtEnd reset(next_);
      AMEIDE_ASSIGN_OR_RETURN(const bool found, next_.Step());
      if (!found) return false;
      if (most_rows <= 0) return true;
      instance = next_.Int(0);
    }
    int64_t last = 0, rows = 0;
    {
      const ResetAtEnd reset(journal_end_);
      AMEIDE_RETURN_IF_ERROR(journal_end_.Bind(instance).Bind(most_rows).Step().status());
      last = journal_end_.Int(0);
      rows = journal_end_.Int(1);
    }
    if (rows > 0) AMEIDE_RETURN_IF_ERROR(delete_journal_.Bind(instance).Bind(last).Run());
    const bool whole = rows < most_rows;
    most_rows -= rows + 1;
    if (!whole) continue;
    // A chunk takes as long as many rows of a journal.
    const int64_t most_chunks = std::max<int64_t>(1, most_rows / kRowsOfAChunk);
    AMEIDE_ASSIGN_OR_RETURN(const bool more_chunks, chunks_->Drop(instance, most_chunks));
    if (more_chunks) return true;
    AMEIDE_RETURN_IF_ERROR(delete_compact_.Bind(instance).Run());
    AMEIDE_RETURN_IF_ERROR(forget_.Bind(instance).Run());
  }
}

}  // namespace ameide::runtime
