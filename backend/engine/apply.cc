// What each fact does to a state. Frozen per version of a fact: journals of every release are folded with
// this code, so a change of meaning is a new fact (or a new version of one), never an edit here.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "backend/engine/engine.h"

namespace ameide::engine {
namespace {

/// Moves all indices of a state from one plan to another.
class Migration {
 public:
  Migration(const Plan& plan, const InstanceMigrated& fact) : plan_(plan) {
    for (const auto& [from, to] : fact.nodes) nodes_[from] = to;
    for (const auto& [from, to] : fact.flows) flows_[from] = to;
  }

  /// False when something of the state has no place in the new plan.
  bool Move(InstanceState& state) {
    for (auto& [key, element] : state.elements) Node(element.node);
    for (auto& [key, timer] : state.timers) Place(timer.node, timer.definition);
    for (auto& [key, it] : state.subscriptions) Place(it.node, it.definition);
    for (auto& [key, record] : state.records) Node(record.node);
    for (auto& [key, run] : state.runs) {
      if (run.node != kNone) Node(run.node);
    }
    TokenQueue ready;
    for (Token token : state.ready.All()) {
      Flow(token.flow);
      ready.Push(token);
    }
    state.ready = std::move(ready);
    MoveJoins(state);
    return good_;
  }

 private:
  void MoveJoins(InstanceState& state) {
    decltype(state.parked) parked;
    for (const auto& [join, tokens] : state.parked) {
      JoinKey moved = join;
      Node(moved.node);
      for (const auto& [old, count] : tokens) {
        Index flow = old;
        Flow(flow);
        good_ = good_ && plan_.flows[flow].target == moved.node;
        parked[moved][flow] += count;
      }
    }
    state.parked = std::move(parked);
    decltype(state.resetting) resetting;
    for (const auto& [join, flows] : state.resetting) {
      JoinKey moved = join;
      Node(moved.node);
      for (Index flow : flows) {
        Flow(flow);
        resetting[moved].push_back(flow);
      }
    }
    state.resetting = std::move(resetting);
  }
  void Node(Index& node) { By(nodes_, plan_.nodes.size(), node); }
  void Flow(Index& flow) { By(flows_, plan_.flows.size(), flow); }
  void Place(Index& node, uint32_t definition) {
    Node(node);
    good_ = good_ && definition < plan_.nodes[node].definitions.size();
  }
  void By(const std::map<Index, Index>& moves, size_t size, Index& index) {
    const auto found = moves.find(index);
    good_ = good_ && found != moves.end() && found->second < size;
    if (good_) index = found->second;
  }

  const Plan& plan_;
  std::map<Index, Index> nodes_, flows_;
  bool good_ = true;
};

/// Applies one fact; every method answers whether the fact fits the state.
class Applier {
 public:
  Applier(const Plan& plan, InstanceState& state) : plan_(plan), state_(state) {}

  bool operator()(const InstanceStarted& fact) {
    if (state_.status != InstanceStatus::kNew) return false;
    state_.status = InstanceStatus::kActive;
    state_.started_at = fact.at;
    ElementInstance& process = state_.elements[kProcessKey];
    process.key = kProcessKey;
    process.node = 0;
    process.variables = fact.variables;
    state_.next_key = kProcessKey + 1;
    return true;
  }

  bool operator()(const ElementActivated& fact) {
    ElementInstance* scope = Element(fact.scope);
    if (scope == nullptr || !IsNode(fact.node) || !Take(fact.key) || !Consume(*scope, fact.node, fact.via))
      return false;
    ++scope->inside;
    ElementInstance& element =
        state_.elements.emplace_hint(state_.elements.end(), fact.key, ElementInstance())->second;
    element.key = fact.key;
    element.node = fact.node;
    element.scope = fact.scope;
    element.phase = fact.phase;
    if (plan_.nodes[fact.node].kind == NodeKind::kProcess) state_.calls.insert(fact.key);
    if (LoopState* loop = LoopAround(element)) ++loop->started;
    return true;
  }

  bool operator()(const ElementPassed& fact) {
    ElementInstance* scope = Element(fact.scope);
    return scope != nullptr && IsNode(fact.node) && Consume(*scope, fact.node, fact.via) &&
           Produce(*scope, fact.taken);
  }

