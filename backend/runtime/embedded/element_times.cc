#include "backend/runtime/embedded/element_times.h"

#include <algorithm>
#include <utility>

namespace ameide::runtime {
namespace {

/// Nodes that do nothing but wait for something from outside.
bool WaitsForEvents(engine::NodeKind kind) {
  switch (kind) {
    case engine::NodeKind::kCatchEvent:
    case engine::NodeKind::kEventGateway:
    case engine::NodeKind::kReceiveTask:
      return true;
    default:
      return false;
  }
}

}  // namespace

void ElementTimes::CountWait(Activation& activation, WallTime at) {
  const WallTime from = std::exchange(activation.counted_until, std::max(activation.counted_until, at));
  if (at <= from) return;
  if (activation.waits_for != 0) {
    activation.run.waited += at - from;
  } else if (activation.pause_until > from) {
    activation.run.waited += std::min(at, activation.pause_until) - from;
  }
}

void ElementTimes::Begin(const engine::Plan& plan, engine::Index node, engine::Key key, engine::Key scope,
                         WallTime at) {
  BeginAgain({plan.nodes[node].id, plan.nodes[node].type}, key, scope, at);
  if (WaitsForEvents(plan.nodes[node].kind)) open_[key].waits_for |= kEvent;
}

void ElementTimes::BeginAgain(const Activity& activity, engine::Key key, engine::Key scope, WallTime at) {
  Activation activation;
  ElementRun& run = activation.run;
  run.number = ++begun_;
  run.key = static_cast<int64_t>(key);
  run.scope = static_cast<int64_t>(scope);
  run.element = activity.element;
  run.type = activity.type;
  run.outcome = "active";
  run.started_at = at;
  activation.counted_until = at;
  if (suspended_) activation.waits_for |= kSuspended;
  open_[key] = std::move(activation);
}

void ElementTimes::End(engine::Key key, WallTime at, std::string_view outcome) {
  const auto found = open_.find(key);
  if (found == open_.end()) return;
  CountWait(found->second, at);
  found->second.run.ended_at = at;
  found->second.run.took = std::max(at - found->second.run.started_at, std::chrono::microseconds(0));
  found->second.run.outcome = outcome;
  ended_.push_back(std::move(found->second.run));
  for (const engine::Key part : found->second.owned) owners_.erase(part);
  open_.erase(found);
}

void ElementTimes::Own(engine::Key part, engine::Key element) {
  const auto found = open_.find(element);
  if (found == open_.end()) return;
  owners_[part] = element;
  found->second.owned.push_back(part);
}

void ElementTimes::Wait(engine::Key element, Reason reason, bool waits, WallTime at) {
  const auto found = open_.find(element);
  if (found == open_.end()) return;
  CountWait(found->second, at);
  if (waits)
    found->second.waits_for |= reason;
  else
    found->second.waits_for &= ~static_cast<unsigned>(reason);
}

void ElementTimes::Add(const engine::Plan& plan, WallTime at, const engine::Fact& fact) {
  if (std::holds_alternative<engine::InstanceStarted>(fact)) {
    Begin(plan, 0, engine::kProcessKey, engine::kNoKey, at);
  } else if (const auto* activated = std::get_if<engine::ElementActivated>(&fact)) {
    Begin(plan, activated->node, activated->key, activated->scope, at);
  } else if (const auto* passed = std::get_if<engine::ElementPassed>(&fact)) {
    Begin(plan, passed->node, engine::kNoKey, passed->scope, at);
    End(engine::kNoKey, at, "completed");
  } else if (const auto* recorded = std::get_if<engine::CompensationRecorded>(&fact)) {
    if (recorded->container)
      undoable_[recorded->key] = {plan.nodes[recorded->node].id, plan.nodes[recorded->node].type};
  } else if (const auto* opened = std::get_if<engine::CompensationOpened>(&fact)) {
    const auto record = undoable_.find(opened->record);
    if (record == undoable_.end()) return;
    BeginAgain(record->second, opened->key, opened->scope, at);
    undoable_.erase(record);
  } else if (const auto* completed = std::get_if<engine::ElementCompleted>(&fact)) {
    End(completed->key, at, "completed");
  } else if (const auto* terminated = std::get_if<engine::ElementTerminated>(&fact)) {
    End(terminated->key, at, "terminated");
  } else if (const auto* job = std::get_if<engine::JobCreated>(&fact)) {
    Own(job->key, job->element);
  } else if (const auto* failed = std::get_if<engine::JobFailed>(&fact)) {
    const auto owner = owners_.find(failed->key);
    const auto element = owner == owners_.end() ? open_.end() : open_.find(owner->second);
    if (element == open_.end() || failed->retries_left == 0) return;
    CountWait(element->second, at);
    element->second.pause_until = failed->retry_at;
  } else if (const auto* task = std::get_if<engine::UserTaskCreated>(&fact)) {
    Own(task->key, task->element);
    Wait(task->element, kUnassigned, task->assignee.empty(), at);
  } else if (const auto* assigned = std::get_if<engine::UserTaskAssigned>(&fact)) {
    const auto owner = owners_.find(assigned->key);
    if (owner != owners_.end()) Wait(owner->second, kUnassigned, assigned->assignee.empty(), at);
  } else if (const auto* incident = std::get_if<engine::IncidentCreated>(&fact)) {
    Own(incident->key, incident->element);
    Wait(incident->element, kIncident, true, at);
  } else if (const auto* resolved = std::get_if<engine::IncidentResolved>(&fact)) {
    const auto owner = owners_.find(resolved->key);
    if (owner != owners_.end()) Wait(owner->second, kIncident, false, at);
  } else if (const auto* suspension = std::get_if<engine::SuspensionChanged>(&fact)) {
    suspended_ = suspension->suspended;
    for (const auto& [key, activation] : open_) Wait(key, kSuspended, suspension->suspended, at);
  }
}

std::vector<ElementRun> ElementTimes::TakeEnded() { return std::exchange(ended_, {}); }

std::vector<ElementRun> ElementTimes::Open(WallTime at) const {
  std::vector<ElementRun> runs;
  for (const auto& [key, activation] : open_) {
    Activation now = activation;
    CountWait(now, at);
    now.run.took = std::max(at - now.run.started_at, std::chrono::microseconds(0));
    if ((now.waits_for & kIncident) != 0) now.run.outcome = "incident";
    runs.push_back(std::move(now.run));
  }
  std::sort(runs.begin(), runs.end(),
            [](const ElementRun& a, const ElementRun& b) { return a.number < b.number; });
  return runs;
}

}  // namespace ameide::runtime
