// Compensation: what was done is undone, last things first (clause 13.5.5). A completed activity with a
// handler leaves a record with its data of then; a scope with such records in it leaves a container.
#include <algorithm>

#include "backend/engine/step.h"

namespace ameide::engine {
namespace {

bool IsCompensationStart(const Node& start) {
  return std::any_of(start.definitions.begin(), start.definitions.end(),
                     [](const EventDefinition& it) { return it.trigger == Trigger::kCompensation; });
}

/// The start event of a scope's own compensation handler.
Index HandlerStart(const Plan& plan, const Node& scope) {
  for (const Index sub : scope.event_subprocesses) {
    const Index start = plan.nodes[sub].entries[0];
    if (IsCompensationStart(plan.nodes[start])) return start;
  }
  return kNone;
}

bool HasRecords(const InstanceState& state, Key scope) {
  return std::any_of(state.records.begin(), state.records.end(),
                     [scope](const auto& it) { return it.second.scope == scope; });
}

}  // namespace

bool Stepper::IsContainer(Key key) const {
  const auto run = state_.runs.find(key);
  return run != state_.runs.end() && run->second.container;
}

/// Called before an element instance completes.
void Stepper::Record(Key key) {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  const bool body = IsBody(element);
  bool container = false;
  if (body || node.handler == kNone) {
    container = HasRecords(state_, key) || (!body && HandlerStart(plan_, node) != kNone);
    if (!container) return;
  }
  Emit(CompensationRecorded{state_.next_key, key, element.scope, element.node, container, element.variables});
}

/// Whose records are those of a scope: while a container is being undone, those of the scope that was.
Key Stepper::RecordsOf(Key scope) const {
  const auto run = state_.runs.find(scope);
  return run != state_.runs.end() && run->second.container ? run->second.scope : scope;
}

/// A thrown compensation event. Without an activity it means everything done in its scope; in an event
/// subprocess, in the scope around that.
void Stepper::Compensate(Key key, const EventDefinition& definition) {
  Key scope = Element(key).scope;
  if (definition.activity != kNone) {
    const Index parent = plan_.nodes[definition.activity].parent;
    while ((Element(scope).node != parent || IsBody(Element(scope))) && Element(scope).scope != kNoKey) {
      scope = Element(scope).scope;
    }
  } else if (NodeOf(Element(scope)).kind == NodeKind::kEventSubProcess) {
    scope = Element(scope).scope;
  }
  Emit(CompensationStarted{key, RecordsOf(scope), definition.activity});
  if (!definition.wait_for_completion) {
    const ElementInstance& element = Element(key);
    Outcome<std::vector<Index>> flows = ChooseFlows(element.node, key);
    if (!flows.ok()) {
      Emit(CompensationEnded{key});
      Raise(key, std::move(*flows.problem));
      return;
    }
    Emit(PhaseChanged{key, Phase::kDetached});
    if (!flows.value.empty()) Emit(TokensProduced{element.scope, std::move(flows.value)});
  }
  ContinueCompensation(key);
}

/// The record to undo next, of those that were there when it began; nullptr when none is left.
const CompensationRecord* Stepper::NextRecord(Key key) const {
  const auto run = state_.runs.find(key);
  if (run == state_.runs.end()) return nullptr;
  for (auto it = std::make_reverse_iterator(state_.records.lower_bound(run->second.below));
       it != state_.records.rend(); ++it) {
    const CompensationRecord& record = it->second;
    if (record.scope != run->second.scope) continue;
    if (run->second.node == kNone || run->second.node == record.node) return &record;
  }
  return nullptr;
}

void Stepper::ContinueCompensation(Key key) {
  if (IsOpening(key)) return;
  opening_.push_back(key);
  while (Exists(key) && Element(key).inside == 0) {
    const CompensationRecord* record = NextRecord(key);
    if (record == nullptr) break;
    Undo(key, *record);
  }
  std::erase(opening_, key);
  if (Exists(key) && Element(key).inside == 0 && state_.runs.contains(key)) EndCompensation(key);
}

void Stepper::Undo(Key key, const CompensationRecord& found) {
  const CompensationRecord record = found;
  const Node& node = plan_.nodes[record.node];
  if (!record.container) {
    Emit(CompensationTaken{record.key});
    const Index boundary = MatchAmong(node.boundaries, Trigger::kCompensation, {});
    if (boundary != kNone) Emit(ElementPassed{boundary, key, kNone, {}});
    const Key handler = Activate(node.handler, key, kNone, Phase::kActivating);
    if (!record.variables.empty()) Emit(VariablesSet{handler, record.variables});
    ContinueActivation(handler);
    return;
  }
  // The instances of an activity that repeated itself are records of its own node.
  const bool body = std::any_of(state_.records.begin(), state_.records.end(), [&](const auto& it) {
    return it.second.scope == record.element && it.second.node == record.node;
  });
  const Index start = body ? kNone : HandlerStart(plan_, node);
  const Key container = state_.next_key;
  Emit(CompensationOpened{container, key, record.key, start != kNone});
  if (start != kNone) {
    opening_.push_back(container);
    StartEventSubProcess(container, start, {});
    std::erase(opening_, container);
  }
  ContinueCompensation(container);
}

void Stepper::EndCompensation(Key key) {
  const Key scope = Element(key).scope;
  if (IsContainer(key)) {
    Emit(ElementCompleted{key, {}});
    AfterExit(scope);
    return;
  }
  const Phase phase = Element(key).phase;
  Emit(CompensationEnded{key});
  if (phase == Phase::kCancelling) {
    LeaveCanceled(key);
  } else if (phase == Phase::kDetached) {
    Complete(key, {});
  } else {
    WorkDone(key, {});
  }
}

}  // namespace ameide::engine
