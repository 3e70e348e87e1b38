#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "notation/feel/expression.h"

namespace ameide::engine {

/// Index of a node, a flow or an expression in its array of a Plan.
using Index = uint32_t;
inline constexpr Index kNone = 0xffffffffu;

/// The rules by which plans of this release are executed. A plan carries the version that it was compiled
/// for; an engine runs exactly the versions that it lists, so what a plan means never changes.
///
/// 1: the first subset. 2: clause 13 of BPMN 2.0.2; what 1 has means the same in 2.
inline constexpr uint32_t kSemanticsVersion = 2;
/// The version of FEEL that a plan's expressions are written in: 1 was a subset of DMN 1.5's, 2 is all of it.
inline constexpr uint32_t kFeelVersion = 2;

/// What a node does. The numbers are part of the plan's format: only append.
enum class NodeKind : uint8_t {
  kProcess = 0,     ///< node 0 of a plan: the scope of everything
  kSubProcess = 1,  ///< embedded
  kStartEvent = 2,
  kEndEvent = 3,
  kPassThrough = 4,  ///< a task that does nothing
  kJobTask = 5,      ///< work done outside the engine: a worker's job or a domain's command
  kUserTask = 6,
  kScriptTask = 7,
  kExclusiveGateway = 8,
  kParallelGateway = 9,
  kCatchEvent = 10,  ///< intermediate
  kBoundaryEvent = 11,
  kThrowEvent = 12,  ///< intermediate
  // From semantics 2 on.
  kEventSubProcess = 13,
  kTransaction = 14,
  kAdHocSubProcess = 15,
  kCallActivity = 16,
  kInclusiveGateway = 17,
  kComplexGateway = 18,
  kEventGateway = 19,
  kReceiveTask = 20,
  kSendTask = 21,
  kDecisionTask = 22,
};
inline constexpr NodeKind kLastNodeKind = NodeKind::kDecisionTask;

/// What an event waits for or does. The numbers are part of the plan's format: only append.
enum class Trigger : uint8_t {
  kNone = 0,
  kTimer = 1,
  kError = 2,
  kTerminate = 3,
  // From semantics 2 on. A link is a flow of the plan.
  kMessage = 4,
  kSignal = 5,
  kEscalation = 6,
  kCompensation = 7,
  kConditional = 8,
  kCancel = 9,
};
inline constexpr Trigger kLastTrigger = Trigger::kCancel;

/// A text of the model that is either fixed or computed by an expression when it is needed.
struct Parameter {
  std::string text;  ///< when there is no expression
  Index expression = kNone;
  bool empty() const { return expression == kNone && text.empty(); }
};

/// One input or output mapping: the value of an expression goes to a variable, or (a.b.c) into a context in
/// it.
struct Mapping {
  Index source = kNone;  ///< expression
  std::string target;
};

/// How the text of a timer is read (ISO 8601).
enum class TimerKind : uint8_t { kDate = 0, kDuration = 1, kCycle = 2 };

/// One event definition of an event (clause 10.5.5). Which fields mean something depends on the trigger.
struct EventDefinition {
  Trigger trigger = Trigger::kNone;
  TimerKind timer_kind = TimerKind::kDuration;
  Parameter timer;
  std::string code;           ///< of errors and escalations; where they are caught, empty catches every one
  Parameter name;             ///< of messages and signals
  Index correlation = kNone;  ///< of messages: expression of the key; none: by name alone
  std::string receiver;       ///< of thrown messages: the process that alone may get it; empty: any
  Index condition = kNone;    ///< of conditional events: expression
  Index activity = kNone;     ///< of thrown compensation: the node to undo; none: all of the scope
  bool wait_for_completion = true;  ///< of thrown compensation
};

/// How an activity repeats itself.
enum class LoopKind : uint8_t { kNone = 0, kStandard = 1, kParallel = 2, kSequential = 3 };

/// When the instances of a multi-instance activity throw events as they complete (table 10.32).
enum class LoopBehavior : uint8_t { kAll = 0, kNone = 1, kOne = 2, kComplex = 3 };

/// An event that a multi-instance activity throws; with kComplex, when its condition holds.
struct LoopEvent {
  Index condition = kNone;
  EventDefinition event;
};

/// Loop characteristics (clause 13.3.6, 13.3.7).
struct Loop {
  LoopKind kind = LoopKind::kNone;
  Index cardinality = kNone;      ///< expression: how many instances
  Index collection = kNone;       ///< expression: a list, one instance for each item
  std::string item;               ///< the variable that holds an instance's item
  Index output_item = kNone;      ///< expression: what an instance adds to the output collection
  std::string output_variable;    ///< local to each instance, where output_item is just a variable
  std::string output_collection;  ///< the variable that gets the outputs, in the order of the items
  /// Of a standard loop: goes on while it holds. Of multiple instances: ends them as soon as it holds.
  Index condition = kNone;
  bool test_before = false;
  std::optional<uint64_t> maximum;
  LoopBehavior behavior = LoopBehavior::kAll;
  std::vector<LoopEvent> events;
};

/// One output set of an activity (clause 13.3.2): what has to be there when the activity is done, and what
/// then goes out.
struct OutputSet {
  /// One of Node::outputs, with the data outputs (variables) that it needs.
  struct Output {
    Index mapping = kNone;
    std::vector<std::string> variables;
    bool operator==(const Output&) const = default;
  };
  std::vector<std::string> required;
  std::vector<Output> outputs;
  /// The IORule: which of Node::input_sets the activity may have begun with; nullopt: any.
  std::optional<std::vector<Index>> input_sets;
};

/// What has to come together before a node begins.
enum class Join : uint8_t {
  kNone,
  kParallel,
  kInclusive,
  kComplex,
  kQuantity,
  kLast,  ///< until nothing else moves: signals reach whoever waits beside, in whatever order branches run
};

/// Who does a job.
enum class JobKind : uint8_t {
  kWorker = 0,  ///< a program that asks for jobs of the type
  kDomain = 1,  ///< a domain's command; the type is package.Service/Method
  kStub = 2,    ///< nobody: a simulation completes it with nothing
  /// The host, over HTTP: the request is the variable kHttpRequest (method, url, query, headers, body), the
  /// rest is in the node's headers (backend/connectors says what they mean).
  kHttp = 3,
};
inline constexpr JobKind kLastJobKind = JobKind::kHttp;
inline constexpr char kHttpRequest[] = "httpRequest";

/// One flow node, process or subprocess. Which fields mean something depends on the kind.
struct Node {
  NodeKind kind = NodeKind::kPassThrough;
  std::string id;  ///< the element's id: the source map
  std::string name;
  std::string type;             ///< the element's local name in BPMN ("serviceTask")
  Index parent = kNone;         ///< the process or subprocess around it; kNone for the process
  std::vector<Index> incoming;  ///< flows
  std::vector<Index> outgoing;  ///< flows, in the order in which conditions are asked
  Index default_flow = kNone;
  std::vector<Index> entries;     ///< of scopes: the nodes that get a token when the scope begins
  std::vector<Index> boundaries;  ///< of activities: the boundary events attached
  Index attached_to = kNone;      ///< of boundary events
  bool interrupting = true;       ///< of boundary events and of start events of event subprocesses
  std::vector<Mapping> inputs;
  std::vector<Mapping> outputs;

