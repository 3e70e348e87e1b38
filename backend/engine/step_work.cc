// What each kind of node does when it is active.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {

ActivateJob JobCommand(const Plan& plan, const InstanceState& state, const Job& job) {
  const ElementInstance& element = *state.FindElement(job.element);
  const Node& node = plan.nodes[element.node];
  ActivateJob command;
  command.job = job.key;
  command.element = job.element;
  command.node = element.node;
  command.kind = node.job_kind;
  command.type = job.type;
  command.domain = node.domain;
  const bool sees_all = node.inputs.empty() && node.job_kind != JobKind::kDomain;
  command.variables = sees_all ? VisibleVariables(state, job.element) : element.variables;
  command.activation = job.activation;
  command.attempt = job.attempts + 1;
  command.retries = job.retries;
  command.not_before = job.not_before;
  return command;
}

CreateUserTask TaskCommand(const Plan& plan, const InstanceState& state, const UserTask& task) {
  const ElementInstance& element = *state.FindElement(task.element);
  const Node& node = plan.nodes[element.node];
  return {task.key,
          task.element,
          element.node,
          task.candidate_groups,
          task.assignee,
          node.form,
          node.inputs.empty() ? VisibleVariables(state, task.element) : element.variables};
}

/// Input mappings read from the scope around the element, so doing them again gives the same.
bool Stepper::MapInputs(Key key) {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  if (node.inputs.empty()) return true;
  Outcome<feel::Context> inputs = Map(node.inputs, element.scope, kNoKey);
  if (!inputs.ok()) {
    Raise(key, std::move(*inputs.problem));
    return false;
  }
  Emit(VariablesSet{key, std::move(inputs.value)});
  return true;
}

bool Stepper::ArmBoundaries(Key key) {
  std::vector<std::pair<Index, TimerStart>> starts;
  for (const Index boundary : NodeOf(Element(key)).boundaries) {
    const Node& node = plan_.nodes[boundary];
    if (node.trigger != Trigger::kTimer) continue;
    Outcome<TimerStart> start = EvaluateTimer(node, key);
    if (!start.ok()) {
      Raise(key, std::move(*start.problem));
      return false;
    }
    starts.emplace_back(boundary, std::move(start.value));
  }
  for (const auto& [boundary, start] : starts) Schedule(key, boundary, start);
  return true;
}

void Stepper::Behave(Key key) {
  const Node& node = NodeOf(Element(key));
  switch (node.kind) {
    case NodeKind::kProcess:
    case NodeKind::kSubProcess:
      OpenScope(key);
      return;
    case NodeKind::kJobTask:
      CreateJob(key);
      return;
    case NodeKind::kUserTask:
      CreateTask(key);
      return;
    case NodeKind::kScriptTask:
      RunScript(key);
      return;
    case NodeKind::kCatchEvent:
      WaitForTimer(key);
      return;
    case NodeKind::kEndEvent:
      if (node.trigger == Trigger::kError) {
        ThrowError(key, node.error_code, {});
        return;
      }
      if (node.trigger == Trigger::kTerminate) {
        const Key scope = Element(key).scope;
        Emit(ElementCompleted{key, {}});
        TerminateAround(scope);
        return;
      }
      WorkDone(key, {});
      return;
    case NodeKind::kStartEvent:
    case NodeKind::kPassThrough:
    case NodeKind::kExclusiveGateway:
    case NodeKind::kParallelGateway:
    case NodeKind::kBoundaryEvent:
    case NodeKind::kThrowEvent:
      WorkDone(key, {});
      return;
  }
}

/// A process or subprocess begins: its start event, or without one every node that no flow enters
/// (clause 13.3.4).
void Stepper::OpenScope(Key key) {
  opening_.push_back(key);
  for (const Index entry : NodeOf(Element(key)).entries) {
    if (state_.FindElement(key) == nullptr) break;
    Enter(entry, key, kNone);
  }
  opening_.pop_back();
  AfterExit(key);
}

void Stepper::CreateJob(Key key) {
  const Node& node = NodeOf(Element(key));
  Outcome<std::string> type = EvaluateText(node.job_type, key, "the name of a job type (a string)");
  if (!type.ok()) {
    Raise(key, std::move(*type.problem));
    return;
  }
  const Key job = state_.next_key;
  Emit(JobCreated{job, key, std::move(type.value), std::max(node.job_retries, 1u)});
  decision_.commands.push_back(JobCommand(plan_, state_, state_.jobs.find(job)->second));
}

