#include "backend/runtime/embedded/instance_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

/// So many facts are folded at most when an instance comes back into memory.
constexpr int64_t kFactsBetweenCompactions = 256;

int64_t Micros(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

int StatusOf(const engine::InstanceState& state) {
  switch (state.status) {
    case engine::InstanceStatus::kCompleted:
      return static_cast<int>(InstanceStatus::kCompleted);
    case engine::InstanceStatus::kTerminated:
      return static_cast<int>(InstanceStatus::kTerminated);
    default:
      break;
  }
  return static_cast<int>(state.incidents.empty() ? InstanceStatus::kActive : InstanceStatus::kIncident);
}

absl::StatusOr<std::unique_ptr<InstanceStore>> InstanceStore::Make(Sqlite& sqlite, PlanCatalog& plans,
                                                                   size_t cached) {
  std::unique_ptr<InstanceStore> store(new InstanceStore(sqlite, plans, cached));
  AMEIDE_ASSIGN_OR_RETURN(store->journal_, JournalReader::Make(sqlite));
  AMEIDE_RETURN_IF_ERROR(store->PrepareStatements());
  return store;
}

absl::Status InstanceStore::PrepareStatements() {
  const std::pair<Statement*, const char*> statements[] = {
      {&select_instance_, "SELECT plan FROM instance WHERE id = ?"},
      {&insert_instance_,
       "INSERT INTO instance(id, tenant, process, plan, status, started_at, ended_at, incidents, work, "
       "revision) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&update_instance_,
       "UPDATE instance SET status = ?, ended_at = ?, incidents = ?, work = ?, revision = ? WHERE id = ?"},
      {&insert_journal_, "INSERT INTO journal(instance, revision, tenant, steps) VALUES(?, ?, ?, ?)"},
      {&replace_compact_,
       "INSERT OR REPLACE INTO compact_state(instance, tenant, revision, state) VALUES(?, ?, ?, ?)"},
      {&delete_compact_, "DELETE FROM compact_state WHERE instance = ?"},
      {&select_timers_, "SELECT timer, due FROM timer WHERE instance = ?"},
      {&replace_timer_, "INSERT OR REPLACE INTO timer(instance, timer, tenant, due) VALUES(?, ?, ?, ?)"},
      {&delete_timer_, "DELETE FROM timer WHERE instance = ? AND timer = ?"},
      {&select_tasks_, "SELECT task FROM task WHERE instance = ?"},
      {&insert_task_,
       "INSERT INTO task(instance, task, tenant, process, element, name, groups, form, created_at, "
       "variables) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&insert_group_,
       "INSERT OR IGNORE INTO task_group(tenant, candidate, created_at, instance, task) VALUES(?, ?, ?, ?, "
       "?)"},
      {&delete_task_, "DELETE FROM task WHERE instance = ? AND task = ?"},
      {&delete_groups_, "DELETE FROM task_group WHERE instance = ? AND task = ?"},
      {&select_incidents_, "SELECT incident FROM incident WHERE instance = ?"},
      {&insert_incident_,
       "INSERT INTO incident(instance, incident, tenant, process, element, kind, message, created_at) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?)"},
      {&delete_incident_, "DELETE FROM incident WHERE instance = ? AND incident = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    AMEIDE_ASSIGN_OR_RETURN(*statement, sqlite_.Prepare(sql));
  }
  return absl::OkStatus();
}

LiveInstance& InstanceStore::Insert(InstanceNumber number) {
  used_.push_back(number);
  Slot& slot = instances_[number];
  slot.used = std::prev(used_.end());
  slot.instance.number = number;
  return slot.instance;
}

LiveInstance& InstanceStore::Create(InstanceNumber number, std::shared_ptr<const PlanVersion> version) {
  LiveInstance& instance = Insert(number);
  instance.version = std::move(version);
  return instance;
}

absl::StatusOr<LiveInstance*> InstanceStore::Find(InstanceNumber number) {
  if (const auto found = instances_.find(number); found != instances_.end()) {
    used_.splice(used_.end(), used_, found->second.used);
    return &found->second.instance;
  }
  const ResetAtEnd reset(select_instance_);
  AMEIDE_ASSIGN_OR_RETURN(const bool exists, select_instance_.Bind(number).Step());
  if (!exists) return absl::NotFoundError(absl::StrCat("no instance ", FormatInstance(number)));
  const int64_t plan_number = select_instance_.Int(0);
  AMEIDE_ASSIGN_OR_RETURN(auto version, plans_.Get(sqlite_, plan_number));
  AMEIDE_ASSIGN_OR_RETURN(ReplayedState replayed, journal_->Load(number, *version->plan));

  std::map<engine::Key, WallTime> timers;
  select_timers_.Bind(number);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, select_timers_.Step());
    if (!more) break;
    timers[static_cast<engine::Key>(select_timers_.Int(0))] =
        WallTime(std::chrono::microseconds(select_timers_.Int(1)));
  }
  std::set<engine::Key> keys[2];
  Statement* const selects[2] = {&select_tasks_, &select_incidents_};
  for (int i = 0; i < 2; ++i) {
    selects[i]->Bind(number);
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, selects[i]->Step());
      if (!more) break;
      keys[i].insert(static_cast<engine::Key>(selects[i]->Int(0)));
    }
  }
  LiveInstance& instance = Insert(number);
  instance.version = std::move(version);
  instance.state = std::move(replayed.state);
  instance.revision = replayed.revision;
  instance.compacted_at = replayed.compacted_at;
  instance.is_new = false;
  instance.timer_rows = std::move(timers);
  instance.task_rows = std::move(keys[0]);
  instance.incident_rows = std::move(keys[1]);
  return &instance;
}

