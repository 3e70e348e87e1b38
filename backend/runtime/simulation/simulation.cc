#include "backend/runtime/simulation/simulation.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "notation/feel/json.h"

namespace ameide::runtime {

using engine::Fact;
using engine::Index;
using engine::Key;

void Simulation::Start(const engine::Plan& plan) {
  instances_.emplace_back().plan = &plan;
  Feed(instances_.size() - 1, engine::StartInstance{script_.variables});
}

void Simulation::RunToRest() {
  while (!work_.empty() && at_rest()) {
    const Work work = std::move(work_.front());
    work_.pop_front();
    Feed(work.instance, work.what);
  }
}

void Simulation::RunTime(std::optional<WallTime> until) {
  RunToRest();
  while (!timers_.empty() && at_rest()) {
    const auto [due, order, instance, timer] = *timers_.begin();
    if (until && due > *until) return;
    timers_.erase(timers_.begin());
    timer_places_.erase({instance, timer});
    now_ = std::max(now_, due);
    if (!MayFire(instances_[instance], timer)) continue;
    Feed(instance, engine::FireTimer{timer});
    RunToRest();
  }
}

/// A cycle without end fires a limited number of times.
bool Simulation::MayFire(Instance& instance, Key key) {
  const auto found = instance.state.timers.find(key);
  if (found == instance.state.timers.end()) return false;
  const engine::Timer& timer = found->second;
  if (!timer.cycle || timer.repetitions || timer.end) return true;
  return ++instance.endless_firings[{timer.element, timer.node}] <= kMostEndlessFirings;
}

void Simulation::Feed(size_t index, const decltype(engine::Event::what)& what) {
  Instance& instance = instances_[index];
  const absl::StatusOr<engine::Decision> decision =
      engine::Step(*instance.plan, instance.state, {now_, what});
  if (!decision.ok()) return;  // it became impossible meanwhile: its element has ended
  steps_ += decision->facts.size();
  for (const Fact& fact : decision->facts) Trace(instance, fact);
  for (const engine::Command& command : decision->commands) {
    std::visit([&](const auto& it) { Take(index, it); }, command);
  }
}

void Simulation::Take(size_t index, const engine::ActivateJob& command) {
  const std::string& element = instances_[index].plan->nodes[command.node].id;
  if (const auto thrown = script_.throws.find(element); thrown != script_.throws.end()) {
    work_.push_back({index, engine::ThrowJobError{command.job, thrown->second.Next(), "thrown by --throw"}});
  } else if (const auto given = script_.complete.find(element); given != script_.complete.end()) {
    work_.push_back({index, engine::CompleteJob{command.job, given->second.Next()}});
  } else {
    work_.push_back(
        {index,
         engine::FailJob{command.job,
                         absl::StrCat(command.kind == engine::JobKind::kDomain ? "no domain" : "no worker",
                                      " is there in a simulation to do ", command.type, "; pass --complete ",
                                      element, "=JSON to give its result, or --stub"),
                         true,
                         {}}});
  }
}

void Simulation::Take(size_t index, const engine::CreateUserTask& command) {
  const std::string& element = instances_[index].plan->nodes[command.node].id;
  if (const auto given = script_.complete.find(element); given != script_.complete.end()) {
    work_.push_back({index, engine::CompleteUserTask{command.task, given->second.Next()}});
  } else if (options_.stub) {
    work_.push_back({index, engine::CompleteUserTask{command.task, {}}});
  }
}

void Simulation::Take(size_t index, const engine::ScheduleTimer& command) {
  const DueTimer place{command.due, timer_order_++, index, command.timer};
  timers_.insert(place);
  timer_places_[{index, command.timer}] = place;
}

void Simulation::Take(size_t index, const engine::CancelTimer& command) {
  const auto place = timer_places_.find({index, command.timer});
  if (place == timer_places_.end()) return;
  timers_.erase(place->second);
  timer_places_.erase(place);
}

void Simulation::Take(size_t index, const engine::ContinueLater&) {
  work_.push_back({index, engine::Continue{}});
}

void Simulation::TraceLine(const Instance& instance, Index node_index, std::string_view event) {
  const engine::Node& node = instance.plan->nodes[node_index];
  if (!options_.trace || node.kind == engine::NodeKind::kProcess) return;
  feel::Context line;
  line.Set("process", instance.plan->process_id());
  line.Set("element", node.id);
  line.Set("type", node.type);
  line.Set("event", event);
  line.Set("at", FormatTime(now_));
  out_ << feel::ToJson(line) << '\n';
}

void Simulation::Trace(Instance& instance, const Fact& fact) {
  const auto line = [&](Key element, std::string_view event) {
    const auto node = instance.nodes.find(element);
    if (node != instance.nodes.end()) TraceLine(instance, node->second, event);
  };
  if (const auto* passed = std::get_if<engine::ElementPassed>(&fact)) {
    TraceLine(instance, passed->node, "activated");
    TraceLine(instance, passed->node, "completed");
  } else if (const auto* activated = std::get_if<engine::ElementActivated>(&fact)) {
    instance.nodes[activated->key] = activated->node;
    TraceLine(instance, activated->node, "activated");
  } else if (const auto* completed = std::get_if<engine::ElementCompleted>(&fact)) {
    line(completed->key, "completed");
    instance.nodes.erase(completed->key);
  } else if (const auto* terminated = std::get_if<engine::ElementTerminated>(&fact)) {
    line(terminated->key, "terminated");
    instance.nodes.erase(terminated->key);
  } else if (const auto* thrown = std::get_if<engine::ErrorThrown>(&fact)) {
    line(thrown->element, "error");
  } else if (const auto* incident = std::get_if<engine::IncidentCreated>(&fact)) {
    if (incident->kind != engine::IncidentKind::kError) line(incident->element, "error");
  }
}

std::string_view Simulation::StateOf(const Instance& instance) const {
  if (instance.state.status == engine::InstanceStatus::kCompleted) return "completed";
  if (instance.state.status == engine::InstanceStatus::kTerminated) return "terminated";
  return instance.state.incidents.empty() ? "active" : "failed";
}

bool Simulation::failed() const {
  return std::any_of(instances_.begin(), instances_.end(),
                     [this](const Instance& instance) { return StateOf(instance) == "failed"; });
}

std::string Simulation::Outcomes() const {
  feel::List outcomes;
  for (const Instance& instance : instances_) {
    feel::List incidents;
    for (const auto& [key, incident] : instance.state.incidents) {
      const engine::ElementInstance& at = *instance.state.FindElement(incident.element);
      feel::Context entry;
      entry.Set("element", instance.plan->nodes[at.node].id);
      entry.Set("kind", engine::IncidentKindName(incident.kind));
      entry.Set("message", incident.message);
      incidents.push_back(entry);
    }
    feel::Context outcome;
    outcome.Set("process", instance.plan->process_id());
    outcome.Set("state", StateOf(instance));
    outcome.Set("variables", instance.state.variables());
    outcome.Set("incidents", incidents);
    outcomes.push_back(outcome);
  }
  feel::Context line;
  line.Set("outcomes", outcomes);
  return feel::ToJson(line);
}

}  // namespace ameide::runtime
