// What crosses instances: messages, signals, and events that begin instances.
#include <utility>

#include "absl/strings/str_cat.h"
#include "backend/engine/plan/plan_codec.h"
#include "backend/runtime/embedded/batch.h"
#include "base/log.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

/// So many messages and signals of instances are given out in one transaction; processes that answer each
/// other without end must not hold up the others.
constexpr int kMostThrownAtOnce = 500;
/// After so many such transactions in a row there is a pause after each.
constexpr int kTurnsInARow = 20;
constexpr char kMessageKind[] = "message";
constexpr char kSignalKind[] = "signal";

}  // namespace

absl::StatusOr<std::string> BatchWork::Publish(const std::string& tenant, const MessageRequest& request,
                                               BatchEffects& effects) {
  const std::string key = absl::StrCat(request.message.name, "\n", request.id);
  if (!request.id.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const auto known, FindRequest(tenant, kMessageKind, key, request.digest));
    if (known) return *known == 0 ? std::string() : FormatInstance(*known);
  }
  engine::Message message = request.message;
  if (request.time_to_live) {
    message.keep = *request.time_to_live > std::chrono::microseconds(0);
    message.expires = now_ + *request.time_to_live;
  }
  auto deliveries = correlation_->Publish(tenant, std::move(message));
  if (!deliveries.ok()) return Storage(deliveries.status());
  AMEIDE_ASSIGN_OR_RETURN(const InstanceNumber receiver, DeliverAll(tenant, *std::move(deliveries), effects));
  if (!request.id.empty()) {
    AMEIDE_RETURN_IF_ERROR(RememberRequest(tenant, kMessageKind, key, request.digest, receiver));
  }
  return receiver == 0 ? std::string() : FormatInstance(receiver);
}

absl::StatusOr<std::string> BatchWork::Broadcast(const std::string& tenant, const SignalRequest& request,
                                                 BatchEffects& effects) {
  if (!request.idempotency_key.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const auto known,
                            FindRequest(tenant, kSignalKind, request.idempotency_key, request.digest));
    if (known) return absl::StrCat(*known);
  }
  auto deliveries = correlation_->Broadcast(tenant, request.name, request.variables, std::nullopt);
  if (!deliveries.ok()) return Storage(deliveries.status());
  const auto count = static_cast<int64_t>(deliveries->size());
  AMEIDE_RETURN_IF_ERROR(DeliverAll(tenant, *std::move(deliveries), effects).status());
  if (!request.idempotency_key.empty()) {
    AMEIDE_RETURN_IF_ERROR(
        RememberRequest(tenant, kSignalKind, request.idempotency_key, request.digest, count));
  }
  return absl::StrCat(count);
}

void BatchWork::AskToGoOn(BatchEffects& effects) {
  if (++turns_in_a_row_ > kTurnsInARow) {
    if (turns_in_a_row_ == kTurnsInARow + 1)
      LogWarning(
          "processes answer each other without end; they go on slowly. Look for messages that lead to "
          "themselves",
          {});
    effects.resting.push_back(0);
    return;
  }
  Request request;
  request.what = GoOnRequest{};
  effects.requests.push_back(std::move(request));
}