  bool operator()(const TokenParked& fact) {
    const Token token{fact.scope, fact.flow};
    if (state_.ready.empty() || state_.ready.front() != token) return false;
    state_.ready.Pop();
    ++state_.parked[{token.scope, plan_.flows[token.flow].target}][token.flow];
    return true;
  }

  bool operator()(const TokensCleared& fact) {
    ElementInstance* scope = Element(fact.scope);
    if (scope == nullptr) return false;
    const uint64_t removed = RemoveTokens(fact.scope);
    if (removed > scope->inside) return false;
    scope->inside -= removed;
    return true;
  }

  bool operator()(const PhaseChanged& fact) {
    ElementInstance* element = Element(fact.element);
    if (element == nullptr) return false;
    element->phase = fact.phase;
    return true;
  }

  bool operator()(const ElementCompleted& fact) {
    ElementInstance* element = Element(fact.key);
    if (element == nullptr || element->inside != 0) return false;
    if (LoopState* loop = LoopAround(*element)) ++loop->completed;
    return Leave(*element, fact.taken);
  }

  bool operator()(const ElementTerminated& fact) {
    ElementInstance* element = Element(fact.key);
    if (element == nullptr || RemoveTokens(fact.key) != element->inside) return false;
    if (LoopState* loop = LoopAround(*element)) ++loop->terminated;
    return Leave(*element, {});
  }

  bool operator()(const VariablesSet& fact) {
    ElementInstance* scope = Element(fact.scope);
    if (scope == nullptr) return false;
    for (const auto& [name, value] : fact.values) scope->variables.Set(name, value);
    return true;
  }

  bool operator()(const JobCreated& fact) {
    ElementInstance* element = Element(fact.element);
    if (element == nullptr || element->job != kNoKey || !Take(fact.key)) return false;
    element->job = fact.key;
    Job& job = state_.jobs[fact.key];
    job.key = fact.key;
    job.element = fact.element;
    job.type = fact.type;
    job.retries = fact.retries;
    return true;
  }

  bool operator()(const JobCompleted& fact) {
    const auto job = state_.jobs.find(fact.key);
    if (job == state_.jobs.end()) return false;
    if (ElementInstance* element = Element(job->second.element)) element->job = kNoKey;
    state_.jobs.erase(job);
    return true;
  }

  bool operator()(const JobFailed& fact) {
    const auto job = state_.jobs.find(fact.key);
    if (job == state_.jobs.end()) return false;
    job->second.retries = fact.retries_left;
    job->second.not_before = fact.retry_at;
    ++job->second.attempts;
    return true;
  }

  bool operator()(const JobRetried& fact) {
    const auto job = state_.jobs.find(fact.key);
    if (job == state_.jobs.end()) return false;
    job->second.retries = fact.retries;
    job->second.activation = fact.activation;
    job->second.not_before = {};
    return true;
  }

  bool operator()(const UserTaskCreated& fact) {
    ElementInstance* element = Element(fact.element);
    if (element == nullptr || element->user_task != kNoKey || !Take(fact.key)) return false;
    element->user_task = fact.key;
    state_.user_tasks[fact.key] = {fact.key,      fact.element, fact.candidate_groups,
                                   fact.assignee, fact.details, {}};
    return true;
  }

  bool operator()(const UserTaskCompleted& fact) {
    const auto task = state_.user_tasks.find(fact.key);
    if (task == state_.user_tasks.end()) return false;
    if (ElementInstance* element = Element(task->second.element)) element->user_task = kNoKey;
    state_.user_tasks.erase(task);
    return true;
  }

  bool operator()(const TimerScheduled& fact) {
    ElementInstance* element = Element(fact.element);
    if (element == nullptr || !IsNode(fact.node) || !Take(fact.key)) return false;
    element->timers.push_back(fact.key);
    state_.timers[fact.key] = {fact.key,         fact.element,  fact.node, fact.due,        fact.cycle,
                               fact.repetitions, fact.interval, fact.end,  fact.definition, fact.cron};
    return true;
  }

  bool operator()(const TimerFired& fact) { return RemoveTimer(fact.key); }

  bool operator()(const ErrorThrown& fact) { return Element(fact.element) != nullptr; }

