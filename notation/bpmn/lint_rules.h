#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/words.h"
#include "notation/bpmn/lint.h"
#include "notation/bpmn/view.h"

/// What the files lint_*.cc share; private to this folder.
namespace ameide::bpmn {

/// One process or subprocess with what is directly in it.
struct Scope {
  Element container;
  bool executable = false;  ///< its process says isExecutable="true"
  bool ad_hoc = false;
  bool event_triggered = false;
  std::vector<Element> nodes;
  std::vector<Element> flows;
};

/// What every rule sees.
struct LintContext {
  /// With all processes and subprocesses, or (of a narrowed view) with those that hold what it gives; then
  /// with no more of them than it gives.
  LintContext(const Definitions& view, const LintOptions& options);

  const Definitions& view;
  LintProfile profile;
  std::vector<Scope> scopes;
  /// Whether the element is in a process that is meant to run.
  bool IsExecutable(const Element& element) const;
  /// Whether a message flow begins or ends at the element.
  bool HasMessageFlow(const Element& element) const {
    return message_ends.contains(static_cast<uint32_t>(element.node()));
  }
  std::unordered_set<uint32_t> message_ends;  ///< of message flows, by node
};

/// What mends a finding: an element that goes, or an attribute of it that goes or gets another value.
struct Mend {
  std::string title;                                ///< "Remove the condition"
  Element element;                                  ///< that goes, unless an attribute is named
  std::string attribute = {};                       ///< as it is written; the element has it
  std::optional<std::string> value = std::nullopt;  ///< a plain word; nullopt takes the attribute away
  size_t finding = 0;                               ///< filled in by InOrder
};

/// What a rule found, before its place in the text is known.
struct Found {
  size_t rule = 0;  ///< index into AllRules()
  NodeIndex place = kNoNode;
  uaf::document::Finding finding;  ///< without line, column and fix
  std::optional<Mend> mend = std::nullopt;
};

/// Findings with their places and fixes, in the order of their places; at one place in the order of the
/// rules.
std::vector<uaf::document::Finding> InOrder(const uaf::document::Document& document,
                                            std::vector<Found> found);

/// Gives findings their fixes, in one look at the text. Of many, the first: the others come with the next
/// check.
void AddFixes(const uaf::document::Document& document, const std::vector<Mend>& mends,
              std::vector<uaf::document::Finding>& findings);

/// Takes the findings of one rule after the other.
class Report {
 public:
  explicit Report(std::vector<Found>& found) : found_(found) {}
  /// What is added from now on is of that rule.
  void Begin(size_t rule) { rule_ = rule; }
  /// `message` without the element's label, which is put in front of it.
  void Add(const Element& at, std::string_view message);
  /// The same for what can be mended with no more thought.
  void Add(const Element& at, std::string_view message, Mend mend);

 private:
  std::vector<Found>& found_;
  size_t rule_ = 0;
};

/// How much of a file a rule looks at to judge one element.
enum class Reach : uint8_t {
  /// The element, what is in it and around it, and what it names, at most kPlaceSteps references away, along
  /// flows in both directions (lint_touched.h). It reports at the element or at what that is connected to,
  /// not at a process, lane or other thing that holds many. After an edit only what it touches is judged
  /// anew.
  kNear,
  /// More than that. Judged anew as a whole after an edit that changes more than names and texts.
  kWhole,
};

/// A rule: what it is called and how it is found.
struct Rule {
  RuleDescription description;
  void (*check)(const LintContext& context, Report& report);
  Reach reach = Reach::kNear;
};

/// Every rule, in the order in which findings at one place come.
std::span<const Rule* const> AllRules();
/// Whether models are checked for it under that profile.
bool Holds(const Rule& rule, LintProfile profile);

/// The tables of the files. All but practice (warnings) and target are what the standard forbids.
std::span<const Rule> StructureRules();      ///< ids, references, ends of flows
std::span<const Rule> FlowRules();           ///< how nodes are connected
std::span<const Rule> SoundnessRules();      ///< what the flow can never do
std::span<const Rule> EventRules();          ///< event definitions and their places
std::span<const Rule> ActivityRules();       ///< tasks, subprocesses, loops, calls
std::span<const Rule> DataRules();           ///< items, inputs and outputs, data associations
std::span<const Rule> CollaborationRules();  ///< participants, message flows, conversations, choreographies
std::span<const Rule> DiagramRules();
std::span<const Rule> ExecutableRules();  ///< what the standard asks of executable processes, `target/`
std::span<const Rule> ExtensionRules();   ///< extension elements, calls and roles of what runs, `target/`
std::span<const Rule> PracticeRules();
std::span<const Rule> TargetRules();

/// `user task "Approve"`, or `user task Task_1` when it has no name.
std::string LabelOf(const Element& element);
/// What the names of one child element of `owner` refer to.
std::vector<Element> Referred(const LintContext& context, const Element& owner, std::string_view name);
/// Whether `wanted` is one of them.
bool Contains(const std::vector<Element>& elements, const Element& wanted);
/// The element's node, as a key of maps.
inline uint32_t IndexOf(const Element& element) { return static_cast<uint32_t>(element.node()); }
/// Event definitions of an event, by children and by eventDefinitionRef.
std::vector<Element> EventDefinitionsOf(const Element& event);
/// What a multi-instance activity throws while its instances complete: as its behavior says, each once.
std::vector<Element> ThrownByLoop(const Element& activity);
/// Whether one of them is of that type.
bool HasDefinition(const Element& event, std::string_view definition);
/// The process, choreography or other root element that an element is in, or the element itself.
Element RootOf(const Element& element);
/// Whether `inner` is `outer` or below it.
bool IsWithin(const Element& inner, const Element& outer);
/// Whether nothing but white space is in a text.
bool IsBlank(std::string_view text);
/// Whether two item definitions are equivalent: one, or of the same structure. True when one is not in this
/// file.
bool SameItem(const Element& a, const Element& b);
/// Whether an element of an expression says nothing: neither text nor elements.
bool IsEmptyExpression(const Element& expression);
/// Whether a condition says that the flow is not always taken.
bool HasCondition(const Element& flow);

}  // namespace ameide::bpmn
