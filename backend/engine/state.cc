#include "backend/engine/state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/value_fields.h"
#include "base/status.h"

namespace ameide::engine {

using namespace fields;  // NOLINT: private to this folder

namespace {

/// 2 has what came with semantics 2; a state without any of it is written as 1. 3 has what people do:
/// suspension, details of user tasks; and calendars of timers. 4 has chosen input sets.
constexpr uint64_t kStateVersion = 4;

void Write(ByteWriter& w, const ElementInstance& e) {
  Put(w, e.key), PutIndex(w, e.node), Put(w, e.scope), PutEnum(w, e.phase), Put(w, e.inside),
      Put(w, e.variables);
}
void Write(ByteWriter& w, const Job& j) {
  Put(w, j.key), Put(w, j.element), Put(w, j.type), Put(w, j.retries), Put(w, j.attempts),
      Put(w, j.activation);
  Put(w, j.not_before);
}
void Write(ByteWriter& w, const UserTask& t) {
  Put(w, t.key), Put(w, t.element), Put(w, t.candidate_groups), Put(w, t.assignee);
}
void Write(ByteWriter& w, const Timer& t) {
  Put(w, t.key), Put(w, t.element), PutIndex(w, t.node), Put(w, t.due), Put(w, t.cycle);
  if (t.cycle) Put(w, t.repetitions), Put(w, t.interval), Put(w, t.end);
}
void Write(ByteWriter& w, const Incident& i) {
  Put(w, i.key), Put(w, i.element), PutEnum(w, i.kind), Put(w, i.message);
}
void Write(ByteWriter& w, const Subscription& s) {
  Put(w, s.key), Put(w, s.element), PutIndex(w, s.node), Put(w, s.definition), PutEnum(w, s.trigger);
  Put(w, s.name), Put(w, s.correlation), Put(w, s.holds);
}
void Write(ByteWriter& w, const LoopState& l) {
  Put(w, l.total), feel::EncodeValue(l.items, w);
  Put(w, l.started), Put(w, l.completed), Put(w, l.terminated), Put(w, l.checked);
  w.Varint(l.outputs.size());
  for (const auto& [index, value] : l.outputs) Put(w, index), feel::EncodeValue(value, w);
}
void Write(ByteWriter& w, const CompensationRecord& c) {
  Put(w, c.key), Put(w, c.element), Put(w, c.scope), PutIndex(w, c.node), Put(w, c.container);
  Put(w, c.variables);
}
void Write(ByteWriter& w, const CompensationRun& c) {
  Put(w, c.scope), PutIndex(w, c.node), Put(w, c.below), Put(w, c.container);
}

void Read(ByteReader& r, ElementInstance& e) {
  e.key = r.Varint(), e.node = GetIndex(r), e.scope = r.Varint(), e.phase = GetEnum(r, Phase::kDetached);
  e.inside = r.Varint(), e.variables = GetContext(r);
}
void Read(ByteReader& r, Job& j) {
  j.key = r.Varint(), j.element = r.Varint(), j.type = GetString(r), j.retries = GetU32(r),
  j.attempts = GetU32(r);
  j.activation = GetU32(r), j.not_before = GetTime(r);
}
void Read(ByteReader& r, UserTask& t) {
  t.key = r.Varint(), t.element = r.Varint(), t.candidate_groups = GetStrings(r), t.assignee = GetString(r);
}
void Read(ByteReader& r, Timer& t) {
  t.key = r.Varint(), t.element = r.Varint(), t.node = GetIndex(r), t.due = GetTime(r), t.cycle = r.Bool();
  if (t.cycle) t.repetitions = GetOptionalNumber(r), t.interval = GetDuration(r), t.end = GetOptionalTime(r);
}
void Read(ByteReader& r, Incident& i) {
  i.key = r.Varint(), i.element = r.Varint(), i.kind = GetEnum(r, IncidentKind::kError),
  i.message = GetString(r);
}

void Read(ByteReader& r, Subscription& s) {
  s.key = r.Varint(), s.element = r.Varint(), s.node = GetIndex(r), s.definition = GetU32(r);
  s.trigger = GetEnum(r, kLastTrigger), s.name = GetString(r), s.correlation = GetOptionalString(r);
  s.holds = r.Bool();
}
void Read(ByteReader& r, LoopState& l) {
  l.total = GetOptionalNumber(r), l.items = feel::DecodeValue(r);
  l.started = r.Varint(), l.completed = r.Varint(), l.terminated = r.Varint(), l.checked = r.Varint();
  for (size_t left = r.Count(); left > 0 && r.ok(); --left) {
    const uint64_t index = r.Varint();
    if (!l.outputs.empty() && l.outputs.rbegin()->first >= index) r.Fail();
    l.outputs.emplace(index, feel::DecodeValue(r));
  }
}
void Read(ByteReader& r, CompensationRecord& c) {
  c.key = r.Varint(), c.element = r.Varint(), c.scope = r.Varint(), c.node = GetIndex(r);
  c.container = r.Bool(), c.variables = GetContext(r);
}
void Read(ByteReader& r, CompensationRun& c) {
  c.scope = r.Varint(), c.node = GetIndex(r), c.below = r.Varint(), c.container = r.Bool();
}

template <typename Thing>
void WriteAll(ByteWriter& writer, const std::map<Key, Thing>& things) {
  writer.Varint(things.size());
  for (const auto& [key, thing] : things) Write(writer, thing);
}

template <typename Thing>
void ReadAll(ByteReader& reader, std::map<Key, Thing>& things) {
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    Thing thing;
    Read(reader, thing);
    if (!things.empty() && things.rbegin()->first >= thing.key) reader.Fail();
    things.emplace_hint(things.end(), thing.key, std::move(thing));
  }
}

/// Rebuilds what element instances know of their belongings.
template <typename Thing, typename Link>
void LinkAll(ByteReader& reader, InstanceState& state, const std::map<Key, Thing>& things, const Link& link) {
  for (const auto& [key, thing] : things) {
    const auto element = state.elements.find(thing.element);
    if (element == state.elements.end()) {
      reader.Fail();
      return;
    }
    link(element->second, key);
  }
}

/// Things without a key of their own, by the element they belong to.
template <typename Thing>
void WriteByElement(ByteWriter& writer, const std::map<Key, Thing>& things) {
  writer.Varint(things.size());
  for (const auto& [key, thing] : things) Put(writer, key), Write(writer, thing);
}

template <typename Thing>
void ReadByElement(ByteReader& reader, std::map<Key, Thing>& things) {
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    const Key key = reader.Varint();
    if (!things.empty() && things.rbegin()->first >= key) reader.Fail();
    Read(reader, things.emplace_hint(things.end(), key, Thing())->second);
  }
}

