#include "backend/server/messages.h"

#include <algorithm>

#include "backend/server/errors.h"
#include "base/status.h"

namespace ameide::server {
namespace {

namespace pb = process::v1;

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 500;
constexpr size_t kLargestVariables = 16 << 20;

google::protobuf::Duration ToDuration(std::chrono::microseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  google::protobuf::Duration duration;
  duration.set_seconds(seconds.count());
  duration.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(time - seconds).count()));
  return duration;
}

}  // namespace

google::protobuf::Timestamp ToTimestamp(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(time - seconds).count()));
  return timestamp;
}

WallTime ToTime(const google::protobuf::Timestamp& timestamp) {
  constexpr int64_t kYear1 = -62135596800;
  constexpr int64_t kEndOfYear9999 = 253402300799;
  return WallTime(std::chrono::seconds(std::clamp(timestamp.seconds(), kYear1, kEndOfYear9999)) +
                  std::chrono::microseconds(std::clamp(timestamp.nanos(), 0, 999999999) / 1000));
}

pb::Process ToMessage(const runtime::ProcessView& view) {
  pb::Process message;
  message.set_id(view.id);
  message.set_name(view.name);
  message.set_version(view.version);
  message.set_plan_digest(view.plan_digest.Hex());
  message.set_path(view.path);
  message.set_artifact_id(view.artifact_id);
  message.set_bundle_digest(view.bundle);
  *message.mutable_deployed_at() = ToTimestamp(view.deployed_at);
  return message;
}

pb::InstanceSummary ToMessage(const runtime::InstanceRow& row) {
  pb::InstanceSummary message;
  message.set_id(row.id);
  message.set_process(row.process);
  message.set_version(row.version);
  // The numbers are the same on both sides.
  message.set_state(static_cast<pb::InstanceState>(row.status));
  *message.mutable_started_at() = ToTimestamp(row.started_at);
  if (row.ended_at) *message.mutable_ended_at() = ToTimestamp(*row.ended_at);
  message.set_incidents(row.incidents);
  return message;
}

pb::Task ToMessage(const runtime::TaskView& view) {
  pb::Task message;
  message.set_id(view.id);
  message.set_instance(view.instance);
  message.set_process(view.process);
  message.set_element(view.element);
  message.set_name(view.name);
  for (const std::string& group : view.candidate_groups) message.add_candidate_groups(group);
  message.set_form(view.form);
  *message.mutable_created_at() = ToTimestamp(view.created_at);
  message.set_variables_json(view.variables_json);
  message.set_assignee(view.assignee);
  message.set_owner(view.owner);
  for (const std::string& user : view.candidate_users) message.add_candidate_users(user);
  if (view.due) *message.mutable_due_at() = ToTimestamp(*view.due);
  if (view.follow_up) *message.mutable_follow_up_at() = ToTimestamp(*view.follow_up);
  message.set_priority(view.priority);
  return message;
}

pb::MigratedInstance ToMessage(const runtime::MigrationOutcome& outcome) {
  pb::MigratedInstance message;
  message.set_instance(outcome.instance);
  message.set_migrated(outcome.status.ok());
  message.set_from_version(outcome.from);
  message.set_to_version(outcome.to);
  message.set_message(std::string(outcome.status.message()));
  return message;
}

pb::ElementRun ToMessage(const runtime::ElementRun& run) {
  pb::ElementRun message;
  message.set_number(run.number);
  message.set_key(run.key);
  message.set_scope(run.scope);
  message.set_element(run.element);
  message.set_type(run.type);
  message.set_outcome(run.outcome);
  *message.mutable_started_at() = ToTimestamp(run.started_at);
  if (run.ended_at) *message.mutable_ended_at() = ToTimestamp(*run.ended_at);
  *message.mutable_duration() = ToDuration(run.took);
  *message.mutable_waited() = ToDuration(run.waited);
  return message;
}

pb::RetentionRule ToMessage(const runtime::RetentionRule& rule) {
  pb::RetentionRule message;
  message.set_process(rule.process);
  if (rule.keep) *message.mutable_keep() = ToDuration(*rule.keep);
  return message;
}

pb::InstanceOutcome ToMessage(const runtime::BulkResult::Outcome& outcome) {
  pb::InstanceOutcome message;
  message.set_instance(outcome.instance);
  message.set_done(outcome.status.ok());
  message.set_message(std::string(outcome.status.message()));
  return message;
}

