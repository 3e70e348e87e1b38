#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "notation/feel/finding.h"
#include "notation/feel/type.h"
#include "notation/feel/value.h"

namespace ameide::feel {

/// What it costs to look at every part of a value: nothing for numbers and what is as small.
uint64_t CostOfReading(const Value& value);
/// What it costs to copy one; lists and contexts are shared.
inline uint64_t CostOfCopying(const Value& value) {
  constexpr size_t kBytesPerStep = 32;
  return value.string() != nullptr ? value.string()->size() / kBytesPerStep : 0;
}
/// What it costs to make a list of them.
uint64_t CostOfCopyingItems(std::span<const Value> items);

/// What one evaluation, with everything that it calls, may still cost. Shared by nested evaluations on one
/// thread.
struct Budget {
  /// A step is about as long as adding two numbers, or some 50 bytes of memory.
  uint64_t steps = 10'000'000;
  int depth = 0;           ///< expressions being evaluated within one another right now
  bool exhausted = false;  ///< set when something was stopped
  /// Takes `amount`; false when there is not that much left, or the evaluation has been stopped.
  bool Spend(uint64_t amount) {
    steps = steps > amount ? steps - amount : 0;
    exhausted = exhausted || steps == 0;
    return !exhausted;
  }
  /// Takes what comparing, matching or coercing a value costs, which is nothing for scalars.
  bool SpendReading(const Value& value) {
    const uint64_t cost = CostOfReading(value);
    return cost == 0 || Spend(cost);
  }
  /// The same for two values that are compared with one another.
  bool SpendComparing(const Value& a, const Value& b) {
    const uint64_t cost = CostOfReading(a);
    return cost == 0 || Spend(std::min(cost, CostOfReading(b)));
  }
  static constexpr int kMaxDepth = 1'500;
};

/// Whoever starts evaluations and wants to know its own again in the functions in C++ that they call.
class Caller {
 public:
  virtual ~Caller() = default;
};

/// What an evaluation runs with. Everything may be left out.
struct EvaluationOptions {
  Diagnostics* diagnostics = nullptr;  ///< where reasons for nulls go
  Budget* budget = nullptr;            ///< shared with the caller's other evaluations; else one of its own
  const DateTime* now = nullptr;       ///< the moment that now() and today() give; without it they give null
  const Value* input = nullptr;        ///< `?`
  Caller* caller = nullptr;            ///< handed on to every function that is called
};

/// A function as a value: a built-in, a function literal with what it captured, or C++ (a business knowledge
/// model, a decision service). Immutable; thread-safe.
class Function : public std::enable_shared_from_this<Function> {
 public:
  struct Parameter {
    std::string name;
    Type type;
  };

  virtual ~Function() = default;
  virtual std::span<const Parameter> parameters() const = 0;
  /// Of the result; Any when it is not known.
  virtual const Type& result() const = 0;
  /// Whether it conforms to a type of functions; built-ins do in each of their forms.
  virtual bool IsOf(const Type& type) const;
  /// With what it holds.
  virtual Extent extent() const { return {}; }
  /// FEEL's `=` of functions (table 53). A built-in and a function in C++ equal themselves alone.
  virtual bool Equals(const Function& other) const { return this == &other; }
  /// Exactly parameters().size() arguments of the parameters' types; the options have a budget.
  virtual Value Call(std::span<const Value> arguments, const EvaluationOptions& options) const = 0;
  /// What Invoke and InvokeNamed do. Built-ins have their own, since they are overloaded.
  virtual Value Invoke(std::span<const Value> arguments, const EvaluationOptions& options) const;
  virtual Value InvokeNamed(std::span<const std::pair<std::string, Value>> arguments,
                            const EvaluationOptions& options) const;
};

/// The body of a function in C++. It gets as many arguments as there are parameters, coerced to their types,
/// and the caller's options: nested evaluations must be given their budget and diagnostics.
using NativeBody = std::function<Value(std::span<const Value> arguments, const EvaluationOptions& options)>;
/// `held`: of the values that the body holds, if any.
Value MakeFunction(std::vector<Function::Parameter> parameters, Type result, NativeBody body,
                   Extent held = {});

/// The type of a function of these parameters, with their names.
Type TypeOfFunction(std::span<const Function::Parameter> parameters, Type result);

/// Calls a function value with arguments in order. Null with a reason when `function` is none, the number of
/// arguments is wrong, or one does not conform to its parameter after coercion (10.3.2.9.4; null conforms).
Value Invoke(const Value& function, std::span<const Value> arguments, const EvaluationOptions& options = {});
/// The same with arguments by parameter name, each once and nothing else; parameters that are not given are
/// null (10.3.2.13.5).
Value InvokeNamed(const Value& function, std::span<const std::pair<std::string, Value>> arguments,
                  const EvaluationOptions& options = {});

}  // namespace ameide::feel
