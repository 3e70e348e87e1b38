// Collaborations, lanes, conversations, choreographies, correlation (BPMN 2.0.2, clauses 8.4.2, 9, 10.8 and
// 11).
#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

// ---- Participants, message flows and lanes

void ParticipantMultiplicity(const LintContext& context, Report& report) {
  for (const Element& multiplicity : context.view.OfType("participantMultiplicity")) {
    int64_t least = 0, most = 1;
    if (!absl::SimpleAtoi(multiplicity.attribute("minimum").value_or("0"), &least) ||
        !absl::SimpleAtoi(multiplicity.attribute("maximum").value_or("1"), &most)) {
      continue;  // the schema's finding
    }
    if (least >= 0 && most >= 1 && most >= least) continue;
    report.Add(multiplicity,
               absl::StrCat("stands for ", least, " to ", most,
                            " participants; the minimum must be 0 or more, the maximum 1 or more and not "
                            "below the minimum"));
  }
}

/// Why an element cannot be at this end of a message flow; empty when it can.
std::string WrongMessageEnd(const Element& end, bool source) {
  if (end.type() != "participant" && !end.is(kActivity) && !end.is(kEvent))
    return "messages go between participants, activities and events only";
  if (!end.is(kEvent)) return "";
  const bool sends = end.is(kThrowEvent);
  if (sends != source) return sends ? "it throws, and cannot receive" : "it catches, and cannot send";
  if (!HasDefinition(end, "messageEventDefinition"))
    return "only a message event sends or receives a message";
  return "";
}

void MessageFlowEnds(const LintContext& context, Report& report) {
  for (const Element& flow : context.view.OfType("messageFlow")) {
    for (const bool source : {true, false}) {
      const Element end = flow.reference(source ? "sourceRef" : "targetRef");
      const std::string wrong = end ? WrongMessageEnd(end, source) : "";
      if (wrong.empty()) continue;
      report.Add(flow, absl::StrCat(source ? "begins at " : "ends at ", LabelOf(end), ": ", wrong));
    }
  }
}

/// An end event sends as many messages as it has definitions.
void MessageFlowCount(const LintContext& context, Report& report) {
  std::unordered_map<uint32_t, size_t> counts;
  for (const Element& flow : context.view.OfType("messageFlow")) {
    if (const Element source = flow.reference("sourceRef")) ++counts[IndexOf(source)];
  }
  for (const Element& event : context.view.OfType("endEvent")) {
    const auto count = counts.find(IndexOf(event));
    if (count == counts.end() || count->second < 2 || EventDefinitionsOf(event).size() > 1) continue;
    if (!HasDefinition(event, "messageEventDefinition")) continue;
    report.Add(event, absl::StrCat("sends along ", count->second,
                                   " message flows, but has one message; give it a message event definition "
                                   "for each of them"));
  }
}

void LaneNodes(const LintContext& context, Report& report) {
  for (const Element& reference : context.view.OfType("flowNodeRef")) {
    const Element node = context.view.Resolve(reference, reference.text());
    Element owner = reference.parent();
    while (owner && !owner.is(kFlowElementsContainer)) owner = owner.parent();
    if (!node.is(kFlowNode) || !owner || IsWithin(node, owner)) continue;
    report.Add(reference.parent(),
               absl::StrCat("contains ", LabelOf(node), " of another process; remove it"));
  }
}

/// The lane set of the process, not one within a lane, that a lane is in.
Element OutermostSet(const Element& lane) {
  Element set = lane.parent();
  while (set.parent().type() == "lane") set = set.parent().parent();
  return set;
}

/// Lanes divide a process: a node is in one lane of a set, and in lanes around that. Several sets divide the
/// same process in different ways.
void NodeInSeveralLanes(const LintContext& context, Report& report) {
  std::map<std::pair<uint32_t, uint32_t>, Element> lanes;  // the innermost so far, by node and set
  for (const Element& reference : context.view.OfType("flowNodeRef")) {
    const Element node = context.view.Resolve(reference, reference.text());
    const Element lane = reference.parent();
    if (!node.is(kFlowNode) || lane.type() != "lane") continue;
    const auto [at, is_new] = lanes.emplace(std::pair(IndexOf(node), IndexOf(OutermostSet(lane))), lane);
    if (is_new || IsWithin(at->second, lane)) continue;
    if (IsWithin(lane, at->second)) {
      at->second = lane;
      continue;
    }
    report.Add(lane, absl::StrCat("contains ", LabelOf(node), ", which ", LabelOf(at->second),
                                  " contains as well; keep it in one of them"));
  }
}

