// What people do to an instance. Every check is before the first fact.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {
namespace {

absl::Status NoElement(Key key) {
  return absl::NotFoundError(
      absl::StrCat("there is no active element ", key, " in this instance; it may have ended meanwhile"));
}

/// Nodes at which a token can be put by hand.
bool CanBegin(const Plan& plan, const Node& node) {
  if (node.kind == NodeKind::kProcess || node.kind == NodeKind::kEventSubProcess ||
      node.kind == NodeKind::kBoundaryEvent || node.parent == kNone)
    return false;
  return node.kind != NodeKind::kStartEvent || plan.nodes[node.parent].kind != NodeKind::kEventSubProcess;
}

}  // namespace

absl::Status Stepper::operator()(const SkipElement& event) {
  const Key key = event.element;
  const ElementInstance* element = state_.FindElement(key);
  if (element == nullptr) return NoElement(key);
  const std::string& id = NodeOf(*element).id;
  if (NodeOf(*element).kind == NodeKind::kProcess) {
    return absl::FailedPreconditionError(
        absl::StrCat(id, " is a process, which cannot be skipped; cancel the instance instead"));
  }
  if (element->phase == Phase::kLeaving) {
    return absl::FailedPreconditionError(
        absl::StrCat("the work of ", id,
                     " is done, but no flow leads on; correct the variables and retry, or move the token"));
  }
  if (NodeOf(*element).kind == NodeKind::kEventGateway) {
    return absl::FailedPreconditionError(
        absl::StrCat(id, " waits for one of several events; move its token to the one that is to happen"));
  }
  if (element->phase == Phase::kCancelling || element->phase == Phase::kDetached ||
      state_.runs.contains(key)) {
    return absl::FailedPreconditionError(absl::StrCat(id, " is undoing work; wait until that is done"));
  }
  if (element->incident != kNoKey) Emit(IncidentResolved{element->incident});
  opening_.push_back(key);
  TerminateInside(key);
  if (Element(key).inside != 0) Emit(TokensCleared{key});
  std::erase(opening_, key);
  if (const Key job = Element(key).job; job != kNoKey) {
    decision_.commands.push_back(CancelJob{job});
    Emit(JobCompleted{job});
  }
  if (const Key task = Element(key).user_task; task != kNoKey) {
    decision_.commands.push_back(CloseUserTask{task});
    Emit(UserTaskCompleted{task});
  }
  if (!event.variables.empty()) Propagate(key, event.variables);
  Emit(PhaseChanged{key, Phase::kLeaving});
  Finish(key);
  return absl::OkStatus();
}

/// The one element instance of a scope node; kNoKey when there is none or more than one.
Key Stepper::OnlyInstanceOf(Index node) const {
  Key found = kNoKey;
  for (const auto& [key, element] : state_.elements) {
    // A repeated activity as a whole has no tokens; its instances have.
    if (element.node != node || IsBody(element)) continue;
    if (found != kNoKey) return kNoKey;
    found = key;
  }
  return found;
}