bool HasSecondVersion(const InstanceState& state) {
  if (!state.subscriptions.empty() || !state.loops.empty() || !state.resetting.empty() ||
      !state.postponed.empty() || !state.records.empty() || !state.runs.empty() || !state.calls.empty())
    return true;
  for (const auto& [key, timer] : state.timers) {
    if (timer.definition != 0) return true;
  }
  for (const auto& [key, element] : state.elements) {
    if (element.phase > Phase::kLeaving) return true;
  }
  return false;
}

void WriteSecondVersion(ByteWriter& writer, const InstanceState& state) {
  for (const auto& [key, timer] : state.timers) Put(writer, timer.definition);
  WriteAll(writer, state.subscriptions);
  WriteByElement(writer, state.loops);
  writer.Varint(state.resetting.size());
  for (const auto& [join, flows] : state.resetting) {
    Put(writer, join.scope), PutIndex(writer, join.node), PutIndices(writer, flows);
  }
  writer.Varint(state.postponed.size());
  for (const Key key : state.postponed) Put(writer, key);
  WriteAll(writer, state.records);
  WriteByElement(writer, state.runs);
  writer.Varint(state.calls.size());
  for (const Key key : state.calls) Put(writer, key);
}

void ReadSecondVersion(ByteReader& reader, InstanceState& state) {
  for (auto& [key, timer] : state.timers) timer.definition = GetU32(reader);
  ReadAll(reader, state.subscriptions);
  ReadByElement(reader, state.loops);
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    JoinKey join{reader.Varint(), kNone};
    join.node = GetIndex(reader);
    if (!state.resetting.empty() && state.resetting.rbegin()->first >= join) reader.Fail();
    state.resetting[join] = GetIndices(reader);
  }
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    state.postponed.push_back(reader.Varint());
  }
  ReadAll(reader, state.records);
  ReadByElement(reader, state.runs);
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    const Key key = reader.Varint();
    if (!state.calls.empty() && *state.calls.rbegin() >= key) reader.Fail();
    state.calls.insert(key);
  }
}

