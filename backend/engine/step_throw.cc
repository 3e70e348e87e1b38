// Events that are thrown, and who catches them.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "backend/engine/step.h"

namespace ameide::engine {
namespace {

/// A key of which a part is missing correlates with nothing.
bool IsWhole(const feel::Value& key) {
  const feel::List* parts = key.list();
  return !key.is_null() &&
         (parts == nullptr ||
          std::none_of(parts->begin(), parts->end(), [](const auto& part) { return part.is_null(); }));
}

}  // namespace

/// A throw or end event does all that its definitions say (clause 13.5.6): first what lets it go on, then
/// what ends it.
void Stepper::ThrowAll(Key key) {
  std::vector<Heard> heard;
  if (!Send(key, heard)) return;
  const Node& node = NodeOf(Element(key));
  const Key scope = Element(key).scope;
  std::vector<Catcher> catchers;
  for (const EventDefinition& definition : node.definitions) {
    if (definition.trigger != Trigger::kEscalation) continue;
    if (const std::optional<Catcher> catcher = Escalate(key, definition.code)) catchers.push_back(*catcher);
  }
  const bool goes_on = std::all_of(node.definitions.begin(), node.definitions.end(), [](const auto& it) {
    return it.trigger == Trigger::kMessage || it.trigger == Trigger::kSignal ||
           it.trigger == Trigger::kEscalation;
  });
  if (goes_on) {
    // It has been thrown before it is heard or caught, and its scope does not end before that.
    opening_.push_back(scope);
    WorkDone(key, {});
    CatchAll(catchers);
    Hear(heard);
    opening_.pop_back();
    AfterExit(scope);
    return;
  }
  CatchAll(catchers);
  Hear(heard);
  if (!Exists(key)) return;
  const auto find = [&](Trigger trigger) {
    return std::find_if(node.definitions.begin(), node.definitions.end(),
                        [&](const EventDefinition& it) { return it.trigger == trigger; });
  };
  const auto none = node.definitions.end();
  if (const auto error = find(Trigger::kError); error != none) {
    ThrowError(key, error->code, {});
  } else if (find(Trigger::kTerminate) != none) {
    Emit(ElementCompleted{key, {}});
    TerminateAround(scope);
  } else if (find(Trigger::kCancel) != none) {
    Emit(ElementCompleted{key, {}});
    CancelTransaction(scope);
  } else if (const auto compensation = find(Trigger::kCompensation); compensation != none) {
    Compensate(key, *compensation);
  } else {
    WorkDone(key, {});
  }
}

/// Messages and signals. Every expression is asked before the first is sent; false after an incident.
bool Stepper::Send(Key key, std::vector<Heard>& heard) {
  const Node& node = NodeOf(Element(key));
  std::vector<Armed> all;
  for (uint32_t index = 0; index < node.definitions.size(); ++index) {
    const EventDefinition& definition = node.definitions[index];
    if (definition.trigger != Trigger::kMessage && definition.trigger != Trigger::kSignal) continue;
    Outcome<std::string> name = EvaluateText(definition.name, key, "a name (a string)");
    Outcome<feel::Value> correlation;
    if (definition.correlation != kNone) correlation = Evaluate(definition.correlation, key);
    if (!name.ok() || !correlation.ok()) {
      Raise(key, std::move(name.ok() ? *correlation.problem : *name.problem));
      return false;
    }
    Armed armed{Element(key).node, index, definition.trigger, {}, std::move(name.value), {}};
    if (IsWhole(correlation.value)) armed.correlation = feel::ToText(correlation.value);
    all.push_back(std::move(armed));
  }
  const feel::Context payload = node.inputs.empty() ? feel::Context() : Element(key).variables;
  for (Armed& armed : all) {
    if (armed.trigger == Trigger::kSignal) {
      ThrowSignal(key, armed.name, payload, heard);
      continue;
    }
    Emit(MessageSent{key, armed.name, armed.correlation});
    decision_.commands.push_back(PublishMessage{key, armed.node, std::move(armed.name),
                                                std::move(armed.correlation),
                                                node.definitions[armed.definition].receiver, payload});
  }
  return true;
}

/// A signal reaches everybody who waits for it now: in this instance (they are added to `heard`), and the
/// others through the host.
void Stepper::ThrowSignal(Key key, const std::string& name, const feel::Context& payload,
                          std::vector<Heard>& heard) {
  Emit(SignalThrown{key, name});
  decision_.commands.push_back(BroadcastSignal{key, Element(key).node, name, payload});
  for (const auto& [subscription, it] : state_.subscriptions) {
    if (it.trigger == Trigger::kSignal && it.name == name) heard.push_back({subscription, payload});
  }
}

void Stepper::Hear(const std::vector<Heard>& heard) {
  for (const Heard& it : heard) {
    const auto found = state_.subscriptions.find(it.subscription);
    if (found == state_.subscriptions.end()) continue;  // who waited was ended by one before
    const Subscription subscription = found->second;
    if (IsUsedUp(plan_.nodes[subscription.node])) {
      decision_.commands.push_back(CloseSubscription{it.subscription});
      Emit(SubscriptionClosed{it.subscription});
    }
    Occur(subscription.element, subscription.node, it.payload);
  }
}

/// What a multi-instance activity throws as its instances complete.
void Stepper::ThrowOne(Key key, const EventDefinition& definition) {
  const Index node = Element(key).node;
  switch (definition.trigger) {
    case Trigger::kSignal: {
      const Outcome<std::string> name = EvaluateText(definition.name, key, "a name (a string)");
      std::vector<Heard> heard;
      ThrowSignal(key, name.value, {}, heard);
      Hear(heard);
      return;
    }
    case Trigger::kMessage: {
      const Outcome<std::string> name = EvaluateText(definition.name, key, "a name (a string)");
      Emit(MessageSent{key, name.value, {}});
      decision_.commands.push_back(PublishMessage{key, node, name.value, {}, definition.receiver, {}});
      return;
    }
    case Trigger::kEscalation:
      if (const std::optional<Catcher> catcher = Escalate(key, definition.code)) Catch(*catcher);
      return;
    case Trigger::kError:
      ThrowError(key, definition.code, {});
      return;
    default:
      return;  // the compiler refuses the others
  }
}

/// The node with a definition for the code, or else one for all.
Index Stepper::MatchAmong(const std::vector<Index>& nodes, Trigger trigger, const std::string& code) const {
  Index any = kNone;
  for (const Index node : nodes) {
    for (const EventDefinition& definition : plan_.nodes[node].definitions) {
      if (definition.trigger != trigger) continue;
      if (definition.code == code) return node;
      if (definition.code.empty() && any == kNone) any = node;
    }
  }
  return any;
}

/// From inside outwards: the activity's boundary events, then the event subprocesses beside it
/// (clauses 10.5.6, 13.5.4). An event subprocess does not catch what it throws itself. Beside one that has
/// interrupted its scope, or with only such left of it, no other begins (clause 13.3.2).
std::optional<Catcher> Stepper::FindCatcher(Key key, Trigger trigger, const std::string& code) const {
  for (Key at = key; at != kNoKey; at = Element(at).scope) {
    const ElementInstance& element = Element(at);
    if (!IsInner(element) && !IsContainer(at)) {
      const Index boundary = MatchAmong(NodeOf(element).boundaries, trigger, code);
      if (boundary != kNone) return Catcher{at, boundary};
    }
    if (element.scope == kNoKey) continue;
    const ElementInstance& scope = Element(element.scope);
    if (IsContainer(scope.key) || scope.node == element.node) continue;
    const bool is_handler = NodeOf(element).kind == NodeKind::kEventSubProcess;
    if (is_handler && HasOnlyHandlers(scope)) continue;
    std::vector<Index> starts;
    for (const Index sub : NodeOf(scope).event_subprocesses) {
      if (sub != element.node) starts.push_back(plan_.nodes[sub].entries[0]);
    }
    const Index start = MatchAmong(starts, trigger, code);
    if (start != kNone) return Catcher{scope.key, start};
  }
  return std::nullopt;
}

void Stepper::Catch(const Catcher& catcher) {
  if (plan_.nodes[catcher.node].kind == NodeKind::kBoundaryEvent) {
    FireBoundary(catcher.owner, catcher.node, {});
  } else {
    FireEventSubProcess(catcher.owner, catcher.node, {});
  }
}

/// Several at once. An activity or scope that an earlier one has interrupted catches no more of them.
void Stepper::CatchAll(const std::vector<Catcher>& catchers) {
  std::vector<Key> interrupted;
  for (const Catcher& catcher : catchers) {
    if (!Exists(catcher.owner) ||
        std::find(interrupted.begin(), interrupted.end(), catcher.owner) != interrupted.end())
      continue;
    if (plan_.nodes[catcher.node].interrupting) interrupted.push_back(catcher.owner);
    Catch(catcher);
  }
}

/// An error ends the activity that it is caught at (clause 13.5.2). What nobody catches is an incident.
void Stepper::ThrowError(Key key, const std::string& code, const std::string& message) {
  if (const std::optional<Catcher> catcher = FindCatcher(key, Trigger::kError, code)) {
    Emit(ErrorThrown{key, code, catcher->node});
    Catch(*catcher);
    return;
  }
  Emit(ErrorThrown{key, code, kNone});
  Raise(key, {IncidentKind::kError,
              absl::StrCat("no boundary event or event subprocess catches the error ",
                           code.empty() ? "without a code" : code, message.empty() ? "" : ": ", message,
                           "; publish a model that catches it, or resolve the incident to try again")});
}

/// An escalation ends nothing by itself, and one that nobody catches is over (clause 13.5.2).
std::optional<Catcher> Stepper::Escalate(Key key, const std::string& code) {
  const std::optional<Catcher> catcher = FindCatcher(key, Trigger::kEscalation, code);
  Emit(EscalationThrown{key, code, catcher ? catcher->node : kNone});
  return catcher;
}

/// A terminate end event: everything else in its scope ends (clause 13.5.6).
void Stepper::TerminateAround(Key scope) {
  TerminateInside(scope);
  if (scope != kProcessKey) {
    if (Element(scope).inside != 0) Emit(TokensCleared{scope});
    WorkDone(scope, {});
    return;
  }
  Withdraw(Element(scope));
  Emit(ElementTerminated{scope});
  Emit(InstanceEnded{EndState::kTerminated});
  decision_.commands.push_back(EndInstance{EndState::kTerminated});
}

/// A cancel end event: the transaction stops, what was done in it is undone, then its cancel event is next
/// (clause 13.3.4, 13.5.6).
void Stepper::CancelTransaction(Key scope) {
  while (NodeOf(Element(scope)).kind != NodeKind::kTransaction && Element(scope).scope != kNoKey) {
    scope = Element(scope).scope;
  }
  TerminateInside(scope);
  if (Element(scope).inside != 0) Emit(TokensCleared{scope});
  CancelWaits(scope, false);
  Emit(PhaseChanged{scope, Phase::kCancelling});
  Emit(CompensationStarted{scope, RecordsOf(scope), kNone});
  ContinueCompensation(scope);
}

void Stepper::LeaveCanceled(Key transaction) {
  const Key host = IsInner(Element(transaction)) ? Element(transaction).scope : transaction;
  const Key scope = Element(host).scope;
  const Index boundary = MatchAmong(NodeOf(Element(host)).boundaries, Trigger::kCancel, {});
  Terminate(host);
  if (boundary == kNone) {
    AfterExit(scope);
  } else {
    EnterTriggered(boundary, scope, {});
  }
}

}  // namespace ameide::engine
