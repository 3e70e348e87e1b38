#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/compiler/call_library.h"
#include "backend/compiler/compile.h"
#include "base/words.h"
#include "notation/bpmn/extensions.h"
#include "notation/bpmn/view.h"

/// Turns one process into a plan; private to this folder.
namespace ameide::compiler {

/// A finding whose line is still to be looked up.
struct Problem {
  bpmn::Element at;
  std::string reason;
  std::string clause;
};

/// A call activity that calls something in another file.
struct OutsideCall {
  bpmn::Element at;
  engine::Index node = engine::kNone;
  CallLibrary::Callable called;
};

/// Errors of the schema and of the rules of lint, where they matter to the execution of `processes`.
std::vector<CompileFinding> LintGate(const bpmn::Definitions& view,
                                     const std::vector<bpmn::Element>& processes,
                                     const CompileOptions& options);

/// Compiles one process, or a global task by itself. Use once.
class ProcessCompiler {
 public:
  ProcessCompiler(const bpmn::Definitions& view, const CompileOptions& options,
                  std::vector<Problem>& problems)
      : view_(view), options_(options), problems_(problems) {}

  engine::Plan Compile(const bpmn::Element& process);
  /// What it calls in other files; their nodes have no `called` yet.
  const std::vector<OutsideCall>& outside_calls() const { return outside_calls_; }

 private:
  // process_compiler.cc: the graph.
  void AddRoot(const bpmn::Element& element);
  void AddScope(const bpmn::Element& container, engine::Index scope);
  void AddNode(const bpmn::Element& element, engine::Index parent);
  void AddFlows(const bpmn::Element& container, engine::Index scope);
  void AddLinks(const bpmn::Element& container);
  engine::Index CompileCondition(const bpmn::Element& flow, const bpmn::Element& condition);
  void SortOutgoing(engine::Index node);
  void SetDefaultFlow(engine::Index node);
  void CheckConditions(engine::Index node);
  void SetEntries(const bpmn::Element& container, engine::Index scope);
  bool BeginsInstances(engine::Index node) const;
  void AttachBoundaries();
  void SetHandler(engine::Index boundary, engine::Index host);
  void SetDefaultSignal(engine::Index boundary, engine::Index host);
  void SetReferences();
  void CheckScopeParts(const bpmn::Element& container);

  // node_compiler.cc: what each kind of element does.
  void CompileNode(const bpmn::Element& element, engine::Node& node);
  void CompileGateway(const bpmn::Element& element, engine::Node& node);
  void CompileActivity(const bpmn::Element& element, engine::Node& node);
  void CompileAdHoc(const bpmn::Element& element, engine::Node& node);
  void CompileCall(const bpmn::Element& element, engine::Node& node);
  uint32_t Quantity(const bpmn::Element& element, std::string_view name);

  // task_compiler.cc: tasks. `type` is the task's, also for a global task.
  void CompileTask(const bpmn::Element& element, std::string_view type, engine::Node& node);
  void CompileService(const bpmn::Element& element, engine::Node& node);
  void CompileUserTask(const bpmn::Element& element, engine::Node& node);
  void CompileScript(const bpmn::Element& element, engine::Node& node);
  void CompileReceive(const bpmn::Element& element, engine::Node& node);
  void CompileSend(const bpmn::Element& element, engine::Node& node);
  void CompileDecision(const bpmn::Element& element, engine::Node& node);

  // role_compiler.cc: who may do a user task.
  void CompileRoles(const bpmn::Element& element, engine::Node& node);

  // http_compiler.cc: calls of a service task over HTTP.
  void CompileHttpCall(const bpmn::Element& element, const bpmn::Element& call, engine::Node& node);
  void CompileHttpRequest(const bpmn::Element& element, engine::Node& node);
  std::string HttpPart(const bpmn::Element& element, const std::string& text, std::string_view what);
  std::string HttpPairs(const bpmn::Element& element, const bpmn::Element& call, std::string_view kind,
                        engine::Node& node);
  bool CompileJob(const bpmn::Element& element, engine::Node& node);
  void MakeStubJob(engine::Node& node);
  void CompileStub(const bpmn::Element& element, engine::Node& node, std::string_view missing);

  // event_compiler.cc
  void CompileEvent(const bpmn::Element& element, engine::Node& node);
  void CompileDefinition(const bpmn::Element& event, const bpmn::Element& definition,
                         const std::string& clause, engine::Node& node);
  void CompileTimer(const bpmn::Element& event, const bpmn::Element& definition, engine::EventDefinition& it);
  void CompileError(const bpmn::Element& event, const bpmn::Element& definition, bool throws,
                    engine::EventDefinition& it);
  void CompileEscalation(const bpmn::Element& event, const bpmn::Element& definition, bool throws,
                         engine::EventDefinition& it);
  void CompileSignal(const bpmn::Element& event, const bpmn::Element& definition,
                     engine::EventDefinition& it);
  void CompileConditional(const bpmn::Element& event, const bpmn::Element& definition,
                          engine::EventDefinition& it);

