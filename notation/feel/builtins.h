#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "notation/feel/expression.h"
#include "notation/feel/text.h"

namespace ameide::feel {

/// A set of kinds, one bit each.
using KindMask = uint32_t;
constexpr KindMask MaskOf(Kind kind) { return KindMask{1} << static_cast<unsigned>(kind); }

/// One call of a built-in function: its arguments, and where to say why the result is null.
class Call {
 public:
  Call(std::span<const Value* const> arguments, const EvaluationOptions& options)
      : arguments_(arguments), options_(options) {}

  size_t size() const { return arguments_.size(); }
  /// null when it was not given.
  const Value& operator[](size_t index) const {
    static const Value kNull;
    return index < arguments_.size() ? *arguments_[index] : kNull;
  }
  bool has(size_t index) const { return index < arguments_.size() && !arguments_[index]->is_null(); }

  /// Gives null with a reason, put together only when somebody reads it.
  template <typename... Parts>
  Value Null(const Parts&... parts) {
    if (options_.diagnostics != nullptr) reason_ = Cat(parts...);
    return {};
  }
  /// Null because argument `index` is not a `wanted`.
  Value Wrong(size_t index, std::string_view wanted);
  /// Takes `amount` of the evaluation's budget for something built; false when there is not that much left.
  bool Spend(uint64_t amount) { return options_.budget->Spend(amount); }
  /// The same for a list of `items`, which takes memory, too.
  bool Build(uint64_t items) { return Spend(items * 4); }
  /// The same for a list of these items.
  bool Copy(std::span<const Value> items) { return Spend(CostOfCopyingItems(items)); }
  /// The same for what it takes to read a value as a whole, or to compare two.
  bool Read(const Value& value) { return options_.budget->SpendReading(value); }
  bool Compare(const Value& a, const Value& b) { return options_.budget->SpendComparing(a, b); }
  /// What functions that are called from here run with.
  const EvaluationOptions& options() const { return options_; }

  const std::string& reason() const { return reason_; }

 private:
  std::span<const Value* const> arguments_;
  const EvaluationOptions& options_;
  std::string reason_;
};

/// A parameter of a built-in function.
struct BuiltinParameter {
  std::string name;
  std::string type;       ///< as written in the table
  KindMask kinds = 0;     ///< what it takes after coercion
  bool optional = false;  ///< may be left out
};

/// One way to call a function.
struct Overload {
  std::vector<BuiltinParameter> parameters;
  bool variadic = false;  ///< the last parameter takes all the rest (at least one)
};

/// A function of DMN 1.5, 10.3.4.
struct Builtin {
  std::string name;
  std::vector<Overload> overloads;
  Type result;
  bool reads_clock = false;
  Value (*run)(Call& call) = nullptr;
  Value value;  ///< itself as a function value

  /// "name(parameter, …)", each overload.
  std::string Signature() const;
  /// Whether `count` arguments in order fit any overload.
  bool Takes(size_t count) const;
};

/// A row of the tables that the functions stand in. Parameters read `name:type, …`, alternatives are
/// separated by
/// `|`; `name?:` may be left out or null, `name!:` may be left out, `*name:` takes all the rest. Types are
/// those of KindsNamed.
struct BuiltinRow {
  const char* name;
  const char* parameters;
  const char* result;  ///< a type's name
  Value (*run)(Call& call);
};

/// Conversion, logic and contexts.
std::span<const BuiltinRow> GeneralBuiltins();
/// Of numbers and lists of them.
std::span<const BuiltinRow> NumberBuiltins();
/// Of lists.
std::span<const BuiltinRow> ListBuiltins();
/// Of strings, with regular expressions.
std::span<const BuiltinRow> TextBuiltins();
/// Of dates, times and durations.
std::span<const BuiltinRow> TemporalBuiltins();
/// Of points and ranges.
std::span<const BuiltinRow> RangeBuiltins();

/// The kinds that a table's type stands for: any, number, string, boolean, date, time, datetime, dtd, ymd,
/// duration (both), day (date or date and time), list, context, range, function, point (what ranges are made
/// of).
KindMask KindsNamed(std::string_view type);

/// The function of that name, or nullptr.
const Builtin* FindBuiltin(std::string_view name);
/// All of them, by name.
std::span<const Builtin> AllBuiltins();

/// Calls a function: picks the overload by number and kinds of the arguments, coerces single items and lists
/// (10.3.2.9.4). Null, with the reason in the options' diagnostics under `span`, when none fits.
Value CallBuiltin(const Builtin& builtin, std::span<const Value* const> arguments,
                  const EvaluationOptions& options, Span span);

// Operators that functions need as well (operators.cc).

/// Arithmetic on two values; null when it is not defined for their kinds.
Value AddValues(const Value& a, const Value& b);
Value SubtractValues(const Value& a, const Value& b);
Value MultiplyValues(const Value& a, const Value& b);
Value DivideValues(const Value& a, const Value& b);

/// FEEL's three truth values; what is no boolean counts as null.
enum class Truth : uint8_t { kFalse, kTrue, kNull };
/// Of a value.
inline Truth TruthOf(const Value& value) {
  const bool* boolean = value.boolean();
  return boolean == nullptr ? Truth::kNull : *boolean ? Truth::kTrue : Truth::kFalse;
}
/// Of a boolean.
constexpr Truth TruthOf(bool value) { return value ? Truth::kTrue : Truth::kFalse; }
/// As a value.
inline Value ValueOf(Truth truth) { return truth == Truth::kNull ? Value() : Value(truth == Truth::kTrue); }
/// Negation.
constexpr Truth Not(Truth a) { return a == Truth::kNull ? a : TruthOf(a == Truth::kFalse); }
/// Conjunction.
constexpr Truth And(Truth a, Truth b) {
  if (a == Truth::kFalse || b == Truth::kFalse) return Truth::kFalse;
  return a == Truth::kTrue && b == Truth::kTrue ? Truth::kTrue : Truth::kNull;
}
/// Disjunction.
constexpr Truth Or(Truth a, Truth b) { return Not(And(Not(a), Not(b))); }

/// FEEL's `=` and `in`; and whether a value lies in a range: null when they cannot be compared.
Truth IsEqual(const Value& a, const Value& b);
Truth IsMatch(const Value& value, const Value& test);
Truth IsInRange(const Value& value, const Range& range);
/// A property of a temporal value or range ("year", "time offset", "start included"); null when it has none
/// of that name.
Value Property(const Value& value, std::string_view name);

/// What a ** b costs, in steps.
uint64_t CostOfPower(const Decimal& a, const Decimal& b);

/// The value as a whole number, if it is one.
std::optional<int64_t> Whole(const Value& value);

}  // namespace ameide::feel
