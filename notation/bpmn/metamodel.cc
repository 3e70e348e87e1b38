#include "notation/bpmn/metamodel.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

namespace ameide::bpmn {
namespace {

// By the elements and types of Semantic.xsd (BPMN 2.0.2): element, supertype, families. Sorted by name.
constexpr ElementType kElementTypes[] = {
    {"activity", "flowNode", kFlowNode | kActivity | kNamed | kAbstract},
    {"adHocSubProcess", "subProcess",
     kFlowNode | kActivity | kSubProcessLike | kFlowElementsContainer | kInteractionNode | kNamed},
    {"artifact", "baseElement", kArtifact | kAbstract},
    {"assignment", "baseElement", 0},
    {"association", "artifact", kArtifact | kConnection},
    {"auditing", "baseElement", 0},
    {"baseElement", "", kAbstract},
    {"baseElementWithMixedContent", "", kAbstract},
    {"boundaryEvent", "catchEvent", kFlowNode | kEvent | kCatchEvent | kInteractionNode | kNamed},
    {"businessRuleTask", "task", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
    {"callActivity", "activity", kFlowNode | kActivity | kInteractionNode | kNamed},
    {"callChoreography", "choreographyActivity", kFlowNode},
    {"callConversation", "conversationNode", kInteractionNode},
    {"callableElement", "rootElement", kRootElement | kCallable},
    {"cancelEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"catchEvent", "event", kFlowNode | kEvent | kCatchEvent | kInteractionNode | kNamed | kAbstract},
    {"category", "rootElement", kRootElement},
    {"categoryValue", "baseElement", 0},
    {"choreography", "collaboration", kRootElement},
    {"choreographyActivity", "flowNode", kFlowNode | kAbstract},
    {"choreographyTask", "choreographyActivity", kFlowNode},
    {"collaboration", "rootElement", kRootElement},
    {"compensateEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"complexBehaviorDefinition", "baseElement", 0},
    {"complexGateway", "gateway", kFlowNode | kGateway},
    {"conditionalEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"conversation", "conversationNode", kInteractionNode},
    {"conversationAssociation", "baseElement", 0},
    {"conversationLink", "baseElement", kConnection},
    {"conversationNode", "baseElement", kAbstract},
    {"correlationKey", "baseElement", 0},
    {"correlationProperty", "rootElement", kRootElement},
    {"correlationPropertyBinding", "baseElement", 0},
    {"correlationPropertyRetrievalExpression", "baseElement", 0},
    {"correlationSubscription", "baseElement", 0},
    {"dataAssociation", "baseElement", kConnection},
    {"dataInput", "baseElement", kItemAware},
    {"dataInputAssociation", "dataAssociation", kConnection},
    {"dataObject", "flowElement", kItemAware},
    {"dataObjectReference", "flowElement", kItemAware},
    {"dataOutput", "baseElement", kItemAware},
    {"dataOutputAssociation", "dataAssociation", kConnection},
    {"dataState", "baseElement", 0},
    {"dataStore", "rootElement", kRootElement | kItemAware},
    {"dataStoreReference", "flowElement", kItemAware},
    {"documentation", "", 0},
    {"endEvent", "throwEvent", kFlowNode | kEvent | kThrowEvent | kInteractionNode | kNamed},
    {"endPoint", "rootElement", kRootElement},
    {"error", "rootElement", kRootElement},
    {"errorEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"escalation", "rootElement", kRootElement},
    {"escalationEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"event", "flowNode", kFlowNode | kEvent | kInteractionNode | kNamed | kAbstract},
    {"eventBasedGateway", "gateway", kFlowNode | kGateway},
    {"eventDefinition", "rootElement", kEventDefinition | kRootElement | kAbstract},
    {"exclusiveGateway", "gateway", kFlowNode | kGateway},
    {"expression", "baseElementWithMixedContent", 0},
    {"extension", "", 0},
    {"extensionElements", "", 0},
    {"flowElement", "baseElement", kAbstract},
    {"flowNode", "flowElement", kFlowNode | kAbstract},
    {"formalExpression", "expression", 0},
    {"gateway", "flowNode", kFlowNode | kGateway},
    {"globalBusinessRuleTask", "globalTask", kRootElement | kCallable},
    {"globalChoreographyTask", "choreography", kRootElement},
    {"globalConversation", "collaboration", kRootElement},
    {"globalManualTask", "globalTask", kRootElement | kCallable},
    {"globalScriptTask", "globalTask", kRootElement | kCallable},
    {"globalTask", "callableElement", kRootElement | kCallable},
    {"globalUserTask", "globalTask", kRootElement | kCallable},
    {"group", "artifact", kArtifact},
    {"humanPerformer", "performer", 0},
    {"implicitThrowEvent", "throwEvent", kFlowNode | kEvent | kThrowEvent | kInteractionNode | kNamed},
    {"inclusiveGateway", "gateway", kFlowNode | kGateway},
    {"inputSet", "baseElement", 0},
    {"interface", "rootElement", kRootElement},
    {"intermediateCatchEvent", "catchEvent", kFlowNode | kEvent | kCatchEvent | kInteractionNode | kNamed},
    {"intermediateThrowEvent", "throwEvent", kFlowNode | kEvent | kThrowEvent | kInteractionNode | kNamed},
    {"ioBinding", "baseElement", 0},
    {"ioSpecification", "baseElement", 0},
    {"itemDefinition", "rootElement", kRootElement},
    {"lane", "baseElement", kNamed},
    {"laneSet", "baseElement", 0},
    {"linkEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"loopCharacteristics", "baseElement", kAbstract},
    {"manualTask", "task", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
    {"message", "rootElement", kRootElement},
    {"messageEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"messageFlow", "baseElement", kConnection},
    {"messageFlowAssociation", "baseElement", 0},
    {"monitoring", "baseElement", 0},
    {"multiInstanceLoopCharacteristics", "loopCharacteristics", 0},
    {"operation", "baseElement", 0},
    {"outputSet", "baseElement", 0},
    {"parallelGateway", "gateway", kFlowNode | kGateway},
    {"participant", "baseElement", kInteractionNode | kNamed},
    {"participantAssociation", "baseElement", 0},
    {"participantMultiplicity", "baseElement", 0},
    {"partnerEntity", "rootElement", kRootElement},
    {"partnerRole", "rootElement", kRootElement},
    {"performer", "resourceRole", 0},
    {"potentialOwner", "humanPerformer", 0},
    {"process", "callableElement", kFlowElementsContainer | kRootElement | kCallable},
    {"property", "baseElement", kItemAware},
    {"receiveTask", "task", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
    {"relationship", "baseElement", 0},
    {"rendering", "baseElement", 0},
    {"resource", "rootElement", kRootElement},
    {"resourceAssignmentExpression", "baseElement", 0},
    {"resourceParameter", "baseElement", 0},
    {"resourceParameterBinding", "baseElement", 0},
    {"resourceRole", "baseElement", 0},
    {"rootElement", "baseElement", kRootElement | kAbstract},
    {"script", "", 0},
    {"scriptTask", "task", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
    {"sendTask", "task", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
    {"sequenceFlow", "flowElement", kConnection},
    {"serviceTask", "task", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
    {"signal", "rootElement", kRootElement},
    {"signalEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"standardLoopCharacteristics", "loopCharacteristics", 0},
    {"startEvent", "catchEvent", kFlowNode | kEvent | kCatchEvent | kInteractionNode | kNamed},
    {"subChoreography", "choreographyActivity", kFlowNode},
    {"subConversation", "conversationNode", kInteractionNode},
    {"subProcess", "activity",
     kFlowNode | kActivity | kSubProcessLike | kFlowElementsContainer | kInteractionNode | kNamed},
    {"task", "activity", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
    {"terminateEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"text", "", 0},
    {"textAnnotation", "artifact", kArtifact},
    {"throwEvent", "event", kFlowNode | kEvent | kThrowEvent | kInteractionNode | kNamed | kAbstract},
    {"timerEventDefinition", "eventDefinition", kEventDefinition | kRootElement},
    {"transaction", "subProcess",
     kFlowNode | kActivity | kSubProcessLike | kFlowElementsContainer | kInteractionNode | kNamed},
    {"userTask", "task", kFlowNode | kActivity | kTask | kInteractionNode | kNamed},
};

// Attributes and child elements of the types QName, IDREF and IDREFS in Semantic.xsd, with what the text of
// the standard says they refer to. Things that other languages define (types of items, implementations) and
// callable elements may be outside the file.
constexpr ReferenceType kReferenceTypes[] = {
    {"activity", "default", false, "sequenceFlow", false, false},
    {"association", "sourceRef", false, "", false, false},
    {"association", "targetRef", false, "", false, false},
    {"boundaryEvent", "attachedToRef", false, "activity", false, false},
    {"callActivity", "calledElement", false, "callableElement", false, true},
    {"callChoreography", "calledChoreographyRef", false, "choreography", false, false},
    {"callConversation", "calledCollaborationRef", false, "collaboration", false, false},
    {"callableElement", "supportedInterfaceRef", true, "interface", false, false},
    {"choreographyActivity", "initiatingParticipantRef", false, "participant", false, false},
    {"choreographyActivity", "participantRef", true, "participant", false, false},
    {"choreographyTask", "messageFlowRef", true, "messageFlow", false, false},
    {"collaboration", "choreographyRef", true, "choreography", false, false},
    {"compensateEventDefinition", "activityRef", false, "activity", false, false},
    {"complexGateway", "default", false, "sequenceFlow", false, false},
    {"conversationAssociation", "innerConversationNodeRef", false, "conversationNode", false, false},
    {"conversationAssociation", "outerConversationNodeRef", false, "conversationNode", false, false},
    {"conversationLink", "sourceRef", false, "", false, false},
    {"conversationLink", "targetRef", false, "", false, false},
    {"conversationNode", "participantRef", true, "participant", false, false},
    {"conversationNode", "messageFlowRef", true, "messageFlow", false, false},
    {"correlationKey", "correlationPropertyRef", true, "correlationProperty", false, false},
    {"correlationProperty", "type", false, "", false, true},
    {"correlationPropertyBinding", "correlationPropertyRef", false, "correlationProperty", false, false},
    {"correlationPropertyRetrievalExpression", "messageRef", false, "message", false, false},
    {"correlationSubscription", "correlationKeyRef", false, "correlationKey", false, false},
    {"dataAssociation", "sourceRef", true, "", false, false},
    {"dataAssociation", "targetRef", true, "", false, false},
    {"dataInput", "itemSubjectRef", false, "itemDefinition", false, false},
    {"dataObject", "itemSubjectRef", false, "itemDefinition", false, false},
    {"dataObjectReference", "itemSubjectRef", false, "itemDefinition", false, false},
    {"dataObjectReference", "dataObjectRef", false, "dataObject", false, false},
    {"dataOutput", "itemSubjectRef", false, "itemDefinition", false, false},
    {"dataStore", "itemSubjectRef", false, "itemDefinition", false, false},
    {"dataStoreReference", "itemSubjectRef", false, "itemDefinition", false, false},
    {"dataStoreReference", "dataStoreRef", false, "dataStore", false, false},
    {"error", "structureRef", false, "itemDefinition", false, false},
    {"errorEventDefinition", "errorRef", false, "error", false, false},
    {"escalation", "structureRef", false, "itemDefinition", false, false},
    {"escalationEventDefinition", "escalationRef", false, "escalation", false, false},
    {"event", "eventDefinitionRef", true, "eventDefinition", false, false},
    {"exclusiveGateway", "default", false, "sequenceFlow", false, false},
    {"extension", "definition", false, "", false, true},
    {"flowElement", "categoryValueRef", true, "categoryValue", false, false},
    {"flowNode", "incoming", true, "sequenceFlow", false, false},
    {"flowNode", "outgoing", true, "sequenceFlow", false, false},
    {"formalExpression", "evaluatesToTypeRef", false, "", false, true},
    {"globalChoreographyTask", "initiatingParticipantRef", false, "participant", false, false},
    {"group", "categoryValueRef", false, "categoryValue", false, false},
    {"inclusiveGateway", "default", false, "sequenceFlow", false, false},
    {"inputSet", "dataInputRefs", true, "dataInput", false, false},
    {"inputSet", "optionalInputRefs", true, "dataInput", false, false},
    {"inputSet", "whileExecutingInputRefs", true, "dataInput", false, false},
    {"inputSet", "outputSetRefs", true, "outputSet", false, false},
    {"interface", "implementationRef", false, "", false, true},
    {"ioBinding", "operationRef", false, "operation", false, false},
    {"ioBinding", "inputDataRef", false, "dataInput", false, false},
    {"ioBinding", "outputDataRef", false, "dataOutput", false, false},
    {"itemDefinition", "structureRef", false, "", false, true},
    {"lane", "partitionElementRef", false, "", false, false},
    {"lane", "flowNodeRef", true, "flowNode", false, false},
    {"linkEventDefinition", "source", true, "linkEventDefinition", false, false},
    {"linkEventDefinition", "target", true, "linkEventDefinition", false, false},
    {"message", "itemRef", false, "itemDefinition", false, false},
    {"messageEventDefinition", "messageRef", false, "message", false, false},
    {"messageEventDefinition", "operationRef", true, "operation", false, false},
    {"messageFlow", "sourceRef", false, "", false, false},
    {"messageFlow", "targetRef", false, "", false, false},
    {"messageFlow", "messageRef", false, "message", false, false},
    {"messageFlowAssociation", "innerMessageFlowRef", false, "messageFlow", false, false},
    {"messageFlowAssociation", "outerMessageFlowRef", false, "messageFlow", false, false},
    {"multiInstanceLoopCharacteristics", "oneBehaviorEventRef", false, "eventDefinition", false, false},
    {"multiInstanceLoopCharacteristics", "noneBehaviorEventRef", false, "eventDefinition", false, false},
    {"multiInstanceLoopCharacteristics", "loopDataInputRef", true, "", false, false},
    {"multiInstanceLoopCharacteristics", "loopDataOutputRef", true, "", false, false},
    {"operation", "implementationRef", false, "", false, true},
    {"operation", "inMessageRef", true, "message", false, false},
    {"operation", "outMessageRef", true, "message", false, false},
    {"operation", "errorRef", true, "error", false, false},
    {"outputSet", "dataOutputRefs", true, "dataOutput", false, false},
    {"outputSet", "optionalOutputRefs", true, "dataOutput", false, false},
    {"outputSet", "whileExecutingOutputRefs", true, "dataOutput", false, false},
    {"outputSet", "inputSetRefs", true, "inputSet", false, false},
    {"participant", "processRef", false, "process", false, false},
    {"participant", "interfaceRef", true, "interface", false, false},
    {"participant", "endPointRef", true, "endPoint", false, false},
    {"participantAssociation", "innerParticipantRef", true, "participant", false, false},
    {"participantAssociation", "outerParticipantRef", true, "participant", false, false},
    {"partnerEntity", "participantRef", true, "participant", false, false},
    {"partnerRole", "participantRef", true, "participant", false, false},
    {"process", "definitionalCollaborationRef", false, "collaboration", false, false},
    {"process", "supports", true, "process", false, false},
    {"property", "itemSubjectRef", false, "itemDefinition", false, false},
    {"receiveTask", "messageRef", false, "message", false, false},
    {"receiveTask", "operationRef", false, "operation", false, false},
    {"relationship", "source", true, "", false, true},
    {"relationship", "target", true, "", false, true},
    {"resourceParameter", "type", false, "", false, true},
    {"resourceParameterBinding", "parameterRef", false, "resourceParameter", false, false},
    {"resourceRole", "resourceRef", true, "resource", false, false},
    {"sendTask", "messageRef", false, "message", false, false},
    {"sendTask", "operationRef", false, "operation", false, false},
    {"sequenceFlow", "sourceRef", false, "flowNode", false, false},
    {"sequenceFlow", "targetRef", false, "flowNode", false, false},
    {"serviceTask", "operationRef", false, "operation", false, false},
    {"signal", "structureRef", false, "itemDefinition", false, false},
    {"signalEventDefinition", "signalRef", false, "signal", false, false},
};

using References = std::vector<const ReferenceType*>;

const std::unordered_map<const ElementType*, References>& ReferencesByType() {
  static const std::unordered_map<const ElementType*, References> kMap = [] {
    std::unordered_map<const ElementType*, References> map;
    for (const ElementType& type : kElementTypes) {
      References& references = map[&type];
      for (const ReferenceType& reference : kReferenceTypes) {
        if (IsA(type, reference.owner)) references.push_back(&reference);
      }
    }
    return map;
  }();
  return kMap;
}

// Where each event definition may stand (table 10.93), one column per EventPlace:
// top start, event-subprocess start interrupting / not, subprocess start, catch, boundary interrupting / not,
// throw, end.
struct Placement {
  std::string_view definition;
  bool allowed[9];
};
constexpr Placement kPlacements[] = {
    {"", {true, false, false, true, false, false, false, true, true}},
    {"messageEventDefinition", {true, true, true, false, true, true, true, true, true}},
    {"timerEventDefinition", {true, true, true, false, true, true, true, false, false}},
    {"errorEventDefinition", {false, true, false, false, false, true, false, false, true}},
    {"escalationEventDefinition", {false, true, true, false, false, true, true, true, true}},
    {"cancelEventDefinition", {false, false, false, false, false, true, false, false, true}},
    {"compensateEventDefinition", {false, true, false, false, false, true, false, true, true}},
    {"conditionalEventDefinition", {true, true, true, false, true, true, true, false, false}},
    {"linkEventDefinition", {false, false, false, false, true, false, false, true, false}},
    {"signalEventDefinition", {true, true, true, false, true, true, true, true, true}},
    {"terminateEventDefinition", {false, false, false, false, false, false, false, false, true}},
};

}  // namespace

const ElementType* FindElementType(std::string_view name) {
  // Elements that the schema calls otherwise than their types.
  if (name == "inputDataItem" || name == "outputDataItem")
    return FindElementType(name.starts_with("in") ? "dataInput" : "dataOutput");
  if (name == "childLaneSet") return FindElementType("laneSet");
  const auto at =
      std::lower_bound(std::begin(kElementTypes), std::end(kElementTypes), name,
                       [](const ElementType& type, std::string_view wanted) { return type.name < wanted; });
  return at != std::end(kElementTypes) && at->name == name ? at : nullptr;
}

std::span<const ElementType> ElementTypes() { return kElementTypes; }

bool IsA(const ElementType& type, std::string_view ancestor) {
  for (const ElementType* at = &type; at != nullptr; at = FindElementType(at->parent)) {
    if (at->name == ancestor) return true;
  }
  return false;
}

std::span<const ReferenceType> ReferenceTypes() { return kReferenceTypes; }

std::span<const ReferenceType* const> ReferencesOf(const ElementType& type) {
  return ReferencesByType().at(&type);
}

bool EventDefinitionAllowed(std::string_view definition, EventPlace place) {
  for (const Placement& placement : kPlacements) {
    if (placement.definition == definition) return placement.allowed[static_cast<size_t>(place)];
  }
  return true;
}

std::string_view EventPlaceName(EventPlace place) {
  static constexpr std::string_view kNames[] = {
      "the start event of a process",
      "the interrupting start event of an event subprocess",
      "the non-interrupting start event of an event subprocess",
      "the start event of a subprocess",
      "an intermediate catch event",
      "an interrupting boundary event",
      "a non-interrupting boundary event",
      "an intermediate throw event",
      "an end event",
  };
  return kNames[static_cast<size_t>(place)];
}

}  // namespace ameide::bpmn