  bool operator()(const IncidentCreated& fact) {
    ElementInstance* element = Element(fact.element);
    if (element == nullptr || element->incident != kNoKey || !Take(fact.key)) return false;
    element->incident = fact.key;
    state_.incidents[fact.key] = {fact.key, fact.element, fact.kind, fact.message};
    return true;
  }

  bool operator()(const IncidentResolved& fact) {
    const auto incident = state_.incidents.find(fact.key);
    if (incident == state_.incidents.end()) return false;
    if (ElementInstance* element = Element(incident->second.element)) element->incident = kNoKey;
    state_.incidents.erase(incident);
    return true;
  }

  // Facts of semantics 2.

  bool operator()(const TokensConsumed& fact) {
    ElementInstance* scope = Element(fact.scope);
    const auto parked = state_.parked.find({fact.scope, fact.node});
    if (scope == nullptr || parked == state_.parked.end()) return false;
    for (const auto& [flow, count] : fact.tokens) {
      const auto tokens = parked->second.find(flow);
      if (tokens == parked->second.end() || tokens->second < count || scope->inside < count || count == 0)
        return false;
      tokens->second -= count;
      scope->inside -= count;
      if (tokens->second == 0) parked->second.erase(tokens);
    }
    if (parked->second.empty()) state_.parked.erase(parked);
    return true;
  }

  bool operator()(const TokensProduced& fact) {
    ElementInstance* scope = Element(fact.scope);
    return scope != nullptr && Produce(*scope, fact.flows);
  }

  bool operator()(const GatewayPhaseChanged& fact) {
    if (Element(fact.scope) == nullptr || !IsNode(fact.node)) return false;
    if (fact.received.empty()) return state_.resetting.erase({fact.scope, fact.node}) == 1;
    state_.resetting[{fact.scope, fact.node}] = fact.received;
    return true;
  }

  bool operator()(const LoopOpened& fact) {
    if (Element(fact.element) == nullptr) return false;
    const auto [loop, is_new] = state_.loops.try_emplace(fact.element);
    loop->second.total = fact.total;
    loop->second.items = fact.items;
    return is_new;
  }

  bool operator()(const LoopAdvanced& fact) {
    const auto loop = state_.loops.find(fact.element);
    if (loop == state_.loops.end()) return false;
    ++loop->second.started;
    return true;
  }

  bool operator()(const LoopChecked& fact) {
    const auto loop = state_.loops.find(fact.element);
    if (loop == state_.loops.end()) return false;
    loop->second.checked = fact.completed;
    return true;
  }

  bool operator()(const LoopOutput& fact) {
    const auto loop = state_.loops.find(fact.element);
    if (loop == state_.loops.end()) return false;
    loop->second.outputs[fact.index] = fact.value;
    return true;
  }

  bool operator()(const ElementPostponed& fact) {
    if (Element(fact.element) == nullptr) return false;
    state_.postponed.push_back(fact.element);
    return true;
  }

  bool operator()(const ElementResumed& fact) { return std::erase(state_.postponed, fact.element) == 1; }

  bool operator()(const Subscribed& fact) {
    ElementInstance* element = Element(fact.element);
    if (element == nullptr || !IsNode(fact.node) || !Take(fact.key)) return false;
    element->subscriptions.push_back(fact.key);
    state_.subscriptions[fact.key] = {fact.key,     fact.element, fact.node,        fact.definition,
                                      fact.trigger, fact.name,    fact.correlation, false};
    return true;
  }

  bool operator()(const SubscriptionClosed& fact) {
    const auto found = state_.subscriptions.find(fact.key);
    if (found == state_.subscriptions.end()) return false;
    if (ElementInstance* element = Element(found->second.element)) {
      std::erase(element->subscriptions, fact.key);
    }
    state_.subscriptions.erase(found);
    return true;
  }

  bool operator()(const ConditionChanged& fact) {
    const auto found = state_.subscriptions.find(fact.subscription);
    if (found == state_.subscriptions.end()) return false;
    found->second.holds = fact.holds;
    return true;
  }

  bool operator()(const TimerCanceled& fact) { return RemoveTimer(fact.key); }
  bool operator()(const MessageSent& fact) { return Element(fact.element) != nullptr; }
  bool operator()(const SignalThrown& fact) { return Element(fact.element) != nullptr; }
  bool operator()(const EscalationThrown& fact) { return Element(fact.element) != nullptr; }

