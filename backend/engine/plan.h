#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "notation/feel/expression.h"

namespace ameide::engine {

/// Index of a node, a flow or an expression in its array of a Plan.
using Index = uint32_t;
inline constexpr Index kNone = 0xffffffffu;

/// The rules by which plans of this release are executed. A plan carries the version that it was compiled
/// for; an engine runs exactly the versions that it lists, so what a plan means never changes.
inline constexpr uint32_t kSemanticsVersion = 1;
/// The version of FEEL's subset that a plan's expressions are written in.
inline constexpr uint32_t kFeelVersion = 1;

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
  kThrowEvent = 12,  ///< intermediate, with no definition: passes
};

/// What an event waits for or does. The numbers are part of the plan's format: only append.
enum class Trigger : uint8_t { kNone = 0, kTimer = 1, kError = 2, kTerminate = 3 };

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

/// Who does a job.
enum class JobKind : uint8_t {
  kWorker = 0,  ///< a program that asks for jobs of the type
  kDomain = 1,  ///< a domain's command; the type is package.Service/Method
  kStub = 2,    ///< nobody: a simulation completes it with nothing
};

/// One flow node, process or subprocess. Which fields mean something depends on the kind.
struct Node {
  NodeKind kind = NodeKind::kPassThrough;
  Trigger trigger = Trigger::kNone;
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
  bool interrupting = true;       ///< of boundary events
  std::vector<Mapping> inputs;
  std::vector<Mapping> outputs;

  // Timers.
  TimerKind timer_kind = TimerKind::kDuration;
  Parameter timer;

  // Jobs.
  JobKind job_kind = JobKind::kWorker;
  Parameter job_type;
  uint32_t job_retries = 3;  ///< attempts before there is an incident; at least 1
  std::string domain;        ///< of domain calls: the domain's name
  std::vector<std::pair<std::string, std::string>> headers;

  // User tasks.
  Parameter candidate_groups;  ///< fixed: names separated by commas; computed: a list of strings
  Parameter assignee;
  std::string form;

  // Script tasks.
  Index script = kNone;
  std::string result_variable;  ///< empty: the entries of a context become variables

  // Errors thrown or caught; empty catches every error.
  std::string error_code;
};

/// One sequence flow.
struct Flow {
  std::string id;
  Index source = kNone;
  Index target = kNone;
  Index condition = kNone;
};

/// One process, ready to be executed: the compiler's output, immutable, shared by all its instances. Nodes
/// and flows are numbered in document order, node 0 is the process. Named by the SHA-256 of its canonical
/// bytes (plan/plan_codec.h). Thread-safe to read.
struct Plan {
  uint32_t semantics = kSemanticsVersion;
  uint32_t feel = kFeelVersion;
  std::vector<Node> nodes;
  std::vector<Flow> flows;
  std::vector<feel::Expression> expressions;
  /// Content hashes (hexadecimal) of the artifacts that the plan was compiled from, by role: "bpmn",
  /// "proto:orders".
  std::vector<std::pair<std::string, std::string>> sources;

  const std::string& process_id() const { return nodes[0].id; }
  const std::string& process_name() const { return nodes[0].name; }
};

/// True for nodes that wait for a token on every incoming flow.
inline bool IsJoin(const Node& node) {
  return node.kind == NodeKind::kParallelGateway && node.incoming.size() > 1;
}

}  // namespace ameide::engine