absl::Status BatchWork::GiveOut(BatchEffects& effects) {
  if (thrown_.empty() && outbox_is_empty_) return absl::OkStatus();
  std::deque<Thrown> refused;  // messages that would begin more than the tenant may have
  for (int turns = 0; !thrown_.empty() && turns < kMostThrownAtOnce; ++turns) {
    Thrown thrown = std::move(thrown_.front());
    thrown_.pop_front();
    std::optional<Thrown> copy;
    if (std::holds_alternative<engine::PublishMessage>(thrown.command) && !MayBegin(thrown.tenant).ok())
      copy = thrown;
    absl::StatusOr<std::vector<engine::Delivery>> deliveries;
    if (auto* message = std::get_if<engine::PublishMessage>(&thrown.command)) {
      deliveries =
          correlation_->Publish(thrown.tenant, {std::move(message->name), std::move(message->correlation),
                                                std::move(message->receiver), std::move(message->variables)});
    } else if (const auto* signal = std::get_if<engine::BroadcastSignal>(&thrown.command)) {
      deliveries = correlation_->Broadcast(thrown.tenant, signal->name, signal->variables, thrown.instance);
    }
    AMEIDE_RETURN_IF_ERROR(deliveries.status());
    const auto delivered = DeliverAll(thrown.tenant, *std::move(deliveries), effects);
    AMEIDE_RETURN_IF_ERROR(storage_);
    if (copy && absl::IsResourceExhausted(delivered.status())) {
      refused.push_back(*std::move(copy));
    } else if (!delivered.ok()) {
      LogError("what an instance has thrown could not begin another one",
               {{"instance", FormatInstance(thrown.instance)},
                {"error", std::string(delivered.status().message())}});
    }
  }
  if (!outbox_is_empty_) AMEIDE_RETURN_IF_ERROR(clear_outbox_.Run());
  const bool waits_only = thrown_.empty();
  std::move(refused.begin(), refused.end(), std::back_inserter(thrown_));
  outbox_is_empty_ = thrown_.empty();
  if (waits_only) turns_in_a_row_ = 0;
  for (const Thrown& thrown : thrown_) {
    AMEIDE_RETURN_IF_ERROR(insert_outbox_.Bind(thrown.tenant)
                               .Bind(thrown.instance)
                               .BindBlob(engine::EncodeCommand(thrown.command))
                               .Run());
  }
  if (!waits_only)
    AskToGoOn(effects);
  else if (!thrown_.empty())
    effects.resting.push_back(0);
  return absl::OkStatus();
}

absl::StatusOr<InstanceNumber> BatchWork::DeliverAll(const std::string& tenant,
                                                     std::vector<engine::Delivery> deliveries,
                                                     BatchEffects& effects) {
  InstanceNumber first = 0;
  // What a delivery leads to at once comes before the next one: nothing may end a wait in between.
  std::deque<engine::Delivery> open(std::make_move_iterator(deliveries.begin()),
                                    std::make_move_iterator(deliveries.end()));
  while (!open.empty()) {
    const engine::Delivery delivery = std::move(open.front());
    open.pop_front();
    AMEIDE_ASSIGN_OR_RETURN(const InstanceNumber receiver, DeliverOne(tenant, delivery, effects));
    AMEIDE_RETURN_IF_ERROR(storage_);
    if (first == 0) first = receiver;
    open.insert(open.begin(), std::make_move_iterator(found_.begin()), std::make_move_iterator(found_.end()));
    found_.clear();
  }
  return first;
}

absl::StatusOr<InstanceNumber> BatchWork::DeliverOne(const std::string& tenant,
                                                     const engine::Delivery& delivery,
                                                     BatchEffects& effects) {
  const engine::Receiver& receiver = delivery.receiver;
  if (!receiver.instance) {
    if (delivery.was_kept && delivery.message) {
      // What another kept one has begun meanwhile may wait for it.
      auto again = correlation_->Publish(tenant, *delivery.message);
      if (!again.ok()) return Storage(again.status());
      std::move(again->begin(), again->end(), std::back_inserter(found_));
      return 0;
    }
    auto begun = Begin(tenant, receiver.process, receiver.node, receiver.definition, delivery.variables,
                       delivery.message ? delivery.message->key : std::nullopt, effects);
    // Others may hear a signal that cannot begin this process; a message has nobody else.
    if (begun.ok() || delivery.message || !absl::IsResourceExhausted(begun.status()) || !storage_.ok())
      return begun;
    LogError("a signal could not begin an instance",
             {{"process", receiver.process}, {"error", std::string(begun.status().message())}});
    return 0;
  }
  const auto number = static_cast<InstanceNumber>(*receiver.instance);
  const absl::StatusOr<LiveInstance*> instance = instances_->Find(number);
  const absl::Status taken =
      instance.ok()
          ? Step(**instance, engine::DeliverEvent{receiver.subscription, delivery.variables}, effects)
          : instance.status();
  if (taken.ok()) return number;
  // It cannot be: whoever waits is known to. A damaged journal is the one reason.
  LogError("a message or signal could not be given to an instance",
           {{"instance", FormatInstance(number)}, {"error", std::string(taken.message())}});
  AMEIDE_RETURN_IF_ERROR(Storage(correlation_->StopWaiting(tenant, number, receiver.subscription)));
  if (!delivery.message) return 0;
  auto others = correlation_->Publish(tenant, *delivery.message);
  if (!others.ok()) return Storage(others.status());
  std::move(others->begin(), others->end(), std::back_inserter(found_));
  return 0;
}