  bool operator()(const CompensationRecorded& fact) {
    if (Element(fact.element) == nullptr || Element(fact.scope) == nullptr || !IsNode(fact.node) ||
        !Take(fact.key))
      return false;
    state_.records[fact.key] = {fact.key,  fact.element,   fact.scope,
                                fact.node, fact.container, fact.variables};
    return true;
  }

  bool operator()(const CompensationStarted& fact) {
    if (Element(fact.element) == nullptr) return false;
    const CompensationRun run{fact.scope, fact.node, state_.next_key, false};
    return state_.runs.emplace(fact.element, run).second;
  }

  bool operator()(const CompensationTaken& fact) { return state_.records.erase(fact.record) == 1; }

  bool operator()(const CompensationOpened& fact) {
    ElementInstance* scope = Element(fact.scope);
    const auto record = state_.records.find(fact.record);
    if (scope == nullptr || record == state_.records.end() || !record->second.container || !Take(fact.key))
      return false;
    ++scope->inside;
    ElementInstance& element = state_.elements[fact.key];
    element.key = fact.key;
    element.node = record->second.node;
    element.scope = fact.scope;
    element.variables = std::move(record->second.variables);
    if (plan_.nodes[element.node].kind == NodeKind::kProcess) state_.calls.insert(fact.key);
    // What is handled by an event subprocess leaves nothing to be undone by default.
    state_.runs[fact.key] = {record->second.element, kNone, fact.handled ? kNoKey : fact.key, true};
    state_.records.erase(record);
    return true;
  }

  bool operator()(const CompensationEnded& fact) { return state_.runs.erase(fact.element) == 1; }

  bool operator()(const SuspensionChanged& fact) {
    if (state_.status != InstanceStatus::kActive || state_.suspended == fact.suspended) return false;
    state_.suspended = fact.suspended;
    return true;
  }

  bool operator()(const UserTaskAssigned& fact) {
    const auto task = state_.user_tasks.find(fact.key);
    if (task == state_.user_tasks.end()) return false;
    task->second.assignee = fact.assignee;
    task->second.owner = fact.owner;
    return true;
  }

  bool operator()(const InstanceMigrated& fact) {
    return state_.status == InstanceStatus::kActive && Migration(plan_, fact).Move(state_);
  }

  bool operator()(const InputSetSelected& fact) {
    return Element(fact.element) != nullptr && fact.input_set != kNone &&
           state_.input_sets.emplace(fact.element, fact.input_set).second;
  }

  bool operator()(const InstanceEnded& fact) {
    if (state_.status != InstanceStatus::kActive || !state_.elements.empty()) return false;
    state_.status =
        fact.state == EndState::kCompleted ? InstanceStatus::kCompleted : InstanceStatus::kTerminated;
    return true;
  }

 private:
  bool IsNode(Index node) const { return node < plan_.nodes.size(); }

  ElementInstance* Element(Key key) {
    const auto found = state_.elements.find(key);
    return found == state_.elements.end() ? nullptr : &found->second;
  }

  /// The repetition that an element is an instance of.
  LoopState* LoopAround(const ElementInstance& element) {
    if (state_.loops.empty()) return nullptr;
    const auto loop = state_.loops.find(element.scope);
    if (loop == state_.loops.end()) return nullptr;
    const ElementInstance* body = Element(element.scope);
    return body != nullptr && body->node == element.node ? &loop->second : nullptr;
  }

  bool RemoveTimer(Key key) {
    const auto timer = state_.timers.find(key);
    if (timer == state_.timers.end()) return false;
    if (ElementInstance* element = Element(timer->second.element)) std::erase(element->timers, key);
    state_.timers.erase(timer);
    return true;
  }

  /// Records below a scope that nobody can ask for any more.
  void ForgetRecords(Key scope) {
    std::vector<Key> scopes = {scope};
    while (!scopes.empty()) {
      const Key inside = scopes.back();
      scopes.pop_back();
      for (auto it = state_.records.begin(); it != state_.records.end();) {
        if (it->second.scope != inside) {
          ++it;
          continue;
        }
        if (it->second.container) scopes.push_back(it->second.element);
        it = state_.records.erase(it);
      }
    }
  }

  bool Take(Key key) {
    if (key != state_.next_key) return false;
    ++state_.next_key;
    return true;
  }

