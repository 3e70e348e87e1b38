#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The element kinds of BPMN 2.0.2 as tables (Semantic.xsd and the class diagrams of the standard): data, not
/// classes.
namespace ameide::bpmn {

inline constexpr std::string_view kModelNamespace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
inline constexpr std::string_view kDiagramNamespace = "http://www.omg.org/spec/BPMN/20100524/DI";
inline constexpr std::string_view kDcNamespace = "http://www.omg.org/spec/DD/20100524/DC";
inline constexpr std::string_view kDiNamespace = "http://www.omg.org/spec/DD/20100524/DI";
inline constexpr std::string_view kZeebeNamespace = "http://camunda.org/schema/zeebe/1.0";
inline constexpr std::string_view kAmeideNamespace = "http://ameide.io/schema/bpmn/1.0";

/// The families that rules and the engine ask for. A kind may be in several.
enum Trait : uint32_t {
  kFlowNode = 1u << 0,
  kActivity = 1u << 1,
  kTask = 1u << 2,
  kSubProcessLike = 1u << 3,  ///< subProcess, adHocSubProcess, transaction
  kGateway = 1u << 4,
  kEvent = 1u << 5,
  kCatchEvent = 1u << 6,  ///< start, intermediate catch, boundary
  kThrowEvent = 1u << 7,  ///< end, intermediate throw
  kEventDefinition = 1u << 8,
  kFlowElementsContainer = 1u << 9,  ///< process and subprocesses
  kRootElement = 1u << 10,
  kArtifact = 1u << 11,
  kItemAware = 1u << 12,  ///< data objects, inputs, outputs, stores, properties
  kNamed = 1u << 13,      ///< people expect a name on the diagram
  kConnection =
      1u << 14,  ///< sequence and message flows, associations, data associations, conversation links
  kInteractionNode = 1u << 15,
  kAbstract = 1u << 16,
  kCallable = 1u << 17,
};

/// One element kind. Elements are compared by address: there is one per name.
struct ElementType {
  std::string_view name;    ///< local name in kModelNamespace, or of the abstract type
  std::string_view parent;  ///< its supertype; empty for the root of the hierarchy
  uint32_t traits = 0;

  bool is(Trait trait) const { return (traits & trait) != 0; }
};

/// A reference of one element kind (and all its subtypes) to another.
struct ReferenceType {
  std::string_view owner;       ///< element kind that has it, possibly abstract
  std::string_view name;        ///< local name of the attribute or child element
  bool as_element = false;      ///< written as `<incoming>id</incoming>` instead of an attribute
  std::string_view target;      ///< what it must refer to, possibly abstract; empty: anything
  bool many = false;            ///< an attribute holding a list of names
  bool may_be_outside = false;  ///< the standard allows names of things that this file does not hold
};

/// nullptr when BPMN has no such element or type.
const ElementType* FindElementType(std::string_view name);
std::span<const ElementType> ElementTypes();
/// True when `type` is `ancestor` or derives from it.
bool IsA(const ElementType& type, std::string_view ancestor);

/// Every row of the table.
std::span<const ReferenceType> ReferenceTypes();
/// References that elements of this kind can have, inherited ones included.
std::span<const ReferenceType* const> ReferencesOf(const ElementType& type);

/// Where an event definition stands.
enum class EventPlace : uint8_t {
  kTopLevelStart,
  kEventSubProcessInterruptingStart,
  kEventSubProcessNonInterruptingStart,
  kSubProcessStart,  ///< of an embedded subprocess: none only
  kIntermediateCatch,
  kBoundaryInterrupting,
  kBoundaryNonInterrupting,
  kIntermediateThrow,
  kEnd,
};

/// Table 10.93 of the standard: whether this event definition ("timerEventDefinition", … or "" for none) may
/// stand there.
bool EventDefinitionAllowed(std::string_view definition, EventPlace place);
/// For messages: "the start of an event subprocess".
std::string_view EventPlaceName(EventPlace place);

}  // namespace ameide::bpmn
