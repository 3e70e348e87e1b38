#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "notation/feel/value.h"

namespace ameide::feel {

/// A FEEL type (DMN 1.5, 10.3.2.9): Any, Null, the scalar types, list<T>, context<name: T, …>, range<T> and
/// function<P, …>->R. Immutable, cheap to copy; thread-safe. Types are trees: a recursive item definition has
/// to be cut with Any by whoever makes it.
class Type {
 public:
  enum class Kind : uint8_t {
    kAny,
    kNull,
    kNumber,
    kString,
    kBoolean,
    kDate,
    kTime,
    kDateTime,
    kDayTimeDuration,
    kYearMonthDuration,
    kList,
    kContext,
    kRange,
    kFunction,
  };
  struct Field;

  /// Any.
  Type() = default;
  /// A type without parameters; kList, kContext, kRange and kFunction give list<Any>, context<>, range<Any>
  /// and that of every function.
  Type(Kind kind);  // NOLINT: a kind is a type
  static Type ListOf(Type element);
  static Type RangeOf(Type element);
  /// Names must differ; the order has no meaning.
  static Type ContextOf(std::vector<Field> fields);
  /// `names`: of the parameters, one for each, of a function that is at hand; none where only its type is
  /// known.
  static Type FunctionOf(std::vector<Type> parameters, Type result, std::vector<std::string> names = {});
  /// The type that FEEL knows under this name ("number", "date and time", "years and months duration", …,
  /// also the spellings "dateTime", "dayTimeDuration", "yearMonthDuration" of older files); nullopt for
  /// others.
  static std::optional<Type> Named(std::string_view name);
  /// The names of the standard, without those spellings.
  static std::span<const std::string_view> Names();

  Kind kind() const { return kind_; }
  bool is_any() const { return kind_ == Kind::kAny; }
  /// Of a list or range; Any for others.
  const Type& element() const;
  /// Of a context; empty for others.
  std::span<const Field> fields() const;
  /// nullptr when there is no such field.
  const Type* field(std::string_view name) const;
  /// Of a function; empty for others.
  std::span<const Type> parameters() const;
  /// Of a function: one for each parameter, or none where they are not known. No part of what the type is:
  /// types that differ in them alone are equivalent.
  std::span<const std::string> parameter_names() const;
  /// Of a function; Any for others.
  const Type& result() const;
  /// Of a function: whether it is known what it takes; false for others, and for that of every function.
  bool has_signature() const { return kind_ == Kind::kFunction && parts_ != nullptr; }

  /// As FEEL writes it: `list<context<a: number>>`.
  std::string ToString() const;

 private:
  struct Parts;
  Type(Kind kind, Parts parts);
  Kind kind_ = Kind::kAny;
  std::shared_ptr<const Parts> parts_;
};

/// A named part of a context type.
struct Type::Field {
  std::string name;
  Type type;
};

/// Equivalence and conformance (10.3.2.9.1, 10.3.2.9.2): functions are contravariant in their parameters,
/// contexts conform when they have at least the fields asked for, Null conforms to everything.
bool Equivalent(const Type& a, const Type& b);
bool ConformsTo(const Type& type, const Type& to);
/// The narrowest type that both conform to, as far as contexts and lists make one.
Type CommonType(const Type& a, const Type& b);

/// The type of a value; of lists the common type of their first 1,000 items. Any from 100 levels or 20,000
/// values on.
Type TypeOf(const Value& value);
/// `value instance of type`: false for null, nulls inside of lists and contexts conform to everything.
bool InstanceOf(const Value& value, const Type& type);
/// The value as what is needed where `type` is expected (10.3.2.9.4): itself when it conforms, a list's
/// single item for the item's type, a list of it for a list type, midnight UTC of a date for a date and time;
/// else null, and `*why` (when given) is set.
Value Coerce(const Value& value, const Type& type, std::string* why = nullptr);

}  // namespace ameide::feel
