#include "backend/runtime/embedded/instance_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/engine/engine.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

/// Larger variables are not kept beside an incident.
constexpr size_t kLargestPayload = 64 << 10;

/// So many facts are folded at most when an instance comes back into memory.
constexpr int64_t kFactsBetweenCompactions = 256;

/// Instances with large variables are kept in memory up to that, as written.
constexpr size_t kMostWeight = 256 << 20;

constexpr uint64_t kUsualPriority = 50;

int64_t Micros(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

absl::StatusOr<JournalReader::Plans> PlansFor(Sqlite& sqlite, PlanCatalog& catalog, const PlanVersion& now,
                                              int64_t first) {
  JournalReader::Plans plans;
  plans.now = plans.first = now.plan;
  if (first != now.number) {
    AMEIDE_ASSIGN_OR_RETURN(const auto version, catalog.Get(sqlite, first));
    plans.first = version->plan;
  }
  plans.find = [&sqlite, &catalog](std::string_view digest) { return catalog.Find(sqlite, digest); };
  return plans;
}

int StatusOf(const engine::InstanceState& state) {
  switch (state.status) {
    case engine::InstanceStatus::kCompleted:
      return static_cast<int>(InstanceStatus::kCompleted);
    case engine::InstanceStatus::kTerminated:
      return static_cast<int>(InstanceStatus::kTerminated);
    default:
      break;
  }
  if (state.suspended) return static_cast<int>(InstanceStatus::kSuspended);
  return static_cast<int>(state.incidents.empty() ? InstanceStatus::kActive : InstanceStatus::kIncident);
}

absl::StatusOr<std::unique_ptr<InstanceStore>> InstanceStore::Make(Sqlite& sqlite, PlanCatalog& plans,
                                                                   size_t cached) {
  std::unique_ptr<InstanceStore> store(new InstanceStore(sqlite, plans, cached));
  AMEIDE_ASSIGN_OR_RETURN(store->journal_, JournalReader::Make(sqlite));
  AMEIDE_ASSIGN_OR_RETURN(store->chunks_, ChunkStore::Make(sqlite));
  AMEIDE_RETURN_IF_ERROR(store->PrepareStatements());
  return store;
}

absl::Status InstanceStore::PrepareStatements() {
  const std::pair<Statement*, const char*> statements[] = {
      {&select_instance_, "SELECT plan, first_plan FROM instance WHERE id = ?"},
      {&insert_instance_,
       "INSERT INTO instance(id, tenant, process, plan, status, started_at, ended_at, incidents, work, "
       "revision) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&update_instance_,
       "UPDATE instance SET status = ?, ended_at = ?, incidents = ?, work = ?, revision = ? WHERE id = ?"},
      {&update_plan_, "UPDATE instance SET first_plan = ifnull(first_plan, plan), plan = ? WHERE id = ?"},
      {&insert_journal_, "INSERT INTO journal(instance, revision, tenant, steps) VALUES(?, ?, ?, ?)"},
      {&replace_compact_,
       "INSERT OR REPLACE INTO compact_state(instance, tenant, revision, state) VALUES(?, ?, ?, ?)"},
      {&delete_compact_, "DELETE FROM compact_state WHERE instance = ?"},
      {&select_timers_, "SELECT timer, due FROM timer WHERE instance = ?"},
      {&replace_timer_, "INSERT OR REPLACE INTO timer(instance, timer, tenant, due) VALUES(?, ?, ?, ?)"},
      {&delete_timer_, "DELETE FROM timer WHERE instance = ? AND timer = ?"},
      {&select_tasks_, "SELECT task, assignee, owner FROM task WHERE instance = ?"},
      {&insert_task_,
       "INSERT INTO task(instance, task, tenant, process, element, name, groups, form, created_at, "
       "variables, assignee, owner, users, due, follow_up, priority) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&insert_user_,
       "INSERT OR IGNORE INTO task_user(tenant, candidate, created_at, instance, task) VALUES(?, ?, ?, ?, "
       "?)"},
      {&delete_users_, "DELETE FROM task_user WHERE instance = ? AND task = ?"},
      {&assign_task_, "UPDATE task SET assignee = ?, owner = ? WHERE instance = ? AND task = ?"},
      {&insert_group_,
       "INSERT OR IGNORE INTO task_group(tenant, candidate, created_at, instance, task) VALUES(?, ?, ?, ?, "
       "?)"},
      {&delete_task_, "DELETE FROM task WHERE instance = ? AND task = ?"},
      {&delete_groups_, "DELETE FROM task_group WHERE instance = ? AND task = ?"},
      {&select_incidents_, "SELECT incident FROM incident WHERE instance = ?"},
      {&insert_incident_,
       "INSERT INTO incident(instance, incident, tenant, process, element, kind, message, created_at, "
       "payload) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"},
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
  const int64_t first_number = select_instance_.IsNull(1) ? plan_number : select_instance_.Int(1);
  AMEIDE_ASSIGN_OR_RETURN(auto version, plans_.Get(sqlite_, plan_number));
  AMEIDE_ASSIGN_OR_RETURN(const JournalReader::Plans plans,
                          PlansFor(sqlite_, plans_, *version, first_number));
  AMEIDE_ASSIGN_OR_RETURN(ReplayedState replayed, journal_->Load(number, plans));

  std::map<engine::Key, WallTime> timers;
  select_timers_.Bind(number);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, select_timers_.Step());
    if (!more) break;
    timers[static_cast<engine::Key>(select_timers_.Int(0))] =
        WallTime(std::chrono::microseconds(select_timers_.Int(1)));
  }
  std::map<engine::Key, std::pair<std::string, std::string>> tasks;
  select_tasks_.Bind(number);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, select_tasks_.Step());
    if (!more) break;
    tasks[static_cast<engine::Key>(select_tasks_.Int(0))] = {std::string(select_tasks_.Text(1)),
                                                             std::string(select_tasks_.Text(2))};
  }
  std::set<engine::Key> incidents;
  select_incidents_.Bind(number);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, select_incidents_.Step());
    if (!more) break;
    incidents.insert(static_cast<engine::Key>(select_incidents_.Int(0)));
  }
  LiveInstance& instance = Insert(number);
  instance.version = std::move(version);
  instance.state = std::move(replayed.state);
  instance.revision = replayed.revision;
  instance.compacted_at = replayed.compacted_at;
  instance.weight = replayed.large_bytes;
  weight_ += instance.weight;
  instance.is_new = false;
  instance.is_counted = !instance.state.ended();
  instance.timer_rows = std::move(timers);
  instance.task_rows = std::move(tasks);
  instance.incident_rows = std::move(incidents);
  return &instance;
}

