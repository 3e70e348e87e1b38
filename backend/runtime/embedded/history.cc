#include "backend/runtime/embedded/history.h"

#include <map>
#include <utility>

namespace ameide::runtime {
namespace {

engine::Index NodeOf(const engine::InstanceState& state, engine::Key element) {
  const engine::ElementInstance* found = state.FindElement(element);
  return found == nullptr ? engine::kNone : found->node;
}

engine::Index NodeOfJob(const engine::InstanceState& state, engine::Key job) {
  const auto found = state.jobs.find(job);
  return found == state.jobs.end() ? engine::kNone : NodeOf(state, found->second.element);
}

}  // namespace

void History::Push(WallTime at, engine::Index node, std::string_view event) {
  HistoryRow row;
  row.number = ++number_;
  // Node 0 is the process, which stands for the instance itself.
  if (node != engine::kNone && node != 0) row.element = plan_->nodes[node].id;
  row.event = event;
  row.at = at;
  rows_.push_back(std::move(row));
  if (rows_.size() > kLongestHistory) rows_.pop_front();
}

void History::Add(const engine::Plan& plan, const engine::InstanceState& before, WallTime at,
                  const engine::Fact& fact) {
  plan_ = &plan;
  if (std::holds_alternative<engine::InstanceStarted>(fact)) {
    Push(at, engine::kNone, "started");
  } else if (const auto* activated = std::get_if<engine::ElementActivated>(&fact)) {
    Push(at, activated->node, "activated");
  } else if (const auto* passed = std::get_if<engine::ElementPassed>(&fact)) {
    Push(at, passed->node, "activated");
    Push(at, passed->node, "completed");
  } else if (const auto* completed = std::get_if<engine::ElementCompleted>(&fact)) {
    if (completed->key != engine::kProcessKey) Push(at, NodeOf(before, completed->key), "completed");
  } else if (const auto* terminated = std::get_if<engine::ElementTerminated>(&fact)) {
    if (terminated->key != engine::kProcessKey) Push(at, NodeOf(before, terminated->key), "terminated");
  } else if (const auto* fired = std::get_if<engine::TimerFired>(&fact)) {
    const auto timer = before.timers.find(fired->key);
    Push(at, timer == before.timers.end() ? engine::kNone : timer->second.node, "timer fired");
  } else if (const auto* failed = std::get_if<engine::JobFailed>(&fact)) {
    Push(at, NodeOfJob(before, failed->key), "attempt failed");
  } else if (const auto* retried = std::get_if<engine::JobRetried>(&fact)) {
    Push(at, NodeOfJob(before, retried->key), "retried");
  } else if (const auto* incident = std::get_if<engine::IncidentCreated>(&fact)) {
    Push(at, NodeOf(before, incident->element), "incident");
  } else if (const auto* resolved = std::get_if<engine::IncidentResolved>(&fact)) {
    const auto found = before.incidents.find(resolved->key);
    Push(at, found == before.incidents.end() ? engine::kNone : NodeOf(before, found->second.element),
         "resolved");
  } else if (const auto* suspension = std::get_if<engine::SuspensionChanged>(&fact)) {
    Push(at, engine::kNone, suspension->suspended ? "suspended" : "resumed");
  } else if (std::holds_alternative<engine::InstanceMigrated>(fact)) {
    Push(at, engine::kNone, "migrated");
  } else if (const auto* assigned = std::get_if<engine::UserTaskAssigned>(&fact)) {
    const auto task = before.user_tasks.find(assigned->key);
    Push(at, task == before.user_tasks.end() ? engine::kNone : NodeOf(before, task->second.element),
         "assigned");
  } else if (const auto* sent = std::get_if<engine::MessageSent>(&fact)) {
    Push(at, NodeOf(before, sent->element), "message sent");
  } else if (const auto* thrown = std::get_if<engine::SignalThrown>(&fact)) {
    Push(at, NodeOf(before, thrown->element), "signal thrown");
  } else if (const auto* ended = std::get_if<engine::InstanceEnded>(&fact)) {
    Push(at, engine::kNone, ended->state == engine::EndState::kCompleted ? "completed" : "terminated");
  }
}

std::vector<TokenCount> TokensOf(const engine::Plan& plan, const engine::InstanceState& state) {
  std::map<std::string, int> counts;
  for (const auto& [key, element] : state.elements) {
    if (element.node != 0) ++counts[plan.nodes[element.node].id];
  }
  for (const auto& [join, waiting] : state.parked) {
    for (const auto& [flow, count] : waiting) counts[plan.nodes[join.node].id] += static_cast<int>(count);
  }
  std::vector<TokenCount> tokens;
  for (auto& [element, count] : counts) tokens.push_back({element, count});
  return tokens;
}

}  // namespace ameide::runtime
