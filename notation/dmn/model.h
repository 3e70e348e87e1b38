#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "notation/dmn/finding.h"
#include "notation/dmn/graph.h"
#include "notation/feel/value.h"

namespace ameide::dmn {

/// Why something in an evaluation became null: DMN has no exceptions, so reasons are kept beside the result.
struct Diagnostic {
  std::string path;     ///< of the file
  uint32_t line = 0;    ///< from 1; 0 when unknown
  uint32_t column = 0;  ///< in code points, from 1
  std::string element;  ///< the id of the nearest element that has one
  std::string where;    ///< `decision "Approve"`
  std::string message;  ///< what happened and why
  std::string hint;     ///< how to mend it; may be empty
  std::string text;     ///< the expression, empty when it is not about one
  feel::Span span;      ///< bytes of it
};

/// As a compiler prints it, and feel::Render: severity, message, place, the line of the expression, a caret
/// under the part, how to mend it. What is about no expression shows `line`, that of the file.
std::string Render(const Diagnostic& diagnostic, std::string_view line = {});

/// A line of a text with its number and carets under its bytes [begin, end): three lines, indented.
std::string RenderLine(std::string_view line, uint32_t number, size_t begin, size_t end);

/// How to evaluate. Everything may be left out.
struct EvaluateOptions {
  std::vector<Diagnostic>* diagnostics = nullptr;  ///< where reasons go, the first 64
  const feel::DateTime* now = nullptr;             ///< of now() and today(); without it they give null
  uint64_t steps = 10'000'000;                     ///< what an evaluation may cost; then it ends with null
  bool* exhausted = nullptr;                       ///< set to whether Model::Evaluate was ended so
};

/// A decision, input, model or service of a compiled model.
struct NodeSummary {
  NodeKind kind = NodeKind::kDecision;
  std::string id, name, namespace_uri;
  bool imported = false;
  std::vector<uint32_t>
      requires_nodes;  ///< by information requirements; of a service: its parameters in order
};

/// A decision model ready to run: all expressions parsed, names resolved to slots, types known, tables
/// indexed (DMN 1.5 clause 6 to 10). Immutable; copies share it; thread-safe.
class Model {
 public:
  /// Compiles a graph; never fails: what cannot run has a finding and gives null with that reason. The
  /// graph's documents are not needed afterwards.
  explicit Model(const Graph& graph);

  /// Everything that is wrong, unordered. Their elements are those of the graph's documents.
  const std::vector<ModelFinding>& findings() const { return findings_; }

  std::span<const NodeSummary> nodes() const;
  /// A node by id or name, those of the model itself before imported ones; with a namespace only that one's.
  /// Names also as the model sees imported ones: "Loan Info.Rate".
  std::optional<uint32_t> Find(std::string_view name_or_id, std::string_view namespace_uri = {}) const;

  /// Values given from outside, by node: input data, and decisions that are not to be made but taken as
  /// given.
  using Inputs = std::vector<std::pair<uint32_t, feel::Value>>;
  /// Inputs by name from a context: entries of the model's own nodes, of imported ones below their import's
  /// name. Names of nothing are appended to `*unknown` when it is given.
  Inputs BindInputs(const feel::Context& context, std::vector<std::string>* unknown = nullptr) const;
  /// The same for values that were JSON: texts become dates, times and durations where the input's type says
  /// so.
  Inputs BindJson(const feel::Context& context, std::vector<std::string>* unknown = nullptr) const;

  /// What is given to a decision service that is none of its inputs (10.4) and nothing that its decisions
  /// require, so that it plays no part; nothing for other nodes.
  std::vector<uint32_t> SurplusInputs(uint32_t node, const Inputs& inputs) const;

  /// Makes a decision, with all that it requires; calls a decision service or business knowledge model with
  /// inputs as arguments by name. Null with a reason where there is no value.
  feel::Value Evaluate(uint32_t node, const Inputs& inputs, const EvaluateOptions& options = {}) const;
  /// The outputs of a decision service by name, also where there is only one.
  feel::Value EvaluateService(uint32_t node, const Inputs& inputs, const EvaluateOptions& options = {}) const;
  /// A business knowledge model called with arguments by parameter name.
  feel::Value Call(uint32_t node, const feel::Context& arguments, const EvaluateOptions& options = {}) const;

  struct Code;

 private:
  friend class Evaluation;
  std::shared_ptr<const Code> code_;
  std::vector<ModelFinding> findings_;
};

/// Many evaluations of one model on one thread: keeps its scratch memory between them, so that evaluating
/// scalar decisions allocates nothing. Not thread-safe; the model is shared.
class Evaluation {
 public:
  explicit Evaluation(const Model& model);
  ~Evaluation();
  Evaluation(Evaluation&&) noexcept;
  Evaluation& operator=(Evaluation&&) noexcept;

  /// Gives a node a value; it stays for later evaluations until Reset.
  void Set(uint32_t node, feel::Value value);
  /// Makes a decision anew from the values that are set.
  feel::Value Evaluate(uint32_t node, const EvaluateOptions& options = {});
  void Reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ameide::dmn