// ---- Conversations

bool IsConversationNode(const Element& element) {
  const ElementType* type = element.element_type();
  return type != nullptr && IsA(*type, "conversationNode");
}

/// How many different participants an element names.
size_t ParticipantCount(const Element& element) {
  std::unordered_set<std::string> names;
  for (const Element& reference : element.children("participantRef")) names.insert(reference.text());
  return names.size();
}

void ConversationLinkEnds(const LintContext& context, Report& report) {
  for (const Element& link : context.view.OfType("conversationLink")) {
    const Element source = link.reference("sourceRef"), target = link.reference("targetRef");
    if (!source || !target) continue;
    if (IsConversationNode(source) != IsConversationNode(target) && source.is(kInteractionNode) &&
        target.is(kInteractionNode)) {
      const Element& conversation = IsConversationNode(source) ? source : target;
      const Element& other = IsConversationNode(source) ? target : source;
      if (other.type() == "participant" && RootOf(other) == RootOf(conversation) &&
          ParticipantCount(conversation) > 1 &&
          !Contains(Referred(context, conversation, "participantRef"), other)) {
        report.Add(link, absl::StrCat("connects ", LabelOf(other), " with ", LabelOf(conversation),
                                      ", which it does not take part in; name it there by participantRef, or "
                                      "delete the link"));
      }
      continue;
    }
    report.Add(link, absl::StrCat("connects ", LabelOf(source), " and ", LabelOf(target),
                                  "; it must connect a conversation with a participant"));
  }
}

void ConversationParticipants(const LintContext& context, Report& report) {
  for (const std::string_view type : {"conversation", "subConversation", "callConversation"}) {
    for (const Element& conversation : context.view.OfType(type)) {
      const size_t count = ParticipantCount(conversation);
      if (count >= 2) continue;
      report.Add(conversation,
                 absl::StrCat("has ", count, count == 1 ? " participant" : " participants",
                              "; a conversation is between two or more, name them by participantRef"));
    }
  }
}

void CalledConversation(const LintContext& context, Report& report) {
  for (const Element& call : context.view.OfType("callConversation")) {
    const Element called = call.reference("calledCollaborationRef");
    if (called.type() != "choreography" && called.type() != "globalChoreographyTask") continue;
    report.Add(call, absl::StrCat("calls the ", LabelOf(called),
                                  "; it can call a collaboration or a global conversation only"));
  }
}

void GlobalConversation(const LintContext& context, Report& report) {
  for (const Element& conversation : context.view.OfType("globalConversation")) {
    for (const Element& part : conversation.children()) {
      const ElementType* type = part.element_type();
      if (type == nullptr) continue;
      const bool forbidden = IsConversationNode(part) || type->is(kArtifact) ||
                             part.type() == "participantAssociation" ||
                             part.type() == "messageFlowAssociation" ||
                             part.type() == "conversationAssociation" || part.type() == "choreographyRef";
      if (!forbidden) continue;
      report.Add(conversation,
                 absl::StrCat("contains ", WithArticle(InWords(part.type())),
                              ", which a global conversation cannot; move it to a collaboration"));
    }
  }
}

