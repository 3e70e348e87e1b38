#include "backend/runtime/embedded/journal_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/engine/engine.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

absl::Status Damaged(InstanceNumber instance, const absl::Status& why) {
  return absl::Status(why.code(),
                      absl::StrCat("the journal of instance ", FormatInstance(instance),
                                   " cannot be read: ", why.message(), "; restore the data from a backup"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<JournalReader>> JournalReader::Make(Sqlite& sqlite) {
  std::unique_ptr<JournalReader> reader(new JournalReader);
  AMEIDE_ASSIGN_OR_RETURN(
      reader->compact_,
      sqlite.Prepare("SELECT revision, state, tenant FROM compact_state WHERE instance = ?"));
  AMEIDE_ASSIGN_OR_RETURN(reader->rows_,
                          sqlite.Prepare("SELECT revision, steps, tenant FROM journal WHERE instance = ? "
                                         "AND revision > ? ORDER BY revision"));
  AMEIDE_ASSIGN_OR_RETURN(reader->chunks_, ChunkReader::Make(sqlite));
  return reader;
}

absl::StatusOr<std::string_view> JournalReader::Large(const Statement& row, std::string& held,
                                                      ReplayedState& replayed) {
  const std::string_view bytes = row.Text(1);
  if (!IsInChunks(bytes)) return bytes;
  AMEIDE_ASSIGN_OR_RETURN(held, chunks_->Get(std::string(row.Text(2)), bytes));
  replayed.large_bytes += held.size();
  return std::string_view(held);
}

absl::StatusOr<ReplayedState> JournalReader::Load(InstanceNumber instance, const Plans& plans) {
  ReplayedState replayed;
  const ResetAtEnd reset(compact_);
  AMEIDE_ASSIGN_OR_RETURN(const bool compact, compact_.Bind(instance).Step());
  if (compact) {
    replayed.revision = replayed.compacted_at = compact_.Int(0);
    std::string held;
    const auto bytes = Large(compact_, held, replayed);
    if (!bytes.ok()) return Damaged(instance, bytes.status());
    auto state = engine::DecodeState(*bytes);
    if (!state.ok()) return Damaged(instance, state.status());
    replayed.state = *std::move(state);
  }
  // Whoever goes over is compacted then, so what comes after a compact state is of the present plan.
  AMEIDE_RETURN_IF_ERROR(Fold(instance, compact ? plans.now : plans.first, plans, nullptr, replayed));
  return replayed;
}

absl::StatusOr<ReplayedState> JournalReader::Replay(InstanceNumber instance, const Plans& plans,
                                                    const Visit& visit) {
  ReplayedState replayed;
  AMEIDE_RETURN_IF_ERROR(Fold(instance, plans.first, plans, &visit, replayed));
  return replayed;
}

absl::Status JournalReader::Fold(InstanceNumber instance, std::shared_ptr<const engine::Plan> plan,
                                 const Plans& plans, const Visit* visit, ReplayedState& replayed) {
  const ResetAtEnd reset(rows_);
  rows_.Bind(instance).Bind(replayed.revision);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, rows_.Step());
    if (!more) return absl::OkStatus();
    const int64_t revision = rows_.Int(0);
    std::string held;
    const auto bytes = Large(rows_, held, replayed);
    if (!bytes.ok()) return Damaged(instance, bytes.status());
    auto steps = DecodeJournalRow(*bytes);
    if (!steps.ok()) return Damaged(instance, steps.status());
    for (const JournalStep& step : *steps) {
      for (const engine::Fact& fact : step.facts) {
        if (visit != nullptr) (*visit)(*plan, replayed.state, step.at, fact);
        if (const auto* migrated = std::get_if<engine::InstanceMigrated>(&fact)) {
          auto next = plans.find(migrated->plan);
          if (!next.ok()) return Damaged(instance, next.status());
          plan = *std::move(next);
        }
        if (absl::Status applied = engine::CheckedApply(*plan, replayed.state, fact); !applied.ok()) {
          return Damaged(instance, applied);
        }
        ++replayed.revision;
      }
    }
    if (replayed.revision != revision) return Damaged(instance, absl::DataLossError("a row is missing"));
  }
}

}  // namespace ameide::runtime
