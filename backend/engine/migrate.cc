// A running instance goes over to another plan.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/engine/step.h"

namespace ameide::engine {
namespace {

std::map<std::string, Index> NodesById(const Plan& plan) {
  std::map<std::string, Index> nodes;
  for (Index index = 0; index < plan.nodes.size(); ++index) nodes.emplace(plan.nodes[index].id, index);
  return nodes;
}

/// What of two nodes must be the same for an element instance to go on.
bool SameWork(const Node& from, const Node& to) {
  return from.kind == to.kind && from.loop.kind == to.loop.kind && from.job_kind == to.job_kind;
}

/// Checks one migration and collects all that is wrong with it.
class Check {
 public:
  Check(const Plan& from, const Plan& to, const MigrationMapping& mapping, const InstanceState& state)
      : from_(from), to_(to), state_(state), nodes_(mapping.nodes.begin(), mapping.nodes.end()) {}

  absl::Status Run() {
    for (const auto& [old, now] : nodes_) {
      if (old >= from_.nodes.size() || now >= to_.nodes.size()) {
        return absl::InvalidArgumentError("the mapping names an element that is not there");
      }
    }
    for (const auto& [key, element] : state_.elements) Element(element);
    for (const Token& token : state_.ready.All()) Flow(token.flow);
    for (const auto& [join, tokens] : state_.parked) {
      Join(join.node);
      for (const auto& [flow, count] : tokens) Flow(flow);
    }
    for (const auto& [join, flows] : state_.resetting) {
      Join(join.node);
      for (const Index flow : flows) Flow(flow);
    }
    for (const auto& [key, record] : state_.records) Undone(record.node);
    for (const auto& [key, run] : state_.runs) {
      if (run.node != kNone) Undone(run.node);
    }
    if (problems_.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("the instance cannot go over: ", absl::StrJoin(problems_, "; ")));
  }

  std::optional<Index> To(Index node) const {
    const auto found = nodes_.find(node);
    if (found == nodes_.end()) return std::nullopt;
    return found->second;
  }
  const std::map<Index, Index>& flows() const { return flows_; }

 private:
  void Problem(Index node, std::string_view what) {
    problems_.insert(absl::StrCat(from_.nodes[node].id, " ", std::string(what)));
  }
  void Element(const ElementInstance& element) {
    const std::optional<Index> to = To(element.node);
    if (!to) return Problem(element.node, "is active and the mapping gives it no new place");
    const Node &old = from_.nodes[element.node], &now = to_.nodes[*to];
    if (!SameWork(old, now)) {
      return Problem(element.node, absl::StrCat("does something else than ", now.id, " in the new version"));
    }
    if (const ElementInstance* scope = state_.FindElement(element.scope);
        scope != nullptr && scope->node != element.node) {
      const std::optional<Index> new_scope = To(scope->node);
      bool inside = new_scope.has_value();
      // A called process or global task is in its call activity; what undoes something in whoever asked for
      // it.
      if (inside && old.parent == kNone) inside = to_.nodes[*new_scope].called == *to;
      if (inside && old.parent == scope->node) inside = now.parent == *new_scope;
      if (!inside) return Problem(element.node, absl::StrCat("is elsewhere than around ", now.id));
    }
    // What waits for the rest of its conversation has its key, which nothing in the plan tells.
    if (old.kind == NodeKind::kStartEvent && !element.subscriptions.empty() &&
        !std::equal(old.definitions.begin(), old.definitions.end(), now.definitions.begin(),
                    now.definitions.end(),
                    [](const auto& a, const auto& b) { return a.trigger == b.trigger; })) {
      return Problem(element.node, "waits for something else in the new version");
    }
    if (element.phase == Phase::kActive && old.kind == NodeKind::kEventGateway) {
      for (const Index flow : old.outgoing) {
        const std::optional<Index> event = To(from_.flows[flow].target);
        const bool kept = event && std::any_of(now.outgoing.begin(), now.outgoing.end(),
                                               [&](Index it) { return to_.flows[it].target == *event; });
        if (!kept)
          return Problem(element.node, "waits for an event that the new version does not have behind it");
      }
    }
  }
  void Join(Index node) {
    const std::optional<Index> to = To(node);
    if (!to) return Problem(node, "holds waiting tokens and the mapping gives it no new place");
    if (from_.nodes[node].join != to_.nodes[*to].join)
      Problem(node, "waits for something else in the new version");
  }
  void Undone(Index node) {
    const std::optional<Index> to = To(node);
    if (!to) return Problem(node, "was done and may be undone, and the mapping gives it no new place");
    const bool same = SameWork(from_.nodes[node], to_.nodes[*to]) &&
                      (from_.nodes[node].handler == kNone) == (to_.nodes[*to].handler == kNone);
    if (!same) Problem(node, "was done, and is undone otherwise in the new version");
  }
  /// A token stays on its flow, or where that has another id on the one between the same nodes.
  void Flow(Index flow) {
    if (flows_.contains(flow)) return;
    const engine::Flow& old = from_.flows[flow];
    const std::optional<Index> target = To(old.target), source = To(old.source);
    std::optional<Index> best;
    for (Index index = 0; target && index < to_.flows.size(); ++index) {
      const engine::Flow& now = to_.flows[index];
      if (now.target != *target) continue;
      if (!old.id.empty() && now.id == old.id) best = index;
      if (!best && source && now.source == *source) best = index;
    }
    if (!best) {
      problems_.insert(
          absl::StrCat("the flow ", old.id, " holds a token and leads nowhere in the new version"));
      return;
    }
    flows_[flow] = *best;
  }