  // Events, receive and send tasks.
  std::vector<EventDefinition> definitions;
  bool parallel_multiple = false;  ///< waits for all definitions, not for any

  // Jobs.
  JobKind job_kind = JobKind::kWorker;
  Parameter job_type;
  uint32_t job_retries = 3;  ///< attempts before there is an incident; at least 1
  std::string domain;        ///< of domain calls: the domain's name
  std::vector<std::pair<std::string, std::string>> headers;

  // User tasks.
  Parameter candidate_groups;  ///< fixed: names separated by commas; computed: a list of strings
  Parameter assignee;
  Parameter candidate_users;  ///< as candidate_groups
  Parameter due_date;         ///< ISO 8601, or computed: a date and time; informs, nothing fires
  Parameter follow_up_date;   ///< as due_date
  Parameter priority;         ///< a whole number from 0 to 100, 50 when it says nothing
  std::string form;

  // Script tasks.
  Index script = kNone;
  std::string result_variable;  ///< empty: the entries of a context become variables

  // Activities.
  Loop loop;
  uint32_t start_quantity = 1;       ///< tokens that it waits for
  uint32_t completion_quantity = 1;  ///< tokens that it puts on each flow taken
  Index handler = kNone;             ///< the activity that undoes it
  /// The variables that each of its input sets needs, in the sets' order: it begins when all of one set are
  /// there (clause 13.3.2). Empty: it does not wait for data.
  std::vector<std::vector<std::string>> input_sets;
  /// In the order in which they are asked. What no set names of `outputs` goes out with each. Empty:
  /// everything goes out.
  std::vector<OutputSet> output_sets;

