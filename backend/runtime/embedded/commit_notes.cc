#include "backend/runtime/embedded/commit_notes.h"

#include <algorithm>
#include <string>

namespace ameide::runtime {

void CommitNotes::Step(LiveInstance& instance, WallTime at, const std::vector<engine::Fact>& facts) {
  ProcessCounts& counts = report_.processes[instance.version->view.id];
  ++counts.steps;
  counts.facts += static_cast<int64_t>(facts.size());
  for (const engine::Fact& fact : facts) {
    CountWork(instance, at, fact, counts);
    CountEnds(instance, at, fact, counts);
    if (elements_) instance.times->Add(*instance.version->plan, at, fact);
  }
  if (!elements_) return;
  for (ElementRun& run : instance.times->TakeEnded()) {
    report_.elements.push_back({instance.version->tenant, FormatInstance(instance.number),
                                instance.version->view.id, instance.version->view.version, std::move(run)});
  }
}

void CommitNotes::CountWork(const LiveInstance& instance, WallTime at, const engine::Fact& fact,
                            ProcessCounts& counts) {
  if (std::holds_alternative<engine::JobCreated>(fact)) {
    ++counts.jobs_created;
  } else if (std::holds_alternative<engine::JobCompleted>(fact)) {
    ++counts.jobs_completed;
  } else if (std::holds_alternative<engine::JobFailed>(fact)) {
    ++counts.attempts_failed;
  } else if (std::holds_alternative<engine::UserTaskCreated>(fact)) {
    ++counts.tasks_created;
  } else if (std::holds_alternative<engine::UserTaskCompleted>(fact)) {
    ++counts.tasks_completed;
  } else if (std::holds_alternative<engine::MessageSent>(fact)) {
    ++counts.messages_sent;
  } else if (std::holds_alternative<engine::SignalThrown>(fact)) {
    ++counts.signals_thrown;
  } else if (const auto* fired = std::get_if<engine::TimerFired>(&fact)) {
    ++counts.timers_fired;
    // One that was set in this transaction has no row yet: it was due at once.
    const auto row = instance.timer_rows.find(fired->key);
    const WallTime due = row == instance.timer_rows.end() ? at : row->second;
    report_.timer_lags.push_back(std::max(at - due, std::chrono::microseconds(0)));
  } else if (const auto* incident = std::get_if<engine::IncidentCreated>(&fact)) {
    ++counts.incidents_created;
    const engine::ElementInstance* const element = instance.state.FindElement(incident->element);
    report_.incidents.push_back({instance.version->tenant, FormatInstance(instance.number),
                                 instance.version->view.id,
                                 element == nullptr ? "" : instance.version->plan->nodes[element->node].id,
                                 std::string(engine::IncidentKindName(incident->kind))});
  } else if (std::holds_alternative<engine::IncidentResolved>(fact)) {
    ++counts.incidents_resolved;
  }
}

void CommitNotes::CountEnds(const LiveInstance& instance, WallTime at, const engine::Fact& fact,
                            ProcessCounts& counts) {
  if (std::holds_alternative<engine::InstanceStarted>(fact)) {
    ++counts.started;
  } else if (std::holds_alternative<engine::ElementPassed>(fact)) {
    ++counts.elements_completed;
  } else if (const auto* completed = std::get_if<engine::ElementCompleted>(&fact)) {
    counts.elements_completed += completed->key != engine::kProcessKey;
  } else if (const auto* terminated = std::get_if<engine::ElementTerminated>(&fact)) {
    counts.elements_terminated += terminated->key != engine::kProcessKey;
  } else if (const auto* ended = std::get_if<engine::InstanceEnded>(&fact)) {
    ++(ended->state == engine::EndState::kCompleted ? counts.completed : counts.terminated);
    report_.lifetimes.emplace_back(instance.version->view.id, at - instance.state.started_at);
  }
}

}  // namespace ameide::runtime