/// A mapping leads from what is called or referred to, to the collaboration or choreography around it.
void MappedEnds(const LintContext& context, Report& report) {
  struct Mapping {
    std::string_view type, inner, outer;
  };
  constexpr Mapping kMappings[] = {
      {"participantAssociation", "innerParticipantRef", "outerParticipantRef"},
      {"messageFlowAssociation", "innerMessageFlowRef", "outerMessageFlowRef"},
      {"conversationAssociation", "innerConversationNodeRef", "outerConversationNodeRef"}};
  for (const Mapping& mapping : kMappings) {
    for (const Element& each : context.view.OfType(mapping.type)) {
      const Element around = RootOf(each), call = each.parent();
      const Element called = call.reference(call.type() == "callChoreography" ? "calledChoreographyRef"
                                                                              : "calledCollaborationRef");
      const Element inner = each.reference(mapping.inner), outer = each.reference(mapping.outer);
      if (outer && RootOf(outer) != around) {
        report.Add(each,
                   absl::StrCat("its ", std::string(mapping.outer), " is the ", LabelOf(outer),
                                " of something else; it must be of the ", LabelOf(around), " around it"));
      }
      if (!inner || (called ? RootOf(inner) == called : RootOf(inner) != around)) continue;
      report.Add(each,
                 absl::StrCat("its ", std::string(mapping.inner), " is the ", LabelOf(inner), " of the ",
                              LabelOf(RootOf(inner)), "; it must be of what is called or referred to"));
    }
  }
}

/// Conversations, choreography activities and message flows are between participants of the collaboration
/// that they are in, and have messages of it only.
void ParticipantElsewhere(const LintContext& context, Report& report) {
  const auto check = [&](const Element& element, const Element& participant) {
    if (participant.type() != "participant" || RootOf(participant) == RootOf(element)) return;
    report.Add(element,
               absl::StrCat("names ", LabelOf(participant), ", which is a participant of ",
                            LabelOf(RootOf(participant)), "; choose one of ", LabelOf(RootOf(element))));
  };
  for (const std::string_view type : {"conversation", "subConversation", "callConversation",
                                      "choreographyTask", "subChoreography", "callChoreography"}) {
    for (const Element& element : context.view.OfType(type)) {
      for (const Element& participant : Referred(context, element, "participantRef"))
        check(element, participant);
      for (const Element& flow : Referred(context, element, "messageFlowRef")) {
        if (flow.type() != "messageFlow" || RootOf(flow) == RootOf(element)) continue;
        report.Add(element, absl::StrCat("names ", LabelOf(flow), ", which is in ", LabelOf(RootOf(flow)),
                                         "; choose a message flow of ", LabelOf(RootOf(element))));
      }
    }
  }
  for (const std::string_view type : {"messageFlow", "conversationLink"}) {
    for (const Element& connection : context.view.OfType(type)) {
      check(connection, connection.reference("sourceRef"));
      check(connection, connection.reference("targetRef"));
    }
  }
}

// ---- Choreographies

bool IsChoreographyActivity(const Element& element) {
  const ElementType* type = element.element_type();
  return type != nullptr && IsA(*type, "choreographyActivity");
}

void ChoreographyPlace(const LintContext& context, Report& report) {
  for (const Element& element : context.view.model_elements()) {
    const std::string_view around = element.parent().type();
    const bool in_choreography =
        around == "choreography" || around == "subChoreography" || around == "globalChoreographyTask";
    if (IsChoreographyActivity(element) && !in_choreography) {
      report.Add(element, "is not in a choreography; a process has activities instead");
    }
    if (element.is(kActivity) && in_choreography) {
      report.Add(element, "is in a choreography, which has choreography activities instead; replace it");
    }
    if (element.is(kItemAware) && in_choreography) {
      report.Add(element, "is in a choreography, which no one keeps data for; delete it");
    }
  }
}

void ChoreographyParticipants(const LintContext& context, Report& report) {
  for (const Element& task : context.view.OfType("globalChoreographyTask")) {
    if (task.attribute("initiatingParticipantRef")) continue;
    report.Add(task, "does not say who initiates it; name the participant (initiatingParticipantRef)");
  }
  for (const std::string_view type : {"choreographyTask", "subChoreography", "callChoreography"}) {
    for (const Element& activity : context.view.OfType(type)) {
      const std::vector<Element> participants = Referred(context, activity, "participantRef");
      const size_t count = ParticipantCount(activity);
      if (type == "choreographyTask" ? count != 2 : count < 2) {
        report.Add(activity,
                   absl::StrCat("has ", count, " participants; ",
                                type == "choreographyTask" ? "a choreography task is between exactly two"
                                                           : "it needs at least two"));
      }
      const Element initiator = activity.reference("initiatingParticipantRef");
      if (initiator && !Contains(participants, initiator)) {
        report.Add(activity, absl::StrCat("is initiated by ", LabelOf(initiator),
                                          ", which is none of its participants; choose one of them"));
      }
    }
  }
}