bool HasThirdVersion(const InstanceState& state) {
  if (state.suspended) return true;
  for (const auto& [key, timer] : state.timers) {
    if (!timer.cron.empty()) return true;
  }
  for (const auto& [key, task] : state.user_tasks) {
    if (task.details != UserTaskDetails() || !task.owner.empty()) return true;
  }
  return false;
}

void WriteThirdVersion(ByteWriter& writer, const InstanceState& state) {
  Put(writer, state.suspended);
  for (const auto& [key, timer] : state.timers) Put(writer, timer.cron);
  for (const auto& [key, task] : state.user_tasks) Put(writer, task.details), Put(writer, task.owner);
}

void ReadThirdVersion(ByteReader& reader, InstanceState& state) {
  state.suspended = reader.Bool();
  for (auto& [key, timer] : state.timers) timer.cron = GetString(reader);
  for (auto& [key, task] : state.user_tasks) {
    task.details = GetDetails(reader);
    task.owner = GetString(reader);
  }
}

void WriteFourthVersion(ByteWriter& writer, const InstanceState& state) {
  writer.Varint(state.input_sets.size());
  for (const auto& [element, set] : state.input_sets) Put(writer, element), PutIndex(writer, set);
}

void ReadFourthVersion(ByteReader& reader, InstanceState& state) {
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    const Key element = reader.Varint();
    const bool ascending = state.input_sets.empty() || state.input_sets.rbegin()->first < element;
    const Index set = GetIndex(reader);
    if (!ascending || set == kNone || !state.elements.contains(element)) reader.Fail();
    state.input_sets.emplace(element, set);
  }
}

/// The first version that can hold the state: one state has one byte form.
uint64_t VersionOf(const InstanceState& state) {
  if (!state.input_sets.empty()) return 4;
  if (HasThirdVersion(state)) return 3;
  return HasSecondVersion(state) ? 2 : 1;
}

}  // namespace

void TokenQueue::Pop() {
  if (++first_ == tokens_.size()) {
    tokens_.clear();
    first_ = 0;
  }
}

size_t TokenQueue::RemoveScope(Key scope) {
  const auto begin = tokens_.begin() + static_cast<ptrdiff_t>(first_);
  const auto kept =
      std::remove_if(begin, tokens_.end(), [scope](const Token& it) { return it.scope == scope; });
  const size_t removed = static_cast<size_t>(tokens_.end() - kept);
  tokens_.erase(kept, tokens_.end());
  if (empty()) {
    tokens_.clear();
    first_ = 0;
  }
  return removed;
}

const feel::Context& InstanceState::variables() const {
  const ElementInstance* process = FindElement(kProcessKey);
  return process != nullptr ? process->variables : results;
}

const ElementInstance* InstanceState::FindElement(Key key) const {
  const auto found = elements.find(key);
  return found == elements.end() ? nullptr : &found->second;
}

