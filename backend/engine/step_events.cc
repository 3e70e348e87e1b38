// What comes from outside. Every check is before the first fact.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {
namespace {

absl::Status Gone(std::string_view what, Key key) {
  return absl::NotFoundError(
      absl::StrCat("there is no open ", std::string(what), " ", key,
                   " in this instance; it may have been completed or canceled meanwhile"));
}

absl::Status NotActive(const InstanceState& state) {
  return absl::FailedPreconditionError(state.ended() ? "the instance has ended; nothing more can happen in it"
                                                     : "the instance was not started");
}

}  // namespace

absl::Status Stepper::operator()(const StartInstance& event) {
  if (state_.status != InstanceStatus::kNew) {
    return absl::FailedPreconditionError("the instance was started already; start another one");
  }
  Emit(InstanceStarted{at_, event.variables});
  OpenScope(kProcessKey);
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const CompleteJob& event) {
  const auto job = state_.jobs.find(event.job);
  if (job == state_.jobs.end()) return Gone("job", event.job);
  const Key key = job->second.element;
  if (Element(key).incident != kNoKey) Emit(IncidentResolved{Element(key).incident});
  Emit(JobCompleted{event.job});
  WorkDone(key, event.variables);
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const FailJob& event) {
  const auto found = state_.jobs.find(event.job);
  if (found == state_.jobs.end()) return Gone("job", event.job);
  const Job& job = found->second;
  if (job.retries == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the job ", event.job, " has an incident already; resolve it to try again"));
  }
  const uint32_t left = event.final ? 0 : job.retries - 1;
  Emit(JobFailed{event.job, left, left == 0 ? WallTime() : event.retry_at});
  if (left > 0) {
    decision_.commands.push_back(JobCommand(plan_, state_, job));
    return absl::OkStatus();
  }
  Raise(job.element,
        {IncidentKind::kJob,
         absl::StrCat("the job ", job.type, " failed ", event.final ? "for good" : "and has no attempts left",
                      ": ", event.message, "; mend the cause, then resolve the incident")});
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const ThrowJobError& event) {
  const auto found = state_.jobs.find(event.job);
  if (found == state_.jobs.end()) return Gone("job", event.job);
  const Key key = found->second.element;
  if (Element(key).incident != kNoKey) Emit(IncidentResolved{Element(key).incident});
  Emit(JobFailed{event.job, 0, WallTime()});
  ThrowError(key, event.code, event.message);
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const CompleteUserTask& event) {
  const auto task = state_.user_tasks.find(event.task);
  if (task == state_.user_tasks.end()) return Gone("user task", event.task);
  const Key key = task->second.element;
  Emit(UserTaskCompleted{event.task});
  WorkDone(key, event.variables);
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const FireTimer& event) {
  const auto found = state_.timers.find(event.timer);
  if (found == state_.timers.end()) return Gone("timer", event.timer);
  const Timer timer = found->second;
  if (at_ < timer.due) {
    return absl::FailedPreconditionError(absl::StrCat("the timer ", event.timer, " is due at ",
                                                      FormatTime(timer.due), ", not at ", FormatTime(at_)));
  }
  Emit(TimerFired{event.timer});
  if (!IsUsedUp(plan_.nodes[timer.node])) {
    if (const std::optional<TimerStart> next = NextTimer(timer))
      Schedule(timer.element, timer.node, timer.definition, *next);
  }
  Occur(timer.element, timer.node, {});
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const ResolveIncident& event) {
  const auto found = state_.incidents.find(event.incident);
  if (found == state_.incidents.end()) return Gone("incident", event.incident);
  const Key key = found->second.element;
  Emit(IncidentResolved{event.incident});
  const Key job_key = Element(key).job;
  if (job_key == kNoKey) {
    Resume(key);
    return absl::OkStatus();
  }
  const Job& job = state_.jobs.find(job_key)->second;
  Emit(JobRetried{job_key, std::max(NodeOf(Element(key)).job_retries, 1u),
                  job.activation + (event.as_new ? 1 : 0)});
  decision_.commands.push_back(JobCommand(plan_, state_, job));
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const SetVariables& event) {
  if (state_.status != InstanceStatus::kActive) return NotActive(state_);
  if (state_.FindElement(event.scope) == nullptr) return Gone("scope", event.scope);
  if (!event.variables.empty()) Emit(VariablesSet{event.scope, event.variables});
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const CancelInstance&) {
  if (state_.status != InstanceStatus::kActive) return NotActive(state_);
  Terminate(kProcessKey);
  Emit(InstanceEnded{EndState::kTerminated});
  decision_.commands.push_back(EndInstance{EndState::kTerminated});
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const Continue&) {
  if (state_.status != InstanceStatus::kActive) return NotActive(state_);
  changed_ = true;  // the step before may have ended before conditions were asked
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const DeliverEvent& event) {
  const auto found = state_.subscriptions.find(event.subscription);
  if (found == state_.subscriptions.end() || found->second.trigger == Trigger::kConditional)
    return Gone("subscription", event.subscription);
  const Subscription subscription = found->second;
  const Node& node = plan_.nodes[subscription.node];
  if (IsUsedUp(node)) Emit(SubscriptionClosed{event.subscription});
  // As long as the instance lives it hears its start events: no other one begins in the same conversation.
  if (node.kind == NodeKind::kStartEvent && node.parent == 0 && !Waits(kProcessKey, subscription.node))
    Arm(kProcessKey, {subscription.node}, subscription.correlation);
  Occur(subscription.element, subscription.node, event.variables);
  return absl::OkStatus();
}

