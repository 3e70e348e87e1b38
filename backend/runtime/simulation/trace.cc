#include "backend/runtime/simulation/trace.h"

namespace ameide::runtime {

using engine::Index;
using engine::Key;
using engine::NodeKind;

ElementNames::Place ElementNames::PlaceOf(const engine::Plan& plan, Index node, Key scope) const {
  Place place{node, 0, false};
  const auto around = places_.find(scope);
  const bool in_process = around == places_.end();
  if (plan.nodes[node].kind == NodeKind::kProcess) {
    place.process = node;
  } else if (!in_process) {
    place.process = around->second.process;
  }
  const bool repeats = plan.nodes[node].loop.kind != engine::LoopKind::kNone;
  place.body = repeats && (in_process || around->second.node != node);
  return place;
}

TraceEvent ElementNames::EventOf(const engine::Plan& plan, const Place& place, std::string_view event) {
  const engine::Node& node = plan.nodes[place.node];
  std::string type = node.type;
  if (place.body) {
    type = node.loop.kind == engine::LoopKind::kStandard ? "standardLoopBody" : "multiInstanceBody";
  }
  return {plan.nodes[place.process].id, node.id, std::move(type), event};
}

std::vector<TraceEvent> ElementNames::Tell(const engine::Plan& plan, const engine::Fact& fact) {
  const auto of = [&](Key element, std::string_view event) -> std::vector<TraceEvent> {
    const auto place = places_.find(element);
    if (place == places_.end()) return {};
    return {EventOf(plan, place->second, event)};
  };
  const auto ended = [&](Key element, std::string_view event) {
    std::vector<TraceEvent> events = of(element, event);
    const auto place = places_.find(element);
    if (place != places_.end() && place->second.left) events.clear();
    places_.erase(element);
    return events;
  };
  if (const auto* passed = std::get_if<engine::ElementPassed>(&fact)) {
    const Place place = PlaceOf(plan, passed->node, passed->scope);
    return {EventOf(plan, place, "activated"), EventOf(plan, place, "completed")};
  }
  if (const auto* activated = std::get_if<engine::ElementActivated>(&fact)) {
    const Place place = PlaceOf(plan, activated->node, activated->scope);
    places_[activated->key] = place;
    return {EventOf(plan, place, "activated")};
  }
  if (const auto* changed = std::get_if<engine::PhaseChanged>(&fact)) {
    // An event that throws compensation and does not wait for it is over now (clause 13.5.5); what it has
    // started goes on in its name.
    const auto place = places_.find(changed->element);
    if (changed->phase != engine::Phase::kDetached || place == places_.end()) return {};
    place->second.left = true;
    return {EventOf(plan, place->second, "completed")};
  }
  if (const auto* completed = std::get_if<engine::ElementCompleted>(&fact))
    return ended(completed->key, "completed");
  if (const auto* terminated = std::get_if<engine::ElementTerminated>(&fact))
    return ended(terminated->key, "terminated");
  if (const auto* thrown = std::get_if<engine::ErrorThrown>(&fact)) return of(thrown->element, "error");
  if (const auto* incident = std::get_if<engine::IncidentCreated>(&fact)) {
    if (incident->kind != engine::IncidentKind::kError) return of(incident->element, "error");
  }
  return {};
}

}  // namespace ameide::runtime