absl::StatusOr<std::vector<WrittenTimer>> InstanceStore::Write(LiveInstance& instance) {
  std::vector<WrittenTimer> timers;
  if (instance.journal.empty()) return timers;
  AMEIDE_RETURN_IF_ERROR(insert_journal_.Bind(instance.number)
                             .Bind(instance.revision)
                             .Bind(instance.version->tenant)
                             .BindBlob(instance.journal.Take())
                             .Run());
  AMEIDE_RETURN_IF_ERROR(WriteRow(instance));
  AMEIDE_RETURN_IF_ERROR(WriteTimers(instance, timers));
  AMEIDE_RETURN_IF_ERROR(WriteTasks(instance));
  AMEIDE_RETURN_IF_ERROR(WriteIncidents(instance));
  AMEIDE_RETURN_IF_ERROR(Compact(instance));
  return timers;
}

absl::Status InstanceStore::WriteRow(LiveInstance& instance) {
  const engine::InstanceState& state = instance.state;
  const auto work = static_cast<int64_t>(state.jobs.size() + (state.ready.empty() ? 0 : 1));
  const auto incidents = static_cast<int64_t>(state.incidents.size());
  if (instance.is_new) {
    instance.is_new = false;
    insert_instance_.Bind(instance.number)
        .Bind(instance.version->tenant)
        .Bind(instance.version->process_number)
        .Bind(instance.version->number)
        .Bind(int64_t{StatusOf(state)})
        .Bind(Micros(state.started_at));
    if (state.ended())
      insert_instance_.Bind(Micros(instance.changed_at));
    else
      insert_instance_.BindNull();
    return insert_instance_.Bind(incidents).Bind(work).Bind(instance.revision).Run();
  }
  update_instance_.Bind(int64_t{StatusOf(state)});
  if (state.ended())
    update_instance_.Bind(Micros(instance.changed_at));
  else
    update_instance_.BindNull();
  return update_instance_.Bind(incidents).Bind(work).Bind(instance.revision).Bind(instance.number).Run();
}

absl::Status InstanceStore::WriteTimers(LiveInstance& instance, std::vector<WrittenTimer>& added) {
  const auto& wanted = instance.state.timers;
  auto& rows = instance.timer_rows;
  for (auto row = rows.begin(); row != rows.end();) {
    if (wanted.contains(row->first)) {
      ++row;
      continue;
    }
    AMEIDE_RETURN_IF_ERROR(delete_timer_.Bind(instance.number).Bind(static_cast<int64_t>(row->first)).Run());
    row = rows.erase(row);
  }
  for (const auto& [key, timer] : wanted) {
    const auto row = rows.find(key);
    if (row != rows.end() && row->second == timer.due) continue;
    AMEIDE_RETURN_IF_ERROR(replace_timer_.Bind(instance.number)
                               .Bind(static_cast<int64_t>(key))
                               .Bind(instance.version->tenant)
                               .Bind(Micros(timer.due))
                               .Run());
    rows[key] = timer.due;
    added.push_back({timer.due, instance.number, key});
  }
  return absl::OkStatus();
}

