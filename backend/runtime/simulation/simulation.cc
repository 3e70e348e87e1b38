#include "backend/runtime/simulation/simulation.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "notation/feel/json.h"

namespace ameide::runtime {

void Simulation::SendAll() {
  for (const SentEvent& sent : script_.sent) {
    if (sent.signal) {
      Send(Signal{sent.name, {}, std::nullopt});
    } else {
      Send(engine::Message{sent.name, sent.key, "", sent.variables});
    }
    RunToRest();
  }
}

void Simulation::RunTime(std::optional<WallTime> until) {
  while (RunNext(until)) {
  }
}

/// A cycle without end fires a limited number of times.
bool Simulation::MayFire(size_t instance, engine::Key key) {
  const engine::Timer& timer = instances()[instance].state.timers.find(key)->second;
  if (!timer.cycle || timer.repetitions || timer.end) return true;
  return ++endless_firings_[{instance, timer.element, timer.node, timer.definition}] <= kMostEndlessFirings;
}

void Simulation::OnFacts(size_t instance, std::span<const engine::Fact> facts) {
  if (names_.size() <= instance) names_.resize(instance + 1);
  for (const engine::Fact& fact : facts) {
    const std::vector<TraceEvent> events = names_[instance].Tell(*instances()[instance].plan, fact);
    if (!options_.trace) continue;
    for (const TraceEvent& event : events) {
      feel::Context line;
      line.Set("process", event.process);
      line.Set("element", event.element);
      line.Set("type", event.type);
      line.Set("event", event.event);
      line.Set("at", FormatTime(now()));
      out_ << feel::ToJson(line) << '\n';
    }
  }
}

void Simulation::OnJob(size_t index, const engine::ActivateJob& command) {
  const std::string& element = instances()[index].plan->nodes[command.node].id;
  if (const auto thrown = script_.throws.find(element); thrown != script_.throws.end()) {
    Queue(index, engine::ThrowJobError{command.job, thrown->second.Next(), "thrown by --throw"});
  } else if (const auto given = script_.complete.find(element); given != script_.complete.end()) {
    Queue(index, engine::CompleteJob{command.job, given->second.Next()});
  } else {
    Queue(index,
          engine::FailJob{command.job,
                          absl::StrCat(command.kind == engine::JobKind::kDomain ? "no domain"
                                       : command.kind == engine::JobKind::kHttp ? "no server"
                                                                                : "no worker",
                                       " is there in a simulation to do ", command.type, "; pass --complete ",
                                       element, "=JSON to give its result, or --stub"),
                          true,
                          {}});
  }
}

void Simulation::OnUserTask(size_t index, const engine::CreateUserTask& command) {
  const std::string& element = instances()[index].plan->nodes[command.node].id;
  if (const auto given = script_.complete.find(element); given != script_.complete.end()) {
    Queue(index, engine::CompleteUserTask{command.task, given->second.Next()});
  } else if (options_.stub) {
    Queue(index, engine::CompleteUserTask{command.task, {}});
  }
}

std::string_view Simulation::StateOf(const Instance& instance) const {
  if (instance.state.status == engine::InstanceStatus::kCompleted) return "completed";
  if (instance.state.status == engine::InstanceStatus::kTerminated) return "terminated";
  return instance.state.incidents.empty() ? "active" : "failed";
}

bool Simulation::failed() const {
  return std::any_of(instances().begin(), instances().end(),
                     [this](const Instance& instance) { return StateOf(instance) == "failed"; });
}

std::string Simulation::Outcomes() const {
  feel::List outcomes;
  for (const Instance& instance : instances()) {
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
