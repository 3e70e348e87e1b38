// Messages: their names, who may receive them, and the keys that tell them apart (BPMN 2.0.2, clauses 8.3.2,
// 8.4.2 and 9.4); what begins instances in one conversation (clause 13.2).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/compiler/process_compiler.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kZeebeNamespace;
using engine::Index;
using engine::kNone;

namespace {

std::string NameOf(const Element& message) { return message.name().empty() ? message.id() : message.name(); }

/// The message that an event, a send or a receive task names itself.
Element MessageAt(const bpmn::Definitions& view, const Element& element) {
  if (const Element message = element.reference("messageRef")) return message;
  for (const Element& definition : DefinitionsOf(view, element)) {
    if (const Element message = definition.reference("messageRef")) return message;
  }
  return {};
}

/// What goes over a message flow: what the flow says, what one of its ends says, or the flow itself.
std::string NameOnFlow(const bpmn::Definitions& view, const Element& flow) {
  for (const Element& message : {flow.reference("messageRef"), MessageAt(view, flow.reference("sourceRef")),
                                 MessageAt(view, flow.reference("targetRef"))}) {
    if (message) return NameOf(message);
  }
  return absl::StrCat("message flow ", flow.id());
}

/// The id of the process that a message flow's end is in or stands for; a pool without a process is outside.
std::string ProcessAt(const Element& end) {
  if (end.type() == "participant") {
    const Element process = end.reference("processRef");
    return process ? process.id() : absl::StrCat("participant ", end.id());
  }
  Element at = end;
  while (at && at.type() != "process") at = at.parent();
  return at.id();
}

/// The expression with which a correlation property reads a message.
std::string RetrievalOf(const Element& property, const Element& message) {
  for (const Element& retrieval : property.children("correlationPropertyRetrievalExpression")) {
    if (retrieval.reference("messageRef") == message) return retrieval.child("messagePath").text();
  }
  return "";
}

std::string WithoutMarker(const std::string& text) { return text.starts_with("=") ? text.substr(1) : text; }

/// One expression for several: a list.
std::string Together(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return texts[0];
  return absl::StrCat("[", absl::StrJoin(texts, ", "), "]");
}

std::vector<Element> PropertiesOf(const bpmn::Definitions& view, const Element& key) {
  std::vector<Element> properties;
  for (const Element& reference : key.children("correlationPropertyRef")) {
    properties.push_back(view.Resolve(reference, reference.text()));
  }
  return properties;
}

std::string ZeebeKeyOf(const Element& message) {
  return message.extension(kZeebeNamespace, "subscription").attribute("correlationKey").value_or("");
}

/// How the key reads the message, property by property; empty where it cannot read all of it.
std::vector<std::string> RetrievalsOf(const bpmn::Definitions& view, const Element& key,
                                      const Element& message) {
  std::vector<std::string> texts;
  for (const Element& property : PropertiesOf(view, key)) {
    texts.push_back(WithoutMarker(RetrievalOf(property, message)));
    if (texts.back().empty()) return {};
  }
  return texts;
}

/// The first key of the file that can read the message.
Element KeyOf(const bpmn::Definitions& view, const Element& message) {
  for (const Element& key : view.OfType("correlationKey")) {
    if (!RetrievalsOf(view, key, message).empty()) return key;
  }
  return {};
}

/// What a conversation says of who takes part in it.
enum class TakesPart : uint8_t { kNone, kByPool, kByFlow };

/// Whether an event of a process that gets the message takes part in a conversation (or collaboration): by
/// the message flows that it names, or where it names none by its participants.
TakesPart PartIn(const bpmn::Definitions& view, const Element& conversation, const Element& process,
                 const Element& event, const Element& message) {
  const auto is_pool = [&](const Element& it) {
    return it.type() == "participant" && it.reference("processRef") == process;
  };
  const std::vector<Element> flows = conversation.children("messageFlowRef");
  for (const Element& reference : flows) {
    const Element flow = view.Resolve(reference, reference.text());
    const Element target = flow.reference("targetRef");
    if (!flow || !target || !message) continue;
    if (target == event || (is_pool(target) && flow.reference("messageRef") == message))
      return TakesPart::kByFlow;
  }
  if (!flows.empty()) return TakesPart::kNone;
  for (const Element& reference : conversation.children("participantRef")) {
    if (is_pool(view.Resolve(reference, reference.text()))) return TakesPart::kByPool;
  }
  const std::vector<Element> pools = conversation.children("participant");
  return std::any_of(pools.begin(), pools.end(), is_pool) ? TakesPart::kByPool : TakesPart::kNone;
}

/// The first key that can read the message and is that of a conversation in which the event takes part; else
/// the first that can read it.
Element KeyAt(const bpmn::Definitions& view, const Element& process, const Element& event,
              const Element& message) {
  for (const Element& key : view.OfType("correlationKey")) {
    if (!RetrievalsOf(view, key, message).empty() &&
        PartIn(view, key.parent(), process, event, message) != TakesPart::kNone)
      return key;
  }
  return KeyOf(view, message);
}

}  // namespace

