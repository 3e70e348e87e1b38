#include "backend/server/messages.h"

#include <algorithm>

namespace ameide::server {
namespace {

namespace pb = process::v1;

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 500;

}  // namespace

google::protobuf::Timestamp ToTimestamp(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<int32_t>(std::chrono::nanoseconds(time - seconds).count()));
  return timestamp;
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

runtime::PageRequest ToPage(int size, const std::string& token) {
  return {size <= 0 ? kDefaultPage : std::min(size, kLargestPage), token};
}

}  // namespace ameide::server
