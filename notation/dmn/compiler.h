#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "notation/dmn/boxes.h"
#include "notation/dmn/code.h"
#include "notation/dmn/table.h"
#include "notation/feel/scope.h"

namespace ameide::dmn {

/// Makes the code of a graph; private to this folder. compiler.cc holds nodes and texts, compile_boxes.cc the
/// boxed expressions, compile_table.cc decision tables.
class Compiler {
 public:
  Compiler(const Graph& graph, std::shared_ptr<Model::Code> code, std::vector<ModelFinding>& findings);
  void Run();

 private:
  /// Of one decision logic or function body, while it is compiled.
  struct UnitState {
    uint32_t file = 0;
    std::string where;  ///< `decision "Approve"`
    uint32_t next_slot = 0;
    std::set<std::string> used;  ///< names that its texts read
    bool unknown = false;        ///< one of them has an error or names what is not there
    int depth = 0;               ///< of boxes in boxes
  };
  /// How a text is to be read.
  struct TextOptions {
    bool unary = false;
    feel::Type input;
    std::string before, after;  ///< put around the text
    bool has_input = false;
    bool names_function = false;
    Element domain;          ///< a literal expression whose text is a part of `before`; empty when none is
    uint32_t domain_at = 0;  ///< where in it
  };
  /// Names as they will be bound: nodes directly, or below the names of imports.
  struct NamedTree;
  struct NameTree {
    std::optional<uint32_t> node;
    std::vector<NamedTree> fields;
  };
  struct NamedTree {
    std::string name;
    NameTree tree;
  };

  // ---- Nodes
  /// All nodes, each behind what it requires, calls or puts out (circles aside).
  std::vector<uint32_t> InOrder() const;
  void CompileNode(uint32_t index);
  void CompileKnowledge(uint32_t index, NodeCode& node);
  void MakeServiceFunction(uint32_t index, NodeCode& node);
  void MakeKnowledgeFunction(uint32_t index, NodeCode& node,
                             std::vector<feel::Function::Parameter> parameters);
  std::shared_ptr<const ItemType> VariableType(uint32_t file, const Element& element);
  /// The type of what a function returns, said by a variable that may have the function's type or its
  /// result's.
  std::shared_ptr<const ItemType> ResultType(uint32_t file, const Element& at, const std::string& type_ref);
  feel::Type TypeOfNode(uint32_t index);
  void BindNames(uint32_t index, UnitState& state, Unit& unit, feel::Scope& scope);
  /// What is required and never read.
  void CheckRequirements(uint32_t index, const UnitState& state);
  /// What a function takes and never reads.
  void CheckParameters(const Element& function, const UnitState& state);
  /// That a decision's logic and its variable are declared as one type.
  void CheckSameType(const NodeCode& node, uint32_t file, const Element& logic);
  /// How a name that is not in scope may be brought there; empty when the model does not have it either.
  std::string WhereNameIs(uint32_t file, const std::string& name) const;
  void AddName(NameTree& tree, uint32_t from_file, uint32_t node, const std::string& name);
  Binding BindTree(const NameTree& tree);
  feel::Type TypeOfTree(const NameTree& tree);

  // ---- Texts and places
  Text ReadText(UnitState& state, const Element& element, const feel::Scope& scope,
                const TextOptions& options);
  Text ReadText(UnitState& state, const Element& element, const feel::Scope& scope) {
    return ReadText(state, element, scope, TextOptions{});
  }
  /// A finding of an element's text, which has `size` bytes and stood `shift` behind the beginning of what
  /// was read.
  void ReportText(UnitState& state, const Element& element, const feel::Finding& found, uint32_t shift,
                  uint32_t size);
  /// The same where it is of the options' domain; else false.
  bool ReportDomain(UnitState& state, const feel::Finding& found, const TextOptions& options);
  const SourceText& SourceOf(uint32_t file, const Element& element);
  Place PlaceOf(const UnitState& state, const Element& element) const;
  void Report(uaf::document::Severity severity, std::string rule, uint32_t file, const Element& at,
              std::string message);
  bool IsFeel(uint32_t file, const Element& element) const;

  // ---- Boxes
  static constexpr int kMostNesting = 100;  ///< of boxes in boxes
  /// That what is declared as a type can be of it.
  void CheckGives(const ItemType& declared, const feel::Type& found, uint32_t file, const Element& element);
  /// That a box whose value is a condition can be true or false; `what` it is for the message.
  void CheckCondition(const Box* box, std::string_view what, uint32_t file, const Element& element);
  /// The type of what calling the value of a box gives, as far as is known.
  static feel::Type ResultOf(const Box* function);
  BoxPointer CompileBox(UnitState& state, const Element& element, const feel::Scope& scope);
  /// The boxed expression in a child like `in` or `return`; nullptr and a finding when there is none.
  BoxPointer CompileChild(UnitState& state, const Element& parent, const char* child,
                          const feel::Scope& scope);
  std::unique_ptr<Box> CompileLiteral(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileContext(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileList(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileRelation(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileInvocation(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileFunction(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileConditional(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileIteration(UnitState& state, const Element& element, const feel::Scope& scope);
  std::unique_ptr<Box> CompileTable(UnitState& state, const Element& element, const feel::Scope& scope);
  /// What runs for each item of an iteration that is no literal expression.
  std::unique_ptr<const FunctionBox> CompileEach(UnitState& state, const Element& body,
                                                 const feel::Scope& scope,
                                                 std::vector<feel::Function::Parameter> parameters);

  // ---- Tables
  void CompileInputs(UnitState& state, const Element& element, const feel::Scope& scope, TableBox& table);
  void CompileOutputs(UnitState& state, const Element& element, const feel::Scope& scope, TableBox& table);
  void CompileRules(UnitState& state, const Element& element, const feel::Scope& scope, TableBox& table);

  const Graph& graph_;
  std::shared_ptr<Model::Code> code_;
  std::vector<ModelFinding>& findings_;
  TypeTable types_;
  std::vector<std::unordered_map<uint32_t, SourceText>> sources_;      // of each file, by node
  std::vector<std::unordered_map<uint32_t, TextPosition>> positions_;  // likewise
};

/// What a text tests, as intervals where all of it is constant.
CellTests CellOf(const Text& text);

}  // namespace ameide::dmn