std::string EncodeState(const InstanceState& state) {
  ByteWriter writer;
  const uint64_t version = VersionOf(state);
  writer.Varint(version);
  PutEnum(writer, state.status);
  Put(writer, state.started_at);
  Put(writer, state.next_key);
  WriteAll(writer, state.elements);
  WriteAll(writer, state.jobs);
  WriteAll(writer, state.user_tasks);
  WriteAll(writer, state.timers);
  WriteAll(writer, state.incidents);
  const std::vector<Token> ready = state.ready.All();
  writer.Varint(ready.size());
  for (const Token& token : ready) Put(writer, token.scope), PutIndex(writer, token.flow);
  writer.Varint(state.parked.size());
  for (const auto& [join, tokens] : state.parked) {
    Put(writer, join.scope), PutIndex(writer, join.node);
    writer.Varint(tokens.size());
    for (const auto& [flow, count] : tokens) PutIndex(writer, flow), Put(writer, count);
  }
  Put(writer, state.results);
  if (version >= 2) WriteSecondVersion(writer, state);
  if (version >= 3) WriteThirdVersion(writer, state);
  if (version >= 4) WriteFourthVersion(writer, state);
  return writer.Take();
}

absl::StatusOr<InstanceState> DecodeState(std::string_view bytes) {
  ByteReader reader(bytes);
  const uint64_t version = reader.Varint();
  if (reader.ok() && version > kStateVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the instance state has format version ", version,
                                                      ", this program reads up to ", kStateVersion,
                                                      "; use the newer program that wrote it"));
  }
  if (version == 0) reader.Fail();
  InstanceState state;
  state.status = GetEnum(reader, InstanceStatus::kTerminated);
  state.started_at = GetTime(reader);
  state.next_key = reader.Varint();
  ReadAll(reader, state.elements);
  ReadAll(reader, state.jobs);
  ReadAll(reader, state.user_tasks);
  ReadAll(reader, state.timers);
  ReadAll(reader, state.incidents);
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    const Key scope = reader.Varint();
    state.ready.Push({scope, GetIndex(reader)});
  }
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    JoinKey join{reader.Varint(), kNone};
    join.node = GetIndex(reader);
    // In ascending order, as they are written: one state has one byte form.
    if (!state.parked.empty() && state.parked.rbegin()->first >= join) reader.Fail();
    const auto tokens = state.parked.try_emplace(join).first;
    for (size_t flows = reader.Count(); flows > 0 && reader.ok(); --flows) {
      const Index flow = GetIndex(reader);
      const uint32_t count = GetU32(reader);
      const bool ascending = tokens->second.empty() || tokens->second.rbegin()->first < flow;
      if (count == 0 || !ascending) reader.Fail();
      tokens->second.emplace(flow, count);
    }
    if (tokens->second.empty()) reader.Fail();
  }
  state.results = GetContext(reader);
  if (version >= 2) ReadSecondVersion(reader, state);
  if (version >= 3) ReadThirdVersion(reader, state);
  if (version >= 4) ReadFourthVersion(reader, state);
  if (version > 1 && VersionOf(state) != version) reader.Fail();
  LinkAll(reader, state, state.jobs, [](ElementInstance& at, Key key) { at.job = key; });
  LinkAll(reader, state, state.user_tasks, [](ElementInstance& at, Key key) { at.user_task = key; });
  LinkAll(reader, state, state.timers, [](ElementInstance& at, Key key) { at.timers.push_back(key); });
  LinkAll(reader, state, state.incidents, [](ElementInstance& at, Key key) { at.incident = key; });
  LinkAll(reader, state, state.subscriptions,
          [](ElementInstance& at, Key key) { at.subscriptions.push_back(key); });
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  if (version == 1 && HasSecondVersion(state)) {
    return absl::DataLossError("the instance state has what its version has not; restore it from a backup");
  }
  return state;
}

}  // namespace ameide::engine