/// Message flows of a choreography lead between participants, and who initiates sends.
void ChoreographyMessages(const LintContext& context, Report& report) {
  for (const Element& task : context.view.OfType("choreographyTask")) {
    const std::vector<Element> participants = Referred(context, task, "participantRef");
    const Element initiator = task.reference("initiatingParticipantRef");
    bool begins = task.children("messageFlowRef").empty();
    for (const Element& flow : Referred(context, task, "messageFlowRef")) {
      const Element source = flow.reference("sourceRef");
      begins = begins || source == initiator || source.type() != "participant";
      for (const std::string_view name : {"sourceRef", "targetRef"}) {
        const Element end = flow.reference(name);
        if (end.type() != "participant" || Contains(participants, end)) continue;
        report.Add(task,
                   absl::StrCat("exchanges ", LabelOf(flow), " with ", LabelOf(end),
                                ", which is none of its participants; choose a message flow between them"));
      }
    }
    if (initiator && !begins) {
      report.Add(task, absl::StrCat("is initiated by ", LabelOf(initiator),
                                    ", which sends none of its messages; let a message flow begin there"));
    }
  }
}

/// Calls `use` for each choreography activity from which flows lead to a node, past gateways and events.
template <typename Use>
void ForEachBefore(const LintContext& context, const Element& node, const Use& use) {
  std::unordered_set<uint32_t> seen;
  std::vector<Element> open = {node};
  while (!open.empty()) {
    const Element at = open.back();
    open.pop_back();
    for (const Element& flow : context.view.Incoming(at)) {
      const Element source = flow.reference("sourceRef");
      if (!source || !seen.insert(IndexOf(source)).second) continue;
      if (IsChoreographyActivity(source))
        use(source);
      else
        open.push_back(source);
    }
  }
}

/// Who begins must have seen that it is its turn: it took part in what came before.
void ChoreographyOrder(const LintContext& context, Report& report) {
  for (const std::string_view type : {"choreographyTask", "subChoreography", "callChoreography"}) {
    for (const Element& activity : context.view.OfType(type)) {
      const Element initiator = activity.reference("initiatingParticipantRef");
      if (!initiator) continue;
      ForEachBefore(context, activity, [&](const Element& before) {
        if (Contains(Referred(context, before, "participantRef"), initiator)) return;
        report.Add(activity,
                   absl::StrCat("is initiated by ", LabelOf(initiator), ", which takes no part in ",
                                LabelOf(before), " before it; who initiates must have been involved"));
      });
    }
  }
}

/// Whether an event can stand in a choreography (tables 11.6 to 11.8): nobody there could see the others.
bool IsForChoreography(std::string_view event, std::string_view definition) {
  const bool seen_by_all = definition == "timerEventDefinition" ||
                           definition == "conditionalEventDefinition" ||
                           definition == "signalEventDefinition";
  if (event == "endEvent") return definition == "terminateEventDefinition";
  if (event == "startEvent") return seen_by_all;
  if (event == "intermediateThrowEvent") return definition == "linkEventDefinition";
  if (event == "intermediateCatchEvent") return seen_by_all || definition == "linkEventDefinition";
  return definition != "errorEventDefinition" && definition != "terminateEventDefinition" &&
         definition != "escalationEventDefinition";
}

/// Whether all elements are the same one; empty ones count for none.
bool AreOne(const std::vector<Element>& elements) {
  return std::all_of(elements.begin(), elements.end(),
                     [&](const Element& element) { return element == elements.front(); });
}

