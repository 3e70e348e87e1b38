#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "notation/dmn/finding.h"
#include "notation/dmn/graph.h"
#include "notation/feel/expression.h"
#include "notation/feel/type.h"

namespace ameide::dmn {

/// An item definition ready for use (DMN 1.5 7.3.3): its structure as a FEEL type, and what its values must
/// satisfy beyond that. Immutable and shared; thread-safe.
struct ItemType {
  /// Unary tests and the slots of the names that they read: the item's sibling components.
  struct Tests {
    feel::Expression expression;
    std::vector<std::string> names;  ///< by slot
  };

  std::string name;  ///< as it is referred to; for messages
  feel::Type type;
  bool constrained = false;  ///< it, or something that it consists of, has tests
  /// What it is based on: the item of a collection, else the type referred to. nullptr for FEEL's own.
  std::shared_ptr<const ItemType> base;
  bool is_collection = false;
  std::vector<std::pair<std::string, std::shared_ptr<const ItemType>>> components;
  std::optional<Tests> allowed;     ///< `allowedValues`: of each item of a collection
  std::optional<Tests> constraint;  ///< `typeConstraint`: of the whole value
  std::string allowed_text, constraint_text;
};

/// The value as one of the type: coerced (10.3.2.9.4) and within the type's constraints; otherwise null, and
/// `*why` (when given) is set. `type` nullptr takes everything. Null conforms.
feel::Value Conform(const feel::Value& value, const ItemType* type, const feel::EvaluationOptions& options,
                    std::string* why);

/// The types of all files of a graph, by the names that each file calls them. Built once; thread-safe to
/// read.
class TypeTable {
 public:
  /// Appends what is wrong with the definitions.
  TypeTable(const Graph& graph, std::vector<ModelFinding>& findings);

  /// What `type_ref`, written at `at` in a file, names; nullptr for Any, for nothing and for unknown names (a
  /// finding with suggestions).
  std::shared_ptr<const ItemType> Resolve(uint32_t file, const Element& at, std::string_view type_ref,
                                          std::vector<ModelFinding>& findings) const;
  /// All names of types in a file, for `instance of`.
  const std::vector<std::pair<std::string, feel::Type>>& named(uint32_t file) const { return named_[file]; }
  /// The type named exactly so in a file, or nullptr.
  std::shared_ptr<const ItemType> Find(uint32_t file, std::string_view name) const;

 private:
  struct Builder;
  ModelFinding Unknown(uint32_t file, const Element& at, std::string_view type_ref) const;
  std::shared_ptr<const ItemType> Lookup(uint32_t file, const Element& at, std::string_view type_ref,
                                         bool& known) const;

  const Graph& graph_;
  std::vector<std::unordered_map<std::string, std::shared_ptr<const ItemType>>> types_;
  std::vector<std::vector<std::pair<std::string, feel::Type>>> named_;
};

/// Whether a value is of a scalar type as it stands, which is the usual case and needs no conversion.
inline bool IsPlainly(const feel::Value& value, const feel::Type& type) {
  using Kind = feel::Type::Kind;
  switch (value.kind()) {
    case feel::Kind::kNumber:
      return type.kind() == Kind::kNumber;
    case feel::Kind::kString:
      return type.kind() == Kind::kString;
    case feel::Kind::kBoolean:
      return type.kind() == Kind::kBoolean;
    case feel::Kind::kDate:
      return type.kind() == Kind::kDate;
    default:
      return false;
  }
}

/// Of a value: FEEL's type, Any for nullptr.
inline feel::Type FeelType(const ItemType* type) { return type == nullptr ? feel::Type() : type->type; }

}  // namespace ameide::dmn
