// What each fact does to a state. Frozen per version of a fact: journals of every release are folded with
// this code, so a change of meaning is a new fact (or a new version of one), never an edit here.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "backend/engine/engine.h"

namespace ameide::engine {
namespace {

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
    return Leave(*element, fact.taken);
  }

  bool operator()(const ElementTerminated& fact) {
    ElementInstance* element = Element(fact.key);
    if (element == nullptr || RemoveTokens(fact.key) != element->inside) return false;
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
    state_.user_tasks[fact.key] = {fact.key, fact.element, fact.candidate_groups, fact.assignee};
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
    state_.timers[fact.key] = {fact.key,   fact.element,     fact.node,     fact.due,
                               fact.cycle, fact.repetitions, fact.interval, fact.end};
    return true;
  }

  bool operator()(const TimerFired& fact) {
    const auto timer = state_.timers.find(fact.key);
    if (timer == state_.timers.end()) return false;
    if (ElementInstance* element = Element(timer->second.element)) std::erase(element->timers, fact.key);
    state_.timers.erase(timer);
    return true;
  }

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
    if (IsJoin(plan_.nodes[node])) {
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
    return removed;
  }

  /// Removes an element instance with what belongs to it.
  bool Leave(ElementInstance& element, const std::vector<Index>& taken) {
    if (element.job != kNoKey) state_.jobs.erase(element.job);
    if (element.user_task != kNoKey) state_.user_tasks.erase(element.user_task);
    if (element.incident != kNoKey) state_.incidents.erase(element.incident);
    for (const Key timer : element.timers) state_.timers.erase(timer);
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