/// What decides behind an event-based gateway of a choreography is who sends, or to whom: all others see that
/// only when either is the same on all ways (11.7.2).
void ChoreographyEventGateway(const LintContext& context, Report& report) {
  for (const Element& gateway : context.view.OfType("eventBasedGateway")) {
    const std::string_view around = gateway.parent().type();
    if (around != "choreography" && around != "subChoreography") continue;
    std::vector<Element> senders, receivers;
    bool known = true;
    for (const Element& flow : context.view.Outgoing(gateway)) {
      const Element target = flow.reference("targetRef");
      if (!target) continue;
      if (IsChoreographyActivity(target)) {
        const std::vector<Element> participants = Referred(context, target, "participantRef");
        const Element sender = target.reference("initiatingParticipantRef");
        known = known && sender && participants.size() == 2;
        if (!known) continue;
        senders.push_back(sender);
        receivers.push_back(participants[participants[0] == sender ? 1 : 0]);
        continue;
      }
      const std::vector<Element> definitions = EventDefinitionsOf(target);
      const bool waits = target.type() == "intermediateCatchEvent" &&
                         std::all_of(definitions.begin(), definitions.end(), [](const Element& definition) {
                           return definition.type() == "timerEventDefinition" ||
                                  definition.type() == "signalEventDefinition";
                         });
      if (waits) continue;
      report.Add(gateway, absl::StrCat("leads to ", LabelOf(target),
                                       "; in a choreography it can wait only for choreography activities, "
                                       "timers and signals"));
    }
    if (!known || senders.size() < 2 || AreOne(senders) || AreOne(receivers)) continue;
    report.Add(gateway,
               "leads to activities of different senders and different receivers, so nobody sees which way "
               "is taken; let all have one sender or one receiver");
  }
}

void ChoreographyEvents(const LintContext& context, Report& report) {
  for (const Element& event : context.view.model_elements()) {
    if (!event.is(kEvent)) continue;
    const std::string_view around = event.parent().type();
    if (around != "choreography" && around != "subChoreography") continue;
    for (const Element& definition : EventDefinitionsOf(event)) {
      if (IsForChoreography(event.type(), definition.type())) continue;
      report.Add(event, absl::StrCat(WithArticle(InWords(definition.type())),
                                     " cannot stand there in a choreography; choose another kind of event"));
    }
  }
}

void ChoreographyReference(const LintContext& context, Report& report) {
  for (const Element& reference : context.view.OfType("choreographyRef")) {
    const Element owner = reference.parent();
    const Element choreography = context.view.Resolve(reference, reference.text());
    if (owner.type() == "choreography" || owner.type() == "globalChoreographyTask") {
      report.Add(owner, "refers to a choreography, which only a collaboration can; remove choreographyRef");
    } else if (owner.type() == "collaboration" && choreography &&
               choreography.flag("isClosed", false) != owner.flag("isClosed", false)) {
      report.Add(owner, absl::StrCat("differs from its ", LabelOf(choreography),
                                     " in isClosed; set it to the same value on both"));
    }
  }
}

// ---- Correlation

void CorrelationBinding(const LintContext& context, Report& report) {
  for (const Element& subscription : context.view.OfType("correlationSubscription")) {
    const Element key = subscription.reference("correlationKeyRef");
    if (key.type() != "correlationKey") continue;
    const std::vector<Element> properties = Referred(context, key, "correlationPropertyRef");
    std::vector<Element> bound;
    for (const Element& binding : subscription.children("correlationPropertyBinding")) {
      const Element property = binding.reference("correlationPropertyRef");
      if (!property) continue;
      if (!Contains(properties, property)) {
        report.Add(binding, absl::StrCat("binds the ", LabelOf(property), ", which is no part of the ",
                                         LabelOf(key), "; bind the properties of that key"));
      }
      if (Contains(bound, property)) {
        report.Add(binding,
                   absl::StrCat("binds the ", LabelOf(property), " a second time; keep one binding"));
      }
      bound.push_back(property);
    }
  }
}

/// A subscription has a binding for each property of its key.
void UnboundProperty(const LintContext& context, Report& report) {
  for (const Element& subscription : context.view.OfType("correlationSubscription")) {
    const Element key = subscription.reference("correlationKeyRef");
    if (key.type() != "correlationKey") continue;
    const std::vector<Element> bindings = subscription.children("correlationPropertyBinding");
    for (const Element& property : Referred(context, key, "correlationPropertyRef")) {
      if (std::any_of(bindings.begin(), bindings.end(), [&](const Element& binding) {
            return binding.reference("correlationPropertyRef") == property;
          }))
        continue;
      report.Add(subscription, absl::StrCat("does not bind the ", LabelOf(property), " of the ", LabelOf(key),
                                            "; bind every property of the key"));
    }
  }
}