absl::StatusOr<InstanceNumber> BatchWork::Begin(const std::string& tenant, const std::string& process,
                                                engine::Index node, uint32_t definition,
                                                const feel::Context& payload,
                                                const std::optional<std::string>& key,
                                                BatchEffects& effects) {
  AMEIDE_ASSIGN_OR_RETURN(auto version, NewestVersion(tenant, process));
  AMEIDE_RETURN_IF_ERROR(MayBegin(tenant));
  const engine::Node& start = version->plan->nodes[node];
  feel::Context all = payload;
  if (start.parallel_multiple) {
    auto brought =
        starts_->Occur(tenant, version->process_number, node, definition, start.definitions.size(), payload);
    if (!brought.ok()) return Storage(brought.status());
    if (!*brought) return 0;
    all = **std::move(brought);
  }
  last_number_ = NextInstanceNumber(last_number_, now_);
  LiveInstance& instance = instances_->Create(last_number_, std::move(version));
  const absl::Status stepped =
      Step(instance, engine::StartInstanceAt{node, {}, std::move(all), key}, effects);
  if (!stepped.ok()) {
    instances_->Forget({&instance});
    return stepped;
  }
  if (!instance.state.ended()) counts_.Began(tenant);
  return instance.number;
}

absl::Status BatchWork::FireStart(int64_t number, BatchEffects& effects) {
  auto fired = starts_->Fire(number, now_);
  if (!fired.ok()) return Storage(fired.status());
  if (!*fired) return absl::OkStatus();
  StartTimer& timer = (*fired)->timer;
  const auto begun = Begin(timer.tenant, timer.process, timer.node, timer.definition, {}, {}, effects);
  if ((*fired)->next) {
    timer.due = *(*fired)->next;
    effects.start_timers.push_back(timer);
  }
  return begun.status();
}

absl::Status BatchWork::SetStarts(const std::string& tenant, const std::string& process,
                                  const std::vector<engine::StartTrigger>& triggers, BatchEffects& effects) {
  AMEIDE_ASSIGN_OR_RETURN(const auto version, NewestVersion(tenant, process));
  auto timers = starts_->Replace(tenant, version->process_number, process, triggers);
  if (!timers.ok()) return Storage(timers.status());
  std::move(timers->begin(), timers->end(), std::back_inserter(effects.start_timers));
  auto deliveries = correlation_->SetStarts(tenant, process, triggers);
  if (!deliveries.ok()) return Storage(deliveries.status());
  AMEIDE_RETURN_IF_ERROR(DeliverAll(tenant, *std::move(deliveries), effects).status());
  // A condition that holds from the beginning begins an instance; there are no data that could change it
  // later.
  for (const engine::StartTrigger& trigger : triggers) {
    if (trigger.trigger != engine::Trigger::kConditional) continue;
    const engine::Plan& plan = *version->plan;
    const engine::Index condition = plan.nodes[trigger.node].definitions[trigger.definition].condition;
    if (!feel::Evaluate(plan.expressions[condition], {}).is_true()) continue;
    AMEIDE_RETURN_IF_ERROR(
        Begin(tenant, process, trigger.node, trigger.definition, {}, {}, effects).status());
  }
  return absl::OkStatus();
}

}  // namespace ameide::runtime
