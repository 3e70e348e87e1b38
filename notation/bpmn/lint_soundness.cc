// What the flow of a process can never do: joins that no run satisfies (BPMN 2.0.2, 13.4.1 and 13.4.5). A
// finding is a proof; where the flow is too large to be sure, nothing is said.
//
// The proof reads the flow of one process or subprocess as a Petri net and computes a relation that holds all
// pairs of places which can have tokens at the same time (Kovalyov, "Concurrency relations and the safety
// problem for Petri nets", 1992). It may hold more than can happen, never less: conditions are taken to go
// either way.
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"
#include "notation/feel/expression.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

using Place = uint32_t;

/// Limits of one scope. The relation takes a bit for each pair of places; a run of single steps has no pairs
/// at all.
constexpr size_t kMostPlaces = 4'096;
constexpr size_t kMostPairs = 400'000;

struct Transition {
  std::vector<Place> inputs, outputs;
  bool repeats = false;  ///< gives several tokens to each output
  size_t missing = 0;    ///< pairs of inputs and inputs that have not had a token; 0: it can fire
};

class TokenNet {
 public:
  Place AddPlace() {
    consumers_.emplace_back();
    return static_cast<Place>(consumers_.size() - 1);
  }
  void AddTransition(std::vector<Place> inputs, std::vector<Place> outputs, bool repeats = false) {
    const size_t k = inputs.size();
    for (const Place input : inputs) consumers_[input].push_back(transitions_.size());
    transitions_.push_back({std::move(inputs), std::move(outputs), repeats, k + k * (k - 1) / 2});
  }
  size_t size() const { return consumers_.size(); }

  /// Computes the relation for a net that begins with one token on each of `beginning`. False when it is too
  /// large.
  bool Solve(const std::vector<Place>& beginning);

  bool Marked(Place place) const { return marked_[place]; }
  bool Together(Place a, Place b) const { return row_[a * words_ + b / 64] >> (b % 64) & 1; }

 private:
  void Mark(Place place);
  void Pair(Place a, Place b);
  void Fired(const Transition& transition);
  void Inherit(Place input, Place other);

  std::vector<Transition> transitions_;
  std::vector<std::vector<size_t>> consumers_;  ///< transitions by input
  std::vector<bool> marked_;
  std::vector<uint64_t> row_;
  size_t words_ = 0;
  std::vector<size_t> ready_;                  ///< transitions found able to fire, not yet fired
  std::vector<std::pair<Place, Place>> open_;  ///< pairs whose consequences are still to be drawn
};

void TokenNet::Mark(Place place) {
  if (marked_[place]) return;
  marked_[place] = true;
  for (const size_t index : consumers_[place]) {
    if (--transitions_[index].missing == 0) ready_.push_back(index);
  }
}

void TokenNet::Pair(Place a, Place b) {
  if (Together(a, b)) return;
  row_[a * words_ + b / 64] |= uint64_t{1} << (b % 64);
  row_[b * words_ + a / 64] |= uint64_t{1} << (a % 64);
  open_.emplace_back(a, b);
}

/// The transition can fire: its outputs have tokens, together with each other and with whatever is together
/// with all inputs.
void TokenNet::Fired(const Transition& transition) {
  for (const Place output : transition.outputs) Mark(output);
  for (size_t i = 0; i < transition.outputs.size(); ++i) {
    if (transition.repeats) Pair(transition.outputs[i], transition.outputs[i]);
    for (size_t j = 0; j < i; ++j) Pair(transition.outputs[i], transition.outputs[j]);
  }
  if (transition.inputs.empty()) return;
  const Place first = transition.inputs[0];
  for (size_t word = 0; word < words_; ++word) {
    for (uint64_t left = row_[first * words_ + word]; left != 0; left &= left - 1) {
      Inherit(first, static_cast<Place>(word * 64 + static_cast<size_t>(__builtin_ctzll(left))));
    }
  }
}