void CorrelationRetrieval(const LintContext& context, Report& report) {
  for (const Element& property : context.view.OfType("correlationProperty")) {
    std::unordered_set<uint32_t> messages;
    for (const Element& retrieval : property.children("correlationPropertyRetrievalExpression")) {
      const Element message = retrieval.reference("messageRef");
      if (!message || messages.insert(IndexOf(message)).second) continue;
      report.Add(property,
                 absl::StrCat("says twice where it is in the ", LabelOf(message), "; keep one expression"));
    }
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/participant-multiplicity", Severity::kError, "A number of participants that cannot be", "9.3"},
     ParticipantMultiplicity},
    {{"bpmn/message-flow-ends", Severity::kError, "A message flow at something that cannot send or receive",
      "9.4"},
     MessageFlowEnds},
    {{"bpmn/message-flow-count", Severity::kError, "An end event with more message flows than messages",
      "10.5.3", true},
     MessageFlowCount},
    {{"bpmn/lane-nodes", Severity::kError, "A lane contains elements of another process", "10.8", true},
     LaneNodes,
     Reach::kWhole},
    {{"bpmn/node-in-several-lanes", Severity::kError, "An element in several lanes of one set", "10.8", true},
     NodeInSeveralLanes,
     Reach::kWhole},
    {{"bpmn/conversation-link", Severity::kError,
      "A conversation link that joins no conversation and participant", "9.5"},
     ConversationLinkEnds},
    {{"bpmn/conversation-participants", Severity::kError, "A conversation with fewer than two participants",
      "9.5"},
     ConversationParticipants},
    {{"bpmn/called-conversation", Severity::kError, "A call of a choreography by a conversation", "9.5.4"},
     CalledConversation},
    {{"bpmn/global-conversation", Severity::kError, "A global conversation with parts of a collaboration",
      "9.5"},
     GlobalConversation},
    {{"bpmn/mapped-ends", Severity::kError,
      "A mapping of participants, messages or conversations the wrong way", "9.3", true},
     MappedEnds,
     Reach::kWhole},
    {{"bpmn/participant-elsewhere", Severity::kError, "A participant of another collaboration", "9.5", true},
     ParticipantElsewhere,
     Reach::kWhole},
    {{"bpmn/choreography-place", Severity::kError,
      "Activities or data in a choreography, or its activities elsewhere", "8.4.7"},
     ChoreographyPlace},
    {{"bpmn/choreography-participants", Severity::kError, "A choreography activity with wrong participants",
      "11.5"},
     ChoreographyParticipants},
    {{"bpmn/choreography-messages", Severity::kError, "A choreography task with messages of others", "11.5"},
     ChoreographyMessages},
    {{"bpmn/choreography-order", Severity::kError, "An initiator that took no part in what came before",
      "11.5"},
     ChoreographyOrder,
     Reach::kWhole},
    {{"bpmn/choreography-events", Severity::kError, "An event that a choreography cannot have", "11.6"},
     ChoreographyEvents},
    {{"bpmn/choreography-event-gateway", Severity::kError,
      "An event-based gateway of a choreography that not all can see through", "11.7.2"},
     ChoreographyEventGateway},
    {{"bpmn/choreography-reference", Severity::kError, "A reference to a choreography that cannot be", "9.2"},
     ChoreographyReference,
     Reach::kWhole},
    {{"bpmn/correlation-binding", Severity::kError, "A subscription that binds what its key does not have",
      "8.4.2"},
     CorrelationBinding},
    {{"bpmn/unbound-property", Severity::kError, "A subscription that does not bind all of its key", "8.4.2",
      true},
     UnboundProperty},
    {{"bpmn/correlation-retrieval", Severity::kError, "A correlation property with two places in one message",
      "8.4.2"},
     CorrelationRetrieval},
};

}  // namespace

std::span<const Rule> CollaborationRules() { return kRules; }

}  // namespace ameide::bpmn
