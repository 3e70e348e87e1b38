#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// The element kinds of DMN as tables (DMN 1.5, the schema of clause 6 to 10): data, not classes.
namespace ameide::dmn {

/// The releases of the standard whose files are read.
enum class Version : uint8_t { k1_0, k1_1, k1_2, k1_3, k1_4, k1_5, k1_6 };

/// "1.5".
std::string_view VersionName(Version version);
/// The release whose model namespace `uri` is; nullopt for other namespaces.
std::optional<Version> ModelVersion(std::string_view uri);
/// Whether `uri` names FEEL, as an expression language or as the namespace of its types.
bool IsFeelNamespace(std::string_view uri);
/// The model namespace of DMN 1.5, which new content is written in.
inline constexpr std::string_view kModelNamespace = "https://www.omg.org/spec/DMN/20230324/MODEL/";

/// How often a child stands in its parent.
enum class Occurs : uint8_t { kOptional, kOne, kMany, kOneOrMore };

/// One step of a complex type's sequence: one of `choices` (nearly always a single one).
struct Particle {
  struct Choice {
    std::string_view name;  ///< local name, or "%expression", "%drgElement", … for a family of elements
    std::string_view type;  ///< complex type, "text", or empty for a family (each member has its own)
  };
  std::vector<Choice> choices;
  Occurs occurs = Occurs::kOptional;
};

/// An attribute of a complex type.
struct AttributeType {
  std::string_view name;
  bool required = false;
  std::vector<std::string_view> values;  ///< the enumeration, empty for any text
};

/// A complex type of the schema with all that it inherits.
struct ComplexType {
  std::string_view name;
  std::vector<AttributeType> attributes;
  std::vector<Particle> particles;
};

/// nullptr for names that the schema does not have.
const ComplexType* FindComplexType(std::string_view name);
/// The complex type of a global element ("decision" → tDecision), or nullptr.
const ComplexType* TypeOfElement(std::string_view local_name);
/// Whether a global element belongs to a family: "expression", "drgElement", "artifact",
/// "businessContextElement".
bool IsInFamily(std::string_view local_name, std::string_view family);
/// Whether it is a boxed expression: "literalExpression", "decisionTable", "context", …
inline bool IsExpression(std::string_view local_name) { return IsInFamily(local_name, "expression"); }

}  // namespace ameide::dmn