absl::Status InstanceStore::ReadTimes(LiveInstance& instance) {
  auto times = std::make_unique<ElementTimes>();
  if (instance.revision > 0) {
    const ResetAtEnd reset(select_instance_);
    AMEIDE_ASSIGN_OR_RETURN(const bool exists, select_instance_.Bind(instance.number).Step());
    if (!exists) return absl::NotFoundError(absl::StrCat("no instance ", FormatInstance(instance.number)));
    const int64_t first = select_instance_.Int(select_instance_.IsNull(1) ? 0 : 1);
    AMEIDE_ASSIGN_OR_RETURN(const JournalReader::Plans plans,
                            PlansFor(sqlite_, plans_, *instance.version, first));
    AMEIDE_RETURN_IF_ERROR(
        journal_
            ->Replay(instance.number, plans,
                     [&](const engine::Plan& plan, const engine::InstanceState&, WallTime at,
                         const engine::Fact& fact) { times->Add(plan, at, fact); })
            .status());
    times->TakeEnded();  // They have been told.
  }
  instance.times = std::move(times);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<WrittenTimer>> InstanceStore::Write(LiveInstance& instance) {
  std::vector<WrittenTimer> timers;
  if (instance.journal.empty()) return timers;
  AMEIDE_ASSIGN_OR_RETURN(const std::string row, Put(instance, instance.journal.Take()));
  AMEIDE_RETURN_IF_ERROR(insert_journal_.Bind(instance.number)
                             .Bind(instance.revision)
                             .Bind(instance.version->tenant)
                             .BindBlob(row)
                             .Run());
  AMEIDE_RETURN_IF_ERROR(WriteRow(instance));
  AMEIDE_RETURN_IF_ERROR(WriteTimers(instance, timers));
  AMEIDE_RETURN_IF_ERROR(WriteTasks(instance));
  AMEIDE_RETURN_IF_ERROR(WriteIncidents(instance));
  AMEIDE_RETURN_IF_ERROR(Compact(instance));
  return timers;
}

absl::StatusOr<std::string> InstanceStore::Put(LiveInstance& instance, std::string bytes) {
  if (bytes.size() > std::max(kLargestInline, instance.weight)) {
    weight_ += bytes.size() - instance.weight;
    instance.weight = bytes.size();
  }
  return chunks_->Put(instance.version->tenant, instance.number, std::move(bytes));
}

absl::Status InstanceStore::WriteRow(LiveInstance& instance) {
  if (instance.went_over && !instance.is_new) {
    AMEIDE_RETURN_IF_ERROR(update_plan_.Bind(instance.version->number).Bind(instance.number).Run());
  }
  const engine::InstanceState& state = instance.state;
  const auto work =
      static_cast<int64_t>(state.jobs.size() + (state.ready.empty() && state.postponed.empty() ? 0 : 1));
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
    const auto key = static_cast<int64_t>(row->first);
    if (const auto task = wanted.find(row->first); task != wanted.end()) {
      std::pair<std::string, std::string> whose(task->second.assignee, task->second.owner);
      if (whose != row->second) {
        AMEIDE_RETURN_IF_ERROR(
            assign_task_.Bind(whose.first).Bind(whose.second).Bind(instance.number).Bind(key).Run());
        row->second = std::move(whose);
      }
      ++row;
      continue;
    }
    AMEIDE_RETURN_IF_ERROR(delete_task_.Bind(instance.number).Bind(key).Run());
    AMEIDE_RETURN_IF_ERROR(delete_groups_.Bind(instance.number).Bind(key).Run());
    AMEIDE_RETURN_IF_ERROR(delete_users_.Bind(instance.number).Bind(key).Run());
    row = rows.erase(row);
  }
  for (const engine::CreateUserTask& task : std::exchange(instance.created_tasks, {})) {
    // One that was created and closed within one transaction was never seen by anyone.
    const auto open = wanted.find(task.task);
    if (open == wanted.end()) continue;
    AMEIDE_RETURN_IF_ERROR(WriteTask(instance, task));
    rows[task.task] = {open->second.assignee, open->second.owner};
  }
  return absl::OkStatus();
}