  // message_compiler.cc: who talks to whom.
  /// The name and key of the message that is thrown or caught at `element`; false when it names none.
  bool CompileMessage(const bpmn::Element& element, const bpmn::Element& message, bool throws,
                      engine::EventDefinition& it);
  engine::Index CorrelationKey(const bpmn::Element& element, const bpmn::Element& message, bool throws);
  void SetConversations();

  // loop_compiler.cc
  void CompileLoop(const bpmn::Element& element, engine::Node& node);
  void CompileStandardLoop(const bpmn::Element& element, const bpmn::Element& loop, engine::Node& node);
  void CompileMultiInstance(const bpmn::Element& element, const bpmn::Element& loop, engine::Node& node);
  void CompileBehavior(const bpmn::Element& element, const bpmn::Element& loop, engine::Node& node);
  void AddLoopEvent(const bpmn::Element& element, const bpmn::Element& definition, engine::Index condition,
                    engine::Node& node);

  // data_compiler.cc: mappings and data associations.
  void CompileMappings(const bpmn::Element& element, engine::Node& node);
  void CompileAssociations(const bpmn::Element& element, engine::Node& node);
  void CompileAssociation(const bpmn::Element& element, const bpmn::Element& association, bool input,
                          std::vector<engine::Mapping>& into);
  void CompileLocalData(const bpmn::Element& element, engine::Node& node);
  void CompileInputSets(const bpmn::Element& element, engine::Node& node);
  /// One of a node's output mappings, with the data outputs that it is made of.
  struct OutputSource {
    engine::Index mapping = engine::kNone;
    std::vector<bpmn::Element> outputs;
  };
  void CompileOutputSets(const bpmn::Element& element, const std::vector<OutputSource>& governed,
                         engine::Node& node);
  std::set<bpmn::NodeIndex> Members(const bpmn::Element& set, std::string_view name) const;
  std::vector<std::string> NeededBy(const bpmn::Element& element, const bpmn::Element& input_set);
  bool IsProvidedOutside(const bpmn::Element& element, const bpmn::Element& item);
  /// The FEEL variable that stands for a data object, property, input or output.
  std::string VariableOf(const bpmn::Element& item) const;

  // Expressions.
  engine::Index AddExpression(const bpmn::Element& at, const std::string& text, std::string_view what);
  /// An expression element of the standard; kNone with a finding when it is empty or not FEEL.
  engine::Index AddFormal(const bpmn::Element& at, const bpmn::Element& expression, std::string_view what,
                          std::string clause);
  /// `=` makes an expression of an attribute; everything else is fixed text.
  engine::Parameter AddParameter(const bpmn::Element& at, const std::string& text, std::string_view what);

  void Report(const bpmn::Element& at, std::string reason, std::string clause);
  /// What the lint says of extensions, too.
  void Report(const bpmn::Element& at, const bpmn::ExtensionProblems& problems);
  bool InSimulation() const { return options_.target == Target::kSimulation; }
  bool IsReplaced(const bpmn::Element& element) const { return options_.replaced.contains(element.id()); }
  /// A stubbed simulation passes the element's work by, unless it is given the results.
  bool IsPassed(const bpmn::Element& element) const {
    return InSimulation() && options_.stub && !options_.completed.contains(element.id());
  }

  const bpmn::Definitions& view_;
  const CompileOptions& options_;
  std::vector<Problem>& problems_;
  engine::Plan plan_;
  std::vector<bpmn::Element> elements_;             ///< by node index
  std::map<bpmn::NodeIndex, engine::Index> nodes_;  ///< by element
  std::map<bpmn::NodeIndex, engine::Index> flows_;
  std::vector<bpmn::Element> flow_elements_;  ///< by flow index, but for those of links
  std::map<std::string, engine::Index> expressions_;
  std::map<std::string, std::string> decision_files_;  ///< path → bytes
  std::set<engine::Index> refused_conditions_;         ///< flows whose condition has its own finding
  std::map<engine::Index, bpmn::Element> calls_;       ///< by call activity: what it calls
  std::vector<OutsideCall> outside_calls_;
  /// What data output associations fill, by data object or property: the elements that they are in.
  std::optional<std::map<bpmn::NodeIndex, std::vector<bpmn::Element>>> providers_;
  /// By node and definition: the activity that a thrown compensation names.
  std::map<std::pair<engine::Index, size_t>, bpmn::Element> compensations_;
};

/// Event definitions of an event, its own and those that it refers to.
std::vector<bpmn::Element> DefinitionsOf(const bpmn::Definitions& view, const bpmn::Element& event);

}  // namespace ameide::compiler
