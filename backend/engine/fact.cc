#include "backend/engine/fact.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "backend/engine/value_fields.h"
#include "base/status.h"

namespace ameide::engine {

using namespace fields;  // NOLINT: private to this folder

namespace {

constexpr uint8_t kFactVersion = 1;

constexpr std::array<std::string_view, std::variant_size_v<Fact>> kNames = {
    "InstanceStarted",    "ElementActivated",     "ElementPassed",       "TokenParked",
    "TokensCleared",      "PhaseChanged",         "ElementCompleted",    "ElementTerminated",
    "VariablesSet",       "JobCreated",           "JobCompleted",        "JobFailed",
    "JobRetried",         "UserTaskCreated",      "UserTaskCompleted",   "TimerScheduled",
    "TimerFired",         "ErrorThrown",          "IncidentCreated",     "IncidentResolved",
    "InstanceEnded",      "TokensConsumed",       "TokensProduced",      "GatewayPhaseChanged",
    "LoopOpened",         "LoopAdvanced",         "LoopChecked",         "LoopOutput",
    "ElementPostponed",   "ElementResumed",       "Subscribed",          "SubscriptionClosed",
    "ConditionChanged",   "TimerCanceled",        "MessageSent",         "SignalThrown",
    "EscalationThrown",   "CompensationRecorded", "CompensationStarted", "CompensationTaken",
    "CompensationOpened", "CompensationEnded",    "SuspensionChanged",   "UserTaskAssigned",
    "InstanceMigrated",   "InputSetSelected"};

/// TimerScheduled has a second version, which names the event definition, and a third with a calendar;
/// UserTaskCreated a second with details.
uint8_t VersionOf(const Fact& fact) {
  if (const auto* timer = std::get_if<TimerScheduled>(&fact)) {
    if (!timer->cron.empty()) return 3;
    return timer->definition != 0 ? 2 : kFactVersion;
  }
  const auto* task = std::get_if<UserTaskCreated>(&fact);
  return task != nullptr && task->details != UserTaskDetails() ? 2 : kFactVersion;
}

void PutPairs(ByteWriter& w, const std::vector<std::pair<Index, Index>>& pairs) {
  w.Varint(pairs.size());
  for (const auto& [from, to] : pairs) PutIndex(w, from), PutIndex(w, to);
}
std::vector<std::pair<Index, Index>> GetPairs(ByteReader& r) {
  std::vector<std::pair<Index, Index>> pairs;
  for (size_t left = r.Count(); left > 0 && r.ok(); --left) {
    const Index from = GetIndex(r);
    pairs.emplace_back(from, GetIndex(r));
  }
  return pairs;
}

void Write(ByteWriter& w, const InstanceStarted& f) { Put(w, f.at), Put(w, f.variables); }
void Write(ByteWriter& w, const ElementActivated& f) {
  Put(w, f.key), PutIndex(w, f.node), Put(w, f.scope), PutIndex(w, f.via), PutEnum(w, f.phase);
}
void Write(ByteWriter& w, const ElementPassed& f) {
  PutIndex(w, f.node), Put(w, f.scope), PutIndex(w, f.via), PutIndices(w, f.taken);
}
void Write(ByteWriter& w, const TokenParked& f) { Put(w, f.scope), PutIndex(w, f.flow); }
void Write(ByteWriter& w, const TokensCleared& f) { Put(w, f.scope); }
void Write(ByteWriter& w, const PhaseChanged& f) { Put(w, f.element), PutEnum(w, f.phase); }
void Write(ByteWriter& w, const ElementCompleted& f) { Put(w, f.key), PutIndices(w, f.taken); }
void Write(ByteWriter& w, const ElementTerminated& f) { Put(w, f.key); }
void Write(ByteWriter& w, const VariablesSet& f) { Put(w, f.scope), Put(w, f.values); }
void Write(ByteWriter& w, const JobCreated& f) {
  Put(w, f.key), Put(w, f.element), Put(w, f.type), Put(w, f.retries);
}
void Write(ByteWriter& w, const JobCompleted& f) { Put(w, f.key); }
void Write(ByteWriter& w, const JobFailed& f) { Put(w, f.key), Put(w, f.retries_left), Put(w, f.retry_at); }
void Write(ByteWriter& w, const JobRetried& f) { Put(w, f.key), Put(w, f.retries), Put(w, f.activation); }
void Write(ByteWriter& w, const UserTaskCreated& f) {
  Put(w, f.key), Put(w, f.element), Put(w, f.candidate_groups), Put(w, f.assignee);
  if (f.details != UserTaskDetails()) Put(w, f.details);
}
void Write(ByteWriter& w, const UserTaskCompleted& f) { Put(w, f.key); }
void Write(ByteWriter& w, const TimerScheduled& f) {
  Put(w, f.key), Put(w, f.element), PutIndex(w, f.node), Put(w, f.due), Put(w, f.cycle);
  if (f.cycle) Put(w, f.repetitions), Put(w, f.interval), Put(w, f.end);
  if (f.definition != 0 || !f.cron.empty()) Put(w, f.definition);
  if (!f.cron.empty()) Put(w, f.cron);
}
void Write(ByteWriter& w, const TimerFired& f) { Put(w, f.key); }
void Write(ByteWriter& w, const ErrorThrown& f) {
  Put(w, f.element), Put(w, f.code), PutIndex(w, f.caught_by);
}
void Write(ByteWriter& w, const IncidentCreated& f) {
  Put(w, f.key), Put(w, f.element), PutEnum(w, f.kind), Put(w, f.message);
}
void Write(ByteWriter& w, const IncidentResolved& f) { Put(w, f.key); }
void Write(ByteWriter& w, const InstanceEnded& f) { PutEnum(w, f.state); }
void Write(ByteWriter& w, const TokensConsumed& f) {
  Put(w, f.scope), PutIndex(w, f.node);
  w.Varint(f.tokens.size());
  for (const auto& [flow, count] : f.tokens) PutIndex(w, flow), Put(w, count);
}
void Write(ByteWriter& w, const TokensProduced& f) { Put(w, f.scope), PutIndices(w, f.flows); }
void Write(ByteWriter& w, const GatewayPhaseChanged& f) {
  Put(w, f.scope), PutIndex(w, f.node), PutIndices(w, f.received);
}
void Write(ByteWriter& w, const LoopOpened& f) {
  Put(w, f.element), Put(w, f.total), feel::EncodeValue(f.items, w);
}
void Write(ByteWriter& w, const LoopAdvanced& f) { Put(w, f.element); }
void Write(ByteWriter& w, const LoopChecked& f) { Put(w, f.element), Put(w, f.completed); }
void Write(ByteWriter& w, const LoopOutput& f) {
  Put(w, f.element), Put(w, f.index), feel::EncodeValue(f.value, w);
}
void Write(ByteWriter& w, const ElementPostponed& f) { Put(w, f.element); }
void Write(ByteWriter& w, const ElementResumed& f) { Put(w, f.element); }
void Write(ByteWriter& w, const Subscribed& f) {
  Put(w, f.key), Put(w, f.element), PutIndex(w, f.node), Put(w, f.definition), PutEnum(w, f.trigger);
  Put(w, f.name), Put(w, f.correlation);
}
void Write(ByteWriter& w, const SubscriptionClosed& f) { Put(w, f.key); }
void Write(ByteWriter& w, const ConditionChanged& f) { Put(w, f.subscription), Put(w, f.holds); }
void Write(ByteWriter& w, const TimerCanceled& f) { Put(w, f.key); }
void Write(ByteWriter& w, const MessageSent& f) { Put(w, f.element), Put(w, f.name), Put(w, f.correlation); }
void Write(ByteWriter& w, const SignalThrown& f) { Put(w, f.element), Put(w, f.name); }
void Write(ByteWriter& w, const EscalationThrown& f) {
  Put(w, f.element), Put(w, f.code), PutIndex(w, f.caught_by);
}
void Write(ByteWriter& w, const CompensationRecorded& f) {
  Put(w, f.key), Put(w, f.element), Put(w, f.scope), PutIndex(w, f.node), Put(w, f.container);
  Put(w, f.variables);
}
void Write(ByteWriter& w, const CompensationStarted& f) {
  Put(w, f.element), Put(w, f.scope), PutIndex(w, f.node);
}
void Write(ByteWriter& w, const CompensationTaken& f) { Put(w, f.record); }
void Write(ByteWriter& w, const CompensationOpened& f) {
  Put(w, f.key), Put(w, f.scope), Put(w, f.record), Put(w, f.handled);
}
void Write(ByteWriter& w, const CompensationEnded& f) { Put(w, f.element); }
void Write(ByteWriter& w, const SuspensionChanged& f) { Put(w, f.suspended); }
void Write(ByteWriter& w, const UserTaskAssigned& f) { Put(w, f.key), Put(w, f.assignee), Put(w, f.owner); }
void Write(ByteWriter& w, const InstanceMigrated& f) {
  Put(w, f.plan), PutPairs(w, f.nodes), PutPairs(w, f.flows);
}
void Write(ByteWriter& w, const InputSetSelected& f) { Put(w, f.element), PutIndex(w, f.input_set); }

void Read(ByteReader& r, InstanceStarted& f) { f.at = GetTime(r), f.variables = GetContext(r); }
void Read(ByteReader& r, ElementActivated& f) {
  f.key = r.Varint(), f.node = GetIndex(r), f.scope = r.Varint(), f.via = GetIndex(r);
  f.phase = GetEnum(r, Phase::kDetached);
}
void Read(ByteReader& r, ElementPassed& f) {
  f.node = GetIndex(r), f.scope = r.Varint(), f.via = GetIndex(r), f.taken = GetIndices(r);
}
void Read(ByteReader& r, TokenParked& f) { f.scope = r.Varint(), f.flow = GetIndex(r); }
void Read(ByteReader& r, TokensCleared& f) { f.scope = r.Varint(); }
void Read(ByteReader& r, PhaseChanged& f) { f.element = r.Varint(), f.phase = GetEnum(r, Phase::kDetached); }
void Read(ByteReader& r, ElementCompleted& f) { f.key = r.Varint(), f.taken = GetIndices(r); }
void Read(ByteReader& r, ElementTerminated& f) { f.key = r.Varint(); }
void Read(ByteReader& r, VariablesSet& f) { f.scope = r.Varint(), f.values = GetContext(r); }
void Read(ByteReader& r, JobCreated& f) {
  f.key = r.Varint(), f.element = r.Varint(), f.type = GetString(r), f.retries = GetU32(r);
}
void Read(ByteReader& r, JobCompleted& f) { f.key = r.Varint(); }
void Read(ByteReader& r, JobFailed& f) {
  f.key = r.Varint(), f.retries_left = GetU32(r), f.retry_at = GetTime(r);
}
void Read(ByteReader& r, JobRetried& f) {
  f.key = r.Varint(), f.retries = GetU32(r), f.activation = GetU32(r);
}
void Read(ByteReader& r, UserTaskCreated& f) {
  f.key = r.Varint(), f.element = r.Varint(), f.candidate_groups = GetStrings(r), f.assignee = GetString(r);
}
void Read(ByteReader& r, UserTaskCompleted& f) { f.key = r.Varint(); }
void Read(ByteReader& r, TimerScheduled& f) {
  f.key = r.Varint(), f.element = r.Varint(), f.node = GetIndex(r), f.due = GetTime(r), f.cycle = r.Bool();
  if (f.cycle) f.repetitions = GetOptionalNumber(r), f.interval = GetDuration(r), f.end = GetOptionalTime(r);
}
void Read(ByteReader& r, TimerFired& f) { f.key = r.Varint(); }
void Read(ByteReader& r, ErrorThrown& f) {
  f.element = r.Varint(), f.code = GetString(r), f.caught_by = GetIndex(r);
}
void Read(ByteReader& r, IncidentCreated& f) {
  f.key = r.Varint(), f.element = r.Varint(), f.kind = GetEnum(r, IncidentKind::kError),
  f.message = GetString(r);
}
void Read(ByteReader& r, IncidentResolved& f) { f.key = r.Varint(); }
void Read(ByteReader& r, InstanceEnded& f) { f.state = GetEnum(r, EndState::kTerminated); }
void Read(ByteReader& r, TokensConsumed& f) {
  f.scope = r.Varint(), f.node = GetIndex(r);
  for (size_t left = r.Count(); left > 0 && r.ok(); --left) {
    const Index flow = GetIndex(r);
    f.tokens.emplace_back(flow, GetU32(r));
  }
}
void Read(ByteReader& r, TokensProduced& f) { f.scope = r.Varint(), f.flows = GetIndices(r); }
void Read(ByteReader& r, GatewayPhaseChanged& f) {
  f.scope = r.Varint(), f.node = GetIndex(r), f.received = GetIndices(r);
}
void Read(ByteReader& r, LoopOpened& f) {
  f.element = r.Varint(), f.total = GetOptionalNumber(r), f.items = feel::DecodeValue(r);
}
void Read(ByteReader& r, LoopAdvanced& f) { f.element = r.Varint(); }
void Read(ByteReader& r, LoopChecked& f) { f.element = r.Varint(), f.completed = r.Varint(); }
void Read(ByteReader& r, LoopOutput& f) {
  f.element = r.Varint(), f.index = r.Varint(), f.value = feel::DecodeValue(r);
}
void Read(ByteReader& r, ElementPostponed& f) { f.element = r.Varint(); }
void Read(ByteReader& r, ElementResumed& f) { f.element = r.Varint(); }
void Read(ByteReader& r, Subscribed& f) {
  f.key = r.Varint(), f.element = r.Varint(), f.node = GetIndex(r), f.definition = GetU32(r);
  f.trigger = GetEnum(r, kLastTrigger), f.name = GetString(r), f.correlation = GetOptionalString(r);
}
void Read(ByteReader& r, SubscriptionClosed& f) { f.key = r.Varint(); }
void Read(ByteReader& r, ConditionChanged& f) { f.subscription = r.Varint(), f.holds = r.Bool(); }
void Read(ByteReader& r, TimerCanceled& f) { f.key = r.Varint(); }
void Read(ByteReader& r, MessageSent& f) {
  f.element = r.Varint(), f.name = GetString(r), f.correlation = GetOptionalString(r);
}
void Read(ByteReader& r, SignalThrown& f) { f.element = r.Varint(), f.name = GetString(r); }
void Read(ByteReader& r, EscalationThrown& f) {
  f.element = r.Varint(), f.code = GetString(r), f.caught_by = GetIndex(r);
}
void Read(ByteReader& r, CompensationRecorded& f) {
  f.key = r.Varint(), f.element = r.Varint(), f.scope = r.Varint(), f.node = GetIndex(r);
  f.container = r.Bool(), f.variables = GetContext(r);
}
void Read(ByteReader& r, CompensationStarted& f) {
  f.element = r.Varint(), f.scope = r.Varint(), f.node = GetIndex(r);
}
void Read(ByteReader& r, CompensationTaken& f) { f.record = r.Varint(); }
void Read(ByteReader& r, CompensationOpened& f) {
  f.key = r.Varint(), f.scope = r.Varint(), f.record = r.Varint(), f.handled = r.Bool();
}
void Read(ByteReader& r, CompensationEnded& f) { f.element = r.Varint(); }
void Read(ByteReader& r, SuspensionChanged& f) { f.suspended = r.Bool(); }
void Read(ByteReader& r, UserTaskAssigned& f) {
  f.key = r.Varint(), f.assignee = GetString(r), f.owner = GetString(r);
}
void Read(ByteReader& r, InstanceMigrated& f) {
  f.plan = GetString(r), f.nodes = GetPairs(r), f.flows = GetPairs(r);
}
void Read(ByteReader& r, InputSetSelected& f) { f.element = r.Varint(), f.input_set = GetIndex(r); }

/// The alternative of that index, read.
template <size_t kIndex = 0>
Fact ReadAlternative(ByteReader& reader, size_t index) {
  if constexpr (kIndex < std::variant_size_v<Fact>) {
    if (index != kIndex) return ReadAlternative<kIndex + 1>(reader, index);
    std::variant_alternative_t<kIndex, Fact> fact;
    Read(reader, fact);
    return fact;
  } else {
    reader.Fail();
    return {};
  }
}

}  // namespace

std::string_view IncidentKindName(IncidentKind kind) {
  switch (kind) {
    case IncidentKind::kExpression:
      return "expression";
    case IncidentKind::kNoFlow:
      return "flow";
    case IncidentKind::kJob:
      return "job";
    case IncidentKind::kError:
      return "error";
  }
  return "";
}

void EncodeFact(const Fact& fact, ByteWriter& writer) {
  writer.Byte(static_cast<uint8_t>(fact.index() + 1));
  writer.Byte(VersionOf(fact));
  std::visit([&](const auto& it) { Write(writer, it); }, fact);
}

std::string EncodeFact(const Fact& fact) {
  ByteWriter writer;
  EncodeFact(fact, writer);
  return writer.Take();
}

Fact DecodeFact(ByteReader& reader) {
  const uint8_t type = reader.Byte();
  const uint8_t version = reader.Byte();
  if (type == 0 || version == 0 || version > 3) {
    reader.Fail();
    return {};
  }
  Fact fact = ReadAlternative(reader, type - 1u);
  if (version == 1) return fact;
  // Each version has something that the one before has not: one fact has one byte form.
  if (auto* const timer = std::get_if<TimerScheduled>(&fact)) {
    timer->definition = GetU32(reader);
    if (version == 3) timer->cron = GetString(reader);
    if (version == 2 ? timer->definition == 0 : timer->cron.empty()) reader.Fail();
  } else if (auto* const task = std::get_if<UserTaskCreated>(&fact); task != nullptr && version == 2) {
    task->details = GetDetails(reader);
    if (task->details == UserTaskDetails()) reader.Fail();
  } else {
    reader.Fail();
  }
  return fact;
}

absl::StatusOr<Fact> DecodeFact(std::string_view bytes) {
  ByteReader reader(bytes);
  Fact fact = DecodeFact(reader);
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return fact;
}

std::string_view FactName(const Fact& fact) { return kNames[fact.index()]; }

}  // namespace ameide::engine
