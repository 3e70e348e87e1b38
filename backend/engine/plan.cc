#include "backend/engine/plan.h"

#include <algorithm>

namespace ameide::engine {
namespace {

/// Nodes that never wait and have nothing of their own.
bool IsPassing(const Node& node) {
  if (!node.input_sets.empty()) return false;
  if (!node.inputs.empty() || !node.outputs.empty() || !node.boundaries.empty()) return false;
  if (node.loop.kind != LoopKind::kNone) return false;
  switch (node.kind) {
    case NodeKind::kStartEvent:
    case NodeKind::kPassThrough:
    case NodeKind::kExclusiveGateway:
    case NodeKind::kParallelGateway:
    case NodeKind::kInclusiveGateway:
    case NodeKind::kBoundaryEvent:
      return true;
    case NodeKind::kThrowEvent:
    case NodeKind::kEndEvent:
      return node.definitions.empty();
    default:
      return false;
  }
}

Join JoinOf(const Node& node) {
  if (node.kind == NodeKind::kComplexGateway && node.activation_condition != kNone) return Join::kComplex;
  if (node.start_quantity > 1) return Join::kQuantity;
  const bool throws = node.kind == NodeKind::kThrowEvent || node.kind == NodeKind::kEndEvent;
  if (throws && std::any_of(node.definitions.begin(), node.definitions.end(),
                            [](const EventDefinition& it) { return it.trigger == Trigger::kSignal; })) {
    return Join::kLast;
  }
  if (node.incoming.size() < 2) return Join::kNone;
  if (node.kind == NodeKind::kParallelGateway) return Join::kParallel;
  if (node.kind == NodeKind::kInclusiveGateway) return Join::kInclusive;
  return Join::kNone;
}

/// For each incoming flow of a join: the flows and nodes from which a path leads to its end without passing
/// the join.
void FindWays(const Plan& plan, Index join_index, Node& join) {
  for (const Index incoming : join.incoming) {
    std::vector<bool> flows(plan.flows.size()), nodes(plan.nodes.size());
    std::vector<Index> open = {incoming};
    flows[incoming] = true;
    while (!open.empty()) {
      Index source = plan.flows[open.back()].source;
      open.pop_back();
      // A boundary event's tokens come from its activity.
      while (source != kNone && source != join_index && !nodes[source]) {
        nodes[source] = true;
        for (const Index flow : plan.nodes[source].incoming) {
          if (flows[flow]) continue;
          flows[flow] = true;
          open.push_back(flow);
        }
        source = plan.nodes[source].attached_to;
      }
    }
    join.reached_from_flow.push_back(std::move(flows));
    join.reached_from_node.push_back(std::move(nodes));
  }
}

/// Whether the node can ask for compensation.
bool AsksForCompensation(const Node& node) {
  if (node.kind != NodeKind::kThrowEvent && node.kind != NodeKind::kEndEvent) return false;
  return std::any_of(node.definitions.begin(), node.definitions.end(), [](const EventDefinition& it) {
    return it.trigger == Trigger::kCompensation || it.trigger == Trigger::kCancel;
  });
}

}  // namespace

void Prepare(Plan& plan) {
  plan.compensates = std::any_of(plan.nodes.begin(), plan.nodes.end(), AsksForCompensation);
  plan.waits_for_data = std::any_of(plan.nodes.begin(), plan.nodes.end(),
                                    [](const Node& node) { return !node.input_sets.empty(); });
  for (Index index = 0; index < plan.nodes.size(); ++index) {
    Node& node = plan.nodes[index];
    node.passing = IsPassing(node);
    node.join = JoinOf(node);
    node.reached_from_flow.clear();
    node.reached_from_node.clear();
    if (node.join == Join::kInclusive || node.join == Join::kComplex) FindWays(plan, index, node);
  }
}

bool HasInputOutputRule(const Node& node) {
  return std::any_of(node.output_sets.begin(), node.output_sets.end(),
                     [](const OutputSet& it) { return it.input_sets.has_value(); });
}

Index RootOf(const Plan& plan, Index node) {
  while (plan.nodes[node].parent != kNone) node = plan.nodes[node].parent;
  return node;
}

}  // namespace ameide::engine
