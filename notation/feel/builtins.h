#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "notation/feel/value.h"

namespace ameide::feel {

/// One call of a built-in function: its arguments, and where to say why the result is null.
class Call {
 public:
  Call(std::span<const Value> arguments, uint64_t& budget) : arguments_(arguments), budget_(budget) {}

  size_t size() const { return arguments_.size(); }
  /// null when it was not given.
  const Value& operator[](size_t index) const;
  std::span<const Value> all() const { return arguments_; }
  bool has(size_t index) const { return index < arguments_.size() && !arguments_[index].is_null(); }

  /// Gives null with a reason.
  Value Null(std::string reason);
  /// Null because argument `index` is not a `wanted`.
  Value Wrong(size_t index, std::string_view wanted);
  /// Takes `amount` of the evaluation's budget for something built; false when there is not that much left.
  bool Spend(uint64_t amount);

  const std::string& reason() const { return reason_; }

 private:
  std::span<const Value> arguments_;
  uint64_t& budget_;
  std::string reason_;
};

/// A row of the table of functions (DMN 1.5, 10.3.4).
struct Builtin {
  std::string_view name;
  /// Comma-separated; `?` marks those that may be left out, `*` a last one that takes all the rest.
  std::string_view parameters;
  Value (*run)(Call& call);
};

/// The function of that name, or nullptr.
const Builtin* FindBuiltin(std::string_view name);
/// The most words that a function's name has.
inline constexpr int kMostNameWords = 4;
/// Why a function that FEEL has is refused here; empty for names that FEEL does not have either.
std::string_view RefusedFunction(std::string_view name);

/// Tables of the three files of functions.
std::span<const Builtin> GeneralBuiltins();
std::span<const Builtin> TextBuiltins();
std::span<const Builtin> TemporalBuiltins();

// Operators that functions need as well (operators.cc, evaluator.cc).

/// -1, 0, 1; nullopt when the two have no order.
std::optional<int> Order(const Value& a, const Value& b);
/// Arithmetic on two values; null when it is not defined for their kinds.
Value AddValues(const Value& a, const Value& b);
Value SubtractValues(const Value& a, const Value& b);
Value MultiplyValues(const Value& a, const Value& b);
Value DivideValues(const Value& a, const Value& b);
/// `value in test`: equality, a range's inclusion, or a list's membership.
Value Matches(const Value& value, const Value& test);
/// A property of a temporal value ("year", "time offset"); null when it has none of that name.
Value TemporalProperty(const Value& value, std::string_view name);

}  // namespace ameide::feel