/// The instance waits for what else belongs to the conversation that it was begun in: each is an element of
/// its own, without which the process is not done (clause 13.5.6).
void Stepper::Converse(const std::vector<Index>& conversation, Index begun, const std::string& key) {
  for (const Index other : conversation) {
    if (other == begun) continue;
    const Node& node = plan_.nodes[other];
    const Key element = Activate(other, kProcessKey, kNone, Phase::kActive);
    std::vector<Index> events = {other};
    if (node.kind == NodeKind::kEventGateway) {
      events.clear();
      for (const Index flow : node.outgoing) events.push_back(plan_.flows[flow].target);
    }
    if (node.boundaries.empty() || Arm(element, node.boundaries)) Arm(element, events, key);
  }
  if (plan_.nodes[begun].kind == NodeKind::kStartEvent) Arm(kProcessKey, {begun}, key);
}

/// An instance begins with an event: a start event, a receive task, or one of the events behind an
/// event-based gateway (clauses 13.2, 13.5.1, 10.6.6).
absl::Status Stepper::operator()(const StartInstanceAt& event) {
  if (state_.status != InstanceStatus::kNew) {
    return absl::FailedPreconditionError("the instance was started already; start another one");
  }
  if (event.node >= plan_.nodes.size() || plan_.nodes[event.node].parent != 0) {
    return absl::NotFoundError("the process has no such start event; publish it again");
  }
  Emit(InstanceStarted{at_, event.variables});
  opening_.push_back(kProcessKey);
  ArmEventSubProcesses(kProcessKey);
  const Node& node = plan_.nodes[event.node];
  const Index gateway = node.incoming.empty() ? kNone : plan_.flows[node.incoming[0]].source;
  const bool behind_gateway = gateway != kNone && plan_.nodes[gateway].kind == NodeKind::kEventGateway;
  const Index begun = behind_gateway ? gateway : event.node;
  const auto conversation =
      std::find_if(plan_.conversations.begin(), plan_.conversations.end(),
                   [&](const auto& it) { return std::find(it.begin(), it.end(), begun) != it.end(); });
  const bool converses = event.key && conversation != plan_.conversations.end();
  if (behind_gateway) {
    if (plan_.nodes[gateway].parallel_events) {
      const Key element = Activate(gateway, kProcessKey, kNone, Phase::kActive);
      std::vector<Index> others;
      for (const Index flow : plan_.nodes[gateway].outgoing) {
        if (plan_.flows[flow].target != event.node) others.push_back(plan_.flows[flow].target);
      }
      Arm(element, others, converses ? event.key : std::nullopt);
    } else {
      Emit(ElementPassed{gateway, kProcessKey, kNone, {}});
    }
  }
  if (converses) Converse(*conversation, begun, *event.key);
  EnterTriggered(event.node, kProcessKey, event.payload);
  opening_.pop_back();
  AfterExit(kProcessKey);
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const StartActivity& event) {
  const ElementInstance* scope = state_.FindElement(event.scope);
  if (scope == nullptr || NodeOf(*scope).kind != NodeKind::kAdHocSubProcess || scope->phase != Phase::kActive)
    return Gone("ad-hoc subprocess", event.scope);
  const Node& node = NodeOf(*scope);
  if (std::find(node.entries.begin(), node.entries.end(), event.node) == node.entries.end())
    return absl::NotFoundError("the ad-hoc subprocess has no such activity to start");
  if (node.sequential && scope->inside != 0) {
    return absl::FailedPreconditionError(
        "the ad-hoc subprocess does one activity after the other; wait until the present one is done");
  }
  Enter(event.node, event.scope, kNone);
  return absl::OkStatus();
}

}  // namespace ameide::engine