absl::Status Stepper::CheckModification(const ModifyInstance& event, std::vector<Key>& scopes) const {
  if (event.terminate.empty() && event.clear.empty() && event.activate.empty()) {
    return absl::InvalidArgumentError("say which elements are to end and which are to begin");
  }
  std::set<Key> ending;
  for (const Key key : event.terminate) {
    const ElementInstance* element = state_.FindElement(key);
    if (element == nullptr) return NoElement(key);
    if (element->scope == kNoKey) {
      return absl::FailedPreconditionError("the process itself is ended by canceling the instance");
    }
    if (!ending.insert(key).second)
      return absl::InvalidArgumentError(absl::StrCat("the element ", key, " is named twice"));
    scopes.push_back(element->scope);
  }
  for (const Key key : event.terminate) {
    for (Key at = Element(key).scope; at != kNoKey; at = Element(at).scope) {
      if (ending.contains(at))
        return absl::InvalidArgumentError(absl::StrCat("the element ", key, " is inside ", at,
                                                       ", which ends too; name only the outer one"));
    }
  }
  for (const ModifyInstance::Activation& it : event.clear) {
    if (!state_.parked.contains({it.scope, it.node})) {
      return absl::NotFoundError("no token waits at that gateway any more; look at the instance again");
    }
    scopes.push_back(it.scope);
  }
  for (const ModifyInstance::Activation& it : event.activate) {
    if (it.node >= plan_.nodes.size()) return absl::NotFoundError("the process has no such element");
    const Node& node = plan_.nodes[it.node];
    if (!CanBegin(plan_, node)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "no token can be put at ", node.id, "; choose an activity, a gateway or an event in a flow"));
    }
    const Key scope = it.scope != kNoKey ? it.scope : OnlyInstanceOf(node.parent);
    const ElementInstance* around = state_.FindElement(scope);
    bool ends = around == nullptr || around->node != node.parent || around->phase != Phase::kActive ||
                IsBody(*around) || state_.runs.contains(scope);
    for (Key at = scope; !ends && at != kNoKey; at = Element(at).scope) ends = ending.contains(at);
    if (ends) {
      return absl::FailedPreconditionError(
          absl::StrCat("what is around ", node.id, " (", plan_.nodes[node.parent].id,
                       ") is not active exactly once; begin that first, or say in which instance of it"));
    }
    scopes.push_back(scope);
  }
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const ModifyInstance& event) {
  if (state_.status != InstanceStatus::kActive) {
    return absl::FailedPreconditionError(
        "the instance has ended or was not started; nothing can be moved in it");
  }
  std::vector<Key> scopes;
  if (absl::Status checked = CheckModification(event, scopes); !checked.ok()) return checked;
  // Nothing is complete until everything was moved.
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  opening_.insert(opening_.end(), scopes.begin(), scopes.end());
  for (const Key key : event.terminate) Terminate(key);
  for (const ModifyInstance::Activation& it : event.clear) {
    const auto parked = state_.parked.find({it.scope, it.node});
    if (parked == state_.parked.end()) continue;  // went with what was terminated
    Emit(TokensConsumed{it.scope, it.node, {parked->second.begin(), parked->second.end()}});
  }
  for (const ModifyInstance::Activation& it : event.activate) {
    const Key scope = it.scope != kNoKey ? it.scope : OnlyInstanceOf(plan_.nodes[it.node].parent);
    if (Exists(scope)) Enter(it.node, scope, kNone);
  }
  opening_.clear();
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    if (Exists(*scope)) AfterExit(*scope);
  }
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const SuspendInstance&) {
  if (state_.status != InstanceStatus::kActive) {
    return absl::FailedPreconditionError(
        "the instance has ended or was not started; there is nothing to suspend");
  }
  if (state_.suspended) return absl::FailedPreconditionError("the instance is suspended already");
  for (const auto& [key, it] : state_.subscriptions) {
    if (it.trigger != Trigger::kConditional) decision_.commands.push_back(CloseSubscription{key});
  }
  Emit(SuspensionChanged{true});
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const ResumeInstance&) {
  if (!state_.suspended) return absl::FailedPreconditionError("the instance is not suspended");
  Emit(SuspensionChanged{false});
  for (const auto& [key, it] : state_.subscriptions) {
    if (it.trigger != Trigger::kConditional) decision_.commands.push_back(SubscriptionCommand(plan_, it));
  }
  for (const auto& [key, timer] : state_.timers)
    decision_.commands.push_back(ScheduleTimer{key, timer.node, timer.due});
  changed_ = true;   // variables may have been set meanwhile
  may_wait_ = true;  // the plan may be a new one
  return absl::OkStatus();
}

absl::Status Stepper::operator()(const AssignUserTask& event) {
  const auto found = state_.user_tasks.find(event.task);
  if (found == state_.user_tasks.end()) {
    return absl::NotFoundError(absl::StrCat("there is no open user task ", event.task,
                                            " in this instance; it may have been completed meanwhile"));
  }
  const UserTask& task = found->second;
  if (event.only_if_free && !task.assignee.empty() && task.assignee != event.assignee) {
    return absl::FailedPreconditionError(
        absl::StrCat("the task is ", task.assignee, "'s already; choose another one, or ask for it"));
  }
  if (task.assignee == event.assignee && task.owner == event.owner) return absl::OkStatus();
  Emit(UserTaskAssigned{event.task, event.assignee, event.owner});
  return absl::OkStatus();
}

}  // namespace ameide::engine
