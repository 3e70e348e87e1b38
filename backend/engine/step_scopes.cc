// What holds other elements: processes, subprocesses, calls and ad-hoc subprocesses.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {

bool Stepper::ArmEventSubProcesses(Key key) {
  std::vector<Index> starts;
  for (const Index sub : NodeOf(Element(key)).event_subprocesses) {
    starts.push_back(plan_.nodes[sub].entries[0]);
  }
  return starts.empty() || Arm(key, starts);
}

/// A process or subprocess begins: its start event, or without one every node that no flow enters
/// (clause 13.3.4).
void Stepper::OpenScope(Key key) {
  if (NodeOf(Element(key)).kind == NodeKind::kAdHocSubProcess) {
    if (!state_.loops.contains(key)) {
      if (!ArmEventSubProcesses(key)) return;
      const Node& node = NodeOf(Element(key));
      Emit(LoopOpened{key, node.starts_entries ? node.entries.size() : 0, {}});
    }
    ContinueAdHoc(key);
    return;
  }
  if (!ArmEventSubProcesses(key)) return;
  opening_.push_back(key);
  for (const Index entry : NodeOf(Element(key)).entries) {
    if (!Exists(key)) break;
    Enter(entry, key, kNone);
  }
  opening_.pop_back();
  AfterExit(key);
}

/// A call activity: the called process or global task is an element instance inside it (clause 13.3.4). What
/// it sees and gives back are copies.
void Stepper::Call(Key key) {
  size_t depth = 0;
  for (const Key call : state_.calls) depth += call < key ? 1 : 0;
  if (depth > kDeepestCall) {
    Raise(key, {IncidentKind::kExpression,
                absl::StrCat("calls are nested more than ", kDeepestCall,
                             " deep; look for a process that calls itself without end")});
    return;
  }
  const Node& node = NodeOf(Element(key));
  if (plan_.nodes[node.called].kind != NodeKind::kProcess) {
    opening_.push_back(key);
    Enter(node.called, key, kNone);
    opening_.pop_back();
    AfterExit(key);
    return;
  }
  const feel::Context variables = node.share_inputs ? VisibleVariables(state_, key) : Element(key).variables;
  const Key called = Activate(node.called, key, kNone, Phase::kActive);
  if (!variables.empty()) Emit(VariablesSet{called, variables});
  OpenScope(called);
}

void Stepper::EndCall(Key called) {
  const feel::Context results = Element(called).variables;
  const Key call = Element(called).scope;
  opening_.push_back(call);
  Complete(called, {});
  opening_.pop_back();
  if (state_.runs.contains(call)) {
    AfterExit(call);
    return;
  }
  const Node& node = NodeOf(Element(call));
  WorkDone(call, node.share_outputs || !node.outputs.empty() ? results : feel::Context());
}

/// Asks the completion condition after something in an ad-hoc subprocess was done (clause 13.3.5). `ended`
/// when the subprocess was ended (or stopped by an incident) here.
bool Stepper::AdHocIsDone(Key key, bool& ended) {
  const Node& node = NodeOf(Element(key));
  if (node.completion_condition == kNone) return false;
  Outcome<bool> holds = EvaluateCondition(node.completion_condition, key);
  if (!holds.ok()) {
    Raise(key, std::move(*holds.problem));
    ended = true;
    return false;
  }
  if (!holds.value || (!node.cancel_remaining && Element(key).inside != 0)) return holds.value;
  TerminateInside(key);
  if (Element(key).inside != 0) Emit(TokensCleared{key});
  WorkDone(key, {});
  ended = true;
  return true;
}

/// Starts what is to be started in an ad-hoc subprocess, and completes it when it is done. Without a
/// completion condition it is done with its last activity.
void Stepper::ContinueAdHoc(Key key) {
  opening_.push_back(key);
  bool ended = false;
  while (!ended && Exists(key) && Element(key).phase == Phase::kActive && Element(key).incident == kNoKey) {
    const LoopState& loop = state_.loops.find(key)->second;
    const Node& node = NodeOf(Element(key));
    const bool began = loop.started > 0 || loop.total == 0;
    const bool done = began && AdHocIsDone(key, ended);
    if (ended || done) break;
    if (loop.started >= loop.total.value_or(0) || (node.sequential && Element(key).inside != 0)) break;
    const Index entry = node.entries[loop.started];
    Emit(LoopAdvanced{key});
    Enter(entry, key, kNone);
  }
  std::erase(opening_, key);
  if (ended || !Exists(key)) return;
  const ElementInstance& element = Element(key);
  const LoopState& loop = state_.loops.find(key)->second;
  const bool idle = element.inside == 0 && element.phase == Phase::kActive && element.incident == kNoKey;
  const bool began = loop.total != 0 || NodeOf(element).entries.empty();
  if (idle && began && loop.started == loop.total && NodeOf(element).completion_condition == kNone) {
    WorkDone(key, {});
  }
}

}  // namespace ameide::engine
