// What each kind of node does when it is active.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {

namespace {

feel::Context VariablesOf(const Plan& plan, const InstanceState& state, const Job& job) {
  const ElementInstance& element = *state.FindElement(job.element);
  const Node& node = plan.nodes[element.node];
  const bool sees_all = node.inputs.empty() && node.job_kind != JobKind::kDomain;
  return sees_all ? VisibleVariables(state, job.element) : element.variables;
}

}  // namespace

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
  command.variables = VariablesOf(plan, state, job);
  command.activation = job.activation;
  command.attempt = job.attempts + 1;
  command.retries = job.retries;
  command.not_before = job.not_before;
  return command;
}

std::optional<feel::Context> JobVariables(const Plan& plan, const InstanceState& state, Key job) {
  const auto found = state.jobs.find(job);
  if (found == state.jobs.end() || found->second.retries == 0) return std::nullopt;
  return VariablesOf(plan, state, found->second);
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

void Stepper::Behave(Key key) {
  const ElementInstance& element = Element(key);
  if (IsBody(element)) {
    AdvanceLoop(key);
    return;
  }
  switch (NodeOf(element).kind) {
    case NodeKind::kProcess:
    case NodeKind::kSubProcess:
    case NodeKind::kEventSubProcess:
    case NodeKind::kTransaction:
    case NodeKind::kAdHocSubProcess:
      OpenScope(key);
      return;
    case NodeKind::kCallActivity:
      Call(key);
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
    case NodeKind::kDecisionTask:
      RunDecision(key);
      return;
    case NodeKind::kCatchEvent:
    case NodeKind::kReceiveTask:
      Arm(key, {element.node});
      return;
    case NodeKind::kEventGateway: {
      std::vector<Index> events;
      for (const Index flow : NodeOf(element).outgoing) events.push_back(plan_.flows[flow].target);
      Arm(key, events);
      return;
    }
    case NodeKind::kEndEvent:
    case NodeKind::kThrowEvent:
    case NodeKind::kSendTask:
      ThrowAll(key);
      return;
    case NodeKind::kStartEvent:
    case NodeKind::kPassThrough:
    case NodeKind::kExclusiveGateway:
    case NodeKind::kParallelGateway:
    case NodeKind::kInclusiveGateway:
    case NodeKind::kComplexGateway:
    case NodeKind::kBoundaryEvent:
      WorkDone(key, {});
      return;
  }
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
  Outcome<UserTaskDetails> details = EvaluateDetails(node, key);
  for (std::optional<Problem>* const problem : {&groups.problem, &assignee.problem, &details.problem}) {
    if (!*problem) continue;
    Raise(key, std::move(**problem));
    return;
  }
  const Key task = state_.next_key;
  Emit(UserTaskCreated{task, key, std::move(groups.value), std::move(assignee.value),
                       std::move(details.value)});
  decision_.commands.push_back(TaskCommand(plan_, state_, state_.user_tasks.find(task)->second));
}

void Stepper::RunScript(Key key) {
  const Node& node = NodeOf(Element(key));
  Outcome<feel::Value> result = Evaluate(node.script, key);
  if (!result.ok()) {
    Raise(key, std::move(*result.problem));
    return;
  }
  UseResult(key, std::move(result.value));
}

/// A business rule task: the decision's result for the variables in scope (clause 13.3.3).
void Stepper::RunDecision(Key key) {
  const Node& node = NodeOf(Element(key));
  const absl::StatusOr<feel::Value> result =
      plan_.decisions == nullptr
          ? absl::FailedPreconditionError("decisions cannot be evaluated here; publish the model again")
          : plan_.decisions->Evaluate(
                node.decision, node.inputs.empty() ? VisibleVariables(state_, key) : Element(key).variables,
                at_);
  if (!result.ok()) {
    Raise(key, {IncidentKind::kExpression, absl::StrCat("the decision ", node.decision, " gave no result: ",
                                                        std::string(result.status().message()),
                                                        "; correct the variables and resolve the incident")});
    return;
  }
  UseResult(key, *result);
}

void Stepper::UseResult(Key key, feel::Value result) {
  const Node& node = NodeOf(Element(key));
  feel::Context results;
  if (!node.result_variable.empty()) {
    results.Set(node.result_variable, std::move(result));
  } else if (const feel::Context* entries = result.context()) {
    results = *entries;  // a script without a result variable names its results itself
  }
  WorkDone(key, results);
}

}  // namespace ameide::engine