absl::StatusOr<runtime::BulkOperation> ToBulk(const pb::OperateInstancesRequest& request) {
  using runtime::Operation;
  runtime::BulkOperation bulk;
  bulk.instances.assign(request.instances().begin(), request.instances().end());
  bulk.process = request.process();
  bulk.version = request.version();
  switch (request.state()) {
    case pb::INSTANCE_STATE_UNSPECIFIED:
      break;
    case pb::INSTANCE_STATE_ACTIVE:
    case pb::INSTANCE_STATE_INCIDENT:
    case pb::INSTANCE_STATE_SUSPENDED:
      bulk.status = static_cast<runtime::InstanceStatus>(request.state());
      break;
    default:
      return absl::InvalidArgumentError("state must be active, incident or suspended");
  }
  if (bulk.instances.empty() && bulk.process.empty() && !bulk.status) {
    return absl::InvalidArgumentError("say which instances: their ids, a process or a state");
  }
  if (bulk.version != 0 && bulk.process.empty()) {
    return absl::InvalidArgumentError("a version is that of a process; say of which");
  }
  Operation& operation = bulk.operation;
  operation.dry_run = request.dry_run();
  operation.reason = request.reason();
  if (request.has_cancel()) {
    operation.what = Operation::Cancel{};
  } else if (request.has_suspend()) {
    operation.what = Operation::Suspend{};
  } else if (request.has_resume()) {
    operation.what = Operation::Resume{};
  } else if (request.has_retry()) {
    operation.what = Operation::RetryEach{request.retry().as_new()};
  } else if (request.has_skip()) {
    AMEIDE_RETURN_IF_ERROR(CheckVariables(request.skip().variables_json()));
    operation.what = Operation::Skip{"", request.skip().element(), request.skip().variables_json()};
  } else if (request.has_modify()) {
    operation.what = Operation::Move{{request.modify().end().begin(), request.modify().end().end()},
                                     {request.modify().begin().begin(), request.modify().begin().end()}};
  } else if (request.has_set()) {
    AMEIDE_RETURN_IF_ERROR(CheckVariables(request.set().variables_json()));
    operation.what = Operation::Set{request.set().element(), request.set().variables_json()};
  } else if (request.has_assign()) {
    operation.what = Operation::AssignEach{request.assign().element(), request.assign().assignee(),
                                           request.assign().owner(), request.assign().only_if_free()};
  } else if (request.has_begin()) {
    operation.what = Operation::BeginActivity{request.begin().activity()};
  } else {
    return absl::InvalidArgumentError("say what is to be done: cancel, suspend, resume, retry, skip, ...");
  }
  return bulk;
}

pb::Job ToMessage(const runtime::LeasedJob& job) {
  pb::Job message;
  message.set_id(job.id);
  message.set_type(job.type);
  message.set_instance(job.instance);
  message.set_process(job.process);
  message.set_element(job.element);
  for (const auto& [key, value] : job.headers) (*message.mutable_headers())[key] = value;
  message.set_variables_json(job.variables_json);
  message.set_idempotency_key(job.idempotency_key);
  message.set_attempt(job.attempt);
  message.set_retries(job.retries);
  *message.mutable_leased_until() = ToTimestamp(job.leased_until);
  message.set_lease_token(job.lease_token);
  return message;
}

pb::AuditEntry ToMessage(const runtime::AuditRow& row) {
  pb::AuditEntry message;
  message.set_number(row.number);
  *message.mutable_at() = ToTimestamp(row.at);
  message.set_actor(row.actor);
  message.set_action(row.action);
  message.set_instance(row.instance);
  message.set_detail(row.detail);
  message.set_reason(row.reason);
  return message;
}

pb::VariableChange ToMessage(const runtime::VariableRow& row) {
  pb::VariableChange message;
  message.set_number(row.number);
  *message.mutable_at() = ToTimestamp(row.at);
  message.set_element(row.element);
  message.set_name(row.name);
  message.set_value_json(row.value_json);
  message.set_cut(row.cut);
  return message;
}

pb::Incident ToMessage(const runtime::IncidentView& view) {
  pb::Incident message;
  message.set_id(view.id);
  message.set_instance(view.instance);
  message.set_process(view.process);
  message.set_element(view.element);
  message.set_kind(view.kind);
  message.set_message(view.message);
  *message.mutable_created_at() = ToTimestamp(view.created_at);
  message.set_variables_json(view.variables_json);
  return message;
}

pb::Instance ToMessage(const runtime::InstanceView& view) {
  pb::Instance message;
  *message.mutable_summary() = ToMessage(view.row);
  message.set_plan_digest(view.process.plan_digest.Hex());
  for (const runtime::TokenCount& token : view.tokens) {
    pb::ElementTokens* entry = message.add_tokens();
    entry->set_element(token.element);
    entry->set_count(token.count);
  }
  message.set_variables_json(view.variables_json);
  for (const runtime::IncidentView& incident : view.incidents) *message.add_incidents() = ToMessage(incident);
  for (const runtime::HistoryRow& row : view.history) {
    pb::HistoryEntry* entry = message.add_history();
    entry->set_element(row.element);
    entry->set_event(row.event);
    *entry->mutable_at() = ToTimestamp(row.at);
    entry->set_number(row.number);
  }
  for (const runtime::TaskView& task : view.tasks) *message.add_tasks() = ToMessage(task);
  message.set_path(view.process.path);
  message.set_artifact_id(view.process.artifact_id);
  message.set_revision(view.revision);
  return message;
}

absl::Status CheckVariables(const std::string& json) {
  if (json.size() <= kLargestVariables) return absl::OkStatus();
  return WithDetail(
      absl::InvalidArgumentError("variables_json has more than 16 MiB; keep large data in a domain"),
      "VARIABLES_TOO_LARGE");
}

runtime::PageRequest ToPage(int size, const std::string& token) {
  return {size <= 0 ? kDefaultPage : std::min(size, kLargestPage), token};
}

}  // namespace ameide::server
