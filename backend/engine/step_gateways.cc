// Gateways that look at more than one token: inclusive, complex and event-based.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {
namespace {

/// Whether sequence flows alone, not through the join, lead from these flows to an incoming flow of the join
/// that is not missing: what a boundary event may do does not inhibit (clause 13.4.3).
bool LeadsToPresent(const Plan& plan, Index join, const std::vector<bool>& missing, std::vector<Index> open) {
  std::vector<bool> seen(plan.flows.size());
  while (!open.empty()) {
    const Index flow = open.back();
    open.pop_back();
    if (seen[flow]) continue;
    seen[flow] = true;
    const Index target = plan.flows[flow].target;
    const std::vector<Index>& next = plan.nodes[target].outgoing;
    if (target != join) {
      open.insert(open.end(), next.begin(), next.end());
      continue;
    }
    const std::vector<Index>& incoming = plan.nodes[join].incoming;
    if (!missing[static_cast<size_t>(std::find(incoming.begin(), incoming.end(), flow) - incoming.begin())])
      return true;
  }
  return false;
}

}  // namespace

/// The token waits with the others at its node; maybe it was the last one needed.
void Stepper::ArriveAtJoin(Token token, Index target) {
  Emit(TokenParked{token.scope, token.flow});
  const Node& node = plan_.nodes[target];
  if (node.join == Join::kLast) return;
  const std::map<Index, uint32_t>& parked = state_.parked.find({token.scope, target})->second;
  if (node.join == Join::kComplex) {
    if (!state_.resetting.contains({token.scope, target})) OpenComplex(token.scope, target);
  } else if (node.join == Join::kInclusive) {
    // With a token on each flow nothing is missing; else what is still under way decides, once nothing moves.
    if (parked.size() == node.incoming.size()) OpenInclusive(token.scope, target);
  } else {  // start quantity (clause 13.3.2)
    uint32_t left = node.start_quantity;
    TokensConsumed consumed{token.scope, target, {}};
    for (const auto& [flow, count] : parked) {
      const uint32_t taken = std::min(count, left);
      if (taken > 0) consumed.tokens.emplace_back(flow, taken);
      left -= taken;
    }
    if (left > 0) return;
    Emit(std::move(consumed));
    Enter(target, token.scope, kNone);
  }
}

/// Lets one token go on that waits until nothing else moves, or else one join whose missing tokens cannot
/// come any more; false when there is none.
bool Stepper::OpenJoins() {
  for (const auto& [join, tokens] : state_.parked) {
    if (plan_.nodes[join.node].join != Join::kLast) continue;
    const JoinKey at = join;
    Emit(TokensConsumed{at.scope, at.node, {{tokens.begin()->first, 1}}});
    ++moved_;
    Enter(at.node, at.scope, kNone);
    return true;
  }
  std::vector<JoinKey> joins;
  for (const auto& [join, tokens] : state_.parked) joins.push_back(join);
  for (const auto& [join, flows] : state_.resetting) joins.push_back(join);
  for (const JoinKey& join : joins) {
    const Join kind = plan_.nodes[join.node].join;
    if (kind == Join::kInclusive && OpenInclusive(join.scope, join.node)) return true;
    if (kind != Join::kComplex) continue;
    const bool resets = state_.resetting.contains(join);
    if (resets ? ResetComplex(join.scope, join.node) : OpenComplex(join.scope, join.node)) return true;
  }
  return false;
}

/// Whether a token elsewhere in the scope can still reach a flow of the join that misses one, and none that
/// has one (clause 13.4.3).
bool Stepper::MayStillCome(Key scope, Index join_index, const std::vector<bool>& missing) const {
  const Node& join = plan_.nodes[join_index];
  const auto is_expected = [&](const std::vector<std::vector<bool>>& reached, Index from) {
    bool to_missing = false, to_present = false;
    for (size_t i = 0; i < missing.size(); ++i) {
      if (reached[i][from]) (missing[i] ? to_missing : to_present) = true;
    }
    if (!to_missing || !to_present) return to_missing;
    const bool at_node = &reached == &join.reached_from_node;
    return !LeadsToPresent(plan_, join_index, missing,
                           at_node ? plan_.nodes[from].outgoing : std::vector<Index>{from});
  };
  for (const Token& token : state_.ready.All()) {
    if (token.scope == scope && is_expected(join.reached_from_flow, token.flow)) return true;
  }
  for (auto it = state_.parked.lower_bound({scope, 0}); it != state_.parked.end() && it->first.scope == scope;
       ++it) {
    if (it->first.node == join_index) continue;
    for (const auto& [flow, count] : it->second) {
      if (is_expected(join.reached_from_flow, flow)) return true;
    }
  }
  for (auto it = state_.elements.upper_bound(scope); it != state_.elements.end(); ++it) {
    if (it->second.scope == scope && is_expected(join.reached_from_node, it->second.node)) return true;
  }
  return false;
}

