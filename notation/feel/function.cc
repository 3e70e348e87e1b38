#include "notation/feel/function.h"

#include <algorithm>
#include <utility>

#include "notation/feel/expression.h"
#include "notation/feel/text.h"

namespace ameide::feel {
namespace {

class NativeFunction final : public Function {
 public:
  NativeFunction(std::vector<Parameter> parameters, Type result, NativeBody body, Extent held)
      : parameters_(std::move(parameters)), result_(std::move(result)), body_(std::move(body)) {
    extent_.Include(held);
    for (const Parameter& parameter : parameters_) extent_.size += 1 + parameter.name.size();
  }

  std::span<const Parameter> parameters() const override { return parameters_; }
  const Type& result() const override { return result_; }
  Value Call(std::span<const Value> arguments, const EvaluationOptions& options) const override {
    return body_(arguments, options);
  }
  Extent extent() const override { return extent_; }

 private:
  std::vector<Parameter> parameters_;
  Type result_;
  NativeBody body_;
  Extent extent_;
};

Value Null(const EvaluationOptions& options, std::string reason) {
  Diagnostics* to = options.diagnostics;
  if (to != nullptr && to->items.size() < Diagnostics::kLimit) to->items.push_back({{}, std::move(reason)});
  return {};
}

constexpr size_t kMostOfSignature = 200;

std::string Signature(const Function& function) {
  std::string out = "(";
  for (const Function::Parameter& parameter : function.parameters())
    out += Cat(out.size() > 1 ? ", " : "", parameter.name);
  return out + ")";
}

}  // namespace

uint64_t CostOfReading(const Value& value) {
  constexpr uint64_t kBytesPerStep = 64, kPartsPerStep = 8;
  switch (value.kind()) {
    case Kind::kString:
      return value.string()->size() / kBytesPerStep;
    case Kind::kList:
    case Kind::kContext:
    case Kind::kRange:
    case Kind::kFunction:
      return ExtentOf(value).size / kPartsPerStep;
    default:
      return 0;
  }
}

uint64_t CostOfCopyingItems(std::span<const Value> items) {
  uint64_t cost = items.size() * 2;
  for (const Value& item : items) cost += CostOfCopying(item);
  return cost;
}

Value MakeFunction(std::vector<Function::Parameter> parameters, Type result, NativeBody body, Extent held) {
  return Value(std::shared_ptr<const Function>(
      std::make_shared<NativeFunction>(std::move(parameters), std::move(result), std::move(body), held)));
}

Type TypeOfFunction(std::span<const Function::Parameter> parameters, Type result) {
  std::vector<Type> types;
  std::vector<std::string> names;
  for (const Function::Parameter& parameter : parameters) {
    types.push_back(parameter.type);
    names.push_back(parameter.name);
  }
  return Type::FunctionOf(std::move(types), std::move(result), std::move(names));
}

bool Function::IsOf(const Type& type) const {
  return ConformsTo(TypeOfFunction(parameters(), result()), type);
}

Value Function::Invoke(std::span<const Value> arguments, const EvaluationOptions& options) const {
  const std::span<const Parameter> wanted = parameters();
  if (wanted.size() != arguments.size()) {
    return Null(options,
                Cat("a function of ", wanted.size(), wanted.size() == 1 ? " parameter " : " parameters ",
                    Signature(*this), " is called with ", arguments.size(),
                    arguments.size() == 1 ? " argument" : " arguments"));
  }
  std::vector<Value> coerced;  // empty while the arguments are good as they are
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (wanted[i].type.is_any()) {
      if (!coerced.empty()) coerced.push_back(arguments[i]);
      continue;
    }
    if (!options.budget->SpendReading(arguments[i])) return {};
    std::string why;
    Value value = Coerce(arguments[i], wanted[i].type, &why);
    if (!why.empty()) return Null(options, Cat("parameter ", wanted[i].name, ": ", why));
    if (coerced.empty()) coerced.assign(arguments.begin(), arguments.begin() + static_cast<ptrdiff_t>(i));
    coerced.push_back(std::move(value));
  }
  return Call(coerced.empty() ? arguments : std::span<const Value>(coerced), options);
}

Value Function::InvokeNamed(std::span<const std::pair<std::string, Value>> arguments,
                            const EvaluationOptions& options) const {
  const std::span<const Parameter> wanted = parameters();
  constexpr uint64_t kNamesPerStep = 16;
  if (!options.budget->Spend(wanted.size() * (arguments.size() + 1) / kNamesPerStep)) return {};
  std::vector<Value> ordered(wanted.size());
  std::vector<bool> given(wanted.size());
  for (const auto& [name, value] : arguments) {
    bool known = false;
    const auto give = [&](size_t i, const Value& said) {
      if (given[i]) return false;
      given[i] = known = true;
      ordered[i] = said;
      return true;
    };
    // Inputs of a decision service may have one name; they have one value then.
    bool twice = false;
    for (size_t i = 0; i < wanted.size(); ++i) twice = (wanted[i].name == name && !give(i, value)) || twice;
    for (size_t i = 0; i < wanted.size() && !known && !twice; ++i)
      twice = IsSameName(wanted[i].name, name) && !give(i, value);
    if (twice) return Null(options, Cat("the parameter ", Shortened(name), " is given twice"));
    if (!known)
      return Null(options, Cat(Shortened(name), " is no parameter of ",
                               Shortened(Signature(*this), kMostOfSignature)));
  }
  return Invoke(ordered, options);
}

namespace {

template <typename Run>
Value WithBudget(const Value& function, const EvaluationOptions& options, const Run& run) {
  if (function.function() == nullptr)
    return Null(options, Cat(function.is_null() ? "" : "a ", KindName(function.kind()), " cannot be called"));
  if (options.budget != nullptr) return run(*function.function(), options);
  Budget own;
  EvaluationOptions inner = options;
  inner.budget = &own;
  return run(*function.function(), inner);
}

}  // namespace

Value Invoke(const Value& function, std::span<const Value> arguments, const EvaluationOptions& options) {
  return WithBudget(function, options, [&](const Function& callee, const EvaluationOptions& inner) {
    return callee.Invoke(arguments, inner);
  });
}

Value InvokeNamed(const Value& function, std::span<const std::pair<std::string, Value>> arguments,
                  const EvaluationOptions& options) {
  return WithBudget(function, options, [&](const Function& callee, const EvaluationOptions& inner) {
    return callee.InvokeNamed(arguments, inner);
  });
}

}  // namespace ameide::feel