absl::Status InstanceStore::WriteTask(LiveInstance& instance, const engine::CreateUserTask& task) {
  const engine::Node& node = instance.version->plan->nodes[task.node];
  const auto key = static_cast<int64_t>(task.task);
  const std::string& tenant = instance.version->tenant;
  const engine::UserTask& open = instance.state.user_tasks.find(task.task)->second;
  AMEIDE_ASSIGN_OR_RETURN(const std::string variables,
                          chunks_->Put(tenant, instance.number, feel::ToJson(feel::Value(task.variables))));
  insert_task_.Bind(instance.number)
      .Bind(key)
      .Bind(tenant)
      .Bind(instance.version->view.id)
      .Bind(node.id)
      .Bind(node.name)
      .Bind(absl::StrJoin(task.candidate_groups, "\n"))
      .Bind(task.form)
      .Bind(Micros(instance.changed_at))
      .BindBlob(variables)
      .Bind(open.assignee)
      .Bind(open.owner)
      .Bind(absl::StrJoin(open.details.candidate_users, "\n"));
  for (const std::optional<WallTime>& date : {open.details.due, open.details.follow_up}) {
    if (date)
      insert_task_.Bind(Micros(*date));
    else
      insert_task_.BindNull();
  }
  AMEIDE_RETURN_IF_ERROR(
      insert_task_.Bind(static_cast<int64_t>(open.details.priority.value_or(kUsualPriority))).Run());
  for (const std::string& user : open.details.candidate_users) {
    AMEIDE_RETURN_IF_ERROR(insert_user_.Bind(tenant)
                               .Bind(user)
                               .Bind(Micros(instance.changed_at))
                               .Bind(instance.number)
                               .Bind(key)
                               .Run());
  }
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
    std::string payload =
        feel::ToJson(feel::Value(engine::VisibleVariables(instance.state, incident.element)));
    if (payload.size() > kLargestPayload) payload.clear();
    AMEIDE_RETURN_IF_ERROR(
        insert_incident_.Bind(instance.number)
            .Bind(static_cast<int64_t>(key))
            .Bind(instance.version->tenant)
            .Bind(instance.version->view.id)
            .Bind(element == nullptr ? "" : instance.version->plan->nodes[element->node].id)
            .Bind(engine::IncidentKindName(incident.kind))
            .Bind(incident.message)
            .Bind(Micros(instance.changed_at))
            .Bind(payload)
            .Run());
  }
  return absl::OkStatus();
}

absl::Status InstanceStore::Compact(LiveInstance& instance) {
  if (instance.state.ended()) {
    if (instance.compacted_at == 0) return absl::OkStatus();
    return delete_compact_.Bind(instance.number).Run();
  }
  const bool is_due =
      instance.went_over || instance.revision - instance.compacted_at >= kFactsBetweenCompactions;
  if (!is_due) return absl::OkStatus();
  instance.went_over = false;
  instance.compacted_at = instance.revision;
  AMEIDE_ASSIGN_OR_RETURN(const std::string state, chunks_->Put(instance.version->tenant, instance.number,
                                                                engine::EncodeState(instance.state)));
  return replace_compact_.Bind(instance.number)
      .Bind(instance.version->tenant)
      .Bind(instance.revision)
      .BindBlob(state)
      .Run();
}

void InstanceStore::Trim(const std::vector<LiveInstance*>& touched) {
  std::vector<LiveInstance*> ended;
  for (LiveInstance* instance : touched) {
    if (instance->state.ended()) ended.push_back(instance);
  }
  Forget(ended);
  while (instances_.size() > cached_ || (weight_ > kMostWeight && !instances_.empty()))
    Erase(instances_.find(used_.front()));
}

void InstanceStore::Erase(std::unordered_map<InstanceNumber, Slot>::iterator slot) {
  weight_ -= slot->second.instance.weight;
  used_.erase(slot->second.used);
  instances_.erase(slot);
}

void InstanceStore::Drop(InstanceNumber number) {
  const auto found = instances_.find(number);
  if (found != instances_.end()) Erase(found);
}

void InstanceStore::Forget(const std::vector<LiveInstance*>& instances) {
  for (const LiveInstance* instance : instances) {
    Erase(instances_.find(instance->number));
  }
}

}  // namespace ameide::runtime