  // Scopes.
  std::vector<Index> event_subprocesses;  ///< directly in it
  Index completion_condition = kNone;     ///< of ad-hoc subprocesses
  bool cancel_remaining = true;           ///< of ad-hoc subprocesses
  bool sequential = false;                ///< of ad-hoc subprocesses: one activity at a time
  bool starts_entries = false;            ///< of ad-hoc subprocesses: each entry once, without being asked

  // Call activities: the process or global task, a root of the plan.
  Index called = kNone;
  bool share_inputs = true;   ///< the called process begins with every variable in scope
  bool share_outputs = true;  ///< every variable of the called process goes back

  // Gateways.
  Index activation_condition = kNone;  ///< of complex gateways
  bool parallel_events = false;        ///< of event-based gateways: all events, not the first one

  /// Of start events, receive tasks and event-based gateways: begins instances of the process.
  bool instantiates = false;

  // Business rule tasks.
  std::string decision;  ///< id; evaluated by the plan's DecisionModel

  // Derived by Prepare; not part of a plan's bytes.
  Join join = Join::kNone;
  bool passing = false;  ///< never waits and has nothing of its own: needs no element instance
  /// Of inclusive and complex joins, by incoming flow: whether a token on flow f (or at node n) can still
  /// come to it without passing this gateway (clause 13.4.3).
  std::vector<std::vector<bool>> reached_from_flow, reached_from_node;
};

/// One sequence flow.
struct Flow {
  std::string id;
  Index source = kNone;
  Index target = kNone;
  Index condition = kNone;
};

/// A decision model (DMN) that business rule tasks of a plan call into, as it was when the plan was compiled.
struct DecisionFile {
  std::string path;  ///< for messages and imports
  std::string bytes;
};

/// Evaluates the decisions that a plan's business rule tasks call. Pure and thread-safe.
class DecisionModel {
 public:
  virtual ~DecisionModel() = default;
  /// The decision's result for these variables; `at` is what now() and today() say. INVALID_ARGUMENT when it
  /// has none, saying why.
  virtual absl::StatusOr<feel::Value> Evaluate(const std::string& decision, const feel::Context& variables,
                                               WallTime at) const = 0;
};

/// Decides, instead of conditions, which flows leave a node: for simulations that go by probability or by
/// somebody's choice. What it says is recorded like any decision.
class BranchChooser {
 public:
  virtual ~BranchChooser() = default;
  /// Some of the node's outgoing flows; nullopt leaves it to the conditions.
  virtual std::optional<std::vector<Index>> Choose(const struct Plan& plan, Index node) = 0;
};

/// One process, ready to be executed: the compiler's output, immutable, shared by all its instances. Nodes
/// and flows are numbered in document order, node 0 is the process; the processes and global tasks of the
/// file that it calls follow as further roots. Named by the SHA-256 of its canonical bytes
/// (plan/plan_codec.h). Thread-safe to read.
struct Plan {
  uint32_t semantics = kSemanticsVersion;
  uint32_t feel = kFeelVersion;
  std::vector<Node> nodes;
  std::vector<Flow> flows;
  std::vector<feel::Expression> expressions;
  /// Content hashes (hexadecimal) of the artifacts that the plan was compiled from, by role: "bpmn",
  /// "proto:orders".
  std::vector<std::pair<std::string, std::string>> sources;
  /// What the decisions of its business rule tasks are in, with all that it imports.
  std::vector<DecisionFile> decision_files;
  /// What begins instances of the process and shares its correlation information: start events, receive tasks
  /// and event-based gateways. The message that comes first begins an instance, which waits for the others of
  /// its group under the first one's key and is not done before (clauses 13.2, 13.5.1, 13.5.6). A parallel
  /// gateway may be a group of its own.
  std::vector<std::vector<Index>> conversations;

  // Derived by Prepare; not part of a plan's bytes.
  bool compensates = false;                        ///< something in it can ask for compensation
  bool waits_for_data = false;                     ///< something in it has input sets
  std::shared_ptr<const DecisionModel> decisions;  ///< of decision_files; by LoadDecisions
  std::shared_ptr<BranchChooser> branches;  ///< set by simulations only; must be as thread-safe as they need

  const std::string& process_id() const { return nodes[0].id; }
  const std::string& process_name() const { return nodes[0].name; }
};

/// Fills what is derived. Called by whatever makes a plan: the compiler and DecodePlan.
void Prepare(Plan& plan);

/// Whether an activity's output sets say which input set it may have begun with.
bool HasInputOutputRule(const Node& node);

/// The root (process or global task) that a node is in.
Index RootOf(const Plan& plan, Index node);

}  // namespace ameide::engine
