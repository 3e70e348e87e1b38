#include "backend/runtime/embedded/correlation_store.h"

#include "base/bytes.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

int64_t Micros(WallTime time) { return time.time_since_epoch().count(); }

std::optional<std::string> OptionalText(const Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return std::string(row.Text(column));
}

void BindOptional(Statement& statement, const std::optional<std::string>& text) {
  if (text)
    statement.Bind(*text);
  else
    statement.BindNull();
}

}  // namespace

std::string EncodeVariables(const feel::Context& variables) {
  ByteWriter writer;
  feel::EncodeValue(feel::Value(variables), writer);
  return writer.Take();
}

absl::StatusOr<feel::Context> DecodeVariables(std::string_view bytes) {
  ByteReader reader(bytes);
  const feel::Value value = feel::DecodeValue(reader);
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  if (value.context() == nullptr) return absl::DataLossError("kept variables are no context");
  return *value.context();
}

absl::StatusOr<std::unique_ptr<CorrelationStore>> CorrelationStore::Make(Sqlite& sqlite) {
  std::unique_ptr<CorrelationStore> store(new CorrelationStore(sqlite));
  AMEIDE_RETURN_IF_ERROR(store->PrepareStatements());
  AMEIDE_RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status CorrelationStore::PrepareStatements() {
  const std::pair<Statement*, const char*> statements[] = {
      {&insert_subscription_,
       "INSERT INTO subscription(instance, subscription, tenant, process, node, signal, name, correlation, "
       "once) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&delete_subscription_, "DELETE FROM subscription WHERE instance = ? AND subscription = ?"},
      {&insert_message_,
       "INSERT INTO message(number, tenant, name, correlation, receiver, variables, expires_at) "
       "VALUES(?, ?, ?, ?, ?, ?, ?)"},
      {&delete_message_, "DELETE FROM message WHERE number = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    AMEIDE_ASSIGN_OR_RETURN(*statement, sqlite_.Prepare(sql));
  }
  return absl::OkStatus();
}

absl::Status CorrelationStore::Load() {
  tenants_.clear();
  expiries_.clear();
  AMEIDE_RETURN_IF_ERROR(LoadWaiting());
  return LoadMessages();
}

/// In the order in which they began to wait.
absl::Status CorrelationStore::LoadWaiting() {
  AMEIDE_ASSIGN_OR_RETURN(Statement rows,
                          sqlite_.Prepare("SELECT tenant, signal, name, correlation, process, instance, "
                                          "subscription, node, once FROM subscription ORDER BY number"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    const engine::Receiver receiver{std::string(rows.Text(4)), static_cast<engine::InstanceId>(rows.Int(5)),
                                    static_cast<engine::Key>(rows.Int(6)),
                                    static_cast<engine::Index>(rows.Int(7)), 0};
    tenants_[std::string(rows.Text(0))].Wait(
        rows.Int(1) != 0 ? engine::Trigger::kSignal : engine::Trigger::kMessage, std::string(rows.Text(2)),
        OptionalText(rows, 3), receiver, rows.Int(8) != 0);
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement starts,
      sqlite_.Prepare("SELECT start_event.tenant, kind, name, process.id, node, definition "
                      "FROM start_event JOIN process ON process.number = start_event.process "
                      "WHERE due IS NULL ORDER BY start_event.number"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, starts.Step());
    if (!more) break;
    const engine::Receiver receiver{std::string(starts.Text(3)), std::nullopt, engine::kNoKey,
                                    static_cast<engine::Index>(starts.Int(4)),
                                    static_cast<uint32_t>(starts.Int(5))};
    tenants_[std::string(starts.Text(0))].Wait(static_cast<engine::Trigger>(starts.Int(1)),
                                               std::string(starts.Text(2)), {}, receiver, false);
  }
  return absl::OkStatus();
}

absl::Status CorrelationStore::LoadMessages() {
  AMEIDE_ASSIGN_OR_RETURN(Statement rows,
                          sqlite_.Prepare("SELECT number, tenant, name, correlation, receiver, variables, "
                                          "expires_at FROM message ORDER BY number"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return absl::OkStatus();
    engine::Message message;
    message.id = static_cast<uint64_t>(rows.Int(0));
    message.name = rows.Text(2);
    message.key = OptionalText(rows, 3);
    message.receiver = rows.Text(4);
    AMEIDE_ASSIGN_OR_RETURN(message.variables, DecodeVariables(rows.Text(5)));
    const std::string tenant(rows.Text(1));
    if (!rows.IsNull(6)) {
      message.expires = WallTime(std::chrono::microseconds(rows.Int(6)));
      expiries_[{*message.expires, message.id}] = tenant;
    }
    last_message_ = std::max(last_message_, message.id);
    tenants_[tenant].Keep(std::move(message));
  }
}

absl::Status CorrelationStore::Forget(const Deliveries& deliveries) {
  for (const engine::Delivery& delivery : deliveries) {
    if (delivery.receiver.instance && delivery.ends_wait) {
      AMEIDE_RETURN_IF_ERROR(delete_subscription_.Bind(static_cast<int64_t>(*delivery.receiver.instance))
                                 .Bind(static_cast<int64_t>(delivery.receiver.subscription))
                                 .Run());
    }
    if (!delivery.was_kept || !delivery.message) continue;
    if (delivery.message->expires) expiries_.erase({*delivery.message->expires, delivery.message->id});
    AMEIDE_RETURN_IF_ERROR(delete_message_.Bind(static_cast<int64_t>(delivery.message->id)).Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<CorrelationStore::Deliveries> CorrelationStore::Wait(
    const std::string& tenant, const std::string& process, InstanceNumber instance,
    const engine::OpenSubscription& subscription) {
  insert_subscription_.Bind(instance)
      .Bind(static_cast<int64_t>(subscription.subscription))
      .Bind(tenant)
      .Bind(process)
      .Bind(int64_t{subscription.node})
      .Bind(int64_t{subscription.trigger == engine::Trigger::kSignal})
      .Bind(subscription.name);
  BindOptional(insert_subscription_, subscription.correlation);
  AMEIDE_RETURN_IF_ERROR(insert_subscription_.Bind(int64_t{subscription.once}).Run());
  const engine::Receiver receiver{process, static_cast<engine::InstanceId>(instance),
                                  subscription.subscription, subscription.node, 0};
  Deliveries deliveries = tenants_[tenant].Wait(subscription.trigger, subscription.name,
                                                subscription.correlation, receiver, subscription.once);
  AMEIDE_RETURN_IF_ERROR(Forget(deliveries));
  return deliveries;
}

absl::Status CorrelationStore::StopWaiting(const std::string& tenant, InstanceNumber instance,
                                           engine::Key subscription) {
  tenants_[tenant].StopWaiting(static_cast<engine::InstanceId>(instance), subscription);
  return delete_subscription_.Bind(instance).Bind(static_cast<int64_t>(subscription)).Run();
}

absl::StatusOr<CorrelationStore::Deliveries> CorrelationStore::SetStarts(
    const std::string& tenant, const std::string& process,
    const std::vector<engine::StartTrigger>& triggers) {
  engine::Correlation& correlation = tenants_[tenant];
  correlation.StopStarting(process);
  Deliveries all;
  for (const engine::StartTrigger& trigger : triggers) {
    if (trigger.trigger != engine::Trigger::kMessage && trigger.trigger != engine::Trigger::kSignal) continue;
    const engine::Receiver receiver{process, {}, engine::kNoKey, trigger.node, trigger.definition};
    Deliveries deliveries = correlation.Wait(trigger.trigger, trigger.name, {}, receiver, false);
    AMEIDE_RETURN_IF_ERROR(Forget(deliveries));
    all.insert(all.end(), std::make_move_iterator(deliveries.begin()),
               std::make_move_iterator(deliveries.end()));
  }
  return all;
}

absl::StatusOr<CorrelationStore::Deliveries> CorrelationStore::Publish(const std::string& tenant,
                                                                       engine::Message message) {
  message.id = last_message_ + 1;
  const engine::Message copy = message;
  Deliveries deliveries = tenants_[tenant].Publish(std::move(message));
  AMEIDE_RETURN_IF_ERROR(Forget(deliveries));
  if (!deliveries.empty() || !copy.keep) return deliveries;
  ++last_message_;
  if (copy.expires) expiries_[{*copy.expires, copy.id}] = tenant;
  insert_message_.Bind(static_cast<int64_t>(copy.id)).Bind(tenant).Bind(copy.name);
  BindOptional(insert_message_, copy.key);
  insert_message_.Bind(copy.receiver).BindBlob(EncodeVariables(copy.variables));
  if (copy.expires)
    insert_message_.Bind(Micros(*copy.expires));
  else
    insert_message_.BindNull();
  AMEIDE_RETURN_IF_ERROR(insert_message_.Run());
  return deliveries;
}

absl::StatusOr<CorrelationStore::Deliveries> CorrelationStore::Broadcast(
    const std::string& tenant, const std::string& name, const feel::Context& variables,
    std::optional<InstanceNumber> thrower) {
  std::optional<engine::InstanceId> id;
  if (thrower) id = static_cast<engine::InstanceId>(*thrower);
  Deliveries deliveries = tenants_[tenant].Broadcast(name, variables, id);
  AMEIDE_RETURN_IF_ERROR(Forget(deliveries));
  return deliveries;
}

absl::Status CorrelationStore::Expire(WallTime now) {
  while (!expiries_.empty() && expiries_.begin()->first.first <= now) {
    const auto& [place, tenant] = *expiries_.begin();
    tenants_[tenant].Drop(place.second);
    AMEIDE_RETURN_IF_ERROR(delete_message_.Bind(static_cast<int64_t>(place.second)).Run());
    expiries_.erase(expiries_.begin());
  }
  return absl::OkStatus();
}

}  // namespace ameide::runtime
