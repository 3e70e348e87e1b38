#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/compiler/compile.h"
#include "notation/bpmn/view.h"

/// Turns one process into a plan; private to this folder.
namespace ameide::compiler {

/// A finding whose line is still to be looked up.
struct Problem {
  bpmn::Element at;
  std::string reason;
  std::string clause;
};

/// Compiles one executable process. Use once.
class ProcessCompiler {
 public:
  ProcessCompiler(const bpmn::Definitions& view, const CompileOptions& options,
                  std::vector<Problem>& problems)
      : view_(view), options_(options), problems_(problems) {}

  engine::Plan Compile(const bpmn::Element& process);

 private:
  // process_compiler.cc: the graph.
  void AddScope(const bpmn::Element& container, engine::Index scope);
  void AddNode(const bpmn::Element& element, engine::Index parent);
  void AddFlows(const bpmn::Element& container, engine::Index scope);
  engine::Index CompileCondition(const bpmn::Element& flow, const bpmn::Element& condition);
  void SortOutgoing(engine::Index node);
  void SetDefaultFlow(engine::Index node);
  void CheckConditions(engine::Index node);
  void SetEntries(const bpmn::Element& container, engine::Index scope);
  void AttachBoundaries();
  void CheckScopeParts(const bpmn::Element& container);

  // node_compiler.cc: what each kind of element does.
  void CompileNode(const bpmn::Element& element, engine::Node& node);
  void CompileActivity(const bpmn::Element& element, engine::Node& node);
  void CompileTask(const bpmn::Element& element, engine::Node& node);
  void CompileService(const bpmn::Element& element, engine::Node& node);
  void CompileUserTask(const bpmn::Element& element, engine::Node& node);
  void CompileScript(const bpmn::Element& element, engine::Node& node);
  bool CompileJob(const bpmn::Element& element, engine::Node& node);
  void MakeStubJob(engine::Node& node);
  void CompileStub(const bpmn::Element& element, engine::Node& node, std::string_view missing);
  void CompileEvent(const bpmn::Element& element, engine::Node& node);
  void CompileTimer(const bpmn::Element& event, const bpmn::Element& definition, engine::Node& node);
  void CompileError(const bpmn::Element& event, const bpmn::Element& definition, engine::Node& node);
  void CompileMappings(const bpmn::Element& element, engine::Node& node);
  void CheckActivity(const bpmn::Element& element);
  void CheckExtensions(const bpmn::Element& element);

  // Expressions.
  engine::Index AddExpression(const bpmn::Element& at, const std::string& text, std::string_view what);
  /// `=` makes an expression of an attribute; everything else is fixed text.
  engine::Parameter AddParameter(const bpmn::Element& at, const std::string& text, std::string_view what);

  void Report(const bpmn::Element& at, std::string reason, std::string clause);
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
  std::map<std::string, engine::Index> expressions_;
  std::set<engine::Index> refused_conditions_;  ///< flows whose condition has its own finding
};

/// Whether a language or script format names FEEL.
bool IsFeel(std::string_view language);

/// "exclusiveGateway" → "exclusive gateway".
std::string InWords(std::string_view type);
/// As InWords, with "a" or "an" in front.
std::string WithArticle(std::string_view type);

}  // namespace ameide::compiler