void Stepper::CreateTask(Key key) {
  const Node& node = NodeOf(Element(key));
  Outcome<std::vector<std::string>> groups =
      EvaluateNames(node.candidate_groups, key, "the candidate groups (a list of strings)");
  Outcome<std::string> assignee = EvaluateText(node.assignee, key, "the assignee (a string)");
  if (!groups.ok() || !assignee.ok()) {
    Raise(key, std::move(groups.ok() ? *assignee.problem : *groups.problem));
    return;
  }
  const Key task = state_.next_key;
  Emit(UserTaskCreated{task, key, std::move(groups.value), std::move(assignee.value)});
  decision_.commands.push_back(TaskCommand(plan_, state_, state_.user_tasks.find(task)->second));
}

void Stepper::RunScript(Key key) {
  const Node& node = NodeOf(Element(key));
  Outcome<feel::Value> result = Evaluate(node.script, key);
  if (!result.ok()) {
    Raise(key, std::move(*result.problem));
    return;
  }
  feel::Context results;
  if (!node.result_variable.empty()) {
    results.Set(node.result_variable, std::move(result.value));
  } else if (const feel::Context* entries = result.value.context()) {
    results = *entries;  // a script without a result variable names its results itself
  }
  WorkDone(key, results);
}

void Stepper::WaitForTimer(Key key) {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  Outcome<TimerStart> start = EvaluateTimer(node, key);
  if (start.ok() && start.value.cycle && start.value.repetitions == 0) {
    start.problem =
        Problem{IncidentKind::kExpression, absl::StrCat("the timer of ", node.id,
                                                        " repeats zero times, so it never fires; "
                                                        "correct the variables and resolve the incident")};
  }
  if (!start.ok()) {
    Raise(key, std::move(*start.problem));
    return;
  }
  Schedule(key, element.node, start.value);
}

void Stepper::Schedule(Key element, Index node, const TimerStart& start) {
  if (start.cycle && start.repetitions == 0) return;
  if (start.end && start.due > *start.end) return;
  const Key timer = state_.next_key;
  Emit(TimerScheduled{timer, element, node, start.due, start.cycle, start.repetitions, start.interval,
                      start.end});
  decision_.commands.push_back(ScheduleTimer{timer, node, start.due});
}

/// An error goes outwards until an activity has a boundary event that catches it: one for its code before one
/// for all (clause 13.5.2, 10.5.6). What nobody catches is an incident.
void Stepper::ThrowError(Key key, const std::string& code, const std::string& message) {
  for (Key at = key; at != kNoKey; at = Element(at).scope) {
    Index catcher = kNone;
    for (const Index boundary : NodeOf(Element(at)).boundaries) {
      const Node& node = plan_.nodes[boundary];
      if (node.trigger != Trigger::kError) continue;
      if (node.error_code == code) {
        catcher = boundary;
        break;
      }
      if (node.error_code.empty() && catcher == kNone) catcher = boundary;
    }
    if (catcher == kNone) continue;
    Emit(ErrorThrown{key, code, catcher});
    const Key scope = Element(at).scope;
    Terminate(at);
    Enter(catcher, scope, kNone);
    return;
  }
  Emit(ErrorThrown{key, code, kNone});
  Raise(key, {IncidentKind::kError,
              absl::StrCat("no boundary event catches the error ", code.empty() ? "without a code" : code,
                           message.empty() ? "" : ": ", message,
                           "; publish a model that catches it, or resolve the incident to try again")});
}

/// A terminate end event: everything else in its scope ends (clause 13.5.6).
void Stepper::TerminateAround(Key scope) {
  TerminateInside(scope);
  if (scope != kProcessKey) {
    if (Element(scope).inside != 0) Emit(TokensCleared{scope});
    WorkDone(scope, {});
    return;
  }
  Emit(ElementTerminated{scope});
  Emit(InstanceEnded{EndState::kTerminated});
  decision_.commands.push_back(EndInstance{EndState::kTerminated});
}

void Stepper::FireBoundary(const Timer& timer) {
  const Node& boundary = plan_.nodes[timer.node];
  const Key host = timer.element;
  const Key scope = Element(host).scope;
  if (boundary.interrupting) {
    Terminate(host);
  } else if (timer.cycle && (!timer.repetitions || *timer.repetitions > 1)) {
    TimerStart next{feel::AddDuration(timer.due, timer.interval), true, timer.repetitions, timer.interval,
                    timer.end};
    if (next.repetitions) --*next.repetitions;
    Schedule(host, timer.node, next);
  }
  Enter(timer.node, scope, kNone);
}

}  // namespace ameide::engine