/// `other` can have a token beside `input`: what `input`'s transitions give tokens to can have them beside
/// it, too.
void TokenNet::Inherit(Place input, Place other) {
  for (const size_t index : consumers_[input]) {
    const Transition& transition = transitions_[index];
    if (transition.missing > 0) continue;
    bool beside_all = true;
    for (const Place each : transition.inputs) beside_all = beside_all && Together(each, other);
    if (!beside_all) continue;
    for (const Place output : transition.outputs) Pair(output, other);
  }
}

bool TokenNet::Solve(const std::vector<Place>& beginning) {
  if (size() > kMostPlaces) return false;
  words_ = (size() + 63) / 64;
  marked_.assign(size(), false);
  row_.assign(size() * words_, 0);
  for (const Place place : beginning) Mark(place);
  for (const Place a : beginning) {
    for (const Place b : beginning) {
      if (a != b) Pair(a, b);
    }
  }
  for (size_t drawn = 0; !open_.empty() || !ready_.empty();) {
    if (!ready_.empty()) {
      const size_t index = ready_.back();
      ready_.pop_back();
      Fired(transitions_[index]);
      continue;
    }
    if (++drawn > kMostPairs) return false;
    const auto [a, b] = open_.back();
    open_.pop_back();
    if (a != b) {  // two inputs of one join
      for (const size_t index : consumers_[a]) {
        Transition& transition = transitions_[index];
        if (transition.inputs.size() < 2 || consumers_[b].empty() || consumers_[b][0] != index) continue;
        if (--transition.missing == 0) ready_.push_back(index);
      }
    }
    Inherit(a, b);
    if (a != b) Inherit(b, a);
  }
  return true;
}

/// The net of one scope, and where its elements are in it.
class ScopeNet {
 public:
  ScopeNet(const LintContext& context, const Scope& scope);

  bool Solve() { return net_.Solve(beginning_); }
  const TokenNet& net() const { return net_; }
  Place PlaceOf(const Element& element);

 private:
  void AddNode(const Scope& scope, const Element& node, bool has_start);
  void AddBoundaries(const Element& activity);
  std::vector<Place> PlacesOf(const std::vector<Element>& elements) {
    std::vector<Place> places;
    for (const Element& element : elements) places.push_back(PlaceOf(element));
    return places;
  }

  const LintContext& context_;
  TokenNet net_;
  std::unordered_map<uint32_t, Place> places_;
  std::vector<Place> beginning_;
};

bool Begins(const LintContext& context, const Element& node, bool has_start) {
  if (node.type() == "startEvent" || node.flag("instantiate", false)) return true;
  if (node.type() == "boundaryEvent" || node.flag("triggeredByEvent", false)) return false;
  if (node.flag("isForCompensation", false) || HasDefinition(node, "linkEventDefinition")) return false;
  return !has_start && context.view.Incoming(node).empty();
}

/// Whether a node takes one of its outgoing flows only.
bool Chooses(const Element& node) {
  if (node.type() == "exclusiveGateway") return true;
  return node.type() == "eventBasedGateway" && node.attribute("eventGatewayType").value_or("") != "Parallel";
}

/// Whether a node may give several tokens to a flow for one that it takes.
bool Multiplies(const Element& node) {
  if (node.type() == "complexGateway") return true;
  return node.is(kActivity) && node.attribute("completionQuantity").value_or("1") != "1";
}

bool IsParallelJoin(const LintContext& context, const Element& node) {
  return node.type() == "parallelGateway" && context.view.Incoming(node).size() > 1;
}

/// A node that hands each token on, one by one: it and its flows are one place.
bool IsPassage(const LintContext& context, const Element& node) {
  if (!node.is(kFlowNode) || node.type() == "boundaryEvent" || node.flag("instantiate", false)) return false;
  return context.view.Incoming(node).size() == 1 && context.view.Outgoing(node).size() == 1 &&
         context.view.BoundaryEvents(node).empty() && !Multiplies(node) &&
         !HasDefinition(node, "linkEventDefinition");
}

