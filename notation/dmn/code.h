#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "notation/dmn/model.h"
#include "notation/dmn/types.h"
#include "notation/feel/expression.h"
#include "notation/feel/function.h"

/// The compiled form of a model, private to this folder.
namespace ameide::dmn {

class Run;

/// Where something was written, for reasons at run time.
struct Place {
  uint32_t file = 0;
  TextPosition position{.line = 0};
  std::string element;
  std::string where;
};

/// The values that the names in scope have right now, by slot. One frame serves a whole decision logic or
/// function body: what is nested has slots behind those around it.
using Frame = std::span<feel::Value>;

/// A boxed expression (10.2.1). Immutable.
class Box {
 public:
  virtual ~Box() = default;
  /// Its value, as one of its declared type.
  feel::Value Evaluate(Run& run, Frame frame) const;
  /// What its value will be, as far as is known.
  virtual feel::Type type() const { return declared != nullptr ? declared->type : feel::Type(); }

  std::shared_ptr<const ItemType> declared;  ///< its typeRef; nullptr for anything
  Place place;

 protected:
  virtual feel::Value Compute(Run& run, Frame frame) const = 0;
};

using BoxPointer = std::unique_ptr<const Box>;

/// A FEEL text with its place.
struct Text {
  std::optional<feel::Expression> expression;  ///< absent when it is no FEEL
  std::optional<feel::Diagnostic> error;       ///< then: the first thing that is wrong
  std::optional<uint32_t> slot;                ///< when it is just the name that has this slot
  std::optional<feel::Value> constant;         ///< when it is one
  SourceText source;
  std::vector<std::pair<feel::Span, std::string>> hints;  ///< how to mend parts of it that give null
  /// Bytes that were put in front of the text as it is in the file, and how many of it there are.
  uint32_t shift = 0;
  uint32_t file = 0;
  std::string element, where;
};

struct BoundField;

/// What has to be put into the slot of a name before logic runs: the value of a node, or for an import a
/// context of such.
struct Binding {
  uint32_t slot = 0;
  std::optional<uint32_t> node;
  std::vector<BoundField> fields;
};

/// Of a binding whose value is a context.
struct BoundField {
  std::string name;
  Binding binding;
};

/// Decision logic or the body of a function.
struct Unit {
  BoxPointer body;
  uint32_t frame_size = 0;
  std::vector<Binding> bindings;
};

/// One node, ready to run.
struct NodeCode {
  NodeKind kind = NodeKind::kDecision;
  std::shared_ptr<const ItemType> declared;  ///< of the variable; of functions: of their result
  Place place;
  uint32_t chain = 0;                     ///< of decisions: the longest way down what they require
  Unit unit;                              ///< of decisions and business knowledge models
  std::vector<uint32_t> parameter_slots;  ///< of a business knowledge model
  std::vector<std::shared_ptr<const ItemType>> parameter_types;
  feel::Value function;  ///< of business knowledge models and decision services
  std::vector<std::pair<std::string, uint32_t>> outputs;  ///< of a service: names and nodes
};

/// All of it, shared by evaluations.
struct Model::Code {
  std::vector<std::string> paths;
  std::vector<NodeSummary> summaries;
  std::vector<NodeCode> nodes;
  std::vector<std::vector<std::pair<std::string, uint32_t>>>
      import_names;  ///< of each file: import name, file
  std::vector<uint32_t> node_files;
};

}  // namespace ameide::dmn