  /// Takes the tokens that activate `node`: the queue's first one; for a join also one on each other incoming
  /// flow.
  bool Consume(ElementInstance& scope, Index node, Index via) {
    if (via == kNone) return true;
    if (state_.ready.empty() || state_.ready.front() != Token{scope.key, via}) return false;
    state_.ready.Pop();
    uint64_t taken = 1;
    if (plan_.nodes[node].join == Join::kParallel) {
      const auto parked = state_.parked.find({scope.key, node});
      if (parked == state_.parked.end()) return false;
      for (const Index flow : plan_.nodes[node].incoming) {
        if (flow == via) continue;
        const auto tokens = parked->second.find(flow);
        if (tokens == parked->second.end()) return false;
        if (--tokens->second == 0) parked->second.erase(tokens);
        ++taken;
      }
      if (parked->second.empty()) state_.parked.erase(parked);
    }
    if (taken > scope.inside) return false;
    scope.inside -= taken;
    return true;
  }

  bool Produce(ElementInstance& scope, const std::vector<Index>& flows) {
    for (const Index flow : flows) {
      if (flow >= plan_.flows.size()) return false;
      state_.ready.Push({scope.key, flow});
      ++scope.inside;
    }
    return true;
  }

  uint64_t RemoveTokens(Key scope) {
    uint64_t removed = state_.ready.RemoveScope(scope);
    const auto begin = state_.parked.lower_bound({scope, 0});
    auto end = begin;
    for (; end != state_.parked.end() && end->first.scope == scope; ++end) {
      for (const auto& [flow, count] : end->second) removed += count;
    }
    state_.parked.erase(begin, end);
    state_.resetting.erase(state_.resetting.lower_bound({scope, 0}),
                           state_.resetting.lower_bound({scope + 1, 0}));
    return removed;
  }

  /// Removes an element instance with what belongs to it.
  bool Leave(ElementInstance& element, const std::vector<Index>& taken) {
    if (element.job != kNoKey) state_.jobs.erase(element.job);
    if (element.user_task != kNoKey) state_.user_tasks.erase(element.user_task);
    if (element.incident != kNoKey) state_.incidents.erase(element.incident);
    for (const Key timer : element.timers) state_.timers.erase(timer);
    for (const Key subscription : element.subscriptions) state_.subscriptions.erase(subscription);
    LeaveSecondVersion(element.key);
    if (element.key == kProcessKey) {
      state_.results = std::move(element.variables);
      state_.elements.erase(kProcessKey);
      return taken.empty();
    }
    ElementInstance* scope = Element(element.scope);
    state_.elements.erase(element.key);
    if (scope == nullptr || scope->inside == 0) return false;
    --scope->inside;
    return Produce(*scope, taken);
  }

  void LeaveSecondVersion(Key key) {
    if (!state_.loops.empty()) state_.loops.erase(key);
    if (!state_.calls.empty()) state_.calls.erase(key);
    if (!state_.input_sets.empty()) state_.input_sets.erase(key);
    if (!state_.postponed.empty()) std::erase(state_.postponed, key);
    if (!state_.resetting.empty()) {
      state_.resetting.erase(state_.resetting.lower_bound({key, 0}),
                             state_.resetting.lower_bound({key + 1, 0}));
    }
    if (const auto run = state_.runs.find(key); run != state_.runs.end()) {
      if (run->second.container) ForgetRecords(run->second.scope);
      state_.runs.erase(run);
    }
    if (state_.records.empty()) return;
    const CompensationRecord& last = state_.records.rbegin()->second;
    if (!last.container || last.element != key) ForgetRecords(key);
  }

  const Plan& plan_;
  InstanceState& state_;
};

}  // namespace

absl::Status CheckedApply(const Plan& plan, InstanceState& state, const Fact& fact) {
  if (std::visit(Applier(plan, state), fact)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the journal's fact ", std::string(FactName(fact)),
                   " does not fit the state before it; the journal is damaged or belongs to "
                   "another plan: restore it from a backup"));
}

void Apply(const Plan& plan, InstanceState& state, const Fact& fact) {
  if (std::visit(Applier(plan, state), fact)) return;
  std::fprintf(stderr, "engine: fact %s does not fit its state\n", std::string(FactName(fact)).c_str());
  std::abort();
}

}  // namespace ameide::engine