Place ScopeNet::PlaceOf(const Element& element) {
  std::vector<Element> chain;  // of one place, from the last to the first
  std::unordered_set<uint32_t> seen;
  Element at = element;
  while (at && seen.insert(static_cast<uint32_t>(at.node())).second) {
    if (const auto known = places_.find(static_cast<uint32_t>(at.node())); known != places_.end()) break;
    chain.push_back(at);
    if (at.type() == "sequenceFlow") {
      const Element source = at.reference("sourceRef");
      at = IsPassage(context_, source) ? source : Element();
    } else {
      at = IsPassage(context_, at) ? context_.view.Incoming(at)[0] : Element();
    }
  }
  const auto known = at ? places_.find(static_cast<uint32_t>(at.node())) : places_.end();
  const Place place = known == places_.end() ? net_.AddPlace() : known->second;
  for (const Element& each : chain) places_.emplace(static_cast<uint32_t>(each.node()), place);
  return place;
}

void ScopeNet::AddBoundaries(const Element& activity) {
  for (const Element& event : context_.view.BoundaryEvents(activity)) {
    if (event.flag("cancelActivity", true)) {
      net_.AddTransition({PlaceOf(activity)}, {PlaceOf(event)});
    } else {
      net_.AddTransition({PlaceOf(activity)}, {PlaceOf(activity), PlaceOf(event)});
    }
  }
}

/// A node's own place has a token while it works; a join takes all its flows at once, every other node one of
/// them.
void ScopeNet::AddNode(const Scope& scope, const Element& node, bool has_start) {
  if (IsPassage(context_, node)) return;
  const Place working = PlaceOf(node);
  const std::vector<Place> incoming = PlacesOf(context_.view.Incoming(node));
  const std::vector<Place> outgoing = PlacesOf(context_.view.Outgoing(node));
  if (Begins(context_, node, has_start)) beginning_.push_back(working);
  if (IsParallelJoin(context_, node)) {
    net_.AddTransition(incoming, {working});
  } else {
    for (const Place flow : incoming) net_.AddTransition({flow}, {working});
  }
  if (Chooses(node)) {
    for (const Place flow : outgoing) net_.AddTransition({working}, {flow});
  } else if (!outgoing.empty()) {
    net_.AddTransition({working}, outgoing, Multiplies(node));
  }
  AddBoundaries(node);
  if (node.type() != "intermediateThrowEvent" || !HasDefinition(node, "linkEventDefinition")) return;
  for (const Element& target : scope.nodes) {  // any target will do: more than can happen is safe
    if (target.type() == "intermediateCatchEvent" && HasDefinition(target, "linkEventDefinition"))
      net_.AddTransition({working}, {PlaceOf(target)});
  }
}

ScopeNet::ScopeNet(const LintContext& context, const Scope& scope) : context_(context) {
  bool has_start = false;
  for (const Element& node : scope.nodes) has_start = has_start || node.type() == "startEvent";
  for (const Element& node : scope.nodes) AddNode(scope, node, has_start);
}

/// Whether a chain of flows leads to an element, whatever joins wait for.
std::unordered_set<uint32_t> ReachedFlows(const LintContext& context, const Scope& scope) {
  std::unordered_set<uint32_t> nodes, flows;
  std::vector<Element> open;
  bool has_start = false;
  for (const Element& node : scope.nodes) has_start = has_start || node.type() == "startEvent";
  const auto reach = [&](const Element& node) {
    if (node && nodes.insert(static_cast<uint32_t>(node.node())).second) open.push_back(node);
  };
  for (const Element& node : scope.nodes) {
    if (Begins(context, node, has_start) || HasDefinition(node, "linkEventDefinition")) reach(node);
  }
  while (!open.empty()) {
    const Element node = open.back();
    open.pop_back();
    for (const Element& event : context.view.BoundaryEvents(node)) reach(event);
    for (const Element& flow : context.view.Outgoing(node)) {
      flows.insert(static_cast<uint32_t>(flow.node()));
      reach(flow.reference("targetRef"));
    }
  }
  return flows;
}

