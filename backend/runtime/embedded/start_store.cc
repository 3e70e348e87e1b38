#include "backend/runtime/embedded/start_store.h"

#include <utility>

#include "backend/runtime/embedded/correlation_store.h"
#include "base/bytes.h"
#include "base/status.h"
#include "notation/feel/duration.h"

namespace ameide::runtime {
namespace {

constexpr uint8_t kCycleVersion = 1;

int64_t Micros(WallTime time) { return time.time_since_epoch().count(); }
WallTime TimeOf(int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }

/// How a timer goes on: all of a trigger but its due time. Empty: it fires once.
std::string EncodeCycle(const engine::StartTrigger& trigger) {
  if (!trigger.interval && trigger.cron.empty()) return "";
  ByteWriter writer;
  writer.Byte(kCycleVersion);
  const feel::IsoDuration interval = trigger.interval.value_or(feel::IsoDuration());
  writer.SignedVarint(interval.months.months);
  writer.SignedVarint(interval.time.seconds);
  writer.Varint(interval.time.nanos);
  writer.Bool(trigger.repetitions.has_value());
  if (trigger.repetitions) writer.Varint(*trigger.repetitions);
  writer.Bool(trigger.end.has_value());
  if (trigger.end) writer.SignedVarint(Micros(*trigger.end));
  writer.String(trigger.cron);
  return writer.Take();
}

absl::StatusOr<engine::StartTrigger> DecodeCycle(std::string_view bytes) {
  engine::StartTrigger trigger;
  if (bytes.empty()) return trigger;
  ByteReader reader(bytes);
  if (reader.Byte() != kCycleVersion) reader.Fail();
  feel::IsoDuration interval;
  interval.months.months = reader.SignedVarint();
  interval.time.seconds = reader.SignedVarint();
  interval.time.nanos = static_cast<uint32_t>(reader.Varint());
  if (reader.Bool()) trigger.repetitions = reader.Varint();
  if (reader.Bool()) trigger.end = TimeOf(reader.SignedVarint());
  trigger.cron = std::string(reader.String());
  if (trigger.cron.empty()) trigger.interval = interval;
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return trigger;
}

StartTimer TimerIn(const Statement& row) {
  return {row.Int(0),
          TimeOf(row.Int(1)),
          std::string(row.Text(2)),
          std::string(row.Text(3)),
          static_cast<engine::Index>(row.Int(4)),
          static_cast<uint32_t>(row.Int(5))};
}

constexpr char kTimerColumns[] =
    "SELECT start_event.number, due, start_event.tenant, process.id, node, definition, cycle FROM "
    "start_event "
    "JOIN process ON process.number = start_event.process ";

}  // namespace

absl::StatusOr<std::unique_ptr<StartStore>> StartStore::Make(Sqlite& sqlite) {
  std::unique_ptr<StartStore> store(new StartStore);
  const std::string timers(kTimerColumns);
  const std::pair<Statement*, std::string> statements[] = {
      {&store->delete_starts_, "DELETE FROM start_event WHERE process = ?"},
      {&store->delete_occurred_, "DELETE FROM start_occurred WHERE process = ?"},
      {&store->last_number_, "SELECT ifnull(max(number), 0) FROM start_event"},
      {&store->insert_start_,
       "INSERT INTO start_event(number, tenant, process, node, definition, kind, name, due, cycle) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&store->select_timers_, timers + "WHERE due IS NOT NULL ORDER BY due, start_event.number"},
      {&store->select_timer_, timers + "WHERE start_event.number = ? AND due IS NOT NULL"},
      {&store->update_timer_, "UPDATE start_event SET due = ?, cycle = ? WHERE number = ?"},
      {&store->delete_timer_, "DELETE FROM start_event WHERE number = ?"},
      {&store->insert_occurred_,
       "INSERT OR REPLACE INTO start_occurred(process, node, definition, tenant, variables) "
       "VALUES(?, ?, ?, ?, ?)"},
      {&store->select_occurred_,
       "SELECT variables FROM start_occurred WHERE process = ? AND node = ? ORDER BY definition"},
      {&store->delete_occurred_node_, "DELETE FROM start_occurred WHERE process = ? AND node = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    AMEIDE_ASSIGN_OR_RETURN(*statement, sqlite.Prepare(sql));
  }
  return store;
}

absl::StatusOr<std::vector<StartTimer>> StartStore::Replace(
    const std::string& tenant, int64_t process_number, const std::string& process,
    const std::vector<engine::StartTrigger>& triggers) {
  AMEIDE_RETURN_IF_ERROR(delete_starts_.Bind(process_number).Run());
  AMEIDE_RETURN_IF_ERROR(delete_occurred_.Bind(process_number).Run());
  std::vector<StartTimer> timers;
  for (const engine::StartTrigger& trigger : triggers) {
    const bool is_timer = trigger.trigger == engine::Trigger::kTimer;
    if (!is_timer && trigger.trigger != engine::Trigger::kMessage &&
        trigger.trigger != engine::Trigger::kSignal)
      continue;
    if (is_timer && (trigger.repetitions == 0 || (trigger.end && trigger.due > *trigger.end))) continue;
    AMEIDE_RETURN_IF_ERROR(last_number_.Step().status());
    const int64_t number = last_number_.Int(0) + 1;
    AMEIDE_RETURN_IF_ERROR(last_number_.Step().status());
    insert_start_.Bind(number)
        .Bind(tenant)
        .Bind(process_number)
        .Bind(int64_t{trigger.node})
        .Bind(int64_t{trigger.definition})
        .Bind(static_cast<int64_t>(trigger.trigger))
        .Bind(trigger.name);
    if (is_timer)
      insert_start_.Bind(Micros(trigger.due));
    else
      insert_start_.BindNull();
    AMEIDE_RETURN_IF_ERROR(insert_start_.BindBlob(EncodeCycle(trigger)).Run());
    if (is_timer) timers.push_back({number, trigger.due, tenant, process, trigger.node, trigger.definition});
  }
  return timers;
}

absl::StatusOr<std::vector<StartTimer>> StartStore::Timers() {
  std::vector<StartTimer> timers;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, select_timers_.Step());
    if (!more) return timers;
    timers.push_back(TimerIn(select_timers_));
  }
}

absl::StatusOr<std::optional<StartStore::Fired>> StartStore::Fire(int64_t number, WallTime now) {
  Fired fired;
  std::string cycle_bytes;
  {
    const ResetAtEnd reset(select_timer_);
    AMEIDE_ASSIGN_OR_RETURN(const bool found, select_timer_.Bind(number).Step());
    if (!found) return std::nullopt;
    fired.timer = TimerIn(select_timer_);
    cycle_bytes = select_timer_.Text(6);
  }
  if (fired.timer.due > now) return std::nullopt;
  AMEIDE_ASSIGN_OR_RETURN(engine::StartTrigger trigger, DecodeCycle(cycle_bytes));
  trigger.due = fired.timer.due;
  if (const std::optional<engine::StartTrigger> next = engine::NextStart(trigger)) {
    fired.next = next->due;
    AMEIDE_RETURN_IF_ERROR(
        update_timer_.Bind(Micros(next->due)).BindBlob(EncodeCycle(*next)).Bind(number).Run());
    return fired;
  }
  AMEIDE_RETURN_IF_ERROR(delete_timer_.Bind(number).Run());
  return fired;
}

absl::StatusOr<std::optional<feel::Context>> StartStore::Occur(const std::string& tenant,
                                                               int64_t process_number, engine::Index node,
                                                               uint32_t definition, size_t definitions,
                                                               const feel::Context& payload) {
  AMEIDE_RETURN_IF_ERROR(insert_occurred_.Bind(process_number)
                             .Bind(int64_t{node})
                             .Bind(int64_t{definition})
                             .Bind(tenant)
                             .BindBlob(EncodeVariables(payload))
                             .Run());
  feel::Context all;
  size_t occurred = 0;
  select_occurred_.Bind(process_number).Bind(int64_t{node});
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, select_occurred_.Step());
    if (!more) break;
    AMEIDE_ASSIGN_OR_RETURN(const feel::Context brought, DecodeVariables(select_occurred_.Text(0)));
    for (const auto& [name, value] : brought) all.Set(name, value);
    ++occurred;
  }
  if (occurred < definitions) return std::nullopt;
  AMEIDE_RETURN_IF_ERROR(delete_occurred_node_.Bind(process_number).Bind(int64_t{node}).Run());
  return all;
}

}  // namespace ameide::runtime