  const Plan& from_;
  const Plan& to_;
  const InstanceState& state_;
  std::map<Index, Index> nodes_;
  std::map<Index, Index> flows_;
  std::set<std::string> problems_;
};

/// Whether what waits for (node, definition) can go on waiting in the new plan, beside the same element.
bool Stays(const Plan& from, const Plan& to, const Check& check, Index owner, Index node,
           uint32_t definition) {
  const std::optional<Index> now = check.To(node), host = check.To(owner);
  if (!now || !host || definition >= to.nodes[*now].definitions.size()) return false;
  const EventDefinition &old = from.nodes[node].definitions[definition],
                        &next = to.nodes[*now].definitions[definition];
  if (old.trigger != next.trigger || from.nodes[node].kind != to.nodes[*now].kind) return false;
  if (to.nodes[*now].kind == NodeKind::kBoundaryEvent) return to.nodes[*now].attached_to == *host;
  return true;
}

}  // namespace

MigrationMapping ProposeMigration(const Plan& from, const Plan& to,
                                  const std::vector<std::pair<std::string, std::string>>& renamed) {
  const std::map<std::string, Index> by_id = NodesById(to);
  const std::map<std::string, std::string> names(renamed.begin(), renamed.end());
  MigrationMapping mapping;
  for (Index index = 0; index < from.nodes.size(); ++index) {
    const Node& node = from.nodes[index];
    const auto name = names.find(node.id);
    const auto found = by_id.find(name == names.end() ? node.id : name->second);
    if (found == by_id.end() || node.kind != to.nodes[found->second].kind) continue;
    mapping.nodes.emplace_back(index, found->second);
  }
  return mapping;
}

absl::StatusOr<Decision> Migrate(const Plan& from, const Plan& to, std::string_view digest,
                                 const MigrationMapping& mapping, InstanceState& state, WallTime at) {
  if (state.status != InstanceStatus::kActive) {
    return absl::FailedPreconditionError("the instance has ended or was not started; it cannot go over");
  }
  Check check(from, to, mapping, state);
  if (absl::Status checked = check.Run(); !checked.ok()) return checked;
  // What is not waited for any more ends under the old plan.
  Decision decision;
  const auto emit = [&](const Plan& plan, Fact fact) {
    Apply(plan, state, fact);
    decision.facts.push_back(std::move(fact));
  };
  const auto owner_of = [&](Key element) { return state.FindElement(element)->node; };
  std::vector<Key> timers, subscriptions;
  std::set<Index> known;  // events of the new plan that were waited for, or have occurred, under the old one
  for (const auto& [old, now] : mapping.nodes) known.insert(now);
  const auto forget = [&](Index node) {
    if (const std::optional<Index> now = check.To(node)) known.erase(*now);
  };
  for (const auto& [key, timer] : state.timers) {
    if (Stays(from, to, check, owner_of(timer.element), timer.node, timer.definition)) continue;
    timers.push_back(key);
    forget(timer.node);
  }
  for (const auto& [key, it] : state.subscriptions) {
    if (Stays(from, to, check, owner_of(it.element), it.node, it.definition)) continue;
    subscriptions.push_back(key);
    forget(it.node);
  }
  for (const Key key : timers) {
    decision.commands.push_back(CancelTimer{key});
    emit(from, TimerCanceled{key});
  }
  for (const Key key : subscriptions) {
    const bool outside = state.subscriptions.find(key)->second.trigger != Trigger::kConditional;
    if (outside && !state.suspended) decision.commands.push_back(CloseSubscription{key});
    emit(from, SubscriptionClosed{key});
  }
  InstanceMigrated migrated{std::string(digest), mapping.nodes, {}};
  migrated.flows.assign(check.flows().begin(), check.flows().end());
  emit(to, std::move(migrated));
  Stepper stepper(to, state, at);
  stepper.Rearm(known);
  if (!state.suspended) stepper.Drain();
  Decision rest = stepper.TakeDecision();
  if (state.suspended) {  // resuming opens them
    std::erase_if(rest.commands,
                  [](const Command& it) { return std::holds_alternative<OpenSubscription>(it); });
  }
  std::move(rest.facts.begin(), rest.facts.end(), std::back_inserter(decision.facts));
  std::move(rest.commands.begin(), rest.commands.end(), std::back_inserter(decision.commands));
  return decision;
}

/// Every element instance that is waited for at its border, or that has event subprocesses, begins to wait
/// for what is new there. Timers begin now.
void Stepper::Rearm(const std::set<Index>& known) {
  changed_ = true;
  may_wait_ = true;
  std::vector<Key> keys;
  for (const auto& [key, element] : state_.elements) keys.push_back(key);
  for (const Key key : keys) {
    const ElementInstance* element = state_.FindElement(key);
    if (element == nullptr || element->incident != kNoKey || element->phase != Phase::kActive) continue;
    const Node& node = NodeOf(*element);
    std::vector<Index> events;
    if (!IsInner(*element)) events = node.boundaries;
    if (!IsBody(*element)) {
      for (const Index sub : node.event_subprocesses) events.push_back(plan_.nodes[sub].entries[0]);
      if (node.kind == NodeKind::kCatchEvent || node.kind == NodeKind::kReceiveTask)
        events.push_back(element->node);
      if (node.kind == NodeKind::kEventGateway) {
        for (const Index flow : node.outgoing) events.push_back(plan_.flows[flow].target);
      }
    }
    std::erase_if(events, [&](Index event) { return known.contains(event) || Waits(key, event); });
    if (!events.empty()) Arm(key, events);
  }
}

}  // namespace ameide::engine