/// Two flows into the join that never have tokens at the same time, though each can have one; empty when
/// there are none.
std::pair<Element, Element> NeverTogether(ScopeNet& net, const std::vector<Element>& incoming) {
  for (size_t i = 0; i < incoming.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const Place a = net.PlaceOf(incoming[i]), b = net.PlaceOf(incoming[j]);
      if (net.net().Marked(a) && net.net().Marked(b) && !net.net().Together(a, b))
        return {incoming[j], incoming[i]};
    }
  }
  return {};
}

void CheckJoins(const LintContext& context, Report& report, const Scope& scope,
                const std::vector<Element>& joins) {
  ScopeNet net(context, scope);
  if (!net.Solve()) return;
  const std::unordered_set<uint32_t> reached = ReachedFlows(context, scope);
  std::vector<Element> waiting;  // for a flow that only joins keep from having a token
  bool found = false;
  for (const Element& join : joins) {
    if (net.net().Marked(net.PlaceOf(join))) continue;
    const std::vector<Element>& incoming = context.view.Incoming(join);
    Element never, blocked;
    bool some = false;
    for (const Element& flow : incoming) {
      if (net.net().Marked(net.PlaceOf(flow)))
        some = true;
      else if (!reached.contains(static_cast<uint32_t>(flow.node())))
        never = flow;
      else
        blocked = flow;
    }
    const auto [first, second] = NeverTogether(net, incoming);
    if (first) {
      report.Add(
          join,
          absl::StrCat("can never be passed: it waits for ", LabelOf(first), " and ", LabelOf(second),
                       ", but only one of them is taken; use an exclusive gateway here, or a parallel one "
                       "where they part"));
    } else if (some && never) {
      report.Add(join, absl::StrCat("can never be passed: it waits for ", LabelOf(never),
                                    ", which nothing leads to; connect the flow's source or delete it"));
    } else if (some && blocked) {
      waiting.push_back(join);
      continue;
    } else {
      continue;  // nothing arrives: unreachable
    }
    found = true;
  }
  if (found) return;  // what waits behind another join is that join's fault
  for (const Element& join : waiting) {
    report.Add(
        join,
        "can never be passed: it waits for a flow that only goes on behind it; lead the loop back to an "
        "exclusive gateway in front of it");
  }
}

/// An activation condition that no number of flows makes true. It may read nothing else.
void CheckActivation(const LintContext& context, Report& report, const Element& gateway) {
  const auto condition = feel::Parse(gateway.child("activationCondition").text());
  const size_t flows = context.view.Incoming(gateway).size();
  constexpr size_t kMostFlows = 1'000;
  if (!condition.ok() || flows < 2 || flows > kMostFlows) return;
  const std::vector<std::string>& reads = condition->variables();
  const bool counts = reads.size() == 1 && reads[0] == "activationCount";
  if (!counts && !condition->is_constant()) return;
  feel::Context variables;
  for (size_t count = 1; count <= flows; ++count) {
    variables.Set("activationCount", feel::Value(static_cast<int64_t>(count)));
    if (feel::Evaluate(*condition, variables).is_true()) return;
  }
  report.Add(gateway,
             absl::StrCat("can never be passed: its activation condition is true for no number of its ",
                          flows, " incoming flows; correct the condition"));
}

void JoinNeverSatisfied(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (scope.ad_hoc) continue;  // anything there can happen at any time
    std::vector<Element> joins;
    for (const Element& node : scope.nodes) {
      if (IsParallelJoin(context, node)) joins.push_back(node);
      if (node.type() == "complexGateway") CheckActivation(context, report, node);
    }
    if (!joins.empty()) CheckJoins(context, report, scope, joins);
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/join-never-passed", Severity::kError, "A join that can never get the tokens it waits for",
      "13.4.1"},
     JoinNeverSatisfied,
     Reach::kWhole},
};

}  // namespace

std::span<const Rule> SoundnessRules() { return kRules; }

}  // namespace ameide::bpmn