bool Stepper::OpenInclusive(Key scope, Index index) {
  const Node& node = plan_.nodes[index];
  const std::map<Index, uint32_t>& parked = state_.parked.find({scope, index})->second;
  std::vector<bool> missing;
  for (const Index flow : node.incoming) missing.push_back(!parked.contains(flow));
  if (MayStillCome(scope, index, missing)) return false;
  TokensConsumed consumed{scope, index, {}};
  for (const auto& [flow, count] : parked) consumed.tokens.emplace_back(flow, 1);
  Emit(std::move(consumed));
  Enter(index, scope, kNone);
  return true;
}

/// What a complex gateway's expressions can ask: how many flows have a token, whether it starts or resets,
/// and the number of tokens on each incoming flow by the flow's id (clause 13.4.5).
feel::Context Stepper::GatewayVariables(Key scope, Index index, bool starts) const {
  feel::Context variables;
  const auto parked = state_.parked.find({scope, index});
  int64_t flows = 0;
  for (const Index flow : plan_.nodes[index].incoming) {
    int64_t count = 0;
    if (parked != state_.parked.end()) {
      const auto tokens = parked->second.find(flow);
      count = tokens == parked->second.end() ? 0 : tokens->second;
    }
    if (count > 0) ++flows;
    variables.Set(plan_.flows[flow].id, count);
  }
  variables.Set("activationCount", flows);
  variables.Set("waitingForStart", starts);
  return variables;
}

/// The first phase: as soon as the activation condition holds.
bool Stepper::OpenComplex(Key scope, Index index) {
  const Node& node = plan_.nodes[index];
  const auto parked = state_.parked.find({scope, index});
  if (parked == state_.parked.end()) return false;
  const feel::Context variables = GatewayVariables(scope, index, true);
  if (!EvaluateCondition(node.activation_condition, scope, &variables).value) return false;
  TokensConsumed consumed{scope, index, {}};
  std::vector<Index> received;
  for (const auto& [flow, count] : parked->second) {
    consumed.tokens.emplace_back(flow, 1);
    received.push_back(flow);
  }
  Emit(std::move(consumed));
  Emit(GatewayPhaseChanged{scope, index, std::move(received)});
  PassWith(index, scope, variables);
  return true;
}

/// The second phase: when no token is expected any more on the flows that had none in the first.
bool Stepper::ResetComplex(Key scope, Index index) {
  const Node& node = plan_.nodes[index];
  const std::vector<Index> received = state_.resetting.find({scope, index})->second;
  const auto parked = state_.parked.find({scope, index});
  std::vector<bool> missing;
  TokensConsumed consumed{scope, index, {}};
  for (const Index flow : node.incoming) {
    const bool before = std::find(received.begin(), received.end(), flow) != received.end();
    const bool now = parked != state_.parked.end() && parked->second.contains(flow);
    missing.push_back(!before && !now);
    if (now && !before) consumed.tokens.emplace_back(flow, 1);
  }
  if (MayStillCome(scope, index, missing)) return false;
  const feel::Context variables = GatewayVariables(scope, index, false);
  if (!consumed.tokens.empty()) Emit(std::move(consumed));
  Emit(GatewayPhaseChanged{scope, index, {}});
  // Only conditions that hold put tokens on flows now, else the default flow gets one; none is no error.
  std::vector<Index> taken;
  for (const Index flow : node.outgoing) {
    const Index condition = plan_.flows[flow].condition;
    if (condition != kNone && flow != node.default_flow &&
        EvaluateCondition(condition, scope, &variables).value)
      taken.push_back(flow);
  }
  if (taken.empty() && node.default_flow != kNone) taken.push_back(node.default_flow);
  if (!taken.empty()) Emit(ElementPassed{index, scope, kNone, std::move(taken)});
  AfterExit(scope);
  return true;
}

/// Passes a gateway whose conditions see more than the variables.
void Stepper::PassWith(Index index, Key scope, const feel::Context& extra) {
  Outcome<std::vector<Index>> flows = ChooseFlows(index, scope, &extra);
  if (flows.ok()) {
    Emit(ElementPassed{index, scope, kNone, std::move(flows.value)});
    AfterExit(scope);
    return;
  }
  const Key key = Activate(index, scope, kNone, Phase::kLeaving);
  Emit(VariablesSet{key, extra});
  Raise(key, std::move(*flows.problem));
}

/// The first event of an event-based gateway decides the way; a parallel one waits for all of them
/// (clause 13.4.4).
void Stepper::FireGateway(Key gateway, Index target, const feel::Context& payload) {
  const Key scope = Element(gateway).scope;
  const bool parallel = NodeOf(Element(gateway)).parallel_events;
  opening_.push_back(scope);
  const bool done = !parallel || (Element(gateway).timers.empty() && Element(gateway).subscriptions.empty());
  if (done) Complete(gateway, {});
  EnterTriggered(target, scope, payload);
  opening_.pop_back();
  AfterExit(scope);
}

}  // namespace ameide::engine