absl::Status InstanceStore::WriteTasks(LiveInstance& instance) {
  const auto& wanted = instance.state.user_tasks;
  auto& rows = instance.task_rows;
  for (auto row = rows.begin(); row != rows.end();) {
    if (wanted.contains(*row)) {
      ++row;
      continue;
    }
    const auto key = static_cast<int64_t>(*row);
    AMEIDE_RETURN_IF_ERROR(delete_task_.Bind(instance.number).Bind(key).Run());
    AMEIDE_RETURN_IF_ERROR(delete_groups_.Bind(instance.number).Bind(key).Run());
    row = rows.erase(row);
  }
  for (const engine::CreateUserTask& task : std::exchange(instance.created_tasks, {})) {
    // One that was created and closed within one transaction was never seen by anyone.
    if (!wanted.contains(task.task)) continue;
    AMEIDE_RETURN_IF_ERROR(WriteTask(instance, task));
    rows.insert(task.task);
  }
  return absl::OkStatus();
}

absl::Status InstanceStore::WriteTask(LiveInstance& instance, const engine::CreateUserTask& task) {
  const engine::Node& node = instance.version->plan->nodes[task.node];
  const auto key = static_cast<int64_t>(task.task);
  const std::string& tenant = instance.version->tenant;
  AMEIDE_RETURN_IF_ERROR(insert_task_.Bind(instance.number)
                             .Bind(key)
                             .Bind(tenant)
                             .Bind(instance.version->view.id)
                             .Bind(node.id)
                             .Bind(node.name)
                             .Bind(absl::StrJoin(task.candidate_groups, "\n"))
                             .Bind(task.form)
                             .Bind(Micros(instance.changed_at))
                             .BindBlob(feel::ToJson(feel::Value(task.variables)))
                             .Run());
  for (const std::string& group : task.candidate_groups) {
    AMEIDE_RETURN_IF_ERROR(insert_group_.Bind(tenant)
                               .Bind(group)
                               .Bind(Micros(instance.changed_at))
                               .Bind(instance.number)
                               .Bind(key)
                               .Run());
  }
  return absl::OkStatus();
}

absl::Status InstanceStore::WriteIncidents(LiveInstance& instance) {
  const auto& wanted = instance.state.incidents;
  auto& rows = instance.incident_rows;
  for (auto row = rows.begin(); row != rows.end();) {
    if (wanted.contains(*row)) {
      ++row;
      continue;
    }
    AMEIDE_RETURN_IF_ERROR(delete_incident_.Bind(instance.number).Bind(static_cast<int64_t>(*row)).Run());
    row = rows.erase(row);
  }
  for (const auto& [key, incident] : wanted) {
    if (!rows.insert(key).second) continue;
    const engine::ElementInstance* element = instance.state.FindElement(incident.element);
    AMEIDE_RETURN_IF_ERROR(
        insert_incident_.Bind(instance.number)
            .Bind(static_cast<int64_t>(key))
            .Bind(instance.version->tenant)
            .Bind(instance.version->view.id)
            .Bind(element == nullptr ? "" : instance.version->plan->nodes[element->node].id)
            .Bind(engine::IncidentKindName(incident.kind))
            .Bind(incident.message)
            .Bind(Micros(instance.changed_at))
            .Run());
  }
  return absl::OkStatus();
}

absl::Status InstanceStore::Compact(LiveInstance& instance) {
  if (instance.state.ended()) {
    if (instance.compacted_at == 0) return absl::OkStatus();
    return delete_compact_.Bind(instance.number).Run();
  }
  if (instance.revision - instance.compacted_at < kFactsBetweenCompactions) return absl::OkStatus();
  instance.compacted_at = instance.revision;
  return replace_compact_.Bind(instance.number)
      .Bind(instance.version->tenant)
      .Bind(instance.revision)
      .BindBlob(engine::EncodeState(instance.state))
      .Run();
}

void InstanceStore::Trim(const std::vector<LiveInstance*>& touched) {
  std::vector<LiveInstance*> ended;
  for (LiveInstance* instance : touched) {
    if (instance->state.ended()) ended.push_back(instance);
  }
  Forget(ended);
  while (instances_.size() > cached_) {
    instances_.erase(used_.front());
    used_.pop_front();
  }
}

void InstanceStore::Forget(const std::vector<LiveInstance*>& instances) {
  for (const LiveInstance* instance : instances) {
    const auto found = instances_.find(instance->number);
    used_.erase(found->second.used);
    instances_.erase(found);
  }
}

}  // namespace ameide::runtime