bool ProcessCompiler::CompileMessage(const Element& element, const Element& message, bool throws,
                                     engine::EventDefinition& it) {
  it.trigger = engine::Trigger::kMessage;
  std::string name = message ? NameOf(message) : "";
  for (const Element& flow : view_.OfType("messageFlow")) {
    if (!(flow.reference(throws ? "sourceRef" : "targetRef") == element)) continue;
    if (name.empty()) name = NameOnFlow(view_, flow);
    if (throws && it.receiver.empty()) it.receiver = ProcessAt(flow.reference("targetRef"));
  }
  // A simulation can still be sent something by the event's own name.
  if (name.empty() && !throws && InSimulation() && element.is(bpmn::kEvent)) {
    name = element.name().empty() ? element.id() : element.name();
  }
  if (name.empty()) return false;
  it.name = AddParameter(message ? message : element, name, "message name");
  if (message) it.correlation = CorrelationKey(element, message, throws);
  return true;
}

/// zeebe:subscription of the message, or the standard's correlation: the receiver's correlation subscription
/// says what the key is in the process, the retrieval expressions say what it is in the message.
Index ProcessCompiler::CorrelationKey(const Element& element, const Element& message, bool throws) {
  const std::string zeebe = ZeebeKeyOf(message);
  // A message that begins a process has no key to compare with.
  const bool starts = element.type() == "startEvent" && !element.container().is(bpmn::kSubProcessLike);
  if (starts) return kNone;
  if (!zeebe.empty()) return AddExpression(element, zeebe, "correlation key");
  std::vector<std::string> texts;
  if (throws) {
    texts = RetrievalsOf(view_, KeyOf(view_, message), message);
    return texts.empty() ? kNone : AddExpression(element, Together(texts), "correlation key");
  }
  Element process = element;
  while (process && process.type() != "process") process = process.parent();
  for (const Element& subscription : process.children("correlationSubscription")) {
    texts.clear();
    for (const Element& property : PropertiesOf(view_, subscription.reference("correlationKeyRef"))) {
      if (RetrievalOf(property, message).empty()) continue;
      for (const Element& binding : subscription.children("correlationPropertyBinding")) {
        if (binding.reference("correlationPropertyRef") == property)
          texts.push_back(WithoutMarker(binding.child("dataPath").text()));
      }
    }
    if (!texts.empty()) return AddExpression(element, Together(texts), "correlation key");
  }
  return kNone;
}

/// Start events, receive tasks and event-based gateways that begin instances in one conversation, with one
/// key: the first begins an instance, the others come to it (clauses 13.2 and 13.5.1).
void ProcessCompiler::SetConversations() {
  struct Part {
    Index node = kNone;
    bool in_group = false;
  };
  std::map<bpmn::NodeIndex, std::vector<Index>> groups;        // by key
  std::map<bpmn::NodeIndex, std::vector<Part>> conversations;  // by conversation: what its flows lead to
  std::vector<bpmn::NodeIndex> keys;                           // in the order of what they begin
  for (Index index = 1; index < plan_.nodes.size(); ++index) {
    const engine::Node& node = plan_.nodes[index];
    if (node.parent != 0 || !node.instantiates || !node.incoming.empty()) continue;
    const bool is_gateway = node.kind == engine::NodeKind::kEventGateway;
    std::vector<Index> events;
    for (const Index flow : node.outgoing) events.push_back(plan_.flows[flow].target);
    if (!is_gateway) events = {index};
    Element key, named;
    bool readable = !events.empty(), has_zeebe_key = readable;
    for (const Index event : events) {
      const Element message = MessageAt(view_, elements_[event]);
      const Element its_key = message ? KeyAt(view_, elements_[0], elements_[event], message) : Element();
      const bool alone = plan_.nodes[event].definitions.size() == 1;
      readable = readable && alone && its_key && (!key || its_key == key) &&
                 PartIn(view_, its_key.parent(), elements_[0], elements_[event], message) != TakesPart::kNone;
      has_zeebe_key = has_zeebe_key && alone && !ZeebeKeyOf(message).empty();
      key = its_key;
      for (const std::string_view type : {"conversation", "subConversation", "callConversation"}) {
        for (const Element& it : view_.OfType(type)) {
          if (it.child("correlationKey") &&
              PartIn(view_, it, elements_[0], elements_[event], message) == TakesPart::kByFlow)
            named = it;
        }
      }
    }
    if (named) conversations[named.node()].push_back({index, readable && key.parent() == named});
    if (readable) {
      if (!groups.contains(key.node())) keys.push_back(key.node());
      groups[key.node()].push_back(index);
    } else if (has_zeebe_key && is_gateway && node.parallel_events) {
      plan_.conversations.push_back({index});
    }
  }
  for (const bpmn::NodeIndex key : keys) {
    const std::vector<Index>& group = groups[key];
    if (group.size() > 1 || plan_.nodes[group[0]].parallel_events) plan_.conversations.push_back(group);
  }
  if (InSimulation()) return;
  for (const auto& [conversation, parts] : conversations) {
    for (const Part& part : parts) {
      if (part.in_group || parts.size() < 2) continue;
      Report(elements_[part.node],
             absl::StrCat("the conversation ", Element(&view_, conversation).id(),
                          " has several messages that begin the process, but whether this one comes to an "
                          "instance that has begun cannot be told: it needs one message, and a retrieval "
                          "expression for it in each property of the conversation's key"),
             "13.2");
    }
  }
}

}  // namespace ameide::compiler
